"""Agree to what a manager took out of his own approved plan, or decline it. Until then it has left the route and is owed."""

from collections.abc import Iterator
from datetime import date, datetime

from django.db import transaction
from django.utils.translation import gettext as _

from lianxin.core.visiting import CallPlan
from lianxin.foundation import audit
from lianxin.foundation.errors import Denied, Refused
from lianxin.foundation.models import User
from lianxin.visits.actions.planning import day_rows, locked, place_in_day
from lianxin.visits.models import PlanChange, PlannedVisit
from lianxin.visits.queries.excuses import excused_as, may_agree, taken_away
from lianxin.visits.queries.plan_inputs import plan_of
from lianxin.visits.states import ExcuseState, PlannedState


@transaction.atomic
def agree(*, change: PlanChange, words: str, by: User, at: datetime, on: date) -> PlanChange:
    """The change agreed to: its visits and days are owed by nobody.

    Raises
    ------
    Denied : one's own plan, or a manager of another unit. Refused : it does not wait, or no longer.
    """
    change = _waiting(change, by, on=on)
    for visit in _pending(change):
        visit.state = excused_as(change)
        visit.save(update_fields=["state"])
    return _decided(change, ExcuseState.AGREED, words, by, at)


@transaction.atomic
def decline(*, change: PlanChange, words: str, by: User, at: datetime, on: date) -> PlanChange:
    """The change declined: its visits and days stay owed. Visits that are still ahead return to the route; what moved stays moved.

    Raises
    ------
    Denied, Refused : as `agree`; or no word about why.
    """
    change = _waiting(change, by, on=on)
    if not words.strip():
        raise Refused(_("Say why; the customer manager reads it."), field="words")
    plans: dict[int, CallPlan] = {}
    pending = list(_pending(change))
    for visit in pending:
        if visit.visit_date < on:
            visit.state = PlannedState.PLANNED
            visit.save(update_fields=["state"])
            continue
        others = day_rows(visit.person, visit.visit_date)
        if any(row.retailer_id == visit.retailer_id for row in others):
            # Somebody put the shop into this day anew meanwhile; one visit is owed, not two.
            visit.state = PlannedState.DROPPED
            visit.save(update_fields=["state"])
            continue
        visit.state = PlannedState.PLANNED
        if visit.person_id not in plans:
            # Once for all visits of a person: with road tables a plan is dear to read.
            also = [one.retailer_id for one in pending]
            plans[visit.person_id] = plan_of(change.cycle, visit.person, also=also)
        place_in_day(visit, others, None, plans[visit.person_id])
    return _decided(change, ExcuseState.DECLINED, words, by, at)


def _waiting(change: PlanChange, by: User, *, on: date) -> PlanChange:
    cycle = locked(change.cycle)
    row = PlanChange.objects.select_for_update().get(pk=change.pk)
    row.cycle = cycle
    if not may_agree(by, cycle, on=on):
        raise Denied(_("The market manager of the unit agrees to it, and nobody to his own."))
    if row.excuse != ExcuseState.WAITING:
        raise Refused(_("Nothing waits here: it was decided, or needs nobody's word."))
    return row


def _pending(change: PlanChange) -> Iterator[PlannedVisit]:
    rows = PlannedVisit.objects.select_for_update(of=("self",)).filter(
        pk__in=taken_away(change), state=PlannedState.PENDING
    )
    for row in rows.select_related("person", "retailer").order_by("visit_date", "order", "pk"):
        row.cycle = change.cycle
        yield row


def _decided(change: PlanChange, excuse: ExcuseState, words: str, by: User, at: datetime) -> PlanChange:
    change.excuse, change.excuse_by, change.excuse_at = excuse, by, at
    change.excuse_words = words.strip()[:300]
    change.save(update_fields=["excuse", "excuse_by", "excuse_at", "excuse_words"])
    audit.record(
        company=change.cycle.company,
        by=by,
        verb=f"callplans.excuse_{excuse}",
        subject=f"callplan:{change.cycle_id}",
        after={"change": change.pk, "kind": change.kind},
        reason=words.strip(),
        at=at,
    )
    return change
