"""Checks: for the checker on the way, and for the office that seals, draws and ends their rounds."""

from collections.abc import Callable
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
from lianxin.oversight import permissions
from lianxin.oversight.actions import checks as actions
from lianxin.oversight.models import Check, CheckRound
from lianxin.oversight.queries import checks as queries
from lianxin.oversight.screens.check_forms import CheckForm, GiveUpForm, HandOverForm, SealForm, script
from lianxin.oversight.screens.presenters import check_in_words
from lianxin.oversight.states import CheckChannel, CheckState, Confirmed, RoundState
from lianxin.retailers.queries import contacts
from lianxin.ui.filters import Choice, Filter, FilterSet
from lianxin.ui.parts import Crumb, Empty, Figure
from lianxin.ui.responses import list_page
from lianxin.ui.sources import QuerySetSource
from lianxin.ui.tables import Column, Table


def _shop(check: Check) -> str:
    return check.visit.retailer.name


def _answer(check: Check) -> Figure:
    if check.state == CheckState.ASSIGNED:
        return Figure(value=_("not yet"), kind="text")
    if check.confirmed == Confirmed.CANNOT_TELL:
        return Figure(answer="cannot_tell")
    return Figure(value=check.get_confirmed_display() if check.confirmed else check.get_state_display(), kind="text")


@needs("checks.make")
def mine(request: HttpRequest) -> HttpResponseBase:
    company = company_of(request)
    filters = FilterSet(
        [Filter(key="state", title=_("State"), kind="choice", choices=[Choice(*c) for c in CheckState.choices])],
        request.GET,
    )
    rows = queries.checks_to_make(user_of(request), company)
    n_open = rows.filter(state=CheckState.ASSIGNED).count()
    rows = rows.filter(state=filters["state"] or CheckState.ASSIGNED)
    table = Table(
        name="my_checks",
        title=_("My checks"),
        default_sort="due_on",
        columns=[
            Column(
                key="shop",
                title=_("Retailer"),
                value=_shop,
                sort_by="visit__retailer__name",
                href=lambda c: reverse("oversight:check", args=[c.pk]),
            ),
            Column(key="channel", title=_("Kind of check"), on_card=True, value=lambda c: c.get_channel_display()),
            Column(key="due_on", title=_("Due by"), kind="day", on_card=True),
            Column(key="state", title=_("State"), kind="badge", value=lambda c: c.get_state_display()),
        ],
        source=QuerySetSource(rows, key="pk"),
        empty=Empty(title=_("Nothing to check"), text=_("Checks that the drawing gives you appear here.")),
    )
    return list_page(request, "oversight/my_checks.html", table, filters=filters, context={"n_open": n_open})


@needs("checks.make")
def check(request: HttpRequest, pk: int) -> HttpResponse:
    return _check_page(request, queries.check_to_make(user_of(request), company_of(request), pk))


@needs("checks.make")
@require_POST
def record(request: HttpRequest, pk: int) -> HttpResponse:
    row = queries.check_to_make(user_of(request), company_of(request), pk)
    form = _check_form(request, row)
    return _step(request, row, form, lambda given: actions.record(
        check=row, confirmed=Confirmed(given["confirmed"]), words=given["words"], policies=form.policy_answers,
        answers={key: given[key] for key in ("last_seen", "came", "what")}, by=user_of(request), at=clock.now(),
    ))  # fmt: skip


@needs("checks.make")
@require_POST
def give_up(request: HttpRequest, pk: int) -> HttpResponse:
    row = queries.check_to_make(user_of(request), company_of(request), pk)
    return _step(request, row, GiveUpForm(request.POST), lambda given: actions.give_up(
        check=row, words=given["words"], by=user_of(request), at=clock.now()
    ))  # fmt: skip


def _check_form(request: HttpRequest, row: Check) -> CheckForm:
    policies = queries.policies_to_ask(row, on=clock.today(row.company))
    return CheckForm(request.POST if request.method == "POST" else None, policies=policies)


