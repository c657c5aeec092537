"""What the fit of a round with demand is made from: its shares, order lines, and stock as counted in shops."""

from __future__ import annotations

from typing import Final

import pyarrow as pa

from lianxin.core.tables.inputs import Input

SHARES: Final = Input(
    "shares",
    {
        "week": pa.date32(),
        "product_id": pa.string(),
        "retailer_id": pa.string(),
        "tier": pa.int16(),
        "wanted_units": pa.int64(),
        "share_units": pa.int64(),
    },
    required=("week", "product_id", "retailer_id", "share_units"),
    optional=("tier",),
)
"""One row per week (its Monday), product and retailer. wanted_units empty: the request is unknown; what was unmet then is unknown
too, but not what was taken, left and returned."""

LINES: Final = Input(
    "order lines",
    {
        "order_date": pa.date32(),
        "product_id": pa.string(),
        "retailer_id": pa.string(),
        "ordered_units": pa.int64(),
        "supplied_units": pa.int64(),
    },
    required=("order_date", "product_id", "retailer_id", "ordered_units"),
    optional=("supplied_units",),
)
"""Order lines as they count (corrections applied); negative units are returns. A week counts as known if it has any line of any
retailer and product, so hand in all lines of the weeks, not only those of the scarce goods."""

COUNTS: Final = Input(
    "counts",
    {
        "counted_date": pa.date32(),
        "product_id": pa.string(),
        "retailer_id": pa.string(),
        "stock_units": pa.int64(),
    },
    required=("counted_date", "product_id", "retailer_id", "stock_units"),
)
"""Stock in the shop as counted in a visit, whole order units, one row per day, product and retailer: the last of the day."""
