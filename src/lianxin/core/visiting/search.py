"""Which days and in which order: ruin and recreate over day patterns and routes together."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
from pyvrp import RandomNumberGenerator

Whole = npt.NDArray[np.int64]
FAR: Final = 1 << 50
_NOISES: Final = 512


@dataclass(frozen=True)
class Problem:
    """Customers 1 … n with allowed day patterns, and routes of every day that begin and end at place 0.

    Parameters
    ----------
    cost : int64 (n + 1, n + 1), what is minimised
    time : int64 (n + 1, n + 1), what days are timed with; fulfils the triangle inequality
    service, opens, closes, demand : n + 1 whole numbers; a visit begins in [opens, closes]
    patterns : n + 1 tuples of allowed day tuples
    n_days, vehicles : routes of a day
    begin, end : day's first departure and last return, per day
    capacity : demand a route takes, per day
    soft_stops : stops of a route that cost nothing extra, and what each further one costs
    """

    cost: Whole
    time: Whole
    service: Sequence[int]
    opens: Sequence[int]
    closes: Sequence[int]
    demand: Sequence[int]
    patterns: Sequence[tuple[tuple[int, ...], ...]]
    n_days: int
    begin: Sequence[int]
    end: Sequence[int]
    capacity: Sequence[int]
    vehicles: int = 1
    soft_stops: int = FAR
    extra_stop: int = 0

    @property
    def n(self) -> int:
        return len(self.cost) - 1


@dataclass(frozen=True)
class Found:
    """Routes by day × vehicle (route number = day · vehicles + vehicle), the customers without a place, and the cost."""

    routes: tuple[tuple[int, ...], ...]
    absent: tuple[int, ...]
    cost: int


class Search:
    """The present routes, with what quick evaluation of an insertion needs."""

    def __init__(self, problem: Problem, seed: int) -> None:
        self.p = problem
        self.rng = RandomNumberGenerator(seed)
        n, self.n_routes = problem.n, problem.n_days * problem.vehicles
        self.cost_from = np.ascontiguousarray(problem.cost)
        self.cost_to = np.ascontiguousarray(problem.cost.T)
        self.time_from = np.ascontiguousarray(problem.time)
        self.time_to = np.ascontiguousarray(problem.time.T)
        self.times = problem.time.tolist()
        self.choices = [np.array(allowed or [()], dtype=np.int64) for allowed in problem.patterns]
        self.weight = [0] + [1 + max((len(days) for days in problem.patterns[c]), default=0) for c in range(1, n + 1)]
        self.near = np.argsort(problem.cost + problem.cost.T, axis=1, kind="stable").tolist()
        self.noises = np.array([self.rng.rand() for _ in range(_NOISES)])
        self.all_routes = np.arange(self.n_routes)
        self.day_of = [route // problem.vehicles for route in range(self.n_routes)]
        self.is_loaded = min(problem.capacity, default=FAR) < FAR
        self.full = np.array([problem.capacity[day] for day in self.day_of], dtype=np.int64)
        self.scale = max(1, int(np.median(problem.cost[problem.cost > 0]))) if (problem.cost > 0).any() else 1
        self.missing = 20 * self.scale + 4 * int(problem.cost.max(initial=0)) + 1
        self.width = 16
        self.routes: list[list[int]] = [[] for _ in range(self.n_routes)]
        self.homes: list[list[int]] = [[] for _ in range(n + 1)]
        self.absent: list[int] = list(range(1, n + 1))
        self.route_cost = np.zeros(self.n_routes, dtype=np.int64)
        self.load = np.zeros(self.n_routes, dtype=np.int64)
        self.penalty = np.zeros(self.n_routes, dtype=np.int64)
        self._room()

    def _room(self) -> None:
        shape = (self.n_routes, self.width)
        self.before, self.after = np.zeros(shape, dtype=np.int64), np.zeros(shape, dtype=np.int64)
        self.base, self.leaves = np.zeros(shape, dtype=np.int64), np.zeros(shape, dtype=np.int64)
        self.latest = np.full(shape, -FAR, dtype=np.int64)
        for route in range(self.n_routes):
            self.refresh(route)

    def refresh(self, route: int) -> None:
        """Compute the arrays of a route anew after its stops changed."""
        p, stops, times = self.p, self.routes[route], self.times
        length = len(stops) + 1
        if length > self.width:
            self.width = length + 8
            self._room()
            return
        day, opens, closes, service = self.day_of[route], p.opens, p.closes, p.service
        clock, place, leaves = p.begin[day], 0, [p.begin[day]]
        for stop in stops:
            clock += times[place][stop]
            if clock < opens[stop]:
                clock = opens[stop]
            clock += service[stop]
            leaves.append(clock)
            place = stop
        bound, place, latest = p.end[day], 0, [p.end[day]]
        for stop in reversed(stops):
            bound -= times[stop][place] + service[stop]
            if bound > closes[stop]:
                bound = closes[stop]
            latest.append(bound)
            place = stop
        latest.reverse()
        before = np.array([0, *stops], dtype=np.int64)
        after = np.array([*stops, 0], dtype=np.int64)
        self.before[route, :length], self.after[route, :length] = before, after
        self.leaves[route, :length], self.latest[route, :length] = leaves, latest
        self.latest[route, length:] = -FAR
        legs = self.cost_from[before, after]
        self.base[route, :length] = legs
        over = len(stops) - p.soft_stops
        self.penalty[route] = p.extra_stop if over >= 0 else 0
        self.route_cost[route] = int(legs.sum()) + (p.extra_stop * over if over > 0 else 0)
        if self.is_loaded:
            self.load[route] = sum([p.demand[stop] for stop in stops])

    @property
    def total(self) -> int:
        """Cost of the routes, and a heavy weight for every customer without a place."""
        return int(self.route_cost.sum()) + self.missing * sum(self.weight[c] for c in self.absent)

    def gaps(self, c: int) -> tuple[Whole, Whole]:
        """For every route the added cost of its cheapest place for a customer (FAR where none), and that place."""
        p = self.p
        begins = np.maximum(self.leaves + self.time_to[c][self.before], p.opens[c])
        added = self.cost_to[c][self.before] + self.cost_from[c][self.after] - self.base
        wrong = begins + p.service[c] + self.time_from[c][self.after] > self.latest
        wrong |= begins > p.closes[c]
        added[wrong] = FAR
        places = added.argmin(axis=1)
        best = added[self.all_routes, places] + self.penalty
        if self.is_loaded:
            best[self.load + p.demand[c] > self.full] = FAR
        return best, places

    def insert(self, c: int, noise: float) -> bool:
        """Put a customer into the cheapest pattern; False, and nothing changed, where none is open."""
        best, places = self.gaps(c)
        if self.p.vehicles > 1:
            grouped = best.reshape(self.p.n_days, self.p.vehicles)
            chosen = grouped.argmin(axis=1)
            by_day = grouped[np.arange(self.p.n_days), chosen]
        else:
            chosen, by_day = None, best
        allowed = self.choices[c]
        sums = by_day[allowed].sum(axis=1)
        if noise and len(sums) > 1:
            at = self.rng.randint(_NOISES - len(sums)) if len(sums) < _NOISES else 0
            shaken = sums + self.noises[at : at + len(sums)] * (noise * self.scale)
            pick = int(shaken.argmin())
        else:
            pick = int(sums.argmin())
        if sums[pick] >= FAR:
            return False
        self.place(c, allowed[pick].tolist(), chosen, places)
        return True

    def lean(self, targets: Sequence[int], bonus: int) -> None:
        """Place everybody anew, with a bonus for patterns that hold the target day of a customer. For one route a day."""
        self.remove([c for c in range(1, self.p.n + 1) if self.homes[c]])
        self.absent = []
        for c in sorted(range(1, self.p.n + 1), key=lambda c: (len(self.choices[c]), targets[c], c)):
            best, places = self.gaps(c)
            allowed = self.choices[c]
            sums = best[allowed].sum(axis=1)
            pick = int((sums - bonus * (allowed == targets[c]).any(axis=1)).argmin())
            if sums[pick] >= FAR:
                self.absent.append(c)
            else:
                self.place(c, allowed[pick].tolist(), None, places)

    def place(self, c: int, days: Sequence[int], chosen: Whole | None, places: Whole) -> None:
        for day in days:
            route = day if chosen is None else day * self.p.vehicles + int(chosen[day])
            self.routes[route].insert(int(places[route]), c)
            self.homes[c].append(route)
            self.refresh(route)

    def remove(self, customers: Sequence[int]) -> None:
        """Take customers out of all their routes."""
        touched: set[int] = set()
        for c in customers:
            for route in self.homes[c]:
                self.routes[route].remove(c)
                touched.add(route)
            self.homes[c] = []
        for route in sorted(touched):
            self.refresh(route)

    def choose(self, most: int) -> list[int]:
        """Customers to take out: some around one place, or a piece of one route with its surroundings."""
        rng, n = self.rng, self.p.n
        wanted = 1 + rng.randint(most)
        seed = 1 + rng.randint(n)
        found = [seed]
        if rng.rand() < 0.3 and self.homes[seed]:
            route = self.routes[self.homes[seed][rng.randint(len(self.homes[seed]))]]
            at = route.index(seed)
            start = max(0, at - rng.randint(wanted))
            found += [c for c in route[start : start + wanted] if c != seed]
            return found[:wanted]
        skip = 0.1 + 0.5 * rng.rand()
        for c in self.near[seed]:
            if len(found) >= wanted:
                break
            if c not in (0, seed) and rng.rand() >= skip:
                found.append(c)
        return found

    def arranged(self, customers: list[int]) -> list[int]:
        """Customers in the order of putting them back: by chance, most visits first, or farthest first."""
        rng = self.rng
        for at in range(len(customers) - 1, 0, -1):
            other = rng.randint(at + 1)
            customers[at], customers[other] = customers[other], customers[at]
        draw = rng.rand()
        if draw < 0.45:
            customers.sort(key=lambda c: (len(self.choices[c]), -self.p.demand[c]))
        elif draw < 0.65:
            customers.sort(key=lambda c: -int(self.p.cost[0, c]))
        return customers

    def recreate(self, customers: list[int], noise: float) -> None:
        self.absent = [c for c in self.arranged(customers) if not self.insert(c, noise)]

    def kept(self) -> tuple[list[list[int]], list[list[int]], list[int]]:
        return [list(route) for route in self.routes], [list(home) for home in self.homes], list(self.absent)

    def restore(self, kept: tuple[list[list[int]], list[list[int]], list[int]]) -> None:
        """Go back to routes kept before, computing anew only those that differ."""
        routes, homes, absent = kept
        changed = [route for route in range(self.n_routes) if self.routes[route] != routes[route]]
        self.routes = [list(route) for route in routes]
        self.homes, self.absent = [list(home) for home in homes], list(absent)
        for route in changed:
            self.refresh(route)

    def found(self) -> Found:
        return Found(tuple(tuple(route) for route in self.routes), tuple(sorted(self.absent)), self.total)

    def load_routes(self, found: Found) -> None:
        """Go on from routes found elsewhere."""
        homes: list[list[int]] = [[] for _ in range(self.p.n + 1)]
        for route, stops in enumerate(found.routes):
            for stop in stops:
                homes[stop].append(route)
        self.restore(([list(route) for route in found.routes], homes, list(found.absent)))

    def run(
        self,
        rounds: int,
        *,
        most: int = 40,
        warm: float = 0.05,
        cold: float = 0.002,
        go_on: Callable[[int], float] | None = None,
    ) -> Found:
        """Ruin and recreate with a falling temperature (in units of the median distance); the best routes found.

        Parameters
        ----------
        rounds : how many times; with `go_on`, an upper bound
        go_on : round -> share done in [0, 1]; the search ends at 1. For benchmarks that stop by time; default round / rounds.
        """
        if self.absent:
            self.recreate(list(self.absent), 0.0)
        current = best_cost = self.total
        kept = best = self.kept()
        share = 0.0
        for turn in range(rounds):
            if turn % 32 == 0:
                share = go_on(turn) if go_on else turn / rounds
                if share >= 1:
                    break
            heat = self.scale * warm * (cold / warm) ** share
            out = self.choose(min(most, self.p.n))
            self.remove(out)
            waiting = set(out)
            self.recreate(out + [c for c in self.absent if c not in waiting], 0.05 if self.rng.rand() < 0.5 else 0.0)
            cost = self.total
            if cost < current - heat * math.log(max(self.rng.rand(), 1e-12)):
                current, kept = cost, self.kept()
                if cost < best_cost:
                    best_cost, best = cost, kept
            else:
                self.restore(kept)
        self.restore(best)
        return self.found()


def solve(problem: Problem, *, seed: int, rounds: int) -> Found:
    """The best routes after a number of rounds; the same for the same seed."""
    if problem.n == 0:
        return Found(((),) * (problem.n_days * problem.vehicles), (), 0)
    return Search(problem, seed).run(rounds)
