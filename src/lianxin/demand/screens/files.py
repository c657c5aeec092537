"""A sheet taken away as a spreadsheet and brought back filled: what cannot be taken is told row by row."""

import tempfile
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from lianxin.demand.actions import entering
from lianxin.demand.checks import LARGEST, Number, reason_choices, reason_title
from lianxin.demand.models import Sheet
from lianxin.demand.queries import entries, rounds
from lianxin.demand.queries.desks import Desk, desk_of
from lianxin.demand.queries.people_named import persons_named
from lianxin.demand.queries.seen import NOTHING
from lianxin.demand.screens.file_words import HEADS, codes_of_heads, codes_of_reasons
from lianxin.demand.screens.forms import FileForm
from lianxin.demand.screens.judged_rows import listed
from lianxin.demand.screens.seen_words import NAMES, told_seen
from lianxin.demand.screens.words import borrowed_words, round_title
from lianxin.demand.states import Way
from lianxin.foundation import clock, parameters
from lianxin.foundation.context import company_of, user_of
from lianxin.foundation.errors import Refused
from lianxin.foundation.gate import needs
from lianxin.foundation.imports import cells, sheets
from lianxin.foundation.imports.cells import CellWrong, Formats
from lianxin.foundation.imports.files import open_input
from lianxin.ui.exports import XLSX_TYPE, xlsx_file
from lianxin.ui.parts import Crumb, Empty
from lianxin.ui.sources import ListSource
from lianxin.ui.tables import Column, Table

# Names of columns; their heads are written in the reader's language, and read in every one.
KEYS: Final = ("period_start", "licence_no", "product_code")
READ: Final = (*KEYS, "units", "reason", "words", "evidence")
_SEEN_COLUMNS: Final = (
    ("stock_units", "number"),
    ("stock_counted_on", "day"),
    ("retail_price", "money"),
    ("guide_price", "money"),
    ("price_seen_on", "day"),
    ("price_seen_by", "text"),
    ("price_source", "text"),
)
_SUMS_COLUMNS: Final = tuple((name, "number") for name in NAMES)
_LARGEST_FILE: Final = 20 << 20


@dataclass(frozen=True)
class RefusedRow:
    """A row of the file that was not taken."""

    line: int
    column: str
    value: str
    reason: str


@needs("forecasts.write")
def sheet_file(request: HttpRequest, pk: int) -> FileResponse:
    """Every line of one's own sheet, with a column for the own number."""
    sheet = _own(request, pk)
    desk = desk_of(sheet)
    columns = [Column(key=name, title=HEADS[name], kind=kind) for name, kind in _columns(sheet)]  # type: ignore[arg-type]
    offered = listed([title for _code, title in _reasons(sheet)])
    about = [
        (_("List"), _("My forecast")),
        (_("Forecast for"), round_title(sheet.round)),
        (
            _("Fill in"),
            _("“My forecast”, and “Reason” where you change the system's number; leave the other columns as they are"),
        ),
        (_("Reasons"), offered),
    ]
    file = xlsx_file(columns, _file_rows(desk), about)
    return FileResponse(file, as_attachment=True, filename=f"forecast-{sheet.round}.xlsx", content_type=XLSX_TYPE)


@needs("forecasts.write")
@require_http_methods(["GET", "POST"])
def sheet_upload(request: HttpRequest, pk: int) -> HttpResponse:
    sheet = _own(request, pk)
    form = FileForm(request.POST or None, request.FILES or None)
    crumbs = [Crumb(title=_("My forecast"), url=reverse("demand:mine", args=[pk]))]
    if request.method == "POST" and form.is_valid():
        try:
            numbers, refused, n_read = _read(desk_of(sheet), form.cleaned_data["file"])
            taken = entering.enter(
                sheet=sheet, numbers=[number for number, _line in numbers], way=Way.FILE, by=user_of(request), at=clock.now(),
                on=clock.today(sheet.round.company), partly=True,
            )  # fmt: skip
        except Refused as fault:
            form.add_error("file", fault.message)
        else:
            lines = {number.line_no: line for number, line in numbers}
            refused += [
                RefusedRow(lines[one.line_no], str(HEADS.get(one.field, one.field)), "", one.text)
                for one in taken.wrong
            ]
            return _result(request, sheet, refused, n_read, len(taken.entries), taken.n_same, crumbs)
    context = {
        "form": form,
        "heading": _("Bring a filled file back"),
        "text": _(
            "Rows without a number in “My forecast” are passed over; a row that cannot be taken is told with its reason."
        ),
        "submit_title": _("Take it in"),
        "crumbs": crumbs,
    }
    return render(request, "demand/form.html", context, status=422 if form.errors else 200)


