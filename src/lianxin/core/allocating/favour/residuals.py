"""What every row got beyond what the rule gives or, without a rule, beyond what its equals got."""

from __future__ import annotations

from typing import Final

import ibis

from lianxin.core.tables import Steps

ROWS: Final = "favour_rows"
BY_RULE, BY_EQUALS, BY_NOBODY = "rule", "equals", "nobody"
NEED, REQUEST = "need", "request"


def residuals(alike: str, schema: ibis.Schema) -> Steps:
    """Steps whose last one compares every row.

    Parameters
    ----------
    alike : who counts as an equal, among the rows of the same week, product, tier and type that came without a rule: `need`
        those with the same smaller of request and cap, which is all that quotas and uniform rules look at; `request` those with
        the same request and the same cap, for proportional rules
    schema : of the table `favour_rows`, which `prepared` makes

    Returns
    -------
    one row per row, sorted by row
        expected_units : float64, what the rule gives, or the mean of the equals without the row itself; null without either
        residual_units : float64, share less expected
        compared_with : rule, equals or nobody
        n_equals : int64, other rows it was compared with; 0 for the rule
        short_units : float64, what the rule, or equals in the mean, leave of the need: so much more the row could have got; null
        where the request is unknown

    Invariants
    ----------
    The residuals of equals sum to 0. Equals that all got the same have residual 0.
    """
    steps = Steps()
    rows = ibis.table(schema, name=ROWS)
    needed = rows.mutate(
        # Where the request is unknown, nothing is alike, and there may have been less than needed.
        need=ibis.cases(
            (rows.wanted_units.isnull(), ibis.null("int64")),
            (rows.cap_units.isnull(), rows.wanted_units),
            else_=ibis.least(rows.wanted_units, rows.cap_units),
        ),
        has_rule=rows.rule_units.notnull(),
        tier_key=rows.tier.fill_null(-1),
        cap_key=rows.cap_units.fill_null(-1),
    )
    alone = ["week", "product", "tier_key", "kind", "has_rule", "need"]
    equals = ibis.window(group_by=[*alone, "wanted_units", "cap_key"] if alike == REQUEST else alone)
    counted = needed.mutate(
        n=needed.row.count().over(equals).cast("int64"),
        total=needed.share_units.sum().over(equals).cast("int64"),
    )
    has_equals = counted.wanted_units.notnull() & (counted.n > 1)
    others = (counted.total - counted.share_units).cast("float64") / ibis.greatest(counted.n - 1, 1).cast("float64")
    compared = counted.mutate(
        expected_units=ibis.cases(
            (counted.has_rule, counted.rule_units.cast("float64")),
            (has_equals, others),
            else_=ibis.null("float64"),
        ),
        compared_with=ibis.cases((counted.has_rule, BY_RULE), (has_equals, BY_EQUALS), else_=BY_NOBODY),
        n_equals=ibis.ifelse(~counted.has_rule & has_equals, counted.n - 1, 0).cast("int64"),
        # The same for all equals, so that who is compared with whom does not depend on who of them got more.
        short_units=ibis.ifelse(
            counted.need.isnull(),
            ibis.null("float64"),
            ibis.greatest(
                counted.need.cast("float64")
                - ibis.ifelse(
                    counted.has_rule,
                    counted.rule_units.fill_null(0).cast("float64"),
                    counted.total.cast("float64") / counted.n.cast("float64"),
                ),
                0.0,
            ),
        ),
    )
    steps.add(
        "favour_residuals",
        compared.mutate(residual_units=compared.share_units.cast("float64") - compared.expected_units)
        .select("row", "expected_units", "residual_units", "compared_with", "n_equals", "short_units")
        .order_by("row"),
    )
    return steps
