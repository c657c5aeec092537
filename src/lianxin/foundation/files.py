"""Tables into files, by the ending of the name: CSV, XLSX or Parquet. A file is there whole or not at all."""

import csv
import os
import tempfile
from collections.abc import Callable, Iterable, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import xlsxwriter
from django.utils.translation import gettext as _

from lianxin.foundation.errors import Refused

ENDINGS = (".csv", ".xlsx", ".parquet")
ROWS_PER_SHEET = 1_000_000


def check_writable(path: Path) -> None:
    """Raise Refused unless a file of this name can be written: a known ending, in a folder that is there."""
    if path.suffix.lower() not in ENDINGS:
        raise Refused(
            _("“%(path)s” ends in none of .csv, .xlsx, .parquet. Give the file one of these endings.")
            % {"path": str(path)},
            field="out",
        )
    if path.is_dir() or not path.parent.is_dir():
        raise Refused(
            _("“%(path)s” cannot be written: there is no folder “%(folder)s”. Make it first.")
            % {"path": str(path), "folder": str(path.parent)},
            field="out",
        )


def write_bytes(path: Path, content: bytes) -> None:
    """Write a file of bytes: it is there whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=".")
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        Path(name).replace(path)
    finally:
        Path(name).unlink(missing_ok=True)


def write_table(path: Path, columns: Sequence[str], rows: pa.Table | Iterable[Sequence[Any]]) -> int:
    """The number of rows written to the file, which appears under its name only when it is complete.

    Parameters
    ----------
    path : ends in .csv (UTF-8 with BOM, so that spreadsheets read it right), .xlsx or .parquet
    columns : the heads, in order; of an Arrow table these columns are taken
    rows : an Arrow table, or sequences as long as `columns`; None becomes an empty cell

    Raises
    ------
    Refused : the ending is unknown or the folder is not there.
    """
    check_writable(path)
    table = rows.select(list(columns)) if isinstance(rows, pa.Table) else _as_table(columns, rows)
    writers: dict[str, Callable[[Path, pa.Table], None]] = {".csv": _csv, ".xlsx": _xlsx, ".parquet": _parquet}
    descriptor, name = tempfile.mkstemp(prefix=f".{path.name}.", suffix=path.suffix, dir=path.parent)
    os.close(descriptor)
    fresh = Path(name)
    try:
        writers[path.suffix.lower()](fresh, table)
        fresh.chmod(0o644)
        fresh.replace(path)
    finally:
        fresh.unlink(missing_ok=True)
    return int(table.num_rows)


def _as_table(columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> pa.Table:
    listed = [list(row) for row in rows]
    arrays = []
    for position in range(len(columns)):
        values = [row[position] for row in listed]
        # A column that is empty throughout has no type of its own; text is what an empty cell reads as.
        arrays.append(
            pa.array(values) if any(value is not None for value in values) else pa.nulls(len(values), pa.string())
        )
    return pa.Table.from_arrays(arrays, names=list(columns))


def _csv(path: Path, table: pa.Table) -> None:
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(table.column_names)
        for batch in table.to_batches(max_chunksize=10_000):
            writer.writerows(zip(*(column.to_pylist() for column in batch.columns), strict=True))


def _parquet(path: Path, table: pa.Table) -> None:
    pq.write_table(table, path, compression="zstd")


def _xlsx(path: Path, table: pa.Table) -> None:
    # Texts must stay texts: no formula, address or number may be read out of them.
    options = {
        "constant_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
    }
    with xlsxwriter.Workbook(path, options) as book:
        day = book.add_format({"num_format": "yyyy-mm-dd"})
        for start in range(0, max(table.num_rows, 1), ROWS_PER_SHEET):
            sheet = book.add_worksheet()
            sheet.freeze_panes(1, 1)
            for position, name in enumerate(table.column_names):
                sheet.write_string(0, position, name)
            line = 0
            for batch in table.slice(start, ROWS_PER_SHEET).to_batches(max_chunksize=10_000):
                for row in zip(*(column.to_pylist() for column in batch.columns), strict=True):
                    line += 1
                    for position, value in enumerate(row):
                        _cell(sheet, line, position, value, day)


def _cell(sheet: Any, line: int, position: int, value: Any, day: Any) -> None:
    if value is None:
        return
    if isinstance(value, bool):
        sheet.write_boolean(line, position, value)
    elif isinstance(value, datetime):
        sheet.write_string(line, position, value.isoformat(sep=" ", timespec="seconds"))
    elif isinstance(value, date):
        sheet.write_datetime(line, position, value, day)
    elif isinstance(value, str):
        sheet.write_string(line, position, value)
    else:
        sheet.write_number(line, position, value)
