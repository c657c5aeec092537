"""Kinds whose rows are versions: true of a subject from a day on, until the next version."""

from abc import abstractmethod
from collections.abc import Iterable
from typing import Any, Generic, TypeVar

from django.db.models import Model

from lianxin.foundation.imports.dated import History
from lianxin.foundation.imports.kinds import Intake
from lianxin.foundation.imports.lines import Entry, Line
from lianxin.foundation.imports.rows import Book, RowKind, by_day, differs
from lianxin.foundation.imports.sentences import known_otherwise

S = TypeVar("S", bound=Model)
V = TypeVar("V", bound=Model)


class Wrong(Exception):
    """Why an entry finds no subject: (column, value, sentence)."""

    def __init__(self, column: str, value: Any, reason: str) -> None:
        super().__init__(reason)
        self.column, self.value, self.reason = column, value, reason


class Desk(Generic[S, V]):
    """What a kind of versions works on while it decides: subjects and their histories, in memory.

    entry_columns : columns of an entry that are fields of a version, by the same name or by that in `renamed`
    """

    def __init__(self, intake: Intake) -> None:
        self.intake = intake
        self.histories: dict[int, History[V]] = {}
        self.touched: dict[int, S] = {}

    def history(self, subject: S) -> History[V]:
        """The versions of a subject by day. A subject not yet stored is known by itself."""
        return self.histories.setdefault(subject.pk if subject.pk is not None else -id(subject), History())


class VersionKind(RowKind, Generic[S, V]):
    """A kind of versions. Rooms say how a subject is found and made, and what a version's fields are.

    content : columns of an entry that a version keeps; absent columns are carried over from the version before
    """

    content: tuple[str, ...]

    @abstractmethod
    def desk(self, intake: Intake, lines: list[Line]) -> Desk[S, V]:
        """The subjects that the lines may concern, with their versions."""

    @abstractmethod
    def subject(self, desk: Any, entry: Entry, book: Book) -> S:
        """The subject of an entry, made if it is new and may be.

        Raises
        ------
        Wrong : it cannot be found or made.
        """

    def accepted(self, desk: Any, subject: S, entry: Entry, book: Book) -> None:
        """Whatever else an accepted entry brings."""

    def brings_more(self, desk: Any, subject: S, entry: Entry) -> bool:
        """Whether an entry that makes and corrects no version still says something new.

        Raises
        ------
        Wrong : what it says beside the version may not come in.
        """
        return False

    @abstractmethod
    def contents(self, version: V) -> Entry:
        """A version as an entry."""

    @abstractmethod
    def fill(self, version: V, entry: Entry) -> None:
        """Set the fields of a version that an entry speaks of."""

    @abstractmethod
    def new_version(self, subject: S, entry: Entry, earlier: V | None) -> V:
        """A version with the fields of an entry, and for the rest those of the earlier version."""

    @abstractmethod
    def settle(self, desk: Any, subjects: Iterable[S], book: Book) -> None:
        """Whatever a subject repeats of its newest version, brought up to date; called once at the end."""

    def decide(self, book: Book, intake: Intake) -> None:
        """Lines by day: new versions are made, known ones compared, and replaced only by a correction."""
        desk = self.desk(intake, book.lines)
        for line in by_day(book.lines):
            self._decide_line(desk, line, book)
        self.settle(desk, desk.touched.values(), book)

    def _decide_line(self, desk: Desk[S, V], line: Line, book: Book) -> None:
        try:
            subject = self.subject(desk, line.entries[0], book)
        except Wrong as wrong:
            book.refuse(line, wrong.column, wrong.value, wrong.reason)
            return
        history = desk.history(subject)
        fresh: list[Entry] = []
        corrected: list[tuple[V, Entry]] = []
        for entry in line.entries:
            known = history.at(entry["from_date"])
            if known is None:
                earlier = history.before(entry["from_date"])
                unchanged = earlier is not None and not differs(entry, self.contents(earlier), self.content)
                if not (desk.intake.mapping.only_changes and unchanged):
                    fresh.append(entry)
            elif differs(entry, self.contents(known), self.content):
                if not desk.intake.is_correction or known.pk is None:
                    reason = known_otherwise(entry, self.contents(known), self._compared(entry))
                    book.refuse(line, "from_date", entry["from_date"], reason)
                    return
                corrected.append((known, entry))
        try:
            more = self.brings_more(desk, subject, line.entries[0])
        except Wrong as wrong:
            book.refuse(line, wrong.column, wrong.value, wrong.reason)
            return
        if not fresh and not corrected and not more:
            book.duplicate(line)
            return
        for entry in fresh:
            version = self.new_version(subject, entry, history.before(entry["from_date"]))
            history.put(entry["from_date"], version)
            book.journal.make(version)
        for known, entry in corrected:
            book.journal.change(known)
            self.fill(known, entry)
        self.accepted(desk, subject, line.entries[0], book)
        desk.touched[subject.pk if subject.pk is not None else -id(subject)] = subject
        book.accept(line)

    def _compared(self, entry: Entry) -> list[str]:
        return [name for name in self.content if name in entry]
