"""What operations of the market share: the question in the address, and a figure as a row."""

from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext as _
from ninja import Schema
from pydantic import Field

from lianxin.core.measuring.figures import Answer
from lianxin.core.measuring.registry import INDICATORS
from lianxin.foundation.context import company_of
from lianxin.foundation.errors import Missing, Refused
from lianxin.market.screens.asking import Asked, asked


class QuestionIn(Schema):
    """The filters of the analysis page, by the same names."""

    month: str = Field("", description="last month of the period, such as 2021-12; the newest by default")
    from_: str = Field("", alias="from", description="first month of the period; the same by default")
    unit: str = Field("", description="id of a unit")
    manager: str = Field("", description="id of a person")
    route: str = ""
    trade_form: str = ""
    market_type: str = ""
    trade_area: str = Field("", description="of the retailers on the last day of the period")
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


def question_of(request: HttpRequest) -> Asked:
    """The question in the address.

    Raises
    ------
    Missing : nothing has been sold yet.
    Refused : a filter cannot be read.
    """
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
