"""Tables of what retailers say: answers of surveys, which name no retailer."""

from __future__ import annotations

from typing import Final

from lianxin.core.tables.shape import table

SATISFACTION_ANSWERS: Final = table(
    "satisfaction_answers",
    "company_id",
    "company_id sheet_id item",
    "Answers of surveys of satisfaction that an office outside the line held. sheet_id is a number of our own for one anonymous "
    "questionnaire about the manager person_id; who filled it in, on which day and where is known to nobody here. scale is five "
    "(answer_milli a thousand times 1 to 5, 5 the best) or hundred (a thousand times 0 to 100). survey_month is the month in "
    "which the survey was held.",
    company_id="!int32",
    survey_month="!date",
    sheet_id="!int64",
    person_id="!int64",
    dimension="!string",
    item="!string",
    scale="!string",
    answer_milli="!int64",
)
