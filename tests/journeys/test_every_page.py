"""Every page of every menu: it answers, fits a phone, keeps the content policy, and is accessible."""

import pytest
from axe_playwright_python.sync_playwright import Axe

from tests.journeys.conftest import Visitor, Visits

pytestmark = [pytest.mark.journey, pytest.mark.xdist_group("journeys")]
PEOPLE = ["customer", "market", "brand", "supervision", "leader", "admin"]


def menu_of(visitor: Visitor) -> list[str]:
    """The addresses in a person's menu."""
    visitor.go("/")
    found = visitor.page.eval_on_selector_all(
        "nav a[href^='/']", "links => links.map(link => link.getAttribute('href'))"
    )
    return sorted({address.split("?")[0] for address in found})


def complaints(visitor: Visitor, path: str) -> list[str]:
    """What is wrong with a page, in words."""
    visitor.go(path)
    said = [f"{path}: the browser says: {fault}" for fault in visitor.faults]
    visitor.faults.clear()
    too_wide = visitor.page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    if too_wide > 0:
        said.append(f"{path}: {too_wide} px wider than the screen")
    if visitor.page.locator("h1").count() != 1:
        said.append(f"{path}: {visitor.page.locator('h1').count()} main headings")
    for violation in Axe().run(visitor.page).response["violations"]:
        if violation["impact"] in ("serious", "critical"):
            where = violation["nodes"][0]["html"][:160]
            said.append(f"{path}: {violation['id']} ({violation['impact']}): {violation['help']}: {where}")
    return said


@pytest.mark.parametrize("who", PEOPLE)
@pytest.mark.parametrize(("width", "language"), [("phone", "zh-hans"), ("desk", "en")])
def test_every_page_of_the_menu_is_sound(visit: Visits, who: str, width: str, language: str) -> None:
    visitor = visit(who, width=width, language=language)
    pages = menu_of(visitor)
    assert len(pages) >= 3
    assert [fault for path in pages for fault in complaints(visitor, path)] == []


@pytest.mark.parametrize("width", ["phone", "desk"])
def test_sign_in_page_is_sound(visit: Visits, width: str) -> None:
    visitor = visit("leader", width=width)
    visitor.page.context.clear_cookies()
    assert complaints(visitor, "/account/login/") == []
