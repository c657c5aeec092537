"""Days of a plan timed anew after a change by hand: the order is the person's, the clock is that of the planning."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from lianxin.core.visiting import START, Retailer, Settings, Start


@dataclass(frozen=True, slots=True)
class Timed:
    """A stop of a day. `is_late`: it would begin after the good hours end, or the day after work ends."""

    retailer_id: str
    arrive: float
    travel_minutes: float
    is_late: bool


def timed(start: Start, settings: Settings, stops: Sequence[Retailer]) -> list[Timed]:
    """When each stop of an order begins: after the way to it and not before its good hours. An order is never refused here."""
    if not stops:
        return []
    minutes = _minutes(start, settings, stops)
    clock, place, told = settings.work_from, 0, []
    for number, stop in enumerate(stops, 1):
        travel = float(minutes[place, number])
        clock = max(clock + travel, stop.good_from)
        back = clock + stop.service_minutes + float(minutes[number, 0])
        late = clock + stop.service_minutes > stop.good_until or back > settings.work_until
        told.append(Timed(stop.retailer_id, clock, travel, late))
        clock += stop.service_minutes
        place = number
    return told


def best_place(start: Start, settings: Settings, stops: Sequence[Retailer], new: Retailer) -> int:
    """Where in an order a new stop adds least: first fewest stops that come late, then the way, then the earlier place."""

    def worth(place: int) -> tuple[int, float, int]:
        day = timed(start, settings, [*stops[:place], new, *stops[place:]])
        return sum(stop.is_late for stop in day), round(sum(stop.travel_minutes for stop in day), 6), place

    return min(range(len(stops) + 1), key=worth)


def _minutes(
    start: Start, settings: Settings, stops: Sequence[Retailer]
) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
    latitudes = np.array([start.latitude, *(stop.latitude for stop in stops)], dtype=np.float64)
    longitudes = np.array([start.longitude, *(stop.longitude for stop in stops)], dtype=np.float64)
    return settings.minutes([START, *(stop.retailer_id for stop in stops)], latitudes, longitudes)
