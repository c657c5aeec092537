"""Preparing visits: types of visits, themes with talking points, questions of the day."""

from collections.abc import Callable, Mapping
from typing import Any

from django.contrib import messages
from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from lianxin.foundation import clock
from lianxin.foundation.context import company_of, user_of
from lianxin.foundation.errors import Denied, Refused
from lianxin.foundation.gate import needs
from lianxin.ui.parts import Crumb, Empty
from lianxin.ui.responses import list_page
from lianxin.ui.sources import ListSource, QuerySetSource
from lianxin.ui.tables import Column, Table
from lianxin.visits.actions import preparing as actions
from lianxin.visits.models import DayQuestion, Theme, VisitType
from lianxin.visits.queries import visiting_prepared as queries
from lianxin.visits.screens.preparing_forms import QuestionForm, ThemeForm, TypeForm
from lianxin.visits.states import ActionKind, QuestionKind


@needs("visits.prepare")
def types(request: HttpRequest) -> HttpResponseBase:
    company, user = company_of(request), user_of(request)
    rows = list(queries.types(company))
    table = Table(
        name="visit_types",
        title=_("Types of visits"),
        default_sort="name",
        columns=[
            Column(key="name", title=_("Type"), href=lambda t: reverse("visits:type", args=[t.pk])),
            Column(key="code", title=_("Code")),
            Column(key="version", title=_("Version"), kind="number"),
            Column(key="steps", title=_("Actions"), value=_steps, sortable=False, on_card=True),
            Column(key="n_visits", title=_("Visits"), kind="number", value=lambda t: t.n_visits or 0, on_card=True),
            Column(
                key="state",
                title=_("State"),
                kind="badge",
                value=lambda t: _("No longer in use") if t.valid_until else _("In use"),
            ),
        ],
        source=ListSource(rows, key="pk"),
        empty=Empty(
            title=_("No type of visit yet"),
            text=_("A type says what is done in a visit, in which order. Begin with the usual ones and change them."),
        ),
    )  # fmt: skip
    context = {"may_set": queries.prepares_for_all(user, company), "is_empty": not rows}
    return list_page(request, "visits/preparing/types.html", table, context=context)


def _steps(visit_type: VisitType) -> str:
    return "、".join(str(ActionKind(each["kind"]).label) for each in visit_type.actions)


@needs("visits.prepare")
@require_POST
def usual(request: HttpRequest) -> HttpResponse:
    company = company_of(request)

    def set_up() -> None:
        actions.install_presets(company=company, by=user_of(request), at=clock.now(), on=clock.today(company))

    return _done(request, set_up, _("The usual types are set up. Change them to your own way of visiting."))


@needs("visits.prepare")
@require_http_methods(["GET", "POST"])
def new_type(request: HttpRequest) -> HttpResponse:
    return _type_page(request, None)


@needs("visits.prepare")
@require_http_methods(["GET", "POST"])
def one_type(request: HttpRequest, pk: int) -> HttpResponse:
    return _type_page(request, _type(request, pk))


def _type(request: HttpRequest, pk: int) -> VisitType:
    return queries.one(queries.types(company_of(request)), pk)


def _type_page(request: HttpRequest, known: VisitType | None) -> HttpResponse:
    company, user = company_of(request), user_of(request)
    may_set = queries.prepares_for_all(user, company)
    form = TypeForm(request.POST or None, known=known)
    if request.method == "POST" and form.is_valid():
        try:
            made = actions.set_type(
                company=company,
                code=known.code if known else form.cleaned_data["code"],
                name=form.cleaned_data["name"],
                actions=form.actions(),
                by=user,
                at=clock.now(),
                on=clock.today(company),
            )
        except Denied as denied:
            form.add_error(None, denied.message)
        except Refused as refused:
            form.add_error(refused.field if refused.field in form.fields else None, refused.message)
        else:
            messages.success(request, _("Version %(n)s is in force from today on.") % {"n": made.version})
            return redirect("visits:type", made.pk)
    context = {
        "form": form if may_set else None,
        "type": known,
        "versions": list(queries.versions(known)) if known else [],
        "crumbs": [_above(), Crumb(title=known.name if known else _("New type"))],
    }
    return render(request, "visits/preparing/type.html", context, status=422 if form.errors else 200)


@needs("visits.prepare")
@require_POST
def end_type(request: HttpRequest, pk: int) -> HttpResponse:
    row = _type(request, pk)
    return _done(request, lambda: actions.end_type(
        visit_type=row, by=user_of(request), at=clock.now(), on=clock.today(row.company)
    ), _("The type is no longer offered."))  # fmt: skip


@needs("visits.prepare")
@require_POST
def delete_type(request: HttpRequest, pk: int) -> HttpResponse:
    row = _type(request, pk)
    return _done(request, lambda: actions.delete_type(visit_type=row, by=user_of(request), at=clock.now()),
                 _("The type is deleted."))  # fmt: skip


def _done(request: HttpRequest, action: Callable[[], None], done: str) -> HttpResponse:
    try:
        action()
    except Refused as refused:
        messages.error(request, refused.message)
    else:
        messages.success(request, done)
    return redirect("visits:preparing")


def _unit(row: Theme | DayQuestion) -> str:
    return row.unit.code if row.unit else _("The whole company")


