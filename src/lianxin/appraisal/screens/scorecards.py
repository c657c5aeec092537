"""Scorecards: the list by unit, one card, and what every figure on it opens to."""

from statistics import median
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from lianxin.appraisal import actions, permissions
from lianxin.appraisal.models import Closing, Scorecard, ScorePart
from lianxin.appraisal.queries import closings as queries
from lianxin.appraisal.queries import evidence
from lianxin.appraisal.queries.schemes import core_of
from lianxin.appraisal.queries.uncertainty import spread_of
from lianxin.appraisal.screens import presenters as shown
from lianxin.appraisal.screens.forms import ReviewForm
from lianxin.appraisal.states import RequestState
from lianxin.appraisal.wording import said
from lianxin.core.measuring.registry import INDICATORS
from lianxin.core.scoring.curves import AgainstGroup, own
from lianxin.core.scoring.drawing import curve_points
from lianxin.core.scoring.scheme import Part, Role, lines
from lianxin.foundation import clock
from lianxin.foundation.context import company_of, user_of
from lianxin.foundation.errors import Refused
from lianxin.foundation.facts import the_lake
from lianxin.foundation.gate import needs
from lianxin.ui import formats, pictures
from lianxin.ui.filters import Choice, Filter, FilterSet
from lianxin.ui.parts import Crumb, Empty, Figure
from lianxin.ui.pictures import Measure, Series
from lianxin.ui.responses import list_page
from lianxin.ui.sources import QuerySetSource
from lianxin.ui.tables import Column, Table

SMALLEST_GROUP_SHOWN = 6
COMPANY_SIDE = ("sales_units", "sales_amount", "same_period_change", "key_brand_share", "company_gross_margin")
RETAILERS_SIDE = ("order_coverage", "products_per_retailer", "repurchase", "peer_growth")


@needs("scorecards.read")
def scorecards(request: HttpRequest) -> HttpResponseBase:
    company, user = company_of(request), user_of(request)
    latest = queries.latest_month(company)
    month_filter = Filter(key="month", title=_("Month"), kind="month", default=f"{latest:%Y-%m}" if latest else "")
    month = FilterSet([month_filter], request.GET).date("month") or latest
    rows = queries.scorecards(user, company, month=month) if month else queries.no_scorecards()
    units = [Choice(unit, unit) for unit in sorted(set(rows.values_list("unit", flat=True)))]
    asked = [month_filter, *([Filter(key="unit", title=_("Market unit"), choices=units)] if len(units) > 1 else [])]
    filters = FilterSet(asked, request.GET)
    if len(units) > 1 and filters.text("unit"):
        rows = rows.filter(unit=filters.text("unit"))
    closing = queries.latest(company, month) if month else None
    own = next((card for card in rows if card.person.user_id == user.pk), None)
    if own is not None and rows.count() == 1 and "export" not in request.GET and "month" not in request.GET:
        return redirect("appraisal:scorecard", own.pk)
    table = Table(
        name="scorecards",
        title=_("Scorecards"),
        default_sort="unit",
        columns=[
            Column(
                key="person",
                title=_("Customer manager"),
                value=lambda card: card.person.name,
                sort_by="person__employee_no",
                href=lambda card: reverse("appraisal:scorecard", args=[card.pk]),
                note=lambda card: card.person.employee_no,
            ),
            Column(key="unit", title=_("Market unit"), sort_by="place"),
            Column(
                key="total_milli",
                title=_("Total"),
                unit=_("points"),
                kind="figure",
                value=shown.total_figure,
                on_card=True,
            ),
            Column(key="band", title=_("Place in the group"), value=shown.band_words, on_card=True),
            Column(key="scored_share", title=_("Share of points with evidence"), kind="share", decimals=0),
        ],
        source=QuerySetSource(rows, key="pk"),
        note=_("Thirds instead of places: smaller differences may be chance."),
        empty=_no_scorecards(closing),
    )
    return list_page(
        request, "appraisal/scorecards.html", table, filters=filters, context={"month": month, "closing": closing}
    )


def _no_scorecards(closing: Closing | None) -> Empty:
    if closing is not None and closing.scheme_version_id is None:
        return Empty(
            title=_("Nothing was scored"),
            text=_("No scheme was in force in this month; its indicators are recorded."),
            action_title=_("Schemes"),
            action_url=reverse("appraisal:schemes"),
        )
    return Empty(
        title=_("No scorecards of this month"),
        text=_("They appear when the month has been closed. You see your own, or those of your people."),
    )


@needs("scorecards.read")
def scorecard(request: HttpRequest, pk: int) -> HttpResponse:
    return _card_page(request, queries.scorecard(user_of(request), company_of(request), pk))


