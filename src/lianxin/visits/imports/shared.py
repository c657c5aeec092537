"""What the kinds of field work share: instants, persons and retailers, rows written by the hundred thousand and taken out again."""

import unicodedata
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime
from typing import Any, Final

from django.db import connection
from django.db.models import Model, QuerySet
from django.utils.translation import gettext as _

from lianxin.foundation.errors import Refused
from lianxin.foundation.imports import cells
from lianxin.foundation.imports.cells import CellWrong, Formats, Reader, fast, plain
from lianxin.foundation.imports.journal import Journal, chunks
from lianxin.foundation.models import Company, ImportBatch
from lianxin.people.models import Person
from lianxin.retailers.models import Licence

ROWS_AT_ONCE: Final = 10_000


def instant(raw: Any, formats: Formats) -> datetime:
    """An instant with its zone, such as 2021-12-31T08:30:00+08:00."""
    try:
        found = raw if isinstance(raw, datetime) else datetime.fromisoformat(raw.strip())
    except (AttributeError, ValueError) as wrong:
        raise CellWrong(_("This is not an instant. Write it as 2021-12-31T08:30:00+08:00.")) from wrong
    if found.tzinfo is None:
        raise CellWrong(_("It lacks its time zone. Write it as 2021-12-31T08:30:00+08:00."))
    return found.astimezone(UTC)


def words(longest: int) -> Reader:
    """A reader of people's own words: line breaks stay, other control signs go."""

    def read(raw: Any, formats: Formats) -> str:
        written = unicodedata.normalize("NFC", plain(raw))
        if len(written) > longest:
            raise CellWrong(
                _("It has %(n)s signs; at most %(longest)s are kept.") % {"n": len(written), "longest": longest}
            )
        if written.isprintable():
            return written
        return "".join(sign for sign in written if sign in "\n\t" or unicodedata.category(sign) != "Cc")

    return read


def key(longest: int) -> Reader:
    """As `cells.key`."""
    return fast(rf"[0-9A-Za-z-]{{1,{longest}}}", str, cells.key(longest))


def real(least: float, most: float, pattern: str) -> Reader:
    """As `cells.real`; `pattern` lets through only plain numbers within the bounds."""
    return fast(pattern, float, cells.real(least, most))


class Names:
    """Persons by employee number and retailers by licence number, old ones included."""

    def __init__(self, company: Company) -> None:
        self.persons = {row.employee_no: row for row in Person.objects.filter(company=company)}
        self.retailers = dict(Licence.objects.filter(company=company).values_list("licence_no", "retailer_id"))


class BatchedRows(Journal):
    """Rows that name their batch themselves: no journal of each is needed, and undoing deletes by the batch."""

    def __init__(self) -> None:
        super().__init__()
        self._wanted: list[tuple[type[Model], tuple[str, ...], list[Sequence[Any]]]] = []

    def insert(self, model: type[Model], columns: Sequence[str], rows: list[Sequence[Any]]) -> None:
        """Remember rows for one table; a row is filled while the file is decided on. `columns` are names of fields."""
        self._wanted.append((model, tuple(columns), rows))

    def write(self, batch: ImportBatch) -> None:
        """Write everything, in the caller's transaction."""
        for model, columns, rows in self._wanted:
            insert(model, columns, rows)


def insert(model: type[Model], columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Rows into a table, past the models: half a million of them take seconds instead of minutes."""
    fields: list[Any] = [model._meta.get_field(name) for name in columns]
    quote = connection.ops.quote_name
    names = ", ".join(quote(field.column) for field in fields)
    marks = ", ".join("%s" for _field in fields)
    adapted: dict[datetime | date | None, Any] = {None: None}
    places = [
        (
            n,
            connection.ops.adapt_datetimefield_value
            if kind == "DateTimeField"
            else connection.ops.adapt_datefield_value,
        )
        for n, kind in enumerate(field.get_internal_type() for field in fields)
        if kind in ("DateTimeField", "DateField")
    ]
    statement = f"INSERT INTO {quote(model._meta.db_table)} ({names}) VALUES ({marks})"  # noqa: S608 - our own names

    def ready(row: Sequence[Any]) -> list[Any]:
        values = list(row)
        for place, adapt in places:
            value = values[place]
            # Days and the moment of the import come again and again.
            if value not in adapted:
                if len(adapted) > ROWS_AT_ONCE:
                    adapted.clear()
                adapted[value] = adapt(value)
            values[place] = adapted[value]
        return values

    listed = rows if isinstance(rows, list) else list(rows)
    with connection.cursor() as cursor:
        for part in chunks(listed, ROWS_AT_ONCE):
            cursor.executemany(statement, [ready(row) for row in part])


def require_unused(batch: ImportBatch, rows: QuerySet[Any], *, aside: Sequence[type[Model]]) -> None:
    """Raise Refused when rows of other tables lean on rows that are to go.

    Parameters
    ----------
    aside : tables whose rows go with them
    """
    for relation in rows.model._meta.related_objects:
        other = relation.related_model
        if isinstance(other, str) or other in aside:
            continue
        found = other._default_manager.filter(**{f"{relation.field.name}__in": rows.values("pk")}).count()
        if found:
            raise Refused(
                _(
                    "Batch %(batch)s cannot be undone: %(count)s row(s) of “%(model)s” use what it brought. Remove those first."
                )
                % {"batch": batch.pk, "count": found, "model": other._meta.verbose_name}
            )


def delete(rows: QuerySet[Any]) -> None:
    """Rows out of their table, when nothing leans on them any more."""
    rows._raw_delete(rows.db)
