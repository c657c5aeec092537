"""What each request can get at most and at least, and how much it weighs: the numbers that the rules divide by."""

from __future__ import annotations

from typing import Final

import ibis
from ibis.expr.types import IntegerValue

from lianxin.core.allocating.contracts import Round
from lianxin.core.allocating.policies import FLOORED, MILLIONTHS, Rule

ONE: Final = 1


def most(round_: Round) -> IntegerValue:
    """The smaller of want and cap; zero for a shop that is not selected where only selected ones take part."""
    rows = round_.requests
    units = (
        ibis.least(rows.wanted_units, rows.cap_units.fill_null(rows.wanted_units))
        if round_.has("cap_units")
        else rows.wanted_units
    )
    if round_.policy.only_selected:
        units = ibis.ifelse(rows.is_selected, units, 0)
    return units.cast("int64")


def has_floors(round_: Round) -> bool:
    """Whether floors count: under rules that hold some back at a level, where the requests have the column."""
    return round_.has("floor_units") and round_.policy.rule in FLOORED


def floor(round_: Round) -> IntegerValue:
    """What was guaranteed, as it was written, also above what the retailer can get at most; see `has_floors`.

    Null counts as zero, and so does that of a shop that is not selected where only selected ones take part.
    """
    rows = round_.requests
    units = rows.floor_units.fill_null(0)
    if round_.policy.only_selected:
        units = ibis.ifelse(rows.is_selected, units, 0)
    return units.cast("int64")


def is_weighted(round_: Round) -> bool:
    """Whether retailers can weigh differently."""
    rule, policy = round_.policy.rule, round_.policy
    if rule is Rule.WEIGHTED_UNIFORM:
        return round_.has("weight") or (bool(policy.weights) and round_.has("tier"))
    return rule is Rule.PROPORTIONAL


def weight(round_: Round) -> IntegerValue:
    """The weight of a request in millionths, or its want under the proportional rule, where nothing is asked 1."""
    rows, policy = round_.requests, round_.policy
    if policy.rule is Rule.PROPORTIONAL:
        return ibis.greatest(rows.wanted_units, ONE).cast("int64")
    by_tier: IntegerValue = ibis.literal(MILLIONTHS, "int64")
    if policy.weights and round_.has("tier"):
        cases = [(tier, ibis.literal(units, "int64")) for tier, units in sorted(policy.weights.items())]
        by_tier = rows.tier.cases(*cases, else_=by_tier)
    if round_.has("weight"):
        by_tier = (rows.weight * MILLIONTHS).round().cast("int64").fill_null(by_tier)
    return by_tier.cast("int64")


def scale(round_: Round) -> int:
    """By what the weights were multiplied to be whole numbers."""
    return MILLIONTHS if round_.policy.rule is Rule.WEIGHTED_UNIFORM and is_weighted(round_) else ONE
