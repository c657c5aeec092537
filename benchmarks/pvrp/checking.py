"""Whether a solution is feasible and costs what it says. Shares nothing with the solver: own parser, own arithmetic, no NumPy."""

import math
from collections import Counter
from pathlib import Path
from typing import Any

EPSILON = 1e-6


def faults(instance: Path, solution: dict[str, Any]) -> list[str]:
    """What is wrong with a solution {"cost": …, "days": [[[customer, …], …], …]}; empty for a feasible one."""
    words = instance.read_text("utf-8").split("\n")
    numbers = [[float(word) for word in line.split()] for line in words if line.strip()]
    _kind, vehicles, _n, n_days = (int(number) for number in numbers[0])
    limits = numbers[1 : n_days + 1]
    stops = {int(row[0]): row for row in numbers[n_days + 1 :]}
    found: list[str] = []
    days = solution["days"]
    if len(days) != n_days:
        return [f"{len(days)} days instead of {n_days}"]
    total = 0.0
    visited: dict[int, list[int]] = {customer: [] for customer in stops if customer != 0}
    for number, (routes, limit) in enumerate(zip(days, limits, strict=True), 1):
        used = [route for route in routes if route]
        if len(used) > vehicles:
            found.append(f"day {number}: {len(used)} routes for {vehicles} vehicles")
        for place, route in enumerate(used, 1):
            unknown = [customer for customer in route if customer not in visited]
            if unknown:
                found.append(f"day {number}, route {place}: there is no customer {unknown[0]}")
                continue
            length, x, y = 0.0, stops[0][1], stops[0][2]
            for customer in [*route, 0]:
                row = stops[customer]
                length += math.sqrt((row[1] - x) ** 2 + (row[2] - y) ** 2)
                x, y = row[1], row[2]
            total += length
            load = sum(stops[customer][4] for customer in route)
            duration = length + sum(stops[customer][3] for customer in route)
            if limit[1] and load > limit[1] + EPSILON:
                found.append(f"day {number}, route {place}: load {load:g} above {limit[1]:g}")
            if limit[0] and duration > limit[0] + EPSILON:
                found.append(f"day {number}, route {place}: duration {duration:.3f} above {limit[0]:g}")
            for customer in route:
                visited[customer].append(number)
    for customer, on in visited.items():
        row = stops[customer]
        allowed = {int(mask) for mask in row[7 : 7 + int(row[6])]}
        twice = [day for day, times in Counter(on).items() if times > 1]
        if twice:
            found.append(f"customer {customer}: twice on day {twice[0]}")
        mask = sum(1 << (n_days - day) for day in set(on))
        if mask not in allowed and (allowed or mask):
            found.append(f"customer {customer}: visited on days {sorted(on)}, which is none of its patterns")
    if not math.isclose(total, float(solution["cost"]), rel_tol=1e-6, abs_tol=1e-3):
        found.append(f"cost {solution['cost']} told, {total:.6f} driven")
    return found
