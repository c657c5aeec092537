"""Promises and retailers' requests: who sees them, who settles, decides, answers and confirms, and what is common."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from lianxin.foundation import clock
from lianxin.foundation.models import AuditRow, Company
from lianxin.foundation.states import Role
from lianxin.foundation.uuids import uuid7
from lianxin.people.models import Person
from lianxin.people.states import Post
from lianxin.visits.models import Promise, Request
from lianxin.visits.queries import promises, requests
from lianxin.visits.queries.plan_inputs import good_window, hours_in_force
from lianxin.visits.states import PromiseState, RequestState
from tests import factories

pytestmark = pytest.mark.django_db
WHOLE_DAY = {"good_from_hour": 8.5, "good_until_hour": 17.5}
POSTS = [
    ("wang", "城南市场部", Role.CUSTOMER_MANAGER, Post.CUSTOMER_MANAGER),
    ("zhao", "城北市场部", Role.CUSTOMER_MANAGER, Post.CUSTOMER_MANAGER),
    ("boss", "城南市场部", Role.MARKET_MANAGER, Post.MARKET_MANAGER),
    ("other", "城北市场部", Role.MARKET_MANAGER, Post.MARKET_MANAGER),
    ("delivery", "城北市场部", Role.DELIVERY_LEAD, Post.DELIVERY_LEAD),
    ("leader", "城北市场部", Role.LEADER, Post.LEADER),
]


@pytest.fixture
def people(company: Company) -> dict[str, Person]:
    units = {code: factories.unit(company, code) for code in ("城南市场部", "城北市场部")}
    made: dict[str, Person] = {}
    for name, unit, role, post in POSTS:
        user = factories.user(company, role, username=name)
        made[name] = factories.person(units[unit], post, user=user, employee_no=name, name=name)
    return made


def signed_in(person: Person) -> Client:
    client = Client()
    client.force_login(person.user)
    return client


def promise(owner: Person, *, due_in: int = 0, state: PromiseState = PromiseState.OPEN, **fields: Any) -> Promise:
    shop = factories.retailer(owner.company, holder=owner)
    on = clock.today(owner.company)
    return Promise.objects.create(
        id=uuid7(), company=owner.company, retailer=shop, owner=owner, text="补送价签十张", made_at=clock.now(),
        due_on=on + timedelta(days=due_in), state=state, **fields,
    )  # fmt: skip


def request(raiser: Person, owner: Person, topic: str = "配送", **fields: Any) -> Request:
    given = {"retailer": fields.pop("retailer", None) or factories.retailer(raiser.company, holder=raiser),
             "raised_at": clock.now(), "due_on": clock.today(raiser.company) + timedelta(days=5), **fields}  # fmt: skip
    return Request.objects.create(
        id=uuid7(), company=raiser.company, raised_by=raiser, owner=owner, kind="problem", topic=topic,
        text="送货总在午饭时间", **given,
    )  # fmt: skip


@pytest.mark.requirement("F3")
def test_promises_rise_when_overdue(people: dict[str, Person], company: Company) -> None:
    on = clock.today(company)
    wang, leader = people["wang"], people["leader"]
    for days in (1, 0, -1, -3, -4):
        promise(wang, due_in=days)
    promise(wang, due_in=-9, state=PromiseState.KEPT)
    promise(people["zhao"], due_in=-9)

    def found(person: Person) -> dict[str, int]:
        return promises.counts(promises.promises_visible(person.user, company, on=on), company, on=on)

    assert found(wang) == {"open": 5, "due": 2, "overdue": 3, "risen": 1, "waiting": 0}
    assert found(people["boss"])["overdue"] == 3
    assert found(leader)["risen"] == 2
    assert signed_in(leader).get(reverse("visits:promises"), {"standing": "risen"}).status_code == 200
    narrowed = promises.standing(promises.promises_visible(leader.user, company, on=on), "risen", company, on=on)
    assert {(on - row.due_on).days for row in narrowed} == {4, 9}


@pytest.mark.requirement("F3")
def test_leave_comes_first_and_only_from_the_post_named(people: dict[str, Person]) -> None:
    row = promise(people["wang"], state=PromiseState.ASKED, leave_of=Post.MARKET_MANAGER)
    page, decide = (reverse(f"visits:{name}", args=[row.pk]) for name in ("promise", "promise_decide"))
    settle = reverse("visits:promise_settle", args=[row.pk])
    assert signed_in(people["wang"]).post(settle, {"kept": "yes", "words": ""}).status_code == 422
    assert signed_in(people["wang"]).post(decide, {"granted": "yes"}).status_code == 403
    assert signed_in(people["other"]).post(decide, {"granted": "yes"}).status_code == 404
    boss = signed_in(people["boss"])
    assert boss.post(decide, {"granted": "no", "words": ""}).status_code == 422
    assert boss.post(decide, {"granted": "yes"}).headers["Location"] == page
    assert signed_in(people["wang"]).post(settle, {"kept": "no", "words": ""}).status_code == 422
    signed_in(people["wang"]).post(settle, {"kept": "yes", "words": "已送到"})
    row.refresh_from_db()
    assert (row.state, row.words, row.decided_by) == (PromiseState.KEPT, "已送到", people["boss"].user)
    verbs = set(AuditRow.objects.filter(subject=f"promise:{row.pk}").values_list("verb", flat=True))
    assert verbs == {"promises.decide", "promises.settle"}


@pytest.mark.requirement("F9")
def test_request_ends_with_the_retailers_word(people: dict[str, Person]) -> None:
    row = request(people["wang"], people["boss"])
    address = {name: reverse(f"visits:{name}", args=[row.pk])
               for name in ("request", "request_answer", "request_pass_on", "request_confirm")}  # fmt: skip
    assert signed_in(people["other"]).get(address["request"]).status_code == 404
    posting = people["delivery"].postings.get()
    boss, delivery, wang = (signed_in(people[name]) for name in ("boss", "delivery", "wang"))
    assert boss.post(address["request_pass_on"], {"posting": "999999"}).status_code == 422
    assert boss.post(address["request_pass_on"], {"posting": posting.pk}).status_code == 302
    assert wang.post(address["request_answer"], {"words": "自己答"}).status_code == 422
    assert delivery.post(address["request_answer"], {"words": ""}).status_code == 422
    assert delivery.post(address["request_answer"], {"words": "改为上午送货"}).status_code == 302
    assert wang.post(address["request_confirm"], {"settled": "no", "words": ""}).status_code == 422
    wang.post(address["request_confirm"], {"settled": "no", "words": "本周仍是中午"})
    delivery.post(address["request_answer"], {"words": "已调整线路"})
    wang.post(address["request_confirm"], {"settled": "yes", "words": ""})
    row.refresh_from_db()
    assert (row.state, row.owner) == (RequestState.CONFIRMED, people["delivery"])
    assert [event.state for event in requests.events_of(row)] == ["answered", "reopened", "answered", "confirmed"]
    page = wang.get(address["request"]).content.decode()
    assert 0 < page.index("改为上午送货") < page.index("本周仍是中午")


@pytest.mark.requirement("F9")
def test_common_problems_count_retailers_not_voices(people: dict[str, Person], company: Company) -> None:
    wang, boss, on = people["wang"], people["boss"], clock.today(company)
    loud = factories.retailer(company, holder=wang)
    for _number in range(4):
        request(wang, boss, "价格", retailer=loud)
    now = clock.now()
    for number in range(5):
        request(wang, boss, answered_at=now + timedelta(days=number), state=RequestState.ANSWERED, raised_at=now)
    request(people["zhao"], people["other"], "货源")
    found = requests.topics_asked(boss.user, company, first=on, last=on + timedelta(days=1), on=on)
    assert [(one.topic, one.n_retailers, one.n, one.median_days) for one in found] == [
        ("配送", 5, 5, 2.0),
        ("价格", 1, 4, None),
    ]
    assert signed_in(boss).get(reverse("visits:request_topics")).status_code == 200
    listed = signed_in(boss).get("/api/v1/requests/topics", {"first": on, "last": on + timedelta(days=1)})
    assert [row["topic"] for row in listed.json()] == ["配送", "价格"]


@pytest.mark.requirement("F3", "F9", "F6")
def test_the_same_by_api(people: dict[str, Person], company: Company) -> None:
    wang, boss = signed_in(people["wang"]), signed_in(people["boss"])
    asked = promise(people["wang"], state=PromiseState.ASKED, leave_of=Post.MARKET_MANAGER)
    late = promise(people["wang"], due_in=-1)
    row = request(people["wang"], people["boss"])
    as_json = {"content_type": "application/json"}
    assert [one["id"] for one in wang.get("/api/v1/promises", {"standing": "overdue"}).json()] == [late.pk]
    assert boss.post(f"/api/v1/promises/{asked.pk}/decide", {"granted": True}, **as_json).json()["state"] == "open"
    kept = wang.post(f"/api/v1/promises/{late.pk}/settle", {"kept": True, "words": "补送"}, **as_json)
    assert kept.json()["state"] == "kept"
    assert (
        signed_in(people["other"]).post(f"/api/v1/requests/{row.pk}/answer", {"words": "x"}, **as_json).status_code
        == 404
    )
    boss.post(f"/api/v1/requests/{row.pk}/answer", {"words": "明日处理"}, **as_json)
    assert wang.post(f"/api/v1/requests/{row.pk}/confirm", {"settled": True}, **as_json).json()["state"] == "confirmed"
    day = datetime(2021, 12, 8, tzinfo=UTC).date().isoformat()
    handed = wang.post("/api/v1/records", {"kind": "daily", "day": day, "words": "走访十二户。"}, **as_json)
    assert handed.json()["state"] == "submitted"
    assert boss.get("/api/v1/records").json()[0]["words"] == "走访十二户。"


@pytest.mark.requirement("F3", "F9")
def test_panels_say_what_is_owed(people: dict[str, Person], company: Company) -> None:
    wang = signed_in(people["wang"])
    late = promise(people["wang"], due_in=-2)
    request(people["wang"], people["boss"], retailer=late.retailer, state=RequestState.ANSWERED)
    home = wang.get(reverse("web:panel", args=["followups"])).content.decode()
    assert f"{reverse('visits:promises')}?standing=overdue" in home
    assert f"{reverse('visits:requests')}?standing=answered" in home
    assert "补送价签十张" in wang.get(reverse("retailers:file", args=[late.retailer_id])).content.decode()
    promise(people["wang"], state=PromiseState.ASKED, leave_of=Post.MARKET_MANAGER)
    request(people["wang"], people["boss"])
    above = signed_in(people["boss"]).get(reverse("web:panel", args=["followups"])).content.decode()
    assert f"{reverse('visits:promises')}?state=asked" in above
    assert f"{reverse('visits:requests')}?standing=mine" in above


@pytest.mark.requirement("E3")
def test_hours_of_a_shop_are_set_by_who_holds_it(people: dict[str, Person], company: Company) -> None:
    shop = factories.retailer(company, "L77", holder=people["wang"])
    page = reverse("visits:hours", args=[shop.pk])
    on = clock.today(company).isoformat()
    wang = signed_in(people["wang"])
    given = {"good_from": "09:00", "good_until": "11:00", "busy_from": "10:30", "busy_until": "12:30", "valid_from": on}
    assert wang.post(page, {**given, "good_until": ""}).status_code == 422
    assert wang.post(page, {**given, "good_until": "08:00"}).status_code == 422
    assert wang.post(page, {**given, "busy_from": "09:00"}).status_code == 422
    assert signed_in(people["zhao"]).post(page, given).status_code == 404
    assert signed_in(people["leader"]).post(page, given).status_code == 403
    assert wang.post(page, given).headers["Location"] == reverse("retailers:file", args=[shop.pk])
    assert good_window(hours_in_force([shop.pk], on=clock.today(company))[shop.pk], WHOLE_DAY) == (540, 630)
    told = signed_in(people["boss"]).post(
        "/api/v1/visit-hours/L77", {"busy_from": None, "valid_from": on}, content_type="application/json"
    )
    assert told.status_code == 204
    assert AuditRow.objects.filter(verb="callplans.set_hours").count() == 2
