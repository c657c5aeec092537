"""The journal of a batch: what it did to each row of the database, so that it can be undone, newest change first."""

import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final, TypeVar

from django.apps import apps
from django.db import connection
from django.db.models import ForeignKey, Model, OneToOneField, Q
from django.utils.translation import gettext as _

from lianxin.foundation.errors import Refused
from lianxin.foundation.models import BatchChange, Company, ImportBatch
from lianxin.foundation.states import BatchState

CHUNK: Final = 500
ROWS_AT_ONCE: Final = 2000
T = TypeVar("T")

Guard = Callable[[Company, set[int]], str]
_GUARDS: dict[str, list[Guard]] = defaultdict(list)


def register_guard(model: str, guard: Guard) -> None:
    """Let a higher room object to the removal of rows. The guard answers with a sentence, or "" if it does not mind.

    model : such as `retailers.Retailer`
    """
    _GUARDS[model].append(guard)


def chunks(items: Sequence[T], size: int = CHUNK) -> Iterator[Sequence[T]]:
    """The items in pieces that fit into one query."""
    for start in range(0, len(items), size):
        yield items[start : start + size]


def snapshot(row: Model) -> dict[str, Any]:
    """The stored fields of a row as JSON can keep them, without its id."""
    return {
        field.attname: _plain(getattr(row, field.attname))
        for field in row._meta.concrete_fields
        if not field.primary_key
    }


def _plain(value: Any) -> Any:
    if isinstance(value, date | datetime):
        return value.isoformat()
    if isinstance(value, Decimal):
        return str(value)
    return value


