import csv
from datetime import date
from decimal import Decimal

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from python_calamine import CalamineWorkbook

from lianxin.foundation.errors import Refused
from lianxin.foundation.files import write_table

COLUMNS = ["entity", "value", "n", "on"]
ROWS = [["城南，市场部", 1.5, 3, date(2021, 12, 1)], ["=1+1", None, 0, None]]


def test_csv_has_a_bom_and_empty_cells(tmp_path):
    path = tmp_path / "out.csv"

    assert write_table(path, COLUMNS, ROWS) == 2

    assert path.read_bytes().startswith(b"\xef\xbb\xbf")
    with path.open(encoding="utf-8-sig", newline="") as file:
        assert list(csv.reader(file)) == [COLUMNS, ["城南，市场部", "1.5", "3", "2021-12-01"], ["=1+1", "", "0", ""]]


def test_csv_of_a_table_without_rows_has_its_heads(tmp_path):
    write_table(tmp_path / "out.csv", COLUMNS, [])

    assert (tmp_path / "out.csv").read_text("utf-8-sig") == "entity,value,n,on\n"


def test_money_is_written_with_its_decimals(tmp_path):
    write_table(tmp_path / "out.csv", ["pay"], [[Decimal("12.30")], [Decimal("100.00")]])

    assert (tmp_path / "out.csv").read_text("utf-8-sig") == "pay\n12.30\n100.00\n"


def test_xlsx_keeps_texts_as_texts_and_numbers_as_numbers(tmp_path):
    write_table(tmp_path / "out.xlsx", COLUMNS, ROWS)

    sheet = CalamineWorkbook.from_path(str(tmp_path / "out.xlsx")).get_sheet_by_index(0).to_python()
    assert sheet == [COLUMNS, ["城南，市场部", 1.5, 3.0, date(2021, 12, 1)], ["=1+1", "", 0.0, ""]]


def test_parquet_keeps_the_types_of_an_arrow_table(tmp_path):
    table = pa.table({"a": pa.array([1, 2], pa.int32()), "b": ["x", None], "c": [0.5, 0.25]})

    write_table(tmp_path / "out.parquet", ["b", "a"], table)

    assert pq.read_table(tmp_path / "out.parquet").equals(table.select(["b", "a"]))


@pytest.mark.parametrize("name", ["out.txt", "out", "none/out.csv"])
def test_a_name_that_cannot_be_written_is_refused_with_nothing_left(tmp_path, name):
    with pytest.raises(Refused):
        write_table(tmp_path / name, COLUMNS, ROWS)
    assert list(tmp_path.iterdir()) == [tmp_path / "home"]
