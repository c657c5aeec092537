"""Ranges of sums: from how far such sums lay off in the past year, as the round keeps it."""

from typing import Any, Final

import pyarrow as pa
import pyarrow.compute as pc

from lianxin.core.forecasting import with_ranges
from lianxin.demand.models import Round
from lianxin.demand.queries.borrowed import borrowed_ids

# Under this name a round keeps how far such sums lay off in the past year.
SUMS_STRAYED: Final = "sums_strayed"


def ranged(sums: pa.Table, round: Round) -> pa.Table:
    """Rows of `core.forecasting.coherent` with q10_units and q90_units, null where too few such sums are known.

    Of a product whose lines are borrowed no range is told: sums of products that sell already never strayed so far.
    """
    made = with_ranges(sums, pa.Table.from_pylist(round.parameters.get(SUMS_STRAYED) or []))
    borrowing = borrowed_ids(round)
    if not len(borrowing) or "product_id" not in made.column_names:
        return made
    unknown = pc.is_in(made.column("product_id"), borrowing)
    for name in ("q10_units", "q90_units"):
        told = pc.if_else(unknown, pa.scalar(None, pa.float64()), made.column(name))
        made = made.set_column(made.column_names.index(name), name, told)
    return made


def with_ranges_of(round: Round, level: str, rows: pa.Table) -> pa.Table:
    """Lines that are sums by product of one level, with the range that the page of sums tells of the same ones."""
    n = rows.num_rows
    asked: dict[str, Any] = {
        "level": pa.array([level] * n, pa.string()),
        "product_id": rows.column("product_id"),
        "step": rows.column("step"),
        "mean_units": pc.divide(rows.column("mean_milli").cast(pa.float64()), 1000.0),
    }
    told = ranged(pa.table(asked), round)
    for name in ("q10", "q90"):
        milli = pc.cast(pc.round(pc.multiply(told.column(f"{name}_units"), 1000.0)), pa.int64())
        rows = rows.set_column(rows.column_names.index(f"{name}_milli"), f"{name}_milli", milli)
    return rows
