"""How far the orders are known before a round."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

import ibis

from lianxin.core.measuring.lines import current_lines
from lianxin.core.measuring.outcomes import PeriodKind
from lianxin.core.measuring.round_lines import period_plus
from lianxin.core.tables import ORDER_LINES
from lianxin.core.units import first_day, monday_of
from lianxin.foundation.facts import the_engine, the_lake
from lianxin.foundation.models import Company


@dataclass(frozen=True)
class Known:
    """Orders before a day: the last day with an order, the first days of the first and last wholly known periods."""

    last_order: date
    first_period: date
    last_period: date

    def periods(self, period: PeriodKind) -> list[date]:
        """First days of all wholly known periods, in order."""
        found = [self.first_period]
        while found[-1] < self.last_period:
            found.append(period_plus(period, found[-1], 1))
        return found


def start_of_period(period: PeriodKind, day: date) -> date:
    """The first day of the period in which a day lies."""
    return first_day(day) if period == "month" else monday_of(day)


def known_before(company: Company, period: PeriodKind, day: date) -> Known | None:
    """What is known of orders before a day; None where no period is wholly known.

    A period is wholly known when it ended before the day and an order in it or after it is in the lake.
    """
    lake = the_lake()
    months = [month for month in lake.months(ORDER_LINES.name, company.pk) if month < day]
    if not months:
        return None
    last = _last_order(company, months[-2:], day)
    if last is None:
        return None
    end = start_of_period(period, last)
    if period_plus(period, end, 1) > day:
        end = period_plus(period, end, -1)
    begin = start_of_period(period, months[0])
    if begin < months[0]:
        begin = period_plus(period, begin, 1)
    return Known(last, begin, end) if begin <= end else None


def gap_after(period: PeriodKind, last_period: date, first_period: date) -> int:
    """How many periods lie between the last wholly known one and the first one forecast."""
    gap, start = 0, period_plus(period, last_period, 1)
    while start < first_period:
        gap, start = gap + 1, period_plus(period, start, 1)
    return gap


def months_between(company: Company, first: date, until: date) -> list[date]:
    """The months with order lines that days from `first` on and before `until` may lie in."""
    return [month for month in the_lake().months(ORDER_LINES.name, company.pk) if first_day(first) <= month < until]


def _last_order(company: Company, months: Collection[date], before: date) -> date | None:
    lines = current_lines()
    question = lines.filter(lines.order_date < ibis.date(before)).agg(last=lines.order_date.max())
    sources = the_lake().sources(("order_lines", "line_replacements"), company_id=company.pk, months=months)
    found: date | None = the_engine().run(question, sources).column("last")[0].as_py()
    return found
