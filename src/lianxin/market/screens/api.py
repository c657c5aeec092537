from datetime import date
from typing import Any, Final, Literal

from django.http import HttpRequest
from django.utils.translation import gettext as _
from ninja import Query, Router, Schema
from pydantic import Field

from lianxin.core.measuring.figures import CODES, answer_of, figures
from lianxin.foundation.errors import Refused
from lianxin.foundation.gate import needs
from lianxin.market.queries import choices, peers
from lianxin.market.queries.figures import grouped, holdings, parameters_of, product_groups, sums_of
from lianxin.market.queries.lines import lines_of_retailer
from lianxin.market.queries.overviews import names_of
from lianxin.market.screens.detail_api import router as details
from lianxin.market.screens.file_api import router as file_parts
from lianxin.market.screens.shapes import FigureOut, QuestionIn, figure_row, question_of

router = Router(tags=["market"])
router.add_router("", details)
router.add_router("", file_parts)


OF_PRODUCTS: Final = ("sales_units", "same_period_change", "sales_amount", "unit_price")


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


@router.get("/market/figures", response=FiguresOut, summary="The figures of a part of the market")
@needs("market.read")
def market_figures(request: HttpRequest, question: Query[QuestionIn]) -> dict[str, Any]:
    found = question_of(request)
    parameters = parameters_of(found.company, found.question)
    answers = figures(sums_of(holdings(found.company, found.question, parameters)), parameters)
    return {"months": found.question.months, "figures": [figure_row(answers[code]) for code in CODES]}


@router.get("/market/groups", response=GroupsOut, summary="The same figures by unit, manager, retailer or product")
@needs("market.read")
def market_groups(
    request: HttpRequest,
    question: Query[QuestionIn],
    by: Literal["unit", "manager", "retailer", "product"] = "unit",
    limit: int = Query(1000, ge=1, le=10000),
    offset: int = Query(0, ge=0),
) -> dict[str, Any]:
    found = question_of(request)
    company = found.company
    parameters = parameters_of(company, found.question)
    # Of a product only sales are told: the other figures are about retailers and all that they buy.
    codes = OF_PRODUCTS if by == "product" else CODES
    if by == "product":
        groups = product_groups(company, found.question)
    else:
        column = {"unit": "unit_id", "manager": "person_id", "retailer": "retailer_id"}[by]
        groups = grouped(holdings(company, found.question, parameters), column)
    groups.sort(key=lambda group: (-group.sums["units"], group.key or 0))
    names = names_of(company, by, found.question)
    rows = [
        {
            "id": group.key,
            "code": names.get(group.key, ("", ""))[1],
            "name": names.get(group.key, ("", ""))[0],
            "figures": [figure_row(answer_of(code, group.sums, parameters)) for code in codes],
        }
        for group in groups[offset : offset + limit]
    ]
    return {"months": found.question.months, "total": len(groups), "rows": rows}


@router.get("/market/lines", response=list[LineOut], summary="The order lines of one retailer in a period")
@needs("market.read")
def market_lines(request: HttpRequest, question: Query[QuestionIn]) -> list[dict[str, Any]]:
    found = question_of(request)
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
    found = question_of(request)
    company = found.company
    table = peers.alerts(company, found.question, parameters_of(company, found.question))
    table = table.sort_by([("shortfall_units", "descending"), ("retailer_id", "ascending")])
    persons = choices.person_names(company)
    rows = [
        {
            **row,
            "licence_no": row["licence_no"] or "",
            "name": row["name"] or "",
            "manager": persons.get(row["person_id"], ("", ""))[1],
        }
        for row in table.slice(offset, limit).to_pylist()
    ]
    return {"month": found.question.month, "total": table.num_rows, "rows": rows}
