"""Sales figures of a person's week or month, for the records that customer managers write."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any, Final

from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from ibis.expr.types import Table as TableExpression

from lianxin.core.measuring.analysis import asked_values, named, narrowed
from lianxin.core.measuring.figures import Answer, figures
from lianxin.core.measuring.registry import INDICATORS
from lianxin.core.units import UnitKind
from lianxin.foundation.models import Company
from lianxin.market.queries.asking import answer, months_known
from lianxin.market.queries.figures import holdings, parameters_of, sums_of
from lianxin.market.queries.questions import Question
from lianxin.people.models import Person
from lianxin.visits.queries.calendar import Period
from lianxin.visits.queries.figures import Prefilled, held_at_end
from lianxin.visits.states import RecordKind

SHOWN: Final = ("sales_units", "same_period_change", "order_coverage", "key_brand_share")
_KINDS: Final = {UnitKind.ORDER_UNITS: "quantity", UnitKind.MONEY: "money"}


def of_period(company: Company, person: Person, period: Period) -> Sequence[Prefilled]:
    """Sales of the month by the formulas of the analysis; of the week, units beside the week before; of a day nothing."""
    if period.kind == RecordKind.MONTHLY:
        return _of_month(company, person, period.first)
    if period.kind == RecordKind.WEEKLY:
        return _of_week(company, person, period.first)
    return ()


def _of_month(company: Company, person: Person, month: date) -> Sequence[Prefilled]:
    if month not in months_known(company):
        return [Prefilled("sales_units", _title("sales_units"), None, "quantity", reason="no_lines")]
    question = Question(months=(month,), persons=frozenset({person.pk}))
    parameters = parameters_of(company, question)
    found = figures(sums_of(holdings(company, question, parameters)), parameters, SHOWN)
    return [_prefilled(company, found[code], person, month) for code in SHOWN]


def _prefilled(company: Company, one: Answer, person: Person, month: date) -> Prefilled:
    unit = INDICATORS[one.code].unit
    kind = "change" if one.code == "same_period_change" else _KINDS.get(unit, "share")
    return Prefilled(
        one.code,
        _title(one.code),
        one.value,
        kind,
        unit=_order_unit(company) if kind == "quantity" else "",
        source=_("order lines"),
        url=f"{reverse('market:analysis')}?month={month:%Y-%m}&manager={person.pk}",
        reason=one.reason,
    )


def _of_week(company: Company, person: Person, monday: date) -> Sequence[Prefilled]:
    before = monday - timedelta(days=7)
    held = tuple(sorted(held_at_end(person, monday + timedelta(days=7))))
    months = tuple(
        {day.replace(day=1) for day in (before, monday, monday + timedelta(days=6))} & {*months_known(company)}
    )
    sums: Mapping[date, int] = {}
    if held and months:
        rows = answer(
            company,
            "weeks_of_retailers",
            (held, months),
            _weeks,
            files={"weekly": ("retailer_weekly", months)},
            rows=lambda: asked_values({"retailer_id": held}),
        ).to_pylist()
        sums = {row["week"]: row["units"] for row in rows}
    made: list[Prefilled] = []
    for code, title, week in (
        ("week_units", _("Units sold this week"), monday),
        ("week_before_units", _("Units sold the week before"), before),
    ):
        known: Any = sums.get(week)
        told = {
            "unit": _order_unit(company),
            "source": _("order lines"),
            "reason": "" if known is not None else "no_lines",
        }
        made.append(Prefilled(code, title, known, "quantity", **told))
    return made


def _weeks() -> TableExpression:
    rows = narrowed(named("retailer_weekly", "weekly"), ["retailer_id"])
    return rows.group_by("week").agg(units=rows.units.sum().cast("int64")).order_by("week")


def _title(code: str) -> str:
    return INDICATORS[code].title_en if get_language() == "en" else INDICATORS[code].title_zh


def _order_unit(company: Company) -> str:
    return company.order_unit_en if get_language() == "en" else company.order_unit
