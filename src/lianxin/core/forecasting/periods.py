"""Weeks that begin on Monday and calendar months, counted by whole numbers."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final

import ibis
from ibis.expr.types import Table as TableExpression

from lianxin.core.errors import ParameterWrong

# A Monday before any order.
_FIRST_MONDAY: Final = date(1900, 1, 1)


@dataclass(frozen=True)
class Periods:
    """A way to divide time, and the spans, in periods, over which the method looks.

    per_year : periods of a year; block : periods that one model forecasts together, at one level
    half_lives, windows : of smoothers; lags : newest periods taken one by one; kept : periods of history that are read
    spacing : periods between the origins a model learns from; origins : how many of them at most
    """

    name: str
    per_year: int
    block: int
    half_lives: tuple[float, ...]
    windows: tuple[int, ...]
    lags: int
    kept: int
    spacing: int
    origins: int

    def number(self, day: date) -> int:
        """The number of the period that holds the day."""
        if self.name == "week":
            return (day - _FIRST_MONDAY).days // 7
        return day.year * 12 + day.month - 1

    def start(self, number: int) -> date:
        """The first day of a period."""
        if self.name == "week":
            return _FIRST_MONDAY + timedelta(days=7 * number)
        return date(number // 12, number % 12 + 1, 1)

    def next_after(self, until: date) -> int:
        """The first period that begins after the day; what of a period is not over by then is left out."""
        return self.number(until) + 1

    def whole_until(self, until: date) -> int:
        """The period after the last one that is over by the end of the day."""
        return self.number(until + timedelta(days=1))

    def number_of(self, rows: TableExpression, column: str) -> Any:
        """The period of a date column, as an expression."""
        day = rows[column]
        if self.name == "week":
            return (day.delta(ibis.literal(_FIRST_MONDAY), unit="day") // 7).cast("int32")
        return (day.year() * 12 + day.month() - 1).cast("int32")


WEEKS: Final = Periods(
    name="week",
    per_year=52,
    block=4,
    half_lives=(2.0, 4.0, 8.0, 16.0, 32.0),
    windows=(4, 8, 13, 26, 52),
    lags=8,
    kept=157,
    spacing=2,
    origins=26,
)

MONTHS: Final = Periods(
    name="month",
    per_year=12,
    block=1,
    half_lives=(1.0, 2.0, 4.0, 8.0),
    windows=(2, 3, 6, 12),
    lags=4,
    kept=37,
    spacing=1,
    origins=18,
)


def periods(name: str) -> Periods:
    """The periods of that name.

    Raises
    ------
    ParameterWrong : the name is neither week nor month.
    """
    for known in (WEEKS, MONTHS):
        if known.name == name:
            return known
    raise ParameterWrong(f"There is no period “{name}”; write week or month.")
