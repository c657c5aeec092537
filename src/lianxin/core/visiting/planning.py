"""The call plan of one manager's cycle: day patterns first, then the order of each day."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

import numpy as np

from lianxin.core.visiting.inputs import (
    TICKS,
    CallPlan,
    Day,
    Legs,
    PlanWrong,
    Retailer,
    Settings,
    Start,
    Unplaced,
    Visit,
    WhyNot,
)
from lianxin.core.visiting.patterns import even_patterns
from lianxin.core.visiting.routes import best_order, timetable
from lianxin.core.visiting.search import FAR, Found, Problem, Search
from lianxin.core.visiting.travel import START

COST: Final = 1000
"""Parts of a minute in which travel is minimised, finer than days are timed."""
EXTRA_STOP_MINUTES: Final = 5
"""What a visit above the norm of a day costs in travel, so that days fill up to the norm before one exceeds it."""
BONUS_MINUTES: Final = 30
"""How much more way a stop accepts at the beginning of a search to lie in the sector of its weekday."""
WEEKDAYS: Final = 5
STARTS: Final = 8


def plan(
    manager_id: str, start: Start, retailers: Sequence[Retailer], days: Sequence[date], settings: Settings | None = None
) -> CallPlan:
    """The visits of one manager in a cycle, spread evenly, in good hours, within working hours, with little travel.

    Parameters
    ----------
    retailers : those the manager holds, with distinct ids, in any order
    days : the working days of the cycle, ascending; `inputs.working_days` makes them
    settings : hours, speed, norms, seed, rounds

    Returns
    -------
    the plan; a retailer whose visits cannot all be placed is told in `unplaced` with the reason

    Invariants
    ----------
    Every visit of the cycle is placed or told as unplaced, never both, never neither.
    The visits of a fully placed retailer lie on one of `even_patterns`, or, where no such days have room, at most one working day
    beside one.
    A visit begins and ends inside the good hours; the way back ends inside the working hours.
    The order of the rows does not matter; the same seed gives the same plan.

    Raises
    ------
    PlanWrong : two retailers have the same id, or days are not ascending.
    """
    settings = settings or Settings()
    ordered = sorted(retailers, key=lambda retailer: retailer.retailer_id)
    if len({retailer.retailer_id for retailer in ordered}) < len(ordered):
        raise PlanWrong(f"Manager {manager_id}: two retailers have the same id.")
    if list(days) != sorted(set(days)):
        raise PlanWrong("Working days must be distinct and ascending.")
    known = {retailer.retailer_id: retailer for retailer in ordered}
    empty = CallPlan(manager_id, start, tuple(days), known, settings, ())
    matters = Matters.of(start, ordered, settings)
    unplaced, wanted = _sorted_out(matters, ordered, len(days))
    problem = matters.problem(len(days), wanted)
    if problem.n == 0 or not any(wanted):
        return empty.with_visits((), unplaced)
    search = Search(problem, settings.seed)
    found = _searched(search, _sectors(start, ordered, problem), settings.search_rounds)
    absent = _fallback(search, found.absent, wanted)
    routes = [
        best_order(problem, day, stops, seed=settings.seed, rounds=settings.route_rounds)
        for day, stops in enumerate(search.routes)
    ]
    visits = [
        visit
        for day, stops in enumerate(routes)
        for visit in visits_of(empty, problem, day, [ordered[s - 1] for s in stops], stops)
    ]
    unplaced += [Unplaced(ordered[stop - 1].retailer_id, missing, WhyNot.DAYS_FULL) for stop, missing in absent]
    return empty.with_visits(visits, unplaced)


@dataclass(frozen=True)
class Matters:
    """The retailers of a manager as numbers: places, times and hours; place 0 is the start."""

    cost: np.ndarray[tuple[int, ...], np.dtype[np.int64]]
    time: np.ndarray[tuple[int, ...], np.dtype[np.int64]]
    service: list[int]
    opens: list[int]
    closes: list[int]
    begin: int
    end: int
    norm: int

    @classmethod
    def of(cls, start: Start, retailers: Sequence[Retailer], settings: Settings) -> Matters:
        latitudes = np.array([start.latitude, *(retailer.latitude for retailer in retailers)], dtype=np.float64)
        longitudes = np.array([start.longitude, *(retailer.longitude for retailer in retailers)], dtype=np.float64)
        minutes = settings.minutes([START, *(retailer.retailer_id for retailer in retailers)], latitudes, longitudes)
        if not np.isfinite(minutes).all():
            raise PlanWrong("A place of the plan has no latitude or longitude.")
        cost = np.round(minutes * COST).astype(np.int64)
        time = np.ceil(np.round(minutes * TICKS, 6)).astype(np.int64)
        if settings.roads is not None:
            # A road engine's matrix may say that a detour over a third place is quicker; then one drives so.
            for place in range(len(time)):
                np.minimum(time, time[:, place, None] + time[None, place, :], out=time)
                np.minimum(cost, cost[:, place, None] + cost[None, place, :], out=cost)
        service = [0, *(up(retailer.service_minutes) for retailer in retailers)]
        return cls(
            cost,
            time,
            service,
            [0, *(up(retailer.good_from) for retailer in retailers)],
            [FAR, *(math.floor(round(r.good_until * TICKS, 6)) - up(r.service_minutes) for r in retailers)],
            up(settings.work_from),
            math.floor(round(settings.work_until * TICKS, 6)),
            settings.norm(retailers),
        )

    def problem(self, n_days: int, wanted: Sequence[int]) -> Problem:
        """The search's problem for so many visits of each retailer."""
        # A cycle that needs more than the norm every day spreads what is above it over all days alike.
        stops = max(self.norm, math.ceil(sum(wanted) / n_days)) if n_days else self.norm
        return Problem(
            self.cost,
            self.time,
            self.service,
            self.opens,
            self.closes,
            [0] + [1] * len(wanted),
            [(), *(even_patterns(n_days, visits) if n_days else ((),) for visits in wanted)],
            n_days,
            [self.begin] * n_days,
            [self.end] * n_days,
            [FAR] * n_days,
            soft_stops=stops,
            extra_stop=EXTRA_STOP_MINUTES * COST,
        )

    def why_never(self, stop: int) -> WhyNot | None:
        """Why no day at all could hold a visit, even as its only one; None where one could."""
        if max(self.opens[stop], self.begin) > min(self.closes[stop], self.end - self.service[stop]):
            return WhyNot.CLOSED_IN_WORKING_HOURS
        begins = max(self.begin + int(self.time[0, stop]), self.opens[stop])
        late = begins > self.closes[stop] or begins + self.service[stop] + int(self.time[stop, 0]) > self.end
        return WhyNot.TOO_FAR if late else None


