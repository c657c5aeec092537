"""Rounds: which are open, who is how far, and what they came to."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.http import require_http_methods, require_POST

from lianxin.demand import permissions
from lianxin.demand.actions import closing, opening
from lianxin.demand.models import Round, Sheet
from lianxin.demand.queries import choosing, rounds
from lianxin.demand.queries.borrowed import borrowed_products, n_listed_together, n_newcomers_without, newcomers_of
from lianxin.demand.queries.lines import lines_of, parts_of, whole_units
from lianxin.demand.queries.names import names_of
from lianxin.demand.queries.plain import events_handed
from lianxin.demand.queries.without import without_lines
from lianxin.demand.screens import event_rows, queueing, spreading
from lianxin.demand.screens.forms import OpenForm, first_values
from lianxin.demand.screens.words import borrowed_words, period_words, round_title, without_words
from lianxin.demand.states import Period, RoundState, SheetState
from lianxin.foundation import access, clock, parameters
from lianxin.foundation.context import company_of, user_of
from lianxin.foundation.errors import Refused
from lianxin.foundation.gate import needs
from lianxin.ui import formats
from lianxin.ui.parts import Crumb, Empty, Figure
from lianxin.ui.responses import list_page
from lianxin.ui.sources import ListSource, QuerySetSource
from lianxin.ui.tables import Column, Table


@needs("forecasts.read")
def overview(request: HttpRequest) -> HttpResponseBase:
    company, user = company_of(request), user_of(request)
    own = [
        {
            "round_id": sheet.round_id,
            "title": round_title(sheet.round),
            "n_to_do": sheet.n_to_do,
            "deadline": sheet.round.deadline_at,
        }
        for sheet in rounds.own_open_sheets(user, company, at=clock.now())
    ]
    table = Table(
        name="forecast_rounds",
        title=_("Forecast rounds"),
        default_sort="-first_period",
        columns=[
            Column(
                key="first_period",
                title=_("Forecast for"),
                value=round_title,
                sort_by="first_period",
                href=lambda r: reverse("demand:round", args=[r.pk]),
            ),
            Column(key="state", title=_("State"), kind="badge", value=lambda r: r.get_state_display(), on_card=True),
            Column(key="deadline_at", title=_("Deadline"), kind="instant", on_card=True),
            Column(
                key="products", title=_("Products"), kind="number", value=lambda r: len(r.product_ids), sortable=False
            ),
            Column(key="period", title=_("Forecast by"), value=lambda r: r.get_period_display()),
            Column(key="history_until", title=_("Orders known until"), kind="day", shown=False),
        ],
        source=QuerySetSource(rounds.rounds(user, company), key="pk"),
        empty=Empty(
            title=_("No forecast round yet"),
            text=_("A round lays the system's forecast before its authors and keeps every number that they give."),
            action_title=_("Open a round") if access.may(user, permissions.RUN, company) else "",
            action_url=reverse("demand:open") if access.may(user, permissions.RUN, company) else "",
        ),
    )
    context = {"own": own, "may_run": access.may(user, permissions.RUN, company)}
    return list_page(request, "demand/rounds.html", table, context=context)


@needs("rounds.run")
@require_http_methods(["GET", "POST"])
def open_round(request: HttpRequest) -> HttpResponse:
    company, user, at = company_of(request), user_of(request), clock.now()
    on = clock.today(company)
    days = int(parameters.in_force(company, on=on)["demand.open_days"])
    offered = choosing.products_offered(company)
    initial = {
        **first_values(company, on=on, days=days, after=choosing.last_month_known(company)),
        "products": choosing.products_last_chosen(company),
    }
    form = OpenForm(request.POST or None, company=company, products=offered, initial=initial)
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        try:
            made = opening.open_round(
                company=company, period=Period(given["period"]), first_period=given["first_period"], horizon=given["horizon"],
                product_ids=[int(pk) for pk in given["products"]], deadline_at=form.deadline_at, by=user, at=at, on=on,
            )  # fmt: skip
        except Refused as refused:
            field = {"deadline_at": "deadline_on"}.get(refused.field, refused.field)
            form.add_error(field if field in form.fields else None, refused.message)
        else:
            return _prepared(request, made)
    context = {
        "form": form,
        "heading": _("Open a forecast round"),
        "text": _("The system's forecast is made first; then every author finds his lines."),
        "submit_title": _("Open the round"),
        "crumbs": [Crumb(title=_("Forecast rounds"), url=reverse("demand:rounds"))],
    }
    return render(request, "demand/form.html", context, status=422 if form.errors else 200)


@needs("rounds.run")
@require_POST
def prepare(request: HttpRequest, pk: int) -> HttpResponse:
    """Make the system's forecast of a round whose job failed or was stopped."""
    return _prepared(request, rounds.round_of(user_of(request), company_of(request), pk))


def _prepared(request: HttpRequest, round: Round) -> HttpResponse:
    try:
        job = queueing.prepare(round, by=user_of(request), at=clock.now())
    except Refused as refused:
        messages.error(request, refused.message)
        return redirect("demand:round", round.pk)
    return redirect("web:job", job.pk)


@needs("rounds.run")
@require_POST
def close(request: HttpRequest, pk: int) -> HttpResponse:
    round = rounds.round_of(user_of(request), company_of(request), pk)
    try:
        closing.close(round=round, by=user_of(request), at=clock.now())
    except Refused as refused:
        messages.error(request, refused.message)
    else:
        messages.success(request, _("Closed. The forecasts are shown now."))
    return redirect("demand:round", pk)


