"""What call plans cost and what they save, beside simpler ways of planning."""

import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from benchmarks import machine
from benchmarks.planning import city, peers
from benchmarks.pvrp.checking import faults
from benchmarks.pvrp.instance import read
from benchmarks.pvrp.solving import one_worker, solve_for
from benchmarks.reports import Report, seconds
from lianxin.core.visiting import Settings, day_loads, plan, working_days
from lianxin.core.visiting.planning import COST, Matters
from lianxin.core.visiting.routes import length
from lianxin.core.visiting.search import Found, Problem, Search

BEST_KNOWN = {"p01": 524.61, "p02": 1322.87, "p03": 524.61, "p04": 835.26}
START = date(2026, 11, 23)
RUN = "from lianxin.cli import main; main()"


def planning(
    folder: Path,
    *,
    instances: int = 20,
    instance_seconds: float = 10.0,
    classical_seconds: float = 60.0,
    managers: int = 90,
    day_seconds: float = 1.0,
) -> Report:
    """Classical and generated periodic instances, one manager's month, and a city."""
    report = Report(
        "planning",
        "Call plans",
        f"Generated instances: 40 customers, 6 days, frequencies 1 to 5, two or more patterns each, load and duration "
        f"limits; {instance_seconds:g} s of one process for each side. Territories: 215 retailers in clusters, 500 visits in "
        f"20 working days, half of the retailers with a morning or an afternoon only; 25 km/h, road factor 1.3. Every plan "
        f"is checked independently.",
    )
    _classical(report, folder, classical_seconds)
    _generated(report, folder, instances, instance_seconds)
    _month(report, day_seconds)
    _city(report, folder, managers)
    return report


def _classical(report: Report, folder: Path, limit: float) -> None:
    place = os.environ.get("LIANXIN_PVRP")
    if not place:
        report.made += " Classical instances: not measured; set LIANXIN_PVRP to the folder that holds p01 … p04."
        return
    rows, worst = [], 0.0
    for name, best in BEST_KNOWN.items():
        made = read(Path(place) / name)
        found = solve_for(made, limit - 1)
        solution = {"cost": made.cost(found), "days": made.days(found)}
        wrong = faults(Path(place) / name, json.loads(json.dumps(solution)))
        gap = solution["cost"] / best - 1 if not wrong else float("inf")
        worst = max(worst, gap)
        rows.append(
            (name, f"{solution['cost']:.2f}", f"{best:.2f}", f"{100 * gap:+.2f} %", "yes" if not wrong else wrong[0])
        )
    report.add(
        ("instance", "cost", "best known", "difference", "feasible"),
        rows,
        f"Classical instances, {limit:g} s on all cores",
    )
    report.judge("within 2 % of the best known", f"{100 * worst:+.2f} % at worst", worst <= 0.02)


def one_instance(seed: int, limit: float, folder: str) -> tuple[list[float | None], str]:
    """Costs of ours, of random patterns with PyVRP and of OR-Tools on one generated instance; None where infeasible."""
    made = city.instance(seed)
    problem = made.problem()
    file = Path(folder) / f"generated-{seed}"
    file.write_text(city.as_text(made), "utf-8")
    sides: list[Callable[[], Found]] = [
        lambda: one_worker(problem, seed, time.time() + limit),
        lambda: peers.drawn_and_pyvrp(problem, seed, limit),
        lambda: peers.by_ortools(problem, _first_of_ortools(problem, seed), limit),
    ]
    costs: list[float | None] = []
    wrong: list[str] = []
    for side in sides:
        found = side()
        solution = {"cost": made.cost(found), "days": made.days(found)}
        wrong = [] if found.absent else faults(file, solution)
        costs.append(None if found.absent or wrong else float(made.cost(found)))
    return costs, "; ".join(wrong)


def _first_of_ortools(problem: Problem, seed: int) -> Found:
    """A feasible plan for OR-Tools to begin with: the first draw that fits, else one without any search for cheaper ways."""
    for turn in range(20):
        found = Search(peers.drawn(problem, seed * 100 + turn), seed).run(60, most=12)
        if not found.absent:
            return found
    return Search(problem, seed).run(100, most=12)


def _generated(report: Report, folder: Path, instances: int, limit: float) -> None:
    with ProcessPoolExecutor(machine.cores()) as pool:
        told = list(pool.map(one_instance, range(instances), [limit] * instances, [str(folder)] * instances))
    names = ("ours", "patterns at random, PyVRP", "OR-Tools")
    rows = []
    for at, name in enumerate(names):
        ratios = [costs[at] / costs[0] for costs, _ in told if costs[at] is not None and costs[0] is not None]
        known = [costs[at] for costs, _ in told if costs[at] is not None]
        won = sum(
            costs[at] is not None and costs[at] <= min(c for c in costs if c is not None) + 1e-6 for costs, _ in told
        )
        rows.append(
            (
                name,
                f"{len(known)} of {instances}",
                f"{statistics.mean(known):.1f}" if known else "–",
                f"{statistics.mean(ratios):.3f}×" if ratios else "–",
                f"{max(ratios):.3f}×" if ratios else "–",
                won,
            )
        )
    report.add(
        ("side", "feasible", "mean cost", "to ours, mean", "at most", "best on"),
        rows,
        f"{instances} generated instances",
    )
    feasible = all(costs[0] is not None for costs, _ in told)
    report.judge("every plan of ours is feasible", rows[0][1], feasible)
    report.judge("cheaper than patterns at random", f"random costs {rows[1][3]} of ours", _dearer(told, 1))
    report.judge("not dearer than OR-Tools", f"OR-Tools costs {rows[2][3]} of ours", _dearer(told, 2))


