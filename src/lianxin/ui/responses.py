"""Answers that many screens give: a list (as a page or a file) and an explanation (in the panel or as a page)."""

from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render

from lianxin.ui.exports import export, export_asked
from lianxin.ui.filters import FilterSet
from lianxin.ui.parts import Explanation, Progress
from lianxin.ui.tables import Table


def list_page(
    request: HttpRequest,
    template: str,
    table: Table,
    *,
    filters: FilterSet | None = None,
    context: Mapping[str, Any] | None = None,
) -> HttpResponseBase:
    """The page with `table` and `filters` in its context, or the whole list as a file where the address asks for one."""
    if export_asked(request, table):
        return export(request, table, filters)
    return render(request, template, {"table": table.page(request.GET), "filters": filters, **(context or {})})


def explanation_page(request: HttpRequest, explanation: Explanation) -> HttpResponse:
    """The explanation for the panel (asked by htmx), or as a page of its own."""
    in_panel = request.headers.get("HX-Request") == "true" and request.headers.get("HX-Boosted") != "true"
    template = "ui/components/explanation.html" if in_panel else "ui/explanation.html"
    return render(request, template, {"explanation": explanation})


def progress_fragment(request: HttpRequest, progress: Progress) -> HttpResponse:
    """What `poll_url` answers: the progress element alone, which takes the place of the one that asked."""
    return render(request, "ui/components/progress.html", {"progress": progress})
