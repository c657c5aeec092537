"""What the market adds to the files of retailers and products, and the list of alerts."""

from datetime import date

import pytest
from django.test import Client

from lianxin.foundation import parameters
from lianxin.foundation.models import Company, User
from lianxin.foundation.states import Evidence, Role
from lianxin.market.actions import refresh_rollups
from lianxin.market.queries import files
from lianxin.market.queries.questions import Question
from tests import factories
from tests.market.store import NOW, Store

pytestmark = [pytest.mark.django_db, pytest.mark.requirement("B1")]


def signed_in(user: User) -> Client:
    client = Client(headers={"accept-language": "en"})
    client.force_login(user)
    return client


@pytest.fixture
def leader(store: Store) -> Client:
    return signed_in(store.users["leader"])


@pytest.fixture
def alerting(store: Store) -> Store:
    """One peer is enough, so that 12-tier C1 (+50 %) makes an alert of B1 (−25 %) once they are of one class."""
    parameters.set_value(
        company=store.company, name="measuring.peer_minimum", value=1, valid_from=factories.START, source="test",
        evidence=Evidence.COMPANY, by=None, at=factories.AT,
    )  # fmt: skip
    store.retailers["B1"].versions.update(trade_form="便利店")
    refresh_rollups(company=store.company, by=None, at=factories.AT)
    return store


def test_file_offers_the_parts(store: Store, leader: Client) -> None:
    page = leader.get(f"/retailers/{store.retailers['A1'].pk}/").content.decode()
    for part in ("growth", "purchases", "lines"):
        address = f"/market/retailers/{store.retailers['A1'].pk}/{part}/"
        assert address in page
        assert leader.get(address).status_code == 200


def test_growth_tells_this_month_and_the_year_before(store: Store, leader: Client) -> None:
    found = leader.get(f"/market/retailers/{store.retailers['A1'].pk}/growth/").context
    units = found["figures"][0]
    assert (units.value, units.change) == (30, pytest.approx(0.5))
    peer = found["figures"][-1]
    assert (peer.state, peer.n, peer.needs) == ("not_enough_data", 0, 10)


def test_alert_stands_with_its_evidence(alerting: Store, leader: Client) -> None:
    shop = alerting.retailers["B1"]
    found = leader.get(f"/market/retailers/{shop.pk}/growth/").context
    assert found["alert"] == (
        "It bought 30 cartons where 60 would match its 1 peers, which changed by +50.0%; the ratio 0.50 is below the alert line "
        "0.80."
    )
    explained = leader.get(f"/market/retailers/{shop.pk}/growth/explain/").context["explanation"]
    assert (explained.numerator.text, explained.denominator.text, explained.n.text) == (
        "30 cartons",
        "60.0 cartons",
        "1",
    )


@pytest.mark.requirement("B3")
def test_alerts_list_who_stays_behind_its_peers(alerting: Store, leader: Client) -> None:
    page = leader.get("/market/alerts/")
    assert [[cell.text for cell in row.cells][:5] for row in page.context["table"].rows] == [
        ["B1商店", "李四", "0.50", "30", "40"]
    ]
    assert b"".join(leader.get("/market/alerts/?export=csv").streaming_content).decode("utf-8-sig").count("B1商店") == 1
    rows = leader.get("/api/v1/market/alerts").json()["rows"]
    assert [(row["licence_no"], row["ratio"], row["expected_units"]) for row in rows] == [("B1", 0.5, 60.0)]


def test_alerts_keep_to_the_scope(alerting: Store) -> None:
    for name, expected in (("E1", []), ("E2", ["B1商店"]), ("E3", []), ("M1", ["B1商店"])):
        client = signed_in(alerting.users[name])
        rows = client.get("/market/alerts/").context["table"].rows
        assert [row.cells[0].text for row in rows] == expected
        assert "B1商店" in client.get("/market/alerts/?export=csv").getvalue().decode() or not expected
        assert len(client.get("/api/v1/market/alerts").json()["rows"]) == len(expected)


def test_purchases_by_product_and_week(store: Store, leader: Client) -> None:
    found = leader.get(f"/market/retailers/{store.retailers['A1'].pk}/purchases/").context
    assert [(row["name"], row["units"], row["last_weeks"]) for row in found["rows"]] == [
        ("临江（P1）", 27, [14, 6, 0, 0]),
        ("临江（P2）", 10, [0, 10, 0, 0]),
    ]
    assert sum(found["rows"][0]["weeks"]) == 27


