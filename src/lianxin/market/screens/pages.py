import gzip
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from lianxin.core.measuring.figures import CODES, figures
from lianxin.foundation.context import company_of
from lianxin.foundation.errors import Missing
from lianxin.foundation.gate import needs
from lianxin.market.queries import choices
from lianxin.market.queries.asking import MASTER, versions
from lianxin.market.queries.figures import grouped, holdings, parameters_of, sums_of
from lianxin.market.queries.keeping import SHELF
from lianxin.market.queries.retail import retail_margin
from lianxin.market.screens import pictures
from lianxin.market.screens.asking import Asked, asked
from lianxin.market.screens.drill import Drill
from lianxin.market.screens.explaining import explanation, retail_explanation, retail_figure
from lianxin.market.screens.words import figures_of, finding, title_of, with_same_retailers
from lianxin.ui.addresses import with_query
from lianxin.ui.exports import export, export_asked
from lianxin.ui.parts import Empty
from lianxin.ui.responses import explanation_page

RETAIL_MARGIN = "retail_margin"
ROWS_SHOWN = 12


@needs("market.read")
def analysis(request: HttpRequest) -> HttpResponseBase:
    company = company_of(request)
    found = asked(request, company)
    if found is None:
        return render(request, "market/nothing.html", {"page_title": _("Market analysis"), "empty": nothing_yet()})
    parameters = parameters_of(company, found.question)
    rows = holdings(company, found.question, parameters)
    drill = Drill(found, request.GET, rows, parameters)
    table = drill.table()
    if export_asked(request, table):
        return export(request, table, found.filters, file_name=f"{found.subject} {table.title} {found.period}")
    sums = sums_of(rows)
    answers = with_same_retailers(figures(sums, parameters), sums)

    def explain(code: str) -> str:
        return reverse("market:explain", args=[code]) + with_query(request.GET, {"by": None, "sort": None})

    shown = figures_of(company, answers, explain)
    margin = retail_margin(company, found.question, parameters)
    shown.insert(6, retail_figure(margin, explain(RETAIL_MARGIN)))
    query = with_query(request.GET, {"by": None, "sort": None, "after": None, "before": None})
    return render(
        request,
        "market/analysis.html",
        {
            "page_title": sentence(found, rows, answers),
            "period": found.period,
            "subject": found.subject,
            "filters": found.filters,
            "figures": shown,
            "table": table.page(request.GET),
            "tabs": drill.tabs(),
            "crumbs_given": drill.crumbs(),
            "pictures_url": reverse("market:pictures") + query,
            "new_products_url": reverse("market:new_products") + query,
        },
    )


def sentence(found: Asked, rows: Any, answers: Any) -> str:
    names: dict[int, str]
    by_unit = found.unit is None and found.person is None and found.question.persons is None
    if by_unit:
        groups, names = grouped(rows, "unit_id"), choices.unit_names(found.company)
    else:
        groups = grouped(rows, "person_id")
        names = {key: name for key, (name, _number) in choices.person_names(found.company).items()}
    return finding(found.company, found.period, found.subject, answers, groups, lambda key: names.get(key, str(key)))


def nothing_yet() -> Empty:
    return Empty(
        title=_("There are no sales to show yet"),
        text=_("They appear when order lines have been imported and their monthly sums have been made."),
    )


def required(request: HttpRequest) -> Asked:
    found = asked(request, company_of(request))
    if found is None:
        raise Missing(_("There are no sales to show yet. Import order lines first."))
    return found


@needs("market.read")
def analysis_pictures(request: HttpRequest) -> HttpResponse:
    found = required(request)
    company, question = found.company, found.question
    colour, by = _colour(request), _structure(request)
    map_url = reverse("market:map") + with_query(request.GET, {"colour": colour, "parts": None})
    again = reverse("market:pictures")
    return render(
        request,
        "market/pictures.html",
        {
            "trend": pictures.trend(company, question, _sheet(request, "trend")),
            "structure": pictures.structure(company, question, _sheet(request, "structure"), by),
            "distribution": pictures.distribution(
                company,
                question,
                reverse("market:analysis")
                + with_query(request.GET, {"by": "retailer", "export": "xlsx", "colour": None}),
            ),
            "map_url": map_url,
            "colours": [
                (title_of(code), again + with_query(request.GET, {"colour": code}), code == colour)
                for code in pictures.COLOURS
            ],
            "structures": [
                (pictures.STRUCTURES[key].name, again + with_query(request.GET, {"parts": key}), key == by)
                for key in pictures.structures_of(company)
            ],
        },
    )


def _sheet(request: HttpRequest, kind: str) -> str:
    return reverse("market:picture_rows", args=[kind]) + with_query(request.GET, {"export": "xlsx", "colour": None})


@needs("market.read")
def picture_rows(request: HttpRequest, kind: str) -> HttpResponseBase:
    """The numbers behind a picture as a spreadsheet."""
    found = required(request)
    if kind == "trend":
        picture = pictures.trend(found.company, found.question)
    elif kind == "structure":
        picture = pictures.structure(found.company, found.question, by=_structure(request))
    else:
        raise Missing(_("There is no such picture on this page."))
    table = pictures.rows_of(picture)
    return export(request, table, found.filters, file_name=f"{found.subject} {found.period}")


def _colour(request: HttpRequest) -> str:
    given = request.GET.get("colour", "")
    return given if given in pictures.COLOURS else "same_period_change"


def _structure(request: HttpRequest) -> str:
    given = request.GET.get("parts", "")
    return given if given in pictures.STRUCTURES else "price_class"


@needs("market.read")
def analysis_map(request: HttpRequest) -> HttpResponse:
    found = required(request)
    colour = _colour(request)
    key = (
        "map", found.company.pk, found.question, colour, get_language(),
        versions(["sales_monthly", "retailer_monthly", *MASTER]),
    )  # fmt: skip

    def make() -> bytes:
        return gzip.compress(pictures.as_json(pictures.map_of(found.company, found.question, colour)), 3)

    packed = SHELF.get(key, make)
    if "gzip" not in request.headers.get("Accept-Encoding", ""):
        return HttpResponse(gzip.decompress(packed), content_type="application/json")
    response = HttpResponse(packed, content_type="application/json")
    response["Content-Encoding"] = "gzip"
    response["Vary"] = "Accept-Encoding, Cookie"
    return response


@needs("market.read")
def rows(request: HttpRequest) -> HttpResponse:
    """The first rows below a row of the table, opened in place."""
    found = required(request)
    parameters = parameters_of(found.company, found.question)
    sums = holdings(found.company, found.question, parameters)
    table = Drill(found, request.GET, sums, parameters).table()
    table.page_size = ROWS_SHOWN
    return render(
        request,
        "market/rows.html",
        {
            "table": table.page(request.GET),
            "level_url": reverse("market:analysis") + with_query(request.GET, {}),
        },
    )


@needs("market.read")
def explain(request: HttpRequest, code: str) -> HttpResponse:
    found = required(request)
    parameters = parameters_of(found.company, found.question)
    if code == RETAIL_MARGIN:
        margin = retail_margin(found.company, found.question, parameters)
        return explanation_page(request, retail_explanation(found, margin, request.GET))
    if code not in CODES:
        raise Missing(_("There is no such figure on this page."))
    sums = sums_of(holdings(found.company, found.question, parameters))
    answer = with_same_retailers(figures(sums, parameters), sums)[code]
    return explanation_page(request, explanation(found, answer, parameters, request.GET))
