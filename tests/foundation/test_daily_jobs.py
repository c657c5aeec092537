"""Daily jobs: each once for a company's own day, however many workers ask, by a worker that nobody starts anew."""

import os
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from click.testing import CliRunner
from django.db import connection
from django.utils import translation

from lianxin.cli import collect
from lianxin.foundation import clock, jobs
from lianxin.foundation.imports import uploads
from lianxin.foundation.models import Company, IdempotencyKey, Job
from lianxin.foundation.states import JobState
from lianxin.visits.models import Position, Visit
from tests import factories

pytestmark = pytest.mark.requirement("F1", "G1")
# In Shanghai the 21st has begun, in London it has not.
EVENING = datetime(2026, 11, 20, 17, 0, tzinfo=UTC)
KINDS = {
    "demand.close_due",
    "foundation.forget_old",
    "retailers.forget_access",
    "retailers.forget_contacts",
    "visits.forget_positions",
    "field.forget_parts",
}


def queued(company: Company) -> list[tuple[str, date | None]]:
    return sorted(Job.objects.filter(company=company).values_list("kind", "daily_on"))


def run_all() -> list[Job]:
    done = []
    while (job := jobs.claim()) is not None:
        done.append(jobs.run(job))
    return done


@pytest.mark.django_db
def test_each_company_has_each_daily_job_once_a_day_of_its_own() -> None:
    # Given two companies whose days begin at different instants
    east = factories.company("east", time_zone="Asia/Shanghai")
    west = factories.company("west", time_zone="Europe/London")

    # when a worker looks now, looks again, and looks after the jobs were done
    jobs.queue_daily(at=EVENING)
    jobs.queue_daily(at=EVENING + timedelta(minutes=1))
    assert {job.state for job in run_all()} == {JobState.DONE}
    jobs.queue_daily(at=EVENING + timedelta(hours=2))

    # then each has its own day's jobs, once
    assert queued(east) == sorted((kind, date(2026, 11, 21)) for kind in KINDS)
    assert queued(west) == sorted((kind, date(2026, 11, 20)) for kind in KINDS)
    # and when the second day begins in London, then only London gets more
    jobs.queue_daily(at=EVENING + timedelta(hours=7))
    assert len(queued(east)) == len(KINDS)
    assert len(queued(west)) == 2 * len(KINDS)


@pytest.mark.django_db(transaction=True)
def test_two_workers_at_once_queue_each_job_once(shared: Company, monkeypatch: pytest.MonkeyPatch) -> None:
    # Given four workers that all have seen that nothing is queued yet
    seen = threading.Barrier(4)
    create = Job.objects.bulk_create

    def together(*given: Any, **named: Any) -> Any:
        seen.wait(timeout=20)
        return create(*given, **named)

    monkeypatch.setattr(type(Job.objects), "bulk_create", lambda self, *given, **named: together(*given, **named))

    def worker(_n: int) -> None:
        try:
            jobs.queue_daily(at=EVENING)
        finally:
            connection.close()

    # when all of them queue
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(worker, range(4)))
        # then each job is there once
        found = pool.submit(lambda: (queued(shared), connection.close())).result()[0]
    assert found == sorted((kind, date(2026, 11, 21)) for kind in KINDS)


@pytest.mark.django_db
def test_a_worker_that_stays_up_does_them_every_day(company: Company, monkeypatch: pytest.MonkeyPatch) -> None:
    # Given a worker over whose head three days pass
    moment, stop, done = [EVENING], threading.Event(), []

    def work(company: Company, at: datetime) -> dict[str, Any]:
        done.append(at.astimezone(company.zone).date())
        moment[0] += timedelta(days=1)
        if len(done) == 3:
            stop.set()
        return {"said": f"day {len(done)}"}

    monkeypatch.setattr(clock, "now", lambda: moment[0])
    monkeypatch.setattr(jobs, "LOOK_FOR_A_NEW_DAY_SECONDS", 0.0)
    monkeypatch.setattr(jobs, "DAILY", {})
    monkeypatch.setattr(jobs, "_HANDLERS", {})
    jobs.register_daily("test.daily", "Every day", work)
    guard = threading.Timer(30, stop.set)
    guard.start()

    # when it works
    jobs.work(stop=stop, idle_seconds=0)
    guard.cancel()

    # then each day's job was done on its day
    days = [date(2026, 11, 21), date(2026, 11, 22), date(2026, 11, 23)]
    assert done == days
    assert list(Job.objects.order_by("pk").values_list("daily_on", "state", "title")) == [
        (day, "done", "Every day") for day in days
    ]
    assert [job.result["said"] for job in Job.objects.order_by("pk") if job.result] == ["day 1", "day 2", "day 3"]


@pytest.mark.django_db
def test_what_is_past_its_time_goes_without_a_restart(company: Company, monkeypatch: pytest.MonkeyPatch) -> None:
    # Given a position, an answer and an upload past their time
    monkeypatch.setattr(clock, "now", lambda: EVENING)
    old = EVENING - timedelta(days=91)
    user = factories.user(company)
    visit = Visit.objects.create(
        id="v", company=company, person=factories.person(factories.unit(company)),
        retailer=factories.retailer(company), visit_date=old.date(), check_in_at=old, received_at=old,
    )  # fmt: skip
    Position.objects.create(visit=visit, moment="check_in", latitude=31, longitude=118, taken_at=old)
    for key, at in (("old", EVENING - timedelta(days=8)), ("new", EVENING)):
        IdempotencyKey.objects.create(user=user, key=key, request_digest="x", created_at=at)
    tried, refused = uploads.folder() / "a.csv", uploads.folder() / "a.refused.csv"
    for path in (tried, refused):
        path.write_text("x")
        os.utime(path, (time.time() - uploads.KEPT_SECONDS - 60,) * 2)

    # when a worker's day begins
    jobs.queue_daily(at=EVENING)
    run_all()

    # then they are gone, and what is to stay stays
    assert not Position.objects.exists()
    assert Visit.objects.count() == 1
    assert list(IdempotencyKey.objects.values_list("key", flat=True)) == ["new"]
    assert (tried.exists(), refused.exists()) == (False, True)
    # and the command finds nothing more
    monkeypatch.setattr("lianxin.cli.forgetting.require_ready", lambda: None)
    with translation.override("en"):
        assert "nothing was past its time" in CliRunner().invoke(collect(), ["forget"]).output
