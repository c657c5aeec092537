"""The draw: retailers in the order of a hash that anyone can repeat, each in turn one lot, until the supply ends."""

from __future__ import annotations

from collections.abc import Callable
from hashlib import sha256

import ibis
from ibis.expr.types import StringValue
from ibis.expr.types import Table as TableExpression


def commitment(seed: str) -> str:
    """What is published before requests close, so that the seed cannot be chosen afterwards: SHA-256 of the seed, in hex."""
    return sha256(seed.encode()).hexdigest()


def ticket(rows: TableExpression, seed: str) -> StringValue:
    """What orders the draw: SHA-256, in hex, of `seed|YYYY-MM-DD|product_id|retailer_id`."""
    week = rows.week.strftime("%Y-%m-%d")
    text = ibis.literal(f"{seed}|").concat(week, "|", rows.product_id, "|", rows.retailer_id)
    return text.hexdigest("sha256")


def drawn(rows: TableExpression, seed: str, lot_units: int, *, own: Callable[[str], str]) -> TableExpression:
    """Shares of a lottery.

    Parameters
    ----------
    rows : week, product_id, retailer_id, own("most") : int64, own("supply_units") : int64, and any other columns
    own : the name under which a column of ours stands beside those others

    Returns
    -------
    the rows with own("share_units") : int64, the lot, min(lot_units, most), or what the supply has left of it when the turn
    comes; those with equal hashes, which does not happen, in the order of retailer_id
    """
    lot = ibis.least(rows[own("most")], lot_units).cast("int64")
    tickets = rows.mutate(**{own("lot"): lot, own("ticket"): ticket(rows, seed)})
    turn = ibis.window(group_by=["week", "product_id"], order_by=[own("ticket"), "retailer_id"], rows=(None, 0))
    taken = tickets.mutate(**{own("reached"): tickets[own("lot")].sum().over(turn).cast("int64")})
    left = taken[own("supply_units")] - (taken[own("reached")] - taken[own("lot")])
    share = ibis.greatest(ibis.least(taken[own("lot")], left), 0).cast("int64")
    return taken.mutate(**{own("share_units"): share})
