"""Tables of field work. No position enters the lake: only what was answered, and how far it was."""

from __future__ import annotations

from typing import Final

from lianxin.core.tables.shape import table

VISITS: Final = table(
    "visits",
    "company_id",
    "company_id visit_id",
    "Visits as made. place_answer is confirmed, not_confirmed, cannot_tell or no_fix; it is never proof. Times are the server's: a "
    "phone's wrong clock is set right. Where check_out_at is null though it was not closed_by_itself nobody can tell when the "
    "visit was; check_in_at is then when it arrived.",
    company_id="!int32",
    visit_id="!string",
    person_id="!int64",
    retailer_id="!int64",
    visit_date="!date",
    check_in_at="!timestamp('UTC', 6)",
    check_out_at="timestamp('UTC', 6)",
    minutes="float64",
    planned="!boolean",
    place_answer="!string",
    distance_metres="float64",
    n_answers="int32",
    held_at_visit="!boolean",
    closed_by_itself="!boolean",
)

PROMISES: Final = table(
    "promises",
    "company_id",
    "company_id promise_id",
    "Promises made to retailers, each with its owner. state is asked, open, kept, not_kept or refused.",
    company_id="!int32",
    promise_id="!string",
    person_id="!int64",
    retailer_id="!int64",
    made_at="!timestamp('UTC', 6)",
    due_date="!date",
    state="!string",
    settled_at="timestamp('UTC', 6)",
)

PRICE_TAGS: Final = table(
    "price_tags",
    "company_id",
    "company_id visit_id",
    "Price tags as counted in a visit: products ordered lately, of them on display, of them with a tag.",
    company_id="!int32",
    visit_id="!string",
    person_id="!int64",
    retailer_id="!int64",
    visit_date="!date",
    ordered="!int32",
    on_display="!int32",
    labelled="!int32",
)

DISPLAYS: Final = table(
    "displays",
    "company_id",
    "company_id visit_id",
    "Displays as photographed in a visit; n_new counts photographs that were not seen before.",
    company_id="!int32",
    visit_id="!string",
    person_id="!int64",
    retailer_id="!int64",
    visit_date="!date",
    n_photos="!int32",
    n_new="!int32",
)

STOCK_COUNTS: Final = table(
    "stock_counts",
    "company_id",
    "company_id visit_id product_id",
    "Units of a product that a visit counted in a shop; a later count of the same visit takes the place of an earlier one.",
    company_id="!int32",
    visit_id="!string",
    person_id="!int64",
    retailer_id="!int64",
    product_id="!int64",
    counted_at="!timestamp('UTC', 6)",
    units="!int64",
)

RETAIL_PRICES: Final = table(
    "retail_prices",
    "company_id",
    "company_id visit_id product_id",
    "What a shop asked its customers for one order unit of a product, as a visit saw it beside the count of its stock.",
    company_id="!int32",
    visit_id="!string",
    person_id="!int64",
    retailer_id="!int64",
    product_id="!int64",
    seen_at="!timestamp('UTC', 6)",
    price_fen="!int64",
)

SURVEYED_PRICES: Final = table(
    "surveyed_prices",
    "company_id",
    "company_id price_id",
    "What a shop asked for one order unit of a product on a day, as an office's survey of prices found it.",
    company_id="!int32",
    price_id="!int64",
    retailer_id="!int64",
    product_id="!int64",
    day="!date",
    source="!string",
    price_fen="!int64",
)

SEEN_IN_SHOPS: Final = (PRICE_TAGS, DISPLAYS, STOCK_COUNTS, RETAIL_PRICES, SURVEYED_PRICES)

CALENDAR_DAYS: Final = table(
    "calendar_days",
    "company_id",
    "company_id day",
    "Days on which the company's working calendar differs from Monday to Friday.",
    company_id="!int32",
    day="!date",
    is_working="!boolean",
)

DAYS_OFF: Final = table(
    "days_off",
    "company_id",
    "company_id person_id day",
    "Days on which a person owed no work on the market, by an approved plan: why is absence, holiday or weather.",
    company_id="!int32",
    person_id="!int64",
    day="!date",
    why="!string",
)
