"""Lines of sheets by API: what the system said, what lies beside it, and the own number."""

from collections.abc import Callable
from datetime import date, datetime
from typing import Any

from django.http import HttpRequest
from ninja import Router, Schema

from lianxin.demand.models import Sheet
from lianxin.demand.queries import entries, rounds
from lianxin.demand.queries.desks import Desk, desk_of
from lianxin.demand.queries.people_named import group_codes
from lianxin.demand.queries.prices import Price
from lianxin.demand.queries.seen import NOTHING
from lianxin.demand.screens.seen_words import told_seen
from lianxin.foundation import clock
from lianxin.foundation.context import company_of, user_of
from lianxin.foundation.gate import needs

router = Router(tags=["demand"])


class LineOut(Schema):
    """A line of a sheet; for sums licence_no is null. The range is null where too little is known to tell it.

    borrowed_from: the class (borrowed_kind) from n_analogues of which a new product (producer, price_class) or new retailer
    (trade_form, market_type, everybody: "") borrows.
    stock_units: what a visit last counted of it in the shop; stock_evidence names the count in rests_on.
    retail_price: the newest price that a visit saw in the shop or a survey found there, with its day, who saw it (price_seen_by) or
    which survey it was (price_source), the guide price of that day and how it stands to that (price_sign: below, above, at,
    unlikely, no_guide). No number is made of it; price_evidence names it in rests_on.
    Of sums: in how many of its shops the product was counted and none was left, how many had a price that can be held against the
    guide price, and how far the middle one of these lies from it (price_change; null of fewer than five shops).
    """

    line_no: int
    period_start: date
    licence_no: str | None
    product_code: str
    system_units: float
    q10_units: float | None
    q90_units: float | None
    last_periods: list[int]
    year_ago_units: int | None
    borrowed_from: str | None
    n_analogues: int | None
    borrowed_kind: str | None
    stock_units: int | None
    stock_counted_on: date | None
    stock_evidence: str
    retail_price_fen: int | None
    guide_price_fen: int | None
    price_sign: str | None
    price_seen_on: date | None
    price_seen_by: str | None
    price_source: str
    price_evidence: str
    n_shops_counted: int | None
    n_shops_empty: int | None
    n_shops_priced: int | None
    price_change: float | None
    state: str
    units: int | None
    reason: str
    words: str
    evidence: str
    entered_at: datetime | None


@router.get("/forecast-rounds/{pk}/lines", response=list[LineOut])
@needs("forecasts.read")
def list_lines(request: HttpRequest, pk: int, employee_no: str = "", after: int = -1, limit: int = 1000) -> Any:
    """Lines of your own sheet by number; of another author's once the round has closed. `after` is the last number you have."""
    user = user_of(request)
    round = rounds.round_of(user, company_of(request), pk)
    on = clock.today(round.company)
    if employee_no:
        sheet = rounds.sheet_of(user, round, rounds.person_id_of(round, employee_no), on=on)
    else:
        sheet = rounds.own_sheet(user, round)
    return _lines(sheet, after, max(1, min(limit, 5000)))


def _lines(sheet: Sheet, after: int, limit: int) -> list[dict[str, Any]]:
    desk = desk_of(sheet)
    numbers = range(max(0, after + 1), min(len(desk.lines), after + 1 + limit))
    current = entries.current(sheet, list(numbers))
    rows = desk.lines.rows(numbers)
    shops = {} if sheet.is_of_sums else desk.names.retailers([row["retailer_id"] for row in rows])
    told_price = _price_telling(desk)
    found = []
    for number, row in zip(numbers, rows, strict=True):
        entry, lender, count = current.get(number), desk.lenders.of(row), desk.counts.get(number)
        found.append(
            {
                "line_no": number,
                "period_start": row["period_start"],
                "licence_no": shops[row["retailer_id"]][0] if row["retailer_id"] in shops else None,
                "product_code": desk.names.product_code(row["product_id"]),
                "system_units": row["mean_milli"] / 1000,
                "q10_units": None if row["q10_milli"] is None else row["q10_milli"] / 1000,
                "q90_units": None if row["q90_milli"] is None else row["q90_milli"] / 1000,
                "last_periods": row["history"],
                "year_ago_units": row["year_ago_units"],
                "borrowed_from": lender.name if lender else None,
                "n_analogues": lender.n_analogues if lender else None,
                "borrowed_kind": lender.kind if lender else None,
                "stock_units": count.units if count else None,
                "stock_counted_on": count.counted_on if count else None,
                "stock_evidence": count.evidence_id if count else "",
                **told_price(desk.prices.get(number)),
                **told_seen(desk.seen.get(number, NOTHING) if sheet.is_of_sums else None),
                "state": entries.STATES[desk.states[number]].value,
                "units": entry.units if entry else None,
                "reason": entry.reason if entry else "",
                "words": entry.words if entry else "",
                "evidence": entry.evidence if entry else "",
                "entered_at": entry.entered_at if entry else None,
            }
        )
    return found


def _price_telling(desk: Desk) -> Callable[[Price | None], dict[str, Any]]:
    """How the retail price beside a line is told."""
    numbers = group_codes("manager", {str(price.person_id) for price in desk.prices.values() if not price.source})

    def told(price: Price | None) -> dict[str, Any]:
        return {
            "retail_price_fen": price.fen if price else None,
            "guide_price_fen": price.guide_fen if price else None,
            "price_sign": price.sign.value if price else None,
            "price_seen_on": price.seen_on if price else None,
            "price_seen_by": numbers.get(str(price.person_id)) if price else None,
            "price_source": price.source if price else "",
            "price_evidence": price.evidence_id if price else "",
        }

    return told
