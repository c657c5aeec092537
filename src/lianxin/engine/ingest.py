"""The quick way of order lines into the lake: judged, deduplicated and written by DuckDB, committed at once.

`prepare` judges the rows and writes files that no version names yet; `commit` names them in one Delta commit. Between the two
the caller marks its batch as prepared. A process killed before the commit leaves the old state and files for `Lake.sweep`.
"""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import pyarrow as pa

from lianxin.core.tables import ORDER_LINES
from lianxin.engine.duck import connection
from lianxin.engine.ingest_job import Job
from lianxin.engine.ingest_outcome import OrderFile, Outcome, Prepared, Progress, RefusedRow, Unreadable
from lianxin.engine.lake import Lake
from lianxin.engine.sentences import FILES

__all__ = [
    "OrderFile",
    "Outcome",
    "Prepared",
    "Progress",
    "RefusedRow",
    "Unreadable",
    "commit",
    "order_lines",
    "prepare",
]


def order_lines(
    files: Sequence[OrderFile],
    *,
    columns: Mapping[str, str],
    lookups: Mapping[str, pa.Table],
    lake: Lake,
    company_id: int,
    batch_id: str,
    correction: bool = False,
    dry_run: bool = False,
    refused_to: Path | None = None,
    sentences: Mapping[str, str] | None = None,
    date_formats: Sequence[str] | None = None,
    progress: Progress | None = None,
    memory_limit: str = "1200MB",
    metadata: Mapping[str, str] | None = None,
) -> Outcome:
    """What became of the rows of the files, which are in the lake afterwards unless it was a dry run.

    See `prepare` for the parameters; `metadata` is written into the Delta commit, for example the hash of the file.
    """
    prepared = prepare(
        files,
        columns=columns,
        lookups=lookups,
        lake=lake,
        company_id=company_id,
        batch_id=batch_id,
        correction=correction,
        dry_run=dry_run,
        refused_to=refused_to,
        sentences=sentences,
        date_formats=date_formats,
        progress=progress,
        memory_limit=memory_limit,
    )
    return commit(prepared, metadata)


def commit(prepared: Prepared, metadata: Mapping[str, str] | None = None) -> Outcome:
    """The outcome, its lines now in the lake. Does nothing for a dry run or when no line was accepted."""
    if prepared.write is None:
        return prepared.outcome
    try:
        named = {"batch_id": prepared.batch_id, **(metadata or {})}
        version = prepared.lake.commit(prepared.write, ORDER_LINES.name, prepared.actions, named)
    finally:
        prepared.write.close()
    return replace(prepared.outcome, version=version)


def prepare(
    files: Sequence[OrderFile],
    *,
    columns: Mapping[str, str],
    lookups: Mapping[str, pa.Table],
    lake: Lake,
    company_id: int,
    batch_id: str,
    correction: bool = False,
    dry_run: bool = False,
    refused_to: Path | None = None,
    sentences: Mapping[str, str] | None = None,
    date_formats: Sequence[str] | None = None,
    progress: Progress | None = None,
    memory_limit: str = "1200MB",
) -> Prepared:
    """The rows judged, and the accepted ones written to files that no version names yet.

    Parameters
    ----------
    files : read one after the other as one batch
    columns : foreign name -> canonical name (line_id, order_date, licence_no, product_code, ordered_units; optional
        wanted_units, cap_units, supplied_units, amount); other columns of the files are ignored
    lookups : `retailers` (licence_no, retailer_id) and `products` (product_code, product_id)
    correction : a known line with other content replaces the old one instead of being refused
    refused_to : CSV with byte-order mark: line_number, column, value, reason, other, and the columns of the file
    sentences : reason code -> sentence for `refused_to`; the code where none is given
    date_formats : strptime formats instead of the usual ones
    progress : told the stage and the share done

    Reasons
    -------
    empty, not_a_date, unknown_retailer, unknown_product, not_a_number, not_whole, too_large, too_many_decimals,
    wrong_number_of_columns, unreadable, differs_in_file (line id twice with other content), differs_from_known (in the
    lake with other content).

    Raises
    ------
    Unreadable : a file cannot be read at all, or lacks a key column.
    """
    if batch_id in lake.batches(company_id):
        raise Unreadable.of(FILES, "batch_known", batch=batch_id)
    lake.folder(ORDER_LINES.name)
    lake.pending.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=lake.root, prefix="scratch-") as scratch:
        database = connection(memory_limit, scratch=Path(scratch))
        try:
            job = Job(database, lake, company_id, batch_id, progress or (lambda _stage, _share: None))
            job.read(files, columns, lookups, date_formats)
            job.deduplicate()
            job.compare(correction=correction)
            outcome = job.counted(refused_to, sentences or {}, Path(scratch))
            if dry_run or not outcome.accepted:
                return Prepared(outcome, lake, company_id, batch_id, None)
            return job.written(outcome)
        finally:
            database.close()
