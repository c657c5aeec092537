"""A file as a head and numbered rows, whatever it was: text, spreadsheet or Parquet."""

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import pyarrow as pa
import pyarrow.parquet as pq
from django.utils.translation import gettext as _
from python_calamine import CalamineError, CalamineSheet, CalamineWorkbook, SheetTypeEnum, SheetVisibleEnum

from lianxin.foundation.errors import Refused
from lianxin.foundation.imports.cells import plain
from lianxin.foundation.imports.files import Opened

DELIMITERS: Final = ",;\t"
Row = tuple[int, list[Any]]


@dataclass(frozen=True)
class Sheet:
    """What a file holds.

    head : names of the columns as written, trimmed; a nameless last column is left out
    head_line : the line (row of the spreadsheet) on which the head stands, from 1; 0 for Parquet
    rows : (line number, cells); blank rows are left out; a row may be shorter or longer than the head
    delimiter : of text files, else ""
    notes : sentences about what was passed over
    """

    head: list[str]
    head_line: int
    rows: Iterator[Row]
    delimiter: str = ""
    n_rows: int | None = None
    notes: list[str] = field(default_factory=list)


def read(opened: Opened, known: frozenset[str]) -> Sheet:
    """The sheet of a file. `known` are names of columns that help to tell the delimiter.

    Raises
    ------
    Refused : no head, a head with merged or nameless cells, two columns of one name that is known, or a damaged file.
    """
    if opened.format == "xlsx":
        sheet = _spreadsheet(opened.path)
    elif opened.format == "parquet":
        sheet = _parquet(opened.path)
    else:
        sheet = _text(opened, known)
    _check_head(sheet, known)
    return sheet


def _check_head(sheet: Sheet, known: frozenset[str]) -> None:
    for number, name in enumerate(sheet.head, 1):
        if not name:
            raise Refused(
                _(
                    "Column %(number)s has no name in row %(line)s. Are there merged cells or a title above the head? "
                    "Write one name above each column in one row, and delete what stands above it."
                )
                % {"number": number, "line": sheet.head_line}
            )
    seen: dict[str, int] = {}
    for number, name in enumerate(sheet.head, 1):
        if name in seen and name in known:
            raise Refused(
                _("Two columns have the same name “%(name)s”: %(first)s and %(second)s. Rename or delete one.")
                % {"name": name, "first": seen[name], "second": number}
            )
        seen.setdefault(name, number)


def delimiter_of(head: str, known: frozenset[str]) -> str:
    """The sign between the columns: the one that gives most of the known names, else most columns."""

    def merit(sign: str) -> tuple[int, int]:
        try:
            names = [name.strip() for name in next(csv.reader([head], delimiter=sign))]
        except (csv.Error, StopIteration):
            return 0, 0
        return sum(name in known for name in names), len(names)

    return max(DELIMITERS, key=merit)


def text_head(path: Path, known: frozenset[str]) -> tuple[list[str], int, str]:
    """The head of a UTF-8 text file: its names, the line on which it stands, and the delimiter."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        for number, written in enumerate(_head_lines(file), 1):
            if written.strip(" \t\r\n,;"):
                delimiter = delimiter_of(written, known)
                with path.open(encoding="utf-8-sig", newline="") as again:
                    for _skipped in range(number - 1):
                        again.readline()
                    names = [name.strip() for name in next(_reader(again, delimiter))]
                return _without_nameless_end(names), number, delimiter
    raise Refused(_("The file has no head: its first row must name the columns."))


def _head_lines(file: io.TextIOWrapper) -> Iterator[str]:
    while written := file.readline(1 << 20):
        yield written


def _reader(file: io.TextIOWrapper, delimiter: str) -> Any:
    return csv.reader(file, delimiter=delimiter, strict=True)


def _without_nameless_end(names: list[str]) -> list[str]:
    while names and not names[-1]:
        names.pop()
    return names


def _text(opened: Opened, known: frozenset[str]) -> Sheet:
    head, head_line, delimiter = text_head(opened.path, known)
    return Sheet(head, head_line, _text_rows(opened.path, head_line, delimiter), delimiter)


def _text_rows(path: Path, head_line: int, delimiter: str) -> Iterator[Row]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        for _skipped in range(head_line - 1):
            file.readline()
        reader = _reader(file, delimiter)
        number = head_line - 1
        try:
            next(reader)
            line = number + reader.line_num + 1
            for cells in reader:
                if any(cell and not cell.isspace() for cell in cells):
                    yield line, cells
                line = number + reader.line_num + 1
        except csv.Error as error:
            raise Refused(
                _(
                    "The file cannot be read from line %(line)s on: a quotation mark is not closed or stands wrong there."
                )
                % {"line": number + reader.line_num}
            ) from error


def _spreadsheet(path: Path) -> Sheet:
    try:
        workbook = CalamineWorkbook.from_path(str(path))
        shown = [
            workbook.get_sheet_by_name(about.name)
            for about in workbook.sheets_metadata
            if about.typ == SheetTypeEnum.WorkSheet and about.visible == SheetVisibleEnum.Visible
        ]
    except (CalamineError, OSError, ValueError) as error:
        raise Refused(
            _("The spreadsheet is damaged or has a password. Open it, save it anew and send that.")
        ) from error
    filled = [sheet for sheet in shown if sheet.start is not None]
    if not filled:
        raise Refused(_("The spreadsheet is empty."))
    sheet, notes = filled[0], []
    if len(filled) > 1:
        notes.append(
            _("Only the first sheet “%(name)s” was read; not read: %(others)s.")
            % {"name": sheet.name, "others": ", ".join(other.name for other in filled[1:])}
        )
    rows = _sheet_rows(sheet)
    for line, cells in rows:
        names = [plain(cell) for cell in cells]
        _check_merged(sheet, line - 1)
        head = _without_nameless_end(names)
        return Sheet(head, line, rows, n_rows=sheet.total_height, notes=notes)
    raise Refused(_("The file has no head: its first row must name the columns."))


def _sheet_rows(sheet: CalamineSheet) -> Iterator[Row]:
    for line, cells in enumerate(sheet.iter_rows(), 1):
        if any(plain(cell) for cell in cells):
            yield line, cells


def _check_merged(sheet: CalamineSheet, row: int) -> None:
    for (top, left), (bottom, right) in sheet.merged_cell_ranges or []:
        if top <= row <= bottom:
            raise Refused(
                _(
                    "Row %(line)s, which should name the columns, has merged cells (columns %(first)s to %(last)s). "
                    "Unmerge them or delete the title row, so that one row names each column."
                )
                % {"line": row + 1, "first": left + 1, "last": right + 1}
            )


def _parquet(path: Path) -> Sheet:
    try:
        file = pq.ParquetFile(path)
    except (pa.ArrowException, OSError) as error:
        raise Refused(_("The Parquet file is damaged. Write it anew and send that.")) from error
    return Sheet(list(file.schema_arrow.names), 0, _parquet_rows(file), n_rows=file.metadata.num_rows)


def _parquet_rows(file: pq.ParquetFile) -> Iterator[Row]:
    number = 0
    try:
        for batch in file.iter_batches(batch_size=10_000):
            columns = [column.to_pylist() for column in batch.columns]
            for cells in zip(*columns, strict=True):
                number += 1
                yield number, list(cells)
    except (pa.ArrowException, OSError) as error:
        raise Refused(_("The Parquet file is damaged. Write it anew and send that.")) from error
