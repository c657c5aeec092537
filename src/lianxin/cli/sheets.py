"""Files that methods read without an installation: columns by name, whole columns at a time, every fault as a sentence."""

import io
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
import pyarrow.parquet as pq
from django.utils.translation import gettext as _

from lianxin.core.tables.inputs import ALSO, Input, heads_of
from lianxin.core.units import written_day
from lianxin.foundation.errors import Refused

UTC = pa.timestamp("us", tz="UTC")
ZONED = r"([Zz]|[+-]\d{2}:?\d{2})$"
ISO = r"^\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?$"
_TRUE, _FALSE, _NOTHING = ("true", "yes", "1"), ("false", "no", "0"), ("", None)
OTHER_TIMES = ("%Y/%m/%d %H:%M:%S", "%Y/%m/%d %H:%M", "%Y.%m.%d %H:%M:%S", "%Y.%m.%d %H:%M", "%Y%m%d %H%M%S")


@dataclass
class Faults:
    """What is wrong with the inputs, each fault with its place and what to do about it."""

    COLUMNS: ClassVar = ("file", "line", "column", "value", "fault", "sentence")
    found: list[tuple[str, int, str, str, str]] = field(default_factory=list)
    # The file that is being read: what keeps it as a whole from being taken is told of it.
    reading: str = ""

    def add(self, file: str, line: int, column: str, value: Any, words: str) -> None:
        self.found.append((file, int(line), column, "" if value is None else str(value)[:60], words))

    def __len__(self) -> int:
        return len(self.found)

    def sentences(self) -> list[str]:
        return [self._sentence(*fault) for fault in self.found]

    def whole(self, sentence: str) -> None:
        """A fault that is of the file being read and not of a row."""
        self.found.append((self.reading, 1, "", "", sentence))

    def rows(self) -> list[tuple[Any, ...]]:
        return [(*fault, self._sentence(*fault) if fault[2] else fault[4]) for fault in self.found]

    @staticmethod
    def _sentence(file: str, line: int, column: str, value: str, words: str) -> str:
        return _("%(file)s, line %(line)s, column %(column)s, “%(value)s”: %(words)s") % {
            "file": file,
            "line": line,
            "column": column,
            "value": value,
            "words": words,
        }


