"""From the evidence of a month to answers: the one place of this room that asks an engine for a judgement."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from lianxin.core.verifying import verify
from lianxin.foundation.facts import the_engine
from lianxin.foundation.models import Company
from lianxin.oversight.facts import Evidence


@dataclass(frozen=True)
class Found:
    """What a run came to, for the month alone.

    visits : visit_id, manager_id, visit_date, risk, risk_unchecked, rule_<code>…, like_visit, likeness, by visit_id
    managers : manager_id, indicator, value, low, high, n, answer, suspected
    """

    visits: pa.Table
    managers: pa.Table


def verified(
    company: Company, evidence: Evidence, numbers: Mapping[str, Any], month: date, off: Collection[str] = ()
) -> Found:
    """The rules but for those that are `off`, held against the evidence, cut to the visits and person-months of one month."""
    told = verify(
        evidence.visits,
        evidence.retailers,
        evidence.witnesses,
        evidence.checks,
        engine=the_engine(),
        parameters=numbers,
        time_zone=company.time_zone,
        off=off,
    )
    days = pa.table(
        {
            "visit_id": pa.array(list(evidence.days), pa.string()),
            "visit_date": pa.array(list(evidence.days.values()), pa.date32()),
        }
    )
    whose = evidence.visits.select(["visit_id", "manager_id"]).join(days, "visit_id", join_type="inner")
    copies = pa.table(
        {
            "visit_id": told.copies.column("visit_id"),
            "like_visit": told.copies.column("source_visit_id"),
            "likeness": told.copies.column("similarity"),
        }
    )
    alone = told.measures.select(["visit_id", "risk_unchecked"])
    visits = told.visits.join(alone, "visit_id").join(whose, "visit_id", join_type="inner")
    visits = visits.join(copies, "visit_id").sort_by("visit_id")
    managers = told.managers.filter(pc.equal(told.managers.column("month"), pa.scalar(month, pa.date32())))
    return Found(visits.combine_chunks(), managers.drop_columns(["month"]).combine_chunks())
