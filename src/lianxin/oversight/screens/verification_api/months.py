"""Verified months by API: estimates, verdicts on visits with their sides, copies side by side, questions."""

from datetime import date, datetime
from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext as _
from ninja import Query, Router, Schema, Status
from pydantic import Field

from lianxin.core.verifying.notes import differing
from lianxin.foundation import clock, jobs
from lianxin.foundation.api import REFUSED, Asked, Page, page_of
from lianxin.foundation.context import company_of, user_of
from lianxin.foundation.errors import Missing
from lianxin.foundation.gate import needs
from lianxin.oversight.actions import verifying as actions
from lianxin.oversight.models import VerificationRun, VisitVerdict
from lianxin.oversight.queries import checks, likeness, verdicts
from lianxin.oversight.screens.verification import month_of
from lianxin.oversight.screens.verification_api.checks import CheckOut
from lianxin.oversight.screens.verification_api.jobs import OffOut, QueuedOut
from lianxin.oversight.states import Verdict
from lianxin.visits.models import Visit

router = Router(tags=["verification"])


class EstimateOut(Schema):
    employee_no: str
    indicator: str
    value: float | None
    low: float | None
    high: float | None
    n: int
    answer: str
    is_suspected: bool


class CountingRunOut(Schema):
    """The run that counts for a month: what it was made with."""

    number: int
    rule_set: int
    rule_set_title: str
    digest: str
    made_at: datetime
    off: list[OffOut] = Field(description="rules that were suspended and left out, and since when")

    @staticmethod
    def resolve_rule_set(run: VerificationRun) -> int:
        return run.rule_set.number

    @staticmethod
    def resolve_rule_set_title(run: VerificationRun) -> str:
        return run.rule_set.title


class RuleVerdictOut(Schema):
    visit_id: str
    visit_date: date
    risk: float
    answer: str
    rules: dict[str, str]
    like_visit: str
    likeness: float | None


class StatementOut(Schema):
    channel: str
    says: str
    seen_at: datetime
    about_from: date | None
    about_until: date | None


class SidesOut(Schema):
    verdict: RuleVerdictOut | None
    off: list[OffOut] = Field(description="rules that were suspended in the run of the verdict, and since when")
    witnesses: list[StatementOut]
    checks: list[CheckOut]


class VisitVerdictOut(RuleVerdictOut):
    employee_no: str
    licence_no: str

    @staticmethod
    def resolve_employee_no(row: VisitVerdict) -> str:
        return row.person.employee_no

    @staticmethod
    def resolve_licence_no(row: VisitVerdict) -> str:
        return row.visit.retailer.licence_no


class VerdictPage(Page):
    rows: list[VisitVerdictOut]


class VerdictsAsked(Asked):
    employee_no: str = ""
    answer: Verdict | None = None


class PieceOut(Schema):
    """A piece of the two texts: equal on both sides, or as they differ."""

    later: str
    earlier: str


class TextOut(Schema):
    id: str = Field(description="of the visit or the record")
    day: date = Field(description="of the visit, or the first of the record's period")
    retailer: str = Field("", description="of a visit")
    text: str


class SideBySideOut(Schema):
    likeness: float = Field(description="0 to 1, words of the form and standing phrases left out")
    is_own: bool = Field(description="whether one person wrote both")
    later: TextOut
    earlier: TextOut
    pieces: list[PieceOut]


class AskedAboutOut(Schema):
    flag: str = Field(description="id of the question under `/flags`")


@router.get("/verification/{month}", response=list[EstimateOut])
@needs("verification.read")
def estimates(request: HttpRequest, month: str) -> Any:
    """What a month comes to by manager and indicator, of those whose verification you may read."""
    company = company_of(request)
    found = verdicts.estimates(user_of(request), _counting(request, month), on=clock.today(company))
    names = ("indicator", "value", "low", "high", "n", "answer", "is_suspected")
    return [{"employee_no": row.person.employee_no, **{name: getattr(row, name) for name in names}} for row in found]


@router.post("/verification/{month}", response={202: QueuedOut})
@needs("verification.run")
def verify_month(request: HttpRequest, month: str) -> Any:
    """Verify the visits of a month: a job that you can follow under `/jobs`."""
    first = month_of(month)
    job = jobs.enqueue(
        company=company_of(request),
        kind="oversight.verify",
        title=_("Verify the visits of %(month)s") % {"month": month},
        arguments={"month": first.isoformat()},
        by=user_of(request),
        at=clock.now(),
        unique_key=f"oversight.verify:{first}",
    )
    return Status(202, {"job": job.pk})


