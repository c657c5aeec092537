"""The steps of a round, one action for each."""

from collections.abc import Callable
from datetime import date
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from lianxin.foundation import clock
from lianxin.foundation.context import company_of, user_of
from lianxin.foundation.errors import Refused
from lianxin.foundation.gate import needs
from lianxin.supply.actions import choosing
from lianxin.supply.actions import rounds as actions
from lianxin.supply.bodies import Choice
from lianxin.supply.models import Round
from lianxin.supply.queries import policies, rounds
from lianxin.supply.screens.forms import ChooseForm, OpenForm, ReopenForm
from lianxin.supply.screens.rounds import crumbs_of
from lianxin.supply.states import GoodsClass


@needs("supply.prepare")
@require_http_methods(["GET", "POST"])
def open_round(request: HttpRequest) -> HttpResponse:
    company = company_of(request)
    weeks = rounds.weeks_to_share(company)
    offered = policies.ever_published(company)
    form = OpenForm(request.POST or None, weeks=weeks, policies=offered)
    if request.method == "POST" and form.is_valid():
        week = date.fromisoformat(form.cleaned_data["week"])
        policy = policies.policy_of(company, int(form.cleaned_data["policy"]))
        beside = form.cleaned_data["compared"]
        compared = policies.policy_of(company, int(beside)) if beside else None
        choices = [
            Choice(
                product=product,
                policy=policy,
                goods_class=GoodsClass(form.cleaned_data["goods_class"]),
                compared_policy=compared,
            )
            for product in rounds.products_to_share(company, week)
        ]
        try:
            made = actions.open_round(
                company=company, week=week, choices=choices, by=user_of(request), at=clock.now(),
                requests_close_at=form.cleaned_data["requests_close_at"],
            )  # fmt: skip
        except Refused as refused:
            form.add_error(refused.field if refused.field in form.fields else None, refused.message)
        else:
            messages.success(request, _("Opened. The hash of its seed stands in the audit chain."))
            return redirect("supply:round", made.number)
    context = {"form": form, "crumbs": crumbs_of(), "weeks": weeks, "offered": offered}
    return render(request, "supply/open_round.html", context, status=422 if form.errors else 200)


def _step(request: HttpRequest, number: int, action: Callable[..., Round], done: str, **more: Any) -> HttpResponse:
    row = rounds.round_of(company_of(request), number)
    try:
        made = action(round=row, by=user_of(request), at=clock.now(), **more)
    except Refused as refused:
        messages.error(request, refused.message)
    else:
        if made.faults:
            messages.error(
                request, _("The requests or the supply have faults; nothing was shared out. They stand below.")
            )
        else:
            messages.success(request, done)
    return redirect("supply:round", number)


@needs("supply.prepare")
@require_POST
def close(request: HttpRequest, number: int) -> HttpResponse:
    words = request.POST.get("words", "")
    return _step(request, number, actions.close_requests, _("Requests are closed."), words=words)


@needs("supply.prepare")
@require_POST
def preview(request: HttpRequest, number: int) -> HttpResponse:
    return _step(request, number, actions.preview, _("Previewed. Nothing counts until it is committed."))


@needs("supply.commit")
@require_POST
def commit(request: HttpRequest, number: int) -> HttpResponse:
    on = clock.today(company_of(request))
    return _step(request, number, actions.commit, _("Committed: the shares stand."), on=on)


@needs("supply.commit")
@require_POST
def publish(request: HttpRequest, number: int) -> HttpResponse:
    return _step(request, number, actions.publish, _("Published: every retailer can read its own line."))


def _is_public(request: HttpRequest) -> bool:
    """Whether the words come from a form that says that everybody reads them; one left open over an upgrade does not say it."""
    return request.POST.get("is_public") == "1"


@needs("supply.prepare")
@require_POST
def reopen(request: HttpRequest, number: int) -> HttpResponse:
    form = ReopenForm(request.POST)
    closes = form.cleaned_data["requests_close_at"] if form.is_valid() else None
    words = request.POST.get("words", "")
    return _step(
        request, number, actions.reopen, _("Requests may come in again."), words=words, requests_close_at=closes,
        is_public=_is_public(request),
    )  # fmt: skip


@needs("supply.prepare")
@require_POST
def withdraw(request: HttpRequest, number: int) -> HttpResponse:
    words = request.POST.get("words", "")
    return _step(request, number, actions.withdraw, _("Withdrawn."), words=words, is_public=_is_public(request))


@needs("supply.prepare")
@require_POST
def choose(request: HttpRequest, number: int, product_id: int) -> HttpResponse:
    company = company_of(request)
    row = rounds.round_of(company, number)
    form = ChooseForm(request.POST, policies=policies.in_force(company, on=row.week))
    if not form.is_valid():
        messages.error(request, _("Choose a policy that is in force in this week."))
        return redirect("supply:product", number, product_id)
    beside = form.cleaned_data["compared"]
    try:
        choosing.choose(
            round=row,
            product_id=product_id,
            policy=policies.policy_of(company, int(form.cleaned_data["policy"])),
            compared_policy=policies.policy_of(company, int(beside)) if beside else None,
            goods_class=GoodsClass(form.cleaned_data["goods_class"]),
            by=user_of(request),
            at=clock.now(),
        )
    except Refused as refused:
        messages.error(request, refused.message)
    else:
        messages.success(request, _("Chosen. Preview the round to see what it gives."))
    return redirect("supply:product", number, product_id)
