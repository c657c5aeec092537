"""Visits as made, their photographs and what is kept about oneself, by API: within scope, with bad input refused."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import LazySettings
from django.http import HttpResponse

from lianxin.foundation import clock
from lianxin.foundation.states import Role
from lianxin.foundation.uuids import uuid7
from lianxin.visits.models import (
    Photo,
    Policy,
    PolicyTold,
    Position,
    PositionConsent,
    Promise,
    Request,
    Theme,
    Visit,
    VisitAction,
    VisitType,
)
from tests import factories
from tests.visits.api_calls import call, told
from tests.visits.world import World

pytestmark = [pytest.mark.django_db, pytest.mark.requirement("F1")]
NOW = datetime(2026, 11, 20, 2, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def stopped_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)


def visit(world: World, who: str, number: int, *, day: int = 18, **fields: Any) -> Visit:
    """A finished visit of November 2026 to the shop of a number, with the position of its check-in."""
    at = datetime(2026, 11, day, 1, number, tzinfo=UTC)
    fields = {
        "state": "done",
        "place_answer": "confirmed",
        "distance_metres": 12.5,
        "clock_offset_seconds": -4,
    } | fields
    made = Visit.objects.create(
        id=f"{who}-{day}-{number}", company=world.company, person=world.people[who], retailer=world.shops[who][number],
        visit_date=at.date(), check_in_at=at, check_out_at=at + timedelta(minutes=9), received_at=at + timedelta(hours=3),
        **fields,
    )  # fmt: skip
    Position.objects.create(
        visit=made, moment="check_in", latitude=31.123456, longitude=118.4, accuracy_metres=18, fix_age_seconds=4, taken_at=at
    )  # fmt: skip
    return made


def ids(answer: HttpResponse) -> list[str]:
    return [row["id"] for row in told(answer)["rows"]]


@pytest.mark.requirement("G1")
def test_visits_are_listed_within_ones_scope(world: World) -> None:
    for number in range(3):
        visit(world, "wang", number, planned_date=date(2026, 11, 18) if number else None)
    visit(world, "li", 0, day=19, state="closed_by_itself", place_answer="no_fix")
    visit(world, "zhao", 0)
    every = {"wang": 3, "li": 1, "zhao": 1, "boss": 4, "other_boss": 1, "officer": 5, "leader": 5}
    assert {who: told(call(world, who, "GET", "/visits"))["total"] for who in every} == every
    assert call(world, "admin", "GET", "/visits").status_code == 403
    row = told(call(world, "wang", "GET", "/visits"))["rows"][0]
    assert (row["id"], row["licence_no"], row["employee_no"]) == ("wang-18-2", "wang2", "wang")
    # Both clocks, and what the position says.
    assert (row["check_in_at"], row["received_at"], row["clock_offset_seconds"]) == (
        "2026-11-18T01:02:00Z", "2026-11-18T04:02:00Z", -4,
    )  # fmt: skip
    assert (row["place_answer"], row["distance_metres"]) == ("confirmed", 12.5)
    # Nobody's list opens by naming somebody else.
    assert ids(call(world, "wang", "GET", "/visits?employee_no=zhao")) == []
    asked = {
        "?first=2026-11-19": ["li-19-0"],
        "?last=2026-11-19&employee_no=wang": ["wang-18-2", "wang-18-1", "wang-18-0"],
        "?licence_no=wang1": ["wang-18-1"],
        "?state=closed_by_itself": ["li-19-0"],
        "?place=no_fix": ["li-19-0"],
        "?planned=false&employee_no=wang": ["wang-18-0"],
        "?planned=true": ["wang-18-2", "wang-18-1"],
    }
    assert {query: ids(call(world, "boss", "GET", f"/visits{query}")) for query in asked} == asked
    first = told(call(world, "boss", "GET", "/visits?limit=3"))
    rest = told(call(world, "boss", "GET", f"/visits?limit=3&after={first['next']}"))
    assert (len(first["rows"]), len(rest["rows"]), rest["next"]) == (3, 1, None)


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("?limit=0", "limit"),
        ("?limit=x", "limit"),
        ("?first=2021-02-30", "first"),
        ("?state=lost", "state"),
        ("?place=here", "place"),
        ("?planned=perhaps", "planned"),
    ],
)
def test_a_wrong_question_is_refused_with_its_field(query: str, field: str, world: World) -> None:
    assert told(call(world, "boss", "GET", f"/visits{query}"), 422)["field"] == field


@pytest.mark.requirement("F2", "F3", "F8", "F9")
def test_one_visit_tells_what_was_done_and_not_where(world: World) -> None:
    kind = VisitType.objects.create(
        company=world.company, code="usual", name="常规走访", actions=[], valid_from=date(2026, 1, 1)
    )
    theme = Theme.objects.create(
        company=world.company, title="明码标价", talking_points=["一品一签", "少签要补"], valid_from=date(2026, 1, 1),
        valid_until=date(2027, 1, 1),
    )  # fmt: skip
    row = visit(world, "wang", 0, visit_type=kind, theme=theme)
    product = factories.product(world.company, name="临江（软）")
    for place, (what, body) in enumerate(
        [("theme", {"points_told": [1]}), ("stock_count", {"lines": [{"product_id": product.pk, "units": 7}]})]
    ):
        VisitAction.objects.create(visit=row, place=place, kind=what, body=body)
    shop = {"company": world.company, "retailer": row.retailer, "visit_id_said": row.pk}
    Promise.objects.create(
        id=uuid7(), owner=row.person, text="补价签", made_at=NOW, due_on=date(2026, 12, 1), **shop
    )  # fmt: skip
    Request.objects.create(
        id=uuid7(), raised_by=row.person, owner=row.person, kind="wish", topic="配送", text="早些送", raised_at=NOW,
        due_on=date(2026, 12, 1), **shop,
    )  # fmt: skip
    policy = Policy.objects.create(
        company=world.company, title="新政", text="x", valid_from=date(2026, 11, 1), tell_until=date(2026, 12, 1)
    )
    PolicyTold.objects.create(
        id=uuid7(), policy=policy, retailer=row.retailer, person=row.person, visit_id_said=row.pk, told_at=NOW
    )
    found = told(call(world, "boss", "GET", f"/visits/{row.pk}"))
    assert (found["visit"]["visit_type"], found["visit"]["theme"]) == ("usual", "明码标价")
    assert [(one["kind"], one["lines"]) for one in found["actions"]] == [
        ("theme", ["少签要补"]),
        ("stock_count", [f"{product.name}: 7 {world.company.order_unit}"]),
    ]
    assert found["actions"][1]["body"] == {"lines": [{"product_id": product.pk, "units": 7}]}
    assert found["positions"] == [
        {"moment": "check_in", "source": "gps", "accuracy_metres": 18.0, "fix_age_seconds": 4.0,
         "taken_at": "2026-11-18T01:00:00Z"}
    ]  # fmt: skip
    assert "31.123456" not in call(world, "boss", "GET", f"/visits/{row.pk}").content.decode()
    assert ([one["text"] for one in found["promises"]], [one["text"] for one in found["requests"]]) == (
        ["补价签"], ["早些送"],
    )  # fmt: skip
    assert [(one["policy_id"], one["understood"]) for one in found["policies_told"]] == [(policy.pk, None)]
    for who in ("zhao", "other_boss"):
        assert told(call(world, who, "GET", f"/visits/{row.pk}"), 404)


def photo(world: World, who: str, **fields: Any) -> Photo:
    fields = {"path": "photos/x.jpg", "taken_at": NOW} | fields
    return Photo.objects.create(
        id=uuid7(), company=world.company, person=world.people[who], visit_id_said=f"{who}-18-0", action_kind="display",
        received_at=NOW, sha256="ab" * 32, near_hash="0f", n_bytes=4, width=3, height=2, **fields,
    )  # fmt: skip


def test_a_photograph_and_what_is_known_of_it(world: World, settings: LazySettings, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = str(tmp_path)
    (tmp_path / "photos").mkdir()
    (tmp_path / "photos" / "x.jpg").write_bytes(b"jpeg")
    visit(world, "wang", 0)
    first = photo(world, "wang")
    deleted = photo(world, "wang", path="", taken_at=NOW + timedelta(seconds=30))
    again = photo(world, "wang", seen_before=first, taken_at=NOW + timedelta(minutes=1))
    listed = told(call(world, "boss", "GET", "/visits/wang-18-0"))["photos"]
    assert [(one["id"], one["seen_before"], one["is_deleted"]) for one in listed] == [
        (first.pk, None, False), (deleted.pk, None, True), (again.pk, first.pk, False),
    ]  # fmt: skip
    found = told(call(world, "boss", "GET", f"/photos/{first.pk}"))
    assert found == listed[0]
    assert (found["visit_id"], found["employee_no"], found["sha256"]) == ("wang-18-0", "wang", "ab" * 32)
    file = call(world, "boss", "GET", f"/photos/{first.pk}/file")
    assert (b"".join(file.streaming_content), file["Content-Type"]) == (b"jpeg", "image/jpeg")  # type: ignore[attr-defined]
    assert "private" in file["Cache-Control"]
    for path in (f"/photos/{first.pk}", f"/photos/{first.pk}/file"):
        assert told(call(world, "zhao", "GET", path), 404)
        assert told(call(world, "admin", "GET", path), 403)
    assert "after its time" in told(call(world, "boss", "GET", f"/photos/{deleted.pk}/file"), 404)["detail"]
    (tmp_path / "photos" / "x.jpg").unlink()
    assert "backup" in told(call(world, "boss", "GET", f"/photos/{first.pk}/file"), 404)["detail"]


def test_a_person_reads_what_is_kept_and_withdraws(world: World) -> None:
    for number in range(3):
        visit(world, "wang", number)
    visit(world, "li", 0)
    given = told(call(world, "wang", "POST", "/about-me/consent"))
    assert "never proof" in given["purpose"]
    assert told(call(world, "wang", "POST", "/about-me/consent"))["given_at"] == given["given_at"]
    about = told(call(world, "wang", "GET", "/about-me"))
    assert (about["n_visits"], about["n_positions"], about["days"]) == (3, 3, 90)
    assert [one["withdrawn_at"] for one in about["consents"]] == [None]
    first = told(call(world, "wang", "GET", "/about-me/positions?limit=2"))
    rest = told(call(world, "wang", "GET", f"/about-me/positions?limit=2&after={first['next']}"))
    assert [row["visit_id"] for row in first["rows"] + rest["rows"]] == ["wang-18-2", "wang-18-1", "wang-18-0"]
    assert (first["total"], first["rows"][0]["latitude"]) == (3, 31.123456)
    assert told(call(world, "wang", "GET", "/about-me/positions?after=x"), 422)["field"] == "after"
    assert told(call(world, "wang", "DELETE", "/about-me/consent")) == {"n_positions_deleted": 3}
    assert told(call(world, "wang", "DELETE", "/about-me/consent")) == {"n_positions_deleted": 0}
    assert PositionConsent.objects.get().withdrawn_at == NOW
    assert [row.visit_id for row in Position.objects.all()] == ["li-18-0"]
    assert Visit.objects.filter(person=world.people["wang"]).count() == 3
    for who in ("boss", "officer"):
        assert told(call(world, who, "GET", "/about-me"), 403)
    world.users["lone"] = factories.user(world.company, Role.CUSTOMER_MANAGER)
    assert "not joined" in told(call(world, "lone", "GET", "/about-me"), 422)["detail"]
