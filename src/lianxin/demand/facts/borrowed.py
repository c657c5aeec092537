"""Lines of a round for chosen products that nobody ordered yet, borrowed from products of their producer or price class."""

from collections.abc import Callable, Collection
from datetime import date
from typing import Any, Final

import pyarrow as pa
import pyarrow.compute as pc

from lianxin.core.forecasting.borrowing import CLASSES, borrowed
from lianxin.core.measuring.spans import version_on
from lianxin.core.tables import PRODUCT_VERSIONS
from lianxin.demand.models import Round
from lianxin.foundation.facts import the_engine, the_lake

_FIGURES: Final = ("mean", "q10", "q50", "q90")
# The order lines of some products up to a day, as a forecast reads them.
Orders = Callable[[Collection[int]], pa.Table]


def borrowed_lines(
    round: Round, chosen: Collection[int], known_from: date, until: date, orders: Orders
) -> tuple[pa.Table, list[dict[str, Any]]]:
    """Lines of the chosen products that nobody ordered up to a day, and whom they borrow from.

    Parameters
    ----------
    chosen : products of the round that have no lines of their own
    known_from : the first day of the orders that are looked at
    orders : reads the order lines of products up to that day

    Returns
    -------
    lines under SYSTEM_FORECAST, the round's first period being the product's; and rows of product_id, kind, name, n, shares
    """
    goods = _goods(round)
    wanted = goods.filter(pc.is_in(goods.column("product_id"), pa.array(sorted(chosen), pa.int64())))
    alike = [pc.is_in(goods.column(name), pc.unique(wanted.column(name)).drop_null()) for name in CLASSES]
    goods = goods.filter(pc.or_(*alike))
    made = borrowed(
        orders(goods.column("product_id").to_pylist()), goods, wanted=list(chosen), known_from=known_from, until=until,
        horizon=round.horizon, period=round.period, engine=the_engine(),
    )  # fmt: skip
    kept = [
        {"product_id": one.product_id, "kind": one.kind, "name": one.name, "n": one.n, "shares": list(one.shares)}
        for one in made.lenders
    ]
    return as_system_forecast(made.lines), kept


def as_system_forecast(lines: pa.Table) -> pa.Table:
    """Lines of the core as a round reads them, in thousandths, under SYSTEM_FORECAST."""
    keys = {
        name: lines.column(name).cast(kind)
        for name, kind in (("retailer_id", pa.int64()), ("product_id", pa.int64()), ("step", pa.int32()))
    }
    milli = {
        f"{name}_milli": pc.cast(pc.round(pc.multiply(lines.column(f"{name}_units"), 1000.0)), pa.int64())
        for name in _FIGURES
    }
    return pa.table({**keys, **milli})


def _goods(round: Round) -> pa.Table:
    """What every product of the company is on the round's first day: product_id, producer, price_class; null where not told."""
    rows = version_on(PRODUCT_VERSIONS.unbound(), round.first_period, "product_id", *CLASSES)
    told = rows.mutate(**{name: rows[name].nullif("") for name in CLASSES})
    return the_engine().run(told, the_lake().sources((PRODUCT_VERSIONS.name,), company_id=round.company_id))
