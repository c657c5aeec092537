"""What a page, a phone or a plan needs twice is asked of the database once."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from lianxin.foundation import clock
from lianxin.visits.queries import plan_frequency
from lianxin.visits.queries.plan_inputs import inputs_of
from lianxin.visits.queries.replica import replica_of
from tests.visits.world import World

pytestmark = [pytest.mark.django_db, pytest.mark.requirement("E3")]


def reads(act: Callable[[], Any], words: str) -> int:
    with CaptureQueriesContext(connection) as asked:
        act()
    return sum(words in query["sql"] for query in asked)


def test_a_phone_reads_the_versions_of_its_shops_once(world: World) -> None:
    person = world.people["wang"]
    assert reads(lambda: replica_of(person, at=clock.now()), 'FROM "retailers_retailerversion"') == 1


def test_the_inputs_of_a_plan_read_each_shop_once(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    n_asked, names = [], plan_frequency._by_tier
    monkeypatch.setattr(plan_frequency, "_by_tier", lambda tier, values: n_asked.append(tier) or names(tier, values))

    def act() -> Any:
        return inputs_of(world.company, world.people["wang"], starts_on=world.monday)

    assert reads(act, 'FROM "retailers_retailerversion"') == 1
    assert len(n_asked) == len(world.shops["wang"])


def test_home_counts_what_waits_once(world: World) -> None:
    boss = world.client("boss")
    url = reverse("web:panel", args=["route"])
    boss.get(url)
    assert reads(lambda: boss.get(url), 'FROM "visits_planchange"') == 1
