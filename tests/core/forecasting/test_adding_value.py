"""Judged lines and the stair of value added, against a plain count, on both engines."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from numpy.random import default_rng

from lianxin import engine
from lianxin.core.errors import ParameterWrong
from lianxin.core.forecasting.adding_value import ALL, actual_of, stair, step_sums
from lianxin.core.forecasting.judging import judge
from lianxin.core.forecasting.judging_contracts import JUDGED_LINES, PAIRS
from lianxin.engine import Engine, digest
from tests.core.forecasting import judgement_reference as reference
from tests.core.forecasting.worlds import COMPANY, judged_of, odd_world, sources_of, unbound

pytestmark = pytest.mark.requirement("C3")
CHECKED = (
    "person_id", "unit_id", "entered", "accepted", "naive_milli", "seasonal_naive_milli", "average_milli", "system_milli",
    "customer_manager_milli", "market_manager_milli", "brand_manager_milli", "combined_milli", "demand_units", "wanted_units",
    "ordered_units", "supplied_units",
)  # fmt: skip


@pytest.fixture(scope="module")
def duck() -> Engine:
    return engine.open("duckdb", memory_limit="500MB", threads=1)


def told(judged: pa.Table) -> dict[tuple[Any, ...], dict[str, Any]]:
    rows = judged.to_pylist()
    found = {(r["round_id"], r["period_start"], r["level"], r["entity_id"], r["product_id"]): r for r in rows}
    assert len(found) == len(rows)
    return found


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_judged_lines_are_those_of_a_plain_count(duck: Engine, seed: int) -> None:
    tables = odd_world(seed)
    plain = reference.Plain(tables).judged(COMPANY)
    rows = told(judged_of(duck, sources_of(tables)))
    assert rows.keys() == plain.keys()
    for key, row in rows.items():
        assert {name: row[name] for name in CHECKED} == {name: plain[key][name] for name in CHECKED}, key


def of_a_new_product(running: Engine) -> None:
    """A product first asked for in the period forecast: shop 1 has a number, shop 2 the system's by choice, shop 3 none."""
    tables = odd_world(1)
    line = next(row for row in tables["forecast_lines"] if row["step"] == 1 and row["round_id"] == "R18")
    spoken = {
        "company_id": COMPANY, "round_id": "R18", "period_start": line["period_start"], "level": "retailer", "product_id": 3,
        "author_role": "customer_manager", "entered_at": datetime(2021, 1, 1, tzinfo=UTC), "reason": "event",
    }  # fmt: skip
    for shop in (1, 2, 3):
        tables["forecast_lines"].append(
            {**line, "retailer_id": shop, "product_id": 3, "person_id": 1, "system_milli": 400}
        )
    for shop, units, accepted in ((1, 2000, False), (2, 400, True)):
        version = {
            "entity_id": shop,
            "version_id": f"new{shop}",
            "author_id": 1,
            "units_milli": units,
            "accepted": accepted,
        }
        tables["forecast_versions"].append({**spoken, **version})
    came = {
        "company_id": COMPANY, "period": "month", "retailer_id": 1, "product_id": 3, "wanted_units": None, "ordered_units": 5,
        "supplied_units": None, "n_capped": 0,
    }  # fmt: skip
    tables["forecast_outcomes"].append({**came, "period_start": line["period_start"]})
    plain = reference.Plain(tables).judged(COMPANY)
    rows = told(judged_of(running, sources_of(tables)))
    new = {key[3]: row for key, row in rows.items() if key[4] == 3 and key[2] == "retailer"}
    for key, row in rows.items():
        assert {name: row[name] for name in CHECKED} == {name: plain[key][name] for name in CHECKED}, key
    history = ("naive_milli", "seasonal_naive_milli", "average_milli")
    assert {row[name] for row in new.values() for name in history} == {None}
    assert [new[shop]["customer_manager_milli"] for shop in (1, 2, 3)] == [2000, None, None]
    assert [new[shop]["demand_units"] for shop in (1, 2, 3)] == [5, 0, 0]


