"""Call plans: made from what is held, with reasons, approved by somebody else, changed with a reason and as little as can be."""

from datetime import date, datetime, time, timedelta
from itertools import pairwise

import pytest

from lianxin.core.visiting import is_even
from lianxin.foundation import jobs
from lianxin.foundation.errors import Denied, Refused
from lianxin.foundation.models import AuditRow, CalendarDay, Job
from lianxin.visits import facts
from lianxin.visits.actions import excuses, planning, replanning, urgent
from lianxin.visits.models import (
    Cover,
    PlanCycle,
    PlannedVisit,
    ShopHours,
    Visit,
)
from lianxin.visits.queries import planning as queries
from lianxin.visits.queries.plan_inputs import good_window, inputs_of, values_in_force
from lianxin.visits.states import PlanChangeKind
from lianxin.visits.tasks.planning import KIND, run
from tests import factories
from tests.factories import AT
from tests.visits.world import World

pytestmark = [pytest.mark.django_db, pytest.mark.requirement("E3")]


def visit_made(world: World, who: str, shop: int, day: date, **fields: object) -> Visit:
    start = datetime.combine(day, time(9, shop), world.company.zone)
    retailer = world.shops[who][shop]
    return Visit.objects.create(
        id=f"v-{who}-{shop}-{day}-{fields.get('note', '')}", company=world.company, person=world.people[who], retailer=retailer,
        visit_date=day, check_in_at=start, check_out_at=start + timedelta(minutes=8), received_at=start,
        **{"state": "done", **fields},
    )  # fmt: skip


def test_job_plans_each_manager_from_what_he_holds(world: World) -> None:
    factories.retailer(world.company, "nowhere", holder=world.people["wang"], tier=28)
    closed = factories.retailer(
        world.company, "closed", holder=world.people["wang"], latitude=31.3, longitude=118.4, status="closed"
    )
    holiday = world.monday + timedelta(days=2)
    CalendarDay.objects.create(company=world.company, date=holiday, is_working=False)
    job = Job.objects.create(company=world.company, kind=KIND, title="x", created_at=AT)
    persons = [world.people["wang"].pk, world.people["li"].pk]
    asked = {"starts_on": world.monday.isoformat(), "persons": persons, "asked_at": AT.isoformat()}
    told = run(world.company, asked, world.users["boss"], jobs.Progress(job.pk))
    assert (len(told["made"]), told["refused"]) == (2, [])
    cycle = PlanCycle.objects.get(person=world.people["wang"])
    visits = list(queries.visits_of(cycle))
    wanted = [4, 4, 2, 2, 1, 1, 1, 1]
    assert [sum(v.retailer_id == shop.pk for v in visits) for shop in world.shops["wang"]] == wanted
    assert not [
        v for v in visits if v.retailer_id == closed.pk or v.visit_date == holiday or v.visit_date.weekday() > 4
    ]
    assert [(one["reason"], one["n_visits"]) for one in cycle.unplaced] == [("no_place", 1)]
    assert all(v.reasons and v.reasons[0]["code"] == "regular" for v in visits)
    days = inputs_of(world.company, world.people["wang"], starts_on=world.monday).days
    for shop, n in zip(world.shops["wang"], wanted, strict=True):
        assert is_even([days.index(v.visit_date) for v in visits if v.retailer_id == shop.pk], len(days)), n
    for _day, several in world.days(cycle).items():
        assert [v.order for v in several] == list(range(1, len(several) + 1))
        assert all(before.arrive_at < after.arrive_at for before, after in pairwise(several))
        assert all(time(8, 30) <= v.arrive_at <= time(17, 30) for v in several)
    # A job that was killed and goes on makes nothing again that it has made.
    made = list(PlanCycle.objects.order_by("pk").values_list("pk", "made_at"))
    run(world.company, asked, world.users["boss"], jobs.Progress(job.pk))
    assert list(PlanCycle.objects.order_by("pk").values_list("pk", "made_at")) == made
    assert AuditRow.objects.filter(verb="callplans.make").count() == 2


def test_a_retailer_is_visited_outside_its_busy_hours(world: World) -> None:
    values = values_in_force(world.company, on=world.monday)
    shop = world.shops["wang"][0]
    assert good_window(None, values) == (510, 1050)
    for begin, end, window in (
        (time(11), time(13), (780, 1050)), (time(15), time(17), (510, 900)), (time(8), time(10), (600, 1050)),
        (time(6), time(20), (510, 1050)),
    ):  # fmt: skip
        assert (
            good_window(ShopHours(retailer=shop, busy_from=begin, busy_until=end, valid_from=world.monday), values)
            == window
        )
    ShopHours.objects.create(retailer=shop, busy_from=time(8), busy_until=time(14), valid_from=date(2021, 1, 1))
    cycle = world.plan("wang")
    assert {v.arrive_at >= time(14) for v in cycle.visits.filter(retailer=shop)} == {True}


