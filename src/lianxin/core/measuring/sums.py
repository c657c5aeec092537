"""Sums of order lines by retailer: the month is read once by product, and once by day with the months around it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any, Final

import ibis
from ibis.expr.types import Table as TableExpression

from lianxin.core.measuring.lines import FAR, current_lines, in_months, total, units_sold, whole
from lianxin.core.measuring.spans import version_on
from lianxin.core.parameters import value_of
from lianxin.core.tables import PRODUCT_VERSIONS, Steps
from lianxin.core.units import last_day, mondays_in, month_plus

# Sums over lines: they add up over products, retailers and holders.
OF_LINES: Final = (
    "units",
    "amount_fen",
    "n_lines",
    "n_without_amount",
    "key_units",
    "known_amount_fen",
    "known_cost_fen",
)


def new_products(month: date, parameters: Mapping[str, Any]) -> TableExpression:
    """The products that are new in a month: listed inside the window before the month's end.

    Returns
    -------
    rows of product_id, listed_date, price_class. The window depends on the price class of the version valid on the month's
    last day; a product without a listing date is not new.
    """
    end = last_day(month)
    long_classes = list(value_of(parameters, "measuring.new_product_long_classes") or ())
    starts = {
        long: month_plus(month, 1 - value_of(parameters, f"measuring.new_product_{'long_' if long else ''}months"))
        for long in (True, False)
    }
    valid = version_on(PRODUCT_VERSIONS.unbound(), end, "product_id", "price_class", "listed_date")
    in_long = valid.price_class.isin(long_classes) if long_classes else ibis.literal(False)
    start = ibis.ifelse(in_long.fill_null(False), ibis.date(starts[True]), ibis.date(starts[False]))
    listed = valid.filter((valid.listed_date >= start) & (valid.listed_date <= ibis.date(end)))
    return listed.select("product_id", "listed_date", "price_class")


def product_traits(steps: Steps, month: date, parameters: Mapping[str, Any]) -> TableExpression:
    """Which products are key and which are new in a month.

    Returns
    -------
    one row per product_id with a version valid on the month's last day, or named as key
        is_key, is_new : int64, 0 or 1; new as in `new_products`
    """
    versions = PRODUCT_VERSIONS.unbound()
    new = new_products(month, parameters).select("product_id").distinct()
    codes = list(value_of(parameters, "measuring.key_products") or ())
    keys = versions.filter(versions.product_code.isin(codes) if codes else ibis.literal(False))
    marks = ibis.union(
        new.select("product_id", is_key=ibis.literal(0, "int64"), is_new=ibis.literal(1, "int64")),
        keys.select("product_id", is_key=ibis.literal(1, "int64"), is_new=ibis.literal(0, "int64")),
    )
    return steps.add(
        "product_traits",
        marks.group_by("product_id").agg(is_key=marks.is_key.max(), is_new=marks.is_new.max()),
    )


def month_sales(
    steps: Steps, month: date, holders: TableExpression, traits: TableExpression, *, replaced: bool
) -> TableExpression:
    """The month's lines by retailer, span of its holding, product and version of the product.

    Returns
    -------
    one row per (retailer_id, holder_at, product_id, product_at)
        holder_at : `part` of the span in which the lines lie, null for a retailer nobody knows
        price_class, cost_price_fen : of the version valid on the lines' day; null where none is
        is_key, is_new : int64, 0 or 1; n_orders : lines with ordered_units > 0
    """
    lines = in_months(current_lines(replaced=replaced), [month])
    narrow = lines.select(
        "retailer_id",
        "product_id",
        "order_date",
        "amount_fen",
        units=units_sold(lines),
        orders=whole(lines.ordered_units > 0),
    )
    spans = holders.select(_retailer="retailer_id", _from="at", _until="until", holder_at="part")
    versions = PRODUCT_VERSIONS.unbound()
    ended = versions.valid_until.fill_null(ibis.date(FAR))
    inside = versions.filter((versions.valid_from < month_plus(month, 1)) & (ended > ibis.date(month)))
    goods = inside.select(
        _product="product_id",
        product_at="valid_from",
        _ends=inside.valid_until.fill_null(ibis.date(FAR)),
        price_class="price_class",
        cost_price_fen="cost_price_fen",
    )
    held = narrow.left_join(
        spans,
        [
            narrow.retailer_id == spans._retailer,
            narrow.order_date >= spans._from,
            narrow.order_date < spans._until,
        ],
    )
    dated = goods.select("_product", "product_at", "_ends")
    placed = held.left_join(
        dated,
        [held.product_id == dated._product, held.order_date >= dated.product_at, held.order_date < dated._ends],
    )
    summed = placed.group_by("retailer_id", "holder_at", "product_id", "product_at").agg(
        units=total(placed.units),
        amount_fen=total(placed.amount_fen),
        n_lines=placed.count(),
        n_without_amount=total(whole(placed.amount_fen.isnull())),
        units_with_amount=total(ibis.ifelse(placed.amount_fen.notnull(), placed.units, 0)),
        n_orders=total(placed.orders),
    )
    classed = goods.select(_id="_product", _at="product_at", price_class="price_class", cost="cost_price_fen")
    marks = traits.select(_marked="product_id", key="is_key", new="is_new")
    joined = summed.left_join(classed, [summed.product_id == classed._id, summed.product_at == classed._at])
    joined = joined.left_join(marks, summed.product_id == marks._marked)
    return steps.add(
        "month_sales",
        joined.select(
            *summed.columns,
            price_class=classed.price_class,
            cost_price_fen=classed.cost,
            is_key=marks.key.fill_null(0),
            is_new=marks.new.fill_null(0),
        ),
    )


def class_sales(steps: Steps, sales: TableExpression) -> TableExpression:
    """The month's sales by retailer, span and price class; cost and its amount over the lines where both are known."""
    told = sales.cost_price_fen.notnull()
    nothing = ibis.literal(0, "int64")
    return steps.add(
        "class_sales",
        sales.group_by("retailer_id", "holder_at", "price_class").agg(
            units=total(sales.units),
            amount_fen=total(sales.amount_fen),
            n_lines=total(sales.n_lines),
            n_without_amount=total(sales.n_without_amount),
            key_units=total(sales.units * sales.is_key),
            known_amount_fen=total(ibis.ifelse(told, sales.amount_fen, nothing)),
            known_cost_fen=total(ibis.ifelse(told, sales.units_with_amount * sales.cost_price_fen, nothing)),
        ),
    )


