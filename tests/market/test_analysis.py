"""The analysis page: its figures, its words, its levels, and that nobody sees more than he may."""

import gzip
import json
from datetime import date

import pytest
from django.core.cache import cache
from django.test import Client

from lianxin.foundation.models import Company, User
from lianxin.foundation.states import Role
from lianxin.retailers.models import RetailerVersion
from tests import factories
from tests.market.store import Store

pytestmark = [pytest.mark.django_db, pytest.mark.requirement("B2")]


def signed_in(user: User) -> Client:
    client = Client(headers={"accept-language": "en"})
    client.force_login(user)
    return client


@pytest.fixture
def leader(store: Store) -> Client:
    return signed_in(store.users["leader"])


def values(page) -> dict[str, object]:
    return {figure.title: figure.value for figure in page.context["figures"]}


def test_figures_of_the_company(leader: Client) -> None:
    page = leader.get("/market/")
    found = values(page)
    assert found["Sales units"] == 110
    # 50 of P1 at 200.00, 60 of P2 at 50.00
    assert found["Sales amount"] == 13000.0
    assert found["Same-period change"] == pytest.approx(110 / 100 - 1)
    assert found["Average price per unit"] == pytest.approx(13000 / 110)
    assert found["Company gross margin"] == pytest.approx((50 * 50 + 60 * 10) / 13000)
    assert found["Order coverage"] == 1.0
    assert found["Products per retailer"] == pytest.approx((2 + 1 + 1 + 1) / 4)
    # guide 250 and 60 against wholesale 200 and 50
    assert found["Retailers' margin by guide price"] == pytest.approx((50 * 50 + 60 * 10) / (50 * 250 + 60 * 60))
    key = next(figure for figure in page.context["figures"] if figure.title == "Key-brand share")
    assert (key.state, key.reason) == ("not_enough_data", "no_parameter")


def test_title_names_who_moved_the_whole(leader: Client) -> None:
    assert leader.get("/market/").context["page_title"] == (
        "December 2021: 110 cartons sold, up 10.0% on a year before; 城北市场部 is up 50.0% and adds 10.0 pp to the whole"
    )


def test_title_in_chinese(store: Store) -> None:
    client = Client(headers={"accept-language": "zh-hans"})
    client.force_login(store.users["leader"])
    assert client.get("/market/").context["page_title"] == (
        "2021年12月销量 110 条，同比增长 10.0%；城北市场部增长 50.0%，拉动整体 10.0 个百分点"
    )


def test_a_line_belongs_to_who_held_the_retailer_on_its_day(store: Store, leader: Client) -> None:
    rows = leader.get("/market/?by=manager").context["table"].rows
    assert [[cell.text for cell in row.cells][:3] for row in rows] == [
        ["张三", "45", "+25.0%"],
        ["李四", "35", "−25.0%"],
        ["王五", "30", "+50.0%"],
    ]


@pytest.mark.parametrize(
    ("asked", "units"),
    [
        ("price_class=一类", 50),
        ("trade_form=超市", 30),
        ("tier_from=12&tier_until=15", 60),
        ("route=线路2", 20),
        ("product=P2", 60),
        ("from=2021-11", 117),
        ("month=2021-11", 7),
        ("retailer=A2", 20),
        ("market_type=城镇&price_class=三类", 40),
    ],
)
def test_filters_narrow_every_figure(leader: Client, asked: str, units: int) -> None:
    assert values(leader.get(f"/market/?{asked}"))["Sales units"] == units


def test_unit_and_manager_narrow(store: Store, leader: Client) -> None:
    assert values(leader.get(f"/market/?unit={store.south.pk}"))["Sales units"] == 80
    assert values(leader.get(f"/market/?manager={store.people['E2'].pk}"))["Sales units"] == 35


