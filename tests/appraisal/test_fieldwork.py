"""Field work in a closing: visits, verdicts and checks become figures that a scorecard opens to the page of each visit."""

from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client
from django.urls import reverse

from lianxin.appraisal import actions
from lianxin.appraisal.models import Scorecard
from lianxin.appraisal.queries.evidence import values_of_person
from lianxin.foundation.facts import the_lake
from lianxin.oversight.models import Check, Flag, RuleSet, VerificationRun, VisitVerdict
from lianxin.visits.models import Visit
from tests.appraisal.world import AT, MONTH

pytestmark = [pytest.mark.django_db, pytest.mark.requirement("J1")]


def field_month(world):
    """王 makes twenty-four visits; of three doubtful ones one was asked about and confirmed; of eight checks one says no."""
    company, person = world.company, world.people["王"]
    rules = RuleSet.objects.create(
        company=company, number=1, title="x", drafted_at=AT, state="adopted", valid_from=MONTH, adopted_at=AT
    )
    run = VerificationRun.objects.create(
        company=company,
        month=MONTH,
        number=1,
        mode="formal",
        rule_set=rules,
        parameters={},
        code_version="x",
        digest="x",
        made_at=AT,
    )
    for number in range(24):
        came = datetime(2021, 12, 1 + number // 2, 1 + 6 * (number % 2), tzinfo=UTC)
        made = Visit.objects.create(
            id=f"v{number:02}", company=company, person=person, retailer=world.shops["AB"[number % 2]], state="done",
            visit_date=came.date(), check_in_at=came, check_out_at=came + timedelta(minutes=30), received_at=came,
        )  # fmt: skip
        VisitVerdict.objects.create(
            run=run, visit=made, person=person, visit_date=made.visit_date, risk=0.9 if number < 3 else 0.0,
            answer="yes" if number < 3 else "no",
            rules={"copied_note": {0: "cannot_tell", 1: "yes"}.get(number, "no")},
        )  # fmt: skip
        if number < 8:
            Check.objects.create(
                company=company, visit=made, channel="phone", state="done", confirmed="no" if number == 0 else "yes",
                drawn_probability=0.5 if number == 0 else 0.25,
            )  # fmt: skip
    Flag.objects.create(
        id="f", company=company, person=person, rule="rule_far", subject="visit:v00", question="?", evidence=[{"title": "x"}],
        opened_at=AT, answer_due_on=AT.date(), state="closed", closed_at=AT, conclusion="confirmed",
    )  # fmt: skip


def test_scorecard_opens_a_figure_of_field_work_to_the_visit(world, scheme):
    field_month(world)
    closing = actions.close(company=world.company, month=MONTH, by=world.users["督察"], at=AT).closing
    card = Scorecard.objects.get(closing=closing, person=world.people["王"])
    told = values_of_person(the_lake(), card)
    # eight working days from the first to the last recorded visit; the four days of weekends are owed by nobody
    assert (told["attendance_days"]["value"], told["attendance_days"]["n"]) == (1.0, 8)
    assert told["market_hours"]["value"] == pytest.approx(6.5)
    # what nobody asked about counts against nobody: neither the two other doubtful visits nor the note that looks copied
    assert told["verified_visits"]["value"] == pytest.approx(21 / 22)
    assert (told["record_originality"]["value"], told["record_originality"]["n"]) == (1.0, 22)
    assert told["discrepancy_rate"]["value"] == pytest.approx(2 / (2 + 7 * 4))  # each check weighs one over its chance
    assert "plan_adherence" not in told
    # the same evidence is the same closing, and it can be computed again
    assert not actions.close(company=world.company, month=MONTH, by=world.users["督察"], at=AT).is_new
    assert actions.verify(closing=closing, by=world.users["督察"], at=AT).is_same
    client = Client()
    client.force_login(world.users["督察"])
    for code in ("verified_visits", "discrepancy_rate", "attendance_days"):
        page = client.get(reverse("appraisal:rows", args=[card.pk, code])).content.decode()
        assert reverse("oversight:sides", args=["v00"]) in page
    rows = client.get(reverse("appraisal:rows", args=[card.pk, "verified_visits"]), headers={"accept-language": "en"})
    assert rows.content.decode().count("stands out, nobody asked: counted nowhere") == 2
    page = client.get(reverse("appraisal:rows", args=[card.pk, "discrepancy_rate"]))
    assert page.content.decode().count("/oversight/verification/visit/") >= 8
    assert client.get(reverse("appraisal:value", args=[card.pk, "verified_visits"])).status_code == 200
    assert client.get(reverse("oversight:sides", args=["v00"])).status_code == 200


def test_company_without_field_work_closes_as_before(world, scheme):
    closing = actions.close(company=world.company, month=MONTH, by=world.users["督察"], at=AT).closing
    card = Scorecard.objects.get(closing=closing, person=world.people["王"])
    assert "attendance_days" not in values_of_person(the_lake(), card)
