"""Files of units and of people."""

from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from lianxin.foundation.imports import cells, journal, kinds
from lianxin.foundation.imports.dated import Span, Timeline
from lianxin.foundation.imports.kinds import Column, Intake
from lianxin.foundation.imports.lines import Entry, Line
from lianxin.foundation.imports.rows import Book, RowKind, by_day, differs
from lianxin.foundation.imports.sentences import ends_early, interval_words, known_otherwise, two_contents
from lianxin.foundation.models import BatchChange, Company
from lianxin.foundation.states import BatchState
from lianxin.people.checks import account_in_the_way, unit_fault
from lianxin.people.models import Person, Posting, Unit
from lianxin.people.states import Post, UnitKind

UNIT_CONTENT: Final = ("parent", "kind")
POSTING_CONTENT: Final = ("name", "post", "unit", "reports_to", "until_date")


class Units(RowKind):
    """The parts of the company, and which lies inside which."""

    name = "units"
    title = gettext_lazy("Units")
    columns = (
        Column("unit", cells.text(80), required=True),
        Column("parent", cells.text(80)),
        Column("kind", cells.choice(cells.codes_of(UnitKind.values))),
    )

    def decide(self, book: Book, intake: Intake) -> None:
        known = {unit.code: unit for unit in Unit.objects.filter(company=intake.company).select_related("parent")}
        filled_in = _made_by_the_way(intake.company)
        taken = self._verdicts(book, intake, known, filled_in)
        rows = dict(known)
        # Parents may stand below their children in the file: make all, then hang them up.
        for entry in taken:
            code = entry["unit"]
            if code not in rows:
                rows[code] = Unit(company=intake.company, code=code)
                book.journal.make(rows[code])
            else:
                book.journal.change(rows[code])
            if entry.get("kind"):
                rows[code].kind = entry["kind"]
        made = [rows[entry["unit"]] for entry in taken]
        for entry, row in zip(taken, made, strict=True):
            if "parent" in entry:
                row.parent = rows[entry["parent"]] if entry["parent"] else None

    def _verdicts(self, book: Book, intake: Intake, known: dict[str, Unit], filled_in: set[int]) -> list[Entry]:
        parents = {code: unit.parent.code if unit.parent else "" for code, unit in known.items()}
        candidates: dict[str, tuple[Line, Entry]] = {}
        for line in book.lines:
            entry = line.entries[0]
            code = entry["unit"]
            first = candidates.get(code)
            old = known.get(code)
            if first is not None:
                if differs(entry, first[1], UNIT_CONTENT):
                    book.refuse(line, "unit", code, two_contents(entry, first[1], UNIT_CONTENT, first[0].number))
                else:
                    book.duplicate(line)
            elif old is not None and not differs(entry, _unit_content(old), UNIT_CONTENT):
                book.duplicate(line)
            elif old is not None and not intake.is_correction and old.pk not in filled_in:
                book.refuse(line, "unit", code, known_otherwise(entry, _unit_content(old), UNIT_CONTENT))
            else:
                candidates[code] = (line, entry)
        return self._standing(book, parents, candidates)

    def _standing(self, book: Book, parents: dict[str, str], candidates: dict[str, tuple[Line, Entry]]) -> list[Entry]:
        """The entries whose place among the units is sound; a refused unit may take those below it along."""
        while True:
            tried = {
                **parents,
                **{code: e.get("parent") or parents.get(code, "") for code, (_l, e) in candidates.items()},
            }
            wrong: dict[str, str] = {}
            for code, (_line, entry) in candidates.items():
                parent = entry.get("parent")
                if parent and parent not in tried:
                    wrong[code] = _("There is no unit “%(unit)s”, neither here nor in this file.") % {"unit": parent}
                elif fault := unit_fault(code, tried):
                    wrong[code] = fault
            if not wrong:
                break
            for code, reason in wrong.items():
                line, entry = candidates.pop(code)
                book.refuse(line, "parent", entry.get("parent"), reason)
        for line, _entry in candidates.values():
            book.accept(line)
        return [entry for _line, entry in candidates.values()]


def _unit_content(unit: Unit) -> Entry:
    return {"parent": unit.parent.code if unit.parent else "", "kind": unit.kind}


def _made_by_the_way(company: Company) -> set[int]:
    """Units that a file of people made because it named them: a file of units may still say what they are."""
    rows = BatchChange.objects.filter(
        model=Unit._meta.label, batch__company=company, batch__state=BatchState.COMMITTED
    ).values_list("row_id", "batch__kind")
    by_kind: dict[int, set[str]] = {}
    for row_id, kind in rows:
        by_kind.setdefault(row_id, set()).add(kind)
    return {row_id for row_id, kinds in by_kind.items() if kinds == {"people"}}


