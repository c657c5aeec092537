"""The search: the optimum of tiny problems by trying everything, and the shortest route of a day."""

from __future__ import annotations

from itertools import permutations, product

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from lianxin.core.visiting import (
    even_patterns,
)
from lianxin.core.visiting.routes import best_order
from lianxin.core.visiting.search import FAR, Problem, solve

pytestmark = pytest.mark.requirement("E3")


@st.composite
def tiny(draw: st.DrawFn) -> Problem:
    n, n_days = draw(st.integers(1, 4)), draw(st.integers(1, 3))
    xy = np.array([[draw(st.integers(0, 60)), draw(st.integers(0, 60))] for _ in range(n + 1)])
    cost = np.ceil(np.hypot(*(xy[:, None] - xy).transpose(2, 0, 1))).astype(np.int64)
    visits = [draw(st.integers(1, n_days)) for _ in range(n)]
    opens = [0] + [draw(st.sampled_from([0, 40, 120])) for _ in range(n)]
    return Problem(
        cost, cost, [0] + [draw(st.integers(0, 20)) for _ in range(n)], opens, [FAR, *(start + 150 for start in opens[1:])],
        [0] + [1] * n, [(), *(even_patterns(n_days, k) for k in visits)], n_days, [0] * n_days, [400] * n_days, [FAR] * n_days,
    )  # fmt: skip


def route_cost(problem: Problem, stops: tuple[int, ...]) -> int | None:
    clock, place, cost = 0, 0, 0
    for stop in stops:
        clock = max(clock + int(problem.time[place, stop]), problem.opens[stop])
        if clock > problem.closes[stop]:
            return None
        clock += problem.service[stop]
        cost += int(problem.cost[place, stop])
        place = stop
    cost += int(problem.cost[place, 0])
    return cost if clock + int(problem.time[place, 0]) <= problem.end[0] else None


def optimum(problem: Problem) -> int | None:
    """The least cost by trying every choice of patterns and every order."""
    best = None
    for chosen in product(*problem.patterns[1:]):
        total: int | None = 0
        for day in range(problem.n_days):
            stops = [stop for stop, days in enumerate(chosen, 1) if day in days]
            costs = [cost for order in permutations(stops) if (cost := route_cost(problem, order)) is not None]
            total = None if total is None or not costs else total + min(costs)
        if total is not None and (best is None or total < best):
            best = total
    return best


@settings(max_examples=25, deadline=None)
@given(tiny())
def test_tiny_problems_are_solved_to_the_optimum(problem: Problem) -> None:
    best = optimum(problem)
    assume(best is not None)
    found = solve(problem, seed=1, rounds=250)
    assert not found.absent
    assert found.cost == best


def test_routes_within_a_day_are_the_shortest() -> None:
    chance = np.random.default_rng(5)
    for _ in range(5):
        xy = chance.integers(0, 100, (7, 2))
        cost = np.ceil(np.hypot(*(xy[:, None] - xy).transpose(2, 0, 1))).astype(np.int64)
        problem = Problem(
            cost, cost, [0] * 7, [0, 0, 0, 0, 150, 150, 0], [FAR] * 7, [0] * 7, [()] * 7, 1, [0], [10_000], [FAR]
        )  # fmt: skip
        every = [order for order in permutations(range(1, 7)) if route_cost(problem, order) is not None]
        best = min(route_cost(problem, order) or 0 for order in every)
        first = every[-1]
        told = best_order(problem, 0, first, seed=1, rounds=200)
        assert route_cost(problem, told) == best
        assert best_order(problem, 0, first, seed=1, rounds=0) == first
