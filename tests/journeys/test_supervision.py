"""A supervision officer: is the closing right, and what happened there? The manager answers, another officer concludes."""

import re
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.journeys.conftest import Visitor, Visits
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
def test_question_by_hand_needs_evidence_inside_the_system_and_another_reviewer(visit: Visits) -> None:
    # Given an officer
    officer = visit("supervision", language="en")
    page = officer.page
    question = "Why did the smallest shops order nothing in the last week?"

    # when the officer opens a question about a manager, with evidence inside the system
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
    # and whoever opened it can neither take it up nor close it
    assert page.get_by_role("button", name="Take up the review").count() == 0
    assert [fault for fault in officer.faults if "422" not in fault] == []


@pytest.mark.requirement("E3", "G2", "G3", "G8")
def test_a_drawn_check_that_finds_nobody_was_there_becomes_a_question_that_others_conclude(visit: Visits) -> None:
    # Given a second officer, with an account made by the administrator
    account_for(visit, "other officer", "LJ0013")
    officer = visit("supervision", language="en")
    accuracy_before, rates_before = checked_by_rule(officer), decided_by_rule(officer)

    # when the market manager approves the plan that waits
    market = visit("market", language="en")
    market.go("/visits/plans/approvals")
    waiting = int(market.page.get_by_role("heading", level=1).inner_text().split()[0])
    market.page.locator("section.lx-tablebox tbody a").first.click()
    market.page.get_by_role("button", name="Approve", exact=True).click()
    expect(market.page.get_by_role("button", name="Approve", exact=True)).to_have_count(0)
    market.go("/visits/plans/approvals")
    assert int(market.page.get_by_role("heading", level=1).inner_text().split()[0]) == waiting - 1

    # and the office seals a seed and draws a visit, and its spot check finds that nobody was there
    page = officer.page
    number, drawn = drawn_check(officer)
    assert drawn["checker"] == visit.site.names["supervision"]
    officer.go(f"/oversight/checks/{drawn['id']}/")
    name = re.findall(r"(\S+) recorded a visit on", page.locator("main").inner_text())[0]
    page.locator("input[name=confirmed][value=no]").check()
    record = page.locator("main form", has=page.get_by_role("button", name="Record the check"))
    record.locator("[name=words]").fill("The owner minds the shop alone and saw nobody that week.")
    record.get_by_role("button").click()
    expect(page).to_have_url(re.compile(r"/oversight/checks/$"))
    # then the manager knows nothing of it before the round is over
    who = "customer" if drawn["employee_no"] == visit.site.names["customer"] else "checked manager"
    if who != "customer":
        account_for(visit, who, drawn["employee_no"])
    manager = visit(who, width="phone", language="en")
    sides = f"/oversight/verification/visit/{drawn['visit_id']}/"
    manager.go(sides)
    (month,) = re.findall(r"(\d{4}-\d{2})-\d{2}", manager.page.get_by_role("heading", level=1).inner_text())
    assert "saw nobody" not in manager.page.locator("main").inner_text()
    officer.go(f"/oversight/rounds/{number}/")
    page.get_by_role("button", name="End the round").click()
    expect(page.locator("main")).to_contain_text("Seed:")

    # when the month is verified, then the visit's page tells what the check found, and the officer asks
    officer.go("/oversight/verification/")
    page.select_option("select[name=month]", f"{month}-01")
    page.get_by_role("button", name="Verify the month").click()
    follow_job(page)
    officer.go(sides)
    expect(page.locator("main")).to_contain_text("Not confirmed by a check: stands out")
    expect(page.locator("main")).to_contain_text("saw nobody that week")
    question = "How was the visit made that nobody in the shop saw?"
    officer.go("/oversight/open/")
    label = page.locator("select[name=person] option", has_text=name).inner_text()
    page.select_option("select[name=person]", label=label)
    page.fill("[name=question]", question)
    page.fill("[name=evidence_title]", "A spot check that found nobody had come")
    page.fill("[name=evidence_url]", sides)
    page.get_by_role("button", name="Open the question").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(question)
    address = page.url
    # and who asked neither takes it up nor closes it
    assert page.get_by_role("button", name="Take up the review").count() == 0

    # when the manager reads it on a phone and answers first
    manager.go("/oversight/")
    manager.page.get_by_role("link", name=question).click()
    manager.page.fill("[name=words]", "I was at the door; the shop was shut, and I should have written that.")
    manager.page.get_by_role("button", name="Send my account").click()
    expect(manager.page.locator("main")).to_contain_text("the shop was shut")

    # then the other officer takes it up and concludes it with reasons, which the manager reads
    other = visit("other officer", language="en")
    other.page.goto(address)
    other.page.get_by_role("button", name="Take up the review").click()
    expect(other.page.get_by_role("heading", name="Close with a conclusion")).to_be_visible()
    other.page.locator("input[name=conclusion][value=confirmed]").check()
    other.page.fill("[name=words]", "Nobody was met in the shop, and the record says otherwise.")
    other.page.get_by_role("button", name="Record the conclusion").click()
    expect(other.page.locator("main")).to_contain_text("the record says otherwise")
    manager.page.reload()
    expect(manager.page.locator("main")).to_contain_text("the record says otherwise")
    assert manager.page.get_by_role("button", name="Send my account").count() == 0

    # and both rates have moved: how right the rules are by checks, and how their questions ended
    accuracy_after, rates_after = checked_by_rule(officer), decided_by_rule(officer)
    rule = "Away from the shop"
    assert accuracy_after[rule] != accuracy_before[rule]
    assert rates_after != rates_before
    assert officer.faults == market.faults == manager.faults == other.faults == []


def checked_by_rule(officer: Visitor) -> dict[str, list[str]]:
    """The cells of the accuracy page, by rule."""
    officer.go("/oversight/rule-sets/accuracy/")
    return cells_by_head(officer)


def decided_by_rule(officer: Visitor) -> dict[str, list[str]]:
    """The cells of the page of false alarms, by rule."""
    officer.go("/oversight/rates/")
    return cells_by_head(officer)


def cells_by_head(visitor: Visitor) -> dict[str, list[str]]:
    rows = visitor.page.locator("section.lx-tablebox tbody tr")
    told = rows.evaluate_all("rows => rows.map(row => [...row.cells].map(cell => cell.innerText.trim()))")
    return {head: cells for head, *cells in told}


def drawn_check(officer: Visitor) -> tuple[int, dict[str, Any]]:
    """A round of one spot check over the visits of last week, sealed and drawn: its number and the check."""
    page = officer.page
    officer.go("/oversight/rounds/new/")
    for channel, n in (("walk", "0"), ("spot", "1"), ("phone", "0")):
        page.fill(f"[name={channel}]", n)
    page.get_by_role("button", name="Seal the seed").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("waits to be drawn")
    sealed = page.locator("main code").inner_text()
    number = int(page.url.rstrip("/").rsplit("/", 1)[-1])
    page.get_by_role("button", name="Draw the visits").click()
    expect(page.get_by_role("button", name="End the round")).to_be_visible()
    assert page.locator("main code").inner_text() == sealed
    (drawn,) = page.request.get(f"{officer.site.url}/api/v1/check-rounds/{number}/checks").json()
    return number, drawn
