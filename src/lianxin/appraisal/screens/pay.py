"""Pay runs: proposed by one person, confirmed by another; everybody else sees his own line."""

from typing import Any

from django.contrib import messages
from django.forms import Form
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from lianxin.appraisal import actions, permissions
from lianxin.appraisal.models import PayLine, PayRun
from lianxin.appraisal.queries import closings as closing_queries
from lianxin.appraisal.queries import pay as queries
from lianxin.appraisal.screens import presenters as shown
from lianxin.appraisal.screens.forms import DecisionForm, ProposeForm
from lianxin.appraisal.states import RunState
from lianxin.foundation import access, clock
from lianxin.foundation.context import company_of, user_of
from lianxin.foundation.errors import Refused
from lianxin.foundation.gate import needs
from lianxin.ui import formats
from lianxin.ui.exports import export, export_asked
from lianxin.ui.parts import Crumb, Empty, Explanation, Fact, Figure
from lianxin.ui.responses import explanation_page, list_page
from lianxin.ui.sources import QuerySetSource
from lianxin.ui.tables import Column, Table


def amount_figure(line: PayLine, *, explain: bool = True) -> Figure:
    company = line.run.closing.company
    return Figure(
        title=_("Amount"),
        value=None if line.amount_fen is None else line.amount_fen / 100,
        kind="money",
        unit=company.currency,
        answer="value" if line.amount_fen is not None else "not_enough_data",
        reason=reason_words(line.reason),
        explain_url=reverse("appraisal:pay_line", args=[line.pk]) if explain else "",
    )


def reason_words(reason: str) -> str:
    words = {
        "no_days": _("no counted day in post"),
        "blocked": _("evidence that the scheme asks for is missing"),
        "not_enough_data": _("no total in this month"),
    }
    return words.get(reason, reason)


@needs("pay.read")
def pay(request: HttpRequest) -> HttpResponseBase:
    company, user = company_of(request), user_of(request)
    if not queries.sees_runs(user, company):
        return _own_pay(request)
    table = Table(
        name="pay",
        title=_("Pay runs"),
        default_sort="-month",
        columns=[
            Column(
                key="month",
                title=_("Month"),
                kind="month",
                value=lambda run: run.closing.month,
                sort_by="closing__month",
                href=lambda run: reverse("appraisal:pay_run", args=[run.pk]),
            ),
            Column(
                key="pool_fen",
                title=_("Pool"),
                unit=company.currency,
                kind="money",
                value=lambda run: run.pool_fen / 100,
                on_card=True,
            ),
            Column(
                key="state", title=_("State"), kind="badge", value=lambda run: run.get_state_display(), on_card=True
            ),
            Column(key="proposed_by", title=_("Proposed by"), value=lambda run: str(run.proposed_by), sortable=False),
            Column(
                key="decided_by",
                title=_("Decided by"),
                value=lambda run: str(run.decided_by) if run.decided_by else _("not decided yet"),
                sortable=False,
            ),
        ],
        source=QuerySetSource(queries.runs(company), key="pk"),
        empty=Empty(
            title=_("No pay has been proposed yet"),
            text=_("A pay run divides a pool by the scorecards of a closed month; a second person confirms it."),
        ),
    )
    requests = list(queries.open_requests(company))
    context = {"may_propose": access.may(user, "pay.propose", company), "requests": requests}
    return list_page(request, "appraisal/pay.html", table, context=context)


def _own_pay(request: HttpRequest) -> HttpResponseBase:
    company = company_of(request)
    table = Table(
        name="own_pay",
        title=_("My pay by result"),
        default_sort="-month",
        columns=[
            Column(
                key="month",
                title=_("Month"),
                kind="month",
                value=lambda line: line.run.closing.month,
                sort_by="run__closing__month",
            ),
            Column(
                key="amount_fen",
                title=_("Amount"),
                unit=company.currency,
                kind="figure",
                value=amount_figure,
                on_card=True,
            ),
            Column(
                key="score_milli",
                title=_("Total"),
                unit=_("points"),
                kind="number",
                decimals=1,
                value=lambda line: None if line.score_milli is None else line.score_milli / 1000,
                on_card=True,
            ),
            Column(key="days", title=_("Days in post"), kind="number"),
            Column(
                key="decided_by", title=_("Confirmed by"), value=lambda line: str(line.run.decided_by), sortable=False
            ),
        ],
        source=QuerySetSource(queries.own_lines(user_of(request), company), key="pk"),
        empty=Empty(
            title=_("No confirmed pay yet"),
            text=_("Your lines appear here when a person has confirmed the pay run of a month."),
        ),
    )
    return list_page(request, "appraisal/own_pay.html", table)


