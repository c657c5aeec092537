"""Whose word excuses: what managers took out of their own approved plans, and who may agree to it."""

from collections.abc import Iterable
from datetime import date
from typing import Final

from django.db.models import F, Q, QuerySet
from django.utils.translation import gettext as _

from lianxin.foundation.errors import Missing
from lianxin.foundation.models import Company, User
from lianxin.visits.models import PlanChange, PlanCycle, PlannedVisit
from lianxin.visits.queries import deciding
from lianxin.visits.states import ExcuseState, PlanChangeKind, PlannedState, PlanState

# Under these an excuse does not count: nobody has agreed.
UNAGREED: Final = (ExcuseState.WAITING, ExcuseState.DECLINED)


def may_agree(user: User, cycle: PlanCycle, *, on: date) -> bool:
    """Whether a user decides about a plan's excuses: who approves its manager's plans, and never about his own."""
    return deciding.is_decider(user, cycle, on=on)


def excuse_of(cycle: PlanCycle, by: User, *, on: date) -> ExcuseState:
    """Whether somebody else must agree to what a user takes away from a plan: only where it is approved and not his to decide."""
    if cycle.state != PlanState.APPROVED or may_agree(by, cycle, on=on):
        return ExcuseState.NOT_NEEDED
    return ExcuseState.WAITING


def taken_away(change: PlanChange) -> list[str]:
    """The planned visits that a change took off the route without another day."""
    return [one["visit"] for key in ("excused", "without_place", "taken_out") for one in change.body.get(key, ())]


def excused_as(change: PlanChange) -> PlannedState:
    """What a visit that a change took away is once somebody has agreed."""
    return PlannedState.DROPPED if change.kind == PlanChangeKind.BY_HAND else PlannedState.EXCUSED


def states_without_visit(visits: Iterable[PlannedVisit]) -> dict[str, PlannedState]:
    """Planned visit -> what it is if nobody made it: planned, or what the last change that took it away made of it."""
    cycles = {visit.pk: visit.cycle_id for visit in visits}
    found = dict.fromkeys(cycles, PlannedState.PLANNED)
    for change in PlanChange.objects.filter(cycle__in=set(cycles.values())).order_by("at", "pk"):
        became = {
            ExcuseState.WAITING: PlannedState.PENDING,
            ExcuseState.AGREED: excused_as(change),
        }.get(ExcuseState(change.excuse), PlannedState.PLANNED)
        found.update({pk: became for pk in taken_away(change) if pk in found})
    return found


def awaited_from(user: User, company: Company, *, on: date) -> QuerySet[PlanChange]:
    """The changes whose excuse is a user's to agree to, the oldest first."""
    rows = PlanChange.objects.filter(cycle__company=company, excuse=ExcuseState.WAITING)
    persons = deciding.decided_by(user, company, rows.values_list("cycle__person_id", flat=True), on=on)
    return (
        rows.filter(cycle__person_id__in=persons)
        .select_related("cycle__person", "cycle__company", "by")
        .order_by("at", "pk")
    )


def change_to_decide(user: User, company: Company, pk: int, *, on: date) -> PlanChange:
    """One change of a manager in whose scope a user decides.

    Raises
    ------
    Missing : there is none, or it is of another unit; the sentence does not tell which.
    """
    rows = PlanChange.objects.filter(cycle__company=company, pk=pk).select_related(
        "cycle__person", "cycle__company", "by"
    )
    found = rows.first()
    if found is None or not (found.cycle.person.user_id == user.pk or deciding.is_decider(user, found.cycle, on=on)):
        raise Missing(_("There is no such change of a plan among those you may decide about."))
    return found


def covers_not_freeing(company: Company) -> set[int]:
    """The covers that free nobody of a day: nobody agreed to them, nobody approved their plan, or it was made anew after them."""
    rows = PlanChange.objects.filter(cycle__company=company, kind=PlanChangeKind.COVER).exclude(
        Q(cycle__state=PlanState.APPROVED, at__gte=F("cycle__made_at")) & ~Q(excuse__in=UNAGREED)
    )
    return {body["cover"] for body in rows.values_list("body", flat=True) if "cover" in body}
