"""Files of forecasts that authors gave in an earlier system, for past rounds opened for them here."""

from datetime import date, datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from lianxin.demand.models import Agreement, Entry, Round, Sheet
from lianxin.demand.queries import evidence
from lianxin.demand.queries.lines import Lines, lines_of
from lianxin.demand.states import Period, RoundState, Way
from lianxin.foundation.errors import Refused
from lianxin.foundation.imports import cells
from lianxin.foundation.imports.cells import CellWrong, Formats, plain
from lianxin.foundation.imports.kinds import Column, Intake
from lianxin.foundation.imports.lines import Entry as Row
from lianxin.foundation.imports.lines import Line
from lianxin.foundation.imports.rows import Book, RowKind
from lianxin.foundation.models import BatchChange, Company, ImportBatch
from lianxin.goods.models import Product
from lianxin.retailers.models import Licence

LONGEST_REASON: Final = 60
PERIODS: Final = {**cells.codes_of(Period.values), "月": Period.MONTH.value, "周": Period.WEEK.value}


def instant(raw: Any, formats: Formats) -> datetime:
    """A day and a time, ISO 8601; without a zone it is told in the company's own."""
    if isinstance(raw, datetime):
        return raw
    written = plain(raw).replace("/", "-")
    try:
        return datetime.fromisoformat(written)
    except ValueError as error:
        raise CellWrong(_("This is not a time. Write it as 2021-12-31T08:40:00+08:00.")) from error


