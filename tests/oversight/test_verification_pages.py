"""The pages and the API of checks, rule sets and verification, as the people concerned use them."""

from datetime import timedelta
from types import SimpleNamespace

import pytest
from django.urls import reverse

from lianxin.foundation import clock, jobs
from lianxin.foundation.models import Job
from lianxin.oversight.actions import checks as check_actions
from lianxin.oversight.models import Check, CheckRound, Flag, RuleSet, VerificationRun, VisitVerdict
from lianxin.oversight.queries import verdicts
from lianxin.visits.models import Visit
from tests.oversight.conftest import FIRST, client

pytestmark = pytest.mark.django_db


@pytest.mark.requirement("G1")
@pytest.mark.requirement("G3")
def test_month_person_and_visit_open_for_those_who_may(verified: SimpleNamespace) -> None:
    office = verified
    month = reverse("oversight:verified", args=["2021-12"])
    listed = client(office, "officer").get(month).content.decode()
    assert "wang" in listed
    assert "li" in listed
    own = client(office, "li").get(month).content.decode()
    assert reverse("oversight:verified_person", args=["2021-12", office.li.pk]) in own
    assert reverse("oversight:verified_person", args=["2021-12", office.wang.pk]) not in own
    person = reverse("oversight:verified_person", args=["2021-12", office.li.pk])
    page = client(office, "li").get(person).content.decode()
    assert "Days on the market" in page
    assert "10" in page
    assert client(office, "wang").get(person).status_code == 404
    assert client(office, "boss").get(person).status_code == 404  # of another unit
    assert client(office, "other_boss").get(person).status_code == 200
    assert client(office, "leader").get(reverse("oversight:verification")).status_code == 200
    assert client(office, "officer").get(month + "?export=csv").status_code == 200
    for name in ("rates", "accuracy", "rule_sets"):
        assert client(office, "wang").get(reverse(f"oversight:{name}")).status_code == 200


@pytest.mark.requirement("G4")
@pytest.mark.requirement("G5")
def test_visit_shows_its_sides_and_copies_side_by_side(verified: SimpleNamespace) -> None:
    office = verified
    sides = reverse("oversight:sides", args=[office.visit.pk])
    page = client(office, "li").get(sides).content.decode()
    assert "Nobody was there" in page
    assert "contradicts" in page
    assert client(office, "wang").get(sides).status_code == 404
    VisitVerdict.objects.filter(visit=office.visit).update(like_visit="li-1209-0", likeness=0.93)
    Visit.objects.filter(pk="li-1209-0").update(note="王老板说新品规卖得快，柜台第二层改放细支。")
    copy = client(office, "li").get(reverse("oversight:copy", args=[office.visit.pk])).content.decode()
    assert "93%" in copy.replace(" ", "")
    assert "<mark>慢</mark>" in copy
    assert "<mark>快</mark>" in copy
    told = client(office, "li").get(f"/api/v1/verification/visits/{office.visit.pk}").json()
    assert (told["verdict"]["like_visit"], told["witnesses"][0]["says"]) == ("li-1209-0", "shop_closed")
    assert client(office, "wang").get(f"/api/v1/verification/visits/{office.visit.pk}").status_code == 404


@pytest.mark.requirement("G2")
def test_checks_go_over_the_pages_and_stay_hidden_from_those_checked(verified: SimpleNamespace) -> None:
    office = verified
    officer = client(office, "officer")
    form = {"visits_from": "2021-12-01", "visits_until": "2021-12-11", "walk": 6, "spot": 4, "phone": 6}
    assert officer.post(reverse("oversight:seal"), {**form, "visits_until": "2021-12-01"}).status_code == 422
    assert officer.post(reverse("oversight:seal"), form).status_code == 302
    row = CheckRound.objects.get()
    page = reverse("oversight:round", args=[1])
    assert row.seed_hash in officer.get(page).content.decode()
    assert row.seed not in officer.get(page).content.decode()
    assert officer.post(reverse("oversight:draw", args=[1])).status_code == 302
    # whoever is checked finds it nowhere: not on pages, not by API, not by guessing
    for name in ("wang", "li"):
        checked = client(office, name)
        for address in (
            page,
            reverse("oversight:rounds"),
            reverse("oversight:my_checks"),
            "/api/v1/checks",
            "/api/v1/check-rounds",
        ):
            assert checked.get(address).status_code == 403
        for check in Check.objects.filter(visit__person__name=name)[:3]:
            assert checked.get(reverse("oversight:check", args=[check.pk])).status_code == 403
            assert check.get_channel_display() not in str(
                checked.get(f"/api/v1/verification/visits/{check.visit_id}").json()["checks"]
            )
    brand = client(office, "brand")
    mine = Check.objects.filter(checker=office.brand.user).first()
    assert mine is not None
    assert mine.visit.retailer.name in brand.get(reverse("oversight:my_checks")).content.decode()
    assert brand.get(page).status_code == 403  # a checker sees his own, not the round
    record = reverse("oversight:check_record", args=[mine.pk])
    assert brand.post(record, {"confirmed": "no", "words": ""}).status_code == 422
    assert client(office, "other_boss").post(record, {"confirmed": "yes"}).status_code == 404
    assert brand.post(record, {"confirmed": "yes", "came": "yes"}).status_code == 302
    by_api = Check.objects.filter(checker=office.officer.user, state="assigned").order_by("pk")
    first, second = by_api[0], by_api[1]
    answered = officer.post(
        f"/api/v1/checks/{first.pk}/record", {"confirmed": "cannot_tell"}, content_type="application/json"
    )
    assert answered.json()["confirmed"] == "cannot_tell"
    gone = officer.post(
        f"/api/v1/checks/{second.pk}/give-up", {"words": "Closed down."}, content_type="application/json"
    )
    assert gone.json()["state"] == "not_done"
    CheckRound.objects.update(due_on=clock.today(office.company) - timedelta(days=1))
    assert officer.post(reverse("oversight:end", args=[1])).status_code == 302
    assert row.seed in officer.get(page).content.decode()
    answers = (
        client(office, mine.visit.person.name).get(f"/api/v1/verification/visits/{mine.visit_id}").json()["checks"]
    )
    (told,) = [one for one in answers if one["channel"] == mine.channel]
    assert (told["state"], told["confirmed"]) == ("done", "yes")


