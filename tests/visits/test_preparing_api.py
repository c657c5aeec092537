"""What visits are prepared with, policies told and care notes, by API: as the pages do it, for whom the pages do it."""

from datetime import UTC, date, datetime
from typing import Any

import pytest

from lianxin.foundation import clock
from lianxin.foundation.models import AuditRow
from lianxin.foundation.uuids import uuid7
from lianxin.visits.actions import policies
from lianxin.visits.models import CareNote, Cover, DayQuestion, Policy, Theme, Visit, VisitAction, VisitType
from tests import factories
from tests.visits.api_calls import call, told
from tests.visits.world import World

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 20, 2, 0, tzinfo=UTC)
STEPS = [{"kind": "check_in", "required": True}, {"kind": "note"}, {"kind": "check_out", "required": True}]


@pytest.fixture(autouse=True)
def stopped_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)


def made(world: World, **fields: Any) -> Visit:
    return Visit.objects.create(
        id=uuid7(), company=world.company, person=world.people["wang"], retailer=world.shops["wang"][0], state="done",
        visit_date=date(2026, 11, 20), check_in_at=NOW, check_out_at=NOW, received_at=NOW, **fields,
    )  # fmt: skip


@pytest.mark.requirement("F1")
def test_types_are_set_in_versions_ended_and_deleted(world: World) -> None:
    wanted = {"code": "short", "name": "短访", "actions": STEPS}
    first = told(call(world, "admin", "POST", "/visit-types", wanted), 201)
    second = told(call(world, "admin", "POST", "/visit-types", {**wanted, "name": "快访"}), 201)
    assert (first["version"], second["version"], second["actions"][1]) == (1, 2, {"kind": "note", "required": False})
    (listed,) = told(call(world, "boss", "GET", "/visit-types"))
    assert (listed["id"], listed["name"], listed["valid_until"]) == (second["id"], "快访", None)
    versions = told(call(world, "admin", "GET", f"/visit-types/{second['id']}/versions"))
    assert [row["version"] for row in versions] == [2, 1]
    # An older version is no address: its type is spoken of by the newest.
    assert told(call(world, "admin", "POST", f"/visit-types/{first['id']}/end"), 404)
    assert told(call(world, "boss", "POST", f"/visit-types/{second['id']}/end"), 403)
    visit = made(world, visit_type_id=second["id"])
    assert "End it" in told(call(world, "admin", "DELETE", f"/visit-types/{second['id']}"), 422)["detail"]
    told(call(world, "admin", "POST", f"/visit-types/{second['id']}/end"), 204)
    assert VisitType.objects.get(pk=second["id"]).valid_until == date(2026, 11, 20)
    visit.delete()
    told(call(world, "admin", "DELETE", f"/visit-types/{second['id']}"), 204)
    assert not VisitType.objects.exists()
    usual = told(call(world, "admin", "POST", "/visit-types/usual"), 201)
    assert len(usual) == VisitType.objects.count() == 4
    assert told(call(world, "admin", "POST", "/visit-types/usual"), 201) == []


@pytest.mark.requirement("F1")
@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"code": ""}, "code"),
        ({"code": "短 访"}, "code"),
        ({"code": "x" * 41}, "code"),
        ({"name": " "}, "name"),
        ({"name": "访" * 81}, "name"),
        ({"actions": []}, "actions"),
        ({"actions": STEPS[::-1]}, "actions"),
        ({"actions": [*STEPS[:2], STEPS[0], STEPS[2]]}, "actions"),
        ({"actions": [{"kind": "tea"}]}, "actions.0.kind"),
        ({"actions": "note"}, "actions"),
    ],
)
def test_a_faulty_type_is_refused_with_its_field(change: dict[str, Any], field: str, world: World) -> None:
    wanted = {"code": "short", "name": "短访", "actions": STEPS} | change
    assert told(call(world, "admin", "POST", "/visit-types", wanted), 422)["field"] == field
    assert told(call(world, "boss", "POST", "/visit-types", {"code": "x", "name": "x", "actions": STEPS}), 403)
    assert told(call(world, "wang", "POST", "/visit-types", wanted), 403)
    assert not VisitType.objects.exists()


