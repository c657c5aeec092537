"""What evidence was worth, against a plain count."""

from __future__ import annotations

from collections import defaultdict
from datetime import date
from typing import Any

import pyarrow as pa
import pytest
from numpy.random import default_rng

from lianxin import engine
from lianxin.core.forecasting.information import (
    each_event,
    evidence_lines,
    information,
    information_sums,
    moved_lines,
    moved_sums,
)
from lianxin.core.forecasting.judging_contracts import JUDGED_LINES
from lianxin.engine import Engine
from lianxin.engine.sources import from_rows
from tests.core.forecasting import judgement_reference as reference
from tests.core.forecasting.worlds import COMPANY, Row, judged_of, odd_world, sources_of, unbound

pytestmark = pytest.mark.requirement("C6")


@pytest.fixture(scope="module")
def duck() -> Engine:
    return engine.open("duckdb", memory_limit="500MB", threads=1)


def known(duck: Engine, tables: dict[str, list[Row]]) -> dict[str, pa.Table]:
    sources = sources_of(tables)
    judged = judged_of(duck, sources)
    return {JUDGED_LINES.name: judged, **{name: sources[name] for name in ("forecast_evidence", "evidence_used")}}


@pytest.mark.parametrize("seed", [1, 2])
def test_gains_are_those_of_a_plain_count(duck: Engine, seed: int) -> None:
    tables = odd_world(seed)
    world = reference.Plain(tables)
    plain = world.judged(COMPANY)
    used = {(row["version_id"], row["evidence_id"]) for row in tables["evidence_used"]}
    rows = duck.run(evidence_lines(unbound(), {}), known(duck, tables)).to_pylist()
    by_id = {row["evidence_id"]: row for row in rows}
    sums: dict[tuple[Any, ...], list[int]] = defaultdict(lambda: [0] * 6)
    n_late = 0
    for lay in tables["forecast_evidence"]:
        key = (lay["round_id"], lay["period_start"], "retailer", lay["retailer_id"], lay["product_id"])
        version = world.last.get((*key, "customer_manager"))
        line = plain[key]
        said = line["system_milli"] if version is None else version["units_milli"]
        named = version is not None and (version["version_id"], lay["evidence_id"]) in used
        if version is not None and not named and lay["known_at"] > version["entered_at"]:
            # What was learnt after the number was given was not passed over.
            assert lay["evidence_id"] not in by_id
            n_late += 1
            continue
        use = "used" if named else "passed_over"
        came, system = line["demand_units"], line["system_milli"]
        row = by_id[lay["evidence_id"]]
        assert (row["use"], row["entered_milli"], row["actual_units"]) == (use, said, came)
        if None in (came, system, said):
            assert row["gain_milli"] is None
            continue
        before, after = abs(system - came * 1000), abs(said - came * 1000)
        assert row["gain_milli"] == before - after
        for kind in (lay["kind"], "all"):
            cell = sums[reference.month_number(key[1]), kind, use]
            for at, value in enumerate((1, int(after < before), int(after > before), before, after, came * 1000)):
                cell[at] += value
    assert len(rows) + n_late == len(tables["forecast_evidence"])
    assert n_late > 0
    found = duck.run(information_sums(evidence_lines(unbound(), {})), known(duck, tables)).to_pylist()
    names = ("n", "n_helped", "n_harmed", "error_system", "error_entered", "actual")
    assert {(r["period_no"], r["kind"], r["use"]): [r[name] for name in names] for r in found} == dict(sums)


def sums_of(periods: int, n: int, before: int, after: int, actual: int) -> pa.Table:
    return pa.Table.from_pylist(
        [
            {"period": "month", "period_no": at, "kind": "event", "use": "used", "n": n, "n_helped": n, "n_harmed": 0,
             "error_system": before, "error_entered": after, "actual": actual}
            for at in range(periods)
        ]
    )  # fmt: skip


@pytest.mark.parametrize(
    ("periods", "n", "before", "after", "actual", "helped", "why"),
    [
        (8, 10, 500, 200, 1000, "yes", None),
        (8, 10, 200, 500, 1000, "no", None),
        (8, 10, 200, 200, 1000, "cannot_tell", None),
        (8, 1, 500, 200, 1000, "cannot_tell", "few_lines"),
        (1, 90, 500, 200, 1000, "cannot_tell", "few_periods"),
        (8, 10, 500, 200, 0, "cannot_tell", "no_actual"),
    ],
)
def test_three_answers(
    periods: int, n: int, before: int, after: int, actual: int, helped: str, why: str | None
) -> None:
    (row,) = information(sums_of(periods, n, before, after, actual), {}, default_rng(1)).to_pylist()
    assert (row["helped"], row["why"], row["n"], row["n_periods"]) == (helped, why, periods * n, periods)
    assert row["gained"] == (pytest.approx((before - after) / actual) if actual else None)


