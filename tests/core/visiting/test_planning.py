"""Call plans: properties that every plan has."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lianxin.core.visiting import (
    PlanWrong,
    Retailer,
    WhyNot,
    day_loads,
    even_patterns,
    is_even,
    plan,
    working_days,
)
from tests.core.visiting.shops import (
    DAYS,
    HOME,
    MONDAY,
    QUICK,
    check_plan,
    few,
    shops,
)

pytestmark = pytest.mark.requirement("E3")


@few
@given(shops())
def test_every_visit_is_placed_or_told(retailers: list[Retailer]) -> None:
    made = plan("M1", HOME, retailers, DAYS, QUICK)
    # Far shops and a minute of good hours make days full, so several retailers need not all be even.
    full = len(retailers) > 1
    check_plan(made, {retailer.retailer_id: retailer.visits_per_cycle for retailer in retailers}, full=full)
    for row in made.unplaced:
        retailer = made.retailers[row.retailer_id]
        if row.why is WhyNot.MORE_VISITS_THAN_DAYS:
            assert row.n_visits == retailer.visits_per_cycle - len(DAYS)
        if row.why is WhyNot.CLOSED_IN_WORKING_HOURS:
            assert retailer.service_minutes > min(retailer.good_until, 1050) - max(retailer.good_from, 510)
    loads = day_loads(made)
    assert sum(load.n_visits for load in loads) == len(made.visits)
    assert all(load.back_at <= made.settings.work_until + 1e-6 for load in loads)


@few
@given(shops(), st.randoms(use_true_random=False))
def test_the_order_of_rows_does_not_matter(retailers: list[Retailer], chance: Any) -> None:
    first = plan("M1", HOME, retailers, DAYS[:5], QUICK)
    chance.shuffle(retailers)
    assert plan("M1", HOME, retailers, DAYS[:5], QUICK) == first


def test_nothing_to_plan_gives_an_empty_plan() -> None:
    assert plan("M1", HOME, [], DAYS).visits == ()
    shop = Retailer("R1", 30, 115.01, 2, 5)
    nothing = plan("M1", HOME, [shop], [])
    assert [(row.n_visits, row.why) for row in nothing.unplaced] == [(2, WhyNot.MORE_VISITS_THAN_DAYS)]


def test_each_reason_is_told_where_it_holds() -> None:
    retailers = [
        Retailer("closed", 30, 115, 1, 10, 1200, 1300),
        Retailer("far", 33, 115, 2, 10),
        Retailer("too often", 30, 115, 7, 10),
        *(Retailer(f"long {n}", 30, 115, 5, 200) for n in range(3)),
    ]
    made = plan("M1", HOME, retailers, DAYS[:5], QUICK)
    told = {(row.retailer_id, row.n_visits, row.why) for row in made.unplaced if not row.retailer_id.startswith("long")}
    assert told == {
        ("closed", 1, WhyNot.CLOSED_IN_WORKING_HOURS), ("far", 2, WhyNot.TOO_FAR),
        ("too often", 2, WhyNot.MORE_VISITS_THAN_DAYS),
    }  # fmt: skip
    full = [row for row in made.unplaced if row.retailer_id.startswith("long")]
    assert [row.why for row in full] == [WhyNot.DAYS_FULL] * len(full)
    assert sum(row.n_visits for row in full) == 5
    check_plan(made, {retailer.retailer_id: retailer.visits_per_cycle for retailer in retailers}, full=True)


@pytest.mark.parametrize("n_days", [1, 5, 7, 19, 20])
def test_even_patterns_are_even_and_use_every_day_alike(n_days: int) -> None:
    for visits in range(1, n_days + 1):
        patterns = even_patterns(n_days, visits)
        assert len(patterns) == n_days // math.gcd(n_days, visits) == len(set(patterns))
        assert all(len(days) == visits and is_even(days, n_days) for days in patterns)
        assert len(set(Counter(day for days in patterns for day in days).values())) == 1
    assert not is_even([0, 0], n_days)
    if n_days >= 5:
        assert not is_even([0, 1], n_days)


def test_working_days_leave_out_holidays_and_take_in_worked_weekends() -> None:
    assert len(DAYS) == 20
    changed = working_days(MONDAY, 1, holidays=[MONDAY], worked=[MONDAY + timedelta(days=5)])
    assert [day.weekday() for day in changed] == [1, 2, 3, 4, 5]


def test_inputs_that_cannot_be_planned_are_refused() -> None:
    shop = Retailer("R1", 30, 115, 1, 5)
    with pytest.raises(PlanWrong, match="same id"):
        plan("M1", HOME, [shop, shop], DAYS)
    with pytest.raises(PlanWrong, match="ascending"):
        plan("M1", HOME, [shop], DAYS[::-1])
    for wrong in ({"visits_per_cycle": -1}, {"service_minutes": -1.0}, {"good_from": 600.0, "good_until": 600.0}):
        with pytest.raises(PlanWrong, match="R1"):
            replace(shop, **wrong)
    for wrong in (
        {"work_from": 1000.0, "work_until": 900.0},
        {"road_factor": 0.5},
        {"speed_kmh": 0.0},
        {"norm_town": 0},
    ):
        with pytest.raises(PlanWrong):
            replace(QUICK, **wrong)
    with pytest.raises(PlanWrong, match="no latitude"):
        plan("M1", HOME, [replace(shop, latitude=float("nan"))], DAYS, QUICK)


def test_days_fill_up_to_the_norm_and_rarely_above() -> None:
    retailers = [Retailer(f"R{n:02d}", 30 + n % 6 / 1000, 115 + n / 1000, 2, 5, is_country=n > 2) for n in range(20)]
    made = plan("M1", HOME, retailers, DAYS[:10], replace(QUICK, norm_country=5, search_rounds=300))
    loads = day_loads(made)
    assert max(load.n_visits for load in loads) <= 5
    assert {load.norm for load in loads} == {5}
    assert sum(load.reaches_norm for load in loads) >= 6
