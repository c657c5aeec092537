"""What shops ask for a product, as visits saw it, against the guide price of that day.

Shown beside the line and judged with it; it makes no number. By how much demand moves where a price leaves the guide is not known.
"""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from lianxin.demand.models import Round
from lianxin.demand.queries.evidence import newest_prices
from lianxin.foundation import parameters
from lianxin.goods.queries import guide_prices

# A price so many times the guide price, or so small a part of it, may be that of another unit: a pack, a case.
_UNLIKELY = 2


class Sign(StrEnum):
    """How a price stands to the guide price."""

    BELOW = "below"
    ABOVE = "above"
    AT = "at"
    UNLIKELY = "unlikely"
    NO_GUIDE = "no_guide"


@dataclass(frozen=True, slots=True)
class Price:
    """The newest price of a product seen in a shop, in fen an order unit; change against the guide price, -0.05 = 5 % less."""

    evidence_id: str
    visit_id: str
    seen_at: datetime
    seen_on: date
    fen: int
    guide_fen: int | None
    change: float | None
    sign: Sign
    person_id: int


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


def prices(round: Round) -> dict[tuple[int, int], Price]:
    """The newest price seen of each (retailer, product), as published when the round opened, no older than is shown."""
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
            f"price:{row['visit_id']}", row["visit_id"], row["seen_at"], seen_on, fen, guide,
            (fen - guide) / guide if guide else None, sign_of(fen, guide, gap), row["person_id"],
        )  # fmt: skip
    return found
