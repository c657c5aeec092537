"""Order lines into the lake: every row is accepted, refused with a reason, or a duplicate."""

from __future__ import annotations

import csv
import os
import signal
import subprocess
import sys
import textwrap
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from lianxin.engine import Lake, ingest

HEADER = "No,Day,Shop,Item,Asked,Cap,Ordered,Supplied,Money"
COLUMNS = {
    "No": "line_id",
    "Day": "order_date",
    "Shop": "licence_no",
    "Item": "product_code",
    "Asked": "wanted_units",
    "Cap": "cap_units",
    "Ordered": "ordered_units",
    "Supplied": "supplied_units",
    "Money": "amount",
}
LOOKUPS = {
    "retailers": pa.table({"licence_no": ["L1", "L2"], "retailer_id": pa.array([1, 2], pa.int64())}),
    "products": pa.table({"product_code": ["P1", "P2"], "product_id": pa.array([11, 12], pa.int64())}),
}


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    return Lake(tmp_path / "lake")


def write(tmp_path: Path, *lines: str, header: str = HEADER, name: str = "orders.csv") -> Path:
    path = tmp_path / name
    path.write_text("\n".join([header, *lines]) + "\n", encoding="utf-8")
    return path


def take(lake: Lake, path: Path, batch: str = "b1", **other: Any) -> ingest.Outcome:
    settings = {"columns": COLUMNS, "lookups": LOOKUPS, "lake": lake, "company_id": 1, "batch_id": batch, **other}
    return ingest.order_lines([ingest.OrderFile(path)], **settings)


def counts(outcome: ingest.Outcome) -> tuple[int, int, int, int]:
    assert outcome.accepted + outcome.refused + outcome.duplicate == outcome.read
    return outcome.read, outcome.accepted, outcome.refused, outcome.duplicate


GOOD = "N1,2021-03-05,L1,P1,10,8,8,7,70.50"


def test_good_row_is_kept_as_it_is(lake: Lake, tmp_path: Path) -> None:
    outcome = take(lake, write(tmp_path, GOOD))
    assert counts(outcome) == (1, 1, 0, 0)
    assert outcome.months == (date(2021, 3, 1),)
    assert lake.read("order_lines").to_pylist() == [
        {
            "company_id": 1,
            "line_id": "N1",
            "order_date": date(2021, 3, 5),
            "order_month": date(2021, 3, 1),
            "retailer_id": 1,
            "product_id": 11,
            "wanted_units": 10,
            "cap_units": 8,
            "ordered_units": 8,
            "supplied_units": 7,
            "amount_fen": 7050,
            "batch_id": "b1",
            "replaces_batch_id": None,
        }
    ]


@pytest.mark.parametrize(
    ("row", "column", "reason"),
    [
        (",2021-03-05,L1,P1,,,8,,", "line_id", "empty"),
        ("N1,,L1,P1,,,8,,", "order_date", "empty"),
        ("N1,2021-02-30,L1,P1,,,8,,", "order_date", "not_a_date"),
        ("N1,0021-02-03,L1,P1,,,8,,", "order_date", "not_a_date"),
        ("N1,yesterday,L1,P1,,,8,,", "order_date", "not_a_date"),
        ("N1,2021-03-05,,P1,,,8,,", "licence_no", "empty"),
        ("N1,2021-03-05,L9,P1,,,8,,", "licence_no", "unknown_retailer"),
        ("N1,2021-03-05,L1,,,,8,,", "product_code", "empty"),
        ("N1,2021-03-05,L1,P9,,,8,,", "product_code", "unknown_product"),
        ("N1,2021-03-05,L1,P1,,,,,", "ordered_units", "empty"),
        ("N1,2021-03-05,L1,P1,,,8.5,,", "ordered_units", "not_whole"),
        ("N1,2021-03-05,L1,P1,,,eight,,", "ordered_units", "not_a_number"),
        ('N1,2021-03-05,L1,P1,,,"1,23",,', "ordered_units", "not_a_number"),
        ("N1,2021-03-05,L1,P1,,,3000000000,,", "ordered_units", "too_large"),
        ("N1,2021-03-05,L1,P1,1.5,,8,,", "wanted_units", "not_whole"),
        ("N1,2021-03-05,L1,P1,,x,8,,", "cap_units", "not_a_number"),
        ("N1,2021-03-05,L1,P1,,,8,0.1,", "supplied_units", "not_whole"),
        ("N1,2021-03-05,L1,P1,,,8,,12.345", "amount", "too_many_decimals"),
        ("N1,2021-03-05,L1,P1,,,8,,free", "amount", "not_a_number"),
        ("N1,2021-03-05,L1,P1,,,8", "", "wrong_number_of_columns"),
        ("N1,2021-03-05,L1,P1,,,8,,,x", "", "wrong_number_of_columns"),
    ],
)
def test_bad_row_is_refused_with_its_place(lake: Lake, tmp_path: Path, row: str, column: str, reason: str) -> None:
    outcome = take(lake, write(tmp_path, "N0,2021-03-05,L1,P1,,,8,,", row, "N2,2021-03-05,L1,P1,,,8,,"))
    assert counts(outcome) == (3, 2, 1, 0)
    (refused,) = outcome.sample
    assert (refused.line_number, refused.column, refused.reason) == (3, column, reason)


