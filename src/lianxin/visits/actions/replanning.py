"""What becomes of a plan when something comes between: absence, holiday, dangerous weather, cover by a colleague.

As few visits as possible move (`core.visiting.replan`); what falls away is excused, without loss to anyone.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from lianxin.core.visiting import (
    Absence,
    Begun,
    CallPlan,
    Holiday,
    Movable,
    PlanWrong,
    Replanned,
    Visit,
    Weather,
    replan,
)
from lianxin.foundation import audit
from lianxin.foundation.errors import Refused
from lianxin.foundation.models import User
from lianxin.foundation.uuids import uuid7
from lianxin.people.models import Person
from lianxin.visits.actions.planning import changed, locked, require_in_scope, require_open
from lianxin.visits.models import Cover, PlanChange, PlanCycle, PlannedVisit
from lianxin.visits.queries.excuses import excuse_of
from lianxin.visits.queries.plan_inputs import IN_PLACE, plan_of, time_of
from lianxin.visits.queries.plan_room import off_days
from lianxin.visits.states import ExcuseState, PlanChangeKind, PlannedState, PlanState

REPLANNED = (PlanChangeKind.ABSENCE, PlanChangeKind.HOLIDAY, PlanChangeKind.WEATHER)


@transaction.atomic
def away(
    *, cycle: PlanCycle, kind: PlanChangeKind, days: Collection[date], reason: str, by: User, at: datetime, on: date
) -> PlanChange:
    """A plan without some days: `absence` and `holiday` move their visits where there is room, `weather` excuses them all.

    What a manager says about his own approved plan changes the route at once; the days and the visits that fall away are owed
    until somebody else agrees. Where the excuse needs nobody's word, visits of these days that the manager took off the route
    himself are excused with the others.

    Returns
    -------
    the change; `body` tells what moved, what was excused and what found no other place (excused too)

    Raises
    ------
    Denied : not a plan of the user's own or of his unit.
    Refused : no reason, no day, a day before today or outside the cycle, a kind that is none of these, or the plan waits for
        approval.
    """
    cycle = locked(cycle)
    asked = _days(cycle, days, reason, by, on=on)
    excuse = excuse_of(cycle, by, on=on)
    if kind not in REPLANNED:
        raise Refused(_("Choose absence, holiday or dangerous weather."), field="kind")
    change = {
        PlanChangeKind.ABSENCE: Absence(asked),
        PlanChangeKind.HOLIDAY: Holiday(asked),
        PlanChangeKind.WEATHER: Weather(asked),
    }[kind]
    before = _still_to_make(plan_of(cycle), cycle.person, asked)
    result = replanned(cycle, before, [change], since=on)
    body = write(cycle, result, reason, excuse)
    if cycle.state == PlanState.APPROVED and excuse == ExcuseState.NOT_NEEDED:
        body["excused"] += _excused_too(cycle.person, asked, kind, reason)
    return changed(cycle, kind, {"days": sorted(asked), **body}, reason, by, at, excuse=excuse)


@transaction.atomic
def cover(
    *, cycle: PlanCycle, covering: Person, days: Collection[date], reason: str, by: User, at: datetime, on: date
) -> PlanChange:
    """A colleague makes the visits of an absent manager on some days, where his own days have room; the rest moves or is excused.

    The retailers stay with whom they are: the dated Cover row says who stands in from when until when.

    Raises
    ------
    Denied, Refused : as `away`; or the colleague is the manager himself, of another company, or absent himself.
    """
    cycle = locked(cycle)
    asked = _days(cycle, days, reason, by, on=on)
    excuse = excuse_of(cycle, by, on=on)
    if covering.pk == cycle.person_id or covering.company_id != cycle.company_id:
        raise Refused(_("Choose a colleague."), field="covering")
    first, last = min(asked), max(asked)
    if len(asked) != sum(day in asked for day in plan_of(cycle).days if first <= day <= last):
        raise Refused(_("Cover runs from a day to a day without a gap; enter two covers."), field="days")
    if Cover.objects.filter(absent=covering, valid_from__lte=last, valid_until__gt=first).exists():
        raise Refused(_("%(person)s is absent on these days too.") % {"person": covering}, field="covering")
    absence = Absence(asked, cover=str(covering.pk))
    before = _still_to_make(plan_of(cycle), cycle.person, asked)
    theirs = plan_of(cycle, covering, also=map(int, before.retailers))
    result = replanned(cycle, before, [absence], since=on, colleagues={str(covering.pk): theirs})
    row = Cover.objects.create(
        company=cycle.company,
        absent=cycle.person,
        covering=covering,
        valid_from=first,
        valid_until=last + timedelta(days=1),
        reason=reason.strip()[:300],
        by=by,
    )
    body = write(cycle, result, reason, excuse)
    told = {"cover": row.pk, "covering": covering.pk, "days": sorted(asked), **body}
    return changed(cycle, PlanChangeKind.COVER, told, reason, by, at, excuse=excuse)


@transaction.atomic
def excuse_all(
    *, cycles: Iterable[PlanCycle], day: date, reason: str, by: User, at: datetime, on: date
) -> list[PlanChange]:
    """Dangerous weather for several managers at once: every visit of the day is excused, or none where one plan refuses.

    Raises
    ------
    Denied, Refused : as `away`.
    """
    return [
        away(cycle=cycle, kind=PlanChangeKind.WEATHER, days=[day], reason=reason, by=by, at=at, on=on)
        for cycle in sorted(cycles, key=lambda one: one.pk)
    ]


@transaction.atomic
def end_cover(*, cover: Cover, by: User, at: datetime, on: date) -> int:
    """How many visits go back to the manager himself because a cover ends today instead of later.

    Raises
    ------
    Denied : not one's own or one's unit's. Refused : it is over already.
    """
    cover = Cover.objects.select_for_update().get(pk=cover.pk)
    require_in_scope(by, "callplans.change", cover.absent, on=on)
    if cover.valid_until <= on:
        raise Refused(_("This cover is over already."))
    rows = PlannedVisit.objects.filter(
        cycle__person=cover.absent,
        person=cover.covering,
        visit_date__gte=max(on, cover.valid_from),
        state=PlannedState.PLANNED,
    )
    n = int(rows.filter(visit_date__lt=cover.valid_until).update(person=cover.absent))
    if cover.valid_from >= on:
        # It never began: the row goes, the audit keeps it.
        subject = cover.pk
        cover.delete()
    else:
        subject = cover.pk
        cover.valid_until = on
        cover.save(update_fields=["valid_until"])
    audit.record(
        company=cover.company, by=by, verb="callplans.end_cover", subject=f"cover:{subject}", after={"visits": n}, at=at
    )
    return n


def _days(cycle: PlanCycle, days: Collection[date], reason: str, by: User, *, on: date) -> frozenset[date]:
    require_in_scope(by, "callplans.change", cycle.person, on=on)
    require_open(cycle)
    if not reason.strip():
        raise Refused(_("Write the reason for the change; it stays with the plan."), field="reason")
    asked = frozenset(day for day in days if cycle.starts_on <= day < cycle.ends_on)
    if not asked or len(asked) < len(set(days)):
        raise Refused(_("Choose days of this cycle."), field="days")
    if min(asked) < on:
        raise Refused(_("A day that is over stays as it was; choose today or later."), field="days")
    return asked


def _still_to_make(plan: CallPlan, person: Person, days: Collection[date]) -> CallPlan:
    """The plan without what was made already on days that fall away: what is done does not move."""
    rows = PlannedVisit.objects.filter(person=person, visit_date__in=days, state=PlannedState.DONE)
    done = set(rows.values_list("visit_date", "retailer_id"))
    return replace(plan, visits=tuple(one for one in plan.visits if (one.visit_date, int(one.retailer_id)) not in done))


def replanned(
    cycle: PlanCycle,
    plan: CallPlan,
    changes: list[Any],
    *,
    since: date,
    colleagues: dict[str, CallPlan] | None = None,
    movable: Mapping[tuple[str, date], Movable] | None = None,
    begun: Begun | None = None,
) -> Replanned:
    """A plan after changes; no visit goes to a day that fell away for its manager before.

    Raises
    ------
    Refused : a day that would take a visit misses hours already.
    """
    off = off_days(cycle)
    plan = replace(plan, days=tuple(day for day in plan.days if day not in off))
    try:
        return replan(plan, changes, since=since, colleagues=colleagues, movable=movable, begun=begun)
    except PlanWrong as wrong:
        raise Refused(
            _(
                "A day that would take a visit was changed so that it misses good hours already. Move visits of that day first."
            )
        ) from wrong


def write(
    cycle: PlanCycle,
    result: Replanned,
    reason: str,
    excuse: ExcuseState,
    *,
    new_reasons: list[dict[str, Any]] | None = None,
    aside: str = "",
) -> dict[str, Any]:
    """The rows after a replanning; what moved, was excused or found no place, with names left to whoever shows it.

    Parameters
    ----------
    new_reasons : why a visit that is new is made
    aside : why others make room for it, in words
    """
    words = reason.strip()[:300]
    gone = PlannedState.PENDING if excuse == ExcuseState.WAITING else PlannedState.EXCUSED
    within = PlannedVisit.objects.select_for_update().filter(
        person=cycle.person, visit_date__gte=cycle.starts_on, visit_date__lt=cycle.ends_on, state=PlannedState.PLANNED
    )
    rows = {(row.visit_date, row.retailer_id): row for row in within}
    told: dict[str, list[dict[str, Any]]] = {"moved": [], "excused": [], "without_place": []}
    taken: list[tuple[PlannedVisit, date]] = []
    for move in result.moved:
        retailer = int(move.retailer_id)
        if move.from_date is None:
            row = PlannedVisit(
                id=uuid7(), cycle=cycle, company=cycle.company, person=cycle.person, retailer_id=retailer,
                visit_date=move.to_date, order=1, arrive_at=time_of(0), travel_minutes=0, service_minutes=0,
                reasons=new_reasons or [], words=words,
            )  # fmt: skip
        else:
            row = rows.pop((move.from_date, retailer))
            row.words = aside[:300] or words
        row.person_id = int(move.to_manager)
        taken.append((row, move.to_date))
        told["moved"].append(
            {
                "visit": row.pk,
                "retailer": retailer,
                "from": move.from_date,
                "to": move.to_date,
                "to_person": row.person_id,
            }
        )
    for name, lost in (("excused", result.excused), ("without_place", result.lost)):
        for one in lost:
            if one.from_date is None:
                continue
            row = rows.pop((one.from_date, int(one.retailer_id)))
            row.state, row.words = gone, words
            row.save(update_fields=["state", "words"])
            told[name].append(
                {
                    "visit": row.pk,
                    "retailer": row.retailer_id,
                    "from": one.from_date,
                    "reason": one.reason.value if one.reason else "",
                }
            )
    for row, day in taken:
        row.visit_date = day
        row.save()
    for plan in (result.plan, *result.colleagues.values()):
        _time(int(plan.manager_id), plan.visits, {day for row, day in taken if row.person_id == int(plan.manager_id)})
    return told


def _excused_too(person: Person, days: Collection[date], kind: PlanChangeKind, reason: str) -> list[dict[str, Any]]:
    """Excuse the visits of some days that left the route by the manager's own word and wait for somebody else's: here it is."""
    rows = PlannedVisit.objects.select_for_update().filter(
        person=person, visit_date__in=days, state=PlannedState.PENDING
    )
    told = []
    for row in rows.order_by("visit_date", "order", "pk"):
        row.state, row.words = PlannedState.EXCUSED, reason.strip()[:300]
        row.save(update_fields=["state", "words"])
        told.append({"visit": row.pk, "retailer": row.retailer_id, "from": row.visit_date, "reason": kind.value})
    return told


def _time(person_id: int, visits: Iterable[Visit], days: Collection[date]) -> None:
    """Write order, time and way of the days that took a visit, as the planning found them."""
    rows = PlannedVisit.objects.filter(person_id=person_id, visit_date__in=days, state__in=IN_PLACE)
    known = {(row.visit_date, row.retailer_id): row for row in rows}
    timed = []
    for visit in visits:
        row = known.get((visit.visit_date, int(visit.retailer_id)))
        if row is None:
            continue
        row.order, row.travel_minutes = visit.order, round(visit.travel_minutes, 1)
        if row.state == PlannedState.PLANNED:
            row.arrive_at, row.service_minutes = time_of(visit.arrive), round(visit.leave - visit.arrive, 1)
        timed.append(row)
    PlannedVisit.objects.bulk_update(timed, ["order", "travel_minutes", "arrive_at", "service_minutes"])