def test_a_line_with_two_pieces_counts_once(duck: Engine) -> None:
    tables = odd_world(1)
    again = [
        {**row, "evidence_id": row["evidence_id"] + "b", "kind": "shortage"} for row in tables["forecast_evidence"]
    ]
    twice = {**tables, "forecast_evidence": tables["forecast_evidence"] + again}

    def whole(some: dict[str, list[Row]]) -> dict[Any, int]:
        rows = duck.run(information_sums(evidence_lines(unbound(), {})), known(duck, some)).to_pylist()
        totals: dict[Any, int] = defaultdict(int)
        for row in rows:
            if row["kind"] == "all":
                totals[row["period_no"]] += row["n"]
        return dict(totals)

    assert whole(tables) == whole(twice)
    assert sum(whole(tables).values()) > 10
    assert date(2021, 1, 1) in {row["period_start"] for row in tables["forecast_evidence"]}


def moved_world(seed: int) -> tuple[dict[str, list[Row]], list[Row]]:
    """Some lines of the odd world moved by one or two events, and some by the past alone."""
    tables = odd_world(seed)
    dice = default_rng(seed + 100)
    moved: list[Row] = []
    for line in tables["forecast_lines"]:
        if line["system_milli"] is None or dice.random() < 0.5:
            continue
        place = {name: line[name] for name in ("company_id", "round_id", "period_start", "retailer_id", "product_id")}
        plain = line["system_milli"] + int(dice.integers(-3000, 3000))
        events = [("", ""), ("hint:7", "shortage"), ("hint:8", "event"), ("hint:9", "event")]
        for at in sorted({int(at) for at in dice.integers(0, 4, 2)}):
            if at or not [row for row in moved if all(row[name] == place[name] for name in place)]:
                moved.append({**place, "event_id": events[at][0], "kind": events[at][1], "plain_milli": plain})
    return tables, moved


@pytest.mark.parametrize("seed", [1, 2])
def test_both_forecasts_are_held_against_what_came_as_a_plain_count_does(duck: Engine, seed: int) -> None:
    tables, moved = moved_world(seed)
    plain = reference.Plain(tables).judged(COMPANY)
    sources = {
        JUDGED_LINES.name: judged_of(duck, sources_of(tables)),
        "forecast_without": from_rows("forecast_without", moved),
    }
    lines = moved_lines(unbound(), {})
    assert len(duck.run(lines, sources)) == len(moved) > 30
    sums: dict[Any, set[tuple[Any, ...]]] = defaultdict(set)
    events: dict[Any, list[int]] = defaultdict(lambda: [0] * 9)
    for row in moved:
        key = (row["round_id"], row["period_start"], "retailer", row["retailer_id"], row["product_id"])
        came, system = plain[key]["demand_units"], plain[key]["system_milli"]
        if row["event_id"]:
            cell = events[row["event_id"], row["kind"], row["round_id"]]
            cell[0] += 1
            cell[4] += row["plain_milli"]
            cell[5] += system
        if came is None:
            continue
        without, given = abs(row["plain_milli"] - came * 1000), abs(system - came * 1000)
        if row["event_id"]:
            for at, value in ((1, 1), (2, int(given < without)), (3, int(given > without)), (6, without), (7, given),
                              (8, came * 1000)):  # fmt: skip
                cell[at] += value
        kinds = {"all", row["kind"]} - {""}
        for kind in kinds:
            sums[reference.month_number(row["period_start"]), kind].add((*key, without, given, came * 1000))
    found = {(row["period_no"], row["kind"]): row for row in duck.run(moved_sums(lines), sources).to_pylist()}
    assert set(found) == set(sums)
    for place, told in sums.items():
        row = found[place]
        assert row["use"] == "in_system"
        assert row["n"] == len(told)
        assert row["n_helped"] == sum(given < without for *_key, without, given, _came in told)
        assert row["n_harmed"] == sum(given > without for *_key, without, given, _came in told)
        assert (row["error_system"], row["error_entered"], row["actual"]) == tuple(
            sum(one[at] for one in told) for at in (-3, -2, -1)
        )
    made = duck.run(each_event(lines), sources).to_pylist()
    assert {(row["event_id"], row["kind"], row["round_id"]): list(row.values())[3:] for row in made} == dict(events)


@pytest.mark.spark
@pytest.mark.xdist_group("spark")
def test_both_engines_tell_the_same_of_events(duck: Engine, spark: Engine) -> None:
    tables, moved = moved_world(1)
    sources = {
        JUDGED_LINES.name: judged_of(duck, sources_of(tables)),
        "forecast_without": from_rows("forecast_without", moved),
    }
    lines = moved_lines(unbound(), {})
    for question in (lines, moved_sums(lines), each_event(lines)):
        assert engine.digest(spark.run(question, sources)) == engine.digest(duck.run(question, sources))
