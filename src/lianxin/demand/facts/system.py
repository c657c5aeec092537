"""A round's history, the system's forecast, and its lines."""

import hashlib
from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

import ibis
import pyarrow as pa
import pyarrow.compute as pc
from django.utils.translation import gettext as _

from lianxin import __version__
from lianxin.core import forecasting
from lianxin.core.forecasting import strays
from lianxin.core.forecasting.forecast import forecast
from lianxin.core.measuring.lines import current_lines
from lianxin.core.measuring.outcomes import PeriodKind, outcomes
from lianxin.core.measuring.round_lines import period_plus, year_before
from lianxin.core.measuring.round_lines import round_lines as lines_expression
from lianxin.core.tables.rounds import BACK, ROUND_PLAIN
from lianxin.demand.facts.borrowed import borrowed_lines
from lianxin.demand.facts.borrowed_retailers import lines_of_newcomers
from lianxin.demand.facts.events import handed_to
from lianxin.demand.facts.shaping import rows_of
from lianxin.demand.models import Round
from lianxin.demand.queries.borrowed import BORROWED, BORROWED_RETAILERS
from lianxin.demand.queries.evidence import EVENTS_HANDED
from lianxin.demand.queries.history import Known, months_between
from lianxin.demand.queries.places import LEVELS, places_on
from lianxin.demand.queries.ranges import SUMS_STRAYED
from lianxin.demand.queries.without import LAST_PERIOD, SHOWN_PERIOD, WITHOUT_LINES
from lianxin.foundation.facts import the_engine, the_lake

Tell = Callable[[float, str], None]
# Three years: what is older says little of a retailer today, and two turns of the year are in it.
WEEKS_LEARNT: Final = 156


@dataclass(frozen=True)
class Made:
    """The lines of a round and what its system's forecast was made with; `plain`: what it would have been without events."""

    lines: pa.Table
    plain: pa.Table
    parameters: dict[str, Any]
    code_version: str


def round_lines(round: Round, known: Known, tell: Tell, *, at: datetime) -> Made:
    """Every line of a round under the contract `round_lines`, computed from the orders and events known before it.

    Parameters
    ----------
    at : when the forecast is made: what was said later is not known
    """
    tell(0.05, _("Reading the orders"))
    history = history_of(round, known)
    tell(0.2, _("Forecasting"))
    until = period_plus(round.period, known.last_period, 1) - timedelta(days=1)
    handed = handed_to(round, first=until - timedelta(weeks=WEEKS_LEARNT), at=at)
    orders = _orders(round, until)
    system = _system(round, known, orders, until, handed.table)
    # Without any event the two are one; a second forecast would cost as much as the first.
    plain = system if handed.table.num_rows == 0 else _system(round, known, orders, until, None)
    without = _without(round, set(pc.unique(system.column("product_id")).to_pylist()), known.last_order)
    system, lenders = _with_borrowed(round, known, system, without, until)
    newcomers, borrowing = lines_of_newcomers(round, _known_from(known, until), until, known.last_order, orders)
    system = pa.concat_tables([system, newcomers])
    tell(0.7, _("Laying the history beside it"))
    sources = the_lake().sources(("territories", "postings", "product_versions"), company_id=round.company_id)
    question = lines_expression(
        round.company_id, round.period, round.first_period, round.horizon, known.periods(round.period)
    )
    lines = the_engine().run(question, {**sources, "system_forecast": system, "forecast_outcomes": history})
    tell(0.6, _("Holding past sums against what came"))
    told = {
        "weeks_learnt": WEEKS_LEARNT,
        LAST_PERIOD: str(known.last_period),
        SHOWN_PERIOD: str(known.last_period),
        BORROWED: lenders,
        BORROWED_RETAILERS: borrowing,
        WITHOUT_LINES: _not_among(without, lenders),
        EVENTS_HANDED: handed.kept,
        SUMS_STRAYED: _strays(round, known, orders, until),
    }
    return Made(lines, _moved(round, system, plain), told, code_version())


def history_of(round: Round, known: Known) -> pa.Table:
    """Outcomes of the round's products in the periods that its lines show, under the contract `forecast_outcomes`."""
    first = min(year_before(round.period, round.first_period), period_plus(round.period, known.last_period, 1 - BACK))
    return outcomes_between(round, first, round.first_period)


def outcomes_between(round: Round, first: date, until: date) -> pa.Table:
    """Outcomes of the round's products from a day on, before another."""
    sources = the_lake().sources(
        ("order_lines", "line_replacements"),
        company_id=round.company_id,
        months=months_between(round.company, first, until),
    )
    question = outcomes(round.company_id, round.period, first, until, round.product_ids)
    return the_engine().run(question, sources)


def _system(round: Round, known: Known, orders: pa.Table, until: date, events: pa.Table | None) -> pa.Table:
    """The system's forecast of the round's products by step of the round, in thousandths, under SYSTEM_FORECAST."""
    horizon = len(_periods_between(round.period, known.last_period, round.ends_before))
    told = forecast(orders, until=until, horizon=horizon, period=round.period, engine=the_engine(), events=events)
    steps = {start: step for step, start in enumerate(round.starts(), 1)}
    starts = told.column("period_start").to_pylist()
    told = told.filter(pa.array([start in steps for start in starts], pa.bool_()))
    step = pa.array([steps[start] for start in told.column("period_start").to_pylist()], pa.int32())
    return pa.table(
        {
            "retailer_id": told.column("retailer_id").cast(pa.int64()),
            "product_id": told.column("product_id").cast(pa.int64()),
            "step": step,
            **{
                f"{name}_milli": pc.cast(pc.round(pc.multiply(told.column(f"{name}_units"), 1000.0)), pa.int64())
                for name in ("mean", "q10", "q50", "q90")
            },
        }
    )