def _dearer(told: Sequence[tuple[list[float | None], str]], at: int) -> bool:
    pairs = [(costs[0], costs[at]) for costs, _ in told if costs[0] is not None and costs[at] is not None]
    return sum(ours for ours, _ in pairs) < sum(theirs for _, theirs in pairs)


def _month(report: Report, day_seconds: float) -> None:
    start, retailers = city.territory(0)
    days = working_days(START, 4)
    begun = time.perf_counter()
    made = plan("M000", start, retailers, days, Settings())
    took = time.perf_counter() - begun
    ordered = sorted(retailers, key=lambda retailer: retailer.retailer_id)
    problem = Matters.of(start, ordered, made.settings).problem(20, [retailer.visits_per_cycle for retailer in ordered])
    number = {retailer.retailer_id: at for at, retailer in enumerate(ordered, 1)}
    ours = [[number[visit.retailer_id] for visit in made.on(day)] for day in days]
    random_days: list[list[int]] = [[] for _ in days]
    for stop, allowed in enumerate(peers.drawn(problem, 7).patterns):
        for day in allowed[0] if allowed else ():
            random_days[day].append(stop)
    missed = sum(row.n_visits for row in made.unplaced)
    rows = [("ours", _hours(problem, ours), missed, seconds(took))]
    ways: list[tuple[str, list[list[int]], Callable[[int, Sequence[int]], Any]]] = [
        ("our days, nearest neighbour", ours, lambda day, stops: peers.nearest_neighbour(problem, day, stops)),
        ("our days, OR-Tools", ours, lambda day, stops: peers.day_by_ortools(problem, day, stops, day_seconds)),
        (
            "patterns at random, nearest neighbour",
            random_days,
            lambda d, stops: peers.nearest_neighbour(problem, d, stops),
        ),
        (
            "patterns at random, OR-Tools",
            random_days,
            lambda d, stops: peers.day_by_ortools(problem, d, stops, day_seconds),
        ),
    ]
    for name, given, order in ways:
        begun = time.perf_counter()
        told = [order(day, stops) for day, stops in enumerate(given)]
        spent = time.perf_counter() - begun
        rows.append(
            (name, _hours(problem, [route for route, _ in told]), sum(late for _, late in told), seconds(spent))
        )
    best = rows[0][1]
    report.add(
        ("plan", "travel in the month", "to ours", "hours missed", "time"),
        [(name, f"{value:.1f} h", f"{value / best:.2f}×", late, spent) for name, value, late, spent in rows],
        "One manager's month: 215 retailers, 500 visits",
    )
    over = sum(load.n_visits > load.norm for load in day_loads(made))
    report.made += f" The norm of {made.settings.norm_town} visits a day was exceeded on {over} days of the month."
    report.judge("a month under 20 s", seconds(took), took < 20)
    report.judge(
        "less travel than nearest neighbour", f"{rows[1][1] / best:.2f}×, {rows[3][1] / best:.2f}×", rows[1][1] > best
    )
    report.judge(
        "not more travel than OR-Tools on the same days", f"{rows[2][1] / best:.3f}×", rows[2][1] >= best * 0.999
    )


def _hours(problem: Problem, routes: Sequence[Sequence[int]]) -> float:
    return sum(length(problem, route) for route in routes) / COST / 60


def _city(report: Report, folder: Path, managers: int) -> None:
    source, out = folder / "city.csv", folder / "plan.parquet"
    wanted = city.write_city(source, managers)
    begun = time.perf_counter()
    words = [
        "plan-visits",
        str(source),
        "--start",
        START.isoformat(),
        "--out",
        str(out),
        "--unplaced",
        str(folder / "none.csv"),
    ]
    done = subprocess.run([sys.executable, "-c", RUN, *words], check=False, capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(done.stderr)
    took = time.perf_counter() - begun
    placed = pq.read_metadata(out).num_rows
    report.add(
        ("city", "visits wanted", "placed", "time", "per manager"),
        [(f"{managers} managers", f"{wanted:,}", f"{placed:,}", seconds(took), seconds(took / managers))],
        "`lianxin plan-visits`, the whole command",
    )
    words_for = f"{seconds(took)} for {managers} managers"
    report.judge("a city of 90 managers under 20 minutes on two cores", words_for, took / managers * 90 < 1200)
    report.judge("every visit placed", f"{placed:,} of {wanted:,}", placed == wanted)
