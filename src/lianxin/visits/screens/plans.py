"""The pages of call plans: who is visited when and why, as list, calendar and map; plan and reality; what waits for approval."""

from datetime import timedelta
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from lianxin.foundation import access, clock
from lianxin.foundation.context import company_of, user_of
from lianxin.foundation.gate import needs
from lianxin.foundation.states import Scope
from lianxin.people import queries as people
from lianxin.ui.filters import Choice, Filter, FilterSet
from lianxin.ui.formats import day as day_words
from lianxin.ui.parts import Crumb, Empty
from lianxin.ui.responses import list_page
from lianxin.ui.sources import ListSource
from lianxin.ui.tables import Column, Table
from lianxin.visits.models import PlanCycle
from lianxin.visits.queries import excuses, plan_words, planning
from lianxin.visits.screens import plan_made
from lianxin.visits.screens import plan_parts as parts
from lianxin.visits.states import ExcuseState, PlanChangeKind, PlanState


@needs("callplans.read")
def plans(request: HttpRequest) -> HttpResponseBase:
    """Which plans there are; somebody with one plan of his own goes straight to it."""
    user, company = user_of(request), company_of(request)
    on = clock.today(company)
    if access.scope_of(user, "callplans.read", company) == Scope.OWN and not request.GET:
        me = people.person_of(user)
        cycle = planning.current_cycle(me, on=on) if me is not None else None
        if cycle is not None:
            return redirect("visits:plan", cycle.pk)
    rows = planning.cycles_visible(user, company, on=on)
    starts = sorted(set(rows.values_list("starts_on", flat=True)), reverse=True)
    units = planning.unit_names(company, on=on)
    filters = FilterSet(
        [
            Filter(key="starts_on", title=_("Begins"), choices=[Choice(f"{one}", day_words(one)) for one in starts]),
            Filter(
                key="unit", title=_("Market unit"), choices=[Choice(one, one) for one in sorted(set(units.values()))]
            ),
            Filter(key="state", title=_("State"), choices=[Choice(*one) for one in PlanState.choices]),
        ],
        request.GET,
    )
    if filters.text("starts_on"):
        rows = rows.filter(starts_on=filters.text("starts_on"))
    if filters.text("state"):
        rows = rows.filter(state=filters.text("state"))
    if filters.text("unit"):
        rows = rows.filter(person_id__in=[pk for pk, unit in units.items() if unit == filters.text("unit")])
    may_make = access.may(user, "callplans.make", company)
    cycles = list(rows)
    table = _cycles_table(cycles, units, may_make=may_make, asked=bool(filters.chips))
    waiting = planning.waiting_for(user, company, on=on).count() if access.may(user, "callplans.decide", company) else 0
    context = {
        "may_make": may_make,
        "waiting": waiting,
        "may_decide": access.may(user, "callplans.decide", company),
        "n_excuses": excuses.awaited_from(user, company, on=on).count(),
        "may_change": access.may(user, "callplans.change", company),
        "n_approved": sum(one.state == PlanState.APPROVED for one in cycles),
        "n_plans": len(cycles),
    }
    return list_page(request, "visits/plans/plans.html", table, filters=filters, context=context)


def _cycles_table(cycles: list[PlanCycle], units: dict[int, str], *, may_make: bool, asked: bool) -> Table:
    loads = planning.loads_of(cycles)
    rows = [
        {
            "id": cycle.pk,
            "name": cycle.person.name,
            "number": cycle.person.employee_no,
            "unit": units.get(cycle.person_id, ""),
            "starts_on": cycle.starts_on,
            "n": sum(load.n_visits for load in loads[cycle.pk]),
            "spark": [load.n_visits for load in loads[cycle.pk]],
            "unplaced": sum(one["n_visits"] for one in cycle.unplaced),
            "state": cycle.get_state_display(),
        }
        for cycle in cycles
    ]
    empty = Empty(
        title=_("No plan has been made yet"),
        text=_(
            "A plan says who is visited when and why. It is made from the retailers held, their tiers and their places."
        ),
        action_title=_("Make plans") if may_make else "",
        action_url=reverse("visits:plan_make") if may_make else "",
    )
    return Table(
        name="plans",
        title=_("Call plans"),
        default_sort="-starts_on",
        columns=[
            Column(
                key="name",
                title=_("Customer manager"),
                href=lambda r: reverse("visits:plan", args=[r["id"]]),
                note=lambda r: r["number"],
            ),
            Column(key="unit", title=_("Market unit")),
            Column(key="starts_on", title=_("Begins"), kind="day", on_card=True),
            Column(key="n", title=_("Visits"), kind="number"),
            Column(key="spark", title=_("Visits by day"), kind="spark"),
            Column(key="unplaced", title=_("Without a place"), kind="number"),
            Column(key="state", title=_("State"), kind="badge", on_card=True),
        ],
        source=ListSource(rows, key="id"),
        empty=None if asked else empty,
    )


