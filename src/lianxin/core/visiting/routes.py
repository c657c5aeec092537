"""The order of the stops of one day, by PyVRP, with good hours and working hours."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from pyvrp import Client, Depot, Location, ProblemData, Solution, VehicleType, solve
from pyvrp.stop import MaxIterations

from lianxin.core.visiting.search import FAR, Problem


def timetable(problem: Problem, day: int, stops: Sequence[int]) -> list[int] | None:
    """When each visit begins and when the route is back, each as early as can be; None where an hour is missed."""
    clock, place, begins = problem.begin[day], 0, []
    for stop in stops:
        clock = max(clock + int(problem.time[place, stop]), problem.opens[stop])
        if clock > problem.closes[stop]:
            return None
        begins.append(clock)
        clock += problem.service[stop]
        place = stop
    clock += int(problem.time[place, 0]) if stops else 0
    return [*begins, clock] if clock <= problem.end[day] else None


def length(problem: Problem, stops: Sequence[int]) -> int:
    """Cost of a route from the start through its stops and back."""
    places = [0, *stops, 0]
    return int(problem.cost[places[:-1], places[1:]].sum()) if stops else 0


def best_order(problem: Problem, day: int, stops: Sequence[int], *, seed: int, rounds: int) -> tuple[int, ...]:
    """The stops of a route in the cheapest order found that keeps every hour; as given where none is cheaper.

    Parameters
    ----------
    stops : in a feasible order, with which the search begins
    rounds : iterations of PyVRP
    """
    if len(stops) < 3 or rounds == 0:
        return tuple(stops)
    places = [0, *stops]
    distances: Any = np.ascontiguousarray(problem.cost[np.ix_(places, places)])
    durations: Any = np.ascontiguousarray(problem.time[np.ix_(places, places)])
    rows = ProblemData(
        locations=[Location(0, 0) for _ in places],
        clients=[
            Client(
                at + 1,
                service_duration=problem.service[stop],
                tw_early=max(0, problem.opens[stop]),
                tw_late=min(problem.closes[stop], FAR),
            )
            for at, stop in enumerate(stops)
        ],
        depots=[Depot(0)],
        vehicle_types=[VehicleType(1, tw_early=problem.begin[day], tw_late=min(problem.end[day], FAR))],
        distance_matrices=[distances],
        duration_matrices=[durations],
    )
    first = Solution(rows, [list(range(len(stops)))])
    result = solve(rows, MaxIterations(rounds), seed=seed, collect_stats=False, initial_solution=first)
    if not result.best.is_feasible() or len(result.best.routes()) != 1:
        return tuple(stops)
    order = tuple(stops[step.idx] for step in result.best.routes()[0] if step.is_client())
    found = timetable(problem, day, order) is not None and len(order) == len(stops)
    return order if found and length(problem, order) < length(problem, stops) else tuple(stops)
