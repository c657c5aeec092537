"""Records of a phone: applied once, by themselves, with a verdict that stays the same."""

import json
import os
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.urls import reverse

from lianxin.demand.models import Hint
from lianxin.field.models import Pushed
from lianxin.foundation.models import AuditRow, CalendarDay
from lianxin.foundation.uuids import uuid7
from lianxin.goods.models import Product
from lianxin.retailers.models import Territory
from lianxin.visits.actions import consent, policies
from lianxin.visits.models import (
    CareNote,
    DayQuestion,
    NotMade,
    PlanCycle,
    PlannedVisit,
    PolicyTold,
    Position,
    Promise,
    Request,
    Visit,
    VisitAction,
    VisitType,
)
from tests.field.conftest import NOW, Field, position, visit_body

pytestmark = [pytest.mark.django_db, pytest.mark.requirement("F1")]


def test_a_visit_is_taken_once_however_often_it_is_sent(world: Field) -> None:
    body = visit_body(
        world.shops[0],
        note=" 老板在，缺货两个品规。 ",
        actions=[
            {"place": 1, "kind": "price_tags", "body": {"ordered": 9, "on_display": 8, "labelled": 7}, "done_at": None,
             "skipped_because": ""},
            {"place": 0, "kind": "questions", "done_at": NOW.isoformat(), "skipped_because": "",
             "body": {"answers": [{"question_id": 1, "value": False}, {"question_id": 2, "value": ""}]}},
            {"place": 2, "kind": "display", "body": {}, "done_at": None, "skipped_because": "店主不同意拍照"},
        ],
    )  # fmt: skip
    record = world.phone.record("visits.complete", body)

    answers = [world.phone.push(record)[0], world.phone.push(record)[0], world.phone.push(record, record)[1]]

    assert answers == [{"id": record["id"], "verdict": "applied", "reason": "", "latest": None}] * 3
    visit = Visit.objects.get()
    assert (visit.pk, visit.person, visit.retailer, visit.visit_date) == (
        body["visit_id"], world.manager, world.shops[0], date(2026, 11, 20),
    )  # fmt: skip
    assert (visit.n_answers, visit.note, visit.place_answer, visit.marks) == (
        1, "老板在，缺货两个品规。", "no_fix", [],
    )  # fmt: skip
    assert list(visit.actions.order_by("place").values_list("kind", "body", "skipped_because")) == [
        ("questions", {"answers": [{"question_id": 1, "value": False}, {"question_id": 2, "value": ""}]}, ""),
        ("price_tags", {"ordered": 9, "on_display": 8, "labelled": 7}, ""),
        ("display", {}, "店主不同意拍照"),
    ]
    assert AuditRow.objects.filter(verb="visits.complete").count() == 1


def test_the_same_id_with_another_content_is_refused_and_the_first_stands(world: Field) -> None:
    record = world.phone.record("visits.complete", visit_body(world.shops[0], note="一"))
    world.phone.push(record)

    other = world.phone.push({**record, "body": {**record["body"], "note": "二"}})[0]

    assert other["verdict"] == "refused"
    assert Visit.objects.get().note == "一"
    assert world.phone.push(record)[0]["verdict"] == "applied"


def test_one_bad_record_never_blocks_the_rest(world: Field, monkeypatch: pytest.MonkeyPatch) -> None:
    def breaks(**given: object) -> None:
        raise RuntimeError("our own fault")

    monkeypatch.setattr("lianxin.field.actions.pushing.carenotes.write", breaks)
    note = {
        "note_id": uuid7(),
        "retailer_id": world.shops[0].pk,
        "purpose": "送货",
        "text": "后门卸货",
        "keep_until": "2027-01-01",
    }
    bad_place = visit_body(world.shops[1], actions=[{"place": 0, "kind": "stock_count", "body": {"lines": "none"}}])
    records = [
        world.phone.record("visits.complete", visit_body(world.shops[0])),
        "nonsense",
        {"id": 7},
        world.phone.record("visits.invent", {}),
        world.phone.record("visits.complete", {"visit_id": "7"}),
        world.phone.record("visits.complete", bad_place),
        world.phone.record("visits.complete", visit_body(world.shops[0], minutes=-5)),
        world.phone.record("visits.complete", {**visit_body(world.shops[0]), "retailer_id": 987654321}),
        world.phone.record("carenotes.write", note),
        world.phone.record("visits.complete", visit_body(world.shops[2], minutes_ago=15)),
    ]

    verdicts = world.phone.push(*records)

    # The care note met a fault of ours: it gets no verdict, stays on the phone and is sent again.
    assert [each["verdict"] for each in verdicts] == ["applied", *["refused"] * 7, "applied"]
    assert records[8]["id"] not in {each["id"] for each in verdicts}
    assert not Pushed.objects.filter(pk=records[8]["id"]).exists()
    assert all(each["reason"] for each in verdicts[1:8])
    assert "actions.0.lines" in verdicts[5]["reason"]
    assert set(Visit.objects.values_list("retailer_id", flat=True)) == {world.shops[0].pk, world.shops[2].pk}
    monkeypatch.undo()


