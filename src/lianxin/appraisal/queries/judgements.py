"""Reads about judgements: what the scheme asks for, and what has been written."""

from datetime import date

from django.db.models import QuerySet

from lianxin.appraisal.models import Judgement
from lianxin.appraisal.queries.schemes import adopted_in, core_of
from lianxin.core.scoring.scheme import Part, lines
from lianxin.foundation.models import Company
from lianxin.people.models import Person


def judged_parts(company: Company, month: date) -> list[Part]:
    """The lines of the schemes in force in a month that somebody must judge, each code once."""
    found: dict[str, Part] = {}
    for version in adopted_in(company, month):
        for _role, part in lines(core_of(version)):
            if part.judgement is not None:
                found.setdefault(part.judgement, part)
    return list(found.values())


def judgements(company: Company, month: date, persons: set[int]) -> QuerySet[Judgement]:
    """Judgements of these persons in a month."""
    rows = Judgement.objects.filter(company=company, month=month, person_id__in=persons)
    return rows.select_related("person", "judged_by").order_by("person__employee_no", "code")


def persons(ids: set[int]) -> QuerySet[Person]:
    """The persons of these ids, by employee number."""
    return Person.objects.filter(pk__in=ids).order_by("employee_no")
