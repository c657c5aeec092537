"""The closing benchmark: four sides at one size, then ours and the limit at growing sizes."""

import itertools
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks import children
from benchmarks.closing.contest import SIDES
from benchmarks.installation import Installation
from benchmarks.reports import Report, mebibytes, seconds, times
from benchmarks.timing import middle

# Steps of a closing in their order, as the closing itself tells their time.
STEPS = {
    "publishing": "publishing what rooms know",
    "pinning": "pinning versions",
    "computing": "computing and writing the indicators",
    "scoring": "scoring",
    "recording": "recording",
    "paying": "dividing the pool",
}
LIMIT_RATIO = 2.0
PRESET = "order_lines"
LIMIT_BYTES = 4 * 2**30
GROWTH_ALLOWED = 1.1


class SidesDisagree(RuntimeError):
    """Two sides gave different results: then their times mean nothing."""


@dataclass(frozen=True)
class Told:
    """What is known of one side at one size."""

    side: str
    first: float
    seconds: float
    busy: float
    peak_bytes: int


def contest(
    home: Path, sides: list[str], copies: int, limit: int | None, runs: int
) -> tuple[dict[str, Any], dict[str, Told]]:
    """Build the lake, let each side answer in its own process, check that they agree, remove the lake."""
    try:
        built = children.run("benchmarks.closing.contest:build", home=str(home), copies=copies, limit=limit).answer
        told = {}
        for side in sides:
            ended = children.run("benchmarks.closing.contest:measure", side=side, home=str(home), runs=runs)
            came = ended.answer
            told[side] = Told(side, came["first"], middle(came["seconds"]), middle(came["busy"]), ended.peak_bytes)
        differing = children.run("benchmarks.closing.contest:compare", home=str(home), sides=sides).answer
    finally:
        shutil.rmtree(home, ignore_errors=True)
    wrong = {side: found for side, found in differing.items() if found}
    if wrong:
        raise SidesDisagree(f"not the same results: {wrong}")
    return built, told


def _whole(folder: Path, report: Report, retailers: int, lines: int) -> None:
    """A table of the steps of a whole closing, in an installation of its own."""
    place = Installation(folder / "home")
    place.command("init", "--company", "bench")
    known = place.call("benchmarks.pages.company:master", retailers=retailers).answer
    made = place.call("benchmarks.pages.company:lines", wanted=lines, roll_up=False).answer
    ended = place.call("benchmarks.closing.whole:closed", preset=PRESET)
    told = ended.answer
    rows = [(words, seconds(told[step])) for step, words in STEPS.items() if step in told]
    report.add(
        ("step", "time"),
        [*rows, ("peak memory of the process", mebibytes(ended.peak_bytes))],
        f"The steps of a whole closing, once (simulated: {made['rows']:,} lines, {retailers:,} retailers, "
        f"{known['managers']} customer managers; {told['values']:,} answers, {told['scorecards']:,} scorecards)",
    )


def closing(
    folder: Path,
    copies: int = 10,
    limit: int | None = None,
    runs: int = 5,
    retailers: int = 20_000,
    lines: int = 15_000_000,
) -> Report:
    """Four sides on the same pinned files; then the steps around the computation."""
    built, told = contest(folder / "closing", list(SIDES), copies, limit, runs)
    told_of_data = (
        f"{built['told']}, {copies} times with new retailers: {built['rows']:,} lines, {built['retailers']:,} retailers, "
        f"{built['managers']} managers; master data invented by rule (1 retailer in 20 changes hands inside the month)"
    )
    report = Report(
        "closing",
        "A closing's computation",
        f"Data: {told_of_data}. From pinned files to the sorted result table for December 2021, all indicators at all five "
        f"levels; the same files, the same results (checked row by row). Each side in its own process, warm; median of {runs} "
        "runs. Processor time counts all threads and is hardly disturbed by other work on the machine.",
    )
    limit_side = told["by_sql"]
    report.add(
        ("side", "median", "to the limit", "processor time", "to the limit", "first run", "peak memory of the process"),
        [
            (SIDES[side], seconds(came.seconds), times(came.seconds / limit_side.seconds), seconds(came.busy),
             times(came.busy / limit_side.busy), seconds(came.first), mebibytes(came.peak_bytes))
            for side, came in told.items()
        ],
    )  # fmt: skip
    _whole(folder, report, retailers, lines)
    ours = told["ours"]
    ratio = ours.seconds / limit_side.seconds
    report.judge(f"at most {LIMIT_RATIO:g} × the limit", times(ratio), ratio <= LIMIT_RATIO)
    report.judge("under 4 GiB", mebibytes(ours.peak_bytes), ours.peak_bytes < LIMIT_BYTES)
    return report


def scaling(folder: Path, sizes: tuple[int, ...] = (1, 10, 50), limit: int | None = None, runs: int = 3) -> Report:
    """Ours and the limit as the lines grow."""
    rows, per_line, told_of_data = [], [], ""
    for copies in sizes:
        built, told = contest(folder / f"scaling-{copies}", ["ours", "by_sql"], copies, limit, runs)
        ours, by_sql = told["ours"], told["by_sql"]
        per_line.append(ours.busy / built["rows"])
        told_of_data = built["told"]
        rows.append((f"×{copies}", f"{built['rows']:,}", f"{built['retailers']:,}", seconds(ours.seconds), seconds(ours.busy),
                     f"{ours.seconds / built['rows'] * 1e9:,.0f} ns", f"{ours.busy / built['rows'] * 1e9:,.0f} ns",
                     times(ours.seconds / by_sql.seconds), mebibytes(ours.peak_bytes)))  # fmt: skip
    report = Report(
        "scaling",
        "How a closing grows with the lines",
        f"Data: {told_of_data}, repeated with new retailers. Ours as above; median of {runs} runs; per line of the whole store "
        "(a closing reads six months of it).",
    )
    head = ("lines", "in the store", "retailers", "median", "processor time", "per line", "processor time per line", "to the limit",
            "peak memory")  # fmt: skip
    report.add(head, rows)
    grown = max(after / before for before, after in itertools.pairwise(per_line)) if len(per_line) > 1 else 1.0
    words = "cost per line does not grow (at most 10 % from one size to the next)"
    report.judge(words, times(grown) + " at worst", grown <= GROWTH_ALLOWED)
    return report
