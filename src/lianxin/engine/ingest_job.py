# ruff: noqa: S608 - this room speaks SQL; names come from our contracts, paths and texts pass `quoted`
"""The stages of an import of order lines: read, judge, deduplicate, compare, count, write."""

from __future__ import annotations

import csv
import shutil
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any, Final

import duckdb
import pyarrow as pa
from deltalake.transaction import AddAction

from lianxin.core.tables import ORDER_LINES
from lianxin.engine import ingest_sql as sql
from lianxin.engine.ingest_outcome import OrderFile, Outcome, Prepared, Progress, RefusedRow, Unreadable
from lianxin.engine.lake import ROWS_PER_GROUP, Lake
from lianxin.engine.quoting import quoted
from lianxin.engine.sentences import FILES
from lianxin.engine.writing import Write

SAMPLE: Final = 200
_BOM: Final = b"\xef\xbb\xbf"


class Job:
    """One file's way through the stages; the tables between them live in the database."""

    def __init__(
        self, database: duckdb.DuckDBPyConnection, lake: Lake, company_id: int, batch_id: str, progress: Progress
    ) -> None:
        self._database = database
        self._lake = lake
        self._company_id = company_id
        self._batch_id = batch_id
        self._progress = progress
        self._headers: list[list[str]] = []

    def _run(self, text: str) -> duckdb.DuckDBPyConnection:
        return self._database.execute(text)

    def _one(self, text: str) -> Any:
        # All of it: DuckDB refuses the next command while a result is half read.
        return self._run(text).fetchall()[0][0]

    # -- read and judge ------------------------------------------------------------------------------------------------

    def read(
        self,
        files: Sequence[OrderFile],
        columns: Mapping[str, str],
        lookups: Mapping[str, pa.Table],
        date_formats: Sequence[str] | None,
    ) -> None:
        """Tables `raw_<n>` as they came, `lines` with values and the number of the first fault, `rejected`."""
        self._progress("read", 0.0)
        foreign = {canonical: name for name, canonical in columns.items()}
        self._lookup("retailers", lookups["retailers"], "licence_no", "retailer_id")
        self._lookup("products", lookups["products"], "product_code", "product_id")
        self._run("CREATE TEMP TABLE rejected (file_number INTEGER, line_number BIGINT, reason VARCHAR, value VARCHAR)")
        self._run("SET preserve_insertion_order = true")
        selects = []
        for number, file in enumerate(files):
            present = self._load(number, file)
            missing = [name for name in sql.REQUIRED if foreign.get(name) not in present]
            if missing:
                wanted = ", ".join(f"{name} ({foreign.get(name, name)})" for name in missing)
                raise Unreadable.of(FILES, "key_missing", file=file.path.name, names=wanted)
            known = {canonical: name for canonical, name in foreign.items() if name in present}
            selects.append(sql.texts(known, number, self._line_number(number, file)))
        self._progress("check", 0.25)
        self._run("SET preserve_insertion_order = false")
        self._run(f"CREATE TEMP VIEW texts AS {' UNION ALL '.join(selects)}")
        self._run(f"CREATE TEMP VIEW parsed AS {sql.parsed(date_formats)}")
        self._run(f"CREATE TEMP TABLE lines AS {sql.judged()}")
        self._run(f"CREATE TEMP TABLE faults AS {sql.fault_table()}")

    def _load(self, number: int, file: OrderFile) -> list[str]:
        try:
            if file.parquet:
                self._run(f"CREATE TEMP TABLE raw_{number} AS SELECT * FROM {sql.raw_parquet(str(file.path))}")
            else:
                self._load_csv(number, file)
        except (duckdb.Error, UnicodeDecodeError) as error:
            told = str(error).splitlines()[0]
            raise Unreadable.of(FILES, "file_unreadable", file=file.path.name, fault=told) from error
        present = [str(row[0]) for row in self._run(f"DESCRIBE raw_{number}").fetchall()]
        self._headers.append(present)
        return present

    def _load_csv(self, number: int, file: OrderFile) -> None:
        headers = _headers_of(file)
        parallel = True
        for _ in range(2):
            source = sql.raw_csv(str(file.path), file.delimiter, headers, f"bad_{number}_{parallel}", parallel=parallel)
            try:
                self._run(f"CREATE TEMP TABLE raw_{number} AS SELECT * FROM {source}")
                break
            except duckdb.InvalidInputException:
                # Odd rows near line breaks inside quotes stop the parallel reader; the single one gets through.
                if not parallel:
                    raise
                parallel = False
        self._run(
            f"INSERT INTO rejected SELECT {number}, line, any_value(CASE WHEN error_type IN ('TOO MANY COLUMNS', "
            "'MISSING COLUMNS') THEN 'wrong_number_of_columns' ELSE 'unreadable' END), any_value(csv_line) "
            f"FROM bad_{number}_{parallel} GROUP BY line"
        )

    def _line_number(self, number: int, file: OrderFile) -> str:
        if file.parquet:
            return "r.rowid + 1"
        if not self._one(f"SELECT count(*) FROM rejected WHERE file_number = {number}"):
            return "r.rowid + 2"
        # Rejected lines are not in the table: number the others around them.
        rejected = f"(SELECT line_number FROM rejected WHERE file_number = {number})"
        self._run(
            f"CREATE TEMP TABLE numbers_{number} AS SELECT line, row_number() OVER (ORDER BY line) - 1 AS place FROM "
            f"(SELECT unnest(range(2, (SELECT count(*) FROM raw_{number}) + (SELECT count(*) FROM {rejected}) + 2)) AS line) "
            f"WHERE line NOT IN {rejected}"
        )
        return f"(SELECT line FROM numbers_{number} WHERE place = r.rowid)"

    def _lookup(self, table: str, rows: pa.Table, key: str, value: str) -> None:
        self._database.register("lookup", rows)
        self._run(f"CREATE TEMP TABLE {table} AS SELECT {key}, min({value}) AS {value} FROM lookup GROUP BY {key}")
        self._database.unregister("lookup")

    # -- deduplicate and compare ---------------------------------------------------------------------------------------

    def deduplicate(self) -> None:
        """Table `verdicts`: rows that are duplicates or differ from an earlier row or from the lake.

        Table `earlier` holds what they differ from.
        """
        self._progress("deduplicate", 0.45)
        kinds = "line_id VARCHAR, batch_id VARCHAR, order_date DATE, retailer_id BIGINT, product_id BIGINT, "
        kinds += ", ".join(
            f"{column} INTEGER" for column in ("wanted_units", "cap_units", "ordered_units", "supplied_units")
        )
        self._run(f"CREATE TEMP TABLE earlier ({kinds}, amount_fen BIGINT)")
        self._run(
            "CREATE TEMP TABLE verdicts (file_number INTEGER, raw_row BIGINT, verdict VARCHAR, replaces_batch_id VARCHAR)"
        )
        self._run(
            "CREATE TEMP TABLE twice AS SELECT line_id FROM lines WHERE fault IS NULL GROUP BY line_id HAVING count(*) > 1"
        )
        if not self._one("SELECT count(*) FROM twice"):
            return
        self._run(
            "CREATE TEMP TABLE repeated AS SELECT *, row_number() OVER (PARTITION BY line_id ORDER BY file_number, raw_row) "
            "AS turn FROM lines WHERE fault IS NULL AND line_id IN (FROM twice)"
        )
        same = sql.same_content("later", "first")
        self._run(
            "INSERT INTO verdicts SELECT later.file_number, later.raw_row, "
            f"CASE WHEN {same} THEN 'duplicate' ELSE 'differs_in_file' END, NULL "
            "FROM repeated later JOIN repeated first ON later.line_id = first.line_id AND first.turn = 1 AND later.turn > 1"
        )
        self._run(
            f"INSERT INTO earlier SELECT line_id, '', {', '.join(sql.CONTENT_IN_ORDER)} FROM repeated WHERE turn = 1"
        )

    def compare(self, *, correction: bool) -> None:
        """More `verdicts`: rows whose line id the lake knows."""
        self._progress("compare", 0.55)
        paths = self._lake.files(ORDER_LINES.name, company_id=self._company_id).paths
        if not paths:
            return
        source = f"read_parquet([{', '.join(quoted(path) for path in paths)}], hive_partitioning = false)"
        mine = "(SELECT line_id FROM lines WHERE fault IS NULL)"
        # Line ids alone first: nearly always none is known, and the other columns are never read.
        self._run(f"CREATE TEMP TABLE met AS SELECT DISTINCT line_id FROM {source} WHERE line_id IN {mine}")
        if not self._one("SELECT count(*) FROM met"):
            return
        self._database.register("void", self._lake.replacements(company_id=self._company_id))
        self._run(
            f"CREATE TEMP TABLE known AS SELECT line_id, batch_id, {', '.join(sql.CONTENT_IN_ORDER)} FROM {source} AS held "
            "WHERE line_id IN (FROM met) AND NOT EXISTS "
            "(SELECT 1 FROM void WHERE void.line_id = held.line_id AND void.batch_id = held.batch_id)"
        )
        differs = "corrects" if correction else "differs_from_known"
        self._run(
            "INSERT INTO verdicts SELECT mine.file_number, mine.raw_row, "
            f"CASE WHEN {sql.same_content('mine', 'known')} THEN 'duplicate' ELSE {quoted(differs)} END, known.batch_id "
            "FROM lines mine JOIN known USING (line_id) LEFT JOIN verdicts v USING (file_number, raw_row) "
            "WHERE mine.fault IS NULL AND v.verdict IS NULL"
        )
        self._run("INSERT INTO earlier FROM known")

    # -- count and tell ------------------------------------------------------------------------------------------------

    def counted(self, refused_to: Path | None, sentences: Mapping[str, str], scratch: Path) -> Outcome:
        """The counts, a sample of the refused rows, and all of them in `refused_to`."""
        self._progress("count", 0.65)
        verdicts = dict(self._run("SELECT verdict, count(*) FROM verdicts GROUP BY verdict").fetchall())
        total, faulty = self._run("SELECT count(*), count(fault) FROM lines").fetchall()[0]
        rejected = int(self._one("SELECT count(*) FROM rejected"))
        refused = faulty + rejected + verdicts.get("differs_in_file", 0) + verdicts.get("differs_from_known", 0)
        duplicate = verdicts.get("duplicate", 0)
        read = total + rejected
        self._run(
            "CREATE TEMP VIEW accepted AS SELECT lines.*, v.replaces_batch_id FROM lines LEFT JOIN verdicts v "
            "USING (file_number, raw_row) WHERE fault IS NULL AND coalesce(v.verdict, 'corrects') = 'corrects'"
            if verdicts
            else "CREATE TEMP VIEW accepted AS SELECT *, NULL::VARCHAR AS replaces_batch_id FROM lines WHERE fault IS NULL"
        )
        months = self._run("SELECT DISTINCT order_month FROM accepted ORDER BY ALL").fetchall()
        sample: tuple[RefusedRow, ...] = ()
        if refused:
            self._refusals()
            rows = self._run(
                f"SELECT line_number, bad_column, value, reason, other FROM refusals LIMIT {SAMPLE}"
            ).fetchall()
            sample = tuple(RefusedRow(*row) for row in rows)
            if refused_to is not None:
                self._write_refused(refused_to, sentences, scratch)
        return Outcome(
            read=read,
            accepted=read - refused - duplicate,
            refused=refused,
            duplicate=duplicate,
            corrected=verdicts.get("corrects", 0),
            months=tuple(row[0] for row in months),
            sample=sample,
            refused_to=refused_to if refused else None,
            version=None,
        )

    def _refusals(self) -> None:
        self._run(
            "CREATE TEMP TABLE refusals AS SELECT * FROM ("
            "SELECT l.file_number, l.raw_row, l.line_number, f.bad_column, "
            f"CASE l.fault {sql.refusal_order()} END AS value, f.reason, NULL AS other "
            "FROM lines l JOIN faults f USING (fault) JOIN texts t USING (file_number, raw_row) UNION ALL "
            f"SELECT l.file_number, l.raw_row, l.line_number, 'line_id', {sql.content_text('l')}, v.verdict, "
            f"{sql.content_text('e')} FROM lines l JOIN verdicts v USING (file_number, raw_row) JOIN earlier e "
            "ON e.line_id = l.line_id AND e.batch_id = coalesce(v.replaces_batch_id, '') "
            "WHERE v.verdict LIKE 'differs%' UNION ALL "
            "SELECT file_number, NULL, line_number, '', value, reason, NULL FROM rejected"
            ") ORDER BY file_number, line_number"
        )

    def _write_refused(self, target: Path, sentences: Mapping[str, str], scratch: Path) -> None:
        rows = [{"reason": code, "sentence": sentence} for code, sentence in sentences.items()]
        self._database.register(
            "sentences", pa.Table.from_pylist(rows, pa.schema({"reason": pa.string(), "sentence": pa.string()}))
        )
        parts = []
        for number, headers in enumerate(self._headers):
            originals = ", ".join(f"CAST(r.{sql.name(header)} AS VARCHAR) AS {sql.name(header)}" for header in headers)
            parts.append(
                'SELECT d.line_number, d.bad_column AS "column", d.value, coalesce(s.sentence, d.reason) AS reason, d.other, '
                f"{originals} FROM refusals d LEFT JOIN sentences s USING (reason) LEFT JOIN raw_{number} r "
                f"ON r.rowid = d.raw_row WHERE d.file_number = {number}"
            )
        plain = scratch / "refused.csv"
        union = " UNION ALL BY NAME ".join(parts)
        self._run(f"COPY (SELECT * FROM ({union}) ORDER BY line_number) TO {quoted(plain)} (FORMAT csv, HEADER)")
        self._database.unregister("sentences")
        target.parent.mkdir(parents=True, exist_ok=True)
        with target.open("wb") as told, plain.open("rb") as rows_told:
            told.write(_BOM)
            shutil.copyfileobj(rows_told, told)

    # -- write ---------------------------------------------------------------------------------------------------------

    def written(self, outcome: Outcome) -> Prepared:
        """Parquet files of the accepted rows, one a month, sorted by retailer."""
        write = Write(self._lake.pending)
        try:
            actions = []
            for done, month in enumerate(outcome.months):
                self._progress("write", 0.7 + 0.3 * done / len(outcome.months))
                actions.append(self._write_month(write, month, outcome.corrected))
            self._progress("write", 1.0)
        except BaseException:
            write.close()
            raise
        return Prepared(outcome, self._lake, self._company_id, self._batch_id, write, actions)

    def _write_month(self, write: Write, month: date, corrected: int) -> AddAction:
        partition = {"company_id": str(self._company_id), "order_month": month.isoformat(), "batch_id": self._batch_id}
        path = Path(f"c{self._company_id}") / month.isoformat() / self._batch_id / write.next_name()
        target = write.claim(self._lake.folder(ORDER_LINES.name) / path)
        constants = {"company_id": f"{self._company_id}::INTEGER", "batch_id": f"{quoted(self._batch_id)}"}
        selected = ", ".join(f"{constants.get(name, name)} AS {name}" for name in ORDER_LINES.columns)
        here = f"FROM accepted WHERE order_month = DATE {quoted(month.isoformat())}"
        result = self._run(
            f"COPY (SELECT {selected} {here} ORDER BY retailer_id, order_date, line_id) TO {quoted(target)} "
            f"(FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE {ROWS_PER_GROUP})"
        )
        rows = int(result.fetchall()[0][0])
        replaced = int(self._one(f"SELECT count(replaces_batch_id) {here}")) if corrected else 0
        return self._lake.add_action(ORDER_LINES.name, path.as_posix(), rows, partition, replaced)


def _headers_of(file: OrderFile) -> list[str]:
    """Names of the columns, made distinct: an empty or repeated name gets its place behind it."""
    with file.path.open(encoding="utf-8-sig", newline="") as opened:
        first = next(csv.reader(opened, delimiter=file.delimiter), [])
    names: list[str] = []
    for place, given in enumerate(first, start=1):
        header = given.strip() or "column"
        names.append(header if header not in names and given.strip() else f"{header}_{place}")
    if not names:
        raise Unreadable.of(FILES, "file_empty", file=file.path.name)
    return names
