"""The lake: versioned fact tables as Parquet files under a Delta log.

Partition columns are written into the files as well, and folders are not named after them, so that DuckDB and Spark read plain
files. What a version consists of is only what its Delta log says.
"""

from __future__ import annotations

import json
import time
from collections.abc import Collection, Iterable, Mapping
from datetime import date
from pathlib import Path
from typing import Any, Final

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from deltalake import DeltaTable
from deltalake.transaction import AddAction, CommitProperties, PostCommitHookProperties, RemoveAction

from lianxin.core.tables import ORDER_LINES, SALES_MONTHLY, Table, check_columns
from lianxin.engine.reading import LakeError, LakeReader, contract_of
from lianxin.engine.snapshots import LakeFile, day_column
from lianxin.engine.sources import arrow_schema, nullable_arrow_schema
from lianxin.engine.writing import Write, dead_tokens, exclusive, replace_text

__all__ = ["Lake", "LakeError"]

ROWS_PER_GROUP: Final = 122_880
# Smaller where questions about one product should skip most of a file.
ROWS_PER_SMALL_GROUP: Final = 30_720


class Lake(LakeReader):
    """All tables of an installation below one folder. Safe to share between threads and between processes."""

    # -- writing -------------------------------------------------------------------------------------------------------

    def publish(self, table: str, rows: pa.Table, company_id: int, commit: Mapping[str, str] | None = None) -> int:
        """The version in which the company's rows are exactly these; the old version if they were already."""
        return self._replace(table, rows, company_id, None, commit)

    def replace_months(
        self,
        table: str,
        company_id: int,
        months: Collection[date],
        rows: pa.Table,
        commit: Mapping[str, str] | None = None,
    ) -> int:
        """The version in which the company's rows of these months are exactly these.

        For a table divided by other days than first days of months (such as the first days of rounds), `months` are those.
        """
        return self._replace(table, rows, company_id, frozenset(months), commit)

    def replace_batches(
        self,
        table: str,
        company_id: int,
        batch_ids: Collection[str],
        rows: pa.Table,
        commit: Mapping[str, str] | None = None,
    ) -> int:
        """The version in which the company's rows of these batches are exactly these; no rows take the batches out.

        For tables divided by batch, other than the order lines, whose corrections know more.
        """
        contract = contract_of(table)
        fresh = self._checked(contract, rows, company_id)
        outside = set(pc.unique(fresh.column("batch_id")).to_pylist()) - set(batch_ids)
        if outside:
            raise LakeError(f"Rows of {table} are of batch {min(outside)}, which is not among those to be replaced.")
        write = Write(self.pending)
        try:
            with self._turn(table):
                old = [
                    file
                    for file in self.snapshot(table).files
                    if file.batch_id in batch_ids and file.lies_in(company_id, None)
                ]
                if self._same(contract, fresh, old):
                    return self.version(table)
                return self._commit(table, self._write_rows(write, contract, fresh), old, commit or {}, write)
        finally:
            write.close()

    def append_batch(
        self, rows: pa.Table, company_id: int, batch_id: str, commit: Mapping[str, str] | None = None
    ) -> int:
        """The version that has the order lines of a batch. A batch id is written once.

        Many lines come quicker through `engine.ingest`, which does not hold them in memory.
        """
        if batch_id in self.batches(company_id):
            raise LakeError(f"Batch {batch_id} is already in the lake; undo it first.")
        write = Write(self.pending)
        try:
            added = self._write_rows(write, ORDER_LINES, self._checked(ORDER_LINES, rows, company_id))
            return self.commit(write, ORDER_LINES.name, added, {"batch_id": batch_id, **(commit or {})})
        finally:
            write.close()

    def remove_batch(self, batch_id: str, company_id: int | None = None) -> int:
        """The version without the lines of a batch; what the batch had corrected counts again.

        Raises
        ------
        LakeError : no lines of that batch are in the lake.
        """
        with self._turn(ORDER_LINES.name):
            gone = [
                file
                for file in self.snapshot(ORDER_LINES.name).files
                if file.batch_id == batch_id and file.lies_in(company_id, None)
            ]
            if not gone:
                raise LakeError(f"No lines of batch {batch_id} are in the lake; look at the list of batches.")
            return self._commit(ORDER_LINES.name, [], gone, {"removed_batch_id": batch_id})

    def commit(self, write: Write, table: str, added: list[AddAction], metadata: Mapping[str, str]) -> int:
        """The version that one atomic commit makes by adding files already written."""
        with self._turn(table):
            return self._commit(table, added, [], metadata, write)

    def add_action(
        self, table: str, path: str, rows: int, partition: Mapping[str, str], replaced: int = 0
    ) -> AddAction:
        """What the log is to say of a file that lies below the table's folder."""
        stats: dict[str, Any] = {"numRecords": rows}
        if table == ORDER_LINES.name:
            stats["nullCount"] = {"replaces_batch_id": rows - replaced}
        size = (self._folder(table) / path).stat().st_size
        return AddAction(path, size, dict(partition), int(time.time() * 1000), True, json.dumps(stats))

    def _replace(
        self,
        table: str,
        rows: pa.Table,
        company_id: int,
        months: frozenset[date] | None,
        commit: Mapping[str, str] | None,
    ) -> int:
        contract = contract_of(table)
        fresh = self._checked(contract, rows, company_id)
        if months is not None:
            column = day_column(contract)
            assert column is not None
            outside = set(pc.unique(fresh.column(column)).to_pylist()) - months
            if outside:
                raise LakeError(f"Rows of {table} lie in {min(outside)}, which is not among the months to be replaced.")
        write = Write(self.pending)
        try:
            with self._turn(table):
                old = [file for file in self.snapshot(table).files if file.lies_in(company_id, months)]
                if self._same(contract, fresh, old):
                    return self.version(table)
                return self._commit(table, self._write_rows(write, contract, fresh), old, commit or {}, write)
        finally:
            write.close()

    def _same(self, contract: Table, fresh: pa.Table, old: list[LakeFile]) -> bool:
        if sum(file.rows for file in old) != fresh.num_rows:
            return False
        folder = self._folder(contract.name)
        parts = [pq.ParquetFile(folder / file.path).read(columns=fresh.column_names).cast(fresh.schema) for file in old]
        return not parts or _in_order(contract, pa.concat_tables(parts)).equals(fresh)

    def _checked(self, contract: Table, rows: pa.Table, company_id: int) -> pa.Table:
        check_columns(contract, {field.name: _ibis_type(field.type) for field in rows.schema})
        shaped = rows.select(contract.columns).cast(nullable_arrow_schema(contract))
        for name in contract.required:
            if shaped.column(name).null_count:
                raise LakeError(f"Column {name} of table {contract.name} has empty values; it is required.")
        foreign = pc.sum(pc.not_equal(shaped.column("company_id"), company_id)).as_py()
        if foreign:
            raise LakeError(f"{foreign} row(s) of {contract.name} belong to another company than {company_id}.")
        return _in_order(contract, shaped)

    def _write_rows(self, write: Write, contract: Table, rows: pa.Table) -> list[AddAction]:
        actions = []
        size = ROWS_PER_SMALL_GROUP if contract == SALES_MONTHLY else ROWS_PER_GROUP
        for partition, part in _split(rows, contract.partition_by):
            path = Path(*_folder_names(partition)) / write.next_name()
            target = write.claim(self._folder(contract.name) / path)
            pq.write_table(part.cast(arrow_schema(contract)), target, compression="zstd", row_group_size=size)
            replaced = part.num_rows - part.column("replaces_batch_id").null_count if contract == ORDER_LINES else 0
            actions.append(self.add_action(contract.name, path.as_posix(), part.num_rows, partition, replaced))
        return actions

    def _commit(
        self,
        table: str,
        added: list[AddAction],
        removed: list[LakeFile],
        metadata: Mapping[str, str],
        write: Write | None = None,
    ) -> int:
        if not added and not removed:
            return self.version(table)
        contract = contract_of(table)
        self.log_of(contract)
        now = int(time.time() * 1000)
        opened = DeltaTable(self._folder(table))
        try:
            opened.create_write_transaction(
                [*added, *(RemoveAction(file.path, True, now, file.size) for file in removed)],
                "append",
                opened.schema(),
                list(contract.partition_by),
                commit_properties=CommitProperties(custom_metadata=dict(metadata)),
                # The log of a pinned version must stay readable however old it is.
                post_commithook_properties=PostCommitHookProperties(create_checkpoint=True, cleanup_expired_logs=False),
            )
        finally:
            # Also after a fault: it may have come after the log entry, whose files must then stay.
            if write is not None and self._names(table, added):
                write.keep()
        return self.version(table)

    def _names(self, table: str, added: list[AddAction]) -> bool:
        named = {file.path for file in self.snapshot(table).files}
        return any(action.path in named for action in added)

    # -- keeping -------------------------------------------------------------------------------------------------------

    def pin(self, tables: Iterable[str], label: str) -> dict[str, int]:
        """The present versions of the tables, kept from vacuum under a label until `unpin`; the same label pins anew."""
        versions = {table: self.version(table) for table in sorted(set(tables))}
        replace_text(self._pins / f"{label}.json", json.dumps(versions, sort_keys=True))
        return versions

    def unpin(self, label: str) -> None:
        """Let go of the versions kept under a label."""
        (self._pins / f"{label}.json").unlink(missing_ok=True)

    def pins(self) -> dict[str, dict[str, int]]:
        """Label -> table -> version of all that is pinned."""
        return {path.stem: json.loads(path.read_text(encoding="utf-8")) for path in sorted(self._pins.glob("*.json"))}

    def vacuum(self, table: str, older_than_seconds: float = 3600.0) -> list[str]:
        """Paths of the files removed: named neither by the newest version nor by a pinned one, and not young.

        Young files are left because a reader may still be on the version before the last.
        """
        with self._turn(table):
            versions = {self.version(table), *(pin[table] for pin in self.pins().values() if table in pin)}
            kept = {file.path for version in versions for file in self.snapshot(table, version).files}
            alive = set(self._alive_tokens())
            limit = time.time() - older_than_seconds
            removed = []
            for path in sorted(self._folder(table).rglob("*.parquet")):
                name = path.relative_to(self._folder(table)).as_posix()
                if name in kept or name.startswith("_delta_log") or path.stem.split("-")[0] in alive:
                    continue
                if path.stat().st_mtime <= limit:
                    path.unlink()
                    removed.append(name)
            return removed

    def compact(self, table: str, small_bytes: int = 16 * 2**20) -> int:
        """The version in which small files that share a partition are one file; the same rows."""
        contract = contract_of(table)
        write = Write(self.pending)
        try:
            with self._turn(table):
                groups: dict[tuple[int, date | None, str | None], list[LakeFile]] = {}
                for file in self.snapshot(table).files:
                    if file.size < small_bytes:
                        groups.setdefault((file.company_id, file.month, file.batch_id), []).append(file)
                added: list[AddAction] = []
                removed: list[LakeFile] = []
                shape = nullable_arrow_schema(contract)
                for files in groups.values():
                    if len(files) > 1:
                        folder = self._folder(table)
                        parts = [
                            pq.ParquetFile(folder / file.path).read(columns=shape.names).cast(shape) for file in files
                        ]
                        added += self._write_rows(write, contract, _in_order(contract, pa.concat_tables(parts)))
                        removed += files
                return self._commit(table, added, removed, {"compacted": "true"}, write)
        finally:
            write.close()

    def sweep(self) -> list[Path]:
        """Files of killed writes that no version names, now removed. Writes of living processes are left alone."""
        removed = []
        for token in dead_tokens(self.pending):
            removed += self._drop_orphans(token)
        return removed

    # -- places --------------------------------------------------------------------------------------------------------

    @property
    def pending(self) -> Path:
        """Where writes keep their locks."""
        return self.root / "pending"

    @property
    def _pins(self) -> Path:
        return self.root / "pins"

    def _turn(self, table: str) -> Any:
        return exclusive(self.root / "locks" / f"{table}.lock")

    def _drop_orphans(self, token: str) -> list[Path]:
        """Remove the files of a dead write that no commit named."""
        removed = []
        for path in sorted((self.root / "tables").glob(f"*/**/{token}-*.parquet")):
            table = path.relative_to(self.root / "tables").parts[0]
            name = path.relative_to(self._folder(table)).as_posix()
            if all(file.path != name for file in self.snapshot(table).files):
                path.unlink()
                removed.append(path)
        return removed

    def _alive_tokens(self) -> Iterable[str]:
        return (lock.stem for lock in self.pending.glob("*.lock"))


