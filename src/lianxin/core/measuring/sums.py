"""Sums of a month's lines by retailer and holder: each month is scanned once, all that follows is small.

A *holding* is (retailer, person, unit, route): the lines of a retailer that belong to one holder. Nearly every retailer has one.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any, Final

import ibis
from ibis.expr.types import Table as TableExpression

from lianxin.core.measuring.lines import current_lines, in_months, total, units_sold, whole
from lianxin.core.measuring.spans import HOLDING, on_spans, version_on
from lianxin.core.parameters import value_of
from lianxin.core.tables import PRODUCT_VERSIONS, Steps
from lianxin.core.units import last_day, mondays_in, month_plus

KEY: Final = ("retailer_id", *HOLDING)
WEEKS: Final = 6
NOW: Final = (
    "units",
    "amount_fen",
    "n_lines",
    "n_without_amount",
    "key_units",
    "known_amount_fen",
    "known_cost_fen",
    "large_units",
    "n_products",
)
FLAGS: Final = ("ordered", "ordered_before", "ordered_last", *(f"week_{week}" for week in range(WEEKS)))
MEASURES: Final = (*NOW, "last_units")


def product_traits(steps: Steps, month: date, parameters: Mapping[str, Any]) -> TableExpression:
    """Which products are key and which are new in a month.

    Returns
    -------
    one row per product_id with a version valid on the month's last day, or named as key
        is_key, is_new : int64, 0 or 1. New = listed inside the window before the month's end; the window depends on the
        price class of that version. A product without a listing date is not new.
    """
    versions = PRODUCT_VERSIONS.unbound()
    end = last_day(month)
    long_classes = list(value_of(parameters, "measuring.new_product_long_classes") or ())
    starts = {
        long: month_plus(month, 1 - value_of(parameters, f"measuring.new_product_{'long_' if long else ''}months"))
        for long in (True, False)
    }
    valid = version_on(versions, end, "product_id", "price_class", "listed_date")
    in_long = valid.price_class.isin(long_classes) if long_classes else ibis.literal(False)
    start = ibis.ifelse(in_long.fill_null(False), ibis.date(starts[True]), ibis.date(starts[False]))
    new = (
        valid.filter((valid.listed_date >= start) & (valid.listed_date <= ibis.date(end)))
        .select("product_id")
        .distinct()
    )
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
    steps: Steps, month: date, holders: TableExpression, products: TableExpression, *, replaced: bool
) -> TableExpression:
    """The month's lines by retailer, product, and the spans in which they lie."""
    lines = in_months(current_lines(replaced=replaced), [month])
    narrow = lines.select(
        "retailer_id",
        "product_id",
        "order_month",
        "order_date",
        "amount_fen",
        units=units_sold(lines),
        orders=whole(lines.ordered_units > 0),
    )
    held = on_spans(narrow, holders, "retailer_id", {"holder_at": "part"})
    valued = on_spans(held, products, "product_id", {"product_at": "part"})
    return steps.add(
        "month_sales",
        valued.group_by("retailer_id", "holder_at", "product_id", "product_at").agg(
            units=total(valued.units),
            amount_fen=total(valued.amount_fen),
            n_lines=valued.count(),
            n_without_amount=total(whole(valued.amount_fen.isnull())),
            units_with_amount=total(ibis.ifelse(valued.amount_fen.notnull(), valued.units, 0)),
            n_orders=total(valued.orders),
        ),
    )


def valued_sales(
    steps: Steps, sales: TableExpression, products: TableExpression, traits: TableExpression
) -> TableExpression:
    """The month's sales with price class, cost and traits of the product."""
    spans = products.select(_id="product_id", _at="at", price_class="price_class", cost_price_fen="cost_price_fen")
    marks = traits.select(_product="product_id", is_key="is_key", is_new="is_new")
    classed = sales.left_join(spans, [sales.product_id == spans._id, sales.product_at == spans._at]).drop("_id", "_at")
    marked = classed.left_join(marks, classed.product_id == marks._product).drop("_product")
    return steps.add(
        "valued_sales", marked.mutate(is_key=marked.is_key.fill_null(0), is_new=marked.is_new.fill_null(0))
    )


def retailer_sales(steps: Steps, valued: TableExpression) -> TableExpression:
    """The month's sales by retailer and span; cost and its amount over the lines where both are known."""
    told = valued.cost_price_fen.notnull()
    nothing = ibis.literal(0, "int64")
    return steps.add(
        "retailer_sales",
        valued.group_by("retailer_id", "holder_at").agg(
            units=total(valued.units),
            amount_fen=total(valued.amount_fen),
            n_lines=total(valued.n_lines),
            n_without_amount=total(valued.n_without_amount),
            key_units=total(valued.units * valued.is_key),
            known_amount_fen=total(ibis.ifelse(told, valued.amount_fen, nothing)),
            known_cost_fen=total(ibis.ifelse(told, valued.units_with_amount * valued.cost_price_fen, nothing)),
            n_products=valued.product_id.nunique(where=valued.n_orders > 0),
            ordered=whole(valued.n_orders > 0).max(),
        ),
    )


