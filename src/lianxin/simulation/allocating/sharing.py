"""Scarce units divided by rule, in the plainest way: the published policies without their proofs, for invented rounds only.

`lianxin.core.allocating` is not used on purpose: a method that judges allocations is tested on units that something else divided.
"""

import numpy as np

from lianxin.simulation.allocating.settings import OddUnits, RoundsSettings, Rule

_LOT = 3


def weights(tier: np.ndarray, is_urban: np.ndarray, settings: RoundsSettings) -> np.ndarray:
    """float64 (n,): what a retailer's level is multiplied by."""
    if settings.rule in ("uniform", "lottery", "proportional"):
        return np.ones(len(tier))
    by_tier = 1 + 2 * (tier - 1) / 29
    return np.asarray(by_tier * np.where(is_urban, 1.0, 0.75) if settings.is_by_market else by_tier)


class Turn:
    """Who is next to get the unit that cannot be divided."""

    def __init__(self, kind: OddUnits, n: int, rng: np.random.Generator) -> None:
        self._kind, self.rng, self._next = kind, rng, int(rng.integers(n))
        self._list = rng.permutation(n) if kind == "rotation" else np.arange(n)

    def order(self, n: int) -> np.ndarray:
        """Retailers in the order in which odd units are given."""
        if self._kind == "scattered":
            return self.rng.permutation(n)
        return self._list if self._kind == "licence" else np.roll(self._list, -self._next)

    def given(self, last: int, n: int) -> None:
        """The turn goes on behind the last who got one."""
        self._next = (int(np.flatnonzero(self._list == last)[0]) + 1) % n


def shared(
    rule: Rule, wanted: np.ndarray, most: np.ndarray, weight: np.ndarray, tier: np.ndarray, supply: int, turn: Turn
) -> np.ndarray:
    """int64 (n,): whole units, none above `most`, together at most the supply."""
    if supply >= most.sum():
        return most.copy()
    if rule == "lottery":
        order = turn.rng.permutation(len(most))
        drawn = np.minimum(most, _LOT)[order]
        before = np.cumsum(drawn) - drawn
        got = np.zeros(len(most), np.int64)
        got[order] = np.clip(supply - before, 0, drawn)
        return got
    if rule == "proportional":
        weight = wanted.astype(float)
    low, high = 0.0, float((most / np.maximum(weight, 1e-9)).max()) + 1
    for _ in range(60):
        level = (low + high) / 2
        low, high = (level, high) if _at(level, weight, most).sum() <= supply else (low, level)
    got = _at(low, weight, most)
    if rule == "tier_quota":
        for step in sorted(set(tier.tolist()), reverse=True):
            more = (tier == step) & (got < most)
            if got.sum() + more.sum() > supply:
                break
            got = got + more
        return got
    order = turn.order(len(most))
    open_ = order[got[order] < most[order]][: supply - int(got.sum())]
    got[open_] += 1
    if len(open_):
        turn.given(int(open_[-1]), len(most))
    return got


def _at(level: float, weight: np.ndarray, most: np.ndarray) -> np.ndarray:
    return np.asarray(np.minimum(np.floor(level * weight), most).astype(np.int64))
