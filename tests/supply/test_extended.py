"""Quotas that are divided further by attributes of retailers (按档位扩展投放): drafted, shared out, shown, told."""

import re

import pytest
from django.utils import translation

from lianxin.foundation.models import User
from lianxin.retailers.models import RetailerVersion
from lianxin.supply.actions import choosing
from lianxin.supply.actions import rounds as actions
from lianxin.supply.models import Round, SupplyPolicy
from lianxin.supply.queries import rounds
from lianxin.supply.states import SumKind
from tests import factories
from tests.factories import AT
from tests.imports.conftest import Take
from tests.supply.test_api import call
from tests.supply.test_pages import page, post
from tests.supply.test_rounds import ON, previewed
from tests.supply.world import World, published

pytestmark = [pytest.mark.django_db, pytest.mark.requirement("D1")]
# L0 to L5 ask for 5, 5, 0, 4, 2, 9 and may have 6; odd ones are of tier 30, even ones of tier 10. There are 8.
BY_MARKET = {"rule": "tier_quota", "attributes": ["market_type"], "split": {"urban": 0.75, "rural": 0.25}}


@pytest.fixture
def markets(world: World) -> World:
    """L0, L1, L2 lie in town, the others in the country."""
    User.objects.update(language="en")
    for user in vars(world).values():
        if isinstance(user, User):
            user.refresh_from_db()
    RetailerVersion.objects.filter(licence_no__in=["L0", "L1", "L2"]).update(market_type="urban")
    RetailerVersion.objects.filter(licence_no__in=["L3", "L4", "L5"]).update(market_type="rural")
    return world


@pytest.fixture
def made(markets: World, take: Take) -> Round:
    return previewed(markets, take, published(markets, "by-market", BY_MARKET))


def test_a_policy_with_attributes_is_drafted_by_its_form(markets: World) -> None:
    fields = {
        "code": "by-market", "title": "x", "rule": "tier_quota", "sentence_zh": "x", "sentence_en": "By tier and market.",
        "attributes": ["market_type"], "split": "town = 0.75\nrural = 0.25",
    }  # fmt: skip
    assert "cannot be read" in post(markets.brand, "supply:draft_policy", **{**fields, "split": "urban 0.75"})
    assert "tier_quota only" in post(markets.brand, "supply:draft_policy", **{**fields, "rule": "uniform"})
    assert "one or two" in post(
        markets.brand, "supply:draft_policy", **{**fields, "attributes": ["town", "route", "market_type"], "split": ""}
    )
    refused = post(markets.brand, "supply:draft_policy", **{**fields, "split": "city = 0.75"})
    assert "No retailer has the value “city”; known, for example: country、town." in refused
    two = {**fields, "attributes": ["market_type", "trade_form"]}
    assert "is not written as market_type|trade_form" in post(markets.brand, "supply:draft_policy", **two)
    shown = post(markets.brand, "supply:draft_policy", **fields)
    drafted = SupplyPolicy.objects.get()
    assert (drafted.definition, drafted.method) == (BY_MARKET, "by_tier_extended")
    assert "A quota is divided further by" in shown
    again = page(markets.brand, "supply:draft_policy", **{"from": str(drafted.pk)})
    assert "town = 0.75\ncountry = 0.25" in again
    assert re.search(r'value="market_type"[^>]* checked', again)


def test_the_product_page_has_a_column_for_each_group(markets: World, made: Round) -> None:
    """6 units for the town: 3 each and L2 wants none; 2 for the country: nothing but one for tier 30 each."""
    kept = {(row.tier, row.quota_group): (row.quota_units, row.n_requests) for row in rounds.group_quotas(made)}
    assert kept == {(30, "urban"): (3, 1), (10, "urban"): (3, 2), (30, "rural"): (1, 2), (10, "rural"): (0, 1)}
    product = markets.products[0].pk
    with translation.override("en"):
        shown = page(markets.leader, "supply:product", made.number, product)
    assert "Common level" not in shown
    assert "The supply is divided first by Market type; each group has quotas of its own." in shown
    heads = re.findall(r"Quota: (\w+)", shown)
    assert sorted(set(heads)) == ["country", "town"]
    told = call(markets.leader, "GET", f"/rounds/{made.number}/quotas")
    assert {(row["tier"], row["quota_group"]): row["quota_units"] for row in told} == {
        place: units for place, (units, _n) in kept.items()
    }
    again = actions.preview(round=made, by=markets.brand, at=AT)
    assert len(rounds.group_quotas(again)) == 4


def test_a_policy_without_attributes_leaves_no_quotas_of_groups(markets: World, made: Round) -> None:
    plain = published(markets, "plain", {"rule": "tier_quota"})
    changed = choosing.choose(
        round=made, product_id=markets.products[0].pk, policy=plain, by=markets.brand, at=AT
    )  # fmt: skip
    again = actions.preview(round=changed, by=markets.brand, at=AT)
    assert rounds.group_quotas(again) == []
    assert {row.quota_units for row in rounds.sums(again, SumKind.TIER)} == {1, 2}


@pytest.mark.requirement("D2")
def test_a_retailer_reads_the_quota_of_its_own_group(markets: World, made: Round) -> None:
    done = actions.commit(round=made, by=markets.leader, at=AT, on=ON)
    actions.publish(round=done, by=markets.leader, at=AT)
    told = {}
    for number in (1, 3):
        browser = factories.signed_in_retailer(markets.retailers[number])
        words = browser.get("/own/supply/1/", headers={"accept-language": "en"}).content.decode()
        assert "You got the quota of your tier and group, which everybody of both has." in words
        told[number] = browser.get("/api/v1/own/rounds/1").json()[0]["tier_units"]
    assert told == {1: 3.0, 3: 1.0}
