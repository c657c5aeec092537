"""Files of order lines: the quick way through DuckDB where the file is plain, line by line where a mapping computes."""

import csv
from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from lianxin.engine import ingest
from lianxin.engine.ingest import OrderFile, Prepared, Unreadable
from lianxin.foundation.core_words import said
from lianxin.foundation.errors import Refused
from lianxin.foundation.facts import the_lake
from lianxin.foundation.imports import cells, sheets
from lianxin.foundation.imports.cells import plain
from lianxin.foundation.imports.kinds import Column, Intake, LakeKind, Plan, Refusal, Tell
from lianxin.foundation.imports.lines import Interpreter, bind, known_names
from lianxin.foundation.imports.mapping import Emission, KindMapping
from lianxin.foundation.models import Company, ImportBatch
from lianxin.goods.models import Product
from lianxin.orders import actions, queries
from lianxin.orders.imports.reasons import sentence
from lianxin.retailers.models import Licence


@dataclass
class OrdersPlan(Plan):
    """Lines prepared in files that no version of the lake names yet.

    told : the file of refused rows as the quick way writes it; early : rows refused before it
    numbers : line number in the source by place in the prepared file, where they differ
    """

    prepared: Prepared | None = None
    told: Path | None = None
    early: list[Refusal] = field(default_factory=list)
    numbers: list[int] | None = None
    source: dict[int, tuple[Any, ...]] = field(default_factory=dict)
    held: ExitStack = field(default_factory=ExitStack)
    delimiter: str = ","

    def refusals(self) -> Iterable[Refusal]:
        """Every refused row, by line."""
        quick = self._quick() if self.told is not None and self.told.exists() else iter(())
        if not self.early:
            return quick
        return iter(sorted([*self.early, *quick], key=lambda refusal: refusal.line))

    def _quick(self) -> Iterator[Refusal]:
        assert self.told is not None
        with self.told.open(encoding="utf-8-sig", newline="") as file:
            rows = csv.reader(file)
            next(rows, None)
            for number, column, value, code, other, *original in rows:
                line = self._line(int(number))
                row = self.source.get(line) or tuple(original)
                if code in ("wrong_number_of_columns", "unreadable") and not any(original):
                    row = tuple(next(csv.reader([value], delimiter=self.delimiter), []))
                shown = "" if code == "wrong_number_of_columns" else value
                yield Refusal(line, column, shown, sentence(code, other), row)

    def _line(self, number: int) -> int:
        # The prepared file has its head on line 1, so that its first row is line 2.
        if self.numbers is None or number - 2 >= len(self.numbers):
            return number
        return self.numbers[number - 2]

    def commit(self, batch: ImportBatch) -> None:
        """The Delta commit that names the batch."""
        assert self.prepared is not None
        ingest.commit(self.prepared, {"sha256": batch.content_hash, "owner": batch.owner_name})

    def close(self) -> None:
        """Remove what was not committed, and let the next one have its turn."""
        if self.prepared is not None:
            self.prepared.discard()
        self.held.close()


