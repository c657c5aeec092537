import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from lianxin.appraisal import actions
from tests.appraisal import world as worlds
from tests.appraisal.adopting import adopted
from tests.appraisal.world import AT, MONTH
from tests.engine.local_spark import spark

__all__ = ["spark"]

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def world(db, request):
    return request.getfixturevalue("closed") if "closed" in request.fixturenames else worlds.make()


@pytest.fixture
def scheme(world):
    return adopted(world)


def closed_world():
    world = worlds.make()
    adopted(world)
    actions.close(company=world.company, month=MONTH, by=world.users["督察"], at=AT)
    return world


@pytest.fixture
def closed(kept):
    """The world, with its scheme in force and its month closed."""
    return kept(closed_world)


@pytest.fixture
def sign_in(client):
    def signed(world, name):
        client.force_login(world.users[name])
        return client

    return signed


class Home:
    """An installation of its own on disk, driven through processes of its own."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def start(self, *arguments: str, **environment: str) -> subprocess.Popen:
        kept = {key: value for key, value in os.environ.items() if key not in ("DATABASE_URL", "LIANXIN_ENGINE")}
        environment = {
            **kept,
            "DJANGO_SETTINGS_MODULE": "lianxin.config.settings",
            "LIANXIN_HOME": str(self.path),
            "PYTHONPATH": f"{ROOT / 'src'}{os.pathsep}{ROOT}",
            "LC_ALL": "C.UTF-8",
            **environment,
        }
        return subprocess.Popen(
            [sys.executable, *arguments],
            env=environment, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip

    def child(self, command: str, **environment: str) -> dict:
        """What the child printed; {} when it was killed."""
        return next(iter(self.children(command, **environment)), {})

    def children(self, command: str, **environment: str) -> list[dict]:
        """Every line that the child printed."""
        process = self.start("-m", "tests.appraisal.children", command, **environment)
        out, err = process.communicate(timeout=180)
        assert process.returncode in (0, -9), err
        return [json.loads(line) for line in out.splitlines()]

    def lianxin(self, *commands: list[str]) -> list[tuple[int, str]]:
        """Exit code and everything said of each command line, run one after the other in one process."""
        process = self.start("-m", "tests.appraisal.children", "commands")
        out, err = process.communicate(json.dumps(commands), timeout=300)
        assert process.returncode == 0, err
        return [(code, said) for code, said in json.loads(out)]


@pytest.fixture(scope="session")
def installed(tmp_path_factory) -> Path:
    home = Home(tmp_path_factory.mktemp("installed") / "home")
    home.path.mkdir()
    home.child("setup")
    return home.path


@pytest.fixture
def home(installed, tmp_path) -> Home:
    """A copy of the small world, installed on disk."""
    return Home(Path(shutil.copytree(installed, tmp_path / "installed")))
