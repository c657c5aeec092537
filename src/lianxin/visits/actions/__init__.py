"""The verbs of field work. Each is one transaction with its audit row."""
