"""Lines for products that nobody ordered yet, borrowed from how products of their class began.

A product without orders has no series to learn from. What is known is how others of its producer, or of its price class, were
taken up in the first periods after their first order, and by which retailers.
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
from lianxin.core.forecasting.panel import ACTIVE_DAYS, ROWS, Array, coded
from lianxin.core.tables import Steps

PRODUCTS: Final = Input(
    "products",
    {"product_id": None, "producer": pa.string(), "price_class": pa.string()},
    required=("product_id",),
    optional=("producer", "price_class"),
)
# The narrower class first: products of one producer begin more alike than those of one price class.
CLASSES: Final = ("producer", "price_class")
# A few launches outsell all others; no total counts for more than this quantile of them.
_HIGH: Final = 0.9
# The part of what a retailer took of earlier launches in its share; the rest is what it takes of the class.
_TAKING_PART: Final = 0.5
# Past cells of like size are looked at together, so many at least, in so many classes of size at most.
_OF_LIKE_SIZE: Final = 2_000
_SIZES_MOST: Final = 10
_GOODS: Final = "class_goods"


@dataclass(frozen=True)
class Lender:
    """Whom a product borrows from.

    kind : of CLASSES; name : the producer or price class; n : products of it that began within what is known
    totals : by step, what all retailers together ordered of such a product: quantiles 0.1, 0.5, 0.9, in units
    shares : by step, the share of retailers that ordered any of such a product
    """

    product_id: Any
    kind: str
    name: str
    n: int
    totals: tuple[tuple[float, float, float], ...]
    shares: tuple[float, ...]


@dataclass(frozen=True)
class Borrowed:
    """lines : retailer_id, product_id, step : int32, and FIGURES : float64; sorted. lenders : one of each product with lines."""

    lines: pa.Table
    lenders: tuple[Lender, ...]


def borrowed(
    orders: pa.Table,
    products: pa.Table,
    *,
    wanted: Collection[Any],
    until: date,
    known_from: date | None = None,
    horizon: int,
    period: str = "week",
    engine: Asks,
) -> Borrowed:
    """Mean and range of products that nobody ordered yet, for each retailer that ordered of their class in the last 52 weeks.

    Step 1 is taken to be the period in which the product begins. The mean of a retailer is its share of the class times what such
    products sold in all in that period after their first order, the largest tenth cut; its range is what retailers of like size
    ordered of them.

    Parameters
    ----------
    orders : order lines of the products of the classes, see `contracts.ORDERS`
    products : see PRODUCTS; each product once
    wanted : ids of products without any order up to `until`; others are passed over
    known_from : the day from which all orders are known; default that of the first of `orders`
    until, horizon, period, engine : as of `forecast`

    Returns
    -------
    lines of the wanted products of whose producer, else price class, ten products or more began within what is known; none of
    others

    Invariants
    ----------
    Lines of a product in a step add up to the mean of its lender's cut totals. Rows after `until`, and their order, change nothing.

    Raises
    ------
    SchemaMismatch : orders or products break their contract.
    """
    rows, goods = ORDERS.of(orders), PRODUCTS.of(products)
    firsts = engine.run(first_orders(rows, until, "product_id"), {ROWS: rows})
    shop_kind, kind = rows.schema.field("retailer_id").type, firsts.schema.field("product_id").type
    goods = goods.set_column(0, "product_id", goods.column("product_id").cast(kind)).sort_by("product_id")
    firsts = firsts.sort_by("product_id")
    seen = set(firsts.column("product_id").to_pylist())
    new = sorted(set(pa.array(sorted(wanted), kind).to_pylist()) - seen)
    begun = began(firsts, known_from, until, horizon, period)
    chosen = [found for one in new if (found := _class_of(goods, begun, one)) is not None]
    if not chosen:
        return Borrowed(lines_of([], shop_kind, kind), ())
    launches = engine.run(since_first(rows, begun, "product_id", until, horizon, period), {ROWS: rows, BEGUN: begun})
    launches = launches.sort_by([(name, "ascending") for name in ("product_id", "retailer_id", "age")])
    sizes = engine.run(_sizes(rows, goods, until), {ROWS: rows, _GOODS: goods})
    made, lenders = [], []
    for one, name, value, analogues in chosen:
        shops, size = _shops(sizes, name, value)
        if not len(shops):
            continue
        of = (("product_id", pa.array(analogues, kind)), ("retailer_id", shops))
        told = units_by(launches, of, horizon)
        figures = _figures(told, size)
        totals = np.quantile(told.sum(axis=1), QUANTILES, axis=0).T
        made.append((shops, pa.array([one], kind), figures[:, None]))
        shares = np.round((told > 0).mean(axis=(0, 1)), DIGITS).tolist()
        rounded = tuple(tuple(row) for row in np.round(totals, 1).tolist())
        lenders.append(Lender(one, name, value, len(analogues), rounded, tuple(shares)))
    return Borrowed(lines_of(made, shop_kind, kind), tuple(lenders))


def _class_of(goods: pa.Table, begun: pa.Table, product: Any) -> tuple[Any, str, str, list[Any]] | None:
    """The class that a product borrows from, with its newest analogues; None where each class has too few."""
    own = goods.filter(pc.equal(goods.column("product_id"), product)).to_pylist()
    for name in CLASSES:
        value = own[0][name] if own else None
        if not value:
            continue
        alike = goods.filter(pc.equal(goods.column(name), value)).column("product_id").combine_chunks()
        found = newest(begun, "product_id", alike)
        if found is not None:
            return product, name, value, found
    return None


def _sizes(rows: pa.Table, goods: pa.Table, until: date) -> Steps:
    """What each retailer ordered of each producer and price class in the last 52 weeks."""
    read = asked(rows, until)
    read = read.filter(read.order_date > ibis.literal(until - timedelta(days=ACTIVE_DAYS)))
    table = ibis.table(ibis.Schema.from_pyarrow(goods.schema), name=_GOODS)
    named = table.select(_product="product_id", producer="producer", price_class="price_class")
    met = read.inner_join(named, read.product_id == named._product)
    steps = Steps()
    steps.add("class_sizes", met.group_by("retailer_id", *CLASSES).agg(units=met.units.sum().cast("int64")))
    return steps


def _shops(sizes: pa.Table, name: str, value: str) -> tuple[pa.Array, Array]:
    """The retailers that ordered of a class, in order, and what they ordered of it."""
    mine = sizes.filter(pc.equal(sizes.column(name), value))
    shops, place = coded(mine.column("retailer_id"))
    return shops, np.bincount(place, weights=mine.column("units").to_numpy(), minlength=len(shops))


def _figures(taken: Array, size: Array) -> Array:
    """Figures of each retailer and step, (n_shops, horizon, 4)."""
    n, shops, horizon = taken.shape
    totals = taken.sum(axis=1)
    curve = np.minimum(totals, np.quantile(totals, _HIGH, axis=0)).mean(axis=0)
    share, took = size / size.sum(), taken.sum(axis=(0, 2))
    if took.sum() > 0:
        share = (1 - _TAKING_PART) * share + _TAKING_PART * took / took.sum()
    made = np.zeros((shops, horizon, len(FIGURES)))
    made[:, :, 0] = share[:, None] * curve[None, :]
    cells = taken.reshape(n, shops * horizon)
    # By size in the class alone: what a retailer took of the launches would rank it by what its range is to be told from.
    order = np.argsort((size[:, None] * curve[None, :]).ravel(), kind="stable")
    classes = min(max(cells.size // _OF_LIKE_SIZE, 1), _SIZES_MOST, len(order))
    flat = made.reshape(shops * horizon, len(FIGURES))
    for alike in np.array_split(order, classes):
        # Round lots: a quantile is a size that was ordered, never between two.
        flat[alike, 1:] = np.quantile(cells[:, alike], QUANTILES, method="inverted_cdf")
    return flat.reshape(made.shape)
