"""The expressions of `core.measuring` against the plain reference, on small random companies."""

from __future__ import annotations

import os
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from lianxin import engine
from lianxin.core.measuring import indicator_of, months_needed, plan
from lianxin.core.tables import Steps
from lianxin.core.units import Level
from tests.core.reference import Reference, Row, World
from tests.core.worlds import MONTH, SETTINGS, worlds

DUCK = engine.open("duckdb", memory_limit="500MB", threads=1)
MANY = int(os.environ.get("LIANXIN_EXAMPLES", "20"))
# Shrinking a whole company takes minutes; the failing one is printed as it is.
PHASES = (Phase.explicit, Phase.reuse, Phase.generate)


def sources_of(world: World) -> dict[str, Any]:
    replaced = [
        {"company_id": 1, "line_id": row["line_id"], "batch_id": row["replaces_batch_id"]}
        for row in world["order_lines"]
        if row.get("replaces_batch_id")
    ]
    needed = set(months_needed(MONTH))
    lines = [row for row in world["order_lines"] if row["order_month"] in needed]
    return {
        name: engine.from_rows(name, rows)
        for name, rows in {**world, "order_lines": lines, "line_replacements": replaced}.items()
    }


def steps_of(parameters: Row, **other: Any) -> Steps:
    return plan(MONTH, parameters, company_id=1, company_code="C", **other)


NAMES = {
    "manager": lambda key: f"E{key}",
    "retailer": lambda key: f"L{key}",
    "route": lambda key: key,
    "unit": lambda key: f"U{key}",
    "company": lambda _: "C",
}


def expected_rows(world: World, parameters: Row) -> dict[tuple[str, str, str], tuple[Any, ...]]:
    reference = Reference(world, MONTH, parameters)
    rows = {}
    for level, key in reference.known():
        for code, answer in reference.answers((level, key)).items():
            if Level(level) in indicator_of(code).levels:
                rows[(level, NAMES[level](key), code)] = answer
    return rows


def answered_rows(answer: pa.Table) -> dict[tuple[str, str, str], tuple[Any, ...]]:
    rows = answer.to_pylist()
    keyed = {
        (row["level"], row["entity"], row["indicator"]): (
            row["numerator"],
            row["denominator"],
            row["n"],
            row["value"],
            row["reason"],
        )
        for row in rows
    }
    assert len(keyed) == len(rows)
    return keyed


@settings(max_examples=MANY, deadline=None, suppress_health_check=list(HealthCheck), phases=PHASES)
@given(world=worlds(), parameters=st.sampled_from(SETTINGS))
def test_expressions_agree_with_the_reference(world: World, parameters: Row) -> None:
    answer = DUCK.run(steps_of(parameters), sources_of(world))
    found = answered_rows(answer)
    expected = expected_rows(world, parameters)
    for key, told in expected.items():
        if key not in found:
            assert told[2] == 0, f"{key} is missing"
            continue
        *numbers, reason = found[key]
        assert reason == told[4], key
        assert numbers[2] == told[2], key
        assert numbers[0] == pytest.approx(told[0]), key
        assert numbers[1] == pytest.approx(told[1]), key
        assert numbers[3] == pytest.approx(told[3]), key
    assert set(found) <= set(expected)
