"""What a retailer asks, confirms, puts right and deletes by itself."""

from datetime import date, timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client

from lianxin.foundation import clock
from lianxin.foundation.errors import Refused
from lianxin.foundation.models import AuditRow, Company, User
from lianxin.foundation.states import Role
from lianxin.people.models import Person
from lianxin.people.states import Post
from lianxin.retailers.models import Retailer, Territory
from lianxin.visits.actions import requests as actions
from lianxin.visits.models import CareNote, Cover, Promise, Request
from lianxin.visits.queries import holding, own, replica, requests
from lianxin.visits.states import RequestState
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def people(company: Company) -> dict[str, Any]:
    """A unit with its manager and superior, two supervision officers, and a leader above all."""
    unit = factories.unit(company)
    office = factories.unit(company, "督察科", kind="office")
    users = {role: factories.user(company, role) for role in (Role.CUSTOMER_MANAGER, Role.MARKET_MANAGER, Role.LEADER)}
    leader = factories.person(unit, Post.LEADER, user=users[Role.LEADER])
    head = factories.person(unit, Post.MARKET_MANAGER, user=users[Role.MARKET_MANAGER], reports_to=leader)
    manager = factories.person(unit, user=users[Role.CUSTOMER_MANAGER], reports_to=head)
    officers = [
        factories.person(
            office,
            Post.SUPERVISION_OFFICER,
            employee_no=f"D{n}",
            user=factories.user(company, Role.SUPERVISION_OFFICER),
        )
        for n in (1, 2)
    ]
    return {"manager": manager, "head": head, "leader": leader, "officers": officers, "office": office}


@pytest.fixture
def shop(company: Company, people: dict[str, Any]) -> Retailer:
    return factories.retailer(company, holder=people["manager"])


@pytest.fixture
def browser(shop: Retailer) -> Client:
    return factories.signed_in_retailer(shop)


def user_of(person: Person) -> User:
    assert person.user is not None
    return person.user


def written(browser: Client, **given: str) -> Request:
    sent = {
        "request_id": str(uuid4()), "about": "", "text": "为什么只有两条？", "kind": "problem", "topic": "货源供应", **given,
    }  # fmt: skip
    assert browser.post("/own/requests/new", sent).status_code == 302
    return Request.objects.get(pk=sent["request_id"])


def asked(shop: Retailer, owner: Person, **fields: Any) -> Request:
    return Request.objects.create(
        **{
            "id": str(uuid4()), "company": shop.company, "retailer": shop, "raised_by": owner, "owner": owner, "kind": "wish",
            "topic": "送货服务", "text": "早点送", "raised_at": clock.now(), "due_on": date(2999, 1, 1), **fields,
        }
    )  # fmt: skip


def noted(shop: Retailer, person: Person, **fields: Any) -> CareNote:
    return CareNote.objects.create(
        **{
            "id": str(uuid4()), "company": shop.company, "retailer": shop, "person": person, "purpose": "预约",
            "text": "上午忙", "made_at": clock.now(), "keep_until": date(2999, 1, 1), **fields,
        }
    )  # fmt: skip


@pytest.mark.requirement("D2", "F9")
def test_an_objection_goes_to_the_office_and_past_those_it_may_be_about(
    company: Company, people: dict[str, Any], shop: Retailer, browser: Client
) -> None:
    row = written(browser, about="第3轮")
    assert (row.raised_by, row.owner, row.office) == (None, people["officers"][0], people["office"])
    assert row.text == "【第3轮】\n为什么只有两条？"
    assert row.due_on > clock.today(company)
    on = clock.today(company)
    for person in (people["manager"], people["head"]):
        assert not requests.requests_visible(user_of(person), company, on=on).exists()
    officer = Client()
    officer.force_login(user_of(people["officers"][0]))
    page = officer.get(f"/visits/requests/{row.pk}/").content.decode()
    assert "零售客户本人" in page
    assert "零售客户本人" in officer.get("/visits/requests/").content.decode()
    # the next one goes to the officer with less to do
    assert written(browser).owner == people["officers"][1]
    audited = AuditRow.objects.filter(verb="requests.raise").first()
    assert audited is not None
    assert (audited.by, audited.by_name) == (None, f"retailer:{shop.licence_no}")


