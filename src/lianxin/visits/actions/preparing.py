"""What is prepared for visits: types in versions, themes, questions of the day. What is in use is ended, never deleted."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.db.models import ProtectedError, QuerySet
from django.utils.translation import gettext as _

from lianxin.foundation import access, audit
from lianxin.foundation.errors import Denied, Refused
from lianxin.foundation.models import Company, User
from lianxin.foundation.states import Scope
from lianxin.people import queries as people
from lianxin.people.models import Unit
from lianxin.visits import presets
from lianxin.visits.models import DayQuestion, Theme, Visit, VisitAction, VisitType
from lianxin.visits.states import ActionKind, QuestionKind


@transaction.atomic
def set_type(
    *,
    company: Company,
    code: str,
    name: str,
    actions: Sequence[tuple[ActionKind, bool]],
    by: User | None,
    at: datetime,
    on: date,
) -> VisitType:
    """The type of visit in a new version, in force from today on; the version before it ends today and keeps its visits.

    Parameters
    ----------
    actions : (kind, whether it must be done), in order; check-in stands first, or right after the theme, check-out last
    by : None when the company begins with what is shipped

    Raises
    ------
    Denied : types are the company's, not one unit's.
    Refused : no code or name, an action twice, or check-in and check-out not in their places.
    """
    _require_company(by, company)
    if not code.strip() or not name.strip():
        raise Refused(_("Give the type a code and a name."), field="code" if not code.strip() else "name")
    kinds = [kind for kind, _required in actions]
    if len(set(kinds)) != len(kinds):
        raise Refused(_("An action stands twice in the type."), field="actions")
    if ActionKind.CHECK_IN not in kinds or not kinds or kinds[-1] != ActionKind.CHECK_OUT:
        raise Refused(_("A visit has a check-in, and ends with the check-out."), field="actions")
    if next(kind for kind in kinds if kind != ActionKind.THEME) != ActionKind.CHECK_IN:
        raise Refused(_("Only the theme may stand before the check-in."), field="actions")
    Company.objects.select_for_update().get(pk=company.pk)
    earlier = VisitType.objects.filter(company=company, code=code.strip()).order_by("-version").first()
    VisitType.objects.filter(company=company, code=code.strip(), valid_until=None).update(valid_until=on)
    made = VisitType.objects.create(
        company=company,
        code=code.strip(),
        version=earlier.version + 1 if earlier else 1,
        name=name.strip(),
        actions=[{"kind": kind.value, "required": required} for kind, required in actions],
        valid_from=on,
    )
    after = {"name": made.name, "version": made.version, "actions": made.actions}
    _audit(company, by, "visits.set_type", f"visit_type:{made.code}", at, after=after)
    return made


@transaction.atomic
def install_presets(*, company: Company, by: User | None, at: datetime, on: date) -> list[VisitType]:
    """The shipped types of visits, in force from a day on, as a start to change. A company that has types keeps its own: []."""
    Company.objects.select_for_update().get(pk=company.pk)
    if VisitType.objects.filter(company=company).exists():
        return []
    return [
        set_type(company=company, code=each.code, name=each.name, actions=each.actions, by=by, at=at, on=on)
        for each in presets.TYPES
    ]


@transaction.atomic
def end_type(*, visit_type: VisitType, by: User, at: datetime, on: date) -> None:
    """Offer the type no longer from today on; its visits keep it."""
    _require_company(by, visit_type.company)
    VisitType.objects.filter(company=visit_type.company, code=visit_type.code, valid_until=None).update(valid_until=on)
    _audit(visit_type.company, by, "visits.end_type", f"visit_type:{visit_type.code}", at, after={"until": on})


@transaction.atomic
def delete_type(*, visit_type: VisitType, by: User, at: datetime) -> None:
    """Delete a type with all its versions, when no visit was ever made by it.

    Raises
    ------
    Refused : it is in use; it can be ended instead.
    """
    company = visit_type.company
    _require_company(by, company)
    versions = VisitType.objects.filter(company=company, code=visit_type.code)
    if Visit.objects.filter(visit_type__in=versions).exists():
        raise Refused(_("Visits were made by this type, so that it cannot be deleted. End it instead."))
    _delete(versions)
    before = {"name": visit_type.name, "version": visit_type.version}
    _audit(company, by, "visits.delete_type", f"visit_type:{visit_type.code}", at, before=before)


@transaction.atomic
def write_theme(
    *,
    company: Company,
    unit: Unit | None,
    title: str,
    talking_points: Sequence[str],
    valid_from: date,
    valid_until: date,
    by: User,
    at: datetime,
    on: date,
    theme: Theme | None = None,
) -> Theme:
    """A theme of visits with its talking points, new or changed. Points told in visits are kept by their place, so that the points
    of a theme in use stay as they are.

    Raises
    ------
    Denied : the user does not prepare for this unit.
    Refused : no title or points, an end that is not after the beginning, or other points for a theme in use.
    """
    _require_unit(by, company, unit, on=on)
    points = [point.strip() for point in talking_points if point.strip()]
    if not title.strip():
        raise Refused(_("Give the theme a title."), field="title")
    if not points:
        raise Refused(_("Write at least one talking point: what is to be said in the shop."), field="talking_points")
    _require_days(valid_from, valid_until)
    before: Any = None
    if theme is None:
        theme = Theme(company=company, made_by=by)
    else:
        _require_unit(by, company, theme.unit, on=on)
        before = {"title": theme.title, "points": theme.talking_points, "until": theme.valid_until}
        if theme.talking_points != points and Visit.objects.filter(theme=theme).exists():
            raise Refused(
                _("Visits were made with this theme; its points stay. Write a new theme."), field="talking_points"
            )
    theme.unit, theme.title, theme.talking_points = unit, title.strip(), points
    theme.valid_from, theme.valid_until = valid_from, valid_until
    theme.save()
    after = {"title": theme.title, "points": points, "until": valid_until}
    _audit(company, by, "visits.write_theme", f"theme:{theme.pk}", at, before=before, after=after)
    return theme


@transaction.atomic
def write_question(
    *,
    company: Company,
    unit: Unit | None,
    text: str,
    kind: QuestionKind,
    options: Sequence[str],
    valid_from: date,
    valid_until: date,
    by: User,
    at: datetime,
    on: date,
    question: DayQuestion | None = None,
) -> DayQuestion:
    """A question of the day, new or changed. One that was answered keeps its text, kind and options: answers hang on them.

    Raises
    ------
    Denied, Refused : as `write_theme`; or a choice without two options.
    """
    _require_unit(by, company, unit, on=on)
    offered = [option.strip() for option in options if option.strip()] if kind == QuestionKind.CHOICE else []
    if not text.strip():
        raise Refused(_("Write the question."), field="text")
    if kind == QuestionKind.CHOICE and len(set(offered)) < 2:
        raise Refused(_("A choice needs at least two different options."), field="options")
    _require_days(valid_from, valid_until)
    before: Any = None
    if question is None:
        question = DayQuestion(company=company, made_by=by)
    else:
        _require_unit(by, company, question.unit, on=on)
        before = {"text": question.text, "kind": question.kind, "until": question.valid_until}
        same = (question.text, question.kind, question.options) == (text.strip(), kind, offered)
        if not same and _is_answered(question):
            raise Refused(_("This question was answered already; it stays as it is. Write a new one."), field="text")
    question.unit, question.text, question.kind, question.options = unit, text.strip(), kind, offered
    question.valid_from, question.valid_until = valid_from, valid_until
    question.save()
    after = {"text": question.text, "kind": kind, "until": valid_until}
    _audit(company, by, "visits.write_question", f"question:{question.pk}", at, before=before, after=after)
    return question


def _is_answered(question: DayQuestion) -> bool:
    rows = VisitAction.objects.filter(
        visit__company=question.company, kind=ActionKind.QUESTIONS, visit__visit_date__gte=question.valid_from
    )
    return any(
        each.get("question_id") == question.pk
        for body in rows.values_list("body", flat=True).iterator()
        for each in body.get("answers", ())
    )


def _require_company(by: User | None, company: Company) -> None:
    if by is None:
        return
    if access.require(by, "visits.prepare", company) not in (Scope.COMPANY, Scope.ALL):
        raise Denied(_("Types of visits are set by the administrator or a brand manager."))


def _require_unit(by: User, company: Company, unit: Unit | None, *, on: date) -> None:
    """The whole company's, or one's own units'."""
    if unit is not None and unit.company_id != company.pk:
        raise Refused(_("Choose a unit of your own company."), field="unit")
    if access.require(by, "visits.prepare", company) in (Scope.COMPANY, Scope.ALL):
        return
    if unit is None or unit.pk not in people.units_of(by, company, on=on):
        raise Denied(_("You prepare visits for your own unit. Choose it."))


def _require_days(valid_from: date, valid_until: date) -> None:
    if valid_until <= valid_from:
        raise Refused(
            _("It ends before it starts; the end is the first day on which it no longer holds."), field="valid_until"
        )


def _delete(rows: QuerySet[Any]) -> None:
    try:
        rows.delete()
    except ProtectedError as used:
        raise Refused(_("It is in use and cannot be deleted. End it instead.")) from used


def _audit(
    company: Company, by: User | None, verb: str, subject: str, at: datetime, *, before: Any = None, after: Any = None
) -> None:
    audit.record(company=company, by=by, verb=verb, subject=subject, before=before, after=after, at=at)
