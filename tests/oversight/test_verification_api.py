"""What supervision does by API: handed over, compared, measured, laid side by side, asked, taken back."""

import json
from datetime import UTC, date, datetime
from types import SimpleNamespace
from typing import Any

import pytest
from django.http import HttpResponse
from django.urls import reverse

from lianxin.foundation.uuids import uuid7
from lianxin.oversight.actions import checks as check_actions
from lianxin.oversight.actions import rules, verifying
from lianxin.oversight.models import Check, Flag, RecordLikeness, RuleSuspension, VerificationRun, VisitVerdict
from lianxin.oversight.states import RunMode
from lianxin.people.models import Person
from lianxin.visits.models import Record, RecordVersion, Visit
from tests.oversight.conftest import AT, FIRST, client

pytestmark = pytest.mark.django_db


def call(office: SimpleNamespace, who: str, method: str, path: str, body: Any = None) -> HttpResponse:
    content = b"" if body is None else json.dumps(body).encode()
    made: HttpResponse = client(office, who).generic(method, f"/api/v1{path}", content, content_type="application/json")
    return made


def told(answer: HttpResponse, status: int = 200) -> Any:
    assert answer.status_code == status, answer.content.decode()
    return json.loads(answer.content)


def round_of_calls(office: SimpleNamespace) -> list[Check]:
    made = check_actions.seal_round(
        company=office.company, visits_from=FIRST, visits_until=date(2021, 12, 11), wanted={"phone": 4}, due_on=None,
        by=office.officer.user, at=AT, on=date(2021, 12, 1),
    )  # fmt: skip
    check_actions.draw(round=made, by=office.officer.user, at=AT, on=date(2021, 12, 12))
    return list(Check.objects.order_by("pk"))


@pytest.mark.requirement("G2")
def test_a_check_is_handed_over_to_who_can_make_it(verified: SimpleNamespace) -> None:
    office = verified
    check = round_of_calls(office)[0]
    given, other = ("officer", "second") if check.checker == office.officer.user else ("second", "officer")
    rows = told(call(office, "officer", "GET", "/check-rounds/1/checks"))
    assert {row["id"] for row in rows} == set(Check.objects.values_list("pk", flat=True))
    assert next(row for row in rows if row["id"] == check.pk)["checker"] == given
    offered = told(call(office, "officer", "GET", f"/checks/{check.pk}/checkers"))
    assert [row["username"] for row in offered] == ["officer", "second"]
    path = f"/checks/{check.pk}/hand-over"
    for wrong in ("brand", "nobody", ""):
        assert told(call(office, "officer", "POST", path, {"to": wrong}), 422)["field"] == "to"
    assert told(call(office, "officer", "POST", path, {}), 422)["field"] == "to"
    assert told(call(office, "officer", "POST", "/checks/987654/hand-over", {"to": other}), 404)
    for nobody in ("leader", "boss", "li"):
        assert call(office, nobody, "POST", path, {"to": other}).status_code == 403
    assert call(office, "li", "GET", "/check-rounds/1/checks").status_code == 403
    assert told(call(office, "officer", "POST", path, {"to": other}))["checker"] == other
    told(call(office, other, "POST", f"/checks/{check.pk}/record", {"confirmed": "yes"}))
    assert "already" in told(call(office, "officer", "POST", path, {"to": given}), 422)["detail"]


