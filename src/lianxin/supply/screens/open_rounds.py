"""The public page of a round and its file of rows: no cookie, no name of goods, and answers that may be kept by anyone."""

import csv
from collections.abc import Callable
from dataclasses import replace
from functools import wraps
from io import StringIO
from typing import Any, Final

from django.conf import settings
from django.core.cache import cache
from django.http import Http404, HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from lianxin.core.allocating.publishing import LEAST_RETAILERS, Row
from lianxin.foundation import clock
from lianxin.foundation.accounts import client_address
from lianxin.foundation.errors import Missing
from lianxin.foundation.gate import for_anyone
from lianxin.supply.models import Round
from lianxin.supply.queries import open as queries
from lianxin.supply.queries import rounds as rounds_of_life
from lianxin.supply.queries.open_rows import OpenPart, row_code

A_MINUTE: Final = 60
LANGUAGES: Final = tuple(code for code, _name in settings.LANGUAGES)
COLUMNS: Final = (
    "round", "week", "product", "price_class", "rule", "supply_units", "lot_units", "row", "side", "tiers", "n_retailers",
    "takeable_units", "weights", "weight_sum", "level_from", "level_until", "group", "group_supply_units",
)  # fmt: skip


def openly(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """For a page that is the same for everybody: its language stands in its address, it may be kept, and calls are limited."""

    @wraps(view)
    def answered(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        bucket = f"open:{client_address(request)}:{int(clock.now().timestamp()) // 60}"
        cache.add(bucket, 0, timeout=120)
        if cache.incr(bucket) > A_MINUTE:
            answer = HttpResponse(_("Too many calls from this address. Please wait a minute."), status=429)
            answer["Retry-After"] = "60"
            return answer
        asked = request.GET.get("lang", "")
        with translation.override(asked if asked in LANGUAGES else settings.LANGUAGE_CODE):
            answer = view(request, *args, **kwargs)
            answer["Content-Language"] = translation.get_language()
        answer["Cache-Control"] = "public, max-age=300"
        # The middleware looked whether somebody is signed in. Nothing here depends on it, so nobody's copy is his own.
        request.session.accessed = False
        return answer

    return answered


@for_anyone
@require_safe
@openly
def rounds(request: HttpRequest, company: str) -> HttpResponse:
    try:
        found = queries.open_rounds(company)
    except Missing as missing:
        raise Http404 from missing
    context = {"rounds": found, "code": company, **_frame(request)}
    return HttpResponse(render_to_string("supply/open/rounds.html", context))


@for_anyone
@require_safe
@openly
def one_round(request: HttpRequest, company: str, number: int) -> HttpResponse:
    found = _round(company, number)
    language = translation.get_language()
    key = queries.kept_for(found, "page", language)
    page = queries.answer_kept(key)
    if page is None:
        page = _page(request, found, company)
        queries.keep_answer(key, page)
    return HttpResponse(page)


@for_anyone
@require_safe
@openly
def rows(request: HttpRequest, company: str, number: int) -> HttpResponse:
    found = _round(company, number)
    if not queries.is_published(found):
        raise Http404
    key = queries.kept_for(found, "rows", "")
    text = queries.answer_kept(key)
    if text is None:
        text = _rows(found)
        queries.keep_answer(key, text)
    answer = HttpResponse(text, content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="round-{company}-{found.number}.csv"'
    return answer


def _round(company: str, number: int) -> Round:
    try:
        return queries.open_round(company, number)
    except Missing as missing:
        raise Http404 from missing


def _frame(request: HttpRequest) -> dict[str, Any]:
    languages = [(code, name, code == translation.get_language()) for code, name in settings.LANGUAGES]
    return {"languages": languages, "path": request.path}


def _page(request: HttpRequest, found: Round, company: str) -> str:
    shown = queries.products(found)
    names = queries.names_in(found)
    n_changed = queries.changed_by_hand(found)
    withdrawal = rounds_of_life.withdrawal(found)
    context = {
        "round": found,
        "code": company,
        "products": shown,
        "is_published": queries.is_published(found),
        "closed_at": rounds_of_life.closed_at(found),
        "reopenings": [replace(one, words=queries.told_words(one, names)) for one in rounds_of_life.reopenings(found)],
        "withdrawal": withdrawal,
        "withdrawal_words": queries.told_words(withdrawal, names) if withdrawal else "",
        "was_draw_seen": rounds_of_life.was_draw_seen(found),
        "withdrawn_before": [
            (one, rounds_of_life.was_draw_seen(one)) for one in rounds_of_life.withdrawn_before(found)
        ],
        "has_draw": any(one.has_draw for one in shown),
        "seed": queries.seed_of(found, shown),
        "invented_note": queries.without_names(found.invented_note, names),
        "is_invented": bool(found.invented_note),
        "n_changed": n_changed,
        "few_changed": 0 < n_changed < LEAST_RETAILERS,
        "least": LEAST_RETAILERS,
        **_frame(request),
    }
    # Without the request, so that no token of a form and no word about who reads comes into what everybody gets.
    with timezone.override(found.company.zone):
        return render_to_string("supply/open/round.html", context)


def _rows(found: Round) -> str:
    text = StringIO()
    text.write("\ufeff")
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    for product in queries.products(found):
        for part in product.parts:
            writer.writerows(_cells(found, product, part, row) for row in part.rows)
    return text.getvalue()


def _cells(found: Round, product: queries.OpenProduct, part: OpenPart, row: Row) -> list[Any]:
    """A row of the file; its group and that group's supply are empty where the product has one level."""
    return [
        found.number, found.week.isoformat(), product.number, _text(product.price_class), product.rule,
        product.supply_units, product.lot_units, row_code(found, product.product_id, part, row), row.side,
        " ".join(map(str, row.tiers)), row.n_retailers, row.takeable_units,
        " ".join(f"{float(weight):.12g}" for weight in row.weights), f"{float(row.weight_sum):.12g}",
        f"{float(row.level_from):.12g}", f"{float(row.level_until):.12g}",
        part.code, part.supply_units if part.code else "",
    ]  # fmt: skip


def _text(cell: str) -> str:
    return "'" + cell if cell.startswith(("=", "+", "-", "@")) else cell
