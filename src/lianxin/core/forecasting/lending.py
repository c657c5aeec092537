"""What new products and new retailers share in borrowing: who began, who lends, and the lines that come of it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any, Final

import ibis
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from lianxin.core.forecasting.contracts import FIGURES
from lianxin.core.forecasting.panel import ROWS, Array
from lianxin.core.tables import Steps

# With fewer of a class that began within what is known, nothing is borrowed; the newest are looked at, so many at most.
ANALOGUES_LEAST: Final = 10
ANALOGUES_MOST: Final = 100
# What first occurs in the first half-year that is known may be older than that.
_UNSURE_DAYS: Final = 182
DIGITS: Final = 4
BEGUN: Final = "begun"


def asked(rows: pa.Table, until: date) -> Any:
    """The lines up to a day in which anything was wanted, with their `units`: what was wanted where that is told, else ordered."""
    table = ibis.table(ibis.Schema.from_pyarrow(rows.schema), name=ROWS)
    units = ibis.greatest(table.wanted_units.fill_null(0), table.ordered_units).cast("int64")
    read = table.filter(table.order_date <= ibis.literal(until)).mutate(units=units)
    return read.filter(read.units > 0)


def first_orders(rows: pa.Table, until: date, key: str) -> Steps:
    """The first day on which each product or retailer (key) occurs: key, first_date."""
    read = asked(rows, until)
    steps = Steps()
    steps.add("first_orders", read.group_by(key).agg(first_date=read.order_date.min()))
    return steps


def began(firsts: pa.Table, known_from: date | None, until: date, horizon: int, period: str) -> pa.Table:
    """Those of `firsts` that surely began within what is known, and lived the whole horizon by `until`."""
    days = firsts.column("first_date")
    begin = known_from or pc.min(days).as_py() or until
    last = until - timedelta(days=_days(horizon, period) - 1)
    since = begin + timedelta(days=_UNSURE_DAYS)
    return firsts.filter(
        pc.and_(
            pc.greater_equal(days, pa.scalar(since, pa.date32())), pc.less_equal(days, pa.scalar(last, pa.date32()))
        )
    )


def since_first(rows: pa.Table, begun: pa.Table, key: str, until: date, horizon: int, period: str) -> Steps:
    """Units by product, retailer and `age`: periods since the first order of the product or retailer. Reads ROWS and BEGUN."""
    read = asked(rows, until)
    table = ibis.table(ibis.Schema.from_pyarrow(begun.schema), name=BEGUN)
    begins = table.select(_key=key, first_date="first_date")
    met = read.inner_join(begins, read[key] == begins._key)
    days = met.order_date.epoch_days().cast("int64") - met.first_date.epoch_days().cast("int64")
    age = days // 7 if period == "week" else days * 12 // 365
    aged = met.select("product_id", "retailer_id", "units", age=age.cast("int64"))
    aged = aged.filter(aged.age < horizon)
    steps = Steps()
    steps.add("began", aged.group_by("product_id", "retailer_id", "age").agg(units=aged.units.sum().cast("int64")))
    return steps


def newest(begun: pa.Table, key: str, alike: pa.Array) -> list[Any] | None:
    """Those of a class that began last, in order; None where too few of it began."""
    found = begun.filter(pc.is_in(begun.column(key), alike))
    if found.num_rows < ANALOGUES_LEAST:
        return None
    last = found.sort_by([("first_date", "descending"), (key, "ascending")]).slice(0, ANALOGUES_MOST)
    return sorted(last.column(key).to_pylist())


def units_by(launched: pa.Table, of: Sequence[tuple[str, pa.Array]], horizon: int) -> Array:
    """Rows of `since_first` as float64 (n of the first column's names, n of the second's, horizon); other rows are left out."""
    at = [pc.index_in(launched.column(name), value_set=names) for name, names in of]
    kept = pc.and_(pc.is_valid(at[0]), pc.is_valid(at[1]))
    row, column = (one.filter(kept).to_numpy() for one in at)
    made = np.zeros((len(of[0][1]), len(of[1][1]), horizon))
    mine = launched.filter(kept)
    made[row, column, mine.column("age").to_numpy()] = mine.column("units").to_numpy()
    return made


def lines_of(
    parts: Sequence[tuple[pa.Array, pa.Array, Array]], retailers: pa.DataType, products: pa.DataType
) -> pa.Table:
    """Lines of all parts, sorted by retailer, product and step.

    Parameters
    ----------
    parts : retailers, products and figures : float64 (n_retailers, n_products, horizon, 4)
    retailers, products : types of the ids
    """
    kinds = {
        "retailer_id": retailers,
        "product_id": products,
        "step": pa.int32(),
        **dict.fromkeys(FIGURES, pa.float64()),
    }
    schema = pa.schema(list(kinds.items()))
    made = []
    for shops, goods, figures in parts:
        shop, product, step = (one.ravel() for one in np.indices(figures.shape[:3], np.int32))
        flat = np.round(figures.reshape(-1, len(FIGURES)), DIGITS)
        columns = [shops.take(pa.array(shop)), goods.take(pa.array(product)), pa.array(step + 1)]
        made.append(pa.table([*columns, *(pa.array(flat[:, place]) for place in range(len(FIGURES)))], schema=schema))
    if not made:
        return schema.empty_table()
    keys = [(name, "ascending") for name in ("retailer_id", "product_id", "step")]
    return pa.concat_tables(made).sort_by(keys).combine_chunks()


def _days(horizon: int, period: str) -> int:
    """So many days after its first order a product or retailer has lived the periods of the horizon."""
    return 7 * horizon if period == "week" else -(-365 * horizon // 12)
