# ruff: noqa: S608 - this room speaks SQL; names and paths pass `named` and `quoted`
"""CSV and Parquet files that people hand in: read under a contract by column name, cell by cell, without Python seeing a row.

A cell that cannot be read becomes null, and what was written stands in a second column, `…_as_written`, so that a fault can
show it. Blanks around a text, a number or a day do not count; whole numbers of a column of floats are whole numbers; a day may
have a time after it, and the date that is written counts, whatever its zone and that of the machine.
"""

from __future__ import annotations

import codecs
import csv
import re
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

import duckdb
import ibis
import pyarrow as pa
import pyarrow.parquet as pq

from lianxin.core.tables import Table
from lianxin.core.tables.inputs import heads_of
from lianxin.core.units import WRITTEN_DAY, WRITTEN_TIME
from lianxin.engine.quoting import named, quoted
from lianxin.engine.sentences import FILES
from lianxin.engine.sources import FileUnreadable, FlatFile, ParquetFiles

AS_WRITTEN: Final = "_as_written"
_SQL_TYPES: Final = {"date": "DATE", "string": "VARCHAR", "int64": "BIGINT", "float64": "DOUBLE", "boolean": "BOOLEAN"}
_DAYS: Final = ("%Y-%m-%d", "%Y/%m/%d", "%Y.%m.%d", "%Y%m%d")
_FLOATS: Final = ("FLOAT", "DOUBLE")
_LARGE: Final = ("UBIGINT", "HUGEINT", "UHUGEINT")
_NESTED: Final = ("STRUCT", "MAP", "UNION")
# A column that holds nothing at all may be of no type.
_NOTHING: Final = '"NULL"'
_ZONED: Final = "TIMESTAMP WITH TIME ZONE"
# What Arrow takes for a blank, in the words of RE2.
_BLANK: Final = r"[\s\x0B\x1C-\x1F\x{85}\pZ]"
_YES, _NO = ("true", "yes", "1", "是"), ("false", "no", "0", "否")
_LOOKED_AT: Final = 1 << 20


def flat_file(
    path: Path,
    kinds: Mapping[str, str],
    *,
    needed: Sequence[str],
    also: Mapping[str, str],
    folder: Path,
    others: bool = True,
) -> FlatFile:
    """The file, ready to be read.

    Parameters
    ----------
    path : .csv (UTF-8 or GB18030; comma, semicolon or tab) or .parquet
    kinds : column -> date, string, int64, float64 or boolean; absent columns are left out
    needed : columns that must be there
    also : other heads under which a column may stand -> its name
    folder : where a CSV file is turned into Parquet, once, so that it is not parsed again at every pass; in a folder of its own
        there, so that two files of one name never meet
    others : whether columns without a name in `kinds` are read too

    Raises
    ------
    FileUnreadable : there is no such file, it cannot be read, a column is missing or comes twice, upper and lower case being one,
        or is of a type that the contract's can never be read from.
    """
    if not path.is_file():
        raise FileUnreadable.of(FILES, "file_missing", file=path)
    folder = Path(tempfile.mkdtemp(prefix="file-", dir=folder))
    with duckdb.connect(":memory:") as database:
        database.execute("SET autoinstall_known_extensions = false; SET autoload_known_extensions = false")
        try:
            database.execute(f"CREATE VIEW rows_of_file AS SELECT * FROM {_reader(path, folder)}")
            types = {head: str(kind) for head, kind, *_ in database.execute("DESCRIBE rows_of_file").fetchall()}
            # DuckDB has renamed those that come twice.
            _check_heads(path, pq.read_schema(path).names if path.suffix.lower() == ".parquet" else list(types))
            names = heads_of(types, kinds, also)
            missing = [name for name in needed if name not in names]
            if missing:
                wanted = {"names": ", ".join(missing), "needed": ", ".join(needed)}
                raise FileUnreadable.of(FILES, "heads_missing", file=path.name, **wanted)
            for name, head in names.items():
                _check_kind(path, head, types[head], kinds[name])
            return _typed(database, path, names, types, kinds, others, folder)
        except duckdb.Error as fault:
            told = str(fault).strip().splitlines()[0]
            raise FileUnreadable.of(FILES, "file_unreadable", file=path.name, fault=told) from fault


def as_parquet(name: str, flat: FlatFile, folder: Path) -> ParquetFiles:
    """The file typed and written as Parquet, for engines that read nothing else. Raises FileUnreadable for one broken inside."""
    made = folder / f"{name}.typed.parquet"
    with duckdb.connect(":memory:") as database:
        try:
            database.execute(f"COPY ({flat.select}) TO {quoted(made)} (FORMAT parquet)")
        except duckdb.Error as fault:
            told = str(fault).strip().splitlines()[0]
            raise FileUnreadable.of(FILES, "file_unreadable", file=flat.path.name, fault=told) from fault
    return ParquetFiles(Table(name, flat.schema, (), (), "Handed in as a file."), (str(made),))