class Forecasts(RowKind):
    """What authors forecast before: one row a number. A later number of the same author and line is a later version."""

    name = "forecasts"
    title = gettext_lazy("Forecasts of authors")
    columns = (
        Column("period_start", cells.day, required=True),
        Column("step", cells.whole(1, 104), required=True),
        Column("licence_no", cells.text(40)),
        Column("product_code", cells.key(40), required=True),
        Column("author_employee_no", cells.key(40), required=True),
        Column("units", cells.whole(0, 1_000_000), required=True),
        Column("reason", cells.text(LONGEST_REASON)),
        Column("entered_at", instant, required=True),
        Column("period", cells.choice(PERIODS)),
        Column("counted_in", cells.key(40)),
    )

    def undo(self, batch: ImportBatch) -> None:
        """Take its numbers out again while their rounds are open: afterwards people are judged by them, and every version stays."""
        rows = BatchChange.objects.filter(batch=batch, model=Entry._meta.label).values("row_id")
        if Round.objects.filter(sheets__entries__in=rows).exclude(state=RoundState.OPEN).exists():
            raise Refused(_("A round of this file has closed; its forecasts stay as they were given."))
        super().undo(batch)

    def decide(self, book: Book, intake: Intake) -> None:
        company, zone = intake.company, ZoneInfo(intake.company.time_zone)
        goods = dict(Product.objects.filter(company=company).values_list("product_code", "pk"))
        shops = dict(Licence.objects.filter(company=company).values_list("licence_no", "retailer_id"))
        rounds = _rounds(company)
        desks: dict[tuple[int, str], tuple[Sheet, Lines] | None] = {}
        known: dict[int, dict[tuple[int, datetime], int]] = {}
        touched: dict[int, tuple[Sheet, set[int]]] = {}
        for line in book.lines:
            row = line.entries[0]
            meant = rounds.get((row["period_start"], row["step"]), {})
            round = meant.get(row["period"]) if row.get("period") else next(iter(meant.values()), None)
            fault = self._fault(row, round, len(meant), goods)
            if fault:
                book.refuse(line, *fault)
                continue
            assert round is not None
            at = row["entered_at"] if row["entered_at"].tzinfo else row["entered_at"].replace(tzinfo=zone)
            if at >= round.deadline_at:
                book.refuse(line, "entered_at", row["entered_at"], _("It was entered after the round's deadline."))
                continue
            found = self._desk(desks, round, row["author_employee_no"])
            number = self._number(found, row, goods, shops)
            rests_on = _count_named(row, found, number)
            if found is None or number is None:
                book.refuse(
                    line,
                    "author_employee_no",
                    row["author_employee_no"],
                    _("The author has no such line in this round."),
                )
                continue
            if rests_on is None:
                book.refuse(
                    line, "counted_in", row["counted_in"], _("The count of this visit did not lie beside the line.")
                )
                continue
            self._settle(book, line, found[0], found[1], number, at, known, touched, rests_on)
        for sheet, numbers in touched.values():
            book.journal.change(sheet)
            sheet.n_entered = len(numbers)

    def _fault(self, row: Row, round: Round | None, n_meant: int, goods: dict[str, int]) -> tuple[str, Any, str] | None:
        if n_meant > 1 and not row.get("period"):
            reason = _("A month and a week begin on this day; write month or week into the column period.")
            return "period", "", reason
        if round is None:
            reason = _("There is no round of this period and step; open a past round first.")
            return "period_start", row["period_start"], reason
        if not round.is_imported or round.state != RoundState.OPEN:
            reason = _("Only a past round that was opened for a file, and is not closed, takes one.")
            return "period_start", row["period_start"], reason
        if row["product_code"] not in goods:
            return "product_code", row["product_code"], _("The company has no such product.")
        return None

    def _desk(
        self, desks: dict[tuple[int, str], tuple[Sheet, Lines] | None], round: Round, employee_no: str
    ) -> tuple[Sheet, Lines] | None:
        key = (round.pk, employee_no)
        if key not in desks:
            sheet = Sheet.objects.filter(round=round, person__employee_no=employee_no).select_related("person").first()
            if sheet is not None:
                sheet.round = round
            desks[key] = None if sheet is None else (sheet, lines_of(sheet))
        return desks[key]

    def _number(
        self, found: tuple[Sheet, Lines] | None, row: Row, goods: dict[str, int], shops: dict[str, int]
    ) -> int | None:
        if found is None:
            return None
        shop = -1 if found[0].is_of_sums else shops.get(row.get("licence_no") or "", -2)
        return found[1].by_key.get((shop, goods[row["product_code"]], row["step"]))

    def _settle(
        self, book: Book, line: Line, sheet: Sheet, lines: Lines, number: int, at: datetime,
        known: dict[int, dict[tuple[int, datetime], int]], touched: dict[int, tuple[Sheet, set[int]]], rests_on: list[str],
    ) -> None:  # fmt: skip
        row = line.entries[0]
        if sheet.pk not in known:
            there = Entry.objects.filter(sheet=sheet).values_list("line_no", "entered_at", "units")
            known[sheet.pk] = {(line_no, given_at): units for line_no, given_at, units in there}
        before = known[sheet.pk].get((number, at))
        if before == row["units"]:
            book.duplicate(line)
            return
        if before is not None:
            # Which of the two is the later version, and so the one that counts, nobody could say.
            book.refuse(line, "units", row["units"], _("Another number was given at the very same instant."))
            return
        known[sheet.pk][number, at] = row["units"]
        if sheet.pk not in touched:
            touched[sheet.pk] = (sheet, {line_no for line_no, _at in known[sheet.pk]})
        touched[sheet.pk][1].add(number)
        shop = int(lines.ints("retailer_id")[number])
        book.journal.make(
            Entry(
                sheet=sheet,
                line_no=number,
                retailer_id=shop if shop >= 0 else None,
                product_id=int(lines.ints("product_id")[number]),
                step=row["step"],
                units=row["units"],
                reason=row.get("reason") or "",
                way=Way.IMPORTED,
                rests_on=rests_on,
                entered_at=at,
            )
        )
        book.accept(line)


