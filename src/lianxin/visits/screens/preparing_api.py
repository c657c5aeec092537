"""What visits are prepared with, by API: types in versions, themes with talking points, questions of the day."""

from datetime import date
from typing import Annotated, Any

from django.http import HttpRequest
from django.utils.translation import gettext as _
from ninja import Router, Schema, Status
from pydantic import Field

from lianxin.foundation import clock
from lianxin.foundation.api import REFUSED
from lianxin.foundation.context import company_of, user_of
from lianxin.foundation.errors import Refused
from lianxin.foundation.gate import needs
from lianxin.people.models import Unit
from lianxin.visits.actions import preparing as actions
from lianxin.visits.models import DayQuestion, Theme, VisitType
from lianxin.visits.queries import visiting_prepared as queries
from lianxin.visits.states import ActionKind, QuestionKind

router = Router(tags=["preparing visits"])
Slug = Annotated[str, Field(max_length=40, pattern=r"^[-a-zA-Z0-9_]+$")]
Whose = Annotated[str, Field(description="code of the unit it is for; empty: the whole company")]
Until = Annotated[date, Field(description="the first day on which it no longer holds; an earlier one retires it")]


class StepOut(Schema):
    kind: ActionKind
    required: bool = False


class TypeOut(Schema):
    id: int
    code: str
    version: int
    name: str
    actions: list[StepOut] = Field(description="in the order in which they are done")
    valid_from: date
    valid_until: date | None = Field(description="null: it is offered")


class TypeIn(Schema):
    code: Slug
    name: Annotated[str, Field(max_length=80)]
    actions: list[StepOut] = Field(description="in order: check-in first, or right after the theme, check-out last")


class ThemeOut(Schema):
    id: int
    title: str
    talking_points: list[str]
    unit: Whose
    valid_from: date
    valid_until: Until

    @staticmethod
    def resolve_unit(row: Theme) -> str:
        return row.unit.code if row.unit else ""


class ThemeIn(Schema):
    title: Annotated[str, Field(max_length=120)]
    talking_points: list[str]
    unit: Whose = ""
    valid_from: date
    valid_until: Until


class DayQuestionOut(Schema):
    id: int
    text: str
    kind: QuestionKind
    options: list[str]
    unit: Whose
    valid_from: date
    valid_until: Until

    @staticmethod
    def resolve_unit(row: DayQuestion) -> str:
        return row.unit.code if row.unit else ""


class DayQuestionIn(Schema):
    text: Annotated[str, Field(max_length=300)]
    kind: QuestionKind
    options: list[str] = Field([], description="for a choice")
    unit: Whose = ""
    valid_from: date
    valid_until: Until


def _unit(request: HttpRequest, code: str) -> Unit | None:
    if not code:
        return None
    company = company_of(request)
    units = queries.units_prepared(user_of(request), company, on=clock.today(company))
    found = units.filter(code=code).first()
    if found is None:
        raise Refused(_("You prepare visits for no unit “%(code)s”.") % {"code": code}, field="unit")
    return found


def _type(request: HttpRequest, type_id: int) -> VisitType:
    return queries.one(queries.types(company_of(request)), type_id)


def _theme(request: HttpRequest, theme_id: int) -> Theme:
    company = company_of(request)
    return queries.one(queries.themes(user_of(request), company, on=clock.today(company)), theme_id)


def _question(request: HttpRequest, question_id: int) -> DayQuestion:
    company = company_of(request)
    return queries.one(queries.questions(user_of(request), company, on=clock.today(company)), question_id)


@router.get("/visit-types", response={200: list[TypeOut], **REFUSED})
@needs("visits.prepare")
def list_types(request: HttpRequest) -> Any:
    """The newest version of each type of visit."""
    return list(queries.types(company_of(request)))


@router.post("/visit-types", response={201: TypeOut, **REFUSED})
@needs("visits.prepare")
def set_type(request: HttpRequest, given: TypeIn) -> Any:
    """A type in a new version, in force from today on. Visits keep the version by which they were made."""
    company = company_of(request)
    made = actions.set_type(
        company=company, code=given.code, name=given.name,
        actions=[(step.kind, step.required) for step in given.actions], by=user_of(request), at=clock.now(),
        on=clock.today(company),
    )  # fmt: skip
    return Status(201, made)


