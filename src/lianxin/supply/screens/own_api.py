"""A retailer's own lines by the API, with the session of its own pages."""

from datetime import date, datetime
from typing import Any

from django.http import HttpRequest
from ninja import Router, Schema

from lianxin.foundation.api import REFUSED
from lianxin.foundation.context import retailer_of
from lianxin.foundation.gate import needs
from lianxin.supply.queries import own as queries

router = Router(tags=["retailers' own pages"])


class OwnRoundOut(Schema):
    number: int
    week: date
    state: str
    published_at: datetime | None
    invented_note: str


class OwnNeighboursOut(Schema):
    """Others of the same tier; numbers below ten are null."""

    where: str
    n: int | None
    n_same: int | None


class OwnChangeOut(Schema):
    """A change by hand that a second person of another line agreed to. Posts, no names."""

    before_units: int
    after_units: int
    reason: str
    reason_words: str
    proposed_by_post: str
    agreed_by_post: str
    agreed_on: date


class OwnLineOut(Schema):
    product: str
    tier: int | None
    wanted_units: int | None
    cap_units: int | None
    rule_units: int | None
    share_units: int
    reason: str
    changed_by_hand: bool
    changes: list[OwnChangeOut]
    rule: str
    sentence: str
    tier_units: float | None
    neighbours: OwnNeighboursOut
    public_row: str
    draw_number: str


@router.get("/own/rounds", response={200: list[OwnRoundOut], **REFUSED})
@needs("own.supply")
def own_rounds(request: HttpRequest) -> Any:
    """The rounds that the retailer may read, newest first."""
    return queries.own_rounds(retailer_of(request))


@router.get("/own/rounds/{int:number}", response={200: list[OwnLineOut], **REFUSED})
@needs("own.supply")
def own_lines(request: HttpRequest, number: int) -> Any:
    """The retailer's own lines of a round."""
    caller = retailer_of(request)
    return [
        {
            **{name: getattr(own.line, name) for name in (
                "product", "tier", "wanted_units", "cap_units", "rule_units", "share_units", "reason")},
            "changed_by_hand": own.line.is_changed,
            "changes": own.changes,
            "rule": own.rule,
            "sentence": own.sentence,
            "tier_units": own.tier_units,
            "neighbours": {"where": own.neighbours.where, "n": own.neighbours.n, "n_same": own.neighbours.n_same},
            "public_row": own.row_code,
            "draw_number": own.draw_number,
        }
        for own in queries.own_lines(caller, queries.own_round(caller, number))
    ]  # fmt: skip
