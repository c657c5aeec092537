"""Forecast rounds by API: the same queries and actions as the pages, and as blind as they are."""

from datetime import date, datetime
from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext as _
from ninja import Router, Schema, Status
from pydantic import AwareDatetime, Field

from lianxin.demand.actions import closing, entering, opening, submitting
from lianxin.demand.checks import LARGEST, Number
from lianxin.demand.facts.combined import combined_visible
from lianxin.demand.models import Round, Sheet
from lianxin.demand.queries import choosing, rounds, sums
from lianxin.demand.queries.borrowed import borrowed_products, n_listed_together, n_newcomers_without, newcomers_of
from lianxin.demand.queries.lines import lines_of, parts_of, whole_units
from lianxin.demand.queries.names import Names, names_of, names_of_all
from lianxin.demand.queries.people_named import group_codes, units_named
from lianxin.demand.queries.without import without_lines
from lianxin.demand.screens import attachments_api, hints_api, judging_api, lines_api, queueing, spreading
from lianxin.demand.screens.seen_words import told_seen
from lianxin.demand.states import Period, Way
from lianxin.foundation import clock
from lianxin.foundation.context import company_of, user_of
from lianxin.foundation.errors import Refused, not_one_of
from lianxin.foundation.gate import needs
from lianxin.goods.queries import product_with_code

router = Router(tags=["demand"])
router.add_router("", judging_api.router)
router.add_router("", hints_api.router)
router.add_router("", attachments_api.router)
router.add_router("", lines_api.router)


class WithoutOut(Schema):
    """A chosen product without lines. why: never (ordered in the years looked at), not_lately (in the last year), just_begun."""

    product_code: str
    why: str
    last_order: date | None


class BorrowedOut(Schema):
    """A new product whose lines are borrowed: from which producer or price class (kind), from how many of its products."""

    product_code: str
    kind: str
    name: str
    n_analogues: int


class NewcomersOut(Schema):
    """New retailers whose lines are borrowed: from which trade form or market type (kind), or everybody, from how many of it."""

    kind: str
    name: str
    n_analogues: int
    n_retailers: int
    n_products: int


class RoundOut(Schema):
    id: int
    period: str
    first_period: date
    horizon: int
    product_codes: list[str]
    without_lines: list[WithoutOut]
    borrowed: list[BorrowedOut]
    new_retailers: list[NewcomersOut]
    n_new_retailers_without_lines: int
    n_retailers_listed_together: int = Field(
        description="never ordered, came to the list in one large batch, and when they opened is not recorded: no lines"
    )
    deadline_at: datetime
    state: str


def _told(round: Round, names: Names) -> dict[str, Any]:
    """A round as `RoundOut` tells it; its products' names are read once for as many rounds as there are."""
    own = {name: getattr(round, name) for name in ("id", "period", "first_period", "horizon", "deadline_at", "state")}
    codes = sorted(names.product_code(pk) for pk in round.product_ids if pk in names.products)
    return {
        **own,
        "product_codes": codes,
        "without_lines": without_lines(round, names),
        "borrowed": borrowed_products(round, names),
        "new_retailers": newcomers_of(round),
        "n_new_retailers_without_lines": n_newcomers_without(round),
        "n_retailers_listed_together": n_listed_together(round),
    }


class RoundIn(Schema):
    period: str = "month"
    first_period: date
    horizon: int = 1
    product_codes: list[str]
    deadline_at: AwareDatetime


class RoundJobOut(Schema):
    round: int
    job: int
    state: str


class PartOut(Schema):
    person: str
    unit: str
    n_retailers: int
    system: int
    share: float | None
    units: int


class SpreadOut(Schema):
    system_units: int
    own_units: int | None
    total_units: int
    parts: list[PartOut]


class SheetOut(Schema):
    employee_no: str
    post: str
    unit: str | None
    state: str
    n_lines: int
    n_entered: int
    n_accepted: int

    @staticmethod
    def resolve_employee_no(row: Sheet) -> str:
        return row.person.employee_no

    @staticmethod
    def resolve_unit(row: Sheet) -> str | None:
        return row.unit.code if row.unit else None


