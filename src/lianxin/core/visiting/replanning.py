"""What becomes of a plan when something comes between: only the visits concerned move, all others stay on their day."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum

from lianxin.core.visiting.boards import SHIFT_MINUTES, Board
from lianxin.core.visiting.inputs import Begun, CallPlan, Kind, PlanWrong, Retailer, Visit, WhyNot
from lianxin.core.visiting.making_room import Movable, room_for


class Why(StrEnum):
    """What made a visit move or fall away."""

    ABSENCE = "absence"
    HOLIDAY = "holiday"
    WEATHER = "weather"
    URGENT = "urgent"


@dataclass(frozen=True)
class Absence:
    """The manager is away on these days; with `cover`, that colleague makes the visits of the day where there is room."""

    days: frozenset[date]
    cover: str = ""


@dataclass(frozen=True)
class Holiday:
    """Days on which nobody works."""

    days: frozenset[date]


@dataclass(frozen=True)
class Weather:
    """Days too dangerous for visits: the visits fall away, without loss to anyone, and load no other day."""

    days: frozenset[date]


@dataclass(frozen=True)
class Urgent:
    """A visit that was not planned, from one day to another (both included)."""

    retailer: Retailer
    not_before: date
    not_after: date


Change = Absence | Holiday | Weather | Urgent


@dataclass(frozen=True)
class Moved:
    """A visit that has another day, or another person."""

    retailer_id: str
    from_date: date | None
    """None for a visit that is new."""
    to_date: date
    from_manager: str
    to_manager: str
    why: Why


@dataclass(frozen=True)
class Lost:
    """A visit that is no longer planned: excused, or without another place for the reason told."""

    retailer_id: str
    from_date: date | None
    why: Why
    reason: WhyNot | None = None
    """None: excused, nobody's fault and nobody's debt."""


@dataclass(frozen=True)
class Replanned:
    """The plan after the changes, the colleagues' plans that took visits over, and what moved and why."""

    plan: CallPlan
    colleagues: Mapping[str, CallPlan]
    moved: tuple[Moved, ...]
    excused: tuple[Lost, ...]
    lost: tuple[Lost, ...]


def replan(
    plan: CallPlan,
    changes: Sequence[Change],
    *,
    since: date | None = None,
    colleagues: Mapping[str, CallPlan] | None = None,
    movable: Mapping[tuple[str, date], Movable] | None = None,
    begun: Begun | None = None,
) -> Replanned:
    """The plan after changes, moving as few visits as possible.

    Parameters
    ----------
    since : the first day that may still take visits; None for all days of the cycle
    colleagues : plans of those who cover, by manager id
    movable : (retailer, day) -> a visit that may go to another day where an urgent one finds its days full; None: nobody goes
    begun : the day that has begun and the minute it has come to; ways of what is left of it count from where days begin, since
        nobody knows where the manager is

    Invariants
    ----------
    A visit whose day stays a working day of a present manager keeps its day and its manager, unless it makes room for an urgent
    one: then as few as can be go, the least pressing (see `room_for`).
    Every visit that falls on a lost day is moved, excused or told as lost; none twice.
    A day that takes a visit keeps all hours and working hours; a covered visit keeps its day.
    Of a day that has begun, visits that were to begin before now keep their times, and no other begins before now.

    Raises
    ------
    PlanWrong : an absence names a colleague whose plan is not handed in.
    """
    colleagues = colleagues or {}
    weather = _days(changes, Weather)
    lost_days = dict.fromkeys(_days(changes, Holiday), Why.HOLIDAY)
    covers: dict[date, str] = {}
    for change in changes:
        if isinstance(change, Absence):
            if change.cover and change.cover not in colleagues:
                raise PlanWrong(f"The plan of the covering manager {change.cover} is missing; hand it in.")
            for day in change.days - lost_days.keys():
                lost_days[day] = Why.ABSENCE
                if change.cover:
                    covers[day] = change.cover
    urgent = [change for change in changes if isinstance(change, Urgent)]
    closed = weather | lost_days.keys()
    excused = [
        Lost(visit.retailer_id, visit.visit_date, Why.WEATHER) for visit in plan.visits if visit.visit_date in weather
    ]
    displaced = [visit for visit in plan.visits if visit.visit_date in lost_days and visit.visit_date not in weather]
    stay = [visit for visit in plan.visits if visit.visit_date not in closed]
    open_days = [day for day in plan.days if day not in closed and (since is None or day >= since)]
    own = Board(plan.with_visits(stay), open_days, [change.retailer for change in urgent], begun)
    others: dict[str, Board] = {}
    moved: list[Moved] = []
    lost: list[Lost] = []

    for change in urgent:
        days = [day for day in open_days if change.not_before <= day <= change.not_after]
        outcome = _settle(own, change.retailer.retailer_id, days, None, Kind.URGENT, "")
        if outcome is WhyNot.DAYS_FULL:
            outcome, gone = _made_room(own, change.retailer.retailer_id, days, movable or {})
            moved += gone
        if isinstance(outcome, Visit):
            moved.append(
                Moved(outcome.retailer_id, None, outcome.visit_date, plan.manager_id, plan.manager_id, Why.URGENT)
            )
        else:
            lost.append(Lost(change.retailer.retailer_id, None, Why.URGENT, outcome))

    left = []
    for visit in displaced:
        cover = covers.get(visit.visit_date, "")
        if cover and visit.visit_date not in weather:
            board = others.setdefault(cover, _board_of(colleagues[cover], weather | _days(changes, Holiday)))
            board.welcome(plan.retailers[visit.retailer_id])
            kept = _settle(board, visit.retailer_id, [visit.visit_date], None, Kind.COVER, plan.manager_id)
            if isinstance(kept, Visit):
                moved.append(_moved(visit, kept, lost_days))
                continue
        left.append(visit)

    # Those with the fewest open days choose first.
    left.sort(
        key=lambda visit: (len(own.options(visit.retailer_id, own.far_enough(visit.retailer_id, open_days))), visit)
    )
    for visit in left:
        days = own.far_enough(visit.retailer_id, open_days)
        outcome = _settle(own, visit.retailer_id, days, visit.visit_date, visit.kind, visit.holder_id)
        if isinstance(outcome, Visit):
            moved.append(_moved(visit, outcome, lost_days))
        else:
            lost.append(Lost(visit.retailer_id, visit.visit_date, lost_days[visit.visit_date], outcome))
    after = replace(own.plan(), days=tuple(day for day in plan.days if day not in closed))
    return Replanned(
        after,
        {name: board.plan() for name, board in sorted(others.items())},
        tuple(sorted(moved, key=lambda move: (move.to_date, move.retailer_id))),
        tuple(excused),
        tuple(sorted(lost, key=lambda row: (row.from_date or date.min, row.retailer_id))),
    )


