"""Three rates and one degree: always four, a value or the reason why there is none."""

from __future__ import annotations

from typing import Any

import pytest

from lianxin.core.errors import ParameterWrong
from lianxin.core.forecasting.rates import NOTE_EN, NOTE_ZH, VARIANTS, members_of, three_rates_and_degree

pytestmark = pytest.mark.requirement("C5")
MEASURED = ("forecast_accuracy", "order_fill", "agreement_fulfilment")


def row(indicator: str, **values: Any) -> dict[str, Any]:
    told = {"value": 0.8, "numerator": 80.0, "denominator": 100.0, "n": 40, "answer": "value", "reason": None}
    return {"indicator": indicator, **told, **values}


def test_the_four_are_variant_a_unless_the_company_says_otherwise() -> None:
    assert members_of({}) == VARIANTS["a"]
    other = {"judging.three_rates_and_degree": list(VARIANTS["c"])}
    assert members_of(other)[2] == "new_product_distribution"
    assert NOTE_ZH == "公司自定，未见公开统一定义"
    assert "no public standard" in NOTE_EN


@pytest.mark.parametrize("codes", [[], ["a", "b", "c"], ["a", "b", "c", "c"], ["a", "b", "", "d"], list("abcde")])
def test_it_must_be_four_different_ones(codes: list[str]) -> None:
    with pytest.raises(ParameterWrong, match="four different"):
        members_of({"judging.three_rates_and_degree": codes})


def test_what_is_missing_is_never_zero() -> None:
    values = [
        row("forecast_accuracy"),
        row("order_fill", value=None, n=3, answer="not_enough_data", reason="below_minimum"),
    ]
    accuracy, fill, fulfilment, satisfaction = three_rates_and_degree(values, {}, MEASURED)
    assert (accuracy.value, accuracy.numerator, accuracy.denominator, accuracy.n, accuracy.reason) == (
        0.8,
        80.0,
        100.0,
        40,
        None,
    )
    assert (fill.value, fill.n, fill.answer, fill.reason) == (None, 3, "not_enough_data", "below_minimum")
    assert (fulfilment.value, fulfilment.reason) == (None, "no_cases")
    assert (satisfaction.value, satisfaction.reason, satisfaction.is_degree) == (None, "not_measured", True)
    # Where others are asked, a month without a survey is told as such.
    assert three_rates_and_degree(values, {}, (*MEASURED, "satisfaction"))[3].reason == "no_survey"
    assert [one.place for one in (accuracy, fill, fulfilment, satisfaction)] == [1, 2, 3, 4]
