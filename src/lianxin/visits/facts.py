"""What field work publishes to the lake for closings."""

from datetime import date, timedelta
from typing import Any

import pyarrow as pa
from django.db.models import Case, Count, F, OuterRef, Q, When
from django.db.models.functions import Coalesce, TruncDate

from lianxin.foundation.facts import table_of
from lianxin.foundation.models import CalendarDay, Company
from lianxin.visits import clocks
from lianxin.visits.models import Cover, Photo, PlanChange, PlannedVisit, Promise, Visit, VisitAction
from lianxin.visits.queries import excuses, planning
from lianxin.visits.queries import promises as promise_queries
from lianxin.visits.states import ActionKind, PlanChangeKind, PlannedState, PlanState, PromiseState, VisitState

# What frees a person of a day's work on the market.
_OFF = (PlanChangeKind.ABSENCE, PlanChangeKind.HOLIDAY, PlanChangeKind.WEATHER)


def planned_visits(company: Company) -> pa.Table:
    """Every visit of the approved plans, with its state; drafts and plans that wait bind nobody.

    Done is what was made on its day; a visit made for it on another day leaves it planned, and so does an excuse that nobody
    else has agreed to.
    """
    rows: Any = planning.with_made(PlannedVisit.objects.filter(company=company, cycle__state=PlanState.APPROVED))
    told = rows.order_by("visit_date", "pk").values_list(
        "pk", "cycle_id", "person_id", "retailer_id", "visit_date", "state", "is_made"
    )
    columns = ("planned_id", "plan_id", "person_id", "retailer_id", "visit_date", "state")
    made = {True: PlannedState.DONE.value, False: PlannedState.PLANNED.value}
    found = [
        (*first, made[is_made] if state in planning.OWED else state)
        for *first, state, is_made in told.iterator(chunk_size=10_000)
    ]
    return table_of("planned_visits", company, columns, found)


def visits(company: Company) -> pa.Table:
    """Every visit as made, without its positions: what was answered of the place, and how far it was. Times are the server's."""
    rows = (
        Visit.objects.filter(company=company)
        .order_by("visit_date", "pk")
        .values_list(
            "pk",
            "person_id",
            "retailer_id",
            "visit_date",
            "planned_date",
            "place_answer",
            "distance_metres",
            "n_answers",
            "held_at_visit",
            "state",
            *clocks.COLUMNS,
        )
    )
    columns = (
        "visit_id",
        "person_id",
        "retailer_id",
        "visit_date",
        "check_in_at",
        "check_out_at",
        "minutes",
        "planned",
        "place_answer",
        "distance_metres",
        "n_answers",
        "held_at_visit",
        "closed_by_itself",
    )
    found = []
    for row in rows.iterator(chunk_size=10_000):
        first, planned, rest, state = row[:4], row[4], row[5:9], row[9]
        times = clocks.by_server(*row[10:])
        minutes = None if times.end is None else (times.end - times.start).total_seconds() / 60
        # Without an end of its own though it was not closed by itself: nobody can tell when it was.
        closed = times.is_known and state == VisitState.CLOSED_BY_ITSELF
        found.append((*first, times.start, times.end, minutes, planned is not None, *rest, closed))
    return table_of("visits", company, columns, found)


def promises(company: Company) -> pa.Table:
    """Every promise and how it ended, with who answers for it: who held the shop when it fell due, else who gave it.

    One that was kept, before its day or after it, is the work of who held the shop when it was kept, as records tell it.
    """
    kept_on = Case(When(state=PromiseState.KEPT, then=TruncDate("settled_at", tzinfo=company.zone)))
    rows: Any = promise_queries.with_charge(
        # A kept promise without an instant counts on its day.
        Promise.objects.filter(company=company).annotate(counts_on=Coalesce(kept_on, "due_on")),
        on=OuterRef("counts_on"),
    )
    told = rows.order_by("pk").values_list(
        "pk", "in_charge_id", "retailer_id", "made_at", "due_on", "state", "settled_at"
    )
    columns = ("promise_id", "person_id", "retailer_id", "made_at", "due_date", "state", "settled_at")
    return table_of("promises", company, columns, list(told))


_OF_VISIT = ("visit_id", "person_id", "retailer_id", "visit_date")


