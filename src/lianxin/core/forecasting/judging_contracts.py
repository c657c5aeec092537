"""Words in which forecasts are judged: the stair of authors, the variants of what was sold, and the judged line."""

from __future__ import annotations

from typing import Final

from lianxin.core.tables.shape import table

# From the cheapest forecast to the dearest; a step is worth its cost only if it beats the ones below.
STAIR: Final = (
    "naive",
    "seasonal_naive",
    "system",
    "customer_manager",
    "market_manager",
    "brand_manager",
    "combined",
)
# Which step is held against which: the one it began from, and the free ones.
PAIRS: Final = (
    ("seasonal_naive", "naive"),
    ("system", "naive"),
    ("system", "seasonal_naive"),
    ("customer_manager", "naive"),
    ("customer_manager", "system"),
    ("market_manager", "system"),
    ("market_manager", "customer_manager"),
    ("brand_manager", "system"),
    ("brand_manager", "customer_manager"),
    ("combined", "naive"),
    ("combined", "system"),
    ("combined", "customer_manager"),
)
ACTUALS: Final = ("demand", "wanted", "ordered", "supplied")
LEVELS: Final = ("retailer", "unit", "company")
MILLI: Final = 1000

JUDGED_LINES: Final = table(
    "judged_lines",
    "",
    "round_id period_start level entity_id product_id",
    "One number that several authors forecast, with what came of it. level retailer is a retailer and product; unit and company "
    "are sums over the lines of a round. Steps that did not speak are null, outcomes not known are null.",
    round_id="!string",
    period="!string",
    period_no="!int64",
    period_start="!date",
    level="!string",
    entity_id="!int64",
    product_id="!int64",
    person_id="int64",
    unit_id="int64",
    product_group="!string",
    **{f"{step}_milli": "int64" for step in STAIR},
    average_milli="int64",
    **{f"{actual}_units": "int64" for actual in ACTUALS},
    n_capped="!int64",
    n_lines="!int64",
    version_id="string",
    entered_at="timestamp('UTC', 6)",
    entered="!boolean",
    accepted="!boolean",
    reason="string",
    words_key="string",
    seconds_spent="float64",
)

YES: Final = "yes"
NO: Final = "no"
CANNOT_TELL: Final = "cannot_tell"
VALUE: Final = "value"
NOT_ENOUGH: Final = "not_enough_data"
