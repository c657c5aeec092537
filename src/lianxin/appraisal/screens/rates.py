"""三率一度, three rates and one degree: the four indicators that the company named, of everybody whom one may see."""

from typing import Any

from django.http import HttpRequest, HttpResponseBase
from django.urls import reverse
from django.utils.translation import gettext as _

from lianxin.appraisal.models import Closing, Scorecard
from lianxin.appraisal.queries import closings as queries
from lianxin.appraisal.queries import evidence
from lianxin.appraisal.screens import presenters as shown
from lianxin.core.forecasting import rates
from lianxin.core.measuring.registry import INDICATORS
from lianxin.foundation import clock, parameters
from lianxin.foundation.context import company_of, user_of
from lianxin.foundation.facts import the_lake
from lianxin.foundation.gate import needs
from lianxin.foundation.models import Company
from lianxin.ui.filters import Filter, FilterSet
from lianxin.ui.parts import Empty, Fact, Figure
from lianxin.ui.responses import list_page
from lianxin.ui.sources import ListSource
from lianxin.ui.tables import Column, Table


@needs("scorecards.read")
def three_rates(request: HttpRequest) -> HttpResponseBase:
    company, user = company_of(request), user_of(request)
    latest = queries.latest_month(company)
    filters = FilterSet(
        [Filter(key="month", title=_("Month"), kind="month", default=f"{latest:%Y-%m}" if latest else "")], request.GET
    )
    month = filters.date("month") or latest
    closing = queries.latest(company, month) if month else None
    cards = queries.scorecards(user, company, month=month) if month else queries.no_scorecards()
    codes = rates.members_of(closing.parameters if closing else parameters.in_force(company, on=clock.today(company)))
    rows = _rows(company, closing, list(cards)) if closing else []
    table = Table(
        name="three_rates",
        title=_("Three rates and one degree"),
        default_sort="name",
        columns=[
            Column(key="name", title=_("Customer manager"), note=lambda row: row["employee_no"],
                   href=lambda row: reverse("appraisal:scorecard", args=[row["card"]])),
            Column(key="unit", title=_("Market unit")),
            *(
                Column(key=f"rate_{place}", title=shown.title_of(code), kind="figure", on_card=place in (1, 4),
                       unit=_unit_of(company, code),
                       sort_by=f"order_{place}", help=_kind_of(place))
                for place, code in enumerate(codes, 1)
            ),
        ],
        source=ListSource(rows, key="card"),
        note=note(),
        empty=Empty(
            title=_("No month is closed yet"),
            text=_("The four are computed when a month is closed, from its evidence. You see your own, or those of your people."),
        ),
    )  # fmt: skip
    context = {
        "month": month,
        "closing": closing,
        "names": [shown.title_of(code) for code in codes],
        "reading": reading_of(codes),
    }
    return list_page(request, "appraisal/three_rates.html", table, filters=filters, context=context)


def note() -> str:
    """The sentence that stands wherever the four are shown."""
    return _("Definition set by the company; no public standard was found")


def reading_of(codes: tuple[str, ...]) -> str:
    """Which of its two readings fulfilment has among the four; "" where it is none of them."""
    if "agreement_fulfilment" not in codes:
        return ""
    return _(
        "Fulfilment here is that of a manager's retailers against their own demand agreements (reading ii); how far the company's "
        "suppliers kept to theirs (reading i) is told of the company alone, under Agreements with suppliers."
    )


def facts_of(closing: Closing, code: str) -> tuple[Fact, ...]:
    """What an explanation of an indicator adds where it is one of the company's four."""
    if code not in rates.members_of(closing.parameters):
        return ()
    return (Fact(title=_("Three rates and one degree"), text=note()),)


def _unit_of(company: Company, code: str) -> str:
    return shown.looks_of(INDICATORS[code], company)[1] if code in INDICATORS else ""


def _kind_of(place: int) -> str:
    return _("Degree") if place == 4 else _("Rate")


def _rows(company: Company, closing: Closing, cards: list[Scorecard]) -> list[dict[str, Any]]:
    found = []
    for card, members, values in members_of_cards(closing, cards):
        row: dict[str, Any] = {
            "card": card.pk, "name": card.person.name, "employee_no": card.person.employee_no, "unit": card.unit,
        }  # fmt: skip
        for member in members:
            row[f"rate_{member.place}"] = _figure(company, card, member, values.get(member.indicator))
            row[f"order_{member.place}"] = -1.0 if member.value is None else member.value
        found.append(row)
    return found


def members_of_cards(
    closing: Closing, cards: list[Scorecard]
) -> list[tuple[Scorecard, tuple[rates.Member, ...], dict[str, dict[str, Any]]]]:
    """Each card with its four, and the values that they were made of by indicator."""
    told = evidence.values_by_person(the_lake(), closing, rates.members_of(closing.parameters))
    found = []
    for card in cards:
        values = told.get(card.person.employee_no, {})
        four = rates.three_rates_and_degree(values.values(), closing.parameters, INDICATORS)
        found.append((card, four, values))
    return found


def _figure(company: Company, card: Scorecard, member: rates.Member, value: dict[str, Any] | None) -> Figure:
    if member.indicator not in INDICATORS:
        return Figure(answer="not_enough_data", reason=_("nobody measures this here yet"))
    if member.reason == rates.NO_SURVEY:
        return Figure(answer="not_enough_data", reason=shown.reason_words(rates.NO_SURVEY))
    if value is None:
        return Figure(answer="not_enough_data", reason=_("nothing to measure in this month"))
    address = reverse("appraisal:value", args=[card.pk, member.indicator])
    return shown.value_figure(company, member.indicator, value, explain_url=address)