@router.post("/visit-types/usual", response={201: list[TypeOut], **REFUSED})
@needs("visits.prepare")
def install_usual_types(request: HttpRequest) -> Any:
    """The usual types as a beginning. A company that has types keeps its own, and nothing is made."""
    company = company_of(request)
    made = actions.install_presets(company=company, by=user_of(request), at=clock.now(), on=clock.today(company))
    return Status(201, made)


@router.get("/visit-types/{type_id}/versions", response={200: list[TypeOut], **REFUSED})
@needs("visits.prepare")
def list_versions_of_type(request: HttpRequest, type_id: int) -> Any:
    """Every version of a type, the newest first."""
    return list(queries.versions(_type(request, type_id)))


@router.post("/visit-types/{type_id}/end", response={204: None, **REFUSED})
@needs("visits.prepare")
def end_type(request: HttpRequest, type_id: int) -> Any:
    """Offer a type no longer from today on; its visits keep it."""
    company = company_of(request)
    actions.end_type(
        visit_type=_type(request, type_id), by=user_of(request), at=clock.now(), on=clock.today(company)
    )  # fmt: skip
    return Status(204, None)


@router.delete("/visit-types/{type_id}", response={204: None, **REFUSED})
@needs("visits.prepare")
def delete_type(request: HttpRequest, type_id: int) -> Any:
    """Delete a type with its versions, when no visit was ever made by it."""
    actions.delete_type(visit_type=_type(request, type_id), by=user_of(request), at=clock.now())
    return Status(204, None)


@router.get("/visit-themes", response={200: list[ThemeOut], **REFUSED})
@needs("visits.prepare")
def list_themes(request: HttpRequest) -> Any:
    """The themes of the company and of the units for which you prepare, those that hold longest first."""
    company = company_of(request)
    rows = queries.themes(user_of(request), company, on=clock.today(company))
    return list(rows.order_by("-valid_until", "-pk"))


@router.post("/visit-themes", response={201: ThemeOut, **REFUSED})
@needs("visits.prepare")
def write_theme(request: HttpRequest, given: ThemeIn) -> Any:
    """A theme that visits are about, with the points to speak of."""
    return Status(201, _written_theme(request, given, None))


@router.put("/visit-themes/{theme_id}", response={200: ThemeOut, **REFUSED})
@needs("visits.prepare")
def change_theme(request: HttpRequest, theme_id: int, given: ThemeIn) -> Any:
    """Change a theme, or retire it by an earlier end. The points of one that visits were made with stay."""
    return _written_theme(request, given, _theme(request, theme_id))


def _written_theme(request: HttpRequest, given: ThemeIn, theme: Theme | None) -> Theme:
    company = company_of(request)
    told = {**given.dict(), "unit": _unit(request, given.unit)}
    return actions.write_theme(
        company=company, **told, by=user_of(request), at=clock.now(), on=clock.today(company), theme=theme
    )


@router.get("/visit-questions", response={200: list[DayQuestionOut], **REFUSED})
@needs("visits.prepare")
def list_questions(request: HttpRequest) -> Any:
    """The questions of the day of the company and of the units for which you prepare, those that hold longest first."""
    company = company_of(request)
    rows = queries.questions(user_of(request), company, on=clock.today(company))
    return list(rows.order_by("-valid_until", "-pk"))


@router.post("/visit-questions", response={201: DayQuestionOut, **REFUSED})
@needs("visits.prepare")
def write_question(request: HttpRequest, given: DayQuestionIn) -> Any:
    """A question that managers ask or answer in the shops on certain days."""
    return Status(201, _written_question(request, given, None))


@router.put("/visit-questions/{question_id}", response={200: DayQuestionOut, **REFUSED})
@needs("visits.prepare")
def change_question(request: HttpRequest, question_id: int, given: DayQuestionIn) -> Any:
    """Change a question, or retire it by an earlier end. One that was answered keeps its text, kind and options."""
    return _written_question(request, given, _question(request, question_id))


def _written_question(request: HttpRequest, given: DayQuestionIn, question: DayQuestion | None) -> DayQuestion:
    company = company_of(request)
    told = {**given.dict(), "unit": _unit(request, given.unit)}
    return actions.write_question(
        company=company, **told, by=user_of(request), at=clock.now(), on=clock.today(company), question=question
    )
