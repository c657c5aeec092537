"""Surveys of satisfaction: which were held, and what all of them together said. No page opens to an answer."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from lianxin.foundation import access, clock
from lianxin.foundation.context import company_of, user_of
from lianxin.foundation.errors import Refused
from lianxin.foundation.gate import needs
from lianxin.ui import formats
from lianxin.ui.parts import Crumb, Empty, Figure
from lianxin.ui.responses import list_page
from lianxin.ui.sources import ListSource, QuerySetSource
from lianxin.ui.tables import Column, Table
from lianxin.voice import actions, facts, permissions, queries
from lianxin.voice.models import Survey
from lianxin.voice.states import Standing


def note() -> str:
    """How anonymity is kept, wherever answers are counted."""
    return _(
        "Only figures of enough questionnaires are told, never an answer. Which retailer answered, on which day and where is not "
        "recorded here."
    )


@needs("surveys.read")
@require_safe
def surveys(request: HttpRequest) -> HttpResponseBase:
    company = company_of(request)
    may_bring = access.may(request.user, permissions.BRING, company)
    standings = queries.standings(company)
    table = Table(
        name="surveys",
        title=_("Satisfaction surveys"),
        default_sort="-month",
        columns=[
            Column(key="month", title=_("Month"), value=lambda one: formats.month(one.month), on_card=True,
                   href=lambda one: reverse("voice:survey", args=[f"{one.month:%Y-%m}"])),
            Column(key="name", title=_("Survey")),
            Column(key="n_sheets", title=_("Questionnaires"), kind="number", on_card=True),
            Column(key="n_persons", title=_("Customer managers asked about"), kind="number"),
            Column(key="standing", title=_("State"), kind="badge", on_card=True, sortable=False,
                   value=lambda one: standings.get(one.month, Standing.DRAFT).label),
        ],
        source=QuerySetSource(queries.surveys(company), key="pk"),
        note=note(),
        empty=Empty(
            title=_("No survey has been taken in yet"),
            text=_(
                "An office outside the line holds the survey and brings its file: one row for each answer of an anonymous "
                "questionnaire. Until then satisfaction is told as not measured, never as zero."
            ),
            action_title=_("Take a file in") if may_bring else "",
            action_url=reverse("orders:import_new") if may_bring else "",
        ),
    )  # fmt: skip
    return list_page(request, "voice/surveys.html", table, context={"may_bring": may_bring})


def reason_of(told: facts.Outcome) -> str:
    """Why the company has no degree of satisfaction; "" where it has."""
    if told.score is not None:
        return ""
    if not told.is_fit:
        return _("the weights do not name the dimensions of the survey")
    return _("%(n)s questionnaires can be told together; it needs %(least)s") % {"n": told.n, "least": told.least}


@needs("surveys.read")
@require_safe
def survey(request: HttpRequest, month: str) -> HttpResponse | HttpResponseBase:
    company, user = company_of(request), user_of(request)
    found: Survey = queries.survey_of(company, month)
    standing = queries.standing_of(found)
    context = {
        "survey": found,
        "standing": standing.value,
        "is_office": permissions.is_of_office(user, company),
        "crumbs": [Crumb(title=_("Satisfaction surveys"), url=reverse("voice:surveys")), Crumb(title=found.name)],
    }
    if not permissions.may_see(user, found, standing):
        return render(request, "voice/survey.html", context)
    told = facts.outcome(found)
    table = Table(
        name="items",
        title=_("By item"),
        default_sort="score",
        columns=[
            Column(key="item", title=_("Item"), note=lambda row: row["dimension"]),
            Column(key="score", title=_("Score"), unit=_("points"), kind="number", decimals=1, on_card=True),
            Column(key="n", title=_("Answers"), kind="number", on_card=True),
            Column(key="weight", title=_("Weight of the dimension"), kind="number"),
            Column(key="dimension", title=_("Dimension"), shown=False),
        ],
        source=ListSource(facts.items(found).to_pylist(), key="row_id"),
        note=note(),
        empty=Empty(
            title=_("No item can be told"),
            text=_("Too few questionnaires answer every dimension, or the weights do not name the survey's dimensions."),
        ),
    )  # fmt: skip
    figures = [
        Figure(
            title=_("Retailers' satisfaction, the company"),
            value=told.score,
            kind="quantity",
            unit=_("points"),
            decimals=1,
            answer="value" if told.score is not None else "not_enough_data",
            reason=reason_of(told),
        ),
        Figure(title=_("Questionnaires"), value=told.n_sheets),
        Figure(title=_("of these valid"), value=told.n_valid),
        Figure(title=_("Customer managers asked about"), value=told.n_persons),
        Figure(title=_("of these with enough of them"), value=told.n_told),
    ]
    return list_page(request, "voice/survey.html", table, context={**context, "figures": figures})


@needs(permissions.BRING)
@require_POST
def release(request: HttpRequest, month: str) -> HttpResponse:
    found = queries.survey_of(company_of(request), month)
    try:
        actions.release(survey=found, by=user_of(request), at=clock.now(), on=clock.today(found.company))
    except Refused as refused:
        messages.error(request, refused.message)
    else:
        messages.success(request, _("Released. It counts in every figure made from now on."))
    return redirect("voice:survey", month)
