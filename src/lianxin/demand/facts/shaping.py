"""Whole columns under the contract of a table: what a loop over a million lines would take minutes for."""

from collections.abc import Mapping
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from lianxin.core.tables.shape import Table
from lianxin.engine.sources import nullable_arrow_schema


def rows_of(contract: Table, n: int, columns: Mapping[str, Any]) -> pa.Table:
    """A table of `n` rows under a contract. A value that is no column stands in every row; a column not given is null."""

    def column(field: pa.Field) -> pa.Array:
        told = columns.get(field.name)
        if isinstance(told, pa.ChunkedArray):
            told = told.combine_chunks()
        if isinstance(told, pa.Array):
            return told.cast(field.type)
        return pa.nulls(n, field.type) if told is None else pa.repeat(pa.scalar(told, field.type), n)

    schema = nullable_arrow_schema(contract)
    return pa.Table.from_arrays([column(field) for field in schema], schema=schema)


def joined(*parts: str | pa.Array | pa.ChunkedArray) -> pa.Array:
    """Texts and columns, one after another, as one column of text."""
    told = [part if isinstance(part, str) else part.cast(pa.string()) for part in parts]
    made = pc.binary_join_element_wise(*told, "")
    return made.combine_chunks() if isinstance(made, pa.ChunkedArray) else made
