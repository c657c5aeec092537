"""Answers as a lake table, without the office's own numbers of questionnaires; and what they come to."""

from dataclasses import dataclass
from typing import Any

import pyarrow as pa
from django.db.models import QuerySet

from lianxin.core.measuring.satisfaction import counted, survey_items
from lianxin.core.parameters import value_of
from lianxin.core.tables import Steps
from lianxin.core.tables.voice import SATISFACTION_ANSWERS
from lianxin.foundation import parameters
from lianxin.foundation.facts import publishers, table_of, the_engine
from lianxin.foundation.models import Company
from lianxin.voice.models import Answer, Release, Survey


def satisfaction_answers(company: Company) -> pa.Table:
    """Every answer of the surveys that count: released, and nothing taken out of them since."""
    months = Release.objects.filter(company=company, is_withdrawn=False).values("month")
    return _told(company, Answer.objects.filter(sheet__survey__company=company, sheet__survey__month__in=months))


def _told(company: Company, answers: QuerySet[Answer]) -> pa.Table:
    fields = (
        "sheet__survey__month", "sheet_id", "sheet__person_id", "dimension", "item", "scale", "answer_milli",
    )  # fmt: skip
    columns = ("survey_month", "sheet_id", "person_id", "dimension", "item", "scale", "answer_milli")
    rows = answers.order_by("sheet_id", "item").values_list(*fields)
    return table_of(SATISFACTION_ANSWERS.name, company, columns, list(rows.iterator(10_000)))


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


def outcome(survey: Survey) -> Outcome:
    """How a survey comes out, released or not, by the parameters of its month and from what is known now.

    Whether somebody may be told it is asked before (`permissions.may_see`).
    """
    told = _in_its_month(survey)
    (row,) = _run(counted(survey.month, told), survey).to_pylist()
    return Outcome(**row, least=int(value_of(told, "measuring.minimum.satisfaction")))


def items(survey: Survey) -> pa.Table:
    """What it says by item, of enough answers; as `outcome`."""
    return _run(survey_items(survey.month, _in_its_month(survey)), survey)


def _in_its_month(survey: Survey) -> dict[str, Any]:
    # However long a survey holds for managers, the page of one is about itself.
    return {**parameters.in_force(survey.company, on=survey.month), "satisfaction.months_held": 1}


def _run(steps: Steps, survey: Survey) -> pa.Table:
    publish, company = publishers(), survey.company
    own = {SATISFACTION_ANSWERS.name: _told(company, Answer.objects.filter(sheet__survey=survey))}
    return the_engine().run(steps, own | {name: publish[name](company) for name in steps.sources if name not in own})
