"""Room for an urgent visit on full days: the fewest and least important visits go to other days of the same cycle."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Final

from lianxin.core.visiting.boards import SHIFT_MINUTES, Board
from lianxin.core.visiting.planning import COST
from lianxin.core.visiting.routes import length

MOST_MOVES: Final = 3
"""So many visits at most make room for one: beyond that a plan is made anew by hand."""
FITS: Final = 20_000
"""Visits tried in a day's order, at most, for each number of moves; a bound by counting is the same on every machine."""
SEARCHED: Final = 600
"""Stops of the days whose order is searched anew, at most (20 days of 30), where no order at hand takes a visit."""

Orders = dict[int, tuple[int, ...]]
Place = tuple[int, int]
"""A stop on the day of a number."""


@dataclass(frozen=True)
class Movable:
    """A visit that may make room for an urgent one."""

    weight: int
    """How much its reason presses; visits of less weight go first."""
    days: frozenset[date] | None = None
    """Where it may go; None for every open day. In either case its other visits stay half the even gap away."""


@dataclass(frozen=True, order=True)
class Shift:
    """A visit that goes to another day."""

    retailer_id: str
    from_date: date
    to_date: date


@dataclass(frozen=True)
class Room:
    """The day of the urgent visit, what goes to other days for it, and the orders of all days concerned."""

    day: date
    shifts: tuple[Shift, ...]
    orders: Mapping[date, tuple[str, ...]]


def room_for(
    board: Board, retailer_id: str, days: Sequence[date], movable: Mapping[tuple[str, date], Movable]
) -> Room | None:
    """Room for a visit on one of some days: as few visits as can be go to other days; None where up to three make none.

    Of sets of equally many the one whose heaviest visit is lightest is taken, then by the next heaviest; of these the one with the
    least way and shift. A visit that goes may need another one to go from where it comes: both count.

    Parameters
    ----------
    days : where the visit may be made; days that are not open take nothing
    movable : (retailer, day) -> what may go; a visit that is not named stays

    Invariants
    ----------
    No smaller set makes room (as long as `FITS` and `SEARCHED` last); no visit goes to a day that is closed, that has or
    had its retailer already or that misses its good hours; every day concerned keeps all hours.
    """
    for most in range(1, MOST_MOVES + 1):
        quick = _Looking(board, movable, most)
        quick.look(retailer_id, days)
        # Other orders are searched only for what the orders at hand do not give: any set at all, or a lighter one.
        thorough = _Looking(board, movable, most, is_thorough=True, found=quick.found)
        thorough.look(retailer_id, days)
        if thorough.found is not None:
            return thorough.found.room
    return None


@dataclass(frozen=True)
class _Found:
    weights: tuple[int, ...]
    """Of what goes, the heaviest first."""
    cost: int
    room: Room


