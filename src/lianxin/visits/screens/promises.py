"""Promises: what is open, what is overdue, what waits for leave."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from lianxin.foundation import clock
from lianxin.foundation.context import company_of, user_of
from lianxin.foundation.errors import Refused
from lianxin.foundation.gate import needs
from lianxin.people import queries as people
from lianxin.ui.filters import Choice, Filter, FilterSet
from lianxin.ui.parts import Crumb, Empty, Figure
from lianxin.ui.responses import list_page
from lianxin.ui.sources import QuerySetSource
from lianxin.ui.tables import Column, Table
from lianxin.visits.actions import promises as actions
from lianxin.visits.models import Promise
from lianxin.visits.queries import promises as queries
from lianxin.visits.states import PROMISE_MOVES, PromiseState

STANDING = {
    "open": gettext_lazy("Open"),
    "due": gettext_lazy("Due today or tomorrow"),
    "overdue": gettext_lazy("Overdue"),
    "risen": gettext_lazy("Risen to the leader"),
    "waiting": gettext_lazy("Waiting for leave"),
}


class SettleForm(forms.Form):
    kept = forms.ChoiceField(
        label=gettext_lazy("How did it end?"),
        choices=[("yes", gettext_lazy("Kept")), ("no", gettext_lazy("Not kept"))],
        widget=forms.RadioSelect,
    )
    words = forms.CharField(
        label=gettext_lazy("How, or why not"), required=False, max_length=300, widget=forms.Textarea(attrs={"rows": 3})
    )


class DecideForm(forms.Form):
    granted = forms.ChoiceField(
        label=gettext_lazy("Leave"),
        choices=[("yes", gettext_lazy("Granted")), ("no", gettext_lazy("Not granted"))],
        widget=forms.RadioSelect,
    )
    words = forms.CharField(
        label=gettext_lazy("Reason"), required=False, max_length=300, widget=forms.Textarea(attrs={"rows": 3})
    )


@needs("promises.read")
def promises(request: HttpRequest) -> HttpResponseBase:
    company, user = company_of(request), user_of(request)
    on = clock.today(company)
    rows = queries.promises_visible(user, company, on=on)
    counts = queries.counts(rows, company, on=on)
    filters = FilterSet(
        [
            Filter(key="standing", title=_("Standing"), kind="choice", default="unsettled", required=True,
                   choices=[Choice("unsettled", _("Not settled yet")), Choice("all", _("All")),
                            *(Choice(*c) for c in STANDING.items())]),
            Filter(key="state", title=_("State"), kind="choice", choices=[Choice(*c) for c in PromiseState.choices]),
        ],
        request.GET,
    )  # fmt: skip
    rows = queries.standing(rows, filters.text("standing"), company, on=on)
    if filters["state"]:
        rows = rows.filter(state=filters["state"])

    def days_late(row: Promise) -> str:
        late = (on - row.due_on).days
        return _("%(n)s days late") % {"n": late} if row.state == PromiseState.OPEN and late > 0 else _("in time")

    table = Table(
        name="promises",
        title=_("Promises"),
        default_sort="due_on",
        columns=[
            Column(key="text", title=_("What was promised"), href=lambda p: reverse("visits:promise", args=[p.pk])),
            Column(key="retailer", title=_("Retailer"), value=lambda p: p.retailer.name, sort_by="retailer__name"),
            Column(key="owner", title=_("Owner"), value=lambda p: p.in_charge_name, sort_by="in_charge_name",
                   note=lambda p: None if p.in_charge_id == p.owner_id else _("given by %(person)s") % {"person": p.owner.name}),
            Column(key="due_on", title=_("Due"), kind="day", on_card=True),
            Column(key="late", title=_("Delay"), value=days_late),
            Column(key="state", title=_("State"), kind="badge", value=lambda p: p.get_state_display(), on_card=True),
            Column(key="leave_of", title=_("Leave of"), shown=False,
                   value=lambda p: p.get_leave_of_display() if p.leave_of else _("not needed")),
            Column(key="made_at", title=_("Made"), kind="instant", shown=False),
        ],
        source=QuerySetSource(rows, key="pk"),
        empty=Empty(title=_("No promises here"), text=_("Promises made in visits appear here with owner and date.")),
    )  # fmt: skip
    tiles = [
        Figure(title=str(STANDING[key]), value=counts[key], good="down" if key != "open" else "none",
               href=f"{reverse('visits:promises')}?standing={key}")
        for key in STANDING
    ]  # fmt: skip
    return list_page(
        request, "visits/promises/promises.html", table, filters=filters, context={"tiles": tiles, "counts": counts}
    )


@needs("promises.read")
def promise(request: HttpRequest, promise_id: str) -> HttpResponse:
    return _page(request, _visible(request, promise_id))


@needs("promises.settle")
@require_POST
def settle(request: HttpRequest, promise_id: str) -> HttpResponse:
    row, form = _visible(request, promise_id), SettleForm(request.POST)
    person = people.person_of(user_of(request))
    if form.is_valid() and person is not None:
        try:
            actions.settle(
                promise_id=row.pk,
                person=person,
                kept=form.cleaned_data["kept"] == "yes",
                words=form.cleaned_data["words"],
                by=user_of(request),
                at=clock.now(),
                on=clock.today(row.company),
            )
        except Refused as refused:
            form.add_error("words" if refused.field == "words" else None, refused.message)
        else:
            messages.success(request, _("Recorded."))
            return redirect("visits:promise", row.pk)
    return _page(request, row, faulty=form, status=422)


@needs("promises.decide")
@require_POST
def decide(request: HttpRequest, promise_id: str) -> HttpResponse:
    row, form = _visible(request, promise_id), DecideForm(request.POST)
    if form.is_valid():
        try:
            actions.decide(
                promise=row,
                granted=form.cleaned_data["granted"] == "yes",
                words=form.cleaned_data["words"],
                by=user_of(request),
                at=clock.now(),
                on=clock.today(row.company),
            )
        except Refused as refused:
            form.add_error("words" if refused.field == "words" else None, refused.message)
        else:
            messages.success(request, _("Recorded. The manager sees it at the next contact."))
            return redirect("visits:promise", row.pk)
    return _page(request, row, faulty=form, status=422)


def _visible(request: HttpRequest, promise_id: str) -> Promise:
    company = company_of(request)
    return queries.promise_visible(user_of(request), company, promise_id, on=clock.today(company))


def _page(request: HttpRequest, row: Promise, *, faulty: forms.Form | None = None, status: int = 200) -> HttpResponse:
    user, on = user_of(request), clock.today(row.company)
    me = people.person_of(user)
    settles = me is not None and queries.may_settle(me, row, on=on) and bool(PROMISE_MOVES[PromiseState(row.state)])
    settles = settles and row.state != PromiseState.ASKED
    decides = row.state == PromiseState.ASKED and actions.may_decide(user, row, on=on)
    context: dict[str, Any] = {
        "promise": row,
        "late": (on - row.due_on).days if row.state == PromiseState.OPEN else 0,
        "settle_form": (faulty if isinstance(faulty, SettleForm) else SettleForm()) if settles else None,
        "decide_form": (faulty if isinstance(faulty, DecideForm) else DecideForm()) if decides else None,
        "crumbs": [Crumb(title=_("Promises"), url=reverse("visits:promises")), Crumb(title=row.retailer.name)],
    }
    return render(request, "visits/promises/promise.html", context, status=status)
