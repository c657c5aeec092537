"""The same record from several senders at once: one visit, one verdict. On SQLite in a file, as in an installation."""

import sqlite3
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from django.db import connection, connections
from django.test import Client

from lianxin.field.models import Pushed
from lianxin.foundation import audit
from lianxin.visits.models import Visit
from tests import factories
from tests.field.conftest import Field, Phone, build, visit_body


@pytest.fixture
def crowd(transactional_db: None, now: object, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Field:
    """The world of a manager in a database that several threads open."""
    world = build(factories.company())
    if connection.vendor == "sqlite":
        # The tests' own database lives in memory, where threads lock each other out instead of waiting.
        path = tmp_path / "crowd.sqlite3"
        with sqlite3.connect(path) as copy:
            connection.connection.backup(copy)
        copy.close()
        monkeypatch.setitem(connections.settings["default"], "NAME", str(path))
    return world


def apart(work: Callable[[], Any]) -> Any:
    """What work gives on a connection of its own."""

    def done() -> Any:
        try:
            return work()
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool:
        return pool.submit(done).result()


@pytest.mark.django_db(transaction=True)
@pytest.mark.requirement("F1")
def test_a_storm_of_repeats_applies_each_record_once(crowd: Field) -> None:
    records = [
        crowd.phone.record("visits.complete", visit_body(shop, minutes_ago=60 - 15 * n))
        for n, shop in enumerate(crowd.shops)
    ]
    start = threading.Barrier(4)

    def send(order: list[dict[str, Any]]) -> list[dict[str, Any]]:
        client = Client()
        client.force_login(crowd.user)
        start.wait()
        return Phone(client, device=crowd.phone.device).push(*order)

    with ThreadPoolExecutor(4) as pool:
        orders = (records, records[::-1], records, records[::-1])
        found = list(pool.map(lambda order: apart(lambda: send(order)), orders))

    assert [sorted((each["id"], each["verdict"]) for each in answer) for answer in found] == [
        sorted((record["id"], "applied") for record in records)
    ] * 4
    assert apart(lambda: (Visit.objects.count(), Pushed.objects.count())) == (3, 3)
    assert apart(lambda: list(audit.faults(crowd.company))) == []