@needs("visits.prepare")
def themes(request: HttpRequest) -> HttpResponseBase:
    company, user = company_of(request), user_of(request)
    table = Table(
        name="themes",
        title=_("Themes of visits"),
        default_sort="-valid_until",
        columns=[
            Column(key="title", title=_("Theme"), href=lambda t: reverse("visits:theme", args=[t.pk])),
            Column(key="points", title=_("Talking points"), value=lambda t: "；".join(t.talking_points), sortable=False),
            Column(key="unit", title=_("For"), value=_unit, sort_by="unit__code", on_card=True),
            *_dated(),
        ],
        source=QuerySetSource(queries.themes(user, company, on=clock.today(company)), key="pk"),
        empty=Empty(title=_("No themes yet"), text=_("A theme gives visits a purpose and the points to speak of."),
                    action_title=_("New theme"), action_url=reverse("visits:theme_new")),
    )  # fmt: skip
    return list_page(request, "visits/preparing/themes.html", table)


@needs("visits.prepare")
def questions(request: HttpRequest) -> HttpResponseBase:
    company, user = company_of(request), user_of(request)
    table = Table(
        name="questions",
        title=_("Questions of the day"),
        default_sort="-valid_until",
        columns=[
            Column(key="text", title=_("Question asked"), href=lambda q: reverse("visits:question", args=[q.pk])),
            Column(key="kind", title=_("Kind of answer"), value=lambda q: q.get_kind_display()),
            Column(key="unit", title=_("For"), value=_unit, sort_by="unit__code", on_card=True),
            *_dated(),
        ],
        source=QuerySetSource(queries.questions(user, company, on=clock.today(company)), key="pk"),
        empty=Empty(title=_("No questions yet"), text=_("What do you want to know from the shops on certain days?"),
                    action_title=_("New question"), action_url=reverse("visits:question_new")),
    )  # fmt: skip
    return list_page(request, "visits/preparing/questions.html", table)


def _dated() -> list[Column]:
    return [
        Column(key="valid_from", title=_("From"), kind="day"),
        Column(key="valid_until", title=_("Until"), kind="day", on_card=True),
    ]


@needs("visits.prepare")
@require_http_methods(["GET", "POST"])
def new_theme(request: HttpRequest) -> HttpResponse:
    return _theme_page(request, None)


@needs("visits.prepare")
@require_http_methods(["GET", "POST"])
def one_theme(request: HttpRequest, pk: int) -> HttpResponse:
    company = company_of(request)
    return _theme_page(request, queries.one(queries.themes(user_of(request), company, on=clock.today(company)), pk))


def _theme_page(request: HttpRequest, theme: Theme | None) -> HttpResponse:
    company, user = company_of(request), user_of(request)
    on = clock.today(company)
    initial = {
        "title": theme.title, "talking_points": "\n".join(theme.talking_points), "unit": theme.unit,
        "valid_from": theme.valid_from, "valid_until": theme.valid_until,
    } if theme else {"valid_from": on}  # fmt: skip
    form = ThemeForm(request.POST or None, units=queries.units_prepared(user, company, on=on), initial=initial)

    def write(given: Mapping[str, Any]) -> None:
        actions.write_theme(
            company=company, unit=given["unit"], title=given["title"], talking_points=given["talking_points"].splitlines(),
            valid_from=given["valid_from"], valid_until=given["valid_until"], by=user, at=clock.now(), on=on, theme=theme,
        )  # fmt: skip

    return _form_page(request, form, write, back="visits:themes", title=theme.title if theme else _("New theme"),
                      above=_("Themes of visits"))  # fmt: skip


@needs("visits.prepare")
@require_http_methods(["GET", "POST"])
def new_question(request: HttpRequest) -> HttpResponse:
    return _question_page(request, None)


@needs("visits.prepare")
@require_http_methods(["GET", "POST"])
def one_question(request: HttpRequest, pk: int) -> HttpResponse:
    company = company_of(request)
    rows = queries.questions(user_of(request), company, on=clock.today(company))
    return _question_page(request, queries.one(rows, pk))


def _question_page(request: HttpRequest, question: DayQuestion | None) -> HttpResponse:
    company, user = company_of(request), user_of(request)
    on = clock.today(company)
    initial = {
        "text": question.text, "kind": question.kind, "options": "\n".join(question.options), "unit": question.unit,
        "valid_from": question.valid_from, "valid_until": question.valid_until,
    } if question else {"valid_from": on}  # fmt: skip
    form = QuestionForm(request.POST or None, units=queries.units_prepared(user, company, on=on), initial=initial)

    def write(given: Mapping[str, Any]) -> None:
        actions.write_question(
            company=company, unit=given["unit"], text=given["text"], kind=QuestionKind(given["kind"]),
            options=given["options"].splitlines(), valid_from=given["valid_from"], valid_until=given["valid_until"], by=user,
            at=clock.now(), on=on, question=question,
        )  # fmt: skip

    return _form_page(request, form, write, back="visits:questions", title=question.text if question else _("New question"),
                      above=_("Questions of the day"))  # fmt: skip


def _form_page(
    request: HttpRequest, form: Form, write: Callable[[Mapping[str, Any]], None], *, back: str, title: str, above: str
) -> HttpResponse:
    if request.method == "POST" and form.is_valid():
        try:
            write(form.cleaned_data)
        except Refused as refused:
            form.add_error(refused.field if refused.field in form.fields else None, refused.message)
        else:
            messages.success(request, _("Recorded. Phones get it at their next contact."))
            return redirect(back)
    context = {
        "form": form,
        "title": title,
        "back": reverse(back),
        "crumbs": [_above(), Crumb(title=above, url=reverse(back)), Crumb(title=title)],
    }
    return render(request, "visits/preparing/form.html", context, status=422 if form.errors else 200)


def _above() -> Crumb:
    return Crumb(title=_("Preparing visits"), url=reverse("visits:preparing"))
