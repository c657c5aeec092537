"""Every page of every menu and one of each kind they lead to: it answers, fits a phone, keeps the content policy, is accessible."""

import re

import pytest
from axe_playwright_python.sync_playwright import Axe

from tests.journeys.conftest import Visitor, Visits

pytestmark = [pytest.mark.journey, pytest.mark.xdist_group("journeys")]
PEOPLE = ["customer", "market", "brand", "supervision", "leader", "admin"]
# Links to pages of their own: no files, no parts that open in place.
LED_TO = "main a[href^='/']:not([download]):not([data-lx-open]):not([data-lx-explain]):not([target])"
# Screens narrower than this are a phone's.
NARROW = 768
# What each kind of page was made of when its accessibility was checked, by width: who sees nothing else there need not check again.
checked: dict[tuple[str, str], set[str]] = {}
# The sorts of elements of a page, each within what holds it.
MADE_OF = """() => {
  const sort = (one) => [one.tagName, one.className, one.getAttribute('role'), one.getAttribute('type')].join(' ')
  return [...new Set([...document.body.querySelectorAll('*')].map((one) => `${sort(one.parentElement)} > ${sort(one)}`))]
}"""


def kind(path: str) -> str:
    """A page's address without the numbers of what it shows."""
    return re.sub(r"[0-9a-f]{8}-[0-9a-f-]{27}|\d+", "#", path)


def menu_of(visitor: Visitor) -> list[str]:
    """The addresses in a person's menu."""
    visitor.go("/")
    found = visitor.page.eval_on_selector_all(
        "nav a[href^='/']", "links => links.map(link => link.getAttribute('href'))"
    )
    return sorted({address.split("?")[0] for address in found})


def led_to(visitor: Visitor) -> dict[str, str]:
    """The first page of each kind about a single thing that the page in view leads to."""
    found = visitor.page.eval_on_selector_all(LED_TO, "links => links.map(link => link.getAttribute('href'))")
    paths = [address.split("?")[0].split("#")[0] for address in found]
    return {kind(path): path for path in reversed(paths) if kind(path) != path and "." not in path}


def complaints(visitor: Visitor, path: str) -> list[str]:
    """What is wrong with a page, in words."""
    width = "phone" if (visitor.page.viewport_size or {"width": 0})["width"] < NARROW else "desk"
    visitor.go(path)
    said = [f"{path}: the browser says: {fault}" for fault in visitor.faults]
    visitor.faults.clear()
    too_wide = visitor.page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    if too_wide > 0:
        said.append(f"{path}: {too_wide} px wider than the screen")
    if visitor.page.locator("h1").count() != 1:
        said.append(f"{path}: {visitor.page.locator('h1').count()} main headings")
    made_of = set(visitor.page.evaluate(MADE_OF))
    known = checked.setdefault((width, kind(path)), set())
    if known and made_of <= known:
        return said
    known |= made_of
    for violation in Axe().run(visitor.page).response["violations"]:
        if violation["impact"] in ("serious", "critical"):
            where = violation["nodes"][0]["html"][:160]
            said.append(f"{path}: {violation['id']} ({violation['impact']}): {violation['help']}: {where}")
    return said


@pytest.mark.parametrize("who", PEOPLE)
@pytest.mark.parametrize(("width", "language"), [("phone", "zh-hans"), ("desk", "en")])
def test_every_page_of_the_menu_and_what_it_leads_to_is_sound(
    visit: Visits, who: str, width: str, language: str
) -> None:
    visitor = visit(who, width=width, language=language)
    pages = menu_of(visitor)
    assert len(pages) >= 3
    said, further = [], {}
    if width == "desk":
        # What does not fit fails on a phone first: everybody walks there, and here each kind of page is walked once.
        pages = [path for path in pages if (width, kind(path)) not in checked]
    for path in pages:
        said += complaints(visitor, path)
        further |= {one: page for one, page in led_to(visitor).items() if (width, one) not in checked}
    for path in further.values():
        said += complaints(visitor, path)
    assert said == []


@pytest.mark.parametrize("width", ["phone", "desk"])
def test_sign_in_page_is_sound(visit: Visits, width: str) -> None:
    visitor = visit("leader", width=width)
    visitor.page.context.clear_cookies()
    assert complaints(visitor, "/account/login/") == []
