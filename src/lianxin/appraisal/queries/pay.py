"""Reads about pay: whole runs for HR and leaders, one's own line for everybody else."""

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from lianxin.appraisal.models import PayLine, PayRun, ReviewRequest
from lianxin.appraisal.states import RequestState, RunState, Step
from lianxin.core.units import last_day
from lianxin.foundation import access
from lianxin.foundation.errors import Missing
from lianxin.foundation.models import Company, User
from lianxin.foundation.states import Scope
from lianxin.people.queries import EVERYBODY, persons_in_scope


def sees_runs(user: User, company: Company) -> bool:
    """Whether the user sees whole pay runs, not only his own line."""
    return access.scope_of(user, "pay.read", company) in (Scope.COMPANY, Scope.ALL)


def runs(company: Company) -> QuerySet[PayRun]:
    """Every pay run, newest month first. For those who see whole runs."""
    rows = PayRun.objects.filter(closing__company=company).select_related(
        "closing__scheme_version__scheme", "proposed_by", "decided_by"
    )
    return rows.order_by("-closing__month", "-pk")


def run(user: User, company: Company, pk: int) -> PayRun:
    """A pay run that the user sees whole.

    Raises
    ------
    Denied : the user sees no pay at all.
    Missing : there is none, or it is not his to see; the answer does not tell which.
    """
    access.require(user, "pay.read", company)
    found = runs(company).filter(pk=pk).first() if sees_runs(user, company) else None
    if found is None:
        raise Missing(_("There is no such pay run."))
    return found


def lines(of: PayRun) -> QuerySet[PayLine]:
    """The lines of a run, by employee number."""
    return of.lines.select_related("person", "run__closing__company").order_by("person__employee_no")


def own_lines(user: User, company: Company) -> QuerySet[PayLine]:
    """The user's own lines of confirmed runs, newest month first."""
    rows = PayLine.objects.filter(
        person__user=user, run__closing__company=company, run__state=RunState.CONFIRMED
    ).select_related("run__closing__company", "run__decided_by", "person")
    return rows.order_by("-run__closing__month")


def open_requests(company: Company) -> QuerySet[ReviewRequest]:
    """Requests for a review that nobody has answered."""
    rows = ReviewRequest.objects.filter(scorecard__closing__company=company, state=RequestState.OPEN)
    return rows.select_related("scorecard__person", "scorecard__closing", "asked_by").order_by("asked_at")


def requests_visible(user: User, company: Company) -> QuerySet[ReviewRequest]:
    """Requests about scorecards that a user may see, in scope on the last day of each one's month, the oldest first.

    Raises
    ------
    Denied : the user sees no scorecards at all.
    """
    access.require(user, "scorecards.read", company)
    rows = ReviewRequest.objects.filter(scorecard__closing__company=company, scorecard__closing__step=Step.RELEASED)
    months = rows.order_by().values_list("scorecard__closing__month", flat=True).distinct()
    seen = Q(pk__in=[])
    for month in months:
        persons = persons_in_scope(user, "scorecards.read", company, on=last_day(month))
        if persons is EVERYBODY:
            seen |= Q(scorecard__closing__month=month)
        else:
            seen |= Q(scorecard__closing__month=month, scorecard__person_id__in=persons)
    return rows.filter(seen).select_related("scorecard__person", "scorecard__closing__company").order_by("pk")


def request(company: Company, pk: int) -> ReviewRequest:
    """A request for a review.

    Raises
    ------
    Missing : there is none.
    """
    found = (
        ReviewRequest.objects.filter(scorecard__closing__company=company, pk=pk)
        .select_related("scorecard__person", "scorecard__closing__company")
        .first()
    )
    if found is None:
        raise Missing(_("There is no such request."))
    return found


def waiting_for(user: User, company: Company) -> int:
    """How many proposed pay runs wait for this user's decision."""
    if not access.may(user, "pay.confirm", company):
        return 0
    waiting = PayRun.objects.filter(closing__company=company, state=RunState.PROPOSED).exclude(proposed_by=user)
    return waiting.count()


def line(user: User, company: Company, pk: int) -> PayLine:
    """A line that the user may see: any for those who see runs, else his own once it is confirmed.

    Raises
    ------
    Denied : the user sees no pay at all.
    Missing : there is none, or it is not his to see; the answer does not tell which.
    """
    access.require(user, "pay.read", company)
    rows = PayLine.objects.filter(run__closing__company=company).select_related("person", "run__closing__company")
    seen = rows if sees_runs(user, company) else rows.filter(person__user=user, run__state=RunState.CONFIRMED)
    found = seen.filter(pk=pk).first()
    if found is None:
        raise Missing(_("There is no such line."))
    return found
