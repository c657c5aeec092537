"""A road engine's minutes: checked row by row, used where they are told, and what is not told is counted."""

from __future__ import annotations

import pickle
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lianxin.core.visiting import (
    START,
    Absence,
    PairFault,
    PairWrong,
    PlanWrong,
    Retailer,
    RoadTimes,
    legs,
    plan,
    replan,
    road_times,
)
from tests.core.visiting.shops import DAYS, HOME, QUICK, few, minutes_between

pytestmark = pytest.mark.requirement("E3")
A, B = Retailer("a", 30, 115.01, 1, 5), Retailer("b", 30, 115.02, 1, 5)
NAN = float("nan")


def roads(rows: list[tuple[str, str, float]], **territories: list[str]) -> Any:
    held = territories or {"M1": ["a", "b"]}
    return road_times(held, [row[0] for row in rows], [row[1] for row in rows], np.array([row[2] for row in rows]))


def test_rows_are_taken_or_told_as_faults() -> None:
    rows = [
        ("start:M1", "a", 4.0), ("a", "b", 2.5), ("b", "a", -1.0), ("a", "x", 3.0), ("M1", "a", 3.0), ("a", "b", 2.5),
        ("a", "a", 0.0), ("b", "start:M1", NAN), ("start:M2", "a", 1.0),
    ]  # fmt: skip
    made = roads(rows)
    assert made.faults == (
        PairFault(2, PairWrong.NOT_MINUTES),
        PairFault(3, PairWrong.UNKNOWN_TO),
        PairFault(4, PairWrong.UNKNOWN_FROM),
        PairFault(5, PairWrong.TWICE, 1),
        PairFault(7, PairWrong.NOT_MINUTES),
        PairFault(8, PairWrong.UNKNOWN_FROM),
    )
    times = made.by_manager["M1"]
    assert (times.n_pairs, times.n_missing, made.n_unused) == (2, 4, 1)
    assert times.missing(2) == [(START, "b"), ("a", START)]
    np.testing.assert_array_equal(times.between(["b", START, "a"]), [[0, NAN, NAN], [NAN, 0, 4.0], [2.5, NAN, 0]])
    np.testing.assert_array_equal(times.between(["z", "a"]), [[0, NAN], [NAN, 0]])


def test_a_retailer_and_a_start_may_have_the_same_number_and_managers_do_not_mix() -> None:
    rows = [("1", "2", 5.0), ("start:1", "1", 7.0), ("1", "3", 9.0), ("start:2", "3", 6.0)]
    made = roads(rows, **{"1": ["1", "2"], "2": ["3"]})
    assert made.faults == ()
    assert made.n_unused == 1
    np.testing.assert_array_equal(
        made.by_manager["1"].between([START, "1", "2"]), [[0, 7, NAN], [NAN, 0, 5], [NAN, NAN, 0]]
    )
    np.testing.assert_array_equal(made.by_manager["2"].between([START, "3"]), [[0, 6], [NAN, 0]])


@few
@given(
    rows=st.lists(
        st.tuples(*[st.sampled_from(["a", "b", "c", "start:M1", "q"])] * 2, st.sampled_from([-1.0, 0.0, 2.0, NAN]))
    )
)
def test_every_row_is_taken_a_fault_or_unused(rows: list[tuple[str, str, float]]) -> None:
    made = roads(rows, M1=["a", "b"], M2=["c"])
    faults = {fault.row for fault in made.faults}
    assert len(faults) == len(made.faults)
    assert len(rows) == len(faults) + made.n_unused + sum(times.n_pairs for times in made.by_manager.values())
    expected: dict[tuple[str, str], float] = {}
    for one, other, minutes in rows:
        if "q" not in (one, other) and minutes >= 0:
            expected.setdefault((one, other), minutes)
    names = {START: "start:M1"}
    found = made.by_manager["M1"].between([START, "a", "b"])
    for i, one in enumerate([START, "a", "b"]):
        for j, other in enumerate([START, "a", "b"]):
            pair = names.get(one, one), names.get(other, other)
            assert i == j or np.array_equal(found[i, j], expected.get(pair, NAN), equal_nan=True)


@pytest.mark.parametrize(
    ("places", "minutes", "words"),
    [
        (["a", "a"], [[0, 1], [1, 0]], "twice"),
        (["a", "b"], [[0, 1]], "square matrix"),
        (["a", "b"], [[0, -1], [1, 0]], "none negative"),
        (["a", "b"], [[0, float("inf")], [1, 0]], "none infinite"),
    ],
)
def test_wrong_tables_are_refused(places: list[str], minutes: list[list[float]], words: str) -> None:
    with pytest.raises(PlanWrong, match=words):
        RoadTimes(places, np.array(minutes, dtype=float))


def test_told_minutes_are_driven_and_shortcuts_over_a_third_place_too() -> None:
    rows = [("start:M1", "b", 60.0), ("start:M1", "a", 2.0), ("a", "b", 3.0)]
    rows += [("a", "start:M1", 10.0), ("b", "start:M1", 10.0), ("b", "a", 10.0)]
    times = roads(rows).by_manager["M1"]
    made = plan("M1", HOME, [A, B], DAYS[:1], replace(QUICK, roads=times))
    assert [(visit.retailer_id, visit.travel_minutes) for visit in made.visits] == [("a", 2.0), ("b", 3.0)]
    assert (legs(made).n_legs, legs(made).n_straight) == (3, 0)
    # A process of its own gets the table with its settings.
    again = pickle.loads(pickle.dumps(times))
    np.testing.assert_array_equal(again.between([START, "a"]), times.between([START, "a"]))


def test_ways_that_nobody_told_take_the_straight_line_and_are_counted() -> None:
    times = roads([("start:M1", "a", 1.0), ("b", "start:M1", 1.0)]).by_manager["M1"]
    made = plan("M1", HOME, [A, B], DAYS[:1], replace(QUICK, roads=times))
    assert [visit.retailer_id for visit in made.visits] == ["a", "b"]
    first, second = made.visits
    way = minutes_between(A, B, made.settings)
    assert first.travel_minutes == 1.0
    assert way <= second.travel_minutes <= way + 0.1
    assert (legs(made).n_legs, legs(made).n_straight) == (3, 1)
    without = plan("M1", HOME, [A, B], DAYS[:1], QUICK)
    assert (legs(without).n_legs, legs(without).n_straight) == (3, 3)


def test_a_plan_keeps_its_roads_when_it_is_made_anew() -> None:
    every = [(one, other, 4.0) for one in ("start:M1", "a", "b") for other in ("start:M1", "a", "b") if one != other]
    times = roads(every).by_manager["M1"]
    made = plan("M1", HOME, [A, B], DAYS[:10], replace(QUICK, roads=times))
    day = made.visits[0].visit_date
    after = replan(made, [Absence(frozenset([day]))]).plan
    assert {visit.travel_minutes for visit in after.visits} == {4.0}
    assert legs(after).n_straight == 0
