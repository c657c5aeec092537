"""Reads about batches, and about the order lines of theirs that the lake holds."""

from datetime import date

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from lianxin.core.tables import ORDER_LINES
from lianxin.foundation.errors import Missing
from lianxin.foundation.facts import the_lake
from lianxin.foundation.models import Company, ImportBatch, Job
from lianxin.foundation.states import BatchState, JobState
from lianxin.orders import states

KIND = "orders"


def batches(company: Company) -> QuerySet[ImportBatch]:
    """Every batch of a company, of all kinds. Only posts that may read imports come here, and they see the whole company."""
    return ImportBatch.objects.filter(company=company)


def batch_named(company: Company, pk: str) -> ImportBatch:
    """One batch.

    Raises
    ------
    Missing : the company has none of this id.
    """
    batch = batches(company).filter(pk=pk).select_related("undone_by").first()
    if batch is None:
        raise Missing(_("There is no such batch."))
    return batch


def finished_import(company: Company, pk: int) -> Job:
    """The finished job of an import, with its result.

    Raises
    ------
    Missing : there is no such job, or it has no result.
    """
    job = Job.objects.filter(company=company, kind=states.IMPORT, pk=pk, state=JobState.DONE).first()
    if job is None or not job.result:
        raise Missing(_("There is no such result."))
    return job


def batches_in_lake(company: Company) -> dict[str, int]:
    """Batch ids whose lines the newest version of the lake holds, with their numbers of lines."""
    return the_lake().batches(company.pk)


def unsettled(company: Company) -> list[ImportBatch]:
    """Batches whose row and the lake disagree: what a killed process leaves."""
    there = batches_in_lake(company)
    rows = ImportBatch.objects.filter(
        company=company, kind=KIND, state__in=[BatchState.PREPARED, BatchState.COMMITTED]
    ).select_related("company")
    return [row for row in rows if row.state == BatchState.PREPARED or row.pk not in there]


def batches_without_row(company: Company) -> list[str]:
    """Batch ids in the lake that the database does not know as brought in, such as after restoring an older database."""
    known = set(
        ImportBatch.objects.filter(
            company=company, kind=KIND, state__in=[BatchState.PREPARED, BatchState.COMMITTED]
        ).values_list("pk", flat=True)
    )
    return sorted(set(batches_in_lake(company)) - known)


def batches_using(company: Company, column: str, ids: set[int]) -> list[str]:
    """Batches with lines of any of these retailers (`retailer_id`) or products (`product_id`), in order."""
    wanted = pa.array(sorted(ids), pa.int64())
    lake = the_lake()
    folder = lake.folder(ORDER_LINES.name)
    found: set[str] = set()
    for file in lake.snapshot(ORDER_LINES.name).files:
        if file.batch_id is None or file.batch_id in found or not file.lies_in(company.pk, None):
            continue
        values = pc.unique(pq.read_table(folder / file.path, columns=[column], partitioning=None).column(column))
        if pc.any(pc.is_in(values, value_set=wanted)).as_py():
            found.add(file.batch_id)
    return sorted(found)


def batches_built_on(batch: ImportBatch) -> list[str]:
    """Later batches that correct lines of this one, in order."""
    lake = the_lake()
    folder = lake.folder(ORDER_LINES.name)
    found: set[str] = set()
    for file in lake.snapshot(ORDER_LINES.name).files:
        if file.batch_id is None or not file.replaces or not file.lies_in(batch.company_id, None):
            continue
        replaced = pq.read_table(folder / file.path, columns=["replaces_batch_id"], partitioning=None).column(0)
        if pc.any(pc.equal(replaced, batch.pk)).as_py():
            found.add(file.batch_id)
    return sorted(found)


def months_in_lake(company: Company) -> list[date]:
    """The months of which the newest version of the lake has lines of the company, in order."""
    return list(the_lake().months(ORDER_LINES.name, company.pk))
