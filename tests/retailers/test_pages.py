"""The list of retailers and the file of one: what is shown, to whom, and at what price in queries."""

from datetime import date

import pytest
from django.test import Client

from lianxin.foundation.models import Company
from lianxin.foundation.states import Role
from lianxin.people.models import Person
from lianxin.retailers import queries
from lianxin.retailers.models import Licence, RetailerVersion, Territory
from tests import factories

pytestmark = [pytest.mark.django_db, pytest.mark.requirement("B1")]


@pytest.fixture
def leader(company: Company) -> Client:
    return signed_in(factories.user(company, Role.LEADER))


def signed_in(user: object) -> Client:
    client = Client(headers={"accept-language": "en"})
    client.force_login(user)  # type: ignore[arg-type]
    return client


def manager_with_client(company: Company, unit_code: str) -> tuple[Person, Client]:
    user = factories.user(company, Role.CUSTOMER_MANAGER)
    return factories.person(factories.unit(company, unit_code), user=user), signed_in(user)


@pytest.mark.parametrize("n", [1, 3])
def test_list_shows_every_retailer_with_its_holder(company: Company, leader: Client, n: int) -> None:
    holder = factories.person(factories.unit(company), name="李四")
    for number in range(n):
        factories.retailer(company, f"L{number}", holder=holder, tier=12, town="城关镇")
    page = leader.get("/retailers/")
    table = page.context["table"]
    assert table.total == n
    assert [[cell.text for cell in row.cells][:5] for row in table.rows] == [
        [f"便民商店L{number}", f"L{number}", "李四", "12", "城关镇"] for number in range(n)
    ]


def test_columns_without_any_value_are_left_to_the_chooser(company: Company, leader: Client) -> None:
    factories.retailer(company, "A1", town="城关镇")
    table = leader.get("/retailers/").context["table"]
    assert [head.column.key for head in table.heads] == ["name", "licence_no", "holder", "town", "status"]
    assert [cell.text for cell in table.rows[0].cells] == ["便民商店A1", "A1", "nobody", "城关镇", "Active"]


def test_empty_list_says_what_to_do(leader: Client) -> None:
    page = leader.get("/retailers/")
    assert page.context["table"].empty.text.startswith("They appear when the retailers")


def test_list_costs_a_fixed_number_of_queries(company: Company, leader: Client, django_assert_max_num_queries) -> None:
    holder = factories.person(factories.unit(company))
    for number in range(60):
        factories.retailer(company, f"L{number:03}", holder=holder, town=f"镇{number % 3}")
    leader.get("/retailers/")  # what other rooms count for the menu is kept from here on
    with django_assert_max_num_queries(10):
        first = leader.get("/retailers/")
    second = leader.get("/retailers/" + first.context["table"].next_url)
    assert [len(first.context["table"].rows), len(second.context["table"].rows)] == [50, 10]


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ("?q=A1", ["A1"]),
        ("?q=福源", ["B2"]),
        ("?town=城关镇&town=河东镇", ["A1", "B2"]),
        ("?tier_from=20", ["B2"]),
        ("?tier_until=19", ["A1"]),
        ("?trade_form=超市", ["B2"]),
        ("?trade_area=居民区", ["B2"]),
        ("?status=closed", ["C3"]),
    ],
)
def test_list_answers_its_filters(company: Company, leader: Client, asked: str, found: list[str]) -> None:
    factories.retailer(company, "A1", town="城关镇", tier=10, trade_form="便利店", trade_area="学校周边")
    factories.retailer(company, "B2", town="河东镇", tier=25, trade_form="超市", name="福源超市", trade_area="居民区")
    factories.retailer(company, "C3", town="柳林镇", status="closed", trade_form="便利店")
    rows = leader.get(f"/retailers/{asked}").context["table"].rows
    assert [row.cells[1].text for row in rows] == found


def test_list_reads_the_version_in_force(company: Company, leader: Client) -> None:
    shop = factories.retailer(company, "A1", tier=10, valid_from=date(2020, 1, 1))
    RetailerVersion.objects.create(retailer=shop, valid_from=date(2021, 6, 1), licence_no="A1", name=shop.name, tier=14)
    RetailerVersion.objects.create(retailer=shop, valid_from=date(2199, 1, 1), licence_no="A1", name=shop.name, tier=20)
    rows = leader.get("/retailers/").context["table"].rows
    assert [row.cells[3].text for row in rows] == ["14"]


@pytest.mark.parametrize("kind", ["xlsx", "csv"])
def test_list_is_exported_whole(company: Company, leader: Client, kind: str) -> None:
    for number in range(60):
        factories.retailer(company, f"L{number:03}")
    answer = leader.get(f"/retailers/?export={kind}")
    body = b"".join(answer.streaming_content)
    assert answer.status_code == 200
    if kind == "csv":
        assert len(body.decode("utf-8-sig").splitlines()) == 61
    else:
        assert body[:2] == b"PK"


