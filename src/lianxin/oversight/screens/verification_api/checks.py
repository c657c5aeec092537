"""Checks and their rounds by API: the same queries and actions as the pages."""

from datetime import date
from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext as _
from ninja import Router, Schema, Status
from pydantic import Field

from lianxin.foundation import clock
from lianxin.foundation.api import REFUSED
from lianxin.foundation.context import company_of, user_of
from lianxin.foundation.errors import Refused, not_one_of
from lianxin.foundation.gate import needs
from lianxin.foundation.models import User
from lianxin.oversight import permissions
from lianxin.oversight.actions import checks as check_actions
from lianxin.oversight.models import Check, CheckRound
from lianxin.oversight.queries import checks
from lianxin.oversight.states import CheckChannel, Confirmed, RoundState
from lianxin.visits.models import PolicyTold

router = Router(tags=["verification"])


class CheckOut(Schema):
    id: int
    visit_id: str
    channel: str
    licence_no: str
    due_on: date | None
    state: str
    confirmed: str
    words: str

    @staticmethod
    def resolve_licence_no(check: Check) -> str:
        return check.visit.retailer.licence_no


class CheckRecordIn(Schema):
    confirmed: str
    words: str = ""
    last_seen: str = ""
    came: str = ""
    what: str = ""
    policies: dict[str, int | None] = {}


class PolicyToAskOut(Schema):
    id: str
    title: str
    question: str
    answers: list[str]

    @staticmethod
    def resolve_title(told: PolicyTold) -> str:
        return told.policy.title

    @staticmethod
    def resolve_question(told: PolicyTold) -> str:
        return told.policy.check_question

    @staticmethod
    def resolve_answers(told: PolicyTold) -> list[str]:
        return [answer["text"] for answer in told.policy.check_answers]


class CheckWhyIn(Schema):
    words: str


class CheckRoundIn(Schema):
    visits_from: date
    visits_until: date
    wanted: dict[str, int]
    due_on: date | None = None


class CheckRoundOut(Schema):
    number: int
    visits_from: date
    visits_until: date
    wanted: dict[str, int]
    state: str
    seed_hash: str
    seed: str
    n_frame: int
    due_on: date

    @staticmethod
    def resolve_seed(row: CheckRound) -> str:
        return row.seed if row.state == RoundState.OVER else ""


class CheckOfRoundOut(CheckOut):
    employee_no: str = Field(description="whose visit is checked")
    checker: str | None = Field(description="sign-in name of who makes it")
    drawn_probability: float

    @staticmethod
    def resolve_employee_no(check: Check) -> str:
        return check.visit.person.employee_no

    @staticmethod
    def resolve_checker(check: Check) -> str | None:
        return check.checker.username if check.checker else None


class HandOverIn(Schema):
    to: str = Field(description="sign-in name, one of `/checks/{pk}/checkers`")


class CheckerOut(Schema):
    username: str
    name: str

    @staticmethod
    def resolve_name(user: User) -> str:
        return str(user)


@router.get("/checks", response=list[CheckOut])
@needs("checks.make")
def my_checks(request: HttpRequest) -> Any:
    """The checks that you are to make, and those you made."""
    return list(checks.checks_to_make(user_of(request), company_of(request)))


@router.post("/checks/{pk}/record", response=CheckOut)
@needs("checks.make")
def record_check(request: HttpRequest, pk: int, given: CheckRecordIn) -> Any:
    """What a check of yours found, with what the retailer answered about policies."""
    if given.confirmed not in Confirmed.values:
        raise not_one_of("confirmed", Confirmed.values)
    return check_actions.record(
        check=checks.check_to_make(user_of(request), company_of(request), pk),
        confirmed=Confirmed(given.confirmed),
        answers={"last_seen": given.last_seen, "came": given.came, "what": given.what},
        words=given.words,
        policies=given.policies,
        by=user_of(request),
        at=clock.now(),
    )


