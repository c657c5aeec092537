"""The market's part of the files of retailers and products, by the API."""

from datetime import date
from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext as _
from ninja import Router, Schema
from pydantic import Field

from lianxin.core.measuring.figures import figures
from lianxin.foundation import clock
from lianxin.foundation.api import REFUSED
from lianxin.foundation.context import company_of
from lianxin.foundation.errors import Missing, Refused
from lianxin.foundation.gate import needs
from lianxin.goods import queries as goods
from lianxin.market.queries import choices, files, peers
from lianxin.market.queries.figures import parameters_of, product_sums
from lianxin.market.queries.questions import Question, persons_seen
from lianxin.market.screens.parts import newest_month
from lianxin.market.screens.shapes import FigureOut, figure_row
from lianxin.market.screens.words import with_same_retailers
from lianxin.retailers import queries as retailers

router = Router(tags=["market"])


class ProductWeeksOut(Schema):
    product_code: str
    name: str
    units: int
    weeks: list[int]
    last_day: date


class RhythmOut(Schema):
    n_days: int
    first: date
    last: date
    usual_gap_days: float | None
    next_expected: date | None
    usual_weekday: int = Field(description="1 = Monday … 7 = Sunday")
    weekday_shares: list[float]


class PurchasesOut(Schema):
    """The 26 weeks up to the newest month with sales; null rhythm: no order in them."""

    weeks: list[date] = Field(description="Mondays")
    products: list[ProductWeeksOut]
    rhythm: RhythmOut | None


class StockOut(Schema):
    """One counted product; `sold_units` is null where `reason` says why."""

    product_code: str
    name: str
    counted_on: date
    stock_units: int
    from_day: date | None
    until_day: date | None
    before_units: int | None
    after_units: int | None
    bought_units: int | None
    sold_units: int | None
    since_units: int
    days_of_stock: float | None
    reason: str


class TurnoverOut(Schema):
    known_until: date = Field(description="the last day of which orders are known")
    rows: list[StockOut]


class GrowthOut(Schema):
    """Growth against peers in the newest month; `ratio` is null where it has no base or too few peers."""

    month: date
    ratio: float | None
    now_units: int
    base_units: int
    expected_units: float | None
    n_peers: int
    peer_growth: float | None
    least_peers: int
    alert_line: float
    is_alert: bool


class ProductPartOut(Schema):
    unit: str | None = Field(description="null: all that you may see")
    units: int
    n_held: int
    n_ordered: int
    distribution: float | None
    sell_through_a: float | None
    sell_through_b: float | None
    weeks: list[int] = Field(description="26 weeks; empty for whoever sees only some of the retailers")


class ProductSalesOut(Schema):
    month: date
    figures: list[FigureOut]
    parts: list[ProductPartOut]


def _of_retailer(request: HttpRequest, licence_no: str) -> Question:
    company = company_of(request)
    retailer = retailers.retailer_with_licence(request.user, company, licence_no, on=clock.today(company))
    # Whoever may see the file sees its whole history, as on its page.
    return Question(months=(_month(request),), persons=None, retailer_id=retailer.pk)


def _month(request: HttpRequest) -> date:
    month = newest_month(company_of(request))
    if month is None:
        raise Missing(_("There are no sales to show yet. Import order lines first."))
    return month


@router.get(
    "/retailers/{licence_no}/purchases", response={200: PurchasesOut, **REFUSED},
    summary="What a retailer bought by product and week, and its rhythm of ordering",
)  # fmt: skip
@needs("market.read")
def retailer_purchases(request: HttpRequest, licence_no: str) -> Any:
    company, question = company_of(request), _of_retailer(request, licence_no)
    lines, weeks = files.recent_lines(company, question)
    names = choices.product_names(company)
    rhythm = files.rhythm(lines)
    products = []
    for one in files.weeks_by_product(lines, weeks):
        name, code = names.get(one.product_id, (str(one.product_id), ""))
        products.append(
            {"product_code": code, "name": name, "units": one.units, "weeks": one.weeks, "last_day": one.last_day}
        )
    told = None
    if rhythm is not None:
        own = ("n_days", "first", "last", "usual_gap_days", "next_expected", "weekday_shares")
        told = {**{name: getattr(rhythm, name) for name in own}, "usual_weekday": rhythm.usual_weekday + 1}
    return {"weeks": weeks, "products": products, "rhythm": told}


@router.get(
    "/retailers/{licence_no}/stock",
    response={200: TurnoverOut, **REFUSED},
    summary="Purchase, sales and stock of the products counted at a retailer",
)
@needs("visits.read")
def retailer_stock(request: HttpRequest, licence_no: str) -> Any:
    """Counted by visits, so for those who may see them."""
    company, question = company_of(request), _of_retailer(request, licence_no)
    retailer = retailers.retailer_with_licence(request.user, company, licence_no, on=clock.today(company))
    names = choices.product_names(company)
    own = [name for name in StockOut.model_fields if name not in ("product_code", "name")]
    rows = []
    for one in files.turnover_of(company, question, retailer):
        name, code = names.get(one.product_id, (str(one.product_id), ""))
        rows.append({"product_code": code, "name": name, **{field: getattr(one, field) for field in own}})
    return {"known_until": question.end, "rows": rows}


@router.get(
    "/retailers/{licence_no}/growth", response={200: GrowthOut, **REFUSED},
    summary="Growth of a retailer against its peers, with the alert",
)  # fmt: skip
@needs("market.read")
def retailer_growth(request: HttpRequest, licence_no: str) -> Any:
    company, question = company_of(request), _of_retailer(request, licence_no)
    assert question.retailer_id is not None
    growth = peers.of_retailer(company, question, parameters_of(company, question), question.retailer_id)
    if growth is None:
        raise Refused(_("Nobody held this retailer at the end of %(month)s.") % {"month": f"{question.month:%Y-%m}"})
    told = growth.peer_growth is not None
    return {
        "month": question.month,
        "ratio": growth.ratio,
        "now_units": growth.now_units,
        "base_units": growth.base_units,
        "expected_units": growth.expected_units if told else None,
        "n_peers": growth.n_peers,
        "peer_growth": growth.peer_growth,
        "least_peers": growth.least,
        "alert_line": growth.line,
        "is_alert": growth.is_alert,
    }


@router.get(
    "/products/{product_code}/sales", response={200: ProductSalesOut, **REFUSED},
    summary="Sales, distribution and sell-through of a product, by unit",
)  # fmt: skip
@needs("market.read")
def product_sales(request: HttpRequest, product_code: str) -> Any:
    company, month = company_of(request), _month(request)
    product = goods.product_with_code(request.user, company, product_code)
    persons = persons_seen(request.user, company, on=clock.today(company))
    question = Question(months=(month,), persons=persons, product_id=product.pk)
    sums = product_sums(company, question)
    answers = with_same_retailers(figures(sums, parameters_of(company, question)), sums)
    units = choices.unit_names(company)
    own = ("units", "n_held", "n_ordered", "distribution", "sell_through_a", "sell_through_b", "weeks")
    return {
        "month": month,
        "figures": [figure_row(answers[code]) for code in ("sales_units", "sales_amount", "unit_price")],
        "parts": [
            {
                "unit": None if one.unit_id is None else units.get(one.unit_id, ""),
                **{name: getattr(one, name) for name in own},
            }
            for one in files.product_by_unit(company, question)
        ],
    }
