"""A manager's own word takes a visit off the route at once and excuses nothing until somebody else of his line agrees."""

from datetime import date, timedelta

import pytest
from django.urls import reverse

from lianxin.foundation.errors import Denied, Missing, Refused
from lianxin.foundation.models import AuditRow
from lianxin.visits import facts
from lianxin.visits.actions import excuses, planning, replanning
from lianxin.visits.models import PlanChange, PlanCycle, PlannedVisit
from lianxin.visits.queries import excuses as queries
from lianxin.visits.queries import planning as plans
from lianxin.visits.states import PlanChangeKind
from tests.factories import AT
from tests.visits.test_plans import visit_made
from tests.visits.world import World

pytestmark = [pytest.mark.django_db, pytest.mark.requirement("E3"), pytest.mark.requirement("J1")]


def away(world: World, cycle: PlanCycle, day: date, *, who: str = "wang", kind: str = "weather") -> PlanChange:
    return replanning.away(
        cycle=cycle, kind=PlanChangeKind(kind), days=[day], reason="台风", by=world.users[who], at=AT, on=world.monday
    )


def off(world: World) -> list[date]:
    return [row["day"] for row in facts.days_off(world.company).to_pylist()]


def states(world: World, day: date) -> set[str]:
    return {row["state"] for row in facts.planned_visits(world.company).to_pylist() if row["visit_date"] == day}


@pytest.mark.parametrize("kind", ["weather", "absence", "holiday"])
def test_a_managers_own_word_excuses_nothing_until_somebody_else_agrees(world: World, kind: str) -> None:
    # Given an approved plan, and a manager who says himself that a day falls away
    cycle = world.approved("wang")
    day = min(world.days(cycle))
    due = plans.adherence(cycle, on=cycle.ends_on).n_due
    change = away(world, cycle, day, kind=kind)

    # then nobody is sent there, and day and visits are owed as before
    assert change.excuse == "waiting"
    assert plans.today_of(world.people["wang"], on=day) is None
    assert (off(world), plans.adherence(cycle, on=cycle.ends_on).n_due) == ([], due)
    assert states(world, day) <= {"planned"}
    n = PlannedVisit.objects.filter(state="pending").count()
    assert n == sum(len(change.body[key]) for key in ("excused", "without_place"))

    # when the market manager agrees, they are owed by nobody
    excuses.agree(change=change, words="", by=world.users["boss"], at=AT, on=world.monday)
    assert off(world) == [day]
    assert plans.adherence(cycle, on=cycle.ends_on).n_due == due - n
    assert (
        PlannedVisit.objects.filter(state="excused").count(),
        PlannedVisit.objects.filter(state="pending").count(),
    ) == (n, 0)
    with pytest.raises(Refused):
        excuses.decline(change=change, words="x", by=world.users["boss"], at=AT, on=world.monday)
    assert AuditRow.objects.filter(verb="callplans.excuse_agreed", subject=f"callplan:{cycle.pk}").count() == 1


def test_a_visit_that_a_manager_takes_out_of_his_own_approved_plan_stays_owed(world: World) -> None:
    cycle, boss = world.approved("wang"), world.users["boss"]
    day, visits = min(world.days(cycle).items())
    asked = {"reason": "歇业", "at": AT, "on": world.monday}
    change = planning.take_out(visit=visits[0], by=world.users["wang"], **asked)
    visits[0].refresh_from_db()
    assert (change.excuse, visits[0].state, states(world, day)) == ("waiting", "pending", {"planned"})
    assert plans.adherence(cycle, on=day + timedelta(days=1)).n_not_made == len(visits)

    # declined before its day it returns to the route; with a word about why
    with pytest.raises(Refused) as silent:
        excuses.decline(change=change, words=" ", by=boss, at=AT, on=world.monday)
    assert silent.value.field == "words"
    excuses.decline(change=change, words="昨天还开着", by=boss, at=AT, on=world.monday)
    route = world.days(cycle)[day]
    assert ({v.pk for v in route}, [v.order for v in route]) == (
        {v.pk for v in visits}, list(range(1, len(visits) + 1)),
    )  # fmt: skip

    # declined after its day it is a visit that was not made; agreed to, it is taken out
    again = planning.take_out(visit=route[0], by=world.users["wang"], **asked)
    excuses.decline(change=again, words="x", by=boss, at=AT, on=day + timedelta(days=1))
    route[0].refresh_from_db()
    assert (route[0].state, states(world, day)) == ("planned", {"planned"})
    third = planning.take_out(visit=route[0], by=world.users["wang"], **asked)
    excuses.agree(change=third, words="", by=boss, at=AT, on=world.monday)
    assert states(world, day) == ({"planned", "dropped"} if len(visits) > 1 else {"dropped"})


