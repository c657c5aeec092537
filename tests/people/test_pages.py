"""The list of people and units."""

from datetime import date

import pytest
from django.test import Client

from lianxin.foundation.models import Company
from lianxin.foundation.states import Role
from lianxin.people.states import Post, UnitKind
from tests import factories

pytestmark = [pytest.mark.django_db, pytest.mark.requirement("J3")]


@pytest.fixture
def reader(company: Company) -> Client:
    client = Client(headers={"accept-language": "en"})
    client.force_login(factories.user(company, Role.HR))
    return client


def test_people_stand_with_post_unit_and_superior(company: Company, reader: Client) -> None:
    city = factories.unit(company, "临江市", kind=UnitKind.COMPANY)
    south = factories.unit(company, "城南市场部", parent=city)
    head = factories.person(south, Post.MARKET_MANAGER, employee_no="E1", name="赵一")
    factories.person(south, employee_no="E2", name="钱二", reports_to=head)
    factories.person(south, employee_no="E3", name="孙三", valid_until=date(2020, 1, 1))
    page = reader.get("/people/")
    assert [[cell.text for cell in row.cells] for row in page.context["table"].rows] == [
        ["赵一", "E1", "Market manager", "城南市场部", "", "2019-01-01"],
        ["钱二", "E2", "Customer manager", "城南市场部", "赵一", "2019-01-01"],
    ]
    assert [(node.unit.code, node.depth, node.n_posted, node.n_below) for node in page.context["tree"]] == [
        ("临江市", 0, 0, 2),
        ("城南市场部", 1, 2, 2),
    ]


def test_people_are_found_by_unit_post_name_and_day(company: Company, reader: Client) -> None:
    city = factories.unit(company, "临江市", kind=UnitKind.COMPANY)
    south = factories.unit(company, "城南市场部", parent=city)
    north = factories.unit(company, "城北市场部", parent=city)
    factories.person(south, employee_no="E1", name="赵一")
    factories.person(north, Post.MARKET_MANAGER, employee_no="E2", name="钱二")
    factories.person(north, employee_no="E3", name="孙三", valid_until=date(2020, 1, 1))
    for asked, found in [
        (f"unit={city.pk}", ["E1", "E2"]),
        (f"unit={south.pk}", ["E1"]),
        ("post=market_manager", ["E2"]),
        ("q=钱", ["E2"]),
        ("on=2019-06-30&q=E3", ["E3"]),
    ]:
        rows = reader.get(f"/people/?{asked}").context["table"].rows
        assert [row.cells[1].text for row in rows] == found
    assert [row["employee_no"] for row in reader.get("/api/v1/people").json()] == ["E1", "E2"]


def test_customer_manager_reads_no_list_of_people(company: Company) -> None:
    client = Client()
    client.force_login(factories.user(company, Role.CUSTOMER_MANAGER))
    assert client.get("/people/").status_code == 403
    assert client.get("/api/v1/people").status_code == 403
