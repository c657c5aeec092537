"""Call plans by API: the same actions as the pages."""

from datetime import date, datetime
from typing import Any

from django.http import HttpRequest
from ninja import Router, Schema, Status
from pydantic import Field

from lianxin.foundation import clock, jobs
from lianxin.foundation.api import REFUSED
from lianxin.foundation.context import company_of, user_of
from lianxin.foundation.errors import Refused
from lianxin.foundation.gate import needs
from lianxin.visits.actions import planning as actions
from lianxin.visits.actions import replanning
from lianxin.visits.models import Cover, PlanChange, PlanCycle, PlannedVisit
from lianxin.visits.queries import plan_words, planning
from lianxin.visits.queries.plan_inputs import JOB
from lianxin.visits.screens import plan_made
from lianxin.visits.states import PlanChangeKind

router = Router(tags=["call plans"])


class PlanOut(Schema):
    id: str
    employee_no: str
    starts_on: date
    ends_on: date
    state: str
    n_visits: int
    unplaced: list[dict[str, Any]]
    words: str
    made_at: datetime
    proposed_at: datetime | None
    decided_at: datetime | None

    @staticmethod
    def resolve_employee_no(cycle: PlanCycle) -> str:
        return cycle.person.employee_no

    @staticmethod
    def resolve_n_visits(cycle: PlanCycle) -> int:
        return cycle.visits.filter(state__in=planning.DUE).count()


class CoverOut(Schema):
    id: int
    absent: str
    covering: str
    valid_from: date
    valid_until: date
    reason: str

    @staticmethod
    def resolve_absent(cover: Cover) -> str:
        return cover.absent.employee_no

    @staticmethod
    def resolve_covering(cover: Cover) -> str:
        return cover.covering.employee_no


class CoverEndOut(Schema):
    n_visits_back: int


class PlannedOut(Schema):
    id: str
    employee_no: str
    licence_no: str
    retailer: str
    visit_date: date
    order: int
    arrive_at: str
    travel_minutes: float
    service_minutes: float
    state: str
    words: str
    why: list[dict[str, Any]]


class PlanChangeOut(Schema):
    kind: str
    reason: str
    at: datetime
    body: dict[str, Any]


class DayMadeOut(Schema):
    day: date
    due: int
    kept: int
    missing: int
    excused: int


class AdherenceOut(Schema):
    """Plan against what was made, of the days that are over. Excused and taken-out visits are neither owed nor counted."""

    share: float | None = Field(description="made on their day of those due; null: nothing was due yet")
    n_due: int
    n_kept: int
    n_other_day: int
    n_not_made: int
    n_excused: int
    n_beside: int = Field(description="made beside the plan")
    n_unexplained: int = Field(description="of those not made, how many lack a reason")
    days: list[DayMadeOut]


class UnplacedOut(Schema):
    licence_no: str | None
    retailer: str
    n_visits: int
    reason: str
    words: str
    to_do: str


class QueuedOut(Schema):
    job: int


class MakeIn(Schema):
    starts_on: date
    employee_nos: list[str]


class WhyReturnedIn(Schema):
    words: str


class MoveIn(Schema):
    to_day: date
    to_order: int | None = None
    reason: str


class ReasonIn(Schema):
    reason: str


class AwayIn(Schema):
    kind: PlanChangeKind
    days: list[date]
    reason: str
    covering: str = ""


class UrgentIn(Schema):
    licence_no: str
    not_before: date
    not_after: date
    reason: str


class StartIn(Schema):
    latitude: float
    longitude: float
    valid_from: date


def _cycle(request: HttpRequest, plan_id: str) -> PlanCycle:
    company = company_of(request)
    return planning.cycle_visible(user_of(request), company, plan_id, on=clock.today(company))


def _planned(request: HttpRequest, planned_id: str) -> PlannedVisit:
    company = company_of(request)
    return planning.planned_visible(user_of(request), company, planned_id, on=clock.today(company))


def _who(request: HttpRequest) -> dict[str, Any]:
    return {"by": user_of(request), "at": clock.now(), "on": clock.today(company_of(request))}


