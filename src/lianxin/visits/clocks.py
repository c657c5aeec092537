"""When a visit was, by the server's clock: a phone's wrong clock is set right where the difference is known, else nobody can tell.

What the phone said stays stored as it came.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from lianxin.visits.models import Visit
from lianxin.visits.states import VisitMark

# The columns of a visit that `by_server` reads, in its order.
COLUMNS: Final = ("check_in_at", "check_out_at", "received_at", "clock_offset_seconds", "marks")


@dataclass(frozen=True, slots=True)
class Times:
    """Check-in and check-out by the server's clock. `is_known` False: nobody can tell; `start` is then when the visit arrived."""

    start: datetime
    end: datetime | None
    is_known: bool = True


def by_server(
    start: datetime, end: datetime | None, received: datetime, offset_seconds: int | None, marks: Collection[str]
) -> Times:
    """The times of a visit that count.

    A clock that was not found wrong is believed. A wrong one is set right by the difference at sending, unless the visit would
    then begin after it arrived: the clock was changed in between, or nobody knows the difference.

    Parameters
    ----------
    start, end : by the phone's clock
    received : by the server's clock
    offset_seconds : server minus phone, when it was sent; None when nobody knows
    """
    if VisitMark.WRONG_CLOCK not in marks:
        return Times(start, end)
    shift = timedelta(seconds=offset_seconds or 0)
    if offset_seconds is None or start + shift > received:
        return Times(received, None, is_known=False)
    return Times(start + shift, None if end is None else end + shift)


def of_visit(visit: Visit) -> Times:
    """The times of one visit that count."""
    return by_server(visit.check_in_at, visit.check_out_at, visit.received_at, visit.clock_offset_seconds, visit.marks)
