"""A promise goes with the shop: who holds or covers it settles it, and who held it on the due day answers for it."""

from datetime import timedelta

import pytest
from django.urls import reverse

from lianxin.foundation import clock
from lianxin.foundation.errors import Refused
from lianxin.foundation.uuids import uuid7
from lianxin.retailers.models import Territory
from lianxin.visits import facts
from lianxin.visits.actions import promises as actions
from lianxin.visits.models import Cover, Promise
from lianxin.visits.queries import promises as queries
from tests.visits.world import World

pytestmark = [pytest.mark.django_db, pytest.mark.requirement("F3")]


def promise(world: World, *, due_in: int) -> Promise:
    on = clock.today(world.company)
    return Promise.objects.create(
        id=uuid7(), company=world.company, retailer=world.shops["wang"][0], owner=world.people["wang"], text="补送价签十张",
        made_at=clock.now() - timedelta(days=20), due_on=on + timedelta(days=due_in), state="open",
    )  # fmt: skip


def hand_over(world: World, *, days_ago: int) -> None:
    """The shop goes from wang to li."""
    day = clock.today(world.company) - timedelta(days=days_ago)
    shop = world.shops["wang"][0]
    Territory.objects.filter(retailer=shop).update(valid_until=day)
    Territory.objects.create(retailer=shop, person=world.people["li"], valid_from=day)


def settle(world: World, row: Promise, who: str, *, days_ago: int = 0) -> str:
    on = clock.today(world.company) - timedelta(days=days_ago)
    return actions.settle(
        promise_id=row.pk, person=world.people[who], kept=True, words="", by=world.users[who], at=clock.now(), on=on
    ).state


def test_the_new_holder_keeps_what_his_predecessor_promised(world: World) -> None:
    row, on = promise(world, due_in=2), clock.today(world.company)
    hand_over(world, days_ago=3)
    for who in ("wang", "zhao"):
        with pytest.raises(Refused):
            settle(world, row, who)
    counts = {who: queries.own_counts(world.users[who], world.company, on=on)["open"] for who in ("wang", "li", "zhao")}
    assert counts == {"wang": 0, "li": 1, "zhao": 0}
    seen = {
        who: queries.promises_visible(world.users[who], world.company, on=on).count() for who in ("wang", "li", "zhao")
    }
    assert seen == {"wang": 1, "li": 1, "zhao": 0}
    page = world.client("li").get(reverse("visits:promises")).content.decode()
    assert "补送价签十张" in page and "由wang作出" in page  # noqa: PT018
    assert world.client("li").post(reverse("visits:promise_settle", args=[row.pk]), {"kept": "yes"}).status_code == 302
    row.refresh_from_db()
    assert (row.state, row.owner) == ("kept", world.people["wang"])


def test_what_was_said_while_one_held_the_shop_counts_though_it_arrives_later(world: World) -> None:
    row = promise(world, due_in=2)
    hand_over(world, days_ago=1)
    assert settle(world, row, "wang", days_ago=2) == "kept"


def test_who_covers_settles(world: World) -> None:
    row, on = promise(world, due_in=0), clock.today(world.company)
    with pytest.raises(Refused):
        settle(world, row, "li")
    Cover.objects.create(
        company=world.company, absent=world.people["wang"], covering=world.people["li"], valid_from=on,
        valid_until=on + timedelta(days=2), reason="培训",
    )  # fmt: skip
    assert queries.own_counts(world.users["li"], world.company, on=on)["open"] == 1
    assert settle(world, row, "li") == "kept"


def test_where_nobody_holds_the_shop_who_promised_settles(world: World) -> None:
    row = promise(world, due_in=0)
    Territory.objects.filter(retailer=row.retailer).update(valid_until=clock.today(world.company) - timedelta(days=1))
    with pytest.raises(Refused):
        settle(world, row, "li")
    assert settle(world, row, "wang") == "kept"


@pytest.mark.requirement("J1")
def test_an_overdue_promise_counts_for_who_held_the_shop_when_it_fell_due(world: World) -> None:
    before, after = promise(world, due_in=-5), promise(world, due_in=-1)
    hand_over(world, days_ago=3)
    told = {row["promise_id"]: row["person_id"] for row in facts.promises(world.company).to_pylist()}
    assert told == {before.pk: world.people["wang"].pk, after.pk: world.people["li"].pk}
