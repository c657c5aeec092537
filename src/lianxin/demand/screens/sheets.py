"""One's own forecast: a page made for hundreds of lines, saved line by line."""

import re
from collections.abc import Mapping
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, JsonResponse, QueryDict
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from lianxin.demand import permissions
from lianxin.demand.actions import entering, submitting
from lianxin.demand.checks import LARGEST, Number, reason_choices, reason_title
from lianxin.demand.models import Round, Sheet
from lianxin.demand.queries import attachments, entries, rounds
from lianxin.demand.queries.desks import Desk, desk_of
from lianxin.demand.queries.without import gap_shown
from lianxin.demand.screens import sheet_filters, sheet_rows
from lianxin.demand.screens.price_words import price_sign, price_source, price_words
from lianxin.demand.screens.seen_words import seen_sentences
from lianxin.demand.screens.sheet_rows import Typed
from lianxin.demand.screens.words import borrowed_words, period_words, round_title, unit_words
from lianxin.demand.states import SheetState, Way
from lianxin.foundation import clock, parameters
from lianxin.foundation.context import company_of, user_of
from lianxin.foundation.errors import Refused
from lianxin.foundation.gate import needs
from lianxin.ui import formats
from lianxin.ui.addresses import with_query
from lianxin.ui.filters import FilterSet
from lianxin.ui.parts import Crumb

_FIELD = re.compile(r"n_(\d{1,9})")


@needs("forecasts.write")
def mine(request: HttpRequest, pk: int) -> HttpResponseBase:
    return _page(request, desk_of(_own(request, pk)))


@needs("forecasts.write")
@require_POST
def enter(request: HttpRequest, pk: int) -> HttpResponse:
    """Numbers typed on the page: one by the script, or all of a page by the button."""
    sheet = _own(request, pk)
    typed, numbers, unread = _typed(request.POST)
    numbers = _with_evidence(sheet, numbers, request.POST)
    asks_json = request.headers.get("Accept", "").startswith("application/json")
    wrong: dict[int, str] = dict(unread)
    try:
        taken = entering.enter(
            sheet=sheet, numbers=numbers, way=Way.PAGE, by=user_of(request), at=clock.now(),
            on=clock.today(sheet.round.company), partly=True,
        )  # fmt: skip
    except Refused as refused:
        if asks_json:
            return JsonResponse({"refused": refused.message, "saved": [], "wrong": []}, status=422)
        messages.error(request, refused.message)
        return _page(request, desk_of(_own(request, pk)), typed=typed, status=422)
    wrong.update({fault.line_no: fault.text for fault in taken.wrong})
    sheet = _own(request, pk)
    if asks_json:
        saved = [number.line_no for number in numbers if number.line_no not in wrong]
        body = {"refused": "", "saved": saved, "wrong": sorted(wrong.items()), **_counted(sheet)}
        return JsonResponse(body, status=422 if wrong else 200)
    if wrong:
        faulty = {
            number: Typed(one.units, one.reason, one.words, wrong.get(number, ""))
            for number, one in typed.items()
            if number in wrong
        }
        words = ngettext(
            "%(n)d line could not be saved; see it below.",
            "%(n)d lines could not be saved; see them below.",
            len(wrong),
        )
        messages.error(request, words % {"n": len(wrong)})
        return _page(request, desk_of(sheet), typed=faulty, status=422)
    words = ngettext("Saved: %(n)d new number.", "Saved: %(n)d new numbers.", len(taken.entries))
    messages.success(request, words % {"n": len(taken.entries)})
    return redirect(_back(request, pk))


@needs("forecasts.write")
@require_POST
def accept(request: HttpRequest, pk: int) -> HttpResponse:
    """The system's number for every line that the filters leave and that has nothing yet."""
    sheet = _own(request, pk)
    desk = desk_of(sheet)
    shown = _left(sheet_filters.filters_of(request.GET, sheet, desk.lines, desk.names), desk)
    try:
        made = entering.accept(sheet=sheet, lines=shown.tolist(), by=user_of(request), at=clock.now())
    except Refused as refused:
        messages.error(request, refused.message)
    else:
        n = made.n_lines if made else 0
        words = ngettext(
            "The system's number was accepted for %(n)d line.", "The system's number was accepted for %(n)d lines.", n
        )
        messages.success(request, words % {"n": n})
    return redirect(_back(request, pk))


