"""Files of territories: who holds which retailer from when to when."""

from datetime import date
from typing import Any, Final

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from lianxin.foundation.imports import cells
from lianxin.foundation.imports.dated import Span, Timeline
from lianxin.foundation.imports.kinds import Column, Intake
from lianxin.foundation.imports.lines import Entry, Line
from lianxin.foundation.imports.rows import Book, RowKind, by_day, differs
from lianxin.foundation.imports.sentences import ends_early, interval_words, known_otherwise
from lianxin.people.models import Person, Posting
from lianxin.people.states import Post
from lianxin.retailers.checks import gap_words
from lianxin.retailers.models import Licence, Territory

CONTENT: Final = ("employee_no", "until_date")
NAMED: Final = 20


class Territories(RowKind):
    """Retailers held by persons, dated. Two persons never hold one retailer on one day."""

    name = "territories"
    title = gettext_lazy("Territories")
    columns = (
        Column("employee_no", cells.key(40), required=True),
        Column("licence_no", cells.key(40), required=True),
        Column("from_date", cells.day, required=True),
        Column("until_date", cells.day),
    )

    def decide(self, book: Book, intake: Intake) -> None:
        desk = _Desk(book, intake)
        ordered = by_day(book.lines)
        # What is known comes first: an end brought in by a correction makes room for who follows.
        known = [line for line in ordered if desk.is_known(line)]
        numbers = {line.number for line in known}
        for line in known:
            desk.decide_known(line)
        for line in ordered:
            if line.number not in numbers:
                desk.decide_new(line)
        book.notes += [*desk.gaps(), *desk.posts()]


