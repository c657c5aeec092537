"""Policies: written once, told in every shop, and whether they were understood."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from lianxin.foundation import access, clock
from lianxin.foundation.context import company_of, user_of
from lianxin.foundation.errors import Refused
from lianxin.foundation.gate import needs
from lianxin.ui.inputs import DayInput
from lianxin.ui.parts import Crumb, Empty, Figure
from lianxin.ui.responses import list_page
from lianxin.ui.sources import QuerySetSource
from lianxin.ui.tables import Column, Table
from lianxin.visits.actions import policies as actions
from lianxin.visits.queries import visiting_policies as queries


class PolicyForm(forms.Form):
    title = forms.CharField(label=gettext_lazy("Title"), max_length=120)
    text = forms.CharField(
        label=gettext_lazy("What retailers are to be told"), widget=forms.Textarea(attrs={"rows": 8})
    )
    check_question = forms.CharField(
        label=gettext_lazy("A question that shows whether it was understood"), max_length=300, required=False
    )
    check_answers = forms.CharField(
        label=gettext_lazy("Answers"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=gettext_lazy("One on each line; the right one begins with a star (*)."),
    )
    valid_from = forms.DateField(label=gettext_lazy("From"), widget=DayInput())
    tell_until = forms.DateField(label=gettext_lazy("To be told until"), widget=DayInput())

    def answers(self) -> list[dict[str, Any]]:
        """The answers as they were written, the right one marked."""
        lines = [line.strip() for line in self.cleaned_data["check_answers"].splitlines() if line.strip()]
        return [{"text": line.lstrip("*＊ "), "right": line.startswith(("*", "＊"))} for line in lines]


@needs("policies.read")
def policies(request: HttpRequest) -> HttpResponseBase:
    company = company_of(request)
    table = Table(
        name="policies",
        title=_("Policies"),
        default_sort="-tell_until",
        columns=[
            Column(key="title", title=_("Policy"), href=lambda p: reverse("visits:policy", args=[p.pk])),
            Column(key="valid_from", title=_("From"), kind="day"),
            Column(key="tell_until", title=_("To be told until"), kind="day", on_card=True),
            Column(key="check_question", title=_("Question asked"), value=lambda p: p.check_question or _("none")),
        ],
        source=QuerySetSource(queries.policies(company), key="pk"),
        empty=Empty(title=_("No policies yet"), text=_("A policy goes to all phones and is told in every shop.")),
    )
    may_write = access.may(user_of(request), "policies.write", company)
    return list_page(request, "visits/preparing/policies.html", table, context={"may_write": may_write})


@needs("policies.write")
@require_http_methods(["GET", "POST"])
def new_policy(request: HttpRequest) -> HttpResponse:
    company = company_of(request)
    form = PolicyForm(request.POST or None, initial={"valid_from": clock.today(company)})
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        try:
            made = actions.write(
                company=company,
                title=given["title"],
                text=given["text"],
                check_question=given["check_question"],
                check_answers=form.answers(),
                valid_from=given["valid_from"],
                tell_until=given["tell_until"],
                by=user_of(request),
                at=clock.now(),
            )
        except Refused as refused:
            form.add_error(refused.field if refused.field in form.fields else None, refused.message)
        else:
            messages.success(request, _("Recorded. Phones get it at their next contact."))
            return redirect("visits:policy", made.pk)
    context = {
        "form": form,
        "title": _("New policy"),
        "back": reverse("visits:policies"),
        "crumbs": [*_above(), Crumb(title=_("New policy"))],
    }
    return render(request, "visits/preparing/form.html", context, status=422 if form.errors else 200)


@needs("policies.read")
def policy(request: HttpRequest, pk: int) -> HttpResponseBase:
    company, user = company_of(request), user_of(request)
    row = queries.policy(company, pk)
    if not access.may(user, "visits.read", company):
        return render(
            request, "visits/preparing/policy.html", {"policy": row, "crumbs": [*_above(), Crumb(title=row.title)]}
        )
    on = clock.today(company)
    held = queries.retailers_held(user, company, on=on)
    found = queries.reach(row, held, on=on)
    is_missing = request.GET.get("show") == "missing"
    table = _missing(row, held) if is_missing else _told(row, held)
    told = Figure(title=_("Retailers told"), value=found.n_told / found.n_held if found.n_held else None, kind="share",
                  n=found.n_held, answer="value" if found.n_held else "not_enough_data")  # fmt: skip
    tiles = [
        told,
        Figure(
            title=_("Not told yet"), value=found.n_held - found.n_told, good="down", href=f"{request.path}?show=missing"
        ),
        _understood(_("Understood, asked when told"), found.n_right, found.n_asked),
        _understood(_("Understood, asked by a drawn check"), found.n_sample_right, found.n_sample),
    ]
    context = {
        "policy": row,
        "reach": found,
        "tiles": tiles,
        "is_missing": is_missing,
        "crumbs": [*_above(), Crumb(title=row.title)],
    }
    return list_page(request, "visits/preparing/policy.html", table, context=context)


def _understood(title: str, right: int, asked: int) -> Figure:
    if not asked:
        return Figure(title=title, answer="not_enough_data", n=0, needs=1)
    return Figure(title=title, value=right / asked, kind="share", n=asked)


def _told(row: Any, held: Any) -> Table:
    return Table(
        name="told",
        title=_("Who was told, when and by whom"),
        default_sort="-told_at",
        columns=[
            Column(key="retailer", title=_("Retailer"), value=lambda t: t.retailer.name, sort_by="retailer__name",
                   href=lambda t: reverse("retailers:file", args=[t.retailer_id])),
            Column(key="told_at", title=_("Told"), kind="instant", on_card=True),
            Column(key="person", title=_("Told by"), value=lambda t: t.person.name, sort_by="person__name", on_card=True),
            Column(key="understood", title=_("Understood"), sortable=False,
                   value=lambda t: _("not asked") if t.understood is None else _("yes") if t.understood else _("no")),
        ],
        source=QuerySetSource(queries.told_to(row, held), key="pk"),
        empty=Empty(title=_("Nobody was told yet"), text=_("It is told in visits; phones offer it until the last day.")),
    )  # fmt: skip


def _missing(row: Any, held: Any) -> Table:
    return Table(
        name="missing",
        title=_("Who was not told yet"),
        default_sort="name",
        columns=[
            Column(key="name", title=_("Retailer"), href=lambda r: reverse("retailers:file", args=[r.pk])),
            Column(key="licence_no", title=_("Licence"), on_card=True),
            Column(key="holder", title=_("Customer manager"), on_card=True),
        ],
        source=QuerySetSource(queries.missing(row, held), key="pk"),
        empty=Empty(title=_("Everybody was told"), text=_("No retailer is missing.")),
    )


def _above() -> list[Crumb]:
    return [Crumb(title=_("Policies"), url=reverse("visits:policies"))]
