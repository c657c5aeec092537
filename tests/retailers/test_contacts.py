"""A retailer's contact is personal data: for who serves the shop, overwritten without history, gone on time, never repeated."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from lianxin.foundation import clock
from lianxin.foundation.errors import Refused
from lianxin.foundation.models import AuditRow, Company
from lianxin.foundation.states import Role
from lianxin.people.models import Person
from lianxin.people.states import Post
from lianxin.retailers import checks
from lianxin.retailers.actions import contacts
from lianxin.retailers.models import Retailer, RetailerContact, RetailerVersion
from tests import factories

pytestmark = [pytest.mark.django_db, pytest.mark.requirement("B1")]
SAID = {"name": "王老板", "phone": "10000000001", "way": "wechat", "preferred_time": "15:00以后", "words": "从后门进"}


def client_of(user: object) -> Client:
    client = Client(headers={"accept-language": "en"})
    client.force_login(user)  # type: ignore[arg-type]
    return client


@pytest.fixture
def people(company: Company) -> dict[str, Any]:
    unit, other = factories.unit(company), factories.unit(company, "城北市场部")
    users = {role.value: factories.user(company, role) for role in Role if role != Role.RETAILER}
    market = factories.person(unit, Post.MARKET_MANAGER, user=users["market_manager"])
    manager = factories.person(unit, user=users["customer_manager"], reports_to=market)
    stranger = factories.user(company, Role.CUSTOMER_MANAGER)
    factories.person(other, user=stranger)
    return {**users, "manager": manager, "stranger": stranger}


@pytest.fixture
def shop(company: Company, people: dict[str, Any]) -> Retailer:
    holder: Person = people["manager"]
    return factories.retailer(company, "A1", holder=holder)


def entered(shop: Retailer, by: Any, **said: str) -> RetailerContact:
    return contacts.enter(
        retailer=shop, said=contacts.Said(**{**SAID, **said}), by=by, at=clock.now(), on=clock.today(shop.company)
    )


def fields(shop: Retailer) -> tuple[str, str, str] | None:
    row = RetailerContact.objects.filter(retailer=shop).first()
    return None if row is None else (row.name, row.phone, row.way)


def nowhere(text: str) -> None:
    """No audit row holds the text."""
    for row in AuditRow.objects.all():
        assert text not in str((row.before, row.after, row.subject, row.reason))


@pytest.mark.parametrize(
    ("written", "kept"),
    [("1000 000 0001", "10000000001"), ("＋86 (0716) 8123456", "+8607168123456"), ("0716-8123456", "07168123456"),
     ("07168123456-12", "07168123456-12"), ("", "")],
)  # fmt: skip
def test_a_phone_is_kept_in_one_form(written: str, kept: str) -> None:
    assert checks.phone(written) == kept


@pytest.mark.parametrize("written", ["问隔壁", "123", "1" * 30, "100@0000", "微信 abc123"])
def test_what_is_no_phone_is_refused(written: str) -> None:
    with pytest.raises(Refused):
        checks.phone(written)


def test_the_manager_enters_it_on_the_file_and_the_audit_repeats_nothing(
    shop: Retailer, people: dict[str, Any]
) -> None:
    client = client_of(people["customer_manager"])
    # when it is entered, and changed
    assert client.post(f"/retailers/{shop.pk}/contact", SAID).status_code == 302
    assert client.post(f"/retailers/{shop.pk}/contact", {**SAID, "phone": "100 0000 0002"}).status_code == 302
    # then there is one row, shown on the file, and the audit names fields
    assert RetailerContact.objects.count() == 1
    page = client.get(f"/retailers/{shop.pk}/").content.decode()
    assert "10000000002" in page
    assert "王老板" in page
    rows = AuditRow.objects.filter(verb="contacts.set").order_by("number")
    assert [row.after for row in rows] == [
        {"changed": ["name", "phone", "way", "preferred_time", "words"]}, {"changed": ["phone"]},
    ]  # fmt: skip
    for text in ("10000000001", "10000000002", "王老板", "后门"):
        nowhere(text)
    # and saving the same again changes nothing
    client.post(f"/retailers/{shop.pk}/contact", {**SAID, "phone": "10000000002"})
    assert rows.count() == 2


@pytest.mark.parametrize(
    ("wrong", "field"),
    [({"phone": "问隔壁"}, "phone"), ({"words": "老板生病"}, "words"), ({"words": "很" * 201}, "words"),
     ({"way": "pigeon"}, "way"), (dict.fromkeys(SAID, ""), "name")],
)  # fmt: skip
def test_bad_input_is_told_at_its_field_and_nothing_is_kept(
    shop: Retailer, people: dict[str, Any], wrong: dict[str, str], field: str
) -> None:
    client = client_of(people["customer_manager"])
    page = client.post(f"/retailers/{shop.pk}/contact", {**SAID, **wrong})
    assert page.status_code == 422
    assert list(page.context["form"].errors) == [field]
    answer = client.put("/api/v1/retailers/A1/contact", {**SAID, **wrong}, content_type="application/json")
    assert (answer.status_code, answer.json()["field"]) == (422, field)
    assert RetailerContact.objects.count() == 0


def test_who_serves_the_shop_and_those_above_see_it_and_nobody_else(shop: Retailer, people: dict[str, Any]) -> None:
    entered(shop, people["customer_manager"])
    for role in Role:
        if role == Role.RETAILER:
            continue
        client = client_of(people[role.value])
        page = client.get(f"/retailers/{shop.pk}/")
        answer = client.get("/api/v1/retailers/A1/contact")
        if role in (Role.CUSTOMER_MANAGER, Role.MARKET_MANAGER, Role.LEADER):
            assert "10000000001" in page.content.decode()
            assert answer.json()["phone"] == "10000000001"
        else:
            assert "10000000001" not in page.content.decode()
            assert answer.status_code == 403
    other = client_of(people["stranger"])
    assert other.get(f"/retailers/{shop.pk}/contact").status_code == 404
    assert other.put("/api/v1/retailers/A1/contact", SAID, content_type="application/json").status_code == 404
    assert other.post(f"/retailers/{shop.pk}/contact/delete").status_code == 404
    assert fields(shop) is not None


def test_who_oversees_the_company_and_also_visits_shops_sees_only_those_he_visits(
    company: Company, shop: Retailer, people: dict[str, Any]
) -> None:
    # given somebody who may read every file as an officer and contacts as a manager of other shops
    both = factories.user(company, Role.SUPERVISION_OFFICER, Role.CUSTOMER_MANAGER)
    factories.person(factories.unit(company, "城西市场部"), user=both)
    entered(shop, people["customer_manager"])
    client = client_of(both)
    assert "10000000001" not in client.get(f"/retailers/{shop.pk}/").content.decode()
    assert client.get(f"/retailers/{shop.pk}/contact").status_code == 403
    assert client.get("/api/v1/retailers/A1/contact").status_code == 403


def test_no_list_and_no_export_holds_it(shop: Retailer, people: dict[str, Any]) -> None:
    entered(shop, people["customer_manager"])
    client = client_of(people["leader"])
    exported = client.get("/retailers/?export=csv")
    bodies = [
        client.get("/retailers/").content, client.get("/api/v1/retailers").content,
        client.get("/api/v1/retailers/A1").content, b"".join(exported.streaming_content),
    ]  # fmt: skip
    assert [body for body in bodies if b"10000000001" in body or "王老板".encode() in body] == []


def test_the_api_enters_reads_and_deletes_it(shop: Retailer, people: dict[str, Any]) -> None:
    client = client_of(people["market_manager"])
    assert client.get("/api/v1/retailers/A1/contact").status_code == 404
    assert client.put("/api/v1/retailers/A1/contact", SAID, content_type="application/json").status_code == 204
    told = client.get("/api/v1/retailers/A1/contact")
    assert {name: told.json()[name] for name in SAID} == SAID
    assert told["Cache-Control"] == "no-store"
    assert client.delete("/api/v1/retailers/A1/contact").status_code == 204
    assert client.delete("/api/v1/retailers/A1/contact").status_code == 204
    assert AuditRow.objects.filter(verb="contacts.delete").count() == 1
    assert fields(shop) is None


def test_the_shop_sees_puts_right_and_deletes_its_own(shop: Retailer, people: dict[str, Any]) -> None:
    entered(shop, people["customer_manager"])
    browser = factories.signed_in_retailer(shop)
    assert "10000000001" in browser.get("/own/contact").content.decode()
    assert browser.post("/own/contact", {**SAID, "phone": "abc"}).status_code == 422
    assert browser.post("/own/contact", {**SAID, "phone": "10000000009"}).status_code == 302
    row = RetailerContact.objects.get()
    assert (row.phone, row.entered_by, row.corrected_at is None) == ("10000000009", None, False)
    assert browser.get("/api/v1/own/contact").json()["phone"] == "10000000009"
    assert browser.post("/own/contact/delete").status_code == 302
    assert browser.post("/own/contact/delete").status_code == 404
    assert browser.get("/own/contact").status_code == 200
    assert browser.post("/own/contact", SAID).status_code == 404
    rows = AuditRow.objects.filter(verb__in=("contacts.correct", "contacts.delete")).order_by("number")
    assert [(row.verb, row.by_name) for row in rows] == [
        ("contacts.correct", "retailer:A1"), ("contacts.delete", "retailer:A1"),
    ]  # fmt: skip
    nowhere("10000000009")


def test_another_shop_sees_nothing_of_it(company: Company, shop: Retailer, people: dict[str, Any]) -> None:
    entered(shop, people["customer_manager"])
    other = factories.signed_in_retailer(factories.retailer(company))
    assert "10000000001" not in other.get("/own/contact").content.decode()
    assert other.get("/api/v1/own/contact").status_code == 404


def test_it_is_forgotten_when_the_shop_has_closed_long_enough(
    company: Company, shop: Retailer, people: dict[str, Any]
) -> None:
    # given a shop that closed thirty days ago, one that closed and opened again, and one that is open
    again, still = factories.retailer(company, "B1"), factories.retailer(company, "C1")
    for one in (shop, again, still):
        entered(one, people["leader"])
    today = clock.today(company)
    closed = today - timedelta(days=30)
    RetailerVersion.objects.create(retailer=shop, valid_from=closed, licence_no="A1", name="x", status="closed")
    RetailerVersion.objects.create(retailer=again, valid_from=closed, licence_no="B1", name="x", status="closed")
    RetailerVersion.objects.create(retailer=again, valid_from=today, licence_no="B1", name="x", status="active")
    # when what is past its time is forgotten, a day early and on the day
    assert contacts.forget(company=company, by=None, at=clock.now() - timedelta(days=1)) == 0
    assert contacts.forget(company=company, by=None, at=clock.now()) == 1
    # then one is gone, once
    assert set(RetailerContact.objects.values_list("retailer__licence_no", flat=True)) == {"B1", "C1"}
    assert contacts.forget(company=company, by=None, at=clock.now()) == 0
    assert AuditRow.objects.get(verb="contacts.forget").after == {"contacts": 1, "former": 0}
    # and none is entered for a closed shop
    with pytest.raises(Refused):
        entered(shop, people["leader"])
