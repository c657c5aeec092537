"""Allocation from file to file beside what a user would otherwise pick: a copy, NumPy, linear programs, pandas."""
