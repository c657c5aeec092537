# ruff: noqa: S608 - this room speaks SQL; names come from our contracts, paths and texts pass `quoted`
"""The engine by default: DuckDB inside the process."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

import duckdb
import pyarrow as pa
from ibis.expr.types import Table as TableExpression

from lianxin.core.tables import Steps
from lianxin.engine.compiling import answer_sql, step_sql, typed
from lianxin.engine.quoting import quoted
from lianxin.engine.sentences import FILES
from lianxin.engine.sources import FileUnreadable, FlatFile, ParquetFiles, Source, Sources, empty


def connection(memory_limit: str, threads: int | None = None, scratch: Path | None = None) -> duckdb.DuckDBPyConnection:
    """A DuckDB database in memory that spills to `scratch` rather than outgrow the limit."""
    connected = duckdb.connect(":memory:")
    connected.execute(f"SET memory_limit = {quoted(memory_limit)}")
    connected.execute(f"SET threads = {int(threads or os.cpu_count() or 1)}")
    # Rows are sorted where order matters; keeping the order of input would cost memory.
    connected.execute("SET preserve_insertion_order = false")
    connected.execute("SET enable_progress_bar = false")
    connected.execute("SET autoinstall_known_extensions = false")
    connected.execute("SET autoload_known_extensions = false")
    if scratch is not None:
        connected.execute(f"SET temp_directory = {quoted(scratch)}")
    return connected


class _Desk:
    """A cursor and what its views stand for; used by one thread at a time.

    Desks belong to the engine and not to threads: a cursor that dies with its thread (web servers end idle threads) is freed while
    the interpreter takes the thread's state apart, which corrupts memory and kills the process.
    """

    def __init__(self, cursor: duckdb.DuckDBPyConnection) -> None:
        self.cursor = cursor
        self.bound: dict[str, Source] = {}

    def bind(self, sources: Sources) -> duckdb.DuckDBPyConnection:
        """The cursor, with views of these sources."""
        for name, source in sources.items():
            known = self.bound.get(name)
            if known is source or (isinstance(source, ParquetFiles) and known == source):
                continue
            with suppress(KeyError):
                del self.bound[name]
            _bind(self.cursor, name, source)
            self.bound[name] = source
        return self.cursor


@contextmanager
def _broken_files_told(sources: Sources) -> Iterator[None]:
    """Where a question fails because a file that somebody handed in is broken inside, this is what is told.

    Such a file is not read through before it is used: it is looked for only once something failed.
    """
    try:
        yield
    except duckdb.Error as fault:
        for source in sources.values():
            if isinstance(source, FlatFile):
                _read_through(source)
        raise fault


def _read_through(source: FlatFile) -> None:
    """Raise FileUnreadable if a cell of the file cannot be read."""
    with duckdb.connect(":memory:") as database:
        try:
            database.execute(f"SELECT bit_xor(hash(COLUMNS(*))) FROM ({source.select})").fetchall()
        except duckdb.Error as fault:
            told = str(fault).strip().splitlines()[0]
            raise FileUnreadable.of(FILES, "file_unreadable", file=source.path.name, fault=told) from fault


class DuckSitting:
    """Questions that follow from one another, over tables that stay while they are asked."""

    def __init__(self, cursor: duckdb.DuckDBPyConnection) -> None:
        self._cursor = cursor

    def keep(self, name: str, expression: TableExpression) -> None:
        """Compute the expression once; from then on it is a table of that name."""
        self._cursor.execute(f'CREATE TEMP TABLE "{name}" AS {step_sql(expression)}')

    def give(self, name: str, rows: pa.Table) -> None:
        """Let the rows be a table of that name."""
        self._cursor.register("handed_over", rows)
        try:
            self._cursor.execute(f'CREATE TEMP TABLE "{name}" AS SELECT * FROM handed_over')
        finally:
            self._cursor.unregister("handed_over")

    def ask(self, expression: TableExpression) -> pa.Table:
        """The answer to the expression."""
        return typed(self._cursor.sql(answer_sql(expression, "duckdb")).to_arrow_table(), expression)

    def write(self, expression: TableExpression, path: Path) -> None:
        """Write the answer into a CSV or Parquet file, by the ending, in no order, without Python seeing a row."""
        options = "FORMAT csv, HEADER" if path.suffix.lower() == ".csv" else "FORMAT parquet"
        self._cursor.execute(f"COPY ({step_sql(expression)}) TO {quoted(path)} ({options})")


class DuckEngine:
    """Answers expressions with DuckDB; safe to share between threads.

    Parameters
    ----------
    memory_limit : text that DuckDB reads, such as "2GB"; beyond it DuckDB spills to `scratch`
    threads : default the number of processors
    scratch : folder to spill to; None means beside the working directory, as DuckDB does
    """

    name = "duckdb"

    def __init__(self, memory_limit: str = "2GB", threads: int | None = None, scratch: Path | None = None) -> None:
        self._database = connection(memory_limit, threads, scratch)
        self._database.execute("SET parquet_metadata_cache = true")
        self._idle: list[_Desk] = []

    def run(self, question: TableExpression | Steps, sources: Sources) -> pa.Table:
        """The answer to an expression, or to the last of the steps."""
        if isinstance(question, Steps):
            return self._run_steps(question, sources)
        with self._desk() as desk:
            return self._answer(desk.bind(sources), question)

    def run_many(self, questions: Mapping[str, TableExpression], sources: Sources) -> dict[str, pa.Table]:
        """The answers to several expressions over the same sources."""
        with self._desk() as desk:
            cursor = desk.bind(sources)
            return {name: self._answer(cursor, question) for name, question in questions.items()}

    @contextmanager
    def sitting(self, sources: Sources) -> Iterator[DuckSitting]:
        """A desk of its own, whose tables stay until it is left; other threads never see them."""
        cursor = self._database.cursor()
        try:
            with _broken_files_told(sources):
                for name, source in sources.items():
                    _bind(cursor, name, source)
                yield DuckSitting(cursor)
        finally:
            cursor.close()

    def close(self) -> None:
        """Let go of the database."""
        self._database.close()

    def _run_steps(self, steps: Steps, sources: Sources) -> pa.Table:
        # A cursor of its own: temporary tables live on one connection, so runs of other threads cannot meet them.
        cursor = self._database.cursor()
        try:
            for name in steps.sources:
                _bind(cursor, name, sources[name])
            *earlier, (_, last) = steps.items
            for name, expression in earlier:
                cursor.execute(f'CREATE TEMP TABLE "{name}" AS {step_sql(expression)}')
            return self._answer(cursor, last)
        finally:
            cursor.close()

    def _answer(self, cursor: duckdb.DuckDBPyConnection, expression: TableExpression) -> pa.Table:
        return typed(cursor.sql(answer_sql(expression, "duckdb")).to_arrow_table(), expression)

    @contextmanager
    def _desk(self) -> Iterator[_Desk]:
        """A free desk, or a new one when all are taken: there are never more than threads that ask at once."""
        try:
            desk = self._idle.pop()
        except IndexError:
            desk = _Desk(self._database.cursor())
        try:
            yield desk
        finally:
            self._idle.append(desk)


def _bind(cursor: duckdb.DuckDBPyConnection, name: str, source: Source) -> None:
    if isinstance(source, ParquetFiles) and source.paths:
        files = ", ".join(quoted(path) for path in source.paths)
        columns = ", ".join(f'"{column}"' for column in source.table.columns)
        cursor.execute(
            f'CREATE OR REPLACE TEMP VIEW "{name}" AS SELECT {columns} '
            f"FROM read_parquet([{files}], hive_partitioning = false)"
        )
        return
    if isinstance(source, FlatFile):
        cursor.execute(f'CREATE OR REPLACE TEMP VIEW "{name}" AS {source.select}')
        return
    rows = empty(source.table) if isinstance(source, ParquetFiles) else source
    cursor.execute(f'DROP VIEW IF EXISTS "{name}"')
    cursor.register(name, rows)
