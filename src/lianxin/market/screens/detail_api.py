"""What the market's pages show beside figures, by the API: pictures as numbers, explanations, new products."""

from collections.abc import Sequence
from datetime import date
from typing import Any, Literal

from django.http import HttpRequest
from django.utils.translation import gettext as _
from ninja import Query, Router, Schema
from pydantic import Field

from lianxin.core.measuring.figures import CODES, figures
from lianxin.foundation.api import REFUSED
from lianxin.foundation.errors import Missing
from lianxin.foundation.gate import needs
from lianxin.market.queries import choices
from lianxin.market.queries.figures import holdings, parameters_of, sums_of
from lianxin.market.queries.new_products import movement
from lianxin.market.screens import pictures
from lianxin.market.screens.explaining import explanation
from lianxin.market.screens.shapes import FigureOut, QuestionIn, figure_row, question_of
from lianxin.market.screens.words import with_same_retailers
from lianxin.ui.parts import Fact, Picture

router = Router(tags=["market"])


class SeriesOut(Schema):
    name: str
    values: list[float | None]


class TrendOut(Schema):
    """Units sold by month, and a year before each."""

    title: str = Field(description="the finding, in the language of the request")
    unit: str
    months: list[str]
    series: list[SeriesOut]


class StructureOut(Schema):
    """Units sold by part: a year before and in the period."""

    title: str
    unit: str
    categories: list[str]
    parts: list[SeriesOut]


class OutlierOut(Schema):
    name: str
    value: float


class DistributionOut(Schema):
    """How many retailers bought how much: `counts[i]` of them from `edges[i]` to `edges[i + 1]`."""

    title: str
    unit: str
    edges: list[float]
    counts: list[int]
    median: float | None
    outliers: list[OutlierOut]


class FactOut(Schema):
    title: str
    text: str
    note: str

    @staticmethod
    def resolve_title(fact: Fact) -> str:
        return str(fact.title)


class ExplanationOut(Schema):
    figure: FigureOut
    title: str
    subject: str
    formula: str
    numerator: FactOut | None
    denominator: FactOut | None
    n: FactOut | None
    parameters: list[FactOut]
    source: str
    version: str


class NewProductOut(Schema):
    product_code: str
    name: str
    listed: date
    n_held: int
    n_reached: int
    n_ordered: int
    n_earlier: int
    n_again: int
    units: int
    last_units: int
    distribution: float | None
    reach: float | None
    again: float | None


class NewProductsOut(Schema):
    month: date
    rows: list[NewProductOut]


def _series(picture: Picture, key: str = "series") -> list[dict[str, Any]]:
    return [{"name": str(one["name"]), "values": one["values"]} for one in picture.payload[key]]


@router.get("/market/trend", response={200: TrendOut, **REFUSED}, summary="Units by month, and a year before")
@needs("market.read")
def market_trend(request: HttpRequest, question: Query[QuestionIn]) -> Any:
    found = question_of(request)
    picture = pictures.trend(found.company, found.question)
    payload = picture.payload
    return {
        "title": payload["title"],
        "unit": payload["measure"]["unit"],
        "months": payload["months"],
        "series": _series(picture),
    }


@router.get("/market/structure", response={200: StructureOut, **REFUSED}, summary="Units by part of the market")
@needs("market.read")
def market_structure(
    request: HttpRequest,
    question: Query[QuestionIn],
    parts: Literal["price_class", "trade_form", "market_type", "trade_area"] = "price_class",
) -> Any:
    found = question_of(request)
    picture = pictures.structure(found.company, found.question, by=parts)
    payload = picture.payload
    return {
        "title": payload["title"],
        "unit": payload["measure"]["unit"],
        "categories": payload["categories"],
        "parts": _series(picture),
    }


@router.get(
    "/market/distribution", response={200: DistributionOut, **REFUSED}, summary="Retailers by how much they bought"
)
@needs("market.read")
def market_distribution(request: HttpRequest, question: Query[QuestionIn]) -> Any:
    found = question_of(request)
    payload = pictures.distribution(found.company, found.question).payload
    marks: Sequence[Any] = payload.get("marks") or ()
    return {
        "title": payload["title"],
        "unit": payload["measure"]["unit"],
        "edges": payload["edges"],
        "counts": payload["counts"],
        "median": marks[0]["at"] if marks else None,
        "outliers": payload.get("outliers") or [],
    }


@router.get(
    "/market/explanations/{indicator}", response={200: ExplanationOut, **REFUSED}, summary="How a figure was counted"
)
@needs("market.read")
def market_explanation(request: HttpRequest, indicator: str, question: Query[QuestionIn]) -> Any:
    found = question_of(request)
    if indicator not in CODES:
        raise Missing(
            _("There is no such figure. Figures: %(known)s.") % {"known": ", ".join(CODES)}, field="indicator"
        )
    parameters = parameters_of(found.company, found.question)
    sums = sums_of(holdings(found.company, found.question, parameters))
    answer = with_same_retailers(figures(sums, parameters), sums)[indicator]
    told = explanation(found, answer, parameters, request.GET)
    return {
        "figure": figure_row(answer),
        "title": str(told.title),
        "subject": told.subject,
        "formula": told.formula,
        "numerator": told.numerator,
        "denominator": told.denominator,
        "n": told.n,
        "parameters": list(told.parameters),
        "source": told.source,
        "version": told.version,
    }


@router.get(
    "/market/new-products", response={200: NewProductsOut, **REFUSED}, summary="How far the new products have spread"
)
@needs("market.read")
def market_new_products(request: HttpRequest, question: Query[QuestionIn]) -> Any:
    found = question_of(request)
    names = choices.product_names(found.company)
    rows = []
    for one in movement(found.company, found.question, parameters_of(found.company, found.question)):
        name, code = names.get(one.product_id, (str(one.product_id), ""))
        counted = {key: getattr(one, key) for key in NewProductOut.model_fields if key not in ("product_code", "name")}
        rows.append({"product_code": code, "name": name, **counted})
    return {"month": found.question.month, "rows": rows}