@dataclass
class _Known:
    """Persons by number, with their timelines of postings."""

    persons: dict[str, Person]
    timelines: dict[str, Timeline[Posting]]


class People(RowKind):
    """Persons and the posts they hold, dated."""

    name = "people"
    title = gettext_lazy("People")
    columns = (
        Column("employee_no", cells.key(40), required=True),
        Column("name", cells.text(80), required=True),
        Column("post", cells.choice(cells.codes_of(Post.values))),
        Column("unit", cells.text(80)),
        Column("reports_to", cells.key(40)),
        Column("from_date", cells.day, required=True),
        Column("until_date", cells.day),
    )

    def decide(self, book: Book, intake: Intake) -> None:
        readable = [line for line in book.lines if self._is_whole(book, line)]
        refused: dict[int, tuple[str, Any, str]] = {}
        # Who reports to a person of a refused line cannot come in either, so the verdicts are found in rounds.
        while True:
            round_ = _Round(intake, [line for line in readable if line.number not in refused])
            refused.update(round_.refused)
            lost = round_.without_superior()
            if not lost:
                break
            refused.update(lost)
        for line in readable:
            if line.number in refused:
                book.refuse(line, *refused[line.number])
            elif line.number in round_.accepted:
                book.accept(line)
            else:
                book.duplicate(line)
        round_.remember(book)

    def _is_whole(self, book: Book, line: Line) -> bool:
        entry = line.entries[0]
        until, start = entry.get("until_date"), entry["from_date"]
        if until is not None and until <= start:
            book.refuse(line, "until_date", until, ends_early(start))
        elif bool(entry.get("post")) != bool(entry.get("unit")):
            lacking = "unit" if entry.get("post") else "post"
            book.refuse(line, lacking, "", _("A post is held in a unit: give both, or neither."))
        elif entry.get("reports_to") == entry["employee_no"]:
            book.refuse(line, "reports_to", entry["reports_to"], _("Nobody reports to himself."))
        else:
            return True
        return False


