"""Files of how much there is to share."""

from datetime import date

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from lianxin.foundation.imports.kinds import Column, Intake
from lianxin.foundation.imports.rows import Book, RowKind
from lianxin.foundation.imports.sentences import known_otherwise
from lianxin.supply.actions import batches
from lianxin.supply.imports import streaming
from lianxin.supply.models import SupplyAmount
from lianxin.supply.queries import rounds


class Supplies(RowKind):
    """How much of each scarce product there is to share in a week."""

    name = "supplies"
    title = gettext_lazy("Supply of scarce goods")
    columns = (
        Column("week", streaming.week, required=True),
        Column("product_code", streaming.key, required=True),
        Column("supply_units", streaming.units, required=True),
    )

    def decide(self, book: Book, intake: Intake) -> None:
        products = batches.product_ids(intake.company)
        closed = rounds.closed_products(intake.company)
        rows: dict[tuple[date, int], SupplyAmount] = {
            (row.week, row.product_id): row for row in SupplyAmount.objects.filter(company=intake.company)
        }
        for line in book.lines:
            entry = line.entries[0]
            week, units = entry["week"], entry["supply_units"]
            product = products.get(entry["product_code"])
            if product is None:
                sentence = _("There is no product with this code. Import the products first.")
                book.refuse(line, "product_code", entry["product_code"], sentence)
                continue
            row = rows.get((week, product))
            if row is not None and row.units == units:
                book.duplicate(line)
            elif (week, product) in closed:
                sentence = _("Requests for this week are closed: round %(number)s is made of them.")
                book.refuse(line, "week", week, sentence % {"number": closed[week, product]})
            elif row is None:
                row = SupplyAmount(company=intake.company, week=week, product_id=product, units=units)
                rows[week, product] = row
                book.journal.make(row)
                book.accept(line)
            elif not intake.is_correction or row.pk is None:
                known = known_otherwise(entry, {"supply_units": row.units}, ["supply_units"])
                book.refuse(line, "supply_units", units, known)
            else:
                book.journal.change(row)
                row.units = units
                book.accept(line)
