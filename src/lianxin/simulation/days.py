"""Days as whole numbers, months, weeks and the weekly order calendar with its festivals."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np

from lianxin.simulation.company import is_working_day

# A day later than any in the files: "not until further notice".
NEVER = date(2100, 1, 1).toordinal()

# Day on which a festival falls, how strongly shops stock up before it, over how many days, and how low they fall after.
_FESTIVALS = (
    (date(2020, 1, 25), 0.55, 24, 0.45),
    (date(2021, 2, 12), 0.55, 24, 0.45),
    (date(2022, 2, 1), 0.55, 24, 0.45),
    (date(2020, 10, 1), 0.30, 16, 0.18),
    (date(2021, 9, 21), 0.20, 14, 0.10),
    (date(2021, 10, 1), 0.18, 10, 0.14),
    (date(2020, 5, 1), 0.10, 10, 0.08),
    (date(2021, 5, 1), 0.10, 10, 0.08),
    (date(2020, 6, 25), 0.08, 8, 0.05),
    (date(2021, 6, 14), 0.08, 8, 0.05),
)
_AFTER_DAYS = 18


@dataclass(frozen=True, slots=True)
class OrderDay:
    """One batch of the weekly round: the shops of `weekday` (0 = Monday) order on `day`."""

    day: int
    week: int
    weekday: int


def iso(day: int) -> str:
    return date.fromordinal(day).isoformat()


def as_date(day: int) -> date | None:
    """The date, or None for a day that has not come in sight."""
    return None if day >= NEVER else date.fromordinal(day)


def month_end(month: date) -> int:
    """The last day of the month."""
    following = date(month.year + month.month // 12, month.month % 12 + 1, 1)
    return following.toordinal() - 1


def next_working_day(day: int) -> int:
    following = date.fromordinal(day + 1)
    while not is_working_day(following):
        following += timedelta(days=1)
    return following.toordinal()


def n_weeks(first: int, last: int) -> int:
    return (last - _monday(first)) // 7 + 1


def order_days(first: int, last: int) -> Iterator[OrderDay]:
    """Every batch from `first` to `last`, in order of the day.

    A batch that falls on a day off moves to the next working day of its week, else to the one before, else it is
    left out.
    """
    batches = []
    for week in range(n_weeks(first, last)):
        monday = _monday(first) + 7 * week
        working = [n for n in range(6) if is_working_day(date.fromordinal(monday + n))]
        for weekday in range(5):
            later = [n for n in working if n >= weekday]
            if later:
                batches.append(OrderDay(monday + later[0], week, weekday))
            elif working:
                batches.append(OrderDay(monday + working[-1], week, weekday))
    return iter(sorted((b for b in batches if first <= b.day <= last), key=lambda b: (b.day, b.weekday)))


def season(day: int) -> float:
    """The logarithm by which the whole market stands above or below its usual week on this day."""
    lift = 0.0
    for festival, boost, before, fall in _FESTIVALS:
        distance = festival.toordinal() - day
        if 0 <= distance <= before:
            lift += boost * (1 - 0.5 * distance / before)
        elif -_AFTER_DAYS <= distance < 0:
            lift -= fall * (1 + distance / _AFTER_DAYS)
    return lift - 0.06 * float(np.cos((date.fromordinal(day).timetuple().tm_yday - 15) / 365 * 2 * np.pi - np.pi))


def _monday(day: int) -> int:
    return day - date.fromordinal(day).weekday()
