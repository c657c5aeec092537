"""The parts in a real browser under the true content policy: they draw, open, answer and are accessible."""

import os
import shutil
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from socketserver import ThreadingMixIn
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.conf import settings
from django.contrib.staticfiles.handlers import StaticFilesHandler
from django.core.handlers.wsgi import WSGIHandler
from django.test import override_settings
from django_vite.core.asset_loader import DjangoViteAssetLoader
from playwright.sync_api import ConsoleMessage, Page, expect, sync_playwright

from lianxin.ui import slots
from lianxin.ui.slots import NavigationEntry

pytestmark = [pytest.mark.journey, pytest.mark.xdist_group("parts")]

ARGUMENTS = ["--no-sandbox", "--use-gl=angle", "--use-angle=swiftshader", "--enable-unsafe-swiftshader"]
Seen = Callable[..., Any]
PHONE, DESK = (390, 844), (1440, 900)
# Software rendering grumbles; everything else that the console says is a fault.
OF_THE_MACHINE = ("GPU stall", "GL Driver", "swiftshader", "WebGL")


class Server(ThreadingMixIn, WSGIServer):
    daemon_threads = True


class Silent(WSGIRequestHandler):
    def log_message(self, *_given: Any) -> None:
        """Requests are no news."""


@pytest.fixture(scope="module")
def gallery() -> Iterator[str]:
    """The address of the gallery, served by this process with the policy of the real settings."""
    manifest = Path(settings.DJANGO_VITE["default"]["manifest_path"])
    if not manifest.exists():
        pytest.skip("the front end is not built: run `npm run build`")
    DjangoViteAssetLoader._instance = None
    # Nobody is signed in here, so the rooms' own entries cannot be asked.
    of_the_rooms, slots._registry = slots._registry, slots._Registry()
    slots.register_navigation(NavigationEntry(key="all", title="Lists", url_name="all", allowed=lambda request: True))
    with override_settings(
        ROOT_URLCONF="tests.ui.doors",
        MIDDLEWARE=["csp.middleware.CSPMiddleware", "django.middleware.locale.LocaleMiddleware"],
    ):
        server = make_server(
            "127.0.0.1", 0, StaticFilesHandler(WSGIHandler()), server_class=Server, handler_class=Silent
        )
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()
        server.server_close()
    slots._registry = of_the_rooms


class Reader:
    """A browser in a thread of its own: the journeys keep one open too, and Playwright allows one to a thread."""

    def __init__(self) -> None:
        self.thread = ThreadPoolExecutor(1)
        self.thread.submit(self._start).result()

    def _start(self) -> None:
        self.playwright = sync_playwright().start()
        executable = os.environ.get("LIANXIN_CHROMIUM") or shutil.which("chromium")
        self.browser = self.playwright.chromium.launch(executable_path=executable, args=ARGUMENTS)

    def close(self) -> None:
        self.thread.submit(self.browser.close).result()
        self.thread.submit(self.playwright.stop).result()
        self.thread.shutdown()

    def look(self, url: str, look: Callable[[Page], Any], size: tuple[int, int], dark: bool) -> Any:
        return self.thread.submit(self._look, url, look, size, dark).result()

    def _look(self, url: str, look: Callable[[Page], Any], size: tuple[int, int], dark: bool) -> Any:
        context = self.browser.new_context(
            viewport={"width": size[0], "height": size[1]}, color_scheme="dark" if dark else "light", locale="en-US"
        )
        page = context.new_page()
        faults: list[str] = []

        def heard(said: ConsoleMessage) -> None:
            if said.type in ("error", "warning") and not any(word in said.text for word in OF_THE_MACHINE):
                faults.append(said.text)

        page.on("pageerror", lambda error: faults.append(str(error)))
        page.on("console", heard)
        try:
            page.goto(url, wait_until="networkidle")
            answer = look(page)
        finally:
            context.close()
        assert faults == []
        return answer


@pytest.fixture(scope="module")
def seen(gallery: str) -> Iterator[Seen]:
    """What a look at the gallery returns; the browser must have had nothing to complain about."""
    reader = Reader()

    def see(look: Callable[[Page], Any], *, size: tuple[int, int] = DESK, dark: bool = False) -> Any:
        return reader.look(gallery, look, size, dark)

    yield see
    reader.close()


def scrolled_through(page: Page) -> None:
    for place in page.locator("lx-chart, lx-map").all():
        place.scroll_into_view_if_needed()
        page.wait_for_timeout(150)
    expect(page.locator("lx-map canvas")).to_have_count(1, timeout=20_000)


INKED = """canvases => canvases.map(canvas => {
  const pixels = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data
  return new Set(Array.from({ length: pixels.length / 4 }, (_, i) => pixels.slice(4 * i, 4 * i + 3).join())).size > 5
})"""


@pytest.mark.parametrize("dark", [False, True])
def test_every_picture_draws_and_a_broken_one_says_so(seen: Seen, dark: bool) -> None:
    def look(page: Page) -> tuple[list[bool], list[str]]:
        scrolled_through(page)
        faults = page.locator(".lx-picturefault").all_inner_texts()
        return page.eval_on_selector_all("lx-chart canvas", INKED), faults

    assert seen(look, dark=dark) == ([True] * 5, ["This picture cannot be drawn measure is not an object"])


