"""The verbs of allocation: policies, rounds, changes by hand, tests for favour, batches in the lake."""
