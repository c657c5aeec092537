"""Verbs of forecast rounds: open, enter, accept, submit, take back, close, score; say and withdraw a hint."""
