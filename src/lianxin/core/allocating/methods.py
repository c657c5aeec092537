"""Release methods of the trade: which of them a policy is, whether its class of goods allows it, how much is open to all."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import Any

from lianxin.core.allocating.policies import Policy, Rule
from lianxin.core.parameters import value_of


class Method(StrEnum):
    """How goods are released (投放方式)."""

    BY_TIER = "by_tier"  # 按档位投放
    BY_TIER_EXTENDED = "by_tier_extended"  # 按档位扩展投放
    SELECTED = "selected"  # 选点投放
    ON_DEMAND = "on_demand"  # 按需投放
    DRAW = "draw"  # ours: a draw among the entitled
    BY_REQUEST = "by_request"  # proportional: only for comparison, no class of goods allows it by default


class GoodsClass(StrEnum):
    """How far the supply of a product meets what retailers ask for (货源类别)."""

    TIGHT = "tight"
    BALANCED = "balanced"
    FULL = "full"
    NEW = "new"


def method_of(policy: Policy) -> Method:
    """The release method that a policy is. Uniform filling gives one level, by tier if weighted: it is a release by tier."""
    if policy.only_selected:
        return Method.SELECTED
    if policy.rule is Rule.TIER_QUOTA:
        return Method.BY_TIER_EXTENDED if policy.attributes else Method.BY_TIER
    return {
        Rule.UNIFORM: Method.BY_TIER,
        Rule.WEIGHTED_UNIFORM: Method.BY_TIER,
        Rule.LOTTERY: Method.DRAW,
        Rule.ON_DEMAND: Method.ON_DEMAND,
    }.get(policy.rule, Method.BY_REQUEST)


def methods_of(goods: GoodsClass, parameters: Mapping[str, Any]) -> tuple[Method, ...]:
    """The release methods that goods of this class may be released by, under the parameters in force."""
    known = {method.value: method for method in Method}
    told = value_of(parameters, f"allocating.methods.{goods.value}") or ()
    return tuple(known[name] for name in told if name in known)


def is_allowed(policy: Policy, goods: GoodsClass, parameters: Mapping[str, Any]) -> bool:
    """Whether goods of this class may be released by this policy."""
    return method_of(policy) in methods_of(goods, parameters)


def city_share(released: Iterable[tuple[Policy, int]]) -> float | None:
    """The part of all units released that was open to every retailer of the city; None where nothing was released.

    Parameters
    ----------
    released : for each product its policy and its units. Selected shops are not the whole city; tiers and draws are.
    """
    units = [(method_of(policy) is not Method.SELECTED, n) for policy, n in released]
    total = sum(n for _, n in units)
    return sum(n for is_open, n in units if is_open) / total if total else None


def is_city_share_kept(released: Iterable[tuple[Policy, int]], parameters: Mapping[str, Any]) -> bool:
    """Whether enough was open to the whole city; where nothing was released nothing is lacking."""
    share = city_share(released)
    return share is None or share >= float(value_of(parameters, "allocating.city_share"))
