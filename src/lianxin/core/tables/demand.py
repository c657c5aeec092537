"""Tables of demand: what was forecast by whom, what came of it, and what evidence lay before whoever forecast.

Forecasts are whole thousandths of an order unit (`_milli`): a mean of 0.37 cartons stays what it is, and sums stay exact.
"""

from __future__ import annotations

from typing import Final

from lianxin.core.tables.shape import table

FORECAST_LINES: Final = table(
    "forecast_lines",
    "company_id",
    "company_id round_id period_start retailer_id product_id",
    "Lines of a round as it opened: who held the retailer then, in which unit, and what the system forecast. period is week or "
    "month; step 1 is the period after the last one that was wholly known. A round that is not over is not here.",
    company_id="!int32",
    round_id="!string",
    period="!string",
    period_start="!date",
    step="!int32",
    retailer_id="!int64",
    product_id="!int64",
    person_id="int64",
    unit_id="int64",
    product_group="string",
    system_milli="int64",
)

FORECAST_VERSIONS: Final = table(
    "forecast_versions",
    "company_id",
    "company_id version_id",
    "Every number that every author entered before the round closed; the last one of an author counts. level and entity_id say "
    "of whom: retailer, manager (their lines), unit or company. base_milli is the system's number that the author saw, null "
    "where none was shown; accepted: the author let it stand as it is by choice. words_key is a digest of the words of the "
    "reason, never the words.",
    company_id="!int32",
    version_id="!string",
    round_id="!string",
    period_start="!date",
    level="!string",
    entity_id="!int64",
    product_id="!int64",
    author_role="!string",
    author_id="int64",
    entered_at="!timestamp('UTC', 6)",
    units_milli="!int64",
    base_milli="int64",
    accepted="!boolean",
    reason="string",
    words_key="string",
    seconds_spent="float64",
)

FORECAST_OUTCOMES: Final = table(
    "forecast_outcomes",
    "company_id",
    "company_id period period_start retailer_id product_id",
    "What retailers asked for, were let order and got, by period: the history before a round and what came of it. A period of "
    "which the company has any row is known whole, and a retailer and product without a row in it came to 0; a period without "
    "rows is not known. wanted_units is null where one line lacks it, supplied_units likewise; n_capped counts the lines whose "
    "cap cut the order.",
    company_id="!int32",
    period="!string",
    period_start="!date",
    retailer_id="!int64",
    product_id="!int64",
    wanted_units="int64",
    ordered_units="!int64",
    supplied_units="int64",
    n_capped="!int64",
)

# The kind of evidence that a price seen in a shop is.
RETAIL_PRICE: Final = "retail_price"

FORECAST_EVIDENCE: Final = table(
    "forecast_evidence",
    "company_id",
    "company_id round_id period_start retailer_id product_id evidence_id",
    "What lay before the author of a line when the round was open: stock_count, retail_price, shortage, closed, event (kind). An "
    "event that concerns many lines has a row for each.",
    company_id="!int32",
    round_id="!string",
    period_start="!date",
    retailer_id="!int64",
    product_id="!int64",
    evidence_id="!string",
    kind="!string",
    known_at="!timestamp('UTC', 6)",
    person_id="int64",
)

FORECAST_WITHOUT: Final = table(
    "forecast_without",
    "company_id",
    "company_id round_id period_start retailer_id product_id event_id",
    "Lines of closed rounds whose forecast by the system was moved by the events handed to it (hints, festivals), with what it "
    'would have been without them: a row for each event that concerns the line. event_id is "" where the past alone moved it.',
    company_id="!int32",
    round_id="!string",
    period_start="!date",
    retailer_id="!int64",
    product_id="!int64",
    event_id="!string",
    kind="!string",
    plain_milli="!int64",
)

EVIDENCE_USED: Final = table(
    "evidence_used",
    "company_id",
    "company_id version_id evidence_id",
    "Which evidence an author named when entering a number.",
    company_id="!int32",
    version_id="!string",
    evidence_id="!string",
)

FORECAST_SUBMISSIONS: Final = table(
    "forecast_submissions",
    "company_id",
    "company_id round_id author_role author_id",
    "Who owed a forecast in a round, over how many lines, and how many of them had been decided (entered, or let stand by "
    "choice) when it was due. Who was away by an agreed plan as long as the round was open, or no longer in that post when it was "
    "due, owed none.",
    company_id="!int32",
    round_id="!string",
    period_start="!date",
    author_role="!string",
    author_id="!int64",
    due_at="!timestamp('UTC', 6)",
    submitted_at="timestamp('UTC', 6)",
    n_due="!int64",
    n_decided="!int64",
)

DEMAND_AGREEMENTS: Final = table(
    "demand_agreements",
    "company_id",
    "company_id agreement_id month product_id",
    "What retailers agreed by their own will to take in a month, as last revised before the month began. Binds nobody.",
    company_id="!int32",
    agreement_id="!string",
    month="!date",
    retailer_id="!int64",
    product_id="!int64",
    agreed_units="!int64",
)

FORECAST_FACTS: Final = table(
    "forecast_facts",
    "",
    "code person_id day period_no",
    "What forecasts add to the sums of indicators, by person and period: computed for a closing from the tables above, never "
    "published.",
    code="!string",
    person_id="!int64",
    day="!date",
    period_no="!int64",
    num="!int64",
    den="!int64",
    n="!int64",
)
