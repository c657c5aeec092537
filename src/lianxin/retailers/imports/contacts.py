"""Contacts that come with files of retailers: one a retailer, overwritten by what is newer, never repeated in a refusal."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Final

from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from lianxin.foundation.imports import cells, journal
from lianxin.foundation.imports.kinds import Column, Intake
from lianxin.foundation.imports.lines import Entry, Line
from lianxin.foundation.imports.mapping import KindMapping
from lianxin.foundation.imports.rows import Book
from lianxin.foundation.imports.versions import Wrong
from lianxin.foundation.models import ImportBatch
from lianxin.retailers.models import Retailer, RetailerContact
from lianxin.retailers.states import ContactWay, Status

# Column of the file -> field of the contact.
COLUMNS: Final = {"contact_name": "name", "contact_phone": "phone", "contact_way": "way"}
WAYS: Final = {
    **cells.codes_of(ContactWay.values),
    **{cells.folded(word): code.value for code, word in (
        (ContactWay.PHONE, "电话"), (ContactWay.WECHAT, "微信"), (ContactWay.VISIT, "上门"), (ContactWay.SMS, "短信"),
    )},
}  # fmt: skip


@dataclass
class _Wanted:
    """What a file says of one retailer's contact, and of which day."""

    retailer: Retailer
    as_of: date
    said: dict[str, str]


class Contacts:
    """The contacts that a file concerns: those that are there, and what it makes of them."""

    def __init__(self, intake: Intake, lines: Sequence[Line]) -> None:
        self._intake = intake
        self._wanted: dict[int, _Wanted] = {}
        self._kept = 0
        self._known: dict[int, RetailerContact] = {}
        if any(_said(entry) for line in lines for entry in line.entries):
            rows = RetailerContact.objects.filter(company=intake.company)
            self._known = {row.retailer_id: row for row in rows.iterator(chunk_size=5000)}

    def brings(self, retailer: Retailer, entry: Entry) -> bool:
        """Whether an entry tells something newer than what is there.

        Raises
        ------
        Wrong : it tells something else of the same day, and the file is no correction. The sentence repeats neither.
        """
        said = _said(entry)
        if not said:
            return False
        as_of, known = self._now(retailer)
        if as_of is None or entry["from_date"] > as_of or self._intake.is_correction:
            return any(known.get(name, "") != value for name, value in said.items())
        differing = [name for name, value in said.items() if known.get(name, "") != value]
        filled = [name for name in differing if known.get(name)]
        if entry["from_date"] == as_of and filled:
            column = next(column for column, name in COLUMNS.items() if name in filled)
            raise Wrong(
                column,
                "",
                _("Another contact is recorded for this day. Take the file in as a correction to replace it."),
            )
        return entry["from_date"] == as_of and bool(differing)

    def take(self, retailer: Retailer, entry: Entry) -> None:
        """What an accepted entry says of the contact, if it is not older than what is there."""
        said = _said(entry)
        if not said:
            return
        as_of, known = self._now(retailer)
        if as_of is not None and entry["from_date"] < as_of and not self._intake.is_correction:
            self._kept += any(known.get(name, "") != value for name, value in said.items())
            return
        own = self._wanted.setdefault(id(retailer), _Wanted(retailer, entry["from_date"], {}))
        own.as_of = max(own.as_of, entry["from_date"])
        own.said |= said

    def settle(self, book: Book, *, is_closed: Callable[[Retailer], bool]) -> None:
        """Remember the rows to be written. A retailer that the file or an earlier one closed gets none."""
        intake, n = self._intake, 0
        for wanted in self._wanted.values():
            if is_closed(wanted.retailer):
                continue
            row = self._known.get(wanted.retailer.pk) if wanted.retailer.pk is not None else None
            if row is None:
                row = RetailerContact(company=intake.company, retailer=wanted.retailer)
                book.journal.make(row)
            elif all(getattr(row, name) == value for name, value in wanted.said.items()):
                continue
            else:
                book.journal.change(row)
            for name, value in wanted.said.items():
                setattr(row, name, value)
            row.as_of, row.entered_by, row.entered_at = wanted.as_of, intake.by, intake.at
            row.batch_id, row.corrected_at = intake.batch_id, None
            n += 1
        if n:
            book.notes.append(
                ngettext("%(n)s contact was entered or replaced.", "%(n)s contacts were entered or replaced.", n)
                % {"n": n}
            )
        if self._wanted and book.n_refused:
            book.notes.append(_("Refused rows are written without their contact; add it when you send them again."))
        if self._kept:
            book.notes.append(
                ngettext(
                    "%(n)s contact was left as it is: what is recorded is newer than the file.",
                    "%(n)s contacts were left as they are: what is recorded is newer than the file.",
                    self._kept,
                )
                % {"n": self._kept}
            )

    def _now(self, retailer: Retailer) -> tuple[date | None, dict[str, str]]:
        """The contact as it is after the lines so far, and of which day it tells."""
        row = self._known.get(retailer.pk) if retailer.pk is not None else None
        fields = {name: getattr(row, name) for name in COLUMNS.values()} if row is not None else {}
        wanted = self._wanted.get(id(retailer))
        if wanted is not None:
            return wanted.as_of, fields | wanted.said
        return (row.as_of, fields) if row is not None else (None, {})


def _said(entry: Entry) -> dict[str, str]:
    """What an entry says of the contact. Empty cells say nothing, and of a closed retailer none is kept."""
    if entry.get("status") == Status.CLOSED:
        return {}
    return {name: entry[column] for column, name in COLUMNS.items() if entry.get(column)}


def keep_out_of_refusals(book: Book, columns: Sequence[Column], mapping: KindMapping) -> None:
    """Take the cells of contacts out of what is told and written of refused rows."""
    names = {
        name.casefold() for column in columns if column.name in COLUMNS for name in mapping.foreign_names(column.name)
    }
    places = {place for place, name in enumerate(book.head) if name.casefold() in names}
    if not places:
        return

    def without(cells_of_row: tuple[object, ...]) -> tuple[object, ...]:
        return tuple(None if place in places else cell for place, cell in enumerate(cells_of_row))

    book.lines = [replace(line, cells=without(line.cells)) for line in book.lines]
    for refusal in list(book.refusals()):
        value = "" if refusal.column in COLUMNS else refusal.value
        book.add_refusal(replace(refusal, value=value, cells=without(refusal.cells)))


def forget_former(batch: ImportBatch) -> None:
    """Empty what an undone batch remembers of the contacts before it."""
    journal.forget_former(RetailerContact, Q(batch=batch))
