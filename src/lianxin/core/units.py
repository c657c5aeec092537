"""Words for what a figure counts, and arithmetic on months and weeks.

Columns carry these units in their names: `_units` whole order units, `_fen` hundredths of the currency, `_share` in
[0, 1], `_month` the first day of a month, `_week` the Monday of an ISO week.
"""

from __future__ import annotations

import re
from datetime import date, timedelta
from enum import StrEnum
from typing import Final

FEN_PER_CURRENCY_UNIT: Final = 100


class UnitKind(StrEnum):
    """What the value of an indicator counts; pages choose the number format by it."""

    ORDER_UNITS = "order_units"
    MONEY = "money"
    MONEY_PER_UNIT = "money_per_unit"
    RATIO = "ratio"
    SHARE = "share"
    COUNT = "count"
    SCORE = "score"


class Direction(StrEnum):
    """Whether more of a figure is better."""

    HIGHER = "higher"
    LOWER = "lower"
    NEUTRAL = "neutral"


class Level(StrEnum):
    """Whose figure it is."""

    MANAGER = "manager"
    RETAILER = "retailer"
    ROUTE = "route"
    UNIT = "unit"
    COMPANY = "company"


# How a day may be written in a file, alone or with a time and a zone after it. Both Python and RE2 read these.
WRITTEN_DAY: Final = r"\d{4}-\d{1,2}-\d{1,2}|\d{4}/\d{1,2}/\d{1,2}|\d{4}\.\d{1,2}\.\d{1,2}|\d{8}"
WRITTEN_TIME: Final = (
    r"[T ](?:[01]?\d|2[0-3]):[0-5]\d(?::[0-5]\d(?:[.,]\d{1,9})?)?(?: ?(?:[Zz]|[+-]\d{2}(?::?\d{2})?))?"
)
_WRITTEN: Final = re.compile(f"({WRITTEN_DAY})(?:{WRITTEN_TIME})?", re.ASCII)


def written_day(text: str) -> date | None:
    """The day that a text writes, None if it writes none.

    Of a time with a zone the date counts that stands there: no machine's zone moves it.
    """
    found = _WRITTEN.fullmatch(text)
    if found is None:
        return None
    day = found[1]
    year, month, rest = (day[:4], day[4:6], day[6:]) if day.isdecimal() else re.split(r"[-/.]", day)
    try:
        return date(int(year), int(month), int(rest))
    except ValueError:
        return None


def first_day(day: date) -> date:
    """The first day of the month of `day`."""
    return day.replace(day=1)


def month_plus(month: date, months: int) -> date:
    """The first day of the month `months` after (before, if negative) that of `month`."""
    year, zero_based = divmod(month.year * 12 + month.month - 1 + months, 12)
    return date(year, zero_based + 1, 1)


def next_month(month: date) -> date:
    """The first day after the month."""
    return month_plus(month, 1)


def last_day(month: date) -> date:
    """The last day of the month."""
    return next_month(month) - timedelta(days=1)


def months_back(month: date, count: int) -> tuple[date, ...]:
    """`count` months ending with `month`, oldest first."""
    return tuple(month_plus(month, -back) for back in range(count - 1, -1, -1))


def monday_of(day: date) -> date:
    """The Monday of the ISO week of `day`."""
    return day - timedelta(days=day.weekday())


def mondays_in(month: date) -> tuple[date, ...]:
    """The Mondays that lie in the month, in order."""
    first = first_day(month)
    start = first + timedelta(days=-first.weekday() % 7)
    end = next_month(first)
    return tuple(start + timedelta(weeks=week) for week in range(5) if start + timedelta(weeks=week) < end)
