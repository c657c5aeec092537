"""Combined forecasts: published weights, missing authors, learned weights, sums spread."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lianxin import engine
from lianxin.core.errors import ParameterWrong
from lianxin.core.forecasting.combining import (
    PRESETS,
    combined,
    combined_by_round,
    learned_weights,
    renormalised,
    spread,
    squared_errors,
    weights_of,
)
from lianxin.core.forecasting.judging_contracts import JUDGED_LINES
from lianxin.engine import Engine
from tests.core.forecasting import judgement_reference as reference
from tests.core.forecasting.worlds import COMPANY, judged_of, odd_world, sources_of, unbound

pytestmark = pytest.mark.requirement("C3")


@pytest.fixture(scope="module")
def duck() -> Engine:
    return engine.open("duckdb", memory_limit="500MB", threads=1)


def test_the_exam_weights_are_told_with_their_source() -> None:
    exam = PRESETS["exam"]
    assert sorted(exam.weights.values(), reverse=True) == [6, 5, 4, 3, 3]
    assert (exam.evidence, sum(exam.weights.values())) == ("S", 21)
    assert weights_of({}) == {"brand_manager": 6, "market_manager": 3, "customer_manager": 3}


@pytest.mark.parametrize("parts", [["system"], ["system=0"], ["system=1", "system=2"], ["=3"], ["system=1.5"]])
def test_weights_that_are_none_are_refused(parts: list[str]) -> None:
    with pytest.raises(ParameterWrong, match="each author once"):
        weights_of({"judging.weights": parts})


def test_missing_authors_are_named_and_the_rest_renormalised() -> None:
    told = renormalised(PRESETS["exam"].weights, ("market_manager", "customer_manager"))
    assert told.parts == {"customer_manager": 500, "market_manager": 500}
    assert told.missing == ("brand_manager", "marketing_director", "service_head")
    assert renormalised({"system": 2}, ()).parts == {}


@given(st.dictionaries(st.sampled_from("abcdef"), st.integers(1, 50), min_size=1))
def test_parts_sum_to_a_thousand(weights: dict[str, int]) -> None:
    told = renormalised(weights, tuple(weights))
    assert sum(told.parts.values()) == 1000
    assert all(abs(part - 1000 * weights[author] / sum(weights.values())) < 1 for author, part in told.parts.items())


@pytest.mark.parametrize("seed", [1, 2])
def test_the_combined_number_is_the_weighted_mean_of_who_spoke(duck: Engine, seed: int) -> None:
    weights = {"system": 1, "customer_manager": 3, "market_manager": 3, "brand_manager": 6, "marketing_director": 5}
    tables = odd_world(seed)
    plain = reference.Plain(tables).judged(COMPANY)
    rows = duck.run(combined(unbound(), weights), {JUDGED_LINES.name: judged_of(duck, sources_of(tables))}).to_pylist()
    found = {(r["round_id"], r["period_start"], r["level"], r["entity_id"], r["product_id"]): r for r in rows}
    expected: dict[Any, Any] = {}
    for key, row in plain.items():
        said = {author: row.get(f"{author}_milli") for author in weights}
        there = {author: value for author, value in said.items() if value is not None}
        if there:
            total = sum(weights[author] for author in there)
            mean = (2 * sum(weights[author] * value for author, value in there.items()) + total) // (2 * total)
            expected[key] = (mean, len(there), ",".join(sorted(set(weights) - set(there))))
            assert min(there.values()) <= mean <= max(there.values())
    assert {key: (r["units_milli"], r["n_authors"], r["missing"]) for key, r in found.items()} == expected


def test_each_round_is_combined_by_its_own_weights(duck: Engine) -> None:
    tables = odd_world(1)
    judged = {JUDGED_LINES.name: judged_of(duck, sources_of(tables))}
    rounds = sorted(set(judged[JUDGED_LINES.name].column("round_id").to_pylist()))
    assert len(rounds) >= 3
    old, new = {"system": 1, "customer_manager": 5}, {"system": 5, "customer_manager": 1}
    # the first and the last by the same weights, one by others, the rest by none
    weights = {rounds[0]: old, rounds[1]: new, rounds[-1]: dict(reversed(old.items()))}
    made = duck.run(combined_by_round(unbound(), weights), judged).to_pylist()
    alone = {
        round_id: [
            row for row in duck.run(combined(unbound(), told), judged).to_pylist() if row["round_id"] == round_id
        ]
        for round_id, told in weights.items()
    }

    def keyed(rows: list[dict[str, Any]]) -> list[tuple[Any, ...]]:
        return sorted(tuple(row.values()) for row in rows)

    assert keyed(made) == keyed([row for rows in alone.values() for row in rows])
    assert {row["round_id"] for row in made} == set(weights)
    assert duck.run(combined_by_round(unbound(), {}), judged).num_rows == 0


def test_squared_errors_are_those_of_a_plain_count(duck: Engine) -> None:
    tables = odd_world(1)
    plain = reference.Plain(tables).judged(COMPANY)
    authors = ("system", "customer_manager")
    judged = judged_of(duck, sources_of(tables))
    rows = duck.run(squared_errors(unbound(), authors, {}), {JUDGED_LINES.name: judged}).to_pylist()
    assert {row["level"] for row in rows} == {"retailer", "unit", "company"}
    for row in rows:
        both = [
            (key, one)
            for key, one in plain.items()
            if key[2] == row["level"]
            and None not in (one["demand_units"], *(one[f"{author}_milli"] for author in authors))
        ]
        exact = sum(((one[f"{row['author']}_milli"] - one["demand_units"] * 1000) / 10) ** 2 for _key, one in both)
        assert (row["n"], row["n_periods"]) == (len(both), len({key[1] for key, _one in both}))
        # Each error is rounded to a hundredth of a unit first.
        assert row["squares"] == pytest.approx(exact, rel=0.01)


def test_learned_weights_lean_to_whoever_was_right_and_to_equal_ones_at_first() -> None:
    squares = {"system": 900, "customer_manager": 100}
    assert learned_weights({}, 5, {}) == {}
    assert learned_weights(squares, 0, {}) == {"customer_manager": 500, "system": 500}
    some = [learned_weights(squares, n, {})["customer_manager"] for n in (0, 3, 12, 120)]
    assert some == sorted(some)
    assert some[2] == pytest.approx(500 + 400 / 2, abs=2)
    assert learned_weights(squares, 120, {"judging.equal_periods": 0})["customer_manager"] == pytest.approx(900, abs=2)
    assert learned_weights({"system": 0, "customer_manager": 10**15}, 10**6, {})["customer_manager"] >= 1


@settings(max_examples=60)
@given(st.integers(0, 10**9), st.lists(st.integers(0, 10**6), max_size=30))
def test_a_sum_spreads_to_the_last_thousandth(total: int, shares: list[int]) -> None:
    parts = spread(total, shares)
    assert sum(parts) == (total if shares else 0)
    weighs = shares if sum(shares) else [1] * len(shares)
    assert all(abs(part - total * share / sum(weighs)) < 1.001 for part, share in zip(parts, weighs, strict=True))
