"""Lines for retailers that never ordered yet, borrowed from how retailers of their class began.

A retailer without orders has no series to learn from. What is known is what others of its trade form took in the first periods
after their own first order. How large it will be is not known: a class by size would have to be told from orders.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final

import ibis
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from lianxin.core.forecasting.contracts import FIGURES, ORDERS, QUANTILES, Asks, Input
from lianxin.core.forecasting.lending import (
    BEGUN,
    DIGITS,
    asked,
    began,
    first_orders,
    lines_of,
    newest,
    since_first,
    units_by,
)
from lianxin.core.forecasting.panel import ACTIVE_DAYS, ROWS, Array
from lianxin.core.tables import Steps

RETAILERS: Final = Input(
    "retailers",
    {"retailer_id": None, "trade_form": pa.string(), "market_type": pa.string()},
    required=("retailer_id",),
    optional=("trade_form", "market_type"),
)
FIRSTS: Final = Input(
    "first orders", {"retailer_id": None, "first_date": pa.date32()}, required=("retailer_id", "first_date")
)
# The closer class first; where each has too few that began, all of them lend.
CLASSES: Final = ("trade_form", "market_type")
EVERYBODY: Final = "everybody"
# A product that fewer of the lenders took has no line: chosen on the real orders, see docs/reference/forecasting.md.
SHARE_LEAST: Final = 0.3


@dataclass(frozen=True)
class Beginners:
    """Whom retailers of one class borrow from.

    kind : of CLASSES, or EVERYBODY; name : the trade form or market type, "" of everybody
    n : retailers of it that began within what is known
    retailers : those that borrow; products : those with lines
    shares : by product and step, the share of the lenders that took any of it in that period after their first order
    """

    kind: str
    name: str
    n: int
    retailers: tuple[Any, ...]
    products: tuple[Any, ...]
    shares: tuple[tuple[float, ...], ...]


@dataclass(frozen=True)
class BorrowedByRetailers:
    """lines : retailer_id, product_id, step : int32, and FIGURES : float64; sorted. lenders : one for each class that lends."""

    lines: pa.Table
    lenders: tuple[Beginners, ...]


def borrowed_by_retailers(
    orders: pa.Table,
    retailers: pa.Table,
    *,
    wanted: Collection[Any],
    until: date,
    known_from: date | None = None,
    firsts: pa.Table | None = None,
    horizon: int,
    period: str = "week",
    engine: Asks,
) -> BorrowedByRetailers:
    """Mean and range of retailers that never ordered yet, for each product that three in ten of their class took when they began.

    Step 1 is taken to be the period in which the retailer begins. Its mean is that of what the lenders ordered in that period after
    their first order, its range their own lots.

    Parameters
    ----------
    orders : order lines, see `contracts.ORDERS`; of all products, or of those that are asked for where `firsts` is given
    retailers : see RETAILERS; each retailer once, those that lend too
    wanted : ids of retailers without any order up to `until`; others are passed over
    known_from : the day from which all orders are known; default that of the first of `firsts`, else of `orders`
    firsts : retailer_id and first_date, the first day with an order of any product; default as in `orders`
    until, horizon, period, engine : as of `forecast`

    Returns
    -------
    lines of the wanted retailers of whose trade form, else market type, else of all, ten or more began within what is known; of
    products that were ordered in the last 52 weeks

    Invariants
    ----------
    Retailers that borrow from one class have the same lines. A mean lies between the least and the most that a lender ordered. Rows
    after `until`, and their order, change nothing.

    Raises
    ------
    SchemaMismatch : orders, retailers or firsts break their contract.
    """
    rows, shops = ORDERS.of(orders), RETAILERS.of(retailers)
    kind, goods_kind = rows.schema.field("retailer_id").type, rows.schema.field("product_id").type
    if firsts is None:
        first_days = engine.run(first_orders(rows, until, "retailer_id"), {ROWS: rows})
    else:
        told = FIRSTS.of(firsts)
        first_days = told.filter(pc.less_equal(told.column("first_date"), pa.scalar(until, pa.date32())))
    first_days, shops = (
        one.set_column(0, "retailer_id", one.column("retailer_id").cast(kind)).sort_by("retailer_id")
        for one in (first_days.select(["retailer_id", "first_date"]), shops)
    )
    seen = set(first_days.column("retailer_id").to_pylist())
    new = sorted(set(pa.array(sorted(wanted), kind).to_pylist()) - seen)
    begun = began(first_days, known_from, until, horizon, period)
    borrowing: dict[tuple[str, str], tuple[list[Any], list[Any]]] = {}
    for one, found in zip(new, _classes_of(shops, begun, new), strict=True):
        if found is not None:
            name, value, lenders = found
            borrowing.setdefault((name, value), (lenders, []))[1].append(one)
    if not borrowing:
        return BorrowedByRetailers(lines_of([], kind, goods_kind), ())
    taken = engine.run(since_first(rows, begun, "retailer_id", until, horizon, period), {ROWS: rows, BEGUN: begun})
    lately = engine.run(_ordered_lately(rows, until), {ROWS: rows}).column("product_id").combine_chunks()
    taken = taken.filter(pc.is_in(taken.column("product_id"), lately))
    made, lent = [], []
    for (name, value), (lenders, mine) in sorted(borrowing.items()):
        goods = _goods_of(taken, pa.array(lenders, kind), goods_kind)
        if not len(goods):
            continue
        units = units_by(taken, (("retailer_id", pa.array(lenders, kind)), ("product_id", goods)), horizon)
        figures = _figures(units)
        made.append((pa.array(mine, kind), goods, np.repeat(figures[None], len(mine), axis=0)))
        shares = tuple(tuple(row) for row in np.round((units > 0).mean(axis=0), DIGITS).tolist())
        lent.append(Beginners(name, value, len(lenders), tuple(mine), tuple(goods.to_pylist()), shares))
    return BorrowedByRetailers(lines_of(made, kind, goods_kind), tuple(lent))


def _classes_of(shops: pa.Table, begun: pa.Table, new: list[Any]) -> list[tuple[str, str, list[Any]] | None]:
    """The class that each retailer borrows from, with those of it that began last; None where even all are too few."""
    known = {row["retailer_id"]: row for row in shops.to_pylist()}
    found: dict[tuple[str, str], list[Any] | None] = {}
    told: list[tuple[str, str, list[Any]] | None] = []
    for one in new:
        own = known.get(one, {})
        chosen = None
        for name, value in (*((name, own.get(name) or "") for name in CLASSES), (EVERYBODY, "")):
            if name != EVERYBODY and not value:
                continue
            if (name, value) not in found:
                alike = shops if name == EVERYBODY else shops.filter(pc.equal(shops.column(name), value))
                found[name, value] = newest(begun, "retailer_id", alike.column("retailer_id").combine_chunks())
            lenders = found[name, value]
            if lenders is not None:
                chosen = (name, value, lenders)
                break
        told.append(chosen)
    return told


def _ordered_lately(rows: pa.Table, until: date) -> Steps:
    """The products that anybody ordered in the last 52 weeks: what is sold no more was taken by those that began before."""
    read = asked(rows, until)
    steps = Steps()
    lately = read.filter(read.order_date > ibis.literal(until - timedelta(days=ACTIVE_DAYS)))
    steps.add("ordered_lately", lately.select("product_id").distinct())
    return steps


def _goods_of(taken: pa.Table, lenders: pa.Array, kind: pa.DataType) -> pa.Array:
    """The products that enough of the lenders took, in order."""
    mine = taken.filter(pc.is_in(taken.column("retailer_id"), lenders))
    counts = mine.group_by("product_id").aggregate([("retailer_id", "count_distinct")])
    shares = pc.divide(counts.column("retailer_id_count_distinct").cast(pa.float64()), float(len(lenders)))
    enough = pc.greater_equal(shares, SHARE_LEAST)
    return pa.array(sorted(counts.filter(enough).column("product_id").to_pylist()), kind)


def _figures(units: Array) -> Array:
    """Figures of each product and step, (n_products, horizon, 4), of what the lenders took: (n_lenders, n_products, horizon)."""
    made = np.empty((*units.shape[1:], len(FIGURES)))
    made[:, :, 0] = units.mean(axis=0)
    # Round lots: a quantile is a size that was ordered, never between two.
    made[:, :, 1:] = np.moveaxis(np.quantile(units, QUANTILES, axis=0, method="inverted_cdf"), 0, -1)
    return made