def test_a_visit_made_all_the_same_is_made(world: World) -> None:
    cycle = world.approved("wang")
    day, visits = min(world.days(cycle).items())
    change = planning.take_out(visit=visits[0], reason="歇业", by=world.users["wang"], at=AT, on=world.monday)
    visit_made(world, "wang", world.shops["wang"].index(visits[0].retailer), day)
    assert plans.adherence(cycle, on=day + timedelta(days=1)).n_kept == 1
    told = {row["planned_id"]: row["state"] for row in facts.planned_visits(world.company).to_pylist()}
    assert (change.excuse, told[visits[0].pk]) == ("waiting", "done")


def test_a_cover_that_nobody_agreed_to_frees_nobody_of_the_day(world: World) -> None:
    cycle, boss = world.approved("wang"), world.users["boss"]
    world.approved("li")
    day = min(world.days(cycle))
    asked = {"covering": world.people["li"], "reason": "培训", "at": AT, "on": world.monday}
    change = replanning.cover(cycle=cycle, days=[day], by=world.users["wang"], **asked)
    assert (change.excuse, off(world)) == ("waiting", [])
    assert cycle.visits.filter(visit_date=day, person=world.people["li"]).exists(), "the route is changed at once"
    excuses.decline(change=change, words="培训取消", by=boss, at=AT, on=world.monday)
    assert off(world) == []
    PlanChange.objects.update(excuse="agreed")
    assert off(world) == [day]
    PlanCycle.objects.filter(pk=cycle.pk).update(state="returned")
    assert off(world) == [], "a plan that nobody approved frees nobody"


def test_the_market_managers_word_needs_no_second_and_nobody_agrees_to_his_own(world: World) -> None:
    cycle = world.approved("wang")
    first, second, *_rest = sorted(world.days(cycle))
    assert away(world, cycle, first, who="boss").excuse == "not_needed"
    assert off(world) == [first]
    change = away(world, cycle, second)
    for who in ("wang", "li", "other_boss", "leader", "admin", "officer"):
        with pytest.raises(Denied):
            excuses.agree(change=change, words="", by=world.users[who], at=AT, on=world.monday)
        assert list(queries.awaited_from(world.users[who], world.company, on=world.monday)) == []
    with pytest.raises(Missing):
        queries.change_to_decide(world.users["other_boss"], world.company, change.pk, on=world.monday)
    assert [one.pk for one in queries.awaited_from(world.users["boss"], world.company, on=world.monday)] == [change.pk]
    # What a draft lost is in front of whoever approves it: nothing waits.
    draft = world.plan("li")
    assert away(world, draft, min(world.days(draft)), who="li").excuse == "not_needed"


def test_what_a_manager_reported_himself_is_excused_when_the_unit_is(world: World) -> None:
    # Given wang, who reported the typhoon of two days himself, and li, who did not
    cycle, other = world.approved("wang"), world.approved("li")
    day, tomorrow, *_rest = sorted(world.days(cycle))
    own, later = away(world, cycle, day), away(world, cycle, tomorrow)
    waits = set(cycle.visits.filter(state="pending", visit_date=day).values_list("pk", flat=True))
    assert len(waits) > 0

    # when li reports it for himself only, it excuses nobody else and nothing that waits
    away(world, other, day, who="li")
    assert set(cycle.visits.filter(state="pending", visit_date=day).values_list("pk", flat=True)) == waits

    # when the market manager excuses the day for the unit, what wang took away is owed no more than the rest
    for_unit = {"day": day, "reason": "台风预警", "by": world.users["boss"], "at": AT, "on": world.monday}
    told = next(one for one in replanning.excuse_all(cycles=[cycle, other], **for_unit) if one.cycle_id == cycle.pk)
    assert {(one["visit"], one["from"], one["reason"]) for one in told.body["excused"]} == {
        (pk, day.isoformat(), "weather") for pk in waits
    }
    assert states(world, day) == {"excused"}
    assert set(cycle.visits.filter(pk__in=waits).values_list("state", "words")) == {("excused", "台风预警")}
    assert (off(world), plans.adherence(cycle, on=day + timedelta(days=1)).n_due) == ([day, day], 0)

    # and what he reported of the next day waits as before; declining his own word takes nothing back
    assert set(cycle.visits.filter(visit_date=tomorrow).values_list("state", flat=True)) == {"pending"}
    for change in (own, later):
        excuses.decline(change=change, words="x", by=world.users["boss"], at=AT, on=world.monday)
    assert (states(world, day), states(world, tomorrow)) == ({"excused"}, {"planned"})


