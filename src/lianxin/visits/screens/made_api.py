"""Visits as made by API: the list, one visit with what was done in it, its photographs, and what is kept about oneself."""

from datetime import date, datetime
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from ninja import Query, Router, Schema
from pydantic import Field

from lianxin.core.parameters import value_of
from lianxin.foundation import clock
from lianxin.foundation import parameters as dated
from lianxin.foundation.api import REFUSED, Asked, Page, page_of
from lianxin.foundation.context import company_of, user_of
from lianxin.foundation.gate import needs
from lianxin.visits import clocks
from lianxin.visits.actions import consent as consent_actions
from lianxin.visits.limits import consent_purpose
from lianxin.visits.models import Photo, PolicyTold, Position, Visit
from lianxin.visits.queries import visiting as queries
from lianxin.visits.screens import visit_words
from lianxin.visits.screens.visits import me, picture
from lianxin.visits.states import PlaceAnswer, VisitState

router = Router(tags=["visits made"])


class VisitOut(Schema):
    id: str
    employee_no: str
    licence_no: str
    retailer: str
    visit_date: date = Field(description="in the company's time zone")
    state: VisitState
    check_in_at: datetime = Field(description="by the phone's clock")
    check_out_at: datetime | None = Field(description="by the phone's clock; null: none was recorded")
    start_at: datetime | None = Field(description="check-in by the server's clock; null: nobody can tell")
    end_at: datetime | None = Field(description="check-out by the server's clock; null: none, or nobody can tell")
    received_at: datetime = Field(description="by the server's clock")
    clock_offset_seconds: int | None = Field(description="server minus phone, when they were last in touch")
    place_answer: PlaceAnswer = Field(description="what the position at check-in says; never proof")
    distance_metres: float | None = Field(description="from the shop's point, at check-in")
    planned_id: str | None
    planned_date: date | None
    visit_type: str | None = Field(description="code of the type of visit")
    theme: str | None
    n_answers: int | None = Field(description="questions answered; null: none was asked, or nobody wrote it down")
    note: str
    held_at_visit: bool = Field(description="whether the person held or covered the shop that day")
    marks: list[str] = Field(description="what is worth knowing of it; blames nobody and lowers nothing")

    @staticmethod
    def resolve_start_at(row: Visit) -> datetime | None:
        times = clocks.of_visit(row)
        return times.start if times.is_known else None

    @staticmethod
    def resolve_end_at(row: Visit) -> datetime | None:
        return clocks.of_visit(row).end

    @staticmethod
    def resolve_employee_no(row: Visit) -> str:
        return row.person.employee_no

    @staticmethod
    def resolve_licence_no(row: Visit) -> str:
        return row.retailer.licence_no

    @staticmethod
    def resolve_retailer(row: Visit) -> str:
        return row.retailer.name

    @staticmethod
    def resolve_visit_type(row: Visit) -> str | None:
        return row.visit_type.code if row.visit_type else None

    @staticmethod
    def resolve_theme(row: Visit) -> str | None:
        return row.theme.title if row.theme else None


class VisitPage(Page):
    rows: list[VisitOut]


class DoneOut(Schema):
    kind: str
    title: str
    at: datetime | None
    skipped_because: str
    lines: list[str] = Field(description="what came of it, in words")
    body: dict[str, Any] = Field(description="what came of it, as it was recorded")


class FixOut(Schema):
    """How good a position was; not where."""

    moment: str
    source: str
    accuracy_metres: float | None
    fix_age_seconds: float | None
    taken_at: datetime


class PhotoOut(Schema):
    id: str
    visit_id: str
    employee_no: str
    action_kind: str
    taken_at: datetime
    received_at: datetime
    sha256: str
    n_bytes: int
    width: int
    height: int
    seen_before: str | None = Field(description="an earlier photograph that it is like")
    is_deleted: bool = Field(description="its file was deleted after its time; what was concluded from it stays")

    @staticmethod
    def resolve_visit_id(row: Photo) -> str:
        return row.visit_id_said

    @staticmethod
    def resolve_employee_no(row: Photo) -> str:
        return row.person.employee_no

    @staticmethod
    def resolve_seen_before(row: Photo) -> str | None:
        return row.seen_before_id

    @staticmethod
    def resolve_is_deleted(row: Photo) -> bool:
        return not row.path


class LeftOut(Schema):
    id: str
    text: str
    state: str


class ToldOut(Schema):
    policy_id: int
    title: str
    told_at: datetime
    understood: bool | None = Field(description="null: its question was not put")

    @staticmethod
    def resolve_title(row: PolicyTold) -> str:
        return row.policy.title


class VisitFile(Schema):
    visit: VisitOut
    actions: list[DoneOut]
    positions: list[FixOut] = Field(description="those still kept")
    photos: list[PhotoOut]
    promises: list[LeftOut]
    requests: list[LeftOut]
    policies_told: list[ToldOut]


