"""The tables that scoring reads and returns. `indicator_values` and `targets` are those of `core.tables`."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from typing import Final

import ibis
from ibis.expr import types as ir

from lianxin.core.tables import INDICATOR_VALUES, TARGETS, Table


def _table(name: str, key: str, doc: str, /, **columns: str) -> Table:
    return Table(name, ibis.schema(columns), ("company_id", "month"), tuple(key.split()), doc)


GROUPS: Final = _table(
    "groups",
    "company_id month entity",
    "Whom a scheme judges in a month, with whom each is compared (group_key) and in which unit each works.",
    company_id="!int32",
    month="!date",
    person_id="!int64",
    entity="!string",
    group_key="!string",
    unit="!string",
)

JUDGEMENTS: Final = _table(
    "judgements",
    "company_id month entity judgement",
    "Values that somebody entitled wrote down; one without a reason does not count.",
    company_id="!int32",
    month="!date",
    entity="!string",
    judgement="!string",
    value="!float64",
    reason="string",
)

PREVIOUS_SCORES: Final = _table(
    "previous_scores",
    "company_id month entity part",
    "Parts of earlier months under the same version of the scheme; the latest before the month at hand is one's own last.",
    company_id="!int32",
    month="!date",
    entity="!string",
    part="!string",
    value="float64",
    points_milli="int64",
    rank="int64",
)

PART_SCORES: Final = _table(
    "part_scores",
    "company_id month entity part",
    "One line of a scorecard: the value, what it was compared with, the points, and what was done where there was no answer.",
    company_id="!int32",
    month="!date",
    person_id="!int64",
    entity="!string",
    group_key="!string",
    unit="!string",
    part="!string",
    role="!string",
    block="string",
    value="float64",
    target="float64",
    numerator="float64",
    denominator="float64",
    n="!int64",
    rank="int64",
    group_n="!int64",
    group_average="float64",
    previous_value="float64",
    previous_rank="int64",
    answer="!string",
    reason="string",
    points_milli="int64",
    full_milli="!int64",
    handling="!string",
    curve_x="float64",
    curve_y="float64",
)

GATE_STATES: Final = _table(
    "gate_states",
    "company_id month entity gate",
    "Every enabled gate for every person: passed, struck or cannot_tell.",
    company_id="!int32",
    month="!date",
    entity="!string",
    gate="!string",
    value="float64",
    threshold="!float64",
    state="!string",
    reason="string",
    effect="!string",
    cap_milli="int64",
)

TOTALS: Final = _table(
    "totals",
    "company_id month entity",
    "The total of a person, or why there is none, and the third of the group it falls into where the group is large enough.",
    company_id="!int32",
    month="!date",
    person_id="!int64",
    entity="!string",
    group_key="!string",
    unit="!string",
    total_milli="int64",
    answer="!string",
    scored_share="!float64",
    rank="int64",
    group_n="!int64",
    band="string",
)

COMPARISON: Final = _table(
    "comparison",
    "company_id month entity",
    "What a change of scheme does to a person in a month.",
    company_id="!int32",
    month="!date",
    entity="!string",
    before_milli="int64",
    after_milli="int64",
    change_milli="int64",
    before_rank="int64",
    after_rank="int64",
    rank_change="int64",
    outcome="!string",
)


@dataclass(frozen=True)
class Inputs:
    """The tables that the expressions read, unbound unless the caller hands rows."""

    indicator_values: ir.Table = field(default_factory=INDICATOR_VALUES.unbound)
    targets: ir.Table = field(default_factory=TARGETS.unbound)
    groups: ir.Table = field(default_factory=GROUPS.unbound)
    judgements: ir.Table = field(default_factory=JUDGEMENTS.unbound)
    previous_scores: ir.Table = field(default_factory=PREVIOUS_SCORES.unbound)


INPUT_TABLES: Final[tuple[str, ...]] = tuple(item.name for item in fields(Inputs))
