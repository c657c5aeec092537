"""Who may do what in a round, on top of the table of roles."""

from datetime import datetime

from lianxin.demand.models import Round, Sheet
from lianxin.foundation import access
from lianxin.foundation.models import User

WRITE = "forecasts.write"
RUN = "rounds.run"


def is_author(user: User, sheet: Sheet) -> bool:
    """Whether a sheet is the user's own: nobody enters a number for somebody else."""
    return sheet.person.user_id == user.pk and access.may(user, WRITE, sheet.round.company)


def may_enter(user: User, sheet: Sheet, *, at: datetime) -> bool:
    """Whether the user may enter numbers on a sheet at an instant."""
    return is_author(user, sheet) and sheet.round.takes_entries(at) and sheet.state == "open"


def may_close(user: User, round: Round, *, at: datetime) -> bool:
    """Whether the user may close a round: its deadline has passed, so that nobody who looks sees a number too early."""
    return access.may(user, RUN, round.company) and round.state == "open" and at >= round.deadline_at
