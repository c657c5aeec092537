"""Who agrees to a plan: the market manager of the unit; of a market manager's own plan, and where nobody is left, the leader."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import translation

from lianxin.foundation.errors import Denied, Missing
from lianxin.foundation.models import RoleGrant
from lianxin.people.models import Posting
from lianxin.retailers.models import Territory
from lianxin.visits.actions import excuses as agreeing
from lianxin.visits.actions import planning, replanning
from lianxin.visits.models import PlanCycle
from lianxin.visits.queries import excuses
from lianxin.visits.queries import planning as queries
from lianxin.visits.states import ExcuseState, PlanChangeKind, PlanState
from tests.factories import AT
from tests.visits.api_calls import call, told
from tests.visits.world import World

pytestmark = [pytest.mark.django_db, pytest.mark.requirement("E3")]


@pytest.fixture
def own(world: World) -> PlanCycle:
    """The plan of a market manager who visits zhao's shops himself, handed in."""
    Territory.objects.filter(person=world.people["zhao"]).update(person=world.people["boss"])
    world.shops["boss"] = world.shops["zhao"]
    cycle = world.plan("boss")
    return planning.propose(cycle=cycle, by=world.users["boss"], at=AT, on=world.monday)


def test_a_market_manager_s_own_plan_goes_to_the_leader(world: World, own: PlanCycle) -> None:
    on = world.monday
    waits = {
        who: list(queries.waiting_for(world.users[who], world.company, on=on))
        for who in ("boss", "other_boss", "leader")
    }
    assert waits == {"boss": [], "other_boss": [], "leader": [own]}
    for who, why in (("boss", "of his own"), ("other_boss", "your own unit"), ("officer", ".")):
        with translation.override("en"), pytest.raises(Denied, match=why):
            planning.approve(cycle=own, by=world.users[who], at=AT, on=on)
    leader = world.client("leader", "en")
    assert "boss" in leader.get(reverse("visits:plan_approvals")).content.decode()
    assert "1 call plan waits for your approval" in leader.get(reverse("web:panel", args=["route"])).content.decode()
    leader.post(reverse("visits:plan_approve", args=[own.pk]))
    own.refresh_from_db()
    assert (own.state, own.decided_by) == (PlanState.APPROVED, world.users["leader"])


def test_what_he_takes_out_of_it_waits_for_the_leader_too(world: World, own: PlanCycle) -> None:
    on, leader = world.monday, world.users["leader"]
    planning.approve(cycle=own, by=leader, at=AT, on=on)
    day = own.visits.order_by("visit_date").first().visit_date
    change = replanning.away(
        cycle=own, kind=PlanChangeKind.WEATHER, days=[day], reason="暴雨", by=world.users["boss"], at=AT, on=on
    )
    assert change.excuse == ExcuseState.WAITING
    assert list(excuses.awaited_from(leader, world.company, on=on)) == [change]
    for who in ("boss", "other_boss"):
        assert list(excuses.awaited_from(world.users[who], world.company, on=on)) == []
    with pytest.raises(Missing):
        excuses.change_to_decide(world.users["other_boss"], world.company, change.pk, on=on)
    with pytest.raises(Denied):
        agreeing.agree(change=change, words="", by=world.users["boss"], at=AT, on=on)
    done = agreeing.agree(
        change=excuses.change_to_decide(leader, world.company, change.pk, on=on), words="", by=leader, at=AT, on=on
    )
    assert done.excuse == ExcuseState.AGREED
    assert {row.state for row in own.visits.filter(visit_date=day)} == {"excused"}


def test_a_leader_leaves_to_a_market_manager_what_is_his(world: World) -> None:
    on, leader = world.monday, world.users["leader"]
    cycle = world.plan("wang")
    planning.propose(cycle=cycle, by=world.users["wang"], at=AT, on=on)
    assert list(queries.waiting_for(leader, world.company, on=on)) == []
    with translation.override("en"), pytest.raises(Denied, match="market manager of the unit decides"):
        planning.approve(cycle=cycle, by=leader, at=AT, on=on)
    page = world.client("leader", "en").get(reverse("visits:plan", args=[cycle.pk])).content.decode()
    assert reverse("visits:plan_approve", args=[cycle.pk]) not in page
    assert reverse("web:panel", args=["route"]) not in world.client("leader").get("/").content.decode()
    told(call(world, "leader", "POST", f"/call-plans/{cycle.pk}/approve"), 403)
    planning.approve(cycle=cycle, by=world.users["boss"], at=AT, on=on)
    change = replanning.away(
        cycle=cycle, kind=PlanChangeKind.WEATHER, days=[on], reason="暴雨", by=world.users["wang"], at=AT, on=on
    )
    assert list(excuses.awaited_from(leader, world.company, on=on)) == []
    assert not excuses.may_agree(leader, cycle, on=on)
    assert excuses.may_agree(world.users["boss"], change.cycle, on=on)


@pytest.mark.parametrize("how", ["no post", "no role", "switched off", "handed it in"])
def test_where_no_market_manager_is_left_the_leader_decides(world: World, how: str) -> None:
    on, leader, boss = world.monday, world.users["leader"], world.users["boss"]
    cycle = world.plan("wang")
    planning.propose(cycle=cycle, by=boss if how == "handed it in" else world.users["wang"], at=AT, on=on)
    if how == "no post":
        Posting.objects.filter(person=world.people["boss"]).update(valid_until=on - timedelta(days=1))
    elif how == "no role":
        RoleGrant.objects.filter(user=boss).update(revoked_at=AT)
    elif how == "switched off":
        type(boss).objects.filter(pk=boss.pk).update(is_active=False)
    assert list(queries.waiting_for(leader, world.company, on=on)) == [cycle]
    planning.give_back(cycle=cycle, words="周三没有走访，请补上。", by=leader, at=AT, on=on)
    cycle.refresh_from_db()
    assert cycle.state == PlanState.RETURNED