@pytest.mark.requirement("F9")
def test_its_life_until_the_retailer_says_that_it_is_settled(people: dict[str, Any], browser: Client) -> None:
    row = written(browser)
    officer = Client()
    officer.force_login(user_of(row.owner))
    assert officer.post(f"/visits/requests/{row.pk}/answer", {"words": "按档位定额"}).status_code == 302
    page = browser.get("/own/requests/").content.decode()
    assert "按档位定额" in page
    confirm = f"/own/requests/{row.pk}/confirm"
    refused = browser.post(confirm, {"settled": "no", "words": " "})
    assert (refused.status_code, "请说明还有什么没有解决" in refused.content.decode()) == (422, True)
    assert browser.post(confirm, {"settled": "no", "words": "没说清楚"}).status_code == 302
    row.refresh_from_db()
    assert row.state == RequestState.REOPENED
    officer.post(f"/visits/requests/{row.pk}/answer", {"words": "见公开页"})
    assert browser.post(confirm, {"settled": "yes"}).status_code == 302
    row.refresh_from_db()
    assert (row.state, row.confirmed_at is not None) == (RequestState.CONFIRMED, True)
    assert [(event.state, event.by_retailer) for event in row.events.order_by("pk")] == [
        ("open", True), ("answered", False), ("reopened", True), ("answered", False), ("confirmed", True),
    ]  # fmt: skip
    # said twice it is told so, and stays
    assert browser.post(confirm, {"settled": "yes"}).status_code == 302
    assert "已" in browser.get("/own/requests/").content.decode()
    assert row.events.count() == 5


@pytest.mark.requirement("F9")
def test_nobody_else_confirms_what_a_retailer_wrote_itself(
    company: Company, people: dict[str, Any], shop: Retailer, browser: Client
) -> None:
    row = written(browser)
    Request.objects.update(state="answered", answer="x")
    for person in (people["manager"], people["officers"][0]):
        client = Client()
        client.force_login(user_of(person))
        client.post(f"/visits/requests/{row.pk}/confirm", {"settled": "yes"})
        sent = client.post(
            f"/api/v1/requests/{row.pk}/confirm", {"settled": True}, content_type="application/json"
        )  # fmt: skip
        assert sent.status_code in (403, 404, 422)

    on = clock.today(company)
    with pytest.raises(Refused):
        actions.confirm(
            request_id=row.pk, person=people["manager"], settled=True, words="", by=None, at=clock.now(), on=on
        )
    row.refresh_from_db()
    assert row.state == RequestState.ANSWERED


@pytest.mark.requirement("F9")
def test_a_retailer_confirms_what_its_manager_wrote_down_for_it(
    people: dict[str, Any], shop: Retailer, browser: Client
) -> None:
    row = asked(shop, people["manager"], state="answered", answer="周二送")
    assert browser.post(f"/own/requests/{row.pk}/confirm", {"settled": "yes"}).status_code == 302
    row.refresh_from_db()
    assert row.state == RequestState.CONFIRMED


def test_what_is_wrong_is_said_and_nothing_typed_is_lost(browser: Client) -> None:
    for given, words in (
        ({"text": " "}, "What do you want"), ({"topic": "无"}, "topic"), ({"text": "长" * 2001}, "text"), ({"kind": ""}, "kind"),
    ):  # fmt: skip
        sent = {"request_id": str(uuid4()), "about": "第3轮", "text": "别丢", "kind": "wish", "topic": "其他", **given}
        answer = browser.post("/own/requests/new", sent)
        assert answer.status_code == 422, words
        page = answer.content.decode()
        assert "第3轮" in page
        if "text" not in given:
            assert "别丢" in page
    assert not Request.objects.exists()


def test_pressing_twice_writes_once_and_an_inbox_has_an_end(
    people: dict[str, Any], company: Company, browser: Client
) -> None:
    one = written(browser)
    written(browser, request_id=one.pk)
    assert Request.objects.count() == 1
    other = factories.signed_in_retailer(factories.retailer(company, holder=people["manager"]))
    sent = {"request_id": one.pk, "about": "", "text": "x", "kind": "wish", "topic": "其他"}
    assert other.post("/own/requests/new", sent).status_code == 422
    for _each in range(9):
        written(browser)
    assert browser.post("/own/requests/new", {**sent, "request_id": str(uuid4())}).status_code == 422


def test_without_an_office_a_leader_answers_and_without_both_it_is_said(
    company: Company, people: dict[str, Any], shop: Retailer, browser: Client
) -> None:
    on = clock.today(company)
    for officer in people["officers"]:
        officer.postings.all().delete()
    found = own.who_answers(shop, on=on)
    assert found is not None
    assert found.person == people["leader"]
    people["leader"].postings.all().delete()
    assert own.who_answers(shop, on=on) is None
    sent = {"request_id": str(uuid4()), "about": "", "text": "x", "kind": "wish", "topic": "其他"}
    assert browser.post("/own/requests/new", sent).status_code == 422


def test_who_visits_a_shop_or_covers_is_its_line_up_to_the_top(
    company: Company, people: dict[str, Any], shop: Retailer
) -> None:
    on = clock.today(company)
    covering = factories.person(people["manager"].postings.get().unit)
    Cover.objects.create(
        company=company, absent=people["manager"], covering=covering, valid_from=on, valid_until=on + timedelta(days=1)
    )
    line = {people[name].pk for name in ("manager", "head", "leader")}
    assert holding.line_of(shop, on=on) == line | {covering.pk}
    Territory.objects.all().delete()
    assert holding.line_of(shop, on=on) == set()


