"""The four sides of the closing benchmark say the same, and a difference between two of them would be found."""

from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pytest
from benchmarks.closing import agreement, contest, report
from benchmarks.closing.ours import closing as our_closing
from benchmarks.master import MONTH
from benchmarks.reports import Report

LINES = 6_000
SIDES = list(contest.SIDES)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A lake with a few simulated lines, twice, and master data that changes inside the month."""
    place = tmp_path_factory.mktemp("closing")
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("LIANXIN_IOWA", raising=False)
        built = contest.build(str(place), copies=2, limit=LINES)
    assert built["rows"] == 2 * LINES
    assert built["told"].startswith("SIMULATED")
    return place


def test_sides_agree(home: Path) -> None:
    rows = {side: contest.measure(side, str(home), runs=1)["rows"] for side in SIDES}
    assert set(rows.values()) == {rows["ours"]}
    assert rows["ours"] > LINES
    assert contest.compare(str(home), SIDES) == {side: [] for side in SIDES if side != "ours"}


def test_every_kind_of_answer_is_compared(home: Path) -> None:
    told = our_closing(home, MONTH, {"measuring.key_products": ["10000"]})()
    assert set(told["level"].unique().to_pylist()) == {"manager", "retailer", "route", "unit", "company"}
    assert {"value", "not_enough_data"} == set(told["answer"].unique().to_pylist())
    valued = told.filter(pc.equal(told["answer"], "value"))
    assert len(valued["indicator"].unique()) == len(told["indicator"].unique())


def test_a_difference_is_found(home: Path) -> None:
    told = our_closing(home, MONTH, {"measuring.key_products": ["10000"]})()
    assert agreement.differences(told, told) == []
    place = told.column_names.index("numerator")
    off = told.set_column(place, "numerator", pc.add(told["numerator"], 1e-6))
    assert [found.split(":")[0] for found in agreement.differences(told, off)] == ["numerator"]
    assert agreement.differences(told, told.slice(1)) == [f"{told.num_rows} rows against {told.num_rows - 1}"]
    words = pa.array(["no_lines"] * told.num_rows)
    renamed = told.set_column(told.column_names.index("reason"), "reason", words)
    assert agreement.differences(told, renamed)[0].startswith("reason")


def test_the_report_tells_ratios_and_verdicts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("LIANXIN_IOWA", raising=False)
    place = tmp_path / "scaling"
    place.mkdir()
    made = report.scaling(place, sizes=(1, 2), limit=2_000, runs=1)
    assert isinstance(made, Report)
    assert made.text().count("| ×") == 2
    assert len(made.verdicts) == 1
    assert list(place.iterdir()) == []


def test_sides_that_disagree_stop_the_benchmark(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Ended:
        peak_bytes = 1
        answer = {"by_sql": ["n: 1 rows"], "first": 1.0, "seconds": [1.0], "busy": [1.0], "rows": 1, "told": ""}

    monkeypatch.setattr(report.children, "run", lambda *words, **arguments: Ended())
    with pytest.raises(report.SidesDisagree, match="n: 1 rows"):
        report.contest(tmp_path / "home", ["ours", "by_sql"], 1, None, 1)
