"""Of whom somebody may speak: own retailers, own unit, or the company."""

from datetime import date

from lianxin.foundation import access
from lianxin.foundation.models import Company, User
from lianxin.foundation.states import Scope
from lianxin.people.models import Person, Unit
from lianxin.people.queries import units_of
from lianxin.retailers.models import Retailer, Territory
from lianxin.retailers.queries import held_on


def may_speak_of(
    user: User, person: Person, company: Company, *, retailer: Retailer | None, unit: Unit | None, on: date
) -> bool:
    """Whether a hint of this place is the user's to give."""
    scope = access.scope_of(user, "hints.write", company)
    if scope == Scope.COMPANY:
        return True
    if retailer is not None:
        holders = Territory.objects.filter(held_on(on), retailer=retailer)
        if scope == Scope.OWN:
            return holders.filter(person=person).exists()
        return holders.filter(person__postings__unit_id__in=units_of(user, company, on=on)).exists()
    return scope == Scope.UNIT and unit is not None and unit.pk in units_of(user, company, on=on)


def units_spoken_of(user: User, company: Company, *, on: date) -> list[tuple[int, str]]:
    """Units of which the user may speak: (id, code)."""
    scope = access.scope_of(user, "hints.write", company)
    if scope == Scope.OWN or scope is None:
        return []
    rows = Unit.objects.filter(company=company).order_by("code")
    if scope == Scope.UNIT:
        rows = rows.filter(pk__in=units_of(user, company, on=on))
    return list(rows.values_list("pk", "code"))


def unit_of_company(company: Company, pk: str) -> Unit | None:
    """A unit by its number as written; None for none."""
    return Unit.objects.filter(company=company, pk=int(pk)).first() if pk.isdecimal() else None


def unit_with_code(company: Company, code: str) -> Unit | None:
    """A unit by its code; None for none."""
    return Unit.objects.filter(company=company, code=code).first() if code else None
