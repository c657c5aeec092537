"""三率一度, three rates and one degree: a set of four indicators that the company names, each with all that explains it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from lianxin.core.errors import ParameterWrong
from lianxin.core.forecasting.judging_contracts import NOT_ENOUGH, VALUE
from lianxin.core.parameters import value_of

NOTE_ZH: Final = "公司自定，未见公开统一定义"
NOTE_EN: Final = "Definition set by the company; no public standard was found"
NOT_MEASURED: Final = "not_measured"
NO_CASES: Final = "no_cases"
NO_SURVEY: Final = "no_survey"
SATISFACTION: Final = "satisfaction"
# The readings that occur in the trade; which one holds is the company's to say.
VARIANTS: Final[Mapping[str, tuple[str, ...]]] = {
    "a": ("forecast_accuracy", "order_fill", "agreement_fulfilment", SATISFACTION),
    "b": ("forecast_accuracy", "order_fill", "products_selling", SATISFACTION),
    "c": ("forecast_accuracy", "order_fill", "new_product_distribution", SATISFACTION),
}


@dataclass(frozen=True)
class Member:
    """One of the four, for one person, unit or company.

    place : 1 to 4; the first three are the rates, the fourth the degree
    indicator : code; value : None unless answer is "value"
    reason : why there is none: `not_measured` (nobody measures that indicator here), `no_cases` (it has nothing to measure of this
    entity), `no_survey` (satisfaction was not asked about in the month), or the reason that the indicator gave
    """

    place: int
    is_degree: bool
    indicator: str
    value: float | None
    numerator: float | None
    denominator: float | None
    n: int
    answer: str
    reason: str | None


def members_of(parameters: Mapping[str, Any]) -> tuple[str, str, str, str]:
    """The codes of the company's four: three rates, then the degree.

    Raises
    ------
    ParameterWrong : judging.three_rates_and_degree does not name four different indicators.
    """
    told = tuple(str(code) for code in value_of(parameters, "judging.three_rates_and_degree"))
    if len(told) != 4 or len(set(told)) != 4 or not all(told):
        raise ParameterWrong(
            f"Parameter judging.three_rates_and_degree names {', '.join(told) or 'nothing'}; "
            "it must name four different indicators, three rates and then the degree."
        )
    return (told[0], told[1], told[2], told[3])


def three_rates_and_degree(
    values: Iterable[Mapping[str, Any]], parameters: Mapping[str, Any], measured: Iterable[str]
) -> tuple[Member, ...]:
    """The four of one entity and month, each a value or the reason why there is none.

    Parameters
    ----------
    values : rows of `indicator_values` of one entity and month
    measured : codes of all indicators that are measured anywhere, so that "not measured" differs from "no cases"

    Invariants
    ----------
    Always four, in the company's order; a missing one is never zero.
    """
    rows = {str(row["indicator"]): row for row in values}
    known = set(measured)
    return tuple(
        _member(place, code, rows.get(code), code in known)
        for place, code in enumerate(members_of(parameters), start=1)
    )


def _member(place: int, code: str, row: Mapping[str, Any] | None, is_measured: bool) -> Member:
    degree = place == 4
    if row is None:
        # Where a company has ever asked, every manager has a row; so nobody was.
        why = NO_SURVEY if code == SATISFACTION else NO_CASES
        return Member(place, degree, code, None, None, None, 0, NOT_ENOUGH, why if is_measured else NOT_MEASURED)
    told = row["answer"] == VALUE
    return Member(
        place,
        degree,
        code,
        row["value"] if told else None,
        row["numerator"],
        row["denominator"],
        int(row["n"]),
        VALUE if told else NOT_ENOUGH,
        None if told else row["reason"],
    )