def _reader(path: Path, folder: Path) -> str:
    """SQL that reads the file as it is."""
    ending = path.suffix.lower()
    if ending == ".parquet":
        return f"read_parquet({quoted(path)}, hive_partitioning = false)"
    if ending != ".csv":
        raise FileUnreadable.of(FILES, "file_ending", file=path.name)
    readable = _utf8(path, folder)
    with readable.open(encoding="utf-8-sig") as file:
        head = file.readline().rstrip("\r\n")
    separator = max(",;\t", key=head.count)
    columns = [cell.strip() for cell in next(csv.reader([head], delimiter=separator), [""])]
    _check_heads(path, columns)
    shape = ", ".join(f"{quoted(column)}: 'VARCHAR'" for column in columns)
    return (
        f"read_csv({quoted(readable)}, auto_detect = false, columns = {{{shape}}}, header = true, "
        f"delim = {quoted(separator)}, quote = '\"', escape = '\"', max_line_size = 1048576)"
    )


def _check_heads(path: Path, heads: Sequence[str]) -> None:
    names = [head.strip().lower() for head in heads]
    if len(set(names)) < len(names):
        raise FileUnreadable.of(FILES, "heads_twice", file=path.name)


def _check_kind(path: Path, head: str, have: str, kind: str) -> None:
    """Raise FileUnreadable for a column none of whose values could be what the contract says, such as lists for units."""
    is_number = _is_whole(have) or _may_be_broken(have) or have in _LARGE
    is_right = {
        "date": have == "DATE" or have.startswith("TIMESTAMP"),
        "int64": is_number,
        "float64": is_number or have == "BOOLEAN",
        "boolean": is_number or have == "BOOLEAN",
        "string": not have.endswith("]") and not have.startswith(_NESTED),
    }
    if not (_is_text(have) or have == _NOTHING or is_right[kind]):
        raise FileUnreadable.of(FILES, "head_kind", file=path.name, name=head, kind=have, wanted=kind)


def _utf8(path: Path, folder: Path) -> Path:
    """The file itself, or a copy in UTF-8 of one in GB18030."""
    with path.open("rb") as file:
        looked_at = file.read(_LOOKED_AT)
    try:
        codecs.getincrementaldecoder("utf-8")().decode(looked_at)
    except UnicodeDecodeError:
        copy = folder / f"{path.stem}.utf8.csv"
        try:
            with (
                path.open(encoding="gb18030", newline="") as source,
                copy.open("w", encoding="utf-8", newline="") as to,
            ):
                while text := source.read(_LOOKED_AT):
                    to.write(text)
        except UnicodeDecodeError as fault:
            raise FileUnreadable.of(FILES, "file_encoding", file=path.name) from fault
        return copy
    return path


def _typed(
    database: duckdb.DuckDBPyConnection,
    path: Path,
    names: Mapping[str, str],
    types: Mapping[str, str],
    kinds: Mapping[str, str],
    others: bool,
    folder: Path,
) -> FlatFile:
    by_head = {head: name for name, head in names.items()}
    is_csv = path.suffix.lower() == ".csv"
    zones = {} if is_csv else _zones(path)
    texts = [head for head, name in by_head.items() if kinds[name] == "string" and _is_text(types[head])]
    # What is staged is trimmed on its way. A Parquet file is read at every pass: there it is seen once whether it needs it.
    must_trim = is_csv or _has_blanks(database, texts)
    columns, written, heads = [], [], {}
    for head, have in types.items():
        name = by_head.get(head)
        if name is None:
            if others:
                columns.append(named(head))
                heads[head] = head
            continue
        is_plain = head in texts and not must_trim
        read = named(head) if is_plain else _cell(head, have, kinds[name], zones.get(head, "UTC"))
        columns.append(f"{read} AS {named(name)}")
        heads[name] = head
        if not _is_safe(have, kinds[name]):
            written.append(f"{_as_written(head)} AS {named(name + AS_WRITTEN)}")
    select, source = ", ".join([*columns, *written]), path
    if is_csv:
        source = folder / f"{path.stem}.parquet"
        database.execute(f"COPY (SELECT {select} FROM rows_of_file) TO {quoted(source)} (FORMAT parquet)")
        select = "*"
    text = f"SELECT {select} FROM read_parquet({quoted(source)}, hive_partitioning = false)"
    schema: pa.Schema = database.sql(f"{text} LIMIT 0").to_arrow_table().schema
    return FlatFile(source, text, ibis.Schema.from_pyarrow(schema), heads)


def _zones(path: Path) -> dict[str, str]:
    """Column -> the zone in which its timestamps were written."""
    fields = [field for field in pq.read_schema(path) if pa.types.is_timestamp(field.type) and field.type.tz]
    return {field.name: field.type.tz for field in fields}


