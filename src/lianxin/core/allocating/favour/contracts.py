"""What the favour report reads: one row per week, product and retailer of an allocation, made here or imported."""

from __future__ import annotations

from typing import Final

import pyarrow as pa

from lianxin.core.tables.inputs import Input

ALLOCATIONS: Final = Input(
    "allocations",
    {
        "week": pa.date32(),
        "product_id": pa.string(),
        "retailer_id": pa.string(),
        "manager_id": pa.string(),
        "tier": pa.int16(),
        "wanted_units": pa.int64(),
        "cap_units": pa.int64(),
        "share_units": pa.int64(),
        "rule_units": pa.int64(),
        "trade_form": pa.string(),
        "market_type": pa.string(),
    },
    required=("week", "product_id", "retailer_id", "share_units"),
    optional=("tier", "cap_units", "rule_units", "trade_form", "market_type"),
)
"""manager_id empty: nobody held the retailer; its rows compare, but nobody is asked about them. cap_units empty: no cap.
wanted_units empty: the request is unknown; such a row is compared with its rule only, because who asked for more gets more.
rule_units is what the published rule gives, empty where the allocation came without its rule."""
