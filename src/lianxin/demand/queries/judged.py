"""What the newest judging says, within what the user may see."""

from collections.abc import Collection
from datetime import date
from typing import Any

from django.utils.translation import gettext as _

from lianxin.demand.models import Judged, Judging, Round, Sheet
from lianxin.demand.queries.evidence import hints_visible
from lianxin.demand.queries.rounds import READ
from lianxin.demand.states import JudgedKind, RoundState
from lianxin.foundation import access
from lianxin.foundation.errors import Missing
from lianxin.foundation.models import Company, DatedParameter, User
from lianxin.foundation.states import Scope
from lianxin.people.models import Person
from lianxin.people.queries import EVERYBODY, persons_in_scope, units_of
from lianxin.people.states import Post

COPIED = "forecasts.copied"


def newest(company: Company) -> Judging | None:
    """The newest judging of a company's forecasts."""
    return Judging.objects.filter(company=company).order_by("-number").first()


def information(judging: Judging) -> list[dict[str, Any]]:
    """Whether what was collected helped, by kind and use; of the whole company."""
    return _rows(judging, JudgedKind.INFORMATION, "everybody", None)


def events(user: User, judging: Judging, *, on: date) -> list[dict[str, Any]]:
    """What each event did to the forecast of each round: of the hints that the user may read, and of festivals.

    Raises
    ------
    Denied : a post that reads no hints.
    """
    shown = set(hints_visible(user, judging.company, on=on).values_list("pk", flat=True))
    rows = Judged.objects.filter(judging=judging, kind=JudgedKind.EVENT).order_by("level", "entity_id")
    return [one for row in rows if row.entity_id is None or row.entity_id in shown for one in row.rows]


def rounds_by_id(company: Company, pks: Collection[int]) -> dict[int, Round]:
    """Rounds of a company by their numbers."""
    return {round.pk: round for round in Round.objects.filter(company=company, pk__in=pks)}


def weights(judging: Judging) -> dict[str, list[dict[str, Any]]]:
    """What authors would weigh if the past decided, by level; of the whole company."""
    rows = Judged.objects.filter(judging=judging, kind=JudgedKind.WEIGHTS, entity_id=None).order_by("pk")
    return {row.level: list(row.rows) for row in rows}


def adopted(company: Company, name: str, *, on: date) -> DatedParameter | None:
    """The row by which a company set a parameter that is in force; None where it left what is shipped."""
    rows = DatedParameter.objects.filter(company=company, name=name, valid_from__lte=on).select_related("set_by")
    return rows.order_by("-valid_from").first()


def persons_judged(
    user: User, judging: Judging, kind: JudgedKind, *, on: date
) -> list[tuple[Person, list[dict[str, Any]]]]:
    """Managers whom the user may see, each with the rows of a kind, by name.

    Raises
    ------
    Denied : a post that may not.
    """
    verb = COPIED if kind == JudgedKind.COPYING else READ
    persons = persons_in_scope(user, verb, judging.company, on=on)
    rows = Judged.objects.filter(judging=judging, kind=kind, level="manager", entity_id__isnull=False)
    if persons is not EVERYBODY:
        rows = rows.filter(entity_id__in=persons)
    told = {int(row.entity_id or 0): row.rows for row in rows}
    found = Person.objects.filter(pk__in=told).order_by("name", "pk")
    return [(person, told[person.pk]) for person in found]


def of_person(
    user: User, judging: Judging, kind: JudgedKind, person_id: int, *, on: date
) -> tuple[Person, list[dict[str, Any]]]:
    """A manager with the rows of a kind.

    Raises
    ------
    Missing : nobody whom the user may see, or nothing is told of them.
    """
    rows = persons_judged(user, judging, kind, on=on)
    return _of_one([one for one in rows if one[0].pk == person_id])


def of_employee(
    user: User, judging: Judging, kind: JudgedKind, employee_no: str, *, on: date
) -> tuple[Person, list[dict[str, Any]]]:
    """As `of_person`, by the employee's number."""
    rows = persons_judged(user, judging, kind, on=on)
    return _of_one([one for one in rows if one[0].employee_no == employee_no])


def _of_one(found: list[tuple[Person, list[dict[str, Any]]]]) -> tuple[Person, list[dict[str, Any]]]:
    if not found:
        raise Missing(_("Nothing is told of such a person that you may see."))
    return found[0]


def of_entered(user: User, judging: Judging, person_id: int, *, on: date) -> list[dict[str, Any]]:
    """Accuracies of a manager whom the user may see on the lines with a number of his own: there a lean shows.

    Raises
    ------
    Missing : as `of_person`.
    """
    of_person(user, judging, JudgedKind.ACCURACY, person_id, on=on)
    return _rows(judging, JudgedKind.ACCURACY, "entered", person_id)


def together(user: User, judging: Judging, kind: JudgedKind, *, on: date) -> list[dict[str, Any]]:
    """What is told of all managers together: an aggregate, for whoever may read about forecasts.

    Nothing where it is made of those whom the user sees one by one and a single other: what is left would be told of that one.
    """
    persons = persons_in_scope(user, READ, judging.company, on=on)
    if persons is not EVERYBODY:
        others = Judged.objects.filter(judging=judging, kind=kind, level="manager", entity_id__isnull=False)
        if others.exclude(entity_id__in=persons).count() == 1:
            return []
    level = "manager" if kind == JudgedKind.STAIR else "everybody"
    return _rows(judging, kind, level, None)


def units_judged(user: User, judging: Judging, kind: JudgedKind, *, on: date) -> dict[int, list[dict[str, Any]]]:
    """Sums of units within the user's scope, by unit; nothing for whoever sees only himself."""
    if access.scope_of(user, READ, judging.company) == Scope.OWN:
        return {}
    rows = Judged.objects.filter(judging=judging, kind=kind, level="unit", entity_id__isnull=False)
    if persons_in_scope(user, READ, judging.company, on=on) is not EVERYBODY:
        rows = rows.filter(entity_id__in=units_of(user, judging.company, on=on))
    return {int(row.entity_id or 0): row.rows for row in rows}


def company_judged(user: User, judging: Judging, kind: JudgedKind, *, on: date) -> list[dict[str, Any]]:
    """Sums of the company, for whoever sees all of it; nothing for others."""
    if persons_in_scope(user, READ, judging.company, on=on) is not EVERYBODY:
        return []
    return _rows(judging, kind, "company", judging.company_id)


def who_forecast_sums(company: Company) -> dict[int | None, list[str]]:
    """Names of who forecast the sums of each unit (None: of the company) in rounds that are scored, the newest first."""
    rows = Sheet.objects.filter(round__company=company, round__state=RoundState.SCORED)
    rows = rows.exclude(post=Post.CUSTOMER_MANAGER).order_by("-round__first_period", "person__name")
    found: dict[int | None, dict[str, None]] = {}
    for unit_id, name in rows.values_list("unit_id", "person__name"):
        found.setdefault(unit_id, {})[name] = None
    return {unit_id: list(names) for unit_id, names in found.items()}


def _rows(judging: Judging, kind: JudgedKind, level: str, entity_id: int | None) -> list[dict[str, Any]]:
    found = Judged.objects.filter(judging=judging, kind=kind, level=level, entity_id=entity_id).first()
    return list(found.rows) if found else []
