"""Reading the lake: versions, their files, and sources made of them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import date
from pathlib import Path
from typing import Final

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from deltalake import DeltaTable, Schema

from lianxin.core.errors import CoreError
from lianxin.core.tables import LINE_REPLACEMENTS, ORDER_LINES, TABLES, Table
from lianxin.engine.snapshots import Snapshot, day_column, read_snapshot
from lianxin.engine.sources import ParquetFiles, Source, arrow_schema, empty, nullable_arrow_schema

_KEPT_SNAPSHOTS: Final = 64


class LakeError(CoreError):
    """The lake cannot do what was asked; nothing was changed."""


class LakeReader:
    """What any version of the lake holds. Safe to share between threads."""

    def __init__(self, root: Path) -> None:
        self.root = Path(root)
        self._snapshots: dict[tuple[str, int], Snapshot] = {}

    def version(self, table: str) -> int:
        """The newest version of a table; a table never written has version 0 and no rows."""
        log = self.log_of(contract_of(table))
        known = max((version for name, version in list(self._snapshots) if name == table), default=0)
        while (log / f"{known + 1:020d}.json").exists():
            known += 1
        return known

    def files(
        self,
        table: str,
        version: int | None = None,
        company_id: int | None = None,
        months: Collection[date] | None = None,
        batch_ids: Collection[str] | None = None,
    ) -> ParquetFiles:
        """The Parquet files of a version that may hold rows of the company, the months and the batches asked for."""
        folder = self._folder(table)
        found = [
            file
            for file in self.snapshot(table, version).files
            if file.lies_in(company_id, months) and (batch_ids is None or file.batch_id in batch_ids)
        ]
        return ParquetFiles(contract_of(table), tuple(str(folder / file.path) for file in found))

    def snapshot(self, table: str, version: int | None = None) -> Snapshot:
        """The files of a version, with what their statistics tell."""
        wanted = self.version(table) if version is None else version
        key = (table, wanted)
        if key not in self._snapshots:
            if len(self._snapshots) >= _KEPT_SNAPSHOTS:
                self._snapshots.pop(next(iter(self._snapshots)), None)
            self._snapshots[key] = read_snapshot(self._folder(table), contract_of(table), wanted)
        return self._snapshots[key]

    def read(
        self,
        table: str,
        version: int | None = None,
        company_id: int | None = None,
        months: Collection[date] | None = None,
    ) -> pa.Table:
        """The rows themselves; for small tables."""
        paths = self.files(table, version, company_id, months).paths
        shape = nullable_arrow_schema(contract_of(table))
        parts = [pq.ParquetFile(path).read(columns=shape.names).cast(shape) for path in paths]
        return pa.concat_tables(parts) if parts else shape.empty_table()

    def replacements(self, version: int | None = None, company_id: int | None = None) -> pa.Table:
        """The table `line_replacements`: lines that corrections made void, read from the corrections alone."""
        folder = self._folder(ORDER_LINES.name)
        shape = nullable_arrow_schema(LINE_REPLACEMENTS)
        parts = []
        for file in self.snapshot(ORDER_LINES.name, version).files:
            if file.replaces and file.lies_in(company_id, None):
                rows = pq.ParquetFile(folder / file.path).read(columns=["company_id", "line_id", "replaces_batch_id"])
                rows = rows.filter(pc.is_valid(rows.column("replaces_batch_id")))
                parts.append(rows.rename_columns(shape.names).cast(shape))
        return pa.concat_tables(parts).combine_chunks() if parts else empty(LINE_REPLACEMENTS)

    def sources(
        self,
        tables: Iterable[str],
        *,
        company_id: int,
        months: Collection[date] | None = None,
        versions: Mapping[str, int] | None = None,
    ) -> dict[str, Source]:
        """Sources for an engine: the named tables of one company, at pinned versions where given.

        `months` narrows the tables that are partitioned by month; the others are handed over whole.
        """
        at = versions or {}
        found: dict[str, Source] = {}
        for name in tables:
            if name == LINE_REPLACEMENTS.name:
                found[name] = self.replacements(at.get(ORDER_LINES.name), company_id)
            else:
                monthly = day_column(contract_of(name)) is not None
                found[name] = self.files(name, at.get(name), company_id, months if monthly else None)
        return found

    def batches(
        self, company_id: int | None = None, table: str = ORDER_LINES.name, version: int | None = None
    ) -> dict[str, int]:
        """Batch ids whose rows are committed to a table divided by batch, with their numbers of rows."""
        counted: dict[str, int] = {}
        for file in self.snapshot(table, version).files:
            if file.batch_id is not None and file.lies_in(company_id, None):
                counted[file.batch_id] = counted.get(file.batch_id, 0) + file.rows
        return counted

    def months(self, table: str, company_id: int, version: int | None = None) -> tuple[date, ...]:
        """Months of which the table holds rows of the company, in order."""
        found = {file.month for file in self.snapshot(table, version).files if file.lies_in(company_id, None)}
        return tuple(sorted(month for month in found if month is not None))

    def folder(self, table: str) -> Path:
        """Where the files of a table lie; the table exists afterwards."""
        self.log_of(contract_of(table))
        return self._folder(table)

    def _folder(self, table: str) -> Path:
        return self.root / "tables" / table

    def log_of(self, contract: Table) -> Path:
        """The folder of the table's log; the table exists afterwards."""
        folder = self._folder(contract.name)
        log = folder / "_delta_log"
        if not (log / f"{0:020d}.json").exists():
            folder.mkdir(parents=True, exist_ok=True)
            DeltaTable.create(
                folder,
                Schema.from_arrow(arrow_schema(contract)),
                mode="ignore",
                partition_by=list(contract.partition_by),
                name=contract.name,
                configuration={"delta.enableExpiredLogCleanup": "false"},
            )
        return log


def contract_of(table: str) -> Table:
    found = TABLES.get(table)
    if found is None or not found.partition_by:
        raise LakeError(f"There is no lake table {table!r}; the tables are declared in core/tables.py.")
    return found
