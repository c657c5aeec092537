"""The verbs of a call plan: record, propose, approve or return, change by hand. Each is one transaction with its audit row."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from lianxin.core.visiting import CallPlan
from lianxin.foundation import audit
from lianxin.foundation.errors import Denied, Refused
from lianxin.foundation.models import User
from lianxin.foundation.uuids import uuid7
from lianxin.people import queries as people
from lianxin.people.models import Person
from lianxin.visits.models import PlanChange, PlanCycle, PlannedVisit, StartPoint
from lianxin.visits.queries import deciding
from lianxin.visits.queries.excuses import excuse_of
from lianxin.visits.queries.plan_inputs import IN_PLACE, Inputs, as_retailers, plan_of, time_of, values_of
from lianxin.visits.queries.plan_roads import account_of
from lianxin.visits.queries.plan_timing import best_place, timed
from lianxin.visits.states import PLAN_MOVES, ExcuseState, PlanChangeKind, PlannedState, PlanState

Reasons = Mapping[int, Sequence[Mapping[str, Any]]]


def require_in_scope(user: User, verb: str, person: Person, *, on: date) -> None:
    """Raise Denied unless the verb's scope of a user includes a person on a day."""
    scope = people.persons_in_scope(user, verb, person.company, on=on)
    if scope is not people.EVERYBODY and person.pk not in scope:
        raise Denied(_("You may do this only for yourself or for persons of your own unit."))


@transaction.atomic
def record(*, inputs: Inputs, plan: CallPlan, reasons: Reasons, by: User | None, at: datetime, on: date) -> PlanCycle:
    """The cycle with the visits of a plan just made. A draft or a returned plan of the same start is replaced.

    Parameters
    ----------
    by : None when the system makes it
    reasons : retailer -> why it is visited, as `core.visiting` tells it

    Raises
    ------
    Denied : the user may not make plans for this person.
    Refused : there is nothing to plan, the plan was handed in or approved already, or another cycle covers some of its days.
    """
    person = inputs.person
    if by is not None:
        require_in_scope(by, "callplans.make", person, on=on)
    if not inputs.retailers:
        raise Refused(
            _("%(person)s holds no active retailer with a place on %(day)s.")
            % {"person": person, "day": inputs.starts_on}
        )
    cycle = PlanCycle.objects.select_for_update().filter(person=person, starts_on=inputs.starts_on).first()
    if cycle is not None and cycle.state not in (PlanState.DRAFT, PlanState.RETURNED):
        raise Refused(
            _("The plan of %(person)s is handed in already; change it instead of making it anew.") % {"person": person}
        )
    others = PlanCycle.objects.filter(person=person, starts_on__lt=inputs.ends_on, ends_on__gt=inputs.starts_on)
    if others.exclude(starts_on=inputs.starts_on).exists():
        raise Refused(_("%(person)s has another plan for some of these days.") % {"person": person}, field="starts_on")
    told = {
        "parameters": {
            "values": dict(inputs.values),
            "start": [inputs.start.latitude, inputs.start.longitude],
            "start_is_set": inputs.start_is_set,
            "norm": inputs.norm,
            "n_retailers": len(inputs.retailers) + len(inputs.without_place),
            "travel": account_of(plan, inputs.travel, inputs.values),
        },
        "unplaced": [
            *({"retailer_id": pk, "reason": "no_place", "n_visits": 1} for pk in inputs.without_place),
            *(
                {"retailer_id": int(one.retailer_id), "reason": one.why.value, "n_visits": one.n_visits}
                for one in plan.unplaced
            ),
        ],
        "ends_on": inputs.ends_on,
        "made_at": at,
        "state": PlanState.DRAFT,
        "words": "",
    }
    if cycle is None:
        cycle = PlanCycle.objects.create(
            id=uuid7(), company=person.company, person=person, starts_on=inputs.starts_on, **told
        )
    else:
        for name, value in told.items():
            setattr(cycle, name, value)
        cycle.save()
        cycle.visits.all().delete()
    PlannedVisit.objects.bulk_create(
        PlannedVisit(
            id=uuid7(),
            cycle=cycle,
            company=person.company,
            person=person,
            retailer_id=int(visit.retailer_id),
            visit_date=visit.visit_date,
            order=visit.order,
            arrive_at=time_of(visit.arrive),
            travel_minutes=round(visit.travel_minutes, 1),
            service_minutes=round(visit.leave - visit.arrive, 1),
            reasons=list(reasons.get(int(visit.retailer_id), ())),
            wanted_visits=inputs.wanted[int(visit.retailer_id)].visits,
            wanted_by=inputs.wanted[int(visit.retailer_id)].by[:300],
        )
        for visit in plan.visits
    )
    audit.record(
        company=person.company,
        by=by,
        verb="callplans.make",
        subject=f"callplan:{cycle.pk}",
        after={
            "person": person.pk,
            "starts_on": inputs.starts_on,
            "visits": len(plan.visits),
            "unplaced": len(cycle.unplaced),
        },
        at=at,
    )
    return cycle