def test_a_retailer_reassigned_meanwhile_is_told_and_counts_by_date(world: Field) -> None:
    Territory.objects.filter(retailer=world.shops[0]).update(valid_until=date(2026, 11, 20))
    Territory.objects.create(retailer=world.shops[0], person=world.colleague, valid_from=date(2026, 11, 20))
    yesterday = visit_body(world.shops[0], minutes_ago=24 * 60)

    told = [
        world.phone.one("visits.complete", visit_body(world.shops[0])),
        world.phone.one("visits.complete", yesterday),
    ]

    assert [each["verdict"] for each in told] == ["applied", "applied"]
    assert world.shops[0].name in told[0]["reason"]
    assert told[1]["reason"] == ""
    assert list(Visit.objects.order_by("check_in_at").values_list("visit_date", "held_at_visit", "marks")) == [
        (date(2026, 11, 19), True, []),
        (date(2026, 11, 20), False, ["not_held"]),
    ]


def test_overlapping_visits_are_taken_and_marked(world: Field) -> None:
    first = world.phone.one("visits.complete", visit_body(world.shops[0], minutes_ago=60, minutes=20))
    second = world.phone.one("visits.complete", visit_body(world.shops[1], minutes_ago=50, minutes=20))
    third = world.phone.one("visits.complete", visit_body(world.shops[2], minutes_ago=30, minutes=5))

    assert (first["reason"], third["reason"]) == ("", "")
    assert second["reason"]
    assert list(Visit.objects.order_by("check_in_at").values_list("marks", flat=True)) == [[], ["overlaps"], []]


@pytest.mark.requirement("G3")
def test_nothing_asked_is_no_empty_form_and_every_filled_step_is_content(world: Field) -> None:
    steps = [{"kind": "stock_count", "required": False}, {"kind": "display", "required": False}]
    asking = [*steps, {"kind": "questions", "required": True}]
    silent, kind = (
        VisitType.objects.create(
            company=world.company, code=code, name=code, actions=actions, valid_from=date(2026, 1, 1)
        )
        for code, actions in (("plain", steps), ("asking", asking))
    )
    body = {"place": 0, "done_at": NOW.isoformat(), "skipped_because": ""}
    counted = {**body, "kind": "stock_count", "body": {"lines": [{"product_id": 1, "units": 4}]}}
    shown = {**body, "place": 1, "kind": "display", "body": {"photo_ids": [], "words": "端架两层"}}
    bare = {**body, "place": 1, "kind": "display", "body": {"photo_ids": [], "words": " "}}
    excused = {**body, "place": 2, "kind": "questions", "body": {}, "done_at": None, "skipped_because": "老板不在"}
    answered = {**body, "place": 2, "kind": "questions", "body": {"answers": [{"question_id": 1, "value": True}]}}

    def told(number: int, visit_type: VisitType | None, *actions: dict[str, Any]) -> tuple[int | None, int | None]:
        sent = visit_body(
            world.shops[0],
            minutes_ago=30 + 20 * number,
            visit_type_id=visit_type and visit_type.pk,
            actions=list(actions),
        )
        assert world.phone.one("visits.complete", sent)["verdict"] == "applied"
        visit = Visit.objects.get(pk=sent["visit_id"])
        return visit.n_answers, visit.n_filled

    # no question is in force: nothing was asked, whatever the type
    assert told(0, kind, counted, shown) == (None, 2)
    assert told(1, None) == (None, 0)
    DayQuestion.objects.create(
        company=world.company, text="?", kind="yes_no", valid_from=date(2026, 11, 1), valid_until=date(2026, 12, 1)
    )
    assert told(2, silent, counted, bare) == (None, 1)
    assert told(3, kind, bare) == (0, 0)
    assert told(4, kind, counted, excused) == (0, 1)
    assert told(5, kind, answered) == (1, 0)


