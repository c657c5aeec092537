"""Say why a planned visit was not made. What is said is kept and shown; it excuses nothing."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from lianxin.foundation import access, audit
from lianxin.foundation.errors import Denied, Refused
from lianxin.foundation.models import User
from lianxin.people.models import Person
from lianxin.visits.models import NotMade, PlannedVisit
from lianxin.visits.queries.not_made import days_to_say, is_made, last_day_to_say
from lianxin.visits.states import PlannedState, PlanState, WhyNotMade


class NotNeeded(Refused):
    """The visit was made, excused or taken out: nothing is left to explain."""


@transaction.atomic
def say_why(
    *,
    not_made_id: str,
    planned_id: str,
    person: Person,
    reason: str,
    words: str,
    said_at: datetime,
    by: User,
    at: datetime,
) -> NotMade:
    """What was said of a planned visit. Said again in time, the newest counts and the earlier stays.

    Parameters
    ----------
    said_at : when the person said it; `at` when the server heard of it

    Raises
    ------
    Denied : it was somebody else's to make.
    NotNeeded : it was made, excused or taken out meanwhile.
    Refused : no such visit, said before under this id, no reason that is known, "another" without words, a plan that nobody
        approved, a day that is not over, or too late.
    """
    company = person.company
    access.require(by, "visits.make", company)
    visit = (
        PlannedVisit.objects.select_for_update().select_related("cycle").filter(company=company, pk=planned_id).first()
    )
    if visit is None:
        raise Refused(_("There is no such planned visit among those you may see."), field="planned_id")
    if visit.person_id != person.pk or person.user_id != by.pk:
        raise Denied(_("Whoever was to make the visit says why it was not made."))
    if NotMade.objects.filter(pk=not_made_id).exists():
        raise Refused(_("This reason was sent before."), field="not_made_id")
    if reason not in WhyNotMade.values:
        raise Refused(_("Choose a reason."), field="reason")
    if reason == WhyNotMade.OTHER and not words.strip():
        raise Refused(_("Write down the reason."), field="words")
    if visit.state in (PlannedState.EXCUSED, PlannedState.DROPPED):
        raise NotNeeded(_("This visit was excused or taken out of the plan; no reason is asked for."))
    if is_made(visit):
        raise NotNeeded(_("This visit was made; no reason is asked for."))
    if visit.cycle.state != PlanState.APPROVED:
        raise Refused(_("Nobody approved this plan, so it binds nobody."))
    day = min(said_at, at).astimezone(company.zone).date()
    if day <= visit.visit_date:
        raise Refused(_("The day of this visit is not over yet."), field="planned_id")
    last = last_day_to_say(visit, days_to_say(company, on=day))
    if day > last:
        raise Refused(
            _("It could be said until %(day)s why this visit was not made.") % {"day": last.isoformat()},
            field="planned_id",
        )
    row = NotMade.objects.create(
        id=not_made_id,
        planned=visit,
        person=person,
        reason=reason,
        words=words.strip()[:300],
        said_at=min(said_at, at),
        received_at=at,
    )
    audit.record(
        company=company,
        by=by,
        verb="callplans.not_made",
        subject=f"planned:{visit.pk}",
        after={"reason": reason, "date": visit.visit_date, "retailer": visit.retailer_id},
        at=at,
    )
    return row
