"""What managers took out of their own approved plans, by API: what waits, agree, decline."""

from datetime import datetime
from typing import Any

from django.http import HttpRequest
from ninja import Router, Schema

from lianxin.foundation import clock
from lianxin.foundation.api import REFUSED
from lianxin.foundation.context import company_of, user_of
from lianxin.foundation.gate import needs
from lianxin.visits.actions import excuses as actions
from lianxin.visits.models import PlanChange
from lianxin.visits.queries import excuses

router = Router(tags=["call plans"])


class ExcuseOut(Schema):
    id: int
    plan_id: str
    employee_no: str
    kind: str
    reason: str
    at: datetime
    body: dict[str, Any]
    excuse: str
    excuse_words: str
    excuse_at: datetime | None

    @staticmethod
    def resolve_plan_id(change: PlanChange) -> str:
        return str(change.cycle_id)

    @staticmethod
    def resolve_employee_no(change: PlanChange) -> str:
        return change.cycle.person.employee_no


class AgreeIn(Schema):
    words: str = ""


class DeclineIn(Schema):
    words: str


@router.get("/plan-excuses", response=list[ExcuseOut])
@needs("callplans.decide")
def list_excuses(request: HttpRequest) -> Any:
    """What managers of your unit took out of their own approved plans and you have not decided about, the oldest first."""
    company = company_of(request)
    return list(excuses.awaited_from(user_of(request), company, on=clock.today(company)))


@router.post("/plan-excuses/{pk}/agree", response={200: ExcuseOut, **REFUSED})
@needs("callplans.decide")
def agree_excuse(request: HttpRequest, pk: int, given: AgreeIn) -> Any:
    """Agree: nobody owes the visits and days that were taken away."""
    change, who = _change(request, pk)
    return actions.agree(change=change, words=given.words, **who)


@router.post("/plan-excuses/{pk}/decline", response={200: ExcuseOut, **REFUSED})
@needs("callplans.decide")
def decline_excuse(request: HttpRequest, pk: int, given: DeclineIn) -> Any:
    """Decline, saying why: visits and days stay owed; visits still ahead return to the route."""
    change, who = _change(request, pk)
    return actions.decline(change=change, words=given.words, **who)


def _change(request: HttpRequest, pk: int) -> tuple[PlanChange, dict[str, Any]]:
    company, user = company_of(request), user_of(request)
    on = clock.today(company)
    return excuses.change_to_decide(user, company, pk, on=on), {"by": user, "at": clock.now(), "on": on}
