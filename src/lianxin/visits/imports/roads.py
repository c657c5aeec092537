"""Files of travel times as a road engine told them: minutes from one shop, or from where a manager's days begin, to another."""

import sys
from datetime import date
from typing import Any, Final

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from lianxin.core.visiting import START_MARK
from lianxin.foundation.errors import Refused
from lianxin.foundation.imports import cells, sheets
from lianxin.foundation.imports.cells import Formats
from lianxin.foundation.imports.kinds import Column, Intake, Refusal
from lianxin.foundation.imports.lines import Entry, Interpreter, Line, bind, known_names
from lianxin.foundation.imports.rows import Book, RowKind
from lianxin.foundation.imports.sentences import known_otherwise
from lianxin.foundation.models import Company
from lianxin.visits.imports import shared
from lianxin.visits.models import RoadMinutes, StartPoint
from lianxin.visits.queries.plan_roads import place_key

DAY_MINUTES: Final = 24 * 60
# A road engine tells seconds: a hundredth of a minute is finer than any of them.
PLACES: Final = 2
_MINUTES = cells.real(0, DAY_MINUTES)
Ways = dict[tuple[str, date], dict[str, float]]


def minutes(raw: Any, formats: Formats) -> float:
    """Minutes of a way, to a hundredth."""
    return float(round(_MINUTES(raw, formats), PLACES))


class TravelTimes(RowKind):
    """Minutes from place to place, from a day on. A place is a licence number, or start: and an employee number.

    A city has millions of pairs, so lines are not kept until they are decided on: each has its verdict when it is read, and only
    the minutes stay.
    """

    name = "travel_times"
    title = gettext_lazy("Travel times by road")
    columns = (
        Column("from_id", cells.key(60), required=True),
        Column("to_id", cells.key(60), required=True),
        Column("minutes", minutes, required=True),
        Column("from_date", cells.day, required=True),
    )

    def read(self, intake: Intake) -> Book:
        """A book in which every line has its verdict, against what the database holds now."""
        sheet = sheets.read(intake.opened, known_names(self.columns, intake.mapping))
        binding = bind(sheet.head, self.columns, intake.mapping)
        interpreter = Interpreter(self.columns, binding, intake.mapping, intake.formats)
        desk = _Desk(intake.company, is_correction=intake.is_correction)
        book = _Book(head=sheet.head, ignored=list(binding.ignored), notes=list(sheet.notes), given=binding.given)
        book.desk = desk
        for number, row in sheet.rows:
            book.n_read += 1
            line = interpreter.read(number, row)
            if isinstance(line, Refusal):
                book.add_refusal(line)
            else:
                desk.decide(book, line)
            if book.n_read % 1000 == 0:
                intake.tell(book.n_read, sheet.n_rows)
        intake.tell(book.n_read, book.n_read)
        return book

    def decide(self, book: Book, intake: Intake) -> None:
        """Remember the rows to be written.

        Raises
        ------
        Refused : another import told the same ways since the file was read.
        """
        assert isinstance(book, _Book)
        assert book.desk is not None
        desk = book.desk
        for day in sorted({day for _place, day in desk.fresh}):
            now = _known(intake.company, day)
            if {place: row.minutes for place, row in now.items()} != desk.known_minutes(day):
                raise Refused(_("Another import of travel times came in meanwhile. Import the file again."))
            for place, told in sorted((place, told) for (place, of), told in desk.fresh.items() if of == day):
                row = now.get(place)
                if row is None:
                    book.journal.make(_row(intake.company, place, day, told))
                else:
                    book.journal.change(row)
                    row.minutes = {**row.minutes, **told}
        if desk.fresh:
            book.notes.append(desk.summary())


