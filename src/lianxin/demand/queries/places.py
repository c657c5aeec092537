"""To which route, manager and unit retailers belong on a day: what sums of forecasts are taken over."""

from collections.abc import Collection
from datetime import date
from typing import Final

import pyarrow as pa

from lianxin.foundation.models import Company
from lianxin.people.queries import postings_on
from lianxin.retailers.models import Territory
from lianxin.retailers.queries import held_on, routes_on

LEVELS: Final = ("unit", "manager", "route")


def places_on(company: Company, retailers: Collection[int], *, on: date) -> pa.Table:
    """One row per retailer_id with a column for each of LEVELS; null where nobody holds it, or it lies on no route."""
    held = Territory.objects.filter(held_on(on), retailer__company=company)
    holders = dict(held.values_list("retailer_id", "person_id"))
    units = dict(postings_on(company, on=on).values_list("person_id", "unit_id"))
    routes = routes_on(company, on=on)
    persons = [holders.get(pk) for pk in retailers]
    return pa.table(
        {
            "retailer_id": pa.array(list(retailers), pa.int64()),
            "unit": pa.array([None if person is None else units.get(person) for person in persons], pa.int64()),
            "manager": pa.array(persons, pa.int64()),
            "route": pa.array([routes.get(pk) for pk in retailers], pa.string()),
        }
    )