def up(minutes: float) -> int:
    """Minutes in ticks, rounded up."""
    return math.ceil(round(minutes * TICKS, 6))


def _sorted_out(matters: Matters, retailers: Sequence[Retailer], n_days: int) -> tuple[list[Unplaced], list[int]]:
    """What can never be placed, and how many visits of each retailer are to be placed."""
    unplaced, wanted = [], []
    for stop, retailer in enumerate(retailers, 1):
        visits = retailer.visits_per_cycle
        never = matters.why_never(stop) if visits else None
        if never is not None:
            unplaced.append(Unplaced(retailer.retailer_id, visits, never))
            visits = 0
        elif visits > n_days:
            unplaced.append(Unplaced(retailer.retailer_id, visits - n_days, WhyNot.MORE_VISITS_THAN_DAYS))
            visits = n_days
        wanted.append(visits)
    return unplaced, wanted


def _sectors(start: Start, retailers: Sequence[Retailer], problem: Problem) -> list[list[int]]:
    """Several ways of giving every stop a day: sectors seen from the middle, one for each weekday, each cut into its weeks."""
    n_days, width = problem.n_days, math.cos(math.radians(start.latitude))
    x = np.array([retailer.longitude * width for retailer in retailers])
    y = np.array([retailer.latitude for retailer in retailers])
    turn = np.arctan2(y - y.mean(), x - x.mean()) / (2 * math.pi)
    work = np.array(
        [
            (problem.service[stop] + TICKS) * max((len(days) for days in problem.patterns[stop]), default=0)
            for stop in range(1, problem.n + 1)
        ],
        dtype=np.int64,
    )
    per_week = min(WEEKDAYS, n_days)
    weeks = math.ceil(n_days / per_week)
    ways = []
    for first in range(STARTS):
        order = np.argsort((turn + first / STARTS) % 1, kind="stable")
        share = np.empty(problem.n)
        share[order] = (np.cumsum(work[order]) - work[order] / 2) / max(1, work.sum())
        weekday = np.minimum((share * per_week).astype(int), per_week - 1)
        week = np.minimum(((share * per_week - weekday) * weeks).astype(int), weeks - 1)
        ways.append([0, *np.minimum(weekday + per_week * week, n_days - 1).tolist()])
    return ways


