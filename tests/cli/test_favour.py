"""`lianxin favour`: file in, files out, and every fault as a sentence with its place."""

import csv
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pyarrow.csv
import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner, Result
from django.utils import translation

from lianxin.cli.favouring import favour
from lianxin.core.allocating.favour import ALLOCATIONS
from lianxin.foundation.errors import Refused

pytestmark = pytest.mark.requirement("D3")
HEAD = "week,product_id,retailer_id,manager_id,tier,wanted_units,cap_units,share_units,rule_units"


@pytest.fixture(autouse=True)
def in_english() -> Iterator[None]:
    with translation.override("en"):
        yield


def favoured() -> list[str]:
    """Ten friends of m0 get two more every week, twenty others of his one less; the rule gave four."""
    return [
        f"{date(2026, 3, 2) + timedelta(weeks=week)},p{product},r{manager}{n:02d},m{manager},7,9,,{share},4"
        for week in range(8)
        for product in range(2)
        for manager in range(3)
        for n in range(30)
        for share in [(4 + (2 if n < 10 else -1)) if manager == 0 else 4]
    ]


def run(folder: Path, rows: list[str], *options: str, head: str = HEAD, code: str = "utf-8") -> Result:
    (folder / "shares.csv").write_bytes("\n".join([head, *rows, ""]).encode(code))
    return CliRunner().invoke(favour, [str(folder / "shares.csv"), "--out", str(folder / "out"), *options])


def faults_of(folder: Path) -> list[tuple[str, str, str]]:
    with (folder / "out.faults.csv").open(encoding="utf-8-sig", newline="") as file:
        return [(row["line"], row["column"], row["value"]) for row in csv.DictReader(file)]


def test_writes_four_tables_and_tells_whom_to_ask_about(tmp_path: Path) -> None:
    (tmp_path / "out.faults.csv").write_text("of an earlier run")
    result = run(tmp_path, favoured(), "--level", "0.01", "--seed", "3")
    assert result.exit_code == 0, result.output
    assert "Tested 1,440 rows of 3 customer managers" in result.output
    assert "the same 10 retailers of m0 got" in result.output
    assert "retailers of m0 got" not in result.output.replace("the same 10 retailers of m0 got", "")
    within = {row["manager_id"]: row for row in pq.read_table(tmp_path / "out" / "within.parquet").to_pylist()}
    assert [name for name, row in within.items() if row["suspected"]] == ["m0"]
    assert within["m0"]["told_units"] == 2.0 * 10 * 16
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == [
        "beneficiaries.parquet",
        "managers.parquet",
        "rows.parquet",
        "within.parquet",
    ]
    rows = pq.read_table(tmp_path / "out" / "rows.parquet")
    assert rows.column_names[: len(ALLOCATIONS.columns)] == list(ALLOCATIONS.columns)
    assert not list(tmp_path.glob("out.faults.csv"))
    assert not list(tmp_path.glob(".out*"))


def test_the_words_of_the_trade_are_names_too(tmp_path: Path) -> None:
    assert run(tmp_path, favoured()).exit_code == 0
    first = pq.read_table(tmp_path / "out" / "within.parquet")
    trade = HEAD.replace("product_id", "product_code").replace("retailer_id", "licence_no")
    assert run(tmp_path, favoured(), head=trade).exit_code == 0
    assert pq.read_table(tmp_path / "out" / "within.parquet").equals(first)


def test_units_of_others_are_told_and_parquet_reads_the_same(tmp_path: Path) -> None:
    rows = [
        f"{date(2026, 3, 2) + timedelta(weeks=week)},p{product},r{manager}{n:02d},m{manager},7,9,,{share},4"
        for week in range(8)
        for product in range(2)
        for manager, share in enumerate((5, 3, 4))
        for n in range(25)
    ]
    result = run(tmp_path, rows)
    assert "retailers of m0 got 400 units more than their equals" in result.output
    first = pq.read_table(tmp_path / "out" / "managers.parquet")
    pq.write_table(pyarrow.csv.read_csv(tmp_path / "shares.csv"), tmp_path / "shares.parquet")
    words = [str(tmp_path / "shares.parquet"), "--out", str(tmp_path / "again")]
    assert CliRunner().invoke(favour, words).exit_code == 0
    assert pq.read_table(tmp_path / "again" / "managers.parquet") == first


def test_says_what_it_cannot_tell(tmp_path: Path) -> None:
    rows = ["2026/3/2,p1,r1,m1,7,9,,4,", "2026-03-02,p1,r2,,7,8,5,4,", "2026-03-02,p1,店,m2,,8,,4,3"]
    result = run(tmp_path, rows, "--alike", "request", code="gb18030")
    assert result.exit_code == 0, result.output
    assert "2 customer managers have too few rows, weeks or equals to tell." in result.output
    assert "2 rows have neither a rule nor an equal" in result.output
    assert pq.read_table(tmp_path / "out" / "managers.parquet").column("answer").to_pylist() == ["cannot_tell"] * 2


def test_every_fault_is_told_with_its_place_and_nothing_is_written(tmp_path: Path) -> None:
    rows = [
        "2026-03-02,p1,r1,m1,7,9,,4,",
        "2026-03-02,p1,r1,m1,7,9,,5,",
        ",p1,r2,m1,7,9,,4,",
        "Monday,p1,r3,m1,7,9,,4,",
        "2026-03-02,,r4,m1,31,9,-1,,x",
        "2026-03-02,p1,r5,m1,7,nine,,4.5,",
    ]
    result = run(tmp_path, rows)
    assert isinstance(result.exception, Refused)
    assert faults_of(tmp_path) == [
        ("5", "week", "Monday"),
        ("4", "week", ""),
        ("6", "product_id", ""),
        ("6", "tier", "31"),
        ("7", "wanted_units", "nine"),
        ("6", "cap_units", "-1"),
        ("6", "share_units", ""),
        ("7", "share_units", "4.5"),
        ("6", "rule_units", "x"),
        ("3", "retailer_id", "r1"),
    ]
    assert "Nothing was tested." in str(result.exception)
    assert not (tmp_path / "out").exists()


def test_only_the_first_faults_are_told(tmp_path: Path) -> None:
    result = run(tmp_path, [f"2026-03-02,p1,r{n},m1,7,9,,," for n in range(13)])
    assert "… and 3 more like these." in str(result.exception)
    assert len(faults_of(tmp_path)) == 13


@pytest.mark.parametrize(
    ("rows", "head", "sentence"),
    [([], HEAD, "has a head but no rows"), (["1"], "week", "lacks the column(s) product_id, retailer_id, manager_id")],
)
def test_a_file_that_cannot_be_read_is_refused(tmp_path: Path, rows: list[str], head: str, sentence: str) -> None:
    result = run(tmp_path, rows, head=head)
    assert sentence in str(result.exception)
    assert (tmp_path / "out.faults.csv").exists()


def test_a_folder_that_is_missing_is_told(tmp_path: Path) -> None:
    words = [str(tmp_path / "x.csv"), "--out", str(tmp_path / "no" / "out")]
    assert "there is no folder" in str(CliRunner().invoke(favour, words).exception)


def test_spark_that_cannot_start_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lianxin.engine.spark_available", lambda: "no Java")
    result = run(tmp_path, favoured(), "--engine", "spark")
    assert "Spark cannot start: no Java." in str(result.exception)
