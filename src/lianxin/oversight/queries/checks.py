"""Reads about rounds and checks. Whom a check is about never sees it before its round is over."""

from collections.abc import Iterable
from datetime import date, datetime, timedelta

from django.db.models import Count, Q, QuerySet
from django.utils.translation import gettext as _

from lianxin.core.units import first_day, month_plus
from lianxin.foundation import access
from lianxin.foundation.errors import Missing
from lianxin.foundation.models import Company, RoleGrant, User
from lianxin.foundation.states import Role
from lianxin.oversight.models import Check, CheckRound, VisitVerdict
from lianxin.oversight.states import CheckChannel, CheckState, RoundState, RunMode
from lianxin.people.models import Person
from lianxin.retailers.models import Retailer
from lianxin.visits.models import PolicyTold, Visit
from lianxin.visits.queries import visiting_policies as told
from lianxin.visits.queries.visiting import visits_visible
from lianxin.visits.states import VisitState

CHECKERS = {
    CheckChannel.WALK: (Role.MARKET_MANAGER, Role.BRAND_MANAGER),
    CheckChannel.SPOT: (Role.SUPERVISION_OFFICER,),
    CheckChannel.PHONE: (Role.SUPERVISION_OFFICER,),
}
_SEEN = Q(round=None) | Q(round__state=RoundState.OVER)


def rounds(company: Company) -> QuerySet[CheckRound]:
    """Every round with how many of its checks are done, not done and open; newest first."""
    return (
        CheckRound.objects.filter(company=company)
        .annotate(
            n_checks=Count("checks"),
            n_done=Count("checks", filter=Q(checks__state=CheckState.DONE)),
            n_not_done=Count("checks", filter=Q(checks__state=CheckState.NOT_DONE)),
        )
        .order_by("-number")
    )


def round_of(company: Company, number: int) -> CheckRound:
    """The round with that number.

    Raises
    ------
    Missing : there is none.
    """
    found = rounds(company).filter(number=number).first()
    if found is None:
        raise Missing(_("There is no round of checks with this number."))
    return found


def _checks(company: Company) -> QuerySet[Check]:
    return Check.objects.filter(company=company).select_related("visit__person", "visit__retailer", "checker", "round")


def checks_of(row: CheckRound) -> QuerySet[Check]:
    """The checks of a round, for the office."""
    return _checks(row.company).filter(round=row)


def checks_to_make(user: User, company: Company) -> QuerySet[Check]:
    """The checks that a user is to make himself: open ones first, then by day."""
    access.require(user, "checks.make", company)
    return _checks(company).filter(checker=user).order_by("due_on", "pk")


def check_to_make(user: User, company: Company, pk: int) -> Check:
    """One check of one's own.

    Raises
    ------
    Missing : there is none, or it is somebody else's; the answer is the same, so that nothing leaks.
    """
    found = checks_to_make(user, company).filter(pk=pk).first()
    if found is None:
        raise Missing(_("There is no such check."))
    return found


def policies_to_ask(check: Check, *, on: date) -> list[PolicyTold]:
    """The tellings of policies that a check may ask about in its shop, never those of the checker himself."""
    return [row for row in told.to_ask(check.visit.retailer, on=on) if row.person.user_id != check.checker_id]


def waiting_for(user: User, company: Company) -> int:
    """How many checks wait for this user."""
    if not access.may(user, "checks.make", company):
        return 0
    return Check.objects.filter(company=company, checker=user, state=CheckState.ASSIGNED).count()


def results_about(visit: Visit) -> QuerySet[Check]:
    """What checks found about a visit, once their round is over: what everybody who may see the visit may see."""
    return _checks(visit.company).filter(_SEEN, visit=visit).exclude(state=CheckState.ASSIGNED).order_by("channel")


def seen_results(company: Company) -> QuerySet[Check]:
    """The answers of checks whose rounds are over, and of those that came with files."""
    return _checks(company).filter(_SEEN, state=CheckState.DONE)


def frame_of(company: Company, first: date, until: date) -> list[tuple[str, float]]:
    """Visits that can be drawn, by id, with their risk: that of the newest run, or what visits have on average."""
    ids = list(
        Visit.objects.filter(company=company, visit_date__gte=first, visit_date__lt=until)
        .exclude(state=VisitState.OPEN)
        .order_by("pk")
        .values_list("pk", flat=True)
    )
    told = VisitVerdict.objects.filter(
        run__company=company, run__mode=RunMode.FORMAL, visit_date__gte=first, visit_date__lt=until
    )
    risks = dict(told.order_by("run__number").values_list("visit_id", "risk"))
    usual = sum(risks.values()) / len(risks) if risks else 0.1
    return [(pk, risks.get(pk, usual)) for pk in ids]


def checkers(company: Company, channel: CheckChannel) -> list[User]:
    """Whose post makes checks of a channel, by id."""
    holders = RoleGrant.objects.filter(company=company, role__in=CHECKERS[channel], revoked_at=None).values("user")
    return list(User.objects.filter(pk__in=holders, is_active=True).order_by("pk"))


def checkers_by_month(company: Company, first: date, until: date) -> dict[tuple[int, date], set[int]]:
    """(person, first day of a month) -> users who made, or are to make, checks of the person's visits of that month.

    Parameters
    ----------
    first, until : the months in which these days lie, `until` excluded
    """
    since, after = first_day(first), month_plus(first_day(until - timedelta(days=1)), 1)
    rows = Check.objects.filter(company=company, visit__visit_date__gte=since, visit__visit_date__lt=after)
    rows = rows.filter(checker__isnull=False).exclude(state=CheckState.NOT_DONE)
    found: dict[tuple[int, date], set[int]] = {}
    for person, day, checker in rows.values_list("visit__person_id", "visit__visit_date", "checker_id"):
        found.setdefault((person, first_day(day)), set()).add(checker)
    return found


def check_of(company: Company, pk: int) -> Check:
    """One check of the company, for the office.

    Raises
    ------
    Missing : there is none.
    """
    found = _checks(company).filter(pk=pk).first()
    if found is None:
        raise Missing(_("There is no such check."))
    return found


def users_by_id(company: Company, ids: Iterable[int]) -> QuerySet[User]:
    """Users of a company by id, for a form."""
    return User.objects.filter(company=company, pk__in=list(ids)).order_by("username")


def results_of(person: Person) -> QuerySet[Check]:
    """What checks found about a person's visits, once their rounds are over."""
    return _checks(person.company).filter(_SEEN, visit__person=person).exclude(state=CheckState.ASSIGNED)


def results_at(user: User, retailer: Retailer, *, first: datetime, last: datetime, on: date) -> QuerySet[Check]:
    """What checks whose rounds are over found in a shop: all of it for who reads checks, else that about visits one may see."""
    rows = seen_results(retailer.company).filter(visit__retailer=retailer, done_at__gte=first, done_at__lte=last)
    if access.may(user, "checks.read", retailer.company):
        return rows
    if not access.may(user, "visits.read", retailer.company):
        return rows.none()
    return rows.filter(visit__in=visits_visible(user, retailer.company, on=on))
