"""The list of products and the file of one."""

from datetime import date

import pytest
from django.test import Client

from lianxin.foundation.models import Company
from lianxin.foundation.states import Role
from lianxin.goods.models import ProductVersion
from tests import factories

pytestmark = [pytest.mark.django_db, pytest.mark.requirement("B1")]


@pytest.fixture
def reader(company: Company) -> Client:
    client = Client(headers={"accept-language": "en"})
    client.force_login(factories.user(company, Role.CUSTOMER_MANAGER))
    return client


@pytest.mark.parametrize("n", [1, 3])
def test_list_shows_prices_in_currency(company: Company, reader: Client, n: int) -> None:
    for number in range(n):
        factories.product(company, f"P{number}", price_class="一类", wholesale_price_fen=12345, cost_price_fen=None)
    table = reader.get("/goods/").context["table"]
    assert table.total == n
    assert [[cell.text for cell in row.cells][:6] for row in table.rows] == [
        [f"临江（P{number}）", f"P{number}", "一类", "", "123.45", ""] for number in range(n)
    ]


def test_list_costs_a_fixed_number_of_queries(company: Company, reader: Client, django_assert_max_num_queries) -> None:
    for number in range(60):
        factories.product(company, f"P{number:03}")
    reader.get("/goods/")  # what other rooms count for the menu is kept from here on
    with django_assert_max_num_queries(10):
        page = reader.get("/goods/")
    assert len(page.context["table"].rows) == 50


def test_list_answers_its_filters(company: Company, reader: Client) -> None:
    factories.product(company, "A1", price_class="一类", producer="甲")
    factories.product(company, "B2", price_class="三类", producer="乙", name="福星")
    for asked, found in [("q=A", ["A1"]), ("q=福", ["B2"]), ("price_class=三类", ["B2"]), ("producer=甲", ["A1"])]:
        assert [row.cells[1].text for row in reader.get(f"/goods/?{asked}").context["table"].rows] == found


def test_file_tells_every_dated_version(company: Company, reader: Client) -> None:
    made = factories.product(company, "P1", price_class="二类", wholesale_price_fen=10000, valid_from=date(2020, 1, 1))
    ProductVersion.objects.create(
        product=made, valid_from=date(2021, 1, 1), name=made.name, price_class="一类", wholesale_price_fen=11000
    )
    history = reader.get(f"/goods/{made.pk}/").context["history"]
    assert [change.fields for change in history] == [
        [("Price class", "二类", "一类"), ("Wholesale price", "100.00", "110.00")],
        [("Name", "", "临江（P1）"), ("Price class", "", "二类"), ("Wholesale price", "", "100.00")],
    ]
    versions = reader.get("/api/v1/products/P1").json()["versions"]
    assert [one["wholesale_price_fen"] for one in versions] == [10000, 11000]


def test_file_of_another_company_is_not_there(company: Company, reader: Client) -> None:
    foreign = factories.product(factories.company("other"), "P9")
    assert reader.get(f"/goods/{foreign.pk}/").status_code == 404
    assert reader.get("/api/v1/products/P9").status_code == 404


def test_api_pages_by_key(company: Company, reader: Client) -> None:
    for number in range(3):
        factories.product(company, f"P{number}")
    first = reader.get("/api/v1/products?limit=2").json()
    second = reader.get("/api/v1/products", {"limit": 2, "after": first["next"]}).json()
    assert [row["product_code"] for row in first["rows"] + second["rows"]] == ["P0", "P1", "P2"]
    assert (first["total"], second["next"]) == (3, None)


def test_retailer_role_reads_no_goods(company: Company) -> None:
    client = factories.signed_in_retailer(factories.retailer(company))
    assert client.get("/goods/").status_code == 403
    assert client.get("/api/v1/products").status_code == 403
