"""Curves as lines and as words, scores as sentences."""

from __future__ import annotations

from typing import Any

import pytest

from lianxin.core.scoring import curves
from lianxin.core.scoring.drawing import curve_points
from lianxin.core.scoring.explaining import MISSING, explain, explain_score
from lianxin.core.scoring.scheme import Missing
from lianxin.core.scoring.words import number, points, spoken
from lianxin.core.units import UnitKind
from tests.core.scoring_cases import LOWER, part

RATIO = curves.RatioToTarget()
LAST = curves.OwnLast(fell_milli=3000, rank_fell_milli=2000, top_places=3, top_milli=1000)
_STEP = curves.Step
_BAND = curves.Band


@pytest.mark.parametrize(
    ("curve", "fields", "aim", "reach", "drawn"),
    [
        (RATIO, {}, 50.0, None, [(0, 0), (50, 10), (60, 10)]),
        (RATIO, {}, 50.0, 80.0, [(0, 0), (50, 10), (60, 10), (80, 10)]),
        (RATIO, {}, 50.0, -5.0, [(-5, 0), (0, 0), (50, 10), (60, 10)]),
        (RATIO, {}, None, None, []),
        (RATIO, {}, 0.0, None, []),
        (curves.Judgement(), {}, None, None, [(0, 0), (100, 10)]),
        (curves.PerEvent(less_milli=2000), {"better": LOWER}, None, None, [(0, 10), (5, 0), (6, 0)]),
        (LAST, {}, None, None, []),
        (LAST, {}, 5.0, None, []),
        (curves.GroupShare(own=curves.Judgement(), share=0.5), {}, None, None, [(0, 0), (100, 10)]),
        (
            curves.RankBand(bands=(_BAND(0.5, 10_000), _BAND(1.0, 4_000))),
            {},
            None,
            None,
            [(0, 10), (0.5, 10), (0.5, 4), (1, 4)],
        ),
        (curves.StepTable(steps=(_STEP(4.0, 10_000),)), {}, None, None, [(3, 0), (4, 0), (4, 10), (5, 10)]),
        (curves.StepTable(steps=(_STEP(0.0, 10_000),)), {}, None, None, [(-1, 0), (0, 0), (0, 10), (1, 10)]),
        (
            curves.StepTable(steps=(_STEP(0.5, 4_000), _STEP(1.0, 10_000)), of="ratio", target=8.0),
            {},
            None,
            None,
            [(3, 0), (4, 0), (4, 4), (8, 4), (8, 10), (9, 10)],
        ),
        (
            curves.StepTable(steps=(_STEP(0.5, 4_000), _STEP(1.0, 10_000)), of="ratio"),
            {"better": LOWER},
            9.0,
            None,
            [(8, 10), (9, 10), (9, 4), (18, 4), (18, 0), (24, 0)],
        ),
        (curves.StepTable(steps=(_STEP(0.5, 4_000),), of="ratio"), {}, 0.0, None, []),
        (
            curves.LinearFromTarget(unit=1.0, less_milli=1000, more_milli=500, highest_milli=11_000),
            {},
            20.0,
            None,
            [(8, 0), (10, 0), (20, 10), (22, 11), (24, 11)],
        ),
        (
            curves.LinearFromTarget(unit=1.0, less_milli=1000),
            {"better": LOWER},
            20.0,
            None,
            [(18, 10), (20, 10), (30, 0), (32, 0)],
        ),
        (
            curves.LinearFromTarget(unit=1.0, less_milli=0, more_milli=500, highest_milli=11_000),
            {},
            20.0,
            None,
            [(8, 10), (10, 10), (20, 10), (22, 11), (24, 11)],
        ),
        (
            curves.AgainstGroup(within=1.0, near_milli=3000),
            {},
            80.0,
            None,
            [(78, 0), (79, 0), (79, 3), (80, 3), (80, 10), (82, 10)],
        ),
        (
            curves.AgainstGroup(within=0.0, near_milli=3000),
            {"better": LOWER},
            0.0,
            None,
            [(-1, 10), (0, 10), (0, 3), (0, 0), (1, 0)],
        ),
    ],
)
def test_curves_are_drawn_by_their_corners(
    curve: curves.Curve, fields: Any, aim: float | None, reach: float | None, drawn: list[tuple[float, float]]
) -> None:
    found = curve_points(part("a", 10, curve, **fields), aim, reach)
    assert found == [(pytest.approx(x), pytest.approx(y)) for x, y in drawn]


