"""Other ways of making the same plans: days drawn at random, nearest neighbour, OR-Tools."""

import time
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from ortools.constraint_solver import pywrapcp, routing_enums_pb2

from benchmarks.pvrp.solving import pooled
from lianxin.core.visiting.search import FAR, Found, Problem, Search

HORIZON = 1 << 30


def drawn(problem: Problem, seed: int) -> Problem:
    """The same problem with one pattern of each customer, drawn at random."""
    chance = np.random.default_rng(seed)
    picked = [(allowed[int(chance.integers(len(allowed)))],) if allowed else () for allowed in problem.patterns]
    return replace(problem, patterns=picked)


def drawn_and_pyvrp(problem: Problem, seed: int, seconds: float) -> Found:
    """The best of random draws of day patterns, each routed day by day with PyVRP, within a time."""
    begun, best, turn = time.time(), None, 0
    part = seconds / 5
    while best is None or time.time() - begun < seconds - part / 2:
        fixed = drawn(problem, seed * 100 + turn)
        first = Search(fixed, seed).run(60, most=12)
        found = first if first.absent else pooled(fixed, first, seed=seed, seconds=part)
        if best is None or found.cost < best.cost:
            best = found
        turn += 1
    return best


def by_ortools(problem: Problem, first: Found, seconds: float) -> Found:
    """OR-Tools on the whole cycle: every day's visit is optional, and those taken must be one of the customer's patterns.

    It begins with the routes handed in and improves them by guided local search.
    """
    stops = [
        (c, day) for c in range(1, problem.n + 1) for day in sorted({d for days in problem.patterns[c] for d in days})
    ]
    number = {pair: at for at, pair in enumerate(stops, 1)}
    places = [0, *(c for c, _day in stops)]
    fleet = problem.n_days * problem.vehicles
    desk = pywrapcp.RoutingIndexManager(len(places), fleet, 0)
    routing = pywrapcp.RoutingModel(desk)
    way = problem.cost.tolist()
    time_of = problem.time.tolist()
    way_index = routing.RegisterTransitCallback(
        lambda a, b: way[places[desk.IndexToNode(a)]][places[desk.IndexToNode(b)]]
    )
    routing.SetArcCostEvaluatorOfAllVehicles(way_index)

    def lasts(a: int, b: int) -> int:
        one, other = places[desk.IndexToNode(a)], places[desk.IndexToNode(b)]
        return int(time_of[one][other] + problem.service[one])

    clock = routing.RegisterTransitCallback(lasts)
    routing.AddDimensionWithVehicleCapacity(
        clock, HORIZON, [min(problem.end[v // problem.vehicles], HORIZON) for v in range(fleet)], False, "time"
    )
    loads = routing.RegisterUnaryTransitCallback(lambda a: problem.demand[places[desk.IndexToNode(a)]])
    routing.AddDimensionWithVehicleCapacity(
        loads, 0, [min(problem.capacity[v // problem.vehicles], HORIZON) for v in range(fleet)], True, "load"
    )
    dimension, solver = routing.GetDimensionOrDie("time"), routing.solver()
    for v in range(fleet):
        dimension.CumulVar(routing.Start(v)).SetMin(min(problem.begin[v // problem.vehicles], HORIZON))
    for (c, day), at in number.items():
        index = desk.NodeToIndex(at)
        dimension.CumulVar(index).SetRange(max(0, problem.opens[c]), min(problem.closes[c], HORIZON))
        routing.AddDisjunction([index], 0)
        routing.VehicleVar(index).SetValues([-1, *range(day * problem.vehicles, (day + 1) * problem.vehicles)])
    for c in range(1, problem.n + 1):
        days = sorted({d for pattern in problem.patterns[c] for d in pattern})
        active = [routing.ActiveVar(desk.NodeToIndex(number[c, day])) for day in days]
        tuples = [[int(day in pattern) for day in days] for pattern in problem.patterns[c]]
        solver.Add(solver.AllowedAssignments(active, tuples))
    words = pywrapcp.DefaultRoutingSearchParameters()
    words.local_search_metaheuristic = routing_enums_pb2.LocalSearchMetaheuristic.GUIDED_LOCAL_SEARCH
    words.time_limit.FromMilliseconds(int(1000 * seconds))
    routing.CloseModelWithParameters(words)
    begin = routing.ReadAssignmentFromRoutes(
        [[number[c, v // problem.vehicles] for c in route] for v, route in enumerate(first.routes)], True
    )
    answer = routing.SolveFromAssignmentWithParameters(begin, words) if begin is not None else None
    if answer is None:
        return first
    routes: list[tuple[int, ...]] = []
    for v in range(fleet):
        index, order = routing.Start(v), []
        while not routing.IsEnd(index := answer.Value(routing.NextVar(index))):
            order.append(places[desk.IndexToNode(index)])
        routes.append(tuple(order))
    cost = sum(int(problem.cost[a, b]) for r in routes for a, b in zip((0, *r), (*r, 0), strict=True))
    return Found(tuple(routes), (), cost) if cost < first.cost else first


def nearest_neighbour(problem: Problem, day: int, stops: Sequence[int]) -> tuple[tuple[int, ...], int]:
    """Always on to the nearest shop that is open on arrival, waiting only where none is; missed hours are counted."""
    left, place, clock = set(stops), 0, problem.begin[day]
    order: list[int] = []
    while left:
        arrive = {c: clock + int(problem.time[place, c]) for c in left}
        in_time = [c for c in left if arrive[c] <= problem.closes[c]]
        now = [c for c in in_time if arrive[c] >= problem.opens[c]]
        if now:
            chosen = min(now, key=lambda c: (int(problem.cost[place, c]), c))
        elif in_time:
            chosen = min(in_time, key=lambda c: (max(problem.opens[c], arrive[c]), c))
        else:
            chosen = min(left, key=lambda c: (int(problem.cost[place, c]), c))
        clock = max(arrive[chosen], problem.opens[chosen]) + problem.service[chosen]
        order.append(chosen)
        left.remove(chosen)
        place = chosen
    return tuple(order), missed_hours(problem, day, order)


def day_by_ortools(problem: Problem, day: int, stops: Sequence[int], seconds: float) -> tuple[tuple[int, ...], int]:
    """The order of a day by OR-Tools and the hours it misses: all visits are made, being late costs more than any way."""
    if not stops:
        return (), 0
    places = [0, *stops]
    one = replace(
        problem,
        cost=problem.cost[np.ix_(places, places)],
        time=problem.time[np.ix_(places, places)],
        service=[problem.service[c] for c in places],
        opens=[problem.opens[c] for c in places],
        closes=[problem.closes[c] for c in places],
        demand=[0] * len(places),
        patterns=[(), *[((0,),)] * len(stops)],
        n_days=1,
        begin=[problem.begin[day]],
        end=[problem.end[day]],
        capacity=[FAR],
    )
    desk = pywrapcp.RoutingIndexManager(len(places), 1, 0)
    routing = pywrapcp.RoutingModel(desk)
    way: Any = one.cost.tolist()
    lasts = (one.time + np.array(one.service)[:, None]).tolist()
    routing.SetArcCostEvaluatorOfAllVehicles(
        routing.RegisterTransitCallback(lambda a, b: way[desk.IndexToNode(a)][desk.IndexToNode(b)])
    )
    clock = routing.RegisterTransitCallback(lambda a, b: lasts[desk.IndexToNode(a)][desk.IndexToNode(b)])
    routing.AddDimension(clock, HORIZON, HORIZON, False, "time")
    dimension = routing.GetDimensionOrDie("time")
    dimension.CumulVar(routing.Start(0)).SetMin(one.begin[0])
    late = 10 * int(one.cost.max(initial=1))
    dimension.SetCumulVarSoftUpperBound(routing.End(0), min(one.end[0], HORIZON), late)
    for at in range(1, len(places)):
        index = desk.NodeToIndex(at)
        dimension.CumulVar(index).SetMin(max(0, one.opens[at]))
        dimension.SetCumulVarSoftUpperBound(index, min(one.closes[at], HORIZON), late)
    words = pywrapcp.DefaultRoutingSearchParameters()
    words.first_solution_strategy = routing_enums_pb2.FirstSolutionStrategy.PARALLEL_CHEAPEST_INSERTION
    words.local_search_metaheuristic = routing_enums_pb2.LocalSearchMetaheuristic.GUIDED_LOCAL_SEARCH
    words.time_limit.FromMilliseconds(int(1000 * seconds))
    answer = routing.SolveWithParameters(words)
    if answer is None:
        return nearest_neighbour(problem, day, stops)
    index, order = routing.Start(0), []
    while not routing.IsEnd(index := answer.Value(routing.NextVar(index))):
        order.append(places[desk.IndexToNode(index)])
    return tuple(order), missed_hours(problem, day, order)


def missed_hours(problem: Problem, day: int, stops: Sequence[int]) -> int:
    """How many visits begin after their hours, and whether the way back ends too late."""
    clock, place, missed = problem.begin[day], 0, 0
    for stop in stops:
        clock = max(clock + int(problem.time[place, stop]), problem.opens[stop])
        missed += clock > problem.closes[stop]
        clock += problem.service[stop]
        place = stop
    return missed + (bool(stops) and clock + int(problem.time[place, 0]) > problem.end[day])
