"""Visits as made: taken once, with what was done in them, fixed from then on."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from lianxin.core.parameters import value_of
from lianxin.foundation import audit
from lianxin.foundation import parameters as dated
from lianxin.foundation import queries as company_queries
from lianxin.foundation.errors import Refused
from lianxin.foundation.models import Company, User
from lianxin.people.models import Person
from lianxin.retailers.models import Retailer
from lianxin.visits import bodies, clocks, places
from lianxin.visits.models import PlannedVisit, Position, Theme, Visit, VisitAction, VisitType
from lianxin.visits.queries import holding, replica
from lianxin.visits.states import ActionKind, FixSource, Moment, PlaceAnswer, PlannedState, VisitMark, VisitState


@dataclass(frozen=True, slots=True)
class Taken:
    """A visit that was taken, and sentences that the person is told about it (none: all was as usual)."""

    visit: Visit
    told: list[str] = field(default_factory=list)


@transaction.atomic
def complete(
    *,
    person: Person,
    body: bodies.CompleteBody,
    clock_offset_seconds: int | None = None,
    device_id: str = "",
    by: User | None,
    at: datetime,
) -> Taken:
    """The visit as it was taken.

    A retailer that went to a colleague meanwhile, an overlap or a wrong clock is marked and told, never refused: the work was done.

    Parameters
    ----------
    clock_offset_seconds : server minus phone when last in touch; None when nobody knows
    at : when the server received it

    Raises
    ------
    Refused : the visit is known already, ends before it begins, or names a retailer, theme, type or action that is not there.
    """
    company = person.company
    if Visit.objects.filter(pk=body.visit_id).exists():
        raise Refused(_("This visit was sent before; it is fixed and counted once."), field="visit_id")
    if body.check_out_at < body.check_in_at:
        raise Refused(_("The check-out is before the check-in."), field="check_out_at")
    retailer = holding.retailer_of(company, body.retailer_id)
    actions = _checked_actions(body)
    parameters = dated.in_force(company, on=at.astimezone(company.zone).date())
    marks: list[VisitMark] = []
    told: list[str] = []
    is_off = clock_offset_seconds is not None and abs(clock_offset_seconds) > _tolerance(parameters)
    if is_off or body.check_in_at > at + timedelta(seconds=_tolerance(parameters)):
        marks.append(VisitMark.WRONG_CLOCK)
    times = clocks.by_server(body.check_in_at, body.check_out_at, at, clock_offset_seconds, marks)
    if not times.is_known:
        # The clock was changed between the visit and now: nobody can tell the day, but it was not after it arrived.
        told.append(_("The visit begins later than now: your phone's clock was wrong. It counts for today."))
    elif marks:
        told.append(
            _("Your phone's clock is wrong; the visit was taken with the server's time beside it. Set the clock.")
        )
    day = times.start.astimezone(company.zone).date()
    held = holding.is_held(person, retailer, on=day)
    if not held:
        marks.append(VisitMark.NOT_HELD)
        told.append(
            _("%(retailer)s was with a colleague on %(day)s. Your visit is taken and shown, and counts by that date.")
            % {"retailer": retailer.name, "day": day.isoformat()}
        )
    if _overlapping(person, times, day):
        marks.append(VisitMark.OVERLAPS)
        told.append(_("It overlaps another visit of yours. Both are taken."))
    kept, not_kept = _positions_kept(person, body, times.start, parameters)
    marks += not_kept
    told += [_POSITION_WORDS[mark]() for mark in not_kept]
    answer = place_answer(kept.get(Moment.CHECK_IN), retailer, day, parameters)
    planned = _planned(person, retailer, body)
    visit_type = _of_company(VisitType, company.pk, body.visit_type_id, "visit_type_id")
    visit = Visit.objects.create(
        id=body.visit_id,
        company=company,
        person=person,
        retailer=retailer,
        planned=planned,
        planned_date=planned.visit_date if planned else None,
        visit_type=visit_type,
        theme=_of_company(Theme, company.pk, body.theme_id, "theme_id"),
        state=VisitState.CLOSED_BY_ITSELF if body.closed_by_itself else VisitState.DONE,
        visit_date=day,
        check_in_at=body.check_in_at,
        check_out_at=body.check_out_at,
        received_at=at,
        clock_offset_seconds=clock_offset_seconds,
        place_answer=answer.place,
        distance_metres=answer.distance_metres,
        n_answers=_n_answers(actions, person, visit_type, day),
        n_filled=bodies.n_filled((action.kind, each) for action, each in actions),
        note=body.note.strip(),
        device_id=device_id,
        held_at_visit=held,
        marks=marks,
    )
    VisitAction.objects.bulk_create(
        VisitAction(
            visit=visit,
            place=action.place,
            kind=action.kind,
            body=each,
            done_at=action.done_at,
            skipped_because=action.skipped_because.strip(),
        )
        for action, each in actions
    )
    _keep_positions(visit, kept)
    if planned is not None and planned.state in (PlannedState.PLANNED, PlannedState.PENDING):
        planned.state = PlannedState.DONE
        planned.save(update_fields=["state"])
    audit.record(
        company=company,
        by=by,
        verb="visits.complete",
        subject=f"visit:{visit.pk}",
        after={"person": person.employee_no, "retailer": retailer.licence_no, "date": day, "marks": marks},
        at=at,
    )
    return Taken(visit, told)


def place_answer(
    position: bodies.PositionBody | None, retailer: Retailer, day: date, parameters: dict[str, Any]
) -> places.Answer:
    """What a check-in's position says about being at the retailer's shop on a day."""
    if position is None:
        return places.Answer(PlaceAnswer.NO_FIX, None)
    return places.answered(
        (position.latitude, position.longitude),
        accuracy_metres=position.accuracy_metres,
        age_seconds=position.fix_age_seconds,
        points=holding.points_of(retailer, on=day),
        radius_metres=float(value_of(parameters, "field.radius_metres")),
        age_limit_seconds=float(value_of(parameters, "field.fix_age_limit_seconds")),
    )


def _n_answers(
    actions: Sequence[tuple[bodies.ActionBody, dict[str, Any]]], person: Person, visit_type: VisitType | None, day: date
) -> int | None:
    """How many questions were answered; None where none was asked. A phone says nothing of a step that nobody touched."""
    given = [each for action, each in actions if action.kind == ActionKind.QUESTIONS]
    is_asked = visit_type is not None and any(step["kind"] == ActionKind.QUESTIONS for step in visit_type.actions)
    if not given and not (is_asked and replica.has_questions(person, on=day)):
        return None
    return sum(map(bodies.n_answered, given))


_POSITION_WORDS = {
    VisitMark.NO_CONSENT: lambda: _(
        "The position was not kept: you have not consented to it. The visit counts all the same."
    ),
    VisitMark.OUT_OF_HOURS: lambda: _(
        "The position was not kept: it is outside working hours or on a day off. The visit counts all the same."
    ),
}


def _checked_actions(body: bodies.CompleteBody) -> list[tuple[bodies.ActionBody, dict[str, Any]]]:
    seen: set[int] = set()
    for action in body.actions:
        if action.place in seen:
            raise Refused(_("Two actions stand in one place of the visit."), field=f"actions.{action.place}")
        seen.add(action.place)
    return [(action, bodies.read_action(action)) for action in sorted(body.actions, key=lambda each: each.place)]


def _tolerance(parameters: dict[str, Any]) -> int:
    return int(value_of(parameters, "field.clock_tolerance_seconds"))


def _correction(offset: int | None, parameters: dict[str, Any]) -> timedelta:
    if offset is None or abs(offset) <= _tolerance(parameters):
        return timedelta(0)
    return timedelta(seconds=offset)


def corrected(moment: datetime, offset: int | None, company: Company, *, at: datetime) -> datetime:
    """An instant of a phone by the server's clock, where the phone's is wrong by more than the tolerance."""
    return moment + _correction(offset, dated.in_force(company, on=at.astimezone(company.zone).date()))


def _overlapping(person: Person, times: clocks.Times, day: date) -> bool:
    """Whether another visit was going on; of a visit of which nobody can tell when it was nobody can tell that either."""
    if times.end is None:
        return False
    near = (day - timedelta(days=1), day + timedelta(days=1))
    rows = Visit.objects.filter(person=person, visit_date__range=near).values_list(*clocks.COLUMNS)
    others = [other for row in rows if (other := clocks.by_server(*row)).end is not None]
    return any(other.start < times.end and other.end > times.start for other in others if other.end is not None)


def in_hours(moment: datetime, company: Company, parameters: dict[str, Any]) -> bool:
    """Whether an instant, in the company's local time, lies in the hours of a working day in which positions may be kept."""
    if not company_queries.is_working_day(company, moment.date()):
        return False
    hour = moment.hour + moment.minute / 60
    first = float(value_of(parameters, "field.position_from_hour"))
    return first <= hour < float(value_of(parameters, "field.position_until_hour"))


