"""What verification reads: visits, retailers, witnesses and checks, as Arrow tables in these words."""

from __future__ import annotations

from typing import Final

import pyarrow as pa

from lianxin.core.tables.inputs import Input as Input

_INSTANT: Final = pa.timestamp("us", tz="UTC")


VISITS: Final = Input(
    "visits",
    {
        "visit_id": pa.string(),
        "manager_id": pa.string(),
        "retailer_id": pa.string(),
        "check_in_at": _INSTANT,
        "check_out_at": _INSTANT,
        "latitude": pa.float64(),
        "longitude": pa.float64(),
        "accuracy_metres": pa.float64(),
        "fix_age_seconds": pa.float64(),
        "n_answers": pa.int64(),
        "note": pa.string(),
        "planned_date": pa.date32(),
        "is_time_known": pa.bool_(),
        "n_filled": pa.int64(),
    },
    required=("visit_id", "manager_id", "retailer_id", "check_in_at"),
    optional=("planned_date", "is_time_known", "n_filled"),
)

RETAILERS: Final = Input(
    "retailers",
    {"retailer_id": pa.string(), "latitude": pa.float64(), "longitude": pa.float64()},
    required=("retailer_id",),
)

WITNESSES: Final = Input(
    "witnesses",
    {
        "witness_id": pa.string(),
        "channel": pa.string(),
        "retailer_id": pa.string(),
        "seen_at": _INSTANT,
        "says": pa.string(),
        "about_from": pa.date32(),
        "about_until": pa.date32(),
    },
    required=("retailer_id", "says"),
    optional=("witness_id", "channel", "about_from", "about_until"),
)

CHECKS: Final = Input(
    "checks",
    {
        "visit_id": pa.string(),
        "channel": pa.string(),
        "drawn_probability": pa.float64(),
        "confirmed": pa.string(),
    },
    required=("visit_id", "channel", "drawn_probability", "confirmed"),
)

CHANNELS: Final = ("walk", "spot", "phone")
CONFIRMED: Final = ("yes", "no", "cannot_tell")
SAYS: Final = ("shop_open", "shop_closed", "saw_manager", "says_visited", "says_not_visited")
WITNESS_CHANNELS: Final = ("delivery", "order_desk", "inspector")
