"""Reads of field work, scoped to who asks."""
