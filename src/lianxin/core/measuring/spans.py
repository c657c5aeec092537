"""Dated assignments cut into spans inside a month, in each of which nothing changes.

Joining millions of lines with three dated tables by ranges is slow; joining them once with spans, which are few, is not. Nearly
every retailer has one span a month.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any, Final

import ibis
from ibis.expr.types import Table as TableExpression

from lianxin.core.measuring.lines import FAR, month_of, valid_on
from lianxin.core.tables import POSTINGS, PRODUCT_VERSIONS, RETAILER_VERSIONS, TERRITORIES, Steps
from lianxin.core.units import month_plus

HOLDING: Final = ("person_id", "unit_id", "route")
SEGMENT: Final = ("trade_form", "market_type", "tier")


def _bounds(table: TableExpression, key: str, months: Sequence[date]) -> TableExpression:
    """Days inside the months on which an interval of the table begins or ends."""
    ends = [table.select(table[key], at=column) for column in (table.valid_from, table.valid_until)]
    both = ibis.union(*ends)
    inside = both.filter((both.at > months[0]) & (both.at < month_plus(months[-1], 1)))
    return inside.select(key, month=month_of(inside.at), at=inside.at)


def _tiles(
    keys: TableExpression, bounds: Sequence[TableExpression], key: str, months: Sequence[date]
) -> TableExpression:
    """Spans that cover every month for every key, cut at the bounds."""
    calendar = ibis.array([ibis.date(month) for month in months]).unnest().name("month").as_table()
    starts = keys.cross_join(calendar)
    cuts = ibis.union(starts.select(key, "month", at=starts.month), *bounds, distinct=True)
    cuts = cuts.filter(cuts.month.isin(list(months)))
    following = cuts.at.lead().over(ibis.window(group_by=[cuts[key], cuts.month], order_by=cuts.at))
    return cuts.mutate(until=following.fill_null(ibis.date(FAR)))


def _merged(spans: TableExpression, key: str, attributes: Sequence[str]) -> TableExpression:
    """Neighbouring spans of equal attributes as one, so that a change of no interest here cuts nothing."""
    before = ibis.window(group_by=[spans[key], spans.month], order_by=spans["at"])
    changed = [
        ~spans[name].identical_to(spans[name].lag().over(before)) | spans["at"].lag().over(before).isnull()
        for name in attributes
    ]
    different = changed[0]
    for condition in changed[1:]:
        different = different | condition
    kept = spans.mutate(_starts=different)
    kept = kept.filter(kept._starts)
    again = ibis.window(group_by=[kept[key], kept.month], order_by=kept["at"])
    # What comes back to the same attributes inside a month (away and back again) shares its `part`.
    alike = ibis.window(group_by=[kept[key], kept.month, *(kept[name] for name in attributes)])
    return kept.mutate(
        until=kept["at"].lead().over(again).fill_null(ibis.date(FAR)), part=kept["at"].min().over(alike)
    ).drop("_starts")


def holder_spans(
    steps: Steps, months: Sequence[date], *, segments: bool, name: str = "holder_spans"
) -> TableExpression:
    """Who held a retailer, in which unit and on which route, by span.

    Parameters
    ----------
    months : first days, ascending
    segments : also trade form, market type and tier

    Returns
    -------
    one row per (retailer_id, month, at), spans from `at` to before `until` covering the month
        part : the first `at` of the month with the same attributes; rows with at = part tell each attribute set once
        person_id, unit_id : int64, null where nobody held the retailer; route : string or null
        trade_form, market_type, tier : with `segments` only

    A retailer is known from its versions or its territories. Overlapping territories would double rows; imports refuse them.
    """
    versions, territories, postings = RETAILER_VERSIONS.unbound(), TERRITORIES.unbound(), POSTINGS.unbound()
    attributes = (*HOLDING, *SEGMENT) if segments else HOLDING
    keys = ibis.union(versions.select("retailer_id"), territories.select("retailer_id"), distinct=True)
    moves = territories.inner_join(postings.drop("valid_until"), "person_id").select(
        "retailer_id", at="valid_from_right"
    )
    moves_until = territories.inner_join(postings, "person_id").select("retailer_id", at="valid_until_right")
    moved = ibis.union(moves, moves_until)
    moved = moved.filter((moved.at > months[0]) & (moved.at < month_plus(months[-1], 1)))
    moved = moved.select("retailer_id", month=month_of(moved.at), at=moved.at)
    cuts = [_bounds(versions, "retailer_id", months), _bounds(territories, "retailer_id", months), moved]
    tiles = steps.add(f"{name}_tiles", _tiles(keys, cuts, "retailer_id", months))
    holders = _dated(tiles, territories, "retailer_id", "retailer_id", {"person_id": "person_id"})
    wanted = {"route": "route"} | ({name: name for name in SEGMENT} if segments else {})
    routed = _dated(holders, versions, "retailer_id", "retailer_id", wanted)
    placed = _dated(routed, postings, "person_id", "person_id", {"unit_id": "unit_id"})
    return steps.add(
        name, _merged(placed.select("retailer_id", "month", "at", "until", *attributes), "retailer_id", attributes)
    )


def product_spans(steps: Steps, months: Sequence[date], name: str = "product_spans") -> TableExpression:
    """Price class and cost of a product by span.

    Returns
    -------
    one row per (product_id, month, at)
        price_class : string or null; cost_price_fen : int64 or null where no version is valid or it has no cost
    """
    versions = PRODUCT_VERSIONS.unbound()
    attributes = ("price_class", "cost_price_fen")
    keys = versions.select("product_id").distinct()
    tiles = _tiles(keys, [_bounds(versions, "product_id", months)], "product_id", months)
    valued = _dated(tiles, versions, "product_id", "product_id", {column: column for column in attributes})
    return steps.add(
        name, _merged(valued.select("product_id", "month", "at", "until", *attributes), "product_id", attributes)
    )


def _dated(
    left: TableExpression, table: TableExpression, on: str, key: str, columns: dict[str, str]
) -> TableExpression:
    """`left` with columns of the version valid at each span's start; null where none is."""
    right = table.select(
        _key=table[key], _from=table.valid_from, _until=table.valid_until.fill_null(ibis.date(FAR)), **columns
    )
    joined = left.left_join(right, [left[on] == right._key, left["at"] >= right._from, left["at"] < right._until])
    return joined.drop("_key", "_from", "_until")


def on_spans(lines: TableExpression, spans: TableExpression, key: str, columns: dict[str, str]) -> TableExpression:
    """Lines with columns of the span in which each lies.

    Parameters
    ----------
    columns : name in the answer -> column of the spans
    """
    right = spans.select(
        _key=spans[key],
        _month=spans.month,
        _from=spans["at"],
        _until=spans.until,
        **{new: spans[old] for new, old in columns.items()},
    )
    joined = lines.left_join(
        right,
        [
            lines[key] == right._key,
            lines.order_month == right._month,
            lines.order_date >= right._from,
            lines.order_date < right._until,
        ],
    )
    return joined.drop("_key", "_month", "_from", "_until")


def version_on(table: TableExpression, day: date, *columns: str) -> TableExpression:
    """The columns of the versions valid on a day."""
    found: Any = table.filter(valid_on(table, ibis.date(day)))
    return found.select(*columns)
