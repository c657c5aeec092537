"""Files of allocations that were made elsewhere: each week becomes a round that stands as it came."""

from dataclasses import dataclass, field
from datetime import date
from typing import Any

import pyarrow as pa
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from lianxin.core.tables.supply import ALLOCATION_SHARES
from lianxin.core.units import first_day
from lianxin.engine.sources import nullable_arrow_schema
from lianxin.foundation.imports import cells
from lianxin.foundation.imports.kinds import Column, Intake
from lianxin.foundation.imports.lines import Entry
from lianxin.foundation.models import ImportBatch
from lianxin.supply import facts
from lianxin.supply.actions import batches
from lianxin.supply.imports import streaming
from lianxin.supply.imports.streaming import Lines, LinesKind
from lianxin.supply.queries import rounds
from lianxin.supply.states import TYPES

_KEPT = ("share_units", "wanted_units", "cap_units", "tier", "rule_units", *TYPES, "supply_units")
_FIRST_TYPE = _KEPT.index(TYPES[0])


@dataclass
class AllocationLines(Lines):
    """taken : weeks of which an imported round stands, with its number; supplies : what the file says there was to share"""

    taken: dict[date, int] = field(default_factory=dict)
    supplies: dict[tuple[date, int], int | None] = field(default_factory=dict)

    def commit(self, batch: ImportBatch) -> None:
        """The rounds of the file's weeks, and the Delta commit that names them."""
        company = batch.company
        ids = {week: batches.new_round_id() for week in self.weeks}
        holders = {week: facts.holders(company, week) for week in ids}
        tiers = {week: facts.tiers(company, week) for week in ids}
        types = {week: facts.types(company, week) for week in ids}
        nothing = (None,) * len(TYPES)
        said = list(self.found.items())
        columns: dict[str, list[Any]] = {
            "company_id": [company.pk] * len(said),
            "month": [first_day(key[0]) for key, _said in said],
            "week": [key[0] for key, _said in said],
            "product_id": [key[1] for key, _said in said],
            "retailer_id": [key[2] for key, _said in said],
            "person_id": [holders[key[0]].get(key[2]) for key, _said in said],
            "share_units": [row[0] for _key, row in said],
            "wanted_units": [row[1] for _key, row in said],
            "cap_units": [row[2] for _key, row in said],
            "tier": [row[3] if row[3] is not None else tiers[key[0]].get(key[2]) for key, row in said],
            "rule_units": [row[4] for _key, row in said],
            **{
                name: [row[_FIRST_TYPE + at] or types[key[0]].get(key[2], nothing)[at] for key, row in said]
                for at, name in enumerate(TYPES)
            },
            "fill_level": [None] * len(said),
            "reason": [None] * len(said),
            "quota_group": [None] * len(said),
            "batch_id": [ids[key[0]] for key, _said in said],
        }
        rows = pa.Table.from_pydict(columns, schema=nullable_arrow_schema(ALLOCATION_SHARES))
        batches.bring_allocations(batch=batch, rows=rows, supplies=self.supplies, round_ids=ids)


class Allocations(LinesKind):
    """What each retailer was given of each product in a week by another system, with what its rule gave where that is known."""

    name = batches.ALLOCATIONS
    title = gettext_lazy("Allocations made elsewhere")
    plan_type = AllocationLines
    columns = (
        Column("week", streaming.week, required=True),
        Column("product_code", streaming.key, required=True),
        Column("licence_no", streaming.key, required=True),
        Column("share_units", streaming.units, required=True),
        Column("wanted_units", streaming.units),
        Column("cap_units", streaming.units),
        Column("tier", streaming.tier),
        Column("rule_units", streaming.units),
        Column("trade_form", cells.text(40)),
        Column("market_type", cells.text(40)),
        Column("supply_units", streaming.units),
    )

    def begin(self, plan: AllocationLines, intake: Intake) -> None:
        plan.taken = rounds.imported_weeks(intake.company)

    def content(self, entry: Entry) -> tuple[Any, ...]:
        return tuple(entry.get(name) for name in _KEPT)

    def verdict(
        self, plan: AllocationLines, key: tuple[date, int, int], content: tuple[Any, ...]
    ) -> tuple[str, str] | bool:
        number = plan.taken.get(key[0])
        if number is not None:
            words = {"number": number}
            return "week", _("This week came in before as round %(number)s. Undo its batch to bring it anew.") % words
        supply = content[-1]
        known = plan.supplies.setdefault(key[:2], supply)
        if supply != known:
            return "supply_units", _("An earlier line of this file names another supply of this product in this week.")
        return True