@pytest.mark.parametrize(
    ("cells", "ordered", "fen"),
    [
        ('"1,234",,"¥1,234.50"', 1234, 123450),
        ("12.0,,$5", 12, 500),
        ("-3,,-30.00", -3, -3000),
        (" 7 ,, 7.1 ", 7, 710),
    ],
)
def test_numbers_as_people_write_them(lake: Lake, tmp_path: Path, cells: str, ordered: int, fen: int) -> None:
    take(lake, write(tmp_path, f"N1,2021-03-05,L1,P1,,,{cells}"))
    (row,) = lake.read("order_lines").to_pylist()
    assert (row["ordered_units"], row["supplied_units"], row["amount_fen"]) == (ordered, None, fen)


@pytest.mark.parametrize(
    "day", ["2021-03-05", "2021/3/5", "2021年3月5日", "20210305", "2021.03.05", "2021-03-05 00:00:00"]
)
def test_dates_as_people_write_them(lake: Lake, tmp_path: Path, day: str) -> None:
    take(lake, write(tmp_path, f"N1,{day},L1,P1,,,8,,"))
    assert lake.read("order_lines").column("order_date").to_pylist() == [date(2021, 3, 5)]


def test_declared_date_format_is_the_only_one(lake: Lake, tmp_path: Path) -> None:
    path = write(tmp_path, "N1,03/05/2021,L1,P1,,,8,,", "N2,2021-03-05,L1,P1,,,8,,")
    outcome = take(lake, path, date_formats=["%m/%d/%Y"])
    assert counts(outcome) == (2, 1, 1, 0)
    assert lake.read("order_lines").column("order_date").to_pylist() == [date(2021, 3, 5)]


def test_line_breaks_in_quotes_and_odd_rows_together(lake: Lake, tmp_path: Path) -> None:
    path = write(tmp_path, GOOD, 'N2,2021-03-05,"L\n1",P1,,,8,,', "N3,2021-03-05,L1", "N4,2021-03-05,L2,P1,,,8,,")
    outcome = take(lake, path)
    assert counts(outcome) == (4, 2, 2, 0)
    assert [(row.line_number, row.reason) for row in outcome.sample] == [
        (3, "unknown_retailer"),
        (4, "wrong_number_of_columns"),
    ]


def test_same_file_twice_adds_nothing(lake: Lake, tmp_path: Path) -> None:
    path = write(tmp_path, GOOD, "N2,2021-04-05,L2,P2,,,8,,")
    take(lake, path)
    version = lake.version("order_lines")
    assert counts(take(lake, path, "b2")) == (2, 0, 0, 2)
    assert lake.version("order_lines") == version


