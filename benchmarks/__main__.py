"""`python -m benchmarks [import|closing|scaling|pages|all]`: print what is measured, and with --write keep it in the reference."""

import argparse
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from benchmarks import machine
from benchmarks.closing import report as closing_report
from benchmarks.importing import report as importing_report
from benchmarks.pages import report as pages_report
from benchmarks.reports import Report, keep

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


MEASUREMENTS: dict[str, Callable[[Path, int | None, bool], Report]] = {
    "import": _import,
    "closing": _closing,
    "scaling": _scaling,
    "pages": _pages,
}


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
    names = list(MEASUREMENTS) if given.measurement == "all" else [given.measurement]
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
