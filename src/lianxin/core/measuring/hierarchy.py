"""Units include their sub-units: every unit beside each of those that contain it."""

from __future__ import annotations

from typing import Final

import ibis
from ibis.expr.types import Table as TableExpression

from lianxin.core.tables import UNITS

LEVELS: Final = 6


def containing_units() -> TableExpression:
    """Each unit with itself and the units above it.

    Returns
    -------
    one row per (unit_id, above_id), at most six for a unit; deeper levels are not reached, and a circle ends there
        above_id : the unit itself or one that contains it
        above : its code
    """
    units = UNITS.unbound()
    parents = units.select(_child=units.unit_id, _parent=units.parent_id)
    steps = [units.select("unit_id", above_id=units.unit_id)]
    for _ in range(LEVELS - 1):
        last = steps[-1]
        up = last.inner_join(parents, last.above_id == parents._child)
        up = up.filter(up._parent.notnull())
        steps.append(up.select("unit_id", above_id=up._parent))
    pairs = ibis.union(*steps, distinct=True)
    names = units.select(_id=units.unit_id, above=units.unit)
    return pairs.inner_join(names, pairs.above_id == names._id).drop("_id")
