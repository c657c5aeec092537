"""Copied history: what repeats, the chance of it, and who is asked, against a plain count and against known people."""

from __future__ import annotations

import math
from collections import defaultdict
from datetime import UTC, datetime
from typing import Any

import ibis
import pyarrow as pa
import pytest
from numpy.random import default_rng

from lianxin import engine
from lianxin.core.forecasting.copying import UNTELLING, copied_lines, copying, copying_sums
from lianxin.core.forecasting.judging import Judged, judge
from lianxin.core.forecasting.judging_contracts import JUDGED_LINES
from lianxin.core.forecasting.repeating import HISTORY, SOURCES, SYSTEM
from lianxin.core.tables import Steps
from lianxin.engine import Engine, digest
from lianxin.simulation.judgement import HONEST, JudgementSettings, simulated
from lianxin.simulation.judgement.world import COMPANY, kind_of
from tests.core.forecasting import copying_reference, judgement_reference
from tests.core.forecasting.worlds import judged_of, unbound

pytestmark = pytest.mark.requirement("C4")
SMALL = JudgementSettings(seed=3, n_managers=10, n_retailers=10, n_products=3, n_rounds=8, entered_share=0.4)


@pytest.fixture(scope="module")
def duck() -> Engine:
    return engine.open("duckdb", memory_limit="1GB", threads=1)


@pytest.fixture(scope="module")
def small() -> dict[str, pa.Table]:
    return simulated(SMALL).tables


def repeated(running: Engine, tables: dict[str, pa.Table], judged: pa.Table) -> tuple[pa.Table, pa.Table]:
    sources = {JUDGED_LINES.name: judged, "forecast_evidence": tables["forecast_evidence"]}
    steps = Steps()
    lines = copied_lines(steps, unbound())
    found = running.run(steps, sources).sort_by("version_id")
    return found, running.run(copying_sums(lines), {lines.get_name(): found})


def test_repeats_and_chances_are_those_of_a_plain_count(duck: Engine, small: dict[str, pa.Table]) -> None:
    rows = {name: table.to_pylist() for name, table in small.items()}
    plain = copying_reference.copied(judgement_reference.Plain(rows).judged(COMPANY), rows["forecast_evidence"])
    lines, sums = repeated(duck, small, judged_of(duck, small, COMPANY))
    found = {
        (r["round_id"], r["period_start"], "retailer", r["entity_id"], r["product_id"]): r for r in lines.to_pylist()
    }
    assert found.keys() == plain.keys()
    names = ("repeats_history", "repeats_system", "chance_history", "chance_system", "n_evidence", "person_id")
    for key, row in found.items():
        assert {name: row[name] for name in names} == {name: plain[key][name] for name in names}, key
        assert row["entered_units"] == plain[key]["entered"]
    assert {row["chance_history"] == 1_000_000 for row in found.values()} == {True, False}
    _check_sums(sums, plain)


def _check_sums(sums: pa.Table, plain: dict[tuple[Any, ...], dict[str, Any]]) -> None:
    for row in sums.to_pylist():
        kind = row["kind"]
        mine = [(key, line) for key, line in plain.items() if line["person_id"] == row["person_id"]]
        telling = [
            (key, line)
            for key, line in mine
            if line[f"chance_{kind}"] is not None and line[f"chance_{kind}"] < UNTELLING
        ]
        shops: dict[Any, list[int]] = defaultdict(lambda: [0, 0])
        for key, line in telling:
            shops[key[3]][0] += 1000 * line[f"repeats_{kind}"] - line[f"chance_{kind}"] // 1000
            shops[key[3]][1] += 1
        expected = {
            "n_entered": len(mine),
            "n_repeated": sum(line[f"repeats_{kind}"] for _key, line in mine),
            "n_with_evidence": sum(line[f"repeats_{kind}"] and line["n_evidence"] > 0 for _key, line in mine),
            "n": len(telling),
            "k": sum(line[f"repeats_{kind}"] for _key, line in telling),
            "chance_micro": sum(line[f"chance_{kind}"] for _key, line in telling),
            "residual_squares": sum(r * r for r, _m in shops.values()),
            "residual_counts": sum(r * m for r, m in shops.values()),
            "squared_counts": sum(m * m for _r, m in shops.values()),
        }
        assert {name: row[name] for name in expected} == expected


