"""From sums of an entity to answers: a value, or why there is none."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

import ibis
from ibis.expr.types import Table as TableExpression

from lianxin.core.measuring.reasons import (
    BELOW_MINIMUM,
    HOLDS_NONE,
    NO_BASE,
    NO_COST,
    NO_LINES,
    NO_PARAMETER,
    NO_PEERS,
    NOT_RECORDED,
)
from lianxin.core.measuring.registry import INDICATORS, Indicator
from lianxin.core.parameters import value_of
from lianxin.core.units import FEN_PER_CURRENCY_UNIT, Level

ENTITY: Final = ("level", "entity_id", "route_name")
VALUE: Final = "value"
NOT_ENOUGH: Final = "not_enough_data"

Sums: TypeAlias = TableExpression
Column: TypeAlias = Any


@dataclass(frozen=True)
class _Formula:
    """How an answer is made of the sums of an entity. Reasons are tried in order; the first that holds is told."""

    numerator: Callable[[Sums], Column]
    denominator: Callable[[Sums], Column] | None
    n: Callable[[Sums], Column]
    reasons: Callable[[Sums, Mapping[str, Any]], list[tuple[Column, str]]]
    minus_one: bool = False


def _currency(fen: Column) -> Column:
    return fen.cast("float64") / float(FEN_PER_CURRENCY_UNIT)


def _share_of_units(numerator: str) -> _Formula:
    return _Formula(
        lambda s: s[numerator],
        lambda s: s.units,
        lambda s: s.n_lines,
        lambda s, _: [(s.n_lines == 0, NO_LINES), (s.units <= 0, NO_BASE)],
    )


def _ratio(numerator: str, denominator: str, n: str, *, minus_one: bool = False) -> _Formula:
    return _Formula(
        lambda s: s[numerator],
        lambda s: s[denominator],
        lambda s: s[n],
        lambda s, _: [(s[denominator] <= 0, NO_BASE)],
        minus_one,
    )


def _per_ordering(units: str, retailers: str) -> Callable[[Sums], Column]:
    return lambda s: s[units].cast("float64") / s[retailers].nullif(0).cast("float64")


def _amount_reasons(sums: Sums, _: Mapping[str, Any]) -> list[tuple[Column, str]]:
    return [(sums.n_lines == 0, NO_LINES), (sums.n_without_amount > 0, NOT_RECORDED)]


def _margin_reasons(sums: Sums, parameters: Mapping[str, Any]) -> list[tuple[Column, str]]:
    least = float(value_of(parameters, "measuring.cost_coverage_minimum"))
    covered = sums.known_amount_fen.cast("float64") >= sums.amount_fen.cast("float64") * least
    return [
        *_amount_reasons(sums, parameters),
        (sums.amount_fen <= 0, NO_BASE),
        (~covered, NO_COST),
        (sums.known_amount_fen <= 0, NO_COST),
    ]


_FORMULAS: Final[dict[str, _Formula]] = {
    "sales_units": _Formula(lambda s: s.units, None, lambda s: s.n_lines, lambda s, _: [(s.n_lines == 0, NO_LINES)]),
    "sales_amount": _Formula(lambda s: _currency(s.amount_fen), None, lambda s: s.n_lines, _amount_reasons),
    "same_period_change": _ratio("own_units", "base_units", "n_active", minus_one=True),
    "unit_price": _Formula(
        lambda s: _currency(s.amount_fen),
        lambda s: s.units,
        lambda s: s.n_lines,
        lambda s, p: [*_amount_reasons(s, p), (s.units <= 0, NO_BASE)],
    ),
    "key_brand_share": _share_of_units("key_units"),
    "price_class_share": _share_of_units("class_units"),
    "company_gross_margin": _Formula(
        lambda s: _currency(s.known_amount_fen - s.known_cost_fen),
        lambda s: _currency(s.known_amount_fen),
        lambda s: s.n_lines,
        _margin_reasons,
    ),
    "order_coverage": _ratio("n_ordering", "n_retailers", "n_retailers"),
    "products_per_retailer": _Formula(
        lambda s: s.n_products,
        lambda s: s.n_ordering,
        lambda s: s.n_ordering,
        lambda s, _: [(s.n_ordering <= 0, NO_LINES)],
    ),
    "sell_through.a": _ratio("n_ordering", "n_ordering_before", "n_ordering_before"),
    "sell_through.b": _Formula(
        _per_ordering("own_units", "n_ordering"),
        _per_ordering("last_units", "n_ordering_last"),
        lambda s: s.n_ordering_last,
        lambda s, _: [(s.n_ordering <= 0, NO_LINES), ((s.n_ordering_last <= 0) | (s.last_units <= 0), NO_BASE)],
    ),
    "repurchase": _ratio("n_again", "n_prior", "n_prior"),
    "new_product_distribution": _ratio("new_ordered", "new_pairs", "new_pairs"),
    "peer_growth": _Formula(
        lambda s: s.counted_units,
        lambda s: s.expected_milli_units.cast("float64") / 1000.0,
        lambda s: s.n_counted,
        lambda s, _: [(s.n_counted == 0, NO_PEERS), (s.expected_milli_units <= 0, NO_BASE)],
    ),
    "large_retailer_share": _share_of_units("large_units"),
}


def _first_reasons(indicator: Indicator, sums: Sums, parameters: Mapping[str, Any]) -> list[tuple[Column, str]]:
    """What is missing before the formula is even asked: a parameter, or retailers to look at."""
    missing = indicator.parameter is not None and value_of(parameters, indicator.parameter) is None
    found = [(ibis.literal(True), NO_PARAMETER)] if missing else []
    return [*found, (sums.n_retailers <= 0, HOLDS_NONE)] if indicator.over_held else found


def answers_of(
    sums: Sums,
    indicator: Indicator,
    levels: tuple[Level, ...],
    parameters: Mapping[str, Any],
    code: Column | None = None,
) -> TableExpression | None:
    """The answers of one indicator for every entity of the levels at which it is measured; None if there are none.

    Parameters
    ----------
    code : column with the full code, for a family
    """
    wanted = [level.value for level in levels if level in indicator.levels]
    if not wanted:
        return None
    formula = _FORMULAS[indicator.code]
    rows = sums.filter(sums.level.isin(wanted)) if len(wanted) < len(levels) else sums
    n = formula.n(rows).cast("int64")
    least = int(value_of(parameters, indicator.minimum))
    first = _first_reasons(indicator, rows, parameters)
    reasons = [*first, *formula.reasons(rows, parameters), (n < least, BELOW_MINIMUM)]
    nothing = ibis.null("float64")
    return rows.select(
        *ENTITY,
        indicator=ibis.literal(indicator.code) if code is None else code(rows),
        numerator=formula.numerator(rows).cast("float64"),
        denominator=nothing if formula.denominator is None else formula.denominator(rows).cast("float64"),
        is_sum=ibis.literal(formula.denominator is None),
        minus=ibis.literal(1.0 if formula.minus_one else 0.0),
        n=n,
        unit=ibis.literal(indicator.unit.value),
        reason=ibis.cases(
            *((test.fill_null(True), ibis.literal(reason)) for test, reason in reasons), else_=ibis.null("string")
        ),
    )


def finished(rows: TableExpression, names: TableExpression, company_id: int, month: Any) -> TableExpression:
    """Rows of the contract `indicator_values`, sorted by key."""
    called = names.select(_level="level", _id="entity_id", entity="entity")
    named = rows.left_join(called, [rows.level == called._level, rows.entity_id == called._id])
    entity = named.entity.fill_null(named.route_name)
    named = named.mutate(entity=entity).filter(entity.notnull())
    told = named.reason.isnull()
    ratio = named.numerator / named.denominator.nullif(0.0) - named.minus
    value = ibis.ifelse(named.is_sum, named.numerator, ratio)
    return named.select(
        company_id=ibis.literal(company_id, "int32"),
        month=ibis.date(month),
        level=named.level,
        entity=named.entity,
        entity_id=named.entity_id,
        indicator=named.indicator,
        value=ibis.ifelse(told, value, ibis.null("float64")),
        numerator=named.numerator,
        denominator=named.denominator,
        n=named.n,
        unit=named.unit,
        answer=ibis.ifelse(told, ibis.literal(VALUE), ibis.literal(NOT_ENOUGH)),
        reason=named.reason,
    ).order_by("level", "entity", "entity_id", "indicator")


def all_plain() -> tuple[Indicator, ...]:
    """The indicators of order lines that are one code each."""
    return tuple(indicator for code, indicator in INDICATORS.items() if code in _FORMULAS and not indicator.family)
