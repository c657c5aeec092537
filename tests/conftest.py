"""Fixtures that every room's tests share. Factories are in `tests/factories.py`."""

import gc
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from _pytest.nodeid import coerce_node_id
from django.conf import LazySettings
from django.core.cache import cache
from django.db import transaction
from django.utils import translation
from pytest_django import DjangoDbBlocker

from lianxin.foundation.models import Company
from tests import factories
from tests.kept import Keeper

JOURNEYS = Path(__file__).parent / "journeys"


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """On PostgreSQL only what touches a database runs: all else was tested once, on SQLite, and would give the same answers.

    The journeys' sites take the database they are told of; `tools/test.sh` says which of them go there.
    """
    _name_groups(items)
    if not os.environ.get("DATABASE_URL", "").startswith("postgres"):
        return
    kept, left = [], []
    for item in items:
        touches = item.get_closest_marker("django_db") or {"db", "transactional_db"} & set(
            getattr(item, "fixturenames", ())
        )
        (kept if touches or item.path.is_relative_to(JOURNEYS) else left).append(item)
    items[:] = kept
    config.hook.pytest_deselected(items=left)


def pytest_collection_finish(session: pytest.Session) -> None:
    """What is loaded by now stays loaded: the collector of garbage need not look through it again and again while tests run."""
    gc.collect()
    gc.freeze()


def pytest_sessionfinish(session: pytest.Session) -> None:
    gc.unfreeze()


def _name_groups(items: list[pytest.Item]) -> None:
    """Write each `xdist_group` behind the name of its test, where the scheduler of `--dist loadgroup` reads it.

    xdist 3.8 writes it itself, but into a field that pytest 9.2 no longer reads: groups fell apart without a word and each worker
    built the same sites, homes and Java machines (pytest-dev/pytest-xdist#1386). `tests/test_groups.py` holds it to this.
    """
    if "PYTEST_XDIST_WORKER" not in os.environ:
        return
    for item in items:
        group = item.get_closest_marker("xdist_group")
        if group is not None and not item.nodeid.endswith(f"@{group.args[0]}"):
            item._id = coerce_node_id(f"{item.nodeid}@{group.args[0]}")  # type: ignore[attr-defined]


@pytest.fixture(autouse=True)
def own_home(tmp_path: Path, settings: LazySettings) -> Path:
    """Every test has a home of its own: no test sees another's lake or files, or the developer's."""
    settings.HOME = tmp_path / "home"
    settings.LAKE = settings.HOME / "lake"
    settings.MEDIA_ROOT = settings.HOME / "files"
    settings.HOME.mkdir()
    return Path(settings.HOME)


@pytest.fixture(autouse=True)
def empty_cache() -> None:
    """No test is answered with what was kept for another."""
    cache.clear()


@pytest.fixture(autouse=True)
def own_language() -> Iterator[None]:
    """Every test begins in the language of the installation: what a request before it activated stays in the thread."""
    translation.deactivate()
    yield
    translation.deactivate()


@pytest.fixture
def company(db: None) -> Company:
    return factories.company()


@pytest.fixture(scope="module")
def shared_rows(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """A transaction around a module: rows made in it stand before each of its tests, whose own transaction is rolled back to them.

    For rows that cost more than what is tested with them. No test of the module may be `transaction=True`.
    """
    with django_db_blocker.unblock(), transaction.atomic():
        yield
        transaction.set_rollback(True)


@pytest.fixture(scope="session")
def keeper(tmp_path_factory: pytest.TempPathFactory) -> Keeper:
    return Keeper(tmp_path_factory.mktemp("kept"))


@pytest.fixture
def kept(keeper: Keeper, db: None, own_home: Path) -> Keeper:
    """`kept(make)` is `make()`, run once a process: the tests after the first get a copy of its rows and files."""
    return keeper


@pytest.fixture(scope="session")
def iowa() -> Path:
    """The folder of real order lines; it stays outside the repository."""
    given = os.environ.get("LIANXIN_IOWA")
    if not given or not (Path(given) / "stores.csv").exists():
        pytest.skip(
            "LIANXIN_IOWA is not set: the real order lines are not in the repository (see docs/how-to/real-data.md)"
        )
    return Path(given)
