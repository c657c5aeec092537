"""A superior's judgement, with its reason. It is evidence of the next closing, and never a figure of software."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

from django.db import transaction
from django.utils.translation import gettext as _

from lianxin.appraisal import permissions
from lianxin.appraisal.models import Judgement
from lianxin.appraisal.queries.judgements import judged_parts
from lianxin.core.scoring import curves
from lianxin.core.units import last_day
from lianxin.foundation import audit
from lianxin.foundation.errors import Refused
from lianxin.foundation.models import User
from lianxin.people.models import Person

HIGHEST = 100
MOST_EVENTS = 1000


@transaction.atomic
def judge(*, person: Person, month: date, code: str, value: float, reason: str, by: User, at: datetime) -> Judgement:
    """The judgement of a person in a month; a later one for the same takes its place and both stay in the audit.

    Parameters
    ----------
    month : its first day; the person must have reported to `by` on its last
    code : one that the scheme in force in the month asks for
    value : 0 to 100, or a whole number of events where the scheme counts them

    Raises
    ------
    Denied : the person does not report to `by`.
    Refused : nothing of that code is asked for; the value is out of range; the reason is missing; the month lies ahead.
    """
    permissions.require_judge(by, person, on=last_day(month))
    if month > at.astimezone(ZoneInfo(person.company.time_zone)).date():
        raise Refused(_("%(month)s lies in the future.") % {"month": f"{month:%Y-%m}"}, field="month")
    part = {part.judgement: part for part in judged_parts(person.company, month)}.get(code)
    if part is None:
        raise Refused(_("The scheme in force in that month asks for no such judgement."), field="code")
    if isinstance(curves.own(part.curve), curves.Judgement):
        if not 0 <= value <= HIGHEST:
            raise Refused(_("Judge from 0 to 100."), field="value")
    elif not (0 <= value <= MOST_EVENTS and float(value).is_integer()):
        raise Refused(_("Give the number of events, a whole number from 0 on."), field="value")
    if not reason.strip():
        raise Refused(_("Give the reason: what was seen, when. The person reads it."), field="reason")
    old = Judgement.objects.filter(person=person, month=month, code=code).first()
    row, _created = Judgement.objects.update_or_create(
        person=person,
        month=month,
        code=code,
        defaults={
            "company": person.company,
            "value": float(value),
            "reason": reason.strip(),
            "judged_by": by,
            "judged_at": at,
        },
    )
    audit.record(
        company=person.company,
        by=by,
        verb="judgements.write",
        subject=f"judgement:{person.employee_no}:{month:%Y-%m}:{code}",
        before=None if old is None else {"value": old.value, "reason": old.reason},
        after={"value": row.value, "reason": row.reason},
        at=at,
    )
    return row
