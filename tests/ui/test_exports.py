import csv
import io
from datetime import UTC, date, datetime
from typing import Any

import pytest
from django.test import RequestFactory
from django.utils import translation
from python_calamine import CalamineWorkbook

from lianxin.ui import exports
from lianxin.ui.filters import Choice, Filter, FilterSet
from lianxin.ui.parts import Figure
from lianxin.ui.tables import Column, Table

ROWS = [
    {
        "id": 1,
        "name": "=HYPERLINK(1)",
        "sold": 1200,
        "share": 0.25,
        "on": date(2021, 12, 31),
        "at": datetime(2021, 12, 1, 3, tzinfo=UTC),
    },
    {"id": 2, "name": "@cmd", "sold": -3, "share": None, "on": None, "at": None},
    {"id": 3, "name": "+86 553", "sold": None, "share": 0.5, "on": date(2021, 1, 1), "at": None},
]
COLUMNS = [
    Column(key="name", title="Name"),
    Column(key="sold", title="Sold", kind="number", unit="条"),
    Column(
        key="share",
        title="Share",
        kind="figure",
        value=lambda row: Figure(value=row["share"], kind="share", n=3, needs=10),
    ),
    Column(key="on", title="Day", kind="day"),
    Column(key="at", title="At", kind="instant"),
    Column(key="town", title="Town", shown=False),
]


@pytest.fixture(autouse=True)
def _english():
    with translation.override("en"):
        yield


def table(**fields: Any) -> Table:
    return Table(
        **{
            "name": "t",
            "title": "Retailers",
            "columns": COLUMNS,
            "source": ROWS,
            "default_sort": "name",
            "page_size": 1,
            **fields,
        }
    )


def exported(kind: str, made: Table, query: str = "") -> tuple[Any, bytes]:
    request = RequestFactory().get(f"/list/?export={kind}{query}")
    filters = FilterSet([Filter(key="unit", title="Unit", choices=[Choice("3", "South")])], request.GET)
    response = exports.export(request, made, filters)
    return response, b"".join(response.streaming_content)


def test_csv_has_a_bom_all_rows_and_no_formulas() -> None:
    response, content = exported("csv", table())
    assert response["Content-Type"] == "text/csv; charset=utf-8"
    assert response["Content-Disposition"].startswith('attachment; filename="Retailers-')
    assert content.startswith(b"\xef\xbb\xbf")
    read = list(csv.reader(io.StringIO(content.decode("utf-8-sig"))))
    assert read == [
        ["Name", "Sold (条)", "Share", "Day", "At"],
        ["'+86 553", "", "0.5", "2021-01-01", ""],
        ["'=HYPERLINK(1)", "1200", "0.25", "2021-12-31", "2021-12-01 03:00+00:00"],
        ["'@cmd", "-3", "not enough data (n = 3, needs 10)", "", ""],
    ]


def test_xlsx_keeps_texts_as_texts_and_numbers_as_numbers() -> None:
    response, content = exported("xlsx", table(), "&unit=3")
    assert response["Content-Type"] == exports.XLSX_TYPE
    book = CalamineWorkbook.from_filelike(io.BytesIO(content))
    sheet = book.get_sheet_by_index(0).to_python()
    assert sheet[0] == ["Name", "Sold (条)", "Share", "Day", "At"]
    assert sheet[2] == ["=HYPERLINK(1)", 1200.0, 0.25, date(2021, 12, 31), datetime(2021, 12, 1, 3, 0)]
    assert sheet[3][:3] == ["@cmd", -3.0, "not enough data (n = 3, needs 10)"]
    assert len(sheet) == 4
    about = dict(row[:2] for row in book.get_sheet_by_index(1).to_python())
    assert (about["List"], about["Filters"], about["Address"]) == (
        "Retailers", "Unit: South", "http://testserver/list/?export=xlsx&unit=3",
    )  # fmt: skip


def test_an_empty_list_still_has_its_heads() -> None:
    _, content = exported("xlsx", table(source=[]))
    assert CalamineWorkbook.from_filelike(io.BytesIO(content)).get_sheet_by_index(0).to_python() == [
        ["Name", "Sold (条)", "Share", "Day", "At"]
    ]


def test_chosen_columns_and_order_are_those_of_the_screen() -> None:
    _, content = exported("csv", table(), "&columns=sold&sort=-sold")
    read = list(csv.reader(io.StringIO(content.decode("utf-8-sig"))))
    assert read == [["Name", "Sold (条)"], ["'=HYPERLINK(1)", "1200"], ["'@cmd", "-3"], ["'+86 553", ""]]


def test_long_lists_go_on_in_another_sheet(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exports, "ROWS_PER_SHEET", 2)
    _, content = exported("xlsx", table())
    book = CalamineWorkbook.from_filelike(io.BytesIO(content))
    assert [len(book.get_sheet_by_index(index).to_python()) for index in range(2)] == [3, 2]


def test_only_offered_kinds_are_exported() -> None:
    asked = RequestFactory().get("/list/?export=exe")
    assert exports.export_asked(asked, table()) == ""
    assert exports.export_asked(RequestFactory().get("/list/?export=csv"), table(exports=())) == ""
