"""The common level of a product: exact, on whole numbers, from how many retailers want how much under which weight."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from math import gcd
from typing import Any, Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

Array: TypeAlias = NDArray[Any]

_EXACT_IN_DOUBLE: Final = 1 << 52
_WIDE: Final = 1 << 62


@dataclass(frozen=True)
class Filled:
    """What water filling gives each bucket of one product.

    numerator, denominator : the level is numerator / denominator, for the weights as they were handed in
    base : int64 (n,), the share that every retailer of the bucket gets
    remainder : (n,), the fraction of the level that is left, times `total`; 0 where the level is no fraction, or does not bind
    total : the denominator of the remainders
    is_floor : bool (n,), the floor binds: it gives more than the level would
    """

    numerator: int
    denominator: int
    base: Array
    remainder: Array
    total: int
    is_floor: Array

    @property
    def level(self) -> float:
        """The level as a float: one division."""
        return self.numerator / self.denominator


def fill(least: Array, most: Array, weight: Array, n: Array, supply: int) -> Filled:
    """Divide a product so that the retailer that is filled least, for its weight, is filled as far as can be.

    Parameters
    ----------
    least, most : int64 (n,), 0 <= least <= most <= 10^9: floor, and the smaller of want and cap
    weight : int64 (n,), 1 to 10^10
    n : int64 (n,), number of retailers with these numbers
    supply : units to divide, at least Σ n · least

    Returns
    -------
    share = clamp(level · weight, least, most), where level is the smallest number with Σ share = min(supply, Σ n · most)

    Source
    ------
    Bertsekas & Gallager 1992, 6.5.2 (max-min fairness by filling); Sprumont 1991 (uniform rule).
    """
    common = gcd(*(int(one) for one in np.unique(weight)))
    unit = weight // max(common, 1)
    wanted = int(n @ most)
    if supply >= wanted:
        return _all_full(least, most, weight)
    floors = int(n @ least)
    if supply == floors:
        return Filled(0, 1, least.copy(), np.zeros(len(least), np.int64), 1, least > 0)
    numerator, total = _level(least, most, unit, n, supply, floors)
    kind: Any = np.int64 if numerator * int(unit.max()) < _WIDE else object
    product = unit.astype(kind) * numerator
    whole, rest = product // total, product % total
    is_open = (whole >= least) & (whole < most) & (rest > 0)
    return Filled(
        numerator,
        total * common,
        np.clip(whole, least, most).astype(np.int64),
        np.where(is_open, rest, 0),
        total,
        (whole < least) & (least > 0),
    )


def _all_full(least: Array, most: Array, weight: Array) -> Filled:
    """Everyone gets all: the level is the smallest one that gives it."""
    nothing = np.zeros(len(most), np.int64)
    rising = np.flatnonzero(least < most)
    if not len(rising):
        return Filled(0, 1, most.copy(), nothing, 1, least > 0)
    ratio = most[rising] / weight[rising]
    near = rising[ratio == ratio.max()]
    top = max(near.tolist(), key=lambda at: Fraction(int(most[at]), int(weight[at])))
    level = Fraction(int(most[top]), int(weight[top]))
    below = np.array(
        [level.numerator * int(w) < level.denominator * int(f) for w, f in zip(weight, least, strict=True)]
    )
    return Filled(level.numerator, level.denominator, most.copy(), nothing, 1, below & (least > 0))


def _level(least: Array, most: Array, weight: Array, n: Array, supply: int, floors: int) -> tuple[int, int]:
    """Numerator and denominator of the level, which lies between two of the places where a bucket begins or ends to rise."""
    places = np.concatenate([least, most])
    weights = np.concatenate([weight, weight])
    signs = np.concatenate([n, -n])
    order = _ascending(places, weights)
    places, weights, signs = places[order], weights[order], signs[order]
    heaviest = int(n.max()) * len(n) * int(weight.max())
    kind: Any = np.int64 if (heaviest + supply) * int(most.max() + 1) * 4 < _WIDE else object
    # Behind each place the total is still + slope · level.
    slope = np.cumsum(signs.astype(kind) * weights.astype(kind))
    still = floors - np.cumsum(signs.astype(kind) * places.astype(kind))
    reached = still[:-1] * weights[1:].astype(kind) + slope[:-1] * places[1:].astype(kind)
    enough = reached >= supply * weights[1:].astype(kind)
    at = int(np.argmax(enough))
    return supply - int(still[at]), int(slope[at])


def _ascending(places: Array, weights: Array) -> Array:
    """The order of the fractions place / weight. Doubles tell different ones apart as long as the products stay below 2^52."""
    if int(places.max()) * int(weights.max()) < _EXACT_IN_DOUBLE:
        return np.argsort(places / weights, kind="stable")
    pairs = list(zip(places.tolist(), weights.tolist(), strict=True))
    return np.array(sorted(range(len(pairs)), key=lambda at: Fraction(*pairs[at])), np.int64)
