"""The rounds benchmark: an invented city, its week taken in, and a round of it previewed by click."""

from pathlib import Path
from typing import Any, Final

from benchmarks.installation import Installation
from benchmarks.reports import Report, mebibytes, seconds
from benchmarks.timing import middle

COMPANY: Final = "benchmarks.pages.company"
INSIDE: Final = "benchmarks.rounds.city"
CLICK_LIMIT: Final = 3.0
RATE_WANTED: Final = 20_000


def rounds(folder: Path, *, quick: bool) -> Report:
    """A city of 15,000 retailers and 40 scarce products; quick: 300 and 4."""
    retailers, products, runs = (300, 4, 2) if quick else (15_000, 40, 5)
    place = Installation(folder / "home")
    place.command("init", "--company", "bench", "--name", "城市公司")
    place.call(f"{COMPANY}:master", retailers=retailers, people=1)
    files = place.call(f"{INSIDE}:files", folder=str(folder), products=products).answer
    place.call(f"{INSIDE}:take_in", kind="supplies", path=files["supplies"])
    came = place.call(f"{INSIDE}:take_in", kind="supply_requests", path=files["supply_requests"])
    number = place.call(f"{INSIDE}:open_round").answer
    clicked = place.call(f"{INSIDE}:click", number=number, runs=runs)
    gamed = place.call(f"{INSIDE}:more", number=number, shops=10).answer
    n_lines = place.call(f"{INSIDE}:lines_of", number=number).answer
    first, *later = clicked.answer
    rate = came.answer["read"] / came.answer["seconds"]
    report = Report(
        "rounds",
        "A city's round of scarce goods",
        f"Data: invented, {retailers:,} retailers and {products} scarce products, {n_lines:,} requests of 0 to 19 units with a cap "
        "of 15, supply 40 % of what is asked for; a quarter of the products each under a common level, a quota by tier, a level "
        "weighted by tier and a public draw. SQLite. From the click on *Preview* to the page: the whole way through the "
        f"application, without network; the middle of {len(later)} clicks after the first one of a fresh process.",
    )
    busy, spent = middle([one["busy"] for one in later]), middle([one["seconds"] for one in later])
    report.add(
        ["step", "elapsed", "processor time", "peak of memory"],
        [
            _row(f"file of {came.answer['read']:,} requests taken in", came.answer, came.peak_bytes),
            _row("click to preview page, first in a fresh process", first, clicked.peak_bytes),
            _row("click to preview page, later", {"seconds": spent, "busy": busy}, clicked.peak_bytes),
            [
                "what it would pay to ask for more, 10 shops of one product",
                seconds(gamed["seconds"]),
                seconds(gamed["busy"]),
                "",
            ],
        ],
    )
    report.judge(f"click to preview page in under {CLICK_LIMIT:.0f} s", seconds(spent), spent < CLICK_LIMIT)
    report.judge(f"requests taken in, at least {RATE_WANTED:,} rows/s", f"{rate:,.0f} rows/s", rate >= RATE_WANTED)
    return report


def _row(step: str, told: dict[str, Any], peak_bytes: int) -> list[str]:
    return [step, seconds(told["seconds"]), seconds(told["busy"]), mebibytes(peak_bytes)]
