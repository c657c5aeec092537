"""Reads about flags, scoped to who asks."""

from datetime import date

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from lianxin.foundation import access
from lianxin.foundation.errors import Missing
from lianxin.foundation.models import Company, User
from lianxin.oversight.models import Flag, FlagEvent
from lianxin.oversight.states import FlagState
from lianxin.people import queries as people
from lianxin.people.models import Person


def flags_visible(user: User, company: Company, *, on: date) -> QuerySet[Flag]:
    """The flags that a user may see: one's own, one's unit's, or the company's. Newest first."""
    rows = (
        Flag.objects.filter(company=company).select_related("person", "reviewer", "owner").order_by("-opened_at", "-id")
    )
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
        raise Missing(_("There is no such question."))
    return flag


def flags_waiting_for(user: User, company: Company, *, on: date) -> int:
    """How many flags wait for this user's next step: an account, a correction, a review, a re-check."""
    mine = Q(person__user=user, state__in=[FlagState.OPENED, FlagState.CORRECTING]) | Q(owner=user)
    return Flag.objects.filter(mine, company=company).exclude(state=FlagState.CLOSED).count()


def flags_unheard(user: User, company: Company, *, on: date) -> int:
    """How many questions nobody answered in time, for whoever reviews: neither about himself nor opened by him."""
    if not access.may(user, "flags.review", company):
        return 0
    late = Flag.objects.filter(company=company, state=FlagState.OPENED, answer_due_on__lt=on)
    return late.exclude(person__user=user).exclude(opened_by=user).count()


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


def flag_about(company: Company, subject: str) -> Flag | None:
    """The question that was opened about a subject, by whichever rule."""
    return Flag.objects.filter(company=company, subject=subject).first()