@pytest.mark.parametrize("floor", [0.0, 0.5])
def test_a_falling_ratio_is_drawn_as_a_hyperbola(floor: float) -> None:
    drawn = curve_points(part("a", 10, curves.RatioToTarget(floor=floor, cap=1.0), better=LOWER), 4.0, 20.0)
    assert drawn[:2] == [(0.0, 10.0), (4.0, 10.0)]
    assert drawn[-1] == (20.0, 5.0 if floor else pytest.approx(2.0))
    assert [x for x, _ in drawn] == sorted(x for x, _ in drawn)


@pytest.mark.requirement("J4")
@pytest.mark.parametrize(
    ("curve", "fields", "unit", "zh", "en"),
    [
        (
            curves.RatioToTarget(target=0.18),
            {},
            UnitKind.SHARE,
            "10 × （实际 ÷ 目标 18 %），最高按 100 % 计",
            "10 x (actual / the target of 18 %), counted up to 100 %",
        ),
        (
            curves.RatioToTarget(floor=0.5, cap=1.2),
            {"better": LOWER},
            None,
            "10 × （下达的目标 ÷ 实际），按 50 % 至 120 % 计",
            "10 x (the target set / actual), counted from 50 % to 120 %",
        ),
        (
            curves.StepTable(steps=(_STEP(1.0, 4_000), _STEP(2.0, 10_000))),
            {},
            None,
            "实际 ≥ 2 得 10，≥ 1 得 4，其余得 0",
            "actual ≥ 2 gives 10, ≥ 1 gives 4, else 0",
        ),
        (
            curves.StepTable(steps=(_STEP(0.9, 10_000),), of="ratio"),
            {},
            None,
            "实际 ÷ 下达的目标 ≥ 90 % 得 10，其余得 0",
            "actual / the target set ≥ 90 % gives 10, else 0",
        ),
        (
            curves.StepTable(steps=(_STEP(0.9, 10_000),), of="ratio"),
            {"better": LOWER},
            None,
            "下达的目标 ÷ 实际 ≥ 90 % 得 10，其余得 0",
            "the target set / actual ≥ 90 % gives 10, else 0",
        ),
        (
            curves.LinearFromTarget(target=0.95, unit=0.01, less_milli=500, more_milli=1000, highest_milli=12_000),
            {},
            UnitKind.SHARE,
            "达到目标 95 %，得 10，每低 1 % 扣 0.5，每高 1 % 加 1，最低 0、最高 12",
            "10 points at the target of 95 %, 0.5 off for each 1 % short of it, 1 on for each 1 % beyond it, from 0 to 12",
        ),
        (
            curves.LinearFromTarget(unit=1.0, less_milli=0, more_milli=500),
            {"better": LOWER},
            None,
            "达到下达的目标，得 10，每低 1 加 0.5，最低 0、最高 10",
            "10 points at the target set, 0.5 on for each 1 below it, from 0 to 10",
        ),
        (
            curves.LinearFromTarget(target=6.0, unit=0.5, less_milli=1000, lowest_milli=2000),
            {"better": LOWER},
            None,
            "达到目标 6，得 10，每高 0.5 扣 1，最低 2、最高 10",
            "10 points at the target of 6, 1 off for each 0.5 above it, from 2 to 10",
        ),
        (
            curves.PerEvent(less_milli=500),
            {},
            None,
            "满分 10，每次扣 0.5，扣完为止",
            "10 points, 0.5 off for each event, not below 0",
        ),
        (LAST, {}, None, "满分 10，与本人上期比较", "10 points, compared with one's own last value"),
        (
            curves.AgainstGroup(within=1.0, near_milli=3000),
            {"better": LOWER},
            None,
            "不高于同组平均得 10，高于平均不超过 1 得 3，超过得 0",
            "10 points at or below the group's mean, 3 when above it by at most 1, else 0",
        ),
        (
            curves.RankBand(bands=(_BAND(1 / 3, 10_000), _BAND(1.0, 4_000))),
            {},
            None,
            "按同组名次：前 33.33 % 得 10，前 100 % 得 4",
            "By place in the group: first 33.33 % gives 10, first 100 % gives 4",
        ),
        (curves.Judgement(), {"judgement": "j"}, None, "10 × 评议分 ÷ 100", "10 x judgement / 100"),
    ],
)
def test_every_curve_is_explained_with_its_numbers(
    curve: curves.Curve, fields: Any, unit: UnitKind | None, zh: str, en: str
) -> None:
    told = explain(part("a", 10, curve, **fields), unit)
    assert (told.formula.zh, told.formula.en) == (zh, en)


