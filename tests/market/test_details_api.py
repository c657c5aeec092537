"""What the market's pages show, by the API: the same numbers as the pages, within the same scope."""

from datetime import date
from typing import Any

import pytest
from django.test import Client

from lianxin.foundation.models import Company
from lianxin.foundation.states import Role
from lianxin.goods.models import ProductVersion
from lianxin.market.actions import refresh_rollups
from lianxin.visits.models import Visit, VisitAction
from tests import factories
from tests.market.store import Store
from tests.market.test_analysis import signed_in
from tests.market.test_files import alerting

__all__ = ["alerting"]
pytestmark = [pytest.mark.django_db, pytest.mark.requirement("B2")]


@pytest.fixture
def leader(store: Store) -> Client:
    return signed_in(store.users["leader"])


def told(client: Client, address: str, status: int = 200) -> Any:
    answer = client.get(f"/api/v1{address}")
    assert answer.status_code == status, answer.content
    return answer.json()


def test_groups_by_product_are_those_of_the_table(leader: Client) -> None:
    rows = told(leader, "/market/groups?by=product")["rows"]
    assert [row["code"] for row in rows] == ["P2", "P1"]
    found = {row["code"]: {one["indicator"]: one["value"] for one in row["figures"]} for row in rows}
    assert {code: values["sales_units"] for code, values in found.items()} == {"P1": 50, "P2": 60}
    assert {code: values["same_period_change"] for code, values in found.items()} == {"P1": 0, "P2": pytest.approx(0.2)}
    assert set(found["P1"]) == {"sales_units", "same_period_change", "sales_amount", "unit_price"}
    one = told(leader, "/market/groups?by=product&retailer=B1")["rows"]
    assert [(row["code"], row["figures"][0]["value"]) for row in one] == [("P1", 30)]


def test_trend_structure_and_distribution_are_the_pictures_as_numbers(leader: Client) -> None:
    page = leader.get("/market/pictures/").context
    trend = told(leader, "/market/trend")
    assert (trend["months"], [one["values"] for one in trend["series"]]) == (
        page["trend"].payload["months"], [one["values"] for one in page["trend"].payload["series"]],
    )  # fmt: skip
    structure = told(leader, "/market/structure")
    assert {one["name"]: one["values"] for one in structure["parts"]} == {"一类": [50, 50], "三类": [50, 60]}
    by_form = told(leader, "/market/structure?parts=trade_form")
    assert {one["name"]: one["values"][1] for one in by_form["parts"]} == {"便利店": 60, "超市": 30, "食杂店": 20}
    distribution = told(leader, "/market/distribution")
    assert (sum(distribution["counts"]), distribution["median"]) == (4, 30)
    assert len(distribution["edges"]) == len(distribution["counts"]) + 1


def test_an_explanation_says_formula_numbers_and_version(leader: Client) -> None:
    one = told(leader, "/market/explanations/same_period_change?retailer=A1")
    assert (one["figure"]["value"], one["figure"]["numerator"], one["figure"]["denominator"]) == (0.5, 30, 20)
    assert one["n"]["note"].startswith("needs at least")
    assert one["formula"]
    assert "sales by month 1" in one["version"]
    wrong = told(leader, "/market/explanations/nothing", 404)
    assert "sales_units" in wrong["detail"]


def test_new_products_are_counted_as_on_their_page(store: Store, leader: Client) -> None:
    for code, day in (("P1", date(2021, 11, 1)), ("P2", date(2020, 12, 31))):
        ProductVersion.objects.filter(product=store.products[code]).update(listed_date=day)
    refresh_rollups(company=store.company, by=None, at=factories.AT)
    found = told(leader, "/market/new-products")
    assert (found["month"], len(found["rows"])) == ("2021-12-01", 1)
    row = found["rows"][0]
    assert (row["product_code"], row["n_held"], row["n_reached"], row["n_ordered"], row["units"]) == ("P1", 4, 2, 2, 50)
    assert (row["distribution"], row["again"]) == (0.5, 1)
    assert told(leader, "/market/new-products?price_class=三类")["rows"] == []


@pytest.mark.requirement("B1")
def test_a_retailers_purchases_by_week_and_its_rhythm(leader: Client) -> None:
    found = told(leader, "/retailers/A1/purchases")
    assert (len(found["weeks"]), found["weeks"][-1]) == (26, "2021-12-27")
    products = {one["product_code"]: one for one in found["products"]}
    assert {code: (one["units"], one["last_day"]) for code, one in products.items()} == {
        "P1": (27, "2021-12-14"), "P2": (10, "2021-12-14"),
    }  # fmt: skip
    assert (products["P1"]["weeks"][-4:], sum(products["P1"]["weeks"])) == ([14, 6, 0, 0], 27)
    # Order days: 2 November, 7 and 14 December, all of them Tuesdays.
    rhythm = found["rhythm"]
    assert (rhythm["n_days"], rhythm["usual_weekday"], rhythm["usual_gap_days"]) == (3, 2, 21)
    assert rhythm["next_expected"] == "2022-01-04"