def ordered_products(steps: Steps, sales: TableExpression) -> TableExpression:
    """How many products, and how many new ones, a retailer ordered in the month, whoever held it."""
    ordered = sales.filter(sales.n_orders > 0)
    pairs = ordered.group_by("retailer_id", "product_id").agg(is_new=ordered.is_new.max())
    return steps.add(
        "ordered_products",
        pairs.group_by("retailer_id").agg(n_products=pairs.count(), new_ordered=total(pairs.is_new)),
    )


def retailer_days(steps: Steps, month: date, *, replaced: bool) -> TableExpression:
    """What each retailer ordered in the months around, whoever held it.

    Weeks are counted whole: the first may begin in the month before, the last may end in the month after.

    Returns
    -------
    one row per retailer_id, all columns int64
        own_units, n_own_lines : of the month; base_units, n_base_lines : of the same month last year; last_units : of the
        month before
        ordered, ordered_last, ordered_before : 0 or 1, in the month, the month before, the three months before
        week_0 … : 0 or 1, whether anything was ordered in the week; week 0 is the one before the month's first Monday
        n_near_lines : lines of the three months before, the month and the rest of its last week
    """
    ago, next_month, last = month_plus(month, -12), month_plus(month, 1), month_plus(month, -1)
    mondays = mondays_in(month)
    starts = [mondays[0] - timedelta(days=7), *mondays]
    until = mondays[-1] + timedelta(days=7)
    read = in_months(current_lines(replaced=replaced), [ago, *(month_plus(month, step) for step in range(-3, 2))])
    lines = read.filter(read.order_date < ibis.date(until))
    days = lines.group_by("retailer_id", "order_date").agg(
        units=total(units_sold(lines)), n_lines=lines.count(), ordered=whole((lines.ordered_units > 0).any())
    )
    day, nothing = days.order_date, ibis.literal(0, "int64")

    def within(column: Any, first: date, end: date) -> Any:
        return ibis.ifelse((day >= ibis.date(first)) & (day < ibis.date(end)), column, nothing)

    start = month_plus(month, -3)
    flags = {"ordered": (month, next_month), "ordered_last": (last, month), "ordered_before": (start, month)}
    flags |= {f"week_{number}": (first, first + timedelta(days=7)) for number, first in enumerate(starts)}
    return steps.add(
        "retailer_days",
        days.group_by("retailer_id").agg(
            own_units=total(within(days.units, month, next_month)),
            n_own_lines=total(within(days.n_lines, month, next_month)),
            base_units=total(within(days.units, ago, month_plus(ago, 1))),
            n_base_lines=total(within(days.n_lines, ago, month_plus(ago, 1))),
            last_units=total(within(days.units, last, month)),
            n_near_lines=total(within(days.n_lines, start, until)),
            **{name: within(days.ordered, *bounds).max() for name, bounds in flags.items()},
        ),
    )