class VisitsAsked(Asked):
    first: date | None = Field(None, description="visits from this day on")
    last: date | None = Field(None, description="visits before this day")
    employee_no: str = ""
    licence_no: str = ""
    state: VisitState | None = None
    place: PlaceAnswer | None = None
    planned: bool | None = Field(None, description="only those in a plan, or only those in none")

    def narrowed(self, rows: QuerySet[Visit]) -> QuerySet[Visit]:
        """Of some visits those that are asked for."""
        told = {
            "visit_date__gte": self.first,
            "visit_date__lt": self.last,
            "person__employee_no": self.employee_no or None,
            "retailer__licence_no": self.licence_no or None,
            "state": self.state,
            "place_answer": self.place,
            "planned_date__isnull": None if self.planned is None else not self.planned,
        }
        return rows.filter(**{name: value for name, value in told.items() if value is not None})


class ConsentOut(Schema):
    purpose: str
    given_at: datetime
    withdrawn_at: datetime | None


class AboutOut(Schema):
    purpose: str = Field(description="what you read before you consent")
    days: int = Field(description="how many days positions are kept")
    consents: list[ConsentOut] = Field(description="the newest first")
    n_positions: int
    n_visits: int
    n_photos: int
    n_photos_deleted: int = Field(description="of them, how many files were deleted after their time")
    n_promises: int
    n_requests: int
    n_records: int
    n_care_notes: int


class OwnPositionOut(FixOut):
    visit_id: str
    latitude: float
    longitude: float


class OwnPositionPage(Page):
    rows: list[OwnPositionOut]


class WithdrawnOut(Schema):
    n_positions_deleted: int


@router.get("/visits", response={200: VisitPage, **REFUSED})
@needs("visits.read")
def list_visits(request: HttpRequest, asked: Query[VisitsAsked]) -> Any:
    """Visits as made, of those whose visits you may see: your own, your unit's, or the company's; the highest id first."""
    company = company_of(request)
    rows = asked.narrowed(queries.visits_visible(user_of(request), company, on=clock.today(company)))
    found, following = page_of(rows, after=asked.after, limit=asked.rows, newest_first=True)
    return {"rows": found, "next": following, "total": rows.count()}


@router.get("/visits/{visit_id}", response={200: VisitFile, **REFUSED})
@needs("visits.read")
def get_visit(request: HttpRequest, visit_id: str) -> Any:
    """One visit: what was done in it, how good its positions were, its photographs, and what it left behind."""
    company = company_of(request)
    row = queries.visit_visible(user_of(request), company, visit_id, on=clock.today(company))
    promises, requests, told = queries.left_behind(row)
    return {
        "visit": row,
        "actions": visit_words.done_in(row),
        "positions": list(queries.positions_of(row)),
        "photos": list(queries.photos_of(row)),
        "promises": promises,
        "requests": requests,
        "policies_told": told,
    }


@router.get("/photos/{photo_id}", response={200: PhotoOut, **REFUSED})
@needs("visits.read")
def get_photo(request: HttpRequest, photo_id: str) -> Any:
    """What is known of a photograph, for whoever may see the visits of who took it."""
    company = company_of(request)
    return queries.photo_visible(user_of(request), company, photo_id, on=clock.today(company))


@router.get(
    "/photos/{photo_id}/file",
    response=REFUSED,
    openapi_extra={"responses": {200: {"description": "The file", "content": {"image/jpeg": {}}}}},
)
@needs("visits.read")
def get_photo_file(request: HttpRequest, photo_id: str) -> HttpResponseBase:
    """The photograph itself."""
    company = company_of(request)
    return picture(queries.photo_visible(user_of(request), company, photo_id, on=clock.today(company)))


@router.get("/about-me", response={200: AboutOut, **REFUSED})
@needs("positions.own")
def about_me(request: HttpRequest) -> Any:
    """What field work keeps about you, and your consents to positions; questions are under `/flags`."""
    company = company_of(request)
    found = queries.about(me(request))
    parameters = dated.in_force(company, on=clock.today(company))
    counts = ("n_visits", "n_photos", "n_photos_deleted", "n_promises", "n_requests", "n_records", "n_care_notes")
    return {
        "purpose": consent_purpose(parameters),
        "days": value_of(parameters, "field.position_days"),
        "consents": found.consents,
        "n_positions": found.positions.count(),
        **{name: getattr(found, name) for name in counts},
    }


@router.get("/about-me/positions", response={200: OwnPositionPage, **REFUSED})
@needs("positions.own")
def my_positions(request: HttpRequest, asked: Query[Asked]) -> Any:
    """Every position of yours that is kept, the newest first."""
    rows: QuerySet[Position] = queries.about(me(request)).positions
    found, following = page_of(rows, after=asked.after, limit=asked.rows, newest_first=True)
    return {"rows": found, "next": following, "total": rows.count()}


@router.post("/about-me/consent", response={200: ConsentOut, **REFUSED})
@needs("positions.own")
def give_consent(request: HttpRequest) -> Any:
    """Consent to positions at check-in and check-out, for the purpose that `/about-me` tells. Given twice, it stays the first."""
    at = clock.now()
    return consent_actions.give(person=me(request), given_at=at, by=user_of(request), at=at)


@router.delete("/about-me/consent", response={200: WithdrawnOut, **REFUSED})
@needs("positions.own")
def withdraw_consent(request: HttpRequest) -> Any:
    """Withdraw it: every position of yours is deleted, and visits count as before."""
    n = consent_actions.withdraw(person=me(request), by=user_of(request), at=clock.now())
    return {"n_positions_deleted": n}