def _card_page(
    request: HttpRequest, card: Scorecard, *, form: ReviewForm | None = None, status: int = 200
) -> HttpResponse:
    company, user = company_of(request), user_of(request)
    assert card.closing.scheme_version is not None
    scheme = core_of(card.closing.scheme_version)
    by_code = {line.part: line for line in card.parts.all()}
    parts = [_part_view(card, part, role, by_code[part.code]) for role, part in lines(scheme) if part.code in by_code]
    values = evidence.values_of_person(the_lake(), card)
    trend = queries.trend(card)
    context: dict[str, Any] = {
        "card": card,
        "closing": card.closing,
        "version": card.closing.scheme_version,
        "scheme_title": said(scheme.title),
        "total": shown.total_figure(card, half_milli=spread_of(card).half_milli),
        "band": shown.band_words(card),
        "parts": parts,
        "gates": [gate for gate in card.gates if gate["state"] != "passed"],
        "trend": _trend_picture(trend),
        "n_trend": len(trend),
        "n_other_versions": queries.months_under_other_versions(card),
        "group": _group_picture(card),
        "company_side": [
            shown.value_figure(company, code, values.get(code), explain_url=_value_url(card, code))
            for code in COMPANY_SIDE
        ],
        "retailers_side": [
            *(
                shown.value_figure(company, code, values.get(code), explain_url=_value_url(card, code))
                for code in RETAILERS_SIDE
            ),
            Figure(
                title=_("Retailers' gross profit"),
                answer="not_enough_data",
                reason=_("retail prices and stock are not recorded yet"),
            ),
        ],
        "verified": queries.last_verification(card.closing),
        "requests": card.requests.order_by("-asked_at"),
        "review_form": (form or ReviewForm()) if _may_ask(user, card) else None,
        "crumbs": [Crumb(title=_("Scorecards"), url=reverse("appraisal:scorecards")), Crumb(title=card.person.name)],
    }
    return render(request, "appraisal/scorecard.html", context, status=status)


def _may_ask(user: Any, card: Scorecard) -> bool:
    return permissions.is_own(user, card) and not card.requests.filter(state=RequestState.OPEN).exists()


def _value_url(card: Scorecard, code: str) -> str:
    return reverse("appraisal:value", args=[card.pk, code])


def _part_view(card: Scorecard, part: Part, role: Role, line: ScorePart) -> dict[str, Any]:
    company = card.closing.company
    return {
        "line": line,
        "title": said(part.title),
        "role": role.value,
        "points": shown.points_figure(
            line, title=said(part.title), explain_url=reverse("appraisal:part", args=[card.pk, part.code])
        ),
        "full": formats.number(line.full_milli / 1000, 1),
        "fill": max(0.0, (line.points_milli or 0) / 1000),
        "highest": line.full_milli / 1000,
        "sentence": shown.sentence_of(part, line),
        "picture": _curve_picture(part, line, company),
        "rows_url": reverse("appraisal:rows", args=[card.pk, part.indicator])
        if part.indicator and part.indicator in INDICATORS
        else "",
        "n": line.n,
    }


def _curve_picture(part: Part, line: ScorePart, company: Any) -> Any:
    """The curve with the person's point on it; None where there is nothing to draw."""
    against = line.group_average if isinstance(own(part.curve), AgainstGroup) else line.target
    drawn = curve_points(part, against)
    if not drawn:
        return None
    mark = (
        (_("this result"), line.curve_x, line.curve_y)
        if line.curve_x is not None and line.curve_y is not None
        else None
    )
    return pictures.curve(
        _("How the value becomes points"),
        x=shown.axis_of(part, company),
        y=Measure(title=_("Points"), decimals=1),
        points=drawn,
        mark=mark,
    )


def _trend_picture(trend: list[Scorecard]) -> Any:
    if len(trend) < 2:
        return None
    totals = [None if card.total_milli is None else card.total_milli / 1000 for card in trend]
    return pictures.trend(
        _("Total by month, under this version of the scheme"),
        measure=Measure(title=_("Total"), unit=_("points"), decimals=1),
        months=[card.closing.month for card in trend],
        series=[Series(name=_("Total"), values=totals)],
    )


def _group_picture(card: Scorecard) -> Any:
    totals = [total / 1000 for total in queries.group_of(card)]
    if len(totals) < SMALLEST_GROUP_SHOWN or card.total_milli is None:
        return None
    edges, counts = shown.edges_of(totals)
    return pictures.distribution(
        _("Totals of the group (%(n)s people)") % {"n": len(totals)},
        measure=Measure(title=_("Total"), unit=_("points"), decimals=1),
        edges=edges,
        counts=counts,
        count_title=_("people"),
        marks=[(_("this result"), card.total_milli / 1000), (_("middle"), median(totals))],
    )


@needs("scorecards.read")
@require_POST
def ask_review(request: HttpRequest, pk: int) -> HttpResponse:
    card = queries.scorecard(user_of(request), company_of(request), pk)
    form = ReviewForm(request.POST)
    if form.is_valid():
        try:
            actions.ask_review(scorecard=card, text=form.cleaned_data["text"], by=user_of(request), at=clock.now())
        except Refused as refused:
            form.add_error("text", refused.message)
        else:
            messages.success(request, _("Your request is open. A person will look at it and answer."))
            return redirect("appraisal:scorecard", card.pk)
    return _card_page(request, card, form=form, status=422)
