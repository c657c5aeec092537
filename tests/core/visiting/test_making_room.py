"""Room for an urgent visit on full days: as few visits go as a plain count of all ways finds, and the least pressing ones."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass, replace
from datetime import date
from functools import cache
from itertools import combinations, permutations, product
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lianxin.core.visiting import (
    MOST_MOVES,
    Begun,
    CallPlan,
    Kind,
    Movable,
    Replanned,
    Retailer,
    Urgent,
    Visit,
    Why,
    WhyNot,
    replan,
)
from tests.core.visiting.shops import DAYS, HOME, QUICK, check_day, few, minutes_between

pytestmark = pytest.mark.requirement("E3")

THREE = DAYS[:3]
URGENT = "U"


@dataclass(frozen=True)
class Case:
    """A plan of three days, what may go from where to where, and where the urgent visit may be made."""

    plan: CallPlan
    movable: dict[tuple[str, date], Movable]
    urgent: Urgent


way = cache(minutes_between)


def reference_order(shops: frozenset[Retailer]) -> tuple[Retailer, ...] | None:
    """The first order of a day's shops that keeps all hours, by trying every one in steps of six seconds."""

    def steps(minutes: float) -> int:
        return math.ceil(round(minutes * 10, 6))

    for order in permutations(sorted(shops, key=lambda shop: shop.retailer_id)):
        clock, place = steps(QUICK.work_from), HOME
        for shop in order:
            clock = max(clock + steps(way(place, shop, QUICK)), steps(shop.good_from))
            clock += steps(shop.service_minutes)
            if clock > math.floor(round(shop.good_until * 10, 6)):
                break
            place = shop  # type: ignore[assignment]
        else:
            if clock + (steps(way(place, HOME, QUICK)) if order else 0) <= QUICK.work_until * 10:
                return order
    return None


def as_plan(by_day: dict[date, list[Retailer]], retailers: list[Retailer]) -> CallPlan:
    """A plan with these shops on these days, a shop left out where no order of its day has room for it."""
    visits = []
    for day, shops in by_day.items():
        kept: tuple[Retailer, ...] = ()
        for shop in shops:
            kept = reference_order(frozenset((*kept, shop))) or kept
        visits += [Visit(day, n, shop.retailer_id, "M1", 0.0, 0.0, 0.0) for n, shop in enumerate(kept, 1)]
    return CallPlan("M1", HOME, THREE, {shop.retailer_id: shop for shop in retailers}, QUICK, tuple(sorted(visits)))


@st.composite
def cases(draw: st.DrawFn) -> Case:
    def shop(name: str) -> Retailer:
        place = draw(st.sampled_from([(0.0, 0.0), (0.05, 0.0), (0.0, 0.08), (-0.1, 0.05)]))
        opens, closes = draw(st.sampled_from([(0, 1440), (0, 1440), (510, 760), (760, 1050)]))
        service = draw(st.sampled_from([90.0, 150.0, 170.0]))
        return Retailer(name, 30 + place[0], 115 + place[1], 1, service, opens, closes)

    shops = [shop(f"R{n}") for n in range(draw(st.integers(4, 6)))]
    by_day: dict[date, list[Retailer]] = {day: [] for day in THREE}
    for one in shops:
        for day in draw(st.sets(st.sampled_from(THREE), min_size=1, max_size=2)):
            by_day[day].append(one)
    made = as_plan(by_day, shops)
    movable = {}
    for visit in made.visits:
        if draw(st.integers(0, 3)):
            days = draw(st.sampled_from([None, None, frozenset(THREE[:2]), frozenset(THREE[1:])]))
            movable[visit.retailer_id, visit.visit_date] = Movable(draw(st.integers(0, 2)), days)
    first = draw(st.integers(0, 2))
    last = draw(st.integers(first, 2))
    return Case(made, movable, Urgent(shop(URGENT), THREE[first], THREE[last]))


