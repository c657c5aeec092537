"""Retailers, products and targets: versions, identities, prices, places."""

import re
from datetime import date
from math import atan2, cos, hypot, pi, sin
from pathlib import Path

import pytest

from lianxin.foundation.errors import Refused
from lianxin.foundation.imports import mapping, running
from lianxin.foundation.models import Company, ImportBatch
from lianxin.goods.models import Product, ProductVersion
from lianxin.plans.models import Target
from lianxin.retailers.models import Licence, Retailer, RetailerVersion
from lianxin.retailers.places import to_gcj02, to_wgs84
from lianxin.simulation import headers
from tests import factories
from tests.factories import AT
from tests.imports.conftest import Take, counts, reasons

pytestmark = pytest.mark.django_db


def versions(*fields: str) -> list[tuple[object, ...]]:
    rows = RetailerVersion.objects.order_by("retailer_id", "valid_from")
    return list(rows.values_list("retailer__licence_no", "valid_from", *fields))


def test_a_later_row_adds_a_version_and_keeps_what_it_does_not_mention(take: Take) -> None:
    take("retailers", "licence_no,name,town,tier,order_weekday,from_date\nL1,便民店,城关镇,12,周三,2020-01-01\n")
    result = take("retailers", "licence_no,name,tier,from_date\nL1,便民店,15,2020-04-01\nL1,便民超市,,2020-07-01\n")
    assert counts(result) == (2, 2, 0, 0)
    assert versions("name", "town", "tier", "order_weekday", "status") == [
        ("L1", date(2020, 1, 1), "便民店", "城关镇", 12, 3, "active"),
        ("L1", date(2020, 4, 1), "便民店", "城关镇", 15, 3, "active"),
        ("L1", date(2020, 7, 1), "便民超市", "城关镇", None, 3, "active"),
    ]
    assert Retailer.objects.get().name == "便民超市"


def test_a_trade_area_is_dated_as_all_else(take: Take) -> None:
    take("retailers", "licence_no,name,trade_area,from_date\nL1,便民店,居民区,2020-01-01\nL2,烟酒店,,2020-01-01\n")
    result = take(
        "retailers",
        "许可证号,店铺名称,商圈类型,生效日期\nL1,便民店,学校周边,2021-03-01\nL2,烟酒店,%s,2021-03-01\n" % ("区" * 41),
        mapping_name="linjiang",
    )
    assert reasons(result) == [(3, "trade_area", "区" * 41)]
    assert versions("trade_area") == [
        ("L1", date(2020, 1, 1), "居民区"),
        ("L1", date(2021, 3, 1), "学校周边"),
        ("L2", date(2020, 1, 1), ""),
    ]


@pytest.mark.requirement("B1")
def test_hours_come_in_dated_and_wrong_ones_are_refused_with_their_place(take: Take) -> None:
    # given a shop whose hours are known
    take("retailers", "licence_no,name,opening_hours,from_date\nL1,便民店,07:30-22:00,2020-01-01\n")
    # when a later file has others, and one that are none
    result = take(
        "retailers",
        "许可证号,店铺名称,营业时间,生效日期\nL1,便民店,8:00-12:00；14:00-21:30,2021-03-01\nL2,烟酒店,全天,2021-03-01\n",
        mapping_name="linjiang",
    )
    # then each version keeps its own
    assert counts(result) == (2, 1, 1, 0)
    assert reasons(result) == [(3, "opening_hours", "全天")]
    assert list(RetailerVersion.objects.order_by("valid_from").values_list("valid_from", "opening_hours")) == [
        (date(2020, 1, 1), "07:30-22:00"),
        (date(2021, 3, 1), "08:00-12:00;14:00-21:30"),
    ]


@pytest.mark.requirement("C1")
def test_the_day_of_opening_comes_in_and_stays_where_a_later_file_does_not_tell_it(take: Take) -> None:
    take("retailers", "licence_no,name,opened_on,from_date\nL1,便民店,2019-11-20,2020-01-01\n")
    result = take("retailers", "licence_no,name,tier,from_date\nL1,便民店,12,2020-03-01\n")
    assert counts(result) == (1, 1, 0, 0)
    assert reasons(take("retailers", "licence_no,name,opened_on,from_date\nL2,烟酒店,soon,2020-01-01\n")) == [
        (2, "opened_on", "soon")
    ]
    assert set(RetailerVersion.objects.values_list("opened_on", flat=True)) == {date(2019, 11, 20)}