@needs("pay.propose")
@require_http_methods(["GET", "POST"])
def propose(request: HttpRequest) -> HttpResponse:
    company = company_of(request)
    month = closing_queries.latest_month(company)
    closing = closing_queries.latest(company, month) if month else None
    form = ProposeForm(request.POST or None)
    if request.method == "POST" and closing is not None and form.is_valid():
        try:
            run = actions.propose_pay(
                closing=closing,
                pool_fen=int(form.cleaned_data["pool"] * 100),
                rule=form.rule(),
                by=user_of(request),
                at=clock.now(),
            )
        except Refused as refused:
            form.add_error(refused.field if refused.field in form.fields else None, refused.message)
        else:
            messages.success(request, _("Proposed. A leader other than you confirms it."))
            return redirect("appraisal:pay_run", run.pk)
    context = {"form": form, "closing": closing, "crumbs": _crumbs()}
    return render(request, "appraisal/propose.html", context, status=422 if form.errors else 200)


@needs("pay.read")
def pay_run(request: HttpRequest, pk: int) -> HttpResponseBase:
    return _run_page(request, queries.run(user_of(request), company_of(request), pk))


def _run_page(request: HttpRequest, run: PayRun, *, form: Form | None = None, status: int = 200) -> HttpResponseBase:
    company = company_of(request)
    table = Table(
        name="pay_lines",
        title=_("Lines"),
        default_sort="person",
        columns=[
            Column(
                key="person",
                title=_("Customer manager"),
                value=lambda line: line.person.name,
                sort_by="person__employee_no",
                note=lambda line: line.person.employee_no,
            ),
            Column(key="unit", title=_("Market unit")),
            Column(
                key="score_milli",
                title=_("Total"),
                unit=_("points"),
                kind="number",
                decimals=1,
                value=lambda line: None if line.score_milli is None else line.score_milli / 1000,
            ),
            Column(
                key="coefficient_milli",
                title=_("Coefficient"),
                kind="number",
                decimals=3,
                value=lambda line: line.coefficient_milli / 1000,
            ),
            Column(key="days", title=_("Days in post"), kind="number", on_card=True),
            Column(
                key="amount_fen",
                title=_("Amount"),
                unit=company.currency,
                kind="figure",
                value=amount_figure,
                on_card=True,
            ),
            Column(key="remainder_fen", title=_("Of it remainder"), unit=_("fen"), kind="number", shown=False),
        ],
        source=QuerySetSource(queries.lines(run), key="pk"),
        note=_("The division's remainders go, one fen each, to the largest fractions; equals by employee number."),
    )
    if export_asked(request, table):
        return export(request, table)
    deciding = run.state == RunState.PROPOSED and permissions.may_confirm(user_of(request), run)
    total = sum(line.amount_fen or 0 for line in queries.lines(run))
    context: dict[str, Any] = {
        "run": run,
        "closing": run.closing,
        "currency": company.currency,
        "total_fen": total,
        "table": table.page(request.GET),
        "form": (form or DecisionForm()) if deciding else None,
        "rule": rule_words(run, company.currency),
        "crumbs": [*_crumbs(), Crumb(title=f"{run.closing.month:%Y-%m}")],
    }
    return render(request, "appraisal/pay_run.html", context, status=status)