@needs("forecasts.write")
@require_POST
def submit(request: HttpRequest, pk: int) -> HttpResponse:
    return _moved(request, pk, submitting.submit, _("Submitted. You may take it back until the deadline."))


@needs("forecasts.write")
@require_POST
def take_back(request: HttpRequest, pk: int) -> HttpResponse:
    return _moved(request, pk, submitting.take_back, _("Open again. Submit it before the deadline."))


@needs("forecasts.write")
def line(request: HttpRequest, pk: int, number: int) -> HttpResponse:
    """What lies behind a line: every version of one's own number, what was collected, what was ordered before."""
    sheet = _own(request, pk)
    desk = desk_of(sheet)
    if not 0 <= number < len(desk.lines):
        raise rounds.no_line()
    (view,) = sheet_rows.views(desk, [number], entries.current(sheet, [number]), {})
    back = len(view.row["history"]) + gap_shown(sheet.round)
    company, on = sheet.round.company, clock.today(sheet.round.company)
    context = {
        "unit": unit_words(company),
        "price_words": price_words(view.price, company) if view.price else "",
        "price_sign": price_sign(view.price) if view.price else "",
        "price_source": price_source(user_of(request), company, view.price, on=on) if view.price else None,
        "seen": seen_sentences(view.seen),
        "view": view,
        "range": sheet_rows.range_words(view.row),
        "mean": sheet_rows.milli(view.row["mean_milli"]),
        "plain": sheet_rows.milli(desk.plain.get(number)),
        "borrowed": borrowed_words(view.borrows) if view.borrows else "",
        "taken": formats.share(view.borrows.share(view.row["product_id"], view.row["step"]), 1) if view.borrows else "",
        "history": [
            (period_words(sheet.round, step - back), units) for step, units in enumerate(view.row["history"], 1)
        ],
        "number": number,
        "writes": permissions.may_enter(user_of(request), sheet, at=clock.now()),
        "reasons": reason_choices(parameters.in_force(sheet.round.company, on=clock.today(sheet.round.company))),
        "attachments": list(attachments.of_line(sheet, number)),
        "versions": [(one, reason_title(one.reason)) for one in entries.versions(sheet, number)],
        "sheet": sheet,
        "crumbs": [_crumb(sheet.round), Crumb(title=_("My forecast"), url=reverse("demand:mine", args=[pk]))],
    }
    in_place = request.headers.get("HX-Request") == "true"
    return render(request, "demand/line_part.html" if in_place else "demand/line.html", context)


def _moved(request: HttpRequest, pk: int, action: Any, words: str) -> HttpResponse:
    try:
        action(sheet=_own(request, pk), by=user_of(request), at=clock.now())
    except Refused as refused:
        messages.error(request, refused.message)
    else:
        messages.success(request, words)
    return redirect("demand:mine", pk)


