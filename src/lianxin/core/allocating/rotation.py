"""Who gets the odd unit: a published rotation that depends on the seed, the product, the week and the retailer only.

All retailers stand in one list, ordered by SHA-256 of `seed|retailer_id`. Retailers of one product with the same weight whose
level is no whole number are *equals*; equals are served in the order of the list, going on each week where the week before would
have stopped had the numbers been the same, and from the end back to the start. The list begins at another place for each product.

How many odd units a group of equals gets in a week: its exact claim is n · fraction of the level. Groups are laid end to end from
the highest weight to the lowest, and the line is cut at whole numbers from a mark that moves every week by 33/52: over 52
weeks of unchanged numbers every group has its exact claim to within one unit, and any two equals differ by at most one unit at
any time.
"""

from __future__ import annotations

from datetime import date
from hashlib import sha256
from itertools import accumulate
from typing import Any, Final, TypeAlias

import ibis
import numpy as np
from ibis.expr.types import StringValue
from numpy.typing import NDArray

Array: TypeAlias = NDArray[Any]

CYCLE_WEEKS: Final = 52
# Coprime to 52 and near 52 divided by the golden ratio: the mark is spread evenly in every stretch of weeks, not only in a year.
STEP: Final = 33
_EPOCH: Final = date(1970, 1, 5)  # a Monday
_WIDE: Final = 1 << 61


def week_number(week: date) -> int:
    """Weeks since Monday, 5 January 1970; negative before."""
    return (week - _EPOCH).days // 7


def start_of(seed: str, product_id: str) -> int:
    """Where the rotation of a product begins: the first 60 bits of SHA-256 of `seed|product_id`."""
    return int(sha256(f"{seed}|{product_id}".encode()).hexdigest()[:15], 16)


def list_key(seed: str, retailer_id: StringValue) -> StringValue:
    """What orders the list of all retailers: SHA-256 of `seed|retailer_id`, in hex."""
    return ibis.literal(f"{seed}|").concat(retailer_id).hexdigest("sha256")


def odd_units(
    members: Array, remainders: Array, total: int, week: date, seed: str, product_id: str
) -> tuple[Array, Array]:
    """How many odd units each group of equals gets, and which member is served first.

    Parameters
    ----------
    members : int64 (n,), number of equals in each group, groups ordered from the highest weight to the lowest
    remainders : integers (n,), the fraction of the group's level times `total`; 0 < remainder < total
    total : the common denominator; Σ members · remainders is a multiple of it

    Returns
    -------
    counts : int64 (n,), odd units of each group, 0 <= count <= members; they sum to Σ members · remainders / total
    firsts : int64 (n,), 0 <= first < members, the number of the member that is served first
    """
    claims = [int(n) * int(r) for n, r in zip(members, remainders, strict=True)]
    ends = list(accumulate(claims))
    kind = np.int64 if total < _WIDE else object
    whole = np.array([claim // total for claim in claims], np.int64)
    part = np.array([claim % total for claim in claims], kind)
    begun = np.array([(end - claim) % total for claim, end in zip(claims, ends, strict=True)], kind)
    start = start_of(seed, product_id)
    number = week_number(week)
    cycles, at = divmod(number, CYCLE_WEEKS)
    served = np.zeros(len(claims), np.int64)
    before = served
    counts = served
    for position in range(CYCLE_WEEKS):
        mark = total * ((STEP * position + start) % CYCLE_WEEKS) // CYCLE_WEEKS
        given = whole + ((begun + mark) % total + part >= total).astype(np.int64)
        if position == at:
            before, counts = served, given
        served = served + given
    firsts = (start % members + cycles * served + before) % members
    return counts, firsts.astype(np.int64)
