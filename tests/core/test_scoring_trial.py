"""Two schemes over the same months, side by side."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import ibis
import pytest

import lianxin.engine as engine
from lianxin.core.scoring.curves import RatioToTarget
from lianxin.core.scoring.inputs import COMPARISON, TOTALS
from lianxin.core.scoring.scores import totals
from lianxin.core.scoring.trial import by_month, by_person, comparison
from tests.core.scoring_cases import MONTH, Row, arrow, measured, part, person, scheme, sources

NOVEMBER = date(2021, 11, 1)


def _total(entity: str, milli: int | None, rank: int | None, month: date = MONTH) -> Row:
    return {
        "company_id": 1,
        "month": month,
        "person_id": 1,
        "entity": entity,
        "group_key": "g",
        "unit": "u",
        "total_milli": milli,
        "answer": "not_enough_data" if milli is None else "value",
        "scored_share": 1.0,
        "rank": rank,
        "group_n": 3,
        "band": None,
    }


BEFORE = [
    _total("a", 80_000, 1),
    _total("b", 70_000, 2),
    _total("c", None, None),
    _total("d", 60_000, 3),
    _total("a", 50_000, 1, NOVEMBER),
    _total("gone", 1, 2, NOVEMBER),
]
AFTER = [
    _total("a", 75_000, 2),
    _total("b", 78_000, 1),
    _total("c", 60_000, 3),
    _total("d", 60_000, 3),
    _total("a", 52_000, 1, NOVEMBER),
    _total("new", 1, 2, NOVEMBER),
]


def _tables() -> tuple[Any, Any, dict[str, Any]]:
    kinds = {name: kind(nullable=True) for name, kind in TOTALS.schema.items()}
    before, after = (ibis.table(kinds, name=name) for name in ("before", "after"))
    return before, after, {"before": arrow(TOTALS, BEFORE), "after": arrow(TOTALS, AFTER)}


@pytest.mark.requirement("J3")
def test_comparison_tells_who_gains_and_who_loses() -> None:
    before, after, rows = _tables()
    duck = engine.open("duckdb", memory_limit="500MB", threads=1)
    compared = comparison(before, after)
    assert tuple(compared.columns) == COMPARISON.columns
    found = duck.run(compared, rows).to_pylist()
    assert {
        (row["entity"], row["month"]): (row["change_milli"], row["rank_change"], row["outcome"]) for row in found
    } == {
        ("a", MONTH): (-5_000, -1, "loses"),
        ("b", MONTH): (8_000, 1, "gains"),
        ("c", MONTH): (None, None, "cannot_tell"),
        ("d", MONTH): (0, 0, "same"),
        ("a", NOVEMBER): (2_000, 0, "gains"),
        ("gone", NOVEMBER): (None, None, "cannot_tell"),
        ("new", NOVEMBER): (None, None, "cannot_tell"),
    }
    people = {row.pop("entity"): row for row in duck.run(by_person(compared), rows).to_pylist()}
    assert people["a"] == {
        "company_id": 1,
        "n_months": 2,
        "n_compared": 2,
        "n_gains": 1,
        "n_loses": 1,
        "change_milli": -3_000,
        "mean_change_milli": -1_500.0,
        "mean_rank_change": -0.5,
    }
    assert (people["c"]["change_milli"], people["c"]["mean_change_milli"], people["c"]["n_compared"]) == (None, None, 0)
    months = {row["month"]: row for row in duck.run(by_month(compared), rows).to_pylist()}
    assert months[NOVEMBER] == {
        "company_id": 1,
        "month": NOVEMBER,
        "n_people": 3,
        "n_gains": 1,
        "n_loses": 0,
        "n_same": 0,
        "n_cannot_tell": 2,
    }
    duck.close()


@pytest.mark.requirement("J3")
def test_a_draft_is_tried_on_several_months_in_one_question() -> None:
    old = scheme(part("a", 70, RatioToTarget(target=100.0)), part("b", 30, RatioToTarget(target=100.0)))
    first, second = old.parts
    new = replace(old, parts=(replace(first, points_milli=30_000), replace(second, points_milli=70_000)))
    given = {
        "groups": [person("x", month=month) for month in (NOVEMBER, MONTH)],
        "indicator_values": [
            measured("x", code, value, month=month)
            for month, values in ((NOVEMBER, (100.0, 50.0)), (MONTH, (50.0, 100.0)))
            for code, value in zip("ab", values, strict=True)
        ],
    }
    duck = engine.open("duckdb", memory_limit="500MB", threads=1)
    found = duck.run(comparison(totals(old), totals(new)), sources(**given)).to_pylist()
    assert {row["month"]: row["change_milli"] for row in found} == {NOVEMBER: -20_000, MONTH: 20_000}
    duck.close()