def test_a_new_product_has_no_history_and_only_own_numbers_are_somebody_s(duck: Engine) -> None:
    of_a_new_product(duck)


@pytest.mark.spark
@pytest.mark.xdist_group("spark")
def test_the_other_engine_knows_new_products_too(spark: Engine) -> None:
    of_a_new_product(spark)


def of_new_retailers(running: Engine) -> None:
    """Shops that first asked for anything in the period forecast: 11 has a number, 12 the system's by choice, 13 none."""
    tables = odd_world(1)
    before = told(judged_of(running, sources_of(tables)))
    line = next(
        row
        for row in tables["forecast_lines"]
        if (row["step"], row["round_id"], row["product_id"], row["unit_id"]) == (1, "R18", 1, 71)
    )
    place = {"company_id": COMPANY, "round_id": "R18", "period_start": line["period_start"], "product_id": 1}
    for shop in (11, 12, 13):
        tables["forecast_lines"].append({**line, "retailer_id": shop, "person_id": 1, "system_milli": 400})
    spoken = {
        "level": "retailer", "author_role": "customer_manager", "author_id": 1, "entered_at": datetime(2021, 1, 1, tzinfo=UTC),
        "reason": "event",
    }  # fmt: skip
    for shop, units, accepted in ((11, 2000, False), (12, 400, True)):
        version = {"entity_id": shop, "version_id": f"new{shop}", "units_milli": units, "accepted": accepted}
        tables["forecast_versions"].append({**place, **spoken, **version})
    came = {"wanted_units": None, "ordered_units": 5, "supplied_units": None, "n_capped": 0}
    tables["forecast_outcomes"].append(
        {"company_id": COMPANY, "period": "month", "retailer_id": 11, "product_id": 1, "period_start": line["period_start"], **came}
    )  # fmt: skip
    plain = reference.Plain(tables).judged(COMPANY)
    rows = told(judged_of(running, sources_of(tables)))
    for key, row in rows.items():
        assert {name: row[name] for name in CHECKED} == {name: plain[key][name] for name in CHECKED}, key
    at = ("R18", line["period_start"])
    new = {shop: rows[*at, "retailer", shop, 1] for shop in (11, 12, 13)}
    history = ("naive_milli", "seasonal_naive_milli", "average_milli")
    assert {row[name] for row in new.values() for name in history} == {None}
    assert [new[shop]["customer_manager_milli"] for shop in (11, 12, 13)] == [2000, None, None]
    assert [new[shop]["demand_units"] for shop in (11, 12, 13)] == [5, 0, 0]
    # A sum stays known: of the new ones nothing came before, and the system's number stands where nobody said another.
    unit, as_it_was = (found[*at, "unit", 71, 1] for found in (rows, before))
    assert [unit[name] for name in history] == [as_it_was[name] for name in history]
    assert None not in [unit["naive_milli"], as_it_was["customer_manager_milli"]]
    assert unit["customer_manager_milli"] == as_it_was["customer_manager_milli"] + 2000 + 400 + 400


def test_a_new_retailer_has_no_history_and_only_own_numbers_are_somebody_s(duck: Engine) -> None:
    of_new_retailers(duck)


@pytest.mark.spark
@pytest.mark.xdist_group("spark")
def test_the_other_engine_knows_new_retailers_too(spark: Engine) -> None:
    of_new_retailers(spark)


@pytest.mark.parametrize(("seed", "actual"), [(1, "demand"), (2, "wanted"), (3, "supplied")])
def test_errors_of_steps_are_those_of_a_plain_count(duck: Engine, seed: int, actual: str) -> None:
    tables = odd_world(seed)
    plain = reference.Plain(tables).judged(COMPANY)
    judged = judged_of(duck, sources_of(tables))
    groups = {(row["round_id"], row["product_id"]): row["product_group"] or "" for row in tables["forecast_lines"]}
    expected = reference.step_sums(plain, lambda key: groups[key[0], key[4]], actual, PAIRS)
    rows = duck.run(step_sums(unbound(), {}, actual), {JUDGED_LINES.name: judged}).to_pylist()
    found = {
        (r["period_no"], r["level"], r["entity_id"], r["product_group"], r["step"], r["against"], r["adjustment"]): [
            r[name] for name in ("n", "n_changed", "error_before", "error_after", "actual")
        ]
        for r in rows
    }
    assert found == expected


