"""Whose figure a retailer's sales belong to: at which levels, under which names."""

from __future__ import annotations

from datetime import date

import ibis
from ibis.expr.types import Table as TableExpression

from lianxin.core.measuring.hierarchy import containing_units
from lianxin.core.measuring.lines import FAR
from lianxin.core.tables import POSTINGS, RETAILER_VERSIONS, UNITS, Steps
from lianxin.core.units import Level, last_day


def _latest(table: TableExpression, key: str, column: str, month: date) -> TableExpression:
    """A column as it stood on the month's last day, or else as it stood last before, or else first after."""
    end = ibis.date(last_day(month))
    ended = table.valid_until.fill_null(ibis.date(FAR))
    rank = ibis.ifelse(table.valid_from <= end, ibis.ifelse(ended > end, 0, 1), 2)
    order = [rank, ibis.ifelse(rank == 2, table.valid_from, ibis.date(FAR)), table.valid_from.desc()]
    ranked = table.mutate(_rank=ibis.row_number().over(ibis.window(group_by=table[key], order_by=order)))
    return ranked.filter(ranked._rank == 0).select(_key=key, _name=column)


def names(steps: Steps, month: date, company_code: str, company_id: int) -> TableExpression:
    """Entities by level and id.

    Returns
    -------
    one row per (level, entity_id)
        entity : employee_no, licence_no, code of the unit or of the company; routes have no id and are not here
    """
    persons = _latest(POSTINGS.unbound(), "person_id", "employee_no", month)
    retailers = _latest(RETAILER_VERSIONS.unbound(), "retailer_id", "licence_no", month)
    units = UNITS.unbound()
    return steps.add(
        "entity_names",
        ibis.union(
            persons.select(level=ibis.literal(Level.MANAGER.value), entity_id="_key", entity="_name"),
            retailers.select(level=ibis.literal(Level.RETAILER.value), entity_id="_key", entity="_name"),
            units.select(level=ibis.literal(Level.UNIT.value), entity_id="unit_id", entity="unit"),
            ibis.range(1)
            .unnest()
            .name("_one")
            .as_table()
            .select(
                level=ibis.literal(Level.COMPANY.value),
                entity_id=ibis.literal(company_id, "int64"),
                entity=ibis.literal(company_code),
            ),
        ),
    )


def by_level(table: TableExpression, levels: tuple[Level, ...], company_id: int, *columns: str) -> TableExpression:
    """Rows of holdings repeated for every entity they belong to.

    Parameters
    ----------
    table : with retailer_id, person_id, unit_id, route
    columns : what to carry along

    Returns
    -------
    level : string; entity_id : int64, null for routes; route_name : string, null but for routes; the columns
        A holding without a person, unit or route belongs to no entity of that level.
    """
    nobody, no_route = ibis.null("int64"), ibis.null("string")
    parts = []
    for level in levels:
        name = ibis.literal(level.value)
        if level is Level.MANAGER:
            held = table.filter(table.person_id.notnull())
            parts.append(held.select(*columns, level=name, entity_id=held.person_id, route_name=no_route))
        elif level is Level.RETAILER:
            parts.append(table.select(*columns, level=name, entity_id=table.retailer_id, route_name=no_route))
        elif level is Level.ROUTE:
            routed = table.filter(table.route.notnull())
            parts.append(routed.select(*columns, level=name, entity_id=nobody, route_name=routed.route))
        elif level is Level.UNIT:
            above = containing_units().select(_unit="unit_id", above_id="above_id")
            placed = table.inner_join(above, table.unit_id == above._unit)
            parts.append(placed.select(*columns, level=name, entity_id=placed.above_id, route_name=no_route))
        else:
            company = ibis.literal(company_id, "int64")
            parts.append(table.select(*columns, level=name, entity_id=company, route_name=no_route))
    return ibis.union(*parts) if len(parts) > 1 else parts[0]