def test_line_id_twice_in_a_file(lake: Lake, tmp_path: Path) -> None:
    outcome = take(lake, write(tmp_path, GOOD, GOOD, GOOD.replace("70.50", "71.50")))
    assert counts(outcome) == (3, 1, 1, 1)
    (refused,) = outcome.sample
    assert (refused.line_number, refused.reason) == (4, "differs_in_file")
    assert "amount=71.50" in str(refused.value)
    assert "amount=70.50" in str(refused.other)


def test_known_line_with_other_content_is_refused_with_both_contents(lake: Lake, tmp_path: Path) -> None:
    take(lake, write(tmp_path, GOOD))
    outcome = take(lake, write(tmp_path, GOOD.replace(",8,7,", ",8,6,")), "b2")
    assert counts(outcome) == (1, 0, 1, 0)
    (refused,) = outcome.sample
    assert refused.reason == "differs_from_known"
    assert refused.value == (
        "order_date=2021-03-05 licence_no=L1 product_code=P1 wanted_units=10 cap_units=8 ordered_units=8 "
        "supplied_units=6 amount=70.50"
    )
    assert refused.other == str(refused.value).replace("supplied_units=6", "supplied_units=7")


def test_correction_replaces_and_its_undo_restores(lake: Lake, tmp_path: Path) -> None:
    take(lake, write(tmp_path, GOOD, "N2,2021-03-05,L2,P1,,,8,,"))
    fixed = write(tmp_path, GOOD.replace("2021-03-05", "2021-04-02"), "N2,2021-03-05,L2,P1,,,8,,")
    outcome = take(lake, fixed, "b2", correction=True)
    assert counts(outcome) == (2, 1, 0, 1)
    assert outcome.corrected == 1
    assert lake.replacements().to_pylist() == [{"company_id": 1, "line_id": "N1", "batch_id": "b1"}]
    assert counts(take(lake, fixed, "b3")) == (2, 0, 0, 2)
    again = write(tmp_path, GOOD.replace("2021-03-05", "2021-05-02"))
    assert take(lake, again, "b4", correction=True).corrected == 1
    assert {row["batch_id"] for row in lake.replacements().to_pylist()} == {"b1", "b2"}
    lake.remove_batch("b4")
    lake.remove_batch("b2")
    assert lake.replacements().num_rows == 0


def test_dry_run_counts_and_changes_nothing(lake: Lake, tmp_path: Path) -> None:
    outcome = take(lake, write(tmp_path, GOOD, "N2,never,L1,P1,,,8,,"), dry_run=True, refused_to=tmp_path / "no.csv")
    assert counts(outcome) == (2, 1, 1, 0)
    assert lake.batches() == {}
    assert list(lake.root.rglob("*.parquet")) == []
    assert (tmp_path / "no.csv").exists()


def test_refused_rows_are_written_with_reasons_and_their_own_columns(lake: Lake, tmp_path: Path) -> None:
    path = write(tmp_path, "N1,2021-03-05,L9,P1,,,8,,,甲", header=HEADER + ",Extra")
    outcome = take(lake, path, refused_to=tmp_path / "refused.csv", sentences={"unknown_retailer": "没有这个零售户"})
    assert outcome.refused_to == tmp_path / "refused.csv"
    assert outcome.refused_to.read_bytes().startswith(b"\xef\xbb\xbf")
    with outcome.refused_to.open(encoding="utf-8-sig", newline="") as opened:
        (row,) = list(csv.DictReader(opened))
    assert (row["line_number"], row["column"], row["value"]) == ("2", "licence_no", "L9")
    assert (row["reason"], row["No"], row["Extra"]) == ("没有这个零售户", "N1", "甲")


def test_nothing_refused_leaves_no_file(lake: Lake, tmp_path: Path) -> None:
    assert take(lake, write(tmp_path, GOOD), refused_to=tmp_path / "refused.csv").refused_to is None
    assert not (tmp_path / "refused.csv").exists()


