"""The order lines behind a figure, so that every number opens to its rows."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

import ibis
from ibis.expr.types import Table as TableExpression

from lianxin.core.measuring.held import held_at_end
from lianxin.core.measuring.hierarchy import containing_units
from lianxin.core.measuring.lines import current_lines, in_months, units_sold, valid_on
from lianxin.core.measuring.registry import indicator_of, member_of
from lianxin.core.measuring.spans import holder_spans, on_spans
from lianxin.core.measuring.sums import product_traits
from lianxin.core.tables import PRODUCT_VERSIONS, RETAILER_VERSIONS, Steps
from lianxin.core.units import Level, first_day, mondays_in, month_plus


def months_behind(indicator: str, month: date) -> tuple[date, ...]:
    """Months whose order lines stand behind an indicator of a month, oldest first."""
    code = indicator_of(indicator).code
    start = first_day(month)
    if code in ("same_period_change", "peer_growth"):
        return (month_plus(start, -12), start)
    if code == "sell_through.a":
        return tuple(month_plus(start, step) for step in (-3, -2, -1, 0))
    if code == "sell_through.b":
        return (month_plus(start, -1), start)
    if code == "repurchase":
        return tuple(month_plus(start, step) for step in (-1, 0, 1))
    return (start,)


def evidence(
    month: date,
    level: Level | str,
    entity: int | str,
    indicator: str,
    parameters: Mapping[str, Any],
    *,
    replaced: bool = True,
    limit: int | None = None,
    offset: int = 0,
) -> Steps:
    """Steps whose last one holds the order lines behind a figure, newest first.

    Parameters
    ----------
    entity : entity_id of the figure; the name of the route at level `route`
    limit, offset : a page of them; without limit all

    Returns
    -------
    line_id, order_date, retailer_id, licence_no, retailer, product_id, product_code, product, price_class,
    wanted_units, cap_units, ordered_units, supplied_units, units, amount_fen, batch_id
        part : `now` for lines of the month, `before` for those of earlier (or, for weeks, neighbouring) months
        counts : whether the line stands in the numerator by its own nature (its class, key product, new product); true
            for indicators that ask no such thing
    """
    told = indicator_of(indicator)
    start = first_day(month)
    steps = Steps()
    lines = in_months(current_lines(replaced=replaced), months_behind(indicator, start))
    if told.code == "repurchase":
        mondays = mondays_in(start)
        first, until = mondays[0] - timedelta(days=7), mondays[-1] + timedelta(days=7)
        lines = lines.filter((lines.order_date >= ibis.date(first)) & (lines.order_date < ibis.date(until)))
    lines = lines.mutate(units=units_sold(lines))
    over_held = told.over_held and Level(level) is not Level.RETAILER
    mine = (
        lines.semi_join(_held_by(Level(level), entity, start), "retailer_id")
        if over_held
        else _belonging(steps, lines, Level(level), entity, months_behind(indicator, start))
    )
    mine = steps.add("lines_behind", mine.select(*lines.columns))
    named = _named(mine)
    named = named.mutate(part=ibis.ifelse(named.order_month == ibis.date(start), "now", "before"))
    counts = _counts(steps, told.code, member_of(indicator), named, start, parameters)
    answer = counts.select(
        "line_id", "order_date", "retailer_id", "licence_no", "retailer", "product_id", "product_code", "product",
        "price_class", "wanted_units", "cap_units", "ordered_units", "supplied_units", "units", "amount_fen", "batch_id",
        "part", "counts",
    )  # fmt: skip
    answer = answer.order_by(answer.order_date.desc(), "line_id")
    steps.add("evidence", answer.limit(limit, offset=offset) if limit is not None else answer)
    return steps


def _belonging(
    steps: Steps, lines: TableExpression, level: Level, entity: int | str, months: tuple[date, ...]
) -> TableExpression:
    """Lines that belong to the entity on their own date."""
    if level is Level.COMPANY:
        return lines
    if level is Level.RETAILER:
        return lines.filter(lines.retailer_id == entity)
    holders = holder_spans(steps, months, segments=False)
    held = on_spans(lines, holders, "retailer_id", {name: name for name in ("person_id", "unit_id", "route")})
    return _of_entity(held, level, entity)


def _held_by(level: Level, entity: int | str, month: date) -> TableExpression:
    held = held_at_end(month)
    return (held if level is Level.COMPANY else _of_entity(held, level, entity)).select("retailer_id")


def _of_entity(table: TableExpression, level: Level, entity: int | str) -> TableExpression:
    if level is Level.MANAGER:
        return table.filter(table.person_id == entity)
    if level is Level.ROUTE:
        return table.filter(table.route == entity)
    above = containing_units()
    return table.semi_join(above.filter(above.above_id == entity), "unit_id")


def _named(lines: TableExpression) -> TableExpression:
    """Lines with the words of retailer and product valid on their dates."""
    retailers, products = RETAILER_VERSIONS.unbound(), PRODUCT_VERSIONS.unbound()
    shops = retailers.select(
        _id="retailer_id", licence_no="licence_no", retailer="name", valid_from="valid_from", valid_until="valid_until"
    )
    named = lines.left_join(shops, [lines.retailer_id == shops._id, valid_on(shops, lines.order_date)])
    named = named.drop("_id", "valid_from", "valid_until")
    goods = products.select(
        _id="product_id",
        product_code="product_code",
        product="name",
        price_class="price_class",
        valid_from="valid_from",
        valid_until="valid_until",
    )
    told = named.left_join(goods, [named.product_id == goods._id, valid_on(goods, named.order_date)])
    return told.drop("_id", "valid_from", "valid_until")


def _counts(
    steps: Steps, code: str, member: str | None, lines: TableExpression, month: date, parameters: Mapping[str, Any]
) -> TableExpression:
    if code == "price_class_share":
        return lines.mutate(counts=(lines.price_class == (member or "")).fill_null(False))
    if code in ("key_brand_share", "new_product_distribution"):
        traits = product_traits(steps, month, parameters)
        wanted = traits.filter((traits.is_key if code == "key_brand_share" else traits.is_new) == 1)
        marks = wanted.select(_product="product_id")
        marked = lines.left_join(marks, lines.product_id == marks._product)
        return marked.mutate(counts=marked._product.notnull()).drop("_product")
    if code in ("order_coverage", "products_per_retailer", "repurchase", "sell_through.a"):
        return lines.mutate(counts=lines.ordered_units > 0)
    return lines.mutate(counts=ibis.literal(True))
