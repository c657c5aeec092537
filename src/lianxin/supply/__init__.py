"""Scarce goods shared by published rule: rounds, requests, shares with their reasons, changes by hand, tests for favour."""
