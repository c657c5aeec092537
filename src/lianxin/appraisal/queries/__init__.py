"""Reads of this room: schemes, closings with their scorecards, judgements, pay."""
