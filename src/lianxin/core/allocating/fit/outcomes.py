"""What came of every share: taken, returned, sold out, left."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import ibis
from ibis.expr.types import Table as TableExpression

from lianxin.core.parameters import value_of
from lianxin.core.tables import Steps

SHARE_ROWS, LINE_ROWS, COUNT_ROWS = "fit_shares", "fit_lines", "fit_counts"
# What is known of units, in the order of the result; the others follow from them.
_KEY: Final = ["retailer", "product"]


def outcomes(parameters: Mapping[str, Any], schemas: Mapping[str, ibis.Schema]) -> Steps:
    """Steps whose last one tells what came of every share.

    Parameters
    ----------
    schemas : of the tables fit_shares, fit_lines and fit_counts, which `prepared` makes

    Returns
    -------
    one row per share, sorted by row
        unmet_units : int64, wanted less share, never below 0; null where the request is unknown
        ordered_units, taken_units, returned_units : int64, null in weeks of which no order line is known
        declined_units : int64, share less taken, never below 0; null where taken is
        stock_units : int64, the last count before the retailer's next round of the product; null without a count in time
        left_units : int64, the smaller of stock and what was taken (the share, where orders are unknown); null without a count
        sold_out : yes, no or cannot_tell: without a count, or where nothing was there to be sold

    Invariants
    ----------
    Missing is never zero. A return and a count belong to one round at most: the last before them.
    """
    steps = Steps()
    shares, lines, counts = (ibis.table(schemas[name], name=name) for name in (SHARE_ROWS, LINE_ROWS, COUNT_ROWS))
    monday = lines.mutate(week=lines.day - (lines.day + 3) % 7)
    units = monday.mutate(units=ibis.coalesce(monday.supplied_units, monday.ordered_units))
    taken = _taken(units)
    weeks = units.select("week").distinct().mutate(is_known=True)
    returned = _belonging(shares, units.filter(units.units < 0), 0, int(value_of(parameters, "fit.return_days")))
    returned = returned.group_by("row").agg(returned_units=(-returned.units.sum()).cast("int64"))
    counted = _belonging(
        shares,
        counts,
        int(value_of(parameters, "fit.count_from_days")),
        int(value_of(parameters, "fit.count_until_days")),
    )
    last = ibis.row_number().over(ibis.window(group_by="row", order_by=[counted.day.desc(), "number"]))
    counted = counted.mutate(place=last)
    counted = counted.filter(counted.place == 0).select("row", "stock_units")
    known = shares.left_join(weeks, "week").drop("week_right")
    known = known.left_join(taken, ["week", *_KEY]).drop("week_right", "retailer_right", "product_right")
    known = known.left_join(returned, "row").drop("row_right").left_join(counted, "row").drop("row_right")
    steps.add("fit_outcomes", _told(known))
    return steps


def _taken(units: TableExpression) -> TableExpression:
    """What a retailer ordered and got of a product in a week, returns aside."""
    bought = units.filter(units.units >= 0)
    return bought.group_by("week", *_KEY).agg(
        ordered=ibis.greatest(bought.ordered_units, 0).sum().cast("int64"), taken=bought.units.sum().cast("int64")
    )


def _belonging(shares: TableExpression, later: TableExpression, begin: int, until: int) -> TableExpression:
    """Later rows with the row of the last round that they can belong to, from so many days after its Monday until so many."""
    rounds = shares.select("row", *_KEY, round_week="week")
    met = later.inner_join(
        rounds,
        [
            later.retailer == rounds.retailer,
            later.product == rounds.product,
            later.day >= rounds.round_week + begin,
            later.day <= rounds.round_week + until,
        ],
    )
    latest = ibis.row_number().over(ibis.window(group_by="number", order_by=[met.round_week.desc(), "row"]))
    met = met.mutate(nearness=latest)
    return met.filter(met.nearness == 0)


def _told(known: TableExpression) -> TableExpression:
    is_known = known.is_known.fill_null(False)
    zero, nothing = ibis.literal(0, "int64"), ibis.null("int64")
    known = known.mutate(
        unmet_units=ibis.ifelse(
            known.wanted_units.isnull(), nothing, ibis.greatest(known.wanted_units - known.share_units, 0).cast("int64")
        ),
        ordered_units=ibis.ifelse(is_known, ibis.coalesce(known.ordered, zero), nothing),
        taken_units=ibis.ifelse(is_known, ibis.coalesce(known.taken, zero), nothing),
        returned_units=ibis.ifelse(is_known, ibis.coalesce(known.returned_units, zero), nothing),
    )
    there = ibis.coalesce(known.taken_units, known.share_units)
    counted = known.stock_units.notnull()
    known = known.mutate(
        declined_units=ibis.ifelse(
            known.taken_units.isnull(), nothing, ibis.greatest(known.share_units - known.taken_units, 0).cast("int64")
        ),
        left_units=ibis.ifelse(counted, ibis.least(known.stock_units, there).cast("int64"), nothing),
        sold_out=ibis.cases(
            (~counted | (there <= 0), "cannot_tell"),
            (known.stock_units <= 0, "yes"),
            else_="no",
        ),
    )
    columns = ["unmet_units", "ordered_units", "taken_units", "declined_units", "returned_units"]
    return known.select("row", *columns, "stock_units", "left_units", "sold_out").order_by("row")
