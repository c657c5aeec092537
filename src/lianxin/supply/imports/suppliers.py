"""Files of agreements with suppliers: by supplier, goods and period, what was agreed and what came."""

import re
import unicodedata
from datetime import date
from typing import Any, Final, NamedTuple

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from lianxin.core.units import month_plus
from lianxin.foundation.imports import cells
from lianxin.foundation.imports.cells import CellWrong, Formats, plain
from lianxin.foundation.imports.kinds import Column, Intake
from lianxin.foundation.imports.lines import Entry, Line
from lianxin.foundation.imports.rows import Book, RowKind
from lianxin.foundation.imports.sentences import known_otherwise, two_contents
from lianxin.goods.models import Product
from lianxin.supply.models import SupplierAgreement

MOST_UNITS: Final = 2_000_000_000
CONTENT: Final = ("agreed_units", "transferred_units")
_QUARTERS: Final = {"一": 1, "二": 2, "三": 3, "四": 4}
_PERIOD: Final = re.compile(
    r"(?P<year>\d{4})(?:年|-)?(?:(?P<half>上半年|下半年|H[12])|(?:第)?(?P<quarter>[一二三四]季度|[1-4]季度|Q[1-4])|(?P<whole>全年)?)",
    re.IGNORECASE,
)


class Period(NamedTuple):
    """Whole months: the first, and how many."""

    first: date
    n_months: int

    @property
    def last(self) -> date:
        return month_plus(self.first, self.n_months - 1)

    def __str__(self) -> str:
        return f"{self.first:%Y-%m}" if self.n_months == 1 else f"{self.first:%Y-%m} … {self.last:%Y-%m}"


def period(raw: Any, formats: Formats) -> Period:
    """A month (2021-12), a quarter (2021Q4, 2021年四季度), a half (2021H2, 2021下半年) or a year (2021全年) of the calendar."""
    written = unicodedata.normalize("NFKC", plain(raw)).replace(" ", "")
    found = _PERIOD.fullmatch(written)
    if found is None:
        try:
            return Period(cells.month(raw, formats), 1)
        except CellWrong as wrong:
            raise CellWrong(
                _("This is no period. Write a month as 2021-12, a quarter as 2021Q4, a half year as 2021H2.")
            ) from wrong
    year = int(found["year"])
    if not cells.FIRST_YEAR <= year <= cells.LAST_YEAR:
        raise CellWrong(_("The year is out of range."))
    if found["half"]:
        return Period(date(year, 1 if found["half"].upper() in ("上半年", "H1") else 7, 1), 6)
    if found["quarter"]:
        sign = found["quarter"].upper().removesuffix("季度").removeprefix("Q")
        return Period(date(year, 3 * (_QUARTERS.get(sign) or int(sign)) - 2, 1), 3)
    return Period(date(year, 1, 1), 12)


class SupplierAgreements(RowKind):
    """What the company agreed with suppliers. What came is brought when the period is over; until then it is not known."""

    name = "supplier_agreements"
    title = gettext_lazy("Agreements with suppliers")
    columns = (
        Column("supplier", cells.key(80), required=True),
        Column("product_code", cells.key(40)),
        Column("brand", cells.key(80)),
        Column("period", period, required=True),
        Column("agreed_units", cells.whole(0, MOST_UNITS), required=True),
        Column("transferred_units", cells.whole(0, MOST_UNITS)),
    )

    def decide(self, book: Book, intake: Intake) -> None:
        goods = dict(Product.objects.filter(company=intake.company).values_list("product_code", "pk"))
        today = intake.at.astimezone(intake.company.zone).date()
        known: dict[tuple[Any, ...], SupplierAgreement] = {
            (row.supplier, row.product_id, row.brand, row.first_month, row.n_months): row
            for row in SupplierAgreement.objects.filter(company=intake.company)
        }
        lines: dict[tuple[Any, ...], int] = {}
        for line in book.lines:
            entry = line.entries[0]
            fault = _fault(entry, goods, today)
            if fault:
                book.refuse(line, *fault)
                continue
            told: Period = entry["period"]
            product = goods.get(entry.get("product_code") or "")
            key = (entry["supplier"], product, entry.get("brand") or "", told.first, told.n_months)
            self._settle(book, intake, line, key, known, lines)

    def _settle(
        self, book: Book, intake: Intake, line: Line, key: tuple[Any, ...], known: dict[tuple[Any, ...], SupplierAgreement],
        lines: dict[tuple[Any, ...], int],
    ) -> None:  # fmt: skip
        entry, old = line.entries[0], known.get(key)
        new: Entry = {name: entry.get(name) for name in CONTENT}
        if old is None:
            supplier, product, brand, first, n_months = key
            known[key] = SupplierAgreement(
                company=intake.company,
                supplier=supplier,
                product_id=product,
                brand=brand,
                first_month=first,
                n_months=n_months,
                **new,
            )
            lines[key] = line.number
            book.journal.make(known[key])
            book.accept(line)
            return
        before = {name: getattr(old, name) for name in CONTENT}
        # What came may be told later than what was agreed: to fill it in corrects nothing.
        fills = before["transferred_units"] is None and new["transferred_units"] is not None
        if new["transferred_units"] is None:
            new["transferred_units"] = before["transferred_units"]
        changed = [name for name in CONTENT if new[name] != before[name]]
        if not changed:
            book.duplicate(line)
        elif key in lines:
            book.refuse(line, changed[0], entry.get(changed[0]), two_contents(new, before, changed, lines[key]))
        elif not intake.is_correction and not (fills and changed == ["transferred_units"]):
            book.refuse(line, changed[0], entry.get(changed[0]), known_otherwise(new, before, changed))
        else:
            book.journal.change(old)
            for name in changed:
                setattr(old, name, new[name])
            lines[key] = line.number
            book.accept(line)


def _fault(entry: Entry, goods: dict[str, int], today: date) -> tuple[str, Any, str] | None:
    code, brand = entry.get("product_code") or "", entry.get("brand") or ""
    if bool(code) == bool(brand):
        return "product_code", code, _("A line names either a product or a brand.")
    if code and code not in goods:
        return "product_code", code, _("There is no product with this code. Import the products first.")
    told: Period = entry["period"]
    if entry.get("transferred_units") is not None and today < month_plus(told.last, 1):
        reason = _(
            "The period is not over, so that not all has come. Leave transferred_units empty, and bring it when it is over."
        )
        return "transferred_units", entry["transferred_units"], reason
    return None
