"""Retailers' requests that a user may see, and which problems are common."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, timedelta
from statistics import median
from typing import Any, Final

from django.db.models import Count, Q, QuerySet
from django.utils.translation import gettext as _

from lianxin.foundation.errors import Denied, Missing
from lianxin.foundation.models import Company, User
from lianxin.people import queries as people
from lianxin.people.models import Person, Posting, Unit
from lianxin.visits.models import Request, RequestEvent
from lianxin.visits.queries.calendar import bounds
from lianxin.visits.states import RequestState

WAITING: Final = (RequestState.OPEN, RequestState.REOPENED)
# What a retailer wrote itself is answered on its own page; nobody carries the answer there.
TO_BE_TAKEN: Final = Q(state=RequestState.ANSWERED, raised_by__isnull=False)
# Below this many answers a middle says nothing about how long a topic takes.
MINIMUM_ANSWERED: Final = 5


def requests_visible(user: User, company: Company, *, on: date) -> QuerySet[Request]:
    """The requests raised by persons in a user's scope, and those that the user owns; the earliest due first."""
    rows = Request.objects.filter(company=company).select_related("retailer", "raised_by", "owner", "office")
    rows = rows.order_by("due_on", "id")
    persons = people.persons_in_scope(user, "requests.read", company, on=on)
    return rows if persons is people.EVERYBODY else rows.filter(Q(raised_by_id__in=persons) | Q(owner__user=user))


def request_visible(user: User, company: Company, request_id: str, *, on: date) -> Request:
    """One request.

    Raises
    ------
    Missing : there is none, or the user may not see it.
    """
    request = requests_visible(user, company, on=on).filter(pk=request_id).first()
    if request is None:
        raise Missing(_("There is no such request of a retailer."))
    return request


def standing(rows: QuerySet[Request], which: str, user: User, *, on: date) -> QuerySet[Request]:
    """Narrowed to `mine` (waiting for this user), `waiting`, `overdue`, `answered` (to be taken to the retailer), `unsettled`."""
    if which == "mine":
        return rows.filter(state__in=WAITING, owner__user=user)
    if which == "waiting":
        return rows.filter(state__in=WAITING)
    if which == "overdue":
        return rows.filter(state__in=WAITING, due_on__lt=on)
    if which == "unsettled":
        return rows.exclude(state=RequestState.CONFIRMED)
    return rows.filter(TO_BE_TAKEN) if which == "answered" else rows


def counts(rows: QuerySet[Request], user: User, *, on: date) -> dict[str, int]:
    """How many stand where; keys as in `standing`."""
    waiting = Q(state__in=WAITING)
    found: dict[str, int] = rows.order_by().aggregate(
        mine=Count("pk", filter=waiting & Q(owner__user=user)),
        waiting=Count("pk", filter=waiting),
        overdue=Count("pk", filter=waiting & Q(due_on__lt=on)),
        answered=Count("pk", filter=TO_BE_TAKEN),
    )
    return found


def waiting_for(user: User, company: Company) -> int:
    """How many requests wait for this user's own answer."""
    return Request.objects.filter(company=company, owner__user=user, state__in=WAITING).count()


def events_of(request: Request) -> QuerySet[RequestEvent]:
    """The steps of a request's life, oldest first."""
    return request.events.select_related("by").order_by("at", "pk")


@dataclass(frozen=True, slots=True)
class Topic:
    """What is asked about, how often, and how long it waits. `median_days` None below five answers."""

    topic: str
    n: int
    n_retailers: int
    n_managers: int
    waiting: int
    reopened: int
    n_answered: int
    median_days: float | None


def topics_asked(user: User, company: Company, *, first: date, last: date, on: date) -> list[Topic]:
    """Topics of the requests raised from a day until a day (exclusive), the most retailers first."""
    start, end = bounds(first, last, company)
    rows = requests_visible(user, company, on=on).filter(raised_at__gte=start, raised_at__lt=end).order_by()
    summed = rows.values("topic").annotate(
        n=Count("pk"),
        n_retailers=Count("retailer", distinct=True),
        n_managers=Count("raised_by", distinct=True),
        waiting=Count("pk", filter=Q(state__in=WAITING)),
        reopened=Count("pk", filter=Q(state=RequestState.REOPENED)),
    )
    days: dict[str, list[float]] = defaultdict(list)
    for topic, raised, answered in rows.exclude(answered_at=None).values_list("topic", "raised_at", "answered_at"):
        if answered is not None:
            days[topic].append((answered - raised) / timedelta(days=1))
    topics = [_topic(dict(row), days[row["topic"]]) for row in summed]
    return sorted(topics, key=lambda one: (-one.n_retailers, -one.n, one.topic))


def _topic(row: dict[str, Any], days: list[float]) -> Topic:
    middle = median(days) if len(days) >= MINIMUM_ANSWERED else None
    return Topic(n_answered=len(days), median_days=middle, **row)


def who_may_own(user: User, company: Company, *, on: date) -> QuerySet[Posting]:
    """Posts to which a user may pass a request: everyone but customer managers of other units; offices name their people."""
    try:
        people.persons_in_scope(user, "requests.answer", company, on=on)
    except Denied:
        return Posting.objects.none()
    rows = people.postings_on(company, on=on).select_related("person", "unit")
    return rows.exclude(post="customer_manager").order_by("unit__code", "person__employee_no")


def person_and_unit(posting_id: str, user: User, company: Company, *, on: date) -> tuple[Person, Unit]:
    """Who is meant by a post chosen on the page.

    Raises
    ------
    Missing : not one of those offered.
    """
    if not posting_id.isdecimal():
        raise Missing(_("There is no such post."))
    posting = who_may_own(user, company, on=on).filter(pk=int(posting_id)).first()
    if posting is None:
        raise Missing(_("There is no such post."))
    return posting.person, posting.unit
