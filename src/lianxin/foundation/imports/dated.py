"""What dated kinds share: histories of versions (true until the next one) and of intervals (from a day until a day)."""

from bisect import bisect_left, insort
from dataclasses import dataclass, field
from datetime import date
from itertools import pairwise
from typing import Generic, TypeVar

R = TypeVar("R")


class History(Generic[R]):
    """Rows of one subject by the day from which they hold."""

    def __init__(self) -> None:
        self._days: list[date] = []
        self._rows: dict[date, R] = {}

    def put(self, start: date, row: R) -> None:
        """Add or replace the row that holds from a day on."""
        if start not in self._rows:
            insort(self._days, start)
        self._rows[start] = row

    def at(self, start: date) -> R | None:
        """The row that holds from exactly this day on."""
        return self._rows.get(start)

    def before(self, start: date) -> R | None:
        """The last row that holds from an earlier day on."""
        index = bisect_left(self._days, start)
        return self._rows[self._days[index - 1]] if index else None

    def after(self, start: date) -> R | None:
        """The first row that holds from a later day on."""
        index = bisect_left(self._days, start)
        index += index < len(self._days) and self._days[index] == start
        return self._rows[self._days[index]] if index < len(self._days) else None

    @property
    def newest(self) -> R | None:
        """The row with the latest day."""
        return self._rows[self._days[-1]] if self._days else None

    @property
    def rows(self) -> list[R]:
        """All rows by day."""
        return [self._rows[day] for day in self._days]

    def __len__(self) -> int:
        return len(self._days)


@dataclass
class Span(Generic[R]):
    """An interval in which a row holds: `until` is the first day on which it no longer does, None when open."""

    start: date
    until: date | None
    row: R


@dataclass
class Timeline(Generic[R]):
    """Intervals of one subject that must not overlap."""

    history: History[Span[R]] = field(default_factory=History)

    def clash(self, start: date, until: date | None) -> Span[R] | None:
        """An interval, other than the one that starts on the same day, which overlaps the given one."""
        earlier = self.history.before(start)
        if earlier is not None and (earlier.until is None or earlier.until > start):
            return earlier
        later = self.history.after(start)
        if later is not None and (until is None or later.start < until):
            return later
        return None

    def gaps(self) -> list[tuple[date, date]]:
        """Stretches between two intervals in which none holds: from a day until a day (exclusive)."""
        spans = self.history.rows
        return [
            (one.until, two.start) for one, two in pairwise(spans) if one.until is not None and one.until < two.start
        ]