class SumOut(Schema):
    """A sum of the system's forecast. group: employee_no, code of the unit, or route; null: the company, or nobody known."""

    level: str
    group: str | None
    product_code: str | None
    period_start: date
    n_lines: int
    system_units: float
    low_units: float | None
    high_units: float | None
    n_shops_counted: int | None = Field(
        description="shops behind it in which it was counted; null of all products together"
    )
    n_shops_empty: int | None = Field(description="of these, in how many none was left; null where none was counted")
    n_shops_priced: int | None = Field(description="shops with a price that can be held against a guide price")
    price_change: float | None = Field(
        description="the middle one against the guide, -0.05 = 5 % less; null of fewer than five"
    )


class CombinedOut(Schema):
    """A sum of a closed round: each author's number, null where none is known or within your scope, and the combined one."""

    level: str
    unit: str | None
    product_code: str
    period_start: date
    system_units: float | None
    customer_manager_units: float | None
    market_manager_units: float | None
    brand_manager_units: float | None
    combined_units: float | None
    came_units: float | None
    missing: list[str]


class NumberIn(Schema):
    line_no: int
    units: int
    reason: str = ""
    words: str = ""
    evidence: str = ""
    rests_on: list[str] = []


class NumbersIn(Schema):
    numbers: list[NumberIn]


class LinesIn(Schema):
    line_nos: list[int]


@router.get("/forecast-rounds", response=list[RoundOut])
@needs("forecasts.read")
def list_rounds(request: HttpRequest, limit: int = 100) -> Any:
    """Forecast rounds, the newest first."""
    company = company_of(request)
    found = list(rounds.rounds(user_of(request), company)[: max(1, min(limit, 1000))])
    names = names_of_all(company.pk, found)
    return [_told(row, names) for row in found]


@router.post("/forecast-rounds", response={202: RoundJobOut})
@needs("rounds.run")
def open_forecast_round(request: HttpRequest, given: RoundIn) -> Any:
    """Open a round and make its system's forecast as a job; authors find their lines when it is done."""
    company, user, at = company_of(request), user_of(request), clock.now()
    if given.period not in Period.values:
        raise not_one_of("period", Period.values)
    made = opening.open_round(
        company=company, period=Period(given.period), first_period=given.first_period, horizon=given.horizon,
        product_ids=choosing.products_with_codes(company, given.product_codes), deadline_at=given.deadline_at, by=user, at=at,
        on=clock.today(company),
    )  # fmt: skip
    job = queueing.prepare(made, by=user, at=at)
    return Status(202, {"round": made.pk, "job": job.pk, "state": job.state})


@router.post("/forecast-rounds/{pk}/prepare", response={202: RoundJobOut})
@needs("rounds.run")
def prepare_round(request: HttpRequest, pk: int) -> Any:
    """Make the system's forecast of a round whose job failed or was stopped."""
    round = _round(request, pk)
    job = queueing.prepare(round, by=user_of(request), at=clock.now())
    return Status(202, {"round": round.pk, "job": job.pk, "state": job.state})


@router.get("/forecast-rounds/{pk}/spread", response=SpreadOut)
@needs("forecasts.write")
def spread_sum(request: HttpRequest, pk: int, product_code: str, step: int = 1, units: int | None = None) -> Any:
    """How a sum of your own sheet spreads to units and managers by the system's shares; `units`: default your number, else its."""
    round = _round(request, pk)
    sheet = rounds.own_sheet(user_of(request), round)
    product = product_with_code(user_of(request), round.company, product_code)
    number, below = spreading.own_sum(sheet, product.pk, step)
    system = int(whole_units(lines_of(sheet).row(number)["mean_milli"]))
    own = spreading.own_units(sheet, number)
    total = units if units is not None else system if own is None else own
    if not 0 <= total <= LARGEST:
        raise Refused(_("units lie from 0 to %(most)s.") % {"most": LARGEST}, field="units")
    rows = spreading.spread_rows(parts_of(round, product.pk, step, below), total)
    return {"system_units": system, "own_units": own, "total_units": total, "parts": rows}


@router.get("/forecast-rounds/{pk}/authors", response=list[SheetOut])
@needs("forecasts.read")
def list_authors(request: HttpRequest, pk: int) -> Any:
    """Who owes a forecast and how far they are, within your scope; no numbers."""
    round = _round(request, pk)
    return rounds.sheets_visible(user_of(request), round, on=clock.today(round.company)).order_by("person__employee_no")


