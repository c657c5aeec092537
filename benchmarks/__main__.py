"""`python -m benchmarks [NAME|all]`: print what is measured; with --write keep it in the reference. NAMES are listed by --help."""

import argparse
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from benchmarks import machine
from benchmarks.allocating import report as allocating_report
from benchmarks.closing import report as closing_report
from benchmarks.favour import report as favour_report
from benchmarks.forecasting import report as forecasting_report
from benchmarks.importing import report as importing_report
from benchmarks.judging import report as judging_report
from benchmarks.pages import report as pages_report
from benchmarks.planning import report as planning_report
from benchmarks.reports import Report, keep
from benchmarks.rounds import report as rounds_report
from benchmarks.verification import report as verification_report

QUICK_LINES = 30_000


def _import(folder: Path, lines: int | None, quick: bool) -> Report:
    return importing_report.importing(folder, held=100_000 if quick else 20_000_000, limit=lines)


def _closing(folder: Path, lines: int | None, quick: bool) -> Report:
    if quick:
        return closing_report.closing(folder, copies=2, limit=lines, runs=3, retailers=500, lines=QUICK_LINES)
    return closing_report.closing(folder, limit=lines)


def _scaling(folder: Path, lines: int | None, quick: bool) -> Report:
    return closing_report.scaling(folder, sizes=(1, 2, 4) if quick else (1, 10, 50), limit=lines)


def _pages(folder: Path, lines: int | None, quick: bool) -> Report:
    if quick:
        return pages_report.pages(folder, retailers=1_000, lines=lines or QUICK_LINES, duration=20.0, settling=8.0)
    return pages_report.pages(folder, lines=lines or 20_000_000)


def _planning(folder: Path, lines: int | None, quick: bool) -> Report:
    if quick:
        return planning_report.planning(
            folder, instances=2, instance_seconds=2.0, classical_seconds=5.0, managers=2, day_seconds=0.2
        )
    return planning_report.planning(folder)


def _verification(folder: Path, lines: int | None, quick: bool) -> Report:
    return verification_report.verification(folder, quick=quick)


def _forecasting(folder: Path, lines: int | None, quick: bool) -> Report:
    return forecasting_report.forecasting(folder, quick=quick)


def _forecasting_speed(folder: Path, lines: int | None, quick: bool) -> Report:
    return forecasting_report.speed(folder, quick=quick)


def _favour(folder: Path, lines: int | None, quick: bool) -> Report:
    return favour_report.favouring(folder, quick=quick)


def _judging(folder: Path, lines: int | None, quick: bool) -> Report:
    return judging_report.judging(folder, quick=quick)


def _allocating(folder: Path, lines: int | None, quick: bool) -> Report:
    return allocating_report.allocating(folder, quick=quick)


def _nation(folder: Path, lines: int | None, quick: bool) -> Report:
    return allocating_report.nation(folder, quick=quick)


def _rounds(folder: Path, lines: int | None, quick: bool) -> Report:
    return rounds_report.rounds(folder, quick=quick)


MEASUREMENTS: dict[str, Callable[[Path, int | None, bool], Report]] = {
    "import": _import,
    "closing": _closing,
    "scaling": _scaling,
    "pages": _pages,
    "planning": _planning,
    "verification": _verification,
    "forecasting": _forecasting,
    "forecasting-speed": _forecasting_speed,
    "favour": _favour,
    "judging": _judging,
    "allocating": _allocating,
    "nation": _nation,
    "rounds": _rounds,
}


# Asked for by name only: 550 million requests want tens of gigabytes of disk.
ALONE = frozenset({"nation"})


def main(words: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("measurement", nargs="?", default="all", choices=[*MEASUREMENTS, "all"])
    parser.add_argument("--lines", type=int, help="draw only so many of the order lines")
    parser.add_argument(
        "--quick", action="store_true", help=f"small: {QUICK_LINES:,} lines, few copies; shows that it runs"
    )
    parser.add_argument("--write", action="store_true", help="keep the results in docs/reference/benchmarks.md")
    parser.add_argument(
        "--folder", type=Path, help="where temporary stores are made; default the system's temporary folder"
    )
    given = parser.parse_args(words)
    names = [name for name in MEASUREMENTS if name not in ALONE] if given.measurement == "all" else [given.measurement]
    limit = given.lines or (QUICK_LINES if given.quick else None)
    if machine.busy() > machine.cores():
        print(
            f"The machine is busy (load {machine.busy():.1f}): times will be too long, ratios may be off.",
            file=sys.stderr,
        )
    for name in names:
        with tempfile.TemporaryDirectory(prefix="lianxin-bench-", dir=given.folder) as folder:
            report = MEASUREMENTS[name](Path(folder), limit, given.quick)
        print(report.text(), end="\n\n", flush=True)
        if given.write:
            keep(report)
    return 0


if __name__ == "__main__":
    sys.exit(main())
