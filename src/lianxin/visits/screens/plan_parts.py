"""What the pages of call plans share: heads, tabs, tables, words."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from django.db.models import Q
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from lianxin.foundation import access, clock
from lianxin.foundation.context import company_of, user_of
from lianxin.people import queries as people
from lianxin.ui.filters import Choice, Filter, FilterSet
from lianxin.ui.formats import day as day_words
from lianxin.ui.formats import number
from lianxin.ui.parts import Crumb, Empty, Figure
from lianxin.ui.sources import ListSource
from lianxin.ui.tables import Column, Table
from lianxin.visits.models import PlanChange, PlanCycle, PlannedVisit
from lianxin.visits.queries import deciding, excuses, plan_words, planning
from lianxin.visits.states import ExcuseState, PlannedState, PlanState

Row = dict[str, Any]


def weekday(day: date) -> str:
    """The short name of a day of the week."""
    names = (
        pgettext("weekday", "Mon"), pgettext("weekday", "Tue"), pgettext("weekday", "Wed"), pgettext("weekday", "Thu"),
        pgettext("weekday", "Fri"), pgettext("weekday", "Sat"), pgettext("weekday", "Sun"),
    )  # fmt: skip
    return names[day.weekday()]


def span(cycle: PlanCycle) -> str:
    """The days of a cycle, the last one included."""
    return f"{day_words(cycle.starts_on)} – {day_words(cycle.ends_on - timedelta(days=1))}"


def cycle_of(request: HttpRequest, cycle_id: str) -> PlanCycle:
    """The plan of an address, if the person may see it."""
    company = company_of(request)
    return planning.cycle_visible(user_of(request), company, cycle_id, on=clock.today(company))


def in_scope(request: HttpRequest, verb: str, cycle: PlanCycle) -> bool:
    """Whether the person may do a verb to a plan."""
    company = company_of(request)
    if not access.may(request.user, verb, company):
        return False
    persons = people.persons_in_scope(user_of(request), verb, company, on=clock.today(company))
    return persons is people.EVERYBODY or cycle.person_id in persons


def head(request: HttpRequest, cycle: PlanCycle, current: str) -> dict[str, Any]:
    """What every page of a plan shows: state, tabs, and what the person may do with it now."""
    on = clock.today(company_of(request))
    mine = cycle.person.user_id == user_of(request).pk
    n_unplaced, n_changes = sum(one["n_visits"] for one in cycle.unplaced), cycle.changes.count()
    tabs = [
        ("plan", _("List")),
        ("plan_calendar", _("Calendar")),
        ("plan_map", _("Map")),
        ("plan_made", _("Plan and reality")),
        ("plan_not_made", _("Not made")),
        ("plan_unplaced", _("Without a place (%(n)s)") % {"n": n_unplaced}),
        ("plan_changes", _("Changes (%(n)s)") % {"n": n_changes}),
    ]
    open_now, is_over = cycle.state != PlanState.PROPOSED, cycle.ends_on <= on
    may_change = in_scope(request, "callplans.change", cycle) and not is_over
    decides = cycle.state == PlanState.PROPOSED and deciding.decides(user_of(request), cycle, on=on)
    return {
        "cycle": cycle,
        "span": span(cycle),
        "travel": plan_words.travel(cycle.parameters),
        "state": cycle.get_state_display(),
        "tabs": [(title, reverse(f"visits:{name}", args=[cycle.pk]), name == current) for name, title in tabs],
        "crumbs_given": [
            Crumb(title=_("Call plans"), url=reverse("visits:plans") + "?all=1"),
            Crumb(title=f"{cycle.person.name} · {day_words(cycle.starts_on)}"),
        ],
        "may_propose": cycle.state in (PlanState.DRAFT, PlanState.RETURNED)
        and in_scope(request, "callplans.make", cycle)
        and cycle.visits.exists(),
        "may_decide": decides,
        "may_replan": may_change,
        "may_add": may_change and open_now,
        "notices": _notices(cycle, mine=mine),
        "n_excuses": cycle.changes.filter(excuse=ExcuseState.WAITING).count(),
    }


def _notices(cycle: PlanCycle, *, mine: bool) -> list[tuple[str, str]]:
    told = []
    if cycle.state == PlanState.RETURNED:
        told.append((_("Returned: %(words)s") % {"words": cycle.words}, "warn"))
    if cycle.state == PlanState.PROPOSED and mine:
        told.append((_("Your market manager decides about this plan. Until then it is not changed by hand."), "tell"))
    if not cycle.parameters.get("start_is_set", True):
        told.append(
            (
                _(
                    "Where the day begins is not set, so the plan begins in the middle of the shops. Set it for better routes."
                ),
                "tell",
            )
        )
    return told


def tiles(cycle: PlanCycle, *, on: date) -> list[Figure]:
    """The figures on top of a plan."""
    loads = [load for load in planning.day_loads(cycle) if load.is_working or load.n_visits]
    visits = sum(load.n_visits for load in loads)
    busy = [load for load in loads if load.n_visits]
    travel = sum(load.travel_minutes for load in busy)
    retailers = cycle.visits.filter(state__in=planning.DUE).values("retailer_id").distinct().count()
    norm = int(cycle.parameters.get("norm", 0))
    told = [
        Figure(
            title=_("Visits"),
            value=visits,
            note=_("on %(n)s of %(all)s working days") % {"n": len(busy), "all": len(loads)},
        ),
        Figure(
            title=_("Number of retailers"),
            value=retailers,
            note=_("of %(n)s held") % {"n": cycle.parameters.get("n_retailers", retailers)},
        ),
        Figure(
            title=_("Visits a day"),
            value=visits / len(busy) if busy else None,
            decimals=1,
            note=_("norm %(n)s") % {"n": norm},
        ),
        Figure(
            title=_("Way a day"),
            value=travel / len(busy) if busy else None,
            kind="quantity",
            unit=_("min"),
            note=_("between the shops"),
        ),
    ]
    # A plan that nobody approved binds nobody: nothing is measured against it.
    return (
        [*told, adherence_figure(cycle, planning.adherence(cycle, on=on))]
        if cycle.state == PlanState.APPROVED
        else told
    )


def adherence_figure(cycle: PlanCycle, kept: planning.Adherence) -> Figure:
    """The share of due visits made on their day; not enough data before the first day is over."""
    return Figure(
        title=_("Plan adherence"),
        value=kept.share,
        kind="share",
        answer="value" if kept.share is not None else "not_enough_data",
        n=kept.n_due if kept.share is None else None,
        needs=1 if kept.share is None else None,
        explain_url=reverse("visits:plan_adherence", args=[cycle.pk]),
    )


def week_filter(cycle: PlanCycle, *, on: date, every: bool = True) -> Filter:
    """Which week of the cycle is shown; the running one first."""
    weeks = (cycle.ends_on - cycle.starts_on).days // 7
    running = (on - cycle.starts_on).days // 7
    choices = []
    for week in range(weeks):
        first = cycle.starts_on + timedelta(weeks=week)
        choices.append(Choice(str(week + 1), f"{_('Week %(n)s') % {'n': week + 1}} · {first:%m-%d}"))
    if every:
        choices.append(Choice("all", _("All weeks")))
    return Filter(
        key="week",
        title=_("Week"),
        choices=choices,
        default=str(running + 1 if 0 <= running < weeks else 1),
        required=True,
    )


def filters_of(request: HttpRequest, cycle: PlanCycle, *, on: date) -> FilterSet:
    """The filters of the list."""
    codes = sorted({str(one["code"]) for reasons in cycle.visits.values_list("reasons", flat=True) for one in reasons})
    return FilterSet(
        [
            week_filter(cycle, on=on),
            Filter(key="day", title=_("Day"), kind="day"),
            Filter(
                key="reason",
                title=_("Why visited"),
                choices=[Choice(code, str(plan_words.TITLES.get(code, code))) for code in codes],
            ),
            Filter(key="state", title=_("State"), choices=[Choice(*one) for one in PlannedState.choices]),
            Filter(key="q", title=_("Search"), kind="text", help=_("name or licence number")),
        ],
        request.GET,
    )


def rows_of(cycle: PlanCycle, filters: FilterSet | None = None) -> list[Row]:
    """The visits of a plan as rows of the list, narrowed by the filters."""
    visits = planning.visits_of(cycle)
    if filters is not None:
        visits = narrowed(visits, cycle, filters)
    reason = filters.text("reason") if filters is not None else ""
    return [
        row_of(visit, number)
        for number, visit in enumerate(visits)
        if not reason or any(one["code"] == reason for one in visit.reasons)
    ]


def narrowed(visits: Any, cycle: PlanCycle, filters: FilterSet) -> Any:
    """The visits that filters ask for; filters that a page lacks ask for nothing."""
    asked = filters.date("day")
    week = filters.text("week")
    if asked is not None:
        visits = visits.filter(visit_date=asked)
    elif week and week != "all":
        first = cycle.starts_on + timedelta(weeks=int(week) - 1)
        visits = visits.filter(visit_date__gte=first, visit_date__lt=first + timedelta(days=7))
    if "state" in filters.values and filters.text("state"):
        visits = visits.filter(state=filters.text("state"))
    if "q" in filters.values and filters.text("q"):
        words = filters.text("q")
        visits = visits.filter(Q(retailer__name__icontains=words) | Q(retailer__licence_no__startswith=words))
    return visits


def row_of(visit: PlannedVisit, number: int) -> Row:
    """One planned visit as a row."""
    return {
        "id": visit.pk,
        "seq": number,
        "day": visit.visit_date,
        "weekday": weekday(visit.visit_date),
        "order": visit.order,
        "arrive": f"{visit.arrive_at:%H:%M}",
        "retailer": visit.retailer.name,
        "retailer_id": visit.retailer_id,
        "licence_no": visit.retailer.licence_no,
        "why": plan_words.short(visit.reasons),
        "travel": visit.travel_minutes,
        "service": visit.service_minutes,
        "person": visit.person.name,
        "covered": visit.person_id != visit.cycle.person_id,
        "state": state_words(visit),
        "words": visit.words,
    }


def state_words(visit: PlannedVisit) -> str:
    """The state of a planned visit, visits made without the plan's knowing counted."""
    if visit.state == PlannedState.PLANNED and getattr(visit, "is_made", False):
        return str(PlannedState.DONE.label)
    return visit.get_state_display()