def test_a_file_may_begin_with_a_known_retailer_and_bring_new_ones(take: Take, company: Company) -> None:
    take("retailers", "licence_no,name,tier,from_date\nL1,便民店,12,2020-01-01\n")
    result = take("retailers", "licence_no,name,tier,from_date\nL1,便民店,15,2020-04-01\nL2,烟酒店,9,2020-05-01\n")
    assert counts(result) == (2, 2, 0, 0)
    assert versions("tier") == [("L1", date(2020, 1, 1), 12), ("L1", date(2020, 4, 1), 15), ("L2", date(2020, 5, 1), 9)]
    running.undo(company=company, batch_id=result.batch_id, by=None, at=AT)
    assert versions("tier") == [("L1", date(2020, 1, 1), 12)]


def test_a_new_licence_keeps_the_retailer(take: Take) -> None:
    result = take(
        "retailers",
        "licence_no,name,from_date,previous_licence_no\n"
        "L2,新主便民店,2021-05-01,L1\nL1,便民店,2020-01-01,\nL3,另一家,2020-01-01,\nL3,另一家,2021-01-01,L2\nL9,x,2021-01-01,L8\n",
    )
    assert counts(result) == (5, 3, 2, 0)
    assert reasons(result) == [(5, "previous_licence_no", "L2"), (6, "previous_licence_no", "L8")]
    assert set(Licence.objects.values_list("licence_no", "retailer__licence_no")) == {
        ("L1", "L2"),
        ("L2", "L2"),
        ("L3", "L3"),
    }
    assert versions("licence_no", "name") == [
        ("L2", date(2020, 1, 1), "L1", "便民店"),
        ("L2", date(2021, 5, 1), "L2", "新主便民店"),
        ("L3", date(2020, 1, 1), "L3", "另一家"),
    ]


def test_what_cannot_be_of_retailers_is_refused_by_row(take: Take) -> None:
    result = take(
        "retailers",
        "licence_no,name,latitude,longitude,datum,tier,status,order_weekday,from_date\n"
        "L1,a,91,116,,,,,2020-01-01\n"
        "L2,b,30.5,181,,,,,2020-01-01\n"
        "L3,c,30.5,,,,,,2020-01-01\n"
        "L4,d,30.5,116,mars,,,,2020-01-01\n"
        "L5,e,,,,31,,,2020-01-01\n"
        "L6,f,,,,7.5,,,2020-01-01\n"
        "L7,g,,,,,asleep,,2020-01-01\n"
        "L8,h,,,,,,8,2020-01-01\n"
        "L9,,,,,,,,2020-01-01\n"
        ",j,,,,,,,2020-01-01\n"
        "L11,k,,,,30,active,5,2020-02-30\n"
        "L12,l,30.5,116,WGS-84,30,active,5,2020-02-28\n",
    )
    assert counts(result) == (12, 1, 11, 0)
    assert reasons(result) == [
        (2, "latitude", "91"),
        (3, "longitude", "181"),
        (4, "longitude", ""),
        (5, "datum", "mars"),
        (6, "tier", "31"),
        (7, "tier", "7.5"),
        (8, "status", "asleep"),
        (9, "order_weekday", "8"),
        (10, "name", ""),
        (11, "licence_no", ""),
        (12, "from_date", "2020-02-30"),
    ]


def test_the_same_day_with_other_content_needs_a_correction_which_can_be_undone(take: Take, company: Company) -> None:
    take("retailers", "licence_no,name,town,tier,from_date\nL1,便民店,城关镇,12,2020-01-01\n")
    changed = "licence_no,name,tier,from_date\nL1,便民超市,13,2020-01-01\n"
    refused = take("retailers", changed)
    assert counts(refused) == (1, 0, 1, 0)
    assert "name=便民店, tier=12" in refused.refused[0]["reason"]
    assert "name=便民超市, tier=13" in refused.refused[0]["reason"]
    corrected = take("retailers", changed, is_correction=True)
    assert (counts(corrected), versions("name", "town", "tier")) == (
        (1, 1, 0, 0),
        [("L1", date(2020, 1, 1), "便民超市", "城关镇", 13)],
    )
    running.undo(company=company, batch_id=corrected.batch_id, by=None, at=AT)
    assert versions("name", "town", "tier") == [("L1", date(2020, 1, 1), "便民店", "城关镇", 12)]
    assert Retailer.objects.get().name == "便民店"


