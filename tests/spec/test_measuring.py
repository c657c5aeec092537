"""The formulas of the indicators, each on a table small enough to check by hand.

World: E1 works in unit 城南, part of 全市; E2 directly in 全市. E1 holds L1 and L2, E2 holds L3; on 15 May L2 goes from E1 to E2.
Products: P1 class 一类 (cost 8.00, listed 2021-04-01), P2 class 三类 (no cost).
"""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from lianxin import engine
from lianxin.core.errors import UnknownIndicator, UnknownLevel
from lianxin.core.measuring import INDICATORS, indicator_of, member_of, months_needed, plan
from lianxin.core.measuring.reasons import REASONS, words_of
from lianxin.core.parameters import PARAMETERS
from lianxin.core.scoring import explaining
from lianxin.core.units import first_day

MONTH = date(2021, 5, 1)
SINCE: dict[str, Any] = {"valid_from": date(2020, 1, 1), "valid_until": None}
TAG = {"company_id": 1}
HANDED = date(2021, 5, 15)

#       day         retailer product ordered supplied amount
TABLE = """
        2020-05-04  1        1       10      -        100.00
        2020-05-05  2        2       10      -        50.00
        2021-02-03  3        1       4       -        40.00
        2021-04-26  1        1       6       -        60.00
        2021-05-03  1        1       12      10       120.00
        2021-05-03  1        2       5       -        25.00
        2021-05-04  2        1       8       -        80.00
        2021-05-18  2        2       20      -        100.00
        2021-05-19  1        1       -2      -        -20.00
"""


def rows_of(table: str) -> list[dict[str, Any]]:
    rows = []
    for number, text in enumerate(table.split("\n")):
        if text.strip():
            day, retailer, product, ordered, supplied, amount = text.split()
            on = date.fromisoformat(day)
            rows.append(
                {
                    **TAG,
                    "line_id": f"N{number}",
                    "order_date": on,
                    "order_month": first_day(on),
                    "retailer_id": int(retailer),
                    "product_id": int(product),
                    "ordered_units": int(ordered),
                    "supplied_units": None if supplied == "-" else int(supplied),
                    "amount_fen": None if amount == "?" else round(float(amount) * 100),
                    "batch_id": "b1",
                }
            )
    return rows


def sources(table: str, territory: list[dict[str, Any]] | None = None) -> dict[str, Any]:
    territory = territory or [
        {**TAG, "retailer_id": 1, "person_id": 1, **SINCE},
        {**TAG, "retailer_id": 2, "person_id": 1, "valid_from": date(2020, 1, 1), "valid_until": HANDED},
        {**TAG, "retailer_id": 2, "person_id": 2, "valid_from": HANDED, "valid_until": None},
        {**TAG, "retailer_id": 3, "person_id": 2, **SINCE},
    ]
    post = {"name": "某", "post": "customer_manager", **SINCE}
    shop = {"name": "店", "status": "active", "trade_form": "便利店", "market_type": "城", "tier": 12, **SINCE}
    goods = {"name": "烟", **SINCE}
    return {
        name: engine.from_rows(name, rows)
        for name, rows in {
            "order_lines": rows_of(table),
            "line_replacements": [],
            "units": [
                {**TAG, "unit_id": 1, "unit": "全市", "parent_id": None},
                {**TAG, "unit_id": 2, "unit": "城南", "parent_id": 1},
            ],
            "postings": [
                {**TAG, "person_id": 1, "employee_no": "E1", "unit_id": 2, **post},
                {**TAG, "person_id": 2, "employee_no": "E2", "unit_id": 1, **post},
            ],
            "territories": territory,
            "retailer_versions": [
                {**TAG, "retailer_id": n, "licence_no": f"L{n}", "route": "R1" if n < 3 else None, **shop} for n in (1, 2, 3)
            ],
            "product_versions": [
                {
                    **TAG, "product_id": 1, "product_code": "P1", "price_class": "一类", "cost_price_fen": 800,
                    "listed_date": date(2021, 4, 1), **goods,
                },
                {**TAG, "product_id": 2, "product_code": "P2", "price_class": "三类", **goods},
            ],
        }.items()
    }  # fmt: skip


PARAMETERS_SET = {
    "measuring.key_products": ["P1"],
    "measuring.cost_coverage_minimum": 0.4,
    "measuring.peer_minimum": 1,
    "measuring.large_retailer_units": 20,
}


def answers(
    table: str = TABLE, territory: list[dict[str, Any]] | None = None, **parameters: Any
) -> dict[tuple[str, str], dict[str, Any]]:
    duck = engine.open("duckdb", memory_limit="500MB", threads=1)
    steps = plan(MONTH, {**PARAMETERS_SET, **parameters}, company_id=1, company_code="LJ")
    return {(row["entity"], row["indicator"]): row for row in duck.run(steps, sources(table, territory)).to_pylist()}


@pytest.fixture(scope="module")
def told() -> dict[tuple[str, str], dict[str, Any]]:
    return answers()


