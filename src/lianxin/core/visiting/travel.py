"""How long it takes from one place to another: a road engine's minutes where it told them, else the straight line."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

import numpy as np
import numpy.typing as npt

from lianxin.core.errors import CoreError

Minutes = npt.NDArray[np.float64]
Given = npt.NDArray[np.bool_]
TravelTimes = Callable[[Sequence[str], Minutes, Minutes], Minutes]
"""Ids, latitudes and longitudes (n,) of places to minutes (n, n) from row to column; `START` is the id of the day's start."""

EARTH_METRES: Final = 6_371_008.8  # mean radius, IUGG
START: Final = ""
"""The id of the place where a day begins, among the ids of retailers."""
START_MARK: Final = "start:"
"""Before a manager's id, in a table of pairs, it names where his days begin; without it an id names a retailer."""


class PlanWrong(CoreError):
    """A call plan was asked for with inputs that cannot be planned."""


class PairWrong(StrEnum):
    """Why a row of travel times is not taken."""

    UNKNOWN_FROM = "unknown_from"
    UNKNOWN_TO = "unknown_to"
    NOT_MINUTES = "not_minutes"
    TWICE = "twice"


@dataclass(frozen=True)
class PairFault:
    """A row of travel times that is not taken, by its place in the table, and why. `first`: the row that told the pair before."""

    row: int
    why: PairWrong
    first: int | None = None


def metres_between(latitudes: Minutes, longitudes: Minutes) -> Minutes:
    """Great-circle distances (n, n) between places in degrees (n,), symmetric, zero on the diagonal."""
    phi, lam = np.radians(latitudes), np.radians(longitudes)
    half = np.sin((phi[:, None] - phi) / 2) ** 2
    half = half + np.cos(phi[:, None]) * np.cos(phi) * np.sin((lam[:, None] - lam) / 2) ** 2
    return np.asarray(2 * EARTH_METRES * np.arcsin(np.sqrt(np.clip(half, 0, 1))), dtype=np.float64)


def straight_line(road_factor: float, speed_kmh: float) -> TravelTimes:
    """Travel times from the straight line, made longer by the detours of roads, at one speed.

    Parameters
    ----------
    road_factor : road metres per metre of straight line, >= 1
    speed_kmh : kilometres an hour, > 0
    """

    def minutes(_ids: Sequence[str], latitudes: Minutes, longitudes: Minutes) -> Minutes:
        return metres_between(latitudes, longitudes) * (road_factor / (speed_kmh * 1000 / 60))

    return minutes


class RoadTimes:
    """Minutes that a road engine told from one place of a manager to another; a pair that it did not tell is missing.

    Parameters
    ----------
    places : ids of retailers, and START
    minutes : float64 (n, n), from row to column, >= 0; NaN where none was told. The diagonal is not read

    Raises
    ------
    PlanWrong : an id comes twice, the matrix has another shape, or minutes are negative or infinite.
    """

    def __init__(self, places: Sequence[str], minutes: Minutes) -> None:
        self.places = tuple(places)
        self.minutes = np.array(minutes, dtype=np.float64)
        self._at = {place: at for at, place in enumerate(self.places)}
        if len(self._at) < len(self.places):
            raise PlanWrong("A place of the travel times comes twice.")
        if self.minutes.shape != (len(self.places),) * 2 or np.isinf(self.minutes).any() or (self.minutes < 0).any():
            raise PlanWrong("The travel times must be a square matrix of minutes, none negative and none infinite.")
        np.fill_diagonal(self.minutes, 0)

    def between(self, ids: Sequence[str]) -> Minutes:
        """Minutes (n, n) between some places, NaN where none was told; zero from a place to itself."""
        at = np.array([self._at.get(place, -1) for place in ids], dtype=np.int64)
        found = np.full((len(ids), len(ids)), np.nan)
        known = np.flatnonzero(at >= 0)
        found[np.ix_(known, known)] = self.minutes[np.ix_(at[known], at[known])]
        np.fill_diagonal(found, 0)
        return found

    @property
    def n_pairs(self) -> int:
        """Pairs of two places whose minutes were told."""
        return int((~np.isnan(self.minutes)).sum()) - len(self.places)

    @property
    def n_missing(self) -> int:
        """Pairs of two places whose minutes were not told."""
        return int(np.isnan(self.minutes).sum())

    def missing(self, most: int) -> list[tuple[str, str]]:
        """The first pairs whose minutes were not told, from and to, by their places."""
        rows, columns = np.nonzero(np.isnan(self.minutes))
        return [(self.places[a], self.places[b]) for a, b in zip(rows[:most], columns[:most], strict=True)]