@transaction.atomic
def propose(*, cycle: PlanCycle, by: User, at: datetime, on: date) -> PlanCycle:
    """The plan handed in for approval.

    Raises
    ------
    Denied : not a plan of the user's own or of his unit. Refused : it has no visits, or was handed in already.
    """
    cycle = locked(cycle)
    require_in_scope(by, "callplans.make", cycle.person, on=on)
    if not cycle.visits.filter(state=PlannedState.PLANNED).exists():
        raise Refused(_("The plan has no visits. Make it first."))
    _move(cycle, PlanState.PROPOSED, proposed_at=at, proposed_by=by)
    _audit(cycle, "callplans.propose", by, at)
    return cycle


@transaction.atomic
def approve(*, cycle: PlanCycle, by: User, at: datetime, on: date) -> PlanCycle:
    """The plan approved.

    Raises
    ------
    Denied : a plan of one's own, one that the user handed in himself, or one of another unit. Refused : it does not wait.
    """
    cycle = locked(cycle)
    deciding.require_decider(cycle, by, on=on)
    _move(cycle, PlanState.APPROVED, decided_at=at, decided_by=by, words="")
    _audit(cycle, "callplans.approve", by, at)
    return cycle


@transaction.atomic
def give_back(*, cycle: PlanCycle, words: str, by: User, at: datetime, on: date) -> PlanCycle:
    """The plan returned with what is to be changed.

    Raises
    ------
    Denied : as `approve`. Refused : no words, or it does not wait.
    """
    cycle = locked(cycle)
    deciding.require_decider(cycle, by, on=on)
    if not words.strip():
        raise Refused(_("Write what is to be changed; the customer manager reads it."), field="words")
    _move(cycle, PlanState.RETURNED, decided_at=at, decided_by=by, words=words.strip())
    _audit(cycle, "callplans.return", by, at, reason=words.strip())
    return cycle


@transaction.atomic
def move(
    *, visit: PlannedVisit, to_day: date, to_order: int | None, reason: str, by: User, at: datetime, on: date
) -> PlanChange:
    """A planned visit moved to another day or another place in its day; both days are timed anew.

    Parameters
    ----------
    to_order : place in the day, from 1; None where it adds least

    Raises
    ------
    Denied, Refused : see `changeable`; the day is over or not in the cycle, or the retailer is planned on it already.
    """
    visit = changeable(visit, reason, by, on=on)
    cycle = visit.cycle
    if not cycle.starts_on <= to_day < cycle.ends_on:
        raise Refused(_("The day is not in this cycle."), field="to_day")
    if to_day < on:
        raise Refused(_("The day is over; choose today or later."), field="to_day")
    same = day_rows(visit.person, to_day, without=visit)
    if any(row.retailer_id == visit.retailer_id for row in same):
        raise Refused(_("This retailer is planned on that day already."), field="to_day")
    before = {"day": visit.visit_date, "order": visit.order}
    from_day = visit.visit_date
    plan = plan_of(cycle, visit.person)
    visit.visit_date = to_day
    place_in_day(visit, same, to_order, plan)
    if from_day != to_day:
        time_anew(day_rows(visit.person, from_day, without=visit), cycle, plan)
    visit.refresh_from_db()
    moved = {
        "visit": visit.pk,
        "retailer": visit.retailer_id,
        "from": before,
        "to": {"day": to_day, "order": visit.order},
    }
    return changed(cycle, PlanChangeKind.BY_HAND, {"moved": [moved]}, reason, by, at)


