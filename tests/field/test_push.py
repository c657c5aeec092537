"""Records of a phone: applied once, by themselves, with a verdict that stays the same."""

import json
import os
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.urls import reverse

from lianxin.demand.models import Hint
from lianxin.field.models import Pushed
from lianxin.foundation.models import AuditRow
from lianxin.foundation.uuids import uuid7
from lianxin.goods.models import Product
from lianxin.retailers.models import Territory
from lianxin.visits.actions import consent
from lianxin.visits.facts import retail_prices, stock_counts
from lianxin.visits.models import (
    DayQuestion,
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


def counted(world: Field, *lines: dict[str, object]) -> dict[str, Any]:
    """A visit of the first shop with one stock count."""
    action = {
        "place": 0,
        "kind": "stock_count",
        "body": {"lines": list(lines)},
        "done_at": None,
        "skipped_because": "",
    }
    return visit_body(world.shops[0], actions=[action])


@pytest.mark.requirement("C6")
def test_what_a_count_found_short_is_a_hint_for_the_forecast(world: Field) -> None:
    goods = [Product.objects.create(company=world.company, product_code=f"p{n}", name=f"品规{n}") for n in range(3)]
    body = counted(
        world,
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

    on_the_shelf = counted(world, {"product_id": goods[0].pk, "units": 3, "short_since": "2026-11-02"})
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


@pytest.mark.requirement("C6")
def test_a_price_seen_beside_the_count_is_kept_shown_and_published(world: Field) -> None:
    goods = [Product.objects.create(company=world.company, product_code=f"p{n}", name=f"品规{n}") for n in range(2)]
    body = counted(
        world, {"product_id": goods[0].pk, "units": 4, "price_fen": 25_550}, {"product_id": goods[1].pk, "units": 2}
    )
    assert world.phone.one("visits.complete", body)["verdict"] == "applied"
    # a price is no sentence of a shortage
    assert not Hint.objects.exists()
    page = world.phone.client.get(reverse("visits:visit", args=[body["visit_id"]])).content.decode()
    assert page.count("¥255.50") == 1
    told = retail_prices(world.company).to_pylist()
    assert [
        (row["visit_id"], row["person_id"], row["retailer_id"], row["product_id"], row["seen_at"], row["price_fen"])
        for row in told
    ] == [(body["visit_id"], world.manager.pk, world.shops[0].pk, goods[0].pk, NOW - timedelta(minutes=30), 25_550)]
    assert {(row["product_id"], row["units"]) for row in stock_counts(world.company).to_pylist()} == {
        (goods[0].pk, 4), (goods[1].pk, 2),
    }  # fmt: skip

    for wrong in (0, -5, 10**9, "255", 255.5):
        refused = counted(world, {"product_id": goods[0].pk, "units": 4, "price_fen": wrong})
        verdict = world.phone.one("visits.complete", refused)
        assert verdict["verdict"] == "refused", wrong
        assert "price_fen" in verdict["reason"]
    assert len(retail_prices(world.company)) == 1
