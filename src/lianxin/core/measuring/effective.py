"""What weighted checks count as: the effective number behind a manager's discrepancy rate."""

from __future__ import annotations

from datetime import date

from lianxin.core.measuring.fieldwork_days import in_month
from lianxin.core.tables import Steps
from lianxin.core.units import first_day


def effective_checks(month: date, person_id: int) -> Steps:
    """Steps whose last one holds Kish's effective number of the answered checks of a person's visits in a month.

    Returns
    -------
    one row: n : int64, answered checks; effective : float64, (Σw)² ÷ Σw², null where there are none

    Source
    ------
    Kish 1965, design effect of unequal weights.
    """
    steps = Steps()
    rows = in_month("check_results", "visit_date", first_day(month))
    rows = rows.filter((rows.person_id == person_id) & (rows.confirmed != "cannot_tell"))
    weight = rows.weight_milli.cast("float64")
    total = weight.sum()
    steps.add(
        "effective_checks",
        rows.agg(n=rows.count(), effective=total * total / (weight * weight).sum().nullif(0.0)),
    )
    return steps
