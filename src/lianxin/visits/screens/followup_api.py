"""Promises, retailers' requests and the hours of shops by API: the same actions as the pages."""

from datetime import date, datetime, time
from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext as _
from ninja import Router, Schema, Status
from pydantic import Field

from lianxin.foundation import clock
from lianxin.foundation.api import REFUSED
from lianxin.foundation.context import company_of, user_of
from lianxin.foundation.errors import Denied
from lianxin.foundation.gate import needs
from lianxin.people import queries as people
from lianxin.people.models import Posting
from lianxin.retailers.queries import retailer_with_licence
from lianxin.visits.actions import hours as hour_actions
from lianxin.visits.actions import promises as promise_actions
from lianxin.visits.actions import requests as request_actions
from lianxin.visits.models import Promise, Request, RequestEvent
from lianxin.visits.queries import promises as promise_queries
from lianxin.visits.queries import requests as request_queries
from lianxin.visits.queries.plan_inputs import hours_in_force
from lianxin.visits.screens.days import known_day

router = Router(tags=["field work"])


class PromiseOut(Schema):
    id: str
    employee_no: str
    licence_no: str
    text: str
    made_at: datetime
    due_on: date
    state: str
    leave_of: str
    words: str

    @staticmethod
    def resolve_employee_no(row: Promise) -> str:
        return row.owner.employee_no

    @staticmethod
    def resolve_licence_no(row: Promise) -> str:
        return row.retailer.licence_no


class SettleIn(Schema):
    kept: bool
    words: str = ""


class DecideIn(Schema):
    granted: bool
    words: str = ""


class RequestOut(Schema):
    id: str
    licence_no: str
    raised_by: str | None
    owner: str
    kind: str
    topic: str
    text: str
    raised_at: datetime
    due_on: date
    state: str
    answer: str

    @staticmethod
    def resolve_licence_no(row: Request) -> str:
        return row.retailer.licence_no

    @staticmethod
    def resolve_raised_by(row: Request) -> str | None:
        return row.raised_by.employee_no if row.raised_by else None

    @staticmethod
    def resolve_owner(row: Request) -> str:
        return row.owner.employee_no


class AnswerRequestIn(Schema):
    words: str


class ConfirmIn(Schema):
    settled: bool
    words: str = ""


class TopicOut(Schema):
    topic: str
    n: int
    n_retailers: int
    n_managers: int
    waiting: int
    reopened: int
    n_answered: int
    median_days: float | None


class StepOfRequest(Schema):
    state: str
    at: datetime
    by: str = Field(description="sign-in name; empty: the retailer itself, or the system")
    by_retailer: bool
    words: str

    @staticmethod
    def resolve_by(row: RequestEvent) -> str:
        return row.by.username if row.by else ""


class RequestFile(Schema):
    request: RequestOut
    steps: list[StepOfRequest] = Field(description="its life, the oldest step first")


class OwnerOut(Schema):
    posting: int
    employee_no: str
    name: str
    post: str
    unit: str

    @staticmethod
    def resolve_posting(row: Posting) -> int:
        return row.pk

    @staticmethod
    def resolve_employee_no(row: Posting) -> str:
        return row.person.employee_no

    @staticmethod
    def resolve_name(row: Posting) -> str:
        return row.person.name

    @staticmethod
    def resolve_unit(row: Posting) -> str:
        return row.unit.code


class PassOnIn(Schema):
    posting: int = Field(description="one of those that `/requests/owners` offers")


class ShopHoursIn(Schema):
    good_from: time | None = None
    good_until: time | None = None
    busy_from: time | None = None
    busy_until: time | None = None
    valid_from: date


class ShopHoursOut(Schema):
    good_from: time | None = None
    good_until: time | None = None
    busy_from: time | None = None
    busy_until: time | None = None
    valid_from: date | None = Field(None, description="null: nothing is known of this shop")


@router.get("/visit-hours/{licence_no}", response={200: ShopHoursOut, **REFUSED})
@needs("callplans.change")
def get_visit_hours(request: HttpRequest, licence_no: str) -> Any:
    """When a shop likes to be visited and when it is busy, as it holds today."""
    company, on = company_of(request), clock.today(company_of(request))
    retailer = retailer_with_licence(user_of(request), company, licence_no, on=on)
    return hours_in_force([retailer.pk], on=on).get(retailer.pk) or {}


@router.post("/visit-hours/{licence_no}", response={204: None})
@needs("callplans.change")
def set_visit_hours(request: HttpRequest, licence_no: str, given: ShopHoursIn) -> Any:
    """When a shop likes to be visited and when it is busy, from a day on."""
    company, user = company_of(request), user_of(request)
    on = clock.today(company)
    retailer = retailer_with_licence(user, company, licence_no, on=on)
    hour_actions.set_hours(retailer=retailer, by=user, at=clock.now(), on=on, **given.dict())
    return Status(204, None)


