"""Postings and units as lake tables."""

import pyarrow as pa

from lianxin.foundation.facts import table_of
from lianxin.foundation.models import Company
from lianxin.people.models import Posting, Unit


def postings(company: Company) -> pa.Table:
    """Every posting of the company's persons."""
    fields = ("person_id", "person__employee_no", "person__name", "post", "unit_id", "valid_from", "valid_until")
    columns = ("person_id", "employee_no", "name", "post", "unit_id", "valid_from", "valid_until")
    rows = Posting.objects.filter(person__company=company).order_by("person_id", "valid_from").values_list(*fields)
    return table_of("postings", company, columns, list(rows))


def units(company: Company) -> pa.Table:
    """Every unit of the company."""
    rows = Unit.objects.filter(company=company).order_by("pk").values_list("pk", "code", "parent_id", "kind")
    return table_of("units", company, ("unit_id", "unit", "parent_id", "kind"), list(rows))
