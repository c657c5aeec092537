"""Schemes, rows and engines that the tests of scoring share."""

from __future__ import annotations

import random
from datetime import date
from typing import Any

import pyarrow as pa
from hypothesis import strategies as st

from lianxin.core.scoring import curves
from lianxin.core.scoring.inputs import GROUPS, JUDGEMENTS, PREVIOUS_SCORES
from lianxin.core.scoring.scheme import Block, Effect, Gate, Group, Missing, Part, Scheme
from lianxin.core.scoring.words import Words
from lianxin.core.tables import INDICATOR_VALUES, TARGETS, Table
from lianxin.core.units import Direction
from lianxin.engine.sources import nullable_arrow_schema

MONTH = date(2021, 12, 1)
TABLES = {table.name: table for table in (INDICATOR_VALUES, TARGETS, GROUPS, JUDGEMENTS, PREVIOUS_SCORES)}
Row = dict[str, Any]
LOWER, HIGHER = Direction.LOWER, Direction.HIGHER


def arrow(table: Table, rows: list[Row]) -> pa.Table:
    return pa.Table.from_pylist(rows, schema=nullable_arrow_schema(table))


def sources(**rows: list[Row]) -> dict[str, pa.Table]:
    return {name: arrow(table, rows.get(name, [])) for name, table in TABLES.items()}


def words(text: str) -> Words:
    return Words(text, text)


def part(code: str, points: float, curve: curves.Curve, **fields: Any) -> Part:
    if "judgement" not in fields:
        fields.setdefault("indicator", code)
    return Part(code=code, title=words(code), points_milli=round(points * 1000), curve=curve, **fields)


def scheme(*parts: Part, **fields: Any) -> Scheme:
    given: Row = {"code": "s", "version": 1, "title": words("s"), "group": Group.UNIT, "minimum_scored_share": 0.0}
    return Scheme(**(given | fields), parts=parts)


def person(entity: str, **fields: Any) -> Row:
    given = {"company_id": 1, "month": MONTH, "person_id": 1, "entity": entity, "group_key": "g", "unit": "u"}
    return given | fields


def measured(entity: str, indicator: str, value: float | None, **fields: Any) -> Row:
    given = {
        "company_id": 1,
        "month": MONTH,
        "level": "manager",
        "entity": entity,
        "entity_id": 1,
        "indicator": indicator,
        "value": value,
        "numerator": value,
        "denominator": 1.0,
        "n": 10,
        "unit": "share",
        "answer": "not_enough_data" if value is None else "value",
        "reason": "no_base" if value is None else None,
    }
    return given | fields


def target(entity: str, indicator: str, value: float, **fields: Any) -> Row:
    given = {
        "company_id": 1,
        "month": MONTH,
        "level": "manager",
        "entity": entity,
        "indicator": indicator,
        "target": value,
    }
    return given | fields


def judged(entity: str, judgement: str, value: float, reason: str | None = "seen on the round", **fields: Any) -> Row:
    given = {
        "company_id": 1,
        "month": MONTH,
        "entity": entity,
        "judgement": judgement,
        "value": value,
        "reason": reason,
    }
    return given | fields


def previous(entity: str, code: str, value: float | None, rank: int | None = None, **fields: Any) -> Row:
    given = {
        "company_id": 1,
        "month": date(2021, 11, 1),
        "entity": entity,
        "part": code,
        "value": value,
        "points_milli": None,
        "rank": rank,
    }
    return given | fields


_LAST = curves.OwnLast(fell_milli=3000, rank_fell_milli=2000, top_places=2, top_milli=3000)

# Between them, every curve in both directions, every rule for the missing, blocks, additions, deductions and gates.
WIDE = scheme(
    part("ratio", 20, curves.RatioToTarget(floor=0.2, cap=1.2), block="a", minimum_n=3),
    part("ratio_less", 10, curves.RatioToTarget(target=5.0), better=LOWER, block="a"),
    part(
        "steps",
        10,
        curves.StepTable(
            steps=(curves.Step(1.0, 4000), curves.Step(2.5, 7000), curves.Step(5.0, 10_000)), below_milli=500
        ),
        block="a",
    ),
    part(
        "line",
        10,
        curves.LinearFromTarget(target=5.0, unit=0.5, less_milli=750, more_milli=300, highest_milli=12_000),
        block="a",
    ),
    part(
        "mean",
        10,
        curves.AgainstGroup(within=1.0, near_milli=3000, below_milli=500, own_last=_LAST),
        missing=Missing.GROUP_AVERAGE,
        block="b",
    ),
    part(
        "places",
        10,
        curves.RankBand(bands=(curves.Band(0.3, 10_000), curves.Band(1.0, 4000)), minimum_group=3),
        block="b",
    ),
    part("said", 10, curves.Judgement(), judgement="said", missing=Missing.GROUP_AVERAGE, block="b"),
    part("bound", 20, curves.GroupShare(own=curves.RatioToTarget(target=8.0), share=0.3), block="b"),
    blocks=(
        Block(code="a", title=words("a"), points_milli=50_000),
        Block(code="b", title=words("b"), points_milli=50_000),
    ),
    additions=(part("extra", 5, curves.RatioToTarget(target=10.0)),),
    deductions=(part("events", 6, curves.PerEvent(less_milli=1500), judgement="events", better=LOWER),),
    gates=(
        Gate(
            code="cap",
            title=words("cap"),
            threshold=1.0,
            effect=Effect.CAP,
            cap_milli=60_000,
            indicator="line",
            enabled=True,
        ),
        Gate(
            code="stop",
            title=words("stop"),
            threshold=9.5,
            effect=Effect.BLOCK,
            indicator="steps",
            better=LOWER,
            enabled=True,
        ),
        Gate(code="off", title=words("off"), threshold=99.0, effect=Effect.BLOCK, indicator="line"),
    ),
    minimum_scored_share=0.35,
    highest_milli=104_000,
)

