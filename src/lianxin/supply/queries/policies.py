"""Reads about policies: open to everybody inside, because who is ruled by a rule may read it."""

from datetime import date

from django.db.models import Q, QuerySet
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from lianxin.foundation.errors import Missing
from lianxin.foundation.models import Company
from lianxin.supply.models import SupplyPolicy
from lianxin.supply.states import PolicyState


def policies(company: Company) -> QuerySet[SupplyPolicy]:
    """Every version of every policy."""
    return SupplyPolicy.objects.filter(company=company).select_related("drafted_by", "published_by")


def policy_of(company: Company, pk: int) -> SupplyPolicy:
    """One version of a policy.

    Raises
    ------
    Missing : the company has none of this number.
    """
    found = policies(company).filter(pk=pk).first()
    if found is None:
        raise Missing(_("There is no such supply policy."))
    return found


def in_force(company: Company, *, on: date) -> list[SupplyPolicy]:
    """The published versions in force on a day, one of each policy."""
    rows = policies(company).filter(state=PolicyState.PUBLISHED, valid_from__lte=on)
    return list(rows.filter(Q(valid_until=None) | Q(valid_until__gt=on)).order_by("code"))


def versions_of(policy: SupplyPolicy) -> QuerySet[SupplyPolicy]:
    """All versions under the same code, newest first."""
    return policies(policy.company).filter(code=policy.code).order_by("-number")


def sentence_of(policy: SupplyPolicy) -> str:
    """The rule in one sentence, in the language of the page."""
    return policy.sentence_zh if (get_language() or "").startswith("zh") else policy.sentence_en


def ever_published(company: Company) -> list[SupplyPolicy]:
    """The published versions, by code and number; which of them is in force depends on the week."""
    return list(policies(company).filter(state=PolicyState.PUBLISHED).order_by("code", "number"))
