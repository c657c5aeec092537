"""Surveys by API: which were held, and what all of them together said."""

from typing import Any

from django.http import HttpRequest
from ninja import Query, Router, Schema
from pydantic import Field

from lianxin.foundation import access
from lianxin.foundation.api import Page, page_of
from lianxin.foundation.context import company_of
from lianxin.foundation.gate import needs
from lianxin.voice import facts, permissions, queries
from lianxin.voice.screens.pages import note

router = Router(tags=["surveys"])
COUNTED = ("name", "n_sheets", "n_persons")


class SurveyOut(Schema):
    month: str
    name: str
    n_sheets: int
    n_persons: int


class SurveyPage(Page):
    rows: list[SurveyOut]


class ItemOut(Schema):
    dimension: str
    item: str
    weight: int
    n: int
    score: float


class SurveyFile(SurveyOut):
    n_valid: int = Field(description="questionnaires that answer every dimension")
    n_told: int = Field(description="managers with enough of them")
    n: int = Field(description="questionnaires in the company's degree")
    score: float | None = Field(
        description="the company's degree of satisfaction, null where too few can be told; never 0 for none"
    )
    weights_fit: bool
    least: int
    note: str
    items: list[ItemOut]
    is_told: bool = Field(description="a figure was made of it: nothing is added to it or changed in it any more")
    is_withdrawn: bool = Field(description="a part of it was taken out after it was told: it counts no more")


@router.get("/surveys", response=SurveyPage, summary="Surveys of satisfaction, the newest first")
@needs("surveys.read")
def surveys(request: HttpRequest, after: str = "", limit: int = Query(100, ge=1, le=1000)) -> dict[str, Any]:
    rows = queries.surveys(company_of(request))
    found, following = page_of(rows, after=after, limit=limit, newest_first=True)
    told = [{"month": f"{one.month:%Y-%m}", **{name: getattr(one, name) for name in COUNTED}} for one in found]
    return {"total": rows.count(), "next": following, "rows": told}


@router.get("/surveys/{month}", response=SurveyFile, summary="What a survey said, all managers together")
@needs("surveys.read")
def survey(request: HttpRequest, month: str) -> dict[str, Any]:
    """No operation tells an answer, or a figure of too few of them."""
    found = queries.survey_of(company_of(request), month)
    for_office = access.may(request.user, permissions.BRING, found.company)
    told = facts.outcome(found, for_office=for_office)
    counts = {
        name: getattr(told, name) for name in ("n_sheets", "n_persons", "n_valid", "n_told", "n", "score", "least")
    }
    return {
        **counts,
        "month": f"{found.month:%Y-%m}",
        "name": found.name,
        "weights_fit": told.is_fit,
        "note": note(),
        "items": facts.items(found, for_office=for_office).to_pylist(),
        "is_told": (telling := queries.telling_of(found)) is not None,
        "is_withdrawn": telling is not None and telling.is_withdrawn,
    }
