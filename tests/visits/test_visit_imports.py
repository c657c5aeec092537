"""Files of field work come in once, say why a row is refused, and go out again whole."""

import csv
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from lianxin.foundation.imports import running
from lianxin.foundation.models import CalendarDay, Company
from lianxin.visits.models import (
    PlanChange,
    PlanCycle,
    PlannedVisit,
    Position,
    PositionConsent,
    Promise,
    Request,
    Visit,
)
from tests import factories

pytestmark = [pytest.mark.django_db, pytest.mark.requirement("F1")]
AT = datetime(2022, 1, 5, 8, 0, tzinfo=UTC)


def bring(company: Company, folder: Path, kind: str, rows: list[dict[str, Any]], **how: Any) -> running.Result:
    path = folder / f"{kind}{len(list(folder.iterdir()))}.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, sorted({name for row in rows for name in row}))
        writer.writeheader()
        writer.writerows(rows)
    return running.run(company=company, kind=kind, path=path, by=None, at=AT, **how)


@pytest.fixture
def rows(company: Company) -> list[dict[str, Any]]:
    unit = factories.unit(company)
    one, other = factories.person(unit, employee_no="E1"), factories.person(unit, employee_no="E2")
    factories.retailer(company, "L1", holder=one, latitude=31.35, longitude=118.42)
    factories.retailer(company, "L2", holder=other)
    cycle = PlanCycle.objects.create(
        id="c",
        company=company,
        person=one,
        starts_on=date(2022, 1, 3),
        ends_on=date(2022, 1, 31),
        parameters={},
        made_at=AT,
    )
    PlannedVisit.objects.create(
        id="p", cycle=cycle, company=company, person=one, retailer_id=company.retailers.get(licence_no="L1").pk,
        visit_date=date(2022, 1, 4), order=1, arrive_at="08:40", travel_minutes=1, service_minutes=8,
    )  # fmt: skip
    fix = {"latitude": 31.3501, "longitude": 118.42, "accuracy_metres": 12, "fix_age_seconds": 2, "source": "gps"}
    plain = {"visit_id": "v1", "manager_id": "E1", "retailer_id": "L1", "n_answers": 3, "note": "缺货，\n明天补",
             "check_in_at": "2022-01-04T08:41:00+08:00", "check_out_at": "2022-01-04T08:52:00+08:00", **fix}  # fmt: skip
    return [
        {**plain, "planned_date": "2022-01-04"},
        {**plain, "visit_id": "v2", "retailer_id": "L2", "check_in_at": "2022-01-04T08:50:00+08:00"},
        {**plain, "visit_id": "v3", "check_in_at": "2021-09-03T08:50:00+08:00", "check_out_at": ""},
        {
            **plain,
            "visit_id": "v4",
            "check_in_at": "2022-01-04T20:50:00+08:00",
            "check_out_at": "2022-01-04T21:00:00+08:00",
        },
    ]


@pytest.mark.parametrize("ids", [("a", "p", "z"), ("z", "p", "a")])
@pytest.mark.parametrize(("others", "made"), [(("excused", "dropped"), "p"), (("pending", "done"), "p")])
def test_a_visit_was_made_for_what_is_planned_and_not_for_what_is_excused(
    company: Company,
    tmp_path: Path,
    rows: list[dict[str, Any]],
    ids: tuple[str, ...],
    others: tuple[str, ...],
    made: str,
) -> None:
    row = PlannedVisit.objects.get()
    for pk, state in zip((ids[0], ids[2]), others, strict=True):
        row.pk, row.state = pk, state
        row.save(force_insert=True)
    bring(company, tmp_path, "visits", rows[:1])
    assert Visit.objects.get().planned_id == made
    assert dict(PlannedVisit.objects.exclude(pk=made).values_list("pk", "state")) == dict(
        zip((ids[0], ids[2]), others, strict=True)
    )
    assert PlannedVisit.objects.get(pk=made).state == "done"


def consented(company: Company, folder: Path) -> running.Result:
    return bring(company, folder, "position_consents", [{"employee_no": "E1", "given_at": "2021-01-01T08:00:00+08:00"}])


