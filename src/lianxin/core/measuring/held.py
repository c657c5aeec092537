"""Retailers held at the month's end, with what is measured over them whoever held them before."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

import ibis
from ibis.expr.types import Table as TableExpression

from lianxin.core.measuring.lines import total, whole
from lianxin.core.measuring.spans import version_on
from lianxin.core.parameters import value_of
from lianxin.core.tables import POSTINGS, RETAILER_VERSIONS, TERRITORIES, Steps
from lianxin.core.units import last_day

MEASURES = (
    "n_held",
    "n_held_ordered",
    "n_active",
    "now_units",
    "base_units",
    "new_ordered",
    "new_pairs",
    "n_counted",
    "counted_units",
    "expected_milli_units",
)


def held_at_end(month: date) -> TableExpression:
    """Who held a retailer on the month's last day, with unit, route and class of that day.

    Returns
    -------
    one row per retailer_id whose territory contains that day
        person_id; unit_id, route, trade_form, market_type, tier : null where not known on that day
    """
    end = last_day(month)
    held = version_on(TERRITORIES.unbound(), end, "retailer_id", "person_id")
    posts = version_on(POSTINGS.unbound(), end, "person_id", "unit_id").rename(_person="person_id")
    kinds = version_on(RETAILER_VERSIONS.unbound(), end, "retailer_id", "route", "trade_form", "market_type", "tier")
    placed = held.left_join(posts, held.person_id == posts._person).drop("_person")
    kinds = kinds.rename(_retailer="retailer_id")
    return placed.left_join(kinds, placed.retailer_id == kinds._retailer).drop("_retailer")


def tier_group(tier: Any, parameters: Mapping[str, Any]) -> Any:
    """The number of the group a tier falls into, in the order of the parameter; -1 outside all and for no tier."""
    groups = value_of(parameters, "measuring.tier_groups") or ()
    cases = [
        (tier.between(int(low), int(high)), ibis.literal(number, "int64")) for number, (low, high) in enumerate(groups)
    ]
    return ibis.cases(*cases, else_=ibis.literal(-1, "int64")) if cases else ibis.literal(-1, "int64")


def held_retailers(
    steps: Steps,
    month: date,
    parameters: Mapping[str, Any],
    valued: TableExpression,
    totals: TableExpression,
    traits: TableExpression,
    base: TableExpression,
) -> TableExpression:
    """Each retailer held at the month's end with its month, its base and its peers.

    Returns
    -------
    one row per retailer_id
        expected_milli_units : thousandths of units, base × growth of the class without the retailer, rounded half up;
            whole numbers, so that sums are the same in any order. 0 where the retailer is not counted
        n_counted : 1 where base > 0, at least `measuring.peer_minimum` peers have a base, and theirs sums above 0
    """
    held = held_at_end(month)
    new = valued.filter((valued.is_new == 1) & (valued.n_orders > 0))
    placed = new.group_by("retailer_id").agg(new_ordered=new.product_id.nunique())
    count = traits.agg(new_pairs=total(traits.is_new))
    for table, columns in (
        (totals, ("units", "n_lines", "ordered")),
        (base, ("base_units", "n_base_lines")),
        (placed, ("new_ordered",)),
    ):
        right = table.select(_id="retailer_id", **{name: name for name in columns})
        held = held.left_join(right, held.retailer_id == right._id).drop("_id")
    held = held.cross_join(count)
    filled = {
        name: held[name].fill_null(0).cast("int64")
        for name in ("units", "n_lines", "ordered", "base_units", "n_base_lines", "new_ordered", "new_pairs")
    }
    held = held.mutate(**filled).mutate(
        trade_form=held.trade_form.fill_null(""),
        market_type=held.market_type.fill_null(""),
        tier_group=tier_group(held.tier, parameters),
    )
    held = steps.add("held_facts", held)
    has_base = whole(held.base_units > 0)
    peers = ibis.window(group_by=["trade_form", "market_type", "tier_group"])
    held = held.mutate(
        peer_now=(held.units * has_base).sum().over(peers) - held.units * has_base,
        peer_base=(held.base_units * has_base).sum().over(peers) - held.base_units * has_base,
        n_peers=has_base.sum().over(peers) - has_base,
    )
    least = int(value_of(parameters, "measuring.peer_minimum"))
    counted = (held.base_units > 0) & (held.n_peers >= least) & (held.peer_base > 0)
    # One multiplication and one division in the same order on every engine: the same float, then a whole number.
    expected = held.base_units.cast("float64") * held.peer_now.cast("float64") / held.peer_base.cast("float64")
    milli = (expected * 1000.0 + 0.5).floor().cast("int64")
    nothing = ibis.literal(0, "int64")
    return steps.add(
        "held_retailers",
        held.select(
            "retailer_id",
            "person_id",
            "unit_id",
            "route",
            n_held=ibis.literal(1, "int64"),
            n_held_ordered=held.ordered,
            n_active=whole((held.n_lines > 0) | (held.n_base_lines > 0)),
            now_units=held.units,
            base_units=held.base_units,
            new_ordered=held.new_ordered,
            new_pairs=held.new_pairs,
            n_peers=held.n_peers.cast("int64"),
            n_counted=whole(counted),
            counted_units=ibis.ifelse(counted, held.units, nothing),
            expected_milli_units=ibis.ifelse(counted, milli, nothing),
        ),
    )
