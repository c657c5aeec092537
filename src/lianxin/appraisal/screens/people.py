"""What superiors judge, and requests that somebody looks at a result."""

from datetime import date
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from lianxin.appraisal import actions, permissions
from lianxin.appraisal.queries import closings as closing_queries
from lianxin.appraisal.queries import judgements as queries
from lianxin.appraisal.queries import pay as pay_queries
from lianxin.appraisal.screens import presenters as shown
from lianxin.appraisal.screens.forms import AnswerForm, JudgementForm
from lianxin.appraisal.states import RequestState
from lianxin.appraisal.wording import said
from lianxin.core.units import last_day
from lianxin.foundation import clock
from lianxin.foundation.context import company_of, user_of
from lianxin.foundation.errors import Denied, Missing, Refused
from lianxin.foundation.gate import needs
from lianxin.foundation.models import Company
from lianxin.ui.filters import Filter, FilterSet
from lianxin.ui.parts import Crumb, Empty, Figure
from lianxin.ui.responses import list_page
from lianxin.ui.sources import ListSource
from lianxin.ui.tables import Column, Table


def default_month(company: Company) -> date:
    """The last whole month before today, where most judgements are still to be made."""
    closed = closing_queries.latest_month(company)
    return closed or clock.today(company).replace(day=1)


@needs("judgements.write")
def judgements(request: HttpRequest) -> HttpResponseBase:
    company, user = company_of(request), user_of(request)
    shown_month = default_month(company)
    filters = FilterSet(
        [Filter(key="month", title=_("Month"), kind="month", default=f"{shown_month:%Y-%m}")], request.GET
    )
    month = filters.date("month") or shown_month
    team = permissions.judged_by(user, company, on=last_day(month))
    written = {(row.person_id, row.code): row for row in queries.judgements(company, month, team)}
    rows: list[dict[str, Any]] = []
    for person in queries.persons(team):
        for part in queries.judged_parts(company, month):
            row = written.get((person.pk, str(part.judgement)))
            rows.append(
                {
                    "key": f"{person.employee_no}:{part.judgement}",
                    "name": person.name,
                    "employee_no": person.employee_no,
                    "title": said(part.title),
                    "value": row.value if row else None,
                    "reason": row.reason if row else "",
                    "url": reverse("appraisal:judge", args=[person.pk, part.judgement]) + f"?month={month:%Y-%m}",
                }
            )
    table = Table(
        name="judgements",
        title=_("Judgements of my team"),
        default_sort="key",
        columns=[
            Column(
                key="key",
                title=_("Customer manager"),
                value=lambda row: row["name"],
                note=lambda row: row["employee_no"],
                href=lambda row: row["url"],
            ),
            Column(key="title", title=_("Part"), on_card=True),
            Column(key="value", title=_("Value"), kind="figure", value=_value_figure, on_card=True),
            Column(key="reason", title=_("Reason"), value=lambda row: row["reason"] or _("not judged yet")),
        ],
        source=ListSource(rows, key="key"),
        empty=Empty(
            title=_("Nothing to judge"),
            text=_("The schemes in force in this month ask for no judgement, or nobody reports to you."),
        ),
    )
    n_open = sum(row["value"] is None for row in rows)
    context = {"month": month, "n_open": n_open, "n_all": len(rows)}
    return list_page(request, "appraisal/judgements.html", table, filters=filters, context=context)


def _value_figure(row: dict[str, Any]) -> Figure:
    return Figure(
        value=row["value"],
        decimals=1,
        answer="value" if row["value"] is not None else "not_enough_data",
        reason=_("not judged yet"),
    )


@needs("judgements.write")
@require_http_methods(["GET", "POST"])
def judge(request: HttpRequest, person_id: int, code: str) -> HttpResponse:
    company, user = company_of(request), user_of(request)
    month = _asked_month(request, company)
    team = permissions.judged_by(user, company, on=last_day(month))
    person = queries.persons(team).filter(pk=person_id).first()
    part = {part.judgement: part for part in queries.judged_parts(company, month)}.get(code)
    if person is None or part is None:
        raise Missing(_("There is nothing of that kind for you to judge."))
    old = queries.judgements(company, month, {person.pk}).filter(code=code).first()
    initial = {"value": old.value, "reason": old.reason} if old else None
    form = JudgementForm(request.POST or None, initial=initial)
    back = reverse("appraisal:judgements") + f"?month={month:%Y-%m}"
    if request.method == "POST" and form.is_valid():
        try:
            actions.judge(
                person=person,
                month=month,
                code=code,
                value=form.cleaned_data["value"],
                reason=form.cleaned_data["reason"],
                by=user,
                at=clock.now(),
            )
        except Refused as refused:
            form.add_error(refused.field if refused.field in form.fields else None, refused.message)
        else:
            messages.success(request, _("Recorded. It counts from the next closing of the month on."))
            return redirect(back)
    context = {
        "form": form,
        "person": person,
        "title": said(part.title),
        "month": month,
        "back": back,
        "scale": _("from 0 to 100") if part.curve.kind == "judgement" else _("number of events"),
        "crumbs": [Crumb(title=_("Judgements"), url=back), Crumb(title=person.name)],
    }
    return render(request, "appraisal/judge.html", context, status=422 if form.errors else 200)


def _asked_month(request: HttpRequest, company: Company) -> date:
    month = default_month(company)
    asked = FilterSet([Filter(key="month", title=_("Month"), kind="month")], request.GET).date("month")
    return asked or month


@needs("scorecards.read")
@require_http_methods(["GET", "POST"])
def review(request: HttpRequest, pk: int) -> HttpResponse:
    """A request that somebody looks at a result, and its answer."""
    company, user = company_of(request), user_of(request)
    row = pay_queries.request(company, pk)
    card = closing_queries.scorecard(user, company, row.scorecard_id)
    answering = row.state == RequestState.OPEN and permissions.may_review(user, row)
    form = AnswerForm(request.POST or None)
    if request.method == "POST":
        if not answering:
            raise Denied(_("You cannot answer this request."))
        if form.is_valid():
            try:
                actions.answer_review(
                    request=row,
                    state=RequestState(form.cleaned_data["state"]),
                    answer=form.cleaned_data["answer"],
                    by=user,
                    at=clock.now(),
                )
            except Refused as refused:
                form.add_error(refused.field if refused.field in form.fields else None, refused.message)
            else:
                messages.success(request, _("Answered."))
                return redirect("appraisal:scorecard", card.pk)
    context = {
        "row": row,
        "card": card,
        "month": shown.month_words(card.closing.month),
        "form": form if answering else None,
        "crumbs": [
            Crumb(title=_("Scorecards"), url=reverse("appraisal:scorecards")),
            Crumb(title=card.person.name, url=reverse("appraisal:scorecard", args=[card.pk])),
        ],
    }
    return render(request, "appraisal/review.html", context, status=422 if form.errors else 200)
