"""A plan with open days into which single visits can be put without moving others to another day."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Final

import numpy as np

from lianxin.core.visiting.inputs import TICKS, Begun, CallPlan, Kind, PlanWrong, Retailer, Visit, WhyNot
from lianxin.core.visiting.planning import COST, Matters, up
from lianxin.core.visiting.routes import timetable
from lianxin.core.visiting.search import FAR, Problem, Search

ROUNDS = 300
SHIFT_MINUTES: Final = 10
"""A working day farther from the planned day counts as much as so many minutes of travel more."""


class Board:
    """The days of one manager's plan; visits can be added, and the days that took one are timed anew."""

    def __init__(
        self, plan: CallPlan, open_days: Sequence[date], guests: Sequence[Retailer], begun: Begun | None = None
    ) -> None:
        self.begun = begun
        self.early = tuple(visit for visit in plan.visits if begun is not None and begun.has_passed(visit))
        # What has passed is no stop of its day any more: it keeps its time, and others follow it.
        plan = plan.with_visits([visit for visit in plan.visits if visit not in self.early])
        self.before = plan
        self.open = set(open_days)
        self.changed: set[date] = set()
        self.tags = {(visit.visit_date, visit.retailer_id): (visit.kind, visit.holder_id) for visit in plan.visits}
        self.known: dict[str, Retailer] = dict(plan.retailers)
        # A guest that the manager holds already keeps what the plan knows of it.
        self.known.update({guest.retailer_id: guest for guest in guests if guest.retailer_id not in self.known})
        days = sorted({*plan.days, *(visit.visit_date for visit in plan.visits)})
        self.days = tuple(days)
        self.number = {day: at for at, day in enumerate(days)}
        self.orders: list[list[str]] = [[visit.retailer_id for visit in plan.on(day)] for day in days]
        self._build()

    def _build(self) -> None:
        self.ids = sorted(self.known)
        self.stop = {key: at for at, key in enumerate(self.ids, 1)}
        retailers = [self.known[key] for key in self.ids]
        self.matters = Matters.of(self.before.start, retailers, self.before.settings)
        n_days = len(self.days)
        wanted = [1] * len(self.ids)
        self.problem: Problem = self._from_now(self.matters.problem(n_days, wanted))
        self.search = Search(replace(self.problem, soft_stops=self.matters.norm), self.before.settings.seed)
        for day, order in enumerate(self.orders):
            self.search.routes[day] = [self.stop[key] for key in order]
        for day in range(n_days):
            self.search.refresh(day)

    def _from_now(self, problem: Problem) -> Problem:
        """The problem in which the day that has begun goes on from now; closed if what is left of it does not fit so."""
        if self.begun is None or self.begun.day not in self.number:
            return problem
        at = self.number[self.begun.day]
        begins = list(problem.begin)
        begins[at] = max(begins[at], up(self.begun.minute))
        later = replace(problem, begin=begins)
        if timetable(later, at, [self.stop[key] for key in self.orders[at]]) is None:
            self.open.discard(self.begun.day)
            return problem
        return later

    def had(self, retailer_id: str) -> list[date]:
        """Days on which a retailer's visit was to be before now."""
        return [visit.visit_date for visit in self.early if visit.retailer_id == retailer_id]

    def welcome(self, guest: Retailer) -> None:
        """Make a retailer known that somebody else holds."""
        if guest.retailer_id not in self.known:
            self.known[guest.retailer_id] = guest
            self._build()

    def why_never(self, retailer_id: str) -> WhyNot | None:
        return self.matters.why_never(self.stop[retailer_id])

    def shift(self, one: date, other: date) -> int:
        """Working days between two days."""
        low, high = min(one, other), max(one, other)
        return sum(low < day <= high for day in self.days)

    def gap(self, retailer_id: str) -> int:
        """Half the even gap between the visits of a retailer, in working days, at least one."""
        visits = max(1, self.known[retailer_id].visits_per_cycle)
        return max(1, len(self.days) // visits // 2)

    def far_enough(self, retailer_id: str, days: Sequence[date]) -> list[date]:
        """Days that keep at least half the even gap to the retailer's other visits."""
        held = [day for day, order in zip(self.days, self.orders, strict=True) if retailer_id in order]
        held += self.had(retailer_id)
        gap = self.gap(retailer_id)
        return [day for day in days if all(day != other and self.shift(day, other) >= gap for other in held)]

    def options(self, retailer_id: str, days: Sequence[date]) -> dict[date, float]:
        """Days that can take a visit as they are, with the minutes of way it adds (and of exceeding the norm)."""
        best, _ = self.search.gaps(self.stop[retailer_id])
        had = self.had(retailer_id)
        return {
            day: int(best[self.number[day]]) / COST
            for day in days
            if day in self.open
            and day not in had
            and best[self.number[day]] < FAR
            and retailer_id not in self.orders[self.number[day]]
        }

    def rearranged(self, retailer_id: str, day: date) -> bool:
        """Whether another order of a day makes room for a visit; if so the day has that order now."""
        at = self.number[day]
        if day not in self.open or retailer_id in self.orders[at] or day in self.had(retailer_id):
            return False
        order = self.another_order(at, [*(self.stop[key] for key in self.orders[at]), self.stop[retailer_id]])
        if order is None:
            return False
        self.search.routes[at] = [stop for stop in order if stop != self.stop[retailer_id]]
        self.search.refresh(at)
        self.orders[at] = [self.ids[stop - 1] for stop in self.search.routes[at]]
        return True

    def another_order(self, at: int, stops: Sequence[int]) -> tuple[int, ...] | None:
        """An order of some stops that keeps all hours of the day of a number; None where a search finds none."""
        places = [0, *stops]
        p = self.problem
        small = Search(
            replace(
                p,
                cost=p.cost[places][:, places],
                time=p.time[places][:, places],
                service=[p.service[stop] for stop in places],
                opens=[p.opens[stop] for stop in places],
                closes=[p.closes[stop] for stop in places],
                demand=[0] + [1] * len(stops),
                patterns=[(), *[((0,),)] * len(stops)],
                n_days=1,
                begin=[p.begin[at]],
                end=[p.end[at]],
                capacity=[FAR],
            ),
            self.before.settings.seed,
        )
        found = small.run(ROUNDS)
        if found.absent:
            return None
        return tuple(stops[position - 1] for position in found.routes[0])

    def is_too_long(self, at: int, stops: Sequence[int]) -> bool:
        """Whether some stops do not fit into the day of a number in any order, by service and the shortest ways to and from."""
        p = self.problem
        places = [0, *stops]
        ways = p.time[places][:, places] + np.diag([FAR] * len(places))
        least = int(max(ways.min(axis=0).sum(), ways.min(axis=1).sum())) if stops else 0
        return p.begin[at] + sum(p.service[stop] for stop in stops) + least > p.end[at]

    def arrange(self, orders: Mapping[date, Sequence[str]], moved: Iterable[tuple[str, date, date]]) -> None:
        """Give days other orders; visits that come from another of these days keep what they are."""
        for key, start, to in moved:
            self.tags[to, key] = self.tags.pop((start, key), (Kind.PLANNED, ""))
        for day, order in orders.items():
            at = self.number[day]
            self.orders[at] = list(order)
            self.search.routes[at] = [self.stop[key] for key in order]
            self.search.refresh(at)
            self.changed.add(day)

    def visit(self, retailer_id: str, day: date) -> Visit:
        """One visit of a day as it is timed now."""
        return next(visit for visit in self._timed(day) if visit.retailer_id == retailer_id)

    def put(self, retailer_id: str, day: date, kind: Kind, holder: str) -> Visit:
        """Add a visit to a day at its cheapest place."""
        at, stop = self.number[day], self.stop[retailer_id]
        best, places = self.search.gaps(stop)
        if best[at] >= FAR:
            raise AssertionError(f"{day} has no room for {retailer_id}")
        self.search.routes[at].insert(int(places[at]), stop)
        self.search.refresh(at)
        self.orders[at].insert(int(places[at]), retailer_id)
        self.tags[day, retailer_id] = (kind, holder)
        self.changed.add(day)
        return self.visit(retailer_id, day)

    def _timed(self, day: date) -> list[Visit]:
        at = self.number[day]
        stops = self.search.routes[at]
        begins = timetable(self.problem, at, stops)
        if begins is None:
            raise PlanWrong(f"The visits of {day} miss an hour; plan the day anew before changing it.")
        told, place = [], 0
        n_before = sum(visit.visit_date == day for visit in self.early)
        for order, (stop, begin) in enumerate(zip(stops, begins, strict=False), n_before + 1):
            key = self.ids[stop - 1]
            kind, holder = self.tags.get((day, key), (Kind.PLANNED, ""))
            travel = int(self.problem.time[place, stop])
            leave = (begin + self.problem.service[stop]) / TICKS
            told.append(
                Visit(day, order, key, self.before.manager_id, begin / TICKS, leave, travel / TICKS, kind, holder)
            )
            place = stop
        return told

    def plan(self) -> CallPlan:
        """The plan with the days that took a visit timed anew, all others as they were."""
        same = [visit for visit in self.before.visits if visit.visit_date not in self.changed]
        anew = [visit for day in sorted(self.changed) for visit in self._timed(day)]
        return replace(self.before, retailers=dict(self.known), visits=tuple(sorted([*same, *anew, *self.early])))
