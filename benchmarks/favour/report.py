"""Power and false accusations of the tests for favour, on invented rounds with a known answer."""

import os
import time
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import cache, partial
from multiprocessing import get_context
from pathlib import Path
from typing import Any, Final

from benchmarks import children
from benchmarks.reports import Report, mebibytes, seconds
from lianxin import engine
from lianxin.core.allocating.favour import NEED, REQUEST, favour
from lianxin.simulation.allocating import Favouring, RoundsSettings, simulated

# The method was set on seeds below 400; these are others.
_SEEDS: Final = 5_000
LEVEL: Final = 0.05
# Enough for twenty managers at this level; the report itself draws 9,999 times.
DRAWS: Final = 1_999

SMALLEST: Final = "six managers of sixty retailers"
WORLDS: Final[dict[str, dict[str, Any]]] = {
    "weighted uniform, odd units in turn": {},
    "weighted uniform, odd units by lot": {"odd_units": "scattered"},
    "weighted uniform, odd units in turn by licence number": {"odd_units": "licence_rotation"},
    "tier quota": {"rule": "tier_quota"},
    "proportional": {"rule": "proportional"},
    "lottery": {"rule": "lottery"},
    "town and country by other weights": {"is_by_market": True},
    "managers whose retailers ask for very different amounts": {"appetite_spread": 0.8, "territory_tiers": 1.5},
    "one share in twenty changed by hand with a reason": {"changed_share": 0.05},
    "one product only": {"n_products": 1},
    SMALLEST: {"n_managers": 6, "retailers_per_manager": 60},
}
UNEVEN: Final = {"odd_units": "licence"}
FAVOURS: Final[dict[str, Favouring]] = {
    "from others, to all own retailers": Favouring("from_others"),
    "from others, to one own retailer in fifteen": Favouring("from_others", beneficiaries_share=1 / 15),
    "within, to ten friends": Favouring("within"),
}
SIZED: Final = ("from others, to all own retailers", "within, to ten friends")
SHARES: Final = (0.01, 0.02, 0.03, 0.05)


def asked(world: dict[str, Any], seed: int, favours: Sequence[Favouring], *, with_rule: bool) -> tuple[bool, bool]:
    """Whether the favouring manager (the first one) is asked about, and whether anybody else is."""
    made = simulated(RoundsSettings(seed=seed, favour=tuple(favours), **world))
    found = favour(
        made.allocations if with_rule else made.without_rule(),
        engine=_ENGINE[0],
        seed=seed,
        parameters={"favour.level": LEVEL, "favour.draws": DRAWS},
        alike=REQUEST if world.get("rule") == "proportional" else NEED,
    )
    names = {
        row["manager_id"]
        for part in (found.managers, found.within)
        for row in part.select(["manager_id", "suspected"]).to_pylist()
        if row["suspected"]
    }
    return "m000" in names, bool(names - {"m000"})


_ENGINE: Final = [engine.open("duckdb", threads=1)]


@cache
def _workers() -> ProcessPoolExecutor:
    return ProcessPoolExecutor(os.cpu_count(), get_context("spawn"))


def _each(
    world: dict[str, Any], seeds: Sequence[int], favours: Sequence[Favouring], *, with_rule: bool
) -> list[tuple[bool, bool]]:
    """The answers of all seeds, on all cores: each depends on its seed only."""
    return list(_workers().map(partial(asked, world, favours=favours, with_rule=with_rule), seeds))


def _any(world: dict[str, Any], runs: int, *, with_rule: bool) -> int:
    told = _each(world, range(_SEEDS, _SEEDS + runs), (), with_rule=with_rule)
    return sum(first or others for first, others in told)


def _found(world: dict[str, Any], favouring: Favouring, runs: int, *, with_rule: bool) -> tuple[int, int]:
    told = _each(world, range(_SEEDS + 1_000, _SEEDS + 1_000 + runs), (favouring,), with_rule=with_rule)
    return sum(first for first, _ in told), sum(others for _, others in told)


def city(n_managers: int, retailers: int, products: int) -> dict[str, float]:
    """Processor time for the eight weeks of a city, in this process."""
    made = simulated(
        RoundsSettings(
            seed=_SEEDS,
            n_managers=n_managers,
            retailers_per_manager=retailers,
            n_products=products,
            favour=(Favouring("within"),),
        )
    )
    table = made.without_rule()
    began, used = time.perf_counter(), time.process_time()
    found = favour(table, engine=engine.open("duckdb", memory_limit="2GB"), seed=1)
    suspected = [row["manager_id"] for row in found.within.to_pylist() if row["suspected"]]
    return {
        "rows": table.num_rows,
        "seconds": time.perf_counter() - began,
        "processor": time.process_time() - used,
        "right": float(suspected == ["m000"]),
    }


