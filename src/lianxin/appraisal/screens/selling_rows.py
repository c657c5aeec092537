"""The products counted in shops behind a figure of what sells: stock, what was bought, and how long it lasts."""

import pyarrow as pa
from django.urls import reverse
from django.utils.translation import gettext as _

from lianxin.appraisal.screens.arrow_source import ArrowSource
from lianxin.ui.parts import Empty, Figure
from lianxin.ui.tables import Column, Table


def selling_table(rows: pa.Table, unit: str) -> Table:
    """The rows of `core.measuring.selling.selling_rows`; a count opens to its visit."""
    return Table(
        name="evidence",
        title=_("Rows"),
        default_sort="-stock_units",
        columns=[
            Column(key="retailer", title=_("Retailer"), note=lambda row: row["licence_no"] or "",
                   href=lambda row: reverse("oversight:sides", args=[row["visit_id"]])),
            Column(key="product", title=_("Product"), note=lambda row: row["product_code"] or ""),
            Column(key="counted_at", title=_("Counted at"), kind="instant"),
            Column(key="stock_units", title=_("Counted in stock"), unit=unit, kind="number", on_card=True),
            Column(key="bought_units", title=_("Purchased in three months"), unit=unit, kind="number"),
            Column(key="stock_days", title=_("Lasts, days"), kind="figure", on_card=True,
                   value=lambda row: Figure(value=row["stock_days"], reason=_("nothing bought"))),
            Column(key="counts", title=_("In the numerator"), value=lambda row: _("yes") if row["counts"] else _("no")),
            Column(key="row_id", title=_("Number"), shown=False),
        ],
        source=ArrowSource(rows, key="row_id"),
        empty=Empty(title=_("No rows"), text=_("Nothing of this kind was recorded in the month.")),
    )  # fmt: skip
