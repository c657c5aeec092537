from collections.abc import Callable
from datetime import date
from typing import Any

from django.contrib import messages
from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from lianxin.foundation import access, clock
from lianxin.foundation.context import company_of, user_of
from lianxin.foundation.errors import Refused
from lianxin.foundation.gate import needs
from lianxin.oversight import actions, permissions, queries
from lianxin.oversight.models import Flag
from lianxin.oversight.screens.forms import (
    CloseForm,
    CorrectedForm,
    OpenForm,
    RecheckForm,
    UnheardForm,
    WordsForm,
)
from lianxin.oversight.screens.presenters import spoken_words
from lianxin.oversight.screens.reviewing import review_notice
from lianxin.oversight.states import Conclusion, FlagState
from lianxin.ui import formats
from lianxin.ui.filters import Choice, Filter, FilterSet
from lianxin.ui.parts import Crumb, Empty, Figure
from lianxin.ui.responses import list_page
from lianxin.ui.sources import QuerySetSource
from lianxin.ui.tables import Column, Table


@needs("flags.read")
def flags(request: HttpRequest) -> HttpResponseBase:
    company = company_of(request)
    rows = queries.flags_visible(user_of(request), company, on=clock.today(company))
    filters = FilterSet(
        [
            Filter(key="state", title=_("State"), kind="choice", choices=[Choice(*c) for c in FlagState.choices]),
            Filter(key="review", title=_("Review"), kind="choice", choices=[Choice("nobody", _("With no reviewer"))]),
        ],
        request.GET,
    )
    if filters["state"]:
        rows = rows.filter(state=filters["state"])
    if filters["review"]:
        rows = rows.filter(pk__in=permissions.without_reviewer(company, on=clock.today(company)).values("pk"))
    table = Table(
        name="flags",
        title=_("Questions"),
        default_sort="-opened_at",
        columns=[
            Column(
                key="question",
                title=_("Question"),
                value=lambda f: f.question_said,
                href=lambda f: reverse("oversight:flag", args=[f.pk]),
            ),
            Column(
                key="person",
                title=_("Person concerned"),
                on_card=True,
                value=lambda f: f.person.name,
                sort_by="person__name",
            ),
            Column(key="state", title=_("State"), kind="badge", on_card=True, value=lambda f: f.get_state_display()),
            Column(key="opened_at", title=_("Opened"), kind="instant"),
            Column(
                key="owner",
                title=_("Whose turn"),
                value=lambda f: (
                    str(f.owner) if f.owner else _("nobody any more") if f.closed_at else _("not assigned yet")
                ),
                sortable=False,
            ),
            Column(key="due_on", title=_("Due by"), kind="figure", value=_due_figure, sort_by="due_on"),
            Column(
                key="conclusion",
                title=_("Conclusion"),
                value=lambda f: f.get_conclusion_display() if f.conclusion else _("not closed yet"),
            ),
        ],
        source=QuerySetSource(rows, key="pk"),
        empty=Empty(title=_("No questions"), text=_("Nothing is waiting for an account or a review here.")),
    )
    may_open = access.may(user_of(request), "flags.open", company)
    return list_page(request, "oversight/flags.html", table, filters=filters, context={"may_open": may_open})


@needs("flags.open")
@require_http_methods(["GET", "POST"])
def open_flag(request: HttpRequest) -> HttpResponse:
    company = company_of(request)
    on = clock.today(company)
    form = OpenForm(request.POST or None, user=user_of(request), company=company, on=on)
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        item = {
            "title": given["evidence_title"],
            "text": given["evidence_text"],
            "source": "",
            "url": given["evidence_url"],
        }
        try:
            flag = actions.open(
                company=company,
                person=given["person"],
                rule="by_hand",
                question=given["question"],
                evidence=[item],
                answer_due_on=given["answer_due_on"],
                by=user_of(request),
                at=clock.now(),
                on=on,
            )
        except Refused as refused:
            form.add_error(refused.field if refused.field in form.fields else None, refused.message)
        else:
            messages.success(request, _("The question is open. The person concerned sees it now."))
            return redirect("oversight:flag", flag.pk)
    return render(
        request, "oversight/open.html", {"form": form, "crumbs": _crumbs()}, status=422 if form.errors else 200
    )


@needs("flags.read")
def flag(request: HttpRequest, flag_id: str) -> HttpResponse:
    return _flag_page(request, _visible(request, flag_id))


@needs("flags.read", writing="flags.read")
@require_POST
def answer(request: HttpRequest, flag_id: str) -> HttpResponse:
    return _step(request, flag_id, WordsForm(request.POST), lambda flag, given: actions.answer(
        flag=flag, words=given["words"], by=user_of(request), at=clock.now(), on=clock.today(flag.company)
    ))  # fmt: skip


