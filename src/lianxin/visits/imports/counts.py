"""Files of what visits counted in shops, as another system recorded it beside visits that came by a file."""

from collections import defaultdict
from typing import Any, Final, TypeAlias

from django.db.models import F, Max, Value
from django.db.models.functions import Coalesce, NullIf
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from lianxin.foundation.imports import cells, journal
from lianxin.foundation.imports.journal import Journal, chunks
from lianxin.foundation.imports.kinds import Column, Intake
from lianxin.foundation.imports.rows import Book, RowKind
from lianxin.foundation.models import Company, ImportBatch
from lianxin.goods.models import Product
from lianxin.visits.imports import shared
from lianxin.visits.models import Visit, VisitAction
from lianxin.visits.states import ActionKind

# What is known of a product in a visit: units, and the price in fen where one was seen.
Content: TypeAlias = tuple[int, int | None]
Fault: TypeAlias = tuple[str, Any, str]
MOST_UNITS: Final = 1_000_000


class StockCounts(RowKind):
    """One row a product counted in a visit; the rows of a visit become one action of it."""

    name = "stock_counts"
    title = gettext_lazy("Stock counts of visits")
    columns = (
        Column("visit_id", shared.key(40), required=True),
        Column("product_code", cells.key(40), required=True),
        Column("units", shared.fast(r"\d{1,6}", int, cells.whole(0, MOST_UNITS)), required=True),
        Column("retail_price", cells.positive_fen),
    )

    def decide(self, book: Book, intake: Intake) -> None:
        company = intake.company
        goods = dict(Product.objects.filter(company=company).values_list("product_code", "pk"))
        visits = _came_by_file(company, {line.entries[0]["visit_id"] for line in book.lines})
        known = _counted(list(visits))
        book.journal = made = _Counts()
        for line in book.lines:
            row = line.entries[0]
            content: Content = (row["units"], row.get("retail_price"))
            visit_id, product_id = row["visit_id"], goods.get(row["product_code"])
            fault = _fault(row, visits, product_id, known.get((visit_id, product_id or 0)), content)
            if fault is not None:
                book.refuse(line, *fault)
            elif (visit_id, product_id) in known:
                book.duplicate(line)
            else:
                assert product_id is not None
                known[visit_id, product_id] = content
                made.count(visit_id, product_id, content, visits[visit_id])
                book.accept(line)

    def undo(self, batch: ImportBatch) -> None:
        ids = [change.row_id for change in batch.changes.filter(model=VisitAction._meta.label)]
        visits = list(VisitAction.objects.filter(pk__in=ids).values_list("visit_id", flat=True))
        journal.undo(batch)
        for part in chunks(visits):
            Visit.objects.filter(pk__in=part).update(n_filled=NullIf(F("n_filled") - 1, Value(0)))


class _Counts(Journal):
    """An action for each visit of the file, and the visits that have content by it."""

    def __init__(self) -> None:
        super().__init__()
        self._lines: dict[str, list[dict[str, int]]] = defaultdict(list)
        self._places: dict[str, int] = {}

    def count(self, visit_id: str, product_id: int, content: Content, place: int) -> None:
        units, fen = content
        price = {} if fen is None else {"price_fen": fen}
        self._lines[visit_id].append({"product_id": product_id, "units": units, **price})
        self._places[visit_id] = place

    def write(self, batch: ImportBatch) -> None:
        for visit_id, lines in self._lines.items():
            self.make(
                VisitAction(
                    visit_id=visit_id, place=self._places[visit_id], kind=ActionKind.STOCK_COUNT, body={"lines": lines}
                )
            )
        super().write(batch)
        # A visit in which something was counted is no empty form.
        for part in chunks(list(self._lines)):
            Visit.objects.filter(pk__in=part).update(n_filled=Coalesce(F("n_filled"), Value(0)) + 1)


def _came_by_file(company: Company, ids: set[str]) -> dict[str, int]:
    """Visits that a file brought, and the next free place among the actions of each."""
    found: dict[str, int] = {}
    for part in chunks(sorted(ids)):
        rows = Visit.objects.filter(company=company, pk__in=part).exclude(batch=None)
        told = rows.annotate(last=Max("actions__place")).values_list("pk", "last")
        found |= {pk: 0 if last is None else last + 1 for pk, last in told}
    return found


def _counted(visits: list[str]) -> dict[tuple[str, int], Content]:
    """What is known already, by visit and product."""
    found: dict[tuple[str, int], Content] = {}
    for part in chunks(visits):
        rows = VisitAction.objects.filter(visit_id__in=part, kind=ActionKind.STOCK_COUNT)
        for visit_id, body in rows.order_by("place").values_list("visit_id", "body"):
            for line in body.get("lines") or ():
                found[visit_id, line["product_id"]] = (line["units"], line.get("price_fen"))
    return found


def _fault(
    row: dict[str, Any], visits: dict[str, int], product_id: int | None, known: Content | None, content: Content
) -> Fault | None:
    """What is wrong with a row, if anything: the column, its value, the sentence."""
    if row["visit_id"] not in visits:
        sentence = _("No visit with this id came by a file. Bring the visits first; what a phone sent takes no counts.")
        return "visit_id", row["visit_id"], sentence
    if product_id is None:
        return "product_code", row["product_code"], _("The company has no such product.")
    if known is not None and known != content:
        sentence = _("The visit counted this product already, and otherwise. Undo that batch to bring it anew.")
        return "units", row["units"], sentence
    return None
