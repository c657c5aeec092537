"""What retailers asked for, were let order and got, by week or month: the history before a forecast and what came of it."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date
from typing import Any, TypeAlias

import ibis
from ibis.expr.types import Table as TableExpression

from lianxin.core.measuring.lines import current_lines, month_of, total, whole

PeriodKind: TypeAlias = str


def period_of(day: Any, period: PeriodKind) -> Any:
    """The first day of the period of a date column: of its month, or the Monday of its ISO week."""
    return month_of(day) if period == "month" else day.truncate("W").cast("date")


def outcomes(
    company_id: int, period: PeriodKind, first: date, until: date, products: Collection[int]
) -> TableExpression:
    """Units of each retailer and product by period, under the contract `forecast_outcomes`.

    Parameters
    ----------
    first, until : days; lines from `first` on and before `until` count
    products : ids of the products asked for; none: every product

    Returns
    -------
    one row per (period_start, retailer_id, product_id) with a line that is no return, ordered by them
        wanted_units, supplied_units : int64; null where one line lacks the number
        ordered_units : int64
        n_capped : int64, lines whose cap lay below what was wanted
    """
    lines = current_lines()
    # A return is no demand, and none below zero.
    asked = lines.filter((lines.order_date >= first) & (lines.order_date < until) & (lines.ordered_units >= 0))
    if products:
        asked = asked.filter(asked.product_id.isin(sorted(products)))
    asked = asked.mutate(period_start=period_of(asked.order_date, period))
    grouped = asked.group_by("period_start", "retailer_id", "product_id").agg(
        wanted_units=_known(asked.wanted_units),
        ordered_units=total(asked.ordered_units),
        supplied_units=_known(asked.supplied_units),
        n_capped=total(whole(asked.cap_units < asked.wanted_units)),
    )
    return grouped.select(
        company_id=ibis.literal(company_id, "int32"),
        period=ibis.literal(period),
        period_start=grouped.period_start,
        retailer_id=grouped.retailer_id,
        product_id=grouped.product_id,
        wanted_units=grouped.wanted_units,
        ordered_units=grouped.ordered_units,
        supplied_units=grouped.supplied_units,
        n_capped=grouped.n_capped,
    ).order_by("period_start", "retailer_id", "product_id")


def _known(column: Any) -> Any:
    """The sum, or null where one line lacks the number."""
    return (column.count() == column.isnull().count()).ifelse(column.sum().cast("int64"), ibis.null("int64"))
