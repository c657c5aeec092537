"""Answers as a lake table, without the office's own numbers of questionnaires; and what they come to."""

from dataclasses import dataclass
from typing import Any

import pyarrow as pa
from django.db import transaction

from lianxin.core.measuring.satisfaction import counted, survey_items
from lianxin.core.parameters import value_of
from lianxin.core.tables import Steps
from lianxin.core.tables.voice import SATISFACTION_ANSWERS
from lianxin.foundation import parameters
from lianxin.foundation.facts import publishers, table_of, the_engine
from lianxin.foundation.models import Company
from lianxin.voice.models import Answer, Survey, Telling


def satisfaction_answers(company: Company) -> pa.Table:
    """Every answer of every survey that counts, for a figure: from now on these surveys are final."""
    _tell(company)
    return _answers(company)


def _tell(company: Company) -> None:
    """Mark the surveys as told, not in the middle of an import that could still add to what is read after it."""
    told = Telling.objects.filter(company=company).values("month")
    if not Survey.objects.filter(company=company).exclude(month__in=told).exists():
        return
    with transaction.atomic():
        Company.objects.select_for_update().get(pk=company.pk)
        months = Survey.objects.filter(company=company).values_list("month", flat=True)
        Telling.objects.bulk_create([Telling(company=company, month=month) for month in months], ignore_conflicts=True)


def _answers(company: Company) -> pa.Table:
    fields = (
        "sheet__survey__month", "sheet_id", "sheet__person_id", "dimension", "item", "scale", "answer_milli",
    )  # fmt: skip
    columns = ("survey_month", "sheet_id", "person_id", "dimension", "item", "scale", "answer_milli")
    withdrawn = Telling.objects.filter(company=company, is_withdrawn=True).values("month")
    rows = Answer.objects.filter(sheet__survey__company=company).exclude(sheet__survey__month__in=withdrawn)
    rows = rows.order_by("sheet_id", "item")
    return table_of("satisfaction_answers", company, columns, list(rows.values_list(*fields).iterator(10_000)))


@dataclass(frozen=True)
class Outcome:
    """How a survey came out, all managers together.

    score : None where too few came, or the weights do not fit (`is_fit`); n : sheets in it
    """

    n_sheets: int
    n_valid: int
    n_persons: int
    n_told: int
    n: int
    score: float | None
    is_fit: bool
    least: int


def outcome(survey: Survey, *, for_office: bool) -> Outcome:
    """How a survey came out, by the parameters of its month and from what is known now.

    for_office : for those who bring it and hold its questionnaires; what they see makes it no final one
    """
    told = _in_its_month(survey)
    (row,) = _run(counted(survey.month, told), survey.company, for_office=for_office).to_pylist()
    return Outcome(**row, least=int(value_of(told, "measuring.minimum.satisfaction")))


def items(survey: Survey, *, for_office: bool) -> pa.Table:
    """What it said by item, of enough answers; as `outcome`."""
    return _run(survey_items(survey.month, _in_its_month(survey)), survey.company, for_office=for_office)


def _in_its_month(survey: Survey) -> dict[str, Any]:
    # However long a survey holds for managers, the page of one is about itself.
    return {**parameters.in_force(survey.company, on=survey.month), "satisfaction.months_held": 1}


def _run(steps: Steps, company: Company, *, for_office: bool) -> pa.Table:
    publish = publishers()
    if for_office:
        publish = {**publish, SATISFACTION_ANSWERS.name: _answers}
    return the_engine().run(steps, {name: publish[name](company) for name in steps.sources})