def retailer_totals(steps: Steps, sales: TableExpression) -> TableExpression:
    """The month of a retailer, whoever held it."""
    return steps.add(
        "retailer_totals",
        sales.group_by("retailer_id").agg(
            units=total(sales.units), n_lines=total(sales.n_lines), ordered=sales.ordered.max()
        ),
    )


def earlier_sales(steps: Steps, month: date, holders: TableExpression, *, replaced: bool) -> TableExpression:
    """Units and whether anything was ordered in each of the three months before, by retailer and span."""
    months = [month_plus(month, -back) for back in (3, 2, 1)]
    lines = in_months(current_lines(replaced=replaced), months)
    narrow = lines.select(
        "retailer_id", "order_month", "order_date", units=units_sold(lines), orders=whole(lines.ordered_units > 0)
    )
    held = on_spans(narrow, holders, "retailer_id", {"holder_at": "part"})
    return steps.add(
        "earlier_sales",
        held.group_by("retailer_id", "order_month", "holder_at").agg(
            units=total(held.units), ordered=held.orders.max()
        ),
    )


def weekly_orders(steps: Steps, month: date, holders: TableExpression, *, replaced: bool) -> TableExpression:
    """In which weeks anything was ordered: week 0 is the one before the first Monday of the month.

    Weeks are counted whole: the first may begin in the month before, the last may end in the month after.
    """
    mondays = mondays_in(month)
    starts = [mondays[0] - timedelta(days=7), *mondays]
    lines = in_months(current_lines(replaced=replaced), [month_plus(month, step) for step in (-1, 0, 1)])
    inside = (lines.order_date >= ibis.date(starts[0])) & (lines.order_date < ibis.date(starts[-1] + timedelta(days=7)))
    narrow = lines.filter(inside & (lines.ordered_units > 0)).select("retailer_id", "order_month", "order_date")
    held = on_spans(narrow, holders, "retailer_id", {"holder_at": "part"})
    flags = {
        f"week_{week}": whole(
            (held.order_date >= ibis.date(start)) & (held.order_date < ibis.date(start + timedelta(days=7)))
        ).max()
        for week, start in enumerate(starts)
    }
    return steps.add("weekly_orders", held.group_by("retailer_id", "order_month", "holder_at").agg(**flags))


def year_ago(steps: Steps, month: date, *, replaced: bool) -> TableExpression:
    """Units and lines of every retailer in the same month last year."""
    lines = in_months(current_lines(replaced=replaced), [month_plus(month, -12)])
    return steps.add(
        "year_ago",
        lines.group_by("retailer_id").agg(base_units=total(units_sold(lines)), n_base_lines=lines.count()),
    )


def holdings(
    steps: Steps,
    month: date,
    parameters: Mapping[str, Any],
    holders: TableExpression,
    sales: TableExpression,
    totals: TableExpression,
    earlier: TableExpression,
    weekly: TableExpression,
) -> TableExpression:
    """All that the lines tell of a holding, in one row."""
    line = int(value_of(parameters, "measuring.large_retailer_units"))
    large = totals.filter(totals.units > line).select(_large="retailer_id")
    sized = sales.left_join(large, sales.retailer_id == large._large)
    sized = sized.mutate(large_units=ibis.ifelse(sized._large.notnull(), sized.units, 0)).drop("_large")
    last = month_plus(month, -1)
    is_last = earlier.order_month == ibis.date(last)
    before = earlier.select(
        "retailer_id",
        "order_month",
        "holder_at",
        ordered_before="ordered",
        ordered_last=ibis.ifelse(is_last, earlier.ordered, 0),
        last_units=ibis.ifelse(is_last, earlier.units, 0),
    )
    pieces = [_held(table, holders) for table in (sized.mutate(order_month=ibis.date(month)), before, weekly)]
    every = ibis.union(*[_filled(piece) for piece in pieces])
    return steps.add(
        "holdings",
        every.group_by(list(KEY)).agg(
            **{name: total(every[name]) for name in MEASURES}, **{name: every[name].max() for name in FLAGS}
        ),
    )


def _held(table: TableExpression, holders: TableExpression) -> TableExpression:
    spans = holders.select(_id="retailer_id", _month="month", _at="at", **{name: name for name in HOLDING})
    joined = table.left_join(
        spans,
        [table.retailer_id == spans._id, table.order_month == spans._month, table.holder_at == spans._at],
    )
    return joined.drop("_id", "_month", "_at")


def _filled(table: TableExpression) -> TableExpression:
    columns = {
        name: table[name].cast("int64") if name in table.columns else ibis.literal(0, "int64")
        for name in (*MEASURES, *FLAGS)
    }
    return table.select(*KEY, **columns)
