"""What a table is: its columns, what it is divided by, its key, and what it holds."""

from __future__ import annotations

from dataclasses import dataclass

import ibis
from ibis.expr.types import Table as TableExpression


@dataclass(frozen=True)
class Table:
    """What a table holds, one row per key."""

    name: str
    schema: ibis.Schema
    partition_by: tuple[str, ...]
    key: tuple[str, ...]
    doc: str

    def unbound(self) -> TableExpression:
        """The table as an expression without rows, to be bound by an engine."""
        return ibis.table({name: kind(nullable=True) for name, kind in self.schema.items()}, name=self.name)

    @property
    def required(self) -> tuple[str, ...]:
        """Columns that may not be null."""
        return tuple(name for name, kind in self.schema.items() if not kind.nullable)

    @property
    def columns(self) -> tuple[str, ...]:
        """All columns in their order."""
        return tuple(self.schema.names)


def table(name: str, partition_by: str, key: str, doc: str, /, **columns: str) -> Table:
    return Table(name, ibis.schema(columns), tuple(partition_by.split()), tuple(key.split()), doc)