def rule_words(run: PayRun, currency: str) -> list[str]:
    """The rule of a run in sentences."""
    days = _("all days of the month count") if run.rule["days"] == "calendar" else _("working days count")
    bands = {"top": _("upper third"), "middle": _("middle third"), "bottom": _("lower third")}
    listed = [
        _("%(band)s × %(n)s")
        % {"band": bands.get(item["key"], item["key"]), "n": formats.number(item["milli"] / 1000, 3)}
        for item in run.rule["coefficients"]
    ]
    without = (
        _("who has no total shares by the mean total")
        if run.rule["not_enough"] == "group_average"
        else _("who has no total gets nothing from this pool, with the reason told")
    )
    least = run.rule["floor_fen"]
    floor = _("Nobody with a total gets less than %(floor)s for a whole month.") % {
        "floor": formats.money(least / 100, currency)
    }
    return [
        _("The pool is divided by total × coefficient × days in post."),
        _("Joiners and leavers: %(days)s.") % {"days": days},
        _("Coefficients: %(listed)s.") % {"listed": ", ".join(listed) or _("all are one")},
        _("Without a total: %(without)s.") % {"without": without},
        *([floor] if least else []),
    ]  # fmt: skip


@needs("pay.confirm")
@require_POST
def confirm(request: HttpRequest, pk: int) -> HttpResponseBase:
    run = queries.run(user_of(request), company_of(request), pk)
    form = DecisionForm(request.POST)
    if form.is_valid():
        try:
            actions.confirm_pay(run=run, by=user_of(request), at=clock.now(), note=form.cleaned_data["note"])
        except Refused as refused:
            form.add_error(None, refused.message)
        else:
            messages.success(request, _("Confirmed. Everybody concerned sees his or her line with its reasons."))
            return redirect("appraisal:pay_run", run.pk)
    return _run_page(request, run, form=form, status=422)


@needs("pay.confirm")
@require_POST
def turn_down(request: HttpRequest, pk: int) -> HttpResponseBase:
    run = queries.run(user_of(request), company_of(request), pk)
    form = DecisionForm(request.POST)
    if form.is_valid():
        try:
            actions.turn_down_pay(run=run, by=user_of(request), at=clock.now(), note=form.cleaned_data["note"])
        except Refused as refused:
            form.add_error(refused.field if refused.field in form.fields else None, refused.message)
        else:
            messages.success(request, _("Turned down."))
            return redirect("appraisal:pay_run", run.pk)
    return _run_page(request, run, form=form, status=422)


@needs("pay.read")
def pay_line(request: HttpRequest, pk: int) -> HttpResponse:
    """Why somebody gets what he gets; he himself sees it once it is confirmed."""
    company = company_of(request)
    line = queries.line(user_of(request), company, pk)
    total = None if line.score_milli is None else formats.number(line.score_milli / 1000, 3)
    return explanation_page(
        request,
        Explanation(
            title=_("Amount"),
            subject=f"{line.person.name} · {shown.month_words(line.run.closing.month)}",
            figure=amount_figure(line, explain=False),
            formula=_("pool × own weight ÷ sum of all weights, where weight = total × coefficient × days in post"),
            numerator=Fact(title=_("own weight"), text=formats.number(line.weight)),
            denominator=Fact(title=_("sum of all weights"), text=formats.number(line.weight_total)),
            n=Fact(
                title=_("days in post"),
                text=_("%(days)s of %(all)s") % {"days": line.days, "all": line.month_days},
            ),
            facts=[
                Fact(title=_("Pool"), text=formats.money(line.run.pool_fen / 100, company.currency)),
                Fact(title=_("Total"), text=total or reason_words(line.reason)),
                Fact(title=_("Coefficient"), text=formats.number(line.coefficient_milli / 1000, 3)),
                Fact(
                    title=_("Of it remainder"),
                    text=_("%(n)s fen") % {"n": line.remainder_fen},
                    note=_("remainders go to the largest fractions"),
                ),
                *([Fact(title=_("Least amount"), text=_("the least amount was applied"))] if line.is_at_floor else []),
            ],
            source=" ".join(rule_words(line.run, company.currency)),
            version=shown.version_words(line.run.closing),
        ),
    )


def _crumbs() -> list[Crumb]:
    return [Crumb(title=_("Pay"), url=reverse("appraisal:pay"))]
