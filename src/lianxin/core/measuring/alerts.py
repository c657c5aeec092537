"""Retailers to look after first, found among the answers of a month."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from ibis.expr.types import Table as TableExpression

from lianxin.core.measuring.held import held_at_end
from lianxin.core.parameters import value_of
from lianxin.core.tables import INDICATOR_VALUES, RETAILER_VERSIONS
from lianxin.core.units import Level, first_day, last_day


def peer_alerts(
    month: date, parameters: Mapping[str, Any], person_ids: tuple[int, ...] | None = None
) -> TableExpression:
    """Retailers whose growth against peers is below the alert line, the farthest below first.

    Parameters
    ----------
    person_ids : only retailers held by these at the month's end; None for all

    Returns
    -------
    retailer_id, licence_no, name, person_id, unit_id, value, numerator (units now), denominator (units expected from peers),
    n, shortfall_units (expected − now)
        Retailers without a value, and those nobody holds, are not told.

    Source
    ------
    trade sources 1.4: 0.8 in the Yunnan 135 alert; that it is growth against peers is our reading.
    """
    line = float(value_of(parameters, "measuring.peer_alert"))
    values = INDICATOR_VALUES.unbound()
    low = values.filter(
        (values.month == first_day(month))
        & (values.level == Level.RETAILER.value)
        & (values.indicator == "peer_growth")
        & (values.value < line)
    ).select("entity_id", "value", "numerator", "denominator", "n")
    held = held_at_end(month).select("retailer_id", "person_id", "unit_id")
    if person_ids is not None:
        held = held.filter(held.person_id.isin(list(person_ids)))
    versions = RETAILER_VERSIONS.unbound()
    end = last_day(month)
    named = versions.filter(
        (versions.valid_from <= end) & (versions.valid_until.isnull() | (versions.valid_until > end))
    ).select(_id="retailer_id", licence_no="licence_no", name="name")
    found = low.inner_join(held, low.entity_id == held.retailer_id)
    told = found.inner_join(named, found.retailer_id == named._id).drop("_id", "entity_id")
    answer = told.mutate(shortfall_units=told.denominator - told.numerator)
    return answer.order_by("value", answer.shortfall_units.desc(), "retailer_id")