@pytest.mark.spark
@pytest.mark.xdist_group("spark")
def test_the_other_engine_judges_alike(spark: Engine, duck: Engine) -> None:
    sources = sources_of(odd_world(1))
    made = [judge(sources, engine=running, dice=default_rng(1), company_id=COMPANY) for running in (duck, spark)]
    for name in ("lines", "stair", "accuracies", "copying", "copied", "evidence", "information"):
        assert digest(getattr(made[0], name)) == digest(getattr(made[1], name)), name


def test_without_evidence_the_rest_is_judged_all_the_same(duck: Engine) -> None:
    tables = odd_world(1)
    some = sources_of(
        {name: rows for name, rows in tables.items() if not name.startswith(("forecast_evidence", "evidence"))}
    )
    made = [
        judge(sources, engine=duck, dice=default_rng(1), company_id=COMPANY) for sources in (some, sources_of(tables))
    ]
    assert (made[0].evidence.num_rows, made[0].information.num_rows) == (0, 0)
    assert made[0].evidence.schema == made[1].evidence.schema
    assert made[0].stair.equals(made[1].stair)
    assert made[1].information.num_rows > 0


def test_the_order_of_rows_changes_nothing(duck: Engine) -> None:
    tables = odd_world(2)
    turned = {name: rows[::-1] for name, rows in tables.items()}
    key = [(name, "ascending") for name in JUDGED_LINES.key]
    assert judged_of(duck, sources_of(tables)).sort_by(key).equals(judged_of(duck, sources_of(turned)).sort_by(key))


def test_later_outcomes_change_no_history(duck: Engine) -> None:
    """Orders from the forecast period on say what came of it, never what history said before it."""
    tables = odd_world(1)
    last = max(row["period_start"] for row in tables["forecast_outcomes"])
    first_known = min(row["period_start"] for row in tables["forecast_lines"] if row["step"] == 2)
    changed = {**tables, "forecast_outcomes": [
        {**row, "ordered_units": 999, "supplied_units": 999} if row["period_start"] >= last else row
        for row in tables["forecast_outcomes"]
    ]}  # fmt: skip
    before, after = (told(judged_of(duck, sources_of(some))) for some in (tables, changed))
    assert first_known < last
    names = ("naive_milli", "seasonal_naive_milli", "average_milli")
    early = [key for key in before if key[1] <= last]
    assert early
    assert all(before[key][name] == after[key][name] for key in early for name in names)


def sums_of(
    rows: list[tuple[int, int, int, int, int]], step: str = "customer_manager", against: str = "system"
) -> pa.Table:
    """Sums of one person by (period, lines, error before, error after, actual)."""
    return pa.Table.from_pylist(
        [
            {
                "period": "month", "period_no": period, "level": "manager", "entity_id": 1, "product_group": "g", "step": step,
                "against": against, "adjustment": "up_small", "n": n, "n_changed": n, "error_before": before,
                "error_after": after, "actual": actual,
            }
            for period, n, before, after, actual in rows
        ]
    )  # fmt: skip


def whole(table: pa.Table) -> dict[str, Any]:
    return next(r for r in table.to_pylist() if (r["entity_id"], r["product_group"], r["adjustment"]) == (1, ALL, ALL))


@pytest.mark.parametrize(
    ("n_periods", "lines", "why", "helped"),
    [
        (1, 100, "few_periods", "cannot_tell"),
        (5, 100, "few_periods", "cannot_tell"),
        (6, 4, "few_lines", "cannot_tell"),
        (6, 5, None, "yes"),
    ],
)
def test_no_verdict_on_few_lines_or_one_period(n_periods: int, lines: int, why: str | None, helped: str) -> None:
    table = stair(sums_of([(at, lines, 500, 300, 1000) for at in range(n_periods)]), {}, default_rng(1))
    row = whole(table)
    assert (row["why"], row["helped"], row["n"]) == (why, helped, n_periods * lines)
    assert row["added"] == pytest.approx(0.2)