def _step(request: HttpRequest, row: Check, form: Form, action: Callable[[dict[str, Any]], object]) -> HttpResponse:
    if form.is_valid():
        try:
            action(form.cleaned_data)
        except Refused as refused:
            form.add_error(refused.field if refused.field in form.fields else None, refused.message)
        else:
            messages.success(request, _("Recorded."))
            return redirect("oversight:my_checks")
    return _check_page(request, row, faulty=form, status=422)


def _check_page(request: HttpRequest, row: Check, *, faulty: Form | None = None, status: int = 200) -> HttpResponse:
    is_open = row.state == CheckState.ASSIGNED
    version = row.visit.retailer.versions.order_by("-valid_from").first()
    context = {
        "check": row,
        "came": check_in_words(row.visit),
        "address": version.address if version else "",
        "licence_no": row.visit.retailer.licence_no,
        # To call the shop back is what the number is kept for: only who makes this call sees it, while it is to be made.
        "contact": contacts.recorded(row.visit.retailer) if is_open and row.channel == CheckChannel.PHONE else None,
        "script": script(row.channel),
        "crumbs": [Crumb(title=_("My checks"), url=reverse("oversight:my_checks")), Crumb(title=_shop(row))],
        "form": (faulty if isinstance(faulty, CheckForm) else _check_form(request, row)) if is_open else None,
        "give_up_form": (faulty if isinstance(faulty, GiveUpForm) else GiveUpForm()) if is_open else None,
    }
    return render(request, "oversight/check.html", context, status=status)


@needs("checks.read")
def rounds(request: HttpRequest) -> HttpResponseBase:
    company = company_of(request)
    table = Table(
        name="rounds",
        title=_("Rounds of checks"),
        default_sort="-number",
        columns=[
            Column(
                key="number",
                title=_("Round"),
                value=lambda r: _("Round %(n)d") % {"n": r.number},
                href=lambda r: reverse("oversight:round", args=[r.number]),
            ),
            Column(key="visits_from", title=_("Visits from"), kind="day"),
            Column(key="visits_until", title=_("until before"), kind="day"),
            Column(key="state", title=_("State"), kind="badge", on_card=True, value=lambda r: r.get_state_display()),
            Column(key="n_checks", title=_("Drawn"), kind="number"),
            Column(key="n_done", title=_("Checked"), kind="number", on_card=True),
            Column(key="n_not_done", title=_("Not done"), kind="number"),
            Column(key="due_on", title=_("Due by"), kind="day"),
        ],
        source=QuerySetSource(queries.rounds(company), key="pk"),
        empty=Empty(
            title=_("No round yet"),
            text=_("Seal a seed, let the visits be made, then draw: nobody can know or choose which are checked."),
        ),
    )
    may_draw = access.may(request.user, "checks.draw", company)
    return list_page(request, "oversight/rounds.html", table, context={"may_draw": may_draw})


@needs("checks.draw")
@require_http_methods(["GET", "POST"])
def seal(request: HttpRequest) -> HttpResponse:
    company = company_of(request)
    on = clock.today(company)
    form = SealForm(request.POST or None, on=on)
    if request.method == "POST" and form.is_valid():
        try:
            made = actions.seal_round(
                company=company,
                visits_from=form.cleaned_data["visits_from"],
                visits_until=form.cleaned_data["visits_until"],
                wanted=form.wanted,
                by=user_of(request),
                at=clock.now(),
                on=on,
            )
        except Refused as refused:
            form.add_error(refused.field if refused.field in form.fields else None, refused.message)
        else:
            messages.success(request, _("The seed is sealed. Its hash stands in the audit chain."))
            return redirect("oversight:round", made.number)
    crumbs = [Crumb(title=_("Rounds of checks"), url=reverse("oversight:rounds"))]
    return render(request, "oversight/seal.html", {"form": form, "crumbs": crumbs}, status=422 if form.errors else 200)