def reference(case: Case) -> tuple[int, list[int]] | None:
    """How many visits go at least, and the least weights of so many, the heaviest first, by trying every way."""
    shops = {**case.plan.retailers, URGENT: case.urgent.retailer}
    visits = list(case.plan.visits)

    @cache
    def fits(names: frozenset[str]) -> bool:
        return reference_order(frozenset(shops[name] for name in names)) is not None

    planned = {(visit.retailer_id, visit.visit_date) for visit in visits}
    may = [n for n, visit in enumerate(visits) if (visit.retailer_id, visit.visit_date) in case.movable]
    for most in range(MOST_MOVES + 1):
        found = []
        for going in combinations(may, most):
            rules = [case.movable[visits[n].retailer_id, visits[n].visit_date] for n in going]
            goals = [
                [
                    day
                    for day in THREE
                    if (visits[n].retailer_id, day) not in planned and (rule.days is None or day in rule.days)
                ]
                for n, rule in zip(going, rules, strict=True)
            ]
            for to in product(*goals, [day for day in THREE if case.urgent.not_before <= day <= case.urgent.not_after]):
                placed = [(v.retailer_id, v.visit_date) for n, v in enumerate(visits) if n not in going]
                placed += [
                    (name, day) for name, day in zip([*(visits[n].retailer_id for n in going), URGENT], to, strict=True)
                ]
                is_once = max(Counter(placed).values()) == 1
                if is_once and all(fits(frozenset(name for name, on in placed if on == day)) for day in THREE):
                    found.append(sorted((rule.weight for rule in rules), reverse=True))
        if found:
            return most, min(found)
    return None


def done(case: Case) -> Replanned:
    return replan(case.plan, [case.urgent], movable=case.movable)


@few
@given(cases())
def test_the_fewest_and_least_pressing_visits_make_room(case: Case) -> None:
    wanted, told = reference(case), done(case)
    if wanted is None:
        assert [row.reason for row in told.lost] == [WhyNot.DAYS_FULL]
        assert (told.moved, told.plan.visits) == ((), case.plan.visits)
        return
    gone = [move for move in told.moved if move.from_date is not None]
    weights = sorted((case.movable[m.retailer_id, m.from_date].weight for m in gone if m.from_date), reverse=True)
    assert (len(gone), weights) == wanted
    assert not told.lost
    # Each goes to a day that it may have; nothing else has another day, and every day concerned keeps all hours.
    for move in gone:
        assert move.from_date is not None
        rule = case.movable[move.retailer_id, move.from_date]
        assert move.to_date in THREE
        assert rule.days is None or move.to_date in rule.days
    before = Counter((visit.retailer_id, visit.visit_date) for visit in case.plan.visits)
    after = Counter((visit.retailer_id, visit.visit_date) for visit in told.plan.visits)
    assert after - before == Counter((move.retailer_id, move.to_date) for move in told.moved)
    assert before - after == Counter((move.retailer_id, move.from_date) for move in gone)
    assert max(after.values()) == 1
    for day in {move.to_date for move in told.moved}:
        check_day(told.plan, day)


def timed(plan: CallPlan) -> CallPlan:
    """The plan with the times at which each visit can begin."""
    told = []
    for day in plan.days:
        clock, place = QUICK.work_from, HOME
        for visit in plan.on(day):
            shop = plan.retailers[visit.retailer_id]
            clock = max(clock + math.ceil(round(way(place, shop, QUICK) * 10, 6)) / 10, shop.good_from)
            told.append(replace(visit, arrive=clock, leave=clock + shop.service_minutes))
            clock, place = clock + shop.service_minutes, shop  # type: ignore[assignment]
    return replace(plan, visits=tuple(told))


@few
@given(cases(), st.integers(0, 2), st.integers(480, 1080))
def test_nothing_is_put_before_now_and_what_has_passed_keeps_its_time(case: Case, nth: int, minute: int) -> None:
    plan, begun = timed(case.plan), Begun(THREE[nth], minute)
    told = replan(plan, [case.urgent], movable=case.movable, begun=begun)
    passed = [visit for visit in plan.visits if begun.has_passed(visit)]
    assert set(passed) <= set(told.plan.visits)
    assert not {(move.retailer_id, move.from_date) for move in told.moved} & {
        (visit.retailer_id, visit.visit_date) for visit in passed
    }
    after = Counter((visit.retailer_id, visit.visit_date) for visit in told.plan.visits)
    assert max(after.values(), default=1) == 1
    for day in {move.to_date for move in told.moved}:
        route = told.plan.on(day)
        assert [visit.order for visit in route] == list(range(1, len(route) + 1))
        assert [visit.arrive for visit in route] == sorted(visit.arrive for visit in route)
        if day == begun.day:
            assert all(visit.arrive >= minute for visit in route if visit not in passed)
        else:
            check_day(told.plan, day)
    # at the very beginning of a day nothing has passed, and all is as without it
    fresh = replan(plan, [case.urgent], movable=case.movable, begun=Begun(THREE[nth], 0))
    assert fresh == replan(plan, [case.urgent], movable=case.movable)