def test_a_plan_is_approved_by_somebody_else_of_the_unit(world: World) -> None:
    on, boss, wang = world.monday, world.users["boss"], world.users["wang"]
    cycle = world.plan("wang")
    for stranger in ("li", "zhao", "other_boss"):
        with pytest.raises(Denied):
            planning.propose(cycle=cycle, by=world.users[stranger], at=AT, on=on)
    with pytest.raises(Refused):
        planning.approve(cycle=cycle, by=boss, at=AT, on=on)
    planning.propose(cycle=cycle, by=wang, at=AT, on=on)
    for who in ("wang", "other_boss", "leader"):
        with pytest.raises(Denied):
            planning.approve(cycle=cycle, by=world.users[who], at=AT, on=on)
    with pytest.raises(Refused) as empty:
        planning.give_back(cycle=cycle, words=" ", by=boss, at=AT, on=on)
    assert empty.value.field == "words"
    planning.give_back(cycle=cycle, words="周三太满", by=boss, at=AT, on=on)
    assert world.plan("wang").state == "draft"
    # Who hands a plan in for somebody does not decide about it.
    planning.propose(cycle=cycle, by=boss, at=AT, on=on)
    with pytest.raises(Denied):
        planning.approve(cycle=cycle, by=boss, at=AT, on=on)
    assert list(queries.waiting_for(boss, world.company, on=on)) == []
    PlanCycle.objects.update(proposed_by=wang)
    assert [one.pk for one in queries.waiting_for(boss, world.company, on=on)] == [cycle.pk]
    assert list(queries.waiting_for(world.users["other_boss"], world.company, on=on)) == []
    assert planning.approve(cycle=cycle, by=boss, at=AT, on=on).state == "approved"
    with pytest.raises(Refused):
        world.plan("wang")
    verbs = AuditRow.objects.filter(subject=f"callplan:{cycle.pk}").order_by("number").values_list("verb", flat=True)
    assert list(verbs) == [f"callplans.{one}" for one in ("make", "propose", "return", "make", "propose", "approve")]


def test_nobody_approves_a_plan_of_his_own(world: World) -> None:
    boss = world.people["boss"]
    factories.retailer(world.company, "own", holder=boss, latitude=31.3, longitude=118.4)
    cycle = world.plan("boss")
    PlanCycle.objects.update(state="proposed", proposed_by=world.users["leader"])
    with pytest.raises(Denied):
        planning.approve(cycle=cycle, by=world.users["boss"], at=AT, on=world.monday)


def test_a_visit_is_moved_and_taken_out_with_a_reason(world: World) -> None:
    cycle, on, wang = world.plan("wang"), world.monday, world.users["wang"]
    days = world.days(cycle)
    first, *_rest = sorted(days)
    visit = days[first][0]
    others = {v.retailer_id for v in cycle.visits.exclude(pk=visit.pk)}
    free = next(
        v
        for v in cycle.visits.order_by("pk")
        if v.retailer_id not in others - {v.retailer_id} and cycle.visits.filter(retailer=v.retailer).count() == 1
    )
    target = next(day for day in sorted(days) if day != free.visit_date)
    for who, error in (("li", Denied), ("other_boss", Denied), ("officer", Denied)):
        with pytest.raises(error):
            planning.move(visit=free, to_day=target, to_order=None, reason="x", by=world.users[who], at=AT, on=on)
    for day, reason, field in (
        (target, " ", "reason"), (cycle.ends_on, "x", "to_day"), (on - timedelta(days=1), "x", "to_day"),
    ):  # fmt: skip
        with pytest.raises(Refused) as refused:
            planning.move(visit=free, to_day=day, to_order=None, reason=reason, by=wang, at=AT, on=on)
        assert refused.value.field == field
    left = free.visit_date
    change = planning.move(visit=free, to_day=target, to_order=1, reason="客户约在周二", by=wang, at=AT, on=on)
    after = world.days(cycle)
    assert after[target][0].pk == free.pk
    assert {v.pk for v in after[target][1:]} == {v.pk for v in days[target]}
    for day in {left, target} & after.keys():
        assert [v.order for v in after[day]] == list(range(1, len(after[day]) + 1))
    same = {day: [v.pk for v in several] for day, several in days.items() if day not in (left, target)}
    assert {day: [v.pk for v in after[day]] for day in same} == same
    assert (change.kind, change.reason, change.body["moved"][0]["visit"]) == ("by_hand", "客户约在周二", free.pk)
    planning.take_out(visit=free, reason="歇业", by=world.users["boss"], at=AT, on=on)
    free.refresh_from_db()
    assert (free.state, free.words) == ("dropped", "歇业")
    with pytest.raises(Refused):
        planning.take_out(visit=free, reason="again", by=wang, at=AT, on=on)
    planning.propose(cycle=cycle, by=wang, at=AT, on=on)
    with pytest.raises(Refused):
        planning.take_out(visit=after[target][1], reason="x", by=wang, at=AT, on=on)
    assert AuditRow.objects.filter(verb="callplans.change_by_hand").count() == 2


