"""A scheme changes in the open, and money follows a closing: one person proposes, another decides."""

import re
from decimal import Decimal

import pytest
from playwright.sync_api import expect

from tests.journeys.conftest import Visits
from tests.journeys.steps import account_for, csv_rows, download, follow_job

pytestmark = [pytest.mark.journey, pytest.mark.xdist_group("journeys")]
POOL = Decimal("120000.01")


@pytest.mark.requirement("J3")
def test_scheme_is_drafted_tried_consulted_and_adopted_by_another(visit: Visits) -> None:
    # Given the scheme in force
    officer = visit("supervision", language="en")
    page = officer.page
    officer.go("/appraisal/schemes/")
    page.locator("section.lx-tablebox tbody th a").first.click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Adopted")

    # when an officer drafts another from it and gives one part more weight than there is
    page.get_by_role("button", name="New draft from it").click()
    weights = page.locator(".ap-weights input")
    sales, growth = weights.nth(0), weights.nth(1)
    before = [int(float(sales.input_value())), int(float(growth.input_value()))]
    sales.fill(str(before[0] + 5))
    page.get_by_role("button", name="Check", exact=True).click()
    # then a sentence names the sum, and it cannot be saved
    expect(page.get_by_role("alert")).to_contain_text("105")
    assert page.get_by_role("button", name="Save the draft").count() == 0
    # when the other part gives them away, then the difference is shown and the draft saved
    growth.fill(str(before[1] - 5))
    page.fill("textarea[name=note]", "Sales count more, change on last year less.")
    page.get_by_role("button", name="Check", exact=True).click()
    expect(page.get_by_role("heading", name=re.compile("What it changes against"))).to_be_visible()
    page.get_by_role("button", name="Save the draft").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text(re.compile("v2: Draft", re.IGNORECASE))
    difference = page.locator("section.card", has=page.get_by_role("heading", name=re.compile("What it changes")))
    expect(difference.locator("tbody tr")).to_have_count(2)
    address = page.url

    # when it is tried on past months, then it shows who would have gained and lost
    page.get_by_role("button", name="Try it on the last twelve months").click()
    follow_job(page)
    page.goto(address)
    page.locator("a[href*='/appraisal/trials/']").first.click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("gained or lost")
    assert page.locator("section.lx-tablebox tbody tr").count() >= 5

    # when the consultation is recorded
    page.goto(address)
    page.fill("[name=on]", "2022-01-10")
    page.fill("[name=who]", "Staff meeting of the east unit")
    page.fill("[name=text]", "Two asked for a lower step; it was kept and explained.")
    page.get_by_role("button", name="Record", exact=True).click()
    expect(page.locator("main")).to_contain_text("Staff meeting of the east unit")
    # then whoever drafted it cannot adopt it, and a leader can
    assert page.get_by_role("button", name="Adopt", exact=True).count() == 0
    leader = visit("leader", language="en")
    leader.page.goto(address)
    leader.page.fill("[name=noticed_on]", "2022-01-20")
    leader.page.fill("[name=valid_from]", "2022-02-01")
    leader.page.get_by_role("button", name="Adopt", exact=True).click()
    expect(leader.page.get_by_role("heading", level=1)).to_contain_text("Adopted")
    expect(leader.page.locator("main")).to_contain_text("2022-02-01")
    assert [fault for fault in officer.faults if "422" not in fault] == leader.faults == []


@pytest.mark.requirement("J5")
def test_pay_is_proposed_and_confirmed_by_another_and_sums_to_the_fen(visit: Visits) -> None:
    # Given somebody of HR with an account made by the administrator
    account_for(visit, "hr", "LJ0017")
    hr = visit("hr", language="en")
    page = hr.page
    # when a pool that cannot be divided evenly is proposed for the closed month
    hr.go("/appraisal/pay/propose/")
    page.fill("[name=pool]", str(POOL))
    page.get_by_role("button", name="Propose").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("120,000.01")
    address = page.url
    # then the lines sum to the pool to the fen
    rows = csv_rows(download(page, "csv"))
    column = next(index for index, title in enumerate(rows[0]) if title.startswith("Amount"))
    amounts = [row[column] for row in rows[1:]]
    assert sum(Decimal(text) for text in amounts if re.fullmatch(r"[\d.]+", text)) == POOL
    assert all(re.fullmatch(r"[\d.]+|not enough data: .+", text) for text in amounts)
    assert len(rows) >= 6
    # and whoever proposed it cannot confirm it
    assert page.get_by_role("button", name="Confirm").count() == 0

    # when a leader confirms it, then the manager concerned sees the own line and no other
    leader = visit("leader", language="en")
    leader.page.goto(address)
    leader.page.fill("[name=note]", "Agreed on the meeting of the month.")
    leader.page.get_by_role("button", name="Confirm").click()
    expect(leader.page.get_by_role("heading", level=1)).to_contain_text("Confirmed")
    manager = visit("customer", width="phone", language="en")
    manager.go("/appraisal/pay/")
    own = manager.page.locator("section.lx-tablebox tbody tr")
    expect(own).to_have_count(1)
    expect(own).to_contain_text("December 2021")
    assert manager.page.context.request.get(address).status in (403, 404)
    assert hr.faults == leader.faults == manager.faults == []
