"""An urgent visit on a full day: the fewest, least pressing visits go once agreed to, or a sentence tells why none can."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest
from django.urls import reverse
from django.utils import translation

from lianxin.foundation import clock
from lianxin.foundation.errors import Denied, Refused
from lianxin.foundation.models import AuditRow
from lianxin.foundation.uuids import uuid7
from lianxin.visits.actions import planning, replanning, urgent
from lianxin.visits.models import Cover, PlanChange, PlanCycle, PlannedVisit, Promise, Visit
from lianxin.visits.queries.plan_room import leave_to_move, off_days, weight_of
from lianxin.visits.states import PlanChangeKind
from tests.factories import AT
from tests.visits.api_calls import call, told
from tests.visits.world import World

pytestmark = [pytest.mark.django_db, pytest.mark.requirement("E3")]

MONDAY = date(2021, 12, 6)
TUESDAY = MONDAY + timedelta(days=1)
NOW = datetime(2021, 12, 6, 0, 30, tzinfo=UTC)


@pytest.fixture(autouse=True)
def stopped_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)


def row(
    world: World, cycle: PlanCycle, shop: int, day: date, *codes: str, order: int = 1, **fields: Any
) -> PlannedVisit:
    """A visit of two and a half hours: three fill a day."""
    return PlannedVisit.objects.create(
        **{
            "id": uuid7(), "cycle": cycle, "company": world.company, "person": world.people["wang"],
            "retailer": world.shops["wang"][shop], "visit_date": day, "order": order, "arrive_at": time(9), "travel_minutes": 5,
            "service_minutes": 150, "reasons": [{"code": code, "evidence": {}} for code in codes], **fields,
        }
    )  # fmt: skip


@pytest.fixture
def cycle(world: World) -> PlanCycle:
    """wang's approved plan with a Monday of three visits: a complaint, a regular one, one long not visited."""
    found = world.approved("wang", starts_on=MONDAY)
    found.visits.all().delete()
    found.parameters["values"]["service_minutes"] = 150
    found.save()
    for shop, code in enumerate(("complaint_pending", "regular", "long_not_visited")):
        row(world, found, shop, MONDAY, code, order=shop + 1)
    return found


def asked(world: World, cycle: PlanCycle, shop: int = 5, *, last: date = MONDAY) -> dict[str, Any]:
    return {
        "cycle": cycle, "retailer": world.shops["wang"][shop], "not_before": MONDAY, "not_after": last,
        "by": world.users["wang"], "at": AT, "on": MONDAY,
    }  # fmt: skip


def where(cycle: PlanCycle) -> dict[str, date]:
    return {visit.retailer.name: visit.visit_date for visit in cycle.visits.select_related("retailer")}


def test_the_least_pressing_visit_goes_once_somebody_has_agreed(world: World, cycle: PlanCycle) -> None:
    before = where(cycle)
    given = asked(world, cycle)
    # Foreseeing writes nothing.
    foreseen = urgent.foresee(**given)
    assert (foreseen.day, [(one.visit.retailer.name, one.from_date, one.to_date) for one in foreseen.goes]) == (
        MONDAY,
        [("wang shop 1", MONDAY, TUESDAY)],
    )
    assert where(cycle) == before
    for seal in ("", "another"):
        with pytest.raises(urgent.NotAgreed) as question:
            urgent.add(**given, reason="断货", agreed=seal)
        assert question.value.foreseen == foreseen
    assert where(cycle) == before

    change = urgent.add(**given, reason="断货", agreed=foreseen.seal)
    assert where(cycle) == {**before, "wang shop 1": TUESDAY, "wang shop 5": MONDAY}
    monday = cycle.visits.filter(visit_date=MONDAY).order_by("order")
    assert [visit.order for visit in monday] == [1, 2, 3]
    assert [visit.arrive_at for visit in monday] == sorted(visit.arrive_at for visit in monday)
    # The reason belongs to the other shop, and nothing waits for anybody's word: nothing is lost.
    assert cycle.visits.get(retailer=world.shops["wang"][1]).words == "wang shop 5: 断货"
    assert (change.kind, change.excuse, len(change.body["moved"])) == (PlanChangeKind.URGENT, "not_needed", 2)
    assert AuditRow.objects.filter(verb="callplans.change_urgent").count() == 1
    assert cycle.visits.exclude(state="planned").count() == 0