def visit_table(rows: Sequence[Row], *, asked: bool) -> Table:
    """The list: who, when and why."""
    return Table(
        name="planned",
        title=_("Planned visits"),
        default_sort="arrive",
        page_size=60,
        columns=[
            Column(
                key="retailer", title=_("Retailer"), href=lambda r: reverse("retailers:file", args=[r["retailer_id"]])
            ),
            Column(key="day", title=_("Day"), kind="day", sort_by="seq", shown=False),
            Column(
                key="order",
                title=_("Place in the route"),
                kind="number",
                sort_by="seq",
                help=_("Place in the day's route"),
            ),
            Column(
                key="arrive",
                title=_("Time and day"),
                on_card=True,
                sort_by="seq",
                value=lambda r: f"{r['day']} {r['weekday']} {r['arrive']}",
            ),
            Column(
                key="why",
                title=_("Why visited"),
                on_card=True,
                sortable=False,
                value=lambda r: Figure(
                    value=r["why"], kind="text", explain_url=reverse("visits:planned_why", args=[r["id"]])
                ),
            ),
            Column(key="travel", title=_("Travel"), kind="number", unit=_("min"), decimals=1),
            Column(key="service", title=_("In the shop"), kind="number", unit=_("min"), decimals=0, shown=False),
            Column(key="licence_no", title=_("Licence"), shown=False),
            Column(key="person", title=_("Who visits"), note=lambda r: _("covers") if r["covered"] else None),
            Column(key="state", title=_("State"), kind="badge", note=lambda r: r["words"] or None),
        ],
        source=ListSource(rows, key="id"),
        empty=None
        if asked
        else Empty(title=_("No visits in this week"), text=_("Choose another week, or make the plan anew.")),
    )


