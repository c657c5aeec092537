"""What the figures of a scorecard open to: formula, numbers, version, and the order lines."""

from datetime import date
from typing import Any

import pyarrow as pa
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.urls import reverse
from django.utils.translation import gettext as _

from lianxin.appraisal import computing
from lianxin.appraisal.models import Closing, Scorecard
from lianxin.appraisal.queries import closings as queries
from lianxin.appraisal.queries import evidence
from lianxin.appraisal.queries.schemes import core_of
from lianxin.appraisal.queries.uncertainty import interval_of_part, interval_of_value, spread_of
from lianxin.appraisal.screens import chance, rates
from lianxin.appraisal.screens import presenters as shown
from lianxin.appraisal.screens.arrow_source import ArrowSource
from lianxin.appraisal.screens.field_rows import field_table
from lianxin.appraisal.screens.forecast_rows import forecast_table
from lianxin.appraisal.screens.selling_rows import selling_table
from lianxin.appraisal.screens.survey_rows import survey_table
from lianxin.appraisal.wording import said
from lianxin.core.forecasting import indicators as forecasts
from lianxin.core.measuring import selling
from lianxin.core.measuring.fieldwork import FIELDWORK
from lianxin.core.measuring.judgement import OF_COUNTS, OF_FORECASTS
from lianxin.core.measuring.registry import INDICATORS, indicator_of
from lianxin.core.measuring.rows import months_behind
from lianxin.core.measuring.satisfaction import SATISFACTION
from lianxin.core.parameters import value_of
from lianxin.core.scoring.scheme import lines
from lianxin.core.units import Level, months_back
from lianxin.foundation.context import company_of, user_of
from lianxin.foundation.errors import Missing
from lianxin.foundation.facts import the_lake
from lianxin.foundation.gate import needs
from lianxin.foundation.models import Company
from lianxin.ui import formats
from lianxin.ui.citations import cited
from lianxin.ui.parts import Crumb, Empty, Explanation, Fact
from lianxin.ui.responses import explanation_page, list_page
from lianxin.ui.tables import Column, Table


@needs("scorecards.read")
def total(request: HttpRequest, pk: int) -> HttpResponse:
    card = queries.scorecard(user_of(request), company_of(request), pk)
    assert card.closing.scheme_version is not None
    scheme = core_of(card.closing.scheme_version)
    titles = {part.code: said(part.title) for _role, part in lines(scheme)}
    facts = [
        Fact(
            title=titles.get(line.part, line.part),
            text=shown.points_figure(line).text,
            note=_("of %(full)s") % {"full": formats.number(line.full_milli / 1000, 1)},
        )
        for line in card.parts.order_by("place")
    ]
    facts.append(Fact(title=_("Place in the group"), text=shown.band_words(card)))
    chance_of = spread_of(card)
    return explanation_page(
        request,
        Explanation(
            title=_("Total"),
            subject=f"{card.person.name} · {shown.month_words(card.closing.month)}",
            figure=shown.total_figure(card, explain=False, half_milli=chance_of.half_milli),
            uncertainty=chance.spread_words(card, chance_of),
            formula=_(
                "points of the parts with an answer ÷ the points that these parts could give × 100, then additions and "
                "deductions; a missing part is never zero"
            ),
            n=Fact(title=_("share of the points with evidence"), text=formats.share(card.scored_share, 0)),
            facts=facts,
            source=_("scheme %(version)s, in force from %(day)s")
            % {"version": card.closing.scheme_version, "day": card.closing.scheme_version.valid_from},
            version=shown.version_words(card.closing),
        ),
    )


