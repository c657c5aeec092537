"""Sales figures of a person's week or month, for the records that customer managers write."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from typing import Any, Final

from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from ibis.expr.types import Table as TableExpression

from lianxin.core.measuring.analysis import asked_values, named, narrowed
from lianxin.core.measuring.figures import Answer, figures
from lianxin.core.measuring.registry import INDICATORS
from lianxin.core.units import UnitKind, month_plus, months_back
from lianxin.foundation.models import Company
from lianxin.market.queries.asking import answer, months_known
from lianxin.market.queries.figures import holdings, parameters_of, sums_of
from lianxin.market.queries.questions import Question
from lianxin.market.queries.sums import sums_by_month
from lianxin.people.models import Person
from lianxin.ui import formats as words
from lianxin.visits.queries.calendar import Period
from lianxin.visits.queries.figures import Prefilled, held_at_end
from lianxin.visits.queries.record_pictures import Chart, Line
from lianxin.visits.states import RecordKind

SHOWN: Final = ("sales_units", "same_period_change", "order_coverage", "key_brand_share")
CHART_MONTHS: Final = 13
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


def charts_of_period(company: Company, person: Person, period: Period) -> Sequence[Chart]:
    """Sales of the person's shops as a picture: of the month beside the year before, of the week beside two others.

    Nothing where no lines are known: an empty picture would look like no sales.
    """
    if period.kind == RecordKind.MONTHLY:
        return _chart_of_month(company, person, period.first)
    if period.kind == RecordKind.WEEKLY:
        return _chart_of_week(company, person, period.first)
    return ()


def _chart_of_month(company: Company, person: Person, month: date) -> Sequence[Chart]:
    if month not in months_known(company):
        return ()
    question = Question(months=(month,), persons=frozenset({person.pk}))
    rows = question.part_of_holders(sums_by_month(company, question)).to_pylist()
    known: dict[date, int] = defaultdict(int)
    for row in rows:
        known[row["month"]] += row["units"]
    months = [one for one in months_back(month, CHART_MONTHS) if one in known]
    if month not in known:
        return ()
    months = [one for one in months_back(month, CHART_MONTHS) if one >= months[0]]
    lines = [Line(name=_("this year"), values=[known.get(one) for one in months], role="now")]
    before = [known.get(month_plus(one, -12)) for one in months]
    if any(value is not None for value in before):
        lines.append(Line(name=_("a year before"), values=before, role="last_year"))
    # No change against the year before: the figure beside it tells that by the formula of the analysis.
    told = {"month": words.month(month), "n": words.number(known[month]), "unit": _order_unit(company)}
    return [
        Chart(
            code="sales_by_month",
            kind="months",
            title=_("%(month)s: %(n)s %(unit)s sold") % told,
            measure=_title("sales_units"),
            unit=_order_unit(company),
            categories=[f"{one}" for one in months],
            lines=lines,
            note=_("Shops held on the day of each order line."),
        )
    ]


def _chart_of_week(company: Company, person: Person, monday: date) -> Sequence[Chart]:
    weeks = {
        _("this week"): monday,
        _("the week before"): monday - timedelta(days=7),
        _("the same week a year before"): monday - timedelta(weeks=52),
    }
    sums = _sums_of_weeks(company, person, monday, weeks.values())
    if sums.get(monday) is None:
        return ()
    return [
        Chart(
            code="sales_of_week",
            kind="bars",
            title=_("%(n)s %(unit)s sold this week") % {"n": words.number(sums[monday]), "unit": _order_unit(company)},
            measure=_title("sales_units"),
            unit=_order_unit(company),
            categories=list(weeks),
            lines=[Line(name=_title("sales_units"), values=[sums.get(week) for week in weeks.values()])],
            note=_("Of the shops held at the end of this week, in all three."),
        )
    ]


def _of_week(company: Company, person: Person, monday: date) -> Sequence[Prefilled]:
    before = monday - timedelta(days=7)
    sums = _sums_of_weeks(company, person, monday, (before, monday))
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


def _sums_of_weeks(company: Company, person: Person, monday: date, weeks: Iterable[date]) -> Mapping[date, int]:
    """Week -> units of the shops that a person holds at the end of the week that begins on `monday`; without those not known."""
    held = tuple(sorted(held_at_end(person, monday + timedelta(days=7))))
    ends = {day.replace(day=1) for week in weeks for day in (week, week + timedelta(days=6))}
    months = tuple(sorted(ends & {*months_known(company)}))
    if not (held and months):
        return {}
    rows = answer(
        company,
        "weeks_of_retailers",
        (held, months),
        _weeks,
        files={"weekly": ("retailer_weekly", months)},
        rows=lambda: asked_values({"retailer_id": held}),
    ).to_pylist()
    return {row["week"]: row["units"] for row in rows}


def _weeks() -> TableExpression:
    rows = narrowed(named("retailer_weekly", "weekly"), ["retailer_id"])
    return rows.group_by("week").agg(units=rows.units.sum().cast("int64")).order_by("week")


def _title(code: str) -> str:
    return INDICATORS[code].title_en if get_language() == "en" else INDICATORS[code].title_zh


def _order_unit(company: Company) -> str:
    return company.order_unit_en if get_language() == "en" else company.order_unit
