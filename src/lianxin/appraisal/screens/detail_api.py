"""What scorecards open to and what people decide about them, by the API: parts, rows, requests for review, trials, presets."""

from datetime import date, datetime
from typing import Any, Literal

from django.http import HttpRequest
from django.utils.translation import gettext as _
from ninja import Query, Router, Schema, Status
from pydantic import Field

from lianxin.appraisal import actions, computing, permissions
from lianxin.appraisal.models import ReviewRequest, Trial
from lianxin.appraisal.presets import PRESETS
from lianxin.appraisal.queries import closings as queries
from lianxin.appraisal.queries import pay as pay_queries
from lianxin.appraisal.queries import schemes as scheme_queries
from lianxin.appraisal.queries.schemes import core_of
from lianxin.appraisal.queries.uncertainty import interval_of_part
from lianxin.appraisal.screens import chance, explaining
from lianxin.appraisal.screens import presenters as shown
from lianxin.appraisal.screens.api_shapes import PartOut
from lianxin.appraisal.screens.scheme_api import SchemeFile, SchemeOut
from lianxin.appraisal.states import RequestState
from lianxin.appraisal.wording import said
from lianxin.core.measuring.registry import INDICATORS
from lianxin.core.scoring.scheme import lines
from lianxin.core.units import Level
from lianxin.foundation import clock
from lianxin.foundation.api import REFUSED, Page, page_of
from lianxin.foundation.context import company_of, user_of
from lianxin.foundation.errors import Denied, Missing
from lianxin.foundation.facts import the_lake
from lianxin.foundation.gate import needs
from lianxin.ui.parts import Fact

router = Router(tags=["appraisal"])


class FactOut(Schema):
    title: str
    text: str

    @staticmethod
    def resolve_title(fact: Fact) -> str:
        return str(fact.title)


class PartFile(PartOut):
    """A part with how it was scored, in the language of the request."""

    title: str
    indicator: str | None = Field(description="null: judged by the superior")
    formula: str
    rules: list[str]
    sentence: str = Field(description="what became of the value here")
    parameters: list[FactOut]
    uncertainty: str = Field(description="in words; why there is none")
    low: float | None = Field(description="lower end of the 90 % interval of the value")
    high: float | None
    source: str
    version: str


class RowsOut(Schema):
    """Rows behind an indicator; their columns are those that its kind of evidence has."""

    indicator: str
    total: int
    rows: list[dict[str, Any]]


class ReviewOut(Schema):
    id: int
    scorecard_id: int
    employee_no: str
    month: str
    state: str
    text: str
    asked_at: datetime
    answer: str
    answered_at: datetime | None

    @staticmethod
    def resolve_employee_no(row: ReviewRequest) -> str:
        return str(row.scorecard.person.employee_no)

    @staticmethod
    def resolve_month(row: ReviewRequest) -> str:
        return f"{row.scorecard.closing.month:%Y-%m}"


class ReviewPage(Page):
    rows: list[ReviewOut]


class AnswerIn(Schema):
    state: Literal["kept", "corrected"]
    answer: str


class TrialOut(Schema):
    id: int
    scheme_id: int
    first_month: date
    last_month: date
    digest: str
    made_at: datetime

    @staticmethod
    def resolve_scheme_id(row: Trial) -> int:
        return int(row.version_id)


class TrialFile(TrialOut):
    """Who would have gained or lost: by person, by month, and person by month."""

    by_person: list[dict[str, Any]]
    by_month: list[dict[str, Any]]
    rows: list[dict[str, Any]]


class PresetOut(Schema):
    name: str
    title: str
    source: str


class InstallIn(Schema):
    preset: str
    code: str = Field(
        "", max_length=40, pattern=r"^[A-Za-z0-9_-]*$", description="of the new scheme; that of the preset by default"
    )


class ReasonIn(Schema):
    reason: str


class RetireIn(Schema):
    until: date = Field(description="first day of the first month that it no longer judges")
    reason: str


@router.get("/scorecards/{scorecard_id}/parts/{code}", response={200: PartFile, **REFUSED}, summary="A part, explained")
@needs("scorecards.read")
def scorecard_part(request: HttpRequest, scorecard_id: int, code: str) -> Any:
    card = queries.scorecard(user_of(request), company_of(request), scorecard_id)
    assert card.closing.scheme_version is not None
    scheme = core_of(card.closing.scheme_version)
    found = {item.code: item for _role, item in lines(scheme)}.get(code)
    line = card.parts.filter(part=code).first()
    if found is None or line is None:
        raise Missing(_("There is no such part on this scorecard."))
    formula, rules = shown.formula_of(scheme, found)
    measured = found.indicator is not None and found.indicator in INDICATORS
    interval = interval_of_part(card, line, found.indicator)
    return {
        **{name: getattr(line, name) for name in PartOut.model_fields},
        "title": said(found.title),
        "indicator": found.indicator,
        "formula": formula,
        "rules": rules,
        "sentence": shown.sentence_of(found, line),
        "parameters": shown.parameter_facts(card.closing, str(found.indicator)) if measured else [],
        "uncertainty": chance.interval_words(found.indicator, interval, has_value=line.answer == "value"),
        "low": None if interval is None else interval.low,
        "high": None if interval is None else interval.high,
        "source": found.source.words,
        "version": shown.version_words(card.closing),
    }


