from pathlib import Path
from typing import Any

from django.contrib import messages
from django.http import FileResponse, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from lianxin.foundation import access, clock, jobs
from lianxin.foundation.context import company_of, user_of
from lianxin.foundation.errors import Missing, Refused
from lianxin.foundation.gate import needs
from lianxin.foundation.imports import kinds, uploads
from lianxin.foundation.models import ImportBatch, Job
from lianxin.foundation.states import BatchState
from lianxin.orders import queries, states
from lianxin.orders.screens.forms import ImportForm, enqueue_import, enqueue_kept
from lianxin.ui.filters import Choice, Filter, FilterSet
from lianxin.ui.parts import Crumb, Empty, Figure
from lianxin.ui.responses import list_page
from lianxin.ui.sources import QuerySetSource
from lianxin.ui.tables import Column, Table


def kind_title(name: str) -> str:
    return next((str(kind.title) for kind in kinds.all_kinds() if kind.name == name), name)


def crumbs(title: str) -> list[Crumb]:
    return [Crumb(title=_("Imports"), url=reverse("orders:imports")), Crumb(title=title)]


@needs("imports.read")
@require_safe
def imports(request: HttpRequest) -> HttpResponseBase:
    company = company_of(request)
    filters = FilterSet(
        [
            Filter(key="kind", title=_("Kind"), choices=[Choice(kind.name, kind.title) for kind in kinds.all_kinds()]),
            Filter(key="state", title=_("State"), choices=[Choice(*each) for each in BatchState.choices]),
        ],
        request.GET,
    )
    rows = queries.batches(company)
    for key in ("kind", "state"):
        if filters.text(key):
            rows = rows.filter(**{key: filters.text(key)})
    table = Table(
        name="imports",
        title=_("Imports"),
        default_sort="-created_at",
        columns=[
            Column(
                key="file_name",
                title=_("File"),
                href=lambda batch: reverse("orders:batch", args=[batch.pk]),
                note=lambda batch: batch.pk,
            ),
            Column(key="kind", title=_("Kind"), value=lambda batch: kind_title(batch.kind)),
            Column(
                key="state", title=_("State"), kind="badge", on_card=True, value=lambda batch: batch.get_state_display()
            ),
            Column(key="n_accepted", title=_("Accepted"), kind="number", on_card=True),
            Column(key="n_refused", title=_("Refused"), kind="number"),
            Column(key="n_duplicate", title=_("Duplicate"), kind="number"),
            Column(key="n_read", title=_("Read"), kind="number"),
            Column(key="owner_name", title=_("By")),
            Column(key="created_at", title=_("When"), kind="instant"),
            Column(key="mapping", title=_("Mapping"), value=lambda batch: batch.mapping or _("canonical"), shown=False),
        ],
        source=QuerySetSource(rows, key="pk"),
        empty=Empty(
            title=_("No file has come in yet"),
            text=_("Begin with units and people, then retailers, products and territories; order lines come last."),
            action_title=_("Take a file in") if access.may(request.user, "imports.bring", company) else "",
            action_url=reverse("orders:import_new"),
        ),
    )
    context = {"may_run": access.may(request.user, "imports.bring", company)}
    return list_page(request, "orders/imports.html", table, filters=filters, context=context)


@needs("imports.bring")
@require_http_methods(["GET", "HEAD", "POST"])
def import_new(request: HttpRequest) -> HttpResponse:
    company, user = company_of(request), user_of(request)
    form = ImportForm(request.POST or None, request.FILES or None, company=company, by=user)
    if request.method == "POST" and form.is_valid():
        try:
            job = enqueue_import(
                company=company_of(request),
                by=user_of(request),
                upload=form.cleaned_data["file"],
                kind=form.cleaned_data["kind"],
                mapping_name=form.cleaned_data["mapping"],
                is_correction=form.cleaned_data["is_correction"],
                is_trial=not form.cleaned_data["is_taken"],
            )
        except Refused as refused:
            form.add_error(refused.field if refused.field in form.fields else None, refused.message)
        else:
            return redirect("web:job", job.pk)
    columns = [
        (kind.title, [(column.name, column.required) for column in kind.columns])
        for kind in kinds.kinds_for(user, company)
    ]
    context = {"form": form, "crumbs": crumbs(_("Take a file in")), "columns": columns}
    return render(request, "orders/import_new.html", context, status=422 if form.errors else 200)


def figures(outcome: dict[str, Any]) -> list[Figure]:
    return [
        Figure(title=_("Read"), value=outcome["n_read"]),
        Figure(title=_("Accepted"), value=outcome["n_accepted"]),
        Figure(title=_("Refused"), value=outcome["n_refused"]),
        Figure(title=_("Duplicate"), value=outcome["n_duplicate"]),
    ]


