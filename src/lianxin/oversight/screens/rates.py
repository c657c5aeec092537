"""How often each rule was wrong, shown to all; which rules are suspended for it, and their adoption again."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from lianxin.foundation import access, clock, parameters
from lianxin.foundation.context import company_of, user_of
from lianxin.foundation.errors import Missing, Refused
from lianxin.foundation.gate import needs
from lianxin.oversight import actions, queries
from lianxin.oversight.queries import standing
from lianxin.oversight.screens.forms import AdoptAgainForm
from lianxin.oversight.screens.presenters import suspended_notes
from lianxin.oversight.screens.words import rule_title
from lianxin.ui import formats
from lianxin.ui.parts import Crumb, Empty, Figure
from lianxin.ui.responses import list_page
from lianxin.ui.sources import ListSource
from lianxin.ui.tables import Column, Table


@needs("flags.read")
def rates(request: HttpRequest) -> HttpResponseBase:
    company = company_of(request)
    stopped = standing.suspended(company)
    allowed = float(parameters.in_force(company, on=clock.today(company))["oversight.false_alarm_allowed"])
    may_adopt = access.may(user_of(request), "rulesets.adopt", company)
    rows = [
        {
            "rule": rate.rule,
            "title": rule_title(rate.rule),
            "standing": _("On hold") if rate.rule in stopped else _("In use"),
            "opened": rate.opened,
            "decided": rate.decided,
            "false_alarms": rate.false_alarms,
            "share": Figure(
                value=rate.share,
                kind="share",
                answer="value" if rate.share is not None else "not_enough_data",
                n=int(rate.decided),
                needs=queries.MINIMUM_CLOSED,
            ),
            "interval": f"{rate.low:.1%} – {rate.high:.1%}"
            if rate.low is not None
            else _("needs more closed questions"),
        }
        for rate in queries.false_alarm_rates(company)
    ]
    table = Table(
        name="rates",
        title=_("False alarms by rule"),
        default_sort="rule",
        columns=[
            Column(
                key="rule",
                title=_("Rule"),
                value=lambda r: r["title"],
                href=lambda r: (
                    reverse("oversight:adopt_again", args=[r["rule"]]) if may_adopt and r["rule"] in stopped else ""
                ),
            ),
            Column(key="opened", title=_("Questions opened"), kind="number"),
            Column(key="decided", title=_("Decided"), kind="number", decimals=1),
            Column(key="false_alarms", title=_("False alarms"), kind="number", decimals=1, on_card=True),
            Column(key="share", title=_("Rate of false alarms"), kind="figure", on_card=True),
            Column(key="interval", title=_("95 % interval")),
            Column(key="standing", title=_("Standing of the rule"), kind="badge"),
        ],
        source=ListSource(rows, key="rule"),
        empty=Empty(
            title=_("No rule has opened a question yet"), text=_("Rates appear here once questions are closed.")
        ),
    )
    context = {
        "allowed": formats.share(allowed, 0),
        "stopped": suspended_notes(stopped),
        "crumbs": [Crumb(title=_("Questions"), url=reverse("oversight:flags"))],
    }
    return list_page(request, "oversight/rates.html", table, context=context)


@needs("rulesets.adopt")
@require_http_methods(["GET", "POST"])
def adopt_again(request: HttpRequest, rule: str) -> HttpResponse:
    company = company_of(request)
    suspension = standing.suspended(company).get(rule)
    if suspension is None:
        raise Missing(_("This rule is not suspended."))
    form = AdoptAgainForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            actions.adopt_again(
                company=company, rule=rule, words=form.cleaned_data["words"], by=user_of(request), at=clock.now()
            )
        except Refused as refused:
            form.add_error(refused.field if refused.field in form.fields else None, refused.message)
        else:
            messages.success(request, _("The rule may open questions again."))
            return redirect("oversight:rates")
    context = {
        "form": form,
        "title": rule_title(rule),
        "suspension": suspension,
        "n_decided": formats.number(suspension.n_decided, 1),
        "rate": formats.share(suspension.n_false / suspension.n_decided, 0),
        "allowed": formats.share(suspension.allowed_share, 0),
        "crumbs": [Crumb(title=_("False alarms by rule"), url=reverse("oversight:rates"))],
    }
    return render(request, "oversight/adopt_again.html", context, status=422 if form.errors else 200)
