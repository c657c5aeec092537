"""New products: how far they spread in a part of the market, against the closing and counted by hand."""

from datetime import date

import pytest
from django.test import Client

from lianxin.foundation import parameters
from lianxin.foundation.states import Evidence
from lianxin.goods.models import ProductVersion
from lianxin.market.actions import refresh_rollups
from lianxin.market.queries.figures import parameters_of
from lianxin.market.queries.new_products import NewProduct, movement
from lianxin.market.queries.questions import Question
from tests import factories
from tests.market.store import NOW, Store
from tests.market.test_agreement import closed
from tests.market.test_analysis import signed_in

pytestmark = [pytest.mark.django_db, pytest.mark.requirement("B2")]


@pytest.fixture
def listed(store: Store) -> Store:
    """P1 was listed in November 2021, P2 just outside the window of twelve months."""
    for code, day in (("P1", date(2021, 11, 1)), ("P2", date(2020, 12, 31))):
        ProductVersion.objects.filter(product=store.products[code]).update(listed_date=day)
    refresh_rollups(company=store.company, by=None, at=factories.AT)
    return store


def told(store: Store, **asked: object) -> list[NewProduct]:
    question = Question(months=(NOW,), persons=None).of(**asked)
    return movement(store.company, question, parameters_of(store.company, question))


def test_orders_are_counted_since_the_listing(listed: Store) -> None:
    # A1 bought in November and December, B1 in December only; its purchase of 2020 was before the listing.
    assert told(listed) == [
        NewProduct(
            product_id=listed.products["P1"].pk, listed=date(2021, 11, 1), n_held=4, n_reached=2, n_ordered=2, n_earlier=1,
            n_again=1, units=50, last_units=7,
        )
    ]  # fmt: skip
    # In November P2 is inside the window yet.
    of_november = {one.product_id: one for one in told(listed, months=(date(2021, 11, 1),))}
    assert len(of_november) == 2
    before = of_november[listed.products["P1"].pk]
    assert (before.n_ordered, before.n_earlier, before.again, before.units, before.last_units) == (1, 0, None, 7, 0)


def test_a_part_of_the_market_counts_its_own(listed: Store) -> None:
    (mine,) = told(listed, persons=frozenset({listed.people["E2"].pk}))
    assert (mine.n_held, mine.n_reached, mine.n_earlier, mine.units, mine.last_units) == (1, 1, 0, 30, 0)
    (shop,) = told(listed, trade_form="超市")
    assert (shop.n_held, shop.n_ordered, shop.units) == (1, 1, 30)
    (nobody,) = told(listed, persons=frozenset())
    assert (nobody.distribution, nobody.reach, nobody.again, nobody.units) == (None, None, None, 0)
    assert told(listed, price_class="三类") == []
    assert told(listed, product_id=listed.products["P2"].pk) == []


def test_distribution_is_that_of_the_closing(listed: Store) -> None:
    parameters.set_value(
        company=listed.company, name="measuring.new_product_months", value=13, valid_from=factories.START, source="test",
        evidence=Evidence.COMPANY, by=None, at=factories.AT,
    )  # fmt: skip
    rows = told(listed)
    assert len(rows) == 2
    expected = closed(listed)[("company", listed.company.code, "new_product_distribution")]
    assert sum(one.n_ordered for one in rows) == expected["numerator"]
    assert sum(one.n_held for one in rows) == expected["denominator"]


def page_of(store: Store, who: str = "leader") -> Client:
    return signed_in(store.users[who])


def test_the_page_tells_and_opens_every_rate(listed: Store) -> None:
    client = page_of(listed)
    assert "/market/new-products/" in client.get("/market/").content.decode()
    page = client.get("/market/new-products/")
    (row,) = page.context["table"].rows
    assert [cell.text for cell in row.cells] == [
        "临江（P1）", "2021-11-01", "50.0%", "2", "50.0%", "50", "7", "+614.3%", "100.0%",
    ]  # fmt: skip
    assert page.context["page_title"] == (
        "December 2021, new products (1): 临江（P1） goes furthest; 50.0% of the retailers ordered it"
    )
    product = listed.products["P1"].pk
    for code, top, under in (("distribution", "2", "4"), ("reach", "2", "4"), ("again", "1", "1")):
        opened = client.get(f"/market/new-products/{product}/explain/{code}/").context["explanation"]
        assert (opened.numerator.text, opened.denominator.text) == (top, under)
        assert client.get(opened.rows_url).status_code == 200
    assert client.get(f"/market/new-products/{product}/explain/nonsense/").status_code == 404
    assert client.get(f"/market/new-products/{listed.products['P2'].pk}/explain/reach/").status_code == 404


def test_a_manager_sees_the_own_retailers_only(listed: Store) -> None:
    (row,) = page_of(listed, "E2").get("/market/new-products/?columns=n_held").context["table"].rows
    assert row.cells[0].text == "临江（P1）"
    opened = page_of(listed, "E2").get(f"/market/new-products/{listed.products['P1'].pk}/explain/again/")
    told_of = opened.context["explanation"]
    assert (told_of.figure.answer, told_of.denominator.text) == ("not_enough_data", "0")


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_the_table_is_exported(listed: Store, kind: str) -> None:
    body = b"".join(page_of(listed).get(f"/market/new-products/?export={kind}").streaming_content)
    assert body[:2] == b"PK" if kind == "xlsx" else "临江（P1）" in body.decode("utf-8-sig")


def test_without_listing_dates_the_page_says_what_to_do(store: Store) -> None:
    page = page_of(store).get("/market/new-products/")
    assert page.context["table"].rows == []
    assert "listing dates" in page.context["table"].empty.text
    assert page.context["page_title"] == "December 2021: no product is known to be new"
