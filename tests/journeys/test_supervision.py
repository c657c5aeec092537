"""A supervision officer: is the closing right, and what happened there? The manager answers, another officer concludes."""

import re

import pytest
from playwright.sync_api import expect

from tests.journeys.conftest import Visits
from tests.journeys.steps import account_for, follow_job

pytestmark = [pytest.mark.journey, pytest.mark.xdist_group("journeys")]


@pytest.mark.requirement("J4")
def test_closing_is_computed_again_to_the_same_digest(visit: Visits) -> None:
    # Given the newest closing
    visitor = visit("supervision", language="en")
    page = visitor.page
    visitor.go("/appraisal/closings/")
    page.get_by_role("link", name="December 2021").first.click()
    digest = page.locator(".ap-digest").inner_text()
    assert re.fullmatch(r"[0-9a-f]{64}", digest)
    address = page.url
    # when it is computed again, then the job ends well and the page says that the digest is the same
    page.get_by_role("button", name="Compute again and compare").click()
    follow_job(page)
    page.goto(address)
    expect(page.locator("main")).to_contain_text(re.compile("Computed again on .*the same digest"))
    assert page.locator(".ap-digest").inner_text() == digest
    assert visitor.faults == []


@pytest.mark.requirement("J4")
def test_closing_a_closed_month_again_changes_nothing(visit: Visits) -> None:
    # Given a month that is closed
    visitor = visit("supervision", language="en")
    page = visitor.page
    visitor.go("/appraisal/closings/")
    before = page.locator("section.lx-tablebox tbody tr").all_inner_texts()
    # when it is closed once more on the same evidence, then the job is watched to its end
    page.get_by_role("link", name="Close a month").click()
    page.select_option("select[name=month]", "2021-12-01")
    page.get_by_role("button", name="Close the month").click()
    expect(page).to_have_url(re.compile(r"/jobs/\d+/"))
    follow_job(page)
    # then there is no new version: the same evidence gives the same result
    visitor.go("/appraisal/closings/")
    assert page.locator("section.lx-tablebox tbody tr").all_inner_texts() == before
    assert visitor.faults == []


@pytest.mark.requirement("G8")
def test_question_is_answered_first_and_concluded_by_another(visit: Visits) -> None:
    # Given two officers, the second with an account made by the administrator
    account_for(visit, "other officer", "LJ0013")
    officer = visit("supervision", language="en")
    page = officer.page
    question = "Why did the smallest shops order nothing in the last week?"

    # when the first opens a question about a manager, with evidence inside the system
    officer.go("/oversight/open/")
    label = page.locator("select[name=person] option", has_text="郑光莲").inner_text()
    page.select_option("select[name=person]", label=label)
    page.fill("[name=question]", question)
    page.fill("[name=evidence_title]", "Orders of the last week")
    page.fill("[name=evidence_text]", "Four shops without an order between 24 and 31 December.")
    page.fill("[name=evidence_url]", "https://example.org/elsewhere")
    page.get_by_role("button", name="Open the question").click()
    # then evidence elsewhere is refused in a sentence and what was typed stays
    expect(page.locator(".lx-fault").first).to_contain_text("inside this system")
    expect(page.locator("[name=question]")).to_have_value(question)
    page.fill("[name=evidence_url]", "/market/alerts/")
    page.get_by_role("button", name="Open the question").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(question)
    address = page.url
    # and whoever opened it can neither take it up nor close it
    assert page.get_by_role("button", name="Take up the review").count() == 0

    # when the manager reads it on a phone and answers
    manager = visit("customer", width="phone", language="en")
    manager.go("/oversight/")
    manager.page.get_by_role("link", name=question).click()
    manager.page.fill("[name=words]", "Their order day fell on a holiday; they ordered two days later.")
    manager.page.get_by_role("button", name="Send my account").click()
    expect(manager.page.locator("main")).to_contain_text("two days later")

    # then the other officer takes it up and closes it with reasons
    other = visit("other officer", language="en")
    other.page.goto(address)
    other.page.get_by_role("button", name="Take up the review").click()
    expect(other.page.get_by_role("heading", name="Close with a conclusion")).to_be_visible()
    other.page.locator("input[name=conclusion]").first.check()
    other.page.fill("[name=words]", "The calendar shows the holiday; nothing is wrong.")
    other.page.get_by_role("button", name="Record the conclusion").click()
    expect(other.page.locator("main")).to_contain_text("nothing is wrong")

    # and the manager reads the conclusion with its reasons
    manager.page.reload()
    expect(manager.page.locator("main")).to_contain_text("The calendar shows the holiday")
    assert manager.page.get_by_role("button", name="Send my account").count() == 0
    refused = [fault for fault in officer.faults if "422" not in fault]
    assert refused == manager.faults == other.faults == []
