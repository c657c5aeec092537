"""What shops ask for a product, as visits saw it or a survey found it, against the guide price of that day.

Shown beside the line and judged with it; it makes no number. By how much demand moves where a price leaves the guide is not known.
"""

from dataclasses import dataclass
from datetime import date, datetime, time, tzinfo
from enum import StrEnum
from functools import lru_cache
from typing import Any, Final

import pyarrow as pa
import pyarrow.compute as pc

from lianxin.core.tables.field import RETAIL_PRICES, SURVEYED_PRICES
from lianxin.demand.models import Round
from lianxin.demand.queries.evidence import PRICES_VERSION, SURVEYED_VERSION, newest_seen, span_of
from lianxin.foundation import parameters
from lianxin.foundation.facts import the_lake
from lianxin.goods.queries import guide_prices

# A price so many times the guide price, or so small a part of it, may be that of another unit: a pack, a case.
_UNLIKELY = 2
_NEWEST: Final = pa.schema(
    [
        ("retailer_id", pa.int64()), ("product_id", pa.int64()), ("evidence_id", pa.string()), ("visit_id", pa.string()),
        ("source", pa.string()), ("seen_at", pa.timestamp("us", "UTC")), ("price_fen", pa.int64()), ("person_id", pa.int64()),
    ]
)  # fmt: skip


class Sign(StrEnum):
    """How a price stands to the guide price."""

    BELOW = "below"
    ABOVE = "above"
    AT = "at"
    UNLIKELY = "unlikely"
    NO_GUIDE = "no_guide"


@dataclass(frozen=True, slots=True)
class Price:
    """The newest price of a product seen in a shop, in fen an order unit; change against the guide price, -0.05 = 5 % less.

    source : the survey that found it, of no person; "" where a person saw it in a visit
    """

    evidence_id: str
    visit_id: str
    source: str
    seen_at: datetime
    seen_on: date
    fen: int
    guide_fen: int | None
    change: float | None
    sign: Sign
    person_id: int | None


def sign_of(fen: int, guide_fen: int | None, gap_share: float) -> Sign:
    """How a price stands to the guide price; within `gap_share` of it, it is at the guide."""
    if not guide_fen:
        return Sign.NO_GUIDE
    if not guide_fen <= fen * _UNLIKELY <= guide_fen * _UNLIKELY**2:
        return Sign.UNLIKELY
    change = (fen - guide_fen) / guide_fen
    if abs(change) < gap_share:
        return Sign.AT
    return Sign.BELOW if change < 0 else Sign.ABOVE


def newest_prices(round: Round) -> pa.Table:
    """The newest price of each retailer_id and product_id, as published when the round opened, no older than is shown.

    With evidence_id, visit_id, source, seen_at, price_fen, person_id. Of a visit and a survey of one day the visit's stands, and of
    two surveys of one day the lower price: it is a sign sooner. A round opened before they were collected has none of a kind.
    """
    found: dict[tuple[int, int], dict[str, Any]] = {}
    version = round.parameters.get(SURVEYED_VERSION)
    for row in [] if version is None else _surveyed(round.company.zone, *span_of(round, version)):
        found[row["retailer_id"], row["product_id"]] = row
    version = round.parameters.get(PRICES_VERSION)
    seen = (
        None if version is None else newest_seen(RETAIL_PRICES.name, "price_fen", "seen_at", *span_of(round, version))
    )
    for row in [] if seen is None else seen.to_pylist():
        key = row["retailer_id"], row["product_id"]
        # a survey tells a day, which stands as its first instant
        if key not in found or found[key]["seen_at"] <= row["seen_at"]:
            found[key] = {**row, "evidence_id": f"price:{row['visit_id']}", "source": ""}
    return pa.Table.from_pylist(list(found.values()), schema=_NEWEST)


@lru_cache(maxsize=8)
def _surveyed(
    zone: tzinfo, root: str, version: int, company_id: int, since: datetime, before: datetime
) -> list[dict[str, Any]]:
    """Prices that surveys found within some days, the newest last."""
    rows = the_lake().read(SURVEYED_PRICES.name, version, company_id)
    days = rows.column("day")
    first, end = (pa.scalar(moment.date(), pa.date32()) for moment in (since, before))
    rows = rows.filter(pc.and_(pc.greater_equal(days, first), pc.less(days, end)))
    order = [("day", "ascending"), ("price_fen", "descending"), ("price_id", "ascending")]
    return [
        {
            "retailer_id": row["retailer_id"], "product_id": row["product_id"], "evidence_id": f"surveyed:{row['price_id']}",
            "visit_id": "", "source": row["source"], "seen_at": datetime.combine(row["day"], time(), zone),
            "price_fen": row["price_fen"], "person_id": None,
        }
        for row in rows.sort_by(order).to_pylist()
    ]  # fmt: skip


def prices(round: Round) -> dict[tuple[int, int], Price]:
    """The newest price of each (retailer, product), as published when the round opened, no older than is shown."""
    rows = newest_prices(round).to_pylist()
    if not rows:
        return {}
    gap = float(parameters.in_force(round.company, on=round.first_period)["demand.price_gap_share"])
    guides = guide_prices({row["product_id"] for row in rows})
    found = {}
    for row in rows:
        fen, seen_on = row["price_fen"], row["seen_at"].astimezone(round.company.zone).date()
        guide = guides.on(row["product_id"], seen_on)
        found[row["retailer_id"], row["product_id"]] = Price(
            row["evidence_id"], row["visit_id"], row["source"], row["seen_at"], seen_on, fen, guide,
            (fen - guide) / guide if guide else None, sign_of(fen, guide, gap), row["person_id"],
        )  # fmt: skip
    return found
