"""Records by API: what is due, drafts and versions, who has handed in, and the running ledger."""

from datetime import date, datetime
from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _
from ninja import Router, Schema
from pydantic import Field

from lianxin.foundation import clock
from lianxin.foundation import parameters as dated
from lianxin.foundation.api import REFUSED
from lianxin.foundation.context import company_of, user_of
from lianxin.foundation.errors import Missing, Refused, not_one_of
from lianxin.foundation.gate import needs
from lianxin.people import queries as people
from lianxin.visits.actions import records as actions
from lianxin.visits.models import Record
from lianxin.visits.queries import record_pictures
from lianxin.visits.queries import records as queries
from lianxin.visits.queries.calendar import Period, end_of, period_of
from lianxin.visits.screens.days import known_day
from lianxin.visits.screens.visits import me
from lianxin.visits.states import RecordKind

router = Router(tags=["records"])


class RecordPhotoOut(Schema):
    id: str
    visit_id: str
    retailer: str
    taken_at: datetime
    is_deleted: bool = Field(description="its file was deleted after its time")
    url: str

    @staticmethod
    def of(record: Record, one: record_pictures.Shown) -> dict[str, Any]:
        return {
            "id": one.photo.pk,
            "visit_id": one.photo.visit_id_said,
            "retailer": one.retailer,
            "taken_at": one.photo.taken_at,
            "is_deleted": not one.photo.path,
            "url": reverse("visits:record_photo", args=[record.pk, one.photo.pk]),
        }


class RecordOut(Schema):
    id: str
    employee_no: str
    kind: str
    period_start: date
    due_at: datetime
    state: str
    submitted_at: datetime | None
    words: str
    figures: dict[str, Any] = Field(description="the figures (rows) and charts with which it was filled, and when")
    photo_ids: list[str] = Field(description="photographs that it shows, see `/records/{record_id}/photos`")

    @staticmethod
    def resolve_employee_no(row: Record) -> str:
        return row.person.employee_no


class RecordIn(Schema):
    kind: str
    day: date
    words: str
    photo_ids: list[str] = Field(default=[], description="of your own visits of the period, at most six")


class BeginIn(Schema):
    kind: RecordKind
    day: date = Field(description="any day of the period")


class OwnWordsIn(Schema):
    words: str
    photo_ids: list[str] | None = Field(
        default=None, description="of your own visits of the period, at most six; null leaves those chosen before"
    )


class RecordVersionOut(Schema):
    words: str
    photo_ids: list[str]
    submitted_at: datetime


class DueOut(Schema):
    kind: RecordKind
    first: date
    last: date = Field(description="exclusive")
    due_at: datetime
    is_owed: bool = Field(description="false: it has no working day")
    record_id: str | None = Field(description="null: not begun")
    state: str | None


class HandedInOut(Schema):
    employee_no: str
    name: str
    unit: str
    due_at: datetime
    answer: str = Field(description="in_time, late, missing, not_due, or not_owed of days off")
    record_id: str | None
    submitted_at: datetime | None


class EntryOut(Schema):
    at: datetime
    kind: str = Field(description="what it is, in words")
    retailer: str
    text: str
    visit_id: str


def _period(request: HttpRequest, kind: RecordKind, day: date) -> Period:
    company, day = company_of(request), known_day(day, field="day")
    return period_of(kind, day, company, dated.in_force(company, on=day))


def _visible(request: HttpRequest, record_id: str) -> Record:
    company = company_of(request)
    return queries.record_visible(user_of(request), company, record_id, on=clock.today(company))


@router.get("/records", response=list[RecordOut])
@needs("records.read")
def list_records(request: HttpRequest, kind: str = "", after: str = "", limit: int = 100) -> Any:
    """Records that you may read, newest id first; `after` is the id of the last one you have."""
    company = company_of(request)
    rows = queries.records_visible(user_of(request), company, on=clock.today(company)).order_by("-id")
    rows = rows.filter(kind=kind) if kind else rows
    rows = rows.filter(id__lt=after) if after else rows
    return rows[: max(1, min(limit, 1000))]


@router.post("/records", response=RecordOut)
@needs("records.write")
def hand_in_record(request: HttpRequest, given: RecordIn) -> Any:
    """Begin the record of the period in which `day` lies and hand it in."""
    user = user_of(request)
    person = people.person_of(user)
    if person is None:
        raise Refused(_("Your account is not joined to a person of the company. Ask the administrator."))
    if given.kind not in RecordKind.values:
        raise not_one_of("kind", RecordKind.values)
    period = _period(request, RecordKind(given.kind), given.day)
    return actions.hand_in(
        person=person, period=period, words=given.words, photo_ids=given.photo_ids, by=user, at=clock.now()
    )


