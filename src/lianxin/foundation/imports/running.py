"""Takes a file in: opened, mapped, planned, tried or done; and undone again. See docs/explanation/imports.md."""

import errno
import tempfile
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import Any, Final

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from lianxin.foundation import audit
from lianxin.foundation.errors import Missing, Refused
from lianxin.foundation.imports import files, refused_file, stored
from lianxin.foundation.imports.cells import Formats
from lianxin.foundation.imports.kinds import Intake, LakeKind, Plan, Tell, kind_of, tell_nobody
from lianxin.foundation.imports.rows import RowKind
from lianxin.foundation.models import Company, ImportBatch, User
from lianxin.foundation.states import BatchState
from lianxin.foundation.uuids import uuid7

SHOWN: Final = 200


@dataclass
class Result:
    """What became of a file. n_accepted + n_refused + n_duplicate = n_read.

    batch_id : "" when nothing was taken (a trial, or nothing new in the file)
    earlier_batch_id : the batch that brought the same file before, or ""
    settled : sentences about earlier batches that a killed process had left behind
    refused : the first refused rows, each line, column, value, reason; `refused_file` has them all, or is ""
    """

    kind: str
    file_name: str
    is_trial: bool
    batch_id: str = ""
    earlier_batch_id: str = ""
    n_read: int = 0
    n_accepted: int = 0
    n_refused: int = 0
    n_duplicate: int = 0
    refused: list[dict[str, Any]] = field(default_factory=list)
    refused_file: str = ""
    ignored: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    settled: list[str] = field(default_factory=list)

    def as_json(self) -> dict[str, Any]:
        """The result as plain values."""
        return asdict(self)


def run(
    *,
    company: Company,
    kind: str,
    path: Path,
    by: User | None,
    at: datetime,
    mapping_name: str = "",
    is_trial: bool = False,
    is_correction: bool = False,
    owner_name: str = "",
    file_name: str = "",
    refused_to: Path | None = None,
    tell: Tell = tell_nobody,
    by_name_only: bool = False,
    mapping_digest: str = "",
) -> Result:
    """Take a file in, or try to (`is_trial`): the same counts and refusals, and nothing is changed.

    Parameters
    ----------
    kind : units, people, retailers, goods, territories, targets or orders
    mapping_name : a shipped mapping, one of the company's own or a TOML file; "" for canonical columns
    is_correction : rows known under their key may change their content
    owner_name : who brings it, when there is no user (the command line)
    file_name : the name that people know it by; default that of `path`
    refused_to : where refused rows are written; default `<path>.refused.csv`
    tell : called with (rows done, rows in all or None)
    by_name_only : mappings by path are not followed; for requests that come over the network
    mapping_digest : what the mapping's text was when the import was asked for; "" for whatever it is now

    Raises
    ------
    Denied : the user may bring no file of this kind, or not this one.
    Refused : the file cannot be read or lacks a required column; nothing was changed.
    """
    wanted = kind_of(kind)
    if by is not None:
        wanted.require(by, company)
    how = stored.load(company, mapping_name, by_name_only=by_name_only)
    if mapping_digest and stored.digest_of(how.text) != mapping_digest:
        raise Refused(
            _("The mapping “%(name)s” was changed meanwhile. Try the file anew.") % {"name": how.name}, field="mapping"
        )
    result = Result(kind=kind, file_name=file_name or path.name, is_trial=is_trial)
    if isinstance(wanted, LakeKind) and not is_trial:
        result.settled = wanted.reconcile(company, at)
    with tempfile.TemporaryDirectory(prefix="lianxin-import-") as folder:
        opened = files.open_input(path, Path(folder))
        digest = files.content_hash(path, kind, how.text, "correction" if is_correction else "")
        earlier = _same_file(company, digest)
        if earlier is not None:
            result.earlier_batch_id = earlier.pk
            if not earlier.n_refused:
                result.n_read = result.n_duplicate = earlier.n_read
                return result
        of_kind = how.of_kind(kind)
        intake = Intake(
            company=company,
            opened=opened,
            mapping=of_kind,
            formats=Formats(of_kind.formats.dates, (*of_kind.formats.currency_signs, company.currency_symbol, "元")),
            batch_id=uuid7(),
            is_correction=is_correction,
            is_trial=is_trial,
            at=at,
            by=by,
            scratch=Path(folder),
            tell=tell,
        )
        batch = ImportBatch(
            id=intake.batch_id,
            company=company,
            kind=kind,
            file_name=result.file_name[:300],
            content_hash=digest,
            mapping=how.name,
            is_correction=is_correction,
            owner=by,
            owner_name=by.username if by else owner_name or "system",
            created_at=at,
        )
        refused_path = refused_to or path.with_name(path.name + ".refused.csv")
        if isinstance(wanted, LakeKind):
            _into_lake(wanted, intake, batch, result, refused_path)
        elif isinstance(wanted, RowKind):
            _into_database(wanted, intake, batch, result, refused_path)
    return result


def _same_file(company: Company, digest: str) -> ImportBatch | None:
    return (
        ImportBatch.objects.filter(company=company, content_hash=digest, state=BatchState.COMMITTED)
        .order_by("-created_at")
        .first()
    )


def _into_database(kind: RowKind, intake: Intake, batch: ImportBatch, result: Result, refused_path: Path) -> None:
    # Reading a file takes long and needs no lock; deciding and writing are quick.
    book = kind.read(intake)
    with transaction.atomic():
        # One import of a company at a time decides against what is there; SQLite's transaction is the lock itself.
        Company.objects.select_for_update().get(pk=intake.company.pk)
        kind.decide(book, intake)
        if book.n_accepted + book.n_refused + book.n_duplicate != book.n_read:
            raise AssertionError(f"{kind.name}: a line of {batch.file_name} was left without a verdict, or got two")
        _tell_result(book, result, refused_path)
        if result.is_trial or not book.n_accepted:
            return
        _fill(batch, book, result)
        batch.state = BatchState.COMMITTED
        batch.committed_at = intake.at
        batch.save(force_insert=True)
        book.commit(batch)
        _record(batch, intake.by, intake.at)
    result.batch_id = batch.pk


