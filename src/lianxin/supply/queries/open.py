"""What anyone may read of a round, without signing in: totals, rules, levels, rows of at least ten retailers. No names of goods."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from fractions import Fraction
from functools import cache
from typing import Any, Final

import ibis
from django.core.cache import cache as kept
from django.db.models import Max
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext as _
from ibis.expr.types import Table as TableExpression

from lianxin.core.allocating.publishing import LEAST_RETAILERS, Bucket, Row, Side, level_of, public_rows, untold_rows
from lianxin.core.tables.supply import ALLOCATION_SHARES
from lianxin.foundation.errors import Missing
from lianxin.foundation.facts import the_engine
from lianxin.foundation.models import Company
from lianxin.goods.models import ProductVersion
from lianxin.supply.models import HandChange, Round, RoundEvent, RoundProduct, RoundQuota, RoundSum, SupplyPolicy
from lianxin.supply.queries import rounds
from lianxin.supply.queries.lines import sources_of
from lianxin.supply.queries.open_quotas import OpenGroup, open_groups
from lianxin.supply.queries.policies import sentence_of
from lianxin.supply.queries.rounds import Reopening
from lianxin.supply.states import ChangeState, RoundState, Rule, SumKind

# Before a round is published its page tells the rule and the sealed seed, and nothing else; of one that was withdrawn also when,
# why, and whether a draw had been seen by then, so that no draw is made anew unnoticed.
_SHOWN: Final = (
    RoundState.DRAFT, RoundState.REQUESTS_IN, RoundState.PREVIEWED, RoundState.COMMITTED, RoundState.PUBLISHED,
    RoundState.WITHDRAWN,
)  # fmt: skip
_CLOSE: Final = Fraction(1, 10**9)


@dataclass(frozen=True, slots=True)
class TierLine:
    """What the rule gives a tier at most: a whole number under quotas, the level times its weight otherwise."""

    tier: int
    units: float


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenProduct:
    """A product as anyone may see it: by number and price class, never by name. Numbers are None before the round is published."""

    number: int
    product_id: int
    price_class: str
    rule: str
    sentence: str
    supply_units: int | None
    n_retailers: int | None
    wanted_units: int | None
    rule_units: int | None
    level: float | None
    is_enough: bool
    found_level: Fraction | None
    tiers: Sequence[TierLine]
    groups: Sequence[OpenGroup]
    rows: Sequence[Row]
    has_draw: bool
    lot_units: int

    @property
    def is_found_again(self) -> bool:
        """Whether the level follows from the public rows alone."""
        return self.found_level is not None


def open_round(company_code: str, number: int) -> Round:
    """A round that anyone may read about.

    Raises
    ------
    Missing : no such company or round, or one that came with a file.
    """
    company = Company.objects.filter(code=company_code).first()
    found = None if company is None else rounds.rounds(company).filter(number=number, state__in=_SHOWN).first()
    if found is None:
        raise Missing(_("There is no such round."))
    return found


def open_rounds(company_code: str) -> list[Round]:
    """The rounds of a company that anyone may read about, newest first. Raises Missing for no such company."""
    company = Company.objects.filter(code=company_code).first()
    if company is None:
        raise Missing(_("There is no such round."))
    return list(rounds.rounds(company).filter(state__in=_SHOWN).order_by("-week", "-number")[:52])


def is_published(round: Round) -> bool:
    """Whether its results may be told."""
    return round.state == RoundState.PUBLISHED


def products(round: Round) -> list[OpenProduct]:
    """The products of a round in an order that tells nothing, and that is another one in every round."""
    rows = [row for row in rounds.products_of(round) if row.policy is not None]
    rows.sort(key=lambda row: _keyed(round, f"product:{row.product_id}"))
    names = [row.product.name for row in rows]
    told = _buckets(round) if is_published(round) else {}
    sums = {one.product_id: one for one in rounds.sums(round, SumKind.PRODUCT)} if is_published(round) else {}
    tiers: dict[int | None, list[RoundSum]] = {}
    if is_published(round):
        for one in rounds.sums(round, SumKind.TIER):
            tiers.setdefault(one.product_id, []).append(one)
    quotas: dict[int, list[RoundQuota]] = {}
    for quota in rounds.group_quotas(round) if is_published(round) else []:
        quotas.setdefault(quota.product_id, []).append(quota)
    classes = _price_classes([row.product_id for row in rows], on=round.week)
    return [
        _product(number, row, names, classes.get(row.product_id, ""), sums.get(row.product_id),
                 tiers.get(row.product_id, []), quotas.get(row.product_id, []), told.get(row.product_id, []))
        for number, row in enumerate(rows, 1)
    ]  # fmt: skip


def _product(
    number: int,
    row: RoundProduct,
    names: list[str],
    price_class: str,
    summed: RoundSum | None,
    tiers: list[RoundSum],
    quotas: list[RoundQuota],
    told: list[dict[str, Any]],
) -> OpenProduct:
    policy = row.policy
    assert policy is not None
    lot = int(policy.definition.get("lot_units", 1))
    level = _level(told)
    is_enough = summed is not None and (summed.takeable_units or 0) <= (row.supply_units or 0)
    buckets = [_bucket(each, policy.rule, policy.definition) for each in told]
    exact = None if is_enough or level is None else _exact(level, buckets, policy.rule, row.supply_units or 0)
    made = public_rows(buckets, rule=policy.rule, level=exact, lot_units=lot) if told else []
    found = level_of(made, rule=policy.rule, supply_units=row.supply_units or 0)
    if found is not None and (level is None or abs(found - Fraction(level)) > _CLOSE * max(abs(found), Fraction(1))):
        found = None
    if found is None and not is_enough:
        # Groups of an extended policy have levels of their own, and who stands on a floor is not always told apart from who got
        # an odd unit: rows that would give a level that nobody had are not told.
        made = untold_rows(buckets)
    n = summed.n_lines if summed is not None and summed.n_lines >= LEAST_RETAILERS else None
    return OpenProduct(
        number=number,
        product_id=row.product_id,
        price_class=without_names(price_class, names),
        rule=policy.rule,
        sentence=without_names(sentence_of(policy), names) or policy.get_rule_display(),
        supply_units=row.supply_units if summed is not None else None,
        n_retailers=n,
        wanted_units=summed.wanted_units if summed is not None and n is not None else None,
        rule_units=summed.rule_units if summed is not None and n is not None else None,
        level=level,
        is_enough=is_enough,
        found_level=found,
        tiers=_tier_lines(tiers, policy.rule, policy.definition, level, is_enough),
        groups=[replace(one, title=without_names(one.title, names)) for one in open_groups(quotas, policy)],
        rows=made,
        has_draw=policy.rule == Rule.LOTTERY,
        lot_units=lot,
    )


def without_names(sentence: str, names: Sequence[str]) -> str:
    """The sentence, or "" where it names a product: what is open to anyone never does."""
    return "" if any(name and name in sentence for name in names) else sentence


def told_words(step: RoundEvent | Reopening, names: Sequence[str]) -> str:
    """The reason of a step for anyone to read; "" where who wrote it was not told that everybody would, or where it names goods."""
    return without_names(step.words, names) if step.is_public else ""


def names_in(round: Round) -> list[str]:
    """The names of a round's products, none of which may stand on a public page."""
    return [row.product.name for row in rounds.products_of(round)]