def _result(
    request: HttpRequest,
    sheet: Sheet,
    refused: list[RefusedRow],
    n_read: int,
    n_new: int,
    n_same: int,
    crumbs: list[Crumb],
) -> HttpResponse:
    table = Table(
        name="refused_rows",
        title=_("Rows that were not taken"),
        default_sort="line",
        columns=[
            Column(key="line", title=_("Row of the file"), kind="number"),
            Column(key="column", title=_("Column")),
            Column(key="value", title=_("What stood there")),
            Column(key="reason", title=_("Why"), on_card=True),
        ],
        source=ListSource(sorted(refused, key=lambda one: one.line), key="line"),
        page_size=1000,
        exports=(),
        empty=Empty(title=_("Every row was taken"), text=""),
    )
    context = {
        "table": table.page(request.GET), "sheet": sheet, "n_read": n_read, "n_new": n_new, "n_same": n_same,
        "n_refused": len(refused), "crumbs": crumbs,
    }  # fmt: skip
    return render(request, "demand/taken.html", context, status=422 if refused else 200)


def _columns(sheet: Sheet) -> list[tuple[str, str]]:
    shop = [] if sheet.is_of_sums else [("licence_no", "text"), ("retailer", "text")]
    return [
        ("period_start", "day"), *shop, ("product_code", "text"), ("product", "text"), ("units", "number"), ("reason", "text"),
        ("words", "text"), ("evidence", "text"), ("system_mean", "number"), ("system_low", "number"), ("system_high", "number"),
        ("last_period", "number"), ("year_ago", "number"), ("state", "text"), ("borrowed", "text"),
        *(_SUMS_COLUMNS if sheet.is_of_sums else _SEEN_COLUMNS),
    ]  # fmt: skip


def _file_rows(desk: Desk) -> Iterator[dict[str, Any]]:
    current = entries.current(desk.sheet)
    rows = desk.lines.rows(range(len(desk.lines)))
    shops = {} if desk.sheet.is_of_sums else desk.names.retailers([row["retailer_id"] for row in rows])
    seen_by = persons_named({price.person_id for price in desk.prices.values() if price.person_id is not None})
    for number, row in enumerate(rows):
        entry, price, count = current.get(number), desk.prices.get(number), desk.counts.get(number)
        lender = desk.lenders.of(row)
        licence, name = shops.get(row["retailer_id"], ("", ""))
        yield {
            "period_start": row["period_start"],
            "licence_no": licence,
            "retailer": name,
            "product_code": desk.names.product_code(row["product_id"]),
            "product": desk.names.product(row["product_id"]),
            "units": entry.units if entry else None,
            "reason": reason_title(entry.reason) if entry and entry.reason else "",
            "words": entry.words if entry else "",
            "evidence": entry.evidence if entry else "",
            "system_mean": row["mean_milli"] / 1000,
            "system_low": None if row["q10_milli"] is None else row["q10_milli"] / 1000,
            "system_high": None if row["q90_milli"] is None else row["q90_milli"] / 1000,
            "last_period": row["back_1"],
            "year_ago": row["year_ago_units"],
            "state": str(entries.STATES[desk.states[number]].label),
            "borrowed": borrowed_words(lender) if lender else "",
            "stock_units": count.units if count else None,
            "stock_counted_on": count.counted_on if count else None,
            "retail_price": price.fen / 100 if price else None,
            "guide_price": price.guide_fen / 100 if price and price.guide_fen else None,
            "price_seen_on": price.seen_on if price else None,
            "price_seen_by": seen_by.get(price.person_id, "") if price and price.person_id else "",
            "price_source": price.source if price else "",
            **told_seen(desk.seen.get(number, NOTHING) if desk.sheet.is_of_sums else None),
        }


