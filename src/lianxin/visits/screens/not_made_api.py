"""Why planned visits were not made, by API."""

from datetime import date, datetime
from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext as _
from ninja import Router, Schema

from lianxin.foundation import clock
from lianxin.foundation.api import REFUSED
from lianxin.foundation.context import company_of, user_of
from lianxin.foundation.errors import Refused
from lianxin.foundation.gate import needs
from lianxin.foundation.uuids import uuid7
from lianxin.people import queries as people
from lianxin.visits.actions import not_made as actions
from lianxin.visits.models import NotMade, PlannedVisit
from lianxin.visits.queries import planning
from lianxin.visits.queries.not_made import days_to_say, last_day_to_say, said_of
from lianxin.visits.states import WhyNotMade

router = Router(tags=["call plans"])


class NotMadeOut(Schema):
    """`reason` is empty where nobody has said why; `until` is the last day for it."""

    planned_id: str
    employee_no: str
    licence_no: str
    visit_date: date
    reason: str
    words: str
    said_at: datetime | None
    until: date


class NotMadeIn(Schema):
    reason: WhyNotMade
    words: str = ""


def _not_made(visit: PlannedVisit, said: NotMade | None, days: int) -> dict[str, Any]:
    return {
        "planned_id": visit.pk,
        "employee_no": visit.person.employee_no,
        "licence_no": visit.retailer.licence_no,
        "visit_date": visit.visit_date,
        "reason": said.reason if said else "",
        "words": said.words if said else "",
        "said_at": said.said_at if said else None,
        "until": last_day_to_say(visit, days),
    }


@router.get("/call-plans/{plan_id}/not-made", response={200: list[NotMadeOut], **REFUSED})
@needs("callplans.read")
def list_not_made(request: HttpRequest, plan_id: str) -> Any:
    """The visits due on days that are over that were made on no day, and why."""
    company = company_of(request)
    on = clock.today(company)
    cycle = planning.cycle_visible(user_of(request), company, plan_id, on=on)
    found = planning.standing(cycle, on=on).not_made
    said, days = said_of(found), days_to_say(cycle.company, on=on)
    return [_not_made(visit, said.get(visit.pk), days) for visit in found]


@router.post("/planned-visits/{planned_id}/not-made", response={200: NotMadeOut, **REFUSED})
@needs("visits.make")
def say_why_not_made(request: HttpRequest, planned_id: str, given: NotMadeIn) -> dict[str, Any]:
    """Say why a visit of your own whose day is over was not made. It changes no indicator."""
    user, company, at = user_of(request), company_of(request), clock.now()
    on = clock.today(company)
    visit = planning.planned_visible(user, company, planned_id, on=on)
    person = people.person_of(user)
    if person is None:
        raise Refused(_("Your account is not joined to a person of the company. Ask the administrator."))
    row = actions.say_why(
        not_made_id=uuid7(),
        planned_id=visit.pk,
        person=person,
        reason=given.reason,
        words=given.words,
        said_at=at,
        by=user,
        at=at,
    )
    return _not_made(visit, row, days_to_say(company, on=on))