def seed_of(round: Round, shown: Sequence[OpenProduct]) -> str:
    """The seed of a draw, once the round is published; before, its hash is all that is told."""
    return round.seed if is_published(round) and any(one.has_draw for one in shown) else ""


def changed_by_hand(round: Round) -> int:
    """How many lines were changed by hand with the agreement of a second person."""
    rows = HandChange.objects.filter(round=round, state=ChangeState.AGREED)
    return rows.values("product_id", "retailer_id").distinct().count()


def row_code(round: Round, product_id: int, row: Row) -> str:
    """How a row of the public file is called in this round; its key is secret and of this round, so nobody follows it further."""
    tiers = "-".join(map(str, row.tiers))
    return _keyed(round, f"row:{product_id}:{row.side}:{tiers}:{row.level_from}:{row.level_until}")[:6].upper()


def row_of(
    product: OpenProduct, *, tier: int | None, wanted_units: int, most_units: int, policy: SupplyPolicy, floor: bool
) -> Row | None:
    """The public row that holds a retailer with these numbers; None where several could, or the product has too few for any.

    Parameters
    ----------
    most_units : the smaller of want and cap; on the floor, the floor
    """
    weight = weight_of(tier, policy.rule, policy.definition, wanted_units)
    units = min(most_units, product.lot_units) if policy.rule == Rule.LOTTERY else most_units
    end = Fraction(units) / weight
    fits = [
        row
        for row in product.rows
        if (tier is None or tier in row.tiers)
        and row.level_from <= end <= row.level_until
        and (row.side is Side.FLOOR) == (floor and row.side is not Side.MIXED)
    ]
    return fits[0] if len(fits) == 1 else None