@router.get(
    "/scorecards/{scorecard_id}/rows/{indicator}", response={200: RowsOut, **REFUSED},
    summary="The rows behind an indicator of a scorecard, from the pinned evidence",
)  # fmt: skip
@needs("scorecards.read")
def scorecard_rows(
    request: HttpRequest,
    scorecard_id: int,
    indicator: str,
    offset: int = Query(0, ge=0),
    limit: int = Query(1000, ge=1, le=10000),
) -> Any:
    company = company_of(request)
    card = queries.scorecard(user_of(request), company, scorecard_id)
    if indicator not in INDICATORS:
        raise Missing(_("There is no such indicator."))
    table = computing.evidence_rows(card.closing, Level.MANAGER, card.person_id, indicator, the_lake())
    names = explaining.columns_told(company, indicator, table)
    return {
        "indicator": indicator,
        "total": table.num_rows,
        "rows": table.slice(offset, limit).select(names).to_pylist(),
    }


@router.get("/reviews", response={200: ReviewPage, **REFUSED}, summary="Requests that a person looks at a result")
@needs("scorecards.read")
def reviews(
    request: HttpRequest,
    state: Literal["", "open", "kept", "corrected"] = "",
    after: str = "",
    limit: int = Query(100, ge=1, le=1000),
) -> Any:
    """Those about scorecards that you may see."""
    rows = pay_queries.requests_visible(user_of(request), company_of(request))
    if state:
        rows = rows.filter(state=state)
    found, following = page_of(rows, after=after, limit=limit)
    return {"total": rows.count(), "next": following, "rows": found}


@router.get("/reviews/{review_id}", response={200: ReviewOut, **REFUSED}, summary="A request with its answer")
@needs("scorecards.read")
def review(request: HttpRequest, review_id: int) -> Any:
    return _review(request, review_id)


@router.post(
    "/reviews/{review_id}/answer", response={200: ReviewOut, **REFUSED}, summary="Answer a request, with reasons"
)
@needs("scorecards.read")
def answer_review(request: HttpRequest, review_id: int, given: AnswerIn) -> Any:
    row = _review(request, review_id)
    user = user_of(request)
    # Who may see a request but not answer it is told so; whoever may not see it gets the 404 above.
    if not permissions.may_review(user, row):
        raise Denied(_("You cannot answer this request."))
    return actions.answer_review(
        request=row, state=RequestState(given.state), answer=given.answer, by=user, at=clock.now()
    )


def _review(request: HttpRequest, review_id: int) -> ReviewRequest:
    company = company_of(request)
    row = pay_queries.request(company, review_id)
    queries.scorecard(user_of(request), company, row.scorecard_id)
    return row


@router.get("/schemes/{version_id}/trials", response={200: list[TrialOut], **REFUSED}, summary="Trials of a version")
@needs("schemes.write")
def trials(request: HttpRequest, version_id: int) -> Any:
    return scheme_queries.trials(scheme_queries.version_by_pk(company_of(request), version_id))[:1000]


@router.get("/trials/{trial_id}", response={200: TrialFile, **REFUSED}, summary="Who would have gained or lost")
@needs("schemes.write")
def trial(request: HttpRequest, trial_id: int) -> Any:
    return scheme_queries.trial_by_pk(company_of(request), trial_id)


@router.get(
    "/scheme-presets", response={200: list[PresetOut], **REFUSED}, summary="Examples that a draft can begin from"
)
@needs("schemes.write")
def presets(request: HttpRequest) -> Any:
    made = {name: PRESETS[name]() for name in sorted(PRESETS)}
    return [
        {"name": name, "title": said(one.title), "source": f"{one.source.words} [{one.source.mark}]"}
        for name, one in made.items()
    ]


@router.post("/scheme-presets", response={201: SchemeFile, **REFUSED}, summary="Begin a draft from an example")
@needs("schemes.write")
def install_preset(request: HttpRequest, given: InstallIn) -> Any:
    made = actions.install_preset(
        company=company_of(request), preset=given.preset, code=given.code, by=user_of(request), at=clock.now()
    )
    return Status(201, made)


@router.post(
    "/schemes/{version_id}/reopen",
    response={200: SchemeOut, **REFUSED},
    summary="Make a consulted version a draft again",
)
@needs("schemes.write")
def reopen_scheme(request: HttpRequest, version_id: int, given: ReasonIn) -> Any:
    version = scheme_queries.version_by_pk(company_of(request), version_id)
    return actions.reopen(version=version, reason=given.reason, by=user_of(request), at=clock.now())


@router.post("/schemes/{version_id}/retire", response={200: SchemeOut, **REFUSED}, summary="End a version in force")
@needs("schemes.adopt")
def retire_scheme(request: HttpRequest, version_id: int, given: RetireIn) -> Any:
    version = scheme_queries.version_by_pk(company_of(request), version_id)
    return actions.retire(version=version, until=given.until, reason=given.reason, by=user_of(request), at=clock.now())
