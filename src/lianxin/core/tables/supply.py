"""Tables of allocation: what retailers asked for, and what each was given."""

from __future__ import annotations

from typing import Final

from lianxin.core.tables.shape import table

ALLOCATION_REQUESTS: Final = table(
    "allocation_requests",
    "company_id month batch_id",
    "company_id week product_id retailer_id batch_id",
    "What retailers asked for, as imported. Of several batches with one (week, product_id, retailer_id) the one with the "
    "greatest batch_id, which is the latest, counts. cap_units is the most a retailer may have; null means no cap. is_selected "
    "says whether the retailer is one of the selected shops of the product; null means not.",
    company_id="!int32",
    month="!date",
    week="!date",
    product_id="!int64",
    retailer_id="!int64",
    wanted_units="!int32",
    cap_units="int32",
    floor_units="int32",
    tier="int16",
    is_selected="boolean",
    batch_id="!string",
)

SUPPLIER_AGREEMENTS: Final = table(
    "supplier_agreements",
    "company_id",
    "company_id agreement_id",
    "Lines of agreements of the company with its suppliers: goods of a supplier (a product, or a brand where product_id is "
    "null) in a "
    "period of whole months, n_months of them until last_month. transferred_units is null until the period is over and all that "
    "came "
    "is known.",
    company_id="!int32",
    agreement_id="!int64",
    supplier="!string",
    product_id="int64",
    brand="string",
    first_month="!date",
    last_month="!date",
    n_months="!int32",
    agreed_units="!int64",
    transferred_units="int64",
)

ALLOCATION_SHARES: Final = table(
    "allocation_shares",
    "company_id month batch_id",
    "company_id batch_id product_id retailer_id",
    "What each retailer was given in a round; batch_id names the round. rule_units is what the rule gave, null where an "
    "imported file does not tell it; share_units is what counts before changes by hand. person_id held the retailer in that "
    "week; trade_form and market_type are what it was on that week's Monday, or as an imported file told. reason is a code of "
    "`allocating`. quota_group names the values of the attributes by which a quota was divided further, "
    "joined by |; null without such attributes.",
    company_id="!int32",
    month="!date",
    week="!date",
    product_id="!int64",
    retailer_id="!int64",
    person_id="int64",
    tier="int16",
    trade_form="string",
    market_type="string",
    wanted_units="int32",
    cap_units="int32",
    rule_units="int32",
    share_units="!int32",
    fill_level="float64",
    reason="string",
    quota_group="string",
    batch_id="!string",
)

ALLOCATION_RESIDUALS: Final = table(
    "allocation_residuals",
    "company_id month batch_id",
    "company_id batch_id week product_id retailer_id",
    "What a test for favour compared; batch_id names the test. residual_units is what a line got beyond the rule or beyond its "
    "equals, null where there was nobody to compare with; compared_with is rule, equals or nobody.",
    company_id="!int32",
    month="!date",
    week="!date",
    product_id="!int64",
    retailer_id="!int64",
    person_id="int64",
    tier="int16",
    trade_form="string",
    market_type="string",
    wanted_units="int64",
    cap_units="int64",
    rule_units="int64",
    share_units="!int64",
    expected_units="float64",
    residual_units="float64",
    compared_with="string",
    n_equals="int64",
    batch_id="!string",
)
