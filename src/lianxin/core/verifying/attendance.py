"""Attendance of a month: days, hours, visits, shops and places, and how many of the planned visits made fell on their day."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from lianxin.core.parameters import value_of
from lianxin.core.verifying.prepared import METRES_PER_DEGREE, Array, Prepared
from lianxin.core.verifying.shares import Months, Share, proportion

# The side of the squares that stand for streets where no street is known.
_STREET_METRES = 300.0
_WIDTH = 32


def attendance(known: Prepared, months: Months, parameters: Mapping[str, Any]) -> dict[str, Share]:
    """Indicators that count what was recorded; they judge nothing.

    Returns
    -------
    visits; days : with a check-in; visits_a_day; hours_a_day : between the first check-in and the last check-out, of the days
        of which it is known when a visit was;
    shops : different ones; places : different squares of 300 m in which they lie
    busiest_share : of the visits, those to the tenth of the shops visited most
    on_planned_day : of planned visits made, those on the planned day, where planned days are given
    """
    rows = known.rows
    retailer, day = rows["retailer"].to_numpy().astype(np.int64), rows["day"].to_numpy().astype(np.int64)
    begin = rows["in_s"].to_numpy()
    end = np.maximum(rows["out_s"].fill_null(0).to_numpy(), begin)
    # A check-out forgotten overnight is no hour on the market.
    end = np.where(end - begin > 5 * 3600, begin, end)
    clock = rows["clock"].to_numpy(zero_copy_only=False)
    visits = months.sums(np.ones(len(day)))
    days = _different(months, day)
    shops = _different(months, retailer)
    latitude = known.column("shop_latitude")
    placed = ~np.isnan(latitude)
    east = np.floor(known.column("shop_longitude") * METRES_PER_DEGREE * known.column("cos").round(2) / _STREET_METRES)
    north = np.floor(latitude * METRES_PER_DEGREE / _STREET_METRES)
    hours, n_timed = _hours(months, day, begin, end, clock), _different(months, day, clock)
    square = np.where(placed, north * 1e7 + east, -1).astype(np.int64)
    made = {
        "visits": visits,
        "days": days,
        "visits_a_day": visits / np.maximum(days, 1),
        "hours_a_day": np.where(n_timed > 0, hours / np.maximum(n_timed, 1), np.nan),
        "shops": shops,
        "places": _different(months, square, placed),
        "busiest_share": _busiest(months, retailer) / visits,
    }
    nothing = np.full(months.size, np.nan)
    shares = {code: Share(value.astype(float), nothing, nothing, visits) for code, value in made.items()}
    planned = known.visits.column("planned_date").cast("int32").fill_null(-1).to_numpy().astype(np.int64)
    least = int(value_of(parameters, "verifying.minimum_visits"))
    shares["on_planned_day"] = proportion(months, planned == day, (planned >= 0) & clock, least)
    return shares


def _different(months: Months, value: Array, where: Array | None = None) -> Array:
    of, values = (months.of, value) if where is None else (months.of[where], value[where])
    pairs = np.unique(_paired(of, values))
    return np.bincount(pairs >> _WIDTH, minlength=months.size)


def _paired(of: Array, values: Array) -> Array:
    """Group and value as one number; values are numbered first, so that any fit."""
    _, codes = np.unique(values, return_inverse=True)
    return (of << _WIDTH) | codes.astype(np.int64)


def _hours(months: Months, day: Array, begin: Array, end: Array, clock: Array) -> Array:
    at = np.flatnonzero(clock)
    order = at[np.lexsort((day[at], months.of[at]))]
    group, days = months.of[order], day[order]
    first = np.flatnonzero(np.r_[True, (group[1:] != group[:-1]) | (days[1:] != days[:-1])]) if len(order) else order
    if not len(order):
        return np.zeros(months.size)
    span = np.maximum.reduceat(end[order], first) - np.minimum.reduceat(begin[order], first)
    return np.bincount(group[first], weights=span / 3600.0, minlength=months.size)


def _busiest(months: Months, retailer: Array) -> Array:
    """Visits to the tenth of the shops of each month that were visited most, at least one shop."""
    pairs, count = np.unique(_paired(months.of, retailer), return_counts=True)
    order = np.lexsort((-count, pairs >> _WIDTH))
    group, count = (pairs >> _WIDTH)[order], count[order]
    rank = np.arange(len(group)) - np.searchsorted(group, group)
    shops = np.bincount(group, minlength=months.size)
    top = rank < np.maximum(shops // 10, 1)[group]
    return np.bincount(group[top], weights=count[top], minlength=months.size)
