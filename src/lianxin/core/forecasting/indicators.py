"""What forecasts say of persons in a month: the sums behind indicators, and the rows behind the sums."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any, Final

import ibis
from ibis.expr.types import Table as TableExpression

from lianxin.core.forecasting.adding_value import actual_of
from lianxin.core.forecasting.copying import MICRO, UNTELLING, copied_lines
from lianxin.core.forecasting.judged_lines import judged_lines, period_number
from lianxin.core.forecasting.judging_contracts import MILLI
from lianxin.core.parameters import value_of
from lianxin.core.tables import PRODUCT_VERSIONS, RETAILER_VERSIONS, Steps
from lianxin.core.tables.demand import FORECAST_FACTS, FORECAST_LINES, FORECAST_SUBMISSIONS, FORECAST_VERSIONS
from lianxin.core.units import first_day, month_plus, months_back, next_month

CODES: Final = (
    "forecast_accuracy",
    "forecast_accuracy.total",
    "forecast_bias",
    "forecast_value_added",
    "forecasts_in_time",
    "copied_forecasts",
)
# These look back over judging.window_months, because one month says too little of them.
OF_WINDOW: Final = ("forecast_value_added", "copied_forecasts")
TABLES_READ: Final = ("forecast_lines", "forecast_versions", "forecast_outcomes", "forecast_submissions")


def forecast_facts(month: date, parameters: Mapping[str, Any], *, company_id: int) -> Steps:
    """Steps whose last one holds the sums of every indicator of forecasts, under the contract `FORECAST_FACTS`.

    Parameters
    ----------
    month : any day of the month; lines count whose period begins in it, and for the indicators of `OF_WINDOW` those of the
        judging.window_months that end with it

    Invariants
    ----------
    A number belongs to whoever entered it, a line that nobody touched to whoever held the retailer when the round opened.
    What a retailer asked for of a product in a month counts once: where it has a line of a month, its lines of weeks do not count,
    and where several rounds forecast the same period, the line of the one that asked last, nearest to the period.
    """
    start = first_day(month)
    steps = Steps()
    judged = _judged(steps, start, parameters, company_id)
    copied = copied_lines(steps, judged, evidence=False)
    parts = [*_of_lines(judged, start, parameters), _of_copies(copied), _of_submissions(start)]
    every = ibis.union(*parts)
    sums = every.group_by("code", "person_id", "day", "period_no").agg(
        **{name: every[name].sum().cast("int64") for name in ("num", "den", "n")}
    )
    steps.add("forecast_sums", sums.select(FORECAST_FACTS.columns).order_by("code", "person_id", "day", "period_no"))
    return steps


def _judged(steps: Steps, start: date, parameters: Mapping[str, Any], company_id: int) -> TableExpression:
    """The judged lines of the month, and of the months before it those on which a number was entered."""
    back = int(value_of(parameters, "judging.window_months"))
    lines = FORECAST_LINES.unbound()
    first, end = ibis.date(month_plus(start, 1 - back)), ibis.date(next_month(start))
    lines = _once(lines.filter((lines.period_start >= first) & (lines.period_start < end)))
    versions = FORECAST_VERSIONS.unbound()
    own = versions.filter((versions.level == "retailer") & (versions.author_role == "customer_manager"))
    marks = own.select(_round="round_id", _start="period_start", _shop="entity_id", _goods="product_id").distinct()
    marked = lines.left_join(
        marks,
        [
            lines.round_id == marks._round,
            lines.period_start == marks._start,
            lines.retailer_id == marks._shop,
            lines.product_id == marks._goods,
        ],
    )
    kept = marked.filter((marked.period_start >= ibis.date(start)) | marked._round.notnull())
    return judged_lines(
        steps, parameters, company_id=company_id, lines=kept.select(lines.columns), levels=("retailer",)
    )


def _once(lines: TableExpression) -> TableExpression:
    """The lines that count: of rounds of one kind that overlap, the line of the one that asked last; weeks not beside their month.

    Of a week that begins in a month of which the same retailer and product have a line, the month's counts.
    """
    number = ("period", "period_start", "retailer_id", "product_id")
    last = ibis.window(group_by=[lines[name] for name in number], order_by=[lines.step, lines.round_id.desc()])
    ranked = lines.mutate(_place=ibis.row_number().over(last))
    lines = ranked.filter(ranked._place == 0).drop("_place")
    months = lines.filter(lines.period == "month").select(
        _month="period_start", _shop="retailer_id", _goods="product_id"
    )
    start = lines.period_start
    # Null for a line of a month, which nothing equals.
    begun = ibis.ifelse(lines.period == "week", ibis.date(start.year(), start.month(), 1), ibis.null("date"))
    told = lines.mutate(_begun=begun)
    same = [told._begun == months._month, told.retailer_id == months._shop, told.product_id == months._goods]
    return told.anti_join(months, same).drop("_begun")


def _fact(rows: TableExpression, code: str, num: Any, den: Any, n: Any) -> TableExpression:
    return rows.select(
        code=ibis.literal(code),
        person_id=rows.person_id,
        day=rows.period_start,
        period_no=rows.period_no,
        num=num,
        den=den,
        n=n,
    )


def _of_lines(judged: TableExpression, start: date, parameters: Mapping[str, Any]) -> list[TableExpression]:
    one = ibis.literal(1, "int64")
    came = judged[f"{actual_of(parameters)}_units"] * MILLI
    known = judged.mutate(came=came, said=judged.customer_manager_milli)
    known = known.filter(known.came.notnull() & known.said.notnull() & known.person_id.notnull())
    now = known.filter(known.period_start >= ibis.date(start))
    entered = known.filter(known.entered & known.system_milli.notnull())
    gained = (entered.system_milli - entered.came).abs() - (entered.said - entered.came).abs()
    return [
        _fact(now, "forecast_accuracy", now.came - (now.said - now.came).abs(), now.came, one),
        _fact(now, "forecast_accuracy.total", now.said, now.came, one),
        _fact(now, "forecast_bias", now.said, now.came, one),
        _fact(entered, "forecast_value_added", gained, entered.came, one),
    ]


def _of_copies(copied: TableExpression) -> TableExpression:
    telling = copied.filter((copied.chance_history < UNTELLING).fill_null(False))
    one = ibis.literal(1, "int64")
    beyond = telling.repeats_history.cast("int64") * MICRO - telling.chance_history
    return _fact(telling, "copied_forecasts", beyond, ibis.literal(MICRO, "int64"), one)


def _of_submissions(start: date) -> TableExpression:
    rows = FORECAST_SUBMISSIONS.unbound()
    mine = rows.filter(
        (rows.author_role == "customer_manager")
        & (rows.period_start >= ibis.date(start))
        & (rows.period_start < ibis.date(next_month(start)))
    )
    mine = mine.mutate(person_id=mine.author_id, period_no=period_number(ibis.literal("month"), mine.period_start))
    return _fact(mine, "forecasts_in_time", mine.n_decided, mine.n_due, mine.n_due)


def months_behind(code: str, month: date, parameters: Mapping[str, Any]) -> tuple[date, ...]:
    """The months whose lines stand behind an indicator of forecasts, oldest first."""
    back = int(value_of(parameters, "judging.window_months")) if code in OF_WINDOW else 1
    return months_back(first_day(month), back)


def forecast_rows(month: date, person_id: int, code: str, parameters: Mapping[str, Any], *, company_id: int) -> Steps:
    """Steps whose last one holds the lines behind a person's figure of forecasts, the largest error first.

    Returns
    -------
    row_id : string; day : date, the first of the period
        retailer_id, licence_no, retailer, product_id, product_code, product : names as on that day, null where unknown
        system_units, entered_units, came_units, last_units : float64 or int64, null where unknown
        error_units : float64, |entered − came|; repeats : string, which of history's numbers was entered, comma between, or ""
        chance_share : float64, how often independent thought repeats history there; null where it is not told
        counts : boolean, whether it adds to what the indicator asks: nearer than the system for value added, repeated for copies
        where chance tells something, decided lines are not told one by one; true otherwise
    """
    start = first_day(month)
    steps = Steps()
    judged = _judged(steps, start, parameters, company_id)
    copied = copied_lines(steps, judged, evidence=False)
    rows = judged.filter(judged.person_id == person_id)
    rows = rows.filter(rows.entered if code in OF_WINDOW else rows.period_start >= ibis.date(start))
    chances = copied.select(
        _round="round_id", _start="period_start", _shop="entity_id", _goods="product_id", _chance="chance_history",
        _whole="entered_units", _last="naive_units", _mean="average_units", _year="seasonal_naive_units",
        _repeats="repeats_history",
    )  # fmt: skip
    rows = rows.left_join(
        chances,
        [
            rows.round_id == chances._round,
            rows.period_start == chances._start,
            rows.entity_id == chances._shop,
            rows.product_id == chances._goods,
        ],
    )
    came = rows[f"{actual_of(parameters)}_units"]
    error = (rows.customer_manager_milli - came * MILLI).abs()
    counts = {
        "forecast_value_added": error < (rows.system_milli - came * MILLI).abs(),
        "copied_forecasts": rows._repeats & (rows._chance < UNTELLING),
    }.get(code, ibis.literal(True))
    rows = rows.mutate(came=came, error=error, counts=counts.fill_null(False), repeats=_named_repeats(rows))
    told = _with_names(rows)
    answer = told.select(
        "retailer_id", "licence_no", "retailer", "product_id", "product_code", "product", "repeats", "counts",
        row_id=told.round_id + " " + told.period_start.strftime("%Y-%m-%d") + " " + told.retailer_id.cast("string") + " "
        + told.product_id.cast("string"),
        day=told.period_start,
        system_units=told.system_milli / MILLI,
        entered_units=told.customer_manager_milli / MILLI,
        came_units=told.came,
        last_units=told.naive_milli / MILLI,
        error_units=told.error / MILLI,
        chance_share=ibis.ifelse(told._chance < UNTELLING, told._chance / MICRO, ibis.null("float64")),
    )  # fmt: skip
    steps.add("forecast_rows", answer.order_by(answer.error_units.desc(nulls_first=False), "row_id", "day"))
    return steps


def _named_repeats(rows: TableExpression) -> Any:
    told: Any = ibis.literal("")
    for word, column in (("last", "_last"), ("average", "_mean"), ("last_year", "_year")):
        same = (rows._whole == rows[column]).fill_null(False)
        longer = ibis.ifelse(told == "", ibis.literal(word), told + ibis.literal(f",{word}"))
        told = ibis.ifelse(same, longer, told)
    return told


def _with_names(rows: TableExpression) -> TableExpression:
    shops = RETAILER_VERSIONS.unbound()
    shops = shops.select(
        _id="retailer_id", licence_no="licence_no", retailer="name", _from="valid_from", _until="valid_until"
    )
    named = rows.left_join(
        shops,
        [
            rows.entity_id == shops._id,
            shops._from <= rows.period_start,
            shops._until.isnull() | (shops._until > rows.period_start),
        ],
    ).drop("_id", "_from", "_until")
    goods = PRODUCT_VERSIONS.unbound()
    goods = goods.select(
        _id="product_id", product_code="product_code", product="name", _from="valid_from", _until="valid_until"
    )
    told = named.left_join(
        goods,
        [
            named.product_id == goods._id,
            goods._from <= named.period_start,
            goods._until.isnull() | (goods._until > named.period_start),
        ],
    ).drop("_id", "_from", "_until")
    return told.mutate(retailer_id=told.entity_id)
