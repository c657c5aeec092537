"""The lines of a forecast round: the system's forecast beside what was ordered before, in the order in which they matter."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date, timedelta
from typing import Any, Final

import ibis
from ibis.expr.types import Table as TableExpression

from lianxin.core.measuring.lines import total, whole
from lianxin.core.measuring.outcomes import PeriodKind
from lianxin.core.measuring.spans import version_on
from lianxin.core.tables import POSTINGS, PRODUCT_VERSIONS, TERRITORIES
from lianxin.core.tables.demand import FORECAST_OUTCOMES
from lianxin.core.tables.rounds import BACK, ROUND_LINES
from lianxin.core.units import month_plus

# A product without a price weighs as if a unit cost one of the currency.
PRICE_UNKNOWN_FEN: Final = 100
SYSTEM_FORECAST: Final = ibis.schema(
    {
        "retailer_id": "int64",
        "product_id": "int64",
        "step": "int32",
        "mean_milli": "int64",
        "q10_milli": "int64",
        "q50_milli": "int64",
        "q90_milli": "int64",
    }
)


def period_plus(period: PeriodKind, start: date, periods: int) -> date:
    """The first day of the period so many after (before, if negative) the one that starts on a day."""
    return month_plus(start, periods) if period == "month" else start + timedelta(weeks=periods)


def year_before(period: PeriodKind, start: date) -> date:
    """The first day of the same period a year before: the month of that name, or the week 52 weeks earlier."""
    return period_plus(period, start, -12 if period == "month" else -52)


def round_lines(
    company_id: int, period: PeriodKind, first: date, horizon: int, known: Collection[date]
) -> TableExpression:
    """The lines of a round under the contract `round_lines`.

    Reads `system_forecast` (SYSTEM_FORECAST), `forecast_outcomes` of the periods before, `territories`, `postings` and
    `product_versions`.

    Parameters
    ----------
    first : first day of the first period; holders, units, prices and classes are those of this day
    known : first days of the periods whose orders are known; a year-ago number outside them is null, inside them 0 without orders;
        the twelve periods before end with the last of them, for of a period that runs only a part was ordered

    Returns
    -------
    one row per row of the system's forecast; line_no counts from 0 for each holder, the largest value times uncertainty first,
    then by retailer, product, step. Lines that nobody holds have person_id null and numbers of their own.
    """
    forecast = ibis.table(SYSTEM_FORECAST, name="system_forecast")
    starts = [period_plus(period, first, step) for step in range(horizon)]
    history = _history(period, period_plus(period, max(known), 1) if known else first)
    rows = forecast.left_join(
        history, [forecast.retailer_id == history.h_retailer, forecast.product_id == history.h_product]
    ).drop("h_retailer", "h_product")
    rows = rows.mutate(
        period_start=_by_step(rows.step, starts),
        year_ago_start=_by_step(rows.step, [year_before(period, start) for start in starts]),
    )
    year = FORECAST_OUTCOMES.unbound().select(
        y_retailer="retailer_id", y_product="product_id", y_start="period_start", y_units="ordered_units"
    )
    rows = rows.left_join(
        year,
        [rows.retailer_id == year.y_retailer, rows.product_id == year.y_product, rows.year_ago_start == year.y_start],
    )
    held = version_on(TERRITORIES.unbound(), first, "retailer_id", "person_id").rename(t_retailer="retailer_id")
    rows = rows.left_join(held, rows.retailer_id == held.t_retailer)
    posts = version_on(POSTINGS.unbound(), first, "person_id", "unit_id").rename(p_person="person_id")
    rows = rows.left_join(posts, rows.person_id == posts.p_person)
    goods = version_on(PRODUCT_VERSIONS.unbound(), first, "product_id", "price_class", "wholesale_price_fen")
    goods = goods.rename(g_product="product_id")
    rows = rows.left_join(goods, rows.product_id == goods.g_product)
    width = (rows.q90_milli - rows.q10_milli).fill_null(rows.mean_milli)
    rows = rows.mutate(weight_fen=rows.wholesale_price_fen.fill_null(PRICE_UNKNOWN_FEN) * width // 1000)
    place = ibis.row_number().over(
        ibis.window(
            group_by=rows.person_id,
            order_by=[ibis.desc(rows.weight_fen), rows.retailer_id, rows.product_id, rows.step],
        )
    )
    is_known = rows.year_ago_start.isin(sorted(known)) if known else ibis.literal(False)
    made: dict[str, Any] = {
        "company_id": ibis.literal(company_id, "int32"),
        "first_period": ibis.date(first),
        "line_no": place.cast("int32"),
        "product_group": rows.price_class,
        "price_fen": rows.wholesale_price_fen,
        "weight_fen": rows.weight_fen.cast("int64"),
        "year_ago_units": is_known.ifelse(rows.y_units.fill_null(0), ibis.null("int64")),
        "n_capped": rows.n_capped.fill_null(0).cast("int32"),
        **{f"back_{n}": rows[f"back_{n}"].fill_null(0) for n in range(1, BACK + 1)},
    }
    return rows.select(
        **{name: made.get(name, rows[name] if name in rows.columns else None) for name in ROUND_LINES.columns}
    )


def _history(period: PeriodKind, first: date) -> TableExpression:
    """Ordered units of the twelve periods before a day, each in a column of its own, and in how many of them a cap cut."""
    before = [period_plus(period, first, -back) for back in range(1, BACK + 1)]
    rows = FORECAST_OUTCOMES.unbound()
    rows = rows.filter(rows.period_start.isin(before))
    return rows.group_by(h_retailer=rows.retailer_id, h_product=rows.product_id).agg(
        **{
            f"back_{number}": total((rows.period_start == start).ifelse(rows.ordered_units, 0))
            for number, start in enumerate(before, 1)
        },
        n_capped=total(whole(rows.n_capped > 0)),
    )


def _by_step(step: Any, days: Sequence[date]) -> Any:
    return ibis.cases(
        *((step == number, ibis.date(day)) for number, day in enumerate(days, 1)), else_=ibis.null("date")
    )
