"""Flags by API: the same actions as the pages."""

from datetime import date, datetime
from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext as _
from ninja import Router, Schema, Status

from lianxin.foundation import clock
from lianxin.foundation.context import company_of, user_of
from lianxin.foundation.errors import Refused, not_one_of
from lianxin.foundation.gate import needs
from lianxin.oversight import actions, queries
from lianxin.oversight.models import Flag
from lianxin.oversight.queries import standing
from lianxin.oversight.screens import findings_api, verification_api
from lianxin.oversight.states import Conclusion

router = Router(tags=["flags"])
router.add_router("", verification_api.router)
router.add_router("", findings_api.router)


class EvidenceItem(Schema):
    title: str
    text: str = ""
    source: str = ""
    url: str = ""


class FlagIn(Schema):
    employee_no: str
    question: str
    evidence: list[EvidenceItem]
    answer_due_on: date


class FlagOut(Schema):
    id: str
    employee_no: str
    rule: str
    question: str
    evidence: list[dict[str, Any]]
    state: str
    conclusion: str
    opened_at: datetime
    answer_due_on: date
    spoke: dict[str, float]
    owner: str
    due_on: date | None
    task: str
    is_corrected: bool | None
    closed_at: datetime | None

    @staticmethod
    def resolve_question(flag: Flag) -> str:
        return flag.question_said

    @staticmethod
    def resolve_evidence(flag: Flag) -> list[dict[str, Any]]:
        return flag.evidence_said

    @staticmethod
    def resolve_owner(flag: Flag) -> str:
        return flag.owner.username if flag.owner else ""

    @staticmethod
    def resolve_spoke(flag: Flag) -> dict[str, float]:
        return {row.rule: row.weight for row in flag.spoke.all()}

    @staticmethod
    def resolve_employee_no(flag: Flag) -> str:
        return flag.person.employee_no


class WordsIn(Schema):
    words: str


class CloseIn(Schema):
    conclusion: str
    words: str
    task: str = ""
    task_due_on: date | None = None


class RecheckIn(Schema):
    is_corrected: bool
    words: str
    again_by: date | None = None


class RateOut(Schema):
    rule: str
    opened: int
    decided: float
    false_alarms: float
    share: float | None
    low: float | None
    high: float | None
    suspended_since: datetime | None


@router.get("/flags", response=list[FlagOut])
@needs("flags.read")
def list_flags(request: HttpRequest, state: str = "", after: str = "", limit: int = 100) -> Any:
    """Flags that you may see, newest first; `after` is the id of the last one you have."""
    company = company_of(request)
    rows = queries.flags_visible(user_of(request), company, on=clock.today(company)).order_by("-id")
    rows = rows.prefetch_related("spoke")
    if state:
        rows = rows.filter(state=state)
    if after:
        rows = rows.filter(id__lt=after)
    return rows[: max(1, min(limit, 1000))]


@router.get("/flags/rates", response=list[RateOut])
@needs("flags.read")
def flag_rates(request: HttpRequest) -> Any:
    """False alarms by rule, with a 95 % interval from ten decided flags on, and since when a rule has been suspended."""
    company = company_of(request)
    stopped = standing.suspended(company)
    return [
        {**rate.__dict__, "suspended_since": stopped[rate.rule].suspended_at if rate.rule in stopped else None}
        for rate in queries.false_alarm_rates(company)
    ]


@router.get("/flags/{flag_id}", response=FlagOut)
@needs("flags.read")
def get_flag(request: HttpRequest, flag_id: str) -> Any:
    return _visible(request, flag_id)


@router.post("/flags", response={201: FlagOut})
@needs("flags.open")
def open_flag(request: HttpRequest, given: FlagIn) -> Any:
    company = company_of(request)
    on = clock.today(company)
    person = queries.persons_to_ask(user_of(request), company, on=on).filter(employee_no=given.employee_no).first()
    if person is None:
        raise Refused(
            _("There is nobody with the number %(number)s whom you may ask.") % {"number": given.employee_no},
            field="employee_no",
        )
    return Status(
        201,
        actions.open(
            company=company,
            person=person,
            rule="by_hand",
            question=given.question,
            evidence=[item.dict() for item in given.evidence],
            answer_due_on=given.answer_due_on,
            by=user_of(request),
            at=clock.now(),
            on=on,
        ),
    )


@router.post("/flags/{flag_id}/answer", response=FlagOut)
@needs("flags.read")
def answer_flag(request: HttpRequest, flag_id: str, given: WordsIn) -> Any:
    flag = _visible(request, flag_id)
    return actions.answer(
        flag=flag, words=given.words, by=user_of(request), at=clock.now(), on=clock.today(flag.company)
    ).flag


@router.post("/flags/{flag_id}/unheard", response=FlagOut)
@needs("flags.review")
def go_on_unheard(request: HttpRequest, flag_id: str, given: WordsIn) -> Any:
    flag = _visible(request, flag_id)
    return actions.go_on_unheard(
        flag=flag, words=given.words, by=user_of(request), at=clock.now(), on=clock.today(flag.company)
    ).flag


@router.post("/flags/{flag_id}/take-up", response=FlagOut)
@needs("flags.review")
def take_up_flag(request: HttpRequest, flag_id: str) -> Any:
    flag = _visible(request, flag_id)
    return actions.take_up(flag=flag, by=user_of(request), at=clock.now(), on=clock.today(flag.company)).flag


@router.post("/flags/{flag_id}/close", response=FlagOut)
@needs("flags.review")
def close_flag(request: HttpRequest, flag_id: str, given: CloseIn) -> Any:
    if given.conclusion not in Conclusion.values:
        raise not_one_of("conclusion", Conclusion.values)
    flag = _visible(request, flag_id)
    return actions.close(
        flag=flag,
        conclusion=Conclusion(given.conclusion),
        words=given.words,
        task=given.task,
        task_due_on=given.task_due_on,
        by=user_of(request),
        at=clock.now(),
        on=clock.today(flag.company),
    )


@router.post("/flags/{flag_id}/corrected", response=FlagOut)
@needs("flags.read")
def report_corrected(request: HttpRequest, flag_id: str, given: WordsIn) -> Any:
    flag = _visible(request, flag_id)
    return actions.report_corrected(
        flag=flag, words=given.words, by=user_of(request), at=clock.now(), on=clock.today(flag.company)
    ).flag


@router.post("/flags/{flag_id}/recheck", response=FlagOut)
@needs("flags.review")
def recheck_flag(request: HttpRequest, flag_id: str, given: RecheckIn) -> Any:
    flag = _visible(request, flag_id)
    return actions.recheck(
        flag=flag,
        is_corrected=given.is_corrected,
        words=given.words,
        again_by=given.again_by,
        by=user_of(request),
        at=clock.now(),
        on=clock.today(flag.company),
    )


def _visible(request: HttpRequest, flag_id: str) -> Flag:
    company = company_of(request)
    return queries.flag_visible(user_of(request), company, flag_id, on=clock.today(company))
