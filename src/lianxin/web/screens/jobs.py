from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from lianxin.foundation import actions, clock, jobs, queries
from lianxin.foundation.context import company_of, user_of
from lianxin.foundation.errors import Missing, Refused
from lianxin.foundation.gate import needs
from lianxin.foundation.receiving import VERIFY_AUDIT
from lianxin.foundation.states import JobState
from lianxin.ui.filters import Choice, Filter, FilterSet
from lianxin.ui.parts import Crumb, Empty
from lianxin.ui.responses import list_page, progress_fragment
from lianxin.ui.sources import QuerySetSource
from lianxin.ui.tables import Column, Table
from lianxin.web import presenters


@needs("jobs.read")
@require_safe
def job_list(request: HttpRequest) -> HttpResponseBase:
    user, company = user_of(request), company_of(request)
    filters = FilterSet(
        [Filter(key="state", title=_("State"), choices=[Choice(*each) for each in JobState.choices])], request.GET
    )
    rows = queries.jobs_for(user, company, state=filters.text("state"))
    table = Table(
        name="jobs",
        title=_("Jobs"),
        default_sort="-pk",
        columns=[
            Column(key="title", title=_("What"), href=lambda job: reverse("web:job", args=[job.pk]), sortable=False),
            Column(
                key="state",
                title=_("State"),
                kind="badge",
                on_card=True,
                value=lambda job: job.get_state_display(),
                sortable=False,
            ),
            Column(key="pk", title=_("Number"), shown=False),
            Column(key="owner", title=_("By"), value=lambda job: str(job.owner or _("the system")), sortable=False),
            Column(key="created_at", title=_("Asked"), kind="instant", on_card=True),
            Column(
                key="finished_at",
                title=_("Finished"),
                value=lambda job: job.finished_at or _("not finished"),
                kind="instant",
                sortable=False,
            ),
            Column(
                key="error", title=_("What was wrong"), value=lambda job: job.error or "", sortable=False, shown=False
            ),
        ],
        source=QuerySetSource(rows, key="pk"),
        empty=Empty(title=_("No jobs"), text=_("Imports, closings and other long work appear here while they run.")),
    )
    unfinished = queries.jobs_for(user, company).filter(state__in=[JobState.QUEUED, JobState.RUNNING])[:10]
    at = clock.now()
    running = [presenters.progress_of(job, at=at) for job in unfinished]
    return list_page(request, "web/jobs.html", table, filters=filters, context={"running": running})


@needs("jobs.read")
@require_safe
def job_page(request: HttpRequest, pk: int) -> HttpResponse:
    job = queries.job(user_of(request), company_of(request), pk)
    result = [(key, value) for key, value in (job.result or {}).items() if isinstance(value, str | int | float)]
    context = {
        "job": job,
        "progress": presenters.progress_of(job, at=clock.now()),
        "result": [each for each in result if each[0] != "result_url"],
        "crumbs": [Crumb(title=_("Jobs"), url=reverse("web:jobs")), Crumb(title=job.title)],
    }
    return render(request, "web/job.html", context)


@needs("jobs.read")
@require_safe
def job_progress(request: HttpRequest, pk: int) -> HttpResponse:
    job = queries.job(user_of(request), company_of(request), pk)
    return progress_fragment(request, presenters.progress_of(job, at=clock.now()))


@needs("jobs.read")
@require_POST
def job_cancel(request: HttpRequest, pk: int) -> HttpResponse:
    job = queries.job(user_of(request), company_of(request), pk)
    actions.cancel_job(job=job, by=user_of(request), at=clock.now())
    messages.info(request, _("It was asked to stop and does so where nothing is lost."))
    return redirect("web:job", pk)


@needs("audit.read")
@require_safe
def audit_list(request: HttpRequest) -> HttpResponseBase:
    filters = FilterSet(
        [
            Filter(key="verb", title=_("What"), kind="text", help=_("such as users.grant, or users. for all of them")),
            Filter(key="by", title=_("By"), kind="text", help=_("sign-in name")),
            Filter(key="subject", title=_("On what"), kind="text", help=_("such as user:zhang")),
            Filter(key="since", title=_("From day"), kind="day"),
            Filter(key="until", title=_("Until day"), kind="day"),
        ],
        request.GET,
    )
    rows = queries.audit_rows(
        company_of(request),
        verb=filters.text("verb"),
        by=filters.text("by"),
        subject=filters.text("subject"),
        since=filters.date("since"),
        until=filters.date("until"),
    )
    table = Table(
        name="audit",
        title=_("Audit"),
        default_sort="-number",
        columns=[
            Column(key="number", title=_("Row"), href=lambda row: reverse("web:audit_row", args=[row.number])),
            Column(key="at", title=_("When"), kind="instant", on_card=True, sortable=False),
            Column(key="by_name", title=_("By"), sortable=False),
            Column(key="verb", title=_("What"), on_card=True, sortable=False),
            Column(key="subject", title=_("On what"), sortable=False),
            Column(key="reason", title=_("Reason"), sortable=False, value=lambda row: row.reason or ""),
            Column(key="digest", title=_("Digest"), sortable=False, shown=False),
        ],
        source=QuerySetSource(rows, key="number"),
        detail_url=lambda row: reverse("web:audit_row", args=[row.number]),
        empty=Empty(title=_("No rows"), text=_("Whatever changes something leaves a row here.")),
    )
    return list_page(request, "web/audit.html", table, filters=filters)


@needs("audit.read")
@require_safe
def audit_row(request: HttpRequest, number: int) -> HttpResponse:
    row = queries.audit_rows(company_of(request)).filter(number=number).first()
    if row is None:
        raise Missing(_("There is no such row."))
    is_part = request.headers.get("HX-Request") == "true"
    crumbs = [Crumb(title=_("Audit"), url=reverse("web:audit")), Crumb(title=str(number))]
    template = "web/audit_part.html" if is_part else "web/audit_row.html"
    return render(request, template, {"row": row, "crumbs": crumbs, "changes": presenters.changes_of(row)})


@needs("audit.read")
@require_POST
def audit_verify(request: HttpRequest) -> HttpResponse:
    company = company_of(request)
    try:
        job = jobs.enqueue(
            company=company,
            kind=VERIFY_AUDIT,
            title=_("Verify the audit chain"),
            arguments={},
            by=user_of(request),
            at=clock.now(),
            unique_key=VERIFY_AUDIT,
        )
    except Refused as refused:
        messages.warning(request, refused.message)
        return redirect("web:audit")
    return redirect("web:job", job.pk)