class _Desk:
    """Places, and minutes known and new, in memory while a file is read."""

    def __init__(self, company: Company, *, is_correction: bool) -> None:
        names = shared.Names(company)
        self.company, self.is_correction = company, is_correction
        self.places = {licence: sys.intern(place_key(retailer_id=pk)) for licence, pk in names.retailers.items()}
        self.starts = {number: person.pk for number, person in names.persons.items()}
        self.begins: dict[int, date] = {}
        for pk, day in StartPoint.objects.filter(person__company=company).values_list("person_id", "valid_from"):
            self.begins[pk] = min(day, self.begins.get(pk, day))
        self.known: dict[date, dict[str, RoadMinutes]] = {}
        self.fresh: Ways = {}

    def known_minutes(self, day: date) -> dict[str, dict[str, float]]:
        return {place: row.minutes for place, row in self.known[day].items()}

    def decide(self, book: Book, line: Line) -> None:
        """The verdict on a line."""
        entry = line.entries[0]
        places = []
        for column in ("from_id", "to_id"):
            place, why = self._place(entry[column], entry["from_date"])
            if why:
                book.refuse(line, column, entry[column], why)
                return
            places.append(place)
        start, end = places
        if start == end:
            if entry["minutes"]:
                book.refuse(line, "minutes", entry["minutes"], _("From a place to itself it takes no time."))
            else:
                book.duplicate(line)
            return
        self._take(book, line, entry, start, end)

    def _take(self, book: Book, line: Line, entry: Entry, start: str, end: str) -> None:
        day = entry["from_date"]
        if day not in self.known:
            self.known[day] = _known(self.company, day)
        row = self.known[day].get(start)
        stored = None if row is None else row.minutes.get(end)
        told = self.fresh.get((start, day), {}).get(end)
        before = told if told is not None else stored
        if before is not None and before == entry["minutes"]:
            book.duplicate(line)
        elif told is not None:
            words = _("The file tells this way twice; before it took %(minutes)s minutes. Delete one of the two.")
            book.refuse(line, "minutes", entry["minutes"], words % {"minutes": f"{told:g}"})
        elif stored is not None and not self.is_correction:
            book.refuse(line, "minutes", entry["minutes"], known_otherwise(entry, {"minutes": stored}, ("minutes",)))
        else:
            self.fresh.setdefault((start, day), {})[end] = entry["minutes"]
            book.accept(line)

    def _place(self, name: str, day: date) -> tuple[str, str]:
        """A place's key, or why it has none."""
        if not name.startswith(START_MARK):
            found = self.places.get(name, "")
            words = _(
                "There is no retailer with this licence number; where a manager's days begin is start:EMPLOYEE_NO."
            )
            return found, "" if found else words
        person = self.starts.get(name.removeprefix(START_MARK).strip())
        if person is None:
            return "", _("There is no person with this number.")
        if self.begins.get(person, date.max) > day:
            return "", _("Where this person's days begin is not set on that day. Set it on a plan first.")
        return sys.intern(place_key(person_id=person)), ""

    def summary(self) -> str:
        """How many ways came in, and from when they hold."""
        n = sum(len(told) for told in self.fresh.values())
        days = ", ".join(day.isoformat() for day in sorted({day for _place, day in self.fresh}))
        return _("%(n)s ways from %(places)s places, for plans that begin on %(days)s or later.") % {
            "n": f"{n:,}",
            "places": f"{len(self.fresh):,}",
            "days": days,
        }


class _Book(Book):
    """A book that knows the desk on which its lines were decided."""

    desk: _Desk | None = None


def _known(company: Company, day: date) -> dict[str, RoadMinutes]:
    rows = RoadMinutes.objects.filter(company=company, valid_from=day)
    return {place_key(retailer_id=row.from_retailer_id, person_id=row.from_person_id): row for row in rows}


def _row(company: Company, place: str, day: date, told: dict[str, float]) -> RoadMinutes:
    pk = int(place[1:])
    of = {"from_person_id": pk} if place.startswith("p") else {"from_retailer_id": pk}
    return RoadMinutes(company=company, valid_from=day, minutes=told, **of)
