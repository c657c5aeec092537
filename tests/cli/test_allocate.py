"""`lianxin allocate`: files in, one file out, and every fault as a row."""

import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner
from django.utils import translation

from lianxin import engine
from lianxin.cli.allocating import allocate
from lianxin.cli.allocating_words import fault_words
from lianxin.core.allocating import FAULTS
from lianxin.core.allocating import REQUESTS as REQUEST_COLUMNS
from lianxin.core.errors import CoreError
from lianxin.core.tables.inputs import ALSO
from lianxin.foundation.errors import Refused
from tests.cli.allocate_files import GOOD, REQUESTS, SUPPLY, WEEK, fault_rows, in_english, run, words

pytestmark = pytest.mark.requirement("D1")
__all__ = ["in_english"]


def test_writes_all_columns_of_the_requests_and_the_result(tmp_path: Path) -> None:
    result = run(words(tmp_path, policy='rule = "weighted_uniform"\n[weights]\n"30" = 3.0\n'))
    assert result.exit_code == 0, result.output
    table = pq.read_table(tmp_path / "out.parquet")
    columns = ["week", "product_id", "retailer_id", "wanted_units", "tier", "share_units", "fill_level", "reason"]
    assert table.column_names == columns
    assert [str(table.schema.field(name).type) for name in columns[-3:]] == ["int64", "double", "string"]
    got = {row["retailer_id"]: (row["share_units"], row["fill_level"], row["reason"]) for row in table.to_pylist()}
    assert got == {"a": (6, 2.0, "level"), "b": (1, 2.0, "full"), "c": (2, 2.0, "level")}
    left = {path.name for path in tmp_path.iterdir()} - {"home"}
    assert left == {"out.parquet", "policy.toml", "requests.csv", "supply.csv"}


def test_reads_the_trade_s_own_names_other_columns_and_encodings(tmp_path: Path) -> None:
    text = "week;product_code;licence_no;店名;wanted_units\n2026/3/2;P;001;老王,烟酒;7.0\n2026-03-02;P;002;;2\n"
    result = run(
        words(tmp_path, text, "week,product_code,supply_units\n2026-03-02,P,5\n", out="out.csv", code="gb18030")
    )
    assert result.exit_code == 0, result.output
    lines = sorted((tmp_path / "out.csv").read_text("utf-8-sig").splitlines())
    assert lines == [
        '2026-03-02,P,001,"老王,烟酒",7,3,3.0,level',
        "2026-03-02,P,002,,2,2,3.0,full",
        "week,product_code,licence_no,店名,wanted_units,share_units,fill_level,reason",
    ]


def test_parquet_and_csv_give_the_same(tmp_path: Path) -> None:
    assert run(words(tmp_path)).exit_code == 0
    first = pq.read_table(tmp_path / "out.parquet")
    rows = [line.split(",") for line in GOOD.splitlines()]
    for kind in (pa.int16(), pa.float64(), pa.string()):
        table = pa.table(
            {
                "week": pa.array([WEEK] * 3, pa.date32()),
                "product_id": [row[1] for row in rows],
                "retailer_id": [row[2] for row in rows],
                "wanted_units": pa.array([int(row[3]) for row in rows]).cast(kind),
                "tier": pa.array([int(row[4]) for row in rows]).cast(kind),
            }
        )
        pq.write_table(table, tmp_path / "requests.parquet")
        told = words(tmp_path, out="again.parquet")
        assert run([str(tmp_path / "requests.parquet"), *told[1:]]).exit_code == 0
        assert engine.digest(pq.read_table(tmp_path / "again.parquet")) == engine.digest(first)


