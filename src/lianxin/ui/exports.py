"""Every list as a spreadsheet: XLSX for people, CSV with BOM for programs that people open in Excel all the same."""

import csv
import tempfile
from collections.abc import Iterator, Sequence
from datetime import date, datetime
from decimal import Decimal
from io import StringIO
from typing import IO, Any

import xlsxwriter
from django.http import FileResponse, HttpRequest, HttpResponseBase, StreamingHttpResponse
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.utils.text import get_valid_filename
from django.utils.translation import gettext

from lianxin.ui.filters import FilterSet
from lianxin.ui.parts import Figure
from lianxin.ui.sources import Row
from lianxin.ui.tables import Column, Table

XLSX_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
ROWS_PER_SHEET = 1_000_000
# Excel runs a text that begins so as a formula when it opens a CSV file.
RUNS_AS_FORMULA = ("=", "+", "-", "@", "\t", "\r")
FORMATS = {"share": "0.0%", "change": "+0.0%;-0.0%;0.0%", "points": "+0.0%;-0.0%;0.0%", "money": "#,##0.00"}


def export_asked(request: HttpRequest, table: Table) -> str:
    """Which file the address asks for: "xlsx", "csv" or ""."""
    kind = request.GET.get(f"{table.prefix}export", "")
    return kind if kind in table.exports else ""


def export(
    request: HttpRequest, table: Table, filters: FilterSet | None = None, *, file_name: str = ""
) -> HttpResponseBase:
    """The whole list as the address asks for it: same filters, columns and order as on the screen, all rows."""
    columns = [column for column in table.columns_of(request.GET) if column.kind != "spark"]
    rows = table.rows_to_export(request.GET)
    name = get_valid_filename(f"{file_name or table.title or table.name}-{timezone.localdate():%Y%m%d}")
    if export_asked(request, table) == "csv":
        response: HttpResponseBase = StreamingHttpResponse(
            csv_lines(columns, rows), content_type="text/csv; charset=utf-8"
        )
        response["Content-Disposition"] = content_disposition_header(as_attachment=True, filename=f"{name}.csv")
        return response
    about = [
        (gettext("List"), str(table.title or table.name)),
        (gettext("Filters"), filters.sentence if filters and filters.sentence else gettext("none")),
        (gettext("Exported"), timezone.localtime().strftime("%Y-%m-%d %H:%M %Z")),
        (gettext("Address"), request.build_absolute_uri()),
    ]
    return FileResponse(
        xlsx_file(columns, rows, about), as_attachment=True, filename=f"{name}.xlsx", content_type=XLSX_TYPE
    )


def heading(column: Column) -> str:
    return f"{column.title} ({column.unit})" if column.unit else str(column.title)


def plain(column: Column, row: Row) -> Any:
    """The cell as a spreadsheet should have it: numbers as numbers, the other two answers in words."""
    value = column.read(row)
    if isinstance(value, Figure):
        return value.value if value.is_value else value.text
    return value


def csv_lines(columns: Sequence[Column], rows: Iterator[Row]) -> Iterator[str]:
    """A BOM, the heads, then the rows in pieces of about 64 kB."""
    piece = StringIO()
    writer = csv.writer(piece, lineterminator="\r\n")
    piece.write("\ufeff")
    writer.writerow([heading(column) for column in columns])
    for row in rows:
        writer.writerow([_csv_cell(plain(column, row)) for column in columns])
        if piece.tell() > 65_536:
            yield piece.getvalue()
            piece.seek(0)
            piece.truncate()
    yield piece.getvalue()


def _csv_cell(value: Any) -> Any:
    if isinstance(value, str) and value.startswith(RUNS_AS_FORMULA):
        return "'" + value
    if isinstance(value, datetime):
        return value.isoformat(sep=" ", timespec="minutes")
    return value


def xlsx_file(columns: Sequence[Column], rows: Iterator[Row], about: Sequence[tuple[str, str]]) -> IO[bytes]:
    """A workbook written row by row to a temporary file, so that memory does not grow with the list."""
    # Closed by the response that sends it.
    file = tempfile.TemporaryFile(suffix=".xlsx")  # noqa: SIM115
    # Texts must stay texts: no formula, address or number may be read out of them.
    options = {
        "constant_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
    }
    book = xlsxwriter.Workbook(file, {**options, "default_date_format": "yyyy-mm-dd", "remove_timezone": True})
    head = book.add_format({"bold": True, "bottom": 1, "text_wrap": True, "valign": "top"})
    shapes = {kind: book.add_format({"num_format": pattern}) for kind, pattern in FORMATS.items()}
    shapes["month"] = book.add_format({"num_format": "yyyy-mm"})
    shapes["instant"] = book.add_format({"num_format": "yyyy-mm-dd hh:mm"})
    sheet = None
    line = 0
    for row in rows:
        if sheet is None or line > ROWS_PER_SHEET:
            sheet, line = _new_sheet(book, columns, head), 1
        for position, column in enumerate(columns):
            _write(sheet, line, position, plain(column, row), shapes.get(column.kind))
        line += 1
    if sheet is None:
        _new_sheet(book, columns, head)
    _write_about(book, about)
    book.close()
    file.seek(0)
    return file


def _new_sheet(book: Any, columns: Sequence[Column], head: Any) -> Any:
    sheet = book.add_worksheet()
    sheet.freeze_panes(1, 1)
    for position, column in enumerate(columns):
        sheet.set_column(position, position, 14 if column.is_numeric else 22)
        sheet.write_string(0, position, heading(column), head)
    return sheet


def _write(sheet: Any, line: int, position: int, value: Any, shape: Any) -> None:
    if value is None or value == "":
        return
    if isinstance(value, bool):
        sheet.write_boolean(line, position, value)
    elif isinstance(value, int | float | Decimal):
        sheet.write_number(line, position, value, shape)
    elif isinstance(value, datetime):
        local = timezone.localtime(value) if timezone.is_aware(value) else value
        sheet.write_datetime(line, position, local.replace(tzinfo=None), shape)
    elif isinstance(value, date):
        sheet.write_datetime(line, position, value, shape)
    else:
        sheet.write_string(line, position, str(value))


def _write_about(book: Any, about: Sequence[tuple[str, str]]) -> None:
    sheet = book.add_worksheet(gettext("About this file"))
    sheet.set_column(0, 0, 16)
    sheet.set_column(1, 1, 90)
    for line, (title, text) in enumerate(about):
        sheet.write_string(line, 0, title)
        sheet.write_string(line, 1, text)
