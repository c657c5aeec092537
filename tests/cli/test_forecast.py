"""`lianxin forecast`: a file in, a file out, and every fault as a sentence with its place."""

import csv
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner, Result
from django.utils import translation

from lianxin import engine
from lianxin.cli.forecasting import forecast
from lianxin.core.forecasting import COLUMNS
from lianxin.foundation.errors import Refused
from tests.cli.forecast_runs import GOOD, HEAD, run

pytestmark = pytest.mark.requirement("C1")


@pytest.fixture(autouse=True)
def in_english() -> Iterator[None]:
    with translation.override("en"):
        yield


def test_writes_one_row_for_each_series_and_step(tmp_path: Path) -> None:
    result = run(tmp_path, GOOD, "--horizon", "2")
    assert result.exit_code == 0, result.output
    assert "Forecast 2 series for 2 periods" in result.output
    rows = pq.read_table(tmp_path / "out.parquet")
    assert tuple(rows.column_names) == COLUMNS
    assert [(row["retailer_id"], row["period_start"], row["step"]) for row in rows.to_pylist()] == [
        ("r1", date(2021, 9, 27), 1),
        ("r1", date(2021, 10, 4), 2),
        ("r2", date(2021, 9, 27), 1),
        ("r2", date(2021, 10, 4), 2),
    ]
    assert rows.column("mean_units").to_pylist()[0] == pytest.approx(4.0)
    assert sorted(path.name for path in tmp_path.glob("*orders*")) == ["orders.csv"]
    assert sorted(path.name for path in tmp_path.glob("*out*")) == ["out.parquet"]


def test_the_words_of_the_trade_and_parquet_give_the_same(tmp_path: Path) -> None:
    assert run(tmp_path, GOOD).exit_code == 0
    first = pq.read_table(tmp_path / "out.parquet")
    trade = "order_date,licence_no,product_code,ordered_units"
    assert run(tmp_path, GOOD, head=trade).exit_code == 0
    assert pq.read_table(tmp_path / "out.parquet").equals(first)
    table = pa.table(
        {
            "order_date": pa.array([date(2021, 9, 7), date(2021, 9, 14), date(2021, 9, 21), date(2021, 9, 26)]),
            "retailer_id": ["r1", "r1", "r1", "r2"],
            "product_id": ["p1"] * 4,
            "ordered_units": [4.0, 4.0, 4.0, 2.0],
            "other": [0] * 4,
        }
    )
    pq.write_table(table, tmp_path / "orders.parquet")
    words = [str(tmp_path / "orders.parquet"), "--until", "2021-09-26", "--out", str(tmp_path / "again.parquet")]
    assert CliRunner().invoke(forecast, words).exit_code == 0
    assert pq.read_table(tmp_path / "again.parquet").equals(first)


def test_every_fault_has_its_place_and_nothing_is_written(tmp_path: Path) -> None:
    head = HEAD + ",wanted_units"
    result = run(
        tmp_path,
        ["昨天,r1,p1,4,", "2021-09-07,,p1,x,-1", "2021-09-07,r1,p1,,1.5", "2021-09-07,r1,p1,3000000000,"],
        head=head,
    )
    assert isinstance(result.exception, Refused)
    assert "Nothing was forecast" in str(result.exception)
    with (tmp_path / "out.parquet.faults.csv").open(encoding="utf-8-sig", newline="") as file:
        told = [(row["line"], row["column"], row["value"]) for row in csv.DictReader(file)]
    assert sorted(told) == [
        ("2", "order_date", "昨天"),
        ("3", "ordered_units", "x"),
        ("3", "retailer_id", ""),
        ("3", "wanted_units", "-1"),
        ("4", "ordered_units", ""),
        ("4", "wanted_units", "1.5"),
        ("5", "ordered_units", "3000000000"),
    ]
    assert not (tmp_path / "out.parquet").exists()


def test_a_run_that_is_refused_leaves_the_earlier_file(tmp_path: Path) -> None:
    assert run(tmp_path, GOOD).exit_code == 0
    before = (tmp_path / "out.parquet").read_bytes()
    assert isinstance(run(tmp_path, ["2021-09-07,r1,p1,x"]).exception, Refused)
    assert (tmp_path / "out.parquet").read_bytes() == before


def test_days_and_names_are_read_as_an_allocation_reads_them(tmp_path: Path) -> None:
    days = ["2021-09-07T00:00:00", "2021-09-14 10:30", "2021-09-21T00:00:00.000+08:00", "2021-09-26T23:00:00Z"]
    lines = [
        f"{day},{name},p1,{units}"
        for day, name, units in zip(days, [" r1", "r1 ", "r1", "r2"], [4, 4, 4, 2], strict=True)
    ]
    assert run(tmp_path, GOOD).exit_code == 0
    first = pq.read_table(tmp_path / "out.parquet")
    result = run(tmp_path, lines)
    assert result.exit_code == 0, result.output
    assert pq.read_table(tmp_path / "out.parquet").equals(first)
    assert isinstance(run(tmp_path, ["2021-09-07,  ,p1,4"]).exception, Refused)


