"""What is kept only for a time goes on time: positions, care notes past their day, the files of photographs.

Answers and distances stay, and so do a photograph's hash, its likeness to others and everything that was concluded from it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final

from django.conf import settings
from django.db import transaction
from django.db.models import Q

from lianxin.core.parameters import value_of
from lianxin.foundation import audit
from lianxin.foundation import parameters as dated
from lianxin.foundation.models import Company, User
from lianxin.visits.models import CareNote, Photo, Position

PHOTOS_AT_ONCE: Final = 500


@dataclass(frozen=True, slots=True)
class Forgotten:
    """How much was deleted."""

    n_positions: int
    n_care_notes: int
    n_photos: int


def forget(*, company: Company, by: User | None, at: datetime) -> Forgotten:
    """Delete positions (`field.position_days`) and files of photographs (`field.photo_days`) older than the company keeps
    them, and care notes past their day.

    A position is as old as its fix or its arrival says, whichever is older: a phone whose clock runs ahead keeps nothing longer.
    A photograph is as old as its arrival: a phone whose clock is behind loses no evidence. The audit says how many went, never
    what they said.
    """
    parameters = dated.in_force(company, on=at.astimezone(company.zone).date())
    n_positions, n_notes = _forget_rows(company, parameters, by, at)
    n_photos = 0
    while n := _forget_photos(company, parameters, by, at):
        n_photos += n
    return Forgotten(n_positions, n_notes, n_photos)


@transaction.atomic
def _forget_rows(company: Company, parameters: Mapping[str, Any], by: User | None, at: datetime) -> tuple[int, int]:
    days = int(value_of(parameters, "field.position_days"))
    line = at - timedelta(days=days)
    old = Position.objects.filter(Q(taken_at__lt=line) | Q(visit__received_at__lt=line), visit__company=company)
    n_positions, _each = old.delete()
    today = at.astimezone(company.zone).date()
    n_notes, _each = CareNote.objects.filter(company=company, keep_until__lt=today).delete()
    if n_positions or n_notes:
        _tell(company, {"positions": n_positions, "care_notes": n_notes, "older_than": line, "days": days}, by, at)
    return n_positions, n_notes


@transaction.atomic
def _forget_photos(company: Company, parameters: Mapping[str, Any], by: User | None, at: datetime) -> int:
    """How many photographs lost their file now; a file goes before its row says so, so that a run that breaks off hides none."""
    days = int(value_of(parameters, "field.photo_days"))
    line = at - timedelta(days=days)
    # Under the lock with which photographs are kept: nobody keeps one under a file that goes at this moment.
    Company.objects.select_for_update().get(pk=company.pk)
    old = Photo.objects.filter(company=company, received_at__lt=line).exclude(path="").order_by("received_at", "pk")
    paths = dict(old.values_list("pk", "path")[:PHOTOS_AT_ONCE])
    if not paths:
        return 0
    # The same bytes sent twice are one file, and the younger photograph still shows it.
    shared = Photo.objects.filter(path__in=set(paths.values())).exclude(pk__in=paths)
    for path in set(paths.values()) - set(shared.values_list("path", flat=True)):
        (Path(settings.MEDIA_ROOT) / path).unlink(missing_ok=True)
    Photo.objects.filter(pk__in=paths).update(path="")
    _tell(company, {"photos": len(paths), "older_than": line, "days": days}, by, at)
    return len(paths)


def _tell(company: Company, after: dict[str, Any], by: User | None, at: datetime) -> None:
    audit.record(company=company, by=by, verb="visits.forget", subject=f"company:{company.code}", after=after, at=at)
