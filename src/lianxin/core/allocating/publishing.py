"""What of a divided product anyone may read: rows of at least ten retailers, from which its level can be found again.

Retailers who take the same are put into one row. Rows of fewer than ten are put together with their neighbours, never across the
line between those who got all they could take and those whom the level limits: so every row still says exactly what it takes at
the level, and `level_of` finds the level out of the rows alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction
from itertools import pairwise
from math import floor
from typing import Final

LEAST_RETAILERS: Final = 10
# A file holds levels to twelve digits; two that are nearer than this are the same.
NEAR: Final = Fraction(1, 10**9)
FILLING: Final = frozenset({"uniform", "weighted_uniform", "proportional"})


class Side(StrEnum):
    """How a retailer stands to the level."""

    MET = "met"
    LIMITED = "limited"
    FLOOR = "floor"
    MIXED = "mixed"


@dataclass(frozen=True)
class Bucket:
    """Retailers of a product with the same numbers.

    tier : None when not known; weight : above 0; most_units : the smaller of want and cap; n : how many they are
    floor_units : what they got because a floor lies above the level, else None
    """

    tier: int | None
    weight: Fraction
    most_units: int
    n: int
    floor_units: int | None = None


@dataclass(frozen=True)
class Row:
    """One row of the public file. `weights` lists the different weights in it, ascending.

    takeable_units : what its retailers take when the level limits none of them; on the floor, their floors
    level_from, level_until : the least and the greatest level at which one of them has all it can take (on the floor: at which one
        would be given more than its floor)
    """

    side: Side
    tiers: tuple[int, ...]
    n_retailers: int
    takeable_units: int
    weights: tuple[Fraction, ...]
    weight_sum: Fraction
    level_from: Fraction
    level_until: Fraction

    def taken(self, level: Fraction, rule: str) -> Fraction | None:
        """Units that its retailers take at a level, or None where the row does not tell."""
        if self.side is Side.MIXED:
            return None
        if self.side is Side.FLOOR:
            return Fraction(self.takeable_units) if level <= self.level_from * (1 + NEAR) else None
        if level >= self.level_until * (1 - NEAR):
            return Fraction(self.takeable_units)
        if level > self.level_from * (1 + NEAR):
            return None
        if rule in FILLING:
            return level * self.weight_sum
        quotas = {floor(level * weight) for weight in self.weights}
        return Fraction(self.n_retailers * quotas.pop()) if len(quotas) == 1 else None


def level_of(rows: Sequence[Row], *, rule: str, supply_units: int) -> Fraction | None:
    """The level of a product out of its public rows: found, not read.

    Parameters
    ----------
    rule : uniform, weighted_uniform, proportional, tier_quota, lottery or on_demand
    supply_units : what there was to divide

    Returns
    -------
    the one level at which the rows take what there is; under tier_quota the highest one that fits; under lottery the part of the
    lots that the supply covers. None where there is enough for all, so that no level limits anybody, or where a row of few
    retailers had to hold both sides, so that the rows do not tell.

    Source
    ------
    The level of a max-min fair division is unique (Bertsekas & Gallager 1992, 6.5.2); a sum of quotas never falls as it rises.
    """
    if any(row.side is Side.MIXED for row in rows) or not rows:
        return None
    whole = sum(row.takeable_units for row in rows)
    if rule == "lottery":
        return min(Fraction(1), Fraction(supply_units, whole)) if whole else None
    if whole <= supply_units:
        return None
    if rule in FILLING:
        return _filled(rows, rule, supply_units)
    return _quota(rows, rule, supply_units) if rule == "tier_quota" else None


def _filled(rows: Sequence[Row], rule: str, supply_units: int) -> Fraction | None:
    limited = sum((row.weight_sum for row in rows if row.side is Side.LIMITED), Fraction(0))
    fixed = sum(row.takeable_units for row in rows if row.side is not Side.LIMITED)
    if not limited:
        return None
    level = Fraction(supply_units - fixed) / limited
    return level if _total(rows, level, rule) == supply_units else None


def _quota(rows: Sequence[Row], rule: str, supply_units: int) -> Fraction | None:
    highest = max(row.level_until for row in rows)
    weights = {weight for row in rows for weight in row.weights}
    steps = sorted({Fraction(k) / w for w in weights for k in range(floor(highest * w) + 2)})
    for level, following in pairwise(steps):
        here, there = _total(rows, level, rule), _total(rows, following, rule)
        if here is not None and there is not None and here <= supply_units < there:
            return level
    return None


def _total(rows: Iterable[Row], level: Fraction, rule: str) -> Fraction | None:
    taken = [row.taken(level, rule) for row in rows]
    return None if None in taken else sum((units for units in taken if units is not None), Fraction(0))


def public_rows(buckets: Sequence[Bucket], *, rule: str, level: Fraction | None, lot_units: int = 1) -> list[Row]:
    """The rows that anyone may read, highest tiers first; no row of fewer than ten retailers, no product of fewer at all.

    Parameters
    ----------
    buckets : of one product
    level : as it was found in dividing; None where there was enough for all. It decides what may be put together
    lot_units : what a drawn retailer gets

    Invariants
    ----------
    The rows hold all retailers, and all units they can take. A row that a tenth retailer had to be found for across the line is
    `mixed`; then nobody can find the level again, and `level_of` says so.
    """
    if sum(bucket.n for bucket in buckets) < LEAST_RETAILERS:
        return []
    if rule == "lottery":
        lots = [Bucket(b.tier, b.weight, min(b.most_units, lot_units), b.n) for b in buckets]
        return [_row(Side.MET, part) for part in _parts(lots)]
    following = _following(buckets, level) if rule == "tier_quota" and level is not None else None
    groups: dict[tuple[Side, int, int], list[Bucket]] = {}
    for bucket in buckets:
        side = _side(bucket, level, following)
        quotas = (0, 0)
        if side is Side.LIMITED and following is not None and level is not None:
            quotas = floor(level * bucket.weight), floor(following * bucket.weight)
        groups.setdefault((side, *quotas), []).append(bucket)
    small = [key for key, group in groups.items() if sum(bucket.n for bucket in group) < LEAST_RETAILERS]
    rows = [_row(key[0], part) for key, group in groups.items() if key not in small for part in _parts(group)]
    mixed = [bucket for key in small for bucket in groups[key]]
    if not mixed:
        return _sorted(rows)
    n = sum(bucket.n for bucket in mixed)
    if n >= LEAST_RETAILERS:
        return _sorted([*rows, _row(Side.MIXED, mixed)])
    # Too few are left over: the smallest group that stands takes them in.
    host = min((key for key in groups if key not in small), key=lambda key: sum(bucket.n for bucket in groups[key]))
    others = [
        _row(key[0], part) for key, group in groups.items() if key not in (*small, host) for part in _parts(group)
    ]
    return _sorted([*others, _row(Side.MIXED, [*mixed, *groups[host]])])


def apart(sizes: Mapping[str, int]) -> tuple[list[str], list[str]]:
    """The groups of retailers that may be told each by itself, and those that stand together, none of both with fewer than ten.

    Parameters
    ----------
    sizes : group -> its retailers

    Invariants
    ----------
    Groups of ten and more stand alone. The others stand together; where all of them are fewer than ten, the smallest that could
    stand alone stands with them. With fewer than ten retailers in all, nothing is told. Sizes come first, then names: which groups
    stand together depends on nothing else.
    """
    ordered = sorted(sizes, key=lambda group: (sizes[group], group))
    together = [group for group in ordered if sizes[group] < LEAST_RETAILERS]
    alone = [group for group in ordered if sizes[group] >= LEAST_RETAILERS]
    if together and alone and sum(sizes[group] for group in together) < LEAST_RETAILERS:
        together.append(alone.pop(0))
    if sum(sizes[group] for group in together) < LEAST_RETAILERS:
        together = []
    return alone, together


def untold_rows(buckets: Sequence[Bucket]) -> list[Row]:
    """The rows of a product that has no one level, or whose level cannot be told from them: all mixed, ten retailers at least."""
    if sum(bucket.n for bucket in buckets) < LEAST_RETAILERS:
        return []
    return _sorted(_row(Side.MIXED, part) for part in _parts(buckets))


def _side(bucket: Bucket, level: Fraction | None, following: Fraction | None) -> Side:
    if bucket.floor_units is not None:
        return Side.FLOOR
    if level is None:
        return Side.MET
    if following is not None:
        return Side.MET if bucket.most_units <= floor(level * bucket.weight) else Side.LIMITED
    return Side.MET if bucket.most_units <= level * bucket.weight else Side.LIMITED


def _following(buckets: Sequence[Bucket], level: Fraction) -> Fraction:
    """The next level at which some quota rises."""
    return min((floor(level * weight) + 1) / weight for weight in {bucket.weight for bucket in buckets})


def _parts(buckets: Sequence[Bucket]) -> list[list[Bucket]]:
    """Neighbours put together until each part has ten retailers; equals are never parted, and what is left joins the last part."""
    ordered = sorted(buckets, key=lambda b: (-(b.tier or 0), b.most_units, b.weight))
    parts: list[list[Bucket]] = [[]]
    for at, bucket in enumerate(ordered):
        last = ordered[at - 1] if at else bucket
        equal = (last.tier, last.most_units, last.weight) == (bucket.tier, bucket.most_units, bucket.weight)
        if not equal and sum(b.n for b in parts[-1]) >= LEAST_RETAILERS:
            parts.append([])
        parts[-1].append(bucket)
    if len(parts) > 1 and sum(b.n for b in parts[-1]) < LEAST_RETAILERS:
        last_part = parts.pop()
        parts[-1] += last_part
    return parts


def _row(side: Side, buckets: Sequence[Bucket]) -> Row:
    ends = [
        Fraction(b.most_units if b.floor_units is None or side is Side.MIXED else b.floor_units) / b.weight
        for b in buckets
    ]
    return Row(
        side=side,
        tiers=tuple(sorted({b.tier for b in buckets if b.tier is not None})),
        n_retailers=sum(b.n for b in buckets),
        takeable_units=sum(
            b.n * (b.floor_units if side is Side.FLOOR and b.floor_units is not None else b.most_units) for b in buckets
        ),
        weights=tuple(sorted({b.weight for b in buckets})),
        weight_sum=sum((b.n * b.weight for b in buckets), Fraction(0)),
        level_from=min(ends),
        level_until=max(ends),
    )


def _sorted(rows: Iterable[Row]) -> list[Row]:
    return sorted(rows, key=lambda row: (tuple(-tier for tier in reversed(row.tiers)), row.side, row.level_from))