STRICT = scheme(
    part("steps", 25, curves.StepTable(steps=(curves.Step(0.5, 9000), curves.Step(1.0, 25_000)), of="ratio")),
    part(
        "ratio",
        25,
        curves.StepTable(steps=(curves.Step(0.5, 9000), curves.Step(1.0, 25_000)), of="ratio"),
        better=LOWER,
    ),
    part("mean", 15, curves.AgainstGroup(within=0.5, near_milli=9000), better=LOWER),
    part("line", 15, curves.LinearFromTarget(unit=1.0, less_milli=1000, lowest_milli=2000), better=LOWER),
    part(
        "places",
        10,
        curves.OwnLast(fell_milli=3000, rank_fell_milli=2500, highest_milli=10_000),
        missing=Missing.RENORMALISE,
    ),
    part(
        "bound",
        10,
        curves.GroupShare(own=curves.RankBand(bands=(curves.Band(0.5, 10_000), curves.Band(1.0, 0))), share=1.0),
        better=LOWER,
    ),
    missing=Missing.BLOCK,
)

INDICATORS = ("ratio", "ratio_less", "steps", "line", "mean", "places", "bound", "extra")
JUDGED = ("said", "events")

# Months of the random rows; what came before them is in `previous_scores`.
MONTHS = (date(2021, 11, 1), MONTH)


def rows(seed: int, people: int, missing: float) -> dict[str, list[Row]]:
    """Input tables of two companies and two months, with ties, borders and every kind of gap.

    Hypothesis chooses seed, size and density; drawing each number by itself would take it minutes.
    """
    chance = random.Random(seed)
    found: dict[str, list[Row]] = {name: [] for name in TABLES}
    for company in (1, 2):
        for month in MONTHS:
            for place in range(chance.randint(1, people)):
                _person(chance, found, {"company_id": company, "month": month}, place, missing)
        for place in range(people):
            _earlier(chance, found, company, f"p{place}")
    # Rows of another level must not count.
    found["indicator_values"].append(measured("p0", "ratio", 99.0, level="unit"))
    found["targets"].append(target("p0", "ratio", 99.0, level="unit"))
    return found


def _amount(chance: random.Random) -> float:
    """Few decimals, many collisions."""
    return chance.choice([chance.randint(-4, 48) / 4, chance.randint(0, 10), chance.randint(0, 10_000) / 1000]) * 1.0


def _person(chance: random.Random, found: dict[str, list[Row]], where: Row, place: int, missing: float) -> None:
    name = f"p{place}"
    found["groups"].append(
        person(name, group_key=chance.choice("gh"), unit=chance.choice("uv"), person_id=place, **where)
    )
    for code in INDICATORS:
        if chance.random() >= missing:
            value = None if chance.random() < missing / 2 else _amount(chance)
            reason = {"reason": chance.choice([None, "no_base"])} if value is None else {}
            n = chance.choice([10, 10, 10, 3, 2, 0])
            found["indicator_values"].append(measured(name, code, value, n=n, **reason, **where))
        if chance.random() < 0.5:
            found["targets"].append(target(name, code, _amount(chance), **where))
    for code in JUDGED:
        if chance.random() >= missing:
            reason = chance.choice(["seen", "seen", "seen", " ", None])
            value = float(chance.randint(-5, 105) if code == "said" else chance.randint(0, 5))
            found["judgements"].append(judged(name, code, value, reason, **where))


def _earlier(chance: random.Random, found: dict[str, list[Row]], company: int, name: str) -> None:
    for month in (date(2021, 9, 1), date(2021, 10, 1)):
        for code in ("mean", "places"):
            if chance.random() < 0.6:
                value = chance.choice([None, _amount(chance), _amount(chance)])
                rank = chance.choice([None, chance.randint(1, 8)])
                found["previous_scores"].append(previous(name, code, value, rank, company_id=company, month=month))


random_rows = st.builds(
    rows, seed=st.integers(0, 2**32), people=st.integers(1, 12), missing=st.sampled_from([0.0, 0.1, 0.3, 0.8])
)
