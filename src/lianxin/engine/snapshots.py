"""Which files a version of a lake table consists of."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pyarrow as pa
from deltalake import DeltaTable

from lianxin.core.tables import Table


@dataclass(frozen=True)
class LakeFile:
    """One Parquet file of a version: its path below the table, its partition and what its statistics tell."""

    path: str
    size: int
    rows: int
    company_id: int
    month: date | None
    batch_id: str | None
    replaces: bool

    def lies_in(self, company_id: int | None, months: Collection[date] | None) -> bool:
        """Whether the file may hold rows of that company and those months."""
        return (company_id is None or self.company_id == company_id) and (months is None or self.month in months)


@dataclass(frozen=True)
class Snapshot:
    """The files of one version, in a fixed order."""

    version: int
    files: tuple[LakeFile, ...]


def day_column(table: Table) -> str | None:
    """The column of days (first days of months, of periods) by which a table is divided, if it is."""
    return next((name for name in table.partition_by if table.schema[name].is_date()), None)


def read_snapshot(folder: Path, table: Table, version: int | None = None) -> Snapshot:
    """The files of a version (the newest by default)."""
    opened = DeltaTable(folder, version=version)
    actions = pa.table(opened.get_add_actions(flatten=True)).to_pylist()
    month = day_column(table)
    files = [
        LakeFile(
            path=str(action["path"]),
            size=int(action["size_bytes"]),
            rows=int(action["num_records"]),
            company_id=int(action["partition.company_id"]),
            month=_as_date(action[f"partition.{month}"]) if month else None,
            batch_id=action.get("partition.batch_id"),
            replaces=(action.get("null_count.replaces_batch_id") or 0) < int(action["num_records"]),
        )
        for action in actions
    ]
    return Snapshot(opened.version(), tuple(sorted(files, key=lambda file: (str(file.month), file.path))))


def _as_date(value: object) -> date:
    return value if isinstance(value, date) else date.fromisoformat(str(value))
