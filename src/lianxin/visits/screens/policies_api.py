"""Policies that every retailer is to hear, by API: written, told, missing."""

from datetime import date, datetime
from typing import Annotated, Any

from django.http import HttpRequest
from ninja import Query, Router, Schema, Status
from pydantic import Field

from lianxin.foundation import clock
from lianxin.foundation.api import REFUSED, Asked, Page, page_of
from lianxin.foundation.context import company_of, user_of
from lianxin.foundation.gate import needs
from lianxin.retailers.models import Retailer
from lianxin.visits.actions import policies as actions
from lianxin.visits.models import Policy, PolicyTold
from lianxin.visits.queries import visiting_policies as queries

router = Router(tags=["policies"])


class AnswerOfPolicy(Schema):
    text: str
    right: bool = False


class PolicyToTellOut(Schema):
    id: int
    title: str
    text: str
    check_question: str = Field(description="shows whether it was understood; empty: none")
    check_answers: list[str] = Field(description="which of them is right is not told")
    valid_from: date
    tell_until: date = Field(description="the last day for telling it")

    @staticmethod
    def resolve_check_answers(row: Policy) -> list[str]:
        return [answer["text"] for answer in row.check_answers]


class PolicyToTellIn(Schema):
    title: Annotated[str, Field(max_length=120)]
    text: str
    check_question: Annotated[str, Field(max_length=300)] = ""
    check_answers: list[AnswerOfPolicy] = Field([], description="two at least, exactly one of them right")
    valid_from: date
    tell_until: date


class ReachOut(Schema):
    n_held: int = Field(description="retailers held by those whose visits you may see")
    n_told: int
    n_asked: int = Field(description="answers to its question, put by who told it")
    n_right: int
    n_sample: int = Field(description="answers to its question, put by drawn checks")
    n_sample_right: int


class PolicyToldOut(Schema):
    id: str
    licence_no: str
    retailer: str
    employee_no: str = Field(description="who told it")
    told_at: datetime
    visit_id: str
    understood: bool | None = Field(description="null: the question was not put")

    @staticmethod
    def resolve_licence_no(row: PolicyTold) -> str:
        return row.retailer.licence_no

    @staticmethod
    def resolve_retailer(row: PolicyTold) -> str:
        return row.retailer.name

    @staticmethod
    def resolve_employee_no(row: PolicyTold) -> str:
        return row.person.employee_no

    @staticmethod
    def resolve_visit_id(row: PolicyTold) -> str:
        return row.visit_id_said


class ToldPage(Page):
    rows: list[PolicyToldOut]


class MissingOut(Schema):
    licence_no: str
    retailer: str
    manager: str = Field(description="who holds it today")

    @staticmethod
    def resolve_retailer(row: Retailer) -> str:
        return row.name

    @staticmethod
    def resolve_manager(row: Retailer) -> str:
        return str(row.holder)  # type: ignore[attr-defined]


class MissingPage(Page):
    rows: list[MissingOut]


@router.get("/policies", response={200: list[PolicyToTellOut], **REFUSED})
@needs("policies.read")
def list_policies_to_tell(request: HttpRequest) -> Any:
    """Every policy of the company, those to be told longest first."""
    return list(queries.policies(company_of(request)).order_by("-tell_until", "-pk"))


@router.post("/policies", response={201: PolicyToTellOut, **REFUSED})
@needs("policies.write")
def write_policy(request: HttpRequest, given: PolicyToTellIn) -> Any:
    """A policy that every retailer is to hear; phones get it at their next contact."""
    made = actions.write(company=company_of(request), **given.dict(), by=user_of(request), at=clock.now())
    return Status(201, made)


@router.get("/policies/{policy_id}", response={200: PolicyToTellOut, **REFUSED})
@needs("policies.read")
def get_policy(request: HttpRequest, policy_id: int) -> Any:
    """One policy."""
    return queries.policy(company_of(request), policy_id)


@router.get("/policies/{policy_id}/reach", response={200: ReachOut, **REFUSED})
@needs("visits.read")
def policy_reach(request: HttpRequest, policy_id: int) -> Any:
    """How many of the retailers in your scope were told a policy, and how many of those asked understood it."""
    company = company_of(request)
    row, on = queries.policy(company, policy_id), clock.today(company)
    return queries.reach(row, queries.retailers_held(user_of(request), company, on=on), on=on)


@router.get("/policies/{policy_id}/told", response={200: ToldPage, **REFUSED})
@needs("visits.read")
def policy_told(request: HttpRequest, policy_id: int, asked: Query[Asked]) -> Any:
    """Which retailers of your scope were told a policy, when and by whom; by the id of the telling."""
    company = company_of(request)
    row, on = queries.policy(company, policy_id), clock.today(company)
    rows = queries.told_to(row, queries.retailers_held(user_of(request), company, on=on))
    found, following = page_of(rows, after=asked.after, limit=asked.rows)
    return {"rows": found, "next": following, "total": rows.count()}


@router.get("/policies/{policy_id}/missing", response={200: MissingPage, **REFUSED})
@needs("visits.read")
def policy_missing(request: HttpRequest, policy_id: int, asked: Query[Asked]) -> Any:
    """Which retailers of your scope were not told a policy yet; by licence."""
    company = company_of(request)
    row, on = queries.policy(company, policy_id), clock.today(company)
    rows = queries.missing(row, queries.retailers_held(user_of(request), company, on=on))
    found, following = page_of(rows, after=asked.after, limit=asked.rows, key="licence_no")
    return {"rows": found, "next": following, "total": rows.count()}