@dataclass(frozen=True)
class Roads:
    """A checked table of travel times: those of each manager's places, what was wrong, and rows that no plan asks for."""

    by_manager: Mapping[str, RoadTimes]
    faults: tuple[PairFault, ...]
    n_unused: int


def road_times(
    territories: Mapping[str, Sequence[str]], from_ids: Sequence[str], to_ids: Sequence[str], minutes: Minutes
) -> Roads:
    """The travel times of each manager's places, from a table of pairs.

    Parameters
    ----------
    territories : manager -> the retailers held, each held once; START is added
    from_ids, to_ids : a retailer's id, or START_MARK and a manager's id for where his days begin
    minutes : float64 (n_rows,), from the one to the other; the way back is a pair of its own

    Returns
    -------
    RoadTimes of every manager, with what the table lacks missing; the rows that were not taken, by row

    Invariants
    ----------
    A row is taken, a fault, or unused (from a place to itself, or between two managers), never two of these.
    The order of the rows does not matter unless a pair comes twice: then the first is taken and the others are faults.
    """
    known: dict[str, int] = {}
    holder: list[int] = []
    inside: list[int] = []
    places = {manager: (START, *held) for manager, held in territories.items()}
    for number, (manager, several) in enumerate(places.items()):
        for at, place in enumerate(several):
            known[START_MARK + manager if place == START else place] = len(holder)
            holder.append(number)
            inside.append(at)
    n_rows, n_places = len(minutes), len(holder)
    one = np.fromiter((known.get(place, -1) for place in from_ids), np.int64, n_rows)
    other = np.fromiter((known.get(place, -1) for place in to_ids), np.int64, n_rows)
    faults = [PairFault(row, PairWrong.UNKNOWN_FROM) for row in np.flatnonzero(one < 0).tolist()]
    faults += [PairFault(row, PairWrong.UNKNOWN_TO) for row in np.flatnonzero((one >= 0) & (other < 0)).tolist()]
    named = (one >= 0) & (other >= 0)
    good = np.isfinite(minutes) & (minutes >= 0)
    faults += [PairFault(row, PairWrong.NOT_MINUTES) for row in np.flatnonzero(named & ~good).tolist()]
    rows = np.flatnonzero(named & good)
    pairs = one[rows] * n_places + other[rows]
    _distinct, first, again = np.unique(pairs, return_index=True, return_inverse=True)
    is_first = first[again] == np.arange(len(rows))
    faults += [
        PairFault(int(rows[at]), PairWrong.TWICE, int(rows[first[again[at]]]))
        for at in np.flatnonzero(~is_first).tolist()
    ]
    rows = rows[is_first]
    of, at_holder = np.array([*holder, -1]), np.array([*inside, -1])
    wanted = rows[(of[one[rows]] == of[other[rows]]) & (one[rows] != other[rows])]
    made = {}
    for number, (manager, several) in enumerate(places.items()):
        mine = wanted[of[one[wanted]] == number]
        told = np.full((len(several),) * 2, np.nan)
        told[at_holder[one[mine]], at_holder[other[mine]]] = minutes[mine]
        made[manager] = RoadTimes(several, told)
    return Roads(made, tuple(sorted(faults, key=lambda fault: fault.row)), len(rows) - len(wanted))
