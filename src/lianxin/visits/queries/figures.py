"""The figures with which a record is prefilled. Field work is counted here; higher rooms offer theirs by `register`."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Count, OuterRef, Q
from django.db.models.functions import TruncDate
from django.utils.translation import gettext as _

from lianxin.foundation.models import Company
from lianxin.people.models import Person
from lianxin.retailers.models import Territory
from lianxin.retailers.queries import held_on
from lianxin.visits import clocks
from lianxin.visits.models import Photo, PlannedVisit, PolicyTold, Promise, Request, Visit
from lianxin.visits.queries.calendar import Period, bounds
from lianxin.visits.queries.planning import OWED, with_made
from lianxin.visits.queries.promises import with_charge
from lianxin.visits.states import PlaceAnswer, PlannedState, PlanState, PromiseState


@dataclass(frozen=True, slots=True)
class Prefilled:
    """A figure of a record as it stood when the record was filled. `value` None is "not enough data", never zero.

    kind : how it is written, see `ui.parts.Kind`
    source : where it comes from, in words
    url : the page that has its rows, or ""
    """

    code: str
    title: str
    value: float | None
    kind: str = "number"
    unit: str = ""
    source: str = ""
    url: str = ""
    reason: str = ""

    def as_json(self) -> dict[str, Any]:
        """What the record keeps."""
        return {name: getattr(self, name) for name in self.__slots__}


Maker = Callable[[Company, Person, Period], Sequence[Prefilled]]
_MAKERS: dict[str, Maker] = {}


def register(key: str, maker: Maker) -> None:
    """Called in a higher room's `apps.py`: further figures of a person's period, for example sales."""
    _MAKERS[key] = maker


def figures_of(company: Company, person: Person, period: Period) -> list[Prefilled]:
    """All figures of a person's period: field work first, then what higher rooms offer in the order of their keys."""
    found = list(field_work(company, person, period))
    for _key, maker in sorted(_MAKERS.items()):
        found.extend(maker(company, person, period))
    return found


def field_work(company: Company, person: Person, period: Period) -> list[Prefilled]:
    """What a person planned, did and promised in a period, counted from the rows."""
    days = {"visit_date__gte": period.first, "visit_date__lt": period.last}
    instants = bounds(period.first, period.last, company)
    made = Visit.objects.filter(company=company, person=person, **days).aggregate(
        n=Count("pk"),
        shops=Count("retailer", distinct=True),
        placed=Count("pk", filter=Q(place_answer=PlaceAnswer.CONFIRMED)),
        unplanned=Count("pk", filter=Q(planned=None, planned_date=None)),
    )
    # As plan adherence and the chart count: approved plans, made on the planned day. Drafts bind nobody.
    approved = PlannedVisit.objects.filter(company=company, person=person, cycle__state=PlanState.APPROVED, **days)
    plan = with_made(approved).aggregate(
        n=Count("pk", filter=~Q(state=PlannedState.DROPPED)),
        done=Count("pk", filter=Q(state__in=OWED, is_made=True)),
        excused=Count("pk", filter=Q(state=PlannedState.EXCUSED)),
    )
    visits = _("visits as made")
    figures = [
        Prefilled("visits", _("Visits"), made["n"], source=visits),
        Prefilled("shops", _("Shops visited"), made["shops"], source=visits),
        Prefilled("at_shop", _("Check-ins at the shop"), made["placed"], source=visits),
        Prefilled("minutes", _("Minutes in shops"), _minutes(company, person, period), source=visits),
    ]
    if plan["n"]:
        figures.append(Prefilled("planned", _("Planned visits"), plan["n"], source=_("call plan")))
        figures.append(Prefilled("planned_done", _("Planned visits made"), plan["done"], source=_("call plan")))
        figures.append(Prefilled("excused", _("Planned visits excused"), plan["excused"], source=_("call plan")))
        figures.append(Prefilled("unplanned", _("Visits outside the plan"), made["unplanned"], source=visits))
    if period.kind != "daily":
        held = _held(person, period.last)
        figures.append(Prefilled("held", _("Retailers held"), held, source=_("territories")))
        figures.append(Prefilled("not_visited", _("Retailers without a visit"), _unseen(person, period), source=visits))
    return figures + _afterwards(person, period, instants)


def _afterwards(person: Person, period: Period, instants: tuple[datetime, datetime]) -> list[Prefilled]:
    first, last = instants
    promises = Promise.objects.filter(company=person.company)
    made = promises.filter(owner=person, made_at__gte=first, made_at__lt=last).count()
    # A promise goes with the shop: overdue is what is now one's own to keep, kept what was so on the day of keeping it.
    late = with_charge(
        promises.filter(state=PromiseState.OPEN, due_on__lt=period.last), on=period.last - timedelta(days=1)
    )
    overdue = late.filter(Q(in_charge_id=person.pk)).count()
    raised = Request.objects.filter(raised_by=person, raised_at__gte=first, raised_at__lt=last).count()
    told = PolicyTold.objects.filter(person=person, told_at__gte=first, told_at__lt=last).count()
    photos = Photo.objects.filter(person=person, taken_at__gte=first, taken_at__lt=last).count()
    settled = promises.filter(state=PromiseState.KEPT, settled_at__gte=first, settled_at__lt=last)
    settled = settled.annotate(settled_on=TruncDate("settled_at", tzinfo=person.company.zone))
    kept = with_charge(settled, on=OuterRef("settled_on")).filter(Q(in_charge_id=person.pk)).count()
    rows = _("promises")
    return [
        Prefilled("promises_made", _("Promises made"), made, source=rows),
        Prefilled("promises_kept", _("Promises kept"), kept, source=rows),
        Prefilled("promises_overdue", _("Promises overdue"), overdue, source=rows),
        Prefilled("requests_raised", _("Retailers' requests raised"), raised, source=_("requests")),
        Prefilled("policies_told", _("Policies told"), told, source=_("policies told")),
        Prefilled("photos", _("Photographs"), photos, source=_("visits as made")),
    ]


def _minutes(company: Company, person: Person, period: Period) -> float:
    rows = Visit.objects.filter(
        company=company, person=person, visit_date__gte=period.first, visit_date__lt=period.last
    ).exclude(check_out_at=None)
    spans = [clocks.by_server(*row) for row in rows.values_list(*clocks.COLUMNS)]
    return round(sum((time.end - time.start).total_seconds() for time in spans if time.end is not None) / 60)


def held_at_end(person: Person, before: date) -> set[int]:
    """Ids of the retailers that a person holds at the end of the day before `before`."""
    rows = Territory.objects.filter(held_on(before - timedelta(days=1)), person=person)
    return set(rows.values_list("retailer_id", flat=True))


def _held(person: Person, before: date) -> int:
    return len(held_at_end(person, before))


def _unseen(person: Person, period: Period) -> int:
    seen = Visit.objects.filter(person=person, visit_date__gte=period.first, visit_date__lt=period.last)
    return len(held_at_end(person, period.last) - set(seen.values_list("retailer_id", flat=True)))