@router.get("/promises", response=list[PromiseOut])
@needs("promises.read")
def list_promises(request: HttpRequest, standing: str = "", after: str = "", limit: int = 100) -> Any:
    """Promises of your scope by id; standing: open, due, overdue, risen, waiting."""
    company = company_of(request)
    on = clock.today(company)
    rows = promise_queries.promises_visible(user_of(request), company, on=on)
    rows = promise_queries.standing(rows, standing, company, on=on).order_by("id").filter(id__gt=after)
    return rows[: max(1, min(limit, 1000))]


@router.post("/promises/{promise_id}/settle", response=PromiseOut)
@needs("promises.settle")
def settle_promise(request: HttpRequest, promise_id: str, given: SettleIn) -> Any:
    """Say that a promise to a shop you hold or cover was kept, or not, and how."""
    company, user = company_of(request), user_of(request)
    row = promise_queries.promise_visible(user, company, promise_id, on=clock.today(company))
    person = people.person_of(user) or row.owner
    return promise_actions.settle(
        promise_id=row.pk,
        person=person,
        kept=given.kept,
        words=given.words,
        by=user,
        at=clock.now(),
        on=clock.today(company),
    )


@router.post("/promises/{promise_id}/decide", response=PromiseOut)
@needs("promises.decide")
def decide_promise(request: HttpRequest, promise_id: str, given: DecideIn) -> Any:
    """Give or refuse leave for a promise beyond the manager's authority."""
    company, user = company_of(request), user_of(request)
    on = clock.today(company)
    row = promise_queries.promise_visible(user, company, promise_id, on=on)
    return promise_actions.decide(promise=row, granted=given.granted, words=given.words, by=user, at=clock.now(), on=on)


@router.get("/requests", response=list[RequestOut])
@needs("requests.read")
def list_requests(request: HttpRequest, standing: str = "", after: str = "", limit: int = 100) -> Any:
    """Requests of your scope by id; standing: mine, waiting, overdue, answered."""
    company, user = company_of(request), user_of(request)
    on = clock.today(company)
    rows = request_queries.requests_visible(user, company, on=on)
    rows = request_queries.standing(rows, standing, user, on=on).order_by("id").filter(id__gt=after)
    return rows[: max(1, min(limit, 1000))]


@router.get("/requests/topics", response=list[TopicOut])
@needs("requests.read")
def list_topics(request: HttpRequest, first: date, last: date) -> Any:
    """Common problems of the requests raised from a day until a day (exclusive)."""
    company = company_of(request)
    on, first, last = clock.today(company), known_day(first, field="first"), known_day(last, field="last")
    found = request_queries.topics_asked(user_of(request), company, first=first, last=last, on=on)
    return [{name: getattr(one, name) for name in TopicOut.model_fields} for one in found]


@router.get("/requests/owners", response={200: list[OwnerOut], **REFUSED})
@needs("requests.read")
def list_owners(request: HttpRequest) -> Any:
    """To whom you may pass a request; nobody where you answer for no one."""
    company = company_of(request)
    return list(request_queries.who_may_own(user_of(request), company, on=clock.today(company)))


@router.get("/requests/{request_id}", response={200: RequestFile, **REFUSED})
@needs("requests.read")
def get_request(request: HttpRequest, request_id: str) -> Any:
    """One request with the steps of its life."""
    company = company_of(request)
    row = request_queries.request_visible(user_of(request), company, request_id, on=clock.today(company))
    return {"request": row, "steps": list(request_queries.events_of(row))}


@router.post("/requests/{request_id}/pass-on", response={200: RequestOut, **REFUSED})
@needs("requests.read")
def pass_on_request(request: HttpRequest, request_id: str, given: PassOnIn) -> Any:
    """Give a request another owner, in an office or not; it is the owner who answers."""
    company, user = company_of(request), user_of(request)
    on = clock.today(company)
    row = request_queries.request_visible(user, company, request_id, on=on)
    owner, office = request_queries.person_and_unit(str(given.posting), user, company, on=on)
    return request_actions.pass_on(request=row, office=office, owner=owner, by=user, at=clock.now(), on=on)


@router.post("/requests/{request_id}/answer", response=RequestOut)
@needs("requests.read")
def answer_request(request: HttpRequest, request_id: str, given: AnswerRequestIn) -> Any:
    """Answer a request that is yours to answer; the retailer is to hear these words."""
    company, user = company_of(request), user_of(request)
    on = clock.today(company)
    row = request_queries.request_visible(user, company, request_id, on=on)
    return request_actions.answer(request=row, words=given.words, by=user, at=clock.now(), on=on)


@router.post("/requests/{request_id}/confirm", response=RequestOut)
@needs("requests.raise")
def confirm_request(request: HttpRequest, request_id: str, given: ConfirmIn) -> Any:
    """What the retailer says to the answer: settled, or what is still missing."""
    company, user = company_of(request), user_of(request)
    on = clock.today(company)
    row = request_queries.request_visible(user, company, request_id, on=on)
    person = people.person_of(user) or row.raised_by
    if person is None:
        raise Denied(_("Only the retailer itself says whether its own request is settled."))
    return request_actions.confirm(
        request_id=row.pk, person=person, settled=given.settled, words=given.words, by=user, at=clock.now(), on=on
    )