def test_a_day_with_room_moves_nobody_and_asks_nothing(world: World, cycle: PlanCycle) -> None:
    before = where(cycle)
    assert urgent.foresee(**asked(world, cycle, last=TUESDAY)).goes == ()
    urgent.add(**asked(world, cycle, last=TUESDAY), reason="断货")
    assert where(cycle) == {**before, "wang shop 5": TUESDAY}


def at_local(hour: int, minute: int = 0) -> datetime:
    return datetime(2021, 12, 6, hour, minute, tzinfo=UTC) - timedelta(hours=8)


def test_a_visit_of_today_begins_after_now(world: World, cycle: PlanCycle) -> None:
    """Nobody is sent to a shop in the hours that are over; what was to be made by now keeps its time."""
    PlannedVisit.objects.filter(cycle=cycle).delete()
    cycle.parameters["values"]["service_minutes"] = 30
    cycle.save()
    early = row(world, cycle, 0, MONDAY, "regular", order=1, arrive_at=time(9), service_minutes=30)
    late = row(world, cycle, 1, MONDAY, "regular", order=2, arrive_at=time(14), service_minutes=30)
    urgent.add(**{**asked(world, cycle), "at": at_local(13, 10)}, reason="断货")
    told = {
        visit.retailer.name: (visit.order, visit.arrive_at)
        for visit in cycle.visits.filter(visit_date=MONDAY).select_related("retailer")
    }
    assert told[early.retailer.name] == (1, time(9))
    assert sorted(order for order, _at in told.values()) == [1, 2, 3]
    assert min(told[late.retailer.name][1], told["wang shop 5"][1]) >= time(13, 10)


def test_what_is_left_of_today_takes_no_more_than_it_can(world: World, cycle: PlanCycle) -> None:
    """At half past three two and a half hours do not fit any more, though the morning's visits could go."""
    with translation.override("en"), pytest.raises(Refused) as refused:
        urgent.foresee(**{**asked(world, cycle), "at": at_local(15, 30)})
    assert "to be made earlier today" in refused.value.message
    assert "go to other" not in refused.value.message
    # with tomorrow it goes there, and nobody comes from today's morning or goes into it
    foreseen = urgent.foresee(**{**asked(world, cycle, last=TUESDAY), "at": at_local(15, 30)})
    assert (foreseen.day, foreseen.goes) == (TUESDAY, ())


def test_when_the_working_hours_are_over_today_is_no_day_any_more(world: World, cycle: PlanCycle) -> None:
    evening = {**asked(world, cycle), "at": at_local(19)}
    with translation.override("en"), pytest.raises(Refused) as refused:
        urgent.foresee(**evening)
    assert (refused.value.field, refused.value.message) == (
        "not_after", "Today's working hours are over. Choose another day.",
    )  # fmt: skip
    assert urgent.foresee(**{**evening, "not_after": TUESDAY}).day == TUESDAY


def test_what_was_agreed_to_does_not_hold_for_a_plan_that_changed(world: World, cycle: PlanCycle) -> None:
    seal = urgent.foresee(**asked(world, cycle)).seal
    PlannedVisit.objects.filter(retailer=world.shops["wang"][1]).update(reasons=[{"code": "promise_overdue"}])
    with pytest.raises(urgent.NotAgreed) as question:
        urgent.add(**asked(world, cycle), reason="断货", agreed=seal)
    assert [one.visit.retailer.name for one in question.value.foreseen.goes] == ["wang shop 2"]