def test_every_fault_is_a_row_and_an_old_output_stays(tmp_path: Path) -> None:
    (tmp_path / "out.parquet").write_bytes(b"old")
    requests = (
        "week,product_id,retailer_id,wanted_units,cap_units,floor_units,tier,weight\n"
        "2026-03-02,P,a,-1,,,31,0\n2026-03-02,P,a,x,-2,,1,\n2026-03-02,,b,,,1.5,,\n2026-03-02,Q,c,5,,9,,\n"
        "gestern,P,d,2000000000,,,,\n2026-03-02,R,e,4,,4,,\n"
    )
    supply = SUPPLY + "2026-03-02,P,9\n2026-03-02,P,9\n2026-03-02,R,3\n2026-03-02,S,-4\n2026-03-02,T,\n"
    told = words(tmp_path, requests, supply)
    with pytest.raises(Refused, match="Nothing was divided") as refused:
        CliRunner().invoke(allocate, told, catch_exceptions=False)
    assert "more like these" in str(refused.value)
    assert (tmp_path / "out.parquet").read_bytes() == b"old"
    assert fault_rows(tmp_path) == sorted(
        [
            ("requests", "P", "a", "wanted_units", "-1", "negative"),
            ("requests", "P", "a", "tier", "31", "tier_unknown"),
            ("requests", "P", "a", "weight", "0", "weight_out_of_range"),
            ("requests", "P", "a", "wanted_units", "x", "not_readable"),
            ("requests", "P", "a", "cap_units", "-2", "negative"),
            ("requests", "P", "a", "", "2", "duplicate"),
            ("requests", "", "b", "product_id", None, "missing"),
            ("requests", "", "b", "wanted_units", None, "missing"),
            ("requests", "", "b", "floor_units", "1.5", "not_readable"),
            ("requests", "P", "d", "week", "gestern", "not_readable"),
            ("requests", "P", "d", "wanted_units", "2000000000", "too_large"),
            ("requests", "Q", "", "product_id", "Q", "no_supply"),
            ("supply", "P", "", "", "2", "duplicate"),
            ("supply", "R", "", "supply_units", "4", "floors_above_supply"),
            ("supply", "S", "", "supply_units", "-4", "negative"),
            ("supply", "S", "", "product_id", "S", "not_requested"),
            ("supply", "T", "", "supply_units", None, "missing"),
            ("supply", "T", "", "product_id", "T", "not_requested"),
        ],
        key=lambda row: tuple(str(cell) for cell in row),
    )
    told = words(tmp_path)
    assert run(told).exit_code == 0
    assert not (tmp_path / "out.faults.parquet").exists()


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"requests": "week,product_id,wanted_units\n"}, "lacks the column(s) retailer_id"),
        ({"supply": "week,product_id\n"}, "lacks the column(s) supply_units"),
        ({"requests": "week,week\n"}, "two columns of one name"),
        ({"requests": REQUESTS.replace("tier", "WEEK")}, "two columns of one name"),
        ({"requests": REQUESTS.replace("tier", "tier_as_written")}, "already has the column"),
        ({"requests": REQUESTS + "2026-03-02,P,a\n"}, "cannot be read"),
        ({"requests": REQUESTS.replace("tier", "name"), "policy": 'rule = "tier_quota"\n'}, "needs the column tier"),
        ({"policy": 'rule = "tier_quota"\nattributes = ["area"]\n'}, "needs the column area"),
        ({"requests": REQUESTS.replace("tier", "reason")}, "already has the column(s) reason"),
    ],
)
def test_a_file_that_cannot_be_taken_is_told_beside_the_output_too(
    tmp_path: Path, change: dict[str, str], said: str
) -> None:
    (tmp_path / "out.parquet").write_bytes(b"old")
    with pytest.raises((Refused, CoreError), match=re.escape(said)) as refused:
        CliRunner().invoke(allocate, words(tmp_path, **change), catch_exceptions=False)
    (row,) = pq.read_table(tmp_path / "out.faults.parquet").to_pylist()
    which = "supply" if "supply" in change else "requests"
    assert (row["file"], row["value"], row["reason"]) == (which, f"{which}.csv", "file_not_taken")
    assert row["words"] == str(refused.value)
    assert (tmp_path / "out.parquet").read_bytes() == b"old"
    assert run(words(tmp_path)).exit_code == 0
    assert not (tmp_path / "out.faults.parquet").exists()


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"policy": 'rule = "first_come"\n'}, "write one of uniform"),
        ({"policy": "rule = \n"}, "cannot be read as TOML"),
        ({"policy": 'rule = "lottery"\n'}, "needs a seed"),
        ({"out": "out.xlsx"}, "neither .csv nor .parquet"),
        ({"out": "none/out.csv"}, "no folder"),
    ],
)
def test_what_cannot_be_done_is_said_in_one_sentence(tmp_path: Path, change: dict[str, str], said: str) -> None:
    with pytest.raises((Refused, CoreError), match=said):
        CliRunner().invoke(allocate, words(tmp_path, **change), catch_exceptions=False)
    assert not [path for path in tmp_path.iterdir() if path.name.startswith((".out", "out"))]


