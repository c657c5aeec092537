"""What each row is compared with, worked by hand."""

from __future__ import annotations

from typing import Any

import ibis
import pytest

from lianxin import engine
from lianxin.core.allocating.favour.holdings import prepared
from lianxin.core.allocating.favour.residuals import ROWS, residuals
from lianxin.core.errors import SchemaMismatch
from lianxin.engine.opening import Engine
from tests.core.allocating.favour_cases import DUCK, Row, row, table

pytestmark = pytest.mark.requirement("D3")


def compared(rows: list[Row], alike: str = "need") -> dict[str, tuple[Any, ...]]:
    """By retailer: expected, residual, compared with, equals, units short."""
    known = prepared(table(rows))
    asked = DUCK.run(residuals(alike, ibis.Schema.from_pyarrow(known.rows.schema)), {ROWS: known.rows})
    names = known.table.column("retailer_id").to_pylist()
    return {name: tuple(line.values())[1:] for name, line in zip(names, asked.to_pylist(), strict=True)}


def test_the_rule_is_what_a_row_is_compared_with_where_it_is_known() -> None:
    made = compared([row("a", 6, rule_units=4), row("b", 4, rule_units=4), row("c", 9, rule_units=9), row("d", 3)])
    assert made["a"] == (4.0, 2.0, "rule", 0, 5.0)
    assert made["b"] == (4.0, 0.0, "rule", 0, 5.0)
    assert made["c"] == (9.0, 0.0, "rule", 0, 0.0)
    # Nobody else came without a rule.
    assert made["d"] == (None, None, "nobody", 0, 6.0)


def test_equals_are_compared_with_the_mean_of_the_others() -> None:
    made = compared([row("a", 6), row("b", 4), row("c", 5)])
    assert made == {
        "a": (4.5, 1.5, "equals", 2, 4.0),
        "b": (5.5, -1.5, "equals", 2, 4.0),
        "c": (5.0, 0.0, "equals", 2, 4.0),
    }


def test_who_got_all_he_needed_like_his_equals_was_not_short() -> None:
    made = compared([row("a", 3, wanted_units=3), row("b", 3, wanted_units=8, cap_units=3)])
    assert made["a"] == made["b"] == (3.0, 0.0, "equals", 1, 0.0)


@pytest.mark.parametrize(
    "other",
    [{"week": 1}, {"product_id": "p2"}, {"tier": 11}, {"tier": None}, {"trade_form": "mall"}, {"wanted_units": 8}],
)
def test_rows_that_differ_are_no_equals(other: dict[str, Any]) -> None:
    made = compared([row("a", 6), row("b", 4, **other)])
    assert made["a"][2:4] == made["b"][2:4] == ("nobody", 0)


def test_types_are_told_apart_by_both_words() -> None:
    rows = [
        row("a", 6, trade_form="mall"),
        row("b", 4, market_type="mall"),
        row("c", 5, trade_form="mall", market_type="urban"),
        row("d", 5, trade_form="mall", market_type="urban"),
    ]
    made = compared(rows)
    assert [made[name][2] for name in "abcd"] == ["nobody", "nobody", "equals", "equals"]


def test_requests_are_alike_only_with_the_same_request_and_cap() -> None:
    rows = [
        row("a", 5, wanted_units=5),
        row("b", 4, wanted_units=9, cap_units=5),
        row("c", 4, wanted_units=9, cap_units=5),
    ]
    assert [compared(rows, "need")[name][3] for name in "abc"] == [2, 2, 2]
    assert [compared(rows, "request")[name][3] for name in "abc"] == [0, 1, 1]


def test_a_row_whose_request_is_unknown_is_compared_with_its_rule_only() -> None:
    unknown = {"wanted_units": None}
    made = compared([row("a", 5, rule_units=3, **unknown), row("b", 4, **unknown), row("c", 4, cap_units=9, **unknown)])
    assert made["a"] == (3.0, 2.0, "rule", 0, None)
    assert made["b"] == made["c"] == (None, None, "nobody", 0, None)


def test_two_rows_of_a_retailer_in_one_round_are_refused() -> None:
    with pytest.raises(SchemaMismatch, match="Retailer a has two rows of product p1 in the week of 2026-03-02"):
        prepared(table([row("a", 6), row("b", 6), row("a", 5)]))


def test_a_missing_share_is_refused() -> None:
    with pytest.raises(SchemaMismatch, match="share_units of the allocations has empty cells"):
        prepared(table([row("a", 6, share_units=None)]))


@pytest.mark.spark
@pytest.mark.xdist_group("spark")
def test_the_other_engine_gives_the_same(spark: Engine) -> None:
    rows = [
        row(f"r{n:02d}", n % 7, tier=n % 3 or None, cap_units=n % 5 or None, wanted_units=6 + n % 2) for n in range(60)
    ]
    rows += [row(f"s{n}", n, rule_units=n // 2) for n in range(9)]
    known = prepared(table(rows))
    question = residuals("request", ibis.Schema.from_pyarrow(known.rows.schema))
    mine, theirs = (engine.digest(one.run(question, {ROWS: known.rows})) for one in (DUCK, spark))
    assert mine == theirs
