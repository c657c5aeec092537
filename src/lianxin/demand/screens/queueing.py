"""Long work of forecast rounds put into the queue, by page or by API."""

from datetime import datetime
from typing import Final

from django.utils.translation import gettext as _

from lianxin.demand.models import Round
from lianxin.demand.screens.words import round_title
from lianxin.foundation import jobs
from lianxin.foundation.models import Company, Job, User

# Jobs are enqueued by name; what they do is in `tasks`.
PREPARE: Final = "demand.prepare"
JUDGE: Final = "demand.judge"


def prepare(round: Round, *, by: User, at: datetime) -> Job:
    """The job that makes a round's forecast and opens it to its authors.

    Raises
    ------
    Refused : it is under way.
    """
    return jobs.enqueue(
        company=round.company,
        kind=PREPARE,
        title=_("The system's forecast for %(round)s") % {"round": round_title(round)},
        arguments={"round": round.pk},
        by=by,
        at=at,
        unique_key=f"{PREPARE}:{round.pk}",
    )


def judge(company: Company, *, by: User, at: datetime) -> Job:
    """The job that holds closed rounds against what came.

    Raises
    ------
    Refused : it is under way.
    """
    title = _("Forecasts held against what came")
    return jobs.enqueue(company=company, kind=JUDGE, title=title, arguments={}, by=by, at=at, unique_key=JUDGE)
