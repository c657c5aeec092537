"""What is valid of policies and rounds."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from django.db.models import Max
from django.utils.translation import gettext as _

from lianxin.core import allocating
from lianxin.core.allocating import Policy, PolicyWrong
from lianxin.core.allocating import Rule as CoreRule
from lianxin.core.allocating.policies import BETWEEN_ATTRIBUTES
from lianxin.core.errors import CoreError
from lianxin.core.parameters import value_of
from lianxin.foundation.core_words import said
from lianxin.foundation.errors import Refused
from lianxin.foundation.models import Company
from lianxin.retailers.models import RetailerVersion
from lianxin.retailers.queries import shown
from lianxin.supply import wording
from lianxin.supply.models import RoundProduct, SupplyPolicy
from lianxin.supply.states import RoundState

# A draw needs a seed to be checked at all; each round has its own.
_ANY_SEED: Final = "any"
# So many known values are named where a wrong one was written.
SHOWN: Final = 10


def checked_policy(definition: Mapping[str, Any]) -> Policy:
    """The policy that a definition writes.

    Raises
    ------
    Refused : it is none, or it needs what a round does not know.
    """
    told = dict(definition)
    if "seed" in told:
        raise Refused(_("A policy has no seed of its own: each round has one."), field="definition")
    if told.get("rule") == CoreRule.LOTTERY.value:
        told["seed"] = _ANY_SEED
    try:
        policy = Policy.from_mapping(told)
        policy.check_rising()
    except PolicyWrong as wrong:
        raise Refused(
            _("This is not a rule that can be applied: %(fault)s") % {"fault": in_words(wrong)}, field="definition"
        ) from wrong
    unknown = [name for name in policy.attributes if name not in ATTRIBUTES]
    if unknown:
        words = {"name": unknown[0], "known": ", ".join(ATTRIBUTES)}
        raise Refused(_("Retailers have no attribute %(name)s; known: %(known)s.") % words, field="definition")
    return policy


def check_split(company: Company, policy: Policy) -> None:
    """Raise Refused if a part of the supply is set aside for a value that no retailer has: nobody would get it."""
    attributes = policy.attributes
    for group in policy.split:
        values = group.split(BETWEEN_ATTRIBUTES) if len(attributes) > 1 else [group]
        if len(values) != len(attributes):
            words = {"group": group, "attributes": BETWEEN_ATTRIBUTES.join(attributes)}
            raise Refused(_("“%(group)s” is not written as %(attributes)s.") % words, field="split")
        for name, value in zip(attributes, values, strict=True):
            versions = RetailerVersion.objects.filter(retailer__company=company)
            if not versions.filter(**{name: value}).exists():
                known = versions.exclude(**{name: ""}).order_by(name).values_list(name, flat=True).distinct()[:SHOWN]
                told = "、".join(shown(name, each) for each in known)
                raise Refused(
                    _("No retailer has the value “%(value)s”; known, for example: %(known)s.")
                    % {"value": shown(name, value), "known": told},
                    field="split",
                )


def in_words(fault: CoreError) -> str:
    """What keeps a rule from being applied, or a round from being computed, in the language of the page."""
    reason = fault.told.get("reason")
    return said(fault, reason=wording.fault(reason)) if reason else said(fault)


def cannot_compute(fault: CoreError) -> Refused:
    """What a person reads where a round cannot be computed."""
    return Refused(_("Under this policy the round cannot be computed: %(fault)s") % {"fault": in_words(fault)})


# Attributes of retailers by which a quota may be divided further.
ATTRIBUTES: Final = ("town", "trade_form", "market_type", "route")


def without_seed(policy: Policy) -> dict[str, Any]:
    """The definition as it is kept."""
    return {name: value for name, value in policy.to_mapping().items() if name != "seed"}


def last_week_ruled(company: Company, code: str) -> date | None:
    """The last week that was shared out under a policy, whichever version."""
    rows = RoundProduct.objects.filter(
        round__company=company, policy__code=code, round__state__in=[RoundState.COMMITTED, RoundState.PUBLISHED]
    )
    found: date | None = rows.aggregate(last=Max("round__week"))["last"]
    return found


@dataclass(frozen=True, slots=True)
class Finding:
    """What a fairness check says: a code, whether it holds, what it read."""

    code: str
    holds: bool
    value: float | None = None
    wanted: float | None = None
    subject: str = ""


def fairness(products: Iterable[RoundProduct], parameters: Mapping[str, Any]) -> list[Finding]:
    """Whether each product's method is permitted for its class, and enough of the supply is open to the whole city."""
    rows = [(row, policy_of(row.policy)) for row in products if row.policy is not None]
    found = [
        Finding(
            "method_permitted",
            allocating.is_allowed(policy, allocating.GoodsClass(row.goods_class), parameters),
            subject=row.product.name,
        )
        for row, policy in rows
    ]
    released = [(policy, row.supply_units or 0) for row, policy in rows]
    share = allocating.city_share(released)
    if share is not None:
        holds = allocating.is_city_share_kept(released, parameters)
        found.append(Finding("city_share", holds, share, float(value_of(parameters, "allocating.city_share"))))
    return found


def policy_of(row: SupplyPolicy, seed: str = _ANY_SEED) -> Policy:
    """The policy that a kept version writes, with a seed."""
    return Policy.from_mapping({**row.definition, "seed": seed})
