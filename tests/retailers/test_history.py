"""Everything that happened with a retailer: one order of time, each kind within what the asking user may see."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest
from django.test import Client

from lianxin.foundation import clock
from lianxin.foundation.models import Company
from lianxin.foundation.states import Role
from lianxin.oversight.models import Check, CheckRound
from lianxin.people.states import Post
from lianxin.retailers.models import Retailer, RetailerVersion
from lianxin.visits.models import Policy, PolicyTold, Promise, Request, ShopHours, Visit, VisitAction
from lianxin.visits.states import VisitState
from tests import factories

pytestmark = [pytest.mark.django_db, pytest.mark.requirement("B1")]


def client_of(user: object) -> Client:
    client = Client(headers={"accept-language": "en"})
    client.force_login(user)  # type: ignore[arg-type]
    return client


@pytest.fixture
def people(company: Company) -> dict[str, Any]:
    unit = factories.unit(company)
    users = {
        role.value: factories.user(company, role)
        for role in (Role.CUSTOMER_MANAGER, Role.MARKET_MANAGER, Role.LEADER, Role.BRAND_MANAGER, Role.ADMINISTRATOR)
    }
    market = factories.person(unit, Post.MARKET_MANAGER, user=users["market_manager"])
    manager = factories.person(unit, user=users["customer_manager"], reports_to=market)
    before = factories.person(factories.unit(company, "城北市场部"), name="前任")
    return {**users, "manager": manager, "before": before}


def ago(days: int) -> datetime:
    return datetime.combine(clock.now().date() - timedelta(days=days), time(2, 0), tzinfo=UTC)


@pytest.fixture
def shop(company: Company, people: dict[str, Any]) -> Retailer:
    """A shop with one of each thing, of the last twenty days."""
    retailer = factories.retailer(company, "A1", holder=people["manager"])
    RetailerVersion.objects.create(
        retailer=retailer, valid_from=ago(20).date(), licence_no="A1", name=retailer.name, opening_hours="08:00-21:00"
    )

    def visit(key: str, person: Any, days: int) -> Visit:
        return Visit.objects.create(
            id=key, company=company, person=person, retailer=retailer, visit_date=ago(days).date(), check_in_at=ago(days),
            received_at=ago(days), state=VisitState.DONE,
        )  # fmt: skip

    first, second = visit("v1", people["before"], 10), visit("v2", people["manager"], 3)
    seen = {"ordered": 12, "on_display": 10, "labelled": 9}
    VisitAction.objects.create(visit=first, place=1, kind="price_tags", body={**seen, "labelled": 4})
    VisitAction.objects.create(visit=second, place=1, kind="price_tags", body=seen)
    VisitAction.objects.create(visit=second, place=2, kind="display", body={}, skipped_because="柜台在装修")
    VisitAction.objects.create(visit=first, place=2, kind="display", body={"photo_ids": [], "words": "上排已补齐"})
    Promise.objects.create(
        id="p1", company=company, retailer=retailer, owner=people["manager"], text="补送价签十张", made_at=ago(3),
        due_on=ago(0).date(),
    )  # fmt: skip
    for key, raiser, text in (("r1", people["manager"], "想早点送货"), ("r2", None, "客户经理来得太少")):
        Request.objects.create(
            id=key, company=company, retailer=retailer, raised_by=raiser, owner=people["before"], kind="wish", topic="配送",
            text=text, raised_at=ago(2), due_on=ago(0).date(),
        )  # fmt: skip
    policy = Policy.objects.create(
        company=company, title="明码标价新规", text="x", valid_from=ago(30).date(), tell_until=ago(0).date()
    )
    PolicyTold.objects.create(id="t1", policy=policy, retailer=retailer, person=people["manager"], told_at=ago(3))
    common = {"company": company, "visits_from": ago(20).date(), "visits_until": ago(0).date(), "wanted": {}, "seed": "s",
              "seed_hash": "h", "committed_at": ago(9), "due_on": ago(0).date()}  # fmt: skip
    over = CheckRound.objects.create(number=1, state="over", **common)
    running = CheckRound.objects.create(number=2, state="drawn", **common)
    for row, channel, confirmed in ((over, "walk", "yes"), (running, "phone", "no")):
        Check.objects.create(
            company=company, round=row, visit=second, channel=channel, drawn_probability=0.5, state="done",
            confirmed=confirmed, done_at=ago(1),
        )  # fmt: skip
    return retailer


def told(client: Client, query: str = "") -> list[tuple[str, str]]:
    answer = client.get(f"/api/v1/retailers/A1/history{query}")
    assert answer.status_code == 200, answer.content
    return [(row["kind"], row["words"]) for row in answer.json()["rows"]]


def test_one_order_of_time_newest_first(shop: Retailer, people: dict[str, Any]) -> None:
    assert [kind for kind, _words in told(client_of(people["leader"]))] == [
        "checks", "requests", "requests", "visits", "promises", "policies", "visits", "master", "master", "holder",
    ]  # fmt: skip


def test_the_manager_sees_who_came_before_but_not_what_is_not_his(shop: Retailer, people: dict[str, Any]) -> None:
    rows = told(client_of(people["customer_manager"]))
    # then visits of whoever held the shop, the check whose round is over, and not what the shop wrote itself
    assert [kind for kind, _words in rows] == [
        "checks",
        "requests",
        "visits",
        "promises",
        "policies",
        "visits",
        "master",
        "master",
        "holder",
    ]
    assert "来得太少" not in str(rows)
    assert [words for kind, words in rows if kind == "checks"] == [
        f"Walk-around of the visit of {ago(3).date()}: Visit confirmed"
    ]
    # and the page of a visit opens only for those he may see
    page = client_of(people["customer_manager"]).get(f"/retailers/{shop.pk}/history/").content.decode()
    assert "/visits/made/v2/" in page
    assert "/visits/made/v1/" not in page


def test_an_answer_of_a_check_is_not_told_while_its_round_runs(shop: Retailer, people: dict[str, Any]) -> None:
    for who in ("leader", "customer_manager", "market_manager"):
        assert [
            words for kind, words in told(client_of(people[who])) if kind == "checks" and "Call-back" in words
        ] == []


def test_roles_without_a_room_see_nothing_of_it(shop: Retailer, people: dict[str, Any]) -> None:
    assert {kind for kind, _words in told(client_of(people["administrator"]))} == {"master", "holder"}


def test_kinds_and_days_narrow_it_and_faults_are_told(shop: Retailer, people: dict[str, Any]) -> None:
    client = client_of(people["leader"])
    assert [kind for kind, _words in told(client, "?kind=visits&kind=master")] == [
        "visits", "visits", "master", "master",
    ]  # fmt: skip
    first, last = ago(11).date(), ago(9).date()
    assert [kind for kind, _words in told(client, f"?first={first}&last={last}")] == ["visits"]
    assert told(client, "?offset=9") == [told(client)[9]]
    for query, field in (("?kind=x", "kind"), (f"?first={last}&last={first}", "first"), ("?first=2021-02-30", "first")):
        answer = client.get(f"/api/v1/retailers/A1/history{query}")
        assert (answer.status_code, answer.json()["field"].split(".")[-1]) == (422, field)
    assert client.get("/api/v1/retailers/ZZ/history").status_code == 404
    page = client.get(f"/retailers/{shop.pk}/history/?kind=visits&export=csv")
    assert b"".join(page.streaming_content).decode("utf-8-sig").count("Visited") == 2


def test_the_file_asks_for_the_newest_and_shows_the_counter_and_the_hours(
    shop: Retailer, people: dict[str, Any]
) -> None:
    ShopHours.objects.create(retailer=shop, valid_from=date(2021, 1, 1), good_from=time(9), good_until=time(11))
    client = client_of(people["customer_manager"])
    page = client.get(f"/retailers/{shop.pk}/").content.decode()
    assert f"/retailers/{shop.pk}/history/part" in page
    assert "12 products ordered lately, 10 on display, 9 with a price tag" in page
    assert "上排已补齐" in page
    part = client.get(f"/retailers/{shop.pk}/history/part").content.decode()
    assert "补送价签十张" in part
    answer = client.get("/api/v1/retailers/A1/counter").json()
    assert answer == {
        "hours": {"good_from": "09:00:00", "good_until": "11:00:00", "busy_from": None, "busy_until": None},
        "price_tags": {"visit_id": "v2", "seen_on": str(ago(3).date()), "ordered": 12, "on_display": 10, "labelled": 9},
        "display": {"visit_id": "v1", "seen_on": str(ago(10).date()), "words": "上排已补齐", "n_photos": 0},
        "market_order": None,
    }


def test_a_shop_where_nothing_happened_says_so(company: Company, people: dict[str, Any]) -> None:
    bare = factories.retailer(company, "B1", holder=people["manager"])
    client = client_of(people["customer_manager"])
    assert "No visit has looked at display" in client.get(f"/retailers/{bare.pk}/").content.decode()
    assert "Held from this day on by" in client.get(f"/retailers/{bare.pk}/history/part").content.decode()
    assert client.get("/api/v1/retailers/B1/counter").json() == {
        "hours": None, "price_tags": None, "display": None, "market_order": None,
    }  # fmt: skip
