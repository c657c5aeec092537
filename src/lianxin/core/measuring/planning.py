"""All indicators of a month as steps of sums: what a closing computes."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date
from functools import lru_cache
from typing import Any, Final

import ibis
from ibis.expr.types import Table as TableExpression

from lianxin.core.errors import UnknownLevel
from lianxin.core.measuring import held, sums
from lianxin.core.measuring.answers import ENTITY, all_plain, answers_of, finished
from lianxin.core.measuring.lines import total
from lianxin.core.measuring.registry import INDICATORS
from lianxin.core.measuring.scopes import by_level, names
from lianxin.core.measuring.spans import HOLDING, holder_spans
from lianxin.core.parameters import PARAMETERS, value_of
from lianxin.core.tables import PRODUCT_VERSIONS, Steps
from lianxin.core.units import Level, first_day, mondays_in, month_plus

_OF_LINES: Final = (*sums.OF_LINES, "large_units")
_SUMS: Final = (*_OF_LINES, *held.MEASURES)


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
    Who holds a retailer at the month's end answers for it in every figure that compares periods or counts retailers, so that
    a handing over inside the month makes no retailer look lost or won.

    Raises
    ------
    UnknownLevel : a level at which nothing is measured.
    ParameterWrong : a parameter has another shape than declared.

    Source
    ------
    Trade sources 1.3, 3, 6.5. Each formula with its source is in `registry.INDICATORS`.
    """
    values = {name: value_of(parameters, name) for name in PARAMETERS}
    wanted = _levels(levels)
    # The same question gives the same expressions, and an engine compiles an expression once.
    return _planned(first_day(month), json.dumps(values), company_id, company_code, wanted, replaced).copy()


@lru_cache(maxsize=32)
def _planned(
    start: date, values: str, company_id: int, company_code: str, levels: tuple[Level, ...], replaced: bool
) -> Steps:
    parameters = json.loads(values)
    steps = Steps()
    holders = holder_spans(steps, [start], segments=False)
    traits = sums.product_traits(steps, start, parameters)
    sales = sums.month_sales(steps, start, holders, traits, replaced=replaced)
    classed = sums.class_sales(steps, sales)
    products = sums.ordered_products(steps, sales)
    days = sums.retailer_days(steps, start, replaced=replaced)
    facts = held.retailer_facts(steps, start, parameters, days, products, traits)
    parts = _entity_parts(steps, classed, holders, facts, parameters, levels, company_id)
    entities = steps.add(
        "entity_sums", parts.group_by(list(ENTITY)).agg(**{name: total(parts[name]) for name in _SUMS})
    )
    classes = steps.add("entity_classes", _class_sums(parts, entities))
    entity_names = names(steps, start, company_code, company_id)

    plain = [answers_of(entities, indicator, levels, parameters) for indicator in all_plain()]
    family = answers_of(
        classes,
        INDICATORS["price_class_share"],
        levels,
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


def _entity_parts(
    steps: Steps,
    classed: TableExpression,
    holders: TableExpression,
    facts: TableExpression,
    parameters: Mapping[str, Any],
    levels: tuple[Level, ...],
    company_id: int,
) -> TableExpression:
    """All sums by entity and price class; sums over retailers stand in the rows without a class.

    Lines belong to the holder of their day, retailers to the holder of the month's last day. Holdings are added up before they
    are repeated for every level, and a retailer's own figures are taken from all that is known of it, held or not.
    """
    line = int(value_of(parameters, "measuring.large_retailer_units"))
    spans = holders.select(_id="retailer_id", _at="at", **{name: name for name in HOLDING})
    large = facts.filter(facts.own_units > line).select(_large="retailer_id")
    joined = classed.left_join(spans, [classed.retailer_id == spans._id, classed.holder_at == spans._at])
    joined = joined.left_join(large, classed.retailer_id == large._large)
    nothing = ibis.literal(0, "int64")
    sold_to_large = ibis.ifelse(large._large.notnull(), classed.units, nothing)
    lined = joined.select(
        **{name: spans[name] for name in HOLDING},
        retailer_id=classed.retailer_id,
        price_class=classed.price_class,
        in_groups=ibis.literal(1, "int64"),
        **{name: classed[name] for name in sums.OF_LINES},
        large_units=sold_to_large,
        **dict.fromkeys(held.MEASURES, nothing),
    )
    ended = facts.select(
        *HOLDING,
        "retailer_id",
        price_class=ibis.null("string"),
        in_groups=facts.is_held,
        **dict.fromkeys(_OF_LINES, nothing),
        **{name: facts[name] for name in held.MEASURES},
    )
    every = steps.add("retailer_parts", ibis.union(lined, ended))
    parts = []
    groups = tuple(level for level in levels if level is not Level.RETAILER)
    if groups:
        counted = every.filter(every.in_groups == 1)
        holdings = counted.group_by(*HOLDING, "price_class").agg(**{name: total(counted[name]) for name in _SUMS})
        parts.append(by_level(steps.add("holdings", holdings), groups, company_id, "price_class", *_SUMS))
    if Level.RETAILER in levels:
        parts.append(by_level(every, (Level.RETAILER,), company_id, "price_class", *_SUMS))
    columns = (*ENTITY, "price_class", *_SUMS)
    every_part = ibis.union(*(part.select(columns) for part in parts)) if len(parts) > 1 else parts[0].select(columns)
    return steps.add("entity_parts", every_part)


def _class_sums(parts: TableExpression, entities: TableExpression) -> TableExpression:
    """Units of every price class the company knows beside all units of the entity."""
    versions = PRODUCT_VERSIONS.unbound()
    classes = versions.filter(versions.price_class.notnull()).select("price_class").distinct()
    known = parts.filter(parts.price_class.notnull()).select(*ENTITY, "price_class", class_units="units")
    nothing = ibis.literal(0, "int64")
    columns = (*ENTITY, "price_class", "class_units", "units", "n_lines")
    frame = entities.select(*ENTITY, "units", "n_lines").cross_join(classes).mutate(class_units=nothing)
    every = ibis.union(frame.select(columns), known.mutate(units=nothing, n_lines=nothing).select(columns))
    return every.group_by([*ENTITY, "price_class"]).agg(
        **{name: total(every[name]) for name in ("class_units", "units", "n_lines")}
    )
