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
    "ALL, ANY or AT_LEAST_N": gettext_lazy("ALL, ANY or AT_LEAST_N"),
    "BH or BY": gettext_lazy("BH or BY"),
    "ISO 3166": gettext_lazy("country code (ISO 3166)"),
    "adjusted lines": gettext_lazy("adjusted lines"),
    "agreed lines": gettext_lazy("agreed lines"),
    "author=weight": gettext_lazy("author=weight"),
    "bits": gettext_lazy("bits"),
    "checks": gettext_lazy("checks"),
    "code:name:post": gettext_lazy("code:name:post"),
    "conditions": gettext_lazy("conditions"),
    "counted products": gettext_lazy("counted products"),
    "counts": gettext_lazy("counts"),
    "days": gettext_lazy("days"),
    "demand, wanted, ordered or supplied": gettext_lazy("demand, wanted, ordered or supplied"),
    "deviations": gettext_lazy("deviations"),
    "dimension=weight": gettext_lazy("dimension=weight"),
    "draws": gettext_lazy("random orders"),
    "entered forecasts": gettext_lazy("entered forecasts"),
    "hour": gettext_lazy("hour of the day"),
    "indicators": gettext_lazy("codes of indicators"),
    "km/h": gettext_lazy("kilometres an hour"),
    "level=points": gettext_lazy("level=points"),
    "lines due": gettext_lazy("lines due"),
    "lines": gettext_lazy("order lines"),
    "metres": gettext_lazy("metres"),
    "minutes": gettext_lazy("minutes"),
    "months": gettext_lazy("months"),
    "notes": gettext_lazy("notes"),
    "number": gettext_lazy("number"),
    "order units": gettext_lazy("order units"),
    "order_units": gettext_lazy("order units"),
    "pairs": gettext_lazy("pairs of retailer and product"),
    "periods": gettext_lazy("periods"),
    "pixels": gettext_lazy("pixels"),
    "planned visits": gettext_lazy("planned visits"),
    "price_class": gettext_lazy("price classes"),
    "product_code": gettext_lazy("product codes"),
    "promises": gettext_lazy("promises"),
    "ratio": gettext_lazy("ratio"),
    "reason": gettext_lazy("codes of reasons"),
    "release method": gettext_lazy("codes of release methods"),
    "resamples": gettext_lazy("resamples"),
    "retailer weeks": gettext_lazy("retailer weeks"),
    "retailers": gettext_lazy("retailers"),
    "rounds": gettext_lazy("rounds"),
    "rows": gettext_lazy("rows"),
    "seconds": gettext_lazy("seconds"),
    "share of a claim": gettext_lazy("share of what is claimed, 0 to 1"),
    "share of an even draw": gettext_lazy("share of an even draw, 0 to 1"),
    "share of the actual": gettext_lazy("share of the actual number"),
    "share of the number before": gettext_lazy("share of the number before"),
    "share": gettext_lazy("share, 0 to 1"),
    "sheets": gettext_lazy("sheets"),
    "shops": gettext_lazy("shops"),
    "source": gettext_lazy("hints, festivals"),
    "text": gettext_lazy("text"),
    "tier": gettext_lazy("tiers"),
    "topics": gettext_lazy("topics"),
    "visits a cycle": gettext_lazy("visits a cycle"),
    "visits a day": gettext_lazy("visits a day"),
    "visits a month": gettext_lazy("visits a month"),
    "visits": gettext_lazy("visits"),
    "weeks": gettext_lazy("weeks"),
    "words": gettext_lazy("words"),
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
