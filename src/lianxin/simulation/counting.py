"""What visits of 临江市 counted on the shelves and which prices they saw, made from what shops ordered. All invented.

The mechanism is plain, and the same seed makes the same rows:

- One visit in two that filled its form counts the goods asked for which the shop ordered lately.
- Most shelves hold between nothing and two weeks of the usual need (the mean of the three months before). A shop that is about to
  order less than `SLUMP` of it holds a month's need and most of what it will not order: its stock is why it orders less. Few others
  hold as much without ordering less. Where the month to come is not known, one shelf in ten is drawn to be so full.
- Two counts in three write a price beside: at the guide price, some below it where the shelf is full, some above where it is empty.
"""

from collections.abc import Mapping
from datetime import date
from typing import Any, Final

import numpy as np
import pyarrow as pa

from lianxin.core.units import month_plus
from lianxin.simulation.fieldwork.chance import uniform

LEAST_ANSWERS: Final = 5
_COUNTED_SHARE: Final = 0.5
_PRICED_SHARE: Final = 0.67
SLUMP: Final = 0.6
_LEFT_OF_SLUMP: Final = 0.6
_FULL_BY_CHANCE: Final = 0.06
_FULL_UNKNOWN: Final = 0.1
_WEEKS_HELD: Final = 2.0
_WEEKS_A_MONTH: Final = 4.35
_EMPTY_SHARE: Final = 0.06
_BACK: Final = 3
# How far full shelves are sold below the guide price, and empty ones above it; of both half stay at the guide.
_BELOW, _ABOVE = 0.12, 0.15

COUNTS: Final = pa.schema(
    [("visit_id", pa.string()), ("product_code", pa.string()), ("units", pa.int64()), ("retail_price", pa.float64())]
)


def counts_of(
    visits: pa.Table,
    ordered: Mapping[tuple[str, str, date], int],
    goods: Mapping[str, float | None],
    *,
    last_month: date,
    seed: int,
) -> pa.Table:
    """The counts of visits, one row a product counted, in the order of the visits.

    Parameters
    ----------
    visits : visit_id, retailer_id (licence), visit_date, n_answers (null: not known)
    ordered : (licence, product_code, first of month) → units ordered, where any were
    goods : product_code → guide price in yuan, None where there is none; these are counted
    last_month : the last month of which orders are known

    Returns
    -------
    visit_id, product_code, units >= 0, retail_price (yuan, null where none was written)
    """
    rows = visits.select(["visit_id", "retailer_id", "visit_date", "n_answers"]).to_pydict()
    number = np.arange(visits.num_rows)[:, None]
    place = np.arange(len(goods))[None, :]
    chance = {name: uniform(seed, f"counts {name}", number, place) for name in ("held", "full", "price", "asks", "far")}
    counts = uniform(seed, "counts", number[:, 0]) < _COUNTED_SHARE
    made: list[dict[str, Any]] = []
    for at in np.flatnonzero(counts).tolist():
        if (rows["n_answers"][at] or 0) < LEAST_ANSWERS:
            continue
        month = rows["visit_date"][at].replace(day=1)
        for column, (code, guide) in enumerate(goods.items()):
            mine = {name: float(values[at, column]) for name, values in chance.items()}
            past = [ordered.get((rows["retailer_id"][at], code, month_plus(month, -n)), 0) for n in range(1, _BACK + 1)]
            need = sum(past) / _BACK
            if need <= 0:
                continue
            following = month_plus(month, 1)
            coming = ordered.get((rows["retailer_id"][at], code, following), 0) if following <= last_month else None
            is_full, units = _held(need, coming, mine)
            made.append(
                {
                    "visit_id": rows["visit_id"][at],
                    "product_code": code,
                    "units": units,
                    "retail_price": _price(guide, is_full, units == 0, mine),
                }
            )
    return pa.Table.from_pylist(made, schema=COUNTS)


def _held(need: float, coming: int | None, mine: Mapping[str, float]) -> tuple[bool, int]:
    """Whether the shelf is full, and what it holds."""
    slumps = coming is not None and coming < SLUMP * need
    if slumps or mine["full"] < (_FULL_UNKNOWN if coming is None else _FULL_BY_CHANCE):
        missing = need - coming if coming is not None and slumps else need * 0.7
        return True, max(1, round(need + _LEFT_OF_SLUMP * missing))
    if mine["held"] < _EMPTY_SHARE:
        return False, 0
    return False, round(need * _WEEKS_HELD / _WEEKS_A_MONTH * mine["held"])


def _price(guide: float | None, is_full: bool, is_empty: bool, mine: Mapping[str, float]) -> float | None:
    if guide is None or mine["price"] >= _PRICED_SHARE:
        return None
    if mine["asks"] < 0.5 and is_full:
        return float(round(guide * (1 - _BELOW * mine["far"])))
    if mine["asks"] < 0.5 and is_empty:
        return float(round(guide * (1 + _ABOVE * mine["far"])))
    return guide