def weight_of(tier: int | None, rule: str, definition: dict[str, Any], wanted_units: int) -> Fraction:
    """What a retailer weighs in a policy, exact to six decimals as in dividing."""
    if rule == Rule.PROPORTIONAL:
        return Fraction(max(wanted_units, 1))
    if rule == Rule.UNIFORM or tier is None:
        return Fraction(1)
    return Fraction(round(float(definition.get("weights", {}).get(str(tier), 1)) * 1_000_000), 1_000_000)


def kept_for(round: Round, what: str, language: str) -> str:
    """The key under which a public answer is kept: another one as soon as anything that it tells changes."""
    closes = "" if round.requests_close_at is None else f"{round.requests_close_at.timestamp():.0f}"
    newest = RoundEvent.objects.filter(round=round).aggregate(pk=Max("pk"))["pk"]
    by = RoundProduct.objects.filter(round=round).order_by("pk").values_list("product_id", "policy_id")
    policies = "-".join(f"{product}.{policy}" for product, policy in by)
    told = f"{round.state}:{round.digest}:{closes}:{changed_by_hand(round)}:{newest}:{policies}"
    return f"supply.open:{what}:{language}:{round.pk}:{told}"


def answer_kept(key: str) -> Any:
    """A public answer made before, or None."""
    return kept.get(key)


def keep_answer(key: str, answer: Any) -> None:
    """Keep a public answer for a while, so that a crowd costs one reading of the lake."""
    kept.set(key, answer, 3600)


def _keyed(round: Round, text: str) -> str:
    return salted_hmac(f"lianxin.supply.open.{round.pk}", text, algorithm="sha256").hexdigest()


@cache
def _counted() -> TableExpression:
    rows = ALLOCATION_SHARES.unbound()
    most = ibis.least(rows.wanted_units, rows.cap_units.fill_null(rows.wanted_units))
    # A shop that is not selected takes part with nothing.
    most = ibis.ifelse((rows.reason == "not_selected").fill_null(False), 0, most)
    floor = ibis.ifelse((rows.reason == "floor").fill_null(False), rows.rule_units, ibis.null("int32"))
    told = rows.select(
        "product_id", "tier", "wanted_units", "fill_level", "rule_units", most_units=most, floor_units=floor
    )  # fmt: skip
    return told.group_by("product_id", "tier", "wanted_units", "fill_level", "most_units", "floor_units").agg(
        n=told.count(), rule_units=told.rule_units.sum()
    )


def _buckets(round: Round) -> dict[int, list[dict[str, Any]]]:
    """Product -> retailers with the same numbers, counted."""
    found: dict[int, list[dict[str, Any]]] = {}
    sources = {ALLOCATION_SHARES.name: sources_of(round)[ALLOCATION_SHARES.name]}
    for row in the_engine().run(_counted(), sources).to_pylist():
        found.setdefault(row["product_id"], []).append(row)
    return found


def _bucket(told: dict[str, Any], rule: str, definition: dict[str, Any]) -> Bucket:
    weight = weight_of(told["tier"], rule, definition, told["wanted_units"] or 0)
    return Bucket(told["tier"], weight, told["most_units"] or 0, told["n"], told["floor_units"])


def _level(told: list[dict[str, Any]]) -> float | None:
    """The one level of a product, or None where its groups have several, or none."""
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


def _price_classes(product_ids: list[int], *, on: date) -> dict[int, str]:
    """Product -> its price class on a day; before its first version, that of its first one."""
    rows = ProductVersion.objects.filter(product_id__in=product_ids).order_by("valid_from")
    found: dict[int, str] = {}
    for product_id, valid_from, price_class in rows.values_list("product_id", "valid_from", "price_class"):
        if valid_from <= on or product_id not in found:
            found[product_id] = price_class
    return found


def _tier_lines(
    tiers: list[RoundSum], rule: str, definition: dict[str, Any], level: float | None, is_enough: bool
) -> list[TierLine]:
    if rule == Rule.TIER_QUOTA:
        return [
            TierLine(one.tier, one.quota_units) for one in tiers if one.tier is not None and one.quota_units is not None
        ]
    if rule not in (Rule.UNIFORM, Rule.WEIGHTED_UNIFORM) or level is None or is_enough:
        return []
    return [
        TierLine(one.tier, level * float(weight_of(one.tier, rule, definition, 0)))
        for one in tiers
        if one.tier is not None
    ]