def test_weather_excuses_and_moves_nothing(world: World) -> None:
    cycle, other = world.approved("wang"), world.approved("li")
    before = {v.pk: v.visit_date for v in PlannedVisit.objects.all()}
    day = min(world.days(cycle))
    with pytest.raises(Denied):
        replanning.excuse_all(
            cycles=[cycle], day=day, reason="台风", by=world.users["other_boss"], at=AT, on=world.monday
        )
    changes = replanning.excuse_all(
        cycles=[cycle, other], day=day, reason="台风", by=world.users["boss"], at=AT, on=world.monday
    )
    excused = PlannedVisit.objects.filter(state="excused")
    assert {v.visit_date for v in excused} == {day}
    assert {v.words for v in excused} == {"台风"}
    assert sum(len(change.body["excused"]) for change in changes) == excused.count() > 0
    assert {v.pk: v.visit_date for v in PlannedVisit.objects.all()} == before
    # Nobody owes an excused visit: it is in neither part of the share, and the lake tells it as excused.
    kept = queries.adherence(cycle, on=cycle.ends_on)
    assert kept.n_due == cycle.visits.filter(state="planned").count()
    states = facts.planned_visits(world.company).column("state").to_pylist()
    assert (states.count("excused"), len(states)) == (excused.count(), PlannedVisit.objects.count())
    off = facts.days_off(world.company).to_pylist()
    assert {(row["person_id"], row["day"], row["why"]) for row in off} == {
        (world.people[name].pk, day, "weather") for name in ("wang", "li")
    }


def test_absence_moves_only_what_it_must(world: World) -> None:
    cycle = world.approved("wang")
    days = world.days(cycle)
    day = max(days, key=lambda one: len(days[one]))
    with pytest.raises(Refused) as late:
        replanning.away(
            cycle=cycle,
            kind=PlanChangeKind.ABSENCE,
            days=[day],
            reason="病假",
            by=world.users["wang"],
            at=AT,
            on=day + timedelta(days=1),
        )
    assert late.value.field == "days"
    change = replanning.away(
        cycle=cycle,
        kind=PlanChangeKind.ABSENCE,
        days=[day],
        reason="病假",
        by=world.users["wang"],
        at=AT,
        on=world.monday,
    )
    after = world.days(cycle)
    assert day not in after
    assert facts.days_off(world.company).num_rows == 0, "the manager's own word frees him of nothing"
    excuses.agree(change=change, words="", by=world.users["boss"], at=AT, on=world.monday)
    (off,) = facts.days_off(world.company).to_pylist()
    assert (off["person_id"], off["day"], off["why"]) == (world.people["wang"].pk, day, "absence")
    PlanCycle.objects.update(state="returned")
    assert facts.days_off(world.company).num_rows == 0, "what nobody approved frees nobody"
    PlanCycle.objects.update(state="approved")
    concerned = {v.pk for v in days[day]}
    told = [one["visit"] for key in ("moved", "without_place") for one in change.body[key]]
    assert sorted(told) == sorted(concerned)
    assert {v.pk: v.visit_date for d in days.values() for v in d if v.pk not in concerned} == {
        v.pk: v.visit_date for d in after.values() for v in d if v.pk not in concerned
    }
    for several in after.values():
        assert [v.order for v in several] == list(range(1, len(several) + 1))