def test_levels_go_down_to_the_line(store: Store, leader: Client) -> None:
    def down(page, name: str):
        row = next(row for row in page.context["table"].rows if row.cells[0].text == name)
        return leader.get(row.cells[0].href)

    units = leader.get("/market/")
    managers = down(units, "城南市场部")
    retailers = down(managers, "张三")
    products = down(retailers, "A1商店")
    lines = down(products, "临江（P1）")
    assert [row.cells[0].text for row in managers.context["table"].rows] == ["张三", "李四"]
    assert [row.cells[0].text for row in retailers.context["table"].rows] == ["A1商店", "A2商店"]
    assert [row.cells[0].text for row in products.context["table"].rows] == ["临江（P1）", "临江（P2）"]
    assert [[cell.text for cell in row.cells][:2] for row in lines.context["table"].rows] == [
        ["N00008", "2021-12-14"],
        ["N00007", "2021-12-07"],
    ]
    assert [crumb.title for crumb in lines.context["crumbs_given"]] == [
        "临江市烟草公司（虚构）", "城南市场部", "张三", "A1商店", "临江（P1）",
    ]  # fmt: skip


def test_a_row_opens_in_place(store: Store, leader: Client) -> None:
    row = leader.get("/market/").context["table"].rows[0]
    opened = leader.get(row.detail_url)
    assert [one.cells[0].text for one in opened.context["table"].rows] == ["张三", "李四"]


@pytest.mark.parametrize("by", ["unit", "manager", "retailer", "product"])
@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_every_level_is_exported(leader: Client, by: str, kind: str) -> None:
    answer = leader.get(f"/market/?by={by}&export={kind}")
    body = b"".join(answer.streaming_content)
    assert body[:2] == b"PK" if kind == "xlsx" else len(body.decode("utf-8-sig").splitlines()) >= 3


def test_lines_are_exported(leader: Client) -> None:
    answer = leader.get("/market/?by=line&retailer=A1&export=csv")
    assert len(b"".join(answer.streaming_content).decode("utf-8-sig").splitlines()) == 4


@pytest.mark.parametrize(
    "code",
    [
        "sales_units", "sales_amount", "same_period_change", "unit_price", "key_brand_share", "company_gross_margin",
        "order_coverage", "products_per_retailer", "retail_margin",
    ],
)  # fmt: skip
def test_every_figure_opens(leader: Client, code: str) -> None:
    page = leader.get(f"/market/explain/{code}/?tier_from=1")
    explained = page.context["explanation"]
    assert page.status_code == 200
    assert explained.formula
    assert explained.source
    assert "tier_from=1" in explained.rows_url
    assert leader.get(explained.rows_url).status_code == 200


def test_explanation_tells_numerator_and_denominator(leader: Client) -> None:
    explained = leader.get("/market/explain/same_period_change/").context["explanation"]
    assert (explained.numerator.text, explained.denominator.text, explained.n.text) == (
        "110 cartons",
        "100 cartons",
        "4",
    )


def test_unknown_figure_is_missing(leader: Client) -> None:
    assert leader.get("/market/explain/nothing/").status_code == 404


def test_pictures_follow_the_contract(leader: Client) -> None:
    found = leader.get("/market/pictures/").context
    trend = found["trend"].payload
    assert trend["months"][-1] == "2021-12"
    assert [series["values"][-1] for series in trend["series"]] == [110, 100]
    assert {part["name"]: part["values"] for part in found["structure"].payload["series"]} == {
        "三类": [50, 60],
        "一类": [50, 50],
    }
    spread = found["distribution"].payload
    assert sum(spread["counts"]) == 4
    assert len(spread["edges"]) == len(spread["counts"]) + 1


def test_pictures_download_as_spreadsheets(leader: Client) -> None:
    found = leader.get("/market/pictures/?tier_from=1").context
    for kind in ("trend", "structure", "distribution"):
        answer = leader.get(found[kind].xlsx_url)
        assert b"".join(answer.streaming_content)[:2] == b"PK"
    rows = b"".join(leader.get("/market/pictures/trend/?export=csv").streaming_content).decode("utf-8-sig").splitlines()
    assert rows[-1] == "2021-12,110,100"
    assert leader.get("/market/pictures/nothing/").status_code == 404


