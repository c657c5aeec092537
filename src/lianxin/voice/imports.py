"""Files of surveys: one row an answer of an anonymous questionnaire, brought by an office outside the line."""

import unicodedata
from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any, Final

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from lianxin.core.parameters.scales import SEPARATORS
from lianxin.core.units import last_day
from lianxin.foundation import clock
from lianxin.foundation.errors import Refused
from lianxin.foundation.imports import cells, journal, kinds
from lianxin.foundation.imports.cells import CellWrong, Formats, plain
from lianxin.foundation.imports.kinds import Column, Intake
from lianxin.foundation.imports.lines import Entry, Line
from lianxin.foundation.imports.rows import Book, RowKind
from lianxin.foundation.imports.sentences import known_otherwise, two_contents
from lianxin.foundation.models import Company, ImportBatch, User
from lianxin.people.models import Person
from lianxin.people.states import Post
from lianxin.voice import checks, permissions, queries
from lianxin.voice.models import Answer, Release, Sheet, Survey
from lianxin.voice.states import Scale

SCALES: Final = {
    **cells.codes_of(Scale.values),
    "5": Scale.FIVE.value, "五级": Scale.FIVE.value, "5级": Scale.FIVE.value, "五级制": Scale.FIVE.value,
    "100": Scale.HUNDRED.value, "百分": Scale.HUNDRED.value, "百分制": Scale.HUNDRED.value,
}  # fmt: skip
_SAID: Final = {
    5: ("非常满意", "很满意", "very satisfied"),
    4: ("满意", "比较满意", "satisfied"),
    3: ("一般", "基本满意", "neutral"),
    2: ("不满意", "不太满意", "dissatisfied"),
    1: ("非常不满意", "很不满意", "very dissatisfied"),
}
WORDS: Final = {word: level for level, words in _SAID.items() for word in words}
CONTENT: Final = ("dimension", "scale", "answer_milli")


@dataclass(frozen=True)
class Level:
    """A level said in a word, which is no number on a scale of 100."""

    level: int


def given(raw: Any, formats: Formats) -> Level | Decimal:
    """An answer: a number, or the word for one of five levels."""
    word = WORDS.get(unicodedata.normalize("NFKC", plain(raw)).lower())
    return cells.decimal(raw, formats) if word is None else Level(word)


def named(longest: int) -> cells.Reader:
    """The name of a dimension, with which weights can be written."""
    read_key = cells.key(longest)

    def read(raw: Any, formats: Formats) -> str:
        written: str = read_key(raw, formats)
        if any(sign in SEPARATORS for sign in written):
            raise CellWrong(
                _("A dimension's name has no comma, semicolon or sign =, because weights are written with them.")
            )
        return written

    return read


@dataclass
class _Known:
    """What the database holds of the surveys in a file, and what the file adds."""

    company: Company
    persons: dict[str, int]
    in_line: dict[int, list[tuple[date, date | None]]]
    surveys: dict[date, Survey] = field(default_factory=dict)
    sheets: dict[tuple[date, str], Sheet] = field(default_factory=dict)
    answers: dict[tuple[date, str, str], Answer] = field(default_factory=dict)
    dimensions: dict[tuple[date, str], str] = field(default_factory=dict)
    lines: dict[tuple[date, str, str], int] = field(default_factory=dict)