@needs("flags.review")
@require_POST
def go_on_unheard(request: HttpRequest, flag_id: str) -> HttpResponse:
    on = clock.today(company_of(request))
    return _step(request, flag_id, UnheardForm(request.POST), lambda flag, given: actions.go_on_unheard(
        flag=flag, words=given["words"], by=user_of(request), at=clock.now(), on=on
    ))  # fmt: skip


@needs("flags.review")
@require_POST
def take_up(request: HttpRequest, flag_id: str) -> HttpResponse:
    on = clock.today(company_of(request))
    return _step(request, flag_id, Form(request.POST), lambda flag, given: actions.take_up(
        flag=flag, by=user_of(request), at=clock.now(), on=on
    ))  # fmt: skip


@needs("flags.review")
@require_POST
def close(request: HttpRequest, flag_id: str) -> HttpResponse:
    on = clock.today(company_of(request))
    return _step(request, flag_id, CloseForm(request.POST), lambda flag, given: actions.close(
        flag=flag, conclusion=Conclusion(given["conclusion"]), words=given["words"], by=user_of(request), at=clock.now(), on=on,
        task=given["task"], task_due_on=given["task_due_on"],
    ))  # fmt: skip


@needs("flags.read", writing="flags.read")
@require_POST
def corrected(request: HttpRequest, flag_id: str) -> HttpResponse:
    on = clock.today(company_of(request))
    return _step(request, flag_id, CorrectedForm(request.POST), lambda flag, given: actions.report_corrected(
        flag=flag, words=given["words"], by=user_of(request), at=clock.now(), on=on
    ))  # fmt: skip


@needs("flags.review")
@require_POST
def recheck(request: HttpRequest, flag_id: str) -> HttpResponse:
    on = clock.today(company_of(request))
    return _step(request, flag_id, RecheckForm(request.POST), lambda flag, given: actions.recheck(
        flag=flag, is_corrected=given["is_corrected"], words=given["words"], again_by=given["again_by"],
        by=user_of(request), at=clock.now(), on=on,
    ))  # fmt: skip


def _due_figure(row: Flag) -> Figure:
    if row.due_on is None:
        return Figure(value=_("nothing left to do"), kind="text")
    return Figure(value=formats.day(row.due_on), kind="text")


def _visible(request: HttpRequest, flag_id: str) -> Flag:
    company = company_of(request)
    return queries.flag_visible(user_of(request), company, flag_id, on=clock.today(company))


def _step(
    request: HttpRequest, flag_id: str, form: Form, action: Callable[[Flag, dict[str, Any]], object]
) -> HttpResponse:
    """One step of a flag's life; a refused one shows the page again with the sentence and what was typed."""
    row = _visible(request, flag_id)
    if form.is_valid():
        try:
            action(row, form.cleaned_data)
        except Refused as refused:
            form.add_error(refused.field if refused.field in form.fields else None, refused.message)
        else:
            messages.success(request, _("Recorded."))
            return redirect("oversight:flag", row.pk)
    return _flag_page(request, _visible(request, flag_id), faulty=form, status=422)


def _flag_page(request: HttpRequest, row: Flag, *, faulty: Form | None = None, status: int = 200) -> HttpResponse:
    on = clock.today(row.company)
    reviewing = permissions.may_review(user_of(request), row, on=on)

    def form_of(kind: type[Form]) -> Form:
        return faulty if type(faulty) is kind else kind()

    context: dict[str, Any] = {
        "flag": row,
        "events": queries.events_of(row),
        "spoke": spoken_words(row),
        "review_notice": review_notice(row, user_of(request), on=on),
        "crumbs": [*_crumbs(), Crumb(title=row.question_said)],
        "faulty": faulty if type(faulty) is Form else None,
        "answer_form": form_of(WordsForm)
        if permissions.may_answer(user_of(request), row) and row.state != FlagState.CLOSED
        else None,
        "unheard_form": form_of(UnheardForm)
        if reviewing and row.state == FlagState.OPENED and on > row.answer_due_on
        else None,
        "may_take_up": reviewing
        and (row.state == FlagState.HEARD or (row.state == FlagState.REVIEWED and permissions.has_left(row, on=on))),
        "close_form": form_of(CloseForm)
        if row.state == FlagState.REVIEWED and row.reviewer_id == user_of(request).pk
        else None,
        "corrected_form": form_of(CorrectedForm)
        if permissions.may_answer(user_of(request), row) and row.state == FlagState.CORRECTING
        else None,
        "recheck_form": form_of(RecheckForm)
        if reviewing and (row.state == FlagState.RECHECKING or _is_overdue_correction(row, on))
        else None,
    }
    return render(request, "oversight/flag.html", context, status=status)


def _is_overdue_correction(row: Flag, on: date) -> bool:
    return row.state == FlagState.CORRECTING and row.due_on is not None and on > row.due_on


def _crumbs() -> list[Crumb]:
    return [Crumb(title=_("Questions"), url=reverse("oversight:flags"))]