@dataclass(frozen=True)
class Sheet:
    """A file's columns as they were written, the line of each row, and the heads that are other words for a column."""

    file: str
    table: pa.Table
    lines: np.ndarray
    faults: Faults
    heads: Mapping[str, str] = field(default_factory=dict)

    def fault(self, column: str, wrong: np.ndarray, words: str) -> None:
        """Tell a fault for every row of the mask."""
        for row in np.flatnonzero(wrong).tolist():
            head = self.heads.get(column, column)
            self.faults.add(self.file, self.lines[row], head, self.table.column(column)[row].as_py(), words)

    def texts(self, column: str, *, needed: bool) -> pa.ChunkedArray:
        values = pc.utf8_trim_whitespace(as_text(self.table.column(column)))
        if needed:
            empty = pc.equal(pc.fill_null(values, ""), "").to_numpy(zero_copy_only=False)
            self.fault(column, empty, _("The cell is empty. Fill it, or leave the row out."))
        return values

    def choices(self, column: str, words: Sequence[str]) -> pa.ChunkedArray:
        values = pc.utf8_lower(self.texts(column, needed=False))
        other = ~pc.is_in(values, value_set=pa.array(list(words))).to_numpy(zero_copy_only=False)
        self.fault(column, other, _("Write one of %(words)s.") % {"words": ", ".join(words)})
        return values

    def truths(self, column: str) -> pa.ChunkedArray:
        """Whether something is so, null where a cell is empty: true or false, yes or no, 1 or 0."""
        raw = self.table.column(column)
        if pa.types.is_boolean(raw.type):
            return raw
        values = pc.utf8_lower(self.texts(column, needed=False))
        yes, no, empty = (pc.is_in(values, value_set=pa.array(words)) for words in (_TRUE, _FALSE, _NOTHING))
        other = ~pc.or_(pc.or_(yes, no), empty).to_numpy(zero_copy_only=False)
        self.fault(column, other, _("Write true or false, or leave the cell empty."))
        return pc.if_else(pc.or_(yes, no), yes, pa.scalar(None, pa.bool_()))

    def numbers(self, column: str, low: float, high: float, *, whole: bool = False, needed: bool = False) -> pa.Array:
        raw = self.table.column(column)
        if not (pa.types.is_string(raw.type) or pa.types.is_large_string(raw.type)):
            values = raw.cast(pa.float64(), safe=False).to_numpy(zero_copy_only=False).astype(float)
            wrong = np.zeros(len(values), bool)
        else:
            texts = self.texts(column, needed=False)
            given = pc.not_equal(pc.fill_null(texts, ""), "")
            good = pc.match_substring_regex(pc.fill_null(texts, ""), r"^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$")
            wrong = pc.and_(given, pc.invert(good)).to_numpy(zero_copy_only=False)
            kept = pc.if_else(good, texts, pa.scalar(None, pa.string()))
            values = kept.cast(pa.float64()).to_numpy(zero_copy_only=False).astype(float)
        self.fault(column, wrong, _("This is not a number. Write digits with a point, or leave the cell empty."))
        with np.errstate(invalid="ignore"):
            outside = (values < low) | (values > high)
        self.fault(
            column,
            outside,
            _("The number must lie between %(low)s and %(high)s.") % {"low": f"{low:g}", "high": f"{high:g}"},
        )
        missing = np.isnan(values)
        if needed:
            self.fault(column, missing & ~wrong, _("The cell is empty. Fill it, or leave the row out."))
        if whole:
            broken = ~missing & (values != np.round(values))
            self.fault(column, broken, _("The number must be whole."))
            return pa.array(np.where(missing | outside, 0, np.round(values)).astype(np.int64), mask=missing | outside)
        return pa.array(values, mask=missing)

    def instants(self, column: str, time_zone: str, *, needed: bool) -> pa.Array:
        raw = self.table.column(column)
        if pa.types.is_timestamp(raw.type):
            values = raw.cast(pa.timestamp("us", tz=raw.type.tz), safe=False)
            if raw.type.tz is None:
                values = pc.assume_timezone(values, time_zone, ambiguous="earliest", nonexistent="earliest")
            found = values.cast(UTC).combine_chunks()
            wrong = np.zeros(len(found), bool)
        else:
            found, wrong = _parsed(self.texts(column, needed=False).combine_chunks(), time_zone)
        self.fault(
            column, wrong, _("This is not a time. Write it like 2026-03-02T09:30:00+08:00 or 2026-03-02 09:30:00.")
        )
        if needed:
            empty = pc.is_null(found).to_numpy(zero_copy_only=False) & ~wrong
            self.fault(column, empty, _("The cell is empty. Fill it, or leave the row out."))
        return found

    def days(self, column: str) -> pa.Array:
        raw = self.table.column(column)
        days = days_of(raw)
        if not (pa.types.is_date(raw.type) or pa.types.is_timestamp(raw.type)):
            given = pc.not_equal(pc.fill_null(self.texts(column, needed=False), ""), "")
            wrong = pc.and_(given, days.is_null()).to_numpy(zero_copy_only=False)
            self.fault(column, wrong, _("This is not a day. Write it like 2026-03-02, or leave the cell empty."))
        return days.combine_chunks()

    def once(self, column: str) -> None:
        """Each value of the column may come once."""
        values = self.texts(column, needed=True)
        order = pc.sort_indices(values).to_numpy()
        codes = pc.dictionary_encode(values).combine_chunks().indices.fill_null(-1).to_numpy(zero_copy_only=False)
        again = np.zeros(len(codes), bool)
        if len(order):
            ordered = codes[order]
            again[order[1:][(ordered[1:] == ordered[:-1]) & (ordered[1:] >= 0)]] = True
        empty = pc.equal(pc.fill_null(values, ""), "").to_numpy(zero_copy_only=False)
        self.fault(column, again & ~empty, _("This value comes twice. Every row needs its own; leave one of them out."))