class Satisfaction(RowKind):
    """Answers about customer managers. Which retailer gave one is not asked for, and a file that tells it is refused whole."""

    name = "satisfaction"
    title = gettext_lazy("Answers of a satisfaction survey")
    verb = permissions.BRING
    columns = (
        Column("survey", cells.text(60), required=True),
        Column("month", cells.month, required=True),
        Column("employee_no", cells.key(40), required=True),
        Column("sheet", cells.key(40), required=True),
        Column("dimension", named(40), required=True),
        Column("item", cells.key(60)),
        Column("scale", cells.choice(SCALES), required=True),
        Column("answer", given),
    )

    def require(self, by: User, company: Company) -> None:
        permissions.require_outside_the_line(by=by, company=company)

    def require_undo(self, batch: ImportBatch, by: User) -> None:
        self.require(by, batch.company)
        assessed = queries.assessed_by(batch)
        _require_no_interest(by, batch.company, assessed)

    def require_reading(self, by: User, company: Company) -> None:
        self.require(by, company)

    def read(self, intake: Intake) -> Book:
        """The lines of the file, unless something in it says which retailer answered."""
        book = super().read(intake)
        checks.refuse_columns(book.head)
        refused = [refusal.cells for refusal in book.refusals()]
        checks.refuse_values(intake.company, book.head, [*(line.cells for line in book.lines), *refused])
        if "answer" not in book.given:
            raise Refused(
                _("The file lacks the column %(missing)s. Columns found: %(found)s. Nothing was changed.")
                % {"missing": "“answer”", "found": ", ".join(f"“{name}”" for name in book.head)},
                field="answer",
            )
        _refuse_wrong_scale(book)
        return book

    def decide(self, book: Book, intake: Intake) -> None:
        known = _known(intake.company, book)
        if intake.by is not None:
            rows = [entry for line in book.lines for entry in line.entries if entry["employee_no"] in known.persons]
            about = {(known.persons[entry["employee_no"]], entry["month"]) for entry in rows}
            _require_no_interest(intake.by, intake.company, about)
        touched: set[date] = set()
        for line in book.lines:
            entries = [entry for entry in line.entries if entry.get("answer") is not None]
            fault = _fault(entries, known)
            if fault:
                book.refuse(line, *fault)
                continue
            if self._settle(book, intake, line, entries, known):
                touched.add(entries[0]["month"])
        _require_unreleased(intake.company, touched)
        book.notes += _summary(known, touched)

    def undo(self, batch: ImportBatch) -> None:
        """Take the batch out; of a released survey nothing counts any more, for its rest would tell by subtraction what is gone."""
        months = {month for _person, month in queries.assessed_by(batch)}
        super().undo(batch)
        Release.objects.filter(company=batch.company, month__in=list(months)).update(is_withdrawn=True)

    def _settle(self, book: Book, intake: Intake, line: Line, entries: list[Entry], known: _Known) -> bool:
        """Take the answers of a line, or say why not; True where something of it is new."""
        new: list[tuple[Entry, dict[str, Any], Answer | None]] = []
        for entry in entries:
            content = {"dimension": entry["dimension"], "scale": entry["scale"], "answer_milli": _milli(entry)}
            old = known.answers.get(_key(entry))
            before = {name: getattr(old, name) for name in CONTENT} if old is not None else None
            if before == content:
                continue
            if before is not None:
                changed = [name for name in CONTENT if before[name] != content[name]]
                number = known.lines.get(_key(entry))
                if number is not None:
                    book.refuse(line, "answer", "", two_contents(content, before, changed, number))
                    return False
                if not intake.is_correction:
                    book.refuse(line, "answer", "", known_otherwise(content, before, changed))
                    return False
            new.append((entry, content, old))
        if not new:
            book.duplicate(line)
            return False
        for entry, content, old in new:
            if old is None:
                sheet = _sheet(book, entry, known)
                answer = Answer(sheet=sheet, item=_item(entry), **content)
                book.journal.make(answer)
                known.answers[_key(entry)] = answer
            else:
                book.journal.change(old)
                for name, value in content.items():
                    setattr(old, name, value)
            known.lines[_key(entry)] = line.number
            known.dimensions[entry["month"], _item(entry)] = entry["dimension"]
        book.accept(line)
        return True


def _item(entry: Entry) -> str:
    return str(entry.get("item") or entry["dimension"])


def _key(entry: Entry) -> tuple[date, str, str]:
    return entry["month"], entry["sheet"], _item(entry)


def _milli(entry: Entry) -> int:
    answer = entry["answer"]
    return answer.level * 1000 if isinstance(answer, Level) else int(answer * 1000)


def _require_no_interest(by: User, company: Company, about: Collection[tuple[int, date]]) -> None:
    permissions.require_no_interest(
        by=by,
        persons={person for person, _month in about},
        months={month for _person, month in about},
        on=clock.today(company),
    )


def _require_unreleased(company: Company, months: Collection[date]) -> None:
    released = queries.released_months(company, months)
    if released:
        raise Refused(
            _(
                "The survey of %(months)s was released. Nothing is added to it or changed in it, and nothing comes in for its "
                "month again: from two versions of a figure single answers could be found by subtraction. It can be taken out as "
                "a whole. Nothing was changed."
            )
            % {"months": ", ".join(f"{month:%Y-%m}" for month in released)},
            field="month",
        )


def _refuse_wrong_scale(book: Book) -> None:
    """Levels from 1 to 5 that are called points of 100 would make every manager the worst there is."""
    told = [
        entry["answer"]
        for line in book.lines
        for entry in line.entries
        if entry["scale"] == Scale.HUNDRED and isinstance(entry.get("answer"), Decimal)
    ]
    if told and max(told) <= 5:
        raise Refused(
            _(
                "No answer on the scale of 100 is above 5. If these are five levels, write “five” into the column “scale”. "
                "Nothing was changed."
            ),
            field="scale",
        )


