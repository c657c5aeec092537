"""Texts and names as SQL writes them."""

from __future__ import annotations

from pathlib import Path


def quoted(text: str | Path) -> str:
    """The text as an SQL literal."""
    return "'" + str(text).replace("'", "''") + "'"


def named(column: str) -> str:
    """The column as an SQL name."""
    return '"' + column.replace('"', '""') + '"'
