"""What anyone may read of a round, without signing in: totals, rules, levels, rows of at least ten retailers. No names of goods."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Final

from django.core.cache import cache as kept
from django.db.models import Max
from django.utils.translation import gettext as _

from lianxin.core.allocating.publishing import LEAST_RETAILERS
from lianxin.foundation.errors import Missing
from lianxin.foundation.models import Company
from lianxin.goods.models import ProductVersion
from lianxin.supply.models import HandChange, Round, RoundEvent, RoundProduct, RoundQuota, RoundSum, SupplyPolicy
from lianxin.supply.queries import rounds
from lianxin.supply.queries.open_quotas import OpenGroup, open_groups
from lianxin.supply.queries.open_rows import OpenPart, Told, counted, keyed, parts_of, weight_of
from lianxin.supply.queries.policies import sentence_of
from lianxin.supply.queries.rounds import Reopening
from lianxin.supply.states import ChangeState, RoundState, Rule, SumKind

# Before a round is published its page tells the rule and the sealed seed, and nothing else; of one that was withdrawn also when,
# why, and whether a draw had been seen by then, so that no draw is made anew unnoticed.
_SHOWN: Final = (
    RoundState.DRAFT, RoundState.REQUESTS_IN, RoundState.PREVIEWED, RoundState.COMMITTED, RoundState.PUBLISHED,
    RoundState.WITHDRAWN,
)  # fmt: skip


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
    tiers: Sequence[TierLine]
    groups: Sequence[OpenGroup]
    parts: Sequence[OpenPart]
    has_draw: bool
    lot_units: int

    @property
    def is_found_again(self) -> bool:
        """Whether its level, or that of each of its groups, follows from the public rows alone."""
        return any(part.is_found_again for part in self.parts) and all(
            part.is_found_again or part.is_enough for part in self.parts
        )

    def part_of(self, group: str) -> OpenPart | None:
        """The part that holds the retailers of a group; the whole where it is not divided further."""
        return next((part for part in self.parts if not part.groups or group in part.groups), None)


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
    rows.sort(key=lambda row: keyed(round, f"product:{row.product_id}"))
    names = [row.product.name for row in rows]
    told = counted(round) if is_published(round) else {}
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
        _product(round, number, row, names, classes.get(row.product_id, ""), sums.get(row.product_id),
                 tiers.get(row.product_id, []), quotas.get(row.product_id, []), told.get(row.product_id, []))
        for number, row in enumerate(rows, 1)
    ]  # fmt: skip


def _product(
    round: Round,
    number: int,
    row: RoundProduct,
    names: list[str],
    price_class: str,
    summed: RoundSum | None,
    tiers: list[RoundSum],
    quotas: list[RoundQuota],
    told: list[Told],
) -> OpenProduct:
    policy = row.policy
    assert policy is not None
    is_enough = summed is not None and (summed.takeable_units or 0) <= (row.supply_units or 0)
    parts = parts_of(round, row, told, is_enough=is_enough)
    whole = next((part for part in parts if not part.groups), None)
    # Where groups have supplies of their own, one may lack what another leaves over.
    is_enough = is_enough and all(part.is_enough for part in parts)
    level = None if whole is None else whole.level
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
        tiers=_tier_lines(tiers, policy.rule, policy.definition, level, is_enough),
        groups=_groups(quotas, policy, parts, names),
        parts=parts,
        has_draw=policy.rule == Rule.LOTTERY,
        lot_units=int(policy.definition.get("lot_units", 1)),
    )


def _groups(
    quotas: Sequence[RoundQuota], policy: SupplyPolicy, parts: Sequence[OpenPart], names: Sequence[str]
) -> list[OpenGroup]:
    """The quotas of groups, each with the part of the public file that holds its rows."""
    by_groups = {frozenset(part.groups): part for part in parts}
    return [
        replace(one, title=without_names(one.title, names), part=by_groups.get(frozenset(one.groups)))
        for one in open_groups(quotas, policy)
    ]


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
