"""A small site of its own for the field journeys, a line in front of it that can fail, and phones that use it."""

import contextlib
import json
import os
import sqlite3
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg
import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, expect

from tests.journeys.conftest import LIANXIN, free_port, own_database
from tests.journeys.field.line import Line
from tests.journeys.field.making import PASSWORD

MANAGERS = ["day", "dead", "storm", "clock", "quota", "session", "tabs", "phones", "walker", "killed", "told", "unmade"]
EXPECTED = ("net::ERR_", "Failed to load resource", "status of 500", "redirect")
ROOT = Path(__file__).resolve().parents[3]


@dataclass
class FieldSite:
    """Where the site answers, whose shops are which, and a look into its database."""

    url: str
    shops: dict[str, dict[str, int]]
    database: str

    def rows(self, question: str) -> list[tuple[Any, ...]]:
        """What the database of the site holds, past every screen."""
        if self.database.startswith("postgres"):
            with psycopg.connect(self.database) as connection:
                return connection.execute(question).fetchall()
        with contextlib.closing(sqlite3.connect(self.database)) as opened:
            return opened.execute(question).fetchall()

    def await_rows(self, question: str, within: float = 30.0) -> None:
        """Until the database holds what is asked for: a phone that shows nothing unsent may not have queued it yet."""
        until = time.monotonic() + within
        while not self.rows(question):
            assert time.monotonic() < until, f"nothing came within {within:g} s: {question}"
            time.sleep(0.1)


@dataclass
class Phone:
    """Somebody's phone: one browser context with its page."""

    context: BrowserContext
    page: Page
    line: Line
    faults: list[str] = field(default_factory=list)

    def sign_in(self, name: str) -> None:
        self.page.goto(self.line.url + "/account/login/?next=/field/")
        self.page.fill("input[name=login]", name)
        self.page.fill("input[name=password]", PASSWORD)
        self.page.click("form button[type=submit]")
        self.page.wait_for_url("**/field/")
        self.ready()
        # The worker keeps the shell before anything is tried without a network.
        self.page.evaluate("async () => { await navigator.serviceWorker.ready }")

    def ready(self) -> None:
        expect(self.page.locator(".fd-sync")).to_be_visible()

    def open(self, path: str = "") -> None:
        self.page.goto(self.line.url + "/field/#/" + path)
        self.ready()

    def unsent(self, n: int, within: int = 20_000) -> None:
        expect(self.page.locator(".fd-sync")).to_have_attribute("data-unsent", str(n), timeout=within)

    def synchronise(self, within: int = 20_000) -> None:
        self.open("outbox")
        self.page.get_by_role("button", name="立即同步").click()
        self.unsent(0, within)

    def start(self, shop: int, kind: str = "例行走访") -> None:
        """Begin a visit of a kind at a shop, from its own page."""
        self.open(f"retailer/{shop}")
        self.page.get_by_role("button", name="开始走访").click()
        expect(self.page.get_by_role("heading", level=1)).to_have_text("选择走访类型")
        self.page.locator(".fd-card", has_text=kind).get_by_role("button").click()
        expect(self.page.locator(".fd-bar")).to_contain_text("下一步")

    def next(self, title: str) -> None:
        self.page.get_by_role("button", name="下一步").click()
        expect(self.page.get_by_role("heading", level=1)).to_have_text(title)

    def short_visit(self, shop: int, photos: list[Path], words: str) -> None:
        """A whole short visit: arrive, photograph, write, leave."""
        self.start(shop, "简短走访")
        self.page.get_by_role("button", name="到店签到").click()
        expect(self.page.locator("[data-answer]")).to_be_visible()
        self.next("陈列")
        for n, photo in enumerate(photos, 1):
            self.page.set_input_files("input[type=file]", photo)
            expect(self.page.locator(".fd-photo")).to_have_count(n)
        self.next("走访记录")
        self.page.get_by_role("textbox").fill(words)
        self.next("离店")
        self.page.get_by_role("button", name="离店，结束走访").click()
        expect(self.page.get_by_role("heading", level=1)).to_have_text("今日走访")


@pytest.fixture(scope="package")
def field_site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FieldSite]:
    home = tmp_path_factory.mktemp("field-journeys")
    found = os.pathsep.join([str(ROOT / "src"), str(ROOT)])
    environment = {**os.environ, "LIANXIN_HOME": str(home), "LANG": "C.UTF-8", "PYTHONPATH": found}
    asked, given = os.environ.get("DATABASE_URL", ""), None
    database = str(home / "lianxin.sqlite3")
    if asked.startswith("postgres"):
        given = own_database(asked, "field_journeys")
        database = environment["DATABASE_URL"] = next(given)
    made = subprocess.run(
        [sys.executable, "-m", "tests.journeys.field.making", ",".join(MANAGERS)],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert made.returncode == 0, made.stderr[-3000:]
    port = free_port()
    log = home / "serve.log"
    with log.open("w") as out:
        server = subprocess.Popen(
            [*LIANXIN, "serve", "--port", str(port), "--workers", "1", "--no-worker"],
            env=environment,
            stdout=out,
            stderr=out,
        )
    url = f"http://127.0.0.1:{port}"
    try:
        for _attempt in range(150):
            try:
                urllib.request.urlopen(url + "/healthz", timeout=2)
                break
            except OSError:
                assert server.poll() is None, log.read_text()
                time.sleep(0.2)
        else:
            pytest.fail("the site did not answer within 30 s: " + log.read_text())
        yield FieldSite(url, json.loads(made.stdout), database)
    finally:
        server.terminate()
        try:
            server.wait(timeout=20)
        except subprocess.TimeoutExpired:
            server.kill()
        if given is not None:
            next(given, None)


@pytest.fixture
def line(field_site: FieldSite) -> Iterator[Line]:
    made = Line(field_site.url)
    yield made
    made.close()


class Phones:
    """Hands out phones of 390 px that speak Chinese, and takes them back."""

    def __init__(self, browser: Browser, line: Line) -> None:
        self.browser = browser
        self.line = line
        self.out: list[BrowserContext] = []

    def __call__(self, name: str, **more: Any) -> Phone:
        context = self.browser.new_context(
            viewport={"width": 390, "height": 844}, reduced_motion="reduce", has_touch=True, accept_downloads=True, **more
        )  # fmt: skip
        context.add_cookies([{"name": "django_language", "value": "zh-hans", "url": self.line.url}])
        self.out.append(context)
        phone = Phone(context, context.new_page(), self.line)
        self.listen(phone)
        phone.sign_in(name)
        return phone

    def listen(self, phone: Phone) -> None:
        def heard(said: ConsoleMessage) -> None:
            if said.type in ("error", "warning") and not any(word in said.text for word in EXPECTED):
                phone.faults.append(said.text)

        phone.page.on("console", heard)
        phone.page.on("pageerror", lambda error: phone.faults.append(str(error)))

    def close(self) -> None:
        for context in self.out:
            context.close()


@pytest.fixture
def phones(browser: Browser, line: Line) -> Iterator[Phones]:
    """`phones("day")` is the phone of that manager, signed in and ready."""
    made = Phones(browser, line)
    yield made
    made.close()
