import sqlite3
from pathlib import Path

import pytest
from django.db import connection, connections

from lianxin.foundation.models import Company
from tests import factories


@pytest.fixture
def shared(transactional_db: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Company:
    """A company in a database that several workers open."""
    company = factories.company()
    if connection.vendor == "sqlite":
        # The tests' own database lives in memory, where threads lock each other out instead of waiting.
        path = tmp_path / "shared.sqlite3"
        with sqlite3.connect(path) as copy:
            connection.connection.backup(copy)
        copy.close()
        monkeypatch.setitem(connections.settings["default"], "NAME", str(path))
    return company
