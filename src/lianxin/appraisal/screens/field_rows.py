"""The visits, promises and checks behind a figure of field work, each open to its own page."""

from typing import Any

import pyarrow as pa
from django.urls import reverse
from django.utils.translation import gettext as _

from lianxin.appraisal.screens.arrow_source import ArrowSource
from lianxin.ui.parts import Empty
from lianxin.ui.tables import Column, Table


def _words(says: str | None) -> str:
    words = {
        "yes": _("yes"),
        "no": _("no"),
        "cannot_tell": _("cannot tell"),
        "planned": _("not made"),
        "done": _("made"),
        "open": _("not kept yet"),
        "kept": _("promise kept"),
        "not_kept": _("not kept"),
        "confirmed": _("at the shop"),
        "not_confirmed": _("not at the shop"),
        "no_fix": _("no position"),
        "unasked": _("stands out, nobody asked: counted nowhere"),
        "asked": _("asked about: counted nowhere until it is concluded"),
        "confirmed_hollow": _("problem confirmed"),
        "cleared": _("cleared by a conclusion"),
        "not_proven": _("not enough evidence: counted nowhere"),
        "attended": _("on the market"),
        "not_attended": _("no visit recorded"),
        "visited": _("visited"),
        "not_visited": _("not visited"),
        "absence": _("not owed: absent"),
        "holiday": _("not owed: holiday"),
        "weather": _("not owed: dangerous weather"),
    }
    return words.get(says or "", says or _("not recorded"))


def field_table(rows: pa.Table) -> Table:
    """The rows of `core.measuring.fieldwork_rows`; a visit opens to its three sides, with witnesses and checks."""

    def visit_page(row: Any) -> str:
        return reverse("oversight:sides", args=[row["visit_id"]]) if row["visit_id"] else ""

    return Table(
        name="evidence",
        title=_("Rows"),
        default_sort="-day",
        columns=[
            Column(
                key="retailer",
                title=_("Retailer"),
                note=lambda row: row["licence_no"] or "",
                href=visit_page,
            ),
            Column(key="day", title=_("Day"), kind="day", on_card=True),
            Column(key="says", title=_("Answer"), on_card=True, value=lambda row: _words(row["says"])),
            Column(key="counts", title=_("In the numerator"), value=lambda row: _("yes") if row["counts"] else _("no")),
            Column(key="row_id", title=_("Number"), shown=False),
        ],
        source=ArrowSource(rows, key="row_id"),
        empty=Empty(title=_("No rows"), text=_("Nothing of this kind was recorded in the month.")),
    )