def test_files_that_are_none(tmp_path: Path) -> None:
    told = words(tmp_path)
    for name, said in (
        ("nothing.csv", "There is no file"),
        ("text.parquet", "cannot be read"),
        ("a.txt", "ends in neither"),
    ):
        if name != "nothing.csv":
            (tmp_path / name).write_text("no table")
        with pytest.raises(CoreError, match=said):
            CliRunner().invoke(allocate, [str(tmp_path / name), *told[1:]], catch_exceptions=False)
    with pytest.raises(Refused, match="There is no file"):
        CliRunner().invoke(allocate, [*told[:3], str(tmp_path / "no.toml"), *told[4:]], catch_exceptions=False)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"week": [20260302] * 3}, "列 week 类型为 BIGINT，无法按 date 读取。"),
        ({"wanted_units": [[1]] * 3}, "列 wanted_units 类型为 BIGINT[]，无法按 int64 读取。"),
        ({"retailer_id": [{"no": "a"}] * 3}, '列 retailer_id 类型为 STRUCT("no" VARCHAR)，无法按 string 读取。'),
        ({"cap_units": [True] * 3}, "列 cap_units 类型为 BOOLEAN，无法按 int64 读取。"),
    ],
)
def test_a_column_of_a_type_that_holds_no_such_values_is_told_in_chinese(
    tmp_path: Path, change: dict[str, list[object]], said: str
) -> None:
    given = {"week": pa.array([WEEK] * 3, pa.date32()), "product_id": ["P"] * 3, "retailer_id": ["a", "b", "c"]}
    pq.write_table(pa.table({**given, "wanted_units": [1, 2, 3], **change}), tmp_path / "requests.parquet")
    told = words(tmp_path)
    with translation.override("zh-hans"), pytest.raises(CoreError):
        CliRunner().invoke(allocate, [str(tmp_path / "requests.parquet"), *told[1:]], catch_exceptions=False)
    (row,) = pq.read_table(tmp_path / "out.faults.parquet").to_pylist()
    assert row["words"] == f"requests.parquet 的{said}"


def test_a_file_that_is_broken_inside_is_told_beside_the_output(tmp_path: Path) -> None:
    """Its end, which says what it holds, can be read, and so can its texts; the numbers cannot."""
    path, n = tmp_path / "requests.parquet", 3000
    given = {
        "week": pa.array([WEEK] * n, pa.date32()),
        "product_id": ["P"] * n,
        "retailer_id": [f"r{k}" for k in range(n)],
    }
    pq.write_table(pa.table({**given, "wanted_units": [k % 7 for k in range(n)]}), path)
    part = pq.read_metadata(path).row_group(0).column(3)
    first, size = part.dictionary_page_offset, part.total_compressed_size
    whole = bytearray(path.read_bytes())
    whole[first : first + size] = b"\xff" * size
    path.write_bytes(whole)
    told = words(tmp_path)
    with pytest.raises(CoreError, match=r"requests\.parquet cannot be read"):
        CliRunner().invoke(allocate, [str(path), *told[1:]], catch_exceptions=False)
    (row,) = pq.read_table(tmp_path / "out.faults.parquet").to_pylist()
    assert (row["file"], row["value"], row["reason"]) == ("requests", "requests.parquet", "file_not_taken")
    assert not (tmp_path / "out.parquet").exists()
    flat = engine.flat_file(path, REQUEST_COLUMNS.types, needed=[], also=ALSO, folder=tmp_path)
    with pytest.raises(engine.FileUnreadable, match=r"requests\.parquet cannot be read"):
        engine.as_parquet("requests", flat, tmp_path)


def test_a_column_of_nothing_at_all_may_be_of_no_type(tmp_path: Path) -> None:
    given = {"week": pa.array([WEEK] * 3, pa.date32()), "product_id": ["P"] * 3, "retailer_id": ["a", "b", "c"]}
    pq.write_table(
        pa.table({**given, "wanted_units": [1, 2, 3], "cap_units": pa.nulls(3)}), tmp_path / "requests.parquet"
    )
    told = words(tmp_path)
    assert run([str(tmp_path / "requests.parquet"), *told[1:]]).exit_code == 0


