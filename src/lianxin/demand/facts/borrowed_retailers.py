"""Lines of a round for retailers that never ordered yet, borrowed from how retailers of their class began."""

from datetime import date, timedelta
from typing import Any, Final

import ibis
import pyarrow as pa

from lianxin.core.forecasting.borrowing_retailers import borrowed_by_retailers
from lianxin.core.measuring.lines import current_lines
from lianxin.demand.facts.borrowed import as_system_forecast
from lianxin.demand.models import Round
from lianxin.demand.queries.history import months_between
from lianxin.foundation import parameters
from lianxin.foundation.facts import the_engine, the_lake
from lianxin.retailers.queries.newcomers import beginnings, classes_on

_NO_FIRSTS: Final = pa.table({"retailer_id": pa.array([], pa.int64()), "first_date": pa.array([], pa.date32())})


def lines_of_newcomers(
    round: Round, known_from: date, until: date, last_order: date, orders: pa.Table
) -> tuple[pa.Table, dict[str, Any]]:
    """Lines of the retailers that are about to begin and ordered nothing yet, and whom they borrow from.

    Parameters
    ----------
    known_from : the first day of the orders that are looked at
    until : the day up to which a forecast reads
    last_order : the last day with an order that is known; who began since is no longer new, and has no whole period yet
    orders : the order lines of the round's products up to `until`

    Returns
    -------
    lines under SYSTEM_FORECAST, the round's first period being the retailer's; and `lenders`, rows of kind, name, n, retailers,
    products, shares, with `without`, the new retailers that have no lines, and `together`, those that have none because they came
    to the list in one large batch
    """
    large_share = float(parameters.in_force(round.company, on=round.first_period)["demand.late_batch_share"])
    told = beginnings(round.company, on=round.first_period, large_share=large_share)
    firsts = _first_orders(round, known_from, last_order) if told.new or told.together else _NO_FIRSTS
    begun = firsts.column("retailer_id").to_pylist()
    known = set(begun)
    new, together = ([pk for pk in those if pk not in known] for those in (told.new, told.together))
    shown = [told.is_shown_by(*row) for row in zip(begun, firsts.column("first_date").to_pylist(), strict=True)]
    firsts = firsts.filter(pa.array(shown, pa.bool_()))
    shops = classes_on(round.company, on=round.first_period) if new else []
    retailers = pa.table(
        {
            "retailer_id": pa.array([pk for pk, _form, _market in shops], pa.int64()),
            "trade_form": pa.array([form for _pk, form, _market in shops], pa.string()),
            "market_type": pa.array([market for _pk, _form, market in shops], pa.string()),
        }
    )
    made = borrowed_by_retailers(
        orders, retailers, wanted=new, until=until, known_from=known_from, firsts=firsts, horizon=round.horizon,
        period=round.period, engine=the_engine(),
    )  # fmt: skip
    lenders = [
        {
            "kind": one.kind, "name": one.name, "n": one.n, "retailers": list(one.retailers), "products": list(one.products),
            "shares": [list(row) for row in one.shares],
        }
        for one in made.lenders
    ]  # fmt: skip
    borrowing = {pk for one in made.lenders for pk in one.retailers}
    without = [pk for pk in new if pk not in borrowing]
    return as_system_forecast(made.lines), {"lenders": lenders, "without": without, "together": together}


def _first_orders(round: Round, known_from: date, last_order: date) -> pa.Table:
    """The first day on which each retailer of the company ordered of any product: retailer_id, first_date."""
    lines = current_lines()
    wanted = ibis.greatest(lines.wanted_units.fill_null(0), lines.ordered_units) > 0
    asked = lines.filter(
        (lines.order_date >= ibis.date(known_from)) & (lines.order_date <= ibis.date(last_order)) & wanted
    )
    question = asked.group_by("retailer_id").agg(first_date=asked.order_date.min())
    months = months_between(round.company, known_from, last_order + timedelta(days=1))
    sources = the_lake().sources(("order_lines", "line_replacements"), company_id=round.company_id, months=months)
    return the_engine().run(question, sources)
