"""The expressions against the plain reference, on random rows, and both engines against each other."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings

import lianxin.engine as engine
from lianxin.core.scoring import presets
from lianxin.core.scoring.drawing import curve_points
from lianxin.core.scoring.inputs import GATE_STATES, PART_SCORES, TOTALS
from lianxin.core.scoring.scheme import Scheme, lines
from lianxin.core.scoring.scores import gate_states, part_scores, totals
from lianxin.core.tables import check_columns
from tests.core.scoring_cases import STRICT, WIDE, Row, random_rows, rows, sources
from tests.core.scoring_reference import Reference

SLOW = settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))
SCHEMES = {"wide": WIDE, "strict": STRICT}
PARTS = {name: part_scores(scheme) for name, scheme in SCHEMES.items()}
GATES = gate_states(WIDE)
SUMS = {name: totals(scheme) for name, scheme in SCHEMES.items()}


@pytest.fixture(scope="module")
def duck() -> Iterator[engine.Engine]:
    opened = engine.open("duckdb", memory_limit="500MB", threads=1)
    yield opened
    opened.close()


def _sorted(found: list[Row], *keys: str) -> list[Row]:
    return sorted(found, key=lambda row: tuple(row[key] for key in keys))


def _plain(table: pa.Table, *keys: str) -> list[Row]:
    return _sorted(table.to_pylist(), *keys)


def _cut(found: list[Row], columns: tuple[str, ...], *keys: str) -> list[Row]:
    return _sorted([{name: row[name] for name in columns} for row in found], *keys)


@pytest.mark.parametrize("name", SCHEMES)
@SLOW
@given(tables=random_rows)
def test_part_scores_and_totals_agree_with_the_plain_reference(duck: engine.Engine, name: str, tables: Any) -> None:
    reference = Reference(SCHEMES[name], tables)
    expected = reference.part_scores()
    answered = duck.run(PARTS[name], sources(**tables))
    key = ("company_id", "month", "entity", "part")
    assert _plain(answered, *key) == _cut(expected, PART_SCORES.columns, *key)
    summed = duck.run(SUMS[name], sources(**tables))
    assert _plain(summed, *key[:3]) == _cut(reference.totals(expected), TOTALS.columns, *key[:3])


@pytest.mark.parametrize("name", SCHEMES)
def test_totals_of_answered_lines_and_gates_are_those_of_their_expressions(duck: engine.Engine, name: str) -> None:
    tables = sources(**rows(seed=2021, people=12, missing=0.2))
    gates = gate_states(SCHEMES[name])
    answered = duck.run_many({"part_scores": PARTS[name], "gate_states": gates}, tables)
    of_answers = totals(SCHEMES[name], parts=PART_SCORES.unbound(), gates=GATE_STATES.unbound())
    summed = duck.run(of_answers, {"groups": tables["groups"], **answered})
    assert engine.digest(summed) == engine.digest(duck.run(SUMS[name], tables))
    assert summed.num_rows > 0


@SLOW
@given(tables=random_rows)
def test_gates_agree_with_the_plain_reference_and_only_enabled_ones_speak(duck: engine.Engine, tables: Any) -> None:
    reference = Reference(WIDE, tables)
    found = _plain(duck.run(GATES, sources(**tables)), "company_id", "month", "entity", "gate")
    expected = [
        {"company_id": p["company_id"], "month": p["month"], "entity": p["entity"], "gate": g.code, "state": state}
        for p in tables["groups"]
        for g in WIDE.gates
        if g.enabled
        for state in [reference.gate_state(g, p)]
    ]
    told = [{name: row[name] for name in ("company_id", "month", "entity", "gate", "state")} for row in found]
    assert told == _sorted(expected, "company_id", "month", "entity", "gate")


@pytest.mark.parametrize("name", SCHEMES)
@SLOW
@given(tables=random_rows)
def test_everybody_stands_on_the_curve_that_is_drawn(duck: engine.Engine, name: str, tables: Any) -> None:
    parts = {part.code: part for _, part in lines(SCHEMES[name])}
    for row in duck.run(PARTS[name], sources(**tables)).to_pylist():
        if row["curve_x"] is None:
            continue
        part = parts[row["part"]]
        aim = row["group_average"] if part.curve.kind == "against_group" else row["target"]
        drawn = curve_points(part, aim, row["curve_x"])
        low, high = _height(drawn, row["curve_x"])
        assert low - 0.2 <= row["curve_y"] <= high + 0.2, (row, drawn)


def _height(drawn: list[tuple[float, float]], x: float) -> tuple[float, float]:
    """The least and the most that the line shows at x, a hair to either side included; flat beyond its ends."""
    heights = []
    for at in (x - 1e-6, x, x + 1e-6):
        before = [pair for pair in drawn if pair[0] <= at] or drawn[:1]
        after = [pair for pair in drawn if pair[0] > at] or drawn[-1:]
        (x0, y0), (x1, y1) = before[-1], after[0]
        heights.append(y0 if x1 <= x0 else y0 + (y1 - y0) * (at - x0) / (x1 - x0))
    return min(heights), max(heights)


@pytest.mark.parametrize("name", SCHEMES)
@pytest.mark.spark
@pytest.mark.xdist_group("spark")
def test_spark_and_duckdb_agree_in_the_digest(duck: engine.Engine, spark: engine.Engine, name: str) -> None:
    tables = sources(**rows(seed=2021, people=12, missing=0.2))
    questions = {"parts": PARTS[name], "totals": SUMS[name], "gates": GATES}
    mine, theirs = (one.run_many(questions, tables) for one in (duck, spark))
    assert {key: engine.digest(table) for key, table in theirs.items()} == {
        key: engine.digest(table) for key, table in mine.items()
    }


@pytest.mark.parametrize("scheme", [*SCHEMES.values(), *(make() for make in presets.PRESETS.values())])
def test_results_have_the_declared_columns(scheme: Scheme) -> None:
    for contract, found in (
        (PART_SCORES, part_scores(scheme)),
        (TOTALS, totals(scheme)),
        (GATE_STATES, gate_states(WIDE)),
    ):
        check_columns(contract, dict(found.schema().items()))
        assert tuple(found.columns) == contract.columns
