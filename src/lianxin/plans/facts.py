"""Targets as a lake table."""

import pyarrow as pa

from lianxin.foundation.facts import table_of
from lianxin.foundation.models import Company
from lianxin.plans.models import Target


def targets(company: Company) -> pa.Table:
    """Every target set in the company."""
    columns = ("month", "level", "entity", "indicator", "target")
    rows = Target.objects.filter(company=company).order_by("month", "level", "entity", "indicator")
    return table_of("targets", company, columns, list(rows.values_list(*columns)))
