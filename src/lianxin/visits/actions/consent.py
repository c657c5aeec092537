"""Consent to positions: given separately, with the purpose read; withdrawn at any time, and what was kept goes with it."""

from datetime import datetime

from django.db import transaction

from lianxin.foundation import audit
from lianxin.foundation import parameters as dated
from lianxin.foundation.models import User
from lianxin.people.models import Person
from lianxin.visits.limits import consent_purpose
from lianxin.visits.models import Position, PositionConsent
from lianxin.visits.queries import holding


@transaction.atomic
def give(*, person: Person, given_at: datetime, by: User | None, at: datetime) -> PositionConsent:
    """The consent in force, with the purpose as it was read. Given twice, it stays the first."""
    known = holding.consent_in_force(person)
    if known is not None:
        return known
    company = person.company
    purpose = consent_purpose(dated.in_force(company, on=at.astimezone(company.zone).date()))
    consent = PositionConsent.objects.create(person=person, purpose=purpose, given_at=min(given_at, at))
    audit.record(
        company=company, by=by, verb="positions.consent", subject=f"person:{person.employee_no}",
        after={"purpose": purpose, "given_at": consent.given_at}, at=at,
    )  # fmt: skip
    return consent


@transaction.atomic
def withdraw(*, person: Person, by: User | None, at: datetime) -> int:
    """How many positions were deleted. The answers of visits stay; without consent there is nothing to withdraw."""
    consents = list(holding.consents(person).filter(withdrawn_at=None))
    if not consents:
        return 0
    PositionConsent.objects.filter(pk__in=[consent.pk for consent in consents]).update(withdrawn_at=at)
    n_deleted, _each = Position.objects.filter(visit__person=person).delete()
    audit.record(
        company=person.company, by=by, verb="positions.withdraw", subject=f"person:{person.employee_no}",
        after={"positions_deleted": n_deleted}, at=at,
    )  # fmt: skip
    return n_deleted