def test_a_wrong_clock_is_kept_beside_the_servers_time(world: Field) -> None:
    world.phone.clock_ahead = timedelta(hours=20)
    body = visit_body(world.shops[0])
    ahead = (NOW + timedelta(hours=19, minutes=30)).isoformat()
    body |= {"check_in_at": ahead, "check_out_at": (NOW + timedelta(hours=19, minutes=40)).isoformat()}

    told = world.phone.one("visits.complete", body)

    visit = Visit.objects.get()
    assert (told["verdict"], visit.marks, visit.clock_offset_seconds) == ("applied", ["wrong_clock"], -20 * 3600)
    assert visit.check_in_at.isoformat() == ahead
    assert (visit.received_at, visit.visit_date) == (NOW, date(2026, 11, 20))


@pytest.mark.parametrize(
    ("sent", "answer", "distance"),
    [
        (position(40), "confirmed", 40),
        (position(400), "not_confirmed", 400),
        (position(140), "cannot_tell", 140),
        (position(40, accuracy_metres=500), "cannot_tell", 40),
        (position(40, accuracy_metres=None), "cannot_tell", 40),
        (position(40, fix_age_seconds=900, source="cached"), "cannot_tell", 40),
        (None, "no_fix", None),
    ],
)
def test_a_position_has_four_answers_and_never_blocks(
    world: Field, sent: dict[str, object] | None, answer: str, distance: float | None
) -> None:
    consent.give(person=world.manager, given_at=NOW - timedelta(days=1), by=world.user, at=NOW)

    verdict = world.phone.one("visits.complete", visit_body(world.shops[0], check_in_position=sent))

    visit = Visit.objects.get()
    assert (verdict["verdict"], visit.place_answer) == ("applied", answer)
    assert visit.distance_metres == (None if distance is None else pytest.approx(distance, abs=1))
    assert Position.objects.count() == (sent is not None)


def test_a_position_is_kept_only_with_consent_and_in_working_hours(world: Field) -> None:
    def stored(**fields: object) -> tuple[list[str], int]:
        body = visit_body(world.shops[0], check_in_position=position(), check_out_position=position(), **fields)
        assert world.phone.one("visits.complete", body)["verdict"] == "applied"
        visit = Visit.objects.get(pk=body["visit_id"])
        return visit.marks, visit.positions.count()

    late = (NOW + timedelta(hours=9)).isoformat()
    assert stored(minutes_ago=90) == (["no_consent"], 0)
    assert Visit.objects.get().place_answer == "no_fix"
    assert world.phone.one("consent.give", {}, made_at=(NOW - timedelta(hours=1)).isoformat())["verdict"] == "applied"
    assert stored(minutes_ago=30) == ([], 2)
    assert stored(minutes_ago=14 * 60) == (["no_consent", "out_of_hours"][:1], 0)
    world.phone.clock_ahead = timedelta(hours=9)
    assert stored(check_in_at=late, check_out_at=late)[0] == ["wrong_clock"]
    world.phone.clock_ahead = timedelta(0)

    withdrawn = world.phone.one("consent.withdraw", {})

    assert withdrawn["verdict"] == "applied"
    assert Position.objects.count() == 0
    assert Visit.objects.filter(place_answer="confirmed").count() == 2, "answers stay"
    assert stored(minutes_ago=12)[0] == ["no_consent"]


def test_a_visit_in_the_evening_keeps_no_position(world: Field) -> None:
    consent.give(person=world.manager, given_at=NOW - timedelta(days=9), by=world.user, at=NOW)

    world.phone.one("visits.complete", visit_body(world.shops[0], minutes_ago=14 * 60, check_in_position=position()))

    visit = Visit.objects.get()
    assert (visit.marks, visit.place_answer, visit.positions.count()) == (["out_of_hours"], "no_fix", 0)