def _ibis_type(kind: pa.DataType) -> str:
    if pa.types.is_large_string(kind):
        return "string"
    if pa.types.is_timestamp(kind):
        return f"timestamp('{kind.tz}', 6)" if kind.tz else "timestamp(6)"
    return str(kind).replace("double", "float64").replace("date32[day]", "date")


def _in_order(contract: Table, rows: pa.Table) -> pa.Table:
    order = [(name, "ascending") for name in (*contract.partition_by, *contract.key) if name in rows.column_names]
    return rows.sort_by(list(dict.fromkeys(order))).combine_chunks()


def _split(rows: pa.Table, columns: tuple[str, ...]) -> Iterable[tuple[dict[str, str], pa.Table]]:
    for partition in (
        rows.select(columns)
        .group_by(list(columns))
        .aggregate([])
        .sort_by([(c, "ascending") for c in columns])
        .to_pylist()
    ):
        mask = None
        for name, value in partition.items():
            same = pc.equal(rows.column(name), pa.scalar(value, rows.schema.field(name).type))
            mask = same if mask is None else pc.and_(mask, same)
        yield {name: str(value) for name, value in partition.items()}, rows.filter(mask)


def _folder_names(partition: Mapping[str, str]) -> list[str]:
    return [f"c{partition['company_id']}", *(value for name, value in partition.items() if name != "company_id")]