@pytest.mark.requirement("G3")
def test_a_trial_is_compared_with_the_run_that_counts(verified: SimpleNamespace) -> None:
    office = verified
    other = rules.draft(
        company=office.company, title="600", values={"verifying.too_short_seconds": 600}, by=office.officer.user, at=AT
    )
    trial = verifying.verify(
        company=office.company, month=FIRST, mode=RunMode.TRIAL, rule_set=other, by=office.officer.user, at=AT,
        on=date(2022, 1, 3),
    )  # fmt: skip
    (run,) = told(call(office, "wang", "GET", "/rule-sets/2/runs"))
    assert (run["id"], run["mode"], run["n_visits"]) == (trial.pk, "trial", 80)
    found = told(call(office, "officer", "GET", f"/verification/runs/{trial.pk}"))
    assert found["base"]["id"] == office.run.pk
    assert found["changed_numbers"] == [{"name": "verifying.too_short_seconds", "now": 600, "before": 60}]
    short = next(row for row in found["rules"] if row["rule"] == "too_short")
    assert (short["yes"], short["yes_in_base"]) == (80, 0)
    assert found["n_doubtful_here_only"] == trial.n_doubtful
    itself = told(call(office, "officer", "GET", f"/verification/runs/{office.run.pk}"))
    assert (itself["base"], itself["changed_numbers"]) == (None, [])
    assert {row["yes_in_base"] for row in itself["rules"]} == {None}
    # Whom it would ask is told of those whose verification one may read.
    trial.managers.filter(person__in=[office.wang, office.li], indicator="ghost_share").update(is_suspected=True)
    readers = ("officer", "boss", "li", "brand")
    compared = {who: told(call(office, who, "GET", f"/verification/runs/{trial.pk}")) for who in readers}
    assert {row["n_asked_here_only"] for row in compared.values()} == {2}
    asked = {who: row["asked_here_only"] for who, row in compared.items()}
    assert asked == {"officer": ["li", "wang"], "boss": ["wang"], "li": ["li"], "brand": []}
    pages = {
        who: client(office, who).get(reverse("oversight:run", args=[trial.pk])).content.decode() for who in readers
    }
    assert {who: [text in page for text in ("li、wang", "wang、1 more person", "li、1 more person", "2 persons")]
            for who, page in pages.items()} == {
        "officer": [True, False, False, False], "boss": [False, True, False, False],
        "li": [False, False, True, False], "brand": [False, False, False, True],
    }  # fmt: skip
    assert told(call(office, "wang", "GET", "/verification/runs/987654"), 404)
    assert told(call(office, "wang", "GET", "/rule-sets/9/runs"), 404)
    assert told(call(office, "wang", "GET", "/rule-sets/x/runs"), 422)["field"] == "number"


@pytest.mark.requirement("G3", "G8")
def test_accuracy_is_measured_by_checks(verified: SimpleNamespace) -> None:
    office = verified
    for number, row in enumerate(Visit.objects.order_by("pk")[:24]):
        Check.objects.create(
            company=office.company, visit=row, channel="phone", drawn_probability=0.5, state="done",
            confirmed="no" if number < 12 else "yes",
        )  # fmt: skip
        VisitVerdict.objects.filter(visit=row).update(rules={"far": "yes" if number < 9 or number == 20 else "no"})
    RuleSuspension.objects.create(
        company=office.company, rule="rule_far", suspended_at=AT, n_decided=12, n_false=5, allowed_share=0.2
    )
    together, row = told(call(office, "wang", "GET", "/rule-sets/accuracy"))
    assert (together["rule"], together["is_suspended"], together["false"]["value"]) == ("combined", False, 0)
    assert (row["rule"], row["is_suspended"]) == ("far", True)
    assert (row["found"]["value"], row["found"]["n"]) == (0.75, 12)
    assert row["false"]["value"] == pytest.approx(1 / 12)
    assert row["found"]["low"] < 0.75 < row["found"]["high"]


@pytest.mark.requirement("G4")
def test_copies_stand_side_by_side_for_those_who_may(verified: SimpleNamespace) -> None:
    office = verified
    VisitVerdict.objects.filter(visit=office.visit).update(like_visit="li-1209-0", likeness=0.93)
    Visit.objects.filter(pk="li-1209-0").update(note="王老板说新品规卖得快。")
    Visit.objects.filter(pk=office.visit.pk).update(note="王老板说新品规卖得慢。")
    path = f"/verification/visits/{office.visit.pk}/copy"
    found = told(call(office, "li", "GET", path))
    assert (found["likeness"], found["is_own"]) == (0.93, True)
    assert (found["later"]["id"], found["earlier"]["id"]) == (office.visit.pk, "li-1209-0")
    assert [piece for piece in found["pieces"] if piece["later"] != piece["earlier"]] == [
        {"later": "慢", "earlier": "快"}
    ]
    assert "".join(piece["later"] for piece in found["pieces"]) == found["later"]["text"]
    assert told(call(office, "wang", "GET", path), 404)
    assert told(call(office, "brand", "GET", path), 403)
    assert told(call(office, "li", "GET", "/verification/visits/li-1205-0/copy"), 404)


def record(person: Person, day: date, text: str) -> Record:
    at = datetime(day.year, day.month, day.day, 9, tzinfo=UTC)
    made = Record.objects.create(
        id=uuid7(), company=person.company, person=person, kind="daily", period_start=day, due_at=at, words=text,
        state="submitted", submitted_at=at,
    )  # fmt: skip
    RecordVersion.objects.create(record=made, words=text, submitted_at=at)
    return made


