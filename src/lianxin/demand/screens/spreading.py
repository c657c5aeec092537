"""Rows of an author's lines, and of a sum spread over those below."""

from collections import Counter
from typing import Any

import numpy as np
import pyarrow as pa
from django.utils.translation import gettext as _

from lianxin.core.forecasting.spreading import spread
from lianxin.demand.checks import reason_title
from lianxin.demand.models import Sheet
from lianxin.demand.queries import attachments, entries, rounds
from lianxin.demand.queries.desks import desk_of
from lianxin.demand.queries.lines import lines_of, whole_units
from lianxin.demand.queries.people_named import persons_named, units_named
from lianxin.demand.screens.words import borrowed_badge
from lianxin.demand.states import LineState
from lianxin.people.queries import units_under
from lianxin.ui.parts import Figure
from lianxin.ui.tables import Column


def line_columns(sheet: Sheet) -> list[Column]:
    """The columns of an author's lines."""
    shop = [
        Column(key="shop", title=_("Retailer"), note=lambda r: r["licence_no"]),
    ]
    columns = [
        Column(key="product", title=_("Product"), note=lambda r: r["borrowed"]),
        Column(key="system", title=_("System"), kind="number", decimals=1),
        Column(key="own", title=_("Own number"), kind="figure", on_card=True, sort_by="own_order"),
        Column(key="difference", title=_("Change of the system's"), kind="number", on_card=True),
        Column(key="reason", title=_("Reason"), sortable=False),
        Column(key="words", title=_("In words"), sortable=False),
        Column(key="evidence", title=_("Evidence"), shown=False, sortable=False),
        Column(key="n_files", title=_("Files"), kind="number", shown=False),
        Column(key="entered_at", title=_("Entered"), kind="instant", shown=False),
        Column(key="state", title=_("State of the line"), kind="badge"),
        Column(key="line_no", title=_("By value × uncertainty"), kind="number", shown=False),
    ]
    return columns if sheet.is_of_sums else [*shop, *columns]


def line_rows(sheet: Sheet) -> list[dict[str, Any]]:
    """Every line of an author with the number that counts."""
    desk = desk_of(sheet)
    current = entries.current(sheet)
    rows = desk.lines.rows(range(len(desk.lines)))
    shops = {} if sheet.is_of_sums else desk.names.retailers([row["retailer_id"] for row in rows])
    files = Counter(attachments.of_sheet(sheet).values_list("line_no", flat=True))
    states = (LineState.TO_DO, LineState.ACCEPTED, LineState.ENTERED)
    found = []
    for number, row in enumerate(rows):
        lender = desk.lenders.of(row)
        entry, state = current.get(number), states[desk.states[number]]
        own = entry.units if entry else row["mean_milli"] / 1000 if state == LineState.ACCEPTED else None
        licence, shop = shops.get(row["retailer_id"], ("", ""))
        found.append(
            {
                "line_no": number,
                "shop": shop,
                "licence_no": licence,
                "product": desk.names.product(row["product_id"]),
                "borrowed": borrowed_badge(lender) if lender else "",
                "system": row["mean_milli"] / 1000,
                "own": Figure(value=own, decimals=0 if entry else 1, reason=_("nothing entered")),
                "own_order": -1.0 if own is None else float(own),
                "difference": entry.units - row["mean_milli"] / 1000 if entry else 0 if own is not None else None,
                "reason": reason_title(entry.reason) if entry and entry.reason else "",
                "words": entry.words if entry else "",
                "evidence": entry.evidence if entry else "",
                "n_files": files.get(number, 0),
                "entered_at": entry.entered_at if entry else None,
                "state": state.label,
            }
        )
    return found


def attached_rows(sheet: Sheet) -> list[dict[str, Any]]:
    """Every photograph and file beside an author's lines, with what each is about."""
    found = list(attachments.of_sheet(sheet))
    desk = desk_of(sheet)
    rows = dict(zip([one.pk for one in found], desk.lines.rows([one.line_no for one in found]), strict=True))
    shops = {} if sheet.is_of_sums else desk.names.retailers([row["retailer_id"] for row in rows.values()])
    return [
        {
            "file": one,
            "product": desk.names.product(rows[one.pk]["product_id"]),
            "shop": shops.get(rows[one.pk]["retailer_id"], ("", ""))[1],
        }
        for one in found
    ]


def own_units(sheet: Sheet, line_no: int) -> int | None:
    """The number that an author gave for a line last."""
    entry = entries.current(sheet, [line_no]).get(line_no)
    return entry.units if entry else None


def own_sum(sheet: Sheet, product_id: int, step: int) -> tuple[int, set[int] | None]:
    """The line of a sheet of sums for a product and step, and the units that it sums; None for the company.

    Raises
    ------
    Missing : the sheet has no such sum.
    """
    number = lines_of(sheet).by_key.get((-1, product_id, step)) if sheet.is_of_sums else None
    if number is None:
        raise rounds.no_line()
    return number, None if sheet.unit_id is None else units_under({sheet.unit_id}, sheet.round.company)


def spread_columns() -> list[Column]:
    """The columns of a sum spread."""
    return [
        Column(key="person", title=_("Customer manager"), sortable=False),
        Column(key="unit", title=_("Unit"), sortable=False),
        Column(key="n_retailers", title=_("Retailers"), kind="number", sortable=False),
        Column(key="system", title=_("System"), kind="number", sortable=False),
        Column(key="share", title=_("Part of the whole"), kind="share", sortable=False),
        Column(key="units", title=_("Of my sum"), kind="number", on_card=True, sortable=False),
        Column(key="place", title=_("Place"), kind="number", shown=False),
    ]


def spread_rows(parts: pa.Table, total: int) -> list[dict[str, Any]]:
    """Whole units of a sum for each manager, by the system's shares."""
    rows = parts.to_pylist()
    weights = np.array([row["mean_milli"] for row in rows], np.int64)
    whole = int(weights.sum())
    persons = persons_named({row["person_id"] for row in rows if row["person_id"] is not None})
    units = units_named({row["unit_id"] for row in rows if row["unit_id"] is not None})
    return [
        {
            "place": place,
            "person": persons.get(row["person_id"], _("held by nobody")),
            "unit": units.get(row["unit_id"], ""),
            "n_retailers": row["n_retailers"],
            "system": int(whole_units(row["mean_milli"])),
            "share": row["mean_milli"] / whole if whole else None,
            "units": int(part),
        }
        for place, (row, part) in enumerate(zip(rows, spread(total, weights), strict=True))
    ]
