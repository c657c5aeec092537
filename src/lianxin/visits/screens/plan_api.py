"""Call plans by API: the same actions as the pages."""

from datetime import date
from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext as _
from ninja import Router, Status

from lianxin.foundation import clock, jobs
from lianxin.foundation.api import REFUSED
from lianxin.foundation.context import company_of, user_of
from lianxin.foundation.errors import Refused
from lianxin.foundation.gate import needs
from lianxin.retailers.models import Retailer
from lianxin.visits.actions import planning as actions
from lianxin.visits.actions import replanning
from lianxin.visits.actions import urgent as urgent_actions
from lianxin.visits.models import PlanChange, PlanCycle, PlannedVisit
from lianxin.visits.queries import plan_words, planning
from lianxin.visits.queries.plan_inputs import JOB
from lianxin.visits.screens import plan_made
from lianxin.visits.screens.plan_shapes import (
    AdherenceOut,
    AwayIn,
    CoverEndOut,
    CoverOut,
    ForeseenOut,
    MakeIn,
    MoveIn,
    PlanChangeOut,
    PlannedOut,
    PlanOut,
    QueuedOut,
    ReasonIn,
    StartIn,
    UnplacedOut,
    UrgentDaysIn,
    UrgentIn,
    WhyReturnedIn,
)
from lianxin.visits.states import PlanChangeKind

router = Router(tags=["call plans"])


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
        "wanted_visits": visit.wanted_visits,
        "wanted_by": visit.wanted_by,
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
            _("Name customer managers for whom you may make plans, not %(numbers)s.") % {"numbers": ", ".join(unknown)}
            if unknown
            else _("Name customer managers for whom you may make plans."),
            field="employee_nos",
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
        title=_("Make call plans"),
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
            raise Refused(_("Name a colleague of the same unit who covers."), field="covering")
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
    """Put an urgent visit into a plan, between two days, on the one where it adds least.

    No other visit changes its day while one of these has room. Where all are full, `/urgent/preview` tells which would go to other
    days; they go only where `agreed` is its seal.
    """
    cycle, who = _cycle(request, plan_id), _who(request)
    return urgent_actions.add(
        cycle=cycle,
        retailer=_held(cycle, given, on=who["on"]),
        not_before=given.not_before,
        not_after=given.not_after,
        reason=given.reason,
        agreed=given.agreed,
        **who,
    )


@router.post("/call-plans/{plan_id}/urgent/preview", response={200: ForeseenOut, **REFUSED})
@needs("callplans.change")
def preview_urgent(request: HttpRequest, plan_id: str, given: UrgentDaysIn) -> dict[str, Any]:
    """The day that an urgent visit would get, and which visits would go to other days for it, with why each is planned."""
    cycle, who = _cycle(request, plan_id), _who(request)
    found = urgent_actions.foresee(
        cycle=cycle,
        retailer=_held(cycle, given, on=who["on"]),
        not_before=given.not_before,
        not_after=given.not_after,
        **who,
    )
    goes = [
        {
            "planned_visit": one.visit.pk,
            "licence_no": one.visit.retailer.licence_no,
            "retailer": one.visit.retailer.name,
            "from_date": one.from_date,
            "to_date": one.to_date,
            "reasons": [reason["code"] for reason in one.visit.reasons],
            "why": plan_words.short(one.visit.reasons),
        }
        for one in found.goes
    ]
    return {"visit_date": found.day, "goes": goes, "seal": found.seal}


def _held(cycle: PlanCycle, given: UrgentDaysIn, *, on: date) -> Retailer:
    held = planning.retailers_held(cycle.person, on=max(on, cycle.starts_on))
    retailer = next((one for one in held if one.licence_no == given.licence_no), None)
    if retailer is None:
        raise Refused(
            _("The manager holds no retailer with the licence %(licence)s.") % {"licence": given.licence_no},
            field="licence_no",
        )
    return retailer


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
