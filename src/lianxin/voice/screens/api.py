"""Surveys by API: which were held, and what all of them together said."""

from typing import Any

from django.http import HttpRequest
from ninja import Query, Router, Schema
from pydantic import Field

from lianxin.foundation import clock
from lianxin.foundation.api import Page, page_of
from lianxin.foundation.context import company_of, user_of
from lianxin.foundation.gate import needs
from lianxin.voice import actions, facts, permissions, queries
from lianxin.voice.models import Survey
from lianxin.voice.screens.pages import note
from lianxin.voice.states import Standing

router = Router(tags=["surveys"])
COUNTED = ("name", "n_sheets", "n_persons")


class SurveyOut(Schema):
    month: str
    name: str
    n_sheets: int
    n_persons: int
    standing: Standing = Field(
        description="draft: counts nowhere, its office adds to it and corrects it; released: counts and is final; "
        "withdrawn: a part was taken out after that, counts no more"
    )


class SurveyPage(Page):
    rows: list[SurveyOut]


class ItemOut(Schema):
    dimension: str
    item: str
    weight: int
    n: int
    score: float


class SaidOut(Schema):
    n_valid: int = Field(description="questionnaires that answer every dimension")
    n_told: int = Field(description="managers with enough of them")
    n: int = Field(description="questionnaires in the company's degree")
    score: float | None = Field(
        description="the company's degree of satisfaction, null where too few can be told; never 0 for none"
    )
    weights_fit: bool
    least: int
    items: list[ItemOut]


class SurveyFile(SurveyOut):
    note: str
    said: SaidOut | None = Field(description="null where it is not released, but for its office, or withdrawn")


@router.get("/surveys", response=SurveyPage, summary="Surveys of satisfaction, the newest first")
@needs("surveys.read")
def surveys(request: HttpRequest, after: str = "", limit: int = Query(100, ge=1, le=1000)) -> dict[str, Any]:
    company = company_of(request)
    rows, standings = queries.surveys(company), queries.standings(company)
    found, following = page_of(rows, after=after, limit=limit, newest_first=True)
    return {"total": rows.count(), "next": following, "rows": [_row(one, standings.get(one.month)) for one in found]}


def _row(survey: Any, standing: Standing | None) -> dict[str, Any]:
    counts = {name: getattr(survey, name) for name in COUNTED}
    return {"month": f"{survey.month:%Y-%m}", **counts, "standing": standing or Standing.DRAFT}


@router.get("/surveys/{month}", response=SurveyFile, summary="What a survey said, all managers together")
@needs("surveys.read")
def survey(request: HttpRequest, month: str) -> dict[str, Any]:
    """No operation tells an answer, or a figure of too few of them."""
    return _file(request, queries.survey_of(company_of(request), month))


@router.post("/surveys/{month}/release", response=SurveyFile, summary="Release a survey: it counts from now on")
@needs(permissions.BRING)
def release(request: HttpRequest, month: str) -> dict[str, Any]:
    """Nothing is added to it or changed in it afterwards."""
    found = queries.survey_of(company_of(request), month)
    actions.release(survey=found, by=user_of(request), at=clock.now(), on=clock.today(found.company))
    return _file(request, found)


def _file(request: HttpRequest, survey: Survey) -> dict[str, Any]:
    standing = queries.standing_of(survey)
    row = _row(queries.surveys(survey.company).get(pk=survey.pk), standing)
    is_seen = permissions.may_see(user_of(request), survey, standing)
    return {**row, "note": note(), "said": _said(survey) if is_seen else None}


def _said(survey: Survey) -> dict[str, Any]:
    told = facts.outcome(survey)
    counts = {name: getattr(told, name) for name in ("n_valid", "n_told", "n", "score", "least")}
    return {**counts, "weights_fit": told.is_fit, "items": facts.items(survey).to_pylist()}
