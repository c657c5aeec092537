"""The company's own mappings: listed, stored from a TOML file, read, deleted."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from lianxin.foundation import access, clock
from lianxin.foundation.context import company_of, user_of
from lianxin.foundation.errors import Refused
from lianxin.foundation.gate import needs
from lianxin.foundation.imports import kinds, mapping, stored
from lianxin.orders.screens.forms import MappingForm
from lianxin.ui.parts import Crumb, Empty
from lianxin.ui.responses import list_page
from lianxin.ui.sources import QuerySetSource
from lianxin.ui.tables import Column, Table


def _crumbs(*more: Crumb) -> list[Crumb]:
    return [Crumb(title=_("Imports"), url=reverse("orders:imports")), *more]


@needs("imports.read")
@require_safe
def mappings(request: HttpRequest) -> HttpResponseBase:
    company = company_of(request)
    titles = {kind.name: str(kind.title) for kind in kinds.all_kinds()}
    may_run = access.may(request.user, "imports.run", company)
    table = Table(
        name="mappings",
        title=_("Mappings"),
        default_sort="name",
        columns=[
            Column(
                key="name",
                title=_("Name"),
                href=lambda row: reverse("orders:mapping_text", args=[row.name]),
                note=lambda row: row.title,
            ),
            Column(
                key="kinds",
                title=_("Kinds of files"),
                value=lambda row: ", ".join(titles.get(kind, kind) for kind in row.kinds),
                sortable=False,
                on_card=True,
            ),
            Column(
                key="stored_by", title=_("By"), value=lambda row: row.stored_by.name if row.stored_by else None,
                sortable=False,
            ),
            Column(key="stored_at", title=_("When"), kind="instant", on_card=True),
        ],
        source=QuerySetSource(stored.mappings(company), key="pk"),
        empty=Empty(
            title=_("The company has no mapping of its own"),
            text=_("A mapping says which of your columns, words and units are ours. Files with our own column names need none."),
            action_title=_("Store a mapping") if may_run else "",
            action_url=reverse("orders:mapping_new"),
        ),
    )  # fmt: skip
    context = {"may_run": may_run, "crumbs": _crumbs(Crumb(title=_("Mappings"))), "rows": stored.mappings(company)}
    return list_page(request, "orders/mappings.html", table, context=context)


@needs("imports.run")
@require_http_methods(["GET", "HEAD", "POST"])
def mapping_new(request: HttpRequest) -> HttpResponse:
    form = MappingForm(request.POST or None, request.FILES or None, initial={"name": request.GET.get("name", "")})
    if request.method == "POST" and form.is_valid():
        try:
            given = form.cleaned_data
            stored.store(
                company=company_of(request),
                name=given["name"],
                content=given["file"].read(mapping.SIZE_LIMIT + 1),
                by=user_of(request),
                at=clock.now(),
            )
        except Refused as refused:
            form.add_error(refused.field if refused.field in form.fields else None, refused.message)
        else:
            messages.success(request, _("The mapping is stored. It can be chosen from now on."))
            return redirect("orders:mappings")
    crumbs = _crumbs(Crumb(title=_("Mappings"), url=reverse("orders:mappings")), Crumb(title=_("Store a mapping")))
    context = {"form": form, "crumbs": crumbs}
    return render(request, "orders/mapping_new.html", context, status=422 if form.errors else 200)


@needs("imports.read")
@require_safe
def mapping_text(request: HttpRequest, name: str) -> HttpResponse:
    """The text as it was stored, as a file."""
    row = stored.mapping_named(company_of(request), name)
    answer = HttpResponse(row.text, content_type="text/plain; charset=utf-8")
    answer.headers["Content-Disposition"] = (
        content_disposition_header(as_attachment=True, filename=f"{row.name}.toml") or ""
    )
    return answer


@needs("imports.run")
@require_POST
def mapping_delete(request: HttpRequest, name: str) -> HttpResponse:
    stored.delete(company=company_of(request), name=name, by=user_of(request), at=clock.now())
    messages.success(request, _("The mapping is deleted. Files that came in by it stay."))
    return redirect("orders:mappings")