@router.get("/verification/{month}/run", response={200: CountingRunOut, **REFUSED})
@needs("verification.read")
def counting_run(request: HttpRequest, month: str) -> Any:
    """The run that counts for a month: its rule set, and which rules were suspended and since when."""
    return _counting(request, month)


@router.get("/verification/visits/{visit_id}", response=SidesOut)
@needs("verification.read")
def sides(request: HttpRequest, visit_id: str) -> Any:
    """What the rules, the other lines and the checks say of a visit; checks only once their round is over."""
    visit = _visit(request, visit_id)
    verdict: VisitVerdict | None = verdicts.verdict_on(visit)
    return {
        "verdict": verdict,
        "off": verdict.run.off if verdict else [],
        "witnesses": list(verdicts.witnesses_about(visit)),
        "checks": list(checks.results_about(visit)),
    }


@router.get("/verification/{month}/visits", response={200: VerdictPage, **REFUSED})
@needs("verification.read")
def visit_verdicts(request: HttpRequest, month: str, asked: Query[VerdictsAsked]) -> Any:
    """What the rules say of each visit of a month, of those whose verification you may read."""
    company = company_of(request)
    run = _counting(request, month)
    rows = verdicts.visit_verdicts(user_of(request), run, on=clock.today(company))
    if asked.employee_no:
        rows = rows.filter(person__employee_no=asked.employee_no)
    if asked.answer:
        rows = rows.filter(answer=asked.answer)
    found, following = page_of(rows, after=asked.after, limit=asked.rows)
    return {"rows": found, "next": following, "total": rows.count()}


@router.get("/verification/visits/{visit_id}/copy", response={200: SideBySideOut, **REFUSED})
@needs("verification.read")
def copied_note(request: HttpRequest, visit_id: str) -> Any:
    """The note of a visit beside the earlier one whose words it repeats."""
    visit = _visit(request, visit_id)
    verdict = verdicts.verdict_on(visit)
    source = verdicts.earlier_note(visit, verdict.like_visit) if verdict else None
    if verdict is None or source is None:
        raise Missing(_("This note repeats no other."))
    return {
        "likeness": verdict.likeness or 0,
        "is_own": source.person_id == visit.person_id,
        "later": _note(visit),
        "earlier": _note(source),
        "pieces": _pieces(visit.note, source.note),
    }


@router.get("/verification/records/{record_id}/copy", response={200: SideBySideOut, **REFUSED})
@needs("verification.read")
def copied_record(request: HttpRequest, record_id: str) -> Any:
    """A record as handed in beside the earlier one whose words it repeats."""
    company = company_of(request)
    found = likeness.of_record(user_of(request), company, record_id, on=clock.today(company))
    later, earlier = found.version, found.source
    return {
        "likeness": found.likeness,
        "is_own": later.record.person_id == earlier.record.person_id,
        "later": {"id": later.record_id, "day": later.record.period_start, "text": later.words},
        "earlier": {"id": earlier.record_id, "day": earlier.record.period_start, "text": earlier.words},
        "pieces": _pieces(later.words, earlier.words),
    }


@router.post("/verification/visits/{visit_id}/ask", response={201: AskedAboutOut, **REFUSED})
@needs("flags.open")
def ask_about_visit(request: HttpRequest, visit_id: str) -> Any:
    """Open a question about a visit of which the rules found something; the person concerned answers first."""
    visit = _visit(request, visit_id)
    verdict = verdicts.verdict_on(visit)
    if verdict is None:
        raise Missing(_("This visit has not been verified."))
    on = clock.today(company_of(request))
    flag = actions.ask_about(verdict=verdict, by=user_of(request), at=clock.now(), on=on)
    return Status(201, {"flag": flag.pk})


def _visit(request: HttpRequest, visit_id: str) -> Visit:
    company = company_of(request)
    return verdicts.visit_visible(user_of(request), company, visit_id, on=clock.today(company))


def _counting(request: HttpRequest, month: str) -> VerificationRun:
    run = verdicts.latest(company_of(request), month_of(month))
    if run is None:
        raise Missing(_("This month has not been verified."))
    return run


def _note(visit: Visit) -> dict[str, Any]:
    return {"id": visit.pk, "day": visit.visit_date, "retailer": visit.retailer.name, "text": visit.note}


def _pieces(later: str, earlier: str) -> list[dict[str, str]]:
    return [{"later": mine, "earlier": theirs} for mine, theirs in differing(later, earlier)]