def price_tags(company: Company) -> pa.Table:
    """Price tags as counted in visits; a count that was skipped is not there."""
    rows = (
        VisitAction.objects.filter(visit__company=company, kind=ActionKind.PRICE_TAGS, skipped_because="")
        .order_by("visit__visit_date", "visit_id", "place")
        .values_list("visit_id", "visit__person_id", "visit__retailer_id", "visit__visit_date", "body")
    )
    counted = ("ordered", "on_display", "labelled")
    last = {
        row[0]: (*row, *(body[name] for name in counted))
        for *row, body in rows.iterator(chunk_size=10_000)
        if all(isinstance(body.get(name), int) for name in counted)
    }
    return table_of("price_tags", company, (*_OF_VISIT, *counted), list(last.values()))


def displays(company: Company) -> pa.Table:
    """Photographs of displays by visit, and how many of them were not seen before."""
    shown = Photo.objects.filter(company=company, action_kind=ActionKind.DISPLAY)
    counts = {
        visit_id: (n, fresh)
        for visit_id, n, fresh in shown.values("visit_id_said")
        .annotate(n=Count("pk"), fresh=Count("pk", filter=Q(seen_before=None)))
        .values_list("visit_id_said", "n", "fresh")
    }
    rows = Visit.objects.filter(company=company, pk__in=shown.values("visit_id_said")).order_by("visit_date", "pk")
    found = [
        (*row, *counts[row[0]])
        for row in rows.values_list("pk", "person_id", "retailer_id", "visit_date").iterator(chunk_size=10_000)
    ]
    return table_of("displays", company, (*_OF_VISIT, "n_photos", "n_new"), found)


def stock_counts(company: Company) -> pa.Table:
    """Stock as counted in visits, one row a product; an action that was skipped counts nothing."""
    return _of_counts(company, "stock_counts", "counted_at", "units")


def retail_prices(company: Company) -> pa.Table:
    """What shops asked for a product, as visits saw it while they counted; a line without a price says nothing of it."""
    return _of_counts(company, "retail_prices", "seen_at", "price_fen")


def _of_counts(company: Company, table: str, at_column: str, column: str) -> pa.Table:
    """One number of the lines of stock counts, by visit and product; the last line of a visit about a product counts."""
    rows = (
        VisitAction.objects.filter(visit__company=company, kind=ActionKind.STOCK_COUNT, skipped_because="")
        .order_by("visit__visit_date", "visit_id", "place")
        .values_list(
            "visit_id", "visit__person_id", "visit__retailer_id", "body", *(f"visit__{name}" for name in clocks.COLUMNS)
        )
    )
    last: dict[tuple[str, int], tuple[object, ...]] = {}
    for visit_id, person_id, retailer_id, body, *told in rows.iterator(chunk_size=10_000):
        at = clocks.by_server(*told).start
        for line in body.get("lines") or ():
            if isinstance(line.get("product_id"), int) and isinstance(line.get(column), int):
                key = (visit_id, line["product_id"])
                last[key] = (visit_id, person_id, retailer_id, line["product_id"], at, line[column])
    columns = ("visit_id", "person_id", "retailer_id", "product_id", at_column, column)
    return table_of(table, company, columns, list(last.values()))


def calendar_days(company: Company) -> pa.Table:
    """The days on which the company works though it is a weekend, or rests though it is none."""
    rows = CalendarDay.objects.filter(company=company).order_by("date").values_list("date", "is_working")
    return table_of("calendar_days", company, ("day", "is_working"), list(rows))


def days_off(company: Company) -> pa.Table:
    """Who owed no work on which day: absent by an approved plan, covered by a colleague, on holiday, kept in by the weather.

    A manager's own word frees him of nothing until somebody else has agreed.
    """
    found: dict[tuple[int, date], str] = {}
    changes = PlanChange.objects.filter(cycle__company=company, cycle__state=PlanState.APPROVED, kind__in=_OFF)
    # Making a plan anew puts its visits back on the days that its drafts had lost.
    changes = changes.filter(at__gte=F("cycle__made_at")).exclude(excuse__in=excuses.UNAGREED)
    for person, kind, body in changes.order_by("at", "pk").values_list("cycle__person_id", "kind", "body"):
        for text in body.get("days", ()):
            found[person, date.fromisoformat(text)] = kind
    covers = Cover.objects.filter(company=company).exclude(pk__in=excuses.covers_not_freeing(company)).order_by("pk")
    for absent, first, until in covers.values_list("absent_id", "valid_from", "valid_until"):
        for n in range((until - first).days):
            found[absent, first + timedelta(days=n)] = PlanChangeKind.ABSENCE
    rows = [(person, day, str(why)) for (person, day), why in sorted(found.items())]
    return table_of("days_off", company, ("person_id", "day", "why"), rows)
