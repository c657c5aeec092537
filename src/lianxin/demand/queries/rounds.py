"""Rounds and sheets. Who owes what and how far they are is open to those above; the numbers are not (see `entries`)."""

from datetime import date, datetime

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from lianxin.demand.models import Round, Sheet
from lianxin.demand.states import RoundState, SheetState
from lianxin.foundation import access
from lianxin.foundation.errors import Missing
from lianxin.foundation.models import Company, User
from lianxin.people.queries import EVERYBODY, Asker, persons_in_scope

READ = "forecasts.read"


def rounds(user: Asker, company: Company) -> QuerySet[Round]:
    """Every round of the company, newest first.

    Raises
    ------
    Denied : the user may read no forecasts.
    """
    access.require(user, READ, company)
    return Round.objects.filter(company=company).order_by("-first_period", "period")


def round_of(user: Asker, company: Company, pk: int) -> Round:
    """A round.

    Raises
    ------
    Missing : the company has none with this number.
    """
    found = rounds(user, company).filter(pk=pk).first()
    if found is None:
        raise Missing(_("There is no such forecast round."))
    return found


def open_rounds(company: Company, *, at: datetime) -> QuerySet[Round]:
    """Rounds that take numbers at an instant, the next deadline first."""
    return Round.objects.filter(company=company, state=RoundState.OPEN, deadline_at__gt=at).order_by("deadline_at")


def overdue_rounds(company: Company, *, at: datetime) -> QuerySet[Round]:
    """Rounds whose deadline has passed and that have not been closed yet."""
    return Round.objects.filter(company=company, state=RoundState.OPEN, deadline_at__lte=at).order_by(
        "first_period", "period"
    )


def own_sheet(user: User, round: Round) -> Sheet:
    """The user's own sheet in a round.

    Raises
    ------
    Missing : the user owes no forecast in it.
    """
    found = Sheet.objects.filter(round=round, person__user=user).select_related("round", "person", "unit").first()
    if found is None:
        raise Missing(_("You owe no forecast in this round."))
    return found


def has_sheet(user: User, round: Round) -> bool:
    """Whether the user owes a forecast in a round."""
    return Sheet.objects.filter(round=round, person__user=user).exists()


def own_open_sheets(user: User, company: Company, *, at: datetime) -> QuerySet[Sheet]:
    """The user's sheets that still take numbers and were not submitted, the next deadline first."""
    return (
        Sheet.objects.filter(
            round__company=company, round__state=RoundState.OPEN, round__deadline_at__gt=at, person__user=user,
            state=SheetState.OPEN,
        )
        .select_related("round")
        .order_by("round__deadline_at")
    )  # fmt: skip


def sheets_visible(user: User, round: Round, *, on: date) -> QuerySet[Sheet]:
    """Sheets of the authors within the user's scope: who owes how many lines and how far they are, no number of theirs."""
    persons = persons_in_scope(user, READ, round.company, on=on)
    rows = Sheet.objects.filter(round=round).select_related("person", "unit")
    return rows if persons is EVERYBODY else rows.filter(person_id__in=persons)


def authors_visible(user: User, company: Company, *, on: date) -> set[int] | None:
    """Ids of the authors whose forecasts the user may look at once a round has closed; EVERYBODY for all."""
    return persons_in_scope(user, READ, company, on=on)


def sheet_of(user: User, round: Round, person_id: int, *, on: date) -> Sheet:
    """The sheet of an author whose forecasts the user may look at: one's own at any time, another's after closing.

    Raises
    ------
    Missing : there is none, it is out of scope, or the round is open and the sheet another's; the sentence does not tell which.
    """
    found = sheets_visible(user, round, on=on).filter(person_id=person_id).select_related("round").first()
    own = found is not None and found.person.user_id == user.pk
    if found is None or not (own or is_revealed(round)):
        raise Missing(_("There is no such forecast that you may see now."))
    return found


def is_revealed(round: Round) -> bool:
    """Whether numbers of other authors may be shown: the round has closed."""
    return round.state in (RoundState.CLOSED, RoundState.SCORED)


def no_line() -> Missing:
    """What is raised for a line that a sheet does not have."""
    return Missing(_("Your sheet has no such line."))


def person_id_of(round: Round, employee_no: str) -> int:
    """The person of a sheet by employee number; 0 for nobody, of whom there is no sheet."""
    found = (
        Sheet.objects.filter(round=round, person__employee_no=employee_no).values_list("person_id", flat=True).first()
    )
    return found or 0
