"""Why planned visits were not made: said by who was to make them, in time, shown beside them, and no excuse."""

from datetime import datetime, time, timedelta
from typing import Any

import pytest
from django.urls import reverse

from lianxin.foundation import audit
from lianxin.foundation.errors import Denied, Refused
from lianxin.foundation.models import AuditRow, DatedParameter
from lianxin.foundation.uuids import uuid7
from lianxin.visits.actions import not_made as actions
from lianxin.visits.actions import planning as planning_actions
from lianxin.visits.models import NotMade, PlanCycle, PlannedVisit, Visit
from lianxin.visits.queries import not_made as queries
from lianxin.visits.queries import planning
from tests.factories import AT
from tests.visits.world import World

pytestmark = [pytest.mark.django_db, pytest.mark.requirement("G2")]


@pytest.fixture
def cycle(world: World) -> PlanCycle:
    """The plan of the four weeks before this one, approved, of which nothing was made."""
    return world.approved("wang", starts_on=world.monday - timedelta(days=28))


def first_of(cycle: PlanCycle) -> PlannedVisit:
    return cycle.visits.order_by("visit_date", "order")[0]


def noon(world: World, visit: PlannedVisit, days: int) -> datetime:
    return datetime.combine(visit.visit_date + timedelta(days=days), time(12), world.company.zone)


def say(world: World, visit: PlannedVisit, *, who: str = "wang", **given: Any) -> NotMade:
    at = given.pop("at", noon(world, visit, 1))
    asked = {"not_made_id": uuid7(), "reason": "closed", "words": "", "said_at": at, **given}
    return actions.say_why(planned_id=visit.pk, person=world.people[who], by=world.users[who], at=at, **asked)


def test_a_reason_stands_beside_the_visit_and_changes_no_figure(world: World, cycle: PlanCycle) -> None:
    # Given a plan of which one day is over and nothing was made
    visit = first_of(cycle)
    on = visit.visit_date + timedelta(days=1)
    before = planning.adherence(cycle, on=on)
    assert before.n_unexplained == before.n_not_made > 0
    assert visit.pk in {one.visit.pk for one in queries.to_explain(world.people["wang"], on=on)}

    # when the manager says why, and says it better the next day
    say(world, visit)
    say(world, visit, reason="other", words=" 店主去进货，约了周五 ", at=noon(world, visit, 2))

    # then the newest counts, both are kept, and the figure is as it was
    said = queries.said_of([visit])[visit.pk]
    assert (said.reason, said.words, NotMade.objects.count()) == ("other", "店主去进货，约了周五", 2)
    after = planning.adherence(cycle, on=on)
    assert (after.share, after.n_due, after.n_not_made, after.n_excused) == (
        before.share, before.n_due, before.n_not_made, before.n_excused,
    )  # fmt: skip
    assert after.n_unexplained == before.n_unexplained - 1
    assert visit.pk not in {one.visit.pk for one in queries.to_explain(world.people["wang"], on=on)}
    rows = AuditRow.objects.filter(verb="callplans.not_made")
    assert [row.after["reason"] for row in rows.order_by("number")] == ["closed", "other"]
    assert "进货" not in str([row.after for row in rows])
    assert list(audit.faults(world.company)) == []


def test_a_visit_whose_excuse_waits_is_asked_about_like_any_other(world: World, cycle: PlanCycle) -> None:
    visit = first_of(cycle)
    planning_actions.take_out(visit=visit, reason="歇业", by=world.users["wang"], at=AT, on=visit.visit_date)
    visit.refresh_from_db()
    on = visit.visit_date + timedelta(days=1)
    asked = {one.visit.pk for one in queries.to_explain(world.people["wang"], on=on)}
    assert (visit.state, planning.adherence(cycle, on=on).n_unexplained) == ("pending", len(asked))
    assert visit.pk in asked
    say(world, visit)
    assert visit.pk not in {one.visit.pk for one in queries.to_explain(world.people["wang"], on=on)}


def test_only_who_was_to_make_it_says_why_and_only_what_needs_it(world: World, cycle: PlanCycle) -> None:
    visit = first_of(cycle)
    for who in ("li", "boss"):
        with pytest.raises(Denied):
            say(world, visit, who=who)
    for wrong in (
        {"reason": "lazy"},
        {"reason": "other", "words": " "},
        {"at": noon(world, visit, 0)},
    ):
        with pytest.raises(Refused):
            say(world, visit, **wrong)
    taken = say(world, visit)
    with pytest.raises(Refused):
        say(world, visit, not_made_id=taken.pk)
    for state in ("excused", "dropped", "done"):
        PlannedVisit.objects.filter(pk=visit.pk).update(state=state)
        with pytest.raises(actions.NotNeeded):
            say(world, visit)
    PlannedVisit.objects.filter(pk=visit.pk).update(state="planned")
    PlanCycle.objects.filter(pk=cycle.pk).update(state="proposed")
    with pytest.raises(Refused):
        say(world, visit)
    PlanCycle.objects.filter(pk=cycle.pk).update(state="approved")
    Visit.objects.create(
        id="made", company=world.company, person=world.people["wang"], retailer=visit.retailer, state="done",
        visit_date=visit.visit_date, check_in_at=AT, check_out_at=AT, received_at=AT,
    )  # fmt: skip
    with pytest.raises(actions.NotNeeded):
        say(world, visit)
    assert list(NotMade.objects.values_list("pk", flat=True)) == [taken.pk]


