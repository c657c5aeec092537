"""Verbs of the field app: records taken once, photographs put together."""
