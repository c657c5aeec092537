"""Reads about rounds, their lines, policies, changes by hand and tests for favour, each within what the asker may see."""