def test_the_most_frequent_reason_is_told_beside_that_of_all(duck: Engine, small: dict[str, pa.Table]) -> None:
    """Two reasons in turns are half and half however many lines there are: a share of different ones would near 1 by itself."""
    lines, _sums = repeated(duck, small, judged_of(duck, small, COMPANY))
    rows = lines.to_pylist()
    first = min(row["person_id"] for row in rows)
    mine = [row for row in rows if row["person_id"] == first]
    for place, row in enumerate(rows):
        row["reason"] = ("festival", "customers")[place % 2] if row["person_id"] == first else "customers"
    for row, reason in zip(mine, ("festival", "customers", "festival", "", None), strict=False):
        row["reason"] = reason
    for row, reason in zip(mine[5:], ["festival", "customers"] * len(mine), strict=False):
        row["reason"] = reason
    told = pa.Table.from_pylist(rows, schema=lines.schema)
    sums = duck.run(copying_sums(ibis.table(ibis.Schema.from_pyarrow(lines.schema), name="told")), {"told": told})
    (found,) = [one for one in copying(sums, {}).to_pylist() if (one["person_id"], one["kind"]) == (first, HISTORY)]
    with_one = [row["reason"] for row in mine if row["reason"]]
    all_with = [row["reason"] for row in rows if row["reason"]]
    assert len(with_one) == len(mine) - 2
    assert found["top_reason"] == "festival"
    assert found["top_reason_share"] == with_one.count("festival") / len(with_one)
    assert 0.5 <= found["top_reason_share"] < 0.6
    assert found["all_top_reason_share"] == all_with.count("customers") / len(all_with)


def test_evidence_known_after_the_number_did_not_lie_there(duck: Engine, small: dict[str, pa.Table]) -> None:
    """A number is held against what its author could know: all that was learnt at the deadline accuses nobody."""
    judged = judged_of(duck, small, COMPANY)
    lay = small["forecast_evidence"]
    late = pa.array([datetime(2040, 1, 1, tzinfo=UTC)] * lay.num_rows, lay.schema.field("known_at").type)
    later = lay.set_column(lay.schema.get_field_index("known_at"), "known_at", late)
    before, _sums = repeated(duck, small, judged)
    after, sums = repeated(duck, {**small, "forecast_evidence": later}, judged)
    assert sum(before.column("n_evidence").to_pylist()) > 0
    assert set(after.column("n_evidence").to_pylist()) == {0}
    assert set(sums.column("n_with_evidence").to_pylist()) == {0}


def test_a_retail_price_alone_asks_nobody(duck: Engine, small: dict[str, pa.Table]) -> None:
    """A price tells no number: what was repeated beside prices only was repeated beside nothing."""
    judged = judged_of(duck, small, COMPANY)
    lay = small["forecast_evidence"]
    priced = pa.array(["retail_price"] * lay.num_rows, lay.schema.field("kind").type)
    only = lay.set_column(lay.schema.get_field_index("kind"), "kind", priced)
    found, sums = repeated(duck, {**small, "forecast_evidence": only}, judged)
    assert set(found.column("n_evidence").to_pylist()) == {0}
    assert set(sums.column("n_with_evidence").to_pylist()) == {0}


@pytest.mark.spark
@pytest.mark.xdist_group("spark")
def test_the_other_engine_finds_the_same(spark: Engine, duck: Engine, small: dict[str, pa.Table]) -> None:
    judged = judged_of(duck, small, COMPANY)
    made = [repeated(running, small, judged) for running in (duck, spark)]
    assert [digest(table) for table in made[0]] == [digest(table) for table in made[1]]


def sums(n: int, k: int, chance: float, *, evidence: int = 50, retailers: int = 0) -> dict[str, Any]:
    """Sums of one manager: k of n repeat, each shop with its own lines alike (retailers 0: one line a shop)."""
    mean = round(chance * 1000)
    shops = retailers or n
    m = n // shops
    squares = k // m * (m * (1000 - mean)) ** 2 + (shops - k // m) * (m * mean) ** 2
    counts = k // m * m * m * (1000 - mean) - (shops - k // m) * m * m * mean
    return {
        "person_id": 1, "kind": HISTORY, "n_entered": n, "n_repeated": k, "n_with_evidence": evidence, "n": n, "k": k,
        "chance_micro": round(n * chance * 1e6), "residual_squares": squares, "residual_counts": counts,
        "squared_counts": shops * m * m, "n_timed": 2, "seconds_centi": 900, "n_words": 10, "n_top_words": 2,
        "n_all_words": 30, "n_all_top_words": 3, "n_reasons": 0, "n_top_reasons": 0, "n_all_reasons": 0, "n_all_top_reasons": 0,
        "top_reasons": None,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("given", "parameters", "answer", "why"),
    [
        (sums(100, 90, 0.3), {}, "yes", None),
        (sums(100, 30, 0.3), {}, "no", None),
        (sums(100, 100, 0.0), {}, "yes", None),
        (sums(59, 59, 0.3), {}, "cannot_tell", "few_forecasts"),
        (sums(100, 90, 0.3, evidence=4), {}, "cannot_tell", "no_evidence"),
        # A tenth beyond chance is let pass, and so is what chance may do.
        (sums(1000, 370, 0.3), {}, "no", None),
        (sums(1000, 600, 0.3), {"judging.copied_allowed": 0.5}, "no", None),
        # Twenty shops that are all copied or all not tell as much as twenty lines, not as a hundred.
        (sums(100, 60, 0.3), {}, "yes", None),
        (sums(100, 60, 0.3, retailers=20), {}, "no", None),
    ],
)
def test_three_answers(given: dict[str, Any], parameters: dict[str, Any], answer: str, why: str | None) -> None:
    (row,) = copying(pa.Table.from_pylist([given]), parameters).to_pylist()
    assert (row["answer"], row["why"]) == (answer, why)
    assert (row["mean_seconds"], row["top_words_share"], row["all_top_words_share"]) == (4.5, 0.2, 0.1)
    assert (row["top_reason"], row["top_reason_share"], row["all_top_reason_share"]) == (None, None, None)


