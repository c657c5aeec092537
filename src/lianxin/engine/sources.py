"""Where an engine finds the rows of a declared table: Parquet files of the lake, or an Arrow table at hand."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

import ibis
import pyarrow as pa

from lianxin.core.errors import CoreError
from lianxin.core.tables import TABLES, Table


@dataclass(frozen=True)
class ParquetFiles:
    """Parquet files that hold the columns of a table's contract, partition columns included. No file means no row."""

    table: Table
    paths: tuple[str, ...]


class FileUnreadable(CoreError):
    """A file that is not what its ending says, or lacks a column; the message says what to do."""


@dataclass(frozen=True)
class FlatFile:
    """A file that somebody handed in, read under a contract. See `flat_files.flat_file`.

    path : the Parquet file to read
    select : SQL that reads it: contract columns by their names, `…_as_written` ones, and the others as they are
    schema : the names and types of what it reads
    heads : column -> its head in the file, in the order of the file, without `…_as_written` ones
    """

    path: Path
    select: str
    schema: ibis.Schema
    heads: Mapping[str, str]


Source: TypeAlias = ParquetFiles | FlatFile | pa.Table
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