@needs("imports.read")
@require_safe
def result(request: HttpRequest, pk: int) -> HttpResponse:
    """A dry run, or a file that added nothing."""
    job = queries.finished_import(company_of(request), pk)
    outcome = (job.result or {})["outcome"]
    kind = kinds.kind_of(outcome["kind"])
    kind.require_reading(user_of(request), job.company)
    may_take = kinds.may(kind.require, user_of(request), job.company)
    can_take = outcome["is_trial"] and outcome["n_accepted"] and may_take
    context = {
        "job": job,
        "outcome": outcome,
        "kind": kind_title(outcome["kind"]),
        "figures": figures(outcome),
        "can_take": can_take,
        "has_refused_file": uploads.is_ours(outcome["refused_file"]),
        "download_url": reverse("orders:result_refused", args=[job.pk]),
        "crumbs": crumbs(outcome["file_name"]),
    }
    return render(request, "orders/result.html", context)


@needs("imports.bring")
@require_POST
def result_take(request: HttpRequest, pk: int) -> HttpResponse:
    """Take in what was only tried."""
    job = queries.finished_import(company_of(request), pk)
    arguments = {**job.arguments, "is_trial": False}
    kinds.kind_of(arguments["kind"]).require(user_of(request), job.company)
    uploads.kept(arguments["kept"])
    return redirect("web:job", enqueue_kept(company=job.company, by=user_of(request), arguments=arguments).pk)


def refused_rows(path: str, name: str) -> FileResponse:
    if not uploads.is_ours(path):
        raise Missing(_("The file of refused rows does not lie here; it was written beside the imported file."))
    return FileResponse(
        Path(path).open("rb"),
        as_attachment=True,
        filename=f"{name}.refused.csv",
        content_type="text/csv; charset=utf-8",
    )


@needs("imports.read")
@require_safe
def result_refused(request: HttpRequest, pk: int) -> HttpResponseBase:
    outcome = (queries.finished_import(company_of(request), pk).result or {})["outcome"]
    kinds.kind_of(outcome["kind"]).require_reading(user_of(request), company_of(request))
    return refused_rows(outcome["refused_file"], outcome["file_name"])


@needs("imports.read")
@require_safe
def batch(request: HttpRequest, pk: str) -> HttpResponse:
    found = queries.batch_named(company_of(request), pk)
    kind = kinds.kind_of(found.kind)
    kind.require_reading(user_of(request), company_of(request))
    counts = {name: getattr(found, name) for name in ("n_read", "n_accepted", "n_refused", "n_duplicate")}
    context = {
        "batch": found,
        "kind": kind_title(found.kind),
        "figures": figures(counts),
        "outcome": {**counts, **found.notes, "refused_file": found.refused_file},
        "can_undo": found.state == BatchState.COMMITTED and kinds.may(kind.require_undo, found, user_of(request)),
        "has_refused_file": uploads.is_ours(found.refused_file),
        "download_url": reverse("orders:batch_refused", args=[found.pk]),
        "crumbs": crumbs(found.file_name),
    }
    return render(request, "orders/batch.html", context)


@needs("imports.read")
@require_safe
def batch_refused(request: HttpRequest, pk: str) -> HttpResponseBase:
    found = queries.batch_named(company_of(request), pk)
    kinds.kind_of(found.kind).require_reading(user_of(request), company_of(request))
    return refused_rows(found.refused_file, found.file_name)


@needs("imports.bring")
@require_POST
def batch_undo(request: HttpRequest, pk: str) -> HttpResponse:
    found = queries.batch_named(company_of(request), pk)
    kinds.kind_of(found.kind).require_undo(found, user_of(request))
    try:
        job = enqueue_undo(request, found)
    except Refused as refused:
        messages.warning(request, refused.message)
        return redirect("orders:batch", pk)
    return redirect("web:job", job.pk)


def enqueue_undo(request: HttpRequest, found: ImportBatch) -> Job:
    if found.state != BatchState.COMMITTED:
        raise Refused(_("Only a batch that is in can be undone."), field="batch")
    return jobs.enqueue(
        company=company_of(request),
        kind=states.UNDO,
        title=(_("Undoing of %(file)s") % {"file": found.file_name})[:200],
        arguments={"batch_id": found.pk, "language": get_language() or ""},
        by=user_of(request),
        at=clock.now(),
        unique_key=f"{states.UNDO}:{found.pk}",
    )