@needs("forecasts.read")
def round_page(request: HttpRequest, pk: int) -> HttpResponseBase:
    company, user, at = company_of(request), user_of(request), clock.now()
    round = rounds.round_of(user, company, pk)
    on = clock.today(company)
    sheets = rounds.sheets_visible(user, round, on=on)
    revealed = rounds.is_revealed(round)

    def address(sheet: Sheet) -> str | None:
        if sheet.person.user_id == user.pk and access.may(user, permissions.WRITE, company):
            return reverse("demand:mine", args=[pk])
        return reverse("demand:sheet", args=[pk, sheet.person_id]) if revealed else None

    table = Table(
        name="forecast_sheets",
        title=_("Authors"),
        default_sort="person",
        columns=[
            Column(key="person", title=_("Author"), value=lambda s: s.person.name, sort_by="person__name", href=address,
                   note=lambda s: s.person.employee_no),
            Column(key="post", title=_("Post"), value=lambda s: s.get_post_display()),
            Column(key="unit", title=_("Unit"), sort_by="unit__code",
                   value=lambda s: s.unit.code if s.unit else _("whole company")),
            Column(key="n_lines", title=_("Lines"), kind="number"),
            Column(key="n_decided", title=pgettext("lines of a sheet", "Decided"), kind="share", on_card=True, sortable=False,
                   value=lambda s: (s.n_entered + s.n_accepted) / s.n_lines if s.n_lines else None),
            Column(key="n_entered", title=_("Own numbers"), kind="number"),
            Column(key="n_accepted", title=_("Accepted"), kind="number"),
            Column(key="state", title=_("State"), kind="badge", on_card=True, value=lambda s: _("Not submitted")
                   if revealed and s.state == SheetState.OPEN else s.get_state_display()),
        ],
        source=QuerySetSource(sheets, key="pk"),
        empty=Empty(title=_("Nobody to show"), text=_("No author of this round is within what you may see.")),
    )  # fmt: skip
    context = {
        "round": round,
        "title": round_title(round),
        "takes": round.takes_entries(at),
        "is_over": round.state == RoundState.OPEN and at >= round.deadline_at,
        "is_preparing": round.state == RoundState.PREPARING and access.may(user, permissions.RUN, company),
        "own": rounds.has_sheet(user, round) and access.may(user, permissions.WRITE, company),
        "may_close": permissions.may_close(user, round, at=at),
        "revealed": revealed,
        "handed": event_rows.handed_rows(round, events_handed(user, round, on=on)),
        "has_lines": round.state != RoundState.PREPARING,
        "n_products": len(round.product_ids),
        "without": [(one, without_words(one)) for one in without_lines(round)],
        "borrowed": [(one, borrowed_words(one)) for one in borrowed_products(round)],
        "newcomers": [(one, borrowed_words(one)) for one in newcomers_of(round)],
        "n_newcomers_without": n_newcomers_without(round),
        "n_listed_together": n_listed_together(round),
        "events": list(round.events.order_by("at", "pk")),
        "crumbs": [Crumb(title=_("Forecast rounds"), url=reverse("demand:rounds"))],
    }
    return list_page(request, "demand/round.html", table, context=context)


@needs("forecasts.read")
def sheet(request: HttpRequest, pk: int, person_id: int) -> HttpResponseBase:
    """An author's numbers beside the system's, once the round has closed; one's own at any time."""
    company, user = company_of(request), user_of(request)
    round = rounds.round_of(user, company, pk)
    found = rounds.sheet_of(user, round, person_id, on=clock.today(company))
    table = Table(
        name="forecast_lines",
        title=_("Lines"),
        default_sort="line_no",
        columns=spreading.line_columns(found),
        source=ListSource(spreading.line_rows(found), key="line_no"),
        empty=Empty(title=_("No lines"), text=_("Nothing was laid before this author.")),
    )
    context = {
        "sheet": found,
        "attached": spreading.attached_rows(found),
        "title": round_title(round),
        "crumbs": [
            Crumb(title=_("Forecast rounds"), url=reverse("demand:rounds")),
            Crumb(title=round_title(round), url=reverse("demand:round", args=[pk])),
        ],
    }
    return list_page(request, "demand/author.html", table, context=context)


@needs("forecasts.write")
def spread(request: HttpRequest, pk: int, product_id: int, step: int) -> HttpResponse:
    """How the sum that one forecasts spreads to units and managers: by the system's shares, blind to what they enter."""
    company, user = company_of(request), user_of(request)
    round = rounds.round_of(user, company, pk)
    own = rounds.own_sheet(user, round)
    number, units = spreading.own_sum(own, product_id, step)
    row = lines_of(own).row(number)
    asked = request.GET.get("units", "")
    entered = spreading.own_units(own, number)
    total = int(asked) if asked.isdecimal() and len(asked) < 8 else entered
    total = int(whole_units(row["mean_milli"])) if total is None else total
    table = Table(
        name="forecast_spread",
        title=_("How the sum spreads"),
        default_sort="place",
        columns=spreading.spread_columns(),
        source=ListSource(spreading.spread_rows(parts_of(round, product_id, step, units), total), key="place"),
        exports=(),
    )
    context = {
        "table": table.page(request.GET),
        "total": total,
        "figures": [
            Figure(title=_("The system's sum"), value=int(whole_units(row["mean_milli"]))),
            Figure(title=_("My sum"), value=entered, reason=_("none entered yet")),
        ],
        "product": names_of(round).product(product_id),
        "period": period_words(round, step),
        "crumbs": [Crumb(title=_("My forecast"), url=reverse("demand:mine", args=[pk]))],
        "total_words": formats.number(total),
    }
    return render(request, "demand/spread.html", context)
