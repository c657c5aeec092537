"""What a person may choose from, and the things that an address names, each only where it may be seen."""

from datetime import date

from lianxin.foundation.models import Company
from lianxin.goods.models import Product
from lianxin.people.models import Person, Unit
from lianxin.people.queries import manager_choices
from lianxin.retailers.models import Licence, Retailer


def units_and_managers(
    company: Company, persons: frozenset[int] | None, *, on: date
) -> tuple[list[tuple[str, str]], list[tuple[str, str, str]]]:
    """(id, name) of the units and (id, name, unit) of the customer managers among these persons (None: all) on a day."""
    offered = manager_choices(company, persons, on=on)
    managers = [(str(one.person_id), one.words, one.unit) for one in offered]
    if persons is None:
        rows = Unit.objects.filter(company=company).order_by("code").values_list("pk", "code")
        units = [(str(pk), code) for pk, code in rows]
    else:
        units = sorted({(str(one.unit_id), one.unit) for one in offered}, key=lambda one: one[1])
    return units, managers


def unit_called(company: Company, unit_id: int) -> Unit | None:
    """A unit of the company."""
    return Unit.objects.filter(company=company, pk=unit_id).first()


def person_called(company: Company, person_id: int) -> Person | None:
    """A person of the company."""
    return Person.objects.filter(company=company, pk=person_id).first()


def product_coded(company: Company, code: str) -> Product | None:
    """The product of a code."""
    return Product.objects.filter(company=company, product_code=code).first()


def retailer_licensed(company: Company, licence_no: str, persons: frozenset[int] | None) -> Retailer | None:
    """The retailer that has or had a licence, if one of the persons holds or held it (None: any retailer)."""
    found = Licence.objects.filter(company=company, licence_no=licence_no).select_related("retailer").first()
    if found is None:
        return None
    if persons is not None and not found.retailer.territories.filter(person_id__in=persons).exists():
        return None
    return found.retailer


def unit_names(company: Company) -> dict[int, str]:
    """Unit id -> name."""
    return dict(Unit.objects.filter(company=company).values_list("pk", "code"))


def person_names(company: Company) -> dict[int, tuple[str, str]]:
    """Person id -> name and employee number."""
    rows = Person.objects.filter(company=company).values_list("pk", "name", "employee_no")
    return {pk: (name, employee_no) for pk, name, employee_no in rows}


def product_names(company: Company) -> dict[int, tuple[str, str]]:
    """Product id -> name and code."""
    rows = Product.objects.filter(company=company).values_list("pk", "name", "product_code")
    return {pk: (name, code) for pk, name, code in rows}
