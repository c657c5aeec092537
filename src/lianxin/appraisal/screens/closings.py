"""Closings: the list, one closing with its steps and its evidence, and closing a month as a job."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from lianxin.appraisal.models import Closing
from lianxin.appraisal.queries import closings as queries
from lianxin.appraisal.queries import schemes as scheme_queries
from lianxin.appraisal.screens import presenters as shown
from lianxin.appraisal.screens.forms import CloseForm
from lianxin.appraisal.states import STEPS, reached
from lianxin.appraisal.wording import said
from lianxin.core.scoring.scheme import lines
from lianxin.core.tables import ORDER_LINES
from lianxin.foundation import access, clock, jobs
from lianxin.foundation.context import company_of, user_of
from lianxin.foundation.errors import Refused
from lianxin.foundation.facts import the_lake
from lianxin.foundation.gate import needs
from lianxin.foundation.table_words import table_title
from lianxin.ui.exports import export, export_asked
from lianxin.ui.parts import Crumb, Empty
from lianxin.ui.responses import list_page
from lianxin.ui.sources import ListSource, QuerySetSource
from lianxin.ui.tables import Column, Table


def close_url() -> str:
    return reverse("appraisal:close")


@needs("closings.read")
def closings(request: HttpRequest) -> HttpResponseBase:
    company = company_of(request)
    table = Table(
        name="closings",
        title=_("Monthly closings"),
        default_sort="-month",
        columns=[
            Column(
                key="month",
                title=_("Month"),
                kind="month",
                href=lambda row: reverse("appraisal:closing", args=[row.pk]),
            ),
            Column(key="number", title=_("Version"), kind="number"),
            Column(key="step", title=_("State"), kind="badge", value=lambda row: row.get_step_display(), on_card=True),
            Column(
                key="scheme",
                title=_("Scheme"),
                value=lambda row: str(row.scheme_version) if row.scheme_version else _("none in force"),
                sort_by="scheme_version__scheme__code",
            ),
            Column(key="n_scorecards", title=_("Scorecards"), kind="number", on_card=True),
            Column(key="n_indicator_values", title=_("Indicator values"), kind="number"),
            Column(key="released_at", title=_("Released on"), kind="instant"),
            Column(key="digest", title=_("Digest"), value=lambda row: row.digest[:12], sortable=False),
        ],
        source=QuerySetSource(queries.closings(company), key="pk"),
        empty=Empty(
            title=_("No month has been closed yet"),
            text=_("Closing computes every indicator of a month and scores by the scheme in force."),
            action_title=_("Close a month") if access.may(user_of(request), "closings.run", company) else "",
            action_url=close_url() if access.may(user_of(request), "closings.run", company) else "",
        ),
    )
    context = {"may_close": access.may(user_of(request), "closings.run", company)}
    return list_page(request, "appraisal/closings.html", table, context=context)


@needs("closings.run")
@require_http_methods(["GET", "POST"])
def close(request: HttpRequest) -> HttpResponse:
    company = company_of(request)
    months = the_lake().months(ORDER_LINES.name, company.pk)[::-1]
    schemes = sorted({version.scheme.code for version in scheme_queries.versions(company)})
    form = CloseForm(request.POST or None, months=months, schemes=schemes)
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        try:
            job = jobs.enqueue(
                company=company,
                kind="appraisal.close",
                title=_("Close %(month)s") % {"month": given["month"][:7]},
                arguments={"month": given["month"], "scheme": given["scheme"], "reason": given["reason"]},
                by=user_of(request),
                at=clock.now(),
                unique_key=f"appraisal.close:{given['month']}",
            )
        except Refused as refused:
            form.add_error(None, refused.message)
        else:
            return redirect("web:job", job.pk)
    context = {
        "form": form,
        "has_months": bool(months),
        "crumbs": [Crumb(title=_("Monthly closings"), url=reverse("appraisal:closings"))],
    }
    return render(request, "appraisal/close.html", context, status=422 if form.errors else 200)


@needs("closings.read")
def closing(request: HttpRequest, pk: int) -> HttpResponseBase:
    row = queries.closing_by_pk(company_of(request), pk)
    table = _difference_table(row)
    if export_asked(request, table):
        return export(request, table)
    context: dict[str, Any] = {
        "closing": row,
        "steps": [(step.label, reached(row.step, step)) for step in STEPS],
        "timings": [(title, row.timings[name]) for name, title in _timing_titles() if name in row.timings],
        "evidence": [(table_title(table_name), version) for table_name, version in sorted(row.pinned.items())],
        "parameters": [shown.parameter_fact(name, value) for name, value in _set_parameters(row)],
        "changed": [table_title(name) for name in queries.changed_evidence(row)],
        "verified": queries.last_verification(row),
        "table": table.page(request.GET) if row.previous_id else None,
        "newest": queries.latest(row.company, row.month),
        "may_close": access.may(user_of(request), "closings.run", row.company),
        "crumbs": [
            Crumb(title=_("Monthly closings"), url=reverse("appraisal:closings")),
            Crumb(title=f"{row.month:%Y-%m}"),
        ],
    }
    return render(request, "appraisal/closing.html", context)


def _timing_titles() -> list[tuple[str, str]]:
    return [
        ("publishing", _("Publishing")),
        ("pinning", _("Pinning")),
        ("computing", _("Computing")),
        ("scoring", _("Scoring")),
        ("recording", _("Recording")),
    ]


def _set_parameters(row: Closing) -> list[tuple[str, Any]]:
    return [(name, value) for name, value in sorted(row.parameters.items()) if ".minimum." not in name]


def _difference_table(row: Closing) -> Table:
    titles: dict[str, str] = {}
    for version in (row.scheme_version, row.previous.scheme_version if row.previous else None):
        if version is not None:
            titles |= {part.code: said(part.title) for _role, part in lines(scheme_queries.core_of(version))}
    shifts = [
        {
            "key": f"{shift.employee_no}:{shift.part}",
            "name": shift.name,
            "employee_no": shift.employee_no,
            "unit": shift.unit,
            "part": titles.get(shift.part, shift.part) if shift.part else _("Total"),
            "before": shift.before_milli / 1000 if shift.before_milli is not None else None,
            "after": shift.after_milli / 1000 if shift.after_milli is not None else None,
            "change": shift.change_milli / 1000 if shift.change_milli is not None else None,
        }
        for shift in queries.shifts(row)
    ]
    number = {"kind": "number", "decimals": 1}
    return Table(
        name="shifts",
        title=_("What differs from the version before"),
        prefix="shifts.",
        default_sort="key",
        columns=[
            Column(
                key="key",
                title=_("Customer manager"),
                value=lambda one: one["name"],
                note=lambda one: one["employee_no"],
            ),
            Column(key="unit", title=_("Market unit")),
            Column(key="part", title=_("Part")),
            Column(key="before", title=_("Before"), unit=_("points"), **number),  # type: ignore[arg-type]
            Column(key="after", title=_("After"), unit=_("points"), on_card=True, **number),  # type: ignore[arg-type]
            Column(key="change", title=_("Change"), unit=_("points"), on_card=True, **number),  # type: ignore[arg-type]
        ],
        source=ListSource(shifts, key="key"),
        empty=Empty(title=_("No result differs"), text=_("The evidence changed, the points did not.")),
    )


@needs("closings.read")
@require_POST
def verify(request: HttpRequest, pk: int) -> HttpResponse:
    row = queries.closing_by_pk(company_of(request), pk)
    try:
        job = jobs.enqueue(
            company=row.company,
            kind="appraisal.verify",
            title=_("Compute %(closing)s again") % {"closing": row},
            arguments={"closing": row.pk},
            by=user_of(request),
            at=clock.now(),
            unique_key=f"appraisal.verify:{row.pk}",
        )
    except Refused as refused:
        messages.error(request, refused.message)
        return redirect("appraisal:closing", row.pk)
    return redirect("web:job", job.pk)
