"""Which values a parameter takes, and what it says of the others."""

from __future__ import annotations

from typing import Any

import pytest

from lianxin.core.errors import ParameterWrong
from lianxin.core.parameters import PARAMETERS, Parameter, ParameterKind, value_of


def test_every_default_fits_its_own_declaration() -> None:
    for name, parameter in PARAMETERS.items():
        assert value_of({}, name) == parameter.default
        assert all((parameter.title_zh, parameter.title_en, parameter.source, parameter.unit))
        assert parameter.evidence in "SCDIG"
        assert name == parameter.name


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        ("measuring.peer_minimum", 0, "is 0; it must be at least 1"),
        ("measuring.peer_minimum", 2.5, "is 2.5; it must be a whole number"),
        ("measuring.peer_minimum", True, "is True; it must be a whole number"),
        ("measuring.peer_minimum", "ten", "it must be a whole number"),
        ("measuring.cost_coverage_minimum", 1.2, "it must be at most 1"),
        ("measuring.cost_coverage_minimum", "0.9", "it must be a number"),
        ("measuring.key_products", "P1", "it must be a list of texts"),
        ("measuring.key_products", ["P1", 2], "it must be a list of texts"),
        ("measuring.tier_groups", [], r"it must be a list of \[from, to\] pairs"),
        ("measuring.tier_groups", [[9, 1]], "from not above to"),
        ("measuring.tier_groups", [[1, 2, 3]], "pairs of whole numbers"),
        ("measuring.tier_groups", [[1, 5.0]], "pairs of whole numbers"),
        ("measuring.tier_groups", [[1, 5], [5, 9]], "pairs that do not overlap"),
    ],
)
def test_wrong_value_is_refused_in_a_sentence(name: str, value: Any, told: str) -> None:
    with pytest.raises(ParameterWrong, match=told) as refused:
        value_of({name: value}, name)
    assert name in str(refused.value)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("measuring.peer_minimum", 1),
        ("measuring.cost_coverage_minimum", 1),
        ("measuring.cost_coverage_minimum", 0.0),
        ("measuring.key_products", []),
        ("measuring.key_products", None),
        ("measuring.tier_groups", ((1, 1),)),
    ],
)
def test_value_within_its_bounds_is_taken_as_it_is(name: str, value: Any) -> None:
    assert value_of({name: value}, name) == value


def test_text_takes_only_text() -> None:
    parameter = Parameter("some.text", ParameterKind.TEXT, "a", "-", "-", "G", "文字", "Text")
    parameter.check("b")
    with pytest.raises(ParameterWrong, match=r"some\.text is 3; it must be a text"):
        parameter.check(3)


def test_unknown_parameter_is_refused() -> None:
    with pytest.raises(ParameterWrong, match=r"no parameter measuring\.luck"):
        value_of({"measuring.luck": 1}, "measuring.luck")
