"""A published policy: the rule by which a scarce product is divided, and the few numbers that the rule needs."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import pairwise
from typing import Any, Final

from lianxin.core.allocating.sentences import POLICY
from lianxin.core.errors import CoreError

# A weight counts to six decimals: it becomes a whole number of millionths, so that every sum is exact.
MILLIONTHS: Final = 1_000_000
LEAST_WEIGHT, MOST_WEIGHT = 1e-6, 1e4
TIERS: Final = range(1, 31)
MOST_ATTRIBUTES: Final = 2
# Joins the values of two attributes in the keys of `split`.
BETWEEN_ATTRIBUTES: Final = "|"
# What a table of quotas, or of requests, calls something else.
_NO_ATTRIBUTES: Final = frozenset(
    {"week", "product_id", "retailer_id", "tier", "quota_units", "n_requests", "taken_units", "fill_level"}
)
_NAMES: Final = ("rule", "seed", "lot_units", "weights", "attributes", "split", "only_selected")


class PolicyWrong(CoreError):
    """A policy that cannot be applied; the message says which part and what to write instead."""


class WeightsFall(PolicyWrong):
    """A tier quota under which a higher tier weighs less than a lower one."""

    def __init__(self, lower: int, higher: int) -> None:
        self.lower, self.higher = lower, higher
        self.code, self.told = "weights_fall", {"lower": lower, "higher": higher}
        super().__init__(POLICY[self.code] % self.told)


class Rule(StrEnum):
    """How a product is divided."""

    UNIFORM = "uniform"
    WEIGHTED_UNIFORM = "weighted_uniform"
    PROPORTIONAL = "proportional"
    TIER_QUOTA = "tier_quota"
    LOTTERY = "lottery"
    ON_DEMAND = "on_demand"


# Rules under which floors count: a level holds some back, and a floor lifts them. On demand everybody gets all; quotas and draws
# promise nothing.
FLOORED: Final = frozenset({Rule.UNIFORM, Rule.WEIGHTED_UNIFORM, Rule.PROPORTIONAL})


@dataclass(frozen=True)
class Policy:
    """A rule with its numbers.

    rule : how shares follow from requests
    seed : text; decides who is first in the rotation of odd units, and the order of a lottery
    lot_units : what each drawn retailer gets in a lottery
    weights : tier -> millionths; a tier that is not named weighs 1
    attributes : one or two columns of the requests by which a tier quota is divided further (按档位扩展投放)
    split : value of the attributes (two joined by "|") -> part of the supply; without it by number of retailers
    only_selected : only rows whose column is_selected is true take part (选点投放)
    """

    rule: Rule
    seed: str = ""
    lot_units: int = 1
    weights: Mapping[int, int] = field(default_factory=dict)
    attributes: tuple[str, ...] = ()
    split: Mapping[str, int] = field(default_factory=dict)
    only_selected: bool = False

    @classmethod
    def from_mapping(cls, told: Mapping[str, Any]) -> Policy:
        """The policy written in a POLICY.toml or kept as JSON.

        Raises
        ------
        PolicyWrong : a name is unknown, a value has another shape, or parts contradict each other.
        """
        unknown = [name for name in told if name not in _NAMES]
        if unknown:
            raise _wrong("policy_name", names=", ".join(unknown), known=", ".join(_NAMES))
        rule = _rule(told.get("rule"))
        made = cls(
            rule=rule,
            seed=_seed(told.get("seed", ""), rule),
            lot_units=_lot(told.get("lot_units", 1)),
            weights=_weights(told.get("weights", {})),
            attributes=_attributes(told.get("attributes", ()), rule),
            split=_split(told.get("split", {})),
            only_selected=_flag(told.get("only_selected", False)),
        )
        made._check()
        return made

    def to_mapping(self) -> dict[str, Any]:
        """The policy as `from_mapping` reads it, of the kinds that JSON and TOML know; names at their default are left out."""
        made: dict[str, Any] = {"rule": self.rule.value}
        if self.seed:
            made["seed"] = self.seed
        if self.lot_units != 1:
            made["lot_units"] = self.lot_units
        if self.weights:
            made["weights"] = {str(tier): self.weights[tier] / MILLIONTHS for tier in sorted(self.weights)}
        if self.attributes:
            made["attributes"] = list(self.attributes)
        if self.split:
            made["split"] = {value: part / MILLIONTHS for value, part in self.split.items()}
        if self.only_selected:
            made["only_selected"] = True
        return made

    def weight_of(self, tier: int | None) -> int:
        """The weight of a tier in millionths."""
        return MILLIONTHS if tier is None else self.weights.get(tier, MILLIONTHS)

    def _check(self) -> None:
        if self.split and not self.attributes:
            raise _wrong("split_alone")
        # Tiers that are not named weigh 1, but need not be there: division looks at those that are.
        self.check_rising(self.weights)

    def check_rising(self, tiers: Iterable[int] = TIERS) -> None:
        """Raise WeightsFall if, under tier_quota, one of these tiers weighs less than a lower one of them."""
        if self.rule is not Rule.TIER_QUOTA:
            return
        ordered = sorted(tiers)
        for lower, higher in pairwise(ordered):
            if self.weight_of(higher) < self.weight_of(lower):
                raise WeightsFall(lower, higher)


def _wrong(code: str, **told: Any) -> PolicyWrong:
    return PolicyWrong.of(POLICY, code, **told)


def _rule(told: Any) -> Rule:
    try:
        return Rule(told)
    except ValueError:
        raise _wrong("rule", value=repr(told), known=", ".join(rule.value for rule in Rule)) from None


def _seed(told: Any, rule: Rule) -> str:
    if not isinstance(told, str):
        raise _wrong("seed_text", value=repr(told))
    if rule is Rule.LOTTERY and not told:
        raise _wrong("seed_missing")
    return told


def _lot(told: Any) -> int:
    if type(told) is not int or not 1 <= told <= 10**9:
        raise _wrong("lot_units", value=repr(told))
    return told


def _flag(told: Any) -> bool:
    if not isinstance(told, bool):
        raise _wrong("only_selected", value=repr(told))
    return told


def _weights(told: Any) -> dict[int, int]:
    if not isinstance(told, Mapping):
        raise _wrong("weights_table", value=repr(told))
    return {_tier(tier): _millionths("weight", str(tier), weight) for tier, weight in told.items()}


def _tier(told: Any) -> int:
    text = str(told)
    if not (text.isascii() and text.isdigit() and int(text) in TIERS):
        raise _wrong("tier", value=repr(told))
    return int(text)


def _millionths(code: str, name: str, told: Any) -> int:
    is_number = isinstance(told, int | float) and not isinstance(told, bool) and math.isfinite(told)
    if not is_number or not LEAST_WEIGHT <= told <= MOST_WEIGHT:
        raise _wrong(code, name=name, value=repr(told), most=f"{MOST_WEIGHT:g}")
    return round(told * MILLIONTHS)


def _attributes(told: Any, rule: Rule) -> tuple[str, ...]:
    if not isinstance(told, list | tuple) or not all(isinstance(name, str) and name for name in told):
        raise _wrong("attributes_list", value=repr(told))
    if len(told) > MOST_ATTRIBUTES or len(set(told)) < len(told):
        raise _wrong("attributes_number", names=", ".join(told))
    if taken := [name for name in told if name in _NO_ATTRIBUTES]:
        raise _wrong("attributes_taken", name=taken[0])
    if told and rule is not Rule.TIER_QUOTA:
        raise _wrong("attributes_rule", rule=rule.value)
    return tuple(told)


def _split(told: Any) -> dict[str, int]:
    if not isinstance(told, Mapping):
        raise _wrong("split_table", value=repr(told))
    return {str(value): _millionths("part", str(value), part) for value, part in told.items()}