@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize("size", [PHONE, DESK])
def test_parts_are_accessible_and_fit_the_screen(seen: Seen, size: tuple[int, int], dark: bool) -> None:
    def look(page: Page) -> tuple[int, list[str]]:
        scrolled_through(page)
        page.locator("a[data-lx-explain]").first.click()
        expect(page.locator("lx-panel h2")).to_be_focused()
        too_wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        return too_wide, [violation["id"] for violation in Axe().run(page).response["violations"]]

    assert seen(look, size=size, dark=dark) == (0, [])


def test_a_figure_opens_by_keyboard_and_gives_the_focus_back(seen: Seen) -> None:
    def look(page: Page) -> None:
        figure = page.locator("a[data-lx-explain]").first
        figure.focus()
        page.keyboard.press("Enter")
        expect(page.locator("lx-panel h2")).to_have_text("Order coverage")
        page.keyboard.press("Escape")
        expect(page.locator("lx-panel dialog")).not_to_be_visible()
        expect(figure).to_be_focused()

    seen(look)


def test_filters_answer_at_once_in_place_and_keep_the_focus(seen: Seen) -> None:
    def look(page: Page) -> None:
        choice = page.locator("#filter-unit")
        choice.focus()
        choice.select_option("江东市场部")
        expect(page.locator(".lx-chip")).to_contain_text("江东市场部")
        expect(choice).to_be_focused()
        assert "unit=" in page.url
        assert "q=" not in page.url
        # A picture draws when it comes into view; the gallery opens at its form with faults, far below.
        page.locator("lx-chart").first.scroll_into_view_if_needed()
        expect(page.locator("lx-chart canvas").first).to_be_visible()
        page.locator("#lx-table-units th a", has_text="Key brands").click()
        expect(page.locator("#lx-table-units th[aria-sort]")).to_contain_text("Key brands")
        page.locator(".lx-chip").click()
        expect(page.locator(".lx-chip")).to_have_count(0)
        assert "sort=-share" in page.url, "taking a filter away keeps the order"

    seen(look)


def test_a_picture_that_is_moved_within_the_page_draws_again(seen: Seen) -> None:
    def look(page: Page) -> list[bool]:
        chart = page.locator("lx-chart[kind=bars]")
        chart.scroll_into_view_if_needed()
        expect(chart.locator("canvas")).to_be_visible()
        # when it is put elsewhere in the page
        chart.evaluate("moved => moved.parentElement.prepend(moved)")
        expect(chart.locator("canvas")).to_be_visible()
        return page.eval_on_selector_all("lx-chart[kind=bars] canvas", INKED)

    assert seen(look) == [True]


def test_several_choices_are_one_question(seen: Seen) -> None:
    def look(page: Page) -> None:
        page.locator(".lx-choices summary").click()
        page.get_by_label("一类").check()
        page.get_by_label("三类").check()
        page.keyboard.press("Escape")
        expect(page.locator(".lx-chip")).to_have_count(2)

    seen(look)


def test_a_table_turns_its_pages_and_opens_its_rows_in_place(seen: Seen) -> None:
    def look(page: Page) -> None:
        box = page.locator("#lx-table-units")
        box.get_by_text("Next").click()
        expect(box.locator(".lx-pages")).to_contain_text("7–12 of 15")
        row = box.locator("a[data-lx-open]").first
        row.click()
        expect(box.locator(".lx-detail")).to_contain_text("What more there is to say")
        expect(row).to_have_attribute("aria-expanded", "true")
        row.click()
        expect(box.locator(".lx-detail")).to_have_count(0)
        box.locator("summary[aria-label=Columns]").click()
        box.get_by_label("Town").check()
        box.get_by_text("Show these columns").click()
        expect(box.locator("thead")).to_contain_text("Town")
        page.locator("[data-lx-density]").first.click()
        page.reload()
        expect(page.locator("[data-lx-density]").first).to_have_attribute("aria-pressed", "true")

    seen(look)


def test_on_a_phone_rows_are_cards_with_two_figures_and_the_menu_opens(seen: Seen) -> None:
    def look(page: Page) -> int:
        first = page.locator("#lx-table-units tbody tr").first
        page.locator(".lx-menubutton").click()
        expect(page.locator("#lx-menu")).to_be_visible()
        page.keyboard.press("Escape")
        expect(page.locator("#lx-menu")).not_to_be_visible()
        return sum(cell.is_visible() for cell in first.locator("td:not(.lx-more)").all())

    assert seen(look, size=PHONE) == 2


def test_what_was_typed_survives_a_dead_session(seen: Seen) -> None:
    def look(page: Page) -> None:
        page.locator("#id_name").fill("Cover the east")
        page.locator("#id_agreed").check()
        page.reload()
        expect(page.locator("#id_name")).to_have_value("Cover the east")
        expect(page.locator("#id_agreed")).to_be_checked()

    seen(look)


def test_pictures_and_lists_can_be_taken_along(seen: Seen) -> None:
    def look(page: Page) -> tuple[str, str]:
        with page.expect_download() as picture:
            page.locator("lx-chart[kind=trend] canvas").wait_for()
            page.locator("lx-chart[kind=trend] .lx-tool").first.click()
        with page.expect_download() as sheet:
            page.locator("#lx-table-units summary[aria-label=Export]").click()
            page.get_by_text("Excel (XLSX), all rows").first.click()
        return picture.value.suggested_filename, sheet.value.suggested_filename.rpartition(".")[2]

    assert seen(look) == ("Sales-in-December-2021-were-3.2-%-above-last-year.png", "xlsx")