def test_rules_that_go_with_a_curve_are_told_too() -> None:
    bound = curves.GroupShare(own=curves.AgainstGroup(within=1.0, near_milli=0, own_last=LAST), share=0.3)
    told = explain(part("a", 10, bound, minimum_n=5), rule=Missing.BLOCK)
    assert [rule.zh for rule in told.rules] == [
        "比本人上期变差 −3",
        "名次下降 −2",
        "前 3 名 +1",
        "最低 0、最高 11",
        "样本少于 5 不计",
        "其中 30 % 取本单位平均得分",
    ]
    assert told.missing == MISSING[Missing.BLOCK]
    bare = explain(part("a", 10, curves.OwnLast(highest_milli=10_000), missing=Missing.GROUP_AVERAGE))
    assert [rule.zh for rule in bare.rules] == ["最低 0、最高 10"]
    assert bare.missing == MISSING[Missing.GROUP_AVERAGE]


@pytest.mark.requirement("J4")
@pytest.mark.parametrize(
    ("curve", "row", "sentence"),
    [
        (RATIO, {"value": 0.9, "target": 1.2}, "90 % against a target of 120 %: 7.5 of 10 points"),
        (curves.Judgement(), {"value": 0.75, "target": None}, "75 %: 7.5 of 10 points"),
        (
            curves.AgainstGroup(within=1.0, near_milli=7_500),
            {"value": 0.9, "group_average": 0.95, "group_n": 4},
            "90 % against the group's mean of 95 % (n = 4): 7.5 of 10 points",
        ),
        (
            curves.RankBand(bands=(_BAND(1.0, 7_500),)),
            {"value": 0.9, "rank": 2, "group_n": 9},
            "90 %, place 2 of 9: 7.5 of 10 points",
        ),
        (LAST, {"value": 0.9, "previous_value": 0.8}, "90 % against 80 % last time: 7.5 of 10 points"),
    ],
)
def test_a_score_is_explained_with_what_it_was_compared_with(
    curve: curves.Curve, row: dict[str, Any], sentence: str
) -> None:
    row = {"answer": "value", "points_milli": 7_500} | row
    assert explain_score(part("a", 10, curve), row, UnitKind.SHARE).en == sentence


@pytest.mark.parametrize(
    ("reason", "handling", "milli", "sentence"),
    [
        ("below_minimum", "group_average", 4_250, "样本不足：取同组平均分 4.25 / 10"),
        ("no_target", "renormalised", None, "没有目标：不计入，总分重新折算"),
        ("a_code_of_tomorrow", "left_out", None, "a_code_of_tomorrow：无数据，不加不减"),
    ],
)
def test_a_part_without_an_answer_says_why_and_what_was_done(
    reason: str, handling: str, milli: int | None, sentence: str
) -> None:
    row = {"answer": "not_enough_data", "reason": reason, "handling": handling, "points_milli": milli}
    assert explain_score(part("a", 10, RATIO), row).zh == sentence


def test_numbers_are_written_as_people_do() -> None:
    assert [spoken(value) for value in (45475, -1234.5, 999.25, 0.0, -1e-9)] == [
        "45,475",
        "-1,234.5",
        "999.25",
        "0",
        "0",
    ]
    assert [number(value) for value in (0.0, -0.0, 15.0, 0.5, -2.25, 1e-9, -1e-9)] == [
        "0",
        "0",
        "15",
        "0.5",
        "-2.25",
        "0",
        "0",
    ]
    assert points(7_500) == "7.5"


def test_the_most_a_curve_can_give() -> None:
    given = {
        curves.RatioToTarget(cap=1.2): 12_000,
        curves.StepTable(steps=(), below_milli=5): 5,
        curves.LinearFromTarget(unit=1.0, less_milli=1): 10_000,
        curves.RankBand(bands=()): 0,
        curves.Judgement(): 10_000,
        curves.AgainstGroup(within=1.0, near_milli=1): 10_000,
        LAST: 11_000,
        curves.OwnLast(highest_milli=10_500): 10_500,
    }
    assert {curve: curves.highest_milli(curve, 10_000) for curve in given} == given
