"""Kinds of jobs that this room does."""

from typing import Final

IMPORT: Final = "orders.import"
UNDO: Final = "orders.undo"
