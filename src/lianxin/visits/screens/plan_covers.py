"""Who stands in for whom, and a cover that ends early."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from lianxin.foundation import access, clock
from lianxin.foundation.context import company_of, user_of
from lianxin.foundation.errors import Refused
from lianxin.foundation.gate import needs
from lianxin.ui.parts import Crumb, Empty
from lianxin.ui.responses import list_page
from lianxin.ui.sources import QuerySetSource
from lianxin.ui.tables import Column, Table
from lianxin.visits.actions import replanning
from lianxin.visits.queries import planning


@needs("callplans.read")
def covers(request: HttpRequest) -> HttpResponseBase:
    company, user = company_of(request), user_of(request)
    on = clock.today(company)
    may_end = access.may(user, "callplans.change", company)
    rows = planning.covers_visible(user, company, on=on)

    def link(cover: Any) -> str | None:
        return reverse("visits:cover_end", args=[cover.pk]) if may_end and cover.valid_until > on else None

    table = Table(
        name="covers",
        title=_("Covers"),
        default_sort="-valid_from",
        columns=[
            Column(key="absent", title=_("Absent"), value=lambda c: c.absent.name, sort_by="absent__name", href=link),
            Column(
                key="covering",
                title=_("Who covers"),
                value=lambda c: c.covering.name,
                sort_by="covering__name",
                on_card=True,
            ),
            Column(key="valid_from", title=_("From"), kind="day", on_card=True),
            Column(key="valid_until", title=_("until before"), kind="day"),
            Column(key="reason", title=_("Reason"), sortable=False),
        ],
        source=QuerySetSource(rows, key="pk"),
        empty=Empty(
            title=_("Nobody covers for anybody"),
            text=_("A cover is entered in the plan of whoever is absent, under “Replan”."),
        ),
    )
    n_running = rows.filter(valid_from__lte=on, valid_until__gt=on).count()
    context = {"n_running": n_running, "crumbs": _above()[:1], "may_end": may_end}
    return list_page(request, "visits/plans/covers.html", table, context=context)


@needs("callplans.change")
@require_http_methods(["GET", "POST"])
def end(request: HttpRequest, pk: int) -> HttpResponse:
    company, user = company_of(request), user_of(request)
    on = clock.today(company)
    row = planning.cover_visible(user, company, pk, on=on)
    faults = ""
    if request.method == "POST":
        try:
            n = replanning.end_cover(cover=row, by=user, at=clock.now(), on=on)
        except Refused as refused:
            faults = refused.message
        else:
            told = ngettext("%(n)s visit goes back to %(person)s.", "%(n)s visits go back to %(person)s.", n)
            messages.success(request, told % {"n": n, "person": row.absent.name})
            return redirect("visits:covers")
    context = {"cover": row, "faults": faults, "crumbs": [*_above(), Crumb(title=row.absent.name)]}
    return render(request, "visits/plans/cover_end.html", context, status=422 if faults else 200)


def _above() -> list[Crumb]:
    return [
        Crumb(title=_("Call plans"), url=reverse("visits:plans") + "?all=1"),
        Crumb(title=_("Covers"), url=reverse("visits:covers")),
    ]
