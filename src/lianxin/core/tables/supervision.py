"""Tables of supervision: what the rules say of visits, and what drawn checks found."""

from __future__ import annotations

from typing import Final

from lianxin.core.tables.shape import table

VISIT_VERDICTS: Final = table(
    "visit_verdicts",
    "company_id",
    "company_id visit_id",
    "What the rules say of a visit in the run that counts for its month. answer is no or cannot_tell; where the visit looks "
    "hollow it is what came of asking: unasked (nobody asked), asked (not concluded), confirmed_hollow, cleared or not_proven. So "
    "is copied, about its note. Rows of earlier releases say yes for unasked. Neither is a verdict on a person.",
    company_id="!int32",
    visit_id="!string",
    person_id="!int64",
    retailer_id="!int64",
    visit_date="!date",
    risk="!float64",
    answer="!string",
    copied="!string",
    rule_set="!int32",
    run="!int32",
)

CHECK_RESULTS: Final = table(
    "check_results",
    "company_id",
    "company_id visit_id channel",
    "Answers of drawn checks whose rounds are over. weight_milli is a thousand over the chance by which the visit was "
    "drawn, rounded.",
    company_id="!int32",
    visit_id="!string",
    channel="!string",
    person_id="!int64",
    retailer_id="!int64",
    visit_date="!date",
    weight_milli="!int64",
    confirmed="!string",
)