@transaction.atomic
def take_out(*, visit: PlannedVisit, reason: str, by: User, at: datetime, on: date) -> PlanChange:
    """A visit taken out of the plan; it stays visible with its reason, and is owed by nobody.

    What a manager takes out of his own approved plan leaves the route at once and is owed until somebody else agrees.

    Raises
    ------
    Denied, Refused : see `changeable`.
    """
    visit = changeable(visit, reason, by, on=on)
    excuse = excuse_of(visit.cycle, by, on=on)
    visit.state = PlannedState.PENDING if excuse == ExcuseState.WAITING else PlannedState.DROPPED
    visit.words = reason.strip()[:300]
    visit.save(update_fields=["state", "words"])
    time_anew(day_rows(visit.person, visit.visit_date, without=visit), visit.cycle, plan_of(visit.cycle, visit.person))
    body = {"taken_out": [{"visit": visit.pk, "retailer": visit.retailer_id, "day": visit.visit_date}]}
    return changed(visit.cycle, PlanChangeKind.BY_HAND, body, reason, by, at, excuse=excuse)


@transaction.atomic
def set_start(
    *, person: Person, latitude: float, longitude: float, valid_from: date, by: User, at: datetime, on: date
) -> StartPoint:
    """Where a person's working days begin from a day on; plans made afterwards use it.

    Raises
    ------
    Denied : not oneself or somebody of one's unit. Refused : no place on earth.
    """
    require_in_scope(by, "callplans.make", person, on=on)
    if not (-90 <= latitude <= 90 and -180 <= longitude <= 180) or (latitude, longitude) == (0, 0):
        raise Refused(_("Give a latitude from -90 to 90 and a longitude from -180 to 180."), field="latitude")
    row, _created = StartPoint.objects.update_or_create(
        person=person, valid_from=valid_from, defaults={"latitude": latitude, "longitude": longitude, "by": by}
    )
    # Where somebody's day begins is often where he lives: the audit says that it was set, not where.
    audit.record(
        company=person.company,
        by=by,
        verb="callplans.set_start",
        subject=f"person:{person.pk}",
        after={"valid_from": valid_from},
        at=at,
    )
    return row


# What the verbs of this room's plans share


def locked(cycle: PlanCycle) -> PlanCycle:
    """The cycle as it is now, held until the transaction ends."""
    return PlanCycle.objects.select_for_update(of=("self",)).select_related("company", "person").get(pk=cycle.pk)


def changeable(visit: PlannedVisit, reason: str, by: User, *, on: date) -> PlannedVisit:
    """The visit, ready to be changed by hand.

    Raises
    ------
    Denied : not a visit of the user's own or of his unit.
    Refused : no reason, the visit was made or fell away, its day is over, or the plan waits for approval.
    """
    cycle = locked(visit.cycle)
    row = PlannedVisit.objects.select_for_update(of=("self",)).select_related("person", "retailer").get(pk=visit.pk)
    row.cycle = cycle
    require_in_scope(by, "callplans.change", row.person, on=on)
    require_open(cycle)
    if not reason.strip():
        raise Refused(_("Write the reason for the change; it stays with the plan."), field="reason")
    if row.state != PlannedState.PLANNED:
        raise Refused(_("Only a visit that is still to be made can be changed."))
    if row.visit_date < on:
        raise Refused(_("The day of this visit is over; it stays as it was."))
    return row


def require_open(cycle: PlanCycle) -> None:
    """Raise Refused while a plan waits for approval: whoever decides must decide about what he sees."""
    if cycle.state == PlanState.PROPOSED:
        raise Refused(
            _("The plan of %(person)s waits for approval. Have it decided before changing it.")
            % {"person": cycle.person}
        )


