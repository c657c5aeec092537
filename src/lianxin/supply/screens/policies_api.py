"""Policies of allocation by API."""

from datetime import date
from typing import Any

from django.http import HttpRequest
from ninja import Router, Schema, Status

from lianxin.foundation import clock
from lianxin.foundation.context import company_of, user_of
from lianxin.foundation.gate import needs
from lianxin.supply.actions import policies as actions
from lianxin.supply.queries import policies

router = Router(tags=["supply"])


class PolicyIn(Schema):
    code: str
    title: str
    sentence_zh: str
    sentence_en: str
    definition: dict[str, Any]
    note: str = ""


class PolicyOut(Schema):
    id: int
    code: str
    number: int
    title: str
    sentence_zh: str
    sentence_en: str
    rule: str
    method: str
    definition: dict[str, Any]
    state: str
    valid_from: date | None
    valid_until: date | None


class FromIn(Schema):
    valid_from: date


class UntilIn(Schema):
    valid_until: date


@router.get("/supply/policies", response=list[PolicyOut])
@needs("supplypolicies.read")
def list_policies(request: HttpRequest) -> Any:
    return list(policies.policies(company_of(request)).order_by("code", "number"))


@router.post("/supply/policies", response={201: PolicyOut})
@needs("supplypolicies.write")
def draft_policy(request: HttpRequest, given: PolicyIn) -> Any:
    made = actions.draft(company=company_of(request), **given.dict(), by=user_of(request), at=clock.now())
    return Status(201, made)


@router.post("/supply/policies/{pk}/publish", response=PolicyOut)
@needs("supplypolicies.publish")
def publish_policy(request: HttpRequest, pk: int, given: FromIn) -> Any:
    row = policies.policy_of(company_of(request), pk)
    return actions.publish(policy=row, valid_from=given.valid_from, by=user_of(request), at=clock.now())


@router.post("/supply/policies/{pk}/retire", response=PolicyOut)
@needs("supplypolicies.publish")
def retire_policy(request: HttpRequest, pk: int, given: UntilIn) -> Any:
    row = policies.policy_of(company_of(request), pk)
    return actions.retire(policy=row, valid_until=given.valid_until, by=user_of(request), at=clock.now())
