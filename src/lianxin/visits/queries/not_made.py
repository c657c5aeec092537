"""Planned visits whose day is over without being made: which ones, why, and until when it can be said."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import Exists, OuterRef, Q

from lianxin.core.parameters import value_of
from lianxin.foundation import parameters as dated
from lianxin.foundation.models import Company
from lianxin.people.models import Person
from lianxin.visits.models import NotMade, PlanCycle, PlannedVisit, Visit
from lianxin.visits.queries.planning import standing, with_made
from lianxin.visits.states import PlannedState, PlanState, VisitState


def days_to_say(company: Company, *, on: date) -> int:
    """How many days after a planned visit it can be said at least why it was not made."""
    return int(value_of(dated.in_force(company, on=on), "field.not_made_days"))


def last_day_to_say(visit: PlannedVisit, days: int) -> date:
    """The last day on which it can be said why a visit was not made: that of the plan, or `days` later, whichever is later."""
    return max(visit.cycle.ends_on - timedelta(days=1), visit.visit_date + timedelta(days=days))


def is_made(visit: PlannedVisit) -> bool:
    """Whether somebody was at the retailer on the planned day."""
    made = Visit.objects.filter(retailer_id=visit.retailer_id, visit_date=visit.visit_date).exclude(
        state=VisitState.OPEN
    )
    return visit.state == PlannedState.DONE or made.exists()


def said_of(visits: Iterable[PlannedVisit]) -> dict[str, NotMade]:
    """Planned visit -> what was said last about why it was not made."""
    rows = NotMade.objects.filter(planned__in=[visit.pk for visit in visits]).select_related("person")
    return {row.planned_id: row for row in rows.order_by("received_at", "pk")}


@dataclass(frozen=True, slots=True)
class ToExplain:
    """A visit of which nobody has said yet why it was not made, and the last day for saying so."""

    visit: PlannedVisit
    until: date


def to_explain(person: Person, *, on: date) -> list[ToExplain]:
    """The visits that a person was to make and did not, on no other day either, while it can still be said why; oldest first."""
    days = days_to_say(person.company, on=on)
    recent = Q(cycle__ends_on__gt=on) | Q(visit_date__gte=on - timedelta(days=days))
    rows = PlannedVisit.objects.filter(
        recent,
        person=person,
        # A visit whose excuse nobody agreed to yet is owed, so its reason is asked for too.
        state__in=(PlannedState.PLANNED, PlannedState.PENDING),
        cycle__state=PlanState.APPROVED,
        visit_date__lt=on,
    ).exclude(Exists(NotMade.objects.filter(planned=OuterRef("pk"))))
    asked = with_made(rows).select_related("cycle", "retailer").order_by("visit_date", "order")
    found = [row for row in asked if not row.is_made]  # type: ignore[attr-defined]
    if not found:
        return []
    cycles = PlanCycle.objects.filter(person=person, starts_on__lt=on, ends_on__gt=found[0].visit_date)
    other_day = {row.pk for cycle in cycles for row in standing(cycle, on=on).other_day}
    return [ToExplain(row, last_day_to_say(row, days)) for row in found if row.pk not in other_day]