@router.get("/forecast-rounds/{pk}/sums", response=list[SumOut])
@needs("forecasts.read")
def list_sums(request: HttpRequest, pk: int, level: str = "", together: bool = False) -> Any:
    """The system's forecast summed to company, unit, manager or route, by product or all together, within your scope."""
    user, round = user_of(request), _round(request, pk)
    offered = sums.levels_offered(user, round.company)
    if level and level not in offered:
        raise not_one_of("level", offered)
    level = level or offered[0]
    asked = sums.Asked(level=level, by_product=not together)
    rows = sums.sums(user, round, asked, on=clock.today(round.company))
    codes = group_codes(level, [row["group"] for row in rows if row["group"] is not None])
    goods = names_of(round)
    return [
        {
            **row,
            "level": level,
            "group": codes.get(row["group"]),
            "product_code": None if row["product_id"] is None else goods.product_code(row["product_id"]),
            **told_seen(row["seen"]),
        }
        for row in rows
    ]


@router.get("/forecast-rounds/{pk}/combined", response=list[CombinedOut])
@needs("forecasts.read")
def list_combined(request: HttpRequest, pk: int) -> Any:
    """The combined forecast of a closed round by product, of the company and of units, by the weights of its deadline."""
    round = _round(request, pk)
    rows = combined_visible(user_of(request), round, on=clock.today(round.company))
    units, goods = units_named({row["entity_id"] for row in rows}), names_of(round)
    return [
        {
            **row,
            "unit": units.get(row["entity_id"]) if row["level"] == "unit" else None,
            "product_code": goods.product_code(row["product_id"]),
            "missing": [one for one in row["missing"].split(",") if one],
        }
        for row in rows
    ]


@router.post("/forecast-rounds/{pk}/enter", response=SheetOut)
@needs("forecasts.write")
def enter_numbers(request: HttpRequest, pk: int, given: NumbersIn) -> Any:
    """Enter numbers on your own sheet: all of them, or none with the reason."""
    sheet = rounds.own_sheet(user_of(request), _round(request, pk))
    numbers = [Number(**{**one.dict(), "rests_on": tuple(one.rests_on)}) for one in given.numbers]
    entering.enter(
        sheet=sheet,
        numbers=numbers,
        way=Way.API,
        by=user_of(request),
        at=clock.now(),
        on=clock.today(sheet.round.company),
    )
    return rounds.own_sheet(user_of(request), sheet.round)


@router.post("/forecast-rounds/{pk}/accept", response=SheetOut)
@needs("forecasts.write")
def accept_lines(request: HttpRequest, pk: int, given: LinesIn) -> Any:
    """Accept the system's number for lines that have nothing yet."""
    sheet = rounds.own_sheet(user_of(request), _round(request, pk))
    entering.accept(sheet=sheet, lines=given.line_nos, by=user_of(request), at=clock.now())
    return rounds.own_sheet(user_of(request), sheet.round)


@router.post("/forecast-rounds/{pk}/submit", response=SheetOut)
@needs("forecasts.write")
def submit_sheet(request: HttpRequest, pk: int) -> Any:
    """Submit your own sheet."""
    return submitting.submit(sheet=_own(request, pk), by=user_of(request), at=clock.now())


@router.post("/forecast-rounds/{pk}/take-back", response=SheetOut)
@needs("forecasts.write")
def take_sheet_back(request: HttpRequest, pk: int) -> Any:
    """Open your own sheet again before the deadline."""
    return submitting.take_back(sheet=_own(request, pk), by=user_of(request), at=clock.now())


@router.post("/forecast-rounds/{pk}/close", response=RoundOut)
@needs("rounds.run")
def close_round(request: HttpRequest, pk: int) -> Any:
    """Close a round whose deadline has passed."""
    closed = closing.close(round=_round(request, pk), by=user_of(request), at=clock.now())
    return _told(closed, names_of(closed))


def _round(request: HttpRequest, pk: int) -> Round:
    return rounds.round_of(user_of(request), company_of(request), pk)


def _own(request: HttpRequest, pk: int) -> Sheet:
    return rounds.own_sheet(user_of(request), _round(request, pk))
