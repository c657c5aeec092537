"""Ranges of sums: from how far such sums lay off in the past year, as the round keeps it."""

from typing import Any, Final

import pyarrow as pa
import pyarrow.compute as pc

from lianxin.core.forecasting import with_ranges, without_wild_ranges
from lianxin.demand.models import Round

# Under this name a round keeps how far such sums lay off in the past year.
SUMS_STRAYED: Final = "sums_strayed"


def ranged(sums: pa.Table, round: Round, borrowed: pa.Table) -> pa.Table:
    """Rows of `core.forecasting.coherent` with q10_units and q90_units, null where too few such sums are known.

    Parameters
    ----------
    borrowed : the same sums of the borrowed lines alone; where these make more than a tenth no range is told
    """
    made = with_ranges(sums, pa.Table.from_pylist(round.parameters.get(SUMS_STRAYED) or []))
    return without_wild_ranges(made, borrowed)


def with_ranges_of(round: Round, level: str, rows: pa.Table, borrowed: pa.Table) -> pa.Table:
    """Lines that are sums by product of one level, with the range that the page of sums tells of the same ones.

    Parameters
    ----------
    borrowed : the borrowed lines among those that were summed
    """
    parts = borrowed.group_by(["product_id", "step"]).aggregate([("mean_milli", "sum")])
    parts = parts.rename_columns([name.removesuffix("_sum") for name in parts.column_names])
    told = ranged(_sums(level, rows), round, _sums(level, parts))
    for name in ("q10", "q90"):
        milli = pc.cast(pc.round(pc.multiply(told.column(f"{name}_units"), 1000.0)), pa.int64())
        rows = rows.set_column(rows.column_names.index(f"{name}_milli"), f"{name}_milli", milli)
    return rows


def _sums(level: str, rows: pa.Table) -> pa.Table:
    asked: dict[str, Any] = {
        "level": pa.array([level] * rows.num_rows, pa.string()),
        "product_id": rows.column("product_id"),
        "step": rows.column("step"),
        "mean_units": pc.divide(rows.column("mean_milli").cast(pa.float64()), 1000.0),
    }
    return pa.table(asked)