@pytest.mark.requirement("F2")
def test_themes_are_ones_own_units_fixed_once_used_and_retired(world: World) -> None:
    wanted = {"title": "旺季备货", "talking_points": ["早订", " ", "多存"], "unit": "城南市场部",
              "valid_from": "2026-11-01", "valid_until": "2026-12-01"}  # fmt: skip
    theme = told(call(world, "boss", "POST", "/visit-themes", wanted), 201)
    assert (theme["talking_points"], theme["unit"]) == (["早订", "多存"], "城南市场部")
    assert told(call(world, "boss", "POST", "/visit-themes", {**wanted, "unit": "城北市场部"}), 422)["field"] == "unit"
    assert told(call(world, "boss", "POST", "/visit-themes", {**wanted, "unit": ""}), 403)
    company = told(call(world, "admin", "POST", "/visit-themes", {**wanted, "unit": ""}), 201)
    path = f"/visit-themes/{theme['id']}"
    assert [row["id"] for row in told(call(world, "other_boss", "GET", "/visit-themes"))] == [company["id"]]
    assert told(call(world, "other_boss", "PUT", path, wanted), 404)
    assert told(call(world, "boss", "PUT", f"/visit-themes/{company['id']}", wanted), 403)
    for change, field in (
        ({"title": ""}, "title"),
        ({"title": "题" * 121}, "title"),
        ({"talking_points": [""]}, "talking_points"),
        ({"valid_until": "2026-11-01"}, "valid_until"),
        ({"valid_from": "2026-02-30"}, "valid_from"),
        ({"talking_points": "早订"}, "talking_points"),
    ):
        assert told(call(world, "boss", "PUT", path, wanted | change), 422)["field"] == field
    made(world, theme_id=theme["id"])
    assert (
        told(call(world, "boss", "PUT", path, {**wanted, "talking_points": ["别的"]}), 422)["field"] == "talking_points"
    )
    retired = told(call(world, "boss", "PUT", path, {**wanted, "valid_until": "2026-11-20"}))
    assert (retired["valid_until"], Theme.objects.get(pk=theme["id"]).valid_until) == (
        "2026-11-20", date(2026, 11, 20),
    )  # fmt: skip


@pytest.mark.requirement("F1")
def test_questions_are_ones_own_units_and_fixed_once_answered(world: World) -> None:
    wanted = {"text": "周边有新店吗?", "kind": "choice", "options": ["有", "没有"], "unit": "城南市场部",
              "valid_from": "2026-11-01", "valid_until": "2026-12-01"}  # fmt: skip
    question = told(call(world, "boss", "POST", "/visit-questions", wanted), 201)
    path = f"/visit-questions/{question['id']}"
    assert told(call(world, "boss", "GET", "/visit-questions"))[0]["options"] == ["有", "没有"]
    assert told(call(world, "other_boss", "GET", "/visit-questions")) == []
    assert told(call(world, "wang", "GET", "/visit-questions"), 403)
    for change, field in (
        ({"options": ["有", "有"]}, "options"),
        ({"kind": "song"}, "kind"),
        ({"text": "问" * 301}, "text"),
        ({"text": " "}, "text"),
        ({"valid_until": "2026-10-01"}, "valid_until"),
    ):
        assert told(call(world, "boss", "POST", "/visit-questions", wanted | change), 422)["field"] == field
    VisitAction.objects.create(
        visit=made(world), place=0, kind="questions", body={"answers": [{"question_id": question["id"], "value": "有"}]}
    )
    assert told(call(world, "boss", "PUT", path, {**wanted, "text": "别的?"}), 422)["field"] == "text"
    told(call(world, "boss", "PUT", path, {**wanted, "valid_until": "2026-11-20"}))
    assert DayQuestion.objects.get().valid_until == date(2026, 11, 20)


@pytest.mark.requirement("F8")
def test_a_policy_is_written_and_tells_whom_it_reached(world: World) -> None:
    wanted = {
        "title": "明码标价", "text": "一品一签", "check_question": "少一签怎么办?",
        "check_answers": [{"text": "补签", "right": True}, {"text": "不用管"}], "valid_from": "2026-11-01",
        "tell_until": "2026-12-01",
    }  # fmt: skip
    for change, field in (
        ({"title": ""}, "title"),
        ({"title": "题" * 121}, "title"),
        ({"tell_until": "2026-10-01"}, "tell_until"),
        ({"check_answers": [{"text": "补签"}, {"text": "不用管"}]}, "check_answers"),
        ({"check_answers": [{"right": True}]}, "check_answers.0.text"),
    ):
        assert told(call(world, "leader", "POST", "/policies", wanted | change), 422)["field"] == field
    assert told(call(world, "boss", "POST", "/policies", wanted), 403)
    assert not Policy.objects.exists()
    policy = told(call(world, "leader", "POST", "/policies", wanted), 201)
    path = f"/policies/{policy['id']}"
    # Which answer is right is nobody's to read before it is asked.
    assert told(call(world, "wang", "GET", path))["check_answers"] == ["补签", "不用管"]
    assert told(call(world, "wang", "GET", "/policies")) == [policy]
    for who, shop, answer in (("wang", 0, 0), ("wang", 1, 1), ("li", 0, None)):
        policies.tell(
            told_id=uuid7(), policy_id=policy["id"], person=world.people[who], retailer_id=world.shops[who][shop].pk,
            visit_id="v", answer_index=answer, told_at=NOW, by=world.users[who], at=NOW,
        )  # fmt: skip
    reach = {who: told(call(world, who, "GET", f"{path}/reach")) for who in ("wang", "boss", "other_boss", "officer")}
    assert {who: (row["n_told"], row["n_held"]) for who, row in reach.items()} == {
        "wang": (2, 8), "boss": (3, 16), "other_boss": (0, 8), "officer": (3, 24),
    }  # fmt: skip
    assert (reach["wang"]["n_asked"], reach["wang"]["n_right"]) == (2, 1)
    first = told(call(world, "boss", "GET", f"{path}/told?limit=2"))
    rest = told(call(world, "boss", "GET", f"{path}/told?limit=2&after={first['next']}"))
    assert [(row["licence_no"], row["employee_no"], row["understood"]) for row in first["rows"] + rest["rows"]] == [
        ("wang0", "wang", True), ("wang1", "wang", False), ("li0", "li", None),
    ]  # fmt: skip
    missing = told(call(world, "boss", "GET", f"{path}/missing?limit=7"))
    after = told(call(world, "boss", "GET", f"{path}/missing?limit=7&after={missing['next']}"))
    found = missing["rows"] + after["rows"]
    assert (missing["total"], [row["licence_no"] for row in found]) == (
        13, [*(f"li{n}" for n in range(1, 8)), *(f"wang{n}" for n in range(2, 8))],
    )  # fmt: skip
    assert (found[0]["manager"], found[0]["retailer"]) == ("li", "li shop 1")
    assert told(call(world, "admin", "GET", f"{path}/reach"), 403)
    assert told(call(world, "wang", "GET", "/policies/987654/missing"), 404)


