"""A round with three authors: a customer manager on a phone, the market manager and a brand manager at their desks, each blind."""

import re

import pytest
from playwright.sync_api import expect

from tests.journeys.conftest import Visitor, Visits
from tests.journeys.test_every_page import complaints

pytestmark = [pytest.mark.journey, pytest.mark.xdist_group("journeys")]
OWN = "/demand/"


def own_sheet(visit: Visits, who: str, width: str) -> tuple[Visitor, str]:
    visitor = visit(who, width=width, language="en")
    visitor.go(OWN)
    visitor.page.locator("main .lx-answer a[href*='/mine/']").first.click()
    visitor.page.wait_for_load_state("networkidle")
    return visitor, visitor.page.url.replace(visitor.site.url, "")


@pytest.mark.requirement("C2")
def test_three_authors_forecast_blind(visit: Visits) -> None:
    # Given a customer manager on a phone, before whom the system's forecast lies
    manager, path = own_sheet(visit, "customer", "phone")
    page = manager.page
    assert complaints(manager, path) == []
    first = page.locator("tr.lx-line").first
    units = first.locator(".lx-lineunits")
    # when a number other than the system's is typed, the page asks why, and saves when it is told
    units.fill("7654")
    units.press("Enter")
    first.locator("select").select_option("festival")
    expect(first.locator(".lx-linestate")).to_have_text("Saved")
    expect(page.locator("[data-lx-count=entered]")).to_have_text("1")
    # then it is there when the page comes back
    manager.go(path)
    expect(page.locator("tr.lx-line").first.locator(".lx-lineunits")).to_have_value("7654")

    # when the market manager forecasts sums at a desk, by keyboard alone
    above, sums = own_sheet(visit, "market", "desk")
    desk = above.page
    assert complaints(above, sums) == []
    desk.select_option("[data-lx-default-reason]", "promotion")
    line = desk.locator(".lx-lineunits").first
    line.fill("4321")
    line.press("ArrowDown")
    expect(desk.locator("tr.lx-line").first.locator(".lx-linestate")).to_have_text("Saved")
    expect(desk.locator(".lx-lineunits").nth(1)).to_be_focused()
    # then neither his pages nor those of the brand manager tell what the manager entered
    brand, company = own_sheet(visit, "brand", "desk")
    for visitor, address in (
        (above, sums),
        (brand, company),
        (above, sums.replace("mine/", "")),
        (brand, company.replace("mine/", "")),
    ):
        visitor.go(address)
        assert not re.search(r"7,?654", visitor.page.content())
    assert not re.search(r"4,?321", brand.page.content())

    # when the manager accepts the rest and submits
    page.get_by_role("button", name=re.compile("Accept the system")).click()
    page.get_by_role("button", name="Submit").click()
    # then the sheet takes nothing more until it is taken back
    expect(page.locator(".lx-lineunits")).to_have_count(0)
    page.get_by_role("button", name="Take it back").click()
    expect(page.locator(".lx-lineunits").first).to_be_visible()
    assert manager.faults == []
    assert above.faults == []
    assert brand.faults == []


ALL = ("", "steps/", "steps/sums/", "accuracy/", "copied/", "hints/", "hints/helped/", "weights/", "agreements/")


def linked(visitor: Visitor, page: str, pattern: str) -> str:
    """The first address on a page that has this form, without what follows the question mark."""
    visitor.go(page)
    found: list[str] = visitor.page.eval_on_selector_all(
        "main a", "links => links.map(link => link.getAttribute('href'))"
    )
    return next(address.split("?")[0] for address in found if address and re.fullmatch(pattern, address.split("?")[0]))


@pytest.mark.requirement("C2", "C3", "C4", "C5", "C6")
@pytest.mark.parametrize(("width", "language"), [("phone", "zh-hans"), ("desk", "en")])
def test_every_page_of_demand_is_sound(visit: Visits, width: str, language: str) -> None:
    # Given a leader, who sees everything but the numbers of a round that is open
    leader = visit("leader", width=width, language=language)
    deeper = [
        linked(leader, OWN, r"/demand/\d+/"),
        linked(leader, OWN + "steps/", r"/demand/steps/\d+/"),
        linked(leader, OWN + "?sort=first_period", r"/demand/\d+/"),
        "/appraisal/three-rates/",
    ]
    deeper.append(linked(leader, deeper[2], r"/demand/\d+/authors/\d+/"))
    deeper += [f"{deeper[0]}sums/", f"{deeper[0]}sums/?level=manager&by=together", f"{deeper[2]}combined/"]
    # when every page is opened, then each fits the screen, keeps the content policy and is accessible
    assert [fault for path in (*(OWN + page for page in ALL), *deeper) for fault in complaints(leader, path)] == []
    # and so are those of the authors alone: a line, how a sum spreads, what is to be said
    brand = visit("brand", width=width, language=language)
    own = deeper[0]
    pages = [
        f"{own}mine/",
        f"{own}mine/0/",
        linked(brand, f"{own}mine/0/", r"/demand/\d+/spread/\d+/\d+/"),
        OWN + "hints/say/",
    ]
    assert [fault for path in pages for fault in complaints(brand, path)] == []
    # and where what a retailer agreed to is written down
    manager = visit("customer", width=width, language=language)
    assert complaints(manager, OWN + "agreements/enter/") == []
    assert complaints(manager, f"{own}mine/0/") == []