def test_visits_come_in_with_their_answers_and_go_out_again(
    company: Company, rows: list[dict[str, Any]], tmp_path: Path
) -> None:
    folder = tmp_path / "files"
    folder.mkdir()
    consent = consented(company, folder)
    assert bring(company, folder, "visits", rows, is_trial=True).n_accepted == 4
    assert not Visit.objects.exists()

    result = bring(company, folder, "visits", rows)

    assert (result.n_read, result.n_accepted) == (4, 4)
    assert list(
        Visit.objects.order_by("pk").values_list("pk", "visit_date", "place_answer", "held_at_visit", "marks", "state")
    ) == [
        ("v1", date(2022, 1, 4), "confirmed", True, [], "done"),
        ("v2", date(2022, 1, 4), "cannot_tell", False, ["not_held", "overlaps"], "done"),
        ("v3", date(2021, 9, 3), "confirmed", True, [], "closed_by_itself"),
        ("v4", date(2022, 1, 4), "no_fix", True, ["out_of_hours"], "done"),
    ]
    # v3 is older than positions are kept; v4 was in the evening.
    assert list(Position.objects.order_by("visit_id").values_list("visit_id", flat=True)) == ["v1", "v2"]
    visit = Visit.objects.get(pk="v1")
    assert (visit.note, visit.n_answers, visit.planned_id) == ("缺货，\n明天补", 3, "p")
    assert PlannedVisit.objects.get().state == "done"

    again = bring(company, folder, "visits", [*rows, {**rows[0], "note": "别的"}])
    assert (again.n_duplicate, again.n_refused, again.batch_id) == (4, 1, "")

    running.undo(company=company, batch_id=result.batch_id, by=None, at=AT)
    assert (Visit.objects.count(), Position.objects.count(), PlannedVisit.objects.get().state) == (0, 0, "planned")
    running.undo(company=company, batch_id=consent.batch_id, by=None, at=AT)
    assert not PositionConsent.objects.exists()


@pytest.mark.parametrize(("excuse", "kind", "left"), [
    ("waiting", "weather", "pending"), ("agreed", "weather", "excused"), ("agreed", "by_hand", "dropped"),
    ("declined", "weather", "planned"),
])  # fmt: skip
def test_a_visit_made_though_its_excuse_waits_is_made_and_undone_as_the_excuse_stands(
    company: Company, rows: list[dict[str, Any]], tmp_path: Path, excuse: str, kind: str, left: str
) -> None:
    # Given a planned visit that its manager took off the route, waiting for somebody's word, and a file that says it was made
    PlannedVisit.objects.update(state="pending")
    key = "taken_out" if kind == "by_hand" else "excused"
    body = {key: [{"visit": "p", "retailer": company.retailers.get(licence_no="L1").pk}]}
    PlanChange.objects.create(cycle_id="c", kind="by_hand", body={"moved": []}, reason="x", at=AT)
    change = PlanChange.objects.create(cycle_id="c", kind=kind, body=body, reason="台风", at=AT, excuse="waiting")
    result = bring(company, tmp_path, "visits", rows)
    assert (result.n_accepted, PlannedVisit.objects.get().state) == (4, "done")

    # when the file is undone, the visit is what the word said meanwhile makes of it
    PlanChange.objects.filter(pk=change.pk).update(excuse=excuse)
    running.undo(company=company, batch_id=result.batch_id, by=None, at=AT)
    assert PlannedVisit.objects.get().state == left


def test_no_position_of_a_day_off_is_kept_or_looked_at(
    company: Company, rows: list[dict[str, Any]], tmp_path: Path
) -> None:
    consented(company, tmp_path)
    CalendarDay.objects.create(company=company, date=date(2022, 1, 4), is_working=False)
    bring(company, tmp_path, "visits", rows[:1])
    visit = Visit.objects.get()
    assert (visit.place_answer, visit.distance_metres, visit.marks) == ("no_fix", None, ["out_of_hours"])
    assert not Position.objects.exists()


def test_without_consent_no_position_is_kept_or_looked_at(
    company: Company, rows: list[dict[str, Any]], tmp_path: Path
) -> None:
    bring(company, tmp_path, "visits", rows[:1])
    visit = Visit.objects.get()
    assert (visit.place_answer, visit.distance_metres, visit.marks) == ("no_fix", None, ["no_consent"])
    assert not Position.objects.exists()


