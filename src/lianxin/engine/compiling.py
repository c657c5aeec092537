# ruff: noqa: S608 - this room speaks SQL; names come from our contracts, paths and texts pass `quoted`
"""SQL of an expression, compiled once: building it takes milliseconds, which a page would pay at every click."""

from __future__ import annotations

from functools import lru_cache
from typing import Any, Final

import ibis
import pyarrow as pa
from ibis.expr.types import Table as TableExpression

_TYPE_NAMES: Final = {
    "boolean": "BOOLEAN",
    "int8": "TINYINT",
    "int16": "SMALLINT",
    "int32": "INTEGER",
    "int64": "BIGINT",
    "float32": "FLOAT",
    "float64": "DOUBLE",
    "string": "VARCHAR",
    "date": "DATE",
}


class _Expression:
    """An expression that can be a key: Ibis expressions compare to expressions, their operations to booleans."""

    def __init__(self, expression: TableExpression) -> None:
        self.expression = expression
        self.operation: Any = expression.op()

    def __hash__(self) -> int:
        return hash(self.operation)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Expression) and bool(self.operation == other.operation)


@lru_cache(maxsize=4096)
def _compiled(key: _Expression, dialect: str) -> str:
    return str(ibis.to_sql(key.expression, dialect=dialect))


def answer_sql(expression: TableExpression, dialect: str) -> str:
    """The SQL text of an expression for `duckdb` or `pyspark`; `typed` gives its answer the promised types."""
    return _compiled(_Expression(expression), dialect)


def step_sql(expression: TableExpression) -> str:
    """The DuckDB text of an expression whose result is kept: DuckDB widens sums to 128 bits, the casts undo it."""
    columns = ", ".join(_cast(name, str(kind(nullable=True))) for name, kind in expression.schema().items())
    return f"SELECT {columns} FROM ({answer_sql(expression, 'duckdb')}) AS step"


def _cast(name: str, kind: str) -> str:
    """The column under its promised type; types that nothing widens stay as they are."""
    quoted = '"' + name.replace('"', '""') + '"'
    return f"CAST({quoted} AS {_TYPE_NAMES[kind]}) AS {quoted}" if kind in _TYPE_NAMES else quoted


def typed(table: pa.Table, expression: TableExpression) -> pa.Table:
    """The answer of an engine under the Arrow types that the expression promises."""
    wanted = pa.schema([field.with_nullable(True) for field in expression.schema().to_pyarrow()])
    return table if table.schema.equals(wanted) else table.cast(wanted)
