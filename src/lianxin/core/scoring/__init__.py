"""Scoring: schemes as data, the points of every part with its evidence, totals, and what a change of scheme would do."""
