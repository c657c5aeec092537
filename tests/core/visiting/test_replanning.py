"""What replanning moves, and what it leaves alone."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import date
from itertools import pairwise
from typing import Any

import numpy as np
import pytest

from lianxin.core.visiting import (
    Absence,
    CallPlan,
    Holiday,
    Kind,
    PlanWrong,
    Retailer,
    Start,
    Urgent,
    Weather,
    Why,
    WhyNot,
    plan,
    replan,
)
from tests.core.visiting.shops import (
    DAYS,
    HOME,
    QUICK,
    WINDOWS,
    check_day,
    check_plan,
)

pytestmark = pytest.mark.requirement("E3")


@pytest.fixture(scope="module")
def month() -> CallPlan:
    chance = np.random.default_rng(3)
    retailers = [
        Retailer(f"R{n:03d}", 30 + place[0], 115 + place[1], int(visits), 8.0, *WINDOWS[n % 3])
        for n, (place, visits) in enumerate(
            zip(chance.normal(0, 0.04, (60, 2)), chance.choice([1, 2, 4], 60), strict=True)
        )
    ]
    made = plan("M1", HOME, retailers, DAYS, replace(QUICK, search_rounds=300, norm_town=12))
    assert not made.unplaced
    return made


def test_a_month_with_room_is_even_throughout(month: CallPlan) -> None:
    check_plan(month, {name: retailer.visits_per_cycle for name, retailer in month.retailers.items()})


def keys(visits: Any) -> set[tuple[str, date, str]]:
    return {(visit.retailer_id, visit.visit_date, visit.manager_id) for visit in visits}


def test_absence_moves_the_visits_of_its_days_only(month: CallPlan) -> None:
    away = frozenset(sorted({visit.visit_date for visit in month.visits})[3:5])
    done = replan(month, [Absence(away)])
    concerned = [visit for visit in month.visits if visit.visit_date in away]
    assert concerned
    assert len(done.moved) + len(done.lost) == len(concerned)
    assert keys(month.visits) - keys(done.plan.visits) == keys(concerned)
    assert {move.why for move in done.moved} <= {Why.ABSENCE}
    assert not done.excused
    for day in done.plan.days:
        check_day(done.plan, day)
    by_retailer = Counter((visit.retailer_id, visit.visit_date) for visit in done.plan.visits)
    assert max(by_retailer.values()) == 1
    shifts = [abs(DAYS.index(move.to_date) - DAYS.index(move.from_date)) for move in done.moved if move.from_date]
    assert max(shifts) <= 10
    untouched = set(done.plan.days) - {move.to_date for move in done.moved}
    assert all(done.plan.on(day) == month.on(day) for day in untouched)


def test_weather_excuses_without_loading_other_days(month: CallPlan) -> None:
    day = month.visits[0].visit_date
    done = replan(month, [Weather(frozenset([day]))])
    assert {row.retailer_id for row in done.excused} == {visit.retailer_id for visit in month.on(day)}
    assert not done.moved
    assert not done.lost
    assert keys(done.plan.visits) == keys(visit for visit in month.visits if visit.visit_date != day)
    assert day not in done.plan.days


def test_an_urgent_visit_is_new_and_moves_nobody(month: CallPlan) -> None:
    shop = Retailer("R900", 30.01, 115.01, 0, 10)
    done = replan(month, [Urgent(shop, DAYS[6], DAYS[8])])
    assert [(move.retailer_id, move.from_date, move.why) for move in done.moved] == [("R900", None, Why.URGENT)]
    assert DAYS[6] <= done.moved[0].to_date <= DAYS[8]
    assert keys(month.visits) <= keys(done.plan.visits)
    assert [visit.kind for visit in done.plan.visits if visit.retailer_id == "R900"] == [Kind.URGENT]
    check_day(done.plan, done.moved[0].to_date)
    never = replan(month, [Urgent(replace(shop, good_from=0, good_until=60), DAYS[6], DAYS[8])])
    assert [row.reason for row in never.lost] == [WhyNot.CLOSED_IN_WORKING_HOURS]
    gone = replan(month, [Urgent(shop, DAYS[6], DAYS[6]), Holiday(frozenset([DAYS[6]]))])
    assert WhyNot.NO_DAY_LEFT in {row.reason for row in gone.lost}


def test_a_colleague_covers_on_the_same_day(month: CallPlan) -> None:
    day = month.visits[0].visit_date
    other = plan("M2", Start(30.02, 115), [Retailer("Q1", 30.02, 115.01, 4, 8.0)], DAYS, QUICK)
    with pytest.raises(PlanWrong, match="M2"):
        replan(month, [Absence(frozenset([day]), "M2")])
    done = replan(month, [Absence(frozenset([day]), "M2")], colleagues={"M2": other})
    taken = [move for move in done.moved if move.to_manager == "M2"]
    assert len(taken) == len(month.on(day))
    assert {move.to_date for move in taken} == {day}
    theirs = done.colleagues["M2"]
    covered = [visit for visit in theirs.visits if visit.kind is Kind.COVER]
    assert {(visit.retailer_id, visit.holder_id) for visit in covered} == {
        (row.retailer_id, "M1") for row in month.on(day)
    }
    assert keys(other.visits) <= keys(theirs.visits)
    check_day(theirs, day)


def test_changes_only_touch_days_from_since_on_and_full_days_refuse(month: CallPlan) -> None:
    day = month.visits[0].visit_date
    late = replan(month, [Absence(frozenset([day]))], since=DAYS[10])
    assert all(move.to_date >= DAYS[10] for move in late.moved)
    none = replan(month, [Absence(frozenset(DAYS))])
    assert not none.moved
    assert {row.reason for row in none.lost} == {WhyNot.NO_DAY_LEFT}
    assert none.plan.visits == ()
    long = [Retailer(f"L{n}", 30, 115, 2, 500) for n in range(1)]
    full = plan("M3", HOME, long, DAYS[:2], QUICK)
    refused = replan(full, [Urgent(Retailer("X", 30, 115, 0, 60), DAYS[0], DAYS[1])])
    assert [row.reason for row in refused.lost] == [WhyNot.DAYS_FULL]


def test_another_order_makes_room_where_the_present_one_has_none() -> None:
    retailers = [Retailer("a", 30, 115, 1, 60, 540, 780), Retailer("b", 30, 115, 1, 60, 540, 1000)]
    made = plan("M1", HOME, retailers, DAYS[:1], QUICK)
    urgent = Retailer("c", 30, 115, 0, 60, 570, 665)
    order = [visit.retailer_id for visit in made.visits]
    waits = replace(
        made, visits=tuple(replace(visit, retailer_id=name) for visit, name in zip(made.visits, order, strict=True))
    )
    done = replan(waits, [Urgent(urgent, DAYS[0], DAYS[0])])
    assert {visit.retailer_id for visit in done.plan.visits} == {"a", "b", "c"}
    check_day(done.plan, DAYS[0])
    assert all(one.leave <= other.arrive for one, other in pairwise(done.plan.visits))
