"""How `lianxin allocate` reads its files: names of files, days, names of shops and goods, numbers."""

import os
import subprocess
import sys
from datetime import datetime, timedelta
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner

from lianxin import engine
from lianxin.cli.allocating import allocate
from lianxin.cli.sheets import days_of
from lianxin.core.allocating import REQUESTS as REQUESTS_CONTRACT
from lianxin.core.units import written_day
from lianxin.foundation.errors import Refused
from tests.cli.allocate_files import GOOD, REQUESTS, SUPPLY, WEEK, fault_rows, in_english, run, words

pytestmark = pytest.mark.requirement("D1")
__all__ = ["in_english"]


def test_two_files_of_one_name_are_two_files(tmp_path: Path) -> None:
    for name, text in (("requests", REQUESTS + GOOD), ("supply", SUPPLY + "2026-03-02,P,9\n")):
        (tmp_path / name).mkdir()
        (tmp_path / name / "week10.csv").write_text(text, "utf-8")
    told = words(tmp_path)
    result = run([str(tmp_path / name / "week10.csv") for name in ("requests", "supply")] + told[2:])
    assert result.exit_code == 0, result.output
    assert sorted(pq.read_table(tmp_path / "out.parquet").column("share_units").to_pylist()) == [1, 4, 4]


@pytest.mark.parametrize("name", ["shares.csv", "allocation_requests.typed.csv", "out.faults.csv"])
def test_a_file_may_have_any_name(tmp_path: Path, name: str) -> None:
    """Also the one under which the result, a fault or an engine's copy is staged."""
    told = words(tmp_path)
    (tmp_path / "requests.csv").rename(tmp_path / name)
    result = run([str(tmp_path / name), *told[1:]])
    assert result.exit_code == 0, result.output
    assert sorted(pq.read_table(tmp_path / "out.parquet").column("share_units").to_pylist()) == [1, 4, 4]


DAYS = [
    "2026-03-02", " 2026/3/2\t", "2026.03.02", "20260302", "2026-03-02 00:00:00", "2026-03-02T00:00:00",
    "2026-03-02T00:00:00.000", "2026-03-02T23:59:59.123456789", "2026-03-02 0:00", "2026-03-02T00:00:00Z",
    "2026-03-02T00:00:00+08:00", "2026-03-02 00:00:00.5 -0530", "　2026-03-02　",
]  # fmt: skip
NO_DAYS = [
    "2026-02-30",
    "2026-3",
    "2026/03-02",
    "2026-03-02T25:00:00",
    "02.03.2026",
    "2026-03-02+08:00",
    "26-3-2",
    "2026302",
]


def test_a_day_may_have_a_time_and_the_date_that_is_written_counts(tmp_path: Path) -> None:
    """Whatever its zone; what the forecast reads as a day, and nothing else."""
    assert [written_day(text.strip()) for text in DAYS] == [WEEK] * len(DAYS)
    assert [written_day(text) for text in NO_DAYS] == [None] * len(NO_DAYS)
    lines = [f"{text},P,r{at},1" for at, text in enumerate([*DAYS, *NO_DAYS])]
    (tmp_path / "days.csv").write_text("\n".join(["week,product_id,retailer_id,wanted_units", *lines, ""]), "utf-8")
    read = engine.flat_file(
        tmp_path / "days.csv", REQUESTS_CONTRACT.types, needed=["week"], also={}, folder=tmp_path
    )  # fmt: skip
    days = pq.read_table(read.path).sort_by("retailer_id").column("week").to_pylist()
    by_name = dict(zip(sorted(f"r{at}" for at in range(len(lines))), days, strict=True))
    assert [by_name[f"r{at}"] for at in range(len(lines))] == [WEEK] * len(DAYS) + [None] * len(NO_DAYS)


