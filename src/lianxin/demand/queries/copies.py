"""The lines on which a manager's number is that of the period before, though something else lay beside it."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

import pyarrow as pa
import pyarrow.compute as pc

from lianxin.demand.models import Entry, Round, Sheet
from lianxin.demand.queries import entries
from lianxin.demand.queries.desks import desk_of
from lianxin.demand.states import RoundState
from lianxin.foundation.facts import the_lake
from lianxin.foundation.models import Company
from lianxin.people.models import Person


@dataclass(frozen=True, slots=True)
class Repeated:
    """One number that repeats the period before: what was entered, what was ordered then, and what came."""

    round_id: int
    period_start: date
    shop: str
    product: str
    units: int
    before: int
    came: int


def lines_repeated(company: Company, person: Person, *, limit: int) -> list[Repeated]:
    """Newest first, of rounds whose sales are known."""
    found: list[Repeated] = []
    rounds = Round.objects.filter(company=company, state=RoundState.SCORED).order_by("-first_period")
    for round in rounds:
        sheet = Sheet.objects.filter(round=round, person=person).select_related("round__company", "person").first()
        if sheet is not None and not sheet.is_of_sums:
            found.extend(_of_sheet(sheet))
        if len(found) >= limit:
            break
    return found[:limit]


def _of_sheet(sheet: Sheet) -> Iterator[Repeated]:
    desk = desk_of(sheet)
    same: dict[int, Entry] = {
        number: entry
        for number, entry in sorted(entries.current(sheet).items())
        if entry.units == desk.lines.row(number)["back_1"]
        and (number in desk.counts or number in desk.hints or desk.lines.row(number)["n_capped"])
    }
    rows = desk.lines.rows(list(same))
    shops = desk.names.retailers([row["retailer_id"] for row in rows])
    came = _came(sheet, [row["retailer_id"] for row in rows])
    for entry, row in zip(same.values(), rows, strict=True):
        key = (row["retailer_id"], row["product_id"], row["period_start"])
        yield Repeated(
            round_id=sheet.round_id,
            period_start=row["period_start"],
            shop=shops[row["retailer_id"]][1],
            product=desk.names.product(row["product_id"]),
            units=entry.units,
            before=row["back_1"],
            came=came.get(key, 0),
        )


def _came(sheet: Sheet, shops: list[int]) -> dict[tuple[int, int, date], int]:
    rows = the_lake().read("forecast_outcomes", company_id=sheet.round.company_id)
    wanted = pc.and_(
        pc.is_in(rows.column("retailer_id"), pa.array(shops, pa.int64())),
        pc.is_in(rows.column("period_start"), pa.array(sheet.round.starts(), pa.date32())),
    )
    told = rows.filter(pc.and_(wanted, pc.equal(rows.column("period"), sheet.round.period)))
    return {
        (row["retailer_id"], row["product_id"], row["period_start"]): row["ordered_units"] for row in told.to_pylist()
    }