@pytest.mark.requirement("J1")
@pytest.mark.parametrize(
    ("entity", "indicator", "numerator", "denominator", "n", "value"),
    [
        # supplied before ordered (10 of 12), a return subtracts, L2's line of 18 May belongs to E2
        ("E1", "sales_units", 21, None, 4, 21),
        ("E2", "sales_units", 20, None, 1, 20),
        ("城南", "sales_units", 21, None, 4, 21),
        ("全市", "sales_units", 41, None, 5, 41),
        ("LJ", "sales_units", 41, None, 5, 41),
        ("R1", "sales_units", 41, None, 5, 41),
        ("E1", "sales_amount", 205.0, None, 4, 205.0),
        ("E1", "unit_price", 205.0, 21, 4, 205 / 21),
        ("E1", "key_brand_share", 16, 21, 4, 16 / 21),
        ("E1", "price_class_share.一类", 16, 21, 4, 16 / 21),
        ("E1", "price_class_share.三类", 5, 21, 4, 5 / 21),
        # over retailers held at the end, whoever held them: E1 L1; E2 L2 and L3, L3 adds 0
        ("E1", "same_period_change", 13, 10, 1, 0.3),
        ("E2", "same_period_change", 28, 10, 1, 1.8),
        ("LJ", "same_period_change", 41, 20, 2, 41 / 20 - 1),
        # P1 only: amount 120 + 80 − 20, cost 8 × (10 + 8 − 2)
        ("E1", "company_gross_margin", 52.0, 180.0, 4, 52 / 180),
        ("E2", "order_coverage", 1, 2, 2, 0.5),
        ("LJ", "order_coverage", 2, 3, 3, 2 / 3),
        # L1 and L2 two products each; L2's both count for E2, who holds it at the end
        ("E1", "products_per_retailer", 2, 1, 1, 2.0),
        ("E2", "products_per_retailer", 2, 1, 1, 2.0),
        ("LJ", "products_per_retailer", 4, 2, 2, 2.0),
        ("L2", "products_per_retailer", 2, 1, 1, 2.0),
        # now L1, L2; in the three months before L1, L3
        ("E1", "sell_through.a", 1, 1, 1, 1.0),
        ("E2", "sell_through.a", 1, 1, 1, 1.0),
        ("LJ", "sell_through.a", 2, 2, 2, 1.0),
        ("E1", "sell_through.b", 13.0, 6.0, 1, 13 / 6),
        ("LJ", "sell_through.b", 20.5, 6.0, 1, 20.5 / 6),
        # weeks: 26 Apr L1; 3 May L1, L2; 17 May L2
        ("E1", "repurchase", 1, 2, 2, 0.5),
        ("E2", "repurchase", 0, 2, 2, 0.0),
        ("城南", "repurchase", 1, 2, 2, 0.5),
        ("R1", "repurchase", 1, 4, 4, 0.25),
        ("LJ", "repurchase", 1, 4, 4, 0.25),
        ("L1", "repurchase", 1, 2, 2, 0.5),
        ("E2", "new_product_distribution", 1, 2, 2, 0.5),
        # L1 against L2: 13 ÷ (10 × 28/10); L2 against L1: 28 ÷ (10 × 13/10)
        ("L1", "peer_growth", 13, 28.0, 1, 13 / 28),
        ("L2", "peer_growth", 28, 13.0, 1, 28 / 13),
        ("LJ", "peer_growth", 41, 41.0, 2, 1.0),
        # L2 bought 28 in all, above the line of 20
        ("E1", "large_retailer_share", 8, 21, 4, 8 / 21),
        ("LJ", "large_retailer_share", 28, 41, 5, 28 / 41),
    ],
)
def test_formula(
    told: dict[tuple[str, str], dict[str, Any]],
    entity: str,
    indicator: str,
    numerator: float,
    denominator: float | None,
    n: int,
    value: float,
) -> None:
    row = told[(entity, indicator)]
    assert (row["numerator"], row["denominator"], row["n"]) == (numerator, denominator, n)
    assert row["value"] == pytest.approx(value)
    assert (row["answer"], row["reason"]) == ("value", None)


@pytest.mark.parametrize(
    ("table", "parameters", "entity", "indicator", "reason"),
    [
        (TABLE, {}, "L3", "sales_units", "no_lines"),
        (TABLE, {}, "L3", "same_period_change", "no_base"),
        (TABLE, {}, "L3", "peer_growth", "no_peers"),
        (TABLE, {"measuring.peer_minimum": 5}, "LJ", "peer_growth", "no_peers"),
        (TABLE, {"measuring.key_products": None}, "E1", "key_brand_share", "no_parameter"),
        (TABLE, {"measuring.cost_coverage_minimum": 0.95}, "E1", "company_gross_margin", "no_cost"),
        (TABLE, {"measuring.minimum.sales_units": 5}, "E1", "sales_units", "below_minimum"),
        (TABLE.replace("25.00", "?"), {}, "E1", "sales_amount", "not_recorded"),
        (TABLE.replace("25.00", "?"), {}, "E1", "unit_price", "not_recorded"),
        (TABLE.replace("25.00", "?"), {}, "E1", "company_gross_margin", "not_recorded"),
        ("2021-05-03 1 1 -2 - -20.00", {}, "E1", "unit_price", "no_base"),
        ("2021-04-03 1 1 2 - 20.00", {}, "E1", "sales_units", "no_lines"),
        ("2021-04-03 1 1 2 - 20.00", {}, "LJ", "products_per_retailer", "no_lines"),
        (TABLE, {}, "E2", "sell_through.b", "no_base"),
    ],
)
def test_reason_why_there_is_no_value(
    table: str, parameters: dict[str, Any], entity: str, indicator: str, reason: str
) -> None:
    row = answers(table, **parameters)[(entity, indicator)]
    assert (row["value"], row["answer"], row["reason"]) == (None, "not_enough_data", reason)
    assert reason in REASONS


