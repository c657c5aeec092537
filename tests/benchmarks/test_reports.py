"""Results are kept between their markers, and children are measured alone."""

import sys
from pathlib import Path

import pytest
from benchmarks.reports import KEPT, Report, keep, markers
from benchmarks.timing import middle, percentile, timed

from benchmarks import __main__ as commands
from benchmarks import children


def told(name: str = "import") -> Report:
    report = Report(name, "Import", "Data: none.")
    report.add(("what", "median"), [("ours", "1 s")])
    report.judge("quick", "1 s", reached=True)
    return report


def test_keep_replaces_only_its_own_section(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    begin, end = markers("import")
    page.write_text(f"before\n{begin}\nold\n{end}\nafter\n", "utf-8")
    keep(told(), page)
    keep(told(), page)
    text = page.read_text("utf-8")
    assert text.startswith(f"before\n{begin}\n## Import")
    assert text.endswith(f"{end}\nafter\n")
    assert "old" not in text
    assert text.count("| ours | 1 s |") == 1
    assert "- reached: quick — measured 1 s" in text


def test_keep_refuses_a_page_without_markers(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("nothing", "utf-8")
    with pytest.raises(ValueError, match="no markers"):
        keep(told(), page)


def test_the_reference_has_a_place_for_every_measurement() -> None:
    text = KEPT.read_text("utf-8")
    assert all(marker in text for name in commands.MEASUREMENTS for marker in markers(name))


def test_percentile_is_a_value_that_occurred() -> None:
    values = [float(number) for number in range(1, 101)]
    assert (percentile(values, 0.5), percentile(values, 0.95), percentile(values, 1.0)) == (50.0, 95.0, 100.0)
    assert percentile([7.0], 0.95) == 7.0
    assert percentile([3.0, 1.0, 2.0], 0.5) == 2.0
    assert percentile([], 0.95) == 0.0


def test_timed_leaves_warm_runs_out() -> None:
    calls: list[int] = []
    seconds, last = timed(lambda: calls.append(1) or len(calls), runs=3, warm=2)
    assert (len(seconds), last) == (3, 5)
    assert middle([3.0, 1.0, 2.0]) == 2.0


def test_a_child_tells_its_own_peak() -> None:
    small = children.run("benchmarks.machine:cores")
    ballast = bytearray(200 * 2**20)
    again = children.run("benchmarks.machine:cores")
    assert small.answer == again.answer >= 1
    # What the parent holds is not counted as the child's.
    assert again.peak_bytes < 150 * 2**20 < len(ballast)


def test_a_failed_child_says_why() -> None:
    with pytest.raises(children.ChildFailed, match="told so"):
        children.command([sys.executable, "-c", "raise SystemExit('told so')"])
