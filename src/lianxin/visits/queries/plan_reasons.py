"""Why retailers are visited: signals computed by pure expressions over roll-ups and over what visits left behind."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import replace
from datetime import date, timedelta
from typing import Any, Final

import pyarrow as pa
from django.db.models import Max, Q
from ibis.expr.types import Table as TableExpression

from lianxin.core.parameters import value_of
from lianxin.core.units import last_day
from lianxin.core.visiting.reasons import Finding, Signal, findings, reasons
from lianxin.core.visiting.signals import (
    COUNTED_STOCK,
    LAST_VISITS,
    PROMISES,
    decline_against_peers,
    long_not_visited,
    new_products_not_carried,
    overdue_promises,
    stock_against_sales,
)
from lianxin.engine.sources import Source, nullable_arrow_schema
from lianxin.foundation import parameters as dated
from lianxin.foundation.facts import the_engine, the_lake
from lianxin.foundation.models import Company
from lianxin.people.models import Posting
from lianxin.retailers.models import Territory
from lianxin.retailers.queries import held_on
from lianxin.visits.models import DayQuestion, Promise, Request, Visit, VisitAction
from lianxin.visits.queries.calendar import bounds
from lianxin.visits.states import ActionKind, PromiseState, RequestState, VisitState

SALES_MONTHS: Final = 3
COUNT_DAYS: Final = 14
OPEN_REQUESTS: Final = (RequestState.OPEN, RequestState.REOPENED, RequestState.ANSWERED)
Found = list[Finding]


def reasons_of(
    company: Company, retailer_ids: Collection[int], *, on: date, until: date
) -> dict[int, list[dict[str, Any]]]:
    """Retailer -> its reasons as JSON, the most pressing first; never empty.

    Parameters
    ----------
    on : what was known before this day counts; until : questions of the day that are asked before it
    """
    found: Found = []
    for source in (_of_market, _of_visits, _of_promises, _of_requests, _of_price_tags):
        found += source(company, on)
    found += _of_questions(company, retailer_ids, on, until)
    told = reasons(retailer_ids, found)
    return {pk: [one.as_json() | {"evidence": _plain(one.evidence)} for one in several] for pk, several in told.items()}


def _plain(evidence: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value.isoformat() if isinstance(value, date) else value for name, value in evidence.items()}


def _run(make: Callable[[], TableExpression], sources: Mapping[str, Source]) -> Found:
    return findings(the_engine().run(make(), sources).to_pylist())


def _newest(company: Company, table: str, on: date) -> date | None:
    """The newest month of a lake table that was over on a day."""
    months = [month for month in the_lake().months(table, company.pk) if month < on.replace(day=1)]
    return max(months, default=None)


def _of_market(company: Company, on: date) -> Found:
    known, lake = dated.in_force(company, on=on), the_lake()
    found: Found = []
    closed = _newest(company, "indicator_values", on)
    if closed is not None:
        sources = lake.sources(("indicator_values",), company_id=company.pk, months=[closed])
        found += _run(lambda: decline_against_peers(closed, known), sources)
    sold = _newest(company, "sales_monthly", on)
    if sold is not None:
        months = [month for month in lake.months("sales_monthly", company.pk) if month <= sold][-SALES_MONTHS:]
        sources = lake.sources(
            ("sales_monthly", "product_versions", "territories"), company_id=company.pk, months=months
        )
        # How old the orders are is part of the evidence: a plan may be made before the month's orders have come in.
        told = _run(lambda: new_products_not_carried(sold, known), sources)
        found += [replace(one, evidence={**one.evidence, "until": last_day(sold)}) for one in told]
        counted = _counted_stock(company, on)
        if counted is not None:
            sales = lake.sources(("sales_monthly",), company_id=company.pk, months=months)
            found += _run(lambda: stock_against_sales(sold, known), {**sales, COUNTED_STOCK.name: counted})
    return found


def _counted_stock(company: Company, on: date) -> pa.Table | None:
    """The newest count of each shop and product in the last weeks, in which counting still says something; None without any."""
    counts = VisitAction.objects.filter(
        visit__company=company,
        kind=ActionKind.STOCK_COUNT,
        visit__visit_date__lt=on,
        visit__visit_date__gte=on - timedelta(days=COUNT_DAYS),
    ).order_by("visit__visit_date", "pk")
    newest: dict[tuple[int, int], dict[str, Any]] = {}
    for retailer_id, day, body in counts.values_list("visit__retailer_id", "visit__visit_date", "body"):
        for line in body.get("lines", ()):
            pair = (retailer_id, int(line["product_id"]))
            newest[pair] = {
                "retailer_id": retailer_id, "product_id": pair[1], "counted_date": day, "units": int(line["units"]),
            }  # fmt: skip
    if not newest:
        return None
    return pa.Table.from_pylist(list(newest.values()), schema=nullable_arrow_schema(COUNTED_STOCK))


def _of_visits(company: Company, on: date) -> Found:
    held = Territory.objects.filter(held_on(on), retailer__company=company).values_list("retailer_id", flat=True)
    made = Visit.objects.filter(company=company, visit_date__lt=on).exclude(state=VisitState.OPEN)
    last = dict(made.values_list("retailer_id").annotate(day=Max("visit_date")).values_list("retailer_id", "day"))
    if not last:
        # Before the first visit is recorded at all, that none is known says nothing about any shop.
        return []
    rows = [{"retailer_id": pk, "visit_date": last.get(pk)} for pk in sorted(held)]
    table = pa.Table.from_pylist(rows, schema=nullable_arrow_schema(LAST_VISITS))
    known = dated.in_force(company, on=on)
    return _run(lambda: long_not_visited(on, known), {LAST_VISITS.name: table})


def _of_promises(company: Company, on: date) -> Found:
    rows = [
        {
            "promise_id": promise.pk,
            "retailer_id": promise.retailer_id,
            "made_date": promise.made_at.astimezone(company.zone).date(),
            "due_date": promise.due_on,
            "settled_date": None,
        }
        for promise in Promise.objects.filter(
            company=company, state__in=(PromiseState.OPEN, PromiseState.NOT_KEPT), due_on__lt=on
        )
    ]
    if not rows:
        return []
    table = pa.Table.from_pylist(rows, schema=nullable_arrow_schema(PROMISES))
    return _run(lambda: overdue_promises(on), {PROMISES.name: table})


def _of_requests(company: Company, on: date) -> Found:
    today, _tomorrow = bounds(on, on, company)
    rows = Request.objects.filter(
        company=company, state__in=OPEN_REQUESTS, raised_at__lt=today, raised_by__isnull=False
    )
    return [
        Finding(
            row.retailer_id,
            Signal.COMPLAINT_PENDING,
            float((on - row.raised_at.astimezone(company.zone).date()).days),
            0.0,
            {"subject": row.pk, "since": row.raised_at.astimezone(company.zone).date()},
        )
        for row in rows
    ]


def _of_price_tags(company: Company, on: date) -> Found:
    """Shops in which the last count of price tags found some missing; a step that was skipped counted nothing."""
    days = int(value_of(dated.in_force(company, on=on), "visiting.price_tags_look_days"))
    rows = VisitAction.objects.filter(
        visit__company=company,
        kind=ActionKind.PRICE_TAGS,
        skipped_because="",
        visit__visit_date__lt=on,
        visit__visit_date__gte=on - timedelta(days=days),
    ).order_by("visit__visit_date", "pk")
    last = {
        row.visit.retailer_id: row
        for row in rows.select_related("visit")
        if all(isinstance(row.body.get(name), int) for name in ("labelled", "on_display"))
    }
    found = []
    for retailer_id, row in last.items():
        labelled, shown = row.body["labelled"], row.body["on_display"]
        if 0 <= labelled < shown:
            evidence = {
                "numerator": labelled,
                "denominator": shown,
                "since": row.visit.visit_date,
                "subject": row.visit_id,
            }
            found.append(Finding(retailer_id, Signal.PRICE_TAGS_MISSING, labelled / shown, 1.0, evidence))
    return found


def _of_questions(company: Company, retailer_ids: Collection[int], on: date, until: date) -> Found:
    asked = list(DayQuestion.objects.filter(company=company, valid_from__lt=until, valid_until__gt=on).order_by("pk"))
    if not asked:
        return []
    holders = dict(
        Territory.objects.filter(held_on(on), retailer_id__in=retailer_ids).values_list("retailer_id", "person_id")
    )
    posts = Posting.objects.filter(person_id__in=set(holders.values()), valid_from__lte=on)
    units = dict(posts.filter(Q(valid_until=None) | Q(valid_until__gt=on)).values_list("person_id", "unit_id"))
    found = []
    for retailer_id in retailer_ids:
        unit = units.get(holders.get(retailer_id, 0))
        question = next((one for one in asked if one.unit_id is None or one.unit_id == unit), None)
        if question is not None:
            evidence = {"subject": str(question.pk), "since": question.valid_from}
            found.append(Finding(retailer_id, Signal.RESEARCH_QUESTION, 0.0, 1.0, evidence))
    return found
