"""The words of allocation: methods and goods classes (trade sources 3.2), the lives of a policy, a round and a change by hand.

A round: draft -> requests in -> previewed -> committed -> published; before it is committed it may be withdrawn. A round that came
with a file of allocations made elsewhere is `imported` and stays so.
"""

from collections.abc import Mapping

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class Rule(models.TextChoices):
    """By which arithmetic a supply is divided; the codes of `core.allocating`."""

    TIER_QUOTA = "tier_quota", _("A quota for each tier")
    WEIGHTED_UNIFORM = "weighted_uniform", _("A common level, weighted by tier")
    UNIFORM = "uniform", _("A common level")
    LOTTERY = "lottery", _("A public draw")
    PROPORTIONAL = "proportional", _("In proportion to requests")
    ON_DEMAND = "on_demand", _("As asked for, up to the cap")


class Method(models.TextChoices):
    """How the trade names a way of release (trade sources 3.2); the codes of `core.allocating`."""

    BY_TIER = "by_tier", _("By tier")
    BY_TIER_EXTENDED = "by_tier_extended", _("By tier and further attributes")
    SELECTED = "selected", _("Selected shops")
    ON_DEMAND = "on_demand", _("On demand")
    # What the trade's list does not name.
    DRAW = "draw", _("By draw")
    BY_REQUEST = "by_request", _("In proportion")


class GoodsClass(models.TextChoices):
    TIGHT = "tight", _("Tight")
    BALANCED = "balanced", _("Balanced")
    FULL = "full", _("Fully met")
    NEW = "new", _("New product")


class PolicyState(models.TextChoices):
    DRAFT = "draft", _("Draft")
    PUBLISHED = "published", _("Published")


class RoundState(models.TextChoices):
    DRAFT = "draft", _("Requests are coming in")
    REQUESTS_IN = "requests_in", _("Requests are in")
    PREVIEWED = "previewed", _("Previewed")
    COMMITTED = "committed", _("Committed")
    PUBLISHED = "published", _("Published")
    WITHDRAWN = "withdrawn", pgettext_lazy("round", "Withdrawn")
    IMPORTED = "imported", _("Imported")


MOVES: Mapping[RoundState, frozenset[RoundState]] = {
    RoundState.DRAFT: frozenset({RoundState.REQUESTS_IN, RoundState.WITHDRAWN}),
    RoundState.REQUESTS_IN: frozenset({RoundState.DRAFT, RoundState.PREVIEWED, RoundState.WITHDRAWN}),
    RoundState.PREVIEWED: frozenset({RoundState.PREVIEWED, RoundState.COMMITTED, RoundState.WITHDRAWN}),
    RoundState.COMMITTED: frozenset({RoundState.PUBLISHED}),
    RoundState.PUBLISHED: frozenset(),
    RoundState.WITHDRAWN: frozenset(),
    RoundState.IMPORTED: frozenset(),
}
# In these states the shares stand: they can be read as a result, changed by hand, and tested for favour.
STANDING = (RoundState.COMMITTED, RoundState.PUBLISHED, RoundState.IMPORTED)


class ChangeState(models.TextChoices):
    PROPOSED = "proposed", _("Waits for a second person")
    AGREED = "agreed", _("Agreed")
    REFUSED = "refused", pgettext_lazy("change by hand", "Refused")


class SumKind(models.TextChoices):
    """What a sum of a round is about."""

    PRODUCT = "product", _("Product")
    TIER = "tier", _("Tier")
    PERSON = "person", _("Customer manager")


class Variant(models.TextChoices):
    CHOSEN = "chosen", _("Chosen policy")
    COMPARED = "compared", _("Compared policy")


# What tells retailers apart beside their tier: those of different types are never compared.
TYPES = ("trade_form", "market_type")
# The kind of the job that tests for favour.
FAVOUR_JOB = "supply.favour"


class FavourTest(models.TextChoices):
    """The two questions of a test for favour."""

    OTHERS = "others", _("Against other managers' retailers")
    WITHIN = "within", _("The same few inside the territory")
