"""Retailers held at the month's end, with what is measured over them whoever held them before."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any, Final

import ibis
from ibis.expr.types import Table as TableExpression

from lianxin.core.measuring.lines import total, whole
from lianxin.core.measuring.spans import version_on
from lianxin.core.parameters import value_of
from lianxin.core.tables import POSTINGS, RETAILER_VERSIONS, TERRITORIES, Steps
from lianxin.core.units import last_day, mondays_in

# Sums over retailers: what each did, whoever held it when its lines came.
MEASURES: Final = (
    "n_retailers",
    "own_units",
    "base_units",
    "last_units",
    "n_active",
    "n_ordering",
    "n_ordering_last",
    "n_ordering_before",
    "n_products",
    "n_again",
    "n_prior",
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


def retailer_facts(
    steps: Steps,
    month: date,
    parameters: Mapping[str, Any],
    days: TableExpression,
    products: TableExpression,
    traits: TableExpression,
) -> TableExpression:
    """Each retailer that is held at the month's end or ordered lately, with its month, its base and its peers.

    Returns
    -------
    one row per retailer_id
        person_id, unit_id, route : of the month's last day; is_held : int64, 0 where nobody holds it then
        MEASURES : int64, whoever held the retailer when its lines came
        expected_milli_units : thousandths of units, base × growth of the class without the retailer, rounded half up;
            whole numbers, so that sums are the same in any order. 0 where the retailer is not counted
        n_counted : 1 where it is held, base > 0, at least `measuring.peer_minimum` held peers have a base, and theirs sums
            above 0
    """
    held = held_at_end(month).rename(_held="retailer_id")
    goods = products.rename(_ordering="retailer_id")
    count = traits.agg(new_pairs=total(traits.is_new))
    joined = days.outer_join(held, days.retailer_id == held._held)
    joined = joined.left_join(goods, days.retailer_id == goods._ordering).cross_join(count)
    facts = joined.select(
        retailer_id=ibis.coalesce(days.retailer_id, held._held),
        is_held=whole(held._held.notnull()),
        person_id=held.person_id,
        unit_id=held.unit_id,
        route=held.route,
        trade_form=held.trade_form.fill_null(""),
        market_type=held.market_type.fill_null(""),
        tier_group=tier_group(held.tier, parameters),
        **{name: days[name].fill_null(0) for name in days.columns if name != "retailer_id"},
        n_products=goods.n_products.fill_null(0),
        new_ordered=goods.new_ordered.fill_null(0),
        new_pairs=count.new_pairs,
    )
    facts = facts.filter((facts.is_held == 1) | (facts.n_near_lines > 0))
    facts = facts.mutate(has_base=facts.is_held * whole(facts.base_units > 0))
    peers = ibis.window(group_by=["trade_form", "market_type", "tier_group"])
    facts = facts.mutate(
        peer_now=(facts.own_units * facts.has_base).sum().over(peers) - facts.own_units,
        peer_base=(facts.base_units * facts.has_base).sum().over(peers) - facts.base_units,
        n_peers=facts.has_base.sum().over(peers) - 1,
    )
    least = int(value_of(parameters, "measuring.peer_minimum"))
    counted = (facts.has_base == 1) & (facts.n_peers >= least) & (facts.peer_base > 0)
    # One multiplication and one division in the same order on every engine: the same float, then a whole number.
    expected = facts.base_units.cast("float64") * facts.peer_now.cast("float64") / facts.peer_base.cast("float64")
    milli = (expected * 1000.0 + 0.5).floor().cast("int64")
    nothing = ibis.literal(0, "int64")
    weeks = range(1, len(mondays_in(month)) + 1)
    again: Any = sum(facts[f"week_{week}"] * facts[f"week_{week - 1}"] for week in weeks)
    prior: Any = sum(facts[f"week_{week - 1}"] for week in weeks)
    return steps.add(
        "retailer_facts",
        facts.select(
            "retailer_id",
            "is_held",
            "person_id",
            "unit_id",
            "route",
            "own_units",
            "base_units",
            "last_units",
            "n_products",
            "new_ordered",
            "new_pairs",
            n_retailers=ibis.literal(1, "int64"),
            n_active=whole((facts.n_own_lines > 0) | (facts.n_base_lines > 0)),
            n_ordering=facts.ordered,
            n_ordering_last=facts.ordered_last,
            n_ordering_before=facts.ordered_before,
            n_again=again,
            n_prior=prior,
            n_counted=whole(counted),
            counted_units=ibis.ifelse(counted, facts.own_units, nothing),
            expected_milli_units=ibis.ifelse(counted, milli, nothing),
        ),
    )