class _Round:
    """One attempt at deciding all lines of a file of people, on rows in memory."""

    def __init__(self, intake: Intake, lines: list[Line]) -> None:
        self.company = intake.company
        self.is_correction = intake.is_correction
        self.lines = lines
        self.refused: dict[int, tuple[str, Any, str]] = {}
        self.accepted: set[int] = set()
        self.known = self._load()
        self.made: list[Posting] = []
        self.changed: list[tuple[Posting, Entry]] = []
        self.fresh: dict[str, Person] = {}
        self.reports: list[tuple[int, Posting, str]] = []
        self.wanted_units: dict[int, str] = {}
        ordered = by_day(lines)
        old = [line for line in ordered if self._posting(line) is not None]
        for line in old:
            self._known_posting(line)
        done = {line.number for line in old}
        for line in ordered:
            if line.number not in done:
                self._new_posting(line)

    def _load(self) -> _Known:
        persons = {person.employee_no: person for person in Person.objects.filter(company=self.company)}
        timelines: dict[str, Timeline[Posting]] = {}
        rows = Posting.objects.filter(person__company=self.company).select_related("person", "unit", "reports_to")
        for row in rows:
            line = timelines.setdefault(row.person.employee_no, Timeline())
            line.history.put(row.valid_from, Span(row.valid_from, row.valid_until, row))
        return _Known(persons, timelines)

    def _timeline(self, employee_no: str) -> Timeline[Posting]:
        return self.known.timelines.setdefault(employee_no, Timeline())

    def _posting(self, line: Line) -> Span[Posting] | None:
        entry = line.entries[0]
        return self._timeline(entry["employee_no"]).history.at(entry["from_date"])

    def _content(self, posting: Posting, entry: Entry) -> Entry:
        newest = self._timeline(entry["employee_no"]).history.newest
        reports = {id(row): no for _n, row, no in self.reports}
        return {
            # An old posting does not say how the person is called today.
            "name": posting.person.name if newest is not None and newest.row is posting else entry["name"],
            "post": posting.post,
            "unit": self.wanted_units.get(id(posting)) or posting.unit.code,
            "reports_to": reports.get(id(posting)) or (posting.reports_to.employee_no if posting.reports_to else ""),
            "until_date": posting.valid_until,
        }

    def _known_posting(self, line: Line) -> None:
        entry = line.entries[0]
        span = self._posting(line)
        assert span is not None
        content = self._content(span.row, entry)
        if not differs(entry, content, POSTING_CONTENT):
            return
        if not self.is_correction or any(row is span.row for row, _entry in self.changed):
            self.refused[line.number] = (
                "from_date",
                entry["from_date"],
                known_otherwise(entry, content, POSTING_CONTENT),
            )
            return
        if "until_date" in entry:
            clash = self._timeline(entry["employee_no"]).clash(span.start, entry["until_date"])
            # Postings later corrected in the same file may make room: ends are brought in first.
            if clash is not None and clash.start > span.start:
                self._refuse_clash(line, clash)
                return
            span.until = entry["until_date"]
        self.changed.append((span.row, entry))
        self._want(line, span.row, entry)

    def _new_posting(self, line: Line) -> None:
        entry = line.entries[0]
        number = entry["employee_no"]
        again = self._posting(line)
        if again is not None:
            content = self._content(again.row, entry)
            if differs(entry, content, POSTING_CONTENT):
                reason = known_otherwise(entry, content, POSTING_CONTENT)
                self.refused[line.number] = ("from_date", entry["from_date"], reason)
            return
        person = self.known.persons.get(number)
        if not entry.get("post"):
            if person is None:
                self._person(line, entry)
            return
        timeline = self._timeline(number)
        clash = timeline.clash(entry["from_date"], entry.get("until_date"))
        if clash is not None:
            self._refuse_clash(line, clash)
            return
        person = person or self._person(line, entry)
        posting = Posting(
            person=person, post=entry["post"], valid_from=entry["from_date"], valid_until=entry.get("until_date")
        )
        timeline.history.put(entry["from_date"], Span(entry["from_date"], entry.get("until_date"), posting))
        self.made.append(posting)
        self._want(line, posting, entry)

    def _refuse_clash(self, line: Line, clash: Span[Posting]) -> None:
        unit = self.wanted_units.get(id(clash.row)) or clash.row.unit.code
        self.refused[line.number] = (
            "from_date",
            line.entries[0]["from_date"],
            _("%(person)s already holds a post then: %(post)s, %(unit)s, %(when)s. End that one first.")
            % {
                "person": line.entries[0]["employee_no"],
                "post": clash.row.get_post_display(),
                "unit": unit,
                "when": interval_words(clash.start, clash.until),
            },
        )

    def _person(self, line: Line, entry: Entry) -> Person:
        person = Person(company=self.company, employee_no=entry["employee_no"], name=entry["name"])
        self.known.persons[entry["employee_no"]] = self.fresh[entry["employee_no"]] = person
        self.accepted.add(line.number)
        return person

    def _want(self, line: Line, posting: Posting, entry: Entry) -> None:
        self.accepted.add(line.number)
        if entry.get("unit"):
            self.wanted_units[id(posting)] = entry["unit"]
        if entry.get("reports_to"):
            self.reports.append((line.number, posting, entry["reports_to"]))

    def without_superior(self) -> dict[int, tuple[str, Any, str]]:
        """Refusals of lines that report to somebody who is not there."""
        reason = _("There is no employee with this number, neither here nor in this file.")
        return {
            number: ("reports_to", superior, reason)
            for number, _posting, superior in self.reports
            if superior not in self.known.persons
        }

    def remember(self, book: Book) -> None:
        """Hand the rows of the round to the journal: units, persons, postings, in this order."""
        units = {unit.code: unit for unit in Unit.objects.filter(company=self.company)}
        created = []
        for code in dict.fromkeys(self.wanted_units.values()):
            if code not in units:
                units[code] = Unit(company=self.company, code=code)
                book.journal.make(units[code])
                created.append(code)
        if created:
            book.notes.append(
                _(
                    "Units made because the file names them (market units, import a file of units to say more): %(units)s."
                )
                % {"units": ", ".join(created)}
            )
        for person in self.fresh.values():
            book.journal.make(person)
        for posting, entry in self.changed:
            book.journal.change(posting)
            if entry.get("post"):
                posting.post = entry["post"]
            if "until_date" in entry:
                posting.valid_until = entry["until_date"]
            if "reports_to" in entry:
                posting.reports_to = self.known.persons.get(entry["reports_to"])
        for _number, posting, superior in self.reports:
            posting.reports_to = self.known.persons[superior]
        for posting in [*self.made, *(row for row, _entry in self.changed)]:
            if id(posting) in self.wanted_units:
                posting.unit = units[self.wanted_units[id(posting)]]
        for posting in self.made:
            book.journal.make(posting)
        self._rename(book)

    def _rename(self, book: Book) -> None:
        newest: dict[str, tuple[date, str]] = {}
        for line in self.lines:
            entry = line.entries[0]
            if line.number in self.accepted:
                named = (entry["from_date"], entry["name"])
                newest[entry["employee_no"]] = max(newest.get(entry["employee_no"], named), named)
        for number, (start, name) in newest.items():
            person = self.known.persons[number]
            last = self._timeline(number).history.newest
            if person.name != name and (last is None or last.start <= start):
                book.journal.change(person)
                person.name = name


kinds.register(Units(), People())
journal.register_guard(Person._meta.label, account_in_the_way)