def _read(desk: Desk, upload: Any) -> tuple[list[tuple[Number, int]], list[RefusedRow], int]:
    """Numbers with the rows they stood on, rows that cannot be read, and how many rows had a number."""
    if upload.size > _LARGEST_FILE:
        raise Refused(_("The file is larger than a sheet can be."), field="file")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"sheet{Path(upload.name).suffix.lower()}"
        with path.open("wb") as out:
            for chunk in upload.chunks():
                out.write(chunk)
        if path.suffix == ".xlsx" and not zipfile.is_zipfile(path):
            raise Refused(
                _(
                    "This is no XLSX workbook, though its name says so. Take the lines away again and fill that file in."
                ),
                field="file",
            )
        codes = codes_of_heads()
        sheet = sheets.read(open_input(path, Path(folder)), frozenset(codes))
        places = {codes[name]: place for place, name in reversed(list(enumerate(sheet.head))) if name in codes}
        needed = {"period_start", "product_code", "units", *(() if desk.sheet.is_of_sums else ("licence_no",))}
        lacking = sorted(needed - set(places))
        if lacking:
            raise Refused(
                _("The file lacks the column(s) %(names)s. Take the lines away again and fill that file in.")
                % {"names": listed([HEADS[name] for name in lacking])},
                field="file",
            )
        rows = [(number, row) for number, row in sheet.rows if cells.plain(_cell(row, places, "units"))]
    read, refused, n_read = _numbers(desk, rows, places)
    whole = entering.with_what_stands(desk.sheet, [number for number, _line in read], given=set(places))
    return [(number, line) for number, (_told, line) in zip(whole, read, strict=True)], refused, n_read


def _numbers(
    desk: Desk, rows: list[tuple[int, list[Any]]], places: dict[str, int]
) -> tuple[list[tuple[Number, int]], list[RefusedRow], int]:
    codes = {code: pk for pk, (code, _name) in desk.names.products.items()}
    steps = {start: step for step, start in enumerate(desk.sheet.round.starts(), 1)}
    ids = [value for value in set(desk.lines.ints("retailer_id").tolist()) if value >= 0]
    licences = {licence: pk for pk, (licence, _name) in desk.names.retailers(ids).items()}
    reasons = codes_of_reasons(_parameters(desk.sheet))
    found: dict[int, tuple[Number, int]] = {}
    refused: list[RefusedRow] = []
    for line, row in rows:
        column = "period_start"
        try:
            step = steps.get(cells.day(_cell(row, places, column), Formats()))
            column = "units"
            units = cells.whole(0, LARGEST)(_cell(row, places, column), Formats())
        except CellWrong as wrong:
            refused.append(RefusedRow(line, str(HEADS[column]), cells.plain(_cell(row, places, column)), str(wrong)))
            continue
        if step is None:
            day = cells.plain(_cell(row, places, "period_start"))
            refused.append(
                RefusedRow(line, str(HEADS["period_start"]), day, _("The round has no period that begins on this day."))
            )
            continue
        licence = cells.plain(_cell(row, places, "licence_no"))
        code = cells.plain(_cell(row, places, "product_code"))
        shop = -1 if desk.sheet.is_of_sums else licences.get(licence, -2)
        number = desk.lines.by_key.get((shop, codes.get(code, -1), step))
        if number is None:
            refused.append(
                RefusedRow(
                    line, str(HEADS["product_code"]), f"{licence} {code}".strip(), _("Your sheet has no such line.")
                )
            )
            continue
        if number in found:
            refused.append(
                RefusedRow(
                    line, str(HEADS["product_code"]), code, _("This line stands twice in the file; the first counts.")
                )
            )
            continue
        reason = cells.plain(_cell(row, places, "reason"))
        words = (cells.plain(_cell(row, places, name)) for name in ("words", "evidence"))
        one = Number(
            line_no=number,
            units=units,
            reason=reasons.get(reason.casefold(), reason),
            words=next(words),
            evidence=next(words),
        )
        found[number] = (one, line)
    return list(found.values()), refused, len(rows)


def _cell(row: list[Any], places: dict[str, int], name: str) -> Any:
    place = places.get(name)
    return row[place] if place is not None and place < len(row) else ""


def _reasons(sheet: Sheet) -> list[tuple[str, str]]:
    return reason_choices(_parameters(sheet))


def _parameters(sheet: Sheet) -> dict[str, Any]:
    return parameters.in_force(sheet.round.company, on=clock.today(sheet.round.company))


def _own(request: HttpRequest, pk: int) -> Sheet:
    user = user_of(request)
    return rounds.own_sheet(user, rounds.round_of(user, company_of(request), pk))
