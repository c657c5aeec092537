"""The line for copied notes, set on a past period: measured, shown, drafted; never in force by itself."""

import json
from datetime import UTC, date, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from django.http import HttpResponse
from django.urls import reverse

from lianxin.foundation import jobs
from lianxin.foundation.errors import Denied, Refused
from lianxin.foundation.models import Job
from lianxin.oversight.actions import calibrating as actions
from lianxin.oversight.actions import flags
from lianxin.oversight.models import CopyCalibration, Flag, FlagRule, RuleSet
from lianxin.oversight.queries import rules
from lianxin.oversight.states import Conclusion, FlagState
from lianxin.visits.models import Visit
from lianxin.visits.states import VisitMark
from tests.core.test_verifying_notes import Hand
from tests.oversight.conftest import FIRST, client, store, visit

pytestmark = [pytest.mark.django_db, pytest.mark.requirement("G4"), pytest.mark.usefixtures("english")]
AT = datetime(2022, 2, 3, 8, 0, tzinfo=UTC)
ON = date(2022, 2, 3)
UNTIL = date(2022, 1, 1)
ASKED = {"since": "2021-12-01", "until": "2022-01-01", "false_share": 0.02}


@pytest.fixture
def noted(office: SimpleNamespace) -> SimpleNamespace:
    """December 2021: six hundred notes in the own words of two managers, and one visit without any."""
    draws = np.random.default_rng(3)
    hands = {person.pk: Hand(draws, 3.0) for person in (office.wang, office.li)}
    made = [
        visit(person, office.shops[person.pk][n % 4], FIRST + timedelta(days=day), minute=20 * n, note=hands[person.pk].note())
        for person in (office.wang, office.li)
        for day in range(30)
        for n in range(10)
    ]  # fmt: skip
    store([*made, visit(office.wang, office.shops[office.wang.pk][0], FIRST, minute=700)])
    written = [one.person_id for one, _place in made if one.note]
    office.n_notes = {person.pk: written.count(person.pk) for person in (office.wang, office.li)}
    return office


def calibrated(office: SimpleNamespace, **changes: Any) -> CopyCalibration:
    asked = {"since": FIRST, "until": UNTIL, "false_share": 0.02, "by": office.leader.user, "at": AT, "on": ON}
    return actions.calibrate(company=office.company, **asked | changes)


def call(office: SimpleNamespace, who: str, method: str, path: str, body: Any = None) -> HttpResponse:
    content = b"" if body is None else json.dumps(body).encode()
    made: HttpResponse = client(office, who).generic(method, f"/api/v1{path}", content, content_type="application/json")
    return made


def test_the_line_keeps_the_stated_rate_and_sets_nothing(noted: SimpleNamespace) -> None:
    found = calibrated(noted)
    assert (found.number, found.n_notes, found.n_needed, found.n_left_out, found.n_open) == (
        1, sum(noted.n_notes.values()), 133, 0, 0,
    )  # fmt: skip
    assert found.similarity is not None
    at = {round(line["similarity"], 2): line for line in found.lines}
    assert at[found.similarity]["high"] <= 0.02
    assert found.similarity == 0.5 or at[round(found.similarity - 0.01, 2)]["high"] > 0.02
    # the same notes give the same; too few of them vouch for nothing
    assert calibrated(noted).lines == found.lines
    assert calibrated(noted, false_share=0.001).similarity is None
    assert not RuleSet.objects.exists()


def test_a_draft_takes_the_line_and_the_numbers_in_force_and_is_adopted_by_another(noted: SimpleNamespace) -> None:
    before_it = calibrated(noted)
    before = actions.rule_actions.draft(
        company=noted.company, title="first", values={"verifying.copy_bits": 70}, by=noted.second.user, at=AT
    )
    actions.rule_actions.adopt(rule_set=before, valid_from=FIRST, by=noted.leader.user, at=AT)
    found = calibrated(noted)
    assert found.copy_bits == 70  # what the set in force needs of a note before it can tell
    assert found.n_told < before_it.n_told
    with pytest.raises(Denied):
        actions.draft(calibration=found, by=noted.leader.user, at=AT, on=ON)
    made = actions.draft(calibration=found, by=noted.officer.user, at=AT, on=ON)
    assert made.state == "draft"
    assert made.values == {"verifying.copy_bits": 70, actions.LINE: found.similarity}
    assert rules.in_force(noted.company, month=date(2022, 2, 1)) == before
    with pytest.raises(Refused, match="already"):
        actions.draft(calibration=found, by=noted.second.user, at=AT, on=ON)
    with pytest.raises(Refused, match="no line"):
        actions.draft(calibration=calibrated(noted, false_share=0.001), by=noted.officer.user, at=AT, on=ON)
    with pytest.raises(Denied):
        actions.rule_actions.adopt(rule_set=made, valid_from=date(2022, 3, 1), by=noted.officer.user, at=AT)
    actions.rule_actions.adopt(rule_set=made, valid_from=date(2022, 3, 1), by=noted.leader.user, at=AT)
    assert rules.in_force(noted.company, month=date(2022, 3, 1)) == made


