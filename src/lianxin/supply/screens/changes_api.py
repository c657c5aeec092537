"""Changes by hand and tests for favour by API."""

from datetime import date, datetime
from typing import Any, Literal

from django.http import HttpRequest
from django.utils.translation import gettext as _
from ninja import Field, Query, Router, Schema, Status

from lianxin.foundation import clock, jobs
from lianxin.foundation.context import company_of, user_of
from lianxin.foundation.gate import needs
from lianxin.goods.queries import product_with_code
from lianxin.retailers.queries import retailer_with_licence
from lianxin.supply.actions import changes as actions
from lianxin.supply.models import FavourFinding, FavourRun, HandChange
from lianxin.supply.queries import changes, favour, rounds
from lianxin.supply.states import FAVOUR_JOB

router = Router(tags=["supply"])


class ChangeIn(Schema):
    product_code: str
    licence_no: str
    after_units: int
    reason: str
    words: str
    evidence: str


class ChangeOut(Schema):
    id: str
    round: int
    product_code: str
    licence_no: str
    rule_units: int
    before_units: int
    after_units: int
    reason: str
    words: str
    evidence: str
    state: str
    proposed_by: str
    proposed_at: datetime
    decided_by: str
    decided_at: datetime | None
    decided_words: str

    @staticmethod
    def resolve_round(row: HandChange) -> int:
        return row.round.number

    @staticmethod
    def resolve_product_code(row: HandChange) -> str:
        return row.product.product_code

    @staticmethod
    def resolve_licence_no(row: HandChange) -> str:
        return row.retailer.licence_no

    @staticmethod
    def resolve_proposed_by(row: HandChange) -> str:
        return row.proposed_by.username

    @staticmethod
    def resolve_decided_by(row: HandChange) -> str:
        return row.decided_by.username if row.decided_by else ""


class SaidIn(Schema):
    words: str = ""


class FavourIn(Schema):
    rounds: list[int]
    alike: Literal["need", "request"] = "need"


class JobOut(Schema):
    job: int


class RunOut(Schema):
    number: int
    rounds: list[int]
    parameters: dict[str, Any]
    code_version: str
    digest: str
    summary: dict[str, Any]
    n_lines: int
    made_by: str
    made_at: datetime

    @staticmethod
    def resolve_rounds(row: FavourRun) -> list[int]:
        return sorted(each.number for each in row.rounds.all())

    @staticmethod
    def resolve_made_by(row: FavourRun) -> str:
        return row.made_by.username if row.made_by else ""


class RowsAsked(Schema):
    limit: int = Field(200, ge=1, le=1000)
    start: int = Field(0, ge=0)


class RowBehindOut(Schema):
    week: date
    product_code: str
    licence_no: str
    tier: int | None
    trade_form: str | None
    market_type: str | None
    wanted_units: int | None
    cap_units: int | None
    rule_units: int | None
    share_units: int
    expected_units: float | None
    residual_units: float | None
    compared_with: str
    n_equals: int | None


class FindingOut(Schema):
    id: int
    employee_no: str
    test: str
    answer: str
    is_asked: bool
    effect_units: float | None
    q_value: float | None
    n_lines: int
    reason: str

    @staticmethod
    def resolve_employee_no(row: FavourFinding) -> str:
        return row.person.employee_no


@router.get("/supply/changes", response=list[ChangeOut])
@needs("supplychanges.read")
def list_hand_changes(request: HttpRequest) -> Any:
    return list(changes.changes(company_of(request)).order_by("-proposed_at", "-pk")[:1000])


@router.post("/supply/rounds/{number}/changes", response={201: ChangeOut})
@needs("supplychanges.propose")
def propose(request: HttpRequest, number: int, given: ChangeIn) -> Any:
    company, user = company_of(request), user_of(request)
    on = clock.today(company)
    made = actions.propose(
        round=rounds.round_of(company, number),
        product_id=product_with_code(user, company, given.product_code).pk,
        retailer_id=retailer_with_licence(user, company, given.licence_no, on=on).pk,
        after_units=given.after_units,
        reason=given.reason,
        words=given.words,
        evidence=given.evidence,
        by=user,
        at=clock.now(),
        on=on,
    )
    return Status(201, made)


@router.post("/supply/changes/{change_id}/agree", response=ChangeOut)
@needs("supplychanges.decide")
def agree(request: HttpRequest, change_id: str, given: SaidIn) -> Any:
    company = company_of(request)
    row = changes.change_of(company, change_id)
    on = clock.today(company)
    return actions.agree(change=row, words=given.words, by=user_of(request), at=clock.now(), on=on)


@router.post("/supply/changes/{change_id}/refuse", response=ChangeOut)
@needs("supplychanges.decide")
def refuse(request: HttpRequest, change_id: str, given: SaidIn) -> Any:
    company = company_of(request)
    row = changes.change_of(company, change_id)
    on = clock.today(company)
    return actions.refuse(change=row, words=given.words, by=user_of(request), at=clock.now(), on=on)


@router.post("/supply/favour", response={202: JobOut})
@needs("favour.run")
def test_favour(request: HttpRequest, given: FavourIn) -> Any:
    job = jobs.enqueue(
        company=company_of(request),
        kind=FAVOUR_JOB,
        title=_("Test %(n)s rounds for favour") % {"n": len(given.rounds)},
        arguments={"rounds": given.rounds, "alike": given.alike},
        by=user_of(request),
        at=clock.now(),
        unique_key=FAVOUR_JOB,
    )
    return Status(202, {"job": job.pk})


@router.get("/supply/favour", response=list[RunOut])
@needs("favour.read")
def favour_runs(request: HttpRequest) -> Any:
    """Tests for favour, newest first."""
    return list(favour.runs(company_of(request)).prefetch_related("rounds").order_by("-number")[:1000])


@router.get("/supply/favour/{number}/run", response=RunOut)
@needs("favour.read")
def favour_run(request: HttpRequest, number: int) -> Any:
    """One test: what it read, its parameters and the digest of its answers."""
    return favour.run_of(company_of(request), number)


@router.get("/supply/favour/{number}/findings/{finding}/rows", response=list[RowBehindOut])
@needs("favour.finding")
def rows_behind(request: HttpRequest, number: int, finding: int, asked: Query[RowsAsked]) -> Any:
    """The lines of the manager's retailers that the test compared, those that got most beyond comparison first."""
    company = company_of(request)
    row = favour.finding_visible(user_of(request), company, number, finding, on=clock.today(company))
    return favour.rows_behind(row.run, row.person, limit=asked.limit, start=asked.start)


@router.get("/supply/favour/{number}/findings/{finding}", response=FindingOut)
@needs("favour.finding")
def favour_finding(request: HttpRequest, number: int, finding: int) -> Any:
    """What the test says of one manager; the manager himself reads it once a question about it was opened."""
    company = company_of(request)
    return favour.finding_visible(user_of(request), company, number, finding, on=clock.today(company))


@router.get("/supply/favour/{number}", response=list[FindingOut])
@needs("favour.read")
def favour_findings(request: HttpRequest, number: int) -> Any:
    return list(favour.findings(favour.run_of(company_of(request), number)).order_by("test", "person__employee_no"))
