"""Reads of surveys: which were held, and whom they are about."""

from collections.abc import Collection
from datetime import date

from django.db.models import Count, Q, QuerySet
from django.utils.translation import gettext as _

from lianxin.core.units import month_plus
from lianxin.foundation.errors import Missing
from lianxin.foundation.models import BatchChange, Company, ImportBatch
from lianxin.people.models import Posting
from lianxin.people.states import Post
from lianxin.voice.models import Answer, Release, Survey
from lianxin.voice.states import Standing

IN_THE_LINE = (Post.CUSTOMER_MANAGER, Post.MARKET_MANAGER)


def surveys(company: Company) -> QuerySet[Survey]:
    """Every survey, with n_sheets and n_persons: how many questionnaires came, and about how many managers."""
    return Survey.objects.filter(company=company).annotate(
        n_sheets=Count("sheets", distinct=True), n_persons=Count("sheets__person", distinct=True)
    )


def released_months(company: Company, months: Collection[date]) -> list[date]:
    """Those of the months whose survey was released, in order; also where it was taken out since."""
    rows = Release.objects.filter(company=company, month__in=list(months)).order_by("month")
    return list(rows.values_list("month", flat=True))


def standings(company: Company) -> dict[date, Standing]:
    """How far the survey of each month is that is no draft any more."""
    rows = Release.objects.filter(company=company).values_list("month", "is_withdrawn")
    return {month: Standing.WITHDRAWN if is_withdrawn else Standing.RELEASED for month, is_withdrawn in rows}


def standing_of(survey: Survey) -> Standing:
    """How far a survey is."""
    return standings(survey.company).get(survey.month, Standing.DRAFT)


def assessed_by(batch: ImportBatch) -> set[tuple[int, date]]:
    """Person and month of every questionnaire of which a batch brought or changed an answer."""
    rows = BatchChange.objects.filter(batch=batch, model=Answer._meta.label).values("row_id")
    found = Answer.objects.filter(pk__in=rows).values_list("sheet__person_id", "sheet__survey__month")
    return set(found.distinct())


def with_an_interest(persons: Collection[int], months: Collection[date], *, on: date) -> set[int]:
    """Ids of the users with an interest in a survey.

    Who held a post in the line in one of the months or holds one now, which all who are assessed and their market managers did; and
    whoever an assessed person reported to then or reports to now.
    """
    now = Q(valid_from__lte=on) & (Q(valid_until=None) | Q(valid_until__gt=on))
    then = now
    for month in months:
        then |= Q(valid_from__lt=month_plus(month, 1)) & (Q(valid_until=None) | Q(valid_until__gt=month))
    held = Posting.objects.filter(then)
    users = set(held.filter(post__in=IN_THE_LINE).values_list("person__user_id", flat=True))
    of_assessed = held.filter(person_id__in=list(persons))
    for pair in of_assessed.values_list("reports_to__user_id", "person__user_id"):
        users.update(pair)
    return {user for user in users if user is not None}


def survey_of(company: Company, month: str) -> Survey:
    """The survey of a month written as 2021-12.

    Raises
    ------
    Missing : there is none.
    """
    try:
        first = date.fromisoformat(f"{month}-01")
    except ValueError:
        raise Missing(_("Write the month as 2022-01.")) from None
    found = Survey.objects.select_related("company").filter(company=company, month=first).first()
    if found is None:
        raise Missing(_("No survey was held in %(month)s.") % {"month": month})
    return found
