"""What a forecast round lays before its authors. Read by its own pages only: before the round closes nothing of it is evidence."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from lianxin.core.tables.shape import Table, table

# How many periods before the first one a line shows.
BACK: Final = 12

ROUND_PLAIN: Final = table(
    "round_plain",
    "company_id first_period",
    "company_id first_period retailer_id product_id step",
    "What the system would have forecast for a monthly round's lines without the events that were handed to it, in thousandths of "
    "a unit; lines on which the two are the same are left out.",
    company_id="!int32",
    first_period="!date",
    retailer_id="!int64",
    product_id="!int64",
    step="!int32",
    plain_milli="!int64",
)

ROUND_LINES: Final = table(
    "round_lines",
    "company_id first_period",
    "company_id first_period person_id line_no",
    "Every line of every monthly round, open ones too: the system's forecast in thousandths of a unit with its range, what was "
    "ordered in the twelve known periods before (back_1 the last wholly known one) and a year before, periods in which a cap cut "
    "the order, and the line's number on its holder's sheet: by value times uncertainty, the largest first.",
    company_id="!int32",
    first_period="!date",
    person_id="int64",
    line_no="!int32",
    retailer_id="!int64",
    product_id="!int64",
    step="!int32",
    period_start="!date",
    unit_id="int64",
    product_group="string",
    mean_milli="!int64",
    q10_milli="int64",
    q50_milli="int64",
    q90_milli="int64",
    price_fen="int64",
    weight_fen="!int64",
    year_ago_units="int64",
    n_capped="!int32",
    **{f"back_{period}": "!int64" for period in range(1, BACK + 1)},
)

# A month that begins on a Monday begins on the same day as a week: each kind of round has tables of its own.
ROUND_WEEK_LINES: Final = replace(ROUND_LINES, name="round_week_lines", doc="As `round_lines`, of weekly rounds.")
ROUND_WEEK_PLAIN: Final = replace(ROUND_PLAIN, name="round_week_plain", doc="As `round_plain`, of weekly rounds.")
LINES_OF: Final[Mapping[str, Table]] = {"month": ROUND_LINES, "week": ROUND_WEEK_LINES}
PLAIN_OF: Final[Mapping[str, Table]] = {"month": ROUND_PLAIN, "week": ROUND_WEEK_PLAIN}