def _without(round: Round, with_lines: set[int], until: date) -> list[dict[str, Any]]:
    """The chosen products that have no lines, each with the last day on which it was ordered in the years looked at."""
    lacking = sorted(set(round.product_ids) - with_lines)
    if not lacking:
        return []
    orders = _orders(round, until, lacking)
    orders = orders.filter(pc.greater(orders.column("ordered_units"), 0))
    last = orders.group_by("product_id").aggregate([("order_date", "max")]).to_pylist()
    days = {row["product_id"]: str(row["order_date_max"]) for row in last}
    return [{"product_id": pk, "last_order": days.get(pk)} for pk in lacking]


def _with_borrowed(
    round: Round, known: Known, system: pa.Table, without: list[dict[str, Any]], until: date
) -> tuple[pa.Table, list[dict[str, Any]]]:
    """The system's forecast with lines for those of the products that nobody ordered yet, and whom they borrow from."""
    new = [row["product_id"] for row in without if row["last_order"] is None]
    if not new:
        return system, []
    lines, lenders = borrowed_lines(
        round, new, _known_from(known, until), until, lambda products: _orders(round, until, products)
    )
    return pa.concat_tables([system, lines]) if lenders else system, lenders


def _known_from(known: Known, until: date) -> date:
    """The first day of the orders that a forecast looks at."""
    return max(known.first_period, until - timedelta(weeks=WEEKS_LEARNT))


def _not_among(without: list[dict[str, Any]], lenders: list[dict[str, Any]]) -> list[dict[str, Any]]:
    borrowing = {row["product_id"] for row in lenders}
    return [row for row in without if row["product_id"] not in borrowing]


def _strays(round: Round, known: Known, orders: pa.Table, until: date) -> list[dict[str, Any]]:
    """How far sums lay off in the past year, by step of the round: rows of `core.forecasting.strays`."""
    retailers = pc.unique(orders.column("retailer_id")).to_pylist()
    shops = places_on(round.company, retailers, on=round.first_period)
    periods = _periods_between(round.period, known.last_period, round.ends_before)
    rows = strays(
        orders, shops, levels=LEVELS, until=until, horizon=len(periods), period=round.period, engine=the_engine()
    )
    steps = {start: step for step, start in enumerate(round.starts(), 1)}
    found = []
    for row in rows.to_pylist():
        step = steps.get(periods[row["step"] - 1])
        if step is not None:
            found.append({**row, "step": step})
    return found


def _moved(round: Round, system: pa.Table, plain: pa.Table) -> pa.Table:
    """Lines whose mean the events moved, with the mean without them, under ROUND_PLAIN."""
    keys = ["retailer_id", "product_id", "step"]
    both = system.select([*keys, "mean_milli"]).join(
        plain.select([*keys, "mean_milli"]), keys, join_type="inner", right_suffix="_plain"
    )
    both = both.filter(pc.not_equal(both.column("mean_milli"), both.column("mean_milli_plain")))
    both = both.sort_by([(name, "ascending") for name in keys])
    told = {name: both.column(name) for name in keys}
    fixed = {"company_id": round.company_id, "first_period": round.first_period}
    return rows_of(ROUND_PLAIN, both.num_rows, {**told, **fixed, "plain_milli": both.column("mean_milli_plain")})


def _orders(round: Round, until: date, products: Collection[int] = ()) -> pa.Table:
    """The order lines of the round's products, or of some of them, that a forecast learns from."""
    first = until - timedelta(weeks=WEEKS_LEARNT)
    lines = current_lines()
    asked = lines.filter((lines.order_date > ibis.date(first)) & (lines.order_date <= ibis.date(until)))
    # What comes back was not asked for.
    asked = asked.filter(asked.product_id.isin(sorted(products or round.product_ids)) & (asked.ordered_units >= 0))
    question = asked.select("order_date", "retailer_id", "product_id", "ordered_units", "wanted_units", "cap_units")
    months = months_between(round.company, first, until + timedelta(days=1))
    sources = the_lake().sources(("order_lines", "line_replacements"), company_id=round.company_id, months=months)
    return the_engine().run(question, sources)


def _periods_between(period: PeriodKind, after: date, before: date) -> list[date]:
    found = [period_plus(period, after, 1)]
    while found[-1] < before:
        found.append(period_plus(period, found[-1], 1))
    return found[:-1]


@lru_cache(maxsize=1)
def code_version() -> str:
    """The release and a digest of the text of the forecast: rounds with the same one were forecast by the same method."""
    folder = Path(forecasting.__file__).parent
    sha = hashlib.sha256()
    for path in sorted(folder.rglob("*.py")):
        sha.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
    return f"{__version__}+{sha.hexdigest()[:12]}"