def test_map_answers_compact_columns(store: Store, leader: Client) -> None:
    plain = leader.get("/market/map/", headers={"accept-encoding": "identity"})
    packed = leader.get("/market/map/", headers={"accept-encoding": "gzip"})
    payload = json.loads(plain.content)
    assert json.loads(gzip.decompress(packed.content)) == payload
    assert payload["kind"] == "map"
    points = payload["points"]
    place = points["name"].index("A2商店")
    assert len({len(column) for column in points.values()}) == 1
    assert (points["value"][place], points["weight"][place]) == (0.0, 20)
    assert payload["groups"][points["group"][place]] == "张三"
    assert payload["href"] == "/retailers/{id}/"


@pytest.mark.parametrize("colour", ["sales_units", "unit_price", "key_brand_share", "company_gross_margin"])
def test_map_takes_any_colour(leader: Client, colour: str) -> None:
    payload = json.loads(leader.get(f"/market/map/?colour={colour}", headers={"accept-encoding": "identity"}).content)
    assert len(payload["points"]["id"]) == 4


# Scope: data that could leak is there, and someone asks for it.


def test_manager_sees_his_own_market_only(store: Store) -> None:
    client = signed_in(store.users["E2"])
    page = client.get("/market/")
    assert values(page)["Sales units"] == 35
    assert [row.cells[0].text for row in client.get("/market/?by=manager").context["table"].rows] == ["李四"]


@pytest.mark.parametrize(
    "address",
    [
        "/market/?by=retailer",
        "/market/?by=retailer&manager={E3}",
        "/market/?by=retailer&unit={north}",
        "/market/?by=line&retailer=C1",
        "/market/?by=product&retailer=C1",
        "/market/rows/?by=retailer&unit={north}",
        "/market/rows/?by=line&retailer=C1",
        "/market/?by=retailer&export=csv",
        "/market/?by=line&retailer=C1&export=csv",
        "/market/pictures/?retailer=C1",
        "/market/map/",
        "/market/map/?unit={north}",
        "/market/explain/sales_units/?retailer=C1",
        "/api/v1/market/groups?by=retailer",
        "/api/v1/market/lines?retailer=C1",
    ],
)
def test_manager_never_sees_another_territory(store: Store, address: str) -> None:
    client = signed_in(store.users["E1"])
    asked = address.format(E3=store.people["E3"].pk, north=store.north.pk)
    answer = client.get(asked, headers={"accept-encoding": "identity"})
    body = b"".join(answer.streaming_content) if answer.streaming else answer.content
    text = body.decode()
    for secret in ("C1商店", "王五", "N00013"):
        assert secret not in text


def test_manager_sees_only_the_lines_of_his_days(store: Store) -> None:
    before = signed_in(store.users["E2"]).get("/market/?by=line&retailer=A2").context["table"].rows
    since = signed_in(store.users["E1"]).get("/market/?by=line&retailer=A2").context["table"].rows
    assert [row.cells[1].text for row in before] == ["2021-12-01"]
    assert [row.cells[1].text for row in since] == ["2021-12-22"]


def test_market_manager_sees_his_unit(store: Store) -> None:
    client = signed_in(store.users["M1"])
    assert values(client.get("/market/"))["Sales units"] == 80
    names = [row.cells[0].text for row in client.get("/market/?by=manager").context["table"].rows]
    assert names == ["张三", "李四"]


def test_trainer_is_refused(store: Store) -> None:
    client = signed_in(store.users["trainer"])
    for address in ("/market/", "/market/map/", "/market/pictures/", "/market/rows/", "/market/explain/sales_units/"):
        assert client.get(address).status_code == 403


def test_wrong_filters_are_told_and_left_out(leader: Client) -> None:
    page = leader.get("/market/?unit=999999&product=NONE&tier_from=x&month=2030-01")
    assert len(page.context["filters"].faults) == 4
    assert values(page)["Sales units"] == 110


def test_without_lines_the_page_says_what_to_do(client: Client, company: Company) -> None:
    client.force_login(factories.user(company, Role.LEADER))
    assert client.get("/market/").context["empty"].title