@needs("checks.read")
def round_page(request: HttpRequest, number: int) -> HttpResponseBase:
    company = company_of(request)
    row = queries.round_of(company, number)
    table = Table(
        name="checks",
        title=_("Checks of the round"),
        default_sort="channel",
        columns=[
            Column(
                key="shop",
                title=_("Retailer"),
                value=_shop,
                sort_by="visit__retailer__name",
                href=lambda c: reverse("oversight:hand_over", args=[c.pk]),
            ),
            Column(key="channel", title=_("Kind of check"), value=lambda c: c.get_channel_display()),
            Column(
                key="person",
                title=_("Customer manager"),
                value=lambda c: c.visit.person.name,
                sort_by="visit__person__name",
            ),
            Column(
                key="visit_date", title=_("Visit of"), kind="day", value=lambda c: c.visit.visit_date, sortable=False
            ),
            Column(
                key="checker",
                title=_("Checked by"),
                value=lambda c: str(c.checker) if c.checker else _("not assigned yet"),
                sortable=False,
            ),
            Column(key="drawn_probability", title=_("Chance"), kind="share"),
            Column(key="state", title=_("State"), kind="badge", on_card=True, value=lambda c: c.get_state_display()),
            Column(
                key="confirmed",
                title=_("What it comes to"),
                kind="figure",
                on_card=True,
                value=_answer,
                sort_by="confirmed",
            ),
            Column(key="words", title=_("In words"), shown=False, sortable=False),
        ],
        source=QuerySetSource(queries.checks_of(row), key="pk"),
        empty=Empty(title=_("Not drawn yet"), text=_("The visits are drawn when all of them have been made.")),
    )
    on = clock.today(company)
    may_draw = access.may(request.user, "checks.draw", company)
    context = {
        "round": row,
        "wanted": [(CheckChannel(channel).label, n) for channel, n in row.wanted.items()],
        "crumbs": [Crumb(title=_("Rounds of checks"), url=reverse("oversight:rounds"))],
        "may_draw": may_draw and row.state == RoundState.COMMITTED and on >= row.visits_until,
        "may_end": may_draw and row.state == RoundState.DRAWN,
        "seed": row.seed if row.state == RoundState.OVER else "",
    }
    return list_page(request, "oversight/round.html", table, context=context)


def _round_step(request: HttpRequest, number: int, action: Callable[..., CheckRound], done: str) -> HttpResponse:
    company = company_of(request)
    row = queries.round_of(company, number)
    try:
        action(round=row, by=user_of(request), at=clock.now(), on=clock.today(company))
    except Refused as refused:
        messages.error(request, refused.message)
    else:
        messages.success(request, done)
    return redirect("oversight:round", number)


@needs("checks.draw")
@require_POST
def draw(request: HttpRequest, number: int) -> HttpResponse:
    return _round_step(request, number, actions.draw, _("Drawn and given out. The checkers see theirs now."))


@needs("checks.draw")
@require_POST
def end(request: HttpRequest, number: int) -> HttpResponse:
    return _round_step(request, number, actions.end_round, _("The round is over; the seed is shown."))


@needs("checks.read", writing="checks.draw")
@require_http_methods(["GET", "POST"])
def hand_over(request: HttpRequest, pk: int) -> HttpResponse:
    company = company_of(request)
    row = queries.check_of(company, pk)
    parties = permissions.parties_of([row.visit], is_given=False)[row.visit_id]
    free = [user.pk for user in queries.checkers(company, CheckChannel(row.channel)) if user.pk not in parties]
    form = HandOverForm(request.POST or None, people=queries.users_by_id(company, free))
    if request.method == "POST" and form.is_valid():
        try:
            actions.hand_over(check=row, to=form.cleaned_data["to"], by=user_of(request), at=clock.now())
        except Refused as refused:
            form.add_error(refused.field if refused.field in form.fields else None, refused.message)
        else:
            messages.success(request, _("Given to somebody else."))
            return redirect("oversight:round", row.round.number) if row.round else redirect("oversight:rounds")
    context = {
        "check": row,
        "form": form if row.state == CheckState.ASSIGNED and access.may(request.user, "checks.draw", company) else None,
        "crumbs": [Crumb(title=_("Rounds of checks"), url=reverse("oversight:rounds")), Crumb(title=_shop(row))],
    }
    return render(request, "oversight/hand_over.html", context, status=422 if form.errors else 200)
