"""The figures of the analysis page as one table, for files."""

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any, Final

from django.utils.translation import gettext as _

from lianxin.core.measuring.figures import CODES, answer_of
from lianxin.core.measuring.registry import INDICATORS
from lianxin.foundation.errors import Refused
from lianxin.foundation.models import Company
from lianxin.market.queries import choices
from lianxin.market.queries.asking import months_known
from lianxin.market.queries.figures import Group, grouped, holdings, parameters_of, product_groups
from lianxin.market.queries.questions import Question, months_between
from lianxin.market.queries.sums import places

LEVELS: Final = ("unit", "manager", "retailer", "product")
COLUMNS: Final = ("entity", "name", "indicator", "value", "numerator", "denominator", "n", "unit", "answer")
_BY: Final[Mapping[str, str]] = {"unit": "unit_id", "manager": "person_id", "retailer": "retailer_id"}
_OF_PRODUCTS: Final = ("sales_units", "sales_amount", "same_period_change", "unit_price")


def overview(company: Company, *, first: date, last: date, by: str) -> Iterator[tuple[Any, ...]]:
    """Rows of `COLUMNS`: every figure of every unit, manager, retailer or product in a period, the largest first.

    Raises
    ------
    Refused : there are no monthly sums of the last month.
    """
    if last not in months_known(company):
        raise Refused(
            _("There are no monthly sums of %(month)s. Import its order lines, or run: lianxin rollups refresh")
            % {"month": f"{last:%Y-%m}"},
            field="month",
        )
    question = Question(months=months_between(first, last), persons=None)
    parameters = parameters_of(company, question)
    is_goods = by == "product"
    found = product_groups(company, question) if is_goods else grouped(holdings(company, question, parameters), _BY[by])
    groups = sorted(found, key=lambda group: (-group.sums["units"], group.key or 0))
    names = names_of(company, by, question)
    return _rows(groups, names, parameters, _OF_PRODUCTS if by == "product" else CODES)


def _rows(
    groups: list[Group], names: Mapping[Any, tuple[str, str]], parameters: Mapping[str, Any], codes: tuple[str, ...]
) -> Iterator[tuple[Any, ...]]:
    for group in groups:
        name, code = names.get(group.key, ("", ""))
        for indicator in codes:
            answer = answer_of(indicator, group.sums, parameters)
            told = "value" if answer.is_value else "not_enough_data"
            yield (
                code, name, indicator, answer.value, answer.numerator, answer.denominator, answer.n,
                INDICATORS[indicator].unit.value, told,
            )  # fmt: skip


def names_of(company: Company, by: str, question: Question) -> Mapping[Any, tuple[str, str]]:
    """Id -> name and code of the units, managers, retailers or products of a company."""
    if by == "unit":
        return {pk: (name, name) for pk, name in choices.unit_names(company).items()}
    if by == "manager":
        return choices.person_names(company)
    if by == "product":
        return choices.product_names(company)
    table = places(company, question.month)
    columns = (table.column(name).to_pylist() for name in ("retailer_id", "name", "licence_no"))
    return {retailer_id: (name, licence) for retailer_id, name, licence in zip(*columns, strict=True)}
