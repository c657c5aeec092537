"""What is valid of units, persons and postings."""

from collections.abc import Iterator, Mapping
from typing import Final

from django.utils.translation import gettext as _

from lianxin.foundation.models import Company
from lianxin.people.models import Person, Posting, Unit

# `core.tables.UNITS` says how deep sums go.
DEEPEST: Final = 6


def unit_fault(code: str, parents: Mapping[str, str]) -> str:
    """Why a unit cannot stand where `parents` (unit -> parent, "" at the top) puts it; "" when it can."""
    path = [code]
    while parent := parents.get(path[-1], ""):
        if parent in path:
            return _("The units %(path)s lie inside each other in a circle.") % {"path": " → ".join([*path, parent])}
        path.append(parent)
        if len(path) > DEEPEST:
            return _("Units lie at most %(deepest)s levels deep; this one would lie deeper.") % {"deepest": DEEPEST}
    return ""


def overlapping_postings(company: Company) -> Iterator[str]:
    """A sentence for every person who holds two posts on one day."""
    last: dict[int, Posting] = {}
    rows = Posting.objects.filter(person__company=company).select_related("person").order_by("person_id", "valid_from")
    for row in rows.iterator(chunk_size=2000):
        before = last.get(row.person_id)
        if before is not None and (before.valid_until is None or before.valid_until > row.valid_from):
            yield _("%(person)s (%(no)s) holds two posts on %(day)s.") % {
                "person": row.person.name,
                "no": row.person.employee_no,
                "day": row.valid_from.isoformat(),
            }
        last[row.person_id] = row


def circular_units(company: Company) -> Iterator[str]:
    """A sentence for every unit that lies inside itself."""
    parents = {
        code: parent or "" for code, parent in Unit.objects.filter(company=company).values_list("code", "parent__code")
    }
    for code in parents:
        fault = unit_fault(code, parents)
        if fault:
            yield fault


def account_in_the_way(company: Company, person_ids: set[int]) -> str:
    """Why persons cannot be removed: one has an account. "" when none has."""
    holders = Person.objects.filter(company=company, user__isnull=False).order_by("employee_no")
    for person in holders:
        if person.pk in person_ids:
            return _("%(person)s (%(no)s) has an account. Switch it off and detach it first.") % {
                "person": person.name,
                "no": person.employee_no,
            }
    return ""
