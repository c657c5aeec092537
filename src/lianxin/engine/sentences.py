"""What keeps a file from being read, as sentences by code: rooms above say the same in other languages."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

FILES: Final[Mapping[str, str]] = {
    "file_missing": "There is no file %(file)s.",
    "file_ending": "%(file)s ends in neither .csv nor .parquet.",
    "file_encoding": "%(file)s is neither UTF-8 nor GB18030. Save it as CSV UTF-8.",
    "file_empty": "%(file)s is empty; it needs a line with the names of its columns.",
    "file_unreadable": "%(file)s cannot be read: %(fault)s",
    "heads_twice": "%(file)s has two columns of one name; its first row names each column once.",
    "heads_missing": "%(file)s lacks the column(s) %(names)s; needed are %(needed)s.",
    "key_missing": "%(file)s lacks the key column(s) %(names)s.",
    "head_kind": "Column %(name)s of %(file)s is of the type %(kind)s; it cannot be read as %(wanted)s.",
    "batch_known": "Batch %(batch)s is already in the lake; undo it first.",
}
"""Faults of a file as a whole. `fault` is what the reading program said, in its own words."""
