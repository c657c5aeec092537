"""What was judged of forecasts, by API: everybody's stair and accuracy, copies, weights; and what stands beside forecasts."""

from datetime import date, datetime, timedelta
from typing import Any, Literal

from django.http import HttpRequest
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from ninja import Router, Schema, Status

from lianxin.core.forecasting.combining import weights_of
from lianxin.core.forecasting.repeating import REFERENCES
from lianxin.demand.actions import agreeing
from lianxin.demand.models import Agreement, Judging
from lianxin.demand.queries import agreements, copies, festivals, judged
from lianxin.demand.queries.people_named import units_named
from lianxin.demand.queries.weighing import NAME
from lianxin.demand.screens import queueing
from lianxin.demand.states import JudgedKind
from lianxin.foundation import clock, parameters
from lianxin.foundation.context import company_of, user_of
from lianxin.foundation.errors import Missing, Refused
from lianxin.foundation.gate import needs
from lianxin.goods.queries import product_with_code
from lianxin.people.models import Person
from lianxin.retailers.queries import retailer_with_licence

router = Router(tags=["demand"])
LONGEST_DAYS = 3660


class JudgingJobOut(Schema):
    job: int
    state: str


class ManagerOut(Schema):
    """A manager's rows of the newest judging, as `docs/reference/judgement.md` names their columns."""

    employee_no: str
    name: str
    stair: list[dict[str, Any]]
    accuracy: list[dict[str, Any]]


class SumsOut(Schema):
    """What is told of those who forecast sums: of a unit, or (unit null) of the company."""

    unit: str | None
    stair: list[dict[str, Any]]
    accuracy: list[dict[str, Any]]


class CopiedOut(Schema):
    employee_no: str
    name: str
    rows: list[dict[str, Any]]


class RepeatedOut(Schema):
    """A number that repeats others: `same_as` says which (naive, average, seasonal_naive, system); null is not known."""

    round: int
    period_start: date
    licence_no: str
    product_code: str
    units: int
    same_as: list[str]
    naive_units: int | None
    average_units: int | None
    seasonal_naive_units: int | None
    system_units: int | None
    n_evidence: int
    came_units: int | None


class WeightsOut(Schema):
    """Published weights, since when and by what they hold (null: as shipped), and what the past would give by level."""

    published: dict[str, int]
    valid_from: date | None
    source: str | None
    learned: dict[str, list[dict[str, Any]]]


class AgreementOut(Schema):
    licence_no: str
    product_code: str
    month: date
    units: int
    is_withdrawn: bool
    counts: bool
    agreed_at: datetime

    @staticmethod
    def resolve_licence_no(row: Agreement) -> str:
        return row.retailer.licence_no

    @staticmethod
    def resolve_product_code(row: Agreement) -> str:
        return row.product.product_code


class AgreementIn(Schema):
    licence_no: str
    product_code: str
    month: str
    units: int


class FestivalOut(Schema):
    name: str
    first: date
    last: date


@router.get("/forecast-judging", response=dict[str, Any])
@needs("forecasts.read")
def judging(request: HttpRequest) -> Any:
    """The newest judging: what all managers together came to, with evidence versions, parameters and code version."""
    company, user = company_of(request), user_of(request)
    found = _newest(request)
    on = clock.today(company)
    return {
        "number": found.number,
        "digest": found.digest,
        "code_version": found.code_version,
        "evidence": found.evidence,
        "parameters": found.parameters,
        "stair": judged.together(user, found, JudgedKind.STAIR, on=on),
        "accuracy": judged.together(user, found, JudgedKind.ACCURACY, on=on),
        "information": judged.information(found),
    }


@router.post("/forecast-judging", response={202: JudgingJobOut})
@needs("rounds.run")
def start_judging(request: HttpRequest) -> Any:
    """Hold closed rounds against what came, as a job."""
    job = queueing.judge(company_of(request), by=user_of(request), at=clock.now())
    return Status(202, {"job": job.pk, "state": job.state})


@router.get("/forecast-judging/managers", response=list[ManagerOut])
@needs("forecasts.read")
def list_managers_judged(request: HttpRequest) -> Any:
    """The stair and accuracies of each manager within your scope."""
    judging = _newest(request)
    user, on = user_of(request), clock.today(judging.company)
    accuracy = judged.persons_judged(user, judging, JudgedKind.ACCURACY, on=on)
    stair = {person.pk: rows for person, rows in judged.persons_judged(user, judging, JudgedKind.STAIR, on=on)}
    return [{**_named(person), "stair": stair.get(person.pk, []), "accuracy": rows} for person, rows in accuracy]


