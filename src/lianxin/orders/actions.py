"""What is done with batches of order lines: reconciled with the lake, undone, and followed by the roll-ups."""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from datetime import date, datetime
from pathlib import Path

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from lianxin.foundation import audit
from lianxin.foundation.errors import Refused
from lianxin.foundation.facts import the_lake
from lianxin.foundation.imports import running
from lianxin.foundation.imports.kinds import Tell, tell_nobody
from lianxin.foundation.imports.turns import turn
from lianxin.foundation.models import Company, ImportBatch
from lianxin.foundation.states import BatchState
from lianxin.orders import queries

FollowUp = Callable[[Company, Sequence[date], Tell], str]
# Higher rooms append what must be renewed when lines of some months came in or went: (company, months, tell) -> sentence or "".
on_committed: list[FollowUp] = []


def own_turn(company: Company, *, wait: bool = True) -> AbstractContextManager[bool]:
    """The turn of one process at the order lines of a company; see `turns.turn`."""
    return turn(Path(settings.LAKE) / "locks" / f"orders-{company.pk}.lock", wait=wait)


def reconcile(*, company: Company, at: datetime) -> list[str]:
    """Sentences about batches that a killed process left between the two stores, each now settled.

    The lake is the truth: a batch that it names is in, whatever its row said; one that it does not name is not. Files that no
    version names are removed. While another process is importing or undoing, nothing is done: that process is alive.
    """
    with own_turn(company, wait=False) as is_ours:
        if not is_ours:
            return []
        return settle(company=company, at=at)


def settle(*, company: Company, at: datetime) -> list[str]:
    """As `reconcile`, for a caller whose turn it is."""
    there = queries.batches_in_lake(company)
    said = []
    for batch in queries.unsettled(company):
        words = {"batch": batch.pk, "file": batch.file_name}
        if batch.state == BatchState.COMMITTED:
            running.mark_undone(batch, by=None, at=at)
            said.append(
                _("Batch %(batch)s (%(file)s) was being undone when the process stopped; it is undone now.") % words
            )
        elif batch.pk in there:
            running.mark_committed(batch, by=None, at=at)
            said.append(_("Batch %(batch)s (%(file)s) had come in when the process stopped; it counts now.") % words)
        else:
            _abandon(batch, at)
            said.append(
                _("Batch %(batch)s (%(file)s) had not come in when the process stopped; it was given up.") % words
            )
            continue
        said += follow_up(batch=batch, tell=tell_nobody)
    the_lake().sweep()
    return said


@transaction.atomic
def _abandon(batch: ImportBatch, at: datetime) -> None:
    changed = ImportBatch.objects.filter(pk=batch.pk, state=BatchState.PREPARED).update(state=BatchState.ABANDONED)
    if changed:
        audit.record(
            company=batch.company,
            by=None,
            verb="imports.abandon",
            subject=f"batch:{batch.pk}",
            after={"file": batch.file_name, "sha256": batch.content_hash},
            at=at,
        )


def undo_in_lake(*, batch: ImportBatch) -> None:
    """Take a batch's lines out of the newest version of the lake; what it had corrected counts again.

    Raises
    ------
    Refused : a later batch corrects lines of this one and must go first.
    """
    later = [pk for pk in queries.batches_built_on(batch) if pk != batch.pk]
    if later:
        raise Refused(
            _("Batch %(batch)s cannot be undone yet: batch %(other)s corrects lines of it. Undo that one first.")
            % {"batch": batch.pk, "other": ", ".join(later)},
            field="batch",
        )
    if batch.pk in queries.batches_in_lake(batch.company):
        the_lake().remove_batch(batch.pk, batch.company_id)


def follow_up(*, batch: ImportBatch, tell: Tell) -> list[str]:
    """Sentences of everything that was renewed because the lines of a batch came or went."""
    months = [date.fromisoformat(month) for month in batch.notes.get("months", [])]
    return [sentence for hook in on_committed if (sentence := hook(batch.company, months, tell))]
