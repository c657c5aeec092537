"""Lines of a round summed for pages: by product, by product and tier, by customer manager."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import ibis
from ibis.expr.types import Table

NOT_SELECTED: Final = "not_selected"


def share_sums(lines: Table, by: Sequence[str]) -> Table:
    """Sum the lines of a round.

    Parameters
    ----------
    lines : one row per (product_id, retailer_id), as `tables.ALLOCATION_SHARES`; wanted_units, cap_units and rule_units may
        be null where a file did not tell them
    by : columns to sum by

    Returns
    -------
    one row per combination of `by`, sorted by it
        n_lines, n_retailers : int64
        n_full : int64, lines that got the least of wish and cap, or more; a shop that was not selected can take nothing and
            got nothing in full
        n_nothing : int64, lines that wanted some and got none
        wanted_units, takeable_units, rule_units : int64, null if any line of the group does not know its own
        share_units : int64
        least_share, most_share : int32
        level : float64, the greatest common level met, null where the rule has none
    """
    takeable = ibis.ifelse(
        lines.cap_units.isnull(), lines.wanted_units, ibis.least(lines.wanted_units, lines.cap_units)
    )
    takeable = ibis.ifelse(lines.wanted_units.isnull(), ibis.null("int32"), takeable)
    outside = (lines.reason == NOT_SELECTED).fill_null(False)
    rows = lines.mutate(takeable_units=ibis.ifelse(outside, 0, takeable), is_outside=outside)

    def known_sum(name: str) -> ibis.Value:
        whole = rows[name].count() == rows.count()
        return ibis.ifelse(whole, rows[name].cast("int64").sum(), ibis.null("int64"))

    summed = rows.group_by(list(by)).aggregate(
        n_lines=rows.count(),
        n_retailers=rows.retailer_id.nunique(),
        n_full=((rows.share_units >= rows.takeable_units) & ~rows.is_outside).fill_null(False).cast("int64").sum(),
        n_nothing=((rows.wanted_units > 0) & (rows.share_units == 0)).fill_null(False).cast("int64").sum(),
        wanted_units=known_sum("wanted_units"),
        takeable_units=known_sum("takeable_units"),
        rule_units=known_sum("rule_units"),
        share_units=rows.share_units.cast("int64").sum(),
        least_share=rows.share_units.min(),
        most_share=rows.share_units.max(),
        level=rows.fill_level.max(),
    )
    return summed.order_by(list(by))


def treated_unequally(lines: Table) -> Table:
    """Whether retailers with the same numbers were given the same, but for one unit.

    Parameters
    ----------
    lines : as `share_sums`; equals are lines of one product with the same tier, wish and cap, and where a quota is divided further
        of the same group; shops that were not selected are equals of none that were

    Returns
    -------
    one row
        n_equals : int64, groups of two equals and more
        n_unequal : int64, groups among them whose shares differ by more than one unit
    """
    lines = lines.mutate(is_outside=(lines.reason == NOT_SELECTED).fill_null(False))
    same = ("product_id", "tier", "wanted_units", "cap_units", "quota_group", "is_outside")
    groups = lines.group_by(*same).aggregate(n=lines.count(), spread=lines.share_units.max() - lines.share_units.min())
    several = groups.filter(groups.n > 1)
    return several.aggregate(n_equals=several.count(), n_unequal=(several.spread > 1).cast("int64").sum().fill_null(0))
