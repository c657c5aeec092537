"""A promise goes with the shop: who holds or covers it settles it, and who held it on the due day answers for it."""

from datetime import timedelta

import pytest
from django.test import RequestFactory
from django.urls import reverse

from lianxin.foundation import clock
from lianxin.foundation.errors import Refused
from lianxin.foundation.uuids import uuid7
from lianxin.retailers.models import Territory
from lianxin.ui.slots import navigation_for
from lianxin.visits import facts
from lianxin.visits.actions import promises as actions
from lianxin.visits.models import Cover, Promise
from lianxin.visits.queries import figures
from lianxin.visits.queries import promises as queries
from lianxin.visits.queries.calendar import Period, bounds
from lianxin.visits.states import RecordKind
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


def badge(world: World, who: str, key: str) -> int:
    request = RequestFactory().get("/")
    request.user = world.users[who]
    (entry,) = (one for one in navigation_for(request) if one.key == key)
    return entry.badge(request) if entry.badge is not None else 0


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


@pytest.mark.requirement("J1")
def test_who_kept_a_promise_before_its_day_has_kept_it_whoever_holds_the_shop_then(world: World) -> None:
    # Given promises of one day, kept five days before a handover, kept after it, not kept, and open
    kept, later, broken, still = (promise(world, due_in=-1) for _n in range(4))
    hand_over(world, days_ago=3)
    first, last = bounds(*(clock.today(world.company) - timedelta(days=n) for n in (8, 2)), world.company)
    for row, state, at in ((kept, "kept", first), (later, "kept", last), (broken, "not_kept", first)):
        Promise.objects.filter(pk=row.pk).update(state=state, settled_at=at)

    told = {row["promise_id"]: row["person_id"] for row in facts.promises(world.company).to_pylist()}
    wang, li = world.people["wang"].pk, world.people["li"].pk
    assert told == {kept.pk: wang, later.pk: li, broken.pk: li, still.pk: li}

    # One without an instant counts for who held the shop on its day.
    Promise.objects.filter(pk=kept.pk).update(settled_at=None)
    told = {row["promise_id"]: row["person_id"] for row in facts.promises(world.company).to_pylist()}
    assert told[kept.pk] == li


@pytest.mark.requirement("J1")
def test_a_promise_kept_late_is_the_work_of_who_kept_it(world: World) -> None:
    # Given two promises due with wang before the handover: li keeps one after it, of the other he says that it was not kept
    kept, broken = promise(world, due_in=-5), promise(world, due_in=-5)
    hand_over(world, days_ago=3)
    for row, state in ((kept, "kept"), (broken, "not_kept")):
        Promise.objects.filter(pk=row.pk).update(state=state, settled_at=clock.now())

    # then wang is not credited with what he did not keep, and answers for what fell due with him
    told = {row["promise_id"]: row["person_id"] for row in facts.promises(world.company).to_pylist()}
    assert told == {kept.pk: world.people["li"].pk, broken.pk: world.people["wang"].pk}


@pytest.mark.requirement("F6")
def test_a_record_and_the_menu_tell_what_is_ones_own_to_keep(world: World) -> None:
    # Given two promises of wang overdue, one kept before the handover and one after it, and the shop gone to li
    today = clock.today(world.company)
    overdue, other, before, after = (promise(world, due_in=-2) for _n in range(4))
    hand_over(world, days_ago=3)
    days = bounds(today - timedelta(days=5), today - timedelta(days=1), world.company)
    for row, at in zip((before, after), days, strict=True):
        Promise.objects.filter(pk=row.pk).update(state="kept", settled_at=at)

    # then records and the badge of wang blame nothing on him, and credit each with what he kept
    first, last = today - timedelta(days=6), today + timedelta(days=1)
    period = Period(RecordKind.WEEKLY, first, last, bounds(last, last, world.company)[0])

    def told(who: str) -> tuple[float | None, ...]:
        found = {one.code: one.value for one in figures.figures_of(world.company, world.people[who], period)}
        return found["promises_overdue"], found["promises_kept"]

    assert {who: told(who) for who in ("wang", "li", "zhao")} == {"wang": (0, 1), "li": (2, 1), "zhao": (0, 0)}
    assert {who: badge(world, who, "promises") for who in ("wang", "li")} == {"wang": 0, "li": 2}
    Promise.objects.filter(pk=before.pk).update(state="asked")
    assert badge(world, "boss", "promises") == 1

    # and of a period before the handover he is told what was overdue with him then
    earlier = Period(RecordKind.WEEKLY, first - timedelta(days=7), today - timedelta(days=3), period.due_at)
    Promise.objects.filter(pk__in=(overdue.pk, other.pk)).update(due_on=today - timedelta(days=5))
    found = {one.code: one.value for one in figures.figures_of(world.company, world.people["wang"], earlier)}
    assert found["promises_overdue"] == 2