def _has_blanks(database: duckdb.DuckDBPyConnection, heads: Sequence[str]) -> bool:
    """Whether a cell of these columns might begin or end with a blank."""
    if not heads:
        return False
    seen = " OR ".join(_may_need_trimming(named(head)) for head in heads)
    ((found,),) = database.execute(f"SELECT coalesce(bool_or({seen}), false) FROM rows_of_file").fetchall()
    return bool(found)


def _may_need_trimming(cell: str) -> str:
    """SQL, quick: whether a text begins or ends with what sorts below the first visible sign, or is not plain ASCII."""
    return f"({cell} < '!' OR reverse({cell}) < '!' OR strlen({cell}) <> length({cell}))"


def _trimmed(cell: str) -> str:
    """SQL for a text without the blanks around it."""
    pattern = quoted(f"^{_BLANK}+|{_BLANK}+$")
    return f"CASE WHEN {_may_need_trimming(cell)} THEN regexp_replace({cell}, {pattern}, '', 'g') ELSE {cell} END"


def _as_written(head: str) -> str:
    """SQL for what a cell holds, to be shown; what a program writes for nothing is nothing.

    Compared as text: by the statistics of its file a column never holds NaN.
    """
    return f"nullif(CAST({named(head)} AS VARCHAR), 'nan')"


def _is_text(kind: str) -> bool:
    return kind == "VARCHAR"


def _is_whole(kind: str) -> bool:
    return kind in ("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "UTINYINT", "USMALLINT", "UINTEGER")


def _is_safe(have: str, kind: str) -> bool:
    """Whether every value of the file's type can be read as the contract's."""
    if kind == "string":
        return not _may_be_broken(have)
    if kind == "int64":
        return _is_whole(have)
    if kind == "float64":
        return have in _FLOATS or _is_whole(have)
    return have == _SQL_TYPES[kind]


def _may_be_broken(have: str) -> bool:
    """Whether numbers of this type need not be whole."""
    return have in _FLOATS or have.startswith("DECIMAL")


def _cell(head: str, have: str, kind: str, zone: str) -> str:
    """SQL that reads one cell, null where it cannot be read. `zone` : of a timestamp that has one."""
    cell, wanted = named(head), _SQL_TYPES[kind]
    if kind == "string":
        return _name(cell, have)
    if kind == "date" and have == _ZONED:
        return f"CAST({_local(cell, zone)} AS DATE)"
    if kind == "float64" and have in _FLOATS:
        # Statistics of a Parquet file do not count NaN, and DuckDB would answer comparisons from them alone; it knows none of this.
        return f"CAST(CASE WHEN {cell} IS NOT NULL THEN {cell} END AS DOUBLE)"
    if _is_safe(have, kind):
        return f"CAST({cell} AS {wanted})" if have != wanted else cell
    if not _is_text(have):
        if kind == "int64":
            return f"CASE WHEN {cell} = floor({cell}) THEN TRY_CAST({cell} AS BIGINT) END"
        return f"TRY_CAST({cell} AS {wanted})"
    text = _trimmed(cell)
    if kind == "int64":
        return f"CASE WHEN regexp_full_match({text}, '[+-]?[0-9]+([.]0*)?') THEN TRY_CAST({text} AS BIGINT) END"
    if kind == "date":
        formats = ", ".join(quoted(one) for one in _DAYS)
        day, whole = quoted(f"^(?:{WRITTEN_DAY})"), quoted(f"(?:{WRITTEN_DAY})(?:{WRITTEN_TIME})?")
        found = f"CAST(try_strptime(regexp_extract({text}, {day}), [{formats}]) AS DATE)"
        return f"CASE WHEN regexp_full_match({text}, {whole}) THEN {found} END"
    if kind == "boolean":
        yes, no = (", ".join(quoted(word) for word in words) for words in (_YES, _NO))
        return f"CASE WHEN lower({text}) IN ({yes}) THEN true WHEN lower({text}) IN ({no}) THEN false END"
    return f"TRY_CAST({text} AS DOUBLE)"


def _name(cell: str, have: str) -> str:
    """SQL that reads a text, or a whole number as its digits."""
    if _is_text(have):
        return _trimmed(cell)
    if _may_be_broken(have):
        return f"CASE WHEN {cell} = floor({cell}) THEN CAST(TRY_CAST({cell} AS HUGEINT) AS VARCHAR) END"
    return f"CAST({cell} AS VARCHAR)"


def _local(cell: str, zone: str) -> str:
    """SQL for the time that the clocks of a zone showed at an instant."""
    offset = re.fullmatch(r"([+-])(\d{2}):?(\d{2})", zone)
    if offset is None and zone != "UTC":
        return f"({cell} AT TIME ZONE {quoted(zone)})"
    minutes = int(f"{offset[1]}1") * (int(offset[2]) * 60 + int(offset[3])) if offset else 0
    return f"make_timestamp(epoch_us({cell}) + {minutes * 60_000_000})"
