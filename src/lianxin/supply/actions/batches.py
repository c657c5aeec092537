"""Batches of requests and of allocations made elsewhere: their turn, what a killed process left, and how they are undone."""

from contextlib import AbstractContextManager
from datetime import date, datetime
from pathlib import Path
from typing import Final

import pyarrow as pa
import pyarrow.compute as pc
from django.conf import settings
from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from lianxin.core.tables.supply import ALLOCATION_REQUESTS, ALLOCATION_SHARES
from lianxin.engine.sources import empty
from lianxin.foundation import audit
from lianxin.foundation.errors import Refused
from lianxin.foundation.facts import the_lake
from lianxin.foundation.imports import running
from lianxin.foundation.imports.turns import turn
from lianxin.foundation.models import Company, ImportBatch
from lianxin.foundation.states import BatchState
from lianxin.foundation.uuids import uuid7
from lianxin.goods.models import Product
from lianxin.supply.actions.summing import record_sums
from lianxin.supply.models import Round, RoundProduct
from lianxin.supply.states import GoodsClass, RoundState

REQUESTS, ALLOCATIONS = "supply_requests", "allocations"
TABLES: Final = {REQUESTS: ALLOCATION_REQUESTS, ALLOCATIONS: ALLOCATION_SHARES}


def own_turn(company: Company, *, wait: bool = True) -> AbstractContextManager[bool]:
    """The turn of one process at the requests and shares of a company; see `turns.turn`."""
    return turn(Path(settings.LAKE) / "locks" / f"supply-{company.pk}.lock", wait=wait)


def names_in_lake(batch: ImportBatch) -> set[str]:
    """Under which ids the rows of a batch lie in the lake: its own, or those of the rounds it brought."""
    if batch.kind == REQUESTS:
        return {batch.pk}
    return set(Round.objects.filter(batch=batch).values_list("pk", flat=True))


def is_in_lake(batch: ImportBatch) -> bool:
    """Whether the newest version of the lake holds rows of a batch."""
    return bool(names_in_lake(batch) & set(the_lake().batches(batch.company_id, TABLES[batch.kind].name)))


def unsettled(company: Company) -> list[ImportBatch]:
    """Batches whose row and the lake disagree: what a killed process leaves."""
    rows = ImportBatch.objects.filter(
        company=company, kind__in=TABLES, state__in=[BatchState.PREPARED, BatchState.COMMITTED]
    ).select_related("company")
    return [row for row in rows if row.state == BatchState.PREPARED or not is_in_lake(row)]


def reconcile(*, company: Company, at: datetime) -> list[str]:
    """Sentences about batches that a killed process left between the two stores, each now settled; the lake is the truth.

    While another process is importing or undoing, nothing is done: that process is alive.
    """
    with own_turn(company, wait=False) as is_ours:
        return settle(company=company, at=at) if is_ours else []


def settle(*, company: Company, at: datetime) -> list[str]:
    """As `reconcile`, for a caller whose turn it is."""
    said = []
    for batch in unsettled(company):
        words = {"batch": batch.pk, "file": batch.file_name}
        if batch.state == BatchState.COMMITTED:
            running.mark_undone(batch, by=None, at=at)
            said.append(
                _("Batch %(batch)s (%(file)s) was being undone when the process stopped; it is undone now.") % words
            )
        elif is_in_lake(batch):
            running.mark_committed(batch, by=None, at=at)
            said.append(_("Batch %(batch)s (%(file)s) had come in when the process stopped; it counts now.") % words)
        else:
            _abandon(batch, at)
            said.append(
                _("Batch %(batch)s (%(file)s) had not come in when the process stopped; it was given up.") % words
            )
    return said


@transaction.atomic
def _abandon(batch: ImportBatch, at: datetime) -> None:
    changed = ImportBatch.objects.filter(pk=batch.pk, state=BatchState.PREPARED).update(state=BatchState.ABANDONED)
    if changed:
        after = {"file": batch.file_name, "sha256": batch.content_hash}
        subject = f"batch:{batch.pk}"
        audit.record(company=batch.company, by=None, verb="imports.abandon", subject=subject, after=after, at=at)


def bring_requests(*, batch: ImportBatch, rows: pa.Table) -> None:
    """Commit the requests of a batch to the lake."""
    told = {"batch_id": batch.pk, "sha256": batch.content_hash}
    the_lake().replace_batches(ALLOCATION_REQUESTS.name, batch.company_id, {batch.pk}, rows, told)


def bring_allocations(
    *, batch: ImportBatch, rows: pa.Table, supplies: dict[tuple[date, int], int | None], round_ids: dict[date, str]
) -> None:
    """Make a round of each week of a batch, and commit their shares to the lake.

    The rounds are written first; they show only once the batch is committed.

    Parameters
    ----------
    rows : under `tables.ALLOCATION_SHARES`, batch_id naming the round
    supplies : (week, product) -> units there were to share, None where the file did not tell
    round_ids : week -> the id of its round
    """
    company = batch.company
    with transaction.atomic():
        Company.objects.select_for_update().get(pk=company.pk)
        number = Round.objects.filter(company=company).aggregate(highest=Max("number"))["highest"] or 0
        for place, (week, pk) in enumerate(sorted(round_ids.items()), 1):
            made = Round.objects.create(
                id=pk,
                company=company,
                number=number + place,
                week=week,
                state=RoundState.IMPORTED,
                batch=batch,
                opened_by=batch.owner,
                opened_at=batch.created_at,
            )
            RoundProduct.objects.bulk_create(
                RoundProduct(round=made, product_id=product, goods_class=GoodsClass.TIGHT, supply_units=units)
                for (of, product), units in sorted(supplies.items(), key=str)
                if of == week
            )
            record_sums(round=made, lines=rows.filter(pc.equal(rows.column("batch_id"), pk)))
    told = {"batch_id": batch.pk, "sha256": batch.content_hash}
    the_lake().replace_batches(ALLOCATION_SHARES.name, company.pk, set(round_ids.values()), rows, told)


def undo(*, batch: ImportBatch) -> None:
    """Take a batch's rows out of the newest version of the lake.

    Raises
    ------
    Refused : a round has been made of its requests; that round must be withdrawn first.
    """
    if batch.kind == REQUESTS:
        weeks = [date.fromisoformat(week) for week in batch.notes.get("weeks", [])]
        made = (
            Round.objects.filter(company=batch.company, week__in=weeks, batch=None)
            .exclude(state__in=[RoundState.DRAFT, RoundState.WITHDRAWN])
            .order_by("number")
            .first()
        )
        if made is not None:
            raise Refused(
                _("Round %(round)s was made of these requests. Withdraw it first; a committed round stays.")
                % {"round": made},
                field="batch",
            )
    table = TABLES[batch.kind]
    told = {"removed_batch_id": batch.pk}
    the_lake().replace_batches(table.name, batch.company_id, names_in_lake(batch), empty(table), told)


def new_round_id() -> str:
    """An id for a round that is about to be brought in."""
    return uuid7()


def product_ids(company: Company) -> dict[str, int]:
    """Product code -> id."""
    return dict(Product.objects.filter(company=company).values_list("product_code", "pk"))