def _told(visit: PlannedVisit, names: dict[tuple[str, str], str]) -> dict[str, Any]:
    reasons = [plan_words.why(one, names) for one in visit.reasons]
    return {
        "id": visit.pk,
        "employee_no": visit.person.employee_no,
        "licence_no": visit.retailer.licence_no,
        "retailer": visit.retailer.name,
        "visit_date": visit.visit_date,
        "order": visit.order,
        "arrive_at": f"{visit.arrive_at:%H:%M}",
        "travel_minutes": visit.travel_minutes,
        "service_minutes": visit.service_minutes,
        "state": visit.state,
        "words": visit.words,
        "why": [
            {
                **stored,
                "title": one.title,
                "present_words": one.present,
                "wanted_words": one.wanted,
                "way_words": one.way,
            }
            for stored, one in zip(visit.reasons, reasons, strict=True)
        ],
    }


@router.get("/call-plans", response=list[PlanOut])
@needs("callplans.read")
def list_plans(request: HttpRequest, starts_on: date | None = None, state: str = "", limit: int = 100) -> Any:
    """Plans that you may see, the newest start first."""
    company = company_of(request)
    rows = planning.cycles_visible(user_of(request), company, on=clock.today(company))
    if starts_on is not None:
        rows = rows.filter(starts_on=starts_on)
    if state:
        rows = rows.filter(state=state)
    return rows[: max(1, min(limit, 1000))]


@router.post("/call-plans", response={202: QueuedOut})
@needs("callplans.make")
def make_plans(request: HttpRequest, given: MakeIn) -> Any:
    """Make plans: a job that you can follow under `/jobs`."""
    user, company = user_of(request), company_of(request)
    managers = {one.employee_no: one.pk for one in planning.managers_to_plan(user, company, on=clock.today(company))}
    unknown = [number for number in given.employee_nos if number not in managers]
    if unknown or not given.employee_nos:
        raise Refused(
            f"Name customer managers for whom you may make plans, not {', '.join(unknown)}.", field="employee_nos"
        )
    at = clock.now()
    arguments = {
        "starts_on": given.starts_on.isoformat(),
        "persons": sorted(managers[number] for number in given.employee_nos),
        "asked_at": at.isoformat(),
    }
    job = jobs.enqueue(
        company=company,
        kind=JOB,
        title="Make call plans",
        arguments=arguments,
        by=user,
        at=at,
        unique_key=f"visits.plan:{user.pk}",
    )
    return Status(202, {"job": job.pk})


@router.get("/call-plans/{plan_id}", response=PlanOut)
@needs("callplans.read")
def get_plan(request: HttpRequest, plan_id: str) -> Any:
    """One plan."""
    return _cycle(request, plan_id)


@router.get("/call-plans/{plan_id}/visits", response=list[PlannedOut])
@needs("callplans.read")
def list_planned(request: HttpRequest, plan_id: str, day: date | None = None) -> Any:
    """The visits of a plan in the order in which they are made, each with why."""
    cycle = _cycle(request, plan_id)
    rows = planning.visits_of(cycle)
    visits = list(rows if day is None else rows.filter(visit_date=day))
    names = plan_words.subjects_of(cycle.company, [visit.reasons for visit in visits])
    return [_told(visit, names) for visit in visits]


@router.get("/call-plans/{plan_id}/adherence", response={200: AdherenceOut, **REFUSED})
@needs("callplans.read")
def plan_adherence(request: HttpRequest, plan_id: str) -> Any:
    """How far a plan was kept on the days that are over, all together and day by day."""
    cycle, on = _cycle(request, plan_id), clock.today(company_of(request))
    kept = planning.adherence(cycle, on=on)
    counts = ("share", "n_due", "n_kept", "n_other_day", "n_not_made", "n_excused", "n_beside", "n_unexplained")
    return {**{name: getattr(kept, name) for name in counts}, "days": plan_made.days_made(cycle, on=on)}


@router.get("/call-plans/{plan_id}/unplaced", response={200: list[UnplacedOut], **REFUSED})
@needs("callplans.read")
def plan_unplaced(request: HttpRequest, plan_id: str) -> Any:
    """Visits that found no place in a plan, why, and what to do."""
    return [
        {
            "licence_no": one.retailer.licence_no if one.retailer else None,
            "retailer": one.name,
            "n_visits": one.n,
            "reason": one.reason,
            "words": one.what,
            "to_do": one.todo,
        }
        for one in plan_made.unplaced(_cycle(request, plan_id))
    ]


@router.get("/call-plans/{plan_id}/changes", response=list[PlanChangeOut])
@needs("callplans.read")
def list_changes(request: HttpRequest, plan_id: str) -> Any:
    """What was changed since a plan was made, why; the newest first."""
    return planning.changes_of(_cycle(request, plan_id))


