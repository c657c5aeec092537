"""What forecasting reads and returns, in these words: order lines and events in, one row per series and step out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Protocol

import pyarrow as pa

from lianxin.core.errors import SchemaMismatch

QUANTILES: Final = (0.1, 0.5, 0.9)
FIGURES: Final = ("mean_units", "q10_units", "q50_units", "q90_units")
COLUMNS: Final = ("retailer_id", "product_id", "period_start", "step", *FIGURES)

OUT_OF_STOCK: Final = "out_of_stock"
CLOSED: Final = "closed"
EVENT: Final = "event"
EVENT_KINDS: Final = (OUT_OF_STOCK, CLOSED, EVENT)


class Asks(Protocol):
    """What forecasting needs of an engine; `lianxin.engine.open(...)` gives one."""

    def run(self, question: Any, sources: Mapping[str, Any]) -> pa.Table:
        """The answer to the last of the steps."""


@dataclass(frozen=True)
class Input:
    """The columns of one table that forecasting reads; those of `optional` may be absent, which is the same as empty.

    A column whose kind is None is a name, text or whole number: it keeps its type and is given back under it.
    """

    name: str
    columns: Mapping[str, pa.DataType | None]
    required: tuple[str, ...]
    optional: tuple[str, ...] = ()

    def of(self, table: pa.Table) -> pa.Table:
        """The table under this contract: its columns only, of the declared types, optional ones filled with null.

        Raises
        ------
        SchemaMismatch : a column is missing, cannot be read as its type, or lacks a value it must have.
        """
        made = {}
        for name, kind in self.columns.items():
            if name not in table.column_names:
                if name not in self.optional:
                    raise SchemaMismatch(f"The {self.name} lack the column {name}; write it into every row.")
                made[name] = pa.nulls(table.num_rows, kind or pa.string())
                continue
            made[name] = self._read(name, table.column(name), kind)
            if name in self.required and made[name].null_count:
                raise SchemaMismatch(f"Column {name} of the {self.name} has empty cells; every row needs it.")
        return pa.table(made)

    def _read(self, name: str, column: pa.ChunkedArray, kind: pa.DataType | None) -> pa.ChunkedArray:
        wanted = _name_type(column.type) if kind is None else kind
        try:
            return column.cast(wanted)
        except (pa.ArrowInvalid, pa.ArrowNotImplementedError) as fault:
            raise SchemaMismatch(f"Column {name} of the {self.name} cannot be read as {wanted}: {fault}") from fault


def _name_type(kind: pa.DataType) -> pa.DataType:
    return pa.int64() if pa.types.is_integer(kind) else pa.string()


ORDERS: Final = Input(
    "orders",
    {
        "order_date": pa.date32(),
        "retailer_id": None,
        "product_id": None,
        "ordered_units": pa.int64(),
        "wanted_units": pa.int64(),
        "cap_units": pa.int64(),
    },
    required=("order_date", "retailer_id", "product_id", "ordered_units"),
    optional=("wanted_units", "cap_units"),
)

EVENTS: Final = Input(
    "events",
    {
        "kind": pa.string(),
        "name": pa.string(),
        "retailer_id": None,
        "product_id": None,
        "event_from": pa.date32(),
        "event_until": pa.date32(),
    },
    required=("kind", "event_from", "event_until"),
    optional=("name", "retailer_id", "product_id"),
)
