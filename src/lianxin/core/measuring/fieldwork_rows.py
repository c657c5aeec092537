"""The visits, planned visits, promises, counts and checks behind a figure of field work, so that it opens to its rows."""

from __future__ import annotations

from datetime import date
from typing import Any

import ibis
from ibis.expr.types import Table as TableExpression

from lianxin.core.measuring.fieldwork import SOUND
from lianxin.core.measuring.fieldwork_days import busiest_shops, held_shops, in_month, owed_days, planned_until_now
from lianxin.core.measuring.lines import valid_on
from lianxin.core.tables import RETAILER_VERSIONS, Steps
from lianxin.core.units import first_day


def field_evidence(month: date, person_id: int, indicator: str) -> Steps:
    """Steps whose last one holds the rows behind a manager's figure of field work, newest first.

    Returns
    -------
    row_id : string; day : date; retailer_id : int64; licence_no, retailer : string, null where unknown on the day
        visit_id : string, null for what is no visit
        says : string, the state or answer of the row; counts : boolean, whether it stands in the numerator
    """
    steps = Steps()
    rows = _rows(steps, indicator, first_day(month))
    rows = rows.filter(rows.person_id == person_id)
    shops = RETAILER_VERSIONS.unbound().select(
        _id="retailer_id", licence_no="licence_no", retailer="name", valid_from="valid_from", valid_until="valid_until"
    )
    named = rows.left_join(shops, [rows.retailer_id == shops._id, valid_on(shops, rows.day)])
    told = named.select("row_id", "day", "retailer_id", "licence_no", "retailer", "visit_id", "says", "counts")
    steps.add("field_evidence", told.order_by(told.day.desc(), "row_id"))
    return steps


def _rows(steps: Steps, indicator: str, month: date) -> TableExpression:
    def made(rows: TableExpression, key: Any, day: str, visit: Any, says: Any, counts: Any) -> TableExpression:
        return rows.select(
            row_id=key, person_id=rows.person_id, day=rows[day], retailer_id=rows.retailer_id, visit_id=visit,
            says=says, counts=counts,
        )  # fmt: skip

    none = ibis.null("string")
    if indicator == "plan_adherence":
        rows = planned_until_now(month)
        return made(rows, rows.planned_id, "visit_date", none, rows.state, rows.state == "done")
    if indicator == "promises_kept":
        rows = in_month("promises", "due_date", month)
        rows = rows.filter(rows.state.isin(["open", "kept", "not_kept"]))
        return made(rows, rows.promise_id, "due_date", none, rows.state, rows.state == "kept")
    if indicator in ("verified_visits", "record_originality"):
        rows = in_month("visit_verdicts", "visit_date", month)
        says = rows.answer if indicator == "verified_visits" else rows.copied
        return made(rows, rows.visit_id, "visit_date", rows.visit_id, says, says.isin(SOUND))
    if indicator == "discrepancy_rate":
        rows = in_month("check_results", "visit_date", month)
        key = rows.visit_id + ibis.literal(" ") + rows.channel
        return made(rows, key, "visit_date", rows.visit_id, rows.confirmed, rows.confirmed == "no")
    if indicator == "price_tags":
        rows = in_month("price_tags", "visit_date", month)
        says = rows.labelled.cast("string") + ibis.literal(" / ") + rows.on_display.cast("string")
        return made(rows, rows.visit_id, "visit_date", rows.visit_id, says, rows.labelled > 0)
    if indicator == "display_shown":
        rows = in_month("displays", "visit_date", month)
        says = rows.n_new.cast("string") + ibis.literal(" / ") + rows.n_photos.cast("string")
        return made(rows, rows.visit_id, "visit_date", rows.visit_id, says, rows.n_new > 0)
    rows = in_month("visits", "visit_date", month)
    if indicator == "attendance_days":
        return _attendance(steps, rows, month)
    if indicator == "shops_reached":
        return _shops(steps, rows, month)
    if indicator == "visits_a_working_day":
        owed = owed_days(steps, month)
        rows = rows.semi_join(owed, [rows.person_id == owed.person_id, rows.visit_date == owed.day])
    if indicator == "busiest_share":
        shops = busiest_shops(month).select(_person="person_id", _shop="retailer_id", is_busiest="is_busiest")
        rows = rows.join(shops, [rows.person_id == shops._person, rows.retailer_id == shops._shop])
        return made(rows, rows.visit_id, "visit_date", rows.visit_id, rows.place_answer, rows.is_busiest)
    return made(rows, rows.visit_id, "visit_date", rows.visit_id, rows.place_answer, ibis.literal(True))


def _shops(steps: Steps, visits: TableExpression, month: date) -> TableExpression:
    """Every shop held, with its last visit of the month, whoever made it."""
    owed_days(steps, month)
    held = held_shops(steps, month)
    order = ibis.window(group_by="retailer_id", order_by=[visits.visit_date.desc(), visits.visit_id.desc()])
    lasts = visits.mutate(_place=ibis.row_number().over(order))
    lasts = lasts.filter(lasts._place == 0).select(_shop="retailer_id", visit_date="visit_date", visit_id="visit_id")
    told = held.left_join(lasts, held.retailer_id == lasts._shop)
    return told.select(
        row_id=told.retailer_id.cast("string"),
        person_id="person_id",
        day=told.visit_date.fill_null(told.day),
        retailer_id="retailer_id",
        visit_id="visit_id",
        says=ibis.ifelse(told.is_seen, "visited", "not_visited"),
        counts=told.is_seen,
    )


def _attendance(steps: Steps, visits: TableExpression, month: date) -> TableExpression:
    """Every day owed with its first visit, and every working day that was not owed with the reason, in neither part."""
    order = ibis.window(group_by=["person_id", "visit_date"], order_by=["check_in_at", "visit_id"])
    firsts = visits.mutate(_place=ibis.row_number().over(order))
    firsts = firsts.filter(firsts._place == 0).select(
        _person="person_id", visit_date="visit_date", retailer_id="retailer_id", visit_id="visit_id"
    )
    owed = owed_days(steps, month).select("person_id", "day")
    owed = owed.left_join(firsts, [owed.person_id == firsts._person, owed.day == firsts.visit_date])
    attended = owed.visit_id.notnull()
    off = in_month("days_off", "day", month)
    off = off.join(ibis.table({"day": "date"}, name="field_calendar"), "day")
    columns = ("row_id", "person_id", "day", "retailer_id", "visit_id", "says", "counts")
    days = owed.select(
        row_id=owed.day.cast("string"),
        person_id="person_id",
        day="day",
        retailer_id="retailer_id",
        visit_id="visit_id",
        says=ibis.ifelse(attended, "attended", "not_attended"),
        counts=attended,
    )
    free = off.select(
        row_id=off.day.cast("string"),
        person_id="person_id",
        day="day",
        retailer_id=ibis.null("int64"),
        visit_id=ibis.null("string"),
        says=off.why,
        counts=ibis.literal(False),
    )
    return ibis.union(days.select(*columns), free.select(*columns))
