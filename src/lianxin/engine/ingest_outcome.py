"""What goes into an import of order lines and what comes out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import TypeAlias

from deltalake.transaction import AddAction

from lianxin.core.errors import CoreError
from lianxin.engine.lake import Lake
from lianxin.engine.writing import Write

Progress: TypeAlias = Callable[[str, float], None]


class Unreadable(CoreError):
    """A file as a whole cannot be read as order lines; nothing was changed."""


@dataclass(frozen=True)
class OrderFile:
    """A UTF-8 CSV file with a header line, or a Parquet file. `name` is what refusals call it."""

    path: Path
    delimiter: str = ","
    parquet: bool = False


@dataclass(frozen=True)
class RefusedRow:
    """Why a row was not taken. `other` is what the lake or an earlier row says, where contents differ."""

    line_number: int
    column: str
    value: str | None
    reason: str
    other: str | None = None


@dataclass(frozen=True)
class Outcome:
    """What became of the rows; accepted + refused + duplicate = read."""

    read: int
    accepted: int
    refused: int
    duplicate: int
    corrected: int
    months: tuple[date, ...]
    sample: tuple[RefusedRow, ...]
    refused_to: Path | None
    version: int | None


@dataclass
class Prepared:
    """Files written and not yet named by a version. End it with `commit` or `discard`."""

    outcome: Outcome
    lake: Lake
    company_id: int
    batch_id: str
    write: Write | None
    actions: list[AddAction] = field(default_factory=list)

    def discard(self) -> None:
        """Remove the files."""
        if self.write is not None:
            self.write.close()