def test_places_of_other_datums_become_wgs84_and_say_what_they_were(take: Take) -> None:
    gcj = to_gcj02(30.25, 117.5)
    take(
        "retailers",
        f"licence_no,name,latitude,longitude,datum,from_date\nL1,a,{gcj[0]},{gcj[1]},GCJ-02,2020-01-01\nL2,b,30.25,117.5,,2020-01-01\n",
    )
    assert versions("latitude", "longitude", "datum") == [
        ("L1", date(2020, 1, 1), 30.25, 117.5, "gcj02"),
        ("L2", date(2020, 1, 1), 30.25, 117.5, "wgs84"),
    ]


def bd09(latitude: float, longitude: float) -> tuple[float, float]:
    """The published way from GCJ-02 to BD-09."""
    spiral = pi * 3000 / 180
    radius = hypot(longitude, latitude) + 0.00002 * sin(latitude * spiral)
    angle = atan2(latitude, longitude) + 0.000003 * cos(longitude * spiral)
    return radius * sin(angle) + 0.006, radius * cos(angle) + 0.0065


def test_places_of_the_other_datums_are_found_again() -> None:
    """The shift at Tiananmen is that of published converters; the ways back end where they began; Iowa is not shifted."""
    gcj = to_gcj02(39.907333, 116.391083)
    assert gcj == pytest.approx((39.908736, 116.397326), abs=2e-5)
    assert to_wgs84(*gcj, "gcj02") == pytest.approx((39.907333, 116.391083), abs=2e-6)
    assert to_wgs84(*bd09(*gcj), "bd09") == pytest.approx((39.907333, 116.391083), abs=1e-5)
    assert to_wgs84(41.6, -93.6, "gcj02") == (41.6, -93.6)


def test_goods_have_dated_prices(take: Take) -> None:
    take(
        "goods",
        "product_code,name,price_class,wholesale_price,cost_price,listed_date,from_date\n"
        'P1,临江渡,一类,"1,234.50",¥1000,2010-01-01,2020-01-01\n'
        "P1,临江渡,一类,1250,1000.00,2010-01-01,2021-01-01\n"
        "P2,青禾谣,二类,12.345,10,2010-01-01,2020-01-01\n"
        "P3,听澜阁,三类,-5,,,2020-01-01\n",
    )
    rows = ProductVersion.objects.order_by("valid_from").values_list(
        "valid_from", "wholesale_price_fen", "cost_price_fen"
    )
    assert list(rows) == [(date(2020, 1, 1), 123450, 100000), (date(2021, 1, 1), 125000, 100000)]
    assert list(Product.objects.values_list("product_code", flat=True)) == ["P1"]


@pytest.fixture
def entities(company: Company) -> None:
    unit = factories.unit(company)
    factories.person(unit, employee_no="E1")
    factories.retailer(company, "L1", route="R7")