@router.post("/call-plans/{plan_id}/propose", response=PlanOut)
@needs("callplans.make")
def propose_plan(request: HttpRequest, plan_id: str) -> Any:
    """Hand a plan in for approval."""
    return actions.propose(cycle=_cycle(request, plan_id), **_who(request))


@router.post("/call-plans/{plan_id}/approve", response=PlanOut)
@needs("callplans.decide")
def approve_plan(request: HttpRequest, plan_id: str) -> Any:
    """Approve a plan that waits for it; never your own or one that you handed in."""
    return actions.approve(cycle=_cycle(request, plan_id), **_who(request))


@router.post("/call-plans/{plan_id}/return", response=PlanOut)
@needs("callplans.decide")
def return_plan(request: HttpRequest, plan_id: str, given: WhyReturnedIn) -> Any:
    """Give a plan back, saying why."""
    return actions.give_back(cycle=_cycle(request, plan_id), words=given.words, **_who(request))


@router.post("/call-plans/{plan_id}/replan", response=PlanChangeOut)
@needs("callplans.change")
def replan(request: HttpRequest, plan_id: str, given: AwayIn) -> PlanChange:
    """Absence, holiday, dangerous weather; or cover by the colleague whose number `covering` is."""
    cycle, who = _cycle(request, plan_id), _who(request)
    if given.kind is PlanChangeKind.COVER:
        colleagues = {one.employee_no: one for one in planning.colleagues_of(cycle, on=who["on"])}
        if given.covering not in colleagues:
            raise Refused("Name a colleague of the same unit who covers.", field="covering")
        return replanning.cover(
            cycle=cycle, covering=colleagues[given.covering], days=given.days, reason=given.reason, **who
        )
    return replanning.away(cycle=cycle, kind=given.kind, days=given.days, reason=given.reason, **who)


@router.get("/covers", response=list[CoverOut])
@needs("callplans.read")
def covers(request: HttpRequest) -> Any:
    """Who stands in for whom, from the newest on: those over, running and to come."""
    company = company_of(request)
    return list(planning.covers_visible(user_of(request), company, on=clock.today(company)))


@router.post("/covers/{pk}/end", response=CoverEndOut)
@needs("callplans.change")
def end_cover(request: HttpRequest, pk: int) -> dict[str, int]:
    """End a cover today; visits still to be made go back to whoever holds the shops."""
    company, who = company_of(request), _who(request)
    found = planning.cover_visible(who["by"], company, pk, on=who["on"])
    return {"n_visits_back": replanning.end_cover(cover=found, **who)}


@router.post("/call-plans/{plan_id}/urgent", response=PlanChangeOut)
@needs("callplans.change")
def add_urgent(request: HttpRequest, plan_id: str, given: UrgentIn) -> PlanChange:
    """Put an urgent visit into a plan, between two days, moving as few others as can be."""
    cycle, who = _cycle(request, plan_id), _who(request)
    on = max(who["on"], cycle.starts_on)
    retailer = next(
        (one for one in planning.retailers_held(cycle.person, on=on) if one.licence_no == given.licence_no), None
    )
    if retailer is None:
        raise Refused(f"The manager holds no retailer with the licence {given.licence_no}.", field="licence_no")
    return replanning.add_urgent(
        cycle=cycle,
        retailer=retailer,
        not_before=given.not_before,
        not_after=given.not_after,
        reason=given.reason,
        **who,
    )


@router.post("/call-plans/{plan_id}/start", response={204: None})
@needs("callplans.make")
def set_start(request: HttpRequest, plan_id: str, given: StartIn) -> Any:
    """Where the manager's day begins; plans made afterwards use it."""
    actions.set_start(person=_cycle(request, plan_id).person, **given.dict(), **_who(request))
    return Status(204, None)


@router.post("/planned-visits/{planned_id}/move", response=PlanChangeOut)
@needs("callplans.change")
def move_visit(request: HttpRequest, planned_id: str, given: MoveIn) -> PlanChange:
    """Move a planned visit to another day or place in the day, with a reason."""
    visit = _planned(request, planned_id)
    return actions.move(visit=visit, to_day=given.to_day, to_order=given.to_order, reason=given.reason, **_who(request))


@router.post("/planned-visits/{planned_id}/take-out", response=PlanChangeOut)
@needs("callplans.change")
def take_out_visit(request: HttpRequest, planned_id: str, given: ReasonIn) -> PlanChange:
    """Take a planned visit out, with a reason."""
    return actions.take_out(visit=_planned(request, planned_id), reason=given.reason, **_who(request))
