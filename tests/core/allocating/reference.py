"""Allocation once more, slow and plain: fractions, dictionaries and loops, from the words of docs/reference/allocation.md."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date
from fractions import Fraction
from hashlib import sha256
from math import floor
from typing import Any

Row = dict[str, Any]


def sha(*parts: str) -> str:
    return sha256("|".join(parts).encode()).hexdigest()


def most_of(row: Row) -> int:
    cap = row.get("cap_units")
    return min(row["wanted_units"], row["wanted_units"] if cap is None else cap)


def least_of(row: Row) -> int:
    return min(row.get("floor_units") or 0, most_of(row))


def weight_of(row: Row, rule: str, weights: dict[int, float]) -> Fraction:
    if rule == "proportional":
        return Fraction(row["wanted_units"])
    if rule != "weighted_uniform":
        return Fraction(1)
    told = row.get("weight")
    if told is None:
        told = weights.get(row.get("tier"), 1)
    return Fraction(round(told * 10**6), 10**6)


def clamp(level: Fraction, row: Row, weight: Fraction) -> Fraction:
    return max(Fraction(least_of(row)), min(Fraction(most_of(row)), level * weight))


def level_of(rows: list[Row], weights: list[Fraction], supply: int) -> Fraction:
    """The smallest level at which as much is given as there is, or as can be taken."""
    wanted = min(supply, sum(most_of(row) for row in rows))

    def total(level: Fraction) -> Fraction:
        return sum((clamp(level, row, w) for row, w in zip(rows, weights, strict=True)), Fraction(0))

    places = {Fraction(0)}
    for row, weight in zip(rows, weights, strict=True):
        if weight:
            places |= {Fraction(least_of(row)) / weight, Fraction(most_of(row)) / weight}
    ordered = sorted(places)
    for low, high in zip(ordered, [*ordered[1:], None], strict=True):
        if total(low) == wanted:
            return low
        if high is not None and total(high) > wanted:
            rise = (total(high) - total(low)) / (high - low)
            return low + (wanted - total(low)) / rise
    raise AssertionError("floors above supply")


def odd_units(groups: list[tuple[int, Fraction]], week: date, seed: str, product: str) -> list[tuple[int, int]]:
    """How many odd units each group of equals gets and who is first, by counting every week of the cycle."""
    start = int(sha(seed, product)[:15], 16)
    number = (week - date(1970, 1, 5)).days // 7
    total = lowest_common_denominator(fraction for _, fraction in groups)

    def given(week_number: int) -> list[int]:
        mark = Fraction(total * ((33 * week_number + start) % 52) // 52, total)
        ends, at = [], mark
        for members, fraction in groups:
            at += members * fraction
            ends.append(floor(at))
        return [end - begin for begin, end in zip([0, *ends], ends, strict=False)]

    cycles, position = divmod(number, 52)
    year = [given(k) for k in range(52)]
    served = [cycles * sum(w[g] for w in year) + sum(w[g] for w in year[:position]) for g in range(len(groups))]
    return [
        (count, (start + before) % members)
        for count, before, (members, _) in zip(year[position], served, groups, strict=True)
    ]


def lowest_common_denominator(fractions: Iterable[Fraction]) -> int:
    made = 1
    for fraction in fractions:
        made *= fraction.denominator // gcd_of(made, fraction.denominator)
    return made


def gcd_of(a: int, b: int) -> int:
    while b:
        a, b = b, a % b
    return a


def filled(rows: list[Row], supply: int, rule: str, seed: str, weights: dict[int, float]) -> dict[str, int]:
    """Retailer -> units of one product of a week."""
    weight = [weight_of(row, rule, weights) for row in rows]
    level = level_of(rows, weight, supply)
    shares = {row["retailer_id"]: floor(clamp(level, row, w)) for row, w in zip(rows, weight, strict=True)}
    groups: dict[Fraction, list[str]] = {}
    for row, w in zip(rows, weight, strict=True):
        exact = level * w
        if least_of(row) < exact < most_of(row) and exact.denominator > 1:
            groups.setdefault(w, []).append(row["retailer_id"])
    heavy_first = sorted(groups, reverse=True)
    parts = [(len(groups[w]), level * w - floor(level * w)) for w in heavy_first]
    if parts:
        week, product = rows[0]["week"], rows[0]["product_id"]
        for w, (count, first) in zip(heavy_first, odd_units(parts, week, seed, product), strict=True):
            members = sorted(groups[w], key=lambda retailer: (sha(seed, retailer), retailer))
            for turn in range(count):
                shares[members[(first + turn) % len(members)]] += 1
    return shares


def quotas(rows: list[Row], supply: int, weights: dict[int, float]) -> dict[int, int]:
    """Tier -> number, trying every level at which some number rises, from below."""
    weight = {row["tier"]: Fraction(round(weights.get(row["tier"], 1) * 10**6), 10**6) for row in rows}

    def numbers(level: Fraction) -> dict[int, int]:
        return {tier: floor(level * w) for tier, w in weight.items()}

    def taken(quota: dict[int, int]) -> int:
        return sum(min(most_of(row), quota[row["tier"]]) for row in rows)

    enough = Fraction(max((most_of(row) for row in rows), default=0)) / min(weight.values(), default=1)
    levels = sorted({Fraction(k) / w for w in weight.values() for k in range(floor(enough * w) + 1)} | {Fraction(0)})
    wanted = sum(most_of(row) for row in rows)
    best = numbers(Fraction(0))
    for level in levels:
        quota = numbers(level)
        if taken(quota) > supply:
            break
        best = quota
        if taken(quota) == wanted:
            return best
    for tier in sorted(best, reverse=True):
        more = {**best, tier: best[tier] + 1}
        if taken(more) > supply:
            break
        best = more
    return best


def drawn(rows: list[Row], supply: int, seed: str, lot: int) -> dict[str, int]:
    """Retailer -> units, one lot to each in the order of the draw."""
    shares, left = {}, supply
    for row in sorted(rows, key=lambda r: sha(seed, str(r["week"]), r["product_id"], r["retailer_id"])):
        given = min(lot, most_of(row), left)
        shares[row["retailer_id"]] = given
        left -= given
    return shares


def allocated(
    rows: list[Row], supply: list[Row], divide: Callable[[list[Row], int], dict[str, int]]
) -> dict[tuple[date, str, str], int]:
    """Key -> units of a whole round."""
    made = {}
    for one in supply:
        mine = [row for row in rows if (row["week"], row["product_id"]) == (one["week"], one["product_id"])]
        for retailer, units in divide(mine, one["supply_units"]).items():
            made[one["week"], one["product_id"], retailer] = units
    return made