def _into_lake(kind: LakeKind, intake: Intake, batch: ImportBatch, result: Result, refused_path: Path) -> None:
    plan = kind.plan(intake)
    try:
        _tell_result(plan, result, refused_path)
        if result.is_trial or not plan.n_accepted:
            return
        _fill(batch, plan, result)
        batch.save(force_insert=True)
        plan.commit(batch)
        mark_committed(batch, by=intake.by, at=intake.at)
    finally:
        plan.close()
    result.batch_id = batch.pk


def _tell_result(plan: Plan, result: Result, refused_path: Path) -> None:
    result.n_read, result.n_accepted = plan.n_read, plan.n_accepted
    result.n_refused, result.n_duplicate = plan.n_refused, plan.n_duplicate
    result.ignored, result.notes = plan.ignored, plan.notes
    if plan.n_refused:
        result.refused = _first(plan)
        result.refused_file = str(_write_refused(plan, refused_path))


def _write_refused(plan: Plan, path: Path) -> Path:
    """Where the refused rows were written: beside the file, or among our own files where that folder takes none."""
    try:
        refused_file.write(path, plan.head, plan.refusals())
    except OSError as error:
        if error.errno not in (errno.EROFS, errno.EACCES, errno.EPERM):
            raise
        path = Path(settings.MEDIA_ROOT) / "imports" / f"{uuid7()}.refused.csv"
        path.parent.mkdir(parents=True, exist_ok=True)
        refused_file.write(path, plan.head, plan.refusals())
    return path


def _first(plan: Plan) -> list[dict[str, Any]]:
    some: Iterable[Any] = islice(plan.refusals(), SHOWN)
    return [{"line": r.line, "column": r.column, "value": r.value, "reason": r.reason} for r in some]


def _fill(batch: ImportBatch, plan: Plan, result: Result) -> None:
    batch.n_read, batch.n_accepted = plan.n_read, plan.n_accepted
    batch.n_refused, batch.n_duplicate = plan.n_refused, plan.n_duplicate
    batch.refused_file = result.refused_file[:400]
    batch.notes = {**plan.about, "notes": plan.notes, "ignored": plan.ignored, "refused": result.refused}


def _counts(batch: ImportBatch) -> dict[str, Any]:
    return {
        "kind": batch.kind,
        "file": batch.file_name,
        "sha256": batch.content_hash,
        "mapping": batch.mapping,
        "correction": batch.is_correction,
        "read": batch.n_read,
        "accepted": batch.n_accepted,
        "refused": batch.n_refused,
        "duplicate": batch.n_duplicate,
        "owner": batch.owner_name,
    }


def _record(batch: ImportBatch, by: User | None, at: datetime) -> None:
    audit.record(
        company=batch.company, by=by, verb="imports.run", subject=f"batch:{batch.pk}", after=_counts(batch), at=at
    )


@transaction.atomic
def mark_committed(batch: ImportBatch, *, by: User | None, at: datetime) -> None:
    """Write down that the lake has the batch: its state and the audit row, once."""
    changed = ImportBatch.objects.filter(pk=batch.pk, state=BatchState.PREPARED).update(
        state=BatchState.COMMITTED, committed_at=at
    )
    if changed:
        batch.state, batch.committed_at = BatchState.COMMITTED, at
        _record(batch, by, at)


@transaction.atomic
def mark_undone(batch: ImportBatch, *, by: User | None, at: datetime) -> None:
    """Write down that the batch's facts are gone: its state and the audit row, once."""
    changed = ImportBatch.objects.filter(pk=batch.pk, state=BatchState.COMMITTED).update(
        state=BatchState.UNDONE, undone_at=at, undone_by=by
    )
    if changed:
        batch.state, batch.undone_at, batch.undone_by = BatchState.UNDONE, at, by
        audit.record(
            company=batch.company, by=by, verb="imports.undo", subject=f"batch:{batch.pk}", before=_counts(batch), at=at
        )


def undo(*, company: Company, batch_id: str, by: User | None, at: datetime) -> ImportBatch:
    """The batch after everything it brought was taken out again.

    Raises
    ------
    Missing : no such batch in the company.
    Denied : the user may not take it out.
    Refused : it is not in, or something newer builds on it; the sentence says what to undo first.
    """
    batch = ImportBatch.objects.filter(company=company, pk=batch_id).first()
    if batch is None:
        raise Missing(_("There is no batch “%(batch)s”. See the list of batches.") % {"batch": batch_id}, field="batch")
    if batch.state == BatchState.UNDONE:
        raise Refused(_("Batch %(batch)s was undone already.") % {"batch": batch_id}, field="batch")
    if batch.state != BatchState.COMMITTED:
        raise Refused(
            _("Batch %(batch)s never came in; there is nothing to undo.") % {"batch": batch_id}, field="batch"
        )
    kind = kind_of(batch.kind)
    if by is not None:
        kind.require_undo(batch, by)
    if isinstance(kind, LakeKind):
        with kind.turn(company):
            kind.undo(batch)
            mark_undone(batch, by=by, at=at)
    else:
        with transaction.atomic():
            Company.objects.select_for_update().get(pk=company.pk)
            kind.undo(batch)
            mark_undone(batch, by=by, at=at)
    return batch
