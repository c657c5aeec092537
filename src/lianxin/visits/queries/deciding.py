"""Who decides about a plan: who leads the manager's unit, never about his own; a leader where nobody in the units is left to.

A market manager who makes visits himself, a unit without one, a plan that its only decider handed in: each goes to the leader.
"""

from collections import defaultdict
from collections.abc import Iterable
from datetime import date

from django.utils.translation import gettext as _

from lianxin.foundation import access
from lianxin.foundation.errors import Denied
from lianxin.foundation.models import Company, RoleGrant, User
from lianxin.foundation.states import Role
from lianxin.people import queries as people
from lianxin.people.models import Unit
from lianxin.visits.models import PlanCycle

DECIDE = "callplans.decide"


def is_decider(user: User, cycle: PlanCycle, *, on: date) -> bool:
    """Whether a user decides about a plan and its excuses; who handed a plan in is asked about elsewhere."""
    if cycle.person.user_id == user.pk or not access.may(user, DECIDE, cycle.company):
        return False
    return cycle.person_id in _persons(user, cycle.company, {cycle.person_id}, on=on)


def decided_by(user: User, company: Company, persons: Iterable[int], *, on: date) -> set[int]:
    """Of some persons those about whose plans a user decides; nobody where his post decides nothing."""
    if not access.may(user, DECIDE, company):
        return set()
    me = people.person_of(user)
    return _persons(user, company, set(persons), on=on) - ({me.pk} if me else set())


def left_to_the_leader(company: Company, cycles: Iterable[PlanCycle], *, on: date) -> set[str]:
    """Of plans that wait those about which nobody in the units may decide: not the manager, not who handed the plan in."""
    rows = list(cycles)
    deciders = _deciders(company, {row.person_id for row in rows}, on=on)
    return {row.pk for row in rows if not deciders[row.person_id] - {row.person.user_id, row.proposed_by_id}}


def decides(user: User, cycle: PlanCycle, *, on: date) -> bool:
    """Whether it is a user's to approve or to return a plan: neither his own nor one that he handed in."""
    if user.pk in (cycle.person.user_id, cycle.proposed_by_id) or not access.may(user, DECIDE, cycle.company):
        return False
    persons = people.persons_in_scope(user, DECIDE, cycle.company, on=on)
    if persons is people.EVERYBODY:
        return cycle.pk in left_to_the_leader(cycle.company, [cycle], on=on)
    return cycle.person_id in persons


def require_decider(cycle: PlanCycle, user: User, *, on: date) -> None:
    """Raise Denied, with why, unless it is a user's to approve or to return a plan."""
    access.require(user, DECIDE, cycle.company)
    if decides(user, cycle, on=on):
        return
    if cycle.person.user_id == user.pk:
        raise Denied(_("Nobody approves a plan of his own."))
    if cycle.proposed_by_id == user.pk:
        raise Denied(_("You handed this plan in yourself; somebody else decides about it."))
    if people.persons_in_scope(user, DECIDE, cycle.company, on=on) is people.EVERYBODY:
        raise Denied(_("The market manager of the unit decides about this plan; you do where there is none."))
    raise Denied(_("You may do this only for yourself or for persons of your own unit."))


def _persons(user: User, company: Company, asked: set[int], *, on: date) -> set[int]:
    scope = people.persons_in_scope(user, DECIDE, company, on=on)
    if scope is not people.EVERYBODY:
        return asked & scope
    deciders = _deciders(company, asked, on=on)
    own = dict(
        people.postings_on(company, on=on).filter(person_id__in=asked).values_list("person_id", "person__user_id")
    )
    return {person for person in asked if not deciders[person] - {own.get(person)}}


def _deciders(company: Company, persons: set[int], *, on: date) -> dict[int, set[int]]:
    """Person -> the users who lead the unit in which he is posted, or one above it."""
    parents = dict(Unit.objects.filter(company=company).values_list("pk", "parent_id"))
    leads: dict[int, set[int]] = defaultdict(set)
    granted = RoleGrant.objects.filter(company=company, role=Role.MARKET_MANAGER, revoked_at=None, user__is_active=True)
    heads = people.postings_on(company, on=on).filter(person__user__in=granted.values("user"))
    for unit_id, user_id in heads.values_list("unit_id", "person__user_id"):
        leads[unit_id].add(int(user_id or 0))
    found: dict[int, set[int]] = {person: set() for person in persons}
    rows = people.postings_on(company, on=on).filter(person_id__in=persons)
    for person_id, unit_id in rows.values_list("person_id", "unit_id"):
        place: int | None = unit_id
        while place is not None:
            found[person_id] |= leads[place]
            place = parents.get(place)
    return found
