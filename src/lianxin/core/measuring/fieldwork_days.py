"""What field work is held against: the days that were owed, the plans that bound, the shops that were held."""

from __future__ import annotations

from datetime import date
from typing import Final

import ibis
from ibis.expr.types import Table as TableExpression

from lianxin.core.measuring.lines import FAR, valid_on
from lianxin.core.measuring.spans import version_on
from lianxin.core.tables import POSTINGS, RETAILER_VERSIONS, TABLES, TERRITORIES, Steps
from lianxin.core.tables.field import CALENDAR_DAYS, DAYS_OFF
from lianxin.core.units import last_day, next_month

CUSTOMER_MANAGER: Final = "customer_manager"
ACTIVE: Final = "active"


def in_month(table: str, day: str, month: date) -> TableExpression:
    """The rows of a declared table whose day lies in the month."""
    rows = TABLES[table].unbound()
    return rows.filter((rows[day] >= ibis.date(month)) & (rows[day] < ibis.date(next_month(month))))


def owed_days(steps: Steps, month: date) -> TableExpression:
    """The working days that customer managers owed in a month.

    A working day by the calendar on which one is in post, unless one is absent, on holiday or kept in by dangerous weather. Only
    days between the first and the last visit that the company has recorded, ever: before it nobody kept such records, after it
    nobody can know yet. Only units that recorded a visit in the month: of others nothing is said.

    Returns
    -------
    one row per (person_id, day), with the unit_id of that day
    """
    n_days = last_day(month).day
    numbers = ibis.range(1, n_days + 1).unnest().name("_n").as_table()
    weekdays = [n for n in range(1, n_days + 1) if month.replace(day=n).weekday() < 5]
    year, of_year = ibis.literal(month.year, "int32"), ibis.literal(month.month, "int32")
    days = numbers.select(day=ibis.date(year, of_year, numbers._n.cast("int32")), is_plain=numbers._n.isin(weekdays))
    marked = CALENDAR_DAYS.unbound().select(_day="day", is_working="is_working")
    days = days.left_join(marked, days.day == marked._day)
    days = steps.add("field_calendar", days.filter(days.is_working.fill_null(days.is_plain)).select("day"))
    posts = POSTINGS.unbound()
    posts = posts.filter(posts.post == CUSTOMER_MANAGER).select("person_id", "unit_id", "valid_from", "valid_until")
    owed = posts.cross_join(days).cross_join(recorded())
    owed = owed.filter(valid_on(owed, owed.day), owed.day.between(owed["first"], owed["last"]))
    owed = owed.semi_join(steps.add("field_units", _recording_units(month)), "unit_id")
    off = DAYS_OFF.unbound().select(_person="person_id", _day="day")
    owed = owed.anti_join(off, [owed.person_id == off._person, owed.day == off._day])
    return steps.add("field_owed", owed.select("person_id", "unit_id", "day"))


def _recording_units(month: date) -> TableExpression:
    """The units in which somebody recorded a visit in the month."""
    made = in_month("visits", "visit_date", month)
    places = POSTINGS.unbound().select(
        _person="person_id", unit_id="unit_id", valid_from="valid_from", valid_until="valid_until"
    )
    placed = made.join(places, [made.person_id == places._person, valid_on(places, made.visit_date)])
    return placed.select("unit_id").distinct()


def held_shops(steps: Steps, month: date) -> TableExpression:
    """The active shops held at the month's begin and end, in units that record visits, and whether anybody visited them.

    After `owed_days`. Shops that nobody visited and whose planned visit was excused are left out.

    Returns
    -------
    one row per retailer_id
        person_id : who holds it at the end; day : that day; is_seen : boolean
    """
    end = last_day(month)
    units = ibis.table({"unit_id": "int64"}, name="field_units")
    posts = version_on(POSTINGS.unbound(), end, "person_id", "unit_id").semi_join(units, "unit_id")
    kinds = version_on(RETAILER_VERSIONS.unbound(), end, "retailer_id", "status")
    held = version_on(TERRITORIES.unbound(), end, "retailer_id", "person_id")
    held = held.semi_join(version_on(TERRITORIES.unbound(), month, "retailer_id"), "retailer_id")
    held = held.semi_join(kinds.filter(kinds.status == ACTIVE), "retailer_id").semi_join(posts, "person_id")
    seen = in_month("visits", "visit_date", month).select(_shop="retailer_id").distinct()
    told = held.left_join(seen, held.retailer_id == seen._shop)
    told = told.select("retailer_id", "person_id", day=ibis.date(end), is_seen=told._shop.notnull())
    told = steps.add("field_shops", told)
    planned = in_month("planned_visits", "visit_date", month)
    excused = planned.filter(planned.state == "excused").select("retailer_id").distinct()
    unseen = told.filter(~told.is_seen).anti_join(excused, "retailer_id")
    return steps.add("field_shops_held", ibis.union(told.filter(told.is_seen), unseen))


def busiest_shops(month: date) -> TableExpression:
    """Visits by person and shop, and whether the shop is one of the tenth that the person visited most, of equals the first.

    Returns
    -------
    one row per (person_id, retailer_id) with visits in the month
        day : the last of them; n : int64; is_busiest : boolean
    """
    visits = in_month("visits", "visit_date", month)
    counted = visits.group_by("person_id", "retailer_id").agg(
        day=visits.visit_date.max(), n=visits.count().cast("int64")
    )
    order = ibis.window(group_by="person_id", order_by=[counted.n.desc(), counted.retailer_id])
    ranked = counted.mutate(
        _place=ibis.row_number().over(order), _shops=counted.n.count().over(ibis.window(group_by="person_id"))
    )
    is_busiest = ranked._place < ibis.greatest((ranked._shops / 10).floor().cast("int64"), 1)
    return ranked.select("person_id", "retailer_id", "day", "n", is_busiest=is_busiest)


def planned_until_now(month: date) -> TableExpression:
    """The planned visits of a month that are owed: neither excused nor dropped, nor after the company's last recorded visit."""
    rows = in_month("planned_visits", "visit_date", month)
    rows = rows.filter(rows.state.isin(["planned", "done"])).cross_join(recorded())
    return rows.filter(rows.visit_date <= rows["last"].fill_null(ibis.date(FAR))).drop("first", "last")


def recorded() -> TableExpression:
    """The first and the last day on which the company recorded a visit, ever; null where it never did."""
    visits = TABLES["visits"].unbound()
    return visits.agg(first=visits.visit_date.min(), last=visits.visit_date.max())
