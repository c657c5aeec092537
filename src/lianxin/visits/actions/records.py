"""Begin, keep and hand in a record. What was handed in is a version and stays."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from django.db import transaction
from django.utils.translation import gettext as _

from lianxin.foundation import access, audit
from lianxin.foundation.errors import Denied, Refused
from lianxin.foundation.models import User
from lianxin.foundation.uuids import uuid7
from lianxin.people.models import Person
from lianxin.visits.models import Record, RecordVersion
from lianxin.visits.queries.calendar import Period, end_of
from lianxin.visits.queries.figures import figures_of
from lianxin.visits.queries.record_pictures import MOST_PHOTOS, charts_of, photos_to_choose
from lianxin.visits.states import RecordKind, RecordState

LONGEST: Final = 20_000


@transaction.atomic
def begin(*, person: Person, period: Period, by: User, at: datetime) -> Record:
    """The record of a person's period, filled with figures and charts of the moment; an earlier one anew while it is a draft.

    Raises
    ------
    Denied : somebody else's record. Refused : a period that has not begun.
    """
    _require_own(person, by)
    if at < period.due_at and at.astimezone(period.due_at.tzinfo).date() < period.first:
        raise Refused(_("This period has not begun yet."), field="period")
    on = at.astimezone(person.company.zone).date()
    figures = {
        "at": at.isoformat(),
        "rows": [one.as_json() for one in figures_of(person.company, person, period)],
        "charts": [one.as_json() for one in charts_of(person.company, person, period, on=on)],
    }
    record, created = Record.objects.select_for_update().get_or_create(
        person=person,
        kind=period.kind,
        period_start=period.first,
        defaults={"id": uuid7(), "company": person.company, "due_at": period.due_at, "figures": figures},
    )
    if created:
        _tell(record, by, "records.begin", at)
    elif record.state == RecordState.DRAFT:
        record.figures = figures
        record.save(update_fields=["figures"])
    return record


@transaction.atomic
def keep(*, record: Record, words: str, by: User, at: datetime, photo_ids: Sequence[str] | None = None) -> Record:
    """The draft with these words and photographs, for going on later; what was handed in changes only by handing it in again.

    Parameters
    ----------
    photo_ids : photographs of one's own visits of the period, at most six; None leaves those chosen before

    Raises
    ------
    Denied : somebody else's record. Refused : already handed in, too long, or photographs that are not of the period's visits.
    """
    record = _locked(record, by)
    if record.state == RecordState.SUBMITTED:
        raise Refused(_("This record is handed in; hand in a new version to change it."))
    record.words = _checked(words)
    record.photo_ids = _chosen(record, photo_ids)
    record.save(update_fields=["words", "photo_ids"])
    return record


@transaction.atomic
def submit(*, record: Record, words: str, by: User, at: datetime, photo_ids: Sequence[str] | None = None) -> Record:
    """The record handed in with one's own words, as a new version. The first handing-in decides whether it was in time.

    Parameters
    ----------
    photo_ids : as `keep`

    Raises
    ------
    Denied : somebody else's record.
    Refused : no words of one's own, nothing changed, too long, or photographs that are not of the period's visits.
    """
    record = _locked(record, by)
    words = _checked(words)
    if not words.strip():
        raise Refused(_("Write what you saw and what you think; the figures alone are not a record."), field="words")
    chosen = _chosen(record, photo_ids)
    if record.state == RecordState.SUBMITTED and (words, chosen) == (record.words, record.photo_ids):
        raise Refused(_("Nothing has changed since this was handed in."), field="words")
    record.words, record.photo_ids = words, chosen
    if record.state == RecordState.DRAFT:
        record.state = RecordState.SUBMITTED
        record.submitted_at = at
    record.save(update_fields=["words", "photo_ids", "state", "submitted_at"])
    RecordVersion.objects.create(record=record, words=words, photo_ids=chosen, submitted_at=at)
    _tell(record, by, "records.submit", at)
    return record


@transaction.atomic
def hand_in(
    *, person: Person, period: Period, words: str, by: User, at: datetime, photo_ids: Sequence[str] | None = None
) -> Record:
    """The record of a period begun and handed in at once. Raises as `begin` and `submit`."""
    record = begin(person=person, period=period, by=by, at=at)
    return submit(record=record, words=words, by=by, at=at, photo_ids=photo_ids)


def _locked(record: Record, by: User) -> Record:
    record = Record.objects.select_for_update().select_related("person", "company").get(pk=record.pk)
    _require_own(record.person, by)
    return record


def _require_own(person: Person, by: User) -> None:
    access.require(by, "records.write", person.company)
    if person.user_id != by.pk:
        raise Denied(_("Everybody writes his own records."))


def _chosen(record: Record, photo_ids: Sequence[str] | None) -> list[str]:
    """The photographs that a record is to show, each once; those chosen before may stay though their files are gone."""
    if photo_ids is None:
        return list(record.photo_ids)
    asked = list(dict.fromkeys(photo_ids))
    if len(asked) > MOST_PHOTOS:
        raise Refused(_("A record shows at most %(most)s photographs.") % {"most": MOST_PHOTOS}, field="photos")
    new = [pk for pk in asked if pk not in record.photo_ids]
    own = photos_to_choose(record.person, record.period_start, end_of(RecordKind(record.kind), record.period_start))
    if own.filter(pk__in=new).count() < len(new):
        raise Refused(_("Choose photographs of your own visits of this period."), field="photos")
    return asked


def _checked(words: str) -> str:
    if len(words) > LONGEST:
        raise Refused(
            _("The text has %(n)s signs; a record has at most %(most)s.") % {"n": len(words), "most": LONGEST},
            field="words",
        )
    return words


def _tell(record: Record, by: User, verb: str, at: datetime) -> None:
    audit.record(
        company=record.company,
        by=by,
        verb=verb,
        subject=f"record:{record.pk}",
        after={
            "kind": record.kind,
            "period_start": record.period_start.isoformat(),
            "n_signs": len(record.words),
            "photos": record.photo_ids,
        },
        at=at,
    )