@needs("scorecards.read")
def part(request: HttpRequest, pk: int, code: str) -> HttpResponse:
    company = company_of(request)
    card = queries.scorecard(user_of(request), company, pk)
    assert card.closing.scheme_version is not None
    scheme = core_of(card.closing.scheme_version)
    found = {item.code: item for _role, item in lines(scheme)}.get(code)
    line = card.parts.filter(part=code).first()
    if found is None or line is None:
        raise Missing(_("There is no such part on this scorecard."))
    formula, rules = shown.formula_of(scheme, found)
    facts = [Fact(title=_("Scored by"), text=formula), *(Fact(title=_("Rule"), text=rule) for rule in rules)]
    facts.append(Fact(title=_("Here"), text=shown.sentence_of(found, line)))
    measured = found.indicator is not None and found.indicator in INDICATORS
    return explanation_page(
        request,
        Explanation(
            title=said(found.title),
            subject=f"{card.person.name} · {shown.month_words(card.closing.month)}",
            figure=shown.points_figure(line),
            formula=_indicator_formula(found.indicator) if measured else formula,
            numerator=_number_fact(found.indicator, "numerator", line.numerator) if measured else None,
            denominator=_number_fact(found.indicator, "denominator", line.denominator) if measured else None,
            n=_count_fact(found.indicator, line.n) if measured else None,
            uncertainty=chance.interval_words(
                found.indicator, interval_of_part(card, line, found.indicator), has_value=line.answer == "value"
            ),
            parameters=shown.parameter_facts(card.closing, str(found.indicator)) if measured else (),
            facts=facts,
            source=found.source.words or _("scheme %(version)s") % {"version": card.closing.scheme_version},
            version=shown.version_words(card.closing),
            rows_url=reverse("appraisal:rows", args=[card.pk, found.indicator]) if measured else "",
            rows_title=_rows_title(found.indicator),
        ),
    )


@needs("scorecards.read")
def value(request: HttpRequest, pk: int, code: str) -> HttpResponse:
    """An indicator of the person that the scheme may not score."""
    company = company_of(request)
    card = queries.scorecard(user_of(request), company, pk)
    if code not in INDICATORS:
        raise Missing(_("There is no such indicator."))
    row = evidence.values_of_person(the_lake(), card).get(code)
    return explanation_page(
        request,
        Explanation(
            title=shown.title_of(code),
            subject=f"{card.person.name} · {shown.month_words(card.closing.month)}",
            figure=shown.value_figure(company, code, row),
            formula=_indicator_formula(code),
            numerator=_number_fact(code, "numerator", row["numerator"] if row else None),
            denominator=_number_fact(code, "denominator", row["denominator"] if row else None),
            n=_count_fact(code, row["n"] if row else 0),
            uncertainty=_chance_of_value(card, code, row),
            parameters=shown.parameter_facts(card.closing, code),
            facts=rates.facts_of(card.closing, code),
            source=cited(indicator_of(code).source),
            version=shown.version_words(card.closing),
            rows_url=reverse("appraisal:rows", args=[card.pk, code]),
            rows_title=_rows_title(code),
        ),
    )


def _chance_of_value(card: Scorecard, code: str, row: dict[str, Any] | None) -> str:
    if row is None or row["answer"] != "value":
        return ""
    found = interval_of_value(card, code, row["value"], row["denominator"], row["n"])
    return chance.interval_words(code, found, has_value=True)


# Indicators behind which other rows stand than order lines.
_OWN_ROWS = frozenset((*FIELDWORK, *OF_FORECASTS, *OF_COUNTS, *SATISFACTION))


def _rows_title(code: str | None) -> str:
    return _("Show the rows") if code in _OWN_ROWS else _("Show the order lines")


def _indicator_formula(code: str | None) -> str:
    indicator = indicator_of(str(code))
    return indicator.formula_zh if shown.is_chinese() else indicator.formula_en


def _number_fact(code: str | None, which: str, amount: float | None) -> Fact | None:
    indicator = indicator_of(str(code))
    title = getattr(indicator, f"{which}_{'zh' if shown.is_chinese() else 'en'}")
    if not title:
        return None
    text = _("not recorded") if amount is None else formats.number(amount, 0 if float(amount).is_integer() else 2)
    return Fact(title=title, text=text)


