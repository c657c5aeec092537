"""Codes in words: why a share is what it is, reasons for a change by hand, faults of a round."""

from collections.abc import Sequence
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from lianxin.core.allocating.favour import NEED, REQUEST
from lianxin.core.allocating.policies import BETWEEN_ATTRIBUTES
from lianxin.retailers.queries import shown
from lianxin.retailers.states import KNOWN_WORDS
from lianxin.supply.models import SupplyPolicy
from lianxin.supply.states import TYPES

Words = str | Promise

SHARE_REASONS: Final[dict[str, Words]] = {
    "full": gettext_lazy("Everything that was asked for"),
    "level": gettext_lazy("Filled up to the common level"),
    "odd_unit": gettext_lazy("Common level, and the one odd unit that goes round in turn"),
    "cap": gettext_lazy("As much as the reasonable quantity allows"),
    "floor": gettext_lazy("The guaranteed least quantity"),
    "quota": gettext_lazy("The quota of the tier"),
    "drawn": gettext_lazy("Drawn"),
    "not_drawn": gettext_lazy("Not drawn this time"),
    "not_selected": gettext_lazy("Not among the selected shops"),
}
CHANGE_REASONS: Final[dict[str, Words]] = {
    "data_error": gettext_lazy("The request or cap was entered wrongly"),
    "shop_closed": gettext_lazy("The shop is closed"),
    "damaged_goods": gettext_lazy("Goods were damaged on the way"),
    "emergency": gettext_lazy("Disaster or public emergency"),
}
FAULTS: Final[dict[str, Words]] = {
    "missing": gettext_lazy("A number is missing"),
    "negative": gettext_lazy("A number is negative"),
    "too_large": gettext_lazy("A number is too large to be one"),
    "tier_unknown": gettext_lazy("The tier is not one of 1 to 30"),
    "duplicate": gettext_lazy("Two requests name the same retailer and product"),
    "no_supply": gettext_lazy("A product was asked for of which no supply is known"),
    "nobody_selected": gettext_lazy("No shop is selected, but only selected shops take part"),
    "not_requested": gettext_lazy("There is supply of a product that nobody asked for"),
    "floors_above_supply": gettext_lazy("The guaranteed quantities are more than the supply"),
    "demand_above_supply": gettext_lazy("More is asked for than there is, so it cannot be released on demand"),
}


def share_reason(code: str) -> str:
    """Why a share is what it is; a code that nobody explained says so."""
    return str(SHARE_REASONS.get(code, code)) if code else _("The file does not say")


def change_reason(code: str) -> str:
    """A reason of the company's list; its own reasons stand as the company wrote them."""
    return str(CHANGE_REASONS.get(code, code))


def fault(code: str) -> str:
    """What is wrong with a round's inputs."""
    return str(FAULTS.get(code, code))


CANNOT_TELL: Final[dict[str, Words]] = {
    "few_retailers": gettext_lazy("too few retailers"),
    "few_rows": gettext_lazy("too few lines to compare"),
    "few_rounds": gettext_lazy("too few rounds"),
    "few_weeks": gettext_lazy("too few weeks"),
    "no_others": gettext_lazy("nobody to compare with"),
}


ATTRIBUTES: Final[dict[str, Words]] = {
    "town": gettext_lazy("Town"),
    "trade_form": gettext_lazy("Trade form"),
    "market_type": gettext_lazy("Market type"),
    "route": gettext_lazy("Route"),
}


def attribute_words(name: str) -> Words:
    """An attribute of retailers by which a quota is divided further."""
    return ATTRIBUTES.get(name, name)


def attributes_of(policy: SupplyPolicy | None) -> Sequence[str]:
    """The attributes by which a policy divides quotas further."""
    return tuple(policy.definition.get("attributes", ())) if policy is not None else ()


def in_words(policy: SupplyPolicy | None, group: str, between: str = " · ") -> str:
    """A group of retailers of a policy as pages write it."""
    names = attributes_of(policy)
    values = group.split(BETWEEN_ATTRIBUTES) if len(names) > 1 else [group]
    return between.join(shown(name, value) or _("not told") for name, value in zip(names, values, strict=False))


def code_of(name: str, word: str) -> str:
    """The value of an attribute that a word of the page stands for; the word itself where it stands for none."""
    if name not in TYPES:
        return word
    return next((code for code, words in KNOWN_WORDS.items() if str(words) == word), word)


def code_of_group(names: Sequence[str], words: str) -> str:
    """A group of retailers as it is kept, out of the words of the page."""
    values = words.split(BETWEEN_ATTRIBUTES) if len(names) > 1 else [words]
    if len(values) != len(names):
        return words
    return BETWEEN_ATTRIBUTES.join(code_of(name, value.strip()) for name, value in zip(names, values, strict=True))


ALIKE: Final[dict[str, Words]] = {
    NEED: gettext_lazy("Whoever needs the same: the smaller of request and reasonable quantity"),
    REQUEST: gettext_lazy(
        "Whoever asked for the same and has the same reasonable quantity, for rules in proportion to requests"
    ),
}


def cannot_tell_reason(code: str) -> str:
    """Why a test for favour cannot tell."""
    return str(CANNOT_TELL.get(code, code))