def _count_named(row: Row, found: tuple[Sheet, Lines] | None, number: int | None) -> list[str] | None:
    """The count on which a number rests, as the line of a round names it; None where it did not lie beside that line."""
    if not row.get("counted_in"):
        return []
    if found is None or number is None:
        return None
    sheet, lines = found
    place = (int(lines.ints("retailer_id")[number]), int(lines.ints("product_id")[number]))
    count = evidence.counts(sheet.round).get(place)
    return [count.evidence_id] if count is not None and count.evidence_id == f"stock:{row['counted_in']}" else None


def _rounds(company: Company) -> dict[tuple[date, int], dict[str, Round]]:
    """The rounds by the first day and step of each of their periods, and by the kind of period."""
    found: dict[tuple[date, int], dict[str, Round]] = {}
    for round in Round.objects.filter(company=company).select_related("company"):
        for step in range(1, round.horizon + 1):
            found.setdefault((round.start_of(step), step), {})[round.period] = round
    return found


class Agreements(RowKind):
    """What retailers agreed by their own will to take in a month. A revision is a new version; nothing is a minimum purchase."""

    name = "agreements"
    title = gettext_lazy("Demand agreements of retailers")
    columns = (
        Column("period", cells.month, required=True),
        Column("licence_no", cells.text(40), required=True),
        Column("product_code", cells.key(40), required=True),
        Column("agreed_units", cells.whole(0, 1_000_000), required=True),
        Column("agreed_at", instant),
    )

    def decide(self, book: Book, intake: Intake) -> None:
        company, zone = intake.company, intake.company.zone
        goods = dict(Product.objects.filter(company=company).values_list("product_code", "pk"))
        shops = dict(Licence.objects.filter(company=company).values_list("licence_no", "retailer_id"))
        known = _versions_known(company, {line.entries[0]["period"] for line in book.lines})
        for line in book.lines:
            row = line.entries[0]
            said = row.get("agreed_at") or intake.at
            at = said if said.tzinfo else said.replace(tzinfo=zone)
            versions = known.setdefault(
                (shops.get(row["licence_no"], 0), goods.get(row["product_code"], 0), row["period"]), {}
            )
            fault = _agreement_fault(row, at, intake.at, versions, goods, shops)
            if fault:
                book.refuse(line, *fault)
            elif versions.get(at if row.get("agreed_at") else max(versions, default=at)) == row["agreed_units"]:
                book.duplicate(line)
            else:
                versions[at] = row["agreed_units"]
                book.journal.make(
                    Agreement(
                        company=company,
                        retailer_id=shops[row["licence_no"]],
                        product_id=goods[row["product_code"]],
                        month=row["period"],
                        units=row["agreed_units"],
                        is_withdrawn=row["agreed_units"] == 0,
                        agreed_at=at,
                    )
                )
                book.accept(line)


# The units agreed by the instant at which they were, of one retailer, product and month.
Versions = dict[datetime, int]


def _versions_known(company: Company, months: set[date]) -> dict[tuple[int, int, date], Versions]:
    found: dict[tuple[int, int, date], Versions] = {}
    rows = Agreement.objects.filter(company=company, month__in=months)
    for shop, product, month, at, units in rows.values_list("retailer_id", "product_id", "month", "agreed_at", "units"):
        found.setdefault((shop, product, month), {})[at] = units
    return found


def _agreement_fault(
    row: Row, at: datetime, now: datetime, versions: Versions, goods: dict[str, int], shops: dict[str, int]
) -> tuple[str, Any, str] | None:
    """What is wrong with a row, if anything: the column, its value, the sentence."""
    if row["licence_no"] not in shops:
        return "licence_no", row["licence_no"], _("The company has no retailer with this licence.")
    if row["product_code"] not in goods:
        return "product_code", row["product_code"], _("The company has no such product.")
    if at > now:
        return "agreed_at", row["agreed_at"], _("This lies in the future.")
    if versions.get(at, row["agreed_units"]) != row["agreed_units"]:
        return "agreed_units", row["agreed_units"], _("Another number was agreed at the very same instant.")
    return None
