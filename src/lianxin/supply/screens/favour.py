"""Was anybody favoured? Tests over rounds, what they say of each manager, and the rows behind it."""

from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext
from django.views.decorators.http import require_http_methods

from lianxin.core.allocating.favour import NEED
from lianxin.foundation import access, clock, jobs
from lianxin.foundation.context import company_of, user_of
from lianxin.foundation.errors import Refused
from lianxin.foundation.gate import needs
from lianxin.retailers.queries import shown as in_words
from lianxin.supply.models import FavourFinding
from lianxin.supply.queries import favour as queries
from lianxin.supply.queries import rounds
from lianxin.supply.screens.presenters import unit_of
from lianxin.supply.states import FAVOUR_JOB, FavourTest
from lianxin.supply.wording import ALIKE, cannot_tell_reason
from lianxin.ui import formats
from lianxin.ui.parts import Crumb, Empty, Figure
from lianxin.ui.responses import list_page
from lianxin.ui.sources import ListSource, QuerySetSource
from lianxin.ui.tables import Column, Table


class FavourForm(forms.Form):
    """Which rounds are tested."""

    rounds = forms.MultipleChoiceField(
        label=gettext_lazy("Rounds to test"),
        widget=forms.CheckboxSelectMultiple,
        help_text=gettext_lazy("Choose the weeks to be judged; eight and more tell most."),
    )

    alike = forms.ChoiceField(
        label=gettext_lazy("Who counts as an equal where the rule is not known"),
        choices=[(code, words) for code, words in ALIKE.items()],
        initial=NEED,
        required=False,
    )

    def clean_alike(self) -> str:
        """The way chosen, or the usual one."""
        return str(self.cleaned_data["alike"] or NEED)

    def __init__(self, *args: Any, offered: list[Any], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["rounds"].choices = [  # type: ignore[attr-defined]
            (str(row.number), f"{row} · {row.get_state_display()}") for row in offered
        ]
        self.fields["rounds"].initial = [str(row.number) for row in offered[:8]]


def _crumbs(*more: Crumb) -> list[Crumb]:
    return [Crumb(title=_("Was anybody favoured?"), url=reverse("supply:favour")), *more]


@needs("favour.read", writing="favour.run")
@require_http_methods(["GET", "POST"])
def overview(request: HttpRequest) -> HttpResponseBase:
    company = company_of(request)
    offered = list(rounds.standing(company).order_by("-week", "-number")[:60])
    form = FavourForm(request.POST or None, offered=offered)
    if request.method == "POST" and form.is_valid():
        numbers = sorted(int(number) for number in form.cleaned_data["rounds"])
        try:
            job = jobs.enqueue(
                company=company,
                kind=FAVOUR_JOB,
                title=_("Test %(n)s rounds for favour") % {"n": len(numbers)},
                arguments={"rounds": numbers, "alike": form.cleaned_data["alike"]},
                by=user_of(request),
                at=clock.now(),
                unique_key=FAVOUR_JOB,
            )
        except Refused as refused:
            form.add_error(None, refused.message)
        else:
            return redirect("web:job", job.pk)
    table = Table(
        name="favour_runs",
        title=_("Tests for favour"),
        default_sort="-number",
        columns=[
            Column(
                key="number",
                title=_("Test for favour"),
                value=lambda r: _("Test %(n)s") % {"n": r.number},
                href=lambda r: reverse("supply:favour_run", args=[r.number]),
            ),
            Column(key="n_lines", title=_("Lines"), kind="number"),
            Column(
                key="n_asked",
                title=_("Managers to be asked"),
                kind="number",
                on_card=True,
                value=lambda r: r.summary.get("n_asked"),
                sortable=False,
            ),
            Column(
                key="n_cannot_tell",
                title=_("Cannot tell"),
                kind="number",
                on_card=True,
                value=lambda r: r.summary.get("n_cannot_tell"),
                sortable=False,
            ),
            Column(key="made_at", title=_("Made on"), kind="instant"),
        ],
        source=QuerySetSource(queries.runs(company), key="pk"),
        empty=Empty(
            title=_("Nothing has been tested yet"),
            text=_("A test needs rounds that were committed here, or allocations imported from another system."),
            action_title=_("Allocation"),
            action_url=reverse("supply:rounds"),
        ),
    )
    may_run = access.may(request.user, "favour.run", company) and bool(offered)
    status = 422 if form.is_bound and form.errors else 200
    response = list_page(request, "supply/favour.html", table, context={"form": form if may_run else None})
    response.status_code = status
    return response


def _rows(found: list[FavourFinding], number: int) -> list[dict[str, Any]]:
    return [
        {
            "id": row.pk,
            "name": row.person.name,
            "employee_no": row.person.employee_no,
            "effect": _effect(row),
            "effect_order": row.effect_units if row.answer == "value" else None,
            "q": Figure(value=row.q_value, kind="number", decimals=3)
            if row.q_value is not None
            else Figure(answer="cannot_tell"),
            "q_order": row.q_value,
            "asked": _("Question") if row.is_asked else _("None"),
            "is_asked": row.is_asked,
            "n_lines": row.n_lines,
            "n_retailers": row.details.get("n_retailers"),
            "n_weeks": row.details.get("n_weeks"),
            "url": reverse("supply:favour_finding", args=[number, row.pk]),
        }
        for row in found
    ]


def _effect(row: FavourFinding) -> Figure:
    if row.answer != "value":
        return Figure(answer="cannot_tell", reason=cannot_tell_reason(row.reason))
    return Figure(value=formats.number(row.effect_units or 0, 1, signed=True), kind="text")


def _table(test: FavourTest, found: list[FavourFinding], number: int, unit: str) -> Table:
    return Table(
        name=f"favour_{test.value}",
        title=test.label,
        prefix=f"{test.value}.",
        default_sort="q",
        columns=[
            Column(key="name", title=_("Customer manager"), href=lambda r: r["url"], note=lambda r: r["employee_no"]),
            Column(
                key="effect",
                title=_("More than comparison"),
                unit=unit,
                kind="figure",
                sort_by="effect_order",
                on_card=True,
            ),
            Column(key="q", title=_("q value"), kind="figure", sort_by="q_order"),
            Column(key="asked", title=_("What it opens"), kind="badge", on_card=True),
            Column(key="n_retailers", title=_("Retailers"), kind="number"),
            Column(key="n_weeks", title=_("Weeks compared"), kind="number"),
            Column(key="n_lines", title=_("Lines compared"), kind="number"),
        ],
        source=ListSource(_rows(found, number), key="id"),
        empty=Empty(title=_("Nobody to show"), text=_("No manager's retailers were in these rounds.")),
    )


@needs("favour.read")
def run_page(request: HttpRequest, number: int) -> HttpResponse:
    company = company_of(request)
    run = queries.run_of(company, number)
    found = list(queries.findings(run))
    unit = unit_of(company)
    tables = [
        _table(test, [row for row in found if row.test == test], number, unit).page(request.GET) for test in FavourTest
    ]
    context = {
        "run": run,
        "tables": tables,
        "rounds": queries.rounds_of(run),
        "level": formats.share(run.parameters["favour.level"], 0),
        "least": _("%(retailers)s retailers, %(lines)s lines, %(weeks)s weeks")
        % {
            "retailers": run.parameters["favour.minimum_retailers"],
            "lines": run.parameters["favour.minimum_rows"],
            "weeks": run.parameters["favour.minimum_weeks"],
        },
        "alike": ALIKE[run.parameters.get("alike", NEED)],
        "n_asked": run.summary.get("n_asked", 0),
        "n_managers": run.summary.get("n_managers", 0),
        "n_cannot_tell": run.summary.get("n_cannot_tell", 0),
        "crumbs": _crumbs(),
    }
    return render(request, "supply/favour_run.html", context)


@needs("favour.finding")
def finding_page(request: HttpRequest, number: int, pk: int) -> HttpResponseBase:
    company = company_of(request)
    row = queries.finding_visible(user_of(request), company, number, pk, on=clock.today(company))
    run = row.run
    table = Table(
        name="favour_rows",
        title=_("Rows behind it"),
        default_sort="-residual_units",
        columns=[
            Column(key="retailer", title=_("Retailer"), note=lambda r: r["licence_no"]),
            Column(key="week", title=_("Week of"), kind="day"),
            Column(key="product", title=_("Product")),
            Column(key="tier", title=_("Tier"), kind="number"),
            Column(
                key="trade_form",
                title=_("Trade form"),
                value=lambda r: in_words("trade_form", r["trade_form"]),
                shown=False,
            ),
            Column(
                key="market_type",
                title=_("Market type"),
                value=lambda r: in_words("market_type", r["market_type"]),
                shown=False,
            ),
            Column(key="wanted_units", title=_("Asked for"), kind="number"),
            Column(key="share_units", title=_("Share"), kind="number", on_card=True),
            Column(key="expected_units", title=_("By comparison"), kind="number", decimals=1),
            Column(key="residual_units", title=_("More than comparison"), kind="number", decimals=1, on_card=True),
            Column(key="compared_with", title=_("Compared with"), value=lambda r: _compared(r["compared_with"])),
        ],
        source=ListSource(queries.rows_behind(run, row.person), key="id"),
        empty=Empty(title=_("No rows"), text=_("Nothing of this manager's could be compared.")),
        note=_("The rows that got most beyond comparison, at most %(n)s.") % {"n": queries.SHOWN_ROWS},
    )
    context = {
        "run": run,
        "row": row,
        "figure": _effect(row),
        "unit": unit_of(company),
        "q": formats.number(row.q_value, 3) if row.q_value is not None else "",
        "told": queries.retailers_told(row),
        # Who is asked may open what he is asked about, not the test of all managers.
        "crumbs": _crumbs(Crumb(title=_("Test %(n)s") % {"n": number}, url=reverse("supply:favour_run", args=[number])))
        if access.may(request.user, "favour.read", company)
        else [],
    }
    return list_page(request, "supply/favour_finding.html", table, context=context)


def _compared(code: str) -> str:
    known = {"rule": _("what the rule gives"), "equals": _("equals under other managers")}
    return known.get(code, pgettext("compared with", "nobody"))
