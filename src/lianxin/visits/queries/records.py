"""Records that a user may see, who has handed in what, and the ledger of a person's month."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from lianxin.foundation import parameters as dated
from lianxin.foundation.errors import Missing
from lianxin.foundation.models import Company, User
from lianxin.people import queries as people
from lianxin.people.models import Person
from lianxin.visits import clocks
from lianxin.visits.models import Promise, Record, RecordVersion, Request, Visit
from lianxin.visits.queries.calendar import Period, bounds, period_of
from lianxin.visits.states import RecordKind, RecordState


def records_visible(user: User, company: Company, *, on: date) -> QuerySet[Record]:
    """Records of oneself; of others only those handed in: what is being written is its writer's own."""
    rows = Record.objects.filter(company=company).select_related("person").order_by("-period_start", "-id")
    persons = people.persons_in_scope(user, "records.read", company, on=on)
    own = rows.filter(person__user=user)
    others = rows.filter(state=RecordState.SUBMITTED)
    return own | (others if persons is people.EVERYBODY else others.filter(person_id__in=persons))


def record_visible(user: User, company: Company, record_id: str, *, on: date) -> Record:
    """One record.

    Raises
    ------
    Missing : there is none, or the user may not see it.
    """
    record = records_visible(user, company, on=on).filter(pk=record_id).first()
    if record is None:
        raise Missing(_("There is no such record."))
    return record


def record_of(person: Person, period: Period) -> Record | None:
    """A person's record of a period, if it was begun."""
    return Record.objects.filter(person=person, kind=period.kind, period_start=period.first).first()


def versions_of(record: Record) -> QuerySet[RecordVersion]:
    """What was handed in, oldest first."""
    return record.versions.order_by("submitted_at", "pk")


def periods_now(company: Company, *, on: date) -> list[Period]:
    """The day, week and month in which a day lies, each after the one before it while that one is not past its deadline."""
    parameters = dated.in_force(company, on=on)
    found = []
    for kind in RecordKind:
        now = period_of(kind, on, company, parameters)
        before = period_of(kind, now.first - timedelta(days=1), company, parameters)
        found += [before, now] if before.due_at.astimezone(company.zone).date() >= on else [now]
    return found


def to_write(person: Person, *, on: date) -> list[tuple[Period, Record | None]]:
    """The periods of which a person may write now, with what was begun; an earlier one only until it is handed in."""
    found = [(period, record_of(person, period)) for period in periods_now(person.company, on=on)]
    return [
        (period, record)
        for period, record in found
        if period.last > on or (period.is_owed and (record is None or record.state != RecordState.SUBMITTED))
    ]


@dataclass(frozen=True, slots=True)
class HandedIn:
    """Where a customer manager's record of a period stands. `record` None: not begun."""

    person: Person
    unit: str
    record: Record | None
    due_at: datetime
    answer: str


def handed_in(user: User, company: Company, period: Period, *, on: date, at: datetime) -> list[HandedIn]:
    """Every customer manager of the user's scope with what was handed in: `in_time`, `late`, `missing`, `not_due` or `not_owed`."""
    persons = people.persons_in_scope(user, "records.read", company, on=on)
    postings = people.customer_managers(company, on=min(period.last, max(period.first, on)))
    if persons is not people.EVERYBODY:
        postings = postings.filter(person_id__in=persons)
    found = {
        row.person_id: row
        for row in Record.objects.filter(
            company=company, kind=period.kind, period_start=period.first, state=RecordState.SUBMITTED
        )
    }
    return [
        HandedIn(
            posting.person,
            posting.unit.code,
            found.get(posting.person_id),
            period.due_at,
            _standing(found.get(posting.person_id), period, at),
        )
        for posting in postings
    ]


def _standing(record: Record | None, period: Period, at: datetime) -> str:
    if record is not None and record.submitted_at is not None:
        return "in_time" if record.submitted_at <= period.due_at else "late"
    if not period.is_owed:
        return "not_owed"
    return "missing" if at > period.due_at else "not_due"


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of the running ledger: when, what, at whom, in which words."""

    key: str
    at: datetime
    kind: str
    retailer: str
    text: str
    visit_id: str = ""


def ledger(person: Person, company: Company, first: date, last: date) -> list[Entry]:
    """What a person did and wrote down from a day until a day (exclusive), oldest first."""
    return sorted(_entries(person, company, first, last), key=lambda entry: (entry.at, entry.key))


def _entries(person: Person, company: Company, first: date, last: date) -> Iterator[Entry]:
    start, end = bounds(first, last, company)
    visits = Visit.objects.filter(company=company, person=person, visit_date__gte=first, visit_date__lt=last)
    for visit in visits.select_related("retailer").iterator(chunk_size=2000):
        yield Entry(f"v{visit.pk}", clocks.of_visit(visit).start, _("Visit"), visit.retailer.name, visit.note, visit.pk)
    promises = Promise.objects.filter(owner=person, made_at__gte=start, made_at__lt=end)
    for promise in promises.select_related("retailer"):
        yield Entry(f"p{promise.pk}", promise.made_at, _("Promise"), promise.retailer.name, promise.text)
    requests = Request.objects.filter(raised_by=person, raised_at__gte=start, raised_at__lt=end)
    for request in requests.select_related("retailer"):
        yield Entry(f"r{request.pk}", request.raised_at, _("Retailer's request"), request.retailer.name, request.text)
    records = Record.objects.filter(
        person=person, state=RecordState.SUBMITTED, submitted_at__gte=start, submitted_at__lt=end
    )
    for record in records:
        assert record.submitted_at is not None
        yield Entry(f"d{record.pk}", record.submitted_at, record.get_kind_display(), "", record.words)


def ledger_persons(user: User, company: Company, *, on: date) -> list[Person]:
    """Whose ledgers a user may read."""
    persons = people.persons_in_scope(user, "records.read", company, on=on)
    postings = people.customer_managers(company, on=on)
    if persons is not people.EVERYBODY:
        postings = postings.filter(person_id__in=persons)
    return [posting.person for posting in postings]


def searched(rows: QuerySet[Record], text: str) -> QuerySet[Record]:
    """The records whose words or writer's name hold a text."""
    return rows.filter(Q(words__icontains=text) | Q(person__name__icontains=text))
