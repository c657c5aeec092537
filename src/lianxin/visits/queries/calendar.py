"""Periods of records and when they are due, by the company's clock and calendar and dated parameters (trade sources 4.4)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any, Final

from lianxin.core.parameters import value_of
from lianxin.foundation import queries as company_queries
from lianxin.foundation.models import Company
from lianxin.visits.states import RecordKind

# No holiday is longer; a calendar without working days leaves a deadline where it was.
LONGEST_HOLIDAY_DAYS: Final = 31


@dataclass(frozen=True, slots=True)
class Period:
    """What a record is about: `first` until `last` (exclusive), due at `due_at`. Without a working day in it, it is not owed."""

    kind: RecordKind
    first: date
    last: date
    due_at: datetime
    is_owed: bool = True


def period_of(kind: RecordKind, day: date, company: Company, parameters: Mapping[str, Any]) -> Period:
    """The day, ISO week or month in which `day` lies, with its deadline.

    A record is due at the end of the day that lies `visits.record_days.<kind>` days after the period's last day: 0 is the
    last day itself, so the weekly note is due on Monday and the monthly analysis on the 1st with the default of 1. When that is
    a day off in the company's calendar, the next working day is the deadline.
    """
    first = day
    if kind is RecordKind.WEEKLY:
        first = day - timedelta(days=day.weekday())
    elif kind is RecordKind.MONTHLY:
        first = day.replace(day=1)
    last = end_of(kind, first)
    grace = int(value_of(parameters, f"visits.record_days.{kind.value}"))
    due = last + timedelta(days=grace - 1)
    working = company_queries.working_days(company, first, due + timedelta(days=LONGEST_HOLIDAY_DAYS + 1))
    due = next((day for day in working if day >= due), due)
    # The last second of the day, so that the deadline is written with the day that people mean.
    end = datetime.combine(due, time(23, 59, 59), company.zone)
    return Period(kind, first, last, end, is_owed=any(day < last for day in working))


def end_of(kind: RecordKind, first: date) -> date:
    """The day after the last one of the period that begins on `first`."""
    if kind is RecordKind.MONTHLY:
        return (first + timedelta(days=32)).replace(day=1)
    return first + timedelta(days=7 if kind is RecordKind.WEEKLY else 1)


def bounds(first: date, last: date, company: Company) -> tuple[datetime, datetime]:
    """The instants at which days begin in the company's time zone."""
    zone = company.zone
    return datetime.combine(first, time.min, zone), datetime.combine(last, time.min, zone)
