"""Reads about call plans, scoped to who asks: cycles, their visits and days, what waits for approval, what was made."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, time, timedelta
from typing import Any, Final

from django.db.models import Count, Exists, Max, Min, OuterRef, Q, QuerySet, Sum
from django.utils.translation import gettext as _

from lianxin.foundation.errors import Missing
from lianxin.foundation.models import Company, User
from lianxin.people import queries as people
from lianxin.people.models import Person
from lianxin.people.queries import Asker
from lianxin.retailers.models import Retailer, Territory
from lianxin.retailers.queries import held_on
from lianxin.visits.models import Cover, NotMade, PlanChange, PlanCycle, PlannedVisit, Visit
from lianxin.visits.queries import deciding
from lianxin.visits.queries.plan_inputs import days_of_cycle
from lianxin.visits.states import PlannedState, PlanState, VisitState

# Of each made, most recent first, so many stand in a retailer's file.
LAST_VISITS: Final = 5
# What stands in the route, and what is owed: a visit taken away by the manager's own word is owed until somebody else agrees.
DUE: Final = (PlannedState.PLANNED, PlannedState.DONE)
OWED: Final = (*DUE, PlannedState.PENDING)


def cycles_visible(user: Asker, company: Company, *, on: date) -> QuerySet[PlanCycle]:
    """Plans that a user may see, the newest start first."""
    rows = PlanCycle.objects.filter(company=company).select_related("person", "company", "decided_by")
    persons = people.persons_in_scope(user, "callplans.read", company, on=on)
    rows = rows if persons is people.EVERYBODY else rows.filter(person_id__in=persons)
    return rows.order_by("-starts_on", "person__employee_no")


def cycle_visible(user: Asker, company: Company, cycle_id: str, *, on: date) -> PlanCycle:
    """One plan.

    Raises
    ------
    Missing : there is none, or the user may not see it; the sentence does not tell which.
    """
    found = cycles_visible(user, company, on=on).filter(pk=cycle_id).first()
    if found is None:
        raise Missing(_("There is no such plan among those you may see."))
    return found


def planned_visible(user: Asker, company: Company, planned_id: str, *, on: date) -> PlannedVisit:
    """One planned visit: of a plan that the user may see, or one that he makes for a colleague.

    Raises
    ------
    Missing : as `cycle_visible`.
    """
    rows = PlannedVisit.objects.filter(company=company).select_related(
        "cycle__company", "cycle__person", "retailer", "person"
    )
    persons = people.persons_in_scope(user, "callplans.read", company, on=on)
    if persons is not people.EVERYBODY:
        rows = rows.filter(Q(cycle__person_id__in=persons) | Q(person_id__in=persons))
    found = rows.filter(pk=planned_id).first()
    if found is None:
        raise Missing(_("There is no such planned visit among those you may see."))
    return found


def with_made(rows: QuerySet[PlannedVisit]) -> QuerySet[PlannedVisit]:
    """Planned visits, each with `is_made`: somebody was there that day. It is what plan adherence counts, on every page."""
    made = Visit.objects.filter(retailer=OuterRef("retailer"), visit_date=OuterRef("visit_date")).exclude(
        state=VisitState.OPEN
    )
    return rows.annotate(is_made=Exists(made))


def visits_of(cycle: PlanCycle) -> QuerySet[PlannedVisit]:
    """The visits of a plan in the order in which they are made, each with `is_made`."""
    return with_made(cycle.visits.select_related("retailer", "person")).order_by("visit_date", "order", "pk")


def current_cycle(person: Person, *, on: date) -> PlanCycle | None:
    """The plan in which a day lies, else the next one, else the last."""
    rows = PlanCycle.objects.filter(person=person).select_related("person", "company")
    running = rows.filter(starts_on__lte=on, ends_on__gt=on).first()
    coming = rows.filter(starts_on__gt=on).order_by("starts_on").first()
    return running or coming or rows.order_by("-starts_on").first()


def next_start(company: Company, *, on: date) -> date:
    """When the next cycle begins: where the newest one of the company ends, or the coming Monday."""
    last = PlanCycle.objects.filter(company=company, ends_on__gt=on).aggregate(last=Max("ends_on"))["last"]
    return last or on + timedelta(days=-on.weekday() % 7)


def managers_to_plan(user: User, company: Company, *, on: date) -> list[Person]:
    """The customer managers for whom a user may make plans, by number."""
    persons = people.persons_in_scope(user, "callplans.make", company, on=on)
    posts = people.customer_managers(company, on=on)
    if persons is not people.EVERYBODY:
        posts = posts.filter(person_id__in=persons)
    return [post.person for post in posts]


def unit_names(company: Company, *, on: date) -> dict[int, str]:
    """Person -> the unit in which it is posted on a day."""
    return dict(people.postings_on(company, on=on).values_list("person_id", "unit__code"))


def waiting_for(user: User, company: Company, *, on: date) -> QuerySet[PlanCycle]:
    """Plans whose approval is a user's to give: of his scope, not his own, not handed in by himself."""
    rows = PlanCycle.objects.filter(company=company, state=PlanState.PROPOSED).select_related("person", "company")
    persons = people.persons_in_scope(user, deciding.DECIDE, company, on=on)
    if persons is people.EVERYBODY:
        rows = rows.filter(pk__in=deciding.left_to_the_leader(company, rows, on=on))
    else:
        rows = rows.filter(person_id__in=persons)
    return rows.exclude(person__user=user).exclude(proposed_by=user).order_by("starts_on", "person__employee_no")


