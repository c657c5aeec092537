"""What a retailer was given stands in its history, one row a round, with changes by hand, within the scope."""

import pytest
from django.test import Client

from lianxin.foundation.models import Company
from lianxin.foundation.states import Role
from lianxin.supply.models import HandChange
from lianxin.supply.states import RoundState
from tests import factories
from tests.supply.open_world import AT, Asked, policy, share_out, shops

pytestmark = [pytest.mark.django_db, pytest.mark.requirement("B1")]
MARCH = "?kind=supply&first=2026-03-01&last=2026-03-31"


def told(client: Client, licence_no: str) -> list[tuple[str, str]]:
    answer = client.get(f"/api/v1/retailers/{licence_no}/history{MARCH}")
    assert answer.status_code == 200, answer.content
    return [(row["at"][:10], row["words"]) for row in answer.json()["rows"]]


def client_of(user: object) -> Client:
    client = Client(headers={"accept-language": "en"})
    client.force_login(user)  # type: ignore[arg-type]
    return client


def test_one_row_a_round_with_changes_by_hand(company: Company) -> None:
    # given a published round of two products, one still in preview, and a change by hand of one line
    made = shops(company, 3)
    mine = made.retailers[0]
    goods = [factories.product(company), factories.product(company)]
    asked = [Asked(shop, product, 30, 10) for shop in made.retailers for product in goods]
    by = policy(company, "uniform")
    held = dict.fromkeys((shop.pk for shop in made.retailers), made.manager)
    row = share_out(company, asked, {goods[0].pk: 12, goods[1].pk: 30}, by, holder=held)
    share_out(company, asked, {one.pk: 3 for one in goods}, by, number=2, state=RoundState.PREVIEWED, holder=held)
    leader = client_of(factories.user(company, Role.LEADER))
    assert told(leader, mine.licence_no) == [("2026-03-02", "Round 1: 14 of 20 allocated, 2 products")]
    # when a change is agreed
    HandChange.objects.create(
        id="h1", round=row, product=goods[0], retailer=mine, before_units=4, rule_units=4, after_units=9,
        reason="data_error", words="x", evidence="x", state="agreed", proposed_by=factories.user(company, Role.BRAND_MANAGER),
        proposed_at=AT, decided_at=AT,
        decided_by=factories.user(company, Role.LEADER),
    )  # fmt: skip
    # then it counts
    assert told(leader, mine.licence_no) == [("2026-03-02", "Round 1: 19 of 20 allocated, 2 products")]


def test_a_manager_sees_what_his_shops_were_given_while_he_held_them(company: Company) -> None:
    made = shops(company, 1)
    mine = made.retailers[0]
    other = factories.person(factories.unit(company, "城北市场部"))
    product = factories.product(company)
    by = policy(company, "uniform")
    share_out(company, [Asked(mine, product, 30, 5)], {product.pk: 5}, by, holder={mine.pk: made.manager})
    share_out(company, [Asked(mine, product, 30, 5)], {product.pk: 2}, by, number=2, holder={mine.pk: other})
    made.manager.user = factories.user(company, Role.CUSTOMER_MANAGER)
    made.manager.save()
    rows = told(client_of(made.manager.user), mine.licence_no)
    assert rows == [("2026-03-02", "Round 1: 5 of 5 allocated, 1 product")]