@pytest.mark.usefixtures("entities")
def test_targets_are_set_for_known_entities_and_indicators(take: Take) -> None:
    result = take(
        "targets",
        "month,level,entity,indicator,target\n"
        '2021-12,manager,E1,sales_units,"1,200"\n'
        "2021年12月,unit,城南市场部,key_brand_share,25%\n"
        "2021-12-01,company,临江市烟草公司（虚构）,price_class_share.一类,0.3\n"
        "2021-12,retailer,L1,sales_units,10\n"
        "2021-12,route,R7,sales_units,10\n"
        "2021-12,manager,E9,sales_units,1\n"
        "2021-12,manager,E1,happiness,1\n"
        "2021-13,manager,E1,sales_units,1\n"
        "2021-12,team,E1,sales_units,1\n"
        "2021-12,manager,E1,sales_units,\n"
        "2021-12,manager,E1,sales_units,1300\n"
        "2021-12,manager,E1,sales_units,1200\n",
    )
    assert counts(result) == (12, 5, 6, 1)
    assert [row[:2] for row in reasons(result)] == [
        (7, "entity"),
        (8, "indicator"),
        (9, "month"),
        (10, "level"),
        (11, "target"),
        (12, "target"),
    ]
    assert set(Target.objects.values_list("level", "entity", "indicator", "target")) == {
        ("manager", "E1", "sales_units", 1200.0),
        ("unit", "城南市场部", "key_brand_share", 0.25),
        ("company", "linjiang", "price_class_share.一类", 0.3),
        ("retailer", "L1", "sales_units", 10.0),
        ("route", "R7", "sales_units", 10.0),
    }
    corrected = take(
        "targets", "month,level,entity,indicator,target\n2021-12,manager,E1,sales_units,1300\n", is_correction=True
    )
    assert (counts(corrected), Target.objects.get(entity="E1").target) == ((1, 1, 0, 0), 1300)


def test_a_mapping_names_words_units_dates_and_constants(take: Take, tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(
        '[goods]\ndates = ["%d.%m.%Y"]\ncurrency_signs = ["kr"]\n'
        '[goods.columns]\nproduct_code = ["Nr", "Nummer"]\nname = "Navn"\nwholesale_price = "Pris"\nfrom_date = "Fra"\n'
        '[goods.constants]\nproducer = "Ukjent"\n[goods.values.name]\n"x" = "Ex"\n',
        "utf-8",
    )
    result = take("goods", "Nummer;Navn;Pris;Fra;Annet\n7;x;kr 12.50;31.12.2020;?\n", mapping_name=str(path))
    assert (counts(result), result.ignored) == ((1, 1, 0, 0), ["Annet"])
    row = ProductVersion.objects.get()
    assert (row.product.product_code, row.name, row.producer, row.wholesale_price_fen, row.valid_from) == (
        "7", "Ex", "Ukjent", 1250, date(2020, 12, 31),
    )  # fmt: skip
    assert ImportBatch.objects.get().mapping == "mine"


def test_the_mapping_in_the_explanation_is_one() -> None:
    page = Path(__file__).parents[2] / "docs" / "explanation" / "imports.md"
    (example,) = re.findall(r"```toml\n(.*?)```", page.read_text("utf-8"), re.DOTALL)
    assert list(mapping.parse(example, "example").kinds) == ["orders", "retailers", "goods"]


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("[goods", "is not TOML"),
        ("goods = 1", "wrong at goods"),
        ("[goods]\nsecret = 1", "wrong at goods.secret: no such setting"),
        ('[goods.computed.x]\nuse = "shell"\nof = "y"', "wrong at goods.computed.x"),
        ('[goods.computed.x]\nuse = "bands"\nof = "y"\nbands = [[2, "b"], [1, "a"]]', "ascending"),
        ("[orders.factors]\nordered_units = 0.5", "wrong at orders.factors.ordered_units"),
        ('[people.columns]\nname = "x"', "does not know files of goods; it knows people"),
    ],
)
def test_a_wrong_mapping_is_told_where(take: Take, tmp_path: Path, text: str, sentence: str) -> None:
    (tmp_path / "m.toml").write_text(text, "utf-8")
    with pytest.raises(Refused, match=sentence):
        take("goods", "product_code,name,from_date\n1,a,2020-01-01\n", mapping_name=str(tmp_path / "m.toml"))


def test_an_unknown_mapping_names_the_shipped_ones(take: Take) -> None:
    with pytest.raises(Refused, match="Known ones: iowa, iowa-portal, linjiang"):
        take("goods", "product_code,name,from_date\n1,a,2020-01-01\n", mapping_name="nothing")


def test_mappings_by_path_are_not_followed_for_requests_from_outside(take: Take, tmp_path: Path) -> None:
    (tmp_path / "m.toml").write_text('[goods.columns]\nname = "x"', "utf-8")
    with pytest.raises(Refused, match="There is no mapping"):
        take(
            "goods",
            "product_code,name,from_date\n1,a,2020-01-01\n",
            mapping_name=str(tmp_path / "m.toml"),
            by_name_only=True,
        )