@pytest.mark.parametrize("ending", ["csv", "parquet"])
def test_a_column_that_comes_twice_is_told(tmp_path: Path, ending: str) -> None:
    head = HEAD + ",product_id"
    (tmp_path / "orders.csv").write_text(f"{head}\n2021-09-07,r1,p1,4,p2\n", "utf-8")
    day = pa.array([date(2021, 9, 7)])
    pq.write_table(pa.table([day, ["r"], ["p"], [4], ["q"]], names=head.split(",")), tmp_path / "orders.parquet")
    words = [str(tmp_path / f"orders.{ending}"), "--until", "2021-09-26", "--out", str(tmp_path / "out.parquet")]
    result = CliRunner().invoke(forecast, words)
    assert isinstance(result.exception, Refused)
    assert "has two columns named product_id" in str(result.exception)


def test_numbers_that_are_names_may_be_floats(tmp_path: Path) -> None:
    table = pa.table({"order_date": [date(2021, 9, 7)] * 2, "retailer_id": [1.0, float("nan")], "product_id": [7.0, 7.5],
                      "ordered_units": [4, 4]})  # fmt: skip
    pq.write_table(table, tmp_path / "orders.parquet")
    words = [str(tmp_path / "orders.parquet"), "--until", "2021-09-26", "--out", str(tmp_path / "out.parquet")]
    told = str(CliRunner().invoke(forecast, words).exception)
    assert "line 2, column retailer_id, “nan”: The cell is empty" in told
    assert "line 2, column product_id, “7.5”: This is not a name or a whole number" in told
    pq.write_table(table.slice(0, 1), tmp_path / "orders.parquet")
    assert CliRunner().invoke(forecast, words).exit_code == 0
    assert {str(name) for name in pq.read_table(tmp_path / "out.parquet").column("retailer_id").to_pylist()} == {"1"}


@pytest.mark.parametrize(
    ("lines", "head", "words"),
    [
        (GOOD, "order_date,retailer_id,product_id,units", "lacks the column(s) ordered_units"),
        ([], HEAD, "has a head but no rows"),
        (["2019-09-07,r1,p1,4"], HEAD, "No order lies in the 52 weeks up to 2021-09-26"),
        ([*GOOD, "2021-09-07,r1"], HEAD, "has 2 cells"),
    ],
)
def test_a_file_that_is_not_what_it_should_be(tmp_path: Path, lines: list[str], head: str, words: str) -> None:
    result = run(tmp_path, lines, head=head)
    assert isinstance(result.exception, Refused)
    assert words in str(result.exception)
    assert not (tmp_path / "out.parquet").exists()


def test_options_that_cannot_be_are_refused(tmp_path: Path) -> None:
    assert "is not a day" in str(run(tmp_path, GOOD, "--until", "26.9.2021").exception)
    assert "ends in none of" in str(run(tmp_path, GOOD, out="out.txt").exception)
    assert "there is no folder" in str(run(tmp_path, GOOD, out="no/out.csv").exception)
    assert run(tmp_path, GOOD, "--horizon", "0").exit_code == 2
    words = [str(tmp_path / "none.csv"), "--until", "2021-09-26", "--out", str(tmp_path / "out.csv")]
    assert "There is no file" in str(CliRunner().invoke(forecast, words).exception)
    (tmp_path / "broken.parquet").write_bytes(b"PAR1")
    words[0] = str(tmp_path / "broken.parquet")
    assert "not a Parquet file" in str(CliRunner().invoke(forecast, words).exception)


SHOPS = ["r1,7,u1", "r2,,u1"]


def summed(folder: Path, shops: list[str], *more: str, head: str = "retailer_id,route,unit_id") -> Result:
    (folder / "shops.csv").write_text("\n".join([head, *shops, ""]), "utf-8")
    asked = ["--sums", str(folder / "shops.csv"), "--sums-out", str(folder / "sums.parquet"), "--horizon", "1"]
    return run(folder, GOOD, *asked, *more)


