"""Large files of lines that go to the lake: read row by row into columns, so that 600,000 of them need little memory."""

from abc import abstractmethod
from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Final

from django.utils.translation import gettext as _

from lianxin.core.units import monday_of
from lianxin.foundation.imports import cells, sheets
from lianxin.foundation.imports.cells import CellWrong, Formats, plain
from lianxin.foundation.imports.kinds import Intake, LakeKind, Plan, Refusal, Tell
from lianxin.foundation.imports.lines import Entry, Interpreter, bind, known_names
from lianxin.foundation.models import Company, ImportBatch
from lianxin.retailers.models import Licence
from lianxin.supply.actions import batches

MOST_UNITS: Final = 1_000_000


def week(raw: Any, formats: Formats) -> date:
    """A week, named by its Monday."""
    day = cells.day(raw, formats)
    if monday_of(day) != day:
        raise CellWrong(_("A week is named by its Monday: %(day)s.") % {"day": monday_of(day).isoformat()})
    return day


_WORDS: Final = cells.choice(
    {**cells.codes_of(["yes", "no"]), "1": "yes", "0": "no", "true": "yes", "false": "no", "是": "yes", "否": "no"}
)


def yes_no(raw: Any, formats: Formats) -> bool:
    """Yes or no."""
    return bool(_WORDS(raw, formats) == "yes")


key = cells.fast(r"[0-9A-Za-z-]{1,40}", str, cells.key(40))
units = cells.fast(r"\d{1,6}", int, cells.whole(0, MOST_UNITS))
tier = cells.fast(r"[1-9]|[12]\d|30", int, cells.whole(1, 30))


@dataclass
class Lines(Plan):
    """Rows of a file on their way to the lake; `found` keeps what was taken, by (week, product, retailer)."""

    intake: Intake | None = None
    found: dict[tuple[date, int, int], tuple[Any, ...]] = field(default_factory=dict)
    held: ExitStack = field(default_factory=ExitStack)
    _refused: list[Refusal] = field(default_factory=list)

    def refuse(self, number: int, column: str, value: Any, reason: str, row: list[Any]) -> None:
        """The row is not taken, for this reason."""
        self._refused.append(Refusal(number, column, plain(value), reason, tuple(row)))
        self.n_refused += 1

    def refusals(self) -> Iterable[Refusal]:
        """Every refused row, by line."""
        return iter(self._refused)

    def close(self) -> None:
        """Let the next import have its turn."""
        self.held.close()

    @property
    def weeks(self) -> list[date]:
        """The weeks of which rows were taken, in order."""
        return sorted({each[0] for each in self.found})


class LinesKind(LakeKind):
    """A kind of lines, each about a week, a product and a retailer."""

    plan_type: Callable[..., Lines]

    @abstractmethod
    def begin(self, plan: Any, intake: Intake) -> None:
        """Read once what every line needs."""

    @abstractmethod
    def content(self, entry: Entry) -> tuple[Any, ...]:
        """What a line says beside its key."""

    @abstractmethod
    def verdict(self, plan: Any, key: tuple[date, int, int], content: tuple[Any, ...]) -> tuple[str, str] | bool:
        """True to take the line, False for a duplicate, or (column, reason) to refuse it."""

    def plan(self, intake: Intake) -> Lines:
        held = ExitStack()
        try:
            held.enter_context(batches.own_turn(intake.company))
            made = self._plan(intake)
            made.held = held.pop_all()
            return made
        finally:
            held.close()

    def _plan(self, intake: Intake) -> Lines:
        sheet = sheets.read(intake.opened, known_names(self.columns, intake.mapping))
        binding = bind(sheet.head, self.columns, intake.mapping)
        made = self.plan_type(head=sheet.head, ignored=list(binding.ignored), notes=list(sheet.notes), intake=intake)
        self.begin(made, intake)
        retailers = dict(Licence.objects.filter(company=intake.company).values_list("licence_no", "retailer_id"))
        products = batches.product_ids(intake.company)
        rows = Interpreter(self.columns, binding, intake.mapping, intake.formats)
        for number, row in sheet.rows:
            made.n_read += 1
            if made.n_read % 5000 == 0:
                intake.tell(made.n_read, sheet.n_rows)
            read = rows.read(number, row)
            if isinstance(read, Refusal):
                made.refuse(number, read.column, read.value, read.reason, row)
                continue
            for entry in read.entries[:1]:
                self._take(made, number, row, entry, retailers, products)
        intake.tell(made.n_read, made.n_read)
        made.about["weeks"] = [each.isoformat() for each in made.weeks]
        return made

    def _take(
        self,
        made: Lines,
        number: int,
        row: list[Any],
        entry: Entry,
        retailers: dict[str, int],
        products: dict[str, int],
    ) -> None:
        retailer, product = retailers.get(entry["licence_no"]), products.get(entry["product_code"])
        if retailer is None:
            sentence = _("There is no retailer with this licence number. Import the retailers first.")
            made.refuse(number, "licence_no", entry["licence_no"], sentence, row)
            return
        if product is None:
            sentence = _("There is no product with this code. Import the products first.")
            made.refuse(number, "product_code", entry["product_code"], sentence, row)
            return
        about, said = (entry["week"], product, retailer), self.content(entry)
        earlier = made.found.get(about)
        if earlier is not None:
            if earlier == said:
                made.n_duplicate += 1
            else:
                sentence = _(
                    "An earlier line of this file names the same week, product and retailer with other numbers."
                )
                made.refuse(number, "licence_no", entry["licence_no"], sentence, row)
            return
        answer = self.verdict(made, about, said)
        if answer is True:
            made.found[about] = said
            made.n_accepted += 1
        elif answer is False:
            made.n_duplicate += 1
        else:
            column, sentence = answer
            made.refuse(number, column, entry.get(column), sentence, row)

    def turn(self, company: Company) -> AbstractContextManager[bool]:
        return batches.own_turn(company)

    def reconcile(self, company: Company, at: datetime) -> list[str]:
        return batches.reconcile(company=company, at=at)

    def undo(self, batch: ImportBatch) -> None:
        batches.undo(batch=batch)

    def follow_up(self, batch: ImportBatch, tell: Tell) -> list[str]:
        return []
