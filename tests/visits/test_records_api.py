"""Records, requests passed on, plans kept and hours of shops, by API."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from lianxin.foundation import clock
from lianxin.foundation.states import Role
from lianxin.foundation.uuids import uuid7
from lianxin.visits.models import Promise, Record, Request, ShopHours, Visit
from tests import factories
from tests.visits.api_calls import call, told
from tests.visits.world import World

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 20, 2, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def stopped_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)


def visit(world: World, who: str, number: int, at: datetime = NOW) -> Visit:
    return Visit.objects.create(
        id=f"{who}-{number}", company=world.company, person=world.people[who], retailer=world.shops[who][number],
        state="done", visit_date=at.date(), check_in_at=at, check_out_at=at + timedelta(minutes=9), received_at=at,
        note=f"记录{number}",
    )  # fmt: skip


@pytest.mark.requirement("F6")
def test_a_record_is_due_begun_kept_and_handed_in(world: World) -> None:
    visit(world, "wang", 0)
    due = told(call(world, "wang", "GET", "/records/due"))
    assert [(row["kind"], row["first"], row["record_id"]) for row in due] == [
        ("daily", "2026-11-20", None), ("weekly", "2026-11-16", None), ("monthly", "2026-11-01", None),
    ]  # fmt: skip
    draft = told(call(world, "wang", "POST", "/records/drafts", {"kind": "daily", "day": "2026-11-20"}))
    figures = {row["code"]: row["value"] for row in draft["figures"]["rows"]}
    assert (draft["state"], draft["words"], figures["visits"]) == ("draft", "", 1)
    visit(world, "wang", 1)
    again = told(call(world, "wang", "POST", "/records/drafts", {"kind": "daily", "day": "2026-11-20"}))
    assert (again["id"], {row["code"]: row["value"] for row in again["figures"]["rows"]}["visits"]) == (draft["id"], 2)
    path = f"/records/{draft['id']}"
    assert told(call(world, "wang", "PUT", path, {"words": "未写完"}))["words"] == "未写完"
    # What is being written is its writer's own.
    assert told(call(world, "boss", "GET", path), 404)
    assert told(call(world, "boss", "GET", f"{path}/versions"), 404)
    assert told(call(world, "wang", "POST", f"{path}/submit", {"words": " "}), 422)["field"] == "words"
    assert told(call(world, "wang", "POST", f"{path}/submit", {}), 422)["field"] == "words"
    assert told(call(world, "wang", "POST", f"{path}/submit", {"words": "字" * 20_001}), 422)["field"] == "words"
    assert Record.objects.get().state == "draft"
    assert told(call(world, "wang", "POST", f"{path}/submit", {"words": "东门缺货。"}))["state"] == "submitted"
    assert told(call(world, "wang", "PUT", path, {"words": "改"}), 422)
    told(call(world, "wang", "POST", f"{path}/submit", {"words": "西门也缺货。"}))
    assert told(call(world, "boss", "GET", path))["words"] == "西门也缺货。"
    assert [row["words"] for row in told(call(world, "boss", "GET", f"{path}/versions"))] == [
        "东门缺货。",
        "西门也缺货。",
    ]
    assert told(call(world, "zhao", "GET", path), 404)
    assert told(call(world, "li", "POST", f"{path}/submit", {"words": "x"}), 404)
    assert told(call(world, "boss", "POST", f"{path}/submit", {"words": "x"}), 403)
    assert told(call(world, "wang", "GET", "/records/due"))[0]["state"] == "submitted"


@pytest.mark.requirement("F6")
@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"kind": "yearly", "day": "2026-11-20"}, "kind"),
        ({"kind": "daily", "day": "2026-11-31"}, "day"),
        ({"kind": "daily", "day": "9999-12-31"}, "day"),
        ({"kind": "weekly", "day": "0001-01-01"}, "day"),
        ({"kind": "daily", "day": "2026-11-21"}, "period"),
        ({"day": "2026-11-20"}, "kind"),
    ],
)
def test_a_faulty_draft_is_refused(body: dict[str, Any], field: str, world: World) -> None:
    assert told(call(world, "wang", "POST", "/records/drafts", body), 422)["field"] == field
    assert not Record.objects.exists()


@pytest.mark.requirement("F6")
def test_whose_account_is_nobody_s_is_told_so_and_not_another_fault(world: World) -> None:
    world.users["lone"] = factories.user(world.company, Role.CUSTOMER_MANAGER)
    handed = {"kind": "daily", "day": "2026-11-20", "words": "今日走访正常。"}
    assert "not joined" in told(call(world, "lone", "POST", "/records", handed), 422)["detail"]
    faulty = told(call(world, "wang", "POST", "/records", handed | {"kind": "hourly"}), 422)
    assert (faulty["detail"], faulty["field"]) == ("kind is one of: daily, weekly, monthly.", "kind")


@pytest.mark.requirement("F6")
def test_who_has_handed_in_and_the_ledger(world: World) -> None:
    visit(world, "wang", 0)
    Promise.objects.create(
        id=uuid7(), company=world.company, retailer=world.shops["wang"][0], owner=world.people["wang"], text="补价签",
        made_at=NOW + timedelta(minutes=1), due_on=date(2026, 12, 1),
    )  # fmt: skip
    handed = {"kind": "daily", "day": "2026-11-20", "words": "今日走访正常。"}
    told(call(world, "wang", "POST", "/records", handed))
    path = "/records/handed-in?kind=daily&day="
    assert {row["employee_no"]: row["answer"] for row in told(call(world, "boss", "GET", f"{path}2026-11-20"))} == {
        "wang": "in_time", "li": "not_due",
    }  # fmt: skip
    assert {row["answer"] for row in told(call(world, "boss", "GET", f"{path}2026-11-19"))} == {"missing"}
    assert [row["employee_no"] for row in told(call(world, "zhao", "GET", f"{path}2026-11-20"))] == ["zhao"]
    assert told(call(world, "boss", "GET", f"{path}9999-12-31"), 422)["field"] == "day"
    assert told(call(world, "boss", "GET", "/records/handed-in?kind=hourly&day=2026-11-20"), 422)["field"] == "kind"
    ledger = "/records/ledger?first={}&last={}&employee_no={}".format
    found = told(call(world, "boss", "GET", ledger("2026-11-01", "2026-12-01", "wang")))
    # In the order of their instants; the record was handed in at the same one as the visit began.
    assert [(row["text"], row["retailer"]) for row in found] == [
        ("今日走访正常。", ""), ("记录0", "wang shop 0"), ("补价签", "wang shop 0"),
    ]  # fmt: skip
    assert told(call(world, "boss", "GET", ledger("2026-11-21", "2026-12-01", "wang"))) == []
    assert told(call(world, "zhao", "GET", ledger("2026-11-01", "2026-12-01", "wang")), 404)["field"] == "employee_no"
    for first, last, field in (
        ("2026-12-01", "2026-11-01", "last"),
        ("0001-01-01", "2026-11-01", "first"),
        ("2026-11-01", "9999-12-31", "last"),
        ("soon", "2026-11-01", "first"),
    ):
        assert told(call(world, "boss", "GET", ledger(first, last, "wang")), 422)["field"] == field


def request(world: World, who: str, owner: str, **fields: Any) -> Request:
    return Request.objects.create(
        id=uuid7(), company=world.company, retailer=world.shops[who][0], raised_by=world.people[who],
        owner=world.people[owner], kind="wish", topic="配送", text="早些送", raised_at=NOW, due_on=date(2026, 12, 1), **fields,
    )  # fmt: skip


@pytest.mark.requirement("F9")
def test_a_request_is_passed_on_by_who_answers_it(world: World) -> None:
    row = request(world, "wang", "boss")
    path = f"/requests/{row.pk}"
    owners = {one["employee_no"]: one["posting"] for one in told(call(world, "boss", "GET", "/requests/owners"))}
    assert set(owners) == {"boss", "other_boss", "officer", "leader"}
    assert told(call(world, "wang", "GET", "/requests/owners")) == []
    assert told(call(world, "zhao", "GET", path), 404)
    assert told(call(world, "other_boss", "POST", f"{path}/pass-on", {"posting": owners["leader"]}), 404)
    manager = world.people["li"].postings.get()
    for posting, status in ((manager.pk, 404), (987654, 404), (-1, 404), ("x", 422)):
        assert told(call(world, "boss", "POST", f"{path}/pass-on", {"posting": posting}), status)
    assert told(call(world, "boss", "POST", f"{path}/pass-on", {}), 422)["field"] == "posting"
    passed = told(call(world, "boss", "POST", f"{path}/pass-on", {"posting": owners["officer"]}))
    assert passed["owner"] == "officer"
    told(call(world, "officer", "POST", f"{path}/answer", {"words": "明日处理"}))
    assert told(call(world, "boss", "POST", f"{path}/pass-on", {"posting": owners["leader"]}), 422)
    found = told(call(world, "wang", "GET", path))
    assert (found["request"]["answer"], [step["state"] for step in found["steps"]]) == ("明日处理", ["answered"])
    assert (found["steps"][0]["by"], found["steps"][0]["by_retailer"]) == ("officer", False)
    assert (
        told(call(world, "boss", "GET", "/requests/topics?first=0001-01-01&last=2026-12-01"), 422)["field"] == "first"
    )


@pytest.mark.requirement("E3", "G1")
def test_what_came_of_a_plan(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    cycle = world.approved("wang")
    days = world.days(cycle)
    first, second = sorted(days)[:2]
    one, other = days[first][0], days[second][0]
    Visit.objects.create(
        id="v", company=world.company, person=world.people["wang"], retailer=one.retailer, visit_date=first, state="done",
        check_in_at=NOW, received_at=NOW,
    )  # fmt: skip
    other.state = "excused"
    other.save()
    cycle.unplaced = [{"retailer_id": one.retailer_id, "n_visits": 2, "reason": "days_full"}]
    cycle.save()
    path = f"/call-plans/{cycle.pk}"
    early = told(call(world, "wang", "GET", f"{path}/adherence"))
    assert (early["share"], early["n_due"], early["days"]) == (None, 0, [])
    monkeypatch.setattr(clock, "now", lambda: NOW + timedelta(days=(second - NOW.date()).days + 1))
    missing, rest = len(days[first]) - 1, len(days[second]) - 1
    found = told(call(world, "boss", "GET", f"{path}/adherence"))
    assert (found["n_due"], found["n_kept"], found["n_not_made"], found["n_excused"], found["n_beside"]) == (
        1 + missing + rest, 1, missing + rest, 1, 0,
    )  # fmt: skip
    assert found["share"] == pytest.approx(1 / (1 + missing + rest))
    assert found["days"] == [
        {"day": first.isoformat(), "due": 1 + missing, "kept": 1, "missing": missing, "excused": 0},
        {"day": second.isoformat(), "due": rest, "kept": 0, "missing": rest, "excused": 1},
    ]
    (left,) = told(call(world, "wang", "GET", f"{path}/unplaced"))
    assert (left["licence_no"], left["n_visits"], left["reason"]) == (one.retailer.licence_no, 2, "days_full")
    assert left["words"]
    assert left["to_do"]
    for what in ("adherence", "unplaced"):
        assert told(call(world, "zhao", "GET", f"{path}/{what}"), 404)
        assert told(call(world, "officer", "GET", f"{path}/{what}"))


@pytest.mark.requirement("E3")
def test_the_hours_of_a_shop_are_read_as_they_hold_today(world: World) -> None:
    shop = world.shops["wang"][0]
    path = f"/visit-hours/{shop.licence_no}"
    assert told(call(world, "wang", "GET", path)) == dict.fromkeys(
        ("good_from", "good_until", "busy_from", "busy_until", "valid_from")
    )
    given = {"good_from": "09:00", "good_until": "10:30", "busy_from": "07:00", "busy_until": "08:00"}
    told(call(world, "wang", "POST", path, {**given, "valid_from": "2026-11-20"}), 204)
    told(call(world, "wang", "POST", path, {"valid_from": "2026-12-01"}), 204)
    found = told(call(world, "boss", "GET", path))
    assert (found["good_from"], found["busy_until"], found["valid_from"]) == ("09:00:00", "08:00:00", "2026-11-20")
    assert told(call(world, "zhao", "GET", path), 404)
    assert told(call(world, "officer", "GET", path), 403)
    assert told(call(world, "wang", "GET", "/visit-hours/nowhere"), 404)
    assert ShopHours.objects.count() == 2