def test_without_recorded_evidence_nobody_is_asked() -> None:
    (row,) = copying(pa.Table.from_pylist([sums(100, 90, 0.3)]), {}, evidence=False).to_pylist()
    assert (row["answer"], row["why"]) == ("cannot_tell", "no_evidence")
    assert row["share"] == 0.9


def test_asking_of_many_needs_more_of_each() -> None:
    """What is enough against one manager is not enough against the luckiest of two hundred."""
    edge = next(k for k in range(40, 100) if _answer([sums(100, k, 0.3)]) == "yes")
    others = [{**sums(100, 30, 0.3), "person_id": person} for person in range(2, 201)]
    assert _answer([sums(100, edge, 0.3), *others]) == "no"
    assert _answer([sums(100, 95, 0.3), *others]) == "yes"


def _answer(given: list[dict[str, Any]]) -> str:
    rows = copying(pa.Table.from_pylist(given), {}).to_pylist()
    return next(row["answer"] for row in rows if row["person_id"] == 1)


def test_the_bound_holds_for_plain_chance() -> None:
    """The p-value is above the exact tail of a binomial wherever the design effect is one."""
    for k in range(41, 100, 6):
        (row,) = copying(pa.Table.from_pylist([sums(100, k, 0.3)]), {"judging.copied_allowed": 0.0}).to_pylist()
        exact = sum(math.comb(100, i) * 0.3**i * 0.7 ** (100 - i) for i in range(k, 101))
        assert row["p_value"] >= exact


@pytest.fixture(scope="module")
def worlds(duck: Engine) -> list[tuple[JudgementSettings, Judged]]:
    made = []
    for seed in (21, 22):
        settings = JudgementSettings(seed=seed, n_managers=20, n_retailers=20)
        found = judge(simulated(settings).tables, engine=duck, dice=default_rng(seed), company_id=COMPANY)
        made.append((settings, found))
    return made


def kinds_asked(worlds: list[tuple[JudgementSettings, Judged]], kind: str) -> dict[str, list[str]]:
    answers: dict[str, list[str]] = defaultdict(list)
    for settings, found in worlds:
        for row in found.copying.to_pylist():
            if row["kind"] == kind:
                answers[kind_of(settings, row["person_id"])].append(row["answer"])
    return answers


def test_copiers_are_asked_and_honest_people_are_not(worlds: list[tuple[JudgementSettings, Judged]]) -> None:
    history, system = kinds_asked(worlds, HISTORY), kinds_asked(worlds, SYSTEM)
    assert history["copier"] == ["yes"] * 4
    assert system["system_copier"] == ["yes"] * 4
    assert {answer for code in HONEST for answer in (*history[code], *system[code])} == {"no"}
    assert SOURCES[SYSTEM] == ("system",)


@pytest.mark.requirement("C3")
def test_experts_optimists_and_copiers_are_told_apart(worlds: list[tuple[JudgementSettings, Judged]]) -> None:
    helped: dict[str, list[str]] = defaultdict(list)
    leans: dict[str, list[float]] = defaultdict(list)
    for settings, found in worlds:
        for row in found.stair.to_pylist():
            whole = row["entity_id"] is not None and (row["product_group"], row["adjustment"]) == ("all", "all")
            if whole and (row["level"], row["step"], row["against"]) == ("manager", "customer_manager", "system"):
                helped[kind_of(settings, row["entity_id"])].append(row["helped"])
        for row in found.accuracies.to_pylist():
            if (row["level"], row["author"], row["actual"], row["accuracy"]) == (
                "entered",
                "customer_manager",
                "demand",
                "bias",
            ):
                leans[kind_of(settings, row["entity_id"])].append(row["low"])
    assert helped["expert"] == ["yes"] * 4
    assert "yes" not in helped["copier"] + helped["hasty"]
    assert min(leans["optimist"]) > 0
    assert sum(low > 0 for low in leans["expert"]) <= 1
