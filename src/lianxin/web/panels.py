"""The panels of the home page that the shell itself fills; rooms register theirs under the slot `home`."""

from datetime import date, timedelta

from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils.translation import gettext_lazy as _

from lianxin.foundation import clock, queries
from lianxin.foundation.context import company_of, user_of
from lianxin.foundation.models import AuditRow, Job
from lianxin.foundation.receiving import VERIFY_AUDIT
from lianxin.foundation.states import JobState
from lianxin.ui.slots import Panel, register_panel
from lianxin.web import catalogue
from lianxin.web.menu import may

HOME = "home"


def _jobs(request: HttpRequest, month: date) -> str:
    rows = queries.jobs_for(user_of(request), company_of(request))
    unfinished = list(rows.filter(state__in=[JobState.QUEUED, JobState.RUNNING])[:5])
    since = clock.now() - timedelta(days=7)
    failed = list(rows.filter(state=JobState.FAILED, finished_at__gte=since)[:5])
    if not unfinished and not failed and not may("users.write")(request):
        return ""
    return render_to_string("web/panels/jobs.html", {"unfinished": unfinished, "failed": failed}, request)


def _batches(request: HttpRequest, month: date) -> str:
    waiting = list(queries.batches_waiting(company_of(request))[:5])
    return render_to_string("web/panels/batches.html", {"waiting": waiting}, request)


def _audit(request: HttpRequest, month: date) -> str:
    company = company_of(request)
    last = AuditRow.objects.filter(company=company).order_by("-number").first()
    verified = (
        Job.objects.filter(company=company, kind=VERIFY_AUDIT, state__in=[JobState.DONE, JobState.FAILED])
        .order_by("-finished_at")
        .first()
    )
    return render_to_string("web/panels/audit.html", {"last": last, "verified": verified}, request)


def _accounts(request: HttpRequest, month: date) -> str:
    rows = list(queries.accounts_of(company_of(request), active=True))
    context = {
        "n_active": len(rows),
        "n_unused": sum(row.last_login is None for row in rows),
        "n_without_role": sum(not row.open_grants for row in rows),  # type: ignore[attr-defined]
    }
    return render_to_string("web/panels/accounts.html", context, request)


def _catalogue(request: HttpRequest, month: date) -> str:
    return render_to_string("web/panels/catalogue.html", {"counts": catalogue.counts()}, request)


def register() -> None:
    register_panel(HOME, Panel(key="jobs", title=_("Jobs"), render=_jobs, order=700, allowed=may("jobs.read")))
    register_panel(
        HOME, Panel(key="batches", title=_("Imports that wait"), render=_batches, order=710, allowed=may("imports.run"))
    )
    register_panel(
        HOME, Panel(key="accounts", title=_("Accounts"), render=_accounts, order=720, allowed=may("users.write"))
    )
    register_panel(HOME, Panel(key="audit", title=_("Audit"), render=_audit, order=730, allowed=may("users.write")))
    register_panel(
        HOME,
        Panel(
            key="catalogue",
            title=_("What the system can do"),
            render=_catalogue,
            order=900,
            allowed=may("catalogue.read"),
        ),
    )