def days_of(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """The days of dates, timestamps or texts, null where a cell tells none.

    Of a timestamp with a zone the date counts that its clocks showed; of a text the date that is written.
    """
    kind = column.type
    if pa.types.is_timestamp(kind) and kind.tz is not None:
        column = pc.local_timestamp(column)
    if pa.types.is_date(kind) or pa.types.is_timestamp(kind):
        return column.cast(pa.date32(), safe=False)
    # Days repeat: each distinct text is read once.
    texts = pc.fill_null(pc.utf8_trim_whitespace(column.cast(pa.string())), "")
    coded = pc.dictionary_encode(texts).combine_chunks()
    coded = coded.chunk(0) if isinstance(coded, pa.ChunkedArray) else coded
    days = pa.array([written_day(text) for text in coded.dictionary.to_pylist()], pa.date32())
    return pa.chunked_array([days.take(coded.indices)])


def check_heads(file: str, heads: Collection[str], known: Collection[str]) -> None:
    """Raise Refused if a column that is read comes twice."""
    names = [head.strip() for head in heads]
    twice = next((name for name in names if name in known and names.count(name) > 1), None)
    if twice is not None:
        words = {"file": file, "column": twice}
        raise Refused(_("“%(file)s” has two columns named %(column)s. Its first row names each column once.") % words)


def as_text(column: pa.ChunkedArray) -> pa.ChunkedArray:
    return column if pa.types.is_string(column.type) else column.cast(pa.string())


def _parsed(texts: pa.Array, time_zone: str) -> tuple[pa.Array, np.ndarray]:
    """Instants of ISO texts, with a zone or local; the mask tells which texts are none."""
    texts = pc.fill_null(texts, "")
    given = pc.not_equal(texts, "")
    zone = pc.extract_regex(texts, r"(?P<zone>[Zz]|[+-]\d{2}:?\d{2})$").field("zone")
    zoned = pc.and_(pc.match_substring_regex(texts, ZONED), pc.match_substring_regex(texts, r"\d{2}:\d{2}"))
    bare = pc.if_else(zoned, pc.replace_substring_regex(texts, ZONED, ""), texts)
    iso = pc.match_substring_regex(bare, ISO)
    moment = pc.replace_substring(pc.if_else(iso, bare, pa.scalar(None, pa.string())), "T", " ")
    try:
        local = moment.cast(pa.timestamp("us"))
    except pa.ArrowInvalid:
        iso = pa.array(
            [bool(good) and _is_moment(text) for good, text in zip(iso.to_pylist(), bare.to_pylist(), strict=True)]
        )
        moment = pc.replace_substring(pc.if_else(iso, bare, pa.scalar(None, pa.string())), "T", " ")
        local = moment.cast(pa.timestamp("us"))
    offset = _offset_microseconds(zone)
    as_utc = pc.cast(pc.subtract(local.cast(pa.int64()), offset), pa.timestamp("us")).cast(UTC)
    as_local = pc.assume_timezone(local, time_zone, ambiguous="earliest", nonexistent="earliest").cast(UTC)
    found = pc.if_else(zoned, as_utc, as_local)
    wrong = pc.and_(given, pc.invert(iso)).to_numpy(zero_copy_only=False).copy()
    if wrong.any():
        values = found.to_pylist()
        for row in np.flatnonzero(wrong).tolist():
            moment_of_row = _otherwise(texts[row].as_py())
            if moment_of_row is not None:
                local_one = pa.array([moment_of_row], pa.timestamp("us"))
                values[row] = pc.assume_timezone(local_one, time_zone, ambiguous="earliest", nonexistent="earliest")[
                    0
                ].as_py()
                wrong[row] = False
        found = pa.array(values, UTC)
    return found, wrong


def _is_moment(text: str) -> bool:
    try:
        datetime.fromisoformat(text)
    except ValueError:
        return False
    return True


def _otherwise(text: str) -> datetime | None:
    for form in OTHER_TIMES:
        try:
            return datetime.strptime(text, form)  # noqa: DTZ007 - the caller gives it the zone of the file
        except ValueError:
            continue
    return None


def _offset_microseconds(zone: pa.Array) -> pa.Array:
    """Offsets from UTC; 0 for Z and for no zone."""
    kinds = pc.dictionary_encode(pc.fill_null(zone, "Z")).dictionary if len(zone) else pa.array([], pa.string())
    told = {}
    for text in kinds.to_pylist():
        digits = text.replace(":", "")
        seconds = 0 if text in "Zz" or not text else int(digits[1:3]) * 3600 + int(digits[3:5]) * 60
        told[text] = (-seconds if text.startswith("-") else seconds) * 1_000_000
    place = pc.index_in(pc.fill_null(zone, "Z"), value_set=kinds)
    return pa.array([told[text] for text in kinds.to_pylist()], pa.int64()).take(place)


def open_sheet(path: Path, kind: Input, faults: Faults) -> Sheet:
    """The file's columns; `licence_no` and `product_code` are read as names of `retailer_id` and `product_id` too.

    Raises
    ------
    Refused : the file is missing, unreadable, lacks a column or has one twice.
    """
    table, lines = opened(path, faults, {*kind.columns, *ALSO})
    heads = heads_of(table.column_names, kind.columns)
    missing = [name for name in kind.columns if name not in heads and name not in kind.optional]
    if missing:
        raise Refused(
            _("“%(file)s” lacks the column(s) %(missing)s. Its first row must name: %(all)s.")
            % {
                "file": path.name,
                "missing": ", ".join(missing),
                "all": ", ".join(name for name in kind.columns if name not in kind.optional),
            }
        )
    nothing = pa.nulls(table.num_rows, pa.string())
    columns = {
        name: table.column(heads[name]) if name in heads else pa.chunked_array([nothing]) for name in kind.columns
    }
    return Sheet(path.name, pa.table(columns), lines, faults, {name: head.strip() for name, head in heads.items()})


def opened(path: Path, faults: Faults, known: Collection[str] | None = None) -> tuple[pa.Table, np.ndarray]:
    """A Parquet file, or a CSV file as texts, and the line of each row.

    Parameters
    ----------
    known : the columns that are read, none of which may come twice; None for all

    Raises
    ------
    Refused : the file is missing or unreadable, or has a known column twice.
    """
    faults.reading = path.name
    if not path.is_file():
        raise Refused(_("There is no file “%(file)s”.") % {"file": path})
    if path.suffix.lower() != ".parquet":
        table, lines = csv_texts(path, faults)
        check_heads(path.name, table.column_names, known or ())
        return table, lines
    try:
        names = [name for name in pq.read_schema(path).names if known is None or name.strip() in known]
        check_heads(path.name, names, known or ())
        table = pq.read_table(path, columns=None if known is None else names)
    except (pa.ArrowInvalid, OSError) as error:
        raise Refused(_("“%(file)s” is not a Parquet file that can be read.") % {"file": path.name}) from error
    return table, np.arange(1, table.num_rows + 1)


def csv_texts(path: Path, faults: Faults) -> tuple[pa.Table, np.ndarray]:
    """The cells of a CSV file as texts, in UTF-8 or GB18030, and the line of each row; a row of another width is a fault."""
    raw = path.read_bytes().removeprefix(b"\xef\xbb\xbf")
    try:
        raw.decode("utf-8")
        encoding = "utf-8"
    except UnicodeDecodeError:
        encoding = "gb18030"
    try:
        text = raw if encoding == "utf-8" else raw.decode("gb18030").encode()
    except UnicodeDecodeError as error:
        raise Refused(
            _("“%(file)s” is neither UTF-8 nor GB18030. Save it as CSV UTF-8.") % {"file": path.name}
        ) from error
    head = text.split(b"\n", 1)[0].decode("utf-8", "replace")
    separator = max(",;\t", key=head.count)
    broken: list[tuple[int, int]] = []

    def lost(row: Any) -> str:
        broken.append((row.number or 0, row.actual_columns))
        return "skip"

    names = [name.strip().strip('"') for name in head.rstrip("\r").split(separator)]
    try:
        table = pyarrow.csv.read_csv(
            io.BytesIO(text),
            read_options=pyarrow.csv.ReadOptions(use_threads=False, block_size=1 << 25),
            parse_options=pyarrow.csv.ParseOptions(
                delimiter=separator, newlines_in_values=True, invalid_row_handler=lost
            ),
            convert_options=pyarrow.csv.ConvertOptions(
                column_types=dict.fromkeys(names, pa.string()), strings_can_be_null=False
            ),
        )
    except pa.ArrowInvalid as error:
        raise Refused(_("“%(file)s” cannot be read as CSV: %(fault)s") % {"file": path.name, "fault": error}) from error
    for number, cells in broken:
        words = _("The row has %(cells)s cells, the head %(head)s. Put texts with commas in quotes.")
        faults.add(path.name, number, names[0], "", words % {"cells": cells, "head": len(names)})
    skipped = np.array(sorted(number - 2 for number, _cells in broken), np.int64)
    rows = np.arange(table.num_rows + len(skipped))
    rows = np.delete(rows, skipped[(skipped >= 0) & (skipped < len(rows))]) if len(skipped) else rows
    inside = np.zeros(table.num_rows, np.int64)
    for column in table.columns:
        if pa.types.is_string(column.type):
            inside += pc.count_substring(column, "\n").to_numpy(zero_copy_only=False)
    # A text with line feeds makes its row longer than a line.
    return table, rows[: table.num_rows] + 2 + np.concatenate([[0], np.cumsum(inside)[:-1]])[: table.num_rows]
