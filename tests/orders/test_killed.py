"""Killing the process at any moment leaves the old or the new state, and doing the same again finishes."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.xdist_group("killed")
CHILD = Path(__file__).with_name("killed_child.py")
ALL = 60_000


def environment(home: Path) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"}
    source = str(CHILD.parents[2] / "src")
    return {
        **kept,
        "LIANXIN_HOME": str(home),
        "DJANGO_SETTINGS_MODULE": "lianxin.config.settings",
        "PYTHONPATH": source,
    }


def start(home: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, str(CHILD), *arguments],
        env=environment(home),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


@pytest.fixture(scope="module")
def ready(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("killed") / "home"
    home.mkdir()
    done = start(home, "setup")
    assert done.returncode == 0, done.stderr
    return home


@pytest.fixture
def home(ready: Path, tmp_path: Path) -> Iterator[Path]:
    copy = tmp_path / "killed-home"
    shutil.copytree(ready, copy)
    yield copy
    shutil.rmtree(copy)


def told(home: Path, *commands: str) -> list[dict[str, Any]]:
    """What a process that does these things one after the other tells of them."""
    done = start(home, *commands)
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


def killed(home: Path, *commands: str, step: str) -> None:
    assert start(home, *commands, "--kill", step).returncode == -signal.SIGKILL


@pytest.mark.parametrize(
    ("step", "lines", "states"),
    [
        ("files written, batch not known", 0, []),
        ("batch prepared, nothing committed", 0, ["prepared"]),
        ("committed in the lake, row still prepared", ALL, ["prepared"]),
    ],
)
def test_an_import_of_lines_killed_at_a_step(home: Path, step: str, lines: int, states: list[str]) -> None:
    killed(home, "import orders", step=step)
    left, again, end = told(home, "look", "import orders", "look")
    assert (left["lines"], left["states"]) == (lines, states)
    assert again == ({"accepted": 0, "duplicate": ALL} if lines else {"accepted": ALL, "duplicate": 0})
    assert (end["lines"], end["orphans"], end["runs"], end["audit_faults"]) == (ALL, 0, 1, [])
    assert end["states"] == (["abandoned", "committed"] if states and not lines else ["committed"])


@pytest.mark.parametrize("milliseconds", [100, 400, 800])
def test_an_import_of_lines_killed_at_any_moment(home: Path, milliseconds: int) -> None:
    child = subprocess.Popen(
        [sys.executable, str(CHILD), "import orders"],
        env=environment(home),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert child.stderr is not None
    while "begun" not in child.stderr.readline():
        assert child.poll() is None
    time.sleep(milliseconds / 1000)
    child.kill()
    child.wait()
    child.stderr.close()
    left, _again, end = told(home, "look", "import orders", "look")
    assert left["lines"] in (0, ALL)
    assert (end["lines"], end["orphans"], end["runs"]) == (ALL, 0, 1)
    assert set(end["states"]) <= {"abandoned", "committed"}


def test_an_undo_of_lines_killed_after_the_lake_is_finished_by_the_next_start(home: Path) -> None:
    killed(home, "import orders", "undo orders", step="lines gone from the lake, row still committed")
    left, end = told(home, "look", "reconcile", "look")
    assert (left["lines"], left["states"], end["states"]) == (0, ["committed"], ["undone"])


@pytest.mark.parametrize("step", ["before the journal", "rows written, transaction open"])
def test_an_import_of_retailers_killed_in_its_transaction_leaves_the_old_state(home: Path, step: str) -> None:
    killed(home, "import retailers", step=step)
    left, again, end = told(home, "look", "import retailers", "look")
    assert (left["retailers"], again) == (1, {"accepted": 2, "duplicate": 0})
    assert (end["retailers"], end["audit_faults"]) == (3, [])


def test_an_undo_of_retailers_killed_in_its_transaction_leaves_the_old_state(home: Path) -> None:
    killed(home, "import retailers", "undo retailers", step="rows taken out, transaction open")
    left, end = told(home, "look", "undo retailers", "look")
    assert (left["retailers"], end["retailers"]) == (3, 1)