@pytest.mark.requirement("B1")
def test_growth_against_peers_with_its_alert(alerting: Store, leader: Client) -> None:
    growth = told(leader, "/retailers/B1/growth")
    assert (growth["ratio"], growth["expected_units"], growth["is_alert"]) == (0.5, 60, True)
    assert (growth["now_units"], growth["base_units"], growth["n_peers"], growth["peer_growth"]) == (30, 40, 1, 1.5)
    alone = told(leader, "/retailers/A1/growth")
    assert (alone["ratio"], alone["expected_units"], alone["is_alert"]) == (None, None, False)


@pytest.mark.requirement("B1")
def test_sales_of_a_product_by_unit(store: Store, leader: Client) -> None:
    found = told(leader, "/products/P1/sales")
    assert found["figures"][0]["value"] == 50
    parts = {part["unit"]: part for part in found["parts"]}
    assert (parts[None]["units"], parts[None]["n_held"], parts[None]["n_ordered"], parts[None]["distribution"]) == (
        50, 4, 2, 0.5,
    )  # fmt: skip
    assert len(parts[None]["weeks"]) == 26
    assert {part["units"] for unit, part in parts.items() if unit is not None} == {50, 0}
    mine = told(signed_in(store.users["E2"]), "/products/P1/sales")
    assert (mine["parts"][0]["units"], mine["parts"][0]["weeks"]) == (30, [])


@pytest.mark.parametrize(
    "address",
    ["/market/trend", "/market/structure", "/market/distribution", "/market/groups?by=product", "/market/new-products",
     "/market/explanations/sales_units"],
)  # fmt: skip
def test_a_wrong_filter_is_refused_with_its_name(leader: Client, address: str) -> None:
    sign = "&" if "?" in address else "?"
    wrong = told(leader, f"{address}{sign}month=2021-13", 422)
    assert wrong["field"] == "month"


def test_another_territory_stays_closed(store: Store) -> None:
    mine = signed_in(store.users["E1"])
    for part in ("purchases", "growth"):
        assert mine.get(f"/api/v1/retailers/C1/{part}").status_code == 404
    # His own share of the market only: E1 holds A1 all December, A2 from the 15th.
    assert [one["values"] for one in told(mine, "/market/structure")["parts"]] != []
    assert told(mine, "/market/trend?retailer=C1", 422)["field"] == "retailer"
    assert signed_in(store.users["trainer"]).get("/api/v1/market/trend").status_code == 403


def test_without_sales_each_says_so(company: Company) -> None:
    factories.retailer(company, "A1")
    factories.product(company, "P1")
    client = signed_in(factories.user(company, Role.LEADER))
    for address in ("/market/trend", "/market/new-products", "/retailers/A1/growth", "/products/P1/sales"):
        assert "no sales" in told(client, address, 404)["detail"]


@pytest.mark.requirement("B1")
def test_purchase_sales_and_stock_of_a_shop(store: Store, leader: Client) -> None:
    # given two counts of P1 at A1 around its orders of 7 and 14 December, and one of P2
    shop = store.retailers["A1"]
    for key, number, lines in (("s1", 5, [("P1", 10), ("P2", 4)]), ("s2", 20, [("P1", 6)])):
        visit = Visit.objects.create(
            id=key, company=store.company, person=store.people["E1"], retailer=shop, state="done",
            visit_date=date(2021, 12, number), check_in_at=factories.AT, received_at=factories.AT,
        )  # fmt: skip
        counted = [{"product_id": store.products[code].pk, "units": units} for code, units in lines]
        VisitAction.objects.create(visit=visit, place=1, kind="stock_count", body={"lines": counted})
    # then 10 + 14 + 6 − 6 were sold in fifteen days
    found = told(leader, "/retailers/A1/stock")
    rows = {row["product_code"]: row for row in found["rows"]}
    assert found["known_until"] == "2021-12-31"
    assert (rows["P1"]["bought_units"], rows["P1"]["sold_units"], rows["P1"]["days_of_stock"]) == (20, 24, 3.75)
    assert (rows["P2"]["sold_units"], rows["P2"]["reason"], rows["P2"]["since_units"]) == (None, "one_count", 10)
    page = leader.get(f"/market/retailers/{shop.pk}/stock/").content.decode()
    assert "10 + 20 → 24" in page
    assert "counted once so far" in page
    bare = leader.get(f"/market/retailers/{store.retailers['B1'].pk}/stock/").content.decode()
    assert "No visit of the last 26 weeks has counted stock here." in bare
    # and whoever may not see the shop or visits sees nothing
    assert signed_in(store.users["E2"]).get("/api/v1/retailers/A1/stock").status_code == 404
    administrator = signed_in(factories.user(store.company, Role.ADMINISTRATOR))
    assert administrator.get(f"/market/retailers/{shop.pk}/stock/").status_code == 403