class Journal:
    """Rows that a batch makes and changes, written together with the record of it.

    `make` and `change` only remember; `write` does it, parents before children, in the caller's transaction.
    """

    def __init__(self) -> None:
        self._made: dict[type[Model], list[Model]] = {}
        self._fresh: set[int] = set()
        self._changed: dict[type[Model], dict[int, tuple[Model, dict[str, Any]]]] = {}

    def make(self, row: Model) -> None:
        """Remember a new row."""
        self._made.setdefault(type(row), []).append(row)
        self._fresh.add(id(row))

    def change(self, row: Model) -> None:
        """Remember that a row is about to be changed. Call it before setting fields; a row made here needs no second record."""
        if id(row) in self._fresh:
            return
        self._changed.setdefault(type(row), {}).setdefault(row.pk, (row, snapshot(row)))

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to write."""
        return not self._made and not self._changed

    def write(self, batch: ImportBatch) -> None:
        """Make and change the rows, and record what was done.

        Of a model that says `journal_keeps_only_before`, what a change made of a row is not kept a second time.
        """
        for model in _parents_first(self._made):
            made = self._made[model]
            for wave in _waves(model, made):
                model._default_manager.bulk_create(wave, batch_size=ROWS_AT_ONCE)
            # What a row held when it was made stands in the row, or in what a later change kept of it.
            _record(batch, model._meta.label, ((row.pk, None, "{}") for row in made))
        for model, changed in self._changed.items():
            rows = [row for row, before in changed.values() if snapshot(row) != before]
            if not rows:
                continue
            names = [field.name for field in model._meta.concrete_fields if not field.primary_key]
            model._default_manager.bulk_update(rows, names, batch_size=100)
            only_before = getattr(model, "journal_keeps_only_before", False)
            contents = (
                (row.pk, json.dumps(changed[row.pk][1]), "{}" if only_before else json.dumps(snapshot(row)))
                for row in rows
            )
            _record(batch, model._meta.label, contents)


def forget_rows(model: type[Model], row_ids: Iterable[int]) -> None:
    """Drop what journals hold of rows that a person changed or deleted since: files neither undo nor remember them any more."""
    for part in chunks(list(row_ids)):
        BatchChange.objects.filter(model=model._meta.label, row_id__in=part).delete()


def forget_former(model: type[Model], changes: Q) -> int:
    """Empty what rows of a model were before the changes of some batches; undoing those leaves the rows as they are then."""
    rows = BatchChange.objects.filter(changes, model=model._meta.label, before__isnull=False).exclude(before={})
    return rows.update(before={})


def _record(batch: ImportBatch, label: str, contents: Iterable[tuple[int, str | None, str]]) -> None:
    # A tenth of a million records at a time: building models for them would take longer than making the rows.
    columns = ", ".join(connection.ops.quote_name(name) for name in ("batch_id", "model", "row_id", "before", "after"))
    table = connection.ops.quote_name(BatchChange._meta.db_table)
    with connection.cursor() as cursor:
        cursor.executemany(
            f"INSERT INTO {table} ({columns}) VALUES (%s, %s, %s, %s, %s)",  # noqa: S608 - our own names
            [(batch.pk, label, *content) for content in contents],
        )


def _parents_first(models: Iterable[type[Model]]) -> list[type[Model]]:
    """Models in an order in which rows of each can refer to rows of those before; a file may begin with a known subject."""
    waiting = list(models)
    found: list[type[Model]] = []
    while waiting:
        ready = [
            model
            for model in waiting
            if not any(
                field.related_model in waiting and field.related_model is not model
                for field in model._meta.concrete_fields
            )
        ]
        if not ready:
            raise AssertionError(f"models refer to each other in a circle: {[model._meta.label for model in waiting]}")
        found += ready
        waiting = [model for model in waiting if model not in ready]
    return found


def _waves(model: type[Model], rows: list[Model]) -> Iterator[list[Model]]:
    """Rows in an order in which each can refer to rows of its own table made before it."""
    own = [field.name for field in model._meta.concrete_fields if field.related_model is model]
    while rows:
        ready = [row for row in rows if all(_is_stored(row, name) for name in own)] if own else rows
        if not ready:
            raise AssertionError(f"rows of {model._meta.label} refer to each other in a circle")
        yield ready
        rows = [row for row in rows if row.pk is None]


def _is_stored(row: Model, name: str) -> bool:
    other = getattr(row, name)
    return other is None or other.pk is not None


def undo(batch: ImportBatch) -> None:
    """Take back, newest first, what the batch did to rows of the database; in the caller's transaction.

    Raises
    ------
    Refused : a later batch changed the same rows or other rows lean on them; the sentence names what must go first.
    """
    changes = list(batch.changes.order_by("-pk"))
    _check_newest(batch, changes)
    removed: dict[str, set[int]] = defaultdict(set)
    for change in changes:
        if change.before is None:
            removed[change.model].add(change.row_id)
    for label, ids in removed.items():
        _check_unused(batch, label, ids, removed)
    for label, group in _by_model(changes):
        model = apps.get_model(label)
        gone = [change.row_id for change in group if change.before is None]
        restored = [change for change in group if change.before is not None]
        for part in chunks(restored):
            _restore(model, part)
        for part_gone in chunks(gone):
            # Nothing leans on them any more (checked above), and rows of one table may lean on each other.
            rows = model._default_manager.filter(pk__in=part_gone)
            rows._raw_delete(rows.db)


def _by_model(changes: Iterable[BatchChange]) -> Iterator[tuple[str, list[BatchChange]]]:
    """Changes in runs of one model: children were made after their parents, so they come first here."""
    run: list[BatchChange] = []
    for change in changes:
        if run and run[-1].model != change.model:
            yield run[-1].model, run
            run = []
        run.append(change)
    if run:
        yield run[-1].model, run


def _check_newest(batch: ImportBatch, changes: Sequence[BatchChange]) -> None:
    ids: dict[str, list[int]] = defaultdict(list)
    newest: dict[tuple[str, int], int] = {}
    for change in changes:
        ids[change.model].append(change.row_id)
        newest.setdefault((change.model, change.row_id), change.pk)
    for label, row_ids in ids.items():
        for part in chunks(row_ids):
            later = BatchChange.objects.filter(
                model=label, row_id__in=part, batch__company=batch.company, batch__state=BatchState.COMMITTED
            ).exclude(batch=batch)
            for change in later.order_by("-pk").select_related("batch"):
                if change.pk > newest[label, change.row_id]:
                    raise _needs_first(batch, change.batch)


def _needs_first(batch: ImportBatch, other: ImportBatch) -> Refused:
    return Refused(
        _(
            "Batch %(batch)s cannot be undone yet: batch %(other)s (%(kind)s, %(file)s) builds on it. Undo that one first."
        )
        % {"batch": batch.pk, "other": other.pk, "kind": other.kind, "file": other.file_name}
    )


def _check_unused(batch: ImportBatch, label: str, ids: set[int], removed: dict[str, set[int]]) -> None:
    model = apps.get_model(label)
    for relation in model._meta.related_objects:
        field = relation.field
        if not isinstance(field, ForeignKey | OneToOneField) or isinstance(relation.related_model, str):
            continue
        other = relation.related_model
        leaving = removed.get(other._meta.label, set())
        for part in chunks(sorted(ids)):
            leaning = other._default_manager.filter(**{f"{field.name}__in": part}).values_list("pk", flat=True)
            foreign = [pk for pk in leaning if pk not in leaving]
            if foreign:
                raise _leans(batch, other, foreign[0], len(foreign))
    for guard in _GUARDS[label]:
        sentence = guard(batch.company, ids)
        if sentence:
            raise Refused(sentence)


def _leans(batch: ImportBatch, other: type[Model], row_id: int, count: int) -> Refused:
    change = (
        BatchChange.objects.filter(model=other._meta.label, row_id=row_id, batch__state=BatchState.COMMITTED)
        .exclude(batch=batch)
        .select_related("batch")
        .order_by("-pk")
        .first()
    )
    if change is not None:
        return _needs_first(batch, change.batch)
    return Refused(
        _("Batch %(batch)s cannot be undone: %(count)s row(s) of “%(model)s” use what it brought. Remove those first.")
        % {"batch": batch.pk, "count": count, "model": other._meta.verbose_name}
    )


def _restore(model: type[Model], changes: Sequence[BatchChange]) -> None:
    rows = model._default_manager.in_bulk([change.row_id for change in changes])
    fields = [field for field in model._meta.concrete_fields if not field.primary_key]
    for change in changes:
        row = rows[change.row_id]
        assert change.before is not None
        for field in fields:
            if field.attname in change.before:
                setattr(row, field.attname, field.to_python(change.before[field.attname]))
    model._default_manager.bulk_update(list(rows.values()), [field.name for field in fields], batch_size=100)
