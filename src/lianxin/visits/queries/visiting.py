"""Reads of visits as made, scoped to who asks; and all that is kept about a person."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.db.models import Count, Max, Q, QuerySet
from django.utils.translation import gettext as _

from lianxin.foundation.errors import Missing
from lianxin.foundation.models import Company, User
from lianxin.goods.models import Product
from lianxin.people import queries as people
from lianxin.people.models import Person
from lianxin.visits.models import (
    CareNote,
    DayQuestion,
    Photo,
    PolicyTold,
    Position,
    PositionConsent,
    Promise,
    Record,
    Request,
    Visit,
)
from lianxin.visits.states import ActionKind, PlaceAnswer


def visits_visible(user: User, company: Company, *, on: date) -> QuerySet[Visit]:
    """The visits that a user may see: one's own, one's unit's, or the company's."""
    rows = Visit.objects.filter(company=company).select_related("person", "retailer", "visit_type", "theme")
    persons = people.persons_in_scope(user, "visits.read", company, on=on)
    return rows if persons is people.EVERYBODY else rows.filter(person_id__in=persons)


def steps_beside(company: Company, first: date, until: date) -> Counter[str]:
    """How many kinds of records of their own the visits of some days have: promises, requests, policies told. `until` excluded."""
    made = Visit.objects.filter(company=company, visit_date__gte=first, visit_date__lt=until).values("pk")
    found: Counter[str] = Counter()
    for model in (Promise, Request, PolicyTold):
        found.update(model.objects.filter(visit_id_said__in=made).values_list("visit_id_said", flat=True).distinct())
    return found


def visit_visible(user: User, company: Company, visit_id: str, *, on: date) -> Visit:
    """One visit.

    Raises
    ------
    Missing : there is none, or the user may not see it.
    """
    visit = visits_visible(user, company, on=on).filter(pk=visit_id).first()
    if visit is None:
        raise Missing(_("There is no such visit among those you may see."))
    return visit


def photo_visible(user: User, company: Company, photo_id: str, *, on: date) -> Photo:
    """A photograph, for whoever may see the visits of who took it. Without `path` its file was deleted after its time.

    Raises
    ------
    Missing : there is none, or the user may not see it.
    """
    persons = people.persons_in_scope(user, "visits.read", company, on=on)
    rows = Photo.objects.filter(company=company, pk=photo_id)
    photo = (rows if persons is people.EVERYBODY else rows.filter(person_id__in=persons)).first()
    if photo is None:
        raise Missing(_("There is no such photograph among those you may see."))
    return photo


def newest_month(rows: QuerySet[Visit]) -> date | None:
    """The month of the newest of some visits."""
    newest: date | None = rows.aggregate(newest=Max("visit_date"))["newest"]
    return newest.replace(day=1) if newest else None


@dataclass(frozen=True, slots=True)
class Counts:
    """What some visits amount to, counted from the rows. `n_told`: those whose position could tell."""

    n: int
    n_shops: int
    n_planned: int
    n_confirmed: int
    n_told: int
    n_not_held: int


def counts(rows: QuerySet[Visit]) -> Counts:
    """Counts of visits."""
    found = rows.order_by().aggregate(
        n=Count("pk"),
        n_shops=Count("retailer_id", distinct=True),
        n_planned=Count("pk", filter=~Q(planned_date=None)),
        n_confirmed=Count("pk", filter=Q(place_answer=PlaceAnswer.CONFIRMED)),
        n_told=Count("pk", filter=Q(place_answer__in=(PlaceAnswer.CONFIRMED, PlaceAnswer.NOT_CONFIRMED))),
        n_not_held=Count("pk", filter=Q(held_at_visit=False)),
    )
    return Counts(**found)


def persons_of(rows: QuerySet[Visit]) -> list[tuple[int, str]]:
    """Who made some visits, by name."""
    return list(rows.order_by("person__name").values_list("person_id", "person__name").distinct())


def photos_of(visit: Visit) -> QuerySet[Photo]:
    """The photographs of a visit, oldest first. One without `path` was deleted after its time: its file, not what it told."""
    return (
        Photo.objects.filter(company=visit.company, visit_id_said=visit.pk)
        .select_related("seen_before", "person")
        .order_by("taken_at", "pk")
    )


def positions_of(visit: Visit) -> QuerySet[Position]:
    """The positions of a visit that are still kept."""
    return visit.positions.order_by("pk")


def product_names(ids: Sequence[int]) -> dict[int, str]:
    """Names of products."""
    return dict(Product.objects.filter(pk__in=ids).values_list("pk", "name"))


def question_texts(ids: Sequence[int]) -> dict[int, str]:
    """Texts of the questions of the day."""
    return dict(DayQuestion.objects.filter(pk__in=ids).values_list("pk", "text"))


def left_behind(visit: Visit) -> tuple[list[Promise], list[Request], list[PolicyTold]]:
    """What a visit left behind: promises made, requests raised, policies told in it."""
    return (
        list(Promise.objects.filter(company=visit.company, visit_id_said=visit.pk).order_by("pk")),
        list(Request.objects.filter(company=visit.company, visit_id_said=visit.pk).order_by("pk")),
        list(
            PolicyTold.objects.filter(policy__company=visit.company, visit_id_said=visit.pk)
            .select_related("policy")
            .order_by("pk")
        ),
    )


def short_since(visit: Visit) -> dict[int, date]:
    """By product, the day since when the shop could not get it, as a stock count of the visit says of its empty shelves."""
    rows = visit.actions.filter(kind=ActionKind.STOCK_COUNT, skipped_because="").order_by("place")
    return {
        line["product_id"]: date.fromisoformat(line["short_since"])
        for body in rows.values_list("body", flat=True)
        for line in body.get("lines") or ()
        if line.get("short_since")
    }


@dataclass(frozen=True, slots=True)
class AboutPerson:
    """All that field work keeps about a person."""

    person: Person
    consents: list[PositionConsent]
    positions: QuerySet[Position]
    n_visits: int
    n_photos: int
    n_photos_deleted: int
    n_promises: int
    n_requests: int
    n_records: int
    n_care_notes: int


def about(person: Person) -> AboutPerson:
    """All that field work keeps about a person, for that person."""
    return AboutPerson(
        person=person,
        consents=list(PositionConsent.objects.filter(person=person).order_by("-given_at")),
        positions=Position.objects.filter(visit__person=person).select_related("visit", "visit__retailer"),
        n_visits=Visit.objects.filter(person=person).count(),
        n_photos=Photo.objects.filter(person=person).count(),
        n_photos_deleted=Photo.objects.filter(person=person, path="").count(),
        n_promises=Promise.objects.filter(owner=person).count(),
        n_requests=Request.objects.filter(raised_by=person).count(),
        n_records=Record.objects.filter(person=person).count(),
        n_care_notes=CareNote.objects.filter(person=person).count(),
    )