class Orders(LakeKind):
    """Order lines, with what was asked, allowed, ordered and supplied kept apart. Negative quantities are returns."""

    name = "orders"
    title = gettext_lazy("Order lines")
    columns = (
        Column("line_id", cells.key(80), required=True),
        Column("order_date", cells.day, required=True),
        Column("licence_no", cells.key(40), required=True),
        Column("product_code", cells.key(40), required=True),
        Column("wanted_units", cells.whole()),
        Column("cap_units", cells.whole()),
        Column("ordered_units", cells.whole(), required=True),
        Column("supplied_units", cells.whole()),
        Column("amount", cells.fen),
    )

    def plan(self, intake: Intake) -> OrdersPlan:
        held = ExitStack()
        try:
            held.enter_context(actions.own_turn(intake.company))
            plan = self._plan(intake)
            plan.held = held.pop_all()
            return plan
        finally:
            held.close()

    def _plan(self, intake: Intake) -> OrdersPlan:
        if len(intake.mapping.emissions) > 1:
            raise Refused(_("A mapping makes one order line of each row, not several."), field="mapping")
        sheet = sheets.read(intake.opened, known_names(self.columns, intake.mapping))
        binding = bind(sheet.head, self.columns, intake.mapping)
        plan = OrdersPlan(
            head=sheet.head, ignored=list(binding.ignored), notes=list(sheet.notes), delimiter=sheet.delimiter or ","
        )
        columns = {binding.head[index]: ours for ours, index in binding.source.items()}
        is_plain = _is_plain(intake.mapping)
        if is_plain and intake.opened.format == "parquet":
            file = OrderFile(intake.opened.path, parquet=True)
        elif is_plain and intake.opened.format == "csv":
            file = OrderFile(_from_head_on(intake, sheet.head_line), sheet.delimiter)
            if sheet.head_line > 1:
                plan.numbers = _line_numbers(intake, sheet)
        else:
            target = intake.scratch / "lines.csv"
            rows = Interpreter(self.columns, binding, intake.mapping, intake.formats)
            written = _written(sheet, target, plan, None if is_plain else rows, self.columns)
            file = OrderFile(target)
            if not is_plain:
                columns = {column.name: column.name for column in self.columns if column.name in binding.given}
            intake.tell(written, written)
        self._prepare(intake, plan, file, columns)
        if not plan.n_refused:
            return plan
        if not is_plain:
            self._find_source(intake, plan)
        elif intake.opened.format == "csv" and plan.numbers is None:
            plan.numbers = _numbers_if_shifted(intake, sheet, plan)
        return plan

    def _find_source(self, intake: Intake, plan: OrdersPlan) -> None:
        """Fetch the cells, as they came, of rows that were refused after the mapping had computed them."""
        refused = {refusal.line for refusal in plan.refusals()} - {refusal.line for refusal in plan.early}
        again = sheets.read(intake.opened, known_names(self.columns, intake.mapping))
        plan.source = {number: tuple(row) for number, row in again.rows if number in refused}

    def _prepare(self, intake: Intake, plan: OrdersPlan, file: OrderFile, columns: dict[str, str]) -> None:
        total = _rows_about(file)

        def progress(_stage: str, share: float) -> None:
            intake.tell(int(total * share), total)

        plan.told = intake.scratch / "refused.csv"
        try:
            plan.prepared = ingest.prepare(
                [file],
                columns=columns,
                lookups=_lookups(intake.company),
                lake=the_lake(),
                company_id=intake.company.pk,
                batch_id=intake.batch_id,
                correction=intake.is_correction,
                refused_to=plan.told,
                date_formats=intake.formats.dates or None,
                progress=progress,
                dry_run=intake.is_trial,
            )
        except Unreadable as unreadable:
            raise Refused(
                _("The file cannot be read as order lines: %(fault)s Nothing was changed.")
                % {"fault": said(unreadable)}
            ) from unreadable
        outcome = plan.prepared.outcome
        plan.n_read = outcome.read + len(plan.early)
        plan.n_accepted, plan.n_duplicate = outcome.accepted, outcome.duplicate
        plan.n_refused = outcome.refused + len(plan.early)
        plan.about["months"] = [month.isoformat() for month in self._months(intake.company, plan)]
        if outcome.corrected:
            plan.notes.append(_("Lines that replace what was known: %(n)s.") % {"n": outcome.corrected})
        intake.tell(outcome.read, outcome.read)

    def _months(self, company: Company, plan: OrdersPlan) -> list[date]:
        """The months whose sums change: those of the new lines, and of lines that a correction takes out of any month."""
        assert plan.prepared is not None
        outcome = plan.prepared.outcome
        return sorted({*outcome.months, *(queries.months_in_lake(company) if outcome.corrected else ())})

    def turn(self, company: Company) -> AbstractContextManager[bool]:
        return actions.own_turn(company)

    def reconcile(self, company: Company, at: datetime) -> list[str]:
        return actions.reconcile(company=company, at=at)

    def undo(self, batch: ImportBatch) -> None:
        actions.undo_in_lake(batch=batch)

    def follow_up(self, batch: ImportBatch, tell: Tell) -> list[str]:
        return actions.follow_up(batch=batch, tell=tell)


