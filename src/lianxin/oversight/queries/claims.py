"""What was recorded of the things that records claim, and the claims of a record."""

from datetime import date
from typing import Any

from django.db.models import Count, QuerySet

from lianxin.core.verifying.claims import DISPLAY, PHOTOS, STOCK, TAGS, VISITS
from lianxin.foundation.models import Company
from lianxin.oversight.models import RecordClaim
from lianxin.people.models import Person
from lianxin.visits import clocks
from lianxin.visits.models import Photo, Record, Visit, VisitAction
from lianxin.visits.states import ActionKind

_ACTIONS = {STOCK: ActionKind.STOCK_COUNT, TAGS: ActionKind.PRICE_TAGS, DISPLAY: ActionKind.DISPLAY}


def recorded(person: Person, first: date, last: date) -> dict[str, int]:
    """How many visits, counts, tag checks, displays and photographs a person recorded from a day until a day (exclusive)."""
    return _counted(person, Visit.objects.filter(person=person, visit_date__gte=first, visit_date__lt=last))


def untimed(person: Person, last: date) -> dict[str, int]:
    """The same of visits that arrived on that day or later and of which nobody can tell when they were.

    They stand on the day on which they arrived, and may be of a day before it.
    """
    rows = Visit.objects.filter(person=person, visit_date__gte=last).exclude(marks=[])
    told = rows.values_list("pk", *clocks.COLUMNS)
    ids = [pk for pk, *times in told if not clocks.by_server(*times).is_known]
    return _counted(person, Visit.objects.filter(pk__in=ids)) if ids else dict.fromkeys((VISITS, *_ACTIONS, PHOTOS), 0)


def _counted(person: Person, visits: QuerySet[Visit]) -> dict[str, int]:
    taken = Photo.objects.filter(person=person, visit_id_said__in=visits.values("pk"))
    return {VISITS: visits.count(), **_made(visits), PHOTOS: taken.count()}


def _made(visits: QuerySet[Visit]) -> dict[str, int]:
    rows: Any = VisitAction.objects.filter(visit__in=visits, skipped_because="").values("kind")
    counts = dict(rows.annotate(n=Count("visit", distinct=True)).values_list("kind", "n"))
    return {kind: counts.get(action, 0) for kind, action in _ACTIONS.items()}


def kinds_recorded(company: Company, first: date, last: date) -> frozenset[str]:
    """Of which of these things anybody in the company recorded any, from a day until a day (exclusive)."""
    visits = Visit.objects.filter(company=company, visit_date__gte=first, visit_date__lt=last)
    counts = {VISITS: visits.exists(), **_made(visits)}
    counts[PHOTOS] = Photo.objects.filter(company=company, visit_id_said__in=visits.values("pk")).exists()
    return frozenset(kind for kind, n in counts.items() if n)


def of_record(record: Record) -> list[RecordClaim]:
    """The claims of a record beside what was found, those without evidence first; for whoever may see the record."""
    order = {"yes": 0, "cannot_tell": 1, "no": 2}
    return sorted(RecordClaim.objects.filter(record=record), key=lambda one: (order[one.answer], one.pk))
