"""Reads about persons and units, among them how a scope becomes persons."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from typing import Final, NamedTuple, TypeAlias

from django.contrib.auth.models import AnonymousUser
from django.core.cache import cache
from django.db.models import Q, QuerySet

from lianxin.foundation import access, audit
from lianxin.foundation.models import Company, User
from lianxin.foundation.states import Scope
from lianxin.people.models import Person, Posting, Unit
from lianxin.people.states import Post

EVERYBODY: Final = None
# Whoever asks; anyone not signed in is denied by the scope.
Asker: TypeAlias = User | AnonymousUser


def postings_on(company: Company, *, on: date) -> QuerySet[Posting]:
    """Posts held in a company on a day."""
    return Posting.objects.filter(person__company=company, valid_from__lte=on).filter(
        Q(valid_until=None) | Q(valid_until__gt=on)
    )


def person_of(user: User) -> Person | None:
    """The person behind a user, if there is one."""
    return Person.objects.filter(user=user).first()


def units_under(unit_ids: set[int], company: Company) -> set[int]:
    """These units and all below them."""
    children: dict[int | None, list[int]] = {}
    for pk, parent in Unit.objects.filter(company=company).values_list("pk", "parent_id"):
        children.setdefault(parent, []).append(pk)
    found: set[int] = set()
    stack = list(unit_ids)
    while stack:
        unit = stack.pop()
        if unit not in found:
            found.add(unit)
            stack.extend(children.get(unit, ()))
    return found


def units_of(user: User, company: Company, *, on: date) -> set[int]:
    """The units in which the user's person holds a post on a day, and all below them."""
    held = set(postings_on(company, on=on).filter(person__user=user).values_list("unit_id", flat=True))
    return units_under(held, company)


def persons_in_scope(user: Asker, verb: str, company: Company, *, on: date) -> set[int] | None:
    """Ids of the persons whose rows the user may see under a verb on a day; EVERYBODY (None) for the whole company.

    `own`: oneself. `team`: who reports to oneself. `unit`: everyone posted in one's unit or below it, oneself included.

    Raises
    ------
    Denied : the user may not do the verb at all.
    """
    scope = access.require(user, verb, company)
    if scope in (Scope.COMPANY, Scope.ALL):
        return EVERYBODY
    assert isinstance(user, User)
    me = person_of(user)
    own = {me.pk} if me else set()
    if scope == Scope.OWN or me is None:
        return own
    on_day = postings_on(company, on=on)
    if scope == Scope.TEAM:
        return set(on_day.filter(reports_to=me).values_list("person_id", flat=True))
    units = units_of(user, company, on=on)
    return own | set(on_day.filter(unit_id__in=units).values_list("person_id", flat=True))


def customer_managers(company: Company, *, on: date) -> QuerySet[Posting]:
    """Posts of customer managers held on a day, by unit and number."""
    return (
        postings_on(company, on=on)
        .filter(post=Post.CUSTOMER_MANAGER)
        .select_related("person", "unit")
        .order_by("unit__code", "person__employee_no")
    )


class ManagerChoice(NamedTuple):
    """A customer manager as lists offer one to choose: with the unit, in the order of units and numbers."""

    person_id: int
    unit_id: int
    unit: str
    words: str


def manager_choices(company: Company, persons: Collection[int] | None, *, on: date) -> list[ManagerChoice]:
    """The customer managers on a day among these persons (EVERYBODY: all); kept until the company's rows change."""
    key = f"people.managers:{company.pk}:{audit.last_number(company)}:{on}"
    found: list[ManagerChoice] | None = cache.get(key)
    if found is None:
        rows = customer_managers(company, on=on).values_list(
            "person_id", "unit_id", "unit__code", "person__name", "person__employee_no"
        )
        found = [
            ManagerChoice(person_id, unit_id, unit, f"{name} ({employee_no})")
            for person_id, unit_id, unit, name, employee_no in rows
        ]
        cache.set(key, found, 3600)
    return found if persons is EVERYBODY else [one for one in found if one.person_id in persons]


@dataclass(frozen=True, slots=True)
class UnitNode:
    """A unit in the tree of its company: how deep it lies and how many persons are posted in it and below it."""

    unit: Unit
    depth: int
    n_posted: int
    n_below: int


def unit_tree(company: Company, *, on: date) -> list[UnitNode]:
    """Every unit with the persons posted there on a day, parents before their children."""
    children: dict[int | None, list[Unit]] = {}
    for unit in Unit.objects.filter(company=company).order_by("code"):
        children.setdefault(unit.parent_id, []).append(unit)
    posted: dict[int, int] = {}
    for unit_id in postings_on(company, on=on).values_list("unit_id", flat=True):
        posted[unit_id] = posted.get(unit_id, 0) + 1
    nodes: list[UnitNode] = []

    def below(unit: Unit) -> int:
        return posted.get(unit.pk, 0) + sum(below(child) for child in children.get(unit.pk, ()))

    def walk(parent: int | None, depth: int) -> None:
        for unit in children.get(parent, ()):
            nodes.append(UnitNode(unit, depth, posted.get(unit.pk, 0), below(unit)))
            walk(unit.pk, depth + 1)

    walk(None, 0)
    return nodes


def postings_listed(
    user: Asker, company: Company, *, on: date, unit_id: int | None = None, post: str = "", search: str = ""
) -> QuerySet[Posting]:
    """Posts held on a day by the persons the user may see, narrowed to a unit and those below it, a post, a name or number.

    Raises
    ------
    Denied : the user may not read about people.
    """
    rows = postings_on(company, on=on)
    persons = persons_in_scope(user, "people.read", company, on=on)
    if persons is not EVERYBODY:
        rows = rows.filter(person_id__in=persons)
    if unit_id is not None:
        rows = rows.filter(unit_id__in=units_under({unit_id}, company))
    if post:
        rows = rows.filter(post=post)
    if search:
        rows = rows.filter(Q(person__name__icontains=search) | Q(person__employee_no__startswith=search))
    return rows.select_related("person", "unit", "reports_to")


def line_above(company: Company, person_id: int, *, on: date) -> list[int]:
    """To whom a person reports on a day, and to whom that one does, up to the top; nobody twice."""
    superiors = dict(postings_on(company, on=on).exclude(reports_to=None).values_list("person_id", "reports_to_id"))
    found: list[int] = []
    above = superiors.get(person_id)
    while above is not None and above not in found and above != person_id:
        found.append(above)
        above = superiors.get(above)
    return found


def are_in_one_line(company: Company, one: int, other: int, *, on: date) -> bool:
    """Whether two persons are the same, or one reports to the other on a day, directly or through others."""
    return one == other or other in line_above(company, one, on=on) or one in line_above(company, other, on=on)