def asked_about(office: SimpleNamespace, person: Any, subject: str, rule: str) -> Flag:
    return flags.open(
        company=office.company, person=person, rule=rule, subject=subject, question="?", evidence=[{"title": "x"}],
        by=None, at=AT, on=ON,
    )  # fmt: skip


def test_confirmed_copying_is_left_out_and_undecided_stays_in(noted: SimpleNamespace) -> None:
    of_month = asked_about(noted, noted.li, f"copied_share:{noted.li.pk}:2021-12", "copied_share")
    of_visit = asked_about(noted, noted.wang, "visit:wang-1201-0", "rule_far")
    elsewhere = asked_about(noted, noted.wang, f"copied_share:{noted.wang.pk}:2021-10", "copied_share")
    FlagRule.objects.create(flag=of_visit, rule="rule_copied_note")
    assert [(row.n_left_out, row.n_open) for row in (calibrated(noted),)] == [(0, 2)]
    closed = {"state": FlagState.CLOSED, "closed_at": AT}
    Flag.objects.filter(pk__in=[of_visit.pk, elsewhere.pk]).update(conclusion=Conclusion.JUSTIFIED, **closed)
    Flag.objects.filter(pk=of_month.pk).update(conclusion=Conclusion.CONFIRMED, **closed)
    found = calibrated(noted)
    wang, li = noted.n_notes[noted.wang.pk], noted.n_notes[noted.li.pk]
    assert (found.n_notes, found.n_left_out, found.n_open) == (wang, li, 0)
    Flag.objects.filter(pk=of_visit.pk).update(conclusion=Conclusion.CONFIRMED)
    with pytest.raises(Refused, match="No notes"):
        calibrated(noted)


def test_notes_of_unknown_time_stay_out_and_are_counted(noted: SimpleNamespace) -> None:
    """Two like notes of a phone whose clock was changed: no rule marks them, so they say nothing of honest likeness."""
    before = calibrated(noted)
    same = Visit.objects.filter(person=noted.wang).exclude(note="").order_by("pk")[0].note
    wrong = list(Visit.objects.filter(person=noted.li).exclude(note="").order_by("pk").values_list("pk", flat=True))[
        :40
    ]
    Visit.objects.filter(pk__in=wrong).update(note=same, marks=[VisitMark.WRONG_CLOCK], clock_offset_seconds=None)
    found = calibrated(noted)
    assert (before.n_untimed, found.n_untimed, found.n_notes) == (0, 40, before.n_notes - 40)
    assert found.lines[-1]["marked"] == before.lines[-1]["marked"] == 0
    page = client(noted, "leader").get(reverse("oversight:calibration", args=[found.number])).content.decode()
    assert "40 notes were left out: nobody can tell when they were written." in page
    assert json.loads(call(noted, "leader", "GET", "/copy-calibrations/2").content)["n_untimed"] == 40
    # set right by the server's clock they count
    Visit.objects.filter(pk__in=wrong).update(clock_offset_seconds=-60)
    again = calibrated(noted)
    assert (again.n_untimed, again.lines[-1]["marked"] >= 39) == (0, True)


@pytest.mark.parametrize("share", [0.0001, 0.00009])
def test_a_rate_below_one_in_ten_thousand_is_refused(share: float) -> None:
    asked = {"since": FIRST, "until": UNTIL, "on": ON}
    if share >= 0.0001:
        actions.check(false_share=share, **asked)
        return
    with pytest.raises(Refused, match=r"at least 0\.0001"):
        actions.check(false_share=share, **asked)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"since": date(2021, 12, 2)}, "since"),
        ({"until": FIRST}, "since"),
        ({"until": date(2022, 3, 1)}, "until"),
        ({"false_share": 0.0}, "false_share"),
        ({"false_share": 0.00009}, "false_share"),
        ({"false_share": 1.0}, "false_share"),
        ({"since": date(2021, 1, 1), "until": date(2021, 2, 1)}, "since"),
    ],
)
def test_what_cannot_be_calibrated_is_refused(noted: SimpleNamespace, changes: dict[str, Any], field: str) -> None:
    with pytest.raises(Refused) as refused:
        calibrated(noted, **changes)
    assert refused.value.field == field
    assert not CopyCalibration.objects.exists()