def test_what_must_keep_its_day_keeps_it_and_the_refusal_says_what_stands_in_the_way(
    world: World, cycle: PlanCycle
) -> None:
    # Given one visit made, one for a colleague, and one at a shop to which a promise is open
    made, covered, promised = cycle.visits.order_by("order")
    Visit.objects.create(
        id="v1", company=world.company, person=world.people["wang"], retailer=made.retailer, visit_date=MONDAY,
        check_in_at=NOW, check_out_at=NOW, received_at=NOW, state="done",
    )  # fmt: skip
    PlannedVisit.objects.filter(pk=covered.pk).update(cycle=world.approved("li", starts_on=MONDAY))
    Promise.objects.create(
        id="p1", company=world.company, retailer=promised.retailer, owner=world.people["wang"], text="补货", made_at=AT,
        due_on=MONDAY, state="open",
    )  # fmt: skip
    with translation.override("en"), pytest.raises(Refused) as why:
        urgent.add(**asked(world, cycle), reason="断货")
    assert why.value.message == (
        "These days are full. Of their visits, 1 is made or begun; 1 is at a shop with an open promise; "
        "1 is made for a colleague. Choose other days, or have a colleague cover."
    )
    assert where(cycle).keys() == {made.retailer.name, promised.retailer.name}

    # One that is free but has no other day, because all days are over or off but this one
    Promise.objects.all().delete()
    days = [TUESDAY + timedelta(days=n) for n in range(26)]
    replanning.away(
        cycle=cycle, kind=PlanChangeKind.ABSENCE, days=days, reason="病假", by=world.users["boss"], at=AT, on=MONDAY
    )
    with translation.override("en"), pytest.raises(Refused) as why:
        urgent.add(**asked(world, cycle), reason="断货")
    assert "1 might go, but no other day of its month fits" in why.value.message
    with translation.override("zh-hans"), pytest.raises(Refused) as why:
        urgent.add(**asked(world, cycle), reason="断货")
    assert "1 户本可调开，但没有合适的其他日期，或调开 1 户仍腾不出时间" in why.value.message
    # The page says it once above and once beside the field, in signs of its own language, and keeps what was typed.
    given = {
        "retailer": world.shops["wang"][5].pk,
        "not_before": f"{MONDAY}",
        "not_after": f"{MONDAY}",
        "reason": "断货",
    }
    page = world.client("wang", "zh").post(reverse("visits:plan_urgent", args=[cycle.pk]), given)
    text = page.content.decode()
    assert page.status_code == 422
    assert text.count("1 户本可调开") == 2
    assert '<a href="#id_not_after">不晚于</a>：这几天都已排满' in text
    assert "断货" in text


def test_other_urgent_visits_stay_and_a_shop_keeps_its_visit_of_the_month(world: World, cycle: PlanCycle) -> None:
    first = cycle.visits.get(retailer=world.shops["wang"][1])
    PlannedVisit.objects.filter(pk=first.pk).update(reasons=[{"code": "urgent", "evidence": {}}])
    leave = leave_to_move(cycle, on=MONDAY)
    kept, regular = str(first.retailer_id), str(world.shops["wang"][2].pk)
    assert leave.stays == {(kept, MONDAY): "urgent"}
    # The only visit of December keeps to December; of two only the last may go to January.
    december = leave.movable[regular, MONDAY].days
    assert december is not None
    assert {day.month for day in december} == {12}
    later = MONDAY + timedelta(days=14)
    row(world, cycle, 2, later, "regular")
    leave = leave_to_move(cycle, on=MONDAY)
    assert leave.movable[regular, MONDAY].days == december
    assert leave.movable[regular, later].days is None


def test_weights_follow_the_most_pressing_reason() -> None:
    def weight(*codes: str) -> int:
        return weight_of([{"code": code} for code in codes])

    several = [(), ("regular",), ("research_question",), ("price_tags_missing",), ("price_tags_missing", "research_question"),
            ("promise_overdue", "regular", "regular"), ("complaint_pending",), ("unheard_of",)]  # fmt: skip
    weights = [weight(*codes) for codes in several]
    assert weights == sorted(weights)
    assert weights[:2] == [0, 0]
    assert len(set(weights)) == len(several) - 1


def test_no_visit_goes_to_a_day_that_fell_away(world: World, cycle: PlanCycle) -> None:
    boss = world.users["boss"]
    replanning.away(cycle=cycle, kind=PlanChangeKind.WEATHER, days=[TUESDAY], reason="台风", by=boss, at=AT, on=MONDAY)
    wednesday = TUESDAY + timedelta(days=1)
    Cover.objects.create(
        company=world.company, absent=world.people["wang"], covering=world.people["li"], valid_from=wednesday,
        valid_until=wednesday + timedelta(days=1), reason="培训",
    )  # fmt: skip
    assert off_days(cycle) == {TUESDAY, wednesday}
    (goes,) = urgent.foresee(**asked(world, cycle)).goes
    assert goes.to_date == wednesday + timedelta(days=1)
    with pytest.raises(Refused) as why:
        urgent.foresee(**{**asked(world, cycle), "not_before": TUESDAY, "not_after": wednesday})
    assert why.value.field == "not_after"
    # What a manager says of himself changes the route at once, and is a day of work again where it is declined.
    thursday = wednesday + timedelta(days=1)
    said = replanning.away(
        cycle=cycle,
        kind=PlanChangeKind.ABSENCE,
        days=[thursday],
        reason="请假",
        by=world.users["wang"],
        at=AT,
        on=MONDAY,
    )
    assert thursday in off_days(cycle)
    PlanChange.objects.filter(pk=said.pk).update(excuse="declined")
    assert thursday not in off_days(cycle)
    # Nor do the visits of an absence go there.
    moved = replanning.away(
        cycle=cycle, kind=PlanChangeKind.ABSENCE, days=[MONDAY], reason="请假", by=boss, at=AT, on=MONDAY
    ).body["moved"]
    assert moved
    assert not {one["to"] for one in moved} & {f"{TUESDAY}", f"{wednesday}"}