def test_rhythm_tells_gap_weekday_and_the_next_day(store: Store, leader: Client) -> None:
    question = Question(months=(NOW,), persons=None, retailer_id=store.retailers["A1"].pk)
    lines, _weeks = files.recent_lines(store.company, question)
    rhythm = files.rhythm(lines)
    assert rhythm is not None
    assert (rhythm.n_days, rhythm.first, rhythm.last) == (3, date(2021, 11, 2), date(2021, 12, 14))
    assert (rhythm.usual_gap_days, rhythm.next_expected) == (21, date(2022, 1, 4))
    assert rhythm.weekday_shares[1] == 1.0
    page = leader.get(f"/market/retailers/{store.retailers['A1'].pk}/purchases/")
    assert page.context["rhythm"] == (
        "3 order days in 26 weeks, usually 21 days apart; the last 2021-12-14, so the next about 2022-01-04."
    )


def test_a_return_is_no_order_day(store: Store) -> None:
    question = Question(months=(NOW,), persons=None, retailer_id=store.retailers["C1"].pk)
    rhythm = files.rhythm(files.recent_lines(store.company, question)[0])
    assert rhythm is not None
    assert (rhythm.n_days, rhythm.usual_gap_days, rhythm.next_expected) == (1, None, None)


def test_retailer_without_orders_says_so(store: Store, leader: Client) -> None:
    quiet = factories.retailer(store.company, "Q1", holder=store.people["E1"])
    for part in ("growth", "purchases", "lines"):
        assert leader.get(f"/market/retailers/{quiet.pk}/{part}/").status_code == 200
    assert leader.get(f"/market/retailers/{quiet.pk}/purchases/").context["rhythm"] == "No order in the last 26 weeks."


def test_newest_lines_stand_in_the_file(store: Store, leader: Client) -> None:
    found = leader.get(f"/market/retailers/{store.retailers['A1'].pk}/lines/").context
    assert [row.cells[1].text for row in found["table"].rows] == ["2021-12-14", "2021-12-14", "2021-12-07"]


def test_parts_of_a_file_keep_to_the_scope(store: Store) -> None:
    client = signed_in(store.users["E1"])
    theirs = store.retailers["C1"].pk
    for part in ("growth", "growth/explain", "purchases", "lines"):
        assert client.get(f"/market/retailers/{theirs}/{part}/").status_code == 404
    trainer = signed_in(store.users["trainer"])
    assert trainer.get(f"/market/retailers/{theirs}/growth/").status_code == 403
    assert trainer.get(f"/market/products/{store.products['P1'].pk}/sales/").status_code == 403


def test_product_file_tells_distribution_and_sell_through(store: Store, leader: Client) -> None:
    found = leader.get(f"/market/products/{store.products['P1'].pk}/sales/").context
    shown = {figure.title: figure.value for figure in found["figures"]}
    assert shown["Sales units"] == 50
    # A1 and B1 of four retailers ordered it; in the three months before only A1 did
    assert shown["Distribution"] == 0.5
    assert shown["Sell-through A"] == 2.0
    assert shown["Sell-through B"] == pytest.approx((50 / 2) / (7 / 1))
    assert [(row["name"], row["units"], row["n_held"], row["n_ordered"]) for row in found["units"]] == [
        ("城南市场部", 50, 3, 2),
        ("城北市场部", 0, 1, 0),
    ]
    assert sum(found["weekly"]) == 57


@pytest.mark.parametrize(
    ("code", "top", "under"),
    [("distribution", "2", "4"), ("sell_through.a", "2", "1"), ("sell_through.b", "25.0 cartons", "7.0 cartons")],
)
def test_rates_of_a_product_open(store: Store, leader: Client, code: str, top: str, under: str) -> None:
    address = f"/market/products/{store.products['P1'].pk}/explain/{code}/"
    explained = leader.get(address).context["explanation"]
    assert (explained.numerator.text, explained.denominator.text) == (top, under)
    assert leader.get(f"{address}?unit={store.north.pk}").status_code == 200
    other = signed_in(store.users["E1"])
    assert other.get(f"{address}?unit={store.north.pk}").status_code == 404


def test_product_file_shows_a_manager_his_own(store: Store) -> None:
    client = signed_in(store.users["E2"])
    found = client.get(f"/market/products/{store.products['P1'].pk}/sales/").context
    shown = {figure.title: figure.value for figure in found["figures"]}
    assert (shown["Sales units"], shown["Distribution"]) == (30, 1.0)
    assert found["weekly"] == []


def test_files_without_any_lines_say_so(client: Client, company: Company) -> None:
    client.force_login(factories.user(company, Role.LEADER))
    shop, product = factories.retailer(company), factories.product(company)
    assert client.get(f"/market/retailers/{shop.pk}/growth/").context["text"]
    assert client.get(f"/market/products/{product.pk}/sales/").context["text"]
    assert client.get("/market/alerts/").context["empty"].title
