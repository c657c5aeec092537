"""What a policy may say, and which release method it is."""

from __future__ import annotations

from typing import Any

import pytest

from lianxin.core.allocating import (
    GoodsClass,
    Method,
    Policy,
    PolicyWrong,
    WeightsFall,
    city_share,
    is_allowed,
    is_city_share_kept,
    method_of,
    methods_of,
)
from lianxin.core.allocating.lottery import commitment
from lianxin.core.allocating.quotas import divided

pytestmark = pytest.mark.requirement("D1")


@pytest.mark.parametrize(
    ("told", "said"),
    [
        ({}, "The rule is None"),
        ({"rule": "uniform", "weight": 3}, "has no weight"),
        ({"rule": "uniform", "seed": 3}, "seed is 3"),
        ({"rule": "lottery"}, "needs a seed"),
        ({"rule": "uniform", "lot_units": 0}, "lot_units is 0"),
        ({"rule": "uniform", "lot_units": True}, "lot_units is True"),
        ({"rule": "uniform", "weights": [3]}, "weights is"),
        ({"rule": "uniform", "weights": {"31": 1.0}}, "tiers are 1 to 30"),
        ({"rule": "uniform", "weights": {"x": 1.0}}, "tiers are 1 to 30"),
        ({"rule": "uniform", "weights": {"3": 0}}, "above 0"),
        ({"rule": "uniform", "weights": {"3": float("nan")}}, "above 0"),
        ({"rule": "uniform", "weights": {"3": "1"}}, "above 0"),
        ({"rule": "tier_quota", "weights": {"3": 2.0, "9": 1.5}}, "tier 9 weighs less than tier 3"),
        ({"rule": "tier_quota", "attributes": "area"}, "one or two column names"),
        ({"rule": "tier_quota", "attributes": ["a", "b", "c"]}, "one or two different"),
        ({"rule": "tier_quota", "attributes": ["a", "a"]}, "one or two different"),
        ({"rule": "uniform", "attributes": ["area"]}, "tier_quota only"),
        ({"rule": "tier_quota", "attributes": ["tier"]}, "no attribute of a retailer"),
        ({"rule": "tier_quota", "split": {"x": 1}}, "needs attributes"),
        ({"rule": "tier_quota", "attributes": ["a"], "split": [1]}, "split is"),
        ({"rule": "uniform", "only_selected": "yes"}, "only_selected is"),
    ],
)
def test_a_policy_that_cannot_be_applied_says_what_to_write(told: dict[str, Any], said: str) -> None:
    with pytest.raises(PolicyWrong, match=said):
        Policy.from_mapping(told)


def test_a_quota_is_published_only_if_no_tier_of_all_thirty_weighs_less_than_a_lower_one() -> None:
    partly = Policy.from_mapping({"rule": "tier_quota", "weights": {"29": 0.2, "30": 0.5}})
    with pytest.raises(WeightsFall, match="tier 29 weighs less than tier 28") as fallen:
        partly.check_rising()
    assert (fallen.value.lower, fallen.value.higher) == (28, 29)
    Policy.from_mapping({"rule": "tier_quota", "weights": {"29": 1.0, "30": 1.5}}).check_rising()
    Policy.from_mapping({"rule": "weighted_uniform", "weights": {"30": 0.5}}).check_rising()


@pytest.mark.parametrize(
    "told",
    [
        {"rule": "uniform"},
        {"rule": "lottery", "seed": "s", "lot_units": 2, "only_selected": True},
        {"rule": "weighted_uniform", "seed": "s", "weights": {"1": 0.5, "30": 3.25}},
        {"rule": "tier_quota", "attributes": ["area", "form"], "split": {"城|超市": 0.6}},
    ],
)
def test_what_is_kept_reads_back_the_same(told: dict[str, Any]) -> None:
    policy = Policy.from_mapping(told)
    assert policy.to_mapping() == told
    assert Policy.from_mapping(policy.to_mapping()) == policy


def policy(rule: str, **more: Any) -> Policy:
    return Policy.from_mapping({"rule": rule, "seed": "s", **more})


def test_the_matrix_of_goods_and_methods() -> None:
    """trade sources 3.2: tight goods by tier only, goods in full supply on demand only, selected shops for new ones only."""
    by_tier, extended = policy("tier_quota"), policy("tier_quota", attributes=["area"])
    selected, demand = policy("uniform", only_selected=True), policy("on_demand")
    allowed = {
        goods: [is_allowed(one, goods, {}) for one in (by_tier, extended, selected, demand, policy("proportional"))]
        for goods in GoodsClass
    }
    assert allowed == {
        GoodsClass.TIGHT: [True, True, False, False, False],
        GoodsClass.BALANCED: [True, True, False, True, False],
        GoodsClass.FULL: [False, False, False, True, False],
        GoodsClass.NEW: [True, True, True, False, False],
    }
    assert method_of(policy("weighted_uniform")) is Method.BY_TIER
    assert method_of(policy("lottery")) is Method.DRAW
    assert methods_of(GoodsClass.FULL, {"allocating.methods.full": ["by_request", "unknown"]}) == (Method.BY_REQUEST,)


def test_the_part_that_is_open_to_the_whole_city() -> None:
    released = [(policy("uniform", only_selected=True), 60), (policy("tier_quota"), 40)]
    assert city_share(released) == 0.4
    assert is_city_share_kept(released, {})
    assert not is_city_share_kept(released, {"allocating.city_share": 0.5})
    assert city_share([]) is None
    assert is_city_share_kept([], {})


def test_a_supply_is_split_by_largest_remainders() -> None:
    assert divided(10, [1, 1, 1]) == [4, 3, 3]
    assert divided(7, [600_000, 400_000]) == [4, 3]
    assert divided(5, [0, 0]) == [0, 0]


def test_the_commitment_is_the_hash_of_the_seed() -> None:
    assert commitment("abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