@pytest.mark.requirement("G3")
def test_rule_set_is_tried_compared_and_adopted_on_the_pages(verified: SimpleNamespace) -> None:
    office = verified
    officer, leader = client(office, "officer"), client(office, "leader")
    assert officer.post(reverse("oversight:draft"), {"title": "x", "verifying__far_metres": "far"}).status_code == 422
    assert (
        officer.post(reverse("oversight:draft"), {"title": "600", "verifying__too_short_seconds": "600"}).status_code
        == 302
    )
    made = RuleSet.objects.get(number=2)
    assert made.values == {"verifying.too_short_seconds": 600}
    officer.post(reverse("oversight:try_on", args=[2]), {"month": "2021-12-01"})
    job = Job.objects.get(kind="oversight.verify")
    jobs.run(job)
    assert job.error == ""
    trial = VerificationRun.objects.get(mode="trial")
    page = officer.get(reverse("oversight:run", args=[trial.pk])).content.decode()
    assert "60 → 600" in page
    assert "80" in page  # all eighty visits of eight minutes are too short now
    assert officer.post(reverse("oversight:adopt", args=[2]), {"valid_from": "2022-01-01"}).status_code == 403
    leader.post(reverse("oversight:adopt", args=[2]), {"valid_from": "2022-01-01"})
    made.refresh_from_db()
    assert made.state == "adopted"
    listed = client(office, "wang").get("/api/v1/rule-sets").json()
    assert [(one["number"], one["state"]) for one in listed] == [(2, "adopted"), (1, "adopted")]
    asked = officer.post("/api/v1/verification/2021-12", {}, content_type="application/json")
    assert asked.status_code == 202
    jobs.run(Job.objects.get(pk=asked.json()["job"]))
    assert VerificationRun.objects.filter(mode="formal").count() == 1  # the same evidence, the same run
    rows = client(office, "li").get("/api/v1/verification/2021-12").json()
    assert {row["employee_no"] for row in rows} == {"li"}


@pytest.mark.requirement("G8")
def test_officer_asks_from_the_page_of_a_visit(verified: SimpleNamespace) -> None:
    office = verified
    VisitVerdict.objects.filter(visit=office.visit).update(answer="yes", rules={"far": "yes"})
    ask = reverse("oversight:ask", args=[office.visit.pk])
    assert client(office, "boss").post(ask).status_code == 404
    assert client(office, "li").post(ask).status_code == 403
    assert client(office, "officer").post(ask).status_code == 302
    flag = Flag.objects.get(rule="rule_far")
    assert (flag.person, flag.subject) == (office.li, f"visit:{office.visit.pk}")
    client(office, "second").post(ask)
    assert Flag.objects.filter(rule="rule_far").count() == 1


@pytest.mark.requirement("G3")
def test_accuracy_is_measured_by_checks(verified: SimpleNamespace) -> None:
    office = verified
    visits = list(Visit.objects.order_by("pk")[:24])
    for number, row in enumerate(visits):
        Check.objects.create(
            company=office.company, visit=row, channel="phone", drawn_probability=0.5, state="done",
            confirmed="no" if number < 12 else "yes",
        )  # fmt: skip
        VisitVerdict.objects.filter(visit=row).update(rules={"far": "yes" if number < 9 or number == 20 else "no"})
    page = client(office, "wang").get(reverse("oversight:accuracy")).content.decode()
    assert "75%" in page.replace(" ", "")  # nine of twelve found
    assert "8%" in page.replace(" ", "")  # one of twelve suspected
    assert check_actions.frame_digest([("a", 0.5)]) != check_actions.frame_digest([("a", 0.6)])


@pytest.mark.requirement("F1")
def test_own_page_shows_everything_that_supervision_keeps(verified: SimpleNamespace) -> None:
    office = verified
    Check.objects.create(
        company=office.company, visit=office.visit, channel="phone", drawn_probability=0.5, state="done", confirmed="no"
    )
    kept = verdicts.kept_about(office.li)
    assert [(month, counts["n"]) for month, counts in kept.months] == [(FIRST, 40)]
    assert [check.visit_id for check in kept.checks] == [office.visit.pk]
    page = client(office, "li").get(reverse("visits:about_me")).content.decode()
    assert reverse("oversight:verified_person", args=["2021-12", office.li.pk]) in page
    assert reverse("oversight:sides", args=[office.visit.pk]) in page