def test_what_is_left_of_a_day_counts() -> None:
    """At noon a day of nine hours has room for half of what it had; the same shop is not visited twice on it."""
    shop = Retailer("a", 30, 115, 1, 60)
    plan = timed(as_plan({THREE[0]: [shop]}, [shop]))
    urgent = Retailer(URGENT, 30, 115, 0, 240)
    noon = Begun(THREE[0], 12 * 60)
    (own,) = replan(plan, [Urgent(urgent, THREE[0], THREE[0])], begun=noon).moved
    assert own.to_date == THREE[0]
    (visit,) = (
        one for one in replan(plan, [Urgent(urgent, THREE[0], THREE[0])], begun=noon).plan.visits if one.order == 2
    )
    assert (visit.retailer_id, visit.arrive) == (URGENT, 12 * 60)
    long = replace(urgent, service_minutes=400)
    assert [one.reason for one in replan(plan, [Urgent(long, THREE[0], THREE[0])], begun=noon).lost] == [
        WhyNot.DAYS_FULL
    ]
    assert replan(plan, [Urgent(long, THREE[0], THREE[0])]).lost == ()
    again = replan(plan, [Urgent(shop, THREE[0], THREE[0])], begun=noon)
    assert [one.reason for one in again.lost] == [WhyNot.DAYS_FULL]


def full_day(*, weights: dict[str, int], other: list[Retailer] | None = None) -> tuple[CallPlan, Any]:
    """A Monday filled by visits of three hours, a Tuesday as given, and what may go."""
    shops = [Retailer(name, 30, 115, 1, 170) for name in weights]
    plan = as_plan({THREE[0]: shops, THREE[1]: other or []}, [*shops, *(other or [])])
    return plan, {(name, THREE[0]): Movable(weight) for name, weight in weights.items()}


def test_the_weakest_reason_goes_and_the_result_says_where_to() -> None:
    plan, movable = full_day(weights={"a": 2, "b": 0, "c": 1})
    told = replan(plan, [Urgent(Retailer(URGENT, 30, 115, 0, 60), THREE[0], THREE[0])], movable=movable)
    assert [(m.retailer_id, m.from_date, m.to_date, m.why) for m in told.moved] == [
        (URGENT, None, THREE[0], Why.URGENT),
        ("b", THREE[0], THREE[1], Why.URGENT),
    ]
    assert {(v.retailer_id, v.kind) for v in told.plan.on(THREE[0])} == {
        ("a", Kind.PLANNED), ("c", Kind.PLANNED), (URGENT, Kind.URGENT)
    }  # fmt: skip
    # Without leave to move anybody the same visit is refused.
    refused = replan(plan, [Urgent(Retailer(URGENT, 30, 115, 0, 60), THREE[0], THREE[0])])
    assert [row.reason for row in refused.lost] == [WhyNot.DAYS_FULL]


def test_one_goes_on_where_another_has_to_go() -> None:
    # Given that only a may leave Monday and only for Tuesday, which is full, and x of Tuesday may go to Wednesday
    others = [Retailer(name, 30, 115, 1, 170) for name in ("x", "y", "z")]
    plan, _all = full_day(weights={"a": 0, "b": 0, "c": 0}, other=others)
    movable = {("a", THREE[0]): Movable(0, frozenset([THREE[1]])), ("x", THREE[1]): Movable(0)}
    told = replan(plan, [Urgent(Retailer(URGENT, 30, 115, 0, 100), THREE[0], THREE[0])], movable=movable)
    gone = sorted((m.retailer_id, m.from_date, m.to_date) for m in told.moved if m.from_date)
    assert gone == [("a", THREE[0], THREE[1]), ("x", THREE[1], THREE[2])]


def test_nobody_goes_to_a_closed_day_or_beside_its_own_visits() -> None:
    plan, movable = full_day(weights={"a": 0, "b": 0, "c": 0})
    urgent = Urgent(Retailer(URGENT, 30, 115, 0, 60), THREE[0], THREE[0])
    days = replace(plan, days=(THREE[0],))
    assert [row.reason for row in replan(days, [urgent], movable=movable).lost] == [WhyNot.DAYS_FULL]
    # a is visited five times in twenty days, so that two of its visits are at least two days apart
    often = {name: replace(shop, visits_per_cycle=5) if name == "a" else shop for name, shop in plan.retailers.items()}
    beside = [Visit(DAYS[n], 1, "a", "M1", 0.0, 0.0, 0.0) for n in (4, 8, 12, 16)]
    month = replace(plan, days=DAYS, retailers=often).with_visits([*plan.visits, *beside])
    told = replan(month, [urgent], movable={("a", THREE[0]): Movable(0)})
    moved = next(m for m in told.moved if m.from_date)
    assert min(abs(DAYS.index(moved.to_date) - n) for n in (4, 8, 12, 16)) >= 2
