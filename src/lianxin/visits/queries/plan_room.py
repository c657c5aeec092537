"""Which visits of a plan may go to other days for an urgent one, why the rest stays, and which days are no days of work."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import Any, Final

from lianxin.core.visiting import Begun, Movable
from lianxin.core.visiting.reasons import Signal
from lianxin.visits.models import Cover, PlanChange, PlanCycle, PlannedVisit, Promise, Visit
from lianxin.visits.queries.plan_inputs import IN_PLACE, minutes_of
from lianxin.visits.queries.planning import with_made
from lianxin.visits.states import ExcuseState, PlanChangeKind, PlannedState, PromiseState, VisitState

_RANKS: Final = {signal.value: rank for rank, signal in enumerate(reversed(Signal))}
_MOST_REASONS: Final = 4
_OFF: Final = (PlanChangeKind.ABSENCE, PlanChangeKind.HOLIDAY, PlanChangeKind.WEATHER)


class Stays(StrEnum):
    """Why a visit keeps its day whatever comes."""

    MADE = "made"
    PROMISED = "promised"
    COVERED = "covered"
    URGENT = "urgent"
    EARLIER = "earlier"


@dataclass(frozen=True, slots=True)
class Leave:
    """(retailer, day) -> what may go to other days; and what stays, with why."""

    movable: Mapping[tuple[str, date], Movable]
    stays: Mapping[tuple[str, date], Stays]


def off_days(cycle: PlanCycle) -> frozenset[date]:
    """Days of a cycle on which its manager makes no visits though the calendar works: absence, holiday, weather, covered.

    An excuse that was declined frees nobody of its day; one that waits has changed the route already.
    """
    rows = PlanChange.objects.filter(cycle=cycle, kind__in=_OFF, at__gte=cycle.made_at)
    rows = rows.exclude(excuse=ExcuseState.DECLINED)
    days = {date.fromisoformat(text) for body in rows.values_list("body", flat=True) for text in body.get("days", ())}
    covers = Cover.objects.filter(
        absent=cycle.person, valid_from__lt=cycle.ends_on, valid_until__gt=cycle.starts_on
    ).values_list("valid_from", "valid_until")
    for first, until in covers:
        days |= {first + timedelta(days=n) for n in range((until - first).days)}
    return frozenset(days)


def weight_of(reasons: Sequence[Mapping[str, Any]]) -> int:
    """How much the reasons of a visit press: by the most pressing one, then by how many there are; 0 for a regular visit."""
    if not reasons:
        return 0
    # A reason of which nothing is known here presses more than all others.
    ranks = [_RANKS.get(str(one["code"]), len(_RANKS)) for one in reasons]
    return _MOST_REASONS * max(ranks) + min(len(ranks), _MOST_REASONS) - 1


def leave_to_move(cycle: PlanCycle, *, on: date, begun: Begun | None = None) -> Leave:
    """What of a manager's plan may go to other days from `on` on.

    What was made or begun stays, and of today (`begun`) what was to begin before now; what is made for a colleague; other urgent
    visits; and every visit of a shop to which a promise is open: it has a day by which it is owed. A visit that is its shop's only
    one in a calendar month, or not the last of them, stays in that month, so that no shop falls under one visit a month.
    """
    rows = list(
        with_made(
            PlannedVisit.objects.filter(
                person=cycle.person, visit_date__gte=on, visit_date__lt=cycle.ends_on, state__in=IN_PLACE
            )
        )
    )
    shops = {row.retailer_id for row in rows}
    promised = set(
        Promise.objects.filter(retailer__in=shops, state=PromiseState.OPEN).values_list("retailer_id", flat=True)
    )
    opened = set(
        Visit.objects.filter(retailer__in=shops, visit_date__gte=on, state=VisitState.OPEN).values_list(
            "retailer_id", "visit_date"
        )
    )
    months = _by_month(shops, cycle)
    movable: dict[tuple[str, date], Movable] = {}
    stays: dict[tuple[str, date], Stays] = {}
    for row in rows:
        key = (str(row.retailer_id), row.visit_date)
        is_made = row.is_made  # type: ignore[attr-defined]
        if row.state == PlannedState.DONE or is_made or (row.retailer_id, row.visit_date) in opened:
            stays[key] = Stays.MADE
        elif begun is not None and row.visit_date == begun.day and minutes_of(row.arrive_at) < begun.minute:
            stays[key] = Stays.EARLIER
        elif row.cycle_id != cycle.pk:
            stays[key] = Stays.COVERED
        elif any(one["code"] == "urgent" for one in row.reasons):
            stays[key] = Stays.URGENT
        elif row.retailer_id in promised:
            stays[key] = Stays.PROMISED
        else:
            of_month = months[row.retailer_id, row.visit_date.year, row.visit_date.month]
            is_free = len(of_month) > 1 and row.visit_date == max(of_month)
            movable[key] = Movable(weight_of(row.reasons), None if is_free else _days_of_month(row.visit_date, cycle))
    return Leave(movable, stays)


def _by_month(shops: set[int], cycle: PlanCycle) -> dict[tuple[int, int, int], set[date]]:
    """(shop, year, month) -> the days on which it is or was visited, by anybody."""
    first = cycle.starts_on.replace(day=1)
    last = (cycle.ends_on + timedelta(days=31)).replace(day=1)
    within = {"retailer__in": shops, "visit_date__gte": first, "visit_date__lt": last}
    planned = PlannedVisit.objects.filter(**within, state__in=IN_PLACE).values_list("retailer_id", "visit_date")
    made = Visit.objects.filter(**within).exclude(state=VisitState.OPEN).values_list("retailer_id", "visit_date")
    found: dict[tuple[int, int, int], set[date]] = defaultdict(set)
    for retailer, day in [*planned, *made]:
        found[retailer, day.year, day.month].add(day)
    return found


def _days_of_month(day: date, cycle: PlanCycle) -> frozenset[date]:
    n_days = (cycle.ends_on - cycle.starts_on).days
    days = (cycle.starts_on + timedelta(days=n) for n in range(n_days))
    return frozenset(one for one in days if (one.year, one.month) == (day.year, day.month))