@pytest.mark.parametrize("zone", [None, "UTC", "Asia/Shanghai", "America/New_York", "+08:00", "-03:30"])
def test_the_zone_of_the_machine_moves_no_day(tmp_path: Path, zone: str | None) -> None:
    """A timestamp of midnight, and one just before it, in the zone in which they were written; the machine is far away."""
    moments = pa.array([datetime(2026, 3, 2), datetime(2026, 3, 2, 23, 59, 59)], pa.timestamp("us"))
    written = pc.assume_timezone(moments, zone) if zone and zone[0].isalpha() else moments
    if zone and not zone[0].isalpha():
        offset = timedelta(hours=int(zone[:3]), minutes=int(zone[0] + zone[4:]))
        written = pc.subtract(moments, pa.scalar(offset, pa.duration("us"))).cast(pa.timestamp("us", "UTC"))
        written = written.cast(pa.timestamp("us", zone))
    table = pa.table({"week": written, "product_id": ["P", "P"], "retailer_id": ["a", "b"], "wanted_units": [9, 1]})
    pq.write_table(table, tmp_path / "zoned.parquet")
    program = "import sys; from lianxin.cli import main; main(sys.argv[1:])"
    told = [str(tmp_path / "zoned.parquet"), *words(tmp_path)[1:]]
    ended = subprocess.run(
        [sys.executable, "-c", program, "allocate", *told], env={**os.environ, "TZ": "Pacific/Kiritimati", "LC_ALL": "C"},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert ended.returncode == 0, ended.stderr
    assert pq.read_table(tmp_path / "out.parquet").column("week").to_pylist() == [WEEK, WEEK]
    assert days_of(pa.chunked_array([written])).to_pylist() == [WEEK, WEEK]


@pytest.mark.parametrize("ending", ["csv", "parquet"])
def test_blanks_around_names_do_not_count(tmp_path: Path, ending: str) -> None:
    names = ["a", " b", "c ", "　d\t", "老 王 ", "   "]
    table = pa.table({"week": ["2026-03-02"] * 6, "product_id": ["P", " P", "P ", "P", "P　", "P"], "retailer_id": names,
                      "wanted_units": [1] * 6})  # fmt: skip
    if ending == "csv":
        pyarrow.csv.write_csv(table, tmp_path / "blanks.csv")
    else:
        pq.write_table(table, tmp_path / "blanks.parquet")
    told = words(tmp_path)
    with pytest.raises(Refused, match="The cell is empty"):
        CliRunner().invoke(allocate, [str(tmp_path / f"blanks.{ending}"), *told[1:]], catch_exceptions=False)
    assert fault_rows(tmp_path) == [("requests", "P", "", "retailer_id", "", "missing")]
    whole = table.slice(0, 5)
    pq.write_table(whole, tmp_path / "whole.parquet")
    assert run([str(tmp_path / "whole.parquet"), *told[1:]]).exit_code == 0
    made = pq.read_table(tmp_path / "out.parquet")
    assert sorted(made.column("retailer_id").to_pylist()) == ["a", "b", "c", "d", "老 王"]
    assert set(made.column("product_id").to_pylist()) == {"P"}
    again = pa.concat_tables([whole, whole.slice(1, 1).set_column(2, "retailer_id", pa.array(["b"]))])
    pq.write_table(again, tmp_path / "again.parquet")
    assert isinstance(run([str(tmp_path / "again.parquet"), *told[1:]]).exception, Refused)
    assert [row[-1] for row in fault_rows(tmp_path)] == ["duplicate"]


@pytest.mark.parametrize("kind", [pa.float64(), pa.float32(), pa.decimal128(30, 2), pa.int32()])
def test_whole_numbers_are_names_in_any_type(tmp_path: Path, kind: pa.DataType) -> None:
    table = pa.table({"week": [WEEK] * 2, "product_id": pa.array([7, 7]).cast(kind), "retailer_id": pa.array([1, 20]).cast(kind),
                      "wanted_units": [9, 1]})  # fmt: skip
    pq.write_table(table, tmp_path / "numbers.parquet")
    told = words(tmp_path, supply=SUPPLY + "2026-03-02,7,9\n")
    result = run([str(tmp_path / "numbers.parquet"), *told[1:]])
    assert result.exit_code == 0, result.output
    made = pq.read_table(tmp_path / "out.parquet")
    assert sorted(made.column("retailer_id").to_pylist()) == ["1", "20"]


def test_broken_numbers_are_no_names_and_nan_is_nothing(tmp_path: Path) -> None:
    table = pa.table({"week": [WEEK] * 3, "product_id": ["P"] * 3, "retailer_id": [1.5, float("nan"), 3.0],
                      "wanted_units": [9.0, 1.0, float("nan")]})  # fmt: skip
    pq.write_table(table, tmp_path / "numbers.parquet")
    with pytest.raises(Refused):
        CliRunner().invoke(allocate, [str(tmp_path / "numbers.parquet"), *words(tmp_path)[1:]], catch_exceptions=False)
    assert fault_rows(tmp_path) == [
        ("requests", "P", "", "retailer_id", "1.5", "not_readable"),
        ("requests", "P", "", "retailer_id", None, "missing"),
        ("requests", "P", "3", "wanted_units", None, "missing"),
    ]


def test_a_weight_that_is_no_number_is_a_fault(tmp_path: Path) -> None:
    """Statistics of a Parquet file never count NaN; it must not hide behind them."""
    table = pa.table({"week": [WEEK] * 2, "product_id": ["P"] * 2, "retailer_id": ["a", "b"], "wanted_units": [9, 1],
                      "weight": [1.0, float("nan")]})  # fmt: skip
    pq.write_table(table, tmp_path / "weights.parquet")
    told = words(tmp_path, policy='rule = "weighted_uniform"\n')
    with pytest.raises(Refused, match="must lie above 0"):
        CliRunner().invoke(allocate, [str(tmp_path / "weights.parquet"), *told[1:]], catch_exceptions=False)
    assert [row[2:4] for row in fault_rows(tmp_path)] == [("b", "weight")]