def test_a_step_that_harms_says_no_and_one_that_does_both_cannot_tell() -> None:
    harms = whole(stair(sums_of([(at, 9, 300, 500, 1000) for at in range(8)]), {}, default_rng(1)))
    both = whole(stair(sums_of([(at, 9, 300, 100 if at % 2 else 500, 1000) for at in range(8)]), {}, default_rng(1)))
    assert (harms["helped"], both["helped"]) == ("no", "cannot_tell")
    assert both["low"] < 0 < both["high"]


def test_nothing_sold_gives_no_value() -> None:
    row = whole(stair(sums_of([(at, 9, 500, 300, 0) for at in range(8)]), {}, default_rng(1)))
    assert (row["added"], row["low"], row["helped"], row["why"]) == (None, None, "cannot_tell", "no_actual")


def test_the_stair_of_nobody_is_empty() -> None:
    assert stair(sums_of([(1, 1, 1, 1, 1)]).slice(0, 0), {}, default_rng(1)).num_rows == 0


@pytest.mark.parametrize("seed", range(3))
def test_steps_add_up(duck: Engine, seed: int) -> None:
    """What a step adds over the naive is what it adds over the system and the system over the naive, on the same lines."""
    judged = judged_of(duck, sources_of(odd_world(seed)))
    sums = duck.run(step_sums(unbound(), {}), {JUDGED_LINES.name: judged})
    table = stair(sums, {"judging.minimum_lines": 1}, default_rng(seed)).to_pylist()
    for row in table:
        if row["actual"]:
            assert (
                row["added"] == pytest.approx((row["error_before"] - row["error_after"]) / row["actual"])
                or row["actual"] < 0
            )
        if row["low"] is not None:
            assert row["low"] <= row["high"]
    # Roll-ups hold what their parts hold.
    parts = [r for r in table if ALL not in (r["product_group"], r["adjustment"]) and r["entity_id"] is not None]
    wholes = [r for r in table if (r["product_group"], r["adjustment"], r["entity_id"]) == (ALL, ALL, None)]
    for name in ("n", "n_changed", "error_before", "error_after", "actual"):
        assert sum(r[name] for r in parts) == sum(r[name] for r in wholes)


@pytest.mark.parametrize(
    ("period", "n_periods", "least", "most"),
    [
        ("month", 12, 0.01, 0.075),
        ("month", 6, 0.01, 0.1),
        # Of two or three blocks of four weeks percentiles are too near together for any verdict.
        ("week", 8, 0, 0),
        ("week", 12, 0, 0),
        ("week", 20, 0.01, 0.075),
    ],
)
def test_intervals_cover_what_they_should(period: str, n_periods: int, least: float, most: float) -> None:
    """Of honest persons whose adjustments do nothing on average, about one in twenty is called helpful or harmful."""
    dice = np.random.default_rng(5)
    rows = []
    for person in range(400):
        for at in range(n_periods):
            gain = int(dice.normal(0, 400))
            rows.append(
                {
                    "period": period, "period_no": at, "level": "manager", "entity_id": person, "product_group": "g",
                    "step": "customer_manager", "against": "system", "adjustment": "up_small", "n": 5, "n_changed": 5,
                    "error_before": 3000 + gain, "error_after": 3000, "actual": 10_000,
                }
            )  # fmt: skip
    table = stair(pa.Table.from_pylist(rows), {}, default_rng(1)).to_pylist()
    mine = [r for r in table if r["entity_id"] is not None and (r["product_group"], r["adjustment"]) == (ALL, ALL)]
    wrong = sum(r["helped"] != "cannot_tell" for r in mine) / len(mine)
    assert len(mine) == 400
    assert least <= wrong <= most
    assert {r["why"] for r in mine} == ({None} if most else {"few_periods"})


def test_the_actual_must_be_one_of_four() -> None:
    assert actual_of({}) == "demand"
    with pytest.raises(ParameterWrong, match="sold"):
        actual_of({"judging.actual": "sold"})
