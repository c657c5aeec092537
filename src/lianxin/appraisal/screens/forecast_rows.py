"""The lines behind a figure of forecasts: what history and the system said, what was entered, what came."""

from typing import Any

import pyarrow as pa
from django.utils.translation import gettext as _

from lianxin.appraisal.screens.arrow_source import ArrowSource
from lianxin.ui import formats
from lianxin.ui.parts import Empty
from lianxin.ui.tables import Column, Table


def _repeats(row: Any) -> str:
    words = {
        "last": _("last period"),
        "average": _("moving average"),
        "last_year": _("same period last year"),
    }
    told = _(", ").join(words[code] for code in row["repeats"].split(",") if code)
    if told and row["chance_share"] is not None:
        return _("%(what)s (by chance: %(chance)s)") % {"what": told, "chance": formats.share(row["chance_share"])}
    return told


def forecast_table(rows: pa.Table, unit: str) -> Table:
    """The rows of `core.forecasting.indicators.forecast_rows`."""
    return Table(
        name="evidence",
        title=_("Rows"),
        default_sort="-error_units",
        columns=[
            Column(key="retailer", title=_("Retailer"), note=lambda row: row["licence_no"] or "", on_card=True),
            Column(key="product", title=_("Product"), note=lambda row: row["product_code"] or ""),
            Column(key="day", title=_("Period from"), kind="day"),
            Column(key="last_units", title=_("Last period"), unit=unit, kind="number"),
            Column(key="system_units", title=_("System forecast"), unit=unit, kind="number", decimals=1),
            Column(
                key="entered_units", title=_("Forecast that stood"), unit=unit, kind="number", decimals=1, on_card=True
            ),
            Column(key="came_units", title=_("What came"), unit=unit, kind="number", on_card=True),
            Column(key="error_units", title=_("Error"), unit=unit, kind="number", decimals=1, good="down"),
            Column(key="repeats", title=_("Equals"), value=_repeats, sortable=False),
            Column(key="counts", title=_("In the numerator"), value=lambda row: _("yes") if row["counts"] else _("no")),
            Column(key="row_id", title=_("Number"), shown=False),
        ],
        source=ArrowSource(rows, key="row_id"),
        empty=Empty(title=_("No rows"), text=_("Nothing was forecast in these months.")),
    )