def test_list_keeps_to_the_territory_of_a_manager(company: Company) -> None:
    mine, client = manager_with_client(company, "城南市场部")
    other = factories.person(factories.unit(company, "城北市场部"))
    factories.retailer(company, "MINE", holder=mine)
    theirs = factories.retailer(company, "THEIRS", holder=other)
    gone = factories.retailer(company, "GONE")
    Territory.objects.create(retailer=gone, person=mine, valid_from=date(2019, 1, 1), valid_until=date(2021, 1, 1))
    assert [row.cells[1].text for row in client.get("/retailers/").context["table"].rows] == ["MINE"]
    assert "THEIRS" not in b"".join(client.get("/retailers/?export=csv").streaming_content).decode()
    assert client.get(f"/retailers/{theirs.pk}/").status_code == 404
    assert client.get(f"/retailers/{gone.pk}/").status_code == 404
    assert client.get("/api/v1/retailers/THEIRS").status_code == 404
    assert [row["licence_no"] for row in client.get("/api/v1/retailers").json()["rows"]] == ["MINE"]


def test_list_refuses_a_post_that_reads_no_retailers(company: Company) -> None:
    trainer = signed_in(factories.user(company, Role.TRAINER))
    factories.retailer(company, "A1")
    assert trainer.get("/retailers/").status_code == 403
    assert trainer.get("/api/v1/retailers").status_code == 403


def test_list_never_shows_another_company(company: Company, leader: Client) -> None:
    factories.retailer(company, "OURS")
    foreign = factories.retailer(factories.company("other"), "FOREIGN")
    assert [row.cells[1].text for row in leader.get("/retailers/").context["table"].rows] == ["OURS"]
    assert leader.get(f"/retailers/{foreign.pk}/").status_code == 404


def test_file_tells_the_history(company: Company, leader: Client) -> None:
    unit = factories.unit(company)
    first, second = factories.person(unit, name="张三"), factories.person(unit, name="李四")
    shop = factories.retailer(company, "OLD", tier=10, town="城关镇", valid_from=date(2020, 1, 1))
    for start, tier, town in [(date(2021, 1, 1), 10, "河东镇"), (date(2021, 7, 1), 14, "河东镇")]:
        RetailerVersion.objects.create(
            retailer=shop, valid_from=start, licence_no="NEW", name=shop.name, tier=tier, town=town
        )
    shop.licence_no = "NEW"
    shop.save()
    Licence.objects.create(company=company, retailer=shop, licence_no="NEW", valid_from=date(2021, 1, 1))
    Territory.objects.create(retailer=shop, person=first, valid_from=date(2020, 1, 1), valid_until=date(2021, 3, 1))
    Territory.objects.create(retailer=shop, person=second, valid_from=date(2021, 3, 1))
    page = leader.get(f"/retailers/{shop.pk}/")
    told = page.context
    assert [(one.value, one.valid_from, one.valid_until) for one in told["tiers"]] == [
        (14, date(2021, 7, 1), None),
        (10, date(2020, 1, 1), date(2021, 7, 1)),
    ]
    assert [one.person.name for one in told["holders"]] == ["李四", "张三"]
    assert [one.licence_no for one in told["licences"]] == ["NEW", "OLD"]
    assert [change.fields for change in told["history"]][:2] == [
        [("Tier", "10", "14")],
        [("Licence", "OLD", "NEW"), ("Town", "城关镇", "河东镇")],
    ]
    found = leader.get("/api/v1/retailers/OLD").json()
    assert (found["licence_no"], found["tier"], found["manager"]) == ("NEW", 14, second.employee_no)


def test_old_licence_finds_the_retailer(company: Company, leader: Client) -> None:
    shop = factories.retailer(company, "NEW")
    Licence.objects.create(company=company, retailer=shop, licence_no="OLD", valid_from=date(2018, 1, 1))
    assert [row.cells[1].text for row in leader.get("/retailers/?q=OLD").context["table"].rows] == ["NEW"]


def test_api_pages_by_key(company: Company, leader: Client) -> None:
    for number in range(3):
        factories.retailer(company, f"L{number}")
    first = leader.get("/api/v1/retailers?limit=2").json()
    second = leader.get("/api/v1/retailers", {"limit": 2, "after": first["next"]}).json()
    assert [row["licence_no"] for row in first["rows"] + second["rows"]] == ["L0", "L1", "L2"]
    assert (first["total"], second["next"]) == (3, None)


@pytest.mark.parametrize("kept", [1, 1000])
def test_a_search_shows_each_person_only_what_that_person_may_see(
    company: Company, leader: Client, monkeypatch: pytest.MonkeyPatch, kept: int
) -> None:
    monkeypatch.setattr(queries, "MOST_KEPT", kept)
    south, of_south = manager_with_client(company, "城南市场部")
    north, of_north = manager_with_client(company, "城北市场部")
    for licence, holder in (("S1", south), ("S2", south), ("N1", north), ("X1", None)):
        factories.retailer(company, licence, holder=holder, name=f"福源{licence}")
    factories.retailer(company, "S3", holder=south, name="平安")
    for client, seen in (
        (leader, ["N1", "S1", "S2", "X1"]),
        (of_south, ["S1", "S2"]),
        (of_north, ["N1"]),
        (of_south, ["S1", "S2"]),
    ):
        table = client.get("/retailers/?q=福源").context["table"]
        assert [row.cells[1].text for row in table.rows] == seen
        assert table.total == len(seen)
