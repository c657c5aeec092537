"""Promises that a user may see, and how far an overdue one has risen."""

from datetime import date, timedelta

from django.db.models import Count, Q, QuerySet

from lianxin.core.parameters import value_of
from lianxin.foundation import parameters as dated
from lianxin.foundation.errors import Missing
from lianxin.foundation.models import Company, User
from lianxin.people import queries as people
from lianxin.visits.models import Promise
from lianxin.visits.states import PromiseState


def promises_visible(user: User, company: Company, *, on: date) -> QuerySet[Promise]:
    """The promises of the persons in a user's scope, the earliest due first."""
    rows = Promise.objects.filter(company=company).select_related("owner", "retailer").order_by("due_on", "id")
    persons = people.persons_in_scope(user, "promises.read", company, on=on)
    return rows if persons is people.EVERYBODY else rows.filter(owner_id__in=persons)


def promise_visible(user: User, company: Company, promise_id: str, *, on: date) -> Promise:
    """One promise.

    Raises
    ------
    Missing : there is none, or the user may not see it.
    """
    promise = promises_visible(user, company, on=on).select_related("decided_by").filter(pk=promise_id).first()
    if promise is None:
        raise Missing("There is no such promise.")
    return promise


def standing(rows: QuerySet[Promise], which: str, company: Company, *, on: date) -> QuerySet[Promise]:
    """Narrowed to `waiting` (for leave), `due` (open, within a day), `overdue`, `risen` (to the leader), `open` or `unsettled`.

    An overdue promise is open past its day. It stands before the market manager at once, and before the leader once it is
    overdue by more than `visits.promise_rise_days`.
    """
    still = rows.filter(state=PromiseState.OPEN)
    if which == "waiting":
        return rows.filter(state=PromiseState.ASKED)
    if which == "unsettled":
        return rows.filter(state__in=(PromiseState.ASKED, PromiseState.OPEN))
    if which == "due":
        return still.filter(due_on__gte=on, due_on__lte=on + timedelta(days=1))
    if which == "overdue":
        return still.filter(due_on__lt=on)
    if which == "risen":
        return still.filter(due_on__lt=on - timedelta(days=rise_days(company, on=on)))
    return still if which == "open" else rows


def rise_days(company: Company, *, on: date) -> int:
    """Days overdue after which a promise rises to the leader."""
    return int(value_of(dated.in_force(company, on=on), "visits.promise_rise_days"))


def counts(rows: QuerySet[Promise], company: Company, *, on: date) -> dict[str, int]:
    """How many stand where; keys as in `standing`."""
    late = on - timedelta(days=rise_days(company, on=on))
    still = Q(state=PromiseState.OPEN)
    found: dict[str, int] = rows.order_by().aggregate(
        open=Count("pk", filter=still),
        due=Count("pk", filter=still & Q(due_on__gte=on, due_on__lte=on + timedelta(days=1))),
        overdue=Count("pk", filter=still & Q(due_on__lt=on)),
        risen=Count("pk", filter=still & Q(due_on__lt=late)),
        waiting=Count("pk", filter=Q(state=PromiseState.ASKED)),
    )
    return found


def own_counts(user: User, company: Company, *, on: date) -> dict[str, int]:
    """The counts of one's own promises, for the home page."""
    return counts(Promise.objects.filter(company=company, owner__user=user), company, on=on)