def test_what_was_said_in_a_draft_frees_nobody_once_the_plan_is_made_anew(world: World) -> None:
    # Given a draft that lost a day by absence and another by cover, and was then made anew with visits on all days
    draft = world.plan("wang")
    first, second, third, *_rest = sorted(world.days(draft))
    away(world, draft, first, who="boss", kind="absence")
    asked = {"reason": "培训", "by": world.users["boss"], "on": world.monday}
    covered = {"cycle": draft, "covering": world.people["li"], **asked}
    replanning.cover(days=[second], at=AT, **covered)
    later = AT + timedelta(hours=1)
    draft = world.plan("wang", at=later)
    replanning.away(cycle=draft, kind=PlanChangeKind.ABSENCE, days=[third], at=later, **asked)

    # when it is approved, then the visits are owed and only what was said of this plan frees a day
    planning.propose(cycle=draft, by=world.users["wang"], at=later, on=world.monday)
    planning.approve(cycle=draft, by=world.users["boss"], at=later, on=world.monday)
    assert {first, second} <= set(world.days(draft))
    assert off(world) == [third]


def test_a_plan_that_waits_for_approval_is_not_changed_under_the_approver(world: World) -> None:
    cycle = world.plan("wang")
    day = min(world.days(cycle))
    planning.propose(cycle=cycle, by=world.users["wang"], at=AT, on=world.monday)
    before = list(cycle.visits.order_by("pk").values_list("pk", "visit_date", "state", "person"))
    with pytest.raises(Refused, match="wang"):
        away(world, cycle, day)
    with pytest.raises(Refused):
        replanning.cover(
            cycle=cycle,
            covering=world.people["li"],
            days=[day],
            reason="x",
            by=world.users["wang"],
            at=AT,
            on=world.monday,
        )
    assert list(cycle.visits.order_by("pk").values_list("pk", "visit_date", "state", "person")) == before


def test_the_market_manager_reads_what_waits_and_says_his_word_on_pages(world: World) -> None:
    # Given two changes that wait
    cycle = world.approved("wang")
    first, second, *_rest = sorted(world.days(cycle))
    wang, boss = world.client("wang"), world.client("boss")
    form = {"kind": "weather", "first": first, "last": first, "covering": "", "reason": "台风"}
    told = wang.post(reverse("visits:plan_replan", args=[cycle.pk]), form, follow=True).content.decode()
    assert "待同意" in told and "市场经理同意后" in told  # noqa: PT018
    away(world, cycle, second)
    early, late = PlanChange.objects.order_by("pk")

    # when the market manager opens home, the list and the plan, then both are there
    listing = reverse("visits:plan_excuses")
    for url in (reverse("web:panel", args=["route"]), reverse("visits:plans") + "?all=1"):
        assert listing in boss.get(url).content.decode()
    assert boss.get(listing).content.decode().count("台风") == 2
    changes = boss.get(reverse("visits:plan_changes", args=[cycle.pk])).content.decode()
    assert reverse("visits:plan_excuse", args=[early.pk]) in changes
    assert reverse("visits:plan_excuse", args=[early.pk]) not in told
    assert "待同意" in wang.get(reverse("visits:plan", args=[cycle.pk]) + f"?day={first}").content.decode()

    # and one is agreed to, the other declined, which wants a word
    url = reverse("visits:plan_excuse", args=[early.pk])
    assert str(first) in boss.get(url).content.decode()
    assert boss.post(url, {"what": "agree", "words": ""}).status_code == 302
    other = reverse("visits:plan_excuse", args=[late.pk])
    assert boss.post(other, {"what": "decline", "words": ""}).status_code == 422
    assert boss.post(other, {"what": "decline", "words": "没有预警"}).status_code == 302
    assert list(PlanChange.objects.order_by("pk").values_list("excuse", flat=True)) == ["agreed", "declined"]
    assert "没有预警" in wang.get(reverse("visits:plan_changes", args=[cycle.pk])).content.decode()
    assert off(world) == [first]
    assert wang.get(listing).status_code == 403
    assert world.client("other_boss").get(url).status_code == 404


def test_the_same_by_api(world: World) -> None:
    cycle = world.approved("wang")
    day = min(world.days(cycle))
    wang, boss = world.client("wang"), world.client("boss")
    body = {"kind": "weather", "days": [f"{day}"], "reason": "台风"}
    told = wang.post(f"/api/v1/call-plans/{cycle.pk}/replan", body, content_type="application/json").json()
    assert told["excuse"] == "waiting"
    (waits,) = boss.get("/api/v1/plan-excuses").json()
    assert (waits["id"], waits["employee_no"], waits["plan_id"]) == (told["id"], "wang", cycle.pk)
    url = f"/api/v1/plan-excuses/{told['id']}"
    assert wang.post(f"{url}/agree", {}, content_type="application/json").status_code == 403
    assert world.client("other_boss").post(f"{url}/agree", {}, content_type="application/json").status_code == 404
    assert boss.post(f"{url}/decline", {"words": ""}, content_type="application/json").status_code == 422
    assert boss.post(f"{url}/agree", {}, content_type="application/json").json()["excuse"] == "agreed"
    assert (boss.get("/api/v1/plan-excuses").json(), off(world)) == ([], [day])
