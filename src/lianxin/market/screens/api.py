from datetime import date
from typing import Any, Literal

from django.http import HttpRequest
from django.utils.translation import gettext as _
from ninja import Query, Router, Schema
from pydantic import Field

from lianxin.core.measuring.registry import INDICATORS
from lianxin.foundation.context import company_of
from lianxin.foundation.errors import Missing, Refused
from lianxin.foundation.gate import needs
from lianxin.market.queries import choices, peers
from lianxin.market.queries.figures import (
    CODES,
    Answer,
    answer_of,
    figures,
    grouped,
    holdings,
    parameters_of,
    sums_of,
)
from lianxin.market.queries.lines import lines_of_retailer
from lianxin.market.queries.overviews import names_of
from lianxin.market.screens.asking import Asked, asked

router = Router(tags=["market"])


class QuestionIn(Schema):
    """The filters of the analysis page, by the same names."""

    month: str = Field("", description="last month of the period, such as 2021-12; the newest by default")
    from_: str = Field("", alias="from", description="first month of the period; the same by default")
    unit: str = Field("", description="id of a unit")
    manager: str = Field("", description="id of a person")
    route: str = ""
    trade_form: str = ""
    market_type: str = ""
    tier_from: str = ""
    tier_until: str = ""
    price_class: str = ""
    product: str = Field("", description="product_code")
    retailer: str = Field("", description="licence_no")


class FigureOut(Schema):
    indicator: str
    value: float | None
    numerator: float | None
    denominator: float | None
    n: int
    unit: str
    answer: str
    reason: str | None
    year_ago: float | None


class FiguresOut(Schema):
    months: list[date]
    figures: list[FigureOut]


class GroupOut(Schema):
    id: int | None
    code: str
    name: str
    figures: list[FigureOut]


class GroupsOut(Schema):
    months: list[date]
    total: int
    rows: list[GroupOut]


class AlertOut(Schema):
    retailer_id: int
    licence_no: str
    name: str
    manager: str = Field(description="employee number")
    ratio: float
    now_units: int
    base_units: int
    expected_units: float
    shortfall_units: float
    n_peers: int
    peer_growth: float


class AlertsOut(Schema):
    month: date
    total: int
    rows: list[AlertOut]


class LineOut(Schema):
    line_id: str
    order_date: date
    product_code: str
    wanted_units: int | None
    cap_units: int | None
    ordered_units: int
    supplied_units: int | None
    units: int
    amount_fen: int | None
    batch_id: str


def _question(request: HttpRequest) -> Asked:
    found = asked(request, company_of(request))
    if found is None:
        raise Missing(_("There are no sales to show yet. Import order lines first."))
    for drawn in found.filters.fields:
        if drawn.fault:
            raise Refused(drawn.fault, field=drawn.filter.key)
    return found


def figure_row(answer: Answer) -> dict[str, Any]:
    return {
        "indicator": answer.code,
        "value": answer.value,
        "numerator": answer.numerator,
        "denominator": answer.denominator,
        "n": answer.n,
        "unit": INDICATORS[answer.code].unit.value,
        "answer": "value" if answer.is_value else "not_enough_data",
        "reason": answer.reason or None,
        "year_ago": answer.year_ago,
    }


@router.get("/market/figures", response=FiguresOut, summary="The figures of a part of the market")
@needs("market.read")
def market_figures(request: HttpRequest, question: Query[QuestionIn]) -> dict[str, Any]:
    found = _question(request)
    parameters = parameters_of(found.company, found.question)
    answers = figures(sums_of(holdings(found.company, found.question, parameters)), parameters)
    return {"months": found.question.months, "figures": [figure_row(answers[code]) for code in CODES]}


@router.get("/market/groups", response=GroupsOut, summary="The same figures by unit, manager or retailer")
@needs("market.read")
def market_groups(
    request: HttpRequest,
    question: Query[QuestionIn],
    by: Literal["unit", "manager", "retailer"] = "unit",
    limit: int = Query(1000, ge=1, le=10000),
    offset: int = Query(0, ge=0),
) -> dict[str, Any]:
    found = _question(request)
    company = found.company
    parameters = parameters_of(company, found.question)
    column = {"unit": "unit_id", "manager": "person_id", "retailer": "retailer_id"}[by]
    groups = grouped(holdings(company, found.question, parameters), column)
    groups.sort(key=lambda group: (-group.sums["units"], group.key or 0))
    names = names_of(company, by, found.question)
    rows = [
        {
            "id": group.key,
            "code": names.get(group.key, ("", ""))[1],
            "name": names.get(group.key, ("", ""))[0],
            "figures": [figure_row(answer_of(code, group.sums, parameters)) for code in CODES],
        }
        for group in groups[offset : offset + limit]
    ]
    return {"months": found.question.months, "total": len(groups), "rows": rows}


@router.get("/market/lines", response=list[LineOut], summary="The order lines of one retailer in a period")
@needs("market.read")
def market_lines(request: HttpRequest, question: Query[QuestionIn]) -> list[dict[str, Any]]:
    found = _question(request)
    if found.retailer is None:
        raise Refused(_("Name the retailer by its licence number."), field="retailer")
    codes = choices.product_names(found.company)
    rows = lines_of_retailer(found.company, found.question).to_pylist()
    return [{**row, "product_code": codes.get(row["product_id"], ("", ""))[1]} for row in rows]


@router.get(
    "/market/alerts", response=AlertsOut, summary="Retailers that grow less than the alert line of what their peers do"
)
@needs("market.read")
def market_alerts(
    request: HttpRequest,
    question: Query[QuestionIn],
    limit: int = Query(1000, ge=1, le=10000),
    offset: int = Query(0, ge=0),
) -> dict[str, Any]:
    found = _question(request)
    company = found.company
    table = peers.alerts(company, found.question, parameters_of(company, found.question))
    table = table.sort_by([("shortfall_units", "descending"), ("retailer_id", "ascending")])
    names, persons = names_of(company, "retailer", found.question), choices.person_names(company)
    rows = [
        {
            **row,
            "licence_no": names.get(row["retailer_id"], ("", ""))[1],
            "name": names.get(row["retailer_id"], ("", ""))[0],
            "manager": persons.get(row["person_id"], ("", ""))[1],
        }
        for row in table.slice(offset, limit).to_pylist()
    ]
    return {"month": found.question.month, "total": table.num_rows, "rows": rows}
