"""Jobs: queued work with progress, cancel and resumption, in the database, so that no broker is needed.

A worker claims a job by one conditional UPDATE, writes `alive_at` while it runs, and a job whose worker died is taken up again by
the next (handlers must be restartable; they receive the same arguments). ADR 0004 says why this is ours.

What has to be done every day (forgetting what is past its time) a room registers as a daily job. Every worker looks whether a
company's new day has begun and queues them; a unique constraint lets one of them win.
"""

import logging
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import F, Q
from django.utils import translation
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from lianxin.foundation import beating, clock
from lianxin.foundation.errors import Refused
from lianxin.foundation.models import Company, Job, User
from lianxin.foundation.states import JobState

log = logging.getLogger(__name__)
STALE_AFTER = timedelta(seconds=60)
MAX_ATTEMPTS = 3
LOOK_FOR_A_NEW_DAY_SECONDS = 60.0


class Cancelled(Exception):
    """The person asked for the work to stop; raised by `Progress.tell` at a point where stopping loses nothing."""


@dataclass
class Progress:
    """What a handler tells while it works. `share` in [0, 1]; `text` for the person."""

    job_id: int
    last: float = 0.0

    def tell(self, share: float, text: str = "") -> None:
        """Write progress (at most five times a second) and raise Cancelled if the person asked to stop."""
        moment = clock.now()
        stamp = moment.timestamp()
        if stamp - self.last < 0.2 and share < 1:
            return
        self.last = stamp
        Job.objects.filter(pk=self.job_id).update(
            progress=min(max(share, 0.0), 1.0), progress_text=text[:200], alive_at=moment
        )
        if Job.objects.filter(pk=self.job_id, cancel_asked=True).exists():
            raise Cancelled


Handler = Callable[[Company, dict[str, Any], "User | None", Progress], dict[str, Any]]
DailyWork = Callable[[Company, datetime], dict[str, Any]]
_HANDLERS: dict[str, Handler] = {}


@dataclass(frozen=True)
class Daily:
    """Work of every day. The result is JSON-able; a sentence in it under `said` is for the terminal."""

    title: str | Promise
    work: DailyWork


DAILY: dict[str, Daily] = {}


def register(kind: str, handler: Handler) -> None:
    """Called in a room's `apps.py`. The handler returns a JSON-able result; `result_url` in it becomes the job's link."""
    _HANDLERS[kind] = handler


def register_daily(kind: str, title: str | Promise, work: DailyWork) -> None:
    """Called in a room's `apps.py`: have this done once a day for every company. Done again, it must change nothing more."""
    DAILY[kind] = Daily(title, work)
    register(kind, lambda company, arguments, by, progress: work(company, clock.now()))


def queue_daily(*, at: datetime) -> None:
    """Queue the daily jobs of every company whose day has none of that kind yet, however many workers ask at once."""
    for company in Company.objects.order_by("pk"):
        day = at.astimezone(company.zone).date()
        known = set(Job.objects.filter(company=company, daily_on=day).values_list("kind", flat=True))
        with translation.override(settings.LANGUAGE_CODE):
            fresh = [
                Job(company=company, kind=kind, title=str(daily.title), daily_on=day, created_at=at)
                for kind, daily in DAILY.items()
                if kind not in known
            ]
        # Another worker may have queued them since: then its rows stand.
        Job.objects.bulk_create(fresh, ignore_conflicts=True)


def do_daily(company: Company, *, at: datetime) -> Iterator[str]:
    """Do a company's daily work at once, without the queue, and yield what there is to say."""
    for daily in DAILY.values():
        if said := daily.work(company, at).get("said"):
            yield str(said)


def enqueue(
    *,
    company: Company,
    kind: str,
    title: str,
    arguments: dict[str, Any],
    by: User | None,
    at: datetime,
    unique_key: str = "",
) -> Job:
    """The queued job.

    Raises
    ------
    Refused : an unfinished job with the same `unique_key` is there already (a closing started twice at once).
    """
    if kind not in _HANDLERS:
        raise KeyError(f"no handler for jobs of kind {kind}")
    try:
        with transaction.atomic():
            return Job.objects.create(
                company=company,
                kind=kind,
                title=title,
                arguments=arguments,
                owner=by,
                created_at=at,
                unique_key=unique_key,
            )
    except IntegrityError as error:
        raise Refused(_("“%(title)s” is already waiting or running. See the jobs page.") % {"title": title}) from error


def ask_to_cancel(job: Job) -> None:
    """Ask a job to stop: a waiting one at once, a running one at its next safe point."""
    if not Job.objects.filter(pk=job.pk, state=JobState.QUEUED).update(
        state=JobState.CANCELLED, cancel_asked=True, finished_at=clock.now()
    ):
        Job.objects.filter(pk=job.pk, state=JobState.RUNNING).update(cancel_asked=True)


def claim() -> Job | None:
    """The next job to run, marked as running by this worker, or None. Two workers never get the same one."""
    moment = clock.now()
    free = Q(state=JobState.QUEUED) | Q(state=JobState.RUNNING, alive_at__lt=moment - STALE_AFTER)
    Job.objects.filter(free, attempts__gte=MAX_ATTEMPTS).update(
        state=JobState.FAILED,
        finished_at=moment,
        error=_("The worker stopped %(n)d times while doing this.") % {"n": MAX_ATTEMPTS},
    )
    for pk in Job.objects.filter(free).order_by("created_at", "pk").values_list("pk", flat=True)[:5]:
        taken = Job.objects.filter(free, pk=pk).update(
            state=JobState.RUNNING, started_at=moment, alive_at=moment, attempts=F("attempts") + 1
        )
        if taken:
            return Job.objects.select_related("company", "owner").get(pk=pk)
    return None


def run(job: Job) -> Job:
    """The job after its handler ran: done, failed with a sentence, or cancelled."""
    changes: dict[str, Any]
    try:
        with beating.signs_of_life(
            lambda: Job.objects.filter(pk=job.pk).update(alive_at=clock.now()),
            stale_after=STALE_AFTER,
            of=f"job {job.pk} ({job.kind})",
        ):
            result = _HANDLERS[job.kind](job.company, job.arguments, job.owner, Progress(job.pk))
        changes = {
            "state": JobState.DONE,
            "progress": 1.0,
            "result": result,
            "result_url": str(result.get("result_url", "")),
        }
    except Cancelled:
        changes = {"state": JobState.CANCELLED}
    except Refused as refused:
        changes = {"state": JobState.FAILED, "error": refused.message}
    except Exception as fault:
        log.exception("job %s (%s) failed", job.pk, job.kind)
        changes = {"state": JobState.FAILED, "error": f"{type(fault).__name__}: {fault}"[:2000]}
    Job.objects.filter(pk=job.pk).update(finished_at=clock.now(), **changes)
    job.refresh_from_db()
    return job


def work(*, stop: threading.Event, idle_seconds: float = 1.0) -> None:
    """Run jobs until `stop` is set, and queue the daily ones when a company's day begins.

    One process may run it beside the web server, or many on other machines.
    """
    looked = None
    while not stop.is_set():
        if looked is None or time.monotonic() - looked >= LOOK_FOR_A_NEW_DAY_SECONDS:
            queue_daily(at=clock.now())
            looked = time.monotonic()
        job = claim()
        if job is None:
            stop.wait(idle_seconds)
        else:
            run(job)