@dataclass(frozen=True, slots=True)
class DayLoad:
    """What a day of a plan holds. `is_working` is false for visits put on a day off by hand."""

    day: date
    n_visits: int
    n_excused: int
    travel_minutes: float
    service_minutes: float
    first_at: time | None
    last_at: time | None
    norm: int
    is_working: bool

    @property
    def reaches_norm(self) -> bool:
        return self.n_visits >= self.norm


def day_loads(cycle: PlanCycle) -> list[DayLoad]:
    """Every working day of a plan and every other day with a visit, in order. Travel is without the way home."""
    return loads_of([cycle])[cycle.pk]


def loads_of(cycles: Sequence[PlanCycle]) -> dict[str, list[DayLoad]]:
    """Plan -> its days, for several plans in one question."""
    due = Q(state__in=DUE)
    rows = (
        PlannedVisit.objects.filter(cycle__in=cycles)
        .values("cycle_id", "visit_date")
        .annotate(
            n=Count("pk", filter=due),
            excused=Count("pk", filter=Q(state=PlannedState.EXCUSED)),
            travel=Sum("travel_minutes", filter=due),
            service=Sum("service_minutes", filter=due),
            first=Min("arrive_at", filter=due),
            last=Max("arrive_at", filter=due),
        )
    )
    known = {(row["cycle_id"], row["visit_date"]): row for row in rows}
    calendars: dict[tuple[date, date], tuple[date, ...]] = {}
    found: dict[str, list[DayLoad]] = {}
    for cycle in cycles:
        span = (cycle.starts_on, cycle.ends_on)
        if span not in calendars:
            calendars[span] = days_of_cycle(cycle.company, span[0], (span[1] - span[0]).days // 7)
        working = calendars[span]
        days = sorted({*working, *(day for key, day in known if key == cycle.pk)})
        found[cycle.pk] = [_load(cycle, day, known.get((cycle.pk, day)), day in working) for day in days]
    return found


def _load(cycle: PlanCycle, day: date, row: Mapping[str, Any] | None, is_working: bool) -> DayLoad:
    norm = int(cycle.parameters.get("norm", 0))
    if row is None:
        return DayLoad(day, 0, 0, 0.0, 0.0, None, None, norm, is_working)
    return DayLoad(
        day, row["n"], row["excused"], row["travel"] or 0.0, row["service"] or 0.0, row["first"], row["last"], norm, is_working
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Standing:
    """The visits due on days that are over: made on their day, on another one, or not at all; and what was made beside the plan."""

    kept: Sequence[PlannedVisit]
    other_day: Sequence[PlannedVisit]
    not_made: Sequence[PlannedVisit]
    n_excused: int
    n_beside: int


@dataclass(frozen=True, slots=True)
class Adherence:
    """Plan against what was made, of the days that are over. Excused and taken-out visits are neither owed nor counted.

    n_unexplained : those not made of which nobody said why
    """

    n_due: int
    n_kept: int
    n_other_day: int
    n_not_made: int
    n_excused: int
    n_beside: int
    n_unexplained: int

    @property
    def share(self) -> float | None:
        return self.n_kept / self.n_due if self.n_due else None


def asked_of(cycle: PlanCycle, *, on: date) -> QuerySet[PlannedVisit]:
    """What approved plans ask of a cycle's manager in its days before `on`, covered for a colleague or not, each with `is_made`."""
    rows = PlannedVisit.objects.select_related("retailer", "person", "cycle").filter(
        person=cycle.person,
        cycle__state=PlanState.APPROVED,
        visit_date__gte=cycle.starts_on,
        visit_date__lt=min(on, cycle.ends_on),
    )
    return with_made(rows).order_by("visit_date", "order", "pk")


def standing(cycle: PlanCycle, *, on: date) -> Standing:
    """Which visits asked of a cycle's manager before `on` were made on their day, on another day, or not; with `is_explained`."""
    said = Exists(NotMade.objects.filter(planned=OuterRef("pk")))
    over = list(asked_of(cycle, on=on).annotate(is_explained=said))
    due = [row for row in over if row.state in OWED]
    kept = {row.pk for row in due if row.is_made}  # type: ignore[attr-defined]
    made = Visit.objects.filter(
        person=cycle.person, visit_date__gte=cycle.starts_on, visit_date__lt=min(on, cycle.ends_on)
    )
    beside = [
        (retailer, day)
        for retailer, day in made.exclude(state=VisitState.OPEN).values_list("retailer_id", "visit_date")
        if (retailer, day) not in {(row.retailer_id, row.visit_date) for row in due}
    ]
    free = [retailer for retailer, _day in beside]
    other, not_made = [], []
    for row in due:
        if row.pk in kept:
            continue
        if row.retailer_id in free:
            free.remove(row.retailer_id)
            other.append(row)
        else:
            not_made.append(row)
    return Standing(
        [row for row in due if row.pk in kept],
        other,
        not_made,
        sum(row.state == PlannedState.EXCUSED for row in over),
        len(beside) - len(other),
    )


def adherence(cycle: PlanCycle, *, on: date) -> Adherence:
    """How many visits of the days before `on` were made on their day, on another day, or not; and those made beside the plan.

    Those that a colleague covers count for the colleague, those that the cycle's manager covers for him. So the share is that of
    the indicator `plan_adherence`, over other days.
    """
    found = standing(cycle, on=on)
    n_kept, n_other, n_not_made = len(found.kept), len(found.other_day), len(found.not_made)
    return Adherence(
        n_kept + n_other + n_not_made,
        n_kept,
        n_other,
        n_not_made,
        found.n_excused,
        found.n_beside,
        sum(not row.is_explained for row in found.not_made),  # type: ignore[attr-defined]
    )


@dataclass(frozen=True, slots=True)
class Today:
    """A person's route of a day: how many visits, how many are made, and the next one."""

    cycle_id: str
    n_visits: int
    n_made: int
    next: PlannedVisit | None


def today_of(person: Person, *, on: date) -> Today | None:
    """The route of a day, those covered for others too; None where nothing is planned."""
    made = Visit.objects.filter(retailer=OuterRef("retailer"), visit_date=on, person=person).exclude(
        state=VisitState.OPEN
    )
    rows = list(
        PlannedVisit.objects.filter(person=person, visit_date=on, state__in=DUE)
        .select_related("retailer")
        .annotate(is_made=Exists(made))
        .order_by("order", "pk")
    )
    if not rows:
        return None
    left = [row for row in rows if row.state == PlannedState.PLANNED and not row.is_made]
    return Today(rows[0].cycle_id, len(rows), len(rows) - len(left), left[0] if left else None)


@dataclass(frozen=True, slots=True)
class OfRetailer:
    """What the file of a retailer tells about visits."""

    coming: list[PlannedVisit]
    last: list[Visit]


def of_retailer(retailer: Retailer, *, on: date) -> OfRetailer:
    """The visits planned from a day on and the last ones made; for whoever may see the file."""
    coming = PlannedVisit.objects.filter(retailer=retailer, visit_date__gte=on, state=PlannedState.PLANNED)
    last = Visit.objects.filter(retailer=retailer).exclude(state=VisitState.OPEN).select_related("person")
    return OfRetailer(
        list(coming.select_related("person").order_by("visit_date")[:3]),
        list(last.order_by("-visit_date", "-check_in_at")[:LAST_VISITS]),
    )


def changes_of(cycle: PlanCycle) -> QuerySet[PlanChange]:
    """The changes of a plan, the newest first."""
    return cycle.changes.select_related("by").order_by("-at", "-pk")


def covers_visible(user: User, company: Company, *, on: date) -> QuerySet[Cover]:
    """Who stands in for whom, the newest first: rows about persons of the user's scope, on either side."""
    rows = Cover.objects.filter(company=company).select_related("absent", "covering").order_by("-valid_from", "-pk")
    persons = people.persons_in_scope(user, "callplans.read", company, on=on)
    if persons is people.EVERYBODY:
        return rows
    return rows.filter(Q(absent_id__in=persons) | Q(covering_id__in=persons))


def cover_visible(user: User, company: Company, pk: int, *, on: date) -> Cover:
    """One cover that a user may see.

    Raises
    ------
    Missing : there is none, or it is out of scope; the answer is the same.
    """
    found = covers_visible(user, company, on=on).filter(pk=pk).first()
    if found is None:
        raise Missing(_("There is no such cover."))
    return found


def colleagues_of(cycle: PlanCycle, *, on: date) -> list[Person]:
    """Customer managers of the same unit who can cover, by number."""
    posts = people.customer_managers(cycle.company, on=on)
    units = set(people.postings_on(cycle.company, on=on).filter(person=cycle.person).values_list("unit_id", flat=True))
    return [post.person for post in posts.filter(unit_id__in=units).exclude(person=cycle.person)]


def retailers_held(person: Person, *, on: date) -> list[Retailer]:
    """The retailers that a person holds on a day, by licence."""
    held = Territory.objects.filter(held_on(on), person=person).values("retailer_id")
    return list(Retailer.objects.filter(pk__in=held).order_by("licence_no"))


def retailer_names(company: Company, ids: set[int]) -> dict[int, Retailer]:
    """Retailers of a company by id, for rows that name them."""
    return Retailer.objects.filter(company=company).in_bulk(ids)


def persons_by_id(company: Company, ids: set[int]) -> dict[int, Person]:
    """Persons of a company by id, for rows that name them."""
    return Person.objects.filter(company=company).in_bulk(ids)
