"""Jobs of this room: each fetches, calls one action, and tells where its result is."""

from datetime import date
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from lianxin.appraisal import actions
from lianxin.appraisal.queries import closings as closing_queries
from lianxin.appraisal.queries import schemes as scheme_queries
from lianxin.foundation import clock
from lianxin.foundation.jobs import Progress
from lianxin.foundation.models import Company, User
from lianxin.market.actions import refresh_rollups


def close_month(company: Company, arguments: dict[str, Any], owner: User | None, progress: Progress) -> dict[str, Any]:
    outcome = actions.close(
        company=company,
        month=date.fromisoformat(arguments["month"]),
        scheme=arguments.get("scheme") or None,
        reason=arguments.get("reason", ""),
        by=owner,
        at=clock.now(),
        progress=progress.tell,
    )
    refresh_rollups(company=company, by=owner, at=clock.now())
    words = _("The month is closed") if outcome.is_new else _("Already closed, same result")
    return {
        "closing": outcome.closing.pk,
        "digest": outcome.closing.digest,
        "is_new": outcome.is_new,
        "text": " ".join([f"{words}.", *outcome.notes]),
        "result_url": reverse("appraisal:closing", args=[outcome.closing.pk]),
    }


def try_scheme(company: Company, arguments: dict[str, Any], owner: User | None, progress: Progress) -> dict[str, Any]:
    version = scheme_queries.version_by_pk(company, int(arguments["version"]))
    trial = actions.run_trial(version=version, by=owner, at=clock.now(), progress=progress.tell)
    return {"trial": trial.pk, "result_url": reverse("appraisal:trial", args=[trial.pk])}


def verify_closing(
    company: Company, arguments: dict[str, Any], owner: User | None, progress: Progress
) -> dict[str, Any]:
    closing = closing_queries.closing_by_pk(company, int(arguments["closing"]))
    found = actions.verify(closing=closing, by=owner, at=clock.now())
    return {"is_same": found.is_same, "result_url": reverse("appraisal:closing", args=[closing.pk])}
