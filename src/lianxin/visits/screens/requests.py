"""Retailers' requests: answered by offices, confirmed by the retailer, and the problems that many share."""

from datetime import timedelta
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
from lianxin.ui.sources import ListSource, QuerySetSource
from lianxin.ui.tables import Column, Table
from lianxin.visits.actions import requests as actions
from lianxin.visits.models import Request
from lianxin.visits.queries import requests as queries
from lianxin.visits.states import RequestKind, RequestState

STANDING = {
    "mine": gettext_lazy("Waiting for my answer"),
    "waiting": gettext_lazy("Waiting for an answer"),
    "overdue": gettext_lazy("Overdue"),
    "answered": gettext_lazy("To be taken to the retailer"),
}


class AnswerForm(forms.Form):
    words = forms.CharField(
        label=gettext_lazy("The answer"),
        widget=forms.Textarea(attrs={"rows": 5}),
        help_text=gettext_lazy("What the retailer is to hear: what is done, until when, or why not."),
    )


class PassOnForm(forms.Form):
    posting = forms.ChoiceField(label=gettext_lazy("To whom"))

    def __init__(self, *args: Any, choices: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["posting"].choices = choices  # type: ignore[attr-defined]


class ConfirmForm(forms.Form):
    settled = forms.ChoiceField(
        label=gettext_lazy("What does the retailer say?"),
        choices=[("yes", gettext_lazy("Settled")), ("no", gettext_lazy("Not settled"))],
        widget=forms.RadioSelect,
    )
    words = forms.CharField(
        label=gettext_lazy("What is still missing"), required=False, widget=forms.Textarea(attrs={"rows": 3})
    )


def raiser(row: Request) -> str:
    return row.raised_by.name if row.raised_by else _("the retailer itself")


@needs("requests.read")
def requests(request: HttpRequest) -> HttpResponseBase:
    company, user = company_of(request), user_of(request)
    on = clock.today(company)
    rows = queries.requests_visible(user, company, on=on)
    counts = queries.counts(rows, user, on=on)
    filters = FilterSet(
        [
            Filter(key="standing", title=_("Standing"), kind="choice", default="unsettled", required=True,
                   choices=[Choice("unsettled", _("Not settled yet")), Choice("all", _("All")),
                            *(Choice(*c) for c in STANDING.items())]),
            Filter(key="kind", title=_("Kind"), kind="choice", choices=[Choice(*c) for c in RequestKind.choices]),
            Filter(key="state", title=_("State"), kind="choice", choices=[Choice(*c) for c in RequestState.choices]),
            Filter(key="topic", title=_("Topic"), kind="text"),
        ],
        request.GET,
    )  # fmt: skip
    rows = queries.standing(rows, filters.text("standing"), user, on=on)
    for key in ("kind", "state", "topic"):
        if filters[key]:
            rows = rows.filter(**{key: filters[key]})
    table = Table(
        name="requests",
        title=_("Retailers' requests"),
        default_sort="due_on",
        columns=[
            Column(key="text", title=_("What the retailer said"), value=lambda r: r.text[:80],
                   href=lambda r: reverse("visits:request", args=[r.pk])),
            Column(key="kind", title=_("Kind"), value=lambda r: r.get_kind_display()),
            Column(key="topic", title=_("Topic")),
            Column(key="retailer", title=_("Retailer"), value=lambda r: r.retailer.name, sort_by="retailer__name"),
            Column(key="raised_by", title=_("Raised by"), value=raiser, sort_by="raised_by__name"),
            Column(key="owner", title=_("Owner"), value=lambda r: r.owner.name, sort_by="owner__name"),
            Column(key="due_on", title=_("Due"), kind="day", on_card=True),
            Column(key="state", title=_("State"), kind="badge", value=lambda r: r.get_state_display(), on_card=True),
            Column(key="raised_at", title=_("Raised"), kind="instant", shown=False),
        ],
        source=QuerySetSource(rows, key="pk"),
        empty=Empty(
            title=_("No requests here"),
            text=_("Questions, wishes and problems that retailers tell in visits appear here."),
        ),
    )  # fmt: skip
    tiles = [
        Figure(title=str(STANDING[key]), value=counts[key], good="down",
               href=f"{reverse('visits:requests')}?standing={key}")
        for key in STANDING
    ]  # fmt: skip
    return list_page(
        request, "visits/requests/requests.html", table, filters=filters, context={"tiles": tiles, "counts": counts}
    )


@needs("requests.read")
def topics(request: HttpRequest) -> HttpResponseBase:
    company, user = company_of(request), user_of(request)
    on = clock.today(company)
    filters = FilterSet(
        [
            Filter(key="from", title=_("From"), kind="day", default=(on - timedelta(days=90)).isoformat()),
            Filter(key="until", title=_("Until"), kind="day", default=on.isoformat()),
        ],
        request.GET,
    )
    first = filters.date("from") or on - timedelta(days=90)
    last = (filters.date("until") or on) + timedelta(days=1)
    found = queries.topics_asked(user, company, first=first, last=last, on=on)
    table = Table(
        name="topics",
        title=_("Common problems"),
        default_sort="-n_retailers",
        columns=[
            Column(key="topic", title=_("Topic"), href=lambda t: f"{reverse('visits:requests')}?standing=all&topic={t.topic}"),
            Column(key="n_retailers", title=_("Number of retailers"), kind="number", on_card=True),
            Column(key="n", title=_("Requests"), kind="number"),
            Column(key="n_managers", title=_("Customer managers"), kind="number"),
            Column(key="waiting", title=_("Waiting for an answer"), kind="number", on_card=True),
            Column(key="reopened", title=_("Not settled for the retailer"), kind="number"),
            Column(key="days", title=_("Days until the answer (median)"), kind="figure", sort_by="median_days",
                   value=lambda t: Figure(value=t.median_days, decimals=1, n=t.n_answered, needs=queries.MINIMUM_ANSWERED,
                                          answer="not_enough_data" if t.median_days is None else "value")),
        ],
        source=ListSource(found, key="topic"),
        empty=Empty(title=_("Nothing was asked in this time"), text=_("Choose a longer time.")),
    )  # fmt: skip
    context = {"top": found[0] if found else None, "crumbs": _crumbs()}
    return list_page(request, "visits/requests/topics.html", table, filters=filters, context=context)


@needs("requests.read")
def one_request(request: HttpRequest, request_id: str) -> HttpResponse:
    return _page(request, _visible(request, request_id))


@needs("requests.read")
@require_POST
def answer(request: HttpRequest, request_id: str) -> HttpResponse:
    row, form = _visible(request, request_id), AnswerForm(request.POST)
    if form.is_valid():
        try:
            actions.answer(
                request=row,
                words=form.cleaned_data["words"],
                by=user_of(request),
                at=clock.now(),
                on=clock.today(row.company),
            )
        except Refused as refused:
            form.add_error("words" if refused.field == "words" else None, refused.message)
        else:
            messages.success(
                request,
                _("Answered. The customer manager takes it to the retailer.")
                if row.raised_by_id
                else _("Answered. The retailer reads it on its own page."),
            )
            return redirect("visits:request", row.pk)
    return _page(request, row, faulty=form, status=422)


@needs("requests.read")
@require_POST
def pass_on(request: HttpRequest, request_id: str) -> HttpResponse:
    row, user = _visible(request, request_id), user_of(request)
    on = clock.today(row.company)
    form = PassOnForm(request.POST, choices=_owners(request))
    if form.is_valid():
        owner, office = queries.person_and_unit(form.cleaned_data["posting"], user, row.company, on=on)
        try:
            actions.pass_on(request=row, office=office, owner=owner, by=user, at=clock.now(), on=on)
        except Refused as refused:
            form.add_error(None, refused.message)
        else:
            messages.success(request, _("Passed on."))
            return redirect("visits:request", row.pk)
    return _page(request, row, faulty=form, status=422)


@needs("requests.raise")
@require_POST
def confirm(request: HttpRequest, request_id: str) -> HttpResponse:
    row, form, user = _visible(request, request_id), ConfirmForm(request.POST), user_of(request)
    person = people.person_of(user)
    if form.is_valid() and person is not None:
        try:
            actions.confirm(
                request_id=row.pk,
                person=person,
                settled=form.cleaned_data["settled"] == "yes",
                words=form.cleaned_data["words"],
                by=user,
                at=clock.now(),
                on=clock.today(row.company),
            )
        except Refused as refused:
            form.add_error("words" if refused.field == "words" else None, refused.message)
        else:
            messages.success(request, _("Recorded."))
            return redirect("visits:request", row.pk)
    return _page(request, row, faulty=form, status=422)


def _visible(request: HttpRequest, request_id: str) -> Request:
    company = company_of(request)
    return queries.request_visible(user_of(request), company, request_id, on=clock.today(company))


def _owners(request: HttpRequest) -> list[tuple[str, str]]:
    company = company_of(request)
    postings = queries.who_may_own(user_of(request), company, on=clock.today(company))
    return [(str(row.pk), f"{row.unit.code} · {row.person.name} · {row.get_post_display()}") for row in postings]


def _page(request: HttpRequest, row: Request, *, faulty: forms.Form | None = None, status: int = 200) -> HttpResponse:
    user, on = user_of(request), clock.today(row.company)
    waits = row.state in queries.WAITING
    answers = waits and actions.may_answer(user, row, on=on)
    confirms = row.state == RequestState.ANSWERED and row.raised_by is not None and row.raised_by.user_id == user.pk
    owners = _owners(request) if answers else []
    context: dict[str, Any] = {
        "row": row,
        "events": queries.events_of(row),
        "is_late": waits and row.due_on < on,
        "answer_form": (faulty if isinstance(faulty, AnswerForm) else AnswerForm()) if answers else None,
        "pass_form": (faulty if isinstance(faulty, PassOnForm) else PassOnForm(choices=owners)) if owners else None,
        "confirm_form": (faulty if isinstance(faulty, ConfirmForm) else ConfirmForm()) if confirms else None,
        "crumbs": [*_crumbs(), Crumb(title=row.retailer.name)],
    }
    return render(request, "visits/requests/request.html", context, status=status)


def _crumbs() -> list[Crumb]:
    return [Crumb(title=_("Retailers' requests"), url=reverse("visits:requests"))]
