"""Files of what retailers ask for."""

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

import pyarrow as pa
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from lianxin.core.tables.supply import ALLOCATION_REQUESTS
from lianxin.core.units import first_day
from lianxin.engine.sources import nullable_arrow_schema
from lianxin.foundation.imports.kinds import Column, Intake
from lianxin.foundation.imports.lines import Entry
from lianxin.foundation.models import Company, ImportBatch
from lianxin.supply import facts
from lianxin.supply.actions import batches
from lianxin.supply.imports import streaming
from lianxin.supply.imports.streaming import Lines, LinesKind
from lianxin.supply.queries import rounds

_KEPT = ("wanted_units", "cap_units", "floor_units", "tier", "is_selected")


@dataclass
class RequestLines(Lines):
    """known : what counted before, by week; closed : (week, product) of rounds whose requests are closed; late : of those for
    which the announced time is over, with that time"""

    known: dict[date, dict[tuple[int, int], tuple[Any, ...]]] = field(default_factory=dict)
    closed: dict[tuple[date, int], int] = field(default_factory=dict)
    late: dict[tuple[date, int], tuple[int, datetime]] = field(default_factory=dict)

    def known_in(self, company: Company, week: date) -> dict[tuple[int, int], tuple[Any, ...]]:
        """What retailers asked for in a week, as known before this file."""
        if week not in self.known:
            rows = facts.requests(company, week)
            columns = [rows.column(name).to_pylist() for name in ("product_id", "retailer_id", *_KEPT)]
            self.known[week] = {row[:2]: row[2:] for row in zip(*columns, strict=True)}
        return self.known[week]

    def commit(self, batch: ImportBatch) -> None:
        """The Delta commit that names the batch."""
        company = batch.company
        columns: dict[str, list[Any]] = {
            "company_id": [company.pk] * len(self.found),
            "month": [first_day(each[0]) for each in self.found],
            "week": [each[0] for each in self.found],
            "product_id": [each[1] for each in self.found],
            "retailer_id": [each[2] for each in self.found],
            "batch_id": [batch.pk] * len(self.found),
        }
        for place, name in enumerate(_KEPT):
            columns[name] = [said[place] for said in self.found.values()]
        rows = pa.Table.from_pydict(columns, schema=nullable_arrow_schema(ALLOCATION_REQUESTS))
        batches.bring_requests(batch=batch, rows=rows)


class Requests(LinesKind):
    """What each retailer asks for of each product in a week, with its reasonable quantity and tier where known, and
    whether it is a selected shop."""

    name = batches.REQUESTS
    title = gettext_lazy("Requests for scarce goods")
    plan_type = RequestLines
    columns = (
        Column("week", streaming.week, required=True),
        Column("product_code", streaming.key, required=True),
        Column("licence_no", streaming.key, required=True),
        Column("wanted_units", streaming.units, required=True),
        Column("cap_units", streaming.units),
        Column("floor_units", streaming.units),
        Column("tier", streaming.tier),
        Column("is_selected", streaming.yes_no),
    )

    def begin(self, plan: RequestLines, intake: Intake) -> None:
        plan.closed = rounds.closed_products(intake.company)
        plan.late = rounds.late_products(intake.company, intake.at)

    def content(self, entry: Entry) -> tuple[Any, ...]:
        return tuple(entry.get(name) for name in _KEPT)

    def verdict(
        self, plan: RequestLines, key: tuple[date, int, int], content: tuple[Any, ...]
    ) -> tuple[str, str] | bool:
        assert plan.intake is not None
        known = plan.known_in(plan.intake.company, key[0]).get(key[1:])
        if known == content:
            return False
        number = plan.closed.get(key[:2])
        if number is not None:
            return "week", _("Requests for this week are closed: round %(number)s is made of them.") % {
                "number": number
            }
        if key[:2] in plan.late:
            number, at = plan.late[key[:2]]
            words = {"number": number, "at": f"{at.astimezone(plan.intake.company.zone):%Y-%m-%d %H:%M}"}
            return "week", _("Requests for round %(number)s closed on %(at)s, as announced.") % words
        if known is not None and not plan.intake.is_correction:
            sentence = _("Known with another number: %(known)s. If the file is right, import it as a correction.")
            return "wanted_units", sentence % {"known": known[0]}
        return True