def test_a_row_that_cannot_be_taken_says_why_and_the_others_come_in(
    company: Company, rows: list[dict[str, Any]], tmp_path: Path
) -> None:
    wrong = [
        ("manager_id", {"manager_id": "E9"}),
        ("retailer_id", {"retailer_id": "L9"}),
        ("check_out_at", {"check_out_at": "2022-01-04T08:00:00+08:00"}),
        ("check_in_at", {"check_in_at": "2022-01-04 08:41"}),
        ("check_in_at", {"check_in_at": "yesterday"}),
        ("latitude", {"latitude": ""}),
        ("latitude", {"latitude": "91"}),
        ("source", {"source": "moon"}),
        ("visit_id", {"visit_id": ""}),
        ("n_answers", {"n_answers": "-1"}),
    ]
    bad = [{**rows[0], "visit_id": f"w{n}", **change} for n, (_column, change) in enumerate(wrong)]

    result = bring(company, tmp_path, "visits", [*bad, rows[1]])

    assert [row["column"] for row in result.refused] == [column for column, _change in wrong]
    assert (result.n_accepted, list(Visit.objects.values_list("pk", flat=True))) == (1, ["v2"])


@pytest.mark.requirement("F3", "F9")
def test_promises_and_requests_come_in_once(company: Company, rows: list[dict[str, Any]], tmp_path: Path) -> None:
    who = {"manager_id": "E1", "retailer_id": "L1", "text": "周三换价签"}
    promise = {**who, "promise_id": "p1", "made_at": "2022-01-04T09:00:00+08:00", "due_on": "2022-01-06", "state": "kept",
               "settled_at": "2022-01-05T09:00:00+08:00"}  # fmt: skip
    request = {**who, "request_id": "r1", "kind": "problem", "topic": "送货服务", "raised_at": "2022-01-04T09:00:00+08:00",
               "state": "confirmed", "owner": "E2", "answer": "已补送", "answered_at": "2022-01-05T09:00:00+08:00",
               "confirmed_at": "2022-01-05T15:00:00+08:00"}  # fmt: skip
    bad_promises = [
        {**promise, "promise_id": "p2", "settled_at": ""},
        {**promise, "promise_id": "p3", "due_on": "2022-01-03"},
        {**promise, "promise_id": "p4", "settled_at": "2022-01-03T09:00:00+08:00"},
        {**promise, "promise_id": "p5", "manager_id": "E9"},
        {**promise, "promise_id": "p6", "retailer_id": "L9"},
    ]
    bad_requests = [
        {**request, "request_id": "r2", "owner": "E9"},
        {**request, "request_id": "r3", "answer": ""},
        {**request, "request_id": "r4", "confirmed_at": ""},
    ]

    kept = bring(company, tmp_path, "promises", [promise, *bad_promises])
    asked = bring(company, tmp_path, "requests", [request, *bad_requests])

    assert (kept.n_accepted, kept.n_refused, asked.n_accepted, asked.n_refused) == (1, 5, 1, 3)
    assert bring(company, tmp_path, "promises", [promise, {**promise, "text": "别的"}]).n_duplicate == 1
    assert bring(company, tmp_path, "requests", [request]).n_duplicate == 1
    row = Request.objects.get()
    assert (row.owner.employee_no, row.due_on) == ("E2", date(2022, 1, 11))
    assert list(row.events.order_by("at").values_list("state", flat=True)) == ["open", "answered", "confirmed"]
    for batch in (kept, asked):
        running.undo(company=company, batch_id=batch.batch_id, by=None, at=AT)
    assert (Promise.objects.count(), Request.objects.count()) == (0, 0)


def test_a_withdrawal_is_never_taken_back(company: Company, rows: list[dict[str, Any]], tmp_path: Path) -> None:
    given = {"employee_no": "E1", "given_at": "2021-01-01T08:00:00+08:00", "withdrawn_at": ""}
    bring(company, tmp_path, "position_consents", [given])
    withdrawn = {**given, "withdrawn_at": "2021-06-01T08:00:00+08:00"}
    assert bring(company, tmp_path, "position_consents", [withdrawn]).n_accepted == 1
    assert PositionConsent.objects.get().withdrawn_at == datetime(2021, 6, 1, tzinfo=UTC)

    back = bring(company, tmp_path, "position_consents", [given, {**withdrawn, "employee_no": "E9"}])

    assert (back.n_refused, back.n_accepted) == (2, 0)