@needs("callplans.read")
def plan(request: HttpRequest, cycle_id: str) -> HttpResponseBase:
    """Who is visited when and why."""
    cycle = parts.cycle_of(request, cycle_id)
    on = clock.today(cycle.company)
    filters = parts.filters_of(request, cycle, on=on)
    table = parts.visit_table(parts.rows_of(cycle, filters), asked=bool(filters.chips))
    context = {**parts.head(request, cycle, "plan"), "figures": parts.tiles(cycle, on=on)}
    return list_page(request, "visits/plans/plan.html", table, filters=filters, context=context)


@needs("callplans.read")
def calendar(request: HttpRequest, cycle_id: str) -> HttpResponse:
    """Weeks as rows, days as cells: how many visits, from when until when, against the norm."""
    cycle = parts.cycle_of(request, cycle_id)
    on = clock.today(cycle.company)
    loads = {load.day: load for load in planning.day_loads(cycle)}
    weeks = []
    for week in range((cycle.ends_on - cycle.starts_on).days // 7):
        first = cycle.starts_on + timedelta(weeks=week)
        days = [first + timedelta(days=offset) for offset in range(7)]
        weeks.append((first, [_cell(cycle, day, loads.get(day), on) for day in days]))
    heads = [parts.weekday(cycle.starts_on + timedelta(days=offset)) for offset in range(7)]
    context = {**parts.head(request, cycle, "plan_calendar"), "figures": parts.tiles(cycle, on=on)}
    return render(request, "visits/plans/calendar.html", {**context, "weeks": weeks, "heads": heads})


def _cell(cycle: PlanCycle, day: Any, load: planning.DayLoad | None, on: Any) -> dict[str, Any]:
    return {
        "day": day,
        "short": f"{day:%m-%d}",
        "weekday": parts.weekday(day),
        "load": load,
        "hours": f"{load.first_at:%H:%M} – {load.last_at:%H:%M}" if load and load.first_at and load.last_at else "",
        "is_today": day == on,
        "url": f"{reverse('visits:plan', args=[cycle.pk])}?day={day}",
        "map_url": f"{reverse('visits:plan_map', args=[cycle.pk])}?day={day}",
    }


@needs("callplans.read")
def unplaced(request: HttpRequest, cycle_id: str) -> HttpResponseBase:
    """Which visits found no place, why, and what to do."""
    cycle = parts.cycle_of(request, cycle_id)
    table = Table(
        name="unplaced",
        title=_("Visits without a place"),
        default_sort="name",
        columns=[
            Column(key="name", title=_("Retailer"), href=lambda r: reverse("retailers:file", args=[r.id])),
            Column(key="n", title=_("Visits"), kind="number", on_card=True),
            Column(key="what", title=_("Why not"), on_card=True),
            Column(key="todo", title=_("What to do")),
        ],
        source=ListSource(plan_made.unplaced(cycle), key="id"),
        empty=Empty(title=_("Every visit has its place"), text=_("Nothing was left out of this plan.")),
    )
    return list_page(request, "visits/plans/rows.html", table, context=parts.head(request, cycle, "plan_unplaced"))


@needs("callplans.read")
def changes(request: HttpRequest, cycle_id: str) -> HttpResponseBase:
    """What was changed since the plan was made, why and by whom."""
    cycle = parts.cycle_of(request, cycle_id)
    told = list(planning.changes_of(cycle))
    words = parts.changes_in_words(told)
    decides = excuses.may_agree(user_of(request), cycle, on=clock.today(cycle.company))
    rows = [
        {
            "id": row.pk,
            "at": row.at,
            "what": words[row.pk],
            "reason": row.reason,
            "by": str(row.by or _("The system")),
            "excuse": "" if row.excuse == ExcuseState.NOT_NEEDED else row.get_excuse_display(),
            "excuse_words": row.excuse_words,
            "excuse_url": reverse("visits:plan_excuse", args=[row.pk])
            if decides and row.excuse == ExcuseState.WAITING
            else None,
        }
        for row in told
    ]
    context = {**parts.head(request, cycle, "plan_changes"), "kinds": PlanChangeKind.labels}
    return list_page(request, "visits/plans/rows.html", parts.changes_table(rows), context=context)


@needs("callplans.read")
def why(request: HttpRequest, planned_id: str) -> HttpResponse:
    """Why a visit is planned: present state, wanted state, way there, and what that rests on."""
    company = company_of(request)
    on = clock.today(company)
    visit = planning.planned_visible(user_of(request), company, planned_id, on=on)
    names = plan_words.subjects_of(company, [visit.reasons])
    changeable = visit.state == "planned" and visit.visit_date >= on and visit.cycle.state != PlanState.PROPOSED
    context = {
        "visit": visit,
        "weekday": parts.weekday(visit.visit_date),
        "reasons": [plan_words.why(one, names) for one in visit.reasons],
        "state": parts.state_words(visit),
        "frequency": plan_words.frequency(visit),
        "may_change": changeable and parts.in_scope(request, "callplans.change", visit.cycle),
        "crumbs_given": [
            Crumb(title=_("Call plans"), url=reverse("visits:plans") + "?all=1"),
            Crumb(title=visit.cycle.person.name, url=reverse("visits:plan", args=[visit.cycle_id])),
            Crumb(title=visit.retailer.name),
        ],
    }
    in_panel = request.headers.get("HX-Request") == "true" and request.headers.get("HX-Boosted") != "true"
    return render(request, "visits/plans/why_part.html" if in_panel else "visits/plans/why.html", context)


@needs("callplans.decide")
def approvals(request: HttpRequest) -> HttpResponseBase:
    """Which plans wait for this market manager, with the load of each manager and day."""
    user, company = user_of(request), company_of(request)
    on = clock.today(company)
    cycles = list(planning.waiting_for(user, company, on=on))
    loads = planning.loads_of(cycles)
    rows = [_waiting_row(cycle, loads[cycle.pk]) for cycle in cycles]
    table = Table(
        name="approvals",
        title=_("Waiting for approval"),
        default_sort="name",
        columns=[
            Column(key="name", title=_("Customer manager"), href=lambda r: reverse("visits:plan", args=[r["id"]])),
            Column(key="starts_on", title=_("Begins"), kind="day"),
            Column(key="n", title=_("Visits"), kind="number", on_card=True),
            Column(key="low", title=_("Days below the norm"), kind="number", on_card=True),
            Column(key="spark", title=_("Visits by day"), kind="spark"),
            Column(key="least", title=_("Least a day"), kind="number"),
            Column(key="most", title=_("Most a day"), kind="number"),
            Column(key="travel", title=_("Way a day"), kind="number", unit=_("min")),
            Column(key="unplaced", title=_("Without a place"), kind="number"),
            Column(key="changed", title=_("Changed by hand"), kind="number"),
            Column(key="proposed_at", title=_("Handed in"), kind="instant"),
        ],
        source=ListSource(rows, key="id"),
        empty=Empty(
            title=_("No plan waits for you"),
            text=_("Plans appear here when they are handed in and are yours to approve."),
        ),
    )
    days = sorted({load.day for several in loads.values() for load in several if load.is_working or load.n_visits})
    grid = [
        (cycle, [next((load for load in loads[cycle.pk] if load.day == day), None) for day in days]) for cycle in cycles
    ]
    context = {"grid": grid, "days": [(day, f"{day:%m-%d}", parts.weekday(day)) for day in days]}
    return list_page(request, "visits/plans/approvals.html", table, context={**context, "n_waiting": len(cycles)})


def _waiting_row(cycle: PlanCycle, loads: list[planning.DayLoad]) -> dict[str, Any]:
    working = [load for load in loads if load.is_working]
    counts = [load.n_visits for load in working]
    return {
        "id": cycle.pk,
        "name": cycle.person.name,
        "starts_on": cycle.starts_on,
        "n": sum(load.n_visits for load in loads),
        "low": sum(not load.reaches_norm for load in working),
        "spark": counts,
        "least": min(counts, default=0),
        "most": max(counts, default=0),
        "travel": sum(load.travel_minutes for load in loads) / max(1, len(working)),
        "unplaced": sum(one["n_visits"] for one in cycle.unplaced),
        "changed": cycle.changes.count(),
        "proposed_at": cycle.proposed_at,
    }
