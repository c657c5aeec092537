"""One digest for one content, whichever engine computed it and in whatever order the rows came."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

_WIDE = {
    "integer": pa.int64(),
    "floating": pa.float64(),
    "text": pa.large_string(),
}


def _canonical_type(kind: pa.DataType) -> pa.DataType:
    if pa.types.is_boolean(kind):
        return pa.bool_()
    if pa.types.is_integer(kind):
        return _WIDE["integer"]
    if pa.types.is_floating(kind) or pa.types.is_decimal(kind):
        return _WIDE["floating"]
    if pa.types.is_date(kind):
        return pa.date32()
    if pa.types.is_timestamp(kind):
        return pa.timestamp("us")
    return _WIDE["text"]


def canonical(table: pa.Table) -> pa.Table:
    """The table with columns by name, wide types, no difference between NaN and null or -0.0 and 0.0, rows sorted."""
    columns: dict[str, pa.ChunkedArray] = {}
    for name in sorted(table.column_names):
        column = table.column(name).cast(_canonical_type(table.schema.field(name).type))
        if pa.types.is_floating(column.type):
            column = pc.if_else(pc.is_nan(column), None, column)
            column = pc.if_else(pc.equal(column, 0.0), 0.0, column)
        columns[name] = column
    plain = pa.table(columns)
    return plain.sort_by([(name, "ascending") for name in plain.column_names]) if plain.num_columns else plain


def _pieces(table: pa.Table) -> Iterator[bytes]:
    yield table.num_rows.to_bytes(8, "little")
    for name in table.column_names:
        column = table.column(name).combine_chunks()
        array = pa.concat_arrays(column.chunks) if isinstance(column, pa.ChunkedArray) else column
        yield f"\0{name}\0{array.type}\0".encode()
        yield np.packbits(np.asarray(array.is_null().to_numpy(zero_copy_only=False))).tobytes()
        if pa.types.is_large_string(array.type):
            filled = array.fill_null("")
            yield pc.binary_length(filled).to_numpy(zero_copy_only=False).astype("<i8").tobytes()
            yield "".join(filled.to_pylist()).encode()
        elif pa.types.is_date32(array.type):
            yield array.cast(pa.int32()).fill_null(0).to_numpy(zero_copy_only=False).astype("<i4").tobytes()
        elif pa.types.is_timestamp(array.type):
            yield array.cast(pa.int64()).fill_null(0).to_numpy(zero_copy_only=False).astype("<i8").tobytes()
        else:
            filled = array.fill_null(False if pa.types.is_boolean(array.type) else 0)
            values = filled.to_numpy(zero_copy_only=False)
            yield values.astype(values.dtype.newbyteorder("<")).tobytes()


def digest(table: pa.Table) -> str:
    """The SHA-256 of the canonical content of a table, in hex."""
    sha = hashlib.sha256()
    for piece in _pieces(canonical(table)):
        sha.update(piece)
    return sha.hexdigest()
