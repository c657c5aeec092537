"""What the file of a retailer or a product tells about its sales."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise
from statistics import median
from typing import Final

import pyarrow as pa
import pyarrow.compute as pc

from lianxin.core.measuring import analysis
from lianxin.core.measuring.figures import ProductFigures
from lianxin.core.measuring.turnover import Turnover, turnover
from lianxin.core.units import last_day, monday_of, month_plus, months_back
from lianxin.foundation.models import Company
from lianxin.market.queries.asking import answer
from lianxin.market.queries.lines import lines_of_retailer
from lianxin.market.queries.questions import Question
from lianxin.market.queries.sums import held_at
from lianxin.retailers.models import Retailer
from lianxin.visits.queries import happenings

WEEKS: Final = 26


@dataclass(frozen=True, slots=True)
class ProductWeeks:
    """What a retailer bought of a product, week by week."""

    product_id: int
    units: int
    weeks: list[int]
    last_day: date


@dataclass(frozen=True, slots=True)
class Rhythm:
    """On which days a retailer orders; only what was seen, no forecast."""

    n_days: int
    first: date
    last: date
    usual_gap_days: float | None
    weekday_shares: list[float]

    @property
    def next_expected(self) -> date | None:
        """The last order day and the usual gap after it; None with fewer than two order days."""
        return None if self.usual_gap_days is None else self.last + timedelta(days=round(self.usual_gap_days))

    @property
    def usual_weekday(self) -> int:
        """The weekday of most order days, 0 = Monday."""
        return max(range(7), key=lambda day: (self.weekday_shares[day], -day))


def recent_lines(company: Company, question: Question) -> tuple[pa.Table, list[date]]:
    """The order lines of a retailer in the 26 weeks up to the period's end, and the Mondays of these weeks."""
    newest = monday_of(question.end)
    weeks = [newest - timedelta(weeks=back) for back in range(WEEKS - 1, -1, -1)]
    months = months_back(question.month, 7)
    lines = lines_of_retailer(company, question.of(months=months, product_id=None, price_class=""))
    recent = lines.filter(pc.greater_equal(lines.column("order_date"), pa.scalar(weeks[0], pa.date32())))
    return recent, weeks


def weeks_by_product(lines: pa.Table, weeks: Sequence[date]) -> list[ProductWeeks]:
    """Units by product and week, the product with most units first."""
    place = {week: index for index, week in enumerate(weeks)}
    units: dict[int, list[int]] = {}
    last: dict[int, date] = {}
    for row in lines.select(["product_id", "order_date", "units"]).to_pylist():
        weekly = units.setdefault(row["product_id"], [0] * len(weeks))
        weekly[place[monday_of(row["order_date"])]] += row["units"]
        last[row["product_id"]] = max(last.get(row["product_id"], row["order_date"]), row["order_date"])
    found = [ProductWeeks(key, sum(weekly), weekly, last[key]) for key, weekly in units.items()]
    return sorted(found, key=lambda one: (-one.units, one.product_id))


def rhythm(lines: pa.Table) -> Rhythm | None:
    """The days with an order of something; None where there are none."""
    ordered = lines.filter(pc.greater(lines.column("ordered_units"), 0))
    days = sorted(set(ordered.column("order_date").to_pylist()))
    if not days:
        return None
    gaps = [(after - before).days for before, after in pairwise(days)]
    seen = Counter(day.weekday() for day in days)
    return Rhythm(
        len(days), days[0], days[-1], median(gaps) if gaps else None, [seen[day] / len(days) for day in range(7)]
    )


def turnover_of(company: Company, question: Question, retailer: Retailer) -> list[Turnover]:
    """Purchase, sales and stock of a retailer's counted products in the 26 weeks up to the period's end and since."""
    lines, weeks = recent_lines(company, question)
    columns = (lines.column(name).to_pylist() for name in ("product_id", "order_date", "units"))
    bought = list(zip(*columns, strict=True))
    return turnover(happenings.counts_at(retailer, since=weeks[0]), bought, known_until=question.end)


def product_rates(company: Company, question: Question) -> pa.Table:
    """Which retailers ordered a product in the month, the month before, and any of the three before, by holder.

    Returns
    -------
    one row per (retailer_id, person_id, unit_id): units, ordered, last_units, ordered_last, ordered_before (0 or 1)
    """
    month = question.month
    asked = question.goods_asked
    files = {
        "now": ("sales_monthly", (month,)),
        "last": ("sales_monthly", (month_plus(month, -1),)),
        "before": ("sales_monthly", tuple(month_plus(month, -back) for back in (3, 2, 1))),
    }
    return answer(
        company,
        "product_rates",
        (month, question.goods),
        lambda: analysis.product_rates(frozenset(asked)),
        files=files,
        rows=lambda: analysis.asked_values(asked),
    )


def product_by_unit(company: Company, question: Question) -> list[ProductFigures]:
    """The figures of a product for the whole part that may be seen (first) and for each unit of it."""
    rates = question.part_of_holders(product_rates(company, question))
    held = question.part_of_holders(held_at(company, question.month))
    weekly = _weekly_by_unit(company, question)
    units = [None, *sorted({unit for unit in held.column("unit_id").to_pylist() if unit is not None})]
    found = []
    for unit in units:
        mine = rates if unit is None else rates.filter(pc.equal(rates.column("unit_id"), unit))
        here = held if unit is None else held.filter(pc.equal(held.column("unit_id"), unit))

        def summed(name: str, rows: pa.Table = mine) -> int:
            return int(pc.sum(rows.column(name)).as_py() or 0)

        known = [weeks for key, weeks in weekly.items() if unit is None or key == unit]
        found.append(
            ProductFigures(
                unit,
                summed("units"),
                here.num_rows,
                summed("ordered"),
                summed("ordered_before"),
                summed("last_units"),
                summed("ordered_last"),
                [sum(values) for values in zip(*known, strict=True)],
            )
        )
    return found


def _weekly_by_unit(company: Company, question: Question) -> dict[int | None, list[int]]:
    """Units by week of the 26 weeks to the period's end; nothing for who may not see whole units: the roll-up has no persons."""
    if question.persons is not None:
        return {}
    newest = monday_of(last_day(question.month))
    weeks = [newest - timedelta(weeks=back) for back in range(WEEKS - 1, -1, -1)]
    place = {week: index for index, week in enumerate(weeks)}
    months = months_back(question.month, 8)
    product = {"product_id": frozenset({question.product_id})}
    rows = answer(
        company,
        "product_weeks",
        (months, question.product_id),
        analysis.product_weeks,
        files={"product_weekly": ("product_weekly", months)},
        rows=lambda: analysis.asked_values(product),
    )
    found: dict[int | None, list[int]] = {}
    for row in rows.to_pylist():
        if row["week"] in place:
            found.setdefault(row["unit_id"], [0] * WEEKS)[place[row["week"]]] += row["units"]
    return found