def test_a_colleague_covers_for_dated_days(world: World) -> None:
    cycle, other = world.approved("wang"), world.approved("li")
    wang, li, on = world.users["wang"], world.people["li"], world.monday
    day = min(world.days(cycle))
    n = len(world.days(cycle)[day])
    for covering in (world.people["wang"], factories.person(factories.unit(factories.company("far")))):
        with pytest.raises(Refused) as wrong:
            replanning.cover(cycle=cycle, covering=covering, days=[day], reason="x", by=wang, at=AT, on=on)
        assert wrong.value.field == "covering"
    change = replanning.cover(cycle=cycle, covering=li, days=[day], reason="培训", by=world.users["boss"], at=AT, on=on)
    row = Cover.objects.get()
    assert (row.absent, row.covering, row.valid_from, row.valid_until) == (
        world.people["wang"],
        li,
        day,
        day + timedelta(days=1),
    )
    (off,) = facts.days_off(world.company).to_pylist()
    assert (off["person_id"], off["day"], off["why"]) == (world.people["wang"].pk, day, "absence")
    covered = cycle.visits.filter(visit_date=day, person=li)
    assert covered.count() == n == len(change.body["moved"])
    route = PlannedVisit.objects.filter(person=li, visit_date=day).order_by("order")
    assert [v.order for v in route] == list(range(1, n + other.visits.filter(visit_date=day).count() + 1))
    today = queries.today_of(li, on=day)
    assert today is not None
    assert today.n_visits == len(route)
    assert queries.planned_visible(world.users["li"], world.company, covered[0].pk, on=on).pk == covered[0].pk
    # what a colleague makes counts for the colleague, on the page as in the lake
    after = day + timedelta(days=1)
    assert queries.adherence(cycle, on=after).n_due == 0
    before = other.visits.filter(visit_date__lt=day).count()
    assert queries.adherence(other, on=after).n_due == before + len(route)
    lake = facts.planned_visits(world.company).to_pylist()
    assert sum(one["person_id"] == li.pk and one["visit_date"] == day for one in lake) == len(route)
    with pytest.raises(Denied):
        replanning.end_cover(cover=row, by=world.users["li"], at=AT, on=on)
    assert replanning.end_cover(cover=row, by=wang, at=AT, on=on) == n
    assert (covered.count(), Cover.objects.count()) == (0, 0)
    assert facts.days_off(world.company).num_rows == 0


def test_an_urgent_visit_changes_no_other_day(world: World) -> None:
    cycle, on, wang = world.approved("wang"), world.monday, world.users["wang"]
    before = {v.pk: v.visit_date for v in cycle.visits.all()}
    asked = {"cycle": cycle, "not_before": on, "not_after": on + timedelta(days=1), "by": wang, "at": AT, "on": on}
    for shop, reason, field in ((world.shops["li"][0], "x", "retailer"), (world.shops["wang"][4], " ", "reason")):
        with pytest.raises(Refused) as wrong:
            urgent.add(retailer=shop, reason=reason, **asked)
        assert wrong.value.field == field
    shop = next(
        s
        for s in world.shops["wang"]
        if not cycle.visits.filter(retailer=s, visit_date__lte=on + timedelta(days=1)).exists()
    )
    change = urgent.add(retailer=shop, reason="客户反映断货", **asked)
    new = cycle.visits.get(pk=change.body["moved"][0]["visit"])
    assert on <= new.visit_date <= on + timedelta(days=1)
    assert (new.reasons[0]["code"], new.reasons[0]["evidence"]["words"]) == ("urgent", "客户反映断货")
    assert {v.pk: v.visit_date for v in cycle.visits.exclude(pk=new.pk)} == before
    route = list(cycle.visits.filter(visit_date=new.visit_date).order_by("order"))
    assert [v.order for v in route] == list(range(1, len(route) + 1))
    assert new.arrive_at >= time(8, 30)


def test_adherence_counts_the_day_and_leaves_out_the_excused(world: World) -> None:
    cycle = world.approved("wang", starts_on=date(2021, 12, 6))
    days = sorted(world.days(cycle))
    due = world.days(cycle)[days[0]]
    place = {shop.pk: number for number, shop in enumerate(world.shops["wang"])}
    visit_made(world, "wang", place[due[0].retailer_id], days[0])
    once = next(v for v in cycle.visits.order_by("visit_date") if v.visit_date > days[0])
    moved = once.visit_date + timedelta(days=1)
    visit_made(world, "wang", place[once.retailer_id], moved, note="other")
    on = moved + timedelta(days=1)
    kept = queries.adherence(cycle, on=on)
    n_due = cycle.visits.filter(visit_date__lt=on).count()
    planned_then = cycle.visits.filter(retailer=once.retailer, visit_date=moved).exists()
    assert kept.n_due == n_due
    assert (kept.n_kept, kept.n_other_day) == ((2, 0) if planned_then else (1, 1))
    assert kept.n_kept + kept.n_other_day + kept.n_not_made == n_due
    assert queries.adherence(cycle, on=days[0]).share is None
    # the lake tells the same as the page: done is what was made on its day, whatever a visit of another day was made for
    Visit.objects.filter(visit_date=moved).update(planned=once)
    PlannedVisit.objects.filter(pk=once.pk).update(state="done")
    assert queries.adherence(cycle, on=on) == kept
    told = facts.planned_visits(world.company).to_pylist()
    over = [row["state"] for row in told if row["visit_date"] < on]
    assert (over.count("done"), len(over)) == (kept.n_kept, kept.n_due)
    assert len(told) == cycle.visits.count()
    world.plan("li")
    assert facts.planned_visits(world.company).num_rows == cycle.visits.count(), "a draft binds nobody"
