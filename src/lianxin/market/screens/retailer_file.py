"""What the market adds to the file of a retailer: growth against its peers, purchases, rhythm, order lines."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from lianxin.core.measuring.figures import figures
from lianxin.core.measuring.peers import PeerGrowth
from lianxin.core.measuring.registry import INDICATORS
from lianxin.core.measuring.turnover import DOES_NOT_ADD_UP
from lianxin.foundation import clock
from lianxin.foundation.context import company_of
from lianxin.foundation.errors import Missing
from lianxin.foundation.gate import needs
from lianxin.foundation.models import Company
from lianxin.market.queries import choices, files, peers
from lianxin.market.queries.figures import holdings, parameters_of, sums_of
from lianxin.market.queries.lines import lines_of_retailer
from lianxin.market.queries.questions import Question
from lianxin.market.screens import pictures
from lianxin.market.screens.drill import line_columns
from lianxin.market.screens.explaining import data_version
from lianxin.market.screens.parts import newest_month, no_sales
from lianxin.market.screens.words import figure_of, is_chinese, unit_name, with_same_retailers
from lianxin.retailers import queries as retailers
from lianxin.retailers.queries import WEEKDAYS
from lianxin.ui import pictures as drawn
from lianxin.ui.citations import cited
from lianxin.ui.formats import day, number, share
from lianxin.ui.parts import Explanation, Fact, Figure
from lianxin.ui.pictures import Bar, Measure
from lianxin.ui.responses import explanation_page
from lianxin.ui.sources import ListSource
from lianxin.ui.tables import Table

LINES_SHOWN = 15
PRODUCTS_SHOWN = 15


def _retailer(request: HttpRequest, retailer_id: int) -> tuple[Company, Any, Question | None]:
    company = company_of(request)
    retailer = retailers.retailer_file(request.user, company, retailer_id, on=clock.today(company))
    month = newest_month(company)
    # Whoever may see the file sees its whole history, also of the time before he held it.
    question = None if month is None else Question(months=(month,), persons=None, retailer_id=retailer.pk)
    return company, retailer, question


@needs("market.read")
def retailer_growth(request: HttpRequest, retailer_id: int) -> HttpResponse:
    company, retailer, question = _retailer(request, retailer_id)
    if question is None:
        return no_sales(request)
    parameters = parameters_of(company, question)
    sums = sums_of(holdings(company, question, parameters))
    answers = with_same_retailers(figures(sums, parameters), sums)
    query = f"?retailer={retailer.licence_no}"
    shown = [
        figure_of(company, answers[code], reverse("market:explain", args=[code]) + query)
        for code in ("sales_units", "sales_amount", "unit_price", "products_per_retailer")
    ]
    shown[-1] = replace(shown[-1], title=_("Products ordered"), decimals=0)
    growth = peers.of_retailer(company, question, parameters, retailer.pk)
    shown.append(growth_figure(growth, reverse("market:explain_growth", args=[retailer.pk])))
    return render(
        request,
        "market/retailer_growth.html",
        {
            "figures": shown,
            "growth": growth,
            "alert": alert_words(company, growth) if growth is not None and growth.is_alert else "",
            "trend": pictures.trend(company, question),
            "month": question.month,
        },
    )


def growth_figure(growth: PeerGrowth | None, explain_url: str = "") -> Figure:
    indicator = INDICATORS["peer_growth"]
    title = indicator.title_zh if is_chinese() else indicator.title_en
    if growth is None:
        return Figure(title=title, answer="not_enough_data", reason=_("nobody held it at the end of the month"))
    if growth.ratio is None:
        too_few = growth.base_units > 0 and growth.n_peers < growth.least
        return Figure(
            title=title,
            answer="not_enough_data",
            reason="no_peers" if growth.base_units > 0 else "no_base",
            n=growth.n_peers if too_few else None,
            needs=growth.least if too_few else None,
            explain_url=explain_url,
        )
    return Figure(title=title, value=growth.ratio, decimals=2, explain_url=explain_url)


def alert_words(company: Company, growth: PeerGrowth) -> str:
    return _(
        "It bought %(now)s where %(expected)s would match its %(n)s peers, which changed by %(growth)s; the ratio %(ratio)s is "
        "below the alert line %(line)s."
    ) % {
        "now": f"{number(growth.now_units)} {unit_name(company)}",
        "expected": number(growth.expected_units),
        "n": number(growth.n_peers),
        "growth": share((growth.peer_growth or 1) - 1, signed=True),
        "ratio": number(growth.ratio or 0, 2),
        "line": number(growth.line, 2),
    }


@needs("market.read")
def explain_growth(request: HttpRequest, retailer_id: int) -> HttpResponse:
    company, retailer, question = _retailer(request, retailer_id)
    if question is None:
        raise Missing(_("There are no sales to show yet. Import order lines first."))
    parameters = parameters_of(company, question)
    growth = peers.of_retailer(company, question, parameters, retailer.pk)
    indicator = INDICATORS["peer_growth"]
    chinese = is_chinese()
    unit = unit_name(company)
    facts = []
    if growth is not None:
        facts = [
            Fact(title=_("Units a year before"), text=f"{number(growth.base_units)} {unit}"),
            Fact(
                title=_("Peers' change"),
                text=share(growth.peer_growth - 1, signed=True)
                if growth.peer_growth is not None
                else _("not enough data"),
            ),
        ]
    explanation = Explanation(
        title=indicator.title_zh if chinese else indicator.title_en,
        subject=retailer.name,
        figure=growth_figure(growth),
        formula=indicator.formula_zh if chinese else indicator.formula_en,
        numerator=Fact(
            title=indicator.numerator_zh if chinese else indicator.numerator_en,
            text=f"{number(growth.now_units if growth else 0)} {unit}",
        ),
        denominator=Fact(
            title=indicator.denominator_zh if chinese else indicator.denominator_en,
            text=f"{number(growth.expected_units, 1)} {unit}",
        )
        if growth is not None and growth.ratio is not None
        else None,
        n=Fact(
            title=_("Peers that bought a year before"),
            text=number(growth.n_peers if growth else 0),
            note=_("needs at least %(n)s") % {"n": number(growth.least)} if growth else "",
        ),
        facts=facts,
        parameters=[
            Fact(title=_("Alert line"), text=number(growth.line, 2) if growth else "", note=_("company parameter"))
        ]
        if growth
        else [],
        source=f"{cited(indicator.source)} [{indicator.evidence}]",
        version=data_version(),
        rows_url=reverse("market:analysis") + f"?by=line&retailer={retailer.licence_no}",
        rows_title=_("Show order lines"),
    )
    return explanation_page(request, explanation)


@needs("market.read")
def retailer_purchases(request: HttpRequest, retailer_id: int) -> HttpResponse:
    company, _retailer_row, question = _retailer(request, retailer_id)
    if question is None:
        return no_sales(request)
    lines, weeks = files.recent_lines(company, question)
    found = files.weeks_by_product(lines, weeks)
    names = choices.product_names(company)
    rhythm = files.rhythm(lines)
    rows = [
        {
            "id": one.product_id,
            "name": names.get(one.product_id, (str(one.product_id), ""))[0],
            "units": one.units,
            "last_weeks": one.weeks[-4:],
            "weeks": one.weeks,
            "last_day": one.last_day,
            "url": reverse("goods:file", args=[one.product_id]),
        }
        for one in found
    ]
    picture = None
    if rhythm is not None:
        picture = drawn.bars(
            _("%(share)s of the order days are a %(day)s")
            % {
                "share": share(rhythm.weekday_shares[rhythm.usual_weekday], 0),
                "day": WEEKDAYS[rhythm.usual_weekday],
            },
            measure=Measure(title=_("Share of order days"), format="share"),
            items=[
                Bar(name=str(name), value=value) for name, value in zip(WEEKDAYS, rhythm.weekday_shares, strict=True)
            ],
        )
    return render(
        request,
        "market/retailer_purchases.html",
        {
            "rows": rows[:PRODUCTS_SHOWN],
            "n_more": max(0, len(rows) - PRODUCTS_SHOWN),
            "weeks": weeks[-4:],
            "first_week": weeks[0],
            "rhythm": rhythm_words(rhythm),
            "picture": picture,
            "unit": unit_name(company),
        },
    )


def rhythm_words(rhythm: files.Rhythm | None) -> str:
    if rhythm is None:
        return _("No order in the last 26 weeks.")
    if rhythm.usual_gap_days is None or rhythm.next_expected is None:
        return _("One order day in the last 26 weeks: %(last)s.") % {"last": day(rhythm.last)}
    return _(
        "%(n)s order days in 26 weeks, usually %(gap)s days apart; the last %(last)s, so the next about %(next)s."
    ) % {
        "n": rhythm.n_days,
        "gap": number(rhythm.usual_gap_days, 0 if float(rhythm.usual_gap_days).is_integer() else 1),
        "last": day(rhythm.last),
        "next": day(rhythm.next_expected),
    }


@needs("visits.read")
def retailer_stock(request: HttpRequest, retailer_id: int) -> HttpResponse:
    """What was counted by visits, bought, and so sold."""
    company, retailer, question = _retailer(request, retailer_id)
    if question is None:
        return no_sales(request)
    found = files.turnover_of(company, question, retailer)
    names = choices.product_names(company)
    rows = [
        {
            "told": one,
            "name": names.get(one.product_id, (str(one.product_id), ""))[0],
            "days": None if one.days_of_stock is None else number(one.days_of_stock),
            "why": _("its numbers do not add up: counted wrongly, or goods from elsewhere")
            if one.reason == DOES_NOT_ADD_UP
            else _("counted once so far"),
        }
        for one in sorted(found, key=lambda one: (-one.stock_units, one.product_id))
    ]
    context = {"rows": rows, "unit": unit_name(company), "known_until": question.end}
    return render(request, "market/retailer_stock.html", context)


@needs("market.read")
def retailer_lines(request: HttpRequest, retailer_id: int) -> HttpResponse:
    company, retailer, question = _retailer(request, retailer_id)
    if question is None:
        return no_sales(request)
    names = choices.product_names(company)
    lines = lines_of_retailer(company, question)
    rows = [
        {
            **row,
            "name": names.get(row["product_id"], (str(row["product_id"]), ""))[0],
            "amount": None if row["amount_fen"] is None else Decimal(row["amount_fen"]) / 100,
        }
        for row in lines.to_pylist()[::-1][:LINES_SHOWN]
    ]
    table = Table(
        name="lines",
        columns=line_columns(unit_name(company), company.currency_symbol),
        source=ListSource(rows, key="line_id"),
        default_sort="-order_date",
    )
    url = reverse("market:analysis") + f"?by=line&retailer={retailer.licence_no}"
    # Sorting and paging belong to the page behind the link: this part has no address of its own.
    return render(
        request, "market/retailer_lines.html", {"table": table.page(QueryDict()), "level_url": url, "n": lines.num_rows}
    )
