"""Targets by month, level and indicator. Files bring them; goals and sales plans come with a later issue."""