@pytest.mark.parametrize(("weekday", "entry", "kept"), [(4, None, 1), (4, False, 0), (5, None, 0), (5, True, 1)])
def test_a_visit_on_a_day_off_keeps_no_position(world: Field, weekday: int, entry: bool | None, kept: int) -> None:
    today = NOW.astimezone(world.company.zone).date()
    day = today - timedelta(days=(today.weekday() - weekday) % 7 or 7)
    if entry is not None:
        CalendarDay.objects.create(company=world.company, date=day, is_working=entry)
    consent.give(person=world.manager, given_at=NOW - timedelta(days=30), by=world.user, at=NOW)
    ten = datetime.combine(day, time(10), world.company.zone)
    ago = int((NOW - ten).total_seconds() // 60)
    world.phone.one("visits.complete", visit_body(world.shops[0], minutes_ago=ago, check_in_position=position()))
    visit = Visit.objects.get()
    assert (visit.positions.count(), visit.marks) == (kept, [] if kept else ["out_of_hours"])


@pytest.mark.requirement("F3")
def test_a_promise_beyond_ones_authority_waits_for_leave(world: Field) -> None:
    def promised(limit: str, **fields: object) -> dict[str, object]:
        body = {"promise_id": uuid7(), "retailer_id": world.shops[0].pk, "visit_id": "", "limit_code": limit,
                "text": "周三前换新价签", "due_on": "2026-11-25", **fields}  # fmt: skip
        return {**world.phone.one("promises.make", body), "promise": body["promise_id"]}

    own, asked = promised("service"), promised("display")
    assert promised("")["verdict"] == "refused"
    assert promised("service", due_on="2026-11-19")["verdict"] == "refused"

    assert (own["reason"], own["verdict"], asked["verdict"]) == ("", "applied", "applied")
    assert asked["reason"]
    assert {p.limit_code: (p.state, p.leave_of, p.owner) for p in Promise.objects.all()} == {
        "service": ("open", "", world.manager),
        "display": ("asked", "market_manager", world.manager),
    }
    kept = {"promise_id": own["promise"], "kept": True, "words": ""}
    early = world.phone.one("promises.settle", {"promise_id": asked["promise"], "kept": True, "words": ""})
    assert (early["verdict"], early["latest"]["state"]) == ("conflict", "asked")
    assert world.phone.one("promises.settle", kept)["verdict"] == "applied"
    assert world.phone.one("promises.settle", kept)["verdict"] == "conflict"


@pytest.mark.requirement("F9")
def test_a_request_goes_to_the_superior_and_is_confirmed_by_the_retailer(world: Field) -> None:
    body = {"request_id": uuid7(), "retailer_id": world.shops[0].pk, "visit_id": "", "kind": "problem",
            "topic": "送货服务", "text": "上周少送一条"}  # fmt: skip

    assert world.phone.one("requests.raise", {**body, "topic": "天气"})["verdict"] == "refused"
    assert world.phone.one("requests.raise", body)["verdict"] == "applied"

    request = Request.objects.get()
    assert (request.owner, request.raised_by, request.state, request.due_on) == (
        world.leader, world.manager, "open", date(2026, 11, 27),
    )  # fmt: skip
    settle = {"request_id": request.pk, "settled": True, "words": ""}
    assert world.phone.one("requests.confirm", settle)["verdict"] == "conflict"
    Request.objects.update(state="answered", answer="周一补送")
    assert world.phone.one("requests.confirm", {**settle, "settled": False})["verdict"] == "refused"
    assert world.phone.one("requests.confirm", settle)["verdict"] == "applied"
    assert list(request.events.order_by("pk").values_list("state", flat=True)) == ["open", "confirmed"]


@pytest.mark.requirement("F8")
def test_telling_a_policy_says_whether_it_was_understood_and_keeps_the_right_answer_here(world: Field) -> None:
    from lianxin.foundation.states import Role
    from tests import factories

    policy = policies.write(
        company=world.company, title="明码标价", text="每个品规一签", check_question="少一签怎么办?",
        check_answers=[{"text": "补签", "right": True}, {"text": "不用管", "right": False}], valid_from=date(2026, 11, 1),
        tell_until=date(2026, 12, 31), by=factories.user(world.company, Role.LEADER), at=NOW,
    )  # fmt: skip

    def tell(index: int | None) -> str:
        body = {"told_id": uuid7(), "policy_id": policy.pk, "retailer_id": world.shops[0].pk, "visit_id": "",
                "answer_index": index}  # fmt: skip
        return str(world.phone.one("policies.tell", body)["verdict"])

    assert "right" not in world.phone.replica().content.decode()
    assert [tell(index) for index in (0, 1, None, 2)] == ["applied", "applied", "applied", "refused"]
    assert list(PolicyTold.objects.order_by("pk").values_list("understood", flat=True)) == [True, False, None]
    missing = {shop["id"]: shop["policies_missing"] for shop in world.phone.replica().json()["retailers"]}
    assert missing == {world.shops[0].pk: [], world.shops[1].pk: [policy.pk], world.shops[2].pk: [policy.pk]}


@pytest.mark.requirement("F7")
def test_a_care_note_needs_purpose_and_end_and_tells_nothing_of_family_or_health(world: Field) -> None:
    def note(**fields: object) -> str:
        body = {"note_id": uuid7(), "retailer_id": world.shops[0].pk, "purpose": "送货", "text": "后门卸货方便",
                "keep_until": "2027-03-01", **fields}  # fmt: skip
        return str(world.phone.one("carenotes.write", body)["verdict"])

    assert note() == "applied"
    assert [
        note(purpose=" "), note(text="老板住院了"), note(keep_until="2029-01-01"), note(keep_until="2026-11-01"),
        note(retailer_id=world.theirs.pk),
    ] == ["refused"] * 5  # fmt: skip
    kept = CareNote.objects.get()
    assert "后门卸货方便" not in str(list(AuditRow.objects.values_list("after", flat=True)))
    assert [world.phone.one("carenotes.delete", {"note_id": kept.pk})["verdict"] for _ in range(2)] == ["applied"] * 2
    assert not CareNote.objects.exists()


@pytest.mark.requirement("F1", "G2")
def test_why_a_visit_was_not_made_is_said_once_and_never_after_it_was_made(world: Field) -> None:
    # Given two visits planned for yesterday, one of which was made
    day = date(2026, 11, 19)
    cycle = PlanCycle.objects.create(
        id="c", company=world.company, person=world.manager, state="approved", parameters={}, made_at=NOW, starts_on=day,
        ends_on=day + timedelta(days=28),
    )  # fmt: skip
    for n in range(2):
        PlannedVisit.objects.create(
            id=f"p{n}", cycle=cycle, company=world.company, person=world.manager, retailer=world.shops[n], visit_date=day,
            order=n + 1, arrive_at="09:00", travel_minutes=4, service_minutes=8, state=("planned", "done")[n],
        )  # fmt: skip
    record = world.phone.record(
        "plans.not_made", {"not_made_id": uuid7(), "planned_id": "p0", "reason": "asked_later", "words": ""}
    )

    # when the phone sends, and sends again because the answer was lost
    answers = [world.phone.push(record)[0] for _again in range(2)]

    # then it is there once
    assert [each["verdict"] for each in answers] == ["applied", "applied"]
    assert list(NotMade.objects.values_list("planned_id", "reason")) == [("p0", "asked_later")]
    assert world.phone.replica().json()["not_made"] == []
    # and of the visit that was made nothing is kept, nor asked of the person
    needless = world.phone.one("plans.not_made", {"not_made_id": uuid7(), "planned_id": "p1", "reason": "closed"})
    assert (needless["verdict"], NotMade.objects.count()) == ("applied", 1)
    assert needless["reason"]
    wrong = [
        {"planned_id": "p0", "reason": "lazy"}, {"planned_id": "p0", "reason": "other"}, {"planned_id": "p9", "reason": "closed"},
    ]  # fmt: skip
    verdicts = [world.phone.one("plans.not_made", {"not_made_id": uuid7(), **body})["verdict"] for body in wrong]
    assert verdicts == ["refused"] * 3


def test_too_much_at_once_and_an_unknown_device_are_refused_whole(world: Field) -> None:
    record = world.phone.record("consent.give", {})
    assert world.phone.post(*[record] * 101).status_code == 422
    assert world.phone.post({**record, "body": {"x": "y" * 1_000_001}}).status_code == 422
    world.phone.device = "../phone"
    assert world.phone.post(record).status_code == 422
    assert not Pushed.objects.exists()


def test_a_colleague_cannot_take_an_id_and_a_phone_may_be_shared(world: Field) -> None:
    record = world.phone.record("consent.give", {})
    world.phone.push(record)
    assert world.colleague.user is not None
    world.phone.client.force_login(world.colleague.user)

    assert world.phone.push(record)[0]["verdict"] == "refused"
    assert world.phone.one("consent.give", {})["verdict"] == "applied"
    assert set(Pushed.objects.values_list("user_id", flat=True)) == {world.user.pk, world.colleague.user.pk}


@pytest.mark.requirement("C6")
def test_what_a_count_found_short_is_a_hint_for_the_forecast(world: Field) -> None:
    goods = [Product.objects.create(company=world.company, product_code=f"p{n}", name=f"品规{n}") for n in range(3)]

    def counted(*lines: dict[str, object]) -> dict[str, Any]:
        action = {
            "place": 0,
            "kind": "stock_count",
            "body": {"lines": list(lines)},
            "done_at": None,
            "skipped_because": "",
        }
        return visit_body(world.shops[0], actions=[action])

    body = counted(
        {"product_id": goods[0].pk, "units": 0, "short_since": "2026-11-02"},
        {"product_id": goods[1].pk, "units": 0},
        {"product_id": goods[2].pk, "units": 0, "short_since": "2026-12-24"},
        {"product_id": 10**9, "units": 0, "short_since": "2026-11-02"},
    )
    record = world.phone.record("visits.complete", body)
    assert [world.phone.push(record)[0]["verdict"] for _ in range(2)] == ["applied", "applied"]
    hints = Hint.objects.order_by("pk")
    assert [
        (hint.kind, hint.retailer, hint.product, hint.valid_from, hint.valid_until, hint.made_by, hint.visit_id_said)
        for hint in hints
    ] == [
        ("shortage", world.shops[0], goods[0], date(2026, 11, 2), date(2026, 11, 21), world.manager, body["visit_id"]),
        # nobody knows of a day to come: it counts as the visit's own
        ("shortage", world.shops[0], goods[2], date(2026, 11, 20), date(2026, 11, 21), world.manager, body["visit_id"]),
    ]
    assert {hint.made_at for hint in hints} == {NOW}
    assert VisitAction.objects.get().body["lines"][:2] == [
        {"product_id": goods[0].pk, "units": 0, "short_since": "2026-11-02"}, {"product_id": goods[1].pk, "units": 0},
    ]  # fmt: skip
    page = world.phone.client.get(reverse("visits:visit", args=[body["visit_id"]]))
    assert page.content.decode().count("2026-11-02") == 2

    on_the_shelf = counted({"product_id": goods[0].pk, "units": 3, "short_since": "2026-11-02"})
    assert world.phone.one("visits.complete", on_the_shelf)["verdict"] == "refused"
    assert Hint.objects.count() == 2


def test_the_push_is_as_the_phone_is_tested_with(world: Field) -> None:
    body = visit_body(
        world.shops[0], visit_id="01936a5e-0000-7000-8000-000000000001", check_in_position=position(),
        actions=[
            {"place": 0, "kind": "check_in", "body": {}, "done_at": NOW.isoformat(), "skipped_because": ""},
            {"place": 1, "kind": "stock_count", "body": {"lines": [{"product_id": 1, "units": 3}]}, "done_at": None,
             "skipped_because": ""},
            {"place": 2, "kind": "market_order", "body": {"found": ["none"], "words": "", "photo_ids": []}, "done_at": None,
             "skipped_because": ""},
        ],
    )  # fmt: skip
    body["retailer_id"] = 0
    example = {
        "device": {"id": "01936a5e-0000-7000-8000-000000000002", "name": "手机"},
        "device_now": NOW.isoformat(),
        "records": [
            {"id": "01936a5e-0000-7000-8000-000000000003", "verb": "visits.complete", "made_at": NOW.isoformat(), "seen": None,
             "body": body},
            {"id": "01936a5e-0000-7000-8000-000000000004", "verb": "visits.invent", "made_at": NOW.isoformat(), "seen": "x",
             "body": {}},
        ],
    }  # fmt: skip
    path = Path(__file__).parent.parent / "contract" / "field" / "push.json"
    if os.environ.get("LIANXIN_WRITE_CONTRACT") == "1":
        answer = {"server_now": NOW.isoformat(), "verdicts": [
            {"id": example["records"][0]["id"], "verdict": "applied", "reason": "", "latest": None},
            {"id": example["records"][1]["id"], "verdict": "refused", "reason": "…", "latest": None},
        ]}  # fmt: skip
        path.write_text(json.dumps({"sent": example, "answer": answer}, ensure_ascii=False, indent=1) + "\n", "utf-8")
    kept = json.loads(path.read_text("utf-8"))
    assert kept["sent"] == example
    sent = json.loads(json.dumps(kept["sent"]))
    sent["records"][0]["body"]["retailer_id"] = world.shops[0].pk
    consent.give(person=world.manager, given_at=NOW - timedelta(days=1), by=world.user, at=NOW)

    answer = world.phone.client.post("/api/v1/field/push", json.dumps(sent), content_type="application/json").json()

    for found, wanted in zip(answer["verdicts"], kept["answer"]["verdicts"], strict=True):
        assert (found["id"], found["verdict"], bool(found["reason"]), found["latest"]) == (
            wanted["id"], wanted["verdict"], bool(wanted["reason"]), None,
        )  # fmt: skip
    assert set(answer) == set(kept["answer"])