def test_it_can_be_said_until_the_plans_end_or_a_week_later(world: World, cycle: PlanCycle) -> None:
    # Given the first visit of a plan of four weeks and its last one, with a bound of seven days, then of two
    first, last = first_of(cycle), cycle.visits.order_by("-visit_date", "-order")[0]
    end = cycle.ends_on - timedelta(days=1)
    assert [queries.last_day_to_say(one, 7) for one in (first, last)] == [end, last.visit_date + timedelta(days=7)]

    # when it is said on the last day, and a day later
    say(world, first, at=datetime.combine(end, time(23, 59), world.company.zone))
    with pytest.raises(Refused):
        say(world, first, at=datetime.combine(end + timedelta(days=1), time(0, 1), world.company.zone))
    say(world, last, at=noon(world, last, 7))
    with pytest.raises(Refused):
        say(world, last, at=noon(world, last, 8))
    # then what was said in time counts also when the phone arrives later
    at = noon(world, last, 30)
    assert say(world, last, at=at, said_at=noon(world, last, 6)).received_at == at
    # and the company sets the bound
    DatedParameter.objects.create(
        company=world.company, name="field.not_made_days", value=2, valid_from=cycle.starts_on, source="x", set_at=AT
    )
    late = max(2, (end - last.visit_date).days)
    with pytest.raises(Refused):
        say(world, last, at=noon(world, last, late + 1))
    say(world, last, at=noon(world, last, late))


def test_a_visit_made_on_another_day_needs_no_reason(world: World, cycle: PlanCycle) -> None:
    visit = first_of(cycle)
    on = visit.visit_date + timedelta(days=3)
    day = visit.visit_date + timedelta(days=1)
    while cycle.visits.filter(retailer=visit.retailer, visit_date=day).exists():
        day += timedelta(days=1)
    Visit.objects.create(
        id="later", company=world.company, person=world.people["wang"], retailer=visit.retailer, state="done",
        visit_date=day, check_in_at=AT, check_out_at=AT, received_at=AT,
    )  # fmt: skip
    assert visit.pk not in {
        one.visit.pk for one in queries.to_explain(world.people["wang"], on=max(on, day + timedelta(days=1)))
    }


def test_the_pages_show_reasons_and_who_may_say_them(world: World) -> None:
    # Given a running plan of last week
    cycle = world.approved("wang", starts_on=world.monday - timedelta(days=14))
    visit = first_of(cycle)
    wang, boss = world.client("wang", "en"), world.client("boss", "en")
    listed = reverse("visits:plan_not_made", args=[cycle.pk])
    form = reverse("visits:planned_not_made", args=[visit.pk])

    # when the manager looks, then every visit asks for a reason, of him alone
    page = wang.get(listed).content.decode()
    n = planning.adherence(cycle, on=world.monday - timedelta(days=7)).n_not_made
    assert page.count("no reason said") >= n > 0
    assert form in page
    assert form not in boss.get(listed).content.decode()
    assert "nobody has said why" in wang.get(reverse("visits:plan_made", args=[cycle.pk])).content.decode()
    assert boss.get(form).status_code == 403
    assert world.client("li").get(form).status_code == 404

    # when he says it badly, the form comes back; when he says it, it stands there for both
    assert wang.post(form, {"reason": "other", "words": ""}).status_code == 422
    assert wang.post(form, {"reason": "closed", "words": "门口贴了转让"}).status_code == 302
    for client in (wang, boss):
        page = client.get(listed).content.decode()
        assert "The shop was closed" in page
        assert "门口贴了转让" in page
    assert "店铺关门" in world.client("boss").get(listed).content.decode()
    told = wang.get(reverse("visits:plan_adherence", args=[cycle.pk])).content.decode()
    assert "No reason said" in told


def test_the_same_by_api(world: World) -> None:
    cycle = world.approved("wang", starts_on=world.monday - timedelta(days=14))
    visit = first_of(cycle)
    wang, boss = world.client("wang", "en"), world.client("boss", "en")
    url = f"/api/v1/planned-visits/{visit.pk}/not-made"

    def send(client: Any, body: dict[str, str]) -> Any:
        return client.post(url, body, content_type="application/json")

    assert send(wang, {"reason": "lazy"}).status_code == 422
    assert send(boss, {"reason": "closed"}).status_code == 403
    done = send(wang, {"reason": "by_phone", "words": "补货已电话谈妥"})
    assert (done.status_code, done.json()["reason"], done.json()["planned_id"]) == (200, "by_phone", visit.pk)
    rows = boss.get(f"/api/v1/call-plans/{cycle.pk}/not-made").json()
    assert [row["reason"] for row in rows if row["planned_id"] == visit.pk] == ["by_phone"]
    assert {row["reason"] for row in rows if row["planned_id"] != visit.pk} == {""}
    assert len(rows) > 1
