"""Scarce goods: a week from its files to the retailers, a line changed by hand, and a test for favour that asks a manager."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Locator, expect

from tests.journeys.conftest import Visitor, Visits
from tests.journeys.steps import follow_job
from tests.journeys.test_every_page import complaints

pytestmark = [pytest.mark.journey, pytest.mark.xdist_group("journeys")]
SHOPS = [f"9901010000{n:02}" for n in (2, 3, 4, 5, 6, 7, 8, 9)]
SUPPLIES = "周,商品编码,可供量\n2022-01-10,990201,20\n"
# Half of the shops are of tier 28, half of tier 20; nobody may have more than nine.
REQUESTS = "周,商品编码,许可证号,需求量,合理定量,档位\n" + "".join(
    f"2022-01-10,990201,{shop},{4 + n},9,{20 if n % 2 else 28}\n" for n, shop in enumerate(SHOPS)
)


def bring(visitor: Visitor, kind: str, file: Path, text: str) -> None:
    """The administrator takes a file in."""
    file.write_text(text, "utf-8")
    page = visitor.page
    visitor.go("/orders/imports/new")
    page.select_option("select[name=kind]", kind)
    page.select_option("select[name=mapping]", "linjiang")
    page.set_input_files("input[name=file]", str(file))
    page.check("input[name=is_taken]")
    page.get_by_role("button", name="Go on").click()
    follow_job(page)


def tile(visitor: Visitor, title: str) -> Locator:
    """A figure by its title."""
    page = visitor.page
    return page.locator(".lx-tile", has=page.get_by_text(title, exact=True))


def number(figure: Locator) -> int:
    return int(re.search(r"\d+", figure.locator(".lx-value").inner_text())[0])  # type: ignore[index]


@pytest.mark.requirement("D1", "D3", "D4")
def test_a_week_is_shared_out_and_a_line_changed_by_two_people(visit: Visits, tmp_path: Path) -> None:
    # Given supply and requests of a week, taken in by the administrator
    admin = visit("admin", language="en")
    bring(admin, "supplies", tmp_path / "supplies.csv", SUPPLIES)
    bring(admin, "supply_requests", tmp_path / "requests.csv", REQUESTS)

    # when the brand manager opens a round under a policy, with another one beside it, and previews it
    brand = visit("brand", language="en")
    page = brand.page
    brand.go("/supply/new/")
    page.select_option("select[name=week]", "2022-01-10")
    page.select_option("select[name=policy]", label="紧俏货源按档位定额 · 1")
    page.select_option("select[name=compared]", label="统一水平 · 1")
    page.get_by_role("button", name="Open the round").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("nothing is shared out yet")
    address = page.url.removeprefix(brand.site.url)
    page.get_by_role("button", name="Close requests").click()
    page.get_by_role("button", name="Preview").click()
    # then it shows what would go to whom, and that nobody can commit what he opened
    expect(page.get_by_role("heading", level=1)).to_contain_text("would go to 8 retailers")
    expect(page.locator("main")).to_contain_text("Equals treated equally")
    assert page.get_by_role("button", name="Commit").count() == 0

    # when the leader commits and publishes it
    leader = visit("leader", language="en")
    leader.go(address)
    leader.page.get_by_role("button", name="Commit").click()
    expect(leader.page.get_by_role("heading", level=1)).to_contain_text("went to 8 retailers")
    leader.page.get_by_role("button", name="Publish to retailers").click()
    expect(leader.page.get_by_role("heading", level=1)).to_contain_text("went to 8 retailers")

    # when the brand manager proposes on a phone that a shop gets one less
    phone = visit("brand", width="phone", language="en")
    phone.go(f"{address}lines/?sort=-share_units")
    phone.page.locator("section.lx-tablebox tbody a").first.click()
    line = phone.page.url
    before = int(re.search(r": (\d+) ", phone.page.locator("h1").inner_text())[1])  # type: ignore[index]
    phone.page.fill("[name=after_units]", str(before - 1))
    phone.page.select_option("select[name=reason]", label="Goods were damaged on the way")
    phone.page.fill("[name=words]", "wet")
    phone.page.fill("[name=evidence]", "Delivery note 17, kept at the depot.")
    phone.page.get_by_role("button", name="Propose it").click()
    # then too few words are refused and what was typed stays
    expect(phone.page.locator(".lx-fault").first).to_contain_text("own words")
    expect(phone.page.locator("[name=evidence]")).to_have_value("Delivery note 17, kept at the depot.")
    phone.page.fill("[name=words]", "One carton got wet on the way.")
    phone.page.get_by_role("button", name="Propose it").click()
    expect(phone.page.locator("main")).to_contain_text("Waits for a second person")
    change = phone.page.url.removeprefix(phone.site.url)
    assert phone.page.get_by_role("button", name="Agree").count() == 0

    # when somebody of another line agrees, then the line has its new number and the rule's stays beside it
    officer = visit("supervision", language="en")
    officer.go(change)
    officer.page.get_by_role("button", name="Agree").click()
    expect(officer.page.locator("main .badge").first).to_have_text("Agreed")
    officer.page.goto(line)
    expect(officer.page.get_by_role("heading", level=1)).to_contain_text(f": {before - 1} ")
    expect(officer.page.locator("main dl").first).to_contain_text(f"{before} cartons")

    # when the leader asks how well it met the need
    leader.go(address)
    leader.page.get_by_role("link", name="Fit with demand").click()
    expect(leader.page.get_by_role("heading", level=1)).to_contain_text("meet the need?")
    # then what was asked for and not given is unmet, and what nobody has recorded yet is not shown as nothing
    shared = number(tile(leader, "Shared out"))
    assert (number(tile(leader, "Asked for")), number(tile(leader, "Unmet"))) == (60, 60 - shared)
    assert 0 < shared < 20
    assert tile(leader, "Ordered and supplied").locator(".lx-value").count() == 0
    # when he asks what it would pay a shop to ask for five times as much, then it is computed shop by shop: nothing
    leader.go(address)
    leader.page.get_by_role("link", name="What would it pay to ask for more?").click()
    leader.page.select_option("#filter-factor", "5")
    expect(leader.page.locator("section.lx-tablebox tbody")).to_contain_text("55")
    expect(leader.page.get_by_role("heading", level=1)).to_contain_text("none of 8 shops")

    # and every page of it is sound on a phone and at a desk
    paths = [
        address,
        f"{address}fit/",
        f"{address}lines/",
        f"{address}managers/",
        f"{address}more/",
        change,
        line.removeprefix(brand.site.url),
    ]
    leader.go(address)
    product = leader.page.locator("section.lx-tablebox tbody a").first.get_attribute("href")
    assert product
    for visitor in (visit("leader", width="phone"), leader):
        assert [fault for path in [*paths, product] for fault in complaints(visitor, path)] == []
    assert [*admin.faults, *brand.faults, *officer.faults] == []
    # What the browser says of the form that came back is its status, 422.
    assert [fault for fault in phone.faults if "422" not in fault] == []


@pytest.mark.requirement("D3")
def test_rounds_are_tested_for_favour_and_a_question_is_opened(visit: Visits) -> None:
    # Given imported rounds of eight weeks, in which one manager favoured ten of his shops
    officer = visit("supervision", language="en")
    page = officer.page
    officer.go("/supply/favour/")
    for box in page.locator("input[name=rounds]").all():
        box.uncheck()
    for label in page.locator("label", has_text="Imported").all():
        label.locator("input").check()
    # when they are tested
    page.get_by_role("button", name="Test these rounds").click()
    follow_job(page)
    page.locator("section.lx-progress a.btn-primary").click()
    # then one manager is to be asked, and the finding opens to its rows
    expect(page.get_by_role("heading", level=1)).to_contain_text("Unusual allocation, to be looked into: 1 of")
    run = page.url.removeprefix(officer.site.url)
    page.locator("section.lx-tablebox tbody tr", has_text="Question").locator("a").first.click()
    finding = page.url.removeprefix(officer.site.url)
    expect(page.locator("main")).to_contain_text("To have got more is no fault of theirs.")
    # when the officer opens the question, then it stands on the finding too
    page.get_by_role("button", name="Open the question").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("How did that come about?")
    officer.go(finding)
    expect(page.locator("main")).to_contain_text("The question that was opened")
    for visitor in (visit("supervision", width="phone"), officer):
        assert [fault for path in (run, finding) for fault in complaints(visitor, path)] == []