def test_missing_key_column_stops_the_import(lake: Lake, tmp_path: Path) -> None:
    path = write(tmp_path, "N1,2021-03-05,L1,8", header="No,Day,Shop,Ordered")
    with pytest.raises(ingest.Unreadable, match=r"lacks the key column\(s\) product_code \(Item\)"):
        take(lake, path)
    assert lake.batches() == {}


def test_unreadable_file_stops_the_import(lake: Lake, tmp_path: Path) -> None:
    path = tmp_path / "picture.parquet"
    path.write_bytes(b"not parquet")
    with pytest.raises(ingest.Unreadable, match="cannot be read"):
        ingest.order_lines(
            [ingest.OrderFile(path, parquet=True)],
            columns=COLUMNS,
            lookups=LOOKUPS,
            lake=lake,
            company_id=1,
            batch_id="b1",
        )
    empty = tmp_path / "empty.csv"
    empty.write_text("")
    with pytest.raises(ingest.Unreadable, match="is empty"):
        take(lake, empty)


def test_parquet_with_its_own_types(lake: Lake, tmp_path: Path) -> None:
    path = tmp_path / "orders.parquet"
    rows = {"No": ["N1"], "Day": [date(2021, 3, 5)], "Shop": ["L1"], "Item": ["P1"], "Ordered": [8], "Money": [1.5]}
    pq.write_table(pa.table(rows), path)
    settings = {"columns": COLUMNS, "lookups": LOOKUPS, "lake": lake, "company_id": 1, "batch_id": "b1"}
    assert counts(ingest.order_lines([ingest.OrderFile(path, parquet=True)], **settings)) == (1, 1, 0, 0)
    assert lake.read("order_lines").column("amount_fen").to_pylist() == [150]


def test_batch_is_written_once(lake: Lake, tmp_path: Path) -> None:
    take(lake, write(tmp_path, GOOD))
    with pytest.raises(ingest.Unreadable, match="already in the lake"):
        take(lake, write(tmp_path, GOOD.replace("N1", "N7")))


def test_lines_of_another_company_are_not_met(lake: Lake, tmp_path: Path) -> None:
    take(lake, write(tmp_path, GOOD))
    assert counts(take(lake, write(tmp_path, GOOD), "b2", company_id=2)) == (1, 1, 0, 0)


def test_discarded_preparation_leaves_no_file(lake: Lake, tmp_path: Path) -> None:
    prepared = ingest.prepare(
        [ingest.OrderFile(write(tmp_path, GOOD))],
        columns=COLUMNS,
        lookups=LOOKUPS,
        lake=lake,
        company_id=1,
        batch_id="b1",
    )
    assert len(list(lake.root.rglob("*.parquet"))) == 1
    prepared.discard()
    assert list(lake.root.rglob("*.parquet")) == []
    assert lake.batches() == {}


CHILD = """
    import os, signal, sys
    from pathlib import Path
    from lianxin.engine import Lake, ingest
    from tests.engine.test_ingest import COLUMNS, LOOKUPS
    prepared = ingest.prepare([ingest.OrderFile(Path(sys.argv[2]))], columns=COLUMNS, lookups=LOOKUPS,
                              lake=Lake(Path(sys.argv[1])), company_id=1, batch_id="b1")
    if sys.argv[3] == "after":
        ingest.commit(prepared)
    os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.mark.parametrize(("moment", "batches", "orphans"), [("before", {}, 1), ("after", {"b1": 1}, 0)])
def test_killed_import_leaves_the_old_or_the_new_state(
    lake: Lake, tmp_path: Path, moment: str, batches: dict[str, int], orphans: int
) -> None:
    path = write(tmp_path, GOOD)
    child = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(CHILD), str(lake.root), str(path), moment],
        check=False,
        env={**os.environ, "PYTHONPATH": f"src{os.pathsep}."},
    )
    assert child.returncode == -signal.SIGKILL
    assert lake.batches() == batches
    assert len(lake.sweep()) == orphans
    assert lake.batches() == batches
    if not batches:
        assert counts(take(lake, path)) == (1, 1, 0, 0)
    assert lake.read("order_lines").num_rows == 1
