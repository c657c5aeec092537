"""三率一度 by API: the company's four of a closed month, of everybody whom one may see."""

from datetime import date
from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext as _
from ninja import Query, Router, Schema

from lianxin.appraisal.queries import closings as queries
from lianxin.appraisal.screens.api_shapes import MONTH
from lianxin.appraisal.screens.presenters import is_chinese, title_of
from lianxin.appraisal.screens.rates import members_of_cards, note
from lianxin.core.forecasting import rates
from lianxin.core.measuring.registry import INDICATORS
from lianxin.foundation.context import company_of, user_of
from lianxin.foundation.errors import Missing
from lianxin.foundation.gate import needs
from lianxin.ui.citations import cited

router = Router(tags=["appraisal"])


class RateOut(Schema):
    """One of the four: a value, or (value null) the reason why there is none; never 0 for a missing one."""

    place: int
    is_degree: bool
    indicator: str
    value: float | None
    numerator: float | None
    denominator: float | None
    n: int
    answer: str
    reason: str | None


class RatesOfPerson(Schema):
    employee_no: str
    name: str
    unit: str
    rates: list[RateOut]


class MemberOut(Schema):
    """A member of the set: its name, formula and source; empty where nobody measures it here."""

    place: int
    indicator: str
    title: str
    formula: str
    source: str


class RatesOut(Schema):
    month: str
    closing: int
    note: str
    members: list[MemberOut]
    persons: list[RatesOfPerson]


@router.get("/three-rates", response=RatesOut, summary="Three rates and one degree of a closed month")
@needs("scorecards.read")
def three_rates(request: HttpRequest, month: str = Query(..., pattern=MONTH)) -> dict[str, Any]:
    """The company's four of each manager within your scope, with what defines them."""
    company, user = company_of(request), user_of(request)
    first = date.fromisoformat(f"{month}-01")
    closing = queries.latest(company, first)
    if closing is None:
        raise Missing(_("This month is not closed."))
    cards = list(queries.scorecards(user, company, month=first))
    return {
        "month": month,
        "closing": closing.pk,
        "note": note(),
        "members": [_member(place, code) for place, code in enumerate(rates.members_of(closing.parameters), 1)],
        "persons": [
            {
                "employee_no": card.person.employee_no,
                "name": card.person.name,
                "unit": str(card.unit),
                "rates": four,
            }
            for card, four, _values in members_of_cards(closing, cards)
        ],
    }


def _member(place: int, code: str) -> dict[str, Any]:
    declared = INDICATORS.get(code)
    return {
        "place": place,
        "indicator": code,
        "title": title_of(code),
        "formula": (declared.formula_zh if is_chinese() else declared.formula_en) if declared else "",
        "source": cited(declared.source) if declared else "",
    }
