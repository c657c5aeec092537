"""On what a measurement was made, in words that say how large it is and not whose it is."""

import os
import platform
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

PARTS = ("duckdb", "ibis-framework", "polars", "pandas", "deltalake", "Django", "granian", "locust", "pyvrp", "ortools")


def cores() -> int:
    """Processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def memory_gib() -> float:
    """Memory of the machine."""
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30


def processor() -> str:
    """The model of the processor where the system tells it."""
    told = Path("/proc/cpuinfo")
    if told.exists():
        for line in told.read_text("utf-8").splitlines():
            if line.startswith("model name"):
                return line.split(":", 1)[1].strip()
    return platform.processor() or platform.machine()


def busy() -> float:
    """Processes that wanted a processor during the last minute; more than the cores: the figures are too slow."""
    return os.getloadavg()[0]


def _version_of(part: str) -> str:
    try:
        return version(part)
    except PackageNotFoundError:
        return "absent"


def described() -> str:
    """Machine and versions in two sentences."""
    parts = ", ".join(f"{part} {_version_of(part)}" for part in PARTS)
    return (
        f"{cores()} cores ({processor()}), {memory_gib():.0f} GiB memory, {platform.system()} {platform.machine()}, "
        f"Python {platform.python_version()}; {parts}."
    )
