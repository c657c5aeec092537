"""Reads about flags, scoped to who asks, and the measured rate of false alarms of each rule."""

from dataclasses import dataclass
from datetime import date
from math import sqrt

from django.db.models import Count, Q, QuerySet

from lianxin.foundation.errors import Missing
from lianxin.foundation.models import Company, User
from lianxin.oversight.models import Flag, FlagEvent
from lianxin.oversight.states import Conclusion, FlagState
from lianxin.people import queries as people
from lianxin.people.models import Person

Z = 1.959964  # two-sided 95 %
MINIMUM_CLOSED = 10


def flags_visible(user: User, company: Company, *, on: date) -> QuerySet[Flag]:
    """The flags that a user may see: one's own, one's unit's, or the company's. Newest first."""
    rows = Flag.objects.filter(company=company).select_related("person", "reviewer").order_by("-opened_at", "-id")
    persons = people.persons_in_scope(user, "flags.read", company, on=on)
    return rows if persons is people.EVERYBODY else rows.filter(person_id__in=persons)


def flag_visible(user: User, company: Company, flag_id: str, *, on: date) -> Flag:
    """One flag.

    Raises
    ------
    Missing : there is none, or the user may not see it; the answer is the same, so that nothing leaks.
    """
    flag = flags_visible(user, company, on=on).filter(pk=flag_id).first()
    if flag is None:
        raise Missing("There is no such question.")
    return flag


def flags_waiting_for(user: User, company: Company, *, on: date) -> int:
    """How many flags wait for this user's own account."""
    return Flag.objects.filter(company=company, person__user=user, state=FlagState.OPENED).count()


@dataclass(frozen=True)
class FalseAlarmRate:
    """False alarms of a rule among its decided flags. `share`, `low`, `high` in [0, 1]; None below the minimum sample.

    A flag is decided when it was closed as confirmed, justified or data fault; "not enough evidence" decides nothing.
    The interval is Wilson's, 95 %.
    """

    rule: str
    opened: int
    decided: int
    false_alarms: int
    share: float | None
    low: float | None
    high: float | None


def false_alarm_rates(company: Company) -> list[FalseAlarmRate]:
    """The false-alarm rate of each rule of a company, by rule code. Everybody may see it."""
    false = Q(conclusion__in=[Conclusion.JUSTIFIED, Conclusion.DATA_FAULT])
    rows = (
        Flag.objects.filter(company=company)
        .values("rule")
        .annotate(
            opened=Count("pk"),
            decided=Count("pk", filter=false | Q(conclusion=Conclusion.CONFIRMED)),
            false=Count("pk", filter=false),
        )
        .order_by("rule")
    )
    return [_rate(row["rule"], row["opened"], row["decided"], row["false"]) for row in rows]


def _rate(rule: str, opened: int, decided: int, false: int) -> FalseAlarmRate:
    if decided < MINIMUM_CLOSED:
        return FalseAlarmRate(rule, opened, decided, false, None, None, None)
    share = false / decided
    centre = (share + Z * Z / (2 * decided)) / (1 + Z * Z / decided)
    half = Z * sqrt(share * (1 - share) / decided + Z * Z / (4 * decided * decided)) / (1 + Z * Z / decided)
    return FalseAlarmRate(rule, opened, decided, false, share, max(0.0, centre - half), min(1.0, centre + half))


def events_of(flag: Flag) -> QuerySet[FlagEvent]:
    """The steps of a flag's life, oldest first."""
    return flag.events.select_related("by").order_by("at", "pk")


def nobody() -> QuerySet[Person]:
    """No person: what a form offers before it knows who asks."""
    return Person.objects.none()


def persons_to_ask(user: User, company: Company, *, on: date) -> QuerySet[Person]:
    """The persons about whom a user may open a question: those of the verb's scope, without oneself."""
    rows = Person.objects.filter(company=company).exclude(user=user).order_by("employee_no")
    persons = people.persons_in_scope(user, "flags.open", company, on=on)
    return rows if persons is people.EVERYBODY else rows.filter(pk__in=persons)
