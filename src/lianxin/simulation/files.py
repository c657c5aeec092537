"""Files whose bytes depend on their content only: XLSX, CSV (plain or gzip) and Parquet."""

import gzip
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from io import BytesIO
from pathlib import Path
from typing import Literal

import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet
import xlsxwriter

Cell = str | int | float | date | None
CsvEncoding = Literal["utf-8-sig", "gb18030"]

# What every workbook says of its making; the clock would make each run different.
_CREATED = datetime(2022, 1, 4, 9, 0, 0, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class WrittenFile:
    kind: str
    path: Path
    rows: int


def write_xlsx(path: Path, sheet: str, header: Sequence[str], rows: Iterable[Sequence[Cell]]) -> int:
    """The number of rows written below the header."""
    with xlsxwriter.Workbook(path, {"constant_memory": True}) as book:
        book.set_properties({"created": _CREATED, "author": "临江市烟草公司（虚构）"})
        heading, day = book.add_format({"bold": True}), book.add_format({"num_format": "yyyy-mm-dd"})
        page = book.add_worksheet(sheet)
        page.freeze_panes(1, 0)
        page.set_column(0, len(header) - 1, 14)
        for column, word in enumerate(header):
            page.write_string(0, column, word, heading)
        count = 0
        for count, row in enumerate(rows, start=1):
            for column, cell in enumerate(row):
                if cell is None or cell == "":
                    continue
                if isinstance(cell, str):
                    page.write_string(count, column, cell)
                elif isinstance(cell, date):
                    page.write_datetime(count, column, cell, day)
                else:
                    page.write_number(count, column, cell)
    return count


def write_csv(path: Path, table: pa.Table, encoding: CsvEncoding) -> None:
    """Column names of the table become the header; a path that ends in .gz is compressed."""
    body = BytesIO()
    pyarrow.csv.write_csv(table, body, pyarrow.csv.WriteOptions(include_header=False, quoting_style="none"))
    head = ",".join(table.column_names) + "\n"
    if encoding == "gb18030":
        parts = [head.encode("gb18030"), body.getvalue().decode().encode("gb18030")]
    else:
        parts = [head.encode("utf-8-sig"), body.getvalue()]
    if path.suffix != ".gz":
        with path.open("wb") as file:
            file.writelines(parts)
        return
    with path.open("wb") as raw, gzip.GzipFile("", "wb", compresslevel=3, fileobj=raw, mtime=0) as packed:
        for part in parts:
            packed.write(part)


def write_parquet(path: Path, table: pa.Table) -> None:
    pyarrow.parquet.write_table(table, path, compression="zstd")
