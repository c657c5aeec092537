"""Names of persons and units by their ids."""

from collections.abc import Collection

from lianxin.people.models import Person, Unit


def persons_named(ids: Collection[int]) -> dict[int, str]:
    """Names by id."""
    return dict(Person.objects.filter(pk__in=ids).values_list("pk", "name"))


def units_named(ids: Collection[int]) -> dict[int, str]:
    """Codes of units by id."""
    return dict(Unit.objects.filter(pk__in=ids).values_list("pk", "code"))


def group_codes(level: str, ids: Collection[str]) -> dict[str, str]:
    """What a group of sums is called outside: a manager's employee number, a unit's code; a route is its own name."""
    pks = [int(one) for one in ids] if level in ("manager", "unit") else []
    if level == "manager":
        numbers = Person.objects.filter(pk__in=pks).values_list("pk", "employee_no")
        return {str(pk): employee_no for pk, employee_no in numbers}
    if level == "unit":
        return {str(pk): code for pk, code in units_named(pks).items()}
    return {one: one for one in ids}