@pytest.mark.parametrize("who", ["boss", "brand", "wang"])
def test_only_who_drafts_or_adopts_calibrates(noted: SimpleNamespace, who: str) -> None:
    with pytest.raises(Denied):
        calibrated(noted, by=getattr(noted, who).user)


def test_the_pages_run_it_as_a_job_and_show_every_line(noted: SimpleNamespace) -> None:
    page, leader, officer = reverse("oversight:calibrations"), client(noted, "leader"), client(noted, "officer")
    assert "Nothing has been calibrated yet" in leader.get(page).content.decode()
    form = {"since": "2021-12-01", "last": "2021-12-01", "false_share": "0.02"}
    assert leader.post(page, form | {"false_share": "2"}).status_code == 422
    assert leader.post(page, form | {"since": "2020-01-01"}).status_code == 422
    assert client(noted, "wang").post(page, form).status_code == 403
    assert "Calibrate on past months" not in client(noted, "wang").get(page).content.decode()
    assert leader.post(page, form).status_code == 302
    assert leader.post(page, form).status_code == 422  # it is waiting already
    job = jobs.run(Job.objects.get(kind="oversight.calibrate_copies"))
    (found,) = CopyCalibration.objects.all()
    assert (job.result_url, found.made_by) == (reverse("oversight:calibration", args=[1]), noted.leader.user)
    listed = leader.get(page).content.decode()
    assert job.result_url in listed
    shown = leader.get(job.result_url).content.decode()
    assert f"From {found.similarity:.2f} on at most 2.00% of honest notes are marked" in shown
    assert "in use now" in shown
    assert "Put it into a draft rule set" not in shown  # a leader adopts, and so does not draft
    assert "Put it into a draft rule set" in officer.get(job.result_url).content.decode()
    assert leader.get(job.result_url + "?export=csv").status_code == 200
    put = reverse("oversight:calibration_draft", args=[1])
    assert leader.post(put).status_code == 403
    assert officer.post(put).headers["Location"] == reverse("oversight:rule_set", args=[1])
    assert str(RuleSet.objects.get()) in officer.get(job.result_url).content.decode()
    officer.post(put)  # refused in a sentence; there is one draft still
    assert RuleSet.objects.count() == 1
    few = calibrated(noted, false_share=0.001)
    assert (
        "No line can be vouched for" in leader.get(reverse("oversight:calibration", args=[few.number])).content.decode()
    )
    assert leader.get(reverse("oversight:calibration", args=[99])).status_code == 404


def test_the_api_does_what_the_pages_do(noted: SimpleNamespace) -> None:
    assert call(noted, "wang", "POST", "/copy-calibrations", ASKED).status_code == 403
    refused = call(noted, "leader", "POST", "/copy-calibrations", ASKED | {"until": "2999-01-01"})
    assert (refused.status_code, json.loads(refused.content)["field"]) == (422, "until")
    assert call(noted, "leader", "POST", "/copy-calibrations", ASKED).status_code == 202
    jobs.run(Job.objects.get(kind="oversight.calibrate_copies"))
    (row,) = json.loads(call(noted, "brand", "GET", "/copy-calibrations").content)
    assert (row["number"], row["n_told"] > 400, row["rule_set"]) == (1, True, None)
    told = json.loads(call(noted, "brand", "GET", "/copy-calibrations/1").content)
    assert [line["similarity"] for line in told["lines"]][::50] == [0.5, 1.0]
    assert call(noted, "leader", "POST", "/copy-calibrations/1/draft").status_code == 403
    made = call(noted, "officer", "POST", "/copy-calibrations/1/draft")
    assert (made.status_code, json.loads(made.content)["values"]) == (201, {actions.LINE: told["similarity"]})
    assert json.loads(call(noted, "brand", "GET", "/copy-calibrations/1").content)["rule_set"] == 1
    assert call(noted, "officer", "GET", "/copy-calibrations/9").status_code == 404
