"""Kinds whose rows live in the database: read line by line, planned against what is there, written in one transaction."""

from abc import abstractmethod
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from lianxin.foundation.imports import journal, sheets
from lianxin.foundation.imports.journal import Journal
from lianxin.foundation.imports.kinds import Intake, Kind, Plan, Refusal
from lianxin.foundation.imports.lines import Entry, Interpreter, Line, bind, known_names, sorted_refusals
from lianxin.foundation.models import ImportBatch


@dataclass
class Book(Plan):
    """The plan of a small kind: the verdict on every line and the rows to be written.

    lines : what could be read; verdicts are given by `accept`, `refuse` and `duplicate`, once for each line
    """

    lines: list[Line] = field(default_factory=list)
    given: frozenset[str] = frozenset()
    journal: Journal = field(default_factory=Journal)
    _refused: dict[int, Refusal] = field(default_factory=dict)

    def accept(self, line: Line) -> None:
        """The line is taken."""
        self.n_accepted += 1

    def duplicate(self, line: Line) -> None:
        """The line says what is already there."""
        self.n_duplicate += 1

    def refuse(self, line: Line, column: str, value: Any, reason: str) -> None:
        """The line is not taken, for this reason."""
        self.add_refusal(Refusal(line.number, column, str(value if value is not None else ""), reason, line.cells))

    def add_refusal(self, refusal: Refusal) -> None:
        """The refusal of a row that could not even be read."""
        self._refused[refusal.line] = refusal
        self.n_refused = len(self._refused)

    def refusals(self) -> Iterable[Refusal]:
        """Every refused row, by line."""
        return sorted_refusals(self._refused)

    def commit(self, batch: ImportBatch) -> None:
        """Write the rows and their journal, in the caller's transaction."""
        self.journal.write(batch)


class RowKind(Kind):
    """A kind whose rows live in the database. Rooms say its columns and, in `decide`, what becomes of each line."""

    def read(self, intake: Intake) -> Book:
        """A book with the lines of the file, and the refusals of those that cannot be read; nothing is decided yet."""
        sheet = sheets.read(intake.opened, known_names(self.columns, intake.mapping))
        binding = bind(sheet.head, self.columns, intake.mapping)
        book = Book(head=sheet.head, ignored=list(binding.ignored), notes=list(sheet.notes), given=binding.given)
        interpreter = Interpreter(self.columns, binding, intake.mapping, intake.formats)
        for number, cells in sheet.rows:
            book.n_read += 1
            read = interpreter.read(number, cells)
            if isinstance(read, Refusal):
                book.add_refusal(read)
            else:
                book.lines.append(read)
            if book.n_read % 1000 == 0:
                intake.tell(book.n_read, sheet.n_rows)
        intake.tell(book.n_read, book.n_read)
        return book

    @abstractmethod
    def decide(self, book: Book, intake: Intake) -> None:
        """Give a verdict on every line of the book, against what the database holds, and remember the rows to be written."""

    def undo(self, batch: ImportBatch) -> None:
        """Take the batch's rows out of the database, newest change first."""
        journal.undo(batch)


def by_day(lines: Sequence[Line], column: str = "from_date") -> list[Line]:
    """Lines by the day from which they hold, then as they stand in the file."""
    return sorted(lines, key=lambda line: (line.entries[0][column], line.number))


def differs(entry: Entry, known: dict[str, Any], columns: Iterable[str]) -> list[str]:
    """Those of the columns in which an entry says something else than is known. What it does not mention is not compared."""
    return [name for name in columns if name in entry and _said(entry[name]) != _said(known.get(name))]


def _said(value: Any) -> Any:
    return None if value == "" else value
