"""What makes a round impossible to divide: every fault as a row with its reason, told before anything is divided."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

import ibis
from ibis.expr.types import BooleanValue, Value
from ibis.expr.types import Table as TableExpression

from lianxin.core.allocating import claims
from lianxin.core.allocating.contracts import AS_WRITTEN, MOST_SUPPLY, MOST_UNITS, REQUESTS, SUPPLY, Round
from lianxin.core.allocating.policies import LEAST_WEIGHT, MOST_WEIGHT, TIERS, Rule

FAULTS: Final[Mapping[str, str]] = {
    "file_not_taken": "The file as a whole cannot be taken.",
    "not_readable": "The cell cannot be read. Write days like 2026-03-02, and units as whole numbers.",
    "missing": "The cell is empty. Fill it, or leave the row out.",
    "negative": "The number is below zero. Write zero or more.",
    "too_large": "The number is too large: a request may hold 1,000,000,000 units, a supply 1,000,000,000,000.",
    "tier_unknown": "There is no such tier. Write one of 1 to 30.",
    "weight_out_of_range": "The weight must lie above 0 and be at most 10,000.",
    "duplicate": "The row has the same key as another. Leave one of them out.",
    "no_supply": "The product is requested in this week, but the supply has no row for it. Add one; zero is a number too.",
    "not_requested": "There is supply of this product in this week, but no request. Leave the row out, or add the requests.",
    "floors_above_supply": "The floors of this product sum to more than its supply. Lower them, or raise the supply.",
    "demand_above_supply": "The requests of this product sum to more than its supply, so it cannot be released on demand. "
    "Choose another rule.",
}
COLUMNS: Final[Mapping[str, str]] = {
    "file": "string",
    "week": "date",
    "product_id": "string",
    "retailer_id": "string",
    "column": "string",
    "value": "string",
    "reason": "string",
}
_UNITS: Final = {
    "wanted_units": MOST_UNITS,
    "cap_units": MOST_UNITS,
    "floor_units": MOST_UNITS,
    "supply_units": MOST_SUPPLY,
}
_TEXT: Final = "string"


def faults(round_: Round) -> TableExpression:
    """All faults of a round; no row for one that can be divided.

    Returns
    -------
    file : string, requests or supply
    week : date; product_id, retailer_id : string, null where the row has none
    column : string, the column concerned, empty where it is the row or the product as a whole
    value : string, what stands there, or how much it is
    reason : string, one of FAULTS. Sorted by all columns.
    """
    parts = [_cells(rows, file, *check) for rows, file in _files(round_) for check in _checks(round_, rows)]
    parts += [_twice(round_.requests, "requests"), _twice(round_.supply, "supply"), *_products(round_)]
    return ibis.union(*parts).order_by(*COLUMNS)


def cell_faults(round_: Round) -> list[TableExpression]:
    """The number of cells at fault, `n`, in requests and in supply: one pass over each, for those who want to know if any."""
    counted = []
    for rows, _file in _files(round_):
        wrong = [found.sum().fill_null(0) for _column, _reason, found in _checks(round_, rows)]
        counted.append(rows.agg(n=sum(wrong[1:], wrong[0]).cast("int64"), n_rows=rows.count()))
    return counted


def _files(round_: Round) -> tuple[tuple[TableExpression, str], ...]:
    return (round_.requests, "requests"), (round_.supply, "supply")


def _checks(round_: Round, rows: TableExpression) -> list[tuple[str, str, BooleanValue]]:
    """Column, reason, and whether a row is at fault; never null."""
    contract = REQUESTS if rows.equals(round_.requests) else SUPPLY
    needed = [*contract.columns, *(_needed(round_) if contract is REQUESTS else ())]
    found: list[tuple[str, str, BooleanValue]] = []
    for name in [*contract.types, *round_.policy.attributes]:
        if name not in rows.columns:
            continue
        blank = rows[name].isnull() if rows[name].type() != ibis.dtype(_TEXT) else rows[name].fill_null("") == ""
        if f"{name}{AS_WRITTEN}" in rows.columns:
            written = rows[f"{name}{AS_WRITTEN}"].fill_null("") != ""
            found.append((name, "not_readable", blank & written))
            blank = blank & ~written
        if name in needed:
            found.append((name, "missing", blank))
        if name in _UNITS:
            found.append((name, "negative", (rows[name] < 0).fill_null(False)))
            found.append((name, "too_large", (rows[name] > _UNITS[name]).fill_null(False)))
    if contract is REQUESTS and round_.has("tier"):
        inside = (rows.tier >= TIERS[0]) & (rows.tier <= TIERS[-1])
        found.append(("tier", "tier_unknown", (~inside).fill_null(False)))
    if contract is REQUESTS and round_.has("weight"):
        # Written so that a NaN, which both engines hold for the largest number, lies outside.
        outside = (rows.weight < LEAST_WEIGHT) | (rows.weight > MOST_WEIGHT)
        found.append(("weight", "weight_out_of_range", outside.fill_null(False)))
    return found


def _needed(round_: Round) -> Sequence[str]:
    policy = round_.policy
    tier = ("tier",) if policy.rule is Rule.TIER_QUOTA else ()
    selected = ("is_selected",) if policy.only_selected else ()
    return *tier, *selected, *policy.attributes


def _fault(rows: TableExpression, file: str, column: str, reason: str, value: Value) -> TableExpression:
    retailer = rows.retailer_id if "retailer_id" in rows.columns else ibis.null(_TEXT)
    return rows.select(
        file=ibis.literal(file),
        week=rows.week,
        product_id=rows.product_id,
        retailer_id=retailer,
        column=ibis.literal(column),
        value=value,
        reason=ibis.literal(reason),
    )


def _cells(rows: TableExpression, file: str, column: str, reason: str, wrong: BooleanValue) -> TableExpression:
    hit = rows.filter(wrong)
    written = f"{column}{AS_WRITTEN}"
    return _fault(hit, file, column, reason, hit[written if written in rows.columns else column].cast(_TEXT))


def _twice(rows: TableExpression, file: str) -> TableExpression:
    key = [name for name in ("week", "product_id", "retailer_id") if name in rows.columns]
    known = rows.filter([rows[name].notnull() for name in key])
    counted = known.group_by(key).agg(n=known.count())
    twice = counted.filter(counted.n > 1)
    return _fault(twice, file, "", "duplicate", twice.n.cast(_TEXT))


def _products(round_: Round) -> list[TableExpression]:
    """Faults of a product of a week as a whole."""
    asked = round_.requests.select(
        week=round_.requests.week,
        product_id=round_.requests.product_id,
        most=ibis.greatest(claims.most(round_), 0),
        floor=ibis.greatest(claims.floor(round_), 0) if claims.has_floors(round_) else ibis.literal(0, "int64"),
    )
    asked = asked.filter(asked.week.notnull() & asked.product_id.notnull())
    asked = asked.group_by("week", "product_id").agg(
        most=asked.most.sum().cast("int64"), floor=asked["floor"].sum().cast("int64")
    )
    given = round_.supply.filter(round_.supply.week.notnull() & round_.supply.product_id.notnull())
    given = given.group_by("week", "product_id").agg(supply_units=given.supply_units.sum().cast("int64"))
    without = asked.anti_join(given, ["week", "product_id"])
    # Wholly empty requests are no fault: nobody is owed anything.
    some = asked.agg(n_asked=asked.count())
    unasked = given.anti_join(asked, ["week", "product_id"]).cross_join(some.filter(some.n_asked > 0))
    parts = [
        _fault(without, "requests", "product_id", "no_supply", without.product_id),
        _fault(unasked, "supply", "product_id", "not_requested", unasked.product_id),
    ]
    both = asked.join(given, ["week", "product_id"])
    if claims.has_floors(round_):
        over = both.filter(both["floor"] > both.supply_units)
        parts.append(_fault(over, "supply", "supply_units", "floors_above_supply", over["floor"].cast(_TEXT)))
    if round_.policy.rule is Rule.ON_DEMAND:
        over = both.filter(both.most > both.supply_units)
        parts.append(_fault(over, "supply", "supply_units", "demand_above_supply", over.most.cast(_TEXT)))
    return parts
