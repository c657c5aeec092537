"""One whole number per tier (按档位投放): the highest level that fits, then one more from the top tier down while it fits."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from lianxin.core.allocating.policies import BETWEEN_ATTRIBUTES

Array: TypeAlias = NDArray[Any]


@dataclass(frozen=True)
class Quotas:
    """The numbers of one product, or of one group of its retailers.

    tiers : int64 (k,), those that have retailers, ascending
    units : int64 (k,), what a retailer of the tier may take at most; never smaller for a higher tier
    numerator, denominator : the level whose whole numbers the quotas are, but for the one more
    taken : units that retailers take under these quotas
    """

    tiers: Array
    units: Array
    numerator: int
    denominator: int
    taken: int


@dataclass(frozen=True)
class _Demand:
    """Buckets of one product: place of the tier, the most that each retailer takes, number of retailers."""

    at: Array
    most: Array
    n: Array

    def taken(self, units: Sequence[int]) -> int:
        """Σ min(most, quota of its tier)."""
        return int(self.n @ np.minimum(self.most, np.asarray(units, np.int64)[self.at]))


def quotas(tier: Array, most: Array, n: Array, weights: Mapping[int, int], supply: int) -> Quotas:
    """The quotas of each tier.

    Parameters
    ----------
    tier : int64 (m,), of each bucket
    most : int64 (m,), the smaller of want and cap, at most 10^9
    n : int64 (m,), number of retailers in the bucket
    weights : tier -> whole number above 0, not falling as tiers rise
    supply : units to divide

    Invariants
    ----------
    Σ n · min(most, quota) never exceeds the supply. A higher tier never has a smaller quota. No higher level fits.
    Where everyone can have all, the level is the smallest one that gives it.
    """
    tiers, at = np.unique(tier, return_inverse=True)
    demand = _Demand(at, most, n)
    by_tier = [weights[int(one)] for one in tiers]
    highest = [int(most[at == place].max()) for place in range(len(tiers))]
    if int(n @ most) <= supply:
        numerator, denominator = _full_level(highest, by_tier)
        units = _whole(numerator, denominator, by_tier)
    else:
        numerator, denominator = _fitting_level(demand, highest, by_tier, supply)
        units = _whole(numerator, denominator, by_tier)
        for place in reversed(range(len(tiers))):
            more = [*units[:place], units[place] + 1, *units[place + 1 :]]
            if demand.taken(more) > supply:
                break
            units = more
    return Quotas(tiers, np.array(units, np.int64), numerator, denominator, demand.taken(units))


def _whole(numerator: int, denominator: int, weights: Sequence[int]) -> list[int]:
    return [min(numerator * weight // denominator, 1 << 40) for weight in weights]


def _full_level(highest: Sequence[int], weights: Sequence[int]) -> tuple[int, int]:
    """The smallest level whose whole numbers reach the highest want of every tier."""
    top = 0, 1
    for most, weight in zip(highest, weights, strict=True):
        if most * top[1] > top[0] * weight:
            top = most, weight
    return top


def _fitting_level(demand: _Demand, highest: Sequence[int], weights: Sequence[int], supply: int) -> tuple[int, int]:
    """The highest level that fits, among those at which some quota rises.

    Quotas rise at k / weight. Tier by tier the last such level that fits is searched for by halving, between the best one so
    far and the first one known to fail: after the first tier few are left to try.
    """
    best, fails = (0, 1), (max(highest) * max(weights) + 1, 1)
    for weight in weights:
        low = best[0] * weight // best[1]
        # The last whole number whose level lies below the one that fails.
        high = -(-fails[0] * weight // fails[1]) - 1
        while low < high:
            middle = (low + high + 1) // 2
            if demand.taken(_whole(middle, weight, weights)) <= supply:
                low = middle
            else:
                high = middle - 1
                fails = middle, weight
        if low * best[1] > best[0] * weight:
            best = low, weight
    return best


def group_supplies(supply: int, sizes: Sequence[tuple[tuple[str, ...], int]], split: Mapping[str, int]) -> list[int]:
    """What each group of retailers has to divide: by the parts that a policy states, else by number of retailers.

    Parameters
    ----------
    sizes : values of the attributes and number of retailers of each group, sorted by the values
    split : values of the attributes, joined -> part, whole numbers; a group that it does not name gets nothing

    Returns
    -------
    whole units in the order of `sizes`, as `divided`
    """
    if split:
        return divided(supply, [split.get(BETWEEN_ATTRIBUTES.join(values), 0) for values, _ in sizes])
    return divided(supply, [n for _, n in sizes])


def divided(supply: int, parts: Sequence[int]) -> list[int]:
    """The supply split by parts into whole units, the largest remainders first; among equal ones the first named.

    Returns
    -------
    whole numbers that sum to the supply, or zeros where all parts are zero
    """
    total = sum(parts)
    if not total:
        return [0] * len(parts)
    shares = [supply * part // total for part in parts]
    order = sorted(range(len(parts)), key=lambda at: (-(supply * parts[at] % total), at))
    for at in order[: supply - sum(shares)]:
        shares[at] += 1
    return shares
