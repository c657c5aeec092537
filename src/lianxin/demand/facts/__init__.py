"""Rows handed to the core: a round's history and lines, and what closed rounds publish to the lake."""
