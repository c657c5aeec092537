"""What the API of this room takes and gives."""

from datetime import datetime
from decimal import Decimal
from typing import Any, Final, Literal

from ninja import Schema
from pydantic import Field

from lianxin.appraisal.models import Closing, PayRun, Scorecard
from lianxin.appraisal.queries import pay as pay_queries
from lianxin.appraisal.queries.uncertainty import spread_of
from lianxin.foundation.api import Page

MONTH: Final = r"^\d{4}-(0[1-9]|1[0-2])$"


class IndicatorOut(Schema):
    entity: str
    indicator: str
    value: float | None
    numerator: float | None
    denominator: float | None
    n: int
    unit: str
    answer: str
    reason: str | None


class IndicatorsOut(Schema):
    month: str
    closing: int | None = Field(
        None, description="version of the closing, or null when computed from what is known now"
    )
    rows: list[IndicatorOut]


class PartOut(Schema):
    part: str
    role: str
    value: float | None
    target: float | None
    numerator: float | None
    denominator: float | None
    n: int
    answer: str
    reason: str
    points_milli: int | None
    full_milli: int
    handling: str


class ScorecardOut(Schema):
    id: int
    employee_no: str
    unit: str
    month: str
    closing: int
    scheme: str
    total_milli: int | None
    answer: str
    scored_share: float
    band: str
    group_n: int

    @staticmethod
    def resolve_employee_no(card: Scorecard) -> str:
        return card.person.employee_no

    @staticmethod
    def resolve_month(card: Scorecard) -> str:
        return f"{card.closing.month:%Y-%m}"

    @staticmethod
    def resolve_closing(card: Scorecard) -> int:
        return card.closing_id

    @staticmethod
    def resolve_scheme(card: Scorecard) -> str:
        return str(card.closing.scheme_version)


class ScorecardFile(ScorecardOut):
    parts: list[PartOut]
    plus_minus_milli: int | None = Field(
        None, description="what chance can do in the parts of counted cases, 90 %; null where none is known"
    )

    @staticmethod
    def resolve_plus_minus_milli(card: Scorecard) -> int | None:
        return spread_of(card).half_milli

    @staticmethod
    def resolve_parts(card: Scorecard) -> Any:
        return card.parts.order_by("place")


class ScorecardPage(Page):
    rows: list[ScorecardOut]


class ClosingOut(Schema):
    id: int
    month: str
    number: int
    step: str
    scheme: str | None
    digest: str
    evidence: dict[str, int]
    code_version: str
    engine: str
    n_indicator_values: int
    n_scorecards: int
    timings: dict[str, float]
    released_at: datetime | None

    @staticmethod
    def resolve_month(row: Closing) -> str:
        return f"{row.month:%Y-%m}"

    @staticmethod
    def resolve_scheme(row: Closing) -> str | None:
        return str(row.scheme_version) if row.scheme_version else None

    @staticmethod
    def resolve_evidence(row: Closing) -> Any:
        return row.pinned


class ClosingPage(Page):
    rows: list[ClosingOut]


class ShiftOut(Schema):
    employee_no: str
    part: str
    before_milli: int | None
    after_milli: int | None


class CloseIn(Schema):
    month: str = Field(pattern=MONTH, description="such as 2021-12")
    scheme: str = ""
    reason: str = ""


class JobOut(Schema):
    job: int
    state: str


class JudgementIn(Schema):
    employee_no: str
    month: str = Field(pattern=MONTH)
    code: str
    value: float
    reason: str


class JudgementOut(Schema):
    employee_no: str
    month: str
    code: str
    value: float
    reason: str


class WordsIn(Schema):
    text: str


class CoefficientIn(Schema):
    key: Literal["top", "middle", "bottom"]
    milli: int


class RuleIn(Schema):
    days: Literal["calendar", "working"] = "calendar"
    coefficients: list[CoefficientIn] = []
    blocked: Literal["exclude", "group_average"] = "exclude"
    not_enough: Literal["exclude", "group_average"] = "exclude"
    floor_fen: int = 0


class PayIn(Schema):
    month: str = Field(pattern=MONTH)
    pool: Decimal = Field(gt=0, decimal_places=2, max_digits=15, description="such as 120000.00")
    rule: RuleIn = RuleIn()


class PayLineOut(Schema):
    employee_no: str
    days: int
    score_milli: int | None
    coefficient_milli: int
    weight: int
    amount_fen: int | None
    remainder_fen: int
    handling: str
    reason: str

    @staticmethod
    def resolve_employee_no(line: Any) -> str:
        return str(line.person.employee_no)


class PayRunOut(Schema):
    id: int
    month: str
    closing: int
    pool_fen: int
    state: str
    digest: str

    @staticmethod
    def resolve_month(run: PayRun) -> str:
        return f"{run.closing.month:%Y-%m}"

    @staticmethod
    def resolve_closing(run: PayRun) -> int:
        return run.closing_id


class PayRunFile(PayRunOut):
    rule: dict[str, Any]
    lines: list[PayLineOut]

    @staticmethod
    def resolve_lines(run: PayRun) -> Any:
        return pay_queries.lines(run)
