"""Accuracies and the lean of every author, against a plain count."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

import pytest
from numpy.random import default_rng

from lianxin import engine
from lianxin.core.forecasting.accuracy import ACCURACIES, accuracies, author_sums
from lianxin.core.forecasting.judging_contracts import ACTUALS, JUDGED_LINES, STAIR
from lianxin.engine import Engine
from tests.core.forecasting import judgement_reference as reference
from tests.core.forecasting.worlds import COMPANY, judged_of, odd_world, sources_of, unbound

pytestmark = pytest.mark.requirement("C3")
LEAST = {"judging.minimum_lines": 1}


@pytest.fixture(scope="module")
def duck() -> Engine:
    return engine.open("duckdb", memory_limit="500MB", threads=1)


def answered(duck: Engine, tables: Any, parameters: dict[str, Any]) -> dict[tuple[Any, ...], dict[str, Any]]:
    judged = judged_of(duck, sources_of(tables))
    sums = duck.run(author_sums(unbound(), parameters), {JUDGED_LINES.name: judged})
    rows = accuracies(sums, parameters, default_rng(1)).to_pylist()
    return {(r["level"], r["entity_id"], r["author"], r["actual"], r["accuracy"]): r for r in rows}


def plainly(rows: list[tuple[Any, int, int]], margin: float = 0.2) -> dict[str, tuple[float, float]]:
    """Numerator and denominator of every accuracy of rows (product key, forecast, actual), thousandths."""
    error = sum(abs(f - a) for _key, f, a in rows)
    forecast, came = sum(f for _key, f, _a in rows), sum(a for _key, _f, a in rows)
    products: dict[Any, list[int]] = defaultdict(lambda: [0, 0])
    for key, f, a in rows:
        products[key][0] += f
        products[key][1] += a
    sold = [(f, a) for f, a in products.values() if a > 0]
    return {
        "honest": (came - error, came),
        "product": (came - sum(abs(f - a) for f, a in products.values()), came),
        "total": (came - abs(forecast - came), came),
        "by_forecast": (forecast - error, forecast),
        "mean_of_products": (sum(max(1000 - -(-abs(f - a) * 1000 // a), 0) for f, a in sold), 1000 * len(sold)),
        "within": (sum(abs(f - a) * 1000 <= a * round(margin * 1000) for f, a in sold), len(sold)),
        "bias": (forecast - came, came),
    }


@pytest.mark.parametrize("seed", [1, 2])
def test_every_accuracy_is_that_of_a_plain_count(duck: Engine, seed: int) -> None:
    tables = odd_world(seed)
    plain = reference.Plain(tables).judged(COMPANY)
    found = answered(duck, tables, LEAST)
    told: dict[tuple[Any, ...], list[tuple[Any, int, int]]] = defaultdict(list)
    for key, row in plain.items():
        entities: list[tuple[str, Any]] = (
            [
                ("everybody", None),
                *([("manager", row["person_id"])] if row["person_id"] is not None else []),
                *([("entered", row["person_id"])] if row["person_id"] is not None and row["entered"] else []),
            ]
            if key[2] == "retailer"
            else [(key[2], key[3])]
        )
        for author in STAIR:
            for actual in ACTUALS:
                said, came = row[f"{author}_milli"], row[f"{actual}_units"]
                if said is None or came is None:
                    continue
                for entity in entities:
                    told[*entity, author, actual].append(((key[1], key[4]), said, came * 1000))
    assert {key[:4] for key in found} == set(told)
    for key, rows in told.items():
        for code, (top, bottom) in plainly(rows).items():
            row = found[*key, code]
            assert (row["numerator"], row["denominator"], row["n"]) == (top, bottom, len(rows))
            assert row["value"] == (pytest.approx(top / bottom) if bottom > 0 else None)
            assert row["answer"] == ("value" if bottom > 0 else "not_enough_data")


@pytest.mark.parametrize("seed", [1, 2])
def test_errors_can_only_cancel(duck: Engine, seed: int) -> None:
    found = answered(duck, odd_world(seed), LEAST)
    keys = {key[:4] for key in found if found[*key[:4], "honest"]["value"] is not None}
    assert keys
    for key in keys:
        honest, product, total = (found[*key, code]["value"] for code in ("honest", "product", "total"))
        assert honest <= product <= total


def test_the_flattering_accuracy_is_far_above_the_honest_one(duck: Engine) -> None:
    """Two shops, one far too high, one far too low: nothing was foreseen, and the total is perfect."""
    tables = odd_world(1)
    tables["forecast_lines"] = [
        {
            **tables["forecast_lines"][0],
            "round_id": "R",
            "retailer_id": shop,
            "product_id": 1,
            "period_start": month,
            "system_milli": said,
        }
        for shop, said in ((1, 10_000), (2, 0))
        for month in [tables["forecast_outcomes"][0]["period_start"]]
    ]
    tables["forecast_versions"] = []
    tables["forecast_outcomes"] = [
        {
            **tables["forecast_outcomes"][0],
            "retailer_id": shop,
            "product_id": 1,
            "ordered_units": came,
            "wanted_units": None,
        }
        for shop, came in ((1, 0), (2, 10))
    ]
    found = answered(duck, tables, LEAST)
    value = {code: found["everybody", None, "system", "ordered", code]["value"] for code in ACCURACIES}
    assert (value["honest"], value["product"], value["total"], value["bias"]) == (-1.0, 1.0, 1.0, 0.0)


def test_few_lines_give_no_value_and_every_accuracy_has_words(duck: Engine) -> None:
    found = answered(duck, odd_world(1), {"judging.minimum_lines": 10**6})
    assert {row["answer"] for row in found.values()} == {"not_enough_data"}
    assert all((row["value"], row["low"], row["high"]) == (None, None, None) for row in found.values())
    assert next(iter(ACCURACIES)) == "honest"
    assert all(one.note_zh and one.note_en and one.formula_zh and one.title_zh for one in ACCURACIES.values())


def test_nobody_forecast_nothing(duck: Engine) -> None:
    judged = judged_of(duck, sources_of(odd_world(1))).slice(0, 0)
    sums = duck.run(author_sums(unbound(), {}), {JUDGED_LINES.name: judged})
    assert accuracies(sums, {}, default_rng(1)).num_rows == 0
