"""Scarce supply divided by published rule, whether anyone was favoured, and how well it met the need.

`allocate(requests, supply, policy=…, engine=…)` gives shares with their reasons, levels, quotas or faults; `Policy` is the rule
with its numbers; `REASONS` and `FAULTS` the words of the codes.
"""

from lianxin.core.allocating.allocate import Allocated, allocate
from lianxin.core.allocating.contracts import REQUESTS, SUPPLY
from lianxin.core.allocating.faults import FAULTS
from lianxin.core.allocating.gaming import gaming
from lianxin.core.allocating.methods import (
    GoodsClass,
    Method,
    city_share,
    is_allowed,
    is_city_share_kept,
    method_of,
    methods_of,
)
from lianxin.core.allocating.policies import Policy, PolicyWrong, Rule, WeightsFall
from lianxin.core.allocating.shares import REASONS

__all__ = [
    "FAULTS",
    "REASONS",
    "REQUESTS",
    "SUPPLY",
    "Allocated",
    "GoodsClass",
    "Method",
    "Policy",
    "PolicyWrong",
    "Rule",
    "WeightsFall",
    "allocate",
    "city_share",
    "gaming",
    "is_allowed",
    "is_city_share_kept",
    "method_of",
    "methods_of",
]