def day_rows(person: Person, day: date, *, without: PlannedVisit | None = None) -> list[PlannedVisit]:
    """What a person visits on a day, in order, those covered for others too."""
    rows = PlannedVisit.objects.filter(person=person, visit_date=day, state__in=IN_PLACE).select_related("retailer")
    return [row for row in rows.order_by("order", "pk") if without is None or row.pk != without.pk]


def place_in_day(visit: PlannedVisit, others: Sequence[PlannedVisit], to_order: int | None, plan: CallPlan) -> None:
    """Put a visit among the others of its day, at a place or where it adds least; time the day anew by its person's plan."""
    known = _known([visit, *others], visit.cycle)
    new = known.get(visit.retailer_id)
    stops = [known[row.retailer_id] for row in others if known.get(row.retailer_id)]
    if to_order is not None:
        place = max(0, min(to_order - 1, len(others)))
    elif new is None or len(stops) < len(others):
        place = len(others)
    else:
        place = best_place(plan.start, plan.settings, stops, new)
    visit.save()
    time_anew([*others[:place], visit, *others[place:]], visit.cycle, plan)


def time_anew(rows: Sequence[PlannedVisit], cycle: PlanCycle, plan: CallPlan) -> None:
    """Write order, way and arrival of a day's visits, by the ways of their person's plan; a visit that was made keeps its time."""
    known = _known(rows, cycle)
    placed = [row for row in rows if known.get(row.retailer_id)]
    times = timed(plan.start, plan.settings, [known[row.retailer_id] for row in placed])
    at = dict(zip([row.pk for row in placed], times, strict=True))
    for number, row in enumerate(rows, 1):
        row.order = number
        if row.pk in at and row.state == PlannedState.PLANNED:
            row.arrive_at, row.travel_minutes = time_of(at[row.pk].arrive), round(at[row.pk].travel_minutes, 1)
    PlannedVisit.objects.bulk_update(rows, ["order", "arrive_at", "travel_minutes"])


def changed(
    cycle: PlanCycle,
    kind: PlanChangeKind,
    body: dict[str, Any],
    reason: str,
    by: User,
    at: datetime,
    *,
    excuse: ExcuseState = ExcuseState.NOT_NEEDED,
) -> PlanChange:
    """The row that tells of a change, with its audit row."""
    plain = audit_plain(body)
    row = PlanChange.objects.create(
        cycle=cycle, kind=kind, body=plain, reason=reason.strip()[:300], by=by, at=at, excuse=excuse
    )
    _audit(cycle, f"callplans.change_{kind}", by, at, reason=reason.strip(), after={"excuse": excuse.value, **plain})
    return row


def audit_plain(value: Any) -> Any:
    """Days as texts, all the way down."""
    if isinstance(value, dict):
        return {key: audit_plain(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [audit_plain(one) for one in value]
    return value.isoformat() if isinstance(value, date) else value


def _known(rows: Sequence[PlannedVisit], cycle: PlanCycle) -> dict[int, Any]:
    values = values_of(cycle)
    return as_retailers({row.retailer_id for row in rows}, values, on=cycle.starts_on)


def _move(cycle: PlanCycle, to: PlanState, **fields: Any) -> None:
    if to not in PLAN_MOVES[PlanState(cycle.state)]:
        raise Refused(
            _("A plan that is “%(now)s” cannot become “%(next)s”.")
            % {"now": cycle.get_state_display(), "next": to.label}
        )
    cycle.state = to
    for name, value in fields.items():
        setattr(cycle, name, value)
    cycle.save(update_fields=["state", *fields])


def _audit(cycle: PlanCycle, verb: str, by: User, at: datetime, *, reason: str = "", after: Any = None) -> None:
    audit.record(
        company=cycle.company,
        by=by,
        verb=verb,
        subject=f"callplan:{cycle.pk}",
        after={"state": cycle.state, **(after or {})},
        reason=reason,
        at=at,
    )