@dataclass
class _Looking:
    """One search for sets of exactly so many visits: in the orders at hand or, for lighter ones than those give, in others too."""

    board: Board
    movable: Mapping[tuple[str, date], Movable]
    most: int
    is_thorough: bool = False
    found: _Found | None = None
    n_fits: int = 0
    n_searched: int = 0
    known: dict[tuple[int, tuple[int, ...], int], tuple[int, ...] | None] = field(default_factory=dict)
    searched: dict[tuple[int, frozenset[int]], tuple[int, ...] | None] = field(default_factory=dict)

    def look(self, retailer_id: str, days: Sequence[date]) -> None:
        board = self.board
        stop = board.stop[retailer_id]
        orders = {at: tuple(board.stop[key] for key in order) for at, order in enumerate(board.orders)}
        self.start = orders
        self.open = sorted(board.number[day] for day in board.open)
        # What may go from each day, the lightest first.
        self.loose: dict[int, list[tuple[int, int]]] = {at: [] for at in orders}
        for (key, day), one in self.movable.items():
            at = board.number.get(day)
            if at in self.loose and key in board.orders[at] and key != retailer_id:
                self.loose[at].append((one.weight, board.stop[key]))
        for several in self.loose.values():
            several.sort()
        for self.day in sorted(board.number[day] for day in days if day in board.open):
            if stop not in orders[self.day] and board.days[self.day] not in board.had(retailer_id):
                self._enter(self.day, stop, orders, [], [], ())

    def _enter(
        self,
        at: int,
        stop: int,
        orders: Orders,
        waiting: list[Place],
        moves: list[tuple[int, int, int]],
        weights: tuple[int, ...],
    ) -> None:
        """Put a stop into a day, others going from it where it must be, and go on with those that wait for a day."""
        fitted = self._fitted(at, orders[at], stop)
        if fitted is not None:
            self._next({**orders, at: fitted}, waiting, moves, weights)
            return
        gone = {(one, day) for one, day in waiting} | {(one, b) for one, _a, b in moves} | {(stop, at)}
        for out, heavy in self._sets(at, orders, gone, self.most - len(weights)):
            if self._is_worse((*weights, *heavy)):
                continue
            fitted = self._fitted(at, tuple(one for one in orders[at] if one not in out), stop)
            if fitted is not None:
                more = [*waiting, *((one, at) for one in out)]
                self._next({**orders, at: fitted}, more, moves, (*weights, *heavy))

    def _sets(
        self, at: int, orders: Orders, gone: set[Place], most: int
    ) -> Iterator[tuple[tuple[int, ...], tuple[int, ...]]]:
        """Sets of up to so many stops that may go from a day, the smaller first, then the lighter."""
        may = [(weight, one) for weight, one in self.loose[at] if one in orders[at] and (one, at) not in gone]
        grown: list[tuple[int, ...]] = [()]
        for _n in range(most):
            grown = [(*chosen, new) for chosen in grown for new in range(chosen[-1] + 1 if chosen else 0, len(may))]
            for chosen in grown:
                yield tuple(may[n][1] for n in chosen), tuple(may[n][0] for n in chosen)

    def _next(
        self, orders: Orders, waiting: list[Place], moves: list[tuple[int, int, int]], weights: tuple[int, ...]
    ) -> None:
        if not waiting:
            self._take(orders, moves, weights)
            return
        (stop, start), *others = waiting
        for at in self._days_for(stop, start, orders):
            self._enter(at, stop, orders, others, [*moves, (stop, start, at)], weights)

    def _days_for(self, stop: int, start: int, orders: Orders) -> list[int]:
        """The open days other than its own that keep the rhythm of a retailer, the nearest first."""
        board = self.board
        key = board.ids[stop - 1]
        rule = self.movable[key, board.days[start]]
        # Not where another visit of the retailer was either: two of them in turn would be one that goes farther.
        was = [at for at, order in self.start.items() if stop in order and at != start]
        was += [board.number[day] for day in board.had(key)]
        held = [*was, *(at for at, order in orders.items() if stop in order)]
        gap = board.gap(key)
        return sorted(
            (
                at
                for at in self.open
                if at != start
                and (rule.days is None or board.days[at] in rule.days)
                and all(at != other and abs(at - other) >= gap for other in held)
            ),
            key=lambda at: (abs(at - start), at),
        )

    def _take(self, orders: Orders, moves: list[tuple[int, int, int]], weights: tuple[int, ...]) -> None:
        if len(weights) != self.most:
            return
        board = self.board
        cost = sum(
            self._cost(order) - self._cost(self.start[at]) for at, order in orders.items() if order != self.start[at]
        )
        cost += sum(abs(a - b) for _stop, a, b in moves) * SHIFT_MINUTES * COST
        shifts = tuple(sorted(Shift(board.ids[one - 1], board.days[a], board.days[b]) for one, a, b in moves))
        heaviest = tuple(sorted(weights, reverse=True))
        if self.found is None or (heaviest, cost, shifts) < (
            self.found.weights,
            self.found.cost,
            self.found.room.shifts,
        ):
            after = {
                board.days[at]: tuple(board.ids[one - 1] for one in order)
                for at, order in orders.items()
                if order != self.start[at]
            }
            self.found = _Found(heaviest, cost, Room(board.days[self.day], shifts, after))

    def _is_worse(self, weights: tuple[int, ...]) -> bool:
        """Whether a set that holds these is heavier than the best one known, whatever joins them."""
        if self.found is None:
            return False
        heaviest, best = tuple(sorted(weights, reverse=True)), self.found.weights
        return heaviest > best[: len(weights)] or (self.is_thorough and heaviest == best)

    def _cost(self, order: Sequence[int]) -> int:
        p = self.board.problem
        return length(p, order) + p.extra_stop * max(0, len(order) - p.soft_stops)

    def _fitted(self, at: int, order: tuple[int, ...], stop: int) -> tuple[int, ...] | None:
        """The order of a day with one stop more; None where it is not found to fit."""
        asked = (at, order, stop)
        if asked not in self.known:
            self.known[asked] = self._inserted(at, order, stop)
        found = self.known[asked]
        if found is None and self.is_thorough:
            return self._another(at, {*order, stop})
        return found

    def _inserted(self, day: int, order: tuple[int, ...], stop: int) -> tuple[int, ...] | None:
        if self.n_fits >= FITS:
            return None
        self.n_fits += 1
        p, times = self.board.problem, self.board.search.times
        # When each place is left at the earliest, and when it must be begun at the latest.
        clock, place, leaves = p.begin[day], 0, [p.begin[day]]
        for one in order:
            clock = max(clock + times[place][one], p.opens[one]) + p.service[one]
            leaves.append(clock)
            place = one
        bound, place, latest = p.end[day], 0, [p.end[day]]
        for one in reversed(order):
            bound = min(bound - times[one][place] - p.service[one], p.closes[one])
            latest.append(bound)
            place = one
        latest.reverse()
        if any(left - p.service[one] > at for one, left, at in zip(order, leaves[1:], latest, strict=False)):
            return None
        best = None
        for at, (before, after) in enumerate(zip((0, *order), (*order, 0), strict=True)):
            begins = max(leaves[at] + times[before][stop], p.opens[stop])
            if begins <= p.closes[stop] and begins + p.service[stop] + times[stop][after] <= latest[at]:
                added = int(p.cost[before, stop] + p.cost[stop, after] - p.cost[before, after])
                best = min(best, (added, at)) if best else (added, at)
        return None if best is None else (*order[: best[1]], stop, *order[best[1] :])

    def _another(self, at: int, stops: set[int]) -> tuple[int, ...] | None:
        asked = (at, frozenset(stops))
        if asked not in self.searched:
            if self.n_searched >= SEARCHED or self.board.is_too_long(at, sorted(stops)):
                return None
            self.n_searched += len(stops)
            self.searched[asked] = self.board.another_order(at, sorted(stops))
        return self.searched[asked]
