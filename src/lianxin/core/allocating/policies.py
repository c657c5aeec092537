"""A published policy: the rule by which a scarce product is divided, and the few numbers that the rule needs."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import pairwise
from typing import Any, Final

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
        super().__init__(
            f"Under tier_quota a higher tier never gets less, but tier {higher} weighs less than tier {lower}; a tier "
            "that is not named weighs 1. Write weights that do not fall."
        )


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
            raise PolicyWrong(f"A policy has no {', '.join(unknown)}; it may name {', '.join(_NAMES)}.")
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
            raise PolicyWrong("A policy with split needs attributes: name the columns whose values split names.")
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


def _rule(told: Any) -> Rule:
    try:
        return Rule(told)
    except ValueError:
        names = ", ".join(rule.value for rule in Rule)
        raise PolicyWrong(f"The rule is {told!r}; write one of {names}.") from None


def _seed(told: Any, rule: Rule) -> str:
    if not isinstance(told, str):
        raise PolicyWrong(f"The seed is {told!r}; write it as a text in quotes.")
    if rule is Rule.LOTTERY and not told:
        raise PolicyWrong("A lottery needs a seed, or else nobody can repeat the draw; write any text.")
    return told


def _lot(told: Any) -> int:
    if type(told) is not int or not 1 <= told <= 10**9:
        raise PolicyWrong(f"lot_units is {told!r}; write a whole number from 1 on.")
    return told


def _flag(told: Any) -> bool:
    if not isinstance(told, bool):
        raise PolicyWrong(f"only_selected is {told!r}; write true or false.")
    return told


def _weights(told: Any) -> dict[int, int]:
    if not isinstance(told, Mapping):
        raise PolicyWrong(f'weights is {told!r}; write a table such as "30" = 3.0.')
    return {_tier(tier): _millionths(f"The weight of tier {tier}", weight) for tier, weight in told.items()}


def _tier(told: Any) -> int:
    text = str(told)
    if not (text.isascii() and text.isdigit() and int(text) in TIERS):
        raise PolicyWrong(f"weights names the tier {told!r}; tiers are 1 to 30.")
    return int(text)


def _millionths(what: str, told: Any) -> int:
    is_number = isinstance(told, int | float) and not isinstance(told, bool) and math.isfinite(told)
    if not is_number or not LEAST_WEIGHT <= told <= MOST_WEIGHT:
        raise PolicyWrong(f"{what} is {told!r}; write a number above 0, at most {MOST_WEIGHT:g}.")
    return round(told * MILLIONTHS)


def _attributes(told: Any, rule: Rule) -> tuple[str, ...]:
    if not isinstance(told, list | tuple) or not all(isinstance(name, str) and name for name in told):
        raise PolicyWrong(f"attributes is {told!r}; write a list of one or two column names.")
    if len(told) > MOST_ATTRIBUTES or len(set(told)) < len(told):
        raise PolicyWrong(f"attributes names {', '.join(told)}; one or two different columns are allowed.")
    if taken := [name for name in told if name in _NO_ATTRIBUTES]:
        raise PolicyWrong(f"attributes names {taken[0]}, which is no attribute of a retailer; name another column.")
    if told and rule is not Rule.TIER_QUOTA:
        raise PolicyWrong(f"attributes divide a tier_quota only; leave them out under {rule.value}.")
    return tuple(told)


def _split(told: Any) -> dict[str, int]:
    if not isinstance(told, Mapping):
        raise PolicyWrong(f'split is {told!r}; write a table such as "城网" = 0.6.')
    return {str(value): _millionths(f"The part of {value}", part) for value, part in told.items()}
