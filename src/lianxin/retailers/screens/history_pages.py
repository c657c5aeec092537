"""Everything that happened with a retailer: a part of its file, and a page with filters."""

from datetime import date
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from lianxin.foundation import clock
from lianxin.foundation.context import company_of, user_of
from lianxin.foundation.gate import needs
from lianxin.foundation.models import Company
from lianxin.retailers.models import Retailer
from lianxin.retailers.queries import happenings, retailer_file
from lianxin.ui.filters import Choice, Filter, FilterSet
from lianxin.ui.formats import day, instant
from lianxin.ui.parts import Crumb, Empty
from lianxin.ui.responses import list_page
from lianxin.ui.sources import ListSource
from lianxin.ui.tables import Column, Table

# How many rows stand on the file.
ON_FILE = 8


def asked_span(retailer: Retailer, first: date | None, last: date | None) -> happenings.Span:
    """The days asked for; from the first day known of the retailer until today by default."""
    company: Company = retailer.company
    return happenings.Span(first or happenings.first_day(retailer), last or clock.today(company), company)


def _day(asked: Any) -> date | None:
    return asked if isinstance(asked, date) else None


def when(row: happenings.Happening) -> str:
    return day(timezone.localtime(row.at).date()) if row.is_day else instant(row.at)


@needs("retailers.read")
@require_safe
def history(request: HttpRequest, retailer_id: int) -> HttpResponseBase:
    company, user = company_of(request), user_of(request)
    retailer = retailer_file(user, company, retailer_id, on=clock.today(company))
    kinds = happenings.kinds()
    filters = FilterSet(
        [
            Filter(key="kind", title=_("Kind"), kind="choices", choices=[Choice(*each) for each in kinds]),
            Filter(key="from", title=_("From"), kind="day"),
            Filter(key="until", title=_("Until"), kind="day"),
        ],
        request.GET,
    )
    span = asked_span(retailer, _day(filters["from"]), _day(filters["until"]))
    rows = happenings.of_retailer(user, retailer, span, asked=filters.several("kind"))
    titles = dict(kinds)
    table = Table(
        name="history",
        title=_("What happened"),
        default_sort="-at",
        columns=[
            Column(key="at", title=_("When"), value=when, sort_by="at", on_card=True),
            Column(key="kind", title=_("Kind"), kind="badge", value=lambda row: titles[row.kind], on_card=True),
            Column(
                key="words",
                title=_("What happened"),
                href=lambda row: row.url or None,
                note=lambda row: row.who,
                sortable=False,
                on_card=True,
            ),
        ],
        source=ListSource(rows, key="key"),
        empty=Empty(
            title=_("Nothing in these days"),
            text=_("Choose other days or kinds. Only what you may see is shown here."),
        ),
    )
    context: dict[str, Any] = {
        "retailer": retailer,
        "span": span,
        "crumbs": [
            Crumb(title=_("Retailers"), url=reverse("retailers:list")),
            Crumb(title=retailer.name, url=reverse("retailers:file", args=[retailer.pk])),
        ],
    }
    return list_page(request, "retailers/history.html", table, filters=filters, context=context)


@needs("retailers.read")
@require_safe
def history_part(request: HttpRequest, retailer_id: int) -> HttpResponse:
    """The newest of it, for the file, which asks for it once it stands."""
    company, user = company_of(request), user_of(request)
    retailer: Retailer = retailer_file(user, company, retailer_id, on=clock.today(company))
    rows = happenings.of_retailer(user, retailer, asked_span(retailer, None, None))
    titles = dict(happenings.kinds())
    context = {
        "retailer": retailer,
        "rows": [(when(row), titles[row.kind], row) for row in rows[:ON_FILE]],
        "n_more": max(0, len(rows) - ON_FILE),
    }
    return render(request, "retailers/history_part.html", context)
