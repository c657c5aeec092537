"""Invented territories and invented periodic instances, the same for the same seed."""

import csv
from pathlib import Path

import numpy as np

from benchmarks.pvrp.instance import Instance
from lianxin.core.visiting import Retailer, Start

HOURS = ((0, 1440), (510, 1050), (540, 690), (840, 1020))
HEAD = (
    "retailer_id", "manager_id", "latitude", "longitude", "visits_per_cycle", "service_minutes", "good_from", "good_until",
    "start_latitude", "start_longitude",
)  # fmt: skip


def territory(seed: int, n: int = 215, visits: int = 500) -> tuple[Start, list[Retailer]]:
    """Retailers in eight clusters of a town and its surroundings, a quarter with a morning and a quarter with an afternoon."""
    chance = np.random.default_rng(seed)
    centres = chance.normal(0, 0.045, (8, 2))
    places = centres[chance.integers(0, 8, n)] + chance.normal(0, 0.008, (n, 2))
    often = chance.choice([1, 2, 4], n, p=[0.3, 0.4, 0.3])
    order = chance.permutation(n)
    turn = 0
    while often.sum() != visits:
        at = order[turn % n]
        if often.sum() < visits:
            often[at] = (
                {1: 2, 2: 2, 4: 4}[int(often[at])] if often.sum() + 2 > visits else {1: 2, 2: 4, 4: 4}[int(often[at])]
            )
        else:
            often[at] = (
                {4: 2, 2: 1, 1: 1}[int(often[at])] if often.sum() - 2 >= visits else {4: 4, 2: 1, 1: 1}[int(often[at])]
            )
        turn += 1
    hours = chance.integers(0, len(HOURS), n)
    minutes = chance.choice([6.0, 8.0, 10.0], n)
    return Start(30.0, 115.0), [
        Retailer(
            f"{seed:03d}-{number:03d}",
            round(30 + float(place[0]), 6),
            round(115 + float(place[1]), 6),
            int(often[number]),
            float(minutes[number]),
            *HOURS[hours[number]],
        )
        for number, place in enumerate(places)
    ]


def write_city(path: Path, managers: int) -> int:
    """A file for `lianxin plan-visits`; how many visits it asks for."""
    total = 0
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(HEAD)
        for manager in range(managers):
            start, retailers = territory(manager)
            for row in retailers:
                total += row.visits_per_cycle
                hours = [f"{int(m) // 60:02d}:{int(m) % 60:02d}" for m in (row.good_from, row.good_until)]
                writer.writerow(
                    [
                        row.retailer_id, f"M{manager:03d}", row.latitude, row.longitude, row.visits_per_cycle, row.service_minutes,
                        *hours, start.latitude, start.longitude,
                    ]
                )  # fmt: skip
    return total


def instance(seed: int) -> Instance:
    """A periodic instance of 40 customers: frequencies 1 to 5 of six days, two or more patterns each, load and duration limits."""
    chance = np.random.default_rng(1000 + seed)
    n, n_days, vehicles = 40, 6, 2 + seed % 2
    places = np.vstack([[50, 50], chance.integers(0, 101, (n, 2))]).astype(np.float64)
    patterns: list[tuple[tuple[int, ...], ...]] = [()]
    for _customer in range(n):
        often = int(chance.choice([1, 2, 3, 4, 5], p=[0.4, 0.25, 0.15, 0.1, 0.1]))
        base = {1: [0], 2: [0, 3], 3: [0, 2, 4], 4: [0, 1, 3, 4], 5: [0, 1, 2, 3, 4]}[often]
        made = sorted({tuple(sorted((day + shift) % n_days for day in base)) for shift in range(n_days)})
        patterns.append(tuple(made))
    demand = (0, *(int(amount) for amount in chance.integers(5, 26, n)))
    per_day = sum(demand[c] * len(patterns[c][0]) for c in range(1, n + 1)) / n_days
    return Instance(
        vehicles,
        n_days,
        (420.0 if vehicles == 2 else 320.0,) * n_days,
        (int(1.35 * per_day / vehicles) + 1,) * n_days,
        places,
        (0.0, *([3.0] * n)),
        demand,
        tuple(patterns),
    )


def as_text(made: Instance) -> str:
    """The instance in the classical format, for the independent checker."""
    rows = [f"1 {made.vehicles} {made.n} {made.n_days}"]
    rows += [f"{d or 0} {q or 0}" for d, q in zip(made.duration, made.capacity, strict=True)]
    for number, (x, y) in enumerate(made.places):
        masks = [sum(1 << (made.n_days - 1 - day) for day in days) for days in made.patterns[number]]
        often = len(made.patterns[number][0]) if masks else 0
        words = [number, x, y, made.service[number], made.demand[number], often, len(masks), *masks]
        rows.append(" ".join(str(word) for word in words))
    return "\n".join(rows) + "\n"
