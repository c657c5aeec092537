"""All that a sheet's page knows: its lines, their states, and what was collected beside them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import TypeVar

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from lianxin.demand.models import Hint, Sheet
from lianxin.demand.queries import entries, evidence, prices
from lianxin.demand.queries.borrowed import Lenders, lenders_of
from lianxin.demand.queries.entries import States
from lianxin.demand.queries.evidence import Count
from lianxin.demand.queries.lines import Lines, all_lines, lines_of
from lianxin.demand.queries.names import Names, names_of
from lianxin.demand.queries.plain import plain_of
from lianxin.demand.queries.prices import Price
from lianxin.demand.queries.seen import Seen, seen_behind
from lianxin.people.queries import units_under

One = TypeVar("One")


@dataclass(frozen=True)
class Desk:
    """A sheet with its lines, as its page, its file and the API read it."""

    sheet: Sheet
    lines: Lines
    states: States
    names: Names

    @cached_property
    def counts(self) -> dict[int, Count]:
        """The newest stock count by line number."""
        return self._beside(evidence.counts(self.sheet.round)) if not self.sheet.is_of_sums else {}

    @cached_property
    def prices(self) -> dict[int, Price]:
        """The newest retail price seen in the shop, by line number."""
        return self._beside(prices.prices(self.sheet.round)) if not self.sheet.is_of_sums else {}

    @cached_property
    def seen(self) -> dict[int, Seen]:
        """What was seen in the shops behind each sum, by line number; none beside the lines of retailers."""
        if not self.sheet.is_of_sums:
            return {}
        rows = all_lines(self.sheet.round)
        if self.sheet.unit_id is not None:
            below = sorted(units_under({self.sheet.unit_id}, self.sheet.round.company))
            rows = rows.filter(pc.is_in(rows.column("unit_id"), pa.array(below, pa.int64())))
        shops = pc.unique(rows.column("retailer_id"))
        groups = pa.table({"retailer_id": shops, "group": pa.nulls(len(shops), pa.string())})
        found = seen_behind(self.sheet.round, rows, groups)
        products = self.lines.ints("product_id").tolist()
        return {number: found[None, one] for number, one in enumerate(products) if (None, one) in found}

    @cached_property
    def hints(self) -> dict[int, list[Hint]]:
        """The hints that concern each line, by line number; a line without one is not there."""
        known = evidence.hints_of(self.sheet.round)
        found: dict[int, list[Hint]] = {}
        for hint in known.rows:
            for number in np.flatnonzero(self._concerned(hint, known)).tolist():
                found.setdefault(number, []).append(hint)
        return found

    @cached_property
    def lenders(self) -> Lenders:
        """Whom lines of new products and new retailers borrow from."""
        return lenders_of(self.sheet.round)

    @cached_property
    def plain(self) -> dict[int, int]:
        """What the system would have said without the events given to it, by line number, where these moved it."""
        if self.sheet.is_of_sums:
            return {}
        rows = plain_of(self.sheet.round)
        mine = rows.filter(pc.is_in(rows.column("retailer_id"), pc.unique(self.lines.table.column("retailer_id"))))
        found: dict[int, int] = {}
        for row in mine.to_pylist():
            number = self.lines.by_key.get((row["retailer_id"], row["product_id"], row["step"]))
            if number is not None:
                found[number] = row["plain_milli"]
        return found

    def _beside(self, seen: Mapping[tuple[int, int], One]) -> dict[int, One]:
        """What was seen of a (retailer, product), by the numbers of its lines."""
        found: dict[int, One] = {}
        for (retailer_id, product_id), one in seen.items():
            for step in range(1, self.sheet.round.horizon + 1):
                number = self.lines.by_key.get((retailer_id, product_id, step))
                if number is not None:
                    found[number] = one
        return found

    def _concerned(self, hint: Hint, known: evidence.Hints) -> npt.NDArray[np.bool_]:
        mask = np.ones(len(self.lines), bool)
        if hint.product_id is not None:
            mask &= self.lines.ints("product_id") == hint.product_id
        if hint.retailer_id is not None:
            mask &= self.lines.ints("retailer_id") == hint.retailer_id
        elif hint.unit_id is not None and self.sheet.unit_id not in known.units_below[hint.unit_id]:
            mask[:] = False
        touched = [step for step in range(1, self.sheet.round.horizon + 1) if self._touches(hint, step)]
        return mask & np.isin(self.lines.ints("step"), touched)

    def _touches(self, hint: Hint, step: int) -> bool:
        first, until = self.period(step)
        return hint.valid_from < until and hint.valid_until > first

    def period(self, step: int) -> tuple[date, date]:
        """The first day of a period, and the day after it."""
        return self.sheet.round.start_of(step), self.sheet.round.start_of(step + 1)


def desk_of(sheet: Sheet) -> Desk:
    """The desk of a sheet."""
    return Desk(sheet, lines_of(sheet), entries.states_of(sheet), names_of(sheet.round))
