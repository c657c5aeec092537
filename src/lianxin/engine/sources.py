"""Where an engine finds the rows of a declared table: Parquet files of the lake, or an Arrow table at hand."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias

import pyarrow as pa

from lianxin.core.tables import TABLES, Table


@dataclass(frozen=True)
class ParquetFiles:
    """Parquet files that hold the columns of a table's contract, partition columns included. No file means no row."""

    table: Table
    paths: tuple[str, ...]


Source: TypeAlias = ParquetFiles | pa.Table
Sources: TypeAlias = Mapping[str, Source]


def arrow_schema(table: Table) -> pa.Schema:
    """The contract in Arrow's words, with required columns marked."""
    return table.schema.to_pyarrow()


def nullable_arrow_schema(table: Table) -> pa.Schema:
    """The contract in Arrow's words, any column may be null."""
    return pa.schema([field.with_nullable(True) for field in arrow_schema(table)])


def empty(table: Table) -> pa.Table:
    """No rows of the table."""
    return nullable_arrow_schema(table).empty_table()


def from_rows(name: str, rows: list[dict[str, object]]) -> pa.Table:
    """The rows as an Arrow table under the contract of that name; a column that a row lacks is null."""
    return pa.Table.from_pylist(rows, schema=nullable_arrow_schema(TABLES[name]))