def _count_fact(code: str | None, n: int) -> Fact:
    indicator = indicator_of(str(code))
    return Fact(title=indicator.n_zh if shown.is_chinese() else indicator.n_en, text=formats.number(n))


@needs("scorecards.read")
def rows(request: HttpRequest, pk: int, code: str) -> HttpResponseBase:
    """The order lines behind an indicator of a scorecard, from the pinned evidence."""
    company = company_of(request)
    card = queries.scorecard(user_of(request), company, pk)
    if code not in INDICATORS:
        raise Missing(_("There is no such indicator."))
    lines_behind = computing.evidence_rows(card.closing, Level.MANAGER, card.person_id, code, the_lake())
    table = _rows_table(company, code, lines_behind)
    context = {
        "card": card,
        "title": shown.title_of(code),
        "crumbs": [
            Crumb(title=_("Scorecards"), url=reverse("appraisal:scorecards")),
            Crumb(title=card.person.name, url=reverse("appraisal:scorecard", args=[card.pk])),
            Crumb(title=shown.title_of(code)),
        ],
        "is_field": code in _OWN_ROWS,
        "months": [shown.month_words(month) for month in _months_read(code, card.closing)],
        "version": shown.version_words(card.closing),
    }
    return list_page(request, "appraisal/rows.html", table, context=context)


def _months_read(code: str, closing: Closing) -> tuple[date, ...]:
    if code in OF_FORECASTS:
        return forecasts.months_behind(code, closing.month, closing.parameters)
    if code in OF_COUNTS:
        return selling.months_needed(closing.month)
    if code in SATISFACTION:
        return months_back(closing.month, int(value_of(closing.parameters, "satisfaction.months_held")))
    return months_behind(code, closing.month)


def _rows_table(company: Company, code: str, rows_behind: pa.Table) -> Table:
    if code in FIELDWORK:
        return field_table(rows_behind)
    if code in OF_FORECASTS:
        return forecast_table(rows_behind, shown.unit_name(company))
    if code in OF_COUNTS:
        return selling_table(rows_behind, shown.unit_name(company))
    if code in SATISFACTION:
        return survey_table(rows_behind)
    return _lines_table(company, rows_behind)


# Columns that pages write beside another: the number beside a name, the page behind a row.
_BESIDE = ("licence_no", "product_code", "visit_id")


def columns_told(company: Company, code: str, rows_behind: pa.Table) -> list[str]:
    """The columns of the rows behind an indicator that its page shows, for whoever reads the rows themselves."""
    told = {column.key for column in _rows_table(company, code, rows_behind).columns} | set(_BESIDE)
    return [name for name in rows_behind.column_names if name in told]


def _lines_table(company: Company, lines_behind: pa.Table) -> Table:
    return Table(
        name="evidence",
        title=_("Order lines"),
        default_sort="-order_date",
        columns=[
            Column(key="line_id", title=_("Line id")),
            Column(key="order_date", title=_("Ordered on"), kind="day"),
            Column(key="retailer", title=_("Retailer"), note=lambda row: row["licence_no"], on_card=True),
            Column(key="product", title=_("Product"), note=lambda row: row["product_code"]),
            Column(key="price_class", title=_("Price class")),
            Column(key="units", title=_("Units sold"), unit=shown.unit_name(company), kind="number", on_card=True),
            Column(
                key="amount_fen",
                title=_("Amount"),
                unit=company.currency,
                kind="money",
                value=lambda row: None if row["amount_fen"] is None else row["amount_fen"] / 100,
            ),
            Column(
                key="part",
                title=_("Stands for"),
                value=lambda row: _("the month") if row["part"] == "now" else _("what it is compared with"),
            ),
            Column(
                key="counts",
                title=_("In the numerator"),
                value=lambda row: _("yes") if row["counts"] else _("no"),
            ),
        ],
        source=ArrowSource(lines_behind, key="line_id"),
        empty=Empty(
            title=_("No order lines"), text=_("This person's retailers had no order lines in the months read.")
        ),
    )
