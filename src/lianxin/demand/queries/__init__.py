"""Reads of forecast rounds, blind where it matters: nobody sees another author's number before a round has closed."""