def test_page_costs_a_fixed_number_of_queries(store: Store, leader: Client, django_assert_max_num_queries) -> None:
    leader.get("/market/")
    with django_assert_max_num_queries(30):
        leader.get("/market/?by=retailer")


def test_month_without_a_year_before_says_so(leader: Client) -> None:
    page = leader.get("/market/?month=2021-11")
    change = next(figure for figure in page.context["figures"] if figure.title == "Same-period change")
    assert (change.state, change.reason) == ("not_enough_data", "no_base")
    assert "no year before to compare with" in page.context["page_title"]


def around(store: Store, areas: dict[str, str]) -> None:
    """Record the trade areas of some retailers; the roll-ups know nothing of them."""
    for licence, area in areas.items():
        RetailerVersion.objects.filter(retailer=store.retailers[licence]).update(trade_area=area)


def test_a_trade_area_is_that_of_the_periods_last_day(store: Store, leader: Client) -> None:
    around(store, {"A1": "学校周边", "B1": "居民区", "C1": "居民区"})
    # From January on A1 lies elsewhere; December still knows it at the school.
    old = RetailerVersion.objects.get(retailer=store.retailers["A1"])
    RetailerVersion.objects.create(
        retailer=old.retailer, valid_from=date(2022, 1, 1), licence_no="A1", name=old.name, trade_area="居民区"
    )
    page = leader.get("/market/?trade_area=学校周边")
    found = values(page)
    assert (found["Sales units"], found["Same-period change"]) == (30, pytest.approx(30 / 20 - 1))
    assert "学校周边" in page.context["subject"]
    assert values(leader.get("/market/?trade_area=居民区"))["Sales units"] == 60
    assert values(leader.get("/market/?trade_area=居民区&retailer=B1"))["Sales units"] == 30
    assert values(leader.get("/market/?trade_area=学校周边&from=2021-11"))["Sales units"] == 37
    months = leader.get("/market/pictures/?trade_area=学校周边").context["trend"].payload["series"][0]["values"]
    assert months[-2:] == [7, 30]
    rows = leader.get("/market/?trade_area=居民区&by=product").context["table"].rows
    assert [[cell.text for cell in row.cells][:2] for row in rows] == [["临江（P1）", "30"], ["临江（P2）", "30"]]
    assert values(signed_in(store.users["E1"]).get("/market/?trade_area=居民区"))["Sales units"] is None


def test_a_corrected_trade_area_is_seen_at_once(store: Store, leader: Client) -> None:
    around(store, {"A1": "学校周边", "B1": "居民区"})
    assert values(leader.get("/market/?trade_area=居民区"))["Sales units"] == 30
    around(store, {"C1": "居民区"})
    cache.clear()
    assert values(leader.get("/market/?trade_area=居民区"))["Sales units"] == 60


def test_structure_can_be_split_by_what_retailers_are(store: Store, leader: Client) -> None:
    around(store, {"A1": "学校周边", "B1": "居民区", "C1": "居民区"})

    def parts(by: str) -> dict[str, list[int]]:
        page = leader.get(f"/market/pictures/?parts={by}")
        return {one["name"]: one["values"] for one in page.context["structure"].payload["series"]}

    assert parts("trade_area") == {"居民区": [60, 60], "学校周边": [20, 30], "no trade area": [20, 20]}
    assert parts("trade_form") == {"便利店": [40, 60], "超市": [40, 30], "食杂店": [20, 20]}
    assert parts("market_type") == {"城镇": [80, 90], "乡村": [20, 20]}
    assert parts("nonsense") == parts("price_class") == {"一类": [50, 50], "三类": [50, 60]}
    body = b"".join(leader.get("/market/pictures/structure/?parts=trade_area&export=csv").streaming_content)
    assert "学校周边" in body.decode("utf-8-sig")
    titles = [title for title, _url, _is in leader.get("/market/pictures/").context["structures"]]
    assert titles == ["Price class", "Trade form", "Market type", "Trade area"]