class _Desk:
    """Retailers, persons and timelines in memory while a file is decided."""

    def __init__(self, book: Book, intake: Intake) -> None:
        self.book = book
        self.is_correction = intake.is_correction
        company = intake.company
        self.persons = {person.employee_no: person for person in Person.objects.filter(company=company)}
        self.numbers = {person.pk: person.employee_no for person in self.persons.values()}
        self.retailers = dict(
            Licence.objects.filter(company=company).values_list("licence_no", "retailer_id").iterator(chunk_size=5000)
        )
        self.timelines: dict[int, Timeline[Territory]] = {}
        self.touched: dict[int, str] = {}
        self.holders: dict[int, date] = {}
        self.changed: set[int] = set()
        wanted = {self.retailers.get(line.entries[0]["licence_no"]) for line in book.lines}
        for row in Territory.objects.filter(retailer__company=company).iterator(chunk_size=5000):
            if row.retailer_id in wanted:
                self._timeline(row.retailer_id).history.put(row.valid_from, Span(row.valid_from, row.valid_until, row))

    def _timeline(self, retailer_id: int) -> Timeline[Territory]:
        return self.timelines.setdefault(retailer_id, Timeline())

    def is_known(self, line: Line) -> bool:
        entry = line.entries[0]
        retailer_id = self.retailers.get(entry["licence_no"])
        return retailer_id is not None and self._timeline(retailer_id).history.at(entry["from_date"]) is not None

    def _check(self, line: Line) -> bool:
        entry = line.entries[0]
        until = entry.get("until_date")
        if entry["employee_no"] not in self.persons:
            self.book.refuse(line, "employee_no", entry["employee_no"], _("There is no employee with this number."))
        elif entry["licence_no"] not in self.retailers:
            self.book.refuse(
                line, "licence_no", entry["licence_no"], _("There is no retailer with this licence number.")
            )
        elif until is not None and until <= entry["from_date"]:
            self.book.refuse(line, "until_date", until, ends_early(entry["from_date"]))
        else:
            return True
        return False

    def _content(self, span: Span[Territory]) -> Entry:
        return {"employee_no": self.numbers[span.row.person_id], "until_date": span.until}

    def decide_known(self, line: Line) -> None:
        """A line whose retailer has a holder from the same day on already."""
        if not self._check(line):
            return
        entry = line.entries[0]
        timeline = self._timeline(self.retailers[entry["licence_no"]])
        span = timeline.history.at(entry["from_date"])
        assert span is not None
        content = self._content(span)
        if not differs(entry, content, CONTENT):
            self.book.duplicate(line)
            return
        if not self.is_correction or span.row.pk is None or span.row.pk in self.changed:
            self._refuse_other_content(line, span, content)
            return
        until = entry.get("until_date", span.until)
        clash = timeline.clash(span.start, until)
        if clash is not None:
            self._refuse_clash(line, clash)
            return
        self.changed.add(span.row.pk)
        self.book.journal.change(span.row)
        span.row.person = self.persons[entry["employee_no"]]
        span.row.valid_until = span.until = until
        self._take(line, span.row)

    def _refuse_other_content(self, line: Line, span: Span[Territory], content: Entry) -> None:
        entry = line.entries[0]
        if content["employee_no"] != entry["employee_no"]:
            # The same day and another person: that is two holders on one day, which is what people need to hear.
            self._refuse_clash(line, span)
            return
        self.book.refuse(line, "from_date", entry["from_date"], known_otherwise(entry, content, CONTENT))

    def decide_new(self, line: Line) -> None:
        """A line that makes a new interval."""
        if self.is_known(line):
            # An earlier line of this file made it.
            self.decide_known(line)
            return
        if not self._check(line):
            return
        entry = line.entries[0]
        retailer_id = self.retailers[entry["licence_no"]]
        timeline = self._timeline(retailer_id)
        clash = timeline.clash(entry["from_date"], entry.get("until_date"))
        if clash is not None:
            self._refuse_clash(line, clash)
            return
        row = Territory(
            retailer_id=retailer_id,
            person=self.persons[entry["employee_no"]],
            valid_from=entry["from_date"],
            valid_until=entry.get("until_date"),
        )
        timeline.history.put(row.valid_from, Span(row.valid_from, row.valid_until, row))
        self.book.journal.make(row)
        self._take(line, row)

    def _take(self, line: Line, row: Territory) -> None:
        self.touched[row.retailer_id] = line.entries[0]["licence_no"]
        first = self.holders.get(row.person_id)
        self.holders[row.person_id] = row.valid_from if first is None else min(first, row.valid_from)
        self.book.accept(line)

    def _refuse_clash(self, line: Line, clash: Span[Territory]) -> None:
        entry = line.entries[0]
        self.book.refuse(
            line,
            "from_date",
            entry["from_date"],
            _("Two persons would hold retailer %(licence)s: %(holder)s holds it %(when)s.")
            % {
                "licence": entry["licence_no"],
                "holder": self.numbers[clash.row.person_id],
                "when": interval_words(clash.start, clash.until),
            },
        )

    def gaps(self) -> list[str]:
        """Sentences about stretches without a holder in the retailers that the file touched."""
        found = [
            gap_words(licence, start, until)
            for retailer_id, licence in self.touched.items()
            for start, until in self._timeline(retailer_id).gaps()
        ]
        return _first_ones(found)

    def posts(self) -> list[str]:
        """Sentences about holders who were no customer managers when their retailers became theirs."""
        starts: dict[int, list[Any]] = {}
        rows = Posting.objects.filter(post=Post.CUSTOMER_MANAGER, person_id__in=list(self.holders))
        for row in rows:
            starts.setdefault(row.person_id, []).append(row)
        found = [
            _("%(holder)s holds retailers from %(day)s on, but has no post as customer manager on that day.")
            % {"holder": self.numbers[person_id], "day": day.isoformat()}
            for person_id, day in self.holders.items()
            if not any(
                row.valid_from <= day and (row.valid_until is None or row.valid_until > day)
                for row in starts.get(person_id, [])
            )
        ]
        return _first_ones(found)


def _first_ones(found: list[str]) -> list[str]:
    rest = len(found) - NAMED
    if rest <= 0:
        return found
    return [*found[:NAMED], _("… and %(n)s more like this.") % {"n": rest}]
