"""What was seen in the shops behind a sum: how many were counted, on how many shelves nothing was left, how prices stood.

Of the newest count and price of each shop and product, as published when the round opened and no older than is shown beside a
line. It makes no number.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from statistics import median
from typing import Final

import pyarrow as pa
import pyarrow.compute as pc

from lianxin.demand.models import Round
from lianxin.demand.queries.evidence import newest_counts
from lianxin.demand.queries.prices import Sign, prices

# With fewer shops a middle price would be the price of some shop or other.
SHOPS_LEAST: Final = 5
_KEY: Final = ["retailer_id", "product_id"]
_NOT_HELD: Final = (Sign.UNLIKELY, Sign.NO_GUIDE)


@dataclass(frozen=True, slots=True)
class Seen:
    """Of the shops behind a sum of one product: how many were counted, and of these how many had none left.

    n_priced : shops with a price that can be held against a guide price
    change : the middle one of these prices against the guide, -0.05 = 5 % less; None of fewer than SHOPS_LEAST
    """

    n_counted: int
    n_empty: int
    n_priced: int
    change: float | None


NOTHING: Final = Seen(0, 0, 0, None)


def seen_behind(round: Round, lines: pa.Table, groups: pa.Table) -> dict[tuple[str | None, int], Seen]:
    """What was seen in the shops that have lines of a product, by group and product; those of which nothing was are not there.

    Parameters
    ----------
    lines : retailer_id and product_id of the lines in the sums
    groups : retailer_id : int64 once each, group : string
    """
    units = {
        (row["retailer_id"], row["product_id"]): row["units"]
        for row in newest_counts(round).select(["retailer_id", "product_id", "units"]).to_pylist()
    }
    changes = {key: one.change for key, one in prices(round).items() if one.sign not in _NOT_HELD}
    keys = sorted(units.keys() | changes.keys())
    seen = pa.table({name: pa.array([key[at] for key in keys], pa.int64()) for at, name in enumerate(_KEY)})
    # what was seen is little beside the lines of a city, so these are looked up, and not the other way
    lines = lines.select(_KEY).filter(pc.is_in(lines.column("retailer_id"), pc.unique(seen.column("retailer_id"))))
    met = seen.join(lines.group_by(_KEY).aggregate([]), _KEY, join_type="inner")
    met = met.join(groups, "retailer_id", join_type="inner").select([*_KEY, "group"])
    found: dict[tuple[str | None, int], list[tuple[int, int]]] = {}
    for row in met.to_pylist():
        found.setdefault((row["group"], row["product_id"]), []).append((row["retailer_id"], row["product_id"]))
    return {
        of: _seen(
            [units[key] for key in shops if key in units],
            (change for key in shops if (change := changes.get(key)) is not None),
        )
        for of, shops in found.items()
    }


def _seen(units: list[int], changes: Iterable[float]) -> Seen:
    told = list(changes)
    return Seen(
        len(units), sum(one == 0 for one in units), len(told), median(told) if len(told) >= SHOPS_LEAST else None
    )
