"""An invented prefecture along an invented river: towns, and shops scattered around them."""

from dataclasses import dataclass

import numpy as np

from lianxin.simulation.draws import shares_to_counts, stream
from lianxin.simulation.names import town_names
from lianxin.simulation.sizes import Size

# WGS-84; nothing real is meant to stand here.
_CITY = (31.20, 112.30)
_TOWNS_PER_UNIT = 5


@dataclass(frozen=True, slots=True)
class Town:
    name: str
    place: str
    unit: int
    is_urban: bool
    latitude: float
    longitude: float


@dataclass(frozen=True, slots=True)
class Places:
    towns: tuple[Town, ...]
    # By retailer.
    town: np.ndarray
    latitude: np.ndarray
    longitude: np.ndarray


def build_places(seed: int, size: Size) -> Places:
    rng = stream(seed, "places")
    names = town_names(rng)
    towns: list[Town] = []
    unit = 0
    for d, department in enumerate(size.departments):
        centre = _department_centre(d)
        county = "临江市" if d == 0 else department.name.removesuffix("营销部")
        for u in range(len(department.market_units)):
            angle = 2 * np.pi * u / len(department.market_units) + 0.6
            spread = 0.028 if d == 0 else 0.085
            heart = (centre[0] + spread * np.sin(angle), centre[1] + spread * 1.15 * np.cos(angle))
            for t in range(_TOWNS_PER_UNIT):
                # In the city every part but the last is a street office; in a county only the seat of its first unit.
                is_urban = t < _TOWNS_PER_UNIT - 1 if d == 0 else u == 0 and t == 0
                turn = 2 * np.pi * t / _TOWNS_PER_UNIT + rng.uniform(-0.4, 0.4)
                reach = (0.022 if d == 0 else 0.075) * (0.0 if t == 0 else rng.uniform(0.7, 1.3))
                rural = "镇" if is_urban or rng.random() < 0.6 else "乡"
                name = next(names) + ("街道" if d == 0 and is_urban else rural)
                towns.append(
                    Town(
                        name=name,
                        place=county + name,
                        unit=unit,
                        is_urban=is_urban,
                        latitude=heart[0] + reach * float(np.sin(turn)),
                        longitude=heart[1] + reach * float(np.cos(turn)),
                    )
                )
            unit += 1
    return _scatter(rng, size, tuple(towns))


def split_by_place(latitude: np.ndarray, longitude: np.ndarray, shares: np.ndarray) -> np.ndarray:
    """The part of each point, 0 … len(shares) - 1: compact parts whose sizes follow the shares."""
    part = np.zeros(len(latitude), dtype=np.int64)

    def divide(members: np.ndarray, first: int, last: int) -> None:
        if last - first == 1:
            part[members] = first
            return
        middle = (first + last) // 2
        counts = shares_to_counts(np.array([shares[first:middle].sum(), shares[middle:last].sum()]), len(members))
        axis = latitude if np.ptp(latitude[members]) > np.ptp(longitude[members]) else longitude
        ordered = members[np.argsort(axis[members], kind="stable")]
        divide(ordered[: counts[0]], first, middle)
        divide(ordered[counts[0] :], middle, last)

    if len(latitude):
        divide(np.arange(len(latitude)), 0, len(shares))
    return part


def _department_centre(number: int) -> tuple[float, float]:
    """Departments alternate up and down the river, the city in the middle."""
    along = 0.0 if number == 0 else (0.34 * ((number + 1) // 2)) * (1 if number % 2 else -1)
    return _CITY[0] - 0.45 * along + 0.06 * float(np.sin(5 * along)), _CITY[1] + 1.05 * along


def _scatter(rng: np.random.Generator, size: Size, towns: tuple[Town, ...]) -> Places:
    per_unit = shares_to_counts(np.ones(size.n_units), size.n_retailers)
    town_of = []
    for unit in range(size.n_units):
        members = [t for t, town in enumerate(towns) if town.unit == unit]
        weights = np.array([1.5 if towns[t].is_urban else 0.8 for t in members]) * rng.uniform(0.8, 1.2, len(members))
        town_of.append(np.repeat(members, shares_to_counts(weights, int(per_unit[unit]))))
    town = np.concatenate(town_of)
    urban = np.array([t.is_urban for t in towns])[town]
    in_village = ~urban & (rng.random(len(town)) < 0.4)
    deviation = np.where(urban, 0.0065, np.where(in_village, 0.022, 0.005))
    latitude = np.array([t.latitude for t in towns])[town] + rng.normal(0, 1, len(town)) * deviation
    longitude = np.array([t.longitude for t in towns])[town] + rng.normal(0, 1, len(town)) * deviation * 1.15
    return Places(towns, town, latitude.round(6), longitude.round(6))