@pytest.mark.requirement("G4")
def test_a_copied_record_stands_beside_its_source(office: SimpleNamespace) -> None:
    source = record(office.li, date(2021, 12, 1), "东门三户缺货，已联系配送。")
    copied = record(office.wang, date(2021, 12, 2), "东门四户缺货，已联系配送。")
    RecordLikeness.objects.create(
        version=copied.versions.get(), source=source.versions.get(), likeness=0.9, found_at=AT
    )
    path = f"/verification/records/{copied.pk}/copy"
    found = told(call(office, "wang", "GET", path))
    assert (found["is_own"], found["later"]["day"], found["earlier"]["text"]) == (
        False, "2021-12-02", "东门三户缺货，已联系配送。",
    )  # fmt: skip
    assert {"later": "四", "earlier": "三"} in found["pieces"]
    assert told(call(office, "li", "GET", path), 404)
    assert told(call(office, "officer", "GET", f"/verification/records/{source.pk}/copy"), 404)


@pytest.mark.requirement("G8")
def test_a_visit_is_asked_about_once(verified: SimpleNamespace) -> None:
    office = verified
    path = f"/verification/visits/{office.visit.pk}/ask"
    VisitVerdict.objects.filter(visit=office.visit).update(answer="no", rules={"far": "no"})
    assert "No rule found" in told(call(office, "officer", "POST", path), 422)["detail"]
    VisitVerdict.objects.filter(visit=office.visit).update(answer="yes", rules={"far": "yes"})
    assert told(call(office, "boss", "POST", path), 404)
    assert told(call(office, "li", "POST", path), 403)
    made = told(call(office, "officer", "POST", path), 201)
    flag = Flag.objects.get(rule="rule_far")
    assert (made["flag"], flag.person, flag.subject) == (flag.pk, office.li, f"visit:{office.visit.pk}")
    assert told(call(office, "second", "POST", path), 422)
    assert Flag.objects.filter(rule="rule_far").count() == 1
    VisitVerdict.objects.all().delete()
    assert told(call(office, "officer", "POST", path), 404)


@pytest.mark.requirement("G3")
def test_verdicts_of_a_month_are_listed_for_those_who_may_read_them(verified: SimpleNamespace) -> None:
    office = verified
    VisitVerdict.objects.filter(visit=office.visit).update(answer="yes")
    path = "/verification/2021-12/visits"
    mine = told(call(office, "li", "GET", path))
    assert (mine["total"], {row["employee_no"] for row in mine["rows"]}) == (40, {"li"})
    first = told(call(office, "officer", "GET", f"{path}?limit=60"))
    rest = told(call(office, "officer", "GET", f"{path}?limit=60&after={first['next']}"))
    assert (first["total"], len(first["rows"]), len(rest["rows"]), rest["next"]) == (80, 60, 20, None)
    (one,) = told(call(office, "officer", "GET", f"{path}?employee_no=li&answer=yes"))["rows"]
    assert one["visit_id"] == office.visit.pk
    for wrong, status in (("?answer=maybe", 422), ("?limit=0", 422), ("?after=x", 422)):
        assert told(call(office, "officer", "GET", path + wrong), status)
    assert told(call(office, "officer", "GET", "/verification/2021-11/visits"), 404)
    assert told(call(office, "officer", "GET", "/verification/2021-13/visits"), 404)
    assert VerificationRun.objects.count() == 1


@pytest.mark.requirement("G8")
def test_a_suspended_rule_is_taken_back_by_who_adopts_rules(office: SimpleNamespace) -> None:
    RuleSuspension.objects.create(
        company=office.company, rule="rule_far", suspended_at=AT, n_decided=12, n_false=5, allowed_share=0.2
    )
    (row,) = told(call(office, "wang", "GET", "/rules/suspended"))
    assert (row["rule"], row["n_false"]) == ("rule_far", 5)
    path = "/rules/rule_far/adopt-again"
    assert told(call(office, "leader", "POST", path, {"words": " "}), 422)["field"] == "words"
    assert told(call(office, "leader", "POST", path, {}), 422)["field"] == "words"
    assert told(call(office, "officer", "POST", path, {"words": "x"}), 403)
    assert told(call(office, "leader", "POST", "/rules/rule_burst/adopt-again", {"words": "x"}), 404)
    told(call(office, "leader", "POST", path, {"words": "距离放宽到二百米。"}))
    assert told(call(office, "wang", "GET", "/rules/suspended")) == []
    assert RuleSuspension.objects.get().adopted_by == office.leader.user