def _page(
    request: HttpRequest, desk: Desk, *, typed: Mapping[int, Typed] | None = None, status: int = 200
) -> HttpResponse:
    sheet, user = desk.sheet, user_of(request)
    filters = sheet_filters.filters_of(request.GET, sheet, desk.lines, desk.names)
    shown = sheet_filters.page_of(_left(filters, desk), request.GET, sheet_filters.PAGE)
    numbers = shown.page.tolist()
    writes = permissions.may_enter(user, sheet, at=clock.now())
    reasons = reason_choices(parameters.in_force(sheet.round.company, on=clock.today(sheet.round.company)))
    views = sheet_rows.views(desk, numbers, entries.current(sheet, numbers), typed or {})
    takes = sheet.round.takes_entries(clock.now())
    context = {
        "sheet": sheet,
        "unit": unit_words(sheet.round.company),
        "round": sheet.round,
        "title": round_title(sheet.round),
        "period": period_words(sheet.round, 1),
        "filters": filters,
        "rows": sheet_rows.draw(desk, views, reasons, writes=writes),
        "reasons": reasons,
        "shown": shown,
        "n_left": len(shown.all),
        "n_to_accept": int((desk.states[shown.all] == 0).sum()),
        "writes": writes,
        "may_take_back": takes and sheet.state == SheetState.SUBMITTED,
        "may_submit": writes and (sheet.n_entered or sheet.n_accepted),
        "is_revealed": rounds.is_revealed(sheet.round),
        "of_sums": sheet.is_of_sums,
        "query": request.GET.urlencode(),
        "next_url": with_query(request.GET, {"after": str(shown.after), "before": None})
        if shown.after is not None
        else "",
        "previous_url": with_query(request.GET, {"before": str(shown.before), "after": None})
        if shown.before is not None
        else "",
        "crumbs": [_crumb(sheet.round)],
    }
    return render(request, "demand/sheet.html", context, status=status)


def _left(filters: FilterSet, desk: Desk) -> sheet_filters.Numbers:
    asked = filters.values.get("note")
    noted = {
        "counted": set(desk.counts) if asked == "counted" else set(),
        "price": set(desk.prices) if asked == "price" else set(),
        "hint": set(desk.hints) if asked == "hint" else set(),
    }
    return sheet_filters.left(filters, desk.lines, desk.states, desk.names, noted)


def _typed(given: QueryDict) -> tuple[dict[int, Typed], list[Number], dict[int, str]]:
    """What stands in the fields, the numbers among it, and why others are none. An empty field says nothing."""
    typed: dict[int, Typed] = {}
    numbers: list[Number] = []
    unread: dict[int, str] = {}
    for name, value in given.items():
        found = _FIELD.fullmatch(name)
        units = str(value).strip()
        if found is None or not units:
            continue
        line_no = int(found[1])
        one = Typed(units, str(given.get(f"r_{line_no}", "")), str(given.get(f"w_{line_no}", "")))
        typed[line_no] = one
        if units.isdecimal() and len(units) < 10:
            rests_on = tuple(str(value) for value in given.getlist(f"e_{line_no}") if value)
            numbers.append(
                Number(
                    line_no=line_no,
                    units=int(units),
                    reason=one.reason,
                    words=one.words,
                    rests_on=rests_on,
                    evidence=str(given.get(f"v_{line_no}", "")),
                )
            )
        else:
            unread[line_no] = _(
                "“%(value)s” cannot be taken. Write a whole number from 0 to %(most)s, digits only."
            ) % {"value": units[:40], "most": formats.number(LARGEST)}
    return typed, numbers, unread


def _with_evidence(sheet: Sheet, numbers: list[Number], given: QueryDict) -> list[Number]:
    """The row of the sheet shows no evidence: what was said of it before stands, where only the row was typed in."""
    rows = [number for number in numbers if f"v_{number.line_no}" not in given]
    rest = [number for number in numbers if f"v_{number.line_no}" in given]
    return [*entering.with_what_stands(sheet, rows, given=("reason", "words")), *rest]


def _own(request: HttpRequest, pk: int) -> Sheet:
    user = user_of(request)
    return rounds.own_sheet(user, rounds.round_of(user, company_of(request), pk))


def _counted(sheet: Sheet) -> dict[str, int]:
    return {"to_do": sheet.n_to_do, "entered": sheet.n_entered, "accepted": sheet.n_accepted}


def _back(request: HttpRequest, pk: int) -> str:
    query = request.GET.urlencode()
    return reverse("demand:mine", args=[pk]) + (f"?{query}" if query else "")


def _crumb(round: Round) -> Crumb:
    return Crumb(title=round_title(round), url=reverse("demand:round", args=[round.pk]))