def test_sums_of_every_level_stand_in_a_file_of_their_own(tmp_path: Path) -> None:
    result = summed(tmp_path, SHOPS)
    assert result.exit_code == 0, result.output
    assert "Sums written to" in result.output
    lines = pq.read_table(tmp_path / "out.parquet").to_pylist()
    rows = pq.read_table(tmp_path / "sums.parquet").to_pylist()
    assert [(row["level"], row["group_id"], row["product_id"], row["n_series"]) for row in rows] == [
        ("route", "7", "p1", 1), ("route", None, "p1", 1), ("unit_id", "u1", "p1", 2), ("company", None, "p1", 2),
        ("route", "7", None, 1), ("route", None, None, 1), ("unit_id", "u1", None, 2), ("company", None, None, 2),
    ]  # fmt: skip
    whole = sum(row["mean_units"] for row in lines)
    for level in ("route", "unit_id", "company"):
        assert sum(row["mean_units"] for row in rows if row["level"] == level and row["product_id"]) == pytest.approx(
            whole, abs=1e-3
        )
    # a handful of orders of one month says nothing of how far sums stray
    assert {row["q10_units"] for row in rows} | {row["q90_units"] for row in rows} == {None}
    assert not [path for path in tmp_path.iterdir() if "faults" in path.name]


def test_sums_have_a_range_where_a_year_of_them_is_known(tmp_path: Path) -> None:
    dice = np.random.default_rng(1)
    first = date(2020, 6, 1)
    lines = [
        f"{first + timedelta(weeks=week)},r{shop},p1,{int(dice.poisson(8))}" for week in range(68) for shop in range(6)
    ]
    shops = [f"r{shop},{shop % 2},u1" for shop in range(6)]
    (tmp_path / "shops.csv").write_text("\n".join(["retailer_id,route,unit_id", *shops, ""]), "utf-8")
    asked = ["--sums", str(tmp_path / "shops.csv"), "--sums-out", str(tmp_path / "sums.parquet"), "--horizon", "2"]
    result = run(tmp_path, lines, *asked)
    assert result.exit_code == 0, result.output
    rows = pq.read_table(tmp_path / "sums.parquet").to_pylist()
    assert {row["level"] for row in rows} == {"route", "unit_id", "company"}
    for row in rows:
        assert 0 <= row["q10_units"] <= row["mean_units"] <= row["q90_units"]
        assert row["q10_units"] < row["q90_units"]


def test_the_company_alone_needs_no_levels_and_a_retailer_without_a_place_is_told(tmp_path: Path) -> None:
    alone = run(tmp_path, GOOD, "--horizon", "1", "--sums-out", str(tmp_path / "sums.csv"))
    assert alone.exit_code == 0, alone.output
    with (tmp_path / "sums.csv").open(encoding="utf-8-sig", newline="") as file:
        assert [row["level"] for row in csv.DictReader(file)] == ["company", "company"]
    some = summed(tmp_path, ["r1,7,u1", "r9,7,u1"])
    assert "does not name 1 of the retailers" in some.output
    rows = pq.read_table(tmp_path / "sums.parquet").to_pylist()
    assert {row["group_id"] for row in rows if row["level"] == "unit_id"} == {"u1", None}
    trade = summed(tmp_path, SHOPS, head="licence_no,route,unit_id")
    assert trade.exit_code == 0, trade.output


@pytest.mark.parametrize(
    ("shops", "head", "words"),
    [
        (["r1,7,u1", "r1,8,u1"], "retailer_id,route,unit_id", "stands in an earlier row already"),
        ([",7,u1"], "retailer_id,route,unit_id", "The cell is empty"),
        (["r1,7"], "shop,route", "lacks the column retailer_id"),
        (["r1"], "retailer_id", "names no level"),
        (["r1,7"], "retailer_id,company", "has a level “company”"),
    ],
)
def test_levels_that_cannot_be_are_refused_and_nothing_is_written(
    tmp_path: Path, shops: list[str], head: str, words: str
) -> None:
    result = summed(tmp_path, shops, head=head)
    assert isinstance(result.exception, Refused)
    assert words in str(result.exception)
    assert not (tmp_path / "out.parquet").exists()
    assert not (tmp_path / "sums.parquet").exists()
    assert "shops.csv" in (tmp_path / "out.parquet.faults.csv").read_text("utf-8-sig")


def test_where_the_sums_go_must_be_said_and_be_another_file(tmp_path: Path) -> None:
    (tmp_path / "shops.csv").write_text("retailer_id,route\nr1,7\n", "utf-8")
    levels = ["--sums", str(tmp_path / "shops.csv")]
    assert "--sums-out" in str(run(tmp_path, GOOD, *levels).exception)
    same = run(tmp_path, GOOD, *levels, "--sums-out", str(tmp_path / "out.parquet"))
    assert "name the same file" in str(same.exception)


@pytest.mark.spark
@pytest.mark.xdist_group("spark")
def test_both_engines_write_the_same_sums(tmp_path: Path) -> None:
    if (reason := engine.spark_available()) is not None:
        pytest.skip(reason)
    told = {}
    for name in ("duckdb", "spark"):
        assert summed(tmp_path, SHOPS, "--engine", name).exit_code == 0
        told[name] = engine.digest(pq.read_table(tmp_path / "sums.parquet"))
    assert told["spark"] == told["duckdb"]
