"""Reads from the lake: what was recorded of a person or a unit in a closing."""

from collections.abc import Collection
from typing import Any

import ibis
from ibis.expr.types import Table as TableExpression

from lianxin.appraisal.models import Closing, Scorecard
from lianxin.core.tables import INDICATOR_VALUES
from lianxin.core.units import Level
from lianxin.engine.lake import Lake
from lianxin.foundation.facts import the_engine


def _of_entity(level: Level, entity: str) -> TableExpression:
    values = INDICATOR_VALUES.unbound()
    return values.filter((values.level == ibis.literal(level.value)) & (values.entity == ibis.literal(entity)))


def values_of(lake: Lake, closing: Closing, level: Level, entity: str) -> dict[str, dict[str, Any]]:
    """Indicator code -> its row of `indicator_values`, as a closing recorded it for one entity."""
    files = lake.files(
        INDICATOR_VALUES.name, closing.results.get(INDICATOR_VALUES.name), closing.company_id, [closing.month]
    )
    found = the_engine().run(_of_entity(level, entity), {INDICATOR_VALUES.name: files})
    return {row["indicator"]: row for row in found.to_pylist()}


def values_of_person(lake: Lake, card: Scorecard) -> dict[str, dict[str, Any]]:
    """The indicators of the person of a scorecard."""
    return values_of(lake, card.closing, Level.MANAGER, card.person.employee_no)


def values_by_person(lake: Lake, closing: Closing, codes: Collection[str]) -> dict[str, dict[str, dict[str, Any]]]:
    """Employee number -> indicator code -> its row of `indicator_values`, of these indicators in a closing."""
    files = lake.files(
        INDICATOR_VALUES.name, closing.results.get(INDICATOR_VALUES.name), closing.company_id, [closing.month]
    )
    values = INDICATOR_VALUES.unbound()
    asked = values.filter((values.level == ibis.literal(Level.MANAGER.value)) & values.indicator.isin(sorted(codes)))
    found: dict[str, dict[str, dict[str, Any]]] = {}
    for row in the_engine().run(asked, {INDICATOR_VALUES.name: files}).to_pylist():
        found.setdefault(row["entity"], {})[row["indicator"]] = row
    return found
