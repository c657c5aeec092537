"""Calibrations of the line for copies, and what is known of copying in a period."""

from datetime import date

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from lianxin.core.units import first_day
from lianxin.foundation.errors import Missing
from lianxin.foundation.models import Company
from lianxin.oversight.models import CopyCalibration, Flag
from lianxin.oversight.queries import standing, subjects
from lianxin.oversight.states import Conclusion, FlagState
from lianxin.visits.models import Visit

OF_VISITS = f"{standing.OF_VISITS}copied_note"


def calibrations(company: Company) -> QuerySet[CopyCalibration]:
    """Every calibration of a company, newest first."""
    return CopyCalibration.objects.filter(company=company).select_related("made_by", "drafted").order_by("-number")


def calibration_of(company: Company, number: int) -> CopyCalibration:
    """The calibration with that number.

    Raises
    ------
    Missing : there is none.
    """
    found = calibrations(company).filter(number=number).first()
    if found is None:
        raise Missing(_("There is no calibration with this number."))
    return found


def confirmed_months(company: Company, since: date, until: date) -> set[tuple[int, date]]:
    """(person, month) in which a question about copying was confirmed."""
    return _months(company, Q(conclusion=Conclusion.CONFIRMED), since, until)


def n_undecided(company: Company, since: date, until: date) -> int:
    """Person-months with a question about copying that is not concluded yet."""
    return len(_months(company, ~Q(state=FlagState.CLOSED) & Q(conclusion=""), since, until))


def _months(company: Company, which: Q, since: date, until: date) -> set[tuple[int, date]]:
    rows = Flag.objects.filter(which, company=company)
    found = {
        (person, month)
        for person, subject in rows.filter(rule=subjects.COPIED).values_list("person_id", "subject")
        if (month := subjects.month_of(subject)) is not None
    }
    of = f"{subjects.VISIT}:"
    about = rows.filter(spoke__rule=OF_VISITS, subject__startswith=of).values_list("subject", flat=True)
    visits = Visit.objects.filter(company=company, pk__in=[subject.removeprefix(of) for subject in about])
    found |= {(person, first_day(day)) for person, day in visits.values_list("person_id", "visit_date")}
    return {(person, month) for person, month in found if since <= month < until}