def _positions_kept(
    person: Person, body: bodies.CompleteBody, true_start: datetime, parameters: dict[str, Any]
) -> tuple[dict[Moment, bodies.PositionBody], list[VisitMark]]:
    """The positions that may be kept, and why others are not. Without consent, or out of hours, none is even looked at."""
    ends = true_start + (body.check_out_at - body.check_in_at)
    sent = ((Moment.CHECK_IN, body.check_in_position, true_start), (Moment.CHECK_OUT, body.check_out_position, ends))
    found = [(m, position, when) for m, position, when in sent if position and position.source != FixSource.NONE]
    consent = holding.consent_in_force(person)
    if found and (consent is None or consent.given_at > true_start + timedelta(seconds=_tolerance(parameters))):
        return {}, [VisitMark.NO_CONSENT]
    zone = person.company.zone
    kept = {m: position for m, position, when in found if in_hours(when.astimezone(zone), person.company, parameters)}
    return kept, [VisitMark.OUT_OF_HOURS] if len(kept) < len(found) else []


def _keep_positions(visit: Visit, kept: dict[Moment, bodies.PositionBody]) -> None:
    Position.objects.bulk_create(
        Position(
            visit=visit,
            moment=moment,
            latitude=position.latitude,
            longitude=position.longitude,
            accuracy_metres=position.accuracy_metres,
            fix_age_seconds=position.fix_age_seconds,
            source=position.source,
            taken_at=position.taken_at,
        )
        for moment, position in kept.items()
    )


def _planned(person: Person, retailer: Retailer, body: bodies.CompleteBody) -> PlannedVisit | None:
    """The planned visit that this one is; a plan that was made anew meanwhile loses nobody's work."""
    if body.planned_id is None:
        return None
    return PlannedVisit.objects.filter(pk=body.planned_id, person=person, retailer=retailer).first()


def _of_company(model: Any, company_id: int, pk: int | None, name: str) -> Any:
    if pk is None:
        return None
    row = model.objects.filter(company_id=company_id, pk=pk).first()
    if row is None:
        raise Refused(
            _("“%(field)s” names nothing that is there. Fetch today's work again.") % {"field": name}, field=name
        )
    return row