def _known(company: Company, book: Book) -> _Known:
    months = {entry["month"] for line in book.lines for entry in line.entries}
    held = Person.objects.filter(company=company, postings__post=Post.CUSTOMER_MANAGER)
    in_line: dict[int, list[tuple[date, date | None]]] = defaultdict(list)
    for person, start, until in held.values_list("pk", "postings__valid_from", "postings__valid_until"):
        in_line[person].append((start, until))
    known = _Known(company, dict(Person.objects.filter(company=company).values_list("employee_no", "pk")), in_line)
    for survey in Survey.objects.filter(company=company, month__in=months):
        known.surveys[survey.month] = survey
    numbers = {entry["sheet"] for line in book.lines for entry in line.entries}
    for some in journal.chunks(sorted(numbers)):
        of_survey = Sheet.objects.filter(survey__in=list(known.surveys.values()), number__in=some)
        for sheet in of_survey.select_related("survey"):
            known.sheets[sheet.survey.month, sheet.number] = sheet
    for some_sheets in journal.chunks(list(known.sheets.values())):
        found = Answer.objects.filter(sheet__in=list(some_sheets)).select_related("sheet__survey")
        for answer in found:
            known.answers[answer.sheet.survey.month, answer.sheet.number, answer.item] = answer
    asked = Answer.objects.filter(sheet__survey__in=list(known.surveys.values()))
    for month, item, dimension in asked.values_list("sheet__survey__month", "item", "dimension").distinct():
        known.dimensions[month, item] = dimension
    return known


def _fault(entries: list[Entry], known: _Known) -> tuple[str, Any, str] | None:
    if not entries:
        return "answer", "", _("No answer stands in this row.")
    seen: set[str] = set()
    for entry in entries:
        survey = known.surveys.get(entry["month"])
        if survey is not None and survey.name != entry["survey"]:
            reason = _(
                "For %(month)s there are answers of the survey “%(survey)s”. A month has one survey, so that all are asked the "
                "same."
            ) % {"month": f"{entry['month']:%Y-%m}", "survey": survey.name}
            return "survey", entry["survey"], reason
        person = known.persons.get(entry["employee_no"])
        if person is None:
            return (
                "employee_no",
                entry["employee_no"],
                _("There is no employee with this number; import the people first."),
            )
        if not _was_manager(known, person, entry["month"]):
            reason = _("This person held no post of a customer manager in the month of the survey.")
            return "employee_no", entry["employee_no"], reason
        sheet = known.sheets.get((entry["month"], entry["sheet"]))
        if sheet is not None and sheet.person_id != person:
            return (
                "sheet",
                entry["sheet"],
                _("This questionnaire is about another manager already; a questionnaire is about one."),
            )
        item = _item(entry)
        dimension = known.dimensions.get((entry["month"], item))
        if dimension is not None and dimension != entry["dimension"]:
            reason = _("The item “%(item)s” belongs to the dimension “%(dimension)s” in this survey.") % {
                "item": item, "dimension": dimension,
            }  # fmt: skip
            return "dimension", entry["dimension"], reason
        if item in seen:
            return "item", item, _("The row answers this item twice.")
        seen.add(item)
        reason = _off_scale(entry)
        if reason:
            return "answer", plain(entry["answer"]), reason
    return None


def _was_manager(known: _Known, person: int, month: date) -> bool:
    return any(
        start <= last_day(month) and (until is None or until > month) for start, until in known.in_line.get(person, [])
    )


def _off_scale(entry: Entry) -> str:
    answer, is_five = entry["answer"], entry["scale"] == Scale.FIVE
    if isinstance(answer, Level):
        return "" if is_five else _("A word is one of five levels; this row has the scale of 100.")
    if is_five:
        fits = answer == answer.to_integral_value() and 1 <= answer <= 5
        return "" if fits else _("Of five levels an answer is 1, 2, 3, 4 or 5, and 5 is the best.")
    if not 0 <= answer <= 100:
        return _("An answer lies from 0 to 100.")
    return "" if answer * 10 == (answer * 10).to_integral_value() else _("An answer has one decimal place at most.")


def _sheet(book: Book, entry: Entry, known: _Known) -> Sheet:
    month = entry["month"]
    if month not in known.surveys:
        known.surveys[month] = Survey(company=known.company, month=month, name=entry["survey"])
        book.journal.make(known.surveys[month])
    place = month, entry["sheet"]
    if place not in known.sheets:
        person = known.persons[entry["employee_no"]]
        known.sheets[place] = Sheet(survey=known.surveys[month], number=entry["sheet"], person_id=person)
        book.journal.make(known.sheets[place])
    return known.sheets[place]


def _summary(known: _Known, months: Collection[date]) -> list[str]:
    """What the file makes of each survey, so that a misspelt dimension is seen at once."""
    told = []
    for month in sorted(months):
        asked: dict[str, set[str]] = defaultdict(set)
        for (of_month, sheet, item), _answer in known.answers.items():
            if of_month == month:
                asked[known.dimensions[month, item]].add(sheet)
        whole = set.intersection(*asked.values())
        n_all = len(set.union(*asked.values()))
        told.append(
            _(
                "%(survey)s: of %(n)s questionnaires in the file %(whole)s answer every dimension and count (%(dimensions)s)."
            )
            % {
                "survey": known.surveys[month],
                "n": n_all,
                "whole": len(whole),
                "dimensions": ", ".join(f"{name}: {len(sheets)}" for name, sheets in sorted(asked.items())),
            }
        )
    return told


kinds.register(Satisfaction())
