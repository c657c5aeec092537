"""Fixtures that every room's tests share. Factories are in `tests/factories.py`."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import LazySettings
from django.core.cache import cache
from django.utils import translation

from lianxin.foundation.models import Company
from tests import factories


@pytest.fixture(autouse=True)
def own_home(tmp_path: Path, settings: LazySettings) -> Path:
    """Every test has a home of its own: no test sees another's lake or files, or the developer's."""
    settings.HOME = tmp_path / "home"
    settings.LAKE = settings.HOME / "lake"
    settings.MEDIA_ROOT = settings.HOME / "files"
    settings.HOME.mkdir()
    cache.clear()
    return Path(settings.HOME)


@pytest.fixture(autouse=True)
def own_language() -> Iterator[None]:
    """Every test begins in the language of the installation: what a request before it activated stays in the thread."""
    translation.deactivate()
    yield
    translation.deactivate()


@pytest.fixture
def company(db: None) -> Company:
    return factories.company()


@pytest.fixture(scope="session")
def iowa() -> Path:
    """The folder of real order lines; it stays outside the repository."""
    given = os.environ.get("LIANXIN_IOWA")
    if not given or not (Path(given) / "stores.csv").exists():
        pytest.skip(
            "LIANXIN_IOWA is not set: the real order lines are not in the repository (see docs/how-to/real-data.md)"
        )
    return Path(given)
