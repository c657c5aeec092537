"""Records are prefilled with the sales of the period, as the analysis counts them."""

from datetime import date, timedelta

import pytest
from django.test import RequestFactory

from lianxin.core.parameters import PARAMETERS
from lianxin.core.units import month_plus
from lianxin.ui import slots
from lianxin.visits.models import Record
from lianxin.visits.queries.calendar import period_of
from lianxin.visits.queries.figures import figures_of, held_at_end
from lianxin.visits.queries.record_pictures import Chart, charts_of
from lianxin.visits.states import RecordKind
from tests import factories
from tests.market.store import NOW, Store, attributed

pytestmark = [pytest.mark.django_db, pytest.mark.requirement("F6")]
DEFAULTS = {name: one.default for name, one in PARAMETERS.items()}


def test_month_and_weeks_hold_the_units_of_the_lines(store: Store) -> None:
    person = next(iter(store.people.values()))
    lines = [attributed(line) for line in store.lines]
    held = {row.retailer_id for row in person.territories.filter(valid_until=None)}

    def filled(kind: RecordKind, day: date) -> dict[str, float | None]:
        period = period_of(kind, day, store.company, DEFAULTS)
        return {one.code: one.value for one in figures_of(store.company, person, period)}

    sold = [line for line in lines if line["month"] == NOW and line["person_id"] == person.pk]
    assert filled(RecordKind.MONTHLY, NOW)["sales_units"] == sum(line["units"] for line in sold) > 0
    day = min(line["order_date"] for line in sold)
    monday = day - timedelta(days=day.weekday())
    of_week = [
        line["units"]
        for line in lines
        if line["retailer_id"] in held and monday <= line["order_date"] < monday + timedelta(days=7)
    ]
    assert filled(RecordKind.WEEKLY, day)["week_units"] == sum(of_week) > 0
    assert "sales_units" not in filled(RecordKind.DAILY, day)
    assert filled(RecordKind.MONTHLY, date(2030, 1, 1))["sales_units"] is None


def test_charts_show_the_month_beside_the_year_before_and_the_week_beside_two_others(store: Store) -> None:
    person = next(iter(store.people.values()))
    lines = [attributed(line) for line in store.lines]

    def drawn(kind: RecordKind, day: date) -> dict[str, Chart]:
        period = period_of(kind, day, store.company, DEFAULTS)
        found = charts_of(store.company, person, period, on=day)
        return {one.code: one for one in found}

    chart = drawn(RecordKind.MONTHLY, NOW)["sales_by_month"]
    assert (chart.kind, chart.categories[-1]) == ("months", f"{NOW}")
    for line, back in zip(chart.lines, (0, 12), strict=True):
        for text, value in zip(chart.categories, line.values, strict=True):
            month = month_plus(date.fromisoformat(text), -back)
            sold = [one["units"] for one in lines if one["month"] == month and one["person_id"] == person.pk]
            assert value == (sum(sold) if sold else None)
    assert [line.role for line in chart.lines] == ["now", "last_year"]

    day = min(line["order_date"] for line in lines if line["month"] == NOW and line["person_id"] == person.pk)
    monday = day - timedelta(days=day.weekday())
    held = held_at_end(person, monday + timedelta(days=7))
    chart = drawn(RecordKind.WEEKLY, day)["sales_of_week"]
    for value, weeks in zip(chart.lines[0].values, (0, 1, 52), strict=True):
        first = monday - timedelta(weeks=weeks)
        sold = [
            one["units"]
            for one in lines
            if one["retailer_id"] in held and first <= one["order_date"] < first + timedelta(days=7)
        ]
        assert value == (sum(sold) if sold else None)

    # A log of one day has no sales, and a month without lines no picture: an empty one would look like no sales.
    assert drawn(RecordKind.DAILY, day) == {}
    assert drawn(RecordKind.MONTHLY, date(2030, 1, 1)) == {}


def test_record_shows_the_sales_of_its_writer(store: Store) -> None:
    person = next(iter(store.people.values()))
    record = Record.objects.create(
        id="r1", company=store.company, person=person, kind="monthly", period_start=NOW, due_at=factories.AT
    )
    request = RequestFactory().get("/")
    request.user = next(iter(store.users.values()))
    shown = {panel.key: panel.render(request, record) for panel in slots.panels_for("record", request)}
    assert "lx-chart" in shown["sales"]
    # A record that keeps its own chart is not shown another one.
    record.figures = {"charts": []}
    assert {panel.key: panel.render(request, record) for panel in slots.panels_for("record", request)}["sales"] == ""
    record.figures, record.kind = {}, "daily"
    assert {panel.key: panel.render(request, record) for panel in slots.panels_for("record", request)}["sales"] == ""