def changes_table(changes: Sequence[Row]) -> Table:
    """What was changed, why and by whom."""
    return Table(
        name="changes",
        title=_("Changes of the plan"),
        default_sort="-at",
        columns=[
            Column(key="what", title=_("What changed"), href=lambda r: r["excuse_url"]),
            Column(key="at", title=_("When"), kind="instant", on_card=True),
            Column(key="reason", title=_("Reason"), on_card=True),
            Column(key="by", title=_("Changed by")),
            Column(
                key="excuse",
                title=_("Excuse"),
                kind="badge",
                on_card=True,
                note=lambda r: r["excuse_words"] or None,
            ),
        ],
        source=ListSource(changes, key="id"),
        empty=Empty(title=_("Nothing was changed"), text=_("The plan stands as it was made.")),
    )


def changes_in_words(changes: Sequence[PlanChange]) -> dict[int, str]:
    """Change -> what it did, its kind first, with the names of the shops and persons concerned."""
    keys = ("moved", "excused", "taken_out", "without_place")
    asked = [one for row in changes for key in keys for one in row.body.get(key, ())]
    if not changes:
        return {}
    company = changes[0].cycle.company
    retailers = planning.retailer_names(company, {one["retailer"] for one in asked})
    persons = planning.persons_by_id(company, {one["to_person"] for one in asked if one.get("to_person")})
    return {
        row.pk: " · ".join(part for part in (row.get_kind_display(), _did(row, retailers, persons)) if part)
        for row in changes
    }