@pytest.mark.parametrize("rule", ["uniform", "tier_quota", "lottery"])
def test_wholly_empty_requests_are_no_fault(tmp_path: Path, rule: str) -> None:
    result = run(words(tmp_path, REQUESTS, policy=f'rule = "{rule}"\nseed = "s"\n'))
    assert result.exit_code == 0, result.output
    assert pq.read_table(tmp_path / "out.parquet").num_rows == 0


def test_every_fault_has_its_sentence() -> None:
    assert fault_words() == dict(FAULTS)


def test_a_killed_run_leaves_the_old_output(tmp_path: Path) -> None:
    """Killed while it writes: the name of the output never holds a part."""
    told = words(tmp_path)
    n = 300_000
    table = pa.table(
        {
            "week": pa.array([WEEK] * n, pa.date32()),
            "product_id": ["P"] * n,
            "retailer_id": [f"r{k}" for k in range(n)],
            "wanted_units": pa.array([k % 7 for k in range(n)]),
        }
    )
    pq.write_table(table, tmp_path / "many.parquet")
    (tmp_path / "out.parquet").write_bytes(b"old")
    program = "import sys; from lianxin.cli import main; main(sys.argv[1:])"
    environment = {**os.environ, "LC_ALL": "C"}
    child = subprocess.Popen(
        [sys.executable, "-c", program, "allocate", str(tmp_path / "many.parquet"), *told[1:]], env=environment
    )
    while child.poll() is None and not list(tmp_path.glob(".out.parquet.*/shares.parquet*")):
        time.sleep(0.002)
    child.send_signal(signal.SIGKILL)
    child.wait()
    assert (tmp_path / "out.parquet").read_bytes() == b"old" or pq.read_table(tmp_path / "out.parquet").num_rows == n
    assert run([str(tmp_path / "many.parquet"), *told[1:]]).exit_code == 0
    assert pq.read_table(tmp_path / "out.parquet").num_rows == n


def test_the_program_says_what_is_wrong_and_ends_with_two(tmp_path: Path) -> None:
    told = words(tmp_path, REQUESTS + GOOD + GOOD)
    program = "import sys; from lianxin.cli import main; main(sys.argv[1:])"
    environment = {name: value for name, value in os.environ.items() if not name.startswith("DJANGO")}
    environment |= {"LC_ALL": "zh_CN.UTF-8", "LIANXIN_HOME": str(tmp_path / "nowhere")}
    ended = subprocess.run(
        [sys.executable, "-c", program, "allocate", *told], env=environment, capture_output=True, text=True, check=False
    )
    assert ended.returncode == 2
    assert "请只保留一行" in ended.stderr
    (tmp_path / "policy.toml").write_text('rule = "uniform"\nlot_units = 0\n', "utf-8")
    ended = subprocess.run(
        [sys.executable, "-c", program, "allocate", *told], env=environment, capture_output=True, text=True, check=False
    )
    assert ended.returncode == 2
    assert "请写不小于 1 的整数" in ended.stderr
    assert not (tmp_path / "nowhere").exists()


@pytest.mark.parametrize("rule", ["weighted_uniform", "proportional", "tier_quota", "lottery"])
@pytest.mark.spark
@pytest.mark.xdist_group("spark")
def test_spark_writes_the_same(tmp_path: Path, rule: str) -> None:
    if (reason := engine.spark_available()) is not None:
        pytest.skip(f"Spark: not tested, {reason}")
    lines = "".join(f"2026-03-02,P{k % 2},r{k:03},{k * 7 % 12},{k % 5 + 26},{k % 3 + 0.5}\n" for k in range(120))
    head = REQUESTS.replace("tier", "tier,weight")
    told = words(
        tmp_path, head + lines, SUPPLY + "2026-03-02,P0,101\n2026-03-02,P1,77\n", f'rule = "{rule}"\nseed = "s"\n'
    )
    digests = set()
    for name in ("duckdb", "spark"):
        assert run([*told, "--engine", name]).exit_code == 0
        digests.add(engine.digest(pq.read_table(tmp_path / "out.parquet")))
    assert len(digests) == 1