def _made_room(
    board: Board, retailer_id: str, days: Sequence[date], movable: Mapping[tuple[str, date], Movable]
) -> tuple[Visit | WhyNot, list[Moved]]:
    """An urgent visit on a day that others left for it, and those others; why not, where none can."""
    room = room_for(board, retailer_id, days, movable) if movable else None
    if room is None:
        return WhyNot.DAYS_FULL, []
    shifts = room.shifts
    board.arrange(room.orders, [(one.retailer_id, one.from_date, one.to_date) for one in shifts])
    board.tags[room.day, retailer_id] = (Kind.URGENT, "")
    who = board.before.manager_id
    gone = [Moved(one.retailer_id, one.from_date, one.to_date, who, who, Why.URGENT) for one in shifts]
    return board.visit(retailer_id, room.day), gone


def _days(changes: Iterable[Change], kind: type[Holiday] | type[Weather]) -> set[date]:
    return {day for change in changes if isinstance(change, kind) for day in change.days}


def _board_of(plan: CallPlan, closed: Iterable[date]) -> Board:
    return Board(plan, [day for day in plan.days if day not in set(closed)], [])


def _moved(before: Visit, after: Visit, lost_days: Mapping[date, Why]) -> Moved:
    return Moved(
        before.retailer_id,
        before.visit_date,
        after.visit_date,
        before.manager_id,
        after.manager_id,
        lost_days[before.visit_date],
    )


def _settle(
    board: Board, retailer_id: str, days: Sequence[date], near: date | None, kind: Kind, holder: str
) -> Visit | WhyNot:
    """Put a visit on the best of some days, near its planned day and on little more way; why not, where none takes it."""
    never = board.why_never(retailer_id)
    if never is not None:
        return never
    if not days:
        return WhyNot.NO_DAY_LEFT
    options = board.options(retailer_id, days)
    if options:
        far = {day: board.shift(near, day) * SHIFT_MINUTES if near else 0 for day in options}
        best = min(options, key=lambda day: (options[day] + far[day], day))
        return board.put(retailer_id, best, kind, holder)
    for day in sorted(days, key=lambda day: (board.shift(near, day) if near else 0, day)):
        if board.rearranged(retailer_id, day):
            return board.put(retailer_id, day, kind, holder)
    return WhyNot.DAYS_FULL
