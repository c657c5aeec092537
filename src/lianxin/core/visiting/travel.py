"""How long it takes from one place to another when no road engine says it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import numpy as np
import numpy.typing as npt

Minutes = npt.NDArray[np.float64]
TravelTimes = Callable[[Minutes, Minutes], Minutes]
"""Latitudes and longitudes (n,) to minutes (n, n) from row to column; a road engine's matrix has this shape."""

EARTH_METRES: Final = 6_371_008.8  # mean radius, IUGG


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

    def minutes(latitudes: Minutes, longitudes: Minutes) -> Minutes:
        return metres_between(latitudes, longitudes) * (road_factor / (speed_kmh * 1000 / 60))

    return minutes
