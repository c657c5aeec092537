"""Words and numbers for the pages of the shell."""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Literal

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from lianxin.foundation.models import AuditRow, Job
from lianxin.foundation.states import JobState
from lianxin.ui.parts import Progress

ProgressState = Literal["queued", "running", "done", "failed", "cancelled"]
_STATES: Mapping[JobState, ProgressState] = {
    JobState.QUEUED: "queued",
    JobState.RUNNING: "running",
    JobState.DONE: "done",
    JobState.FAILED: "failed",
    JobState.CANCELLED: "cancelled",
}

# What parameters are measured in, as `core.parameters` writes it.
UNITS: Mapping[str, Promise] = {
    "months": gettext_lazy("months"),
    "order_units": gettext_lazy("order units"),
    "price_class": gettext_lazy("price classes"),
    "product_code": gettext_lazy("product codes"),
    "ratio": gettext_lazy("ratio"),
    "share": gettext_lazy("share, 0 to 1"),
    "tier": gettext_lazy("tiers"),
    "lines": gettext_lazy("order lines"),
    "retailers": gettext_lazy("retailers"),
    "retailer weeks": gettext_lazy("retailer weeks"),
    "pairs": gettext_lazy("pairs of retailer and product"),
    "days": gettext_lazy("days"),
    "hour": gettext_lazy("hour of the day"),
    "km/h": gettext_lazy("kilometres an hour"),
    "metres": gettext_lazy("metres"),
    "minutes": gettext_lazy("minutes"),
    "seconds": gettext_lazy("seconds"),
    "number": gettext_lazy("number"),
    "visits": gettext_lazy("visits"),
    "visits a day": gettext_lazy("visits a day"),
    "visits a month": gettext_lazy("visits a month"),
    "visits a cycle": gettext_lazy("visits a cycle"),
    "weeks": gettext_lazy("weeks"),
    "checks": gettext_lazy("checks"),
    "notes": gettext_lazy("notes"),
    "bits": gettext_lazy("bits"),
    "conditions": gettext_lazy("conditions"),
    "ALL, ANY or AT_LEAST_N": gettext_lazy("ALL, ANY or AT_LEAST_N"),
    "BH or BY": gettext_lazy("BH or BY"),
    "ISO 3166": gettext_lazy("country code (ISO 3166)"),
    "adjusted lines": gettext_lazy("adjusted lines"),
    "agreed lines": gettext_lazy("agreed lines"),
    "author=weight": gettext_lazy("author=weight"),
    "code:name:post": gettext_lazy("code:name:post"),
    "counted products": gettext_lazy("counted products"),
    "counts": gettext_lazy("counts"),
    "demand, wanted, ordered or supplied": gettext_lazy("demand, wanted, ordered or supplied"),
    "deviations": gettext_lazy("deviations"),
    "draws": gettext_lazy("random orders"),
    "entered forecasts": gettext_lazy("entered forecasts"),
    "indicators": gettext_lazy("codes of indicators"),
    "lines due": gettext_lazy("lines due"),
    "periods": gettext_lazy("periods"),
    "pixels": gettext_lazy("pixels"),
    "planned visits": gettext_lazy("planned visits"),
    "promises": gettext_lazy("promises"),
    "reason": gettext_lazy("codes of reasons"),
    "release method": gettext_lazy("codes of release methods"),
    "resamples": gettext_lazy("resamples"),
    "rounds": gettext_lazy("rounds"),
    "rows": gettext_lazy("rows"),
    "share of a claim": gettext_lazy("share of what is claimed, 0 to 1"),
    "share of an even draw": gettext_lazy("share of an even draw, 0 to 1"),
    "share of the actual": gettext_lazy("share of the actual number"),
    "share of the number before": gettext_lazy("share of the number before"),
    "shops": gettext_lazy("shops"),
    "source": gettext_lazy("hints, festivals"),
    "text": gettext_lazy("text"),
    "topics": gettext_lazy("topics"),
    "words": gettext_lazy("words"),
    "order units": gettext_lazy("order units"),
}


def unit_words(unit: str) -> str:
    """The words for what a parameter is measured in."""
    return str(UNITS.get(unit, unit))


def greeting(hour: int) -> str:
    """What people say at an hour of the day."""
    if hour < 5 or hour >= 18:
        return _("Good evening")
    if hour < 12:
        return _("Good morning")
    return _("Good afternoon")


def progress_of(job: Job, *, at: datetime) -> Progress:
    """A job as the progress element draws it, in hundredths of the way."""
    left = None
    if job.state == JobState.RUNNING and job.started_at and job.progress > 0.02:
        elapsed = (at - job.started_at).total_seconds()
        left = elapsed / job.progress * (1 - job.progress)
    return Progress(
        title=job.title,
        state=_STATES[JobState(job.state)],
        poll_url=reverse("web:job_progress", args=[job.pk]),
        done=round(job.progress * 100),
        total=100,
        unit="%",
        left_seconds=left,
        message=job.error or (_("It was asked to stop.") if job.cancel_asked else job.progress_text),
        cancel_url="" if job.cancel_asked else reverse("web:job_cancel", args=[job.pk]),
        result_url=job.result_url,
        result_title=_("See the result"),
    )


def changes_of(row: AuditRow) -> list[tuple[str, str, str]]:
    """(field, before, after) of an audit row, as texts; one nameless field when what changed is no object."""
    before, after = row.before, row.after
    if not isinstance(before, dict | None) or not isinstance(after, dict | None):
        return [("", _written(before), _written(after))]
    before, after = before or {}, after or {}
    return [(key, _written(before.get(key)), _written(after.get(key))) for key in sorted({*before, *after})]


def _written(value: Any) -> str:
    if value is None:
        return ""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