@router.get("/records/due", response={200: list[DueOut], **REFUSED})
@needs("records.write")
def records_due(request: HttpRequest) -> Any:
    """What you are to write now: today's log, this week's note, this month's analysis, and those before that are still due."""
    found = queries.to_write(me(request), on=clock.today(company_of(request)))
    return [
        {
            **{name: getattr(period, name) for name in ("kind", "first", "last", "due_at", "is_owed")},
            "record_id": row.pk if row else None,
            "state": row.state if row else None,
        }
        for period, row in found
    ]


@router.post("/records/drafts", response={200: RecordOut, **REFUSED})
@needs("records.write")
def begin_record(request: HttpRequest, given: BeginIn) -> Any:
    """The draft of a period, filled with its figures as they stand; one that you began before is filled anew."""
    period = _period(request, given.kind, given.day)
    return actions.begin(person=me(request), period=period, by=user_of(request), at=clock.now())


@router.get("/records/handed-in", response={200: list[HandedInOut], **REFUSED})
@needs("records.read")
def records_handed_in(request: HttpRequest, kind: RecordKind, day: date) -> Any:
    """Which customer managers of your scope have handed in the record of the period in which a day lies."""
    company, at = company_of(request), clock.now()
    rows = queries.handed_in(
        user_of(request), company, _period(request, kind, day), on=clock.today(company), at=at
    )  # fmt: skip
    return [
        {
            "employee_no": row.person.employee_no,
            "name": row.person.name,
            "unit": row.unit,
            "due_at": row.due_at,
            "answer": row.answer,
            "record_id": row.record.pk if row.record else None,
            "submitted_at": row.record.submitted_at if row.record else None,
        }
        for row in rows
    ]


@router.get("/records/ledger", response={200: list[EntryOut], **REFUSED})
@needs("records.read")
def records_ledger(request: HttpRequest, employee_no: str, first: date, last: date) -> Any:
    """What a customer manager did and wrote down from a day until a day (exclusive), the oldest first."""
    company = company_of(request)
    persons = queries.ledger_persons(user_of(request), company, on=clock.today(company))
    person = next((one for one in persons if one.employee_no == employee_no), None)
    if person is None:
        raise Missing(_("There is nobody with this number whose ledger you may read."), field="employee_no")
    if last < first:
        raise Refused(_("The last day is before the first."), field="last")
    return queries.ledger(person, company, known_day(first, field="first"), known_day(last, field="last"))


@router.get("/records/{record_id}", response={200: RecordOut, **REFUSED})
@needs("records.read")
def get_record(request: HttpRequest, record_id: str) -> Any:
    """One record: your own, or one that was handed in by somebody of your scope."""
    return _visible(request, record_id)


@router.put("/records/{record_id}", response={200: RecordOut, **REFUSED})
@needs("records.write")
def keep_record(request: HttpRequest, record_id: str, given: OwnWordsIn) -> Any:
    """Keep the words of a draft for going on later; nobody else sees them."""
    row = _visible(request, record_id)
    return actions.keep(record=row, words=given.words, photo_ids=given.photo_ids, by=user_of(request), at=clock.now())


@router.post("/records/{record_id}/submit", response={200: RecordOut, **REFUSED})
@needs("records.write")
def submit_record(request: HttpRequest, record_id: str, given: OwnWordsIn) -> Any:
    """Hand a record in with your own words, or hand in a new version. The first one decides whether it was in time."""
    row = _visible(request, record_id)
    return actions.submit(record=row, words=given.words, photo_ids=given.photo_ids, by=user_of(request), at=clock.now())


@router.get("/records/{record_id}/photos", response={200: list[RecordPhotoOut], **REFUSED})
@needs("records.read")
def list_photos_of_record(request: HttpRequest, record_id: str) -> Any:
    """The photographs that a record shows, those whose files were deleted after their time among them."""
    row = _visible(request, record_id)
    return [RecordPhotoOut.of(row, one) for one in record_pictures.photos_of(row)]


@router.get("/records/{record_id}/photos/choices", response={200: list[RecordPhotoOut], **REFUSED})
@needs("records.write")
def list_photos_to_choose(request: HttpRequest, record_id: str) -> Any:
    """Photographs of your own visits of the period that a record of yours may show, the newest first."""
    row = _visible(request, record_id)
    if row.person_id != me(request).pk:
        raise Missing(_("There is no such record."))
    until = end_of(RecordKind(row.kind), row.period_start)
    own = record_pictures.photos_to_choose(row.person, row.period_start, until)
    return [
        {**RecordPhotoOut.of(row, one), "url": reverse("visits:photo", args=[one.photo.pk])}
        for one in record_pictures.shown(list(own[: record_pictures.OFFERED_PHOTOS]))
    ]


@router.get("/records/{record_id}/versions", response={200: list[RecordVersionOut], **REFUSED})
@needs("records.read")
def list_versions_of_record(request: HttpRequest, record_id: str) -> Any:
    """Every text as it was handed in, the oldest first."""
    return list(queries.versions_of(_visible(request, record_id)))
