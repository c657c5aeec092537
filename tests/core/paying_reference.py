"""Paying as slow plain Python with exact fractions: it judges the expressions."""

from __future__ import annotations

from collections import defaultdict
from fractions import Fraction
from math import floor
from typing import Any

from lianxin.core.paying.rule import PayRule, WithoutScore

Row = dict[str, Any]


def pay(rule: PayRule, people: list[Row], pools: list[Row]) -> tuple[list[Row], dict[tuple[Any, ...], str]]:
    """The rows of `pay` and the fault of every pool that has one."""
    members: dict[tuple[Any, ...], list[Row]] = defaultdict(list)
    for person in people:
        members[person["company_id"], person["month"], person["pool"]].append(dict(person))
    amounts = {(pool["company_id"], pool["month"], pool["pool"]): pool["pool_fen"] for pool in pools}
    paid: list[Row] = []
    faults: dict[tuple[Any, ...], str] = {}
    for key in {*members, *amounts}:
        group = members.get(key, [])
        _weigh(rule, group)
        fault = _fault(group, amounts, key)
        if fault is not None:
            faults[key] = fault
            continue
        _divide(rule, group, amounts[key])
        paid += group
    return paid, faults


def _weigh(rule: PayRule, group: list[Row]) -> None:
    coefficients = {item.key: item.milli for item in rule.coefficients}
    for row in group:
        row["possible"] = (
            0 <= (row["total_milli"] or 0) <= 10**6
            and 1 <= row["month_days"] <= 31
            and 0 <= row["days"] <= row["month_days"]
        )
        row["scored"] = row["possible"] and row["answer"] == "value" and row["total_milli"] is not None
    told = [row["total_milli"] for row in group if row["scored"]]
    choice = {"blocked": rule.blocked, "not_enough_data": rule.not_enough}
    for row in group:
        row["score_milli"], row["handling"] = None, "excluded"
        row["reason"] = "blocked" if row["answer"] == "blocked" else "not_enough_data"
        if row["days"] == 0:
            row["reason"] = "no_days"
        elif row["scored"]:
            row["score_milli"], row["handling"], row["reason"] = row["total_milli"], "scored", None
        elif row["possible"] and told and choice.get(row["answer"]) is WithoutScore.GROUP_AVERAGE:
            row["score_milli"] = floor(Fraction(sum(told), len(told)) + Fraction(1, 2))
            row["handling"] = "group_average"
        row["coefficient_milli"] = coefficients.get(row["coefficient_key"], 1000)
        counts = row["score_milli"] is not None
        row["weight"] = row["score_milli"] * row["coefficient_milli"] * row["days"] if counts else 0
        row["floor_exact"] = Fraction(rule.floor_fen * row["days"], row["month_days"]) if counts else Fraction(0)
        row["floor_fen"] = floor(row["floor_exact"])


def _fault(group: list[Row], amounts: dict[tuple[Any, ...], int | None], key: tuple[Any, ...]) -> str | None:
    if key not in amounts:
        return "no_pool"
    amount = amounts[key]
    if amount is None or amount <= 0:
        return "pool_not_positive"
    if amount >= 10**15:
        return "pool_too_large"
    if not group:
        return "no_people"
    if not all(row["possible"] for row in group):
        return "out_of_range"
    total = sum(row["weight"] for row in group)
    if total > 4 * 10**15 // 31:
        return "weights_too_large"
    if total == 0:
        return "no_weight"
    return "floors_above_pool" if sum(row["floor_fen"] for row in group) > amount else None


def _divide(rule: PayRule, group: list[Row], amount: int) -> None:
    for row in group:
        row |= {"pool_fen": amount, "is_at_floor": False, "remainder_fen": 0, "amount_fen": None}
        row["weight_total"] = sum(other["weight"] for other in group)
    counted = [row for row in group if row["score_milli"] is not None]
    # Lift one person at a time to the floor, lowest daily weight first, until nobody above it falls short.
    while rule.floor_fen:
        free = [row for row in counted if not row["is_at_floor"]]
        left = amount - sum(row["floor_fen"] for row in counted if row["is_at_floor"])
        weights = sum(row["weight"] for row in free)
        if not free:
            break
        lowest = min(
            free, key=lambda row: (row["score_milli"] * row["coefficient_milli"] * row["month_days"], row["entity"])
        )
        if Fraction(left * lowest["weight"], weights) >= lowest["floor_exact"]:
            break
        lowest["is_at_floor"] = True
    free = [row for row in counted if not row["is_at_floor"]]
    left = amount - sum(row["floor_fen"] for row in counted if row["is_at_floor"])
    weights = sum(row["weight"] for row in free)
    for row in counted:
        row["amount_fen"] = row["floor_fen"] if row["is_at_floor"] else left * row["weight"] // weights
    over = left - sum(row["amount_fen"] for row in free)
    in_turn = sorted(
        (row for row in free if row["weight"]), key=lambda row: (-(left * row["weight"] % weights), row["entity"])
    )
    for row in in_turn[:over]:
        row["remainder_fen"] = 1
        row["amount_fen"] += 1
