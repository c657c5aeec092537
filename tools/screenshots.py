"""Take the pictures of the README from a site that is running.

    python tools/screenshots.py --site http://127.0.0.1:8000 --accounts var/demo-accounts.txt

It builds and starts nothing: run `make demo` first. Needs a Chromium that Playwright finds, or LIANXIN_CHROMIUM. Each picture is
one screenful, scrolled to what matters, after charts and map are drawn.
"""

import argparse
import os
import re
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

OUT = Path(__file__).resolve().parents[1] / "docs" / "images"
MAX_BYTES = 300_000
WIDTHS = {390: 844, 1440: 900}
LOCALES = {"en": "en-GB", "zh-hans": "zh-CN"}
POSTS = ["customer", "market", "brand", "supervision", "leader", "admin"]


def top(_page: Page) -> None:
    """The picture begins where the page begins."""


def to_map(page: Page) -> None:
    """A taller window, so that the answer, its figures, the charts and the map are in one picture."""
    page.set_viewport_size({"width": 1440, "height": 1640})
    page.locator("lx-map").scroll_into_view_if_needed()
    page.locator("lx-map canvas").first.wait_for(state="visible")
    page.wait_for_timeout(1500)
    page.evaluate("scrollTo(0, 0)")
    drawn(page)


def own_scorecard(page: Page) -> None:
    page.locator("main a[href^='/appraisal/scorecards/']").first.click()
    drawn(page)


def scored(page: Page) -> None:
    """The first scorecard of the list with nothing missing."""
    page.locator("section.lx-tablebox tbody tr:not(:has(.lx-missing)) th a").first.click()
    drawn(page)


def first_row(page: Page) -> None:
    page.locator("section.lx-tablebox tbody th a").first.click()
    drawn(page)


# (file, who, width, language, address, what to do before the picture)
PICTURES: list[tuple[str, str, int, str, str, Callable[[Page], None]]] = [
    ("analysis-1440-en.png", "leader", 1440, "en", "/market/", to_map),
    ("analysis-1440-zh.png", "leader", 1440, "zh-hans", "/market/", top),
    ("scorecard-390-zh.png", "customer", 390, "zh-hans", "/", own_scorecard),
    ("scorecard-1440-en.png", "leader", 1440, "en", "/appraisal/scorecards/", scored),
    ("home-390-zh.png", "customer", 390, "zh-hans", "/", top),
    ("retailer-1440-zh.png", "market", 1440, "zh-hans", "/market/alerts/", first_row),
    ("closing-1440-en.png", "supervision", 1440, "en", "/appraisal/closings/", first_row),
]


def drawn(page: Page) -> None:
    """Wait until what loads by itself is there and every chart on the screen has its canvas."""
    page.wait_for_load_state("networkidle")
    page.wait_for_timeout(600)


def accounts(path: Path) -> tuple[str, dict[str, str]]:
    """The password and the sign-in name of each post, from the file that `lianxin demo` writes."""
    text = path.read_text("utf-8")
    names = re.findall(r"^  (\S+)", text, re.MULTILINE)
    return text.splitlines()[0].split()[-1], dict(zip(POSTS, names, strict=True))


def sign_in(page: Page, site: str, name: str, password: str) -> None:
    page.goto(site + "/account/login/")
    page.fill("input[name=login]", name)
    page.fill("input[name=password]", password)
    page.click("form button[type=submit]")
    page.wait_for_load_state("load")


def take(browser: Browser, site: str, file: Path) -> list[str]:
    """Every picture; the names of those that are too large for a README."""
    password, names = accounts(file)
    too_large = []
    for name, who, width, language, address, prepare in PICTURES:
        context = browser.new_context(
            viewport={"width": width, "height": WIDTHS[width]}, reduced_motion="reduce", locale=LOCALES[language]
        )
        context.add_cookies([{"name": "django_language", "value": language, "url": site}])
        page = context.new_page()
        sign_in(page, site, names[who], password)
        page.goto(site + address)
        drawn(page)
        prepare(page)
        page.screenshot(path=OUT / name)
        size = (OUT / name).stat().st_size
        print(f"{name}: {size:,} bytes")
        if size > MAX_BYTES:
            too_large.append(name)
        context.close()
    return too_large


def main() -> None:
    reader = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    reader.add_argument("--site", default="http://127.0.0.1:8000")
    reader.add_argument("--accounts", type=Path, default=Path("var/demo-accounts.txt"))
    given = reader.parse_args()
    OUT.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=os.environ.get("LIANXIN_CHROMIUM") or None,
            args=["--no-sandbox", "--use-gl=angle", "--use-angle=swiftshader", "--enable-unsafe-swiftshader"],
        )
        too_large = take(browser, given.site, given.accounts)
        browser.close()
    if too_large:
        raise SystemExit(f"Over {MAX_BYTES:,} bytes: {', '.join(too_large)}")


if __name__ == "__main__":
    main()
