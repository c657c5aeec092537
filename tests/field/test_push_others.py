"""What phones send beside visits: promises, requests, policies told, care notes, why a visit was not made."""

from datetime import date, timedelta

import pytest

from lianxin.foundation.models import AuditRow
from lianxin.foundation.uuids import uuid7
from lianxin.visits.actions import policies
from lianxin.visits.models import (
    CareNote,
    NotMade,
    PlanCycle,
    PlannedVisit,
    PolicyTold,
    Promise,
    Request,
)
from tests.field.conftest import NOW, Field

pytestmark = [pytest.mark.django_db, pytest.mark.requirement("F1")]


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
