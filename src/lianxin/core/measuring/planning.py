"""All indicators of a month as steps of sums: what a closing computes."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

import ibis
from ibis.expr.types import Table as TableExpression

from lianxin.core.errors import UnknownLevel
from lianxin.core.measuring import held as at_end
from lianxin.core.measuring import sums
from lianxin.core.measuring.answers import ENTITY, all_plain, answers_of, finished
from lianxin.core.measuring.lines import total
from lianxin.core.measuring.registry import INDICATORS
from lianxin.core.measuring.scopes import by_level, names
from lianxin.core.measuring.spans import HOLDING, holder_spans, product_spans
from lianxin.core.tables import PRODUCT_VERSIONS, Steps
from lianxin.core.units import Level, first_day, mondays_in, month_plus

_LINE_SUMS = (
    *(name for name in sums.NOW if name != "n_products"),
    "last_units",
    "n_products",
    "n_ordering",
    "n_ordering_before",
    "n_ordering_last",
    "n_again",
    "n_prior",
)
_SUMS = (*_LINE_SUMS, *at_end.MEASURES)


def months_needed(month: date) -> tuple[date, ...]:
    """Months whose order lines the indicators of a month read, oldest first.

    The same month last year, the three months before (the week before the first Monday lies in the last of them), the month,
    and the next one when the last week runs into it.
    """
    start = first_day(month)
    needed = [month_plus(start, -12), *(month_plus(start, -back) for back in (3, 2, 1)), start]
    return (*needed, month_plus(start, 1)) if _runs_over(start) else tuple(needed)


def _runs_over(month: date) -> bool:
    return (month_plus(month, 1) - mondays_in(month)[-1]).days < 7


def plan(
    month: date,
    parameters: Mapping[str, Any],
    *,
    company_id: int,
    company_code: str,
    levels: tuple[Level | str, ...] = tuple(Level),
    replaced: bool = True,
) -> Steps:
    """Steps whose last one answers every indicator of a month, under the contract `indicator_values`.

    Parameters
    ----------
    month : any day of the month
    parameters : values in force, by name; missing ones take their defaults
    company_id, company_code : written into the rows; the sources must hold this company's rows only
    levels : of whom to answer
    replaced : whether `line_replacements` has rows; without corrections it need not be given and line ids are not read

    Invariants
    ----------
    Sums of units of the managers and of the retailers nobody held make the sum of the company.
    A row has a value exactly when it has no reason.

    Raises
    ------
    UnknownLevel : a level at which nothing is measured.
    ParameterWrong : a parameter has another shape than declared.

    Source
    ------
    Issue 2 §4 and §10; DOMAIN 1.3, 3, 6.5. Each formula with its source is in `registry.INDICATORS`.
    """
    wanted = _levels(levels)
    start = first_day(month)
    steps = Steps()
    spanned = [month_plus(start, step) for step in (-3, -2, -1, 0, 1)]
    holders = holder_spans(steps, spanned, segments=False)
    products = product_spans(steps, [start])
    traits = sums.product_traits(steps, start, parameters)
    sales = sums.month_sales(steps, start, holders, products, replaced=replaced)
    valued = sums.valued_sales(steps, sales, products, traits)
    by_span = sums.retailer_sales(steps, valued)
    totals = sums.retailer_totals(steps, by_span)
    earlier = sums.earlier_sales(steps, start, holders, replaced=replaced)
    weekly = sums.weekly_orders(steps, start, holders, replaced=replaced)
    base = sums.year_ago(steps, start, replaced=replaced)
    split = steps.add("split_retailers", _split(by_span))
    single = by_span.anti_join(split, "retailer_id")
    several = by_span.semi_join(split, "retailer_id").mutate(n_products=ibis.literal(0, "int64"))
    counted = ibis.union(single, several.select(single.columns))
    holdings = sums.holdings(steps, start, parameters, holders, counted, totals, earlier, weekly)
    held = at_end.held_retailers(steps, start, parameters, valued, totals, traits, base)

    entity_names = names(steps, start, company_code, company_id)
    shared = _shared_products(valued, split, holders, start)
    by_retailer = steps.add("entity_retailers", _by_retailer(holdings, shared, wanted, company_id))
    entities = steps.add("entity_sums", _entity_sums(by_retailer, held, start, wanted, company_id))
    classes = steps.add("entity_classes", _class_sums(valued, holders, entities, start, wanted, company_id))

    plain = [answers_of(entities, indicator, wanted, parameters) for indicator in all_plain()]
    family = answers_of(
        classes,
        INDICATORS["price_class_share"],
        wanted,
        parameters,
        lambda rows: ibis.literal("price_class_share.") + rows.price_class,
    )
    rows = [answer for answer in (*plain, family) if answer is not None]
    steps.add("indicator_answers", finished(ibis.union(*rows), entity_names, company_id, start))
    return steps


def _levels(levels: tuple[Level | str, ...]) -> tuple[Level, ...]:
    known = {level.value for level in Level}
    for level in levels:
        if str(level) not in known:
            raise UnknownLevel(f"Nothing is measured at level {level!r}; the levels are {', '.join(sorted(known))}.")
    return tuple(level for level in Level if level.value in {str(given) for given in levels})


def _split(by_span: TableExpression) -> TableExpression:
    """Retailers whose month lies in several spans: the same product may then be counted in two of them."""
    spans = by_span.group_by("retailer_id").agg(n_spans=by_span.count())
    return spans.filter(spans.n_spans > 1).select("retailer_id")


def _with_holder(table: TableExpression, holders: TableExpression, month: date) -> TableExpression:
    spans = holders.filter(holders.month == ibis.date(month))
    spans = spans.select(_id="retailer_id", _at="at", **{name: name for name in HOLDING})
    return table.left_join(spans, [table.retailer_id == spans._id, table.holder_at == spans._at]).drop("_id", "_at")


def _shared_products(
    valued: TableExpression, split: TableExpression, holders: TableExpression, month: date
) -> TableExpression:
    ordered = valued.filter(valued.n_orders > 0).semi_join(split, "retailer_id")
    return _with_holder(ordered.select("retailer_id", "holder_at", "product_id"), holders, month)


def _by_retailer(
    holdings: TableExpression, shared: TableExpression, levels: tuple[Level, ...], company_id: int
) -> TableExpression:
    """Sums by entity and retailer, so that a retailer of two holdings inside an entity counts once."""
    columns = ("retailer_id", *sums.MEASURES, *sums.FLAGS)
    belongs = by_level(holdings, levels, company_id, *columns)
    grouped = belongs.group_by([*ENTITY, "retailer_id"]).agg(
        **{name: total(belongs[name]) for name in sums.MEASURES}, **{name: belongs[name].max() for name in sums.FLAGS}
    )
    again = by_level(shared, levels, company_id, "retailer_id", "product_id")
    counts = again.group_by([*ENTITY, "retailer_id"]).agg(n_products=again.product_id.nunique())
    nothing = {name: ibis.literal(0, "int64") for name in (*sums.MEASURES, *sums.FLAGS) if name != "n_products"}
    extra = counts.mutate(**nothing).select(grouped.columns)
    return ibis.union(grouped, extra)


def _entity_sums(
    by_retailer: TableExpression, held: TableExpression, month: date, levels: tuple[Level, ...], company_id: int
) -> TableExpression:
    """All sums by entity, those over lines and those over retailers held at the end."""
    weeks = range(1, len(mondays_in(month)) + 1)
    again = sum(by_retailer[f"week_{week}"] * by_retailer[f"week_{week - 1}"] for week in weeks)
    prior = sum(by_retailer[f"week_{week - 1}"] for week in weeks)
    lined = by_retailer.mutate(
        n_ordering="ordered",
        n_ordering_before="ordered_before",
        n_ordering_last="ordered_last",
        n_again=again,
        n_prior=prior,
    )
    ended = by_level(held, levels, company_id, *at_end.MEASURES)
    parts = []
    for table in (lined, ended):
        columns = {
            name: table[name].cast("int64") if name in table.columns else ibis.literal(0, "int64") for name in _SUMS
        }
        parts.append(table.select(*ENTITY, **columns))
    every = ibis.union(*parts)
    return every.group_by(list(ENTITY)).agg(**{name: total(every[name]) for name in _SUMS})


def _class_sums(
    valued: TableExpression,
    holders: TableExpression,
    entities: TableExpression,
    month: date,
    levels: tuple[Level, ...],
    company_id: int,
) -> TableExpression:
    """Units of every price class the company knows beside all units of the entity."""
    versions = PRODUCT_VERSIONS.unbound()
    classes = versions.filter(versions.price_class.notnull()).select("price_class").distinct()
    known = valued.filter(valued.price_class.notnull())
    spans = known.group_by("retailer_id", "holder_at", "price_class").agg(class_units=total(known.units))
    belongs = by_level(_with_holder(spans, holders, month), levels, company_id, "price_class", "class_units")
    nothing = ibis.literal(0, "int64")
    columns = (*ENTITY, "price_class", "class_units", "units", "n_lines")
    frame = entities.select(*ENTITY, "units", "n_lines").cross_join(classes).mutate(class_units=nothing)
    every = ibis.union(frame.select(columns), belongs.mutate(units=nothing, n_lines=nothing).select(columns))
    return every.group_by([*ENTITY, "price_class"]).agg(
        **{name: total(every[name]) for name in ("class_units", "units", "n_lines")}
    )