def _did(change: PlanChange, retailers: Mapping[int, Any], persons: Mapping[int, Any]) -> str:
    """What a change did, in sentences: which visits moved, were excused, taken out."""
    body, kind = change.body, change.kind

    def name(one: Mapping[str, Any]) -> str:
        return str(retailers.get(one["retailer"], one["retailer"]))

    told = []
    for one in body.get("moved", ()):
        to = one["to"]["day"] if isinstance(one["to"], dict) else one["to"]
        start = one["from"]["day"] if isinstance(one["from"], dict) else one["from"]
        who = persons.get(one.get("to_person")) if kind == "cover" else None
        if start is None:
            told.append(_("%(shop)s added on %(to)s") % {"shop": name(one), "to": to})
        elif who is not None and start == to:
            told.append(_("%(shop)s on %(to)s by %(person)s") % {"shop": name(one), "to": to, "person": who})
        elif start == to:
            told.append(_("%(shop)s has another place on %(to)s") % {"shop": name(one), "to": to})
        else:
            told.append(_("%(shop)s from %(day)s to %(to)s") % {"shop": name(one), "day": start, "to": to})
    days = sorted(str(one) for one in body.get("days", ()))
    if days:
        told.insert(0, days[0] if len(days) == 1 else f"{days[0]} – {days[-1]}")
    for one in body.get("taken_out", ()):
        told.append(_("%(shop)s on %(day)s taken out") % {"shop": name(one), "day": one["day"]})
    n_excused = len(body.get("excused", ())) + len(body.get("without_place", ()))
    if n_excused and change.excuse in excuses.UNAGREED:
        told.append(
            ngettext("%(n)s visit left the route", "%(n)s visits left the route", n_excused) % {"n": number(n_excused)}
        )
    elif n_excused:
        told.append(ngettext("%(n)s visit excused", "%(n)s visits excused", n_excused) % {"n": number(n_excused)})
    if len(told) > 6:
        told = [*told[:5], _("and %(n)s more") % {"n": len(told) - 5}]
    return _("; ").join(told)
