"""Records compared with earlier ones, one's own and colleagues': what repeats is shown side by side and asked about."""

from collections import defaultdict
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, Final

import numpy as np
from django.db import transaction
from django.urls import reverse

from lianxin.core.units import month_plus
from lianxin.core.verifying.notes import copies
from lianxin.foundation import access, audit
from lianxin.foundation.models import Company, User
from lianxin.oversight.actions import flags
from lianxin.oversight.models import RecordLikeness
from lianxin.oversight.queries import rules, standing
from lianxin.oversight.wording import Wording, wording
from lianxin.people.models import Person
from lianxin.visits.models import Record, RecordVersion
from lianxin.visits.queries.calendar import bounds

RULE: Final = "copied_records"
# A text is held against those of the year before it.
_MONTHS_BACK: Final = 12
_SHOWN: Final = 8


@transaction.atomic
def compare(*, company: Company, month: date, by: User | None, at: datetime, on: date) -> list[RecordLikeness]:
    """Records handed in during a month whose own words are those of an earlier one. Each writer is asked once a month.

    Daily logs are compared with daily logs, weekly notes with weekly notes, analyses with analyses. Versions of the same record
    are its own writer's work on it and never count as copies. The numbers are those by which the month's visits are verified.

    Raises
    ------
    Denied : a post that may not verify.
    """
    if by is not None:
        access.require(by, "verification.run", company)
    start, end = bounds(month, month_plus(month, 1), company)
    since, _last = bounds(month_plus(month, -_MONTHS_BACK), month, company)
    rows = RecordVersion.objects.filter(record__company=company, submitted_at__gte=since, submitted_at__lt=end)
    by_kind: dict[str, list[RecordVersion]] = defaultdict(list)
    for version in rows.select_related("record__person").order_by("submitted_at", "pk"):
        by_kind[version.record.kind].append(version)
    numbers = rules.numbers_for(company, month=month)
    made: list[RecordLikeness] = []
    for versions in by_kind.values():
        made.extend(_found(versions, numbers, start, at))
    RecordLikeness.objects.filter(version__in=[one.version for one in made]).delete()
    RecordLikeness.objects.bulk_create(made)
    for person, several in _by_writer(made).items():
        _ask(company, person, several, month, at, on)
    audit.record(
        company=company,
        by=by,
        verb="verification.compare_records",
        subject=f"month:{month:%Y-%m}",
        after={"n_compared": sum(map(len, by_kind.values())), "n_alike": len(made)},
        at=at,
    )
    return made


def _found(
    versions: list[RecordVersion], numbers: Mapping[str, Any], start: datetime, at: datetime
) -> list[RecordLikeness]:
    writers = np.unique([one.record.person_id for one in versions], return_inverse=True)[1]
    # Every record stands in its own place, so that "the same shop" never applies.
    places = np.unique([one.record_id for one in versions], return_inverse=True)[1]
    moments = np.array([int(one.submitted_at.timestamp()) for one in versions], np.int64)
    told = copies([one.words for one in versions], writers, places, moments, numbers)
    found = []
    for place in np.flatnonzero(told.answer == 1):
        version, source = versions[place], versions[int(told.source[place])]
        if version.submitted_at >= start and version.record_id != source.record_id:
            likeness = float(told.similarity[place])
            found.append(RecordLikeness(version=version, source=source, likeness=likeness, found_at=at))
    return found


def _by_writer(made: list[RecordLikeness]) -> dict[Person, list[RecordLikeness]]:
    found: dict[Person, list[RecordLikeness]] = defaultdict(list)
    for one in made:
        found[one.version.record.person].append(one)
    return found


def record_title(record: Record) -> Wording:
    """What a record is called in evidence: its kind and the first day of its period."""
    return wording("record.title", kind=wording(f"record.{record.kind}"), day=str(record.period_start))


def _ask(
    company: Company,
    person: Person,
    several: list[RecordLikeness],
    month: date,
    at: datetime,
    on: date,
) -> None:
    subject = f"{RULE}:{person.pk}:{month:%Y-%m}"
    if not standing.may_ask(company, RULE, subject):
        return
    evidence: list[dict[str, str | Wording]] = [
        {
            "title": record_title(one.version.record),
            "text": wording(
                "copied_records.text",
                share=f"{one.likeness:.0%}",
                name=one.source.record.person.name,
                day=str(one.source.record.period_start),
            ),
            "source": wording("records.source"),
            "url": reverse("oversight:record_copy", args=[one.version.record_id]),
        }
        for one in sorted(several, key=lambda one: -one.likeness)[:_SHOWN]
    ]
    flags.open(
        company=company,
        person=person,
        rule=RULE,
        subject=subject,
        question=wording("copied_records.question", month=f"{month:%Y-%m}"),
        evidence=evidence,
        by=None,
        at=at,
        on=on,
    )