def _is_plain(mapping: KindMapping) -> bool:
    """Whether a mapping only renames columns and says how days are written, so that rows need not be looked at one by one."""
    return not (mapping.values or mapping.factors or mapping.computed) and mapping.emissions == (Emission(),)


def _lookups(company: Company) -> dict[str, pa.Table]:
    licences = list(Licence.objects.filter(company=company).values_list("licence_no", "retailer_id"))
    products = list(Product.objects.filter(company=company).values_list("product_code", "pk"))
    return {
        "retailers": _lookup("licence_no", "retailer_id", licences),
        "products": _lookup("product_code", "product_id", products),
    }


def _lookup(key: str, value: str, rows: list[tuple[str, int]]) -> pa.Table:
    return pa.table(
        {key: pa.array([row[0] for row in rows], pa.string()), value: pa.array([row[1] for row in rows], pa.int64())}
    )


def _from_head_on(intake: Intake, head_line: int) -> Path:
    """The text file without the blank lines above its head."""
    if head_line == 1:
        return intake.opened.path
    target = intake.scratch / "lines.csv"
    with intake.opened.path.open("rb") as source, target.open("wb") as out:
        for _blank in range(head_line - 1):
            source.readline()
        while chunk := source.read(1 << 20):
            out.write(chunk)
    return target


def _line_numbers(intake: Intake, sheet: sheets.Sheet) -> list[int]:
    return [number for number, _cells in sheet.rows]


def _numbers_if_shifted(intake: Intake, sheet: sheets.Sheet, plan: OrdersPlan) -> list[int] | None:
    """Line numbers of the rows, if blank lines or line breaks inside cells set them off from their places."""
    with intake.opened.path.open("rb") as file:
        n_lines = sum(chunk.count(b"\n") for chunk in iter(lambda: file.read(1 << 20), b""))
        file.seek(-1, 2)
        n_lines += file.read(1) != b"\n"
    return None if n_lines == plan.n_read + 1 else _line_numbers(intake, sheet)


def _rows_about(file: OrderFile) -> int:
    """About how many rows a file has, for the progress bar."""
    if file.parquet:
        return 0
    with file.path.open("rb") as opened:
        return sum(chunk.count(b"\n") for chunk in iter(lambda: opened.read(1 << 20), b""))


def _written(
    sheet: sheets.Sheet, target: Path, plan: OrdersPlan, rows: Interpreter | None, columns: tuple[Column, ...]
) -> int:
    """Write the rows of a spreadsheet, or the canonical rows under a mapping that computes, as plain text. The number written."""
    plan.numbers = []
    with target.open("w", encoding="utf-8", newline="") as file:
        out = csv.writer(file)
        out.writerow([column.name for column in columns] if rows is not None else sheet.head)
        for number, row in sheet.rows:
            if rows is None:
                width = len(sheet.head)
                out.writerow([plain(cell) for cell in [*row, *[None] * width][:width]])
            else:
                read = rows.read(number, row)
                if isinstance(read, Refusal):
                    plan.early.append(read)
                    continue
                entry = read.entries[0]
                out.writerow([_canonical(column.name, entry.get(column.name)) for column in columns])
            plan.numbers.append(number)
    return len(plan.numbers)


def _canonical(name: str, value: Any) -> str:
    if value is None:
        return ""
    return f"{value / 100:.2f}" if name == "amount" else str(value)
