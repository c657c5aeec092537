"""Rule sets: which is in force in a month, and the numbers that it makes of the declared ones."""

from datetime import date
from typing import Any

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from lianxin.core.parameters import PARAMETERS
from lianxin.core.parameters.shape import Parameter
from lianxin.core.units import first_day
from lianxin.foundation import parameters
from lianxin.foundation.errors import Missing
from lianxin.foundation.models import Company
from lianxin.oversight.models import RuleSet
from lianxin.oversight.states import RuleSetState

PREFIX = "verifying."


def rule_sets(company: Company) -> QuerySet[RuleSet]:
    """All rule sets of a company, newest first."""
    return RuleSet.objects.filter(company=company).select_related("drafted_by", "adopted_by").order_by("-number")


def rule_set_of(company: Company, number: int) -> RuleSet:
    """The rule set with that number.

    Raises
    ------
    Missing : there is none.
    """
    found = rule_sets(company).filter(number=number).first()
    if found is None:
        raise Missing(_("There is no rule set with this number."))
    return found


def in_force(company: Company, *, month: date) -> RuleSet | None:
    """The rule set adopted for a month; None where nobody has adopted one."""
    rows = RuleSet.objects.filter(company=company, valid_from__lte=month).exclude(state=RuleSetState.DRAFT)
    rows = rows.filter(Q(valid_until=None) | Q(valid_until__gt=month))
    return rows.order_by("-valid_from", "-number").first()


def declared() -> dict[str, Parameter]:
    """The numbers that a rule set may set, by name."""
    return {name: parameter for name, parameter in PARAMETERS.items() if name.startswith(PREFIX)}


def usual(company: Company, *, on: date) -> dict[str, Any]:
    """Every number of verification as it is without a rule set: the company's dated one, else the default."""
    base = parameters.in_force(company, on=on)
    return {name: base[name] for name in declared()}


def numbers_now(company: Company, *, on: date) -> dict[str, Any]:
    """Every number of verification by which the month of a day is verified."""
    found = in_force(company, month=first_day(on))
    return numbers_of(found, on=on) if found else usual(company, on=on)


def numbers_for(company: Company, *, month: date) -> dict[str, Any]:
    """Every number of verification by which a month is verified, past or present; without a rule set those of its first day."""
    found = in_force(company, month=month)
    return numbers_of(found, on=month) if found else usual(company, on=month)


def numbers_of(rule_set: RuleSet, *, on: date) -> dict[str, Any]:
    """Every number of verification under a rule set: its own, else the company's dated one, else the default."""
    return usual(rule_set.company, on=on) | {
        name: rule_set.values[name] for name in declared() if name in rule_set.values
    }
