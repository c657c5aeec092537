"""A closing whose process dies at any step, and two at once, in processes of their own."""

import shutil
import sqlite3
import time
from contextlib import closing

import pytest

from lianxin.appraisal.states import Step
from tests.appraisal.conftest import Home

pytestmark = pytest.mark.xdist_group("installed")
SAME = {"number": 1, "is_new": True, "parts": 9}


@pytest.mark.requirement("J4")
@pytest.mark.parametrize("step", [Step.STARTED, Step.PUBLISHED, Step.PINNED, Step.COMPUTED, Step.SCORED, Step.RECORDED])
def test_a_closing_killed_at_a_step_is_finished_by_the_next_run_with_the_same_result(home, step, undisturbed):
    assert home.child("close", KILL_AT=str(step.label)) == {}

    again, once_more = home.children("close", TIMES="2")

    assert {key: again[key] for key in SAME} == SAME
    assert again["digest"] == undisturbed
    assert again["is_resumed"] is (step not in (Step.STARTED, Step.PUBLISHED))
    assert once_more == {**again, "is_new": False, "is_resumed": False}


def test_a_closing_killed_after_its_release_is_there(home, undisturbed):
    assert home.child("close", KILL_AT=str(Step.RELEASED.label)) == {}

    again = home.child("close")

    assert (again["is_new"], again["digest"]) == (False, undisturbed)


def test_of_two_closings_at_once_the_second_is_told_to_wait(home):
    first = home.start("-m", "tests.appraisal.children", "close", REST="3")
    wait_until(lambda: locks(home) == 1 or first.poll() is not None)

    second = home.child("close")
    out, err = first.communicate(timeout=120)

    assert "2021-12" in second["refused"]
    assert '"is_new": true' in out, err
    assert locks(home) == 0


def locks(home):
    with closing(sqlite3.connect(home.path / "lianxin.sqlite3", timeout=30)) as database:
        return database.execute("select count(*) from appraisal_closinglock").fetchone()[0]


def wait_until(condition, seconds=60):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.05)


@pytest.fixture(scope="module")
def undisturbed(installed, tmp_path_factory):
    """The digest of a closing that nobody killed."""
    copy = Home(tmp_path_factory.mktemp("undisturbed") / "home")
    shutil.copytree(installed, copy.path)
    return copy.child("close")["digest"]
