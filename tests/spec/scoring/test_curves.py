"""Every curve by a small table: what goes in, and the points that come out."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest

import lianxin.engine as engine
from lianxin.core.scoring import curves
from lianxin.core.scoring.presets import PRESETS
from lianxin.core.scoring.scheme import Effect, Gate, Missing, Scheme
from lianxin.core.scoring.scores import part_scores, totals
from lianxin.core.units import Direction
from tests.core.scoring_cases import Row, judged, measured, part, person, previous, scheme, sources, target, words

LOWER = Direction.LOWER


@pytest.fixture(scope="module")
def duck() -> Iterator[engine.Engine]:
    opened = engine.open("duckdb", memory_limit="500MB", threads=1)
    yield opened
    opened.close()


def table(text: str) -> list[dict[str, str]]:
    """Rows of a table drawn with bars; the first line names the columns."""
    split = [[cell.strip() for cell in line.split("|")] for line in text.strip().splitlines()]
    return [dict(zip(split[0], line, strict=True)) for line in split[1:]]


def points_by_person(duck: engine.Engine, one: Scheme, rows: dict[str, list[Row]], code: str = "a") -> dict[str, Any]:
    answered = duck.run(part_scores(one), sources(**rows)).to_pylist()
    return {
        row["entity"]: row["reason"] if row["points_milli"] is None else row["points_milli"] / 1000
        for row in answered
        if row["part"] == code
    }


def scored(duck: engine.Engine, curve: curves.Curve, text: str, full: float = 10, **fields: Any) -> dict[str, Any]:
    """The points of part `a` for a table of who, value and, where given, target, unit, last, last_rank."""
    given: dict[str, list[Row]] = {"groups": [], "indicator_values": [], "targets": [], "previous_scores": []}
    for line in table(text):
        who = line["who"]
        given["groups"].append(person(who, unit=line.get("unit", "u")))
        given["indicator_values"].append(measured(who, "a", float(line["value"]) if line["value"] else None))
        if line.get("target"):
            given["targets"].append(target(who, "a", float(line["target"])))
        if line.get("last"):
            given["previous_scores"].append(previous(who, "a", float(line["last"]), int(line["last_rank"])))
    return points_by_person(duck, scheme(part("a", full, curve, **fields)), given)


def test_ratio_to_target_is_held_between_floor_and_cap(duck: engine.Engine) -> None:
    found = scored(
        duck,
        curves.RatioToTarget(floor=0.5, cap=1.2),
        """
        who  | value | target
        over | 150   | 100
        just | 104   | 100
        low  | 20    | 100
        aim  | 104   |
        none |       | 100
        zero | 104   | 0
        """,
    )
    assert found == {
        "over": 12.0,
        "just": 10.4,
        "low": 5.0,
        "aim": "no_target",
        "none": "no_base",
        "zero": "target_not_positive",
    }


def test_a_row_of_targets_wins_over_the_target_of_the_scheme(duck: engine.Engine) -> None:
    found = scored(
        duck,
        curves.RatioToTarget(target=200.0),
        """
        who    | value | target
        row    | 50    | 100
        scheme | 50    |
        """,
    )
    assert found == {"row": 5.0, "scheme": 2.5}


def test_where_less_is_better_the_ratio_turns_round(duck: engine.Engine) -> None:
    found = scored(
        duck,
        curves.RatioToTarget(target=2.0),
        """
        who  | value
        half | 4
        best | 1
        zero | 0
        """,
        better=LOWER,
    )
    assert found == {"half": 5.0, "best": 10.0, "zero": 10.0}


def test_a_step_is_reached_at_its_edge_however_the_value_was_divided(duck: engine.Engine) -> None:
    found = scored(
        duck,
        curves.StepTable(steps=(curves.Step(0.3, 4000), curves.Step(0.95, 10_000)), below_milli=1000),
        f"""
        who   | value
        edge  | {19 / 20}
        sum   | {0.1 + 0.2 - 1e-17}
        under | 0.2999
        """,
    )
    assert found == {"edge": 10.0, "sum": 4.0, "under": 1.0}


def test_forecast_accuracy_of_hulin_loses_half_a_point_below_and_gains_one_above(duck: engine.Engine) -> None:
    accuracy = next(one for one in PRESETS["hulin"]().parts if one.code == "forecast_accuracy")
    found = scored(
        duck,
        accuracy.curve,
        """
        who   | value
        at    | 0.95
        above | 0.97
        below | 0.90
        far   | 0.10
        top   | 1.00
        """,
        full=15,
    )
    assert found == {"at": 15.0, "above": 17.0, "below": 12.5, "far": 0.0, "top": 20.0}


def test_events_take_points_off_down_to_zero(duck: engine.Engine) -> None:
    found = scored(
        duck,
        curves.PerEvent(less_milli=4000),
        """
        who  | value
        none | 0
        two  | 2
        many | 9
        """,
        better=LOWER,
    )
    assert found == {"none": 10.0, "two": 2.0, "many": 0.0}


def test_satisfaction_of_xuchang_by_mean_and_own_last(duck: engine.Engine) -> None:
    satisfaction = PRESETS["xuchang"]().parts[-1]
    last = satisfaction.curve.own_last  # type: ignore[union-attr]
    curve = curves.AgainstGroup(
        within=1.0,
        near_milli=3000,
        own_last=curves.OwnLast(
            fell_milli=last.fell_milli, rank_fell_milli=last.rank_fell_milli, top_places=1, top_milli=3000
        ),
    )
    # The mean is 90.
    found = scored(
        duck,
        curve,
        """
        who     | value | last | last_rank
        best    | 92    | 91   | 1
        same    | 90    | 90   | 2
        fell    | 90    | 90.5 | 2
        lower   | 90    | 89   | 1
        near    | 89    |      |
        far     | 89    | 95   | 1
        """,
        full=5,
    )
    assert found == {"best": 8.0, "same": 5.0, "fell": 2.0, "lower": 3.0, "near": 3.0, "far": 0.0}


def test_without_peers_nobody_is_compared(duck: engine.Engine) -> None:
    one = """
        who  | value
        only | 92
        """
    assert scored(duck, curves.AgainstGroup(within=1.0, near_milli=3000), one) == {"only": "few_peers"}
    assert scored(duck, curves.RankBand(bands=(curves.Band(1.0, 5000),)), one) == {"only": "few_peers"}
    assert scored(duck, curves.OwnLast(fell_milli=3000), one) == {"only": "no_previous"}


def test_a_mean_of_values_too_large_for_64_bits_is_not_taken(duck: engine.Engine) -> None:
    found = scored(
        duck,
        curves.AgainstGroup(within=1.0, near_milli=3000),
        """
        who   | value
        large | 2e9
        small | 1
        """,
    )
    assert found == {"large": "out_of_range", "small": "out_of_range"}


def test_equal_values_share_the_better_band(duck: engine.Engine) -> None:
    found = scored(
        duck,
        curves.RankBand(bands=(curves.Band(0.5, 10_000), curves.Band(1.0, 4000)), minimum_group=4),
        """
        who | value
        a   | 9
        b   | 7
        c   | 7
        d   | 1
        """,
    )
    assert found == {"a": 10.0, "b": 10.0, "c": 10.0, "d": 4.0}


def test_a_group_share_replaces_part_of_ones_own_points_by_the_mean_of_the_unit(duck: engine.Engine) -> None:
    found = scored(
        duck,
        curves.GroupShare(own=curves.RatioToTarget(target=10.0), share=0.4),
        """
        who | value | unit
        a   | 10    | u
        b   | 5     | u
        c   |       | u
        d   | 5     | v
        """,
    )
    assert found == {"a": 9.0, "b": 6.0, "c": "no_base", "d": 5.0}


def test_a_judgement_needs_a_reason_and_lies_between_0_and_100(duck: engine.Engine) -> None:
    given = {
        "groups": [person(name) for name in ("told", "mute", "blank", "wild", "none")],
        "judgements": [
            judged("told", "j", 85.0, "helped two shops with their labels"),
            judged("mute", "j", 85.0, None),
            judged("blank", "j", 85.0, " \t\n"),
            judged("wild", "j", 101.0),
        ],
    }
    found = points_by_person(duck, scheme(part("a", 10, curves.Judgement(), judgement="j")), given)
    assert found == {
        "told": 8.5,
        "mute": "no_reason",
        "blank": "no_reason",
        "wild": "out_of_range",
        "none": "not_judged",
    }


def _missing_case(rule: Missing) -> tuple[Scheme, dict[str, list[Row]]]:
    ratio = curves.RatioToTarget(target=100.0)
    one = scheme(part("a", 60, ratio), part("b", 40, ratio), missing=rule)
    given = {
        "groups": [person("x"), person("y"), person("z")],
        "indicator_values": [
            measured("x", "a", 90.0),
            measured("x", "b", 50.0),
            measured("y", "a", 80.0),
            measured("y", "b", 71.0),
            measured("z", "a", 100.0),
            measured("z", "b", None),
        ],
    }
    return one, given


@pytest.mark.requirement("J4")
@pytest.mark.parametrize(
    ("rule", "total", "answer"),
    [
        # 60 of 60 points that could be had.
        (Missing.RENORMALISE, 100_000, "value"),
        # 60 + (20 + 28.4) / 2.
        (Missing.GROUP_AVERAGE, 84_200, "value"),
        (Missing.BLOCK, None, "blocked"),
    ],
)
def test_a_missing_part_is_never_zero(duck: engine.Engine, rule: Missing, total: int | None, answer: str) -> None:
    one, given = _missing_case(rule)
    found = {row["entity"]: row for row in duck.run(totals(one), sources(**given)).to_pylist()}
    assert (found["x"]["total_milli"], found["y"]["total_milli"]) == (74_000, 76_400)
    assert (found["z"]["total_milli"], found["z"]["answer"], found["z"]["scored_share"]) == (total, answer, 0.6)


def test_without_anybody_to_take_the_mean_of_the_part_leaves_the_sum(duck: engine.Engine) -> None:
    one, given = _missing_case(Missing.GROUP_AVERAGE)
    given["groups"][2]["group_key"] = "alone"
    found = {row["entity"]: row for row in duck.run(totals(one), sources(**given)).to_pylist()}
    assert found["z"]["total_milli"] == 100_000


def test_too_small_a_share_of_evidence_gives_no_total(duck: engine.Engine) -> None:
    ratio = curves.RatioToTarget(target=100.0)
    one = scheme(part("a", 60, ratio), part("b", 40, ratio), minimum_scored_share=0.61)
    given = {"groups": [person("x"), person("y")], "indicator_values": [measured("x", "a", 90.0)]}
    rows = duck.run(totals(one), sources(**given)).to_pylist()
    assert {row["entity"]: (row["answer"], row["total_milli"], row["scored_share"]) for row in rows} == {
        "x": ("not_enough_data", None, 0.6),
        "y": ("not_enough_data", None, 0.0),
    }


def test_additions_deductions_and_gates_come_after_the_hundred(duck: engine.Engine) -> None:
    ratio = curves.RatioToTarget(target=100.0)
    gate = Gate(
        code="g", title=words("g"), threshold=50.0, effect=Effect.CAP, cap_milli=60_000, indicator="a", enabled=True
    )
    one = scheme(
        part("a", 100, ratio),
        additions=(part("more", 5, ratio),),
        deductions=(part("less", 6, curves.PerEvent(less_milli=2000), better=LOWER),),
        gates=(gate,),
        highest_milli=102_000,
    )
    given = {
        "groups": [person(name) for name in ("plain", "more", "less", "held", "struck", "floor")],
        "indicator_values": [
            *(measured(name, "a", 80.0) for name in ("plain", "more", "less")),
            measured("more", "more", 50.0),
            measured("less", "less", 2.0),
            measured("held", "a", 100.0),
            measured("held", "more", 100.0),
            measured("struck", "a", 49.0),
            measured("struck", "more", 100.0),
            measured("floor", "a", 0.0),
            measured("floor", "less", 9.0),
        ],
    }
    rows = duck.run(totals(one), sources(**given)).to_pylist()
    assert {row["entity"]: row["total_milli"] for row in rows} == {
        "plain": 80_000,
        "more": 82_500,
        "less": 76_000,
        "held": 102_000,
        "struck": 54_000,
        "floor": 0,
    }


def test_thirds_are_told_only_in_groups_of_six_and_equals_stand_together(duck: engine.Engine) -> None:
    one = scheme(part("a", 100, curves.RatioToTarget(target=100.0)))
    values = {"a": 90.0, "b": 80.0, "c": 70.0, "d": 60.0, "e": 50.0, "f": 40.0}

    def bands(given: dict[str, float]) -> dict[str, Any]:
        rows = {
            "groups": [person(name) for name in given],
            "indicator_values": [measured(name, "a", value) for name, value in given.items()],
        }
        return {row["entity"]: row["band"] for row in duck.run(totals(one), sources(**rows)).to_pylist()}

    assert bands(values) == {"a": "top", "b": "top", "c": "middle", "d": "middle", "e": "bottom", "f": "bottom"}
    assert set(bands(dict.fromkeys(values, 80.0)).values()) == {"middle"}
    assert set(bands({name: value for name, value in values.items() if name != "f"}).values()) == {None}


def test_ones_own_last_is_the_latest_earlier_month_with_a_value(duck: engine.Engine) -> None:
    given = {
        "groups": [person("x")],
        "indicator_values": [measured("x", "a", 5.0)],
        "previous_scores": [
            previous("x", "a", 4.0, month=date(2021, 9, 1)),
            previous("x", "a", 6.0, month=date(2021, 10, 1)),
            previous("x", "a", None, month=date(2021, 11, 1)),
            previous("x", "a", 1.0, month=date(2021, 12, 1)),
        ],
    }
    one = scheme(part("a", 10, curves.OwnLast(fell_milli=3000)))
    assert points_by_person(duck, one, given) == {"x": 7.0}