def favouring(folder: Path, *, quick: bool = False) -> Report:
    """`folder` is not used: nothing is written."""
    honest_runs, runs = (2, 2) if quick else (60, 25)
    made = (
        "Invented rounds with a known answer, twenty managers of 150 retailers, four products and eight weeks unless said "
        f"otherwise; seeds from {_SEEDS:,} on, the method was set on seeds below 400. Level {LEVEL}, both tests together, "
        f"{DRAWS:,} draws. The rounds are ours: habits that the simulation does not know are not measured."
    )
    report = Report("favour", "Favour in allocations", made)
    worlds = {SMALLEST: WORLDS[SMALLEST]} if quick else WORLDS
    usual = WORLDS[SMALLEST] if quick else {}
    _honest(report, worlds, usual, honest_runs)
    _power(report, worlds, runs)
    _sizes(report, usual, runs)
    size = (
        {"n_managers": 10, "retailers": 60, "products": 2}
        if quick
        else {"n_managers": 90, "retailers": 167, "products": 6}
    )
    made_city = children.run("benchmarks.favour.report:city", **size)
    answer = made_city.answer
    report.add(
        ("what", "time", "processor time", "peak memory of the process"),
        [
            [
                f"{int(answer['rows']):,} rows of {size['n_managers']} managers, without the rule, 9,999 draws",
                seconds(answer["seconds"]),
                seconds(answer["processor"]),
                mebibytes(made_city.peak_bytes),
            ]
        ],
        "A city",
    )
    if not quick:
        report.judge("a city's eight weeks tested in under 60 s", seconds(answer["seconds"]), answer["seconds"] < 60)
    return report


def _honest(report: Report, worlds: dict[str, dict[str, Any]], usual: dict[str, Any], runs: int) -> None:
    counts = {
        name: [_any(world, runs, with_rule=with_rule) for with_rule in (True, False)] for name, world in worlds.items()
    }
    rows = [[name, runs, *pair] for name, pair in counts.items()]
    uneven = [_any({**usual, **UNEVEN}, min(runs, 10), with_rule=with_rule) for with_rule in (True, False)]
    rows.append(["odd units always to the lowest licence numbers (a rule that favours them)", min(runs, 10), *uneven])
    head = ("no favour planted", "reports", "asking about anyone, rule known", "the same, rule unknown")
    report.add(head, rows, "False accusations")
    for place, words in enumerate(("rule known", "rule unknown")):
        most, hits = max(pair[place] for pair in counts.values()), sum(pair[place] for pair in counts.values())
        told = f"{most} of {runs} in the hardest, {hits} of {runs * len(worlds)} in all"
        report.judge(
            f"honest reports that ask about anyone ≤ {LEVEL:.0%} in every world, {words}", told, most <= LEVEL * runs
        )


def _power(report: Report, worlds: dict[str, dict[str, Any]], runs: int) -> None:
    rows, least = [], {(words, with_rule): runs for words in FAVOURS for with_rule in (True, False)}
    for name, world in worlds.items():
        for words, favouring_ in FAVOURS.items():
            pairs = {with_rule: _found(world, favouring_, runs, with_rule=with_rule) for with_rule in (True, False)}
            cells = [f"{hits} ({others})" for hits, others in pairs.values()]
            rows.append([f"{name}: {words}", runs, *cells])
            for with_rule, (hits, _) in pairs.items():
                least[words, with_rule] = min(least[words, with_rule], hits)
    head = (
        "5 % of a manager's units over eight weeks",
        "reports",
        "found (others asked about), rule known",
        "rule unknown",
    )
    report.add(head, rows, "Power")
    for (words, with_rule), hits in least.items():
        target = (
            f"5 % {words}: found in ≥ 80 % of reports of every world, {'rule known' if with_rule else 'rule unknown'}"
        )
        report.judge(target, f"{hits} of {runs} in the hardest", hits >= 0.8 * runs)


def _sizes(report: Report, usual: dict[str, Any], runs: int) -> None:
    rows = []
    for share in SHARES:
        for words in SIZED:
            given = Favouring(FAVOURS[words].kind, share=share)
            hits = [_found(usual, given, runs, with_rule=with_rule)[0] for with_rule in (True, False)]
            rows.append([f"{share:.0%} {words}", runs, *hits])
    report.add(("favour", "reports", "found, rule known", "found, rule unknown"), rows, "By the size of the favour")
