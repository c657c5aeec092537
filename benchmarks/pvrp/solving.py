"""Solve within a time: ruin and recreate over patterns, then PyVRP over all days with multi-visit customers on their days."""

import multiprocessing
import time
from concurrent.futures import ProcessPoolExecutor
from typing import Any

import numpy as np
from pyvrp import Client, Depot, Location, ProblemData, Route, Solution, VehicleType, solve
from pyvrp.stop import MaxRuntime

from benchmarks.machine import cores
from benchmarks.pvrp.instance import Instance
from lianxin.core.visiting.search import FAR, Found, Problem, Search

FORBIDDEN = 1 << 32
FIRST_ROUNDS, MOST_ROUNDS = 3000, 24000


def pooled(problem: Problem, found: Found, *, seed: int, seconds: float) -> Found:
    """Better routes for the same days of customers with several visits; customers with one visit may change their day.

    Every day is a kind of vehicle with distances of its own, on which customers that may not be visited that day are out of reach.
    """
    if found.absent or seconds <= 0:
        return found
    homes: dict[int, list[int]] = {}
    for route, stops in enumerate(found.routes):
        for stop in stops:
            homes.setdefault(stop, []).append(route // problem.vehicles)
    clients: list[tuple[int, frozenset[int]]] = []
    for stop in sorted(homes):
        if len(homes[stop]) == 1:
            clients.append((stop, frozenset(days[0] for days in problem.patterns[stop] if len(days) == 1)))
        else:
            clients += [(stop, frozenset([day])) for day in homes[stop]]
    number = {(stop, day): at for at, (stop, days) in enumerate(clients) for day in days}
    places = [0, *(stop for stop, _ in clients)]
    distance = problem.cost[np.ix_(places, places)]
    duration = problem.time[np.ix_(places, places)]
    matrices: list[Any] = []
    for day in range(problem.n_days):
        matrix = distance.copy()
        out = [at for at, (_stop, days) in enumerate(clients, 1) if day not in days]
        matrix[:, out] = FORBIDDEN
        np.fill_diagonal(matrix, 0)
        matrices.append(matrix)
    data = ProblemData(
        locations=[Location(0, 0) for _ in places],
        clients=[
            Client(at, delivery=[problem.demand[stop]], service_duration=problem.service[stop])
            for at, (stop, _days) in enumerate(clients, 1)
        ],
        depots=[Depot(0)],
        vehicle_types=[
            VehicleType(
                problem.vehicles,
                capacity=[min(problem.capacity[day], FAR)],
                shift_duration=min(problem.end[day] - problem.begin[day], FAR),
                profile=day,
            )
            for day in range(problem.n_days)
        ],
        distance_matrices=matrices,
        duration_matrices=[duration] * problem.n_days,
    )
    first = [
        Route(data, [number[stop, route // problem.vehicles] for stop in stops], route // problem.vehicles)
        for route, stops in enumerate(found.routes)
        if stops
    ]
    result = solve(data, MaxRuntime(seconds), seed=seed, collect_stats=False, initial_solution=Solution(data, first))
    if not result.best.is_feasible() or result.best.distance() >= found.cost:
        return found
    routes: list[list[tuple[int, ...]]] = [[] for _ in range(problem.n_days)]
    for route in result.best.routes():
        routes[route.vehicle_type()].append(tuple(clients[step.idx][0] for step in route if step.is_client()))
    told = [stops for day in routes for stops in (*day, *[()] * (problem.vehicles - len(day)))]
    return Found(tuple(told), (), int(result.best.distance()))


def one_worker(problem: Problem, seed: int, deadline: float) -> Found:
    """The best of searches that grow longer, each followed by routes over all days, until a moment of the clock.

    Rounds double from search to search, so that a slow or busy machine finishes some that cooled down, and a fast one long ones.
    """
    best: Found | None = None
    # Where nobody comes twice, the days are vehicles and PyVRP alone decides: it gets nearly all of the time, in three parts.
    once = all(len(days) == 1 for allowed in problem.patterns[1:] for days in allowed)
    part = (deadline - time.time()) / 3
    rounds, turn = FIRST_ROUNDS // 10 if once else FIRST_ROUNDS, 0
    while best is None or time.time() < deadline:
        start, from_best = time.time(), turn % 3 == 2 and best is not None and not best.absent
        search = Search(problem, seed * 1000 + turn)
        if from_best and best is not None:
            search.load_routes(best)
        length = max(0.05, (deadline - start) * 0.8)
        found = search.run(
            rounds,
            most=12,
            warm=0.1 if from_best else 0.6,
            cold=0.01,
            go_on=lambda now, start=start, length=length, rounds=rounds: max(
                now / rounds, (time.time() - start) / length
            ),
        )
        spent = part if once else time.time() - start
        found = pooled(problem, found, seed=seed * 1000 + turn, seconds=min(max(0.3, spent), deadline - time.time()))
        if best is None or found.cost < best.cost:
            best = found
        rounds, turn = rounds if once else min(2 * rounds, MOST_ROUNDS), turn + 1
    return best


def solve_for(instance: Instance, seconds: float, *, processes: int = 0, seed: int = 1) -> Found:
    """The best solution found in a time by as many processes as there are cores."""
    problem = instance.problem()
    deadline = time.time() + seconds
    workers = processes or cores()
    if workers == 1:
        return one_worker(problem, seed, deadline)
    with ProcessPoolExecutor(workers, mp_context=multiprocessing.get_context("spawn")) as pool:
        asked = [pool.submit(one_worker, problem, seed + number, deadline) for number in range(workers)]
        return min((done.result() for done in asked), key=lambda found: found.cost)
