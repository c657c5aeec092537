"""Several runs and their middle one."""

import statistics
import time
from collections.abc import Callable
from typing import Any


def timed(act: Callable[[], Any], runs: int, warm: int = 1) -> tuple[list[float], Any]:
    """Seconds of each run after `warm` runs that do not count, and what the last one returned."""
    came = None
    for _ in range(warm):
        came = act()
    seconds = []
    for _ in range(runs):
        started = time.perf_counter()
        came = act()
        seconds.append(time.perf_counter() - started)
    return seconds, came


def middle(seconds: list[float]) -> float:
    """The median."""
    return statistics.median(seconds)


def percentile(values: list[float], share: float) -> float:
    """The smallest value that at least this share of the values do not exceed; 0 for none."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, max(0, -(-int(len(ordered) * share * 1000) // 1000) - 1))] if ordered else 0.0
