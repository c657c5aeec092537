# ruff: noqa: E501
"""What forecasts, supply and demand agreements say about managers, units and the company.

The sums of forecasts come as the table `forecast_facts`, computed by `core.forecasting.indicators`; those of order fill from order lines,
those of fulfilment from agreements. A company that records none of it has no such rows, and its closings are what they were.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date
from functools import lru_cache
from typing import Any, Final

import ibis
from ibis.expr.types import Table as TableExpression

from lianxin.core.measuring.answers import finished
from lianxin.core.measuring.lines import current_lines, in_months, total, units_sold, valid_on, whole
from lianxin.core.measuring.reasons import BELOW_MINIMUM, FEW_PERIODS, NO_BASE
from lianxin.core.measuring.registry import Indicator
from lianxin.core.measuring.scopes import by_level, names
from lianxin.core.measuring.selling import counted_stock
from lianxin.core.measuring.spans import holder_spans, on_spans
from lianxin.core.parameters import PARAMETERS, value_of
from lianxin.core.tables import POSTINGS, TERRITORIES, Steps
from lianxin.core.tables.demand import DEMAND_AGREEMENTS, FORECAST_FACTS
from lianxin.core.units import Direction, Level, UnitKind, first_day, last_day

JUDGEMENT_LEVELS: Final = (Level.MANAGER, Level.UNIT, Level.COMPANY)
_PLACED: Final = ("code", "person_id", "unit_id", "period_no", "num", "den", "n")


def _indicator(
    code: str, zh: str, en: str, unit: UnitKind, direction: Direction, formula: tuple[str, str], parts: tuple[str, str, str, str, str, str],
    source: str, evidence: str,
) -> Indicator:  # fmt: skip
    return Indicator(code, zh, en, unit, direction, *formula, *parts, source, evidence, JUDGEMENT_LEVELS)


_SET = "trade sources 1.2: set by the company; no public standard was found (公司自定，未见公开统一定义)"

_SELLING = _SET + "; variant B; slow as in trade sources 3.6"

# fmt: off
_DECLARED: Final = (
    _indicator("forecast_accuracy", "需求预测准确率", "Forecast accuracy", UnitKind.SHARE, Direction.HIGHER,
        ("1 − Σ|预测 − 实际| ÷ Σ实际，逐户逐品规，按当月各期；误差不能互相抵消，可以为负；未改动的行按系统预测计",
         "1 − Σ|F − A| ÷ ΣA over retailer × product and the month's periods; errors cannot cancel and it may be below zero; a line left alone counts with the system's number"),
        ("实际 − 误差", "actual less errors", "实际", "actual", "行数", "lines"), _SET + "; variant (c), the honest one", "G"),
    _indicator("forecast_accuracy.total", "需求预测准确率（总量口径）", "Forecast accuracy on the total", UnitKind.SHARE, Direction.HIGHER,
        ("1 − |Σ预测 − Σ实际| ÷ Σ实际；高估与低估互相抵消，几乎总在 95% 以上，故列在逐户口径之后",
         "1 − |ΣF − ΣA| ÷ ΣA; too much here cancels too little there, so it is nearly always above 95 % and stands after the honest one"),
        ("实际 − 总误差", "actual less the total's error", "实际", "actual", "行数", "lines"), _SET + "; variant (b), the flattering one", "G"),
    _indicator("forecast_bias", "需求预测偏差", "Forecast bias", UnitKind.RATIO, Direction.NEUTRAL,
        ("Σ预测 ÷ Σ实际 − 1；正为高估，负为低估", "ΣF ÷ ΣA − 1; above zero too much, below too little"),
        ("预测", "forecast", "实际", "actual", "行数", "lines"), "Gilliland 2010; the definition is the usual one", "I"),
    _indicator("forecast_value_added", "预测增值", "Forecast value added", UnitKind.RATIO, Direction.HIGHER,
        ("（Σ|系统预测 − 实际| − Σ|填报预测 − 实际|）÷ Σ实际，限填报过的行，回看若干月；期数不足不下结论",
         "(Σ|system − A| − Σ|entered − A|) ÷ ΣA over the lines on which a number was entered, looking back some months; not told on few periods"),
        ("减少的误差", "errors taken away", "实际", "actual", "填报行数", "entered lines"), "Gilliland 2010; Fildes et al. 2009", "I"),
    _indicator("forecasts_in_time", "预测及时率", "Forecasts in time", UnitKind.SHARE, Direction.HIGHER,
        ("截止前已决定（填报或确认采用）的行 ÷ 应决定的行", "Lines decided (entered, or let stand by choice) when due ÷ lines due"),
        ("按时决定", "decided in time", "应决定", "due", "应决定", "due"), "trade sources 1.4 (keep a trace of every layer); the definition is ours", "I"),
    _indicator("copied_forecasts", "照搬历史超出率", "Copied forecasts", UnitKind.SHARE, Direction.LOWER,
        ("填报数与上期、移动平均或去年同期相同的占比 − 独立判断偶然相同的占比，低于 0 按 0，回看若干月；仅供核实，不是结论",
         "Share of entered numbers that equal the last period, the moving average or the same period a year before, less the share that independent thought would repeat by chance; 0 at least, looking back some months; it asks, it does not prove"),
        ("超出偶然的条数", "repeats beyond chance", "可判断的填报", "telling entries", "可判断的填报", "telling entries"),
        "S1 (forecasts that merely repeat past sales); the measure is ours", "D"),
    _indicator("order_fill", "订单满足率", "Order fill", UnitKind.RATIO, Direction.HIGHER,
        ("Σ实供量 ÷ Σ需求量，限两者均有记录的订单行", "Σ supplied ÷ Σ wanted over order lines that record both"),
        ("实供量", "supplied", "需求量", "wanted", "订单行数", "order lines"), "trade sources 1.2, 1.3 (销量 / 需求量 in public code of the trade)", "C"),
    _indicator("order_fill.capped", "订单满足率（逐行封顶）", "Order fill, no line above one", UnitKind.SHARE, Direction.HIGHER,
        ("Σmin(实供量, 需求量) ÷ Σ需求量", "Σ min(supplied, wanted) ÷ Σ wanted"),
        ("逐行封顶的实供量", "supplied, at most wanted", "需求量", "wanted", "订单行数", "order lines"), _SET, "G"),
    _indicator("order_fill.lines", "订单满足率（足额行占比）", "Lines filled whole", UnitKind.SHARE, Direction.HIGHER,
        ("实供量不低于需求量的订单行 ÷ 订单行", "Order lines supplied in full ÷ order lines"),
        ("足额行", "lines in full", "订单行数", "order lines", "订单行数", "order lines"), _SET, "G"),
    _indicator("agreement_fulfilment", "履约率", "Agreement fulfilment", UnitKind.RATIO, Direction.HIGHER,
        ("Σ客户购进量 ÷ Σ客户自愿签订（可修订）的需求协议量，限有协议的客户与品规；月末所辖客户",
         "Σ bought ÷ Σ agreed in the retailers' own demand agreements, voluntary and revisable, over retailers and products with one; retailers held at the month's end"),
        ("购进量", "bought", "协议量", "agreed", "协议行数", "agreed lines"), _SET + "; reading (ii)", "G"),
    _indicator("agreement_fulfilment.capped", "履约率（逐行封顶）", "Agreement fulfilment, no line above one", UnitKind.SHARE, Direction.HIGHER,
        ("Σmin(购进量, 协议量) ÷ Σ协议量", "Σ min(bought, agreed) ÷ Σ agreed"),
        ("逐行封顶的购进量", "bought, at most agreed", "协议量", "agreed", "协议行数", "agreed lines"), _SET + "; over-fulfilment capped", "G"),
    _indicator("products_selling", "货源适销率", "Products selling", UnitKind.SHARE, Direction.HIGHER,
        ("当月走访盘点的户×品规中未滞销的占比；滞销指库存不低于下限且按近三个月购进量可销天数达到上限，或近三个月无购进；月末所辖客户",
         "Of the products that visits counted in shops in the month, the share that does not lie: lying is stock of a least size that lasts long at the speed of three months' purchases, or of which nothing was bought; retailers held at the month's end"),
        ("适销", "selling", "盘点的户×品规", "products counted in shops", "盘点的户×品规", "products counted in shops"), _SELLING, "G"),
    _indicator("products_selling.units", "货源适销率（按数量）", "Products selling, by quantity", UnitKind.SHARE, Direction.HIGHER,
        ("盘点库存中未滞销的数量占比", "Of the stock that visits counted, the units of products that do not lie"),
        ("适销库存", "stock that sells", "盘点库存", "stock counted", "盘点的户×品规", "products counted in shops"), _SELLING, "G"),
)
# fmt: on
JUDGEMENT: Final[dict[str, Indicator]] = {indicator.code: indicator for indicator in _DECLARED}
OF_FORECASTS: Final = frozenset(code for code in JUDGEMENT if code.startswith(("forecast", "copied")))
OF_COUNTS: Final = frozenset(code for code in JUDGEMENT if code.startswith("products_selling"))
# What a numerator and a denominator are divided by before they are shown.
_SCALES: Final[Mapping[str, float]] = {
    "forecast_accuracy": 1000.0,
    "forecast_accuracy.total": 1000.0,
    "forecast_bias": 1000.0,
    "forecast_value_added": 1000.0,
    "copied_forecasts": 1_000_000.0,
}


def plan(
    month: date,
    parameters: Mapping[str, Any],
    *,
    company_id: int,
    company_code: str,
    levels: tuple[Level, ...] = JUDGEMENT_LEVELS,
    replaced: bool = True,
    counted: bool = True,
) -> Steps:
    """Steps whose last one answers the indicators of judgement, under the contract `indicator_values`.

    Parameters
    ----------
    month : any day of the month
    levels : of whom to answer; those at which judgement is not measured are passed over
    replaced : whether `line_replacements` has rows
    counted : whether `stock_counts` has rows; then the order lines of `selling.months_needed` are read

    Invariants
    ----------
    A row has a value exactly when it has no reason. Numerators and denominators of the managers sum to those of the company, but for the
    total accuracy and the copies, in which sums are taken before they are compared.
    """
    wanted = tuple(level for level in JUDGEMENT_LEVELS if level in levels)
    values = {name: value_of(parameters, name) for name in PARAMETERS}
    # The same question gives the same expressions, and an engine compiles an expression once.
    return _planned(first_day(month), json.dumps(values), company_id, company_code, wanted, replaced, counted).copy()


@lru_cache(maxsize=32)
def _planned(
    start: date,
    values: str,
    company_id: int,
    company_code: str,
    wanted: tuple[Level, ...],
    replaced: bool,
    counted: bool,
) -> Steps:
    parameters = json.loads(values)
    steps = Steps()
    placed = [_forecasts(), _fill(steps, start, replaced), _fulfilment(steps, start, replaced)]
    if counted:
        placed.append(_selling(steps, start, parameters, replaced))
    every = steps.add("judgement_facts", ibis.union(*placed))
    held = every.mutate(route=ibis.null("string"), retailer_id=ibis.null("int64"))
    parts = by_level(held, wanted, company_id, "code", "period_no", "num", "den", "n")
    entity = ("level", "entity_id", "route_name", "code")
    periods = parts.group_by(*entity, "period_no").agg(**{name: total(parts[name]) for name in ("num", "den", "n")})
    sums = periods.group_by(*entity).agg(
        **{name: total(periods[name]) for name in ("num", "den", "n")}, n_periods=total(whole(periods.n > 0))
    )
    sums = steps.add("judgement_sums", sums)
    called = names(steps, start, company_code, company_id)
    rows = [_answered(sums, indicator, parameters) for indicator in JUDGEMENT.values()]
    steps.add("judgement_answers", finished(ibis.union(*rows), called, company_id, start))
    return steps


def _answered(sums: TableExpression, indicator: Indicator, parameters: Mapping[str, Any]) -> TableExpression:
    rows = sums.filter(sums.code == ibis.literal(indicator.code))
    scale = _SCALES.get(indicator.code, 1.0)
    numerator = rows.num
    if indicator.code == "forecast_accuracy.total":
        numerator = rows.den - (rows.num - rows.den).abs()
    elif indicator.code == "copied_forecasts":
        numerator = ibis.greatest(rows.num, 0)
    least = int(value_of(parameters, indicator.minimum))
    cases = [(rows.den <= 0, ibis.literal(NO_BASE)), (rows.n < least, ibis.literal(BELOW_MINIMUM))]
    if indicator.code == "forecast_value_added":
        cases.append((rows.n_periods < int(value_of(parameters, "judging.minimum_periods")), ibis.literal(FEW_PERIODS)))
    return rows.select(
        "level",
        "entity_id",
        "route_name",
        indicator=ibis.literal(indicator.code),
        numerator=numerator.cast("float64") / scale,
        denominator=rows.den.cast("float64") / scale,
        is_sum=ibis.literal(False),
        minus=ibis.literal(1.0 if indicator.code == "forecast_bias" else 0.0),
        n=rows.n,
        unit=ibis.literal(indicator.unit.value),
        reason=ibis.cases(*cases, else_=ibis.null("string")),
    )


def _forecasts() -> TableExpression:
    facts, posts = FORECAST_FACTS.unbound(), POSTINGS.unbound()
    posts = posts.select(_person="person_id", unit_id="unit_id", valid_from="valid_from", valid_until="valid_until")
    placed = facts.left_join(posts, [facts.person_id == posts._person, valid_on(posts, facts.day)])
    return placed.select(*_PLACED)


def _with_codes(rows: TableExpression, codes: Mapping[str, tuple[Any, Any]], n: Any) -> TableExpression:
    """The rows once for every code, with its numerator and denominator."""
    nothing = ibis.literal(0, "int64")
    return ibis.union(
        *(
            rows.select(
                code=ibis.literal(code),
                person_id="person_id",
                unit_id="unit_id",
                period_no=nothing,
                num=num,
                den=den,
                n=n,
            )
            for code, (num, den) in codes.items()
        )
    )


def _fill(steps: Steps, start: date, replaced: bool) -> TableExpression:
    lines = in_months(current_lines(replaced=replaced), [start])
    both = lines.filter(lines.wanted_units.notnull() & lines.supplied_units.notnull() & (lines.wanted_units > 0))
    both = both.select("order_month", "order_date", "retailer_id", "wanted_units", "supplied_units")
    spans = holder_spans(steps, [start], segments=False, name="fill_spans")
    held = on_spans(both, spans, "retailer_id", {"person_id": "person_id", "unit_id": "unit_id"})
    wanted, supplied = held.wanted_units.cast("int64"), held.supplied_units.cast("int64")
    sums = held.group_by("person_id", "unit_id").agg(
        wanted=total(wanted),
        supplied=total(supplied),
        capped=total(ibis.least(supplied, wanted)),
        full=total(whole(supplied >= wanted)),
        n=held.count().cast("int64"),
    )
    sums = steps.add("fill_sums", sums)
    codes = {
        "order_fill": (sums.supplied, sums.wanted),
        "order_fill.capped": (sums.capped, sums.wanted),
        "order_fill.lines": (sums.full, sums.n),
    }
    return _with_codes(sums, codes, sums.n)


def _fulfilment(steps: Steps, start: date, replaced: bool) -> TableExpression:
    agreed = DEMAND_AGREEMENTS.unbound()
    agreed = agreed.filter((agreed.month == ibis.date(start)) & (agreed.agreed_units > 0))
    agreed = agreed.group_by("retailer_id", "product_id").agg(agreed_units=total(agreed.agreed_units))
    lines = in_months(current_lines(replaced=replaced), [start])
    lines = lines.semi_join(agreed, ["retailer_id", "product_id"])
    bought = lines.group_by(_shop="retailer_id", _goods="product_id").agg(bought=total(units_sold(lines)))
    both = agreed.left_join(bought, [agreed.retailer_id == bought._shop, agreed.product_id == bought._goods])
    held = _held_at_end(both, start)
    got = held.bought.fill_null(0)
    sums = held.group_by("person_id", "unit_id").agg(
        agreed=total(held.agreed_units),
        got=total(got),
        capped=total(ibis.greatest(ibis.least(got, held.agreed_units), 0)),
        n=held.count().cast("int64"),
    )
    sums = steps.add("fulfilment_sums", sums)
    codes = {
        "agreement_fulfilment": (sums.got, sums.agreed),
        "agreement_fulfilment.capped": (sums.capped, sums.agreed),
    }
    return _with_codes(sums, codes, sums.n)


def _held_at_end(rows: TableExpression, start: date) -> TableExpression:
    """The rows with who held their retailer at the month's end, and in which unit."""
    end = ibis.date(last_day(start))
    holders, posts = TERRITORIES.unbound(), POSTINGS.unbound()
    holders = holders.filter(valid_on(holders, end)).select(_held="retailer_id", person_id="person_id")
    posts = posts.filter(valid_on(posts, end)).select(_person="person_id", unit_id="unit_id")
    held = rows.left_join(holders, rows.retailer_id == holders._held)
    return held.left_join(posts, held.person_id == posts._person)


def _selling(steps: Steps, start: date, parameters: Mapping[str, Any], replaced: bool) -> TableExpression:
    held = _held_at_end(counted_stock(steps, start, parameters, replaced=replaced), start)
    sums = held.group_by("person_id", "unit_id").agg(
        selling=total(whole(~held.lies)),
        selling_units=total(ibis.ifelse(held.lies, 0, held.stock_units).cast("int64")),
        units=total(held.stock_units),
        n=held.count().cast("int64"),
    )
    sums = steps.add("selling_sums", sums)
    codes = {
        "products_selling": (sums.selling, sums.n),
        "products_selling.units": (sums.selling_units, sums.units),
    }
    return _with_codes(sums, codes, sums.n)
