"""Why a retailer is to be visited: complaints, promises, tags, questions of the day, and how long nobody came."""

from datetime import datetime, time, timedelta

import pytest
from django.utils import translation

from lianxin.visits.models import DayQuestion, Promise, Request, VisitAction
from lianxin.visits.queries import plan_words
from lianxin.visits.queries.plan_reasons import reasons_of
from tests.factories import AT
from tests.visits.test_plans import visit_made
from tests.visits.world import World

pytestmark = [pytest.mark.django_db, pytest.mark.requirement("E3")]


def test_a_request_of_this_morning_is_no_complaint_that_waits(world: World) -> None:
    """At six in the company's zone it was yesterday by UTC; the plan is made by a worker, whose own day is UTC's."""
    company, shops = world.company, world.shops["wang"]
    today = datetime.combine(world.monday, time(), company.zone)
    for number, raised in enumerate((today + timedelta(hours=6), today - timedelta(minutes=1))):
        Request.objects.create(
            id=f"r{number}", company=company, retailer=shops[number], raised_by=world.people["wang"], kind="problem", topic="配送",
            text="送货太晚", owner=world.people["boss"], raised_at=raised, due_on=world.monday,
        )  # fmt: skip
    told = reasons_of(company, [shop.pk for shop in shops], on=world.monday, until=world.monday + timedelta(days=28))
    waits = [shop.pk for shop in shops if any(one["code"] == "complaint_pending" for one in told[shop.pk])]
    assert waits == [shops[1].pk]


def test_reasons_come_from_what_is_known_and_are_told_in_words(world: World) -> None:
    on, shops, company = world.monday, world.shops["wang"], world.company
    visit_made(world, "wang", 0, on - timedelta(days=3))
    visit_made(world, "wang", 1, on - timedelta(days=45))
    last = visit_made(world, "wang", 2, on - timedelta(days=2))
    VisitAction.objects.create(
        visit=last, place=1, kind="price_tags", body={"ordered": 30, "on_display": 20, "labelled": 15}
    )
    Promise.objects.create(id="p1", company=company, retailer=shops[0], owner=world.people["wang"], text="货架", made_at=AT,
                           due_on=on - timedelta(days=4))  # fmt: skip
    raised = datetime.combine(on - timedelta(days=6), time(12), company.zone)
    Request.objects.create(id="r1", company=company, retailer=shops[0], raised_by=world.people["wang"], kind="problem",
                           topic="配送", text="送货太晚", owner=world.people["boss"], raised_at=raised, due_on=on)  # fmt: skip
    DayQuestion.objects.create(
        company=company, unit=world.north, text="南?", kind="yes_no", valid_from=on, valid_until=on + timedelta(days=3)
    )
    told = reasons_of(company, [shop.pk for shop in shops], on=on, until=on + timedelta(days=28))
    codes = [[one["code"] for one in told[shop.pk]] for shop in shops]
    late = ["long_not_visited"]
    assert codes == [
        ["complaint_pending", "promise_overdue"],
        late,
        ["price_tags_missing"],
        late,
        late,
        late,
        late,
        late,
    ]
    assert [one["present"] for one in told[shops[0].pk]] == [6.0, 4.0]
    assert told[shops[1].pk][0]["present"] == 45.0
    names = plan_words.subjects_of(company, told.values())
    with translation.override("zh-hans"):
        first = plan_words.why(told[shops[0].pk][0], names)
        assert (first.title, first.present) == ("诉求待答复", "已提出 6 天：送货太晚")
        assert plan_words.why(told[shops[2].pk][0], names).present.endswith("上柜 20 个品规，有标价 15 个。")
        assert plan_words.why(told[shops[3].pk][0], names).present == "尚无走访记录。"
    with translation.override("en"):
        overdue = plan_words.why(told[shops[0].pk][1], names)
        assert (overdue.present.split(", ")[1], overdue.wanted) == ("4 days overdue: 货架", "The promise is kept.")
    asked = reasons_of(company, [world.shops["zhao"][0].pk], on=on, until=on + timedelta(days=28))
    assert [one["code"] for one in asked[world.shops["zhao"][0].pk]] == ["long_not_visited", "research_question"]
