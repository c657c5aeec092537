"""The sign of life of a job goes on after one that could not be written: nobody takes up a job whose worker lives."""

import time
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection, connections, transaction

from lianxin.foundation import clock, jobs
from lianxin.foundation.jobs import Progress
from lianxin.foundation.models import Company, Job, User
from lianxin.foundation.states import JobState

pytestmark = pytest.mark.requirement("G1")


def alive_at(pk: int) -> datetime:
    return Job.objects.values_list("alive_at", flat=True).get(pk=pk)


@pytest.mark.django_db(transaction=True)
def test_a_job_that_held_the_database_for_long_is_heard_of_again(
    shared: Company, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    # Given a database in which others wait a tenth of a second for a lock, and a job that holds one for ten signs of life
    impatient = {"timeout": 0.1} if connection.vendor == "sqlite" else {"options": "-c lock_timeout=100"}
    options = connections.settings["default"]["OPTIONS"]
    monkeypatch.setitem(connections.settings["default"], "OPTIONS", {**options, **impatient})
    monkeypatch.setattr(jobs, "STALE_AFTER", timedelta(seconds=0.4))

    def holds(company: Company, arguments: dict[str, Any], by: User | None, progress: Progress) -> dict[str, Any]:
        with transaction.atomic():
            Job.objects.filter(pk=progress.job_id).update(progress_text="long")
            time.sleep(1)
        silent_since, patience = alive_at(progress.job_id), time.monotonic() + 10
        while alive_at(progress.job_id) == silent_since and time.monotonic() < patience:
            time.sleep(0.02)
        return {"is_heard_of": alive_at(progress.job_id) > silent_since}

    monkeypatch.setattr(jobs, "_HANDLERS", {"test.holds": holds})

    def worker() -> Job:
        try:
            jobs.enqueue(company=shared, kind="test.holds", title="Holds", arguments={}, by=None, at=clock.now())
            claimed = jobs.claim()
            assert claimed is not None
            return jobs.run(claimed)
        finally:
            connection.close()

    # when a worker runs it
    with ThreadPoolExecutor(1) as pool:
        done = pool.submit(worker).result()

    # then signs failed meanwhile, and came again after it
    assert "could not be written" in caplog.text
    assert (done.state, done.result) == (JobState.DONE, {"is_heard_of": True})