def test_an_own_request_is_not_passed_to_the_line(
    company: Company, people: dict[str, Any], shop: Retailer, browser: Client
) -> None:

    row, on, by = written(browser), clock.today(company), user_of(people["officers"][0])
    with pytest.raises(Refused) as refused:
        actions.pass_on(request=row, office=None, owner=people["head"], by=by, at=clock.now(), on=on)
    assert refused.value.field == "owner"
    assert (
        actions.pass_on(request=row, office=None, owner=people["officers"][1], by=by, at=clock.now(), on=on).owner
        == people["officers"][1]
    )


def test_own_words_reach_neither_the_phone_nor_the_plan(
    company: Company, people: dict[str, Any], shop: Retailer, browser: Client
) -> None:

    written(browser, text="只给公司看")
    mine = asked(shop, people["manager"], text="经理记的")
    sent = str(replica._retailers(people["manager"], clock.today(company), {shop.pk}))
    assert ("只给公司看" in sent, mine.text in sent) == (False, True)


def test_promises_are_shown_with_a_way_to_contradict(people: dict[str, Any], shop: Retailer, browser: Client) -> None:
    common = {"company": shop.company, "retailer": shop, "owner": people["manager"], "made_at": clock.now()}
    Promise.objects.create(id="p1", text="送冰柜", due_on=date(2999, 1, 1), state="open", **common)
    Promise.objects.create(id="p2", text="换招牌", due_on=date(2022, 1, 1), state="kept", words="已换", **common)
    Promise.objects.create(id="p3", text="待批准", due_on=date(2022, 1, 1), state="asked", **common)
    page = browser.get("/own/requests/").content.decode()
    assert ("送冰柜" in page, "换招牌" in page, "待批准" in page) == (True, True, False)
    assert page.count("没有兑现？") == 1


@pytest.mark.requirement("F7")
def test_notes_are_seen_put_right_and_deleted(people: dict[str, Any], shop: Retailer, browser: Client) -> None:
    note = noted(shop, people["manager"])
    noted(shop, people["manager"], text="过期的", keep_until=date(2022, 1, 1))
    page = browser.get("/own/notes/").content.decode()
    assert ("上午忙" in page, "过期的" in page) == (True, False)
    for wrong in ("", " ", "他住院了", "长" * 301):
        assert browser.post(f"/own/notes/{note.pk}/correct", {"text": wrong}).status_code == 422
    assert browser.post(f"/own/notes/{note.pk}/correct", {"text": "下午忙"}).status_code == 302
    note.refresh_from_db()
    assert (note.text, note.corrected_at is not None) == ("下午忙", True)
    assert browser.post(f"/own/notes/{note.pk}/delete").status_code == 302
    assert not CareNote.objects.filter(pk=note.pk).exists()
    assert browser.post(f"/own/notes/{note.pk}/delete").status_code == 404
    rows = list(AuditRow.objects.filter(verb__startswith="carenotes").order_by("number"))
    assert [row.verb for row in rows] == ["carenotes.correct", "carenotes.delete"]
    assert not [row for row in rows if "忙" in str((row.before, row.after, row.reason))]


@pytest.mark.requirement("F7", "F9")
def test_the_same_by_the_api(people: dict[str, Any], shop: Retailer, browser: Client) -> None:
    note = noted(shop, people["manager"])
    assert [row["text"] for row in browser.get("/api/v1/own/notes").json()] == ["上午忙"]
    fixed = browser.patch(f"/api/v1/own/notes/{note.pk}", {"text": "下午忙"}, content_type="application/json")
    assert (fixed.status_code, fixed.json()["text"]) == (200, "下午忙")
    refused = browser.patch(f"/api/v1/own/notes/{note.pk}", {"text": ""}, content_type="application/json")
    assert (refused.status_code, refused.json()["field"]) == (422, "text")
    assert browser.delete(f"/api/v1/own/notes/{note.pk}").status_code == 204
    sent = {"id": str(uuid4()), "kind": "problem", "topic": "货源供应", "text": "太少"}
    for _each in range(2):
        made = browser.post("/api/v1/own/requests", sent, content_type="application/json")
        assert made.status_code == 201
    Request.objects.update(state="answered", answer="x")
    done = browser.post(
        f"/api/v1/own/requests/{sent['id']}/confirm", {"settled": True}, content_type="application/json"
    )  # fmt: skip
    assert done.json()["state"] == "confirmed"
    listed = browser.get("/api/v1/own/requests").json()
    assert [(row["text"], row["written_by_retailer"]) for row in listed["requests"]] == [("太少", True)]


@pytest.mark.parametrize("n", [0, 1, 3])
def test_the_first_page_tells_what_waits(people: dict[str, Any], shop: Retailer, browser: Client, n: int) -> None:
    for _each in range(n):
        asked(shop, people["manager"], state="answered", answer="x")
        noted(shop, people["manager"])
    page = browser.get("/own/").content.decode()
    assert (f"有{n}条答复等您确认" in page) == (n > 0)
    assert f"现保存关于您的备注{n}条" in page