@pytest.mark.requirement("F7")
def test_care_notes_have_a_purpose_and_an_end_and_are_read_by_who_visits(world: World) -> None:
    note = {
        "id": str(uuid7()),
        "licence_no": "wang0",
        "purpose": "送货",
        "text": "中午不在店",
        "keep_until": "2027-01-31",
    }
    for change, status, field in (
        ({"purpose": " "}, 422, "purpose"),
        ({"purpose": "用" * 121}, 422, "purpose"),
        ({"text": ""}, 422, "text"),
        ({"text": "字" * 301}, 422, "text"),
        ({"text": "老板住院了"}, 422, "text"),
        ({"keep_until": "2026-11-19"}, 422, "keep_until"),
        ({"keep_until": "2036-11-19"}, 422, "keep_until"),
        ({"id": "1"}, 422, "id"),
        ({"licence_no": "zhao0"}, 404, "licence_no"),
        ({"licence_no": "nowhere"}, 404, "licence_no"),
    ):
        assert told(call(world, "wang", "POST", "/care-notes", note | change), status)["field"] == field
    assert not CareNote.objects.exists()
    kept = told(call(world, "wang", "POST", "/care-notes", note), 201)
    assert (kept["id"], kept["written_by"], kept["keep_until"]) == (note["id"], "wang", "2027-01-31")
    assert told(call(world, "wang", "POST", "/care-notes", note), 422)["field"] == "note_id"
    told(call(world, "wang", "POST", "/care-notes", {**note, "id": str(uuid7()), "licence_no": "wang1"}), 201)
    CareNote.objects.create(
        id="old", company=world.company, retailer=world.shops["wang"][2], person=world.people["wang"], purpose="x",
        text="x", made_at=NOW, keep_until=date(2026, 11, 19),
    )  # fmt: skip
    assert {row["licence_no"] for row in told(call(world, "wang", "GET", "/care-notes"))} == {"wang0", "wang1"}
    assert [row["id"] for row in told(call(world, "wang", "GET", "/care-notes?licence_no=wang0"))] == [note["id"]]
    # Who does not visit the shop reads nothing, whatever the post; who covers for its manager does.
    assert told(call(world, "li", "GET", "/care-notes?licence_no=wang0")) == []
    for who in ("boss", "officer", "leader", "admin"):
        assert told(call(world, who, "GET", "/care-notes"), 403)
    assert told(call(world, "li", "DELETE", f"/care-notes/{note['id']}"), 422)
    Cover.objects.create(
        company=world.company, absent=world.people["wang"], covering=world.people["li"], valid_from=date(2026, 11, 20),
        valid_until=date(2026, 11, 21), reason="x",
    )  # fmt: skip
    assert len(told(call(world, "li", "GET", "/care-notes"))) == 2
    by_retailer = factories.signed_in_retailer(world.shops["wang"][0]).get("/api/v1/own/notes").json()
    assert [row["id"] for row in by_retailer] == [note["id"]]
    for _again in range(2):
        told(call(world, "wang", "DELETE", f"/care-notes/{note['id']}"), 204)
    assert set(CareNote.objects.values_list("retailer__licence_no", flat=True)) == {"wang1", "wang2"}
    assert "中午不在店" not in str(list(AuditRow.objects.values_list("after", "before")))