@pytest.mark.requirement("J1")
def test_handing_over_inside_the_month_makes_nobody_look_worse() -> None:
    """E1 leaves on 13 May: who follows answers for the retailers as if always his, the sales stay with whoever made them."""
    left = date(2021, 5, 13)
    handed = [
        {**TAG, "retailer_id": retailer, "person_id": person, "valid_from": begin, "valid_until": until}
        for retailer in (1, 2)
        for person, begin, until in ((1, date(2020, 1, 1), left), (2, left, None))
    ]
    rows = answers(territory=handed)
    for code in (indicator.code for indicator in INDICATORS.values() if indicator.over_held):
        of_leaver, of_follower, of_company = (rows[(entity, code)] for entity in ("E1", "E2", "LJ"))
        assert (of_leaver["value"], of_leaver["reason"], of_leaver["n"]) == (None, "holds_none", 0)
        assert {**of_follower, "level": 0, "entity": 0, "entity_id": 0} == {
            **of_company, "level": 0, "entity": 0, "entity_id": 0,
        }  # fmt: skip
    assert (rows[("E1", "sales_units")]["value"], rows[("E2", "sales_units")]["value"]) == (23.0, 18.0)
    assert (rows[("E1", "repurchase")]["value"], rows[("E2", "repurchase")]["value"]) == (None, 0.25)


def test_retailer_that_nobody_holds_has_figures_of_its_own() -> None:
    rows = answers(territory=[{**TAG, "retailer_id": 1, "person_id": 1, **SINCE}])
    assert rows[("L2", "same_period_change")]["value"] == pytest.approx(1.8)
    assert rows[("L2", "repurchase")]["n"] == 2
    assert rows[("L2", "peer_growth")]["reason"] == "no_peers"
    assert rows[("LJ", "same_period_change")]["value"] == pytest.approx(0.3)
    assert rows[("LJ", "sales_units")]["value"] == 41.0


def test_reasons_have_words_in_both_languages() -> None:
    assert all(reason.zh and reason.en for reason in REASONS.values())
    # a scorecard tells them too, and the core of scoring knows none of measuring
    assert set(REASONS) <= set(explaining.REASONS)
    missing = words_of("no_parameter", INDICATORS["key_brand_share"])
    assert (missing.zh, missing.en) == ("参数“重点品牌品规”未设定", 'the parameter "Key products" is not set')
    assert words_of("no_parameter", INDICATORS["repurchase"]) == REASONS["no_parameter"]
    with pytest.raises(UnknownIndicator, match="no reason 'bad_luck'"):
        words_of("bad_luck")


def test_rows_are_sorted_by_key(told: dict[tuple[str, str], dict[str, Any]]) -> None:
    keys = [(row["level"], row["entity"], row["indicator"]) for row in told.values()]
    assert keys == sorted(keys)


def test_month_without_any_line_still_answers() -> None:
    rows = answers("")
    assert {row["answer"] for row in rows.values()} >= {"not_enough_data"}
    assert rows[("LJ", "order_coverage")]["value"] == 0.0


def test_months_read() -> None:
    assert months_needed(date(2021, 5, 9)) == (
        date(2020, 5, 1), date(2021, 2, 1), date(2021, 3, 1), date(2021, 4, 1), MONTH, date(2021, 6, 1),
    )  # fmt: skip
    assert months_needed(date(2021, 2, 1))[-1] == date(2021, 2, 1)


def test_every_indicator_has_words_and_a_minimum() -> None:
    for indicator in INDICATORS.values():
        assert indicator.minimum in PARAMETERS
        assert all(
            (indicator.title_zh, indicator.title_en, indicator.formula_zh, indicator.formula_en, indicator.source)
        )
    assert member_of("price_class_share.一类") == "一类"
    assert member_of("sell_through.a") is None
    assert indicator_of("price_class_share.一类").code == "price_class_share"


def test_unknown_words_are_refused() -> None:
    with pytest.raises(UnknownIndicator, match="no indicator 'luck'"):
        indicator_of("luck")
    with pytest.raises(UnknownLevel, match="at level 'galaxy'"):
        plan(MONTH, {}, company_id=1, company_code="LJ", levels=("galaxy",))
