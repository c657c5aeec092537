"""Release of a survey: from then on it counts, and stays as it is."""

from datetime import date, datetime

from django.db import transaction
from django.utils.translation import gettext as _

from lianxin.foundation import audit
from lianxin.foundation.errors import Refused
from lianxin.foundation.models import Company, User
from lianxin.voice import permissions, queries
from lianxin.voice.models import Release, Sheet, Survey


def release(*, survey: Survey, by: User | None, at: datetime, on: date) -> Release:
    """Say that a survey is whole; it counts in every figure made from now on.

    Parameters
    ----------
    by : somebody of the office without an interest in it, or None for whoever works at the server

    Raises
    ------
    Denied : he is not of the office that brings surveys, or has an interest in this one.
    Refused : it was released already, also where it was taken out since.
    """
    company = survey.company
    if by is not None:
        permissions.require_outside_the_line(by=by, company=company)
        persons = set(Sheet.objects.filter(survey=survey).values_list("person_id", flat=True))
        permissions.require_no_interest(by=by, persons=persons, months={survey.month}, on=on)
    with transaction.atomic():
        # Not in the middle of an import that could still add to it.
        Company.objects.select_for_update().get(pk=company.pk)
        if queries.released_months(company, [survey.month]):
            raise Refused(_("This survey was released already."))
        made = Release.objects.create(company=company, month=survey.month, released_by=by, released_at=at)
        n_sheets = Sheet.objects.filter(survey=survey).count()
        audit.record(
            company=company, by=by, verb="surveys.release", subject=f"survey:{survey.month:%Y-%m}",
            after={"name": survey.name, "questionnaires": n_sheets}, at=at,
        )  # fmt: skip
    return made
