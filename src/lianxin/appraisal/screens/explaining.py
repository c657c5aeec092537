"""What the figures of a scorecard open to: formula, numbers, version, and the order lines."""

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.urls import reverse
from django.utils.translation import gettext as _

from lianxin.appraisal import computing
from lianxin.appraisal.queries import closings as queries
from lianxin.appraisal.queries import evidence
from lianxin.appraisal.queries.schemes import core_of
from lianxin.appraisal.screens import presenters as shown
from lianxin.appraisal.screens.arrow_source import ArrowSource
from lianxin.appraisal.wording import said
from lianxin.core.measuring.registry import INDICATORS, indicator_of
from lianxin.core.measuring.rows import months_behind
from lianxin.core.scoring.scheme import lines
from lianxin.core.units import Level
from lianxin.foundation.context import company_of, user_of
from lianxin.foundation.errors import Missing
from lianxin.foundation.facts import the_lake
from lianxin.foundation.gate import needs
from lianxin.ui import formats
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
    return explanation_page(
        request,
        Explanation(
            title=_("Total"),
            subject=f"{card.person.name} · {shown.month_words(card.closing.month)}",
            figure=shown.total_figure(card, explain=False),
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
            parameters=shown.parameter_facts(card.closing, str(found.indicator)) if measured else (),
            facts=facts,
            source=found.source.words or _("scheme %(version)s") % {"version": card.closing.scheme_version},
            version=shown.version_words(card.closing),
            rows_url=reverse("appraisal:rows", args=[card.pk, found.indicator]) if measured else "",
            rows_title=_("Show the order lines"),
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
            parameters=shown.parameter_facts(card.closing, code),
            source=indicator_of(code).source,
            version=shown.version_words(card.closing),
            rows_url=reverse("appraisal:rows", args=[card.pk, code]),
            rows_title=_("Show the order lines"),
        ),
    )


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
    table = Table(
        name="evidence",
        title=_("Order lines"),
        default_sort="-order_date",
        columns=[
            Column(key="line_id", title=_("Line")),
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
    context = {
        "card": card,
        "title": shown.title_of(code),
        "crumbs": [
            Crumb(title=_("Scorecards"), url=reverse("appraisal:scorecards")),
            Crumb(title=card.person.name, url=reverse("appraisal:scorecard", args=[card.pk])),
            Crumb(title=shown.title_of(code)),
        ],
        "months": [shown.month_words(month) for month in months_behind(code, card.closing.month)],
        "version": shown.version_words(card.closing),
    }
    return list_page(request, "appraisal/rows.html", table, context=context)