@router.get("/forecast-judging/sums", response=list[SumsOut])
@needs("forecasts.read")
def list_sums_judged(request: HttpRequest) -> Any:
    """The stair and accuracies of sums: of the company if you see all of it, and of each unit that you see."""
    judging = _newest(request)
    user, on = user_of(request), clock.today(judging.company)
    stair = judged.units_judged(user, judging, JudgedKind.STAIR, on=on)
    accuracy = judged.units_judged(user, judging, JudgedKind.ACCURACY, on=on)
    codes = units_named(set(accuracy))
    found: list[dict[str, Any]] = [
        {"unit": code, "stair": stair.get(pk, []), "accuracy": accuracy[pk]}
        for pk, code in sorted(codes.items(), key=lambda item: item[1])
    ]
    whole = judged.company_judged(user, judging, JudgedKind.ACCURACY, on=on)
    if whole:
        of_company = judged.company_judged(user, judging, JudgedKind.STAIR, on=on)
        found.insert(0, {"unit": None, "stair": of_company, "accuracy": whole})
    return found


@router.get("/forecast-judging/copied", response=list[CopiedOut])
@needs("forecasts.copied")
def list_copied(request: HttpRequest) -> Any:
    """Who repeats history or the system beyond chance, within your scope: a question, never a verdict."""
    judging = _newest(request)
    persons = judged.persons_judged(user_of(request), judging, JudgedKind.COPYING, on=clock.today(judging.company))
    return [{**_named(person), "rows": rows} for person, rows in persons]


@router.get("/forecast-judging/copied/{employee_no}", response=list[RepeatedOut])
@needs("forecasts.copied")
def list_repeated(
    request: HttpRequest,
    employee_no: str,
    kind: Literal["history", "system"] = "history",
    lay: bool = False,
    limit: int = 1000,
) -> Any:
    """The numbers of a manager within your scope that repeat history or the system; `lay`: only those beside which evidence lay."""
    judging = _newest(request)
    on = clock.today(judging.company)
    person, _rows = judged.of_employee(user_of(request), judging, JudgedKind.COPYING, employee_no, on=on)
    found = copies.lines_repeated(judging, person, kind, with_evidence=lay, limit=max(1, min(limit, 10_000)))
    return [
        {
            "round": one.round_id,
            "same_as": list(one.sources),
            "came_units": one.came,
            **{
                name: getattr(one, name)
                for name in ("period_start", "licence_no", "product_code", "units", "n_evidence")
            },
            **{f"{name}_units": getattr(one, name) for name in REFERENCES},
        }
        for one in found
    ]


@router.get("/forecast-weights", response=WeightsOut)
@needs("forecasts.read")
def forecast_weights(request: HttpRequest) -> Any:
    """The weights of the combined forecast that are in force today, and those that the past would give."""
    company = company_of(request)
    on = clock.today(company)
    adopted, judging = judged.adopted(company, NAME, on=on), judged.newest(company)
    return {
        "published": weights_of(parameters.in_force(company, on=on)),
        "valid_from": adopted.valid_from if adopted else None,
        "source": adopted.source if adopted else None,
        "learned": judged.weights(judging) if judging else {},
    }


@router.get("/demand-agreements", response=list[AgreementOut])
@needs("forecasts.read")
def list_agreements(request: HttpRequest, month: str, limit: int = 1000) -> Any:
    """Every version of a month's agreements with retailers within your scope; `counts` says which one stands."""
    company = company_of(request)
    rows = agreements.agreements_visible(user_of(request), company, _month(month), on=clock.today(company))
    return rows.order_by("retailer__licence_no", "product__product_code", "agreed_at")[: max(1, min(limit, 10_000))]


@router.post("/demand-agreements", response={201: AgreementOut})
@needs("agreements.write")
def write_agreement(request: HttpRequest, given: AgreementIn) -> Any:
    """Write down what a retailer within your scope agreed to take; units 0 take it back. Each word is a new version."""
    company, user = company_of(request), user_of(request)
    on = clock.today(company)
    made = agreeing.write_down(
        retailer=retailer_with_licence(user, company, given.licence_no, on=on),
        product=product_with_code(user, company, given.product_code),
        month=_month(given.month),
        units=given.units,
        by=user,
        at=clock.now(),
        on=on,
    )
    return Status(201, agreements.with_standing(made))


@router.get("/festivals", response=list[FestivalOut])
@needs("hints.read")
def list_festivals(request: HttpRequest, first: date, until: date) -> Any:
    """The festivals of the company's country that touch the days from `first` on and before `until`."""
    if not timedelta(0) < until - first <= timedelta(days=LONGEST_DAYS):
        raise Refused(_("until lies after first, by at most %(days)d days.") % {"days": LONGEST_DAYS}, field="until")
    return festivals.festivals(company_of(request), first, until, get_language() or "zh")


def _newest(request: HttpRequest) -> Judging:
    found = judged.newest(company_of(request))
    if found is None:
        raise Missing(_("No round has been held against its sales yet."))
    return found


def _named(person: Person) -> dict[str, str]:
    return {"employee_no": person.employee_no, "name": person.name}


def _month(text: str) -> date:
    try:
        return date.fromisoformat(f"{text[:7]}-01")
    except ValueError as error:
        raise Refused(_("month is written like 2021-12."), field="month") from error
