"""What records claim to have been done, held against what was recorded in their period; what nothing bears is asked about."""

from collections import defaultdict
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, Final

from django.db import transaction
from django.urls import reverse

from lianxin.core.units import month_plus
from lianxin.core.verifying.claims import YES, answer, claims
from lianxin.foundation import access, audit, parameters
from lianxin.foundation.models import Company, User
from lianxin.oversight.actions import flags
from lianxin.oversight.actions.likeness import record_title
from lianxin.oversight.models import RecordClaim
from lianxin.oversight.queries import claims as queries
from lianxin.oversight.queries import standing
from lianxin.oversight.wording import Wording, wording
from lianxin.people.models import Person
from lianxin.visits.models import Record
from lianxin.visits.queries.calendar import period_of
from lianxin.visits.states import RecordKind, RecordState

RULE: Final = "claims_without_evidence"
_SHOWN: Final = 8


@transaction.atomic
def compare(*, company: Company, month: date, by: User | None, at: datetime, on: date) -> list[RecordClaim]:
    """The claims of the records whose period began in a month, each with what was recorded. Each writer is asked once a month.

    Records of periods that are not over are left alone: what they claim may still be on its way.

    Raises
    ------
    Denied : a post that may not verify.
    """
    if by is not None:
        access.require(by, "verification.run", company)
    numbers = parameters.in_force(company, on=on)
    rows = Record.objects.filter(
        company=company, state=RecordState.SUBMITTED, period_start__gte=month, period_start__lt=month_plus(month, 1)
    ).select_related("person")
    kept_by_company = queries.kinds_recorded(company, month, month_plus(month, 1))
    made: list[RecordClaim] = []
    for record in rows.order_by("pk"):
        made.extend(_of(record, kept_by_company, numbers, at, on))
    RecordClaim.objects.filter(record__in=rows).delete()
    RecordClaim.objects.bulk_create(made)
    asked: dict[Person, list[RecordClaim]] = defaultdict(list)
    for one in made:
        if one.answer == YES:
            asked[one.record.person].append(one)
    for person, several in asked.items():
        _ask(company, person, several, month, at, on)
    audit.record(
        company=company,
        by=by,
        verb="verification.compare_claims",
        subject=f"month:{month:%Y-%m}",
        after={"n_claims": len(made), "n_without_evidence": sum(map(len, asked.values()))},
        at=at,
    )
    return made


def _of(record: Record, kept: frozenset[str], numbers: Mapping[str, Any], at: datetime, on: date) -> list[RecordClaim]:
    period = period_of(RecordKind(record.kind), record.period_start, record.company, numbers)
    told = claims(record.words, record.kind) if period.last <= on else []
    found = queries.recorded(record.person, period.first, period.last) if told else {}
    is_short = any(found[one.kind] < one.n for one in told)
    untimed = queries.untimed(record.person, period.last) if is_short else {}
    share = float(numbers["oversight.claim_share"])
    return [
        RecordClaim(
            record=record,
            kind=one.kind,
            words=one.words[:200],
            claimed=one.n,
            found=found[one.kind],
            answer=answer(
                one.n,
                found[one.kind],
                is_recorded=one.kind in kept,
                least_share=share,
                n_untimed=untimed.get(one.kind, 0),
            ),
            compared_at=at,
        )
        for one in told
    ]


def _ask(
    company: Company,
    person: Person,
    several: list[RecordClaim],
    month: date,
    at: datetime,
    on: date,
) -> None:
    subject = f"{RULE}:{person.pk}:{month:%Y-%m}"
    if not standing.may_ask(company, RULE, subject):
        return
    evidence: list[dict[str, str | Wording]] = [
        {
            "title": record_title(one.record),
            "text": wording("claims.text", words=one.words, found=one.found),
            "source": wording("records.source"),
            "url": reverse("visits:record", args=[one.record_id]),
        }
        for one in sorted(several, key=lambda one: (one.found - one.claimed, one.record.period_start))[:_SHOWN]
    ]
    flags.open(
        company=company,
        person=person,
        rule=RULE,
        subject=subject,
        question=wording("claims.question", month=f"{month:%Y-%m}"),
        evidence=evidence,
        by=None,
        at=at,
        on=on,
    )
