"""How right the rules are, measured by drawn checks; beside it how their questions ended. Shown to all."""

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils.translation import gettext as _

from lianxin.core.verifying.accuracy import Rate
from lianxin.core.verifying.accuracy import accuracy as measured
from lianxin.foundation.context import company_of
from lianxin.foundation.gate import needs
from lianxin.oversight.queries import standing, verdicts
from lianxin.oversight.screens.words import rule_title
from lianxin.ui import formats
from lianxin.ui.parts import Crumb, Empty, Figure
from lianxin.ui.responses import list_page
from lianxin.ui.sources import ListSource
from lianxin.ui.tables import Column, Table

LEAST_CHECKS = 10


def _figure(rate: Rate) -> Figure:
    if rate.value is None:
        return Figure(answer="not_enough_data", n=rate.n, needs=LEAST_CHECKS)
    return Figure(value=rate.value, kind="share", decimals=0, n=rate.n)


def _words(rate: Rate) -> str:
    if rate.value is None:
        return _("not enough checks yet (%(n)s of %(least)s)") % {"n": rate.n, "least": LEAST_CHECKS}
    return f"{formats.share(rate.value, 0)} ({_between(rate)})"


def _between(rate: Rate) -> str:
    if rate.low is None or rate.high is None:
        return _("needs more checks")
    return f"{formats.share(rate.low, 0)} – {formats.share(rate.high, 0)}"


@needs("rulesets.read")
def accuracy(request: HttpRequest) -> HttpResponseBase:
    company = company_of(request)
    cases = verdicts.checked_verdicts(company)
    stopped = standing.suspended(company)
    all_told = measured(cases, LEAST_CHECKS)
    rows = [
        {
            "rule": row.rule,
            "found": _figure(row.found),
            "found_order": row.found.value,
            "found_between": _between(row.found),
            "false": _figure(row.false),
            "false_order": row.false.value,
            "false_between": _between(row.false),
            "right": _figure(row.right),
            "right_order": row.right.value,
            "n": row.found.n + row.false.n,
            "standing": _("On hold") if f"rule_{row.rule}" in stopped else _("In use"),
        }
        for row in all_told
    ]
    table = Table(
        name="accuracy",
        title=_("Accuracy by rule"),
        default_sort="-n",
        columns=[
            Column(key="rule", title=_("Rule"), value=lambda r: rule_title(r["rule"])),
            Column(key="found", title=_("Hollow visits found"), kind="figure", on_card=True, sort_by="found_order"),
            Column(key="found_between", title=_("between"), sortable=False),
            Column(key="false", title=_("Made visits suspected"), kind="figure", on_card=True, sort_by="false_order"),
            Column(key="false_between", title=_("between"), sortable=False),
            Column(key="right", title=_("Right when it speaks"), kind="figure", sort_by="right_order"),
            Column(key="n", title=_("Checks"), kind="number"),
            Column(key="standing", title=_("Standing of the rule"), kind="badge"),
        ],
        source=ListSource(rows, key="rule"),
        empty=Empty(
            title=_("No checks to measure by yet"),
            text=_("The rates come from drawn checks whose rounds are over, beside what the rules had said."),
        ),
    )
    together = next((row for row in all_told if row.rule == verdicts.COMBINED), None)
    context = {
        "n_checks": len(cases),
        "together": [_words(together.found), _words(together.false)] if together else None,
        "crumbs": [Crumb(title=_("Rule sets"), url=reverse("oversight:rule_sets"))],
    }
    return list_page(request, "oversight/accuracy.html", table, context=context)
