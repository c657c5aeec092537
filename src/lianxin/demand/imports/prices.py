"""Files of an office's survey of retail prices: shop, product, day, price, and which survey it was."""

from datetime import date
from typing import Any, Final

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from lianxin.demand.models import SurveyedPrice
from lianxin.foundation.imports import cells
from lianxin.foundation.imports.kinds import Column, Intake
from lianxin.foundation.imports.lines import Entry, Line
from lianxin.foundation.imports.rows import Book, RowKind
from lianxin.foundation.imports.sentences import known_otherwise, two_contents
from lianxin.foundation.models import Company
from lianxin.goods.models import Product
from lianxin.retailers.models import Licence

CONTENT: Final = ("price",)
_MOST_FEN: Final = 2_000_000_000
# Retailer, product, day and source.
Key = tuple[int, int, date, str]


class RetailPrices(RowKind):
    """What shops ask for an order unit of a product. A price stands beside the line of a forecast; no number is made of it."""

    name = "retail_prices"
    title = gettext_lazy("Retail prices found in a survey")
    columns = (
        Column("licence_no", cells.key(40), required=True),
        Column("product_code", cells.key(40), required=True),
        Column("day", cells.day, required=True),
        Column("price", cells.positive_fen, required=True),
        Column("source", cells.text(60), required=True),
    )

    def decide(self, book: Book, intake: Intake) -> None:
        company = intake.company
        goods = dict(Product.objects.filter(company=company).values_list("product_code", "pk"))
        shops = dict(Licence.objects.filter(company=company).values_list("licence_no", "retailer_id"))
        today = intake.at.astimezone(company.zone).date()
        known = _known(company, {line.entries[0]["day"] for line in book.lines})
        lines: dict[Key, int] = {}
        for line in book.lines:
            entry = line.entries[0]
            fault = _fault(entry, shops, goods, today)
            if fault:
                book.refuse(line, *fault)
                continue
            key = (shops[entry["licence_no"]], goods[entry["product_code"]], entry["day"], entry["source"])
            self._settle(book, intake, line, key, known, lines)

    def _settle(
        self, book: Book, intake: Intake, line: Line, key: Key, known: dict[Key, SurveyedPrice], lines: dict[Key, int]
    ) -> None:
        fen, old = line.entries[0]["price"], known.get(key)
        if old is not None and old.price_fen == fen:
            book.duplicate(line)
            return
        if old is None:
            retailer, product, day, source = key
            known[key] = SurveyedPrice(
                company=intake.company, retailer_id=retailer, product_id=product, day=day, source=source, price_fen=fen
            )
            book.journal.make(known[key])
        else:
            new, before = {"price": f"{fen / 100:.2f}"}, {"price": f"{old.price_fen / 100:.2f}"}
            if key in lines:
                book.refuse(line, "price", new["price"], two_contents(new, before, CONTENT, lines[key]))
                return
            if not intake.is_correction:
                book.refuse(line, "price", new["price"], known_otherwise(new, before, CONTENT))
                return
            book.journal.change(old)
            old.price_fen = fen
        lines[key] = line.number
        book.accept(line)


def _known(company: Company, days: set[date]) -> dict[Key, SurveyedPrice]:
    rows = SurveyedPrice.objects.filter(company=company, day__in=days)
    return {(row.retailer_id, row.product_id, row.day, row.source): row for row in rows.iterator(chunk_size=5000)}


def _fault(entry: Entry, shops: dict[str, int], goods: dict[str, int], today: date) -> tuple[str, Any, str] | None:
    if entry["licence_no"] not in shops:
        return "licence_no", entry["licence_no"], _("The company has no retailer with this licence.")
    if entry["product_code"] not in goods:
        return "product_code", entry["product_code"], _("The company has no such product.")
    if entry["day"] > today:
        return "day", entry["day"], _("This lies in the future.")
    if not 0 < entry["price"] <= _MOST_FEN:
        return (
            "price",
            f"{entry['price'] / 100:.2f}",
            _("This is no price that a shop asks. Leave the row out where none was found."),
        )
    return None