def test_the_shipped_mapping_linjiang_has_the_headers_and_words_of_the_fictional_files() -> None:
    """The simulation writes what such a company would export; the mapping that reads it must say exactly the same."""
    shipped = mapping.load("linjiang")
    columns = {kind: {ours: part.columns[ours][0] for ours in part.columns} for kind, part in shipped.kinds.items()}
    values = {kind: dict(part.values) for kind, part in shipped.kinds.items() if part.values}
    assert columns == headers.HEADERS
    assert values == headers.VALUES


def test_the_portal_file_brings_stores_and_products_by_what_changes(take: Take) -> None:
    head = (
        "Invoice/Item Number;Date;Store Number;Store Name;Address;City;Zip Code;Store Location;County Number;County;Category;"
        "Category Name;Vendor Number;Vendor Name;Item Number;Item Description;Pack;Bottle Volume (ml);State Bottle Cost;"
        "State Bottle Retail;Bottles Sold;Sale (Dollars);Volume Sold (Liters);Volume Sold (Gallons)\n"
    )
    place = '"1013 MAIN\tKEOKUK 52632\t(40.39978, -91.387531)"'
    row = "S{n};{day};2191.0;Keokuk {name};1013 MAIN;KEOKUK;52632;{place};56.0;Lee;;;255;Wilson;297;Rye;6;750;$18.09;${price};6;"
    row += "$162.84;4.5;1.19\n"
    text = head
    for n, day, name, price in (
        (1, "11/20/2015", "Spirits", "27.14"), (2, "11/21/2015", "Spirits", "27.14"),
        (3, "11/22/2015", "Liquor", "37.50"), (4, "11/30/2015", "Spirits", "1,027.14"),
    ):  # fmt: skip
        text += row.format(
            n=n, day=day, name=name, price=price, place=place if n != 2 else '"POINT (-91.387531 40.39978)"'
        )
    stores = take("retailers", text.replace("2191.0", "2191"), mapping_name="iowa-portal")
    goods = take("goods", text, mapping_name="iowa-portal")
    assert (counts(stores), counts(goods)) == ((4, 3, 0, 1), (4, 3, 0, 1))
    assert versions("name", "town", "latitude", "longitude") == [
        ("2191", date(2015, 11, 20), "Keokuk Spirits", "KEOKUK", 40.39978, -91.387531),
        ("2191", date(2015, 11, 22), "Keokuk Liquor", "KEOKUK", 40.39978, -91.387531),
        ("2191", date(2015, 11, 30), "Keokuk Spirits", "KEOKUK", 40.39978, -91.387531),
    ]
    rows = ProductVersion.objects.order_by("valid_from").values_list(
        "wholesale_price_fen", "cost_price_fen", "price_class"
    )
    assert list(rows) == [(2714, 1809, "二类"), (3750, 1809, "一类"), (102714, 1809, "一类")]


def test_the_iowa_register_and_price_list_come_in(take: Take, iowa: Path) -> None:
    stores = take("retailers", iowa / "stores.csv", mapping_name="iowa")
    goods = take("goods", iowa / "products.csv", mapping_name="iowa")
    assert (stores.n_read, stores.n_refused) == (2296, 0)
    assert (goods.n_read, goods.n_refused) == (6482, 0)
    assert Retailer.objects.count() == stores.n_accepted
    assert RetailerVersion.objects.filter(valid_from=date(2019, 1, 1), latitude=None).count() == 125
    priced = ProductVersion.objects.filter(valid_from=date(2022, 11, 1))
    unpriced = ProductVersion.objects.filter(valid_from=date(1900, 1, 1))
    assert priced.count() == unpriced.count() == Product.objects.count()
    assert not unpriced.exclude(cost_price_fen=None).exists()
    assert not priced.filter(cost_price_fen=None).exists()


def test_many_retailers_come_in_with_few_queries(take: Take, django_assert_max_num_queries: object) -> None:
    def text(n: int) -> str:
        return "licence_no,name,tier,from_date\n" + "".join(f"L{k},店{k},{k % 30 + 1},2020-01-01\n" for k in range(n))

    take("retailers", text(10))
    with django_assert_max_num_queries(150):  # type: ignore[operator]
        assert counts(take("retailers", text(3000))) == (3000, 2990, 0, 10)