def _searched(search: Search, ways: Sequence[Sequence[int]], rounds: int) -> Found:
    """The search from the best of several beginnings, each tried for a small part of the rounds."""
    trial = rounds // (4 * len(ways))
    bonus = BONUS_MINUTES * COST
    tried: list[Found] = []
    for way in ways:
        search.lean(way, bonus)
        tried.append(search.run(trial))
    best = min(tried, key=lambda found: found.cost)
    search.load_routes(best)
    return search.run(rounds - trial * len(ways))


def _fallback(search: Search, absent: Sequence[int], wanted: Sequence[int]) -> list[tuple[int, int]]:
    """Place retailers that no whole pattern takes: each visit on its day or the day beside, as many as fit; and what is missing."""
    missing = []
    for stop in absent:
        best, places = search.gaps(stop)
        parts = [_nearly(days, [int(cost) for cost in best]) for days in search.p.patterns[stop]]
        shifts = [
            sum(day not in pattern for day in days)
            for pattern, days in zip(search.p.patterns[stop], parts, strict=True)
        ]
        costs = [sum(int(best[day]) for day in days) for days in parts]
        at = min(range(len(parts)), key=lambda at: (-len(parts[at]), shifts[at], costs[at]))
        search.place(stop, parts[at], None, places)
        if len(parts[at]) < wanted[stop - 1]:
            missing.append((stop, wanted[stop - 1] - len(parts[at])))
    search.absent = []
    return missing


def _nearly(pattern: Sequence[int], added: Sequence[int]) -> list[int]:
    """For each day of a pattern itself or the day beside it, whichever is open and cheapest, none twice."""
    taken: list[int] = []
    for day in pattern:
        beside = [near for near in (day - 1, day + 1) if 0 <= near < len(added) and near not in pattern]
        open_days = [near for near in (day, *beside) if added[near] < FAR and near not in taken]
        if open_days:
            taken.append(day if day in open_days else min(open_days, key=lambda near: (added[near], near)))
    return sorted(taken)


def visits_of(
    of: CallPlan, problem: Problem, day: int, retailers: Sequence[Retailer], stops: Sequence[int]
) -> list[Visit]:
    """The visits of one day in their order, timed."""
    begins = timetable(problem, day, stops)
    if begins is None:
        raise AssertionError("a route of the search misses an hour")
    told, place = [], 0
    for order, (stop, retailer) in enumerate(zip(stops, retailers, strict=True), 1):
        told.append(
            Visit(
                of.days[day],
                order,
                retailer.retailer_id,
                of.manager_id,
                begins[order - 1] / TICKS,
                (begins[order - 1] + problem.service[stop]) / TICKS,
                int(problem.time[place, stop]) / TICKS,
            )
        )
        place = stop
    return told


def day_loads(of: CallPlan) -> tuple[Day, ...]:
    """What each working day of a plan holds, those without visits too, beside the norm."""
    ids = sorted(of.retailers)
    matters = Matters.of(of.start, [of.retailers[key] for key in ids], of.settings)
    number = {key: at for at, key in enumerate(ids, 1)}
    told = []
    for day in of.days:
        visits = of.on(day)
        back = int(matters.time[number[visits[-1].retailer_id], 0]) / TICKS if visits else 0.0
        travel = sum(visit.travel_minutes for visit in visits) + back
        service = sum(visit.leave - visit.arrive for visit in visits)
        home = visits[-1].leave + back if visits else of.settings.work_from
        told.append(Day(day, len(visits), round(travel, 1), round(service, 1), round(home, 1), matters.norm))
    return tuple(told)


def legs(of: CallPlan) -> Legs:
    """How many ways a plan has, and how many take the straight line because no road engine told their pair of places."""
    ids = [START, *sorted(of.retailers)]
    number = {key: at for at, key in enumerate(ids)}
    told = None if of.settings.roads is None else ~np.isnan(of.settings.roads.between(ids))
    n_legs = n_straight = 0
    for day in sorted({visit.visit_date for visit in of.visits}):
        stops = [0, *(number[visit.retailer_id] for visit in of.on(day)), 0]
        n_legs += len(stops) - 1
        n_straight += len(stops) - 1 if told is None else int((~told[stops[:-1], stops[1:]]).sum())
    return Legs(n_legs, n_straight)
