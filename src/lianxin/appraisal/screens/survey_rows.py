"""What a survey said of a manager by item: enough answers together, and no answer alone."""

import pyarrow as pa
from django.utils.translation import gettext as _

from lianxin.appraisal.screens.arrow_source import ArrowSource
from lianxin.ui import formats
from lianxin.ui.parts import Empty
from lianxin.ui.tables import Column, Table


def survey_table(rows: pa.Table) -> Table:
    """The rows of `core.measuring.satisfaction.survey_items`."""
    return Table(
        name="evidence",
        title=_("By item"),
        default_sort="score",
        columns=[
            Column(key="item", title=_("Item"), note=lambda row: row["dimension"]),
            Column(key="score", title=_("Score"), unit=_("points"), kind="number", decimals=1, on_card=True),
            Column(key="n", title=_("Answers"), kind="number", on_card=True),
            Column(key="weight", title=_("Weight of the dimension"), kind="number"),
            Column(key="survey_month", title=_("Survey of"), value=lambda row: formats.month(row["survey_month"])),
            Column(key="dimension", title=_("Dimension"), shown=False),
            Column(key="row_id", title=_("Number"), shown=False),
        ],
        source=ArrowSource(rows, key="row_id"),
        empty=Empty(
            title=_("Nothing can be told by item"),
            text=_(
                "Answers are told only where enough of them came together; which retailer gave one is known to nobody here."
            ),
        ),
    )
