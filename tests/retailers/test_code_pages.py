"""Codes are handed out on slips, in a spreadsheet and by the API, once."""

import re

import pytest
from django.test import Client

from lianxin.foundation.models import Company
from lianxin.foundation.states import Role
from lianxin.retailers.models import AccessCode, CodeBatch
from lianxin.retailers.states import CodePurpose
from tests import factories

pytestmark = [pytest.mark.django_db, pytest.mark.requirement("D2")]


def client_of(company: Company, *roles: Role) -> Client:
    client = Client()
    client.force_login(factories.user(company, *roles))
    return client


@pytest.mark.parametrize("n", [1, 3])
def test_slips_are_shown_once_with_pattern_and_digits(company: Company, n: int) -> None:
    for _each in range(n):
        factories.retailer(company, town="城南镇")
    factories.retailer(company, town="城北镇")
    factories.retailer(company, town="城南镇", status="closed")
    client = client_of(company, Role.ADMINISTRATOR)
    given = {"purpose": "sign_in", "town": "城南镇", "route": "", "days": "14", "form": "slips"}
    answer = client.post("/retailers/codes/many", given)
    page = answer.content.decode()
    assert answer["Cache-Control"] == "no-store"
    digits = re.findall(r'lx-slipdigits">(\d{4}) (\d{4})<', page)
    links = re.findall(r'href="http://testserver(/own/l/[^"]+)"', page)
    assert (len(digits), len(links), page.count('class="lx-square"')) == (n, n, n)
    # what was printed opens, in either way
    shown = CodeBatch.objects.get()
    assert (shown.n_codes, shown.selection) == (n, {"town": "城南镇"})
    assert Client().post(links[0]).status_code == 302
    again = client.get(f"/retailers/codes/{shown.pk}/").content.decode()
    assert "".join(digits[0]) not in again
    assert " ".join(digits[0]) not in again
    listed = client.get("/retailers/codes/").content.decode()
    assert "".join(digits[0]) not in listed


def test_a_spreadsheet_for_messages(company: Company) -> None:
    factories.retailer(company)
    given = {"purpose": "supply", "town": "", "route": "", "days": "7", "form": "xlsx"}
    answer = client_of(company, Role.ADMINISTRATOR).post("/retailers/codes/many", given)
    assert answer["Content-Type"].endswith("spreadsheetml.sheet")
    assert answer["Cache-Control"] == "no-store"
    assert b"".join(answer.streaming_content).startswith(b"PK")  # type: ignore[attr-defined]
    assert AccessCode.objects.get().purpose == CodePurpose.SUPPLY


def test_one_slip_and_taking_it_back(company: Company) -> None:
    shop = factories.retailer(company)
    client = client_of(company, Role.SUPERVISION_OFFICER)
    given = {"licence_no": shop.licence_no, "purpose": "sign_in", "days": "14"}
    assert 'lx-slipdigits">' in client.post("/retailers/codes/one", given).content.decode()
    assert client.post("/retailers/codes/one", {**given, "licence_no": "nobody"}).status_code == 422
    assert client.post("/retailers/codes/one", {**given, "days": "999"}).status_code == 422
    own = factories.signed_in_retailer(shop)
    assert own.get("/own/").status_code == 200
    assert client.post("/retailers/codes/take-back", {"licence_no": shop.licence_no}).status_code == 302
    assert not AccessCode.objects.filter(used_at=None, revoked_at=None).exists()
    assert own.get("/own/").status_code == 302
    assert (
        client.post("/retailers/codes/take-back", {"licence_no": "nobody"}).headers["Location"]
        == "/retailers/codes/one"
    )
    assert client.post("/retailers/codes/take-back", {}).headers["Location"] == "/retailers/codes/one"


def test_a_batch_is_taken_back(company: Company) -> None:
    factories.retailer(company)
    client = client_of(company, Role.ADMINISTRATOR)
    client.post("/retailers/codes/many", {"purpose": "sign_in", "town": "", "route": "", "days": "14", "form": "slips"})
    pk = CodeBatch.objects.get().pk
    assert client.post(f"/retailers/codes/{pk}/take-back").status_code == 302
    assert AccessCode.objects.get().revoked_at is not None
    other = client_of(factories.company("other"), Role.ADMINISTRATOR)
    assert other.get(f"/retailers/codes/{pk}/").status_code == 404
    assert other.post(f"/retailers/codes/{pk}/take-back").status_code == 404


def test_the_same_by_the_api(company: Company) -> None:
    shop, other = factories.retailer(company, route="一线"), factories.retailer(company, route="二线")
    client = client_of(company, Role.ADMINISTRATOR)
    made = client.post("/api/v1/retailer-codes", {"licence_no": shop.licence_no}, content_type="application/json")
    assert (made.status_code, made["Cache-Control"]) == (201, "no-store")
    slip = made.json()["slips"][0]
    assert (slip["licence_no"], len(slip["code"])) == (shop.licence_no, 8)
    many = client.post("/api/v1/retailer-codes/many", {"routes": ["二线"]}, content_type="application/json")
    assert [row["licence_no"] for row in many.json()["slips"]] == [other.licence_no]
    refused = client.post("/api/v1/retailer-codes/many", {"routes": ["无"]}, content_type="application/json")
    assert (refused.status_code, refused.json()["field"]) == (422, "licence_no")
    listed = client.get("/api/v1/retailer-codes").json()
    assert [row["n_codes"] for row in listed["rows"]] == [1, 1]
    assert slip["code"] not in str(listed)
    assert client.delete(f"/api/v1/retailer-codes/{shop.licence_no}").json() == {"n": 1}
    assert client.delete("/api/v1/retailer-codes/nobody").status_code == 404
