"""Promises that a user may see, and how far an overdue one has risen."""

from datetime import date, timedelta

from django.db.models import BigIntegerField, Count, F, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.utils.translation import gettext as _

from lianxin.core.parameters import value_of
from lianxin.foundation import parameters as dated
from lianxin.foundation.errors import Missing
from lianxin.foundation.models import Company, User
from lianxin.people import queries as people
from lianxin.people.models import Person
from lianxin.retailers.models import Territory
from lianxin.retailers.queries import held_on
from lianxin.visits.models import Promise
from lianxin.visits.queries import holding
from lianxin.visits.states import PromiseState


def with_charge(rows: QuerySet[Promise], *, on: date | OuterRef) -> QuerySet[Promise]:
    """Promises with `in_charge_id` and `in_charge_name`: who holds the shop on a day, else whoever gave the promise.

    Parameters
    ----------
    on : one day, or a column of the promises that has the day of each
    """
    held = Territory.objects.filter(held_on(on), retailer=OuterRef("retailer")).order_by("pk")
    return rows.annotate(
        in_charge_id=Coalesce(Subquery(held.values("person_id")[:1]), F("owner_id"), output_field=BigIntegerField()),
        in_charge_name=Coalesce(Subquery(held.values("person__name")[:1]), F("owner__name")),
    )


def may_settle(person: Person, promise: Promise, *, on: date) -> bool:
    """Whether a promise is a person's to settle on a day: he holds or covers the shop; where nobody holds it, he gave it."""
    if holding.is_held(person, promise.retailer, on=on):
        return True
    is_free = not Territory.objects.filter(held_on(on), retailer=promise.retailer).exists()
    return is_free and promise.owner_id == person.pk


def promises_visible(user: User, company: Company, *, on: date) -> QuerySet[Promise]:
    """The promises of the persons in a user's scope, the earliest due first: given by them, or of shops they hold or cover now."""
    rows = Promise.objects.filter(company=company).select_related("owner", "retailer").order_by("due_on", "id")
    rows = with_charge(rows, on=on)
    persons = people.persons_in_scope(user, "promises.read", company, on=on)
    if persons is people.EVERYBODY:
        return rows
    me = people.person_of(user)
    charged = set(persons) | (holding.persons_acted_for(me, on=on) if me is not None else set())
    return rows.filter(Q(owner_id__in=persons) | Q(in_charge_id__in=charged))


def promise_visible(user: User, company: Company, promise_id: str, *, on: date) -> Promise:
    """One promise.

    Raises
    ------
    Missing : there is none, or the user may not see it.
    """
    promise = promises_visible(user, company, on=on).select_related("decided_by").filter(pk=promise_id).first()
    if promise is None:
        raise Missing(_("There is no such promise."))
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
    """The counts of the promises that are one's own to keep now, for the home page."""
    me = people.person_of(user)
    charged = holding.persons_acted_for(me, on=on) if me is not None else set()
    rows = with_charge(Promise.objects.filter(company=company), on=on)
    return counts(rows.filter(Q(in_charge_id__in=charged)), company, on=on)
