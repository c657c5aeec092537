"""The public rows of a product: at least ten retailers each, with the level found again out of nothing else."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from typing import Any, Final

import ibis
from django.utils.crypto import salted_hmac
from ibis.expr.types import Table as TableExpression

from lianxin.core.allocating import Policy
from lianxin.core.allocating.policies import BETWEEN_ATTRIBUTES
from lianxin.core.allocating.publishing import Bucket, Row, Side, apart, level_of, public_rows, untold_rows
from lianxin.core.allocating.quotas import group_supplies
from lianxin.core.tables.supply import ALLOCATION_SHARES
from lianxin.foundation.facts import the_engine
from lianxin.supply.models import Round, RoundProduct, SupplyPolicy
from lianxin.supply.queries.lines import sources_of
from lianxin.supply.states import Rule

_CLOSE: Final = Fraction(1, 10**9)
# Retailers of a product with the same numbers, as the lake counts them.
Told = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenPart:
    """What is divided by a level of its own: a product, or where its quota is divided further one group of retailers.

    code : of the group in this round; "" for a whole product
    groups : that it holds: none for a whole product, several where groups of few stand together, which have no common level
    found_level : found again from the rows alone; None where they do not tell it, or there was enough
    """

    code: str
    groups: tuple[str, ...]
    supply_units: int
    level: float | None
    is_enough: bool
    found_level: Fraction | None
    rows: Sequence[Row]

    @property
    def is_found_again(self) -> bool:
        """Whether the level follows from the public rows alone."""
        return self.found_level is not None


def counted(round: Round) -> dict[int, list[Told]]:
    """Product -> retailers with the same numbers, counted."""
    found: dict[int, list[Told]] = {}
    sources = {ALLOCATION_SHARES.name: sources_of(round)[ALLOCATION_SHARES.name]}
    for row in the_engine().run(_counted(), sources).to_pylist():
        found.setdefault(row["product_id"], []).append(row)
    return found


def parts_of(round: Round, row: RoundProduct, told: Sequence[Told], *, is_enough: bool) -> list[OpenPart]:
    """The parts of a product whose rows anyone may read; none where it has fewer than ten retailers.

    Parameters
    ----------
    told : of the product, see `counted`
    is_enough : whether its retailers together could take no more than there was
    """
    policy = row.policy
    assert policy is not None
    if not told:
        return []
    if not policy.definition.get("attributes") or any(one["quota_group"] is None for one in told):
        return [_part(policy, told, row.supply_units or 0, is_enough=is_enough, code="", groups=())]
    by_group: dict[str, list[Told]] = {}
    for one in told:
        by_group.setdefault(one["quota_group"], []).append(one)
    sizes = {group: sum(one["n"] for one in rows) for group, rows in by_group.items()}
    supplies = _supplies(policy, sizes, row.supply_units or 0)
    alone, together = apart(sizes)
    made = []
    for groups in [*((group,) for group in alone), *([tuple(together)] if together else [])]:
        rows = [one for group in groups for one in by_group[group]]
        takes = [sum(one["n"] * (one["most_units"] or 0) for one in by_group[group]) for group in groups]
        has_enough = all(units <= supplies[group] for units, group in zip(takes, groups, strict=True))
        code = _code("G", keyed(round, f"group:{row.product_id}:{'/'.join(groups)}"))
        supply = sum(supplies[group] for group in groups)
        made.append(_part(policy, rows, supply, is_enough=has_enough, code=code, groups=groups))
    return [part for part in made if part.rows]


def _supplies(policy: SupplyPolicy, sizes: Mapping[str, int], supply_units: int) -> dict[str, int]:
    """What of the supply each group was given to divide, as the rule gives it."""
    split = Policy.from_mapping({"rule": policy.rule, **policy.definition}).split
    # In the order of the computation, in which equal remainders go to the first.
    groups = sorted((tuple(group.split(BETWEEN_ATTRIBUTES)), group) for group in sizes)
    units = group_supplies(supply_units, [(values, sizes[group]) for values, group in groups], split)
    return {group: each for (_values, group), each in zip(groups, units, strict=True)}


def _part(
    policy: SupplyPolicy, told: Sequence[Told], supply: int, *, is_enough: bool, code: str, groups: tuple[str, ...]
) -> OpenPart:
    lot = int(policy.definition.get("lot_units", 1))
    level = _level(told)
    buckets = [_bucket(each, policy.rule, policy.definition) for each in told]
    exact = None if is_enough or level is None else _exact(level, buckets, policy.rule, supply)
    made = public_rows(buckets, rule=policy.rule, level=exact, lot_units=lot)
    found = level_of(made, rule=policy.rule, supply_units=supply)
    if found is not None and (level is None or abs(found - Fraction(level)) > _CLOSE * max(abs(found), Fraction(1))):
        found = None
    if found is None and not is_enough:
        # Groups that stand together have levels of their own, and who stands on a floor is not always told apart from who got
        # an odd unit: rows that would give a level that nobody had are not told.
        made = untold_rows(buckets)
    return OpenPart(
        code=code, groups=groups, supply_units=supply, level=level, is_enough=is_enough, found_level=found, rows=made
    )


def row_code(round: Round, product_id: int, part: OpenPart, row: Row) -> str:
    """How a row of the public file is called in this round; its key is secret and of this round, so nobody follows it further."""
    tiers = "-".join(map(str, row.tiers))
    of_group = f":{part.code}" if part.code else ""
    text = f"row:{product_id}:{row.side}:{tiers}:{row.level_from}:{row.level_until}{of_group}"
    return _code("R", keyed(round, text))


def _code(letter: str, key: str) -> str:
    """Short, and after a letter, so that no program for tables takes 014515 or 37E516 for a number."""
    return f"{letter}{key[:6].upper()}"


def row_of(
    part: OpenPart, *, tier: int | None, wanted_units: int, most_units: int, policy: SupplyPolicy, floor: bool
) -> Row | None:
    """The public row that holds a retailer with these numbers; None where several could, or the part has too few for any.

    Parameters
    ----------
    part : that of the retailer's group
    most_units : the smaller of want and cap; on the floor, the floor
    """
    weight = weight_of(tier, policy.rule, policy.definition, wanted_units)
    lot = int(policy.definition.get("lot_units", 1))
    units = min(most_units, lot) if policy.rule == Rule.LOTTERY else most_units
    end = Fraction(units) / weight
    fits = [
        row
        for row in part.rows
        if (tier is None or tier in row.tiers)
        and row.level_from <= end <= row.level_until
        and (row.side is Side.FLOOR) == (floor and row.side is not Side.MIXED)
    ]
    return fits[0] if len(fits) == 1 else None


def weight_of(tier: int | None, rule: str, definition: Mapping[str, Any], wanted_units: int) -> Fraction:
    """What a retailer weighs in a policy, exact to six decimals as in dividing."""
    if rule == Rule.PROPORTIONAL:
        return Fraction(max(wanted_units, 1))
    if rule == Rule.UNIFORM or tier is None:
        return Fraction(1)
    return Fraction(round(float(definition.get("weights", {}).get(str(tier), 1)) * 1_000_000), 1_000_000)


def keyed(round: Round, text: str) -> str:
    """A name for something in one round that says nothing of it and is another one in every round, in hexadecimal."""
    return salted_hmac(f"lianxin.supply.open.{round.pk}", text, algorithm="sha256").hexdigest()


@cache
def _counted() -> TableExpression:
    rows = ALLOCATION_SHARES.unbound()
    most = ibis.least(rows.wanted_units, rows.cap_units.fill_null(rows.wanted_units))
    # A shop that is not selected takes part with nothing.
    most = ibis.ifelse((rows.reason == "not_selected").fill_null(False), 0, most)
    floor = ibis.ifelse((rows.reason == "floor").fill_null(False), rows.rule_units, ibis.null("int32"))
    same = ("product_id", "quota_group", "tier", "wanted_units", "fill_level")
    told = rows.select(*same, "rule_units", most_units=most, floor_units=floor)
    return told.group_by(*same, "most_units", "floor_units").agg(n=told.count(), rule_units=told.rule_units.sum())


def _bucket(told: Told, rule: str, definition: Mapping[str, Any]) -> Bucket:
    weight = weight_of(told["tier"], rule, definition, told["wanted_units"] or 0)
    return Bucket(told["tier"], weight, told["most_units"] or 0, told["n"], told["floor_units"])


def _level(told: Sequence[Told]) -> float | None:
    """The one level of a part, or None where its groups have several, or none."""
    levels = {row["fill_level"] for row in told}
    level = levels.pop() if len(levels) == 1 else None
    return None if level is None else float(level)


def _exact(level: float, buckets: list[Bucket], rule: str, supply_units: int) -> Fraction:
    """The level as the exact number of which the nearest float was kept: the line between sides must not depend on rounding."""
    if rule == Rule.TIER_QUOTA:
        near = (Fraction(round(level * float(one.weight))) / one.weight for one in buckets)
        return min(near, key=lambda exact: abs(exact - Fraction(level)))
    limited = [
        one for one in buckets if one.floor_units is None and one.most_units > level * float(one.weight) * (1 + 1e-9)
    ]
    weights = sum((one.n * one.weight for one in limited), Fraction(0))
    if not weights:
        return Fraction(level)
    fixed = sum(
        one.n * (one.most_units if one.floor_units is None else one.floor_units)
        for one in buckets
        if one not in limited
    )
    return Fraction(supply_units - fixed) / weights