@router.get("/checks/{pk}/policies", response=list[PolicyToAskOut])
@needs("checks.make")
def policies_of_check(request: HttpRequest, pk: int) -> Any:
    """What the check may ask its shop about policies; `record` takes the place of the answer, null where it could not say."""
    company = company_of(request)
    found = checks.check_to_make(user_of(request), company, pk)
    return checks.policies_to_ask(found, on=clock.today(company))


@router.post("/checks/{pk}/give-up", response=CheckOut)
@needs("checks.make")
def give_up_check(request: HttpRequest, pk: int, given: CheckWhyIn) -> Any:
    """Say why a check of yours could not be made."""
    found = checks.check_to_make(user_of(request), company_of(request), pk)
    return check_actions.give_up(check=found, words=given.words, by=user_of(request), at=clock.now())


@router.get("/check-rounds", response=list[CheckRoundOut])
@needs("checks.read")
def rounds(request: HttpRequest) -> Any:
    """Every round of checks, the newest first; its seed is shown when it is over."""
    return list(checks.rounds(company_of(request)))


@router.post("/check-rounds", response={201: CheckRoundOut})
@needs("checks.draw")
def seal_round(request: HttpRequest, given: CheckRoundIn) -> Any:
    """Seal the seed of a round before its visits are drawn."""
    company = company_of(request)
    made = check_actions.seal_round(
        company=company, **given.dict(), by=user_of(request), at=clock.now(), on=clock.today(company)
    )
    return Status(201, made)


@router.post("/check-rounds/{number}/draw", response=CheckRoundOut)
@needs("checks.draw")
def draw_round(request: HttpRequest, number: int) -> Any:
    """Draw the visits of a round and give the checks out, when all of them have been made."""
    company = company_of(request)
    found = checks.round_of(company, number)
    return check_actions.draw(round=found, by=user_of(request), at=clock.now(), on=clock.today(company))


@router.post("/check-rounds/{number}/end", response=CheckRoundOut)
@needs("checks.draw")
def end_round(request: HttpRequest, number: int) -> Any:
    """End a round: its seed and its answers are shown to those concerned."""
    company = company_of(request)
    found = checks.round_of(company, number)
    return check_actions.end_round(round=found, by=user_of(request), at=clock.now(), on=clock.today(company))


@router.get("/check-rounds/{number}/checks", response={200: list[CheckOfRoundOut], **REFUSED})
@needs("checks.read")
def checks_of_round(request: HttpRequest, number: int) -> Any:
    """The checks of a round for the office, with who makes each and the chance by which it was drawn."""
    return list(checks.checks_of(checks.round_of(company_of(request), number)).order_by("channel", "pk"))


@router.get("/checks/{pk}/checkers", response={200: list[CheckerOut], **REFUSED})
@needs("checks.draw")
def checkers_of_check(request: HttpRequest, pk: int) -> Any:
    """To whom a check may be handed over: whose post makes such checks and who has no interest in the visit."""
    company = company_of(request)
    row = checks.check_of(company, pk)
    parties = permissions.parties_of([row.visit], is_given=False)[row.visit_id]
    return [user for user in checks.checkers(company, CheckChannel(row.channel)) if user.pk not in parties]


@router.post("/checks/{pk}/hand-over", response={200: CheckOfRoundOut, **REFUSED})
@needs("checks.draw")
def hand_over_check(request: HttpRequest, pk: int, given: HandOverIn) -> Any:
    """Give an open check to somebody else."""
    company = company_of(request)
    row = checks.check_of(company, pk)
    able = checks.checkers(company, CheckChannel(row.channel))
    to = next((user for user in able if user.username == given.to), None)
    if to is None:
        raise Refused(_("%(person)s does not make checks of this kind.") % {"person": given.to}, field="to")
    return check_actions.hand_over(check=row, to=to, by=user_of(request), at=clock.now())
