"""What division asks of an engine, and the products it knows: the ground on which the rules stand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Protocol, TypeAlias

import ibis
import pyarrow as pa
from ibis.expr.types import Table as TableExpression
from numpy.typing import NDArray

from lianxin.core.allocating import shares
from lianxin.core.allocating.contracts import Round

Array: TypeAlias = NDArray[Any]


class Desk(Protocol):
    """What division needs of an engine: tables that stay while a round is divided. `engine.sitting(…)` gives one."""

    def keep(self, name: str, expression: TableExpression) -> None:
        """Compute the expression once; from then on it is a table of that name."""

    def give(self, name: str, rows: pa.Table) -> None:
        """Let the rows be a table of that name."""

    def ask(self, expression: TableExpression) -> pa.Table:
        """The answer to the expression."""


@dataclass(frozen=True)
class Divided:
    """How a round is divided.

    shares : expression over the desk: the requests with share_units, fill_level and reason
    levels : one row per product of a week, sorted
        week, product_id; supply_units, shared_units, remainder_units, n_requests, n_odd_units : int64; fill_level : float64
    quotas : for tier quotas one row per product, attributes and tier, sorted, else None
        week, product_id; the attributes; tier, quota_units, n_requests, taken_units : int64; fill_level : float64
    """

    shares: TableExpression
    levels: pa.Table
    quotas: pa.Table | None


@dataclass(frozen=True)
class Product:
    """A product of a week: what there is of it, and its buckets."""

    number: int
    week: date
    product_id: str
    supply: int
    buckets: dict[str, Array]

    @property
    def n(self) -> Array:
        return self.buckets["n"]


def levels_table(
    listed: Sequence[Product], shared: Sequence[int], levels: Sequence[float], odd: Sequence[int]
) -> pa.Table:
    return pa.table(
        {
            "week": pa.array([product.week for product in listed], pa.date32()),
            "product_id": pa.array([product.product_id for product in listed], pa.string()),
            "supply_units": pa.array([product.supply for product in listed], pa.int64()),
            "shared_units": pa.array(shared, pa.int64()),
            "remainder_units": pa.array(
                [product.supply - units for product, units in zip(listed, shared, strict=True)], pa.int64()
            ),
            "fill_level": pa.array(levels, pa.float64()),
            "n_requests": pa.array([int(product.n.sum()) for product in listed], pa.int64()),
            "n_odd_units": pa.array(odd, pa.int64()),
        }
    )


def given(desk: Desk, round_: Round, name: str, columns: dict[str, Array]) -> TableExpression:
    """The columns as a table of the desk; keys get the types they have among the rows."""
    kinds = {key: column.type() for key, column in shares.key_columns(round_).items() if key in columns}
    arrays = {
        column: pa.array(values, kinds[column].to_pyarrow() if column in kinds else None)
        for column, values in columns.items()
    }
    table = pa.table(arrays)
    desk.give(name, table)
    return ibis.table(ibis.Schema.from_pyarrow(table.schema), name=name)
