"""An instance of the format `type m n t`, t lines `D Q`, n + 1 lines `i x y service demand f a patterns…`."""

import math
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from lianxin.core.visiting.search import FAR, Found, Problem

SCALE = 1000
"""Whole parts of a unit of distance in which the solvers count."""


class Unreadable(Exception):
    """A file that is no instance of the format, with what is wrong."""


@dataclass(frozen=True)
class Instance:
    """Customers 1 … n round a depot 0; `duration` and `capacity` are None where a day has no limit."""

    vehicles: int
    n_days: int
    duration: tuple[float | None, ...]
    capacity: tuple[int | None, ...]
    places: npt.NDArray[np.float64]
    service: tuple[float, ...]
    demand: tuple[int, ...]
    patterns: tuple[tuple[tuple[int, ...], ...], ...]

    @property
    def n(self) -> int:
        return len(self.places) - 1

    @property
    def distances(self) -> npt.NDArray[np.float64]:
        difference = self.places[:, None] - self.places
        return np.hypot(difference[..., 0], difference[..., 1])

    def problem(self) -> Problem:
        """The instance for the search: distances rounded, times rounded up so that no limit is overstepped."""
        distances = self.distances
        return Problem(
            np.round(distances * SCALE).astype(np.int64),
            np.ceil(np.round(distances * SCALE, 6)).astype(np.int64),
            [math.ceil(round(minutes * SCALE, 6)) for minutes in self.service],
            [0] * (self.n + 1),
            [FAR] * (self.n + 1),
            list(self.demand),
            self.patterns,
            self.n_days,
            [0] * self.n_days,
            [FAR if limit is None else math.floor(limit * SCALE + 1e-6) for limit in self.duration],
            [FAR if limit is None else limit for limit in self.capacity],
            vehicles=self.vehicles,
        )

    def days(self, found: Found) -> list[list[list[int]]]:
        """Routes as days × vehicles × customers, empty ones left out."""
        return [
            [
                list(found.routes[day * self.vehicles + v])
                for v in range(self.vehicles)
                if found.routes[day * self.vehicles + v]
            ]
            for day in range(self.n_days)
        ]

    def cost(self, found: Found) -> float:
        """The length of all routes in double precision."""
        distances = self.distances
        return float(
            sum(distances[a, b] for route in found.routes for a, b in zip((0, *route), (*route, 0), strict=True))
        )


def read(path: Path) -> Instance:
    """The instance in a file.

    Raises
    ------
    Unreadable : not there, not of type 1, or rows are missing.
    """
    try:
        rows = [line.split() for line in path.read_text("utf-8").splitlines() if line.strip()]
        kind, vehicles, n, n_days = (int(word) for word in rows[0][:4])
        if kind != 1:
            raise Unreadable(f"{path}: type {kind} is not periodic vehicle routing (type 1).")
        limits = [(float(row[0]), float(row[1])) for row in rows[1 : 1 + n_days]]
        stops = rows[1 + n_days : 2 + n_days + n]
        if len(limits) < n_days or len(stops) < n + 1:
            raise Unreadable(f"{path}: {n_days} days and {n} customers are announced, but lines are missing.")
        patterns: list[tuple[tuple[int, ...], ...]] = [()]
        for row in stops[1:]:
            masks = [int(word) for word in row[7 : 7 + int(row[6])]]
            patterns.append(
                tuple(tuple(day for day in range(n_days) if mask >> (n_days - 1 - day) & 1) for mask in masks)
            )
        return Instance(
            vehicles,
            n_days,
            tuple(duration or None for duration, _ in limits),
            tuple(int(load) or None for _, load in limits),
            np.array([[float(row[1]), float(row[2])] for row in stops]),
            tuple(float(row[3]) for row in stops),
            tuple(round(float(row[4])) for row in stops),
            tuple(patterns),
        )
    except (OSError, ValueError, IndexError) as error:
        raise Unreadable(f"{path} cannot be read as a periodic vehicle routing instance: {error}") from error