def test_wrong_askers_shops_and_states_are_refused(world: World, cycle: PlanCycle) -> None:
    given = asked(world, cycle)
    for who in ("li", "zhao", "other_boss"):
        with pytest.raises(Denied):
            urgent.foresee(**{**given, "by": world.users[who]})
    for change, field in (
        ({"retailer": world.shops["li"][0]}, "retailer"),
        ({"not_before": MONDAY - timedelta(days=9), "not_after": MONDAY - timedelta(days=2)}, "not_after"),
        ({"retailer": world.shops["wang"][0]}, "not_before"),
    ):
        with pytest.raises(Refused) as why:
            urgent.foresee(**{**given, **change})
        assert why.value.field == field
    PlanCycle.objects.filter(pk=cycle.pk).update(state="proposed")
    with pytest.raises(Refused):
        urgent.add(**given, reason="断货")
    PlanCycle.objects.filter(pk=cycle.pk).update(state="draft")
    # A draft that somebody changed still goes the way of approval.
    urgent.add(**given, reason="断货", agreed=urgent.foresee(**given).seal)
    planning.propose(cycle=cycle, by=world.users["wang"], at=AT, on=MONDAY)
    assert planning.approve(cycle=cycle, by=world.users["boss"], at=AT, on=MONDAY).visits.count() == 4


@pytest.mark.parametrize(
    ("language", "heading", "why", "done"),
    [
        ("zh-hans", "把这 1 户调到其他日期", "常规走访", "调整 1 户"),
        ("en", "May 1 visit go", "Regular visit", "1 visit moved."),
    ],
)
def test_the_page_shows_what_would_move_before_anything_does(
    world: World, cycle: PlanCycle, language: str, heading: str, why: str, done: str
) -> None:
    client, url = world.client("wang", language), reverse("visits:plan_urgent", args=[cycle.pk])
    given = {
        "retailer": world.shops["wang"][5].pk, "not_before": f"{MONDAY}", "not_after": f"{MONDAY}", "reason": "断货"
    }  # fmt: skip
    before = where(cycle)
    answer = client.post(url, given)
    page = answer.content.decode()
    assert answer.status_code == 200
    for words in (heading, "wang shop 1", why, "断货"):
        assert words in page
    assert "wang shop 2" not in page
    assert where(cycle) == before
    seal = urgent.foresee(**asked(world, cycle)).seal
    assert f'name="agreed" value="{seal}"' in page
    # Agreed, it is done; the changes tell both.
    assert client.post(url, {**given, "agreed": "old"}).status_code == 200
    answer = client.post(url, {**given, "agreed": seal}, follow=True)
    assert where(cycle) == {**before, "wang shop 1": TUESDAY, "wang shop 5": MONDAY}
    page = answer.content.decode()
    for words in ("wang shop 1", f"{TUESDAY}", done):
        assert words in page
    # A refusal stands in the form, with what was typed.
    wrong = client.post(url, {**given, "retailer": world.shops["wang"][0].pk})
    assert wrong.status_code == 422
    assert "断货" in wrong.content.decode()


def test_the_api_previews_and_takes_only_what_was_agreed_to(world: World, cycle: PlanCycle) -> None:
    path = f"/call-plans/{cycle.pk}/urgent"
    days = {"licence_no": "wang5", "not_before": f"{MONDAY}", "not_after": f"{MONDAY}"}
    seen = told(call(world, "wang", "POST", f"{path}/preview", days))
    assert seen["visit_date"] == f"{MONDAY}"
    assert [(one["licence_no"], one["to_date"], one["reasons"], one["why"]) for one in seen["goes"]] == [
        ("wang1", f"{TUESDAY}", ["regular"], "Regular visit")
    ]
    told(call(world, "wang", "POST", path, {**days, "reason": "断货"}), 422)
    assert cycle.visits.count() == 3
    done = told(call(world, "wang", "POST", path, {**days, "reason": "断货", "agreed": seen["seal"]}))
    assert len(done["body"]["moved"]) == 2
    # Nobody else sees what would move.
    told(call(world, "zhao", "POST", f"{path}/preview", days), 404)
    told(call(world, "wang", "POST", f"{path}/preview", {**days, "licence_no": "li0"}), 422)
