"""A real installation for the journeys: the small demonstration company, built by `lianxin demo`, served by `lianxin serve`.

Nothing here shares a process or a database connection with what is tested. On PostgreSQL (DATABASE_URL) the site gets a database of
its own on the same server.
"""

import fcntl
import os
import re
import shutil
import socket
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
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, sync_playwright

LIANXIN = [sys.executable, "-c", "from lianxin.cli import main; main()"]
# Parts that a page fetches when it was loaded, and pictures whose code comes when they are seen.
LOADS_ITSELF = "[hx-trigger], .htmx-request, lx-chart, lx-map"
WIDTHS = {"phone": (390, 844), "desk": (1440, 900)}


@dataclass
class Site:
    """Where the site answers and who may sign in."""

    url: str
    password: str
    names: dict[str, str]
    home: Path


@dataclass
class Visitor:
    """Somebody with a browser. `faults` collects what the browser complained about, among it breaches of the content policy."""

    page: Page
    site: Site
    faults: list[str] = field(default_factory=list)

    def go(self, path: str) -> None:
        answer = self.page.goto(self.site.url + path, wait_until="load")
        assert answer is not None
        assert answer.status == 200, f"{path} answered {answer.status}"
        # Most pages are whole when they are loaded.
        if self.page.locator(LOADS_ITSELF).count():
            self.settle()

    def sign_in(self, name: str, password: str) -> None:
        self.page.goto(self.site.url + "/account/login/")
        self.page.fill("input[name=login]", name)
        self.page.fill("input[name=password]", password)
        self.page.click("form button[type=submit]")
        self.page.wait_for_load_state("load")

    def settle(self) -> None:
        """Wait until nothing has been fetched for half a second."""
        self.page.wait_for_load_state("networkidle")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def own_database(url: str, site: str = "journeys") -> Iterator[str]:
    """The address of an empty database for a site on the same server, removed afterwards."""
    name = f"lianxin_{site}_{os.getpid()}"
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}"')
    yield re.sub(r"/[^/]*$", f"/{name}", url)
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


def build(home: Path, environment: dict[str, str]) -> None:
    """The small demonstration company in a home."""
    built = subprocess.run(
        [*LIANXIN, "demo", "--size", "small", "--no-serve"],
        env={**environment, "LIANXIN_HOME": str(home)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert built.returncode == 0, built.stderr[-3000:]


def built_once(factory: pytest.TempPathFactory, environment: dict[str, str]) -> Path:
    """A home that the first worker of a run builds and the others copy: nothing in it knows where it stands."""
    shared = factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        shared = shared.parent
    home = shared / "demonstration"
    with (shared / "demonstration.lock").open("w") as turn:
        fcntl.flock(turn, fcntl.LOCK_EX)
        if not home.exists():
            making = shared / "demonstration-making"
            shutil.rmtree(making, ignore_errors=True)
            build(making, environment)
            making.rename(home)
    return home


@pytest.fixture(scope="package")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    home = tmp_path_factory.mktemp("journeys")
    environment = {**os.environ, "LIANXIN_HOME": str(home), "LANG": "C.UTF-8"}
    database = None
    if os.environ.get("DATABASE_URL", "").startswith("postgres"):
        database = own_database(os.environ["DATABASE_URL"])
        environment["DATABASE_URL"] = next(database)
        build(home, environment)
    else:
        shutil.copytree(built_once(tmp_path_factory, environment), home, dirs_exist_ok=True)
    accounts = (home / "demo-accounts.txt").read_text("utf-8")
    password = accounts.splitlines()[0].split()[-1]
    names = dict(
        zip(
            ["customer", "market", "brand", "supervision", "leader", "admin"],
            re.findall(r"^  (\S+)", accounts, re.MULTILINE),
            strict=True,
        )
    )
    port = free_port()
    with (home / "serve.log").open("w") as log:
        server = subprocess.Popen(
            [*LIANXIN, "serve", "--port", str(port), "--workers", "1"], env=environment, stdout=log, stderr=log
        )
    url = f"http://127.0.0.1:{port}"
    try:
        for _attempt in range(150):
            try:
                urllib.request.urlopen(url + "/healthz", timeout=2)
                break
            except OSError:
                assert server.poll() is None, (home / "serve.log").read_text()
                time.sleep(0.2)
        else:
            pytest.fail("the site did not answer within 30 s: " + (home / "serve.log").read_text())
        yield Site(url, password, names, home)
    finally:
        server.terminate()
        try:
            server.wait(timeout=20)
        except subprocess.TimeoutExpired:
            server.kill()
        if database is not None:
            next(database, None)


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    # Closed behind the last journey of a worker: while Playwright runs in a thread, Django asks no database there.
    with sync_playwright() as playwright:
        made = playwright.chromium.launch(
            executable_path=os.environ.get("LIANXIN_CHROMIUM") or None,
            args=["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--use-gl=angle", "--use-angle=swiftshader",
                  "--enable-unsafe-swiftshader", "--disable-component-update", "--disable-sync", "--no-first-run"],
        )  # fmt: skip
        yield made
        made.close()


class Visits:
    """Signs people in, each with a context of their own; one signed-in state a person is kept for the session."""

    def __init__(self, browser: Browser, site: Site) -> None:
        self.browser = browser
        self.site = site
        self.states: dict[str, Any] = {}
        self.passwords: dict[str, str] = {}
        self.open: list[BrowserContext] = []

    def __call__(self, who: str, *, width: str = "desk", language: str = "zh-hans") -> Visitor:
        visitor = self.stranger(width=width, language=language, state=self.states.get(who))
        if who not in self.states:
            visitor.sign_in(self.site.names[who], self.passwords.get(who, self.site.password))
            assert "/account/login" not in visitor.page.url, visitor.page.inner_text("body")[:500]
            self.states[who] = visitor.page.context.storage_state()
        return visitor

    def stranger(self, *, width: str = "desk", language: str = "zh-hans", state: Any = None) -> Visitor:
        """Somebody with a browser who has not signed in; `state` is what an earlier visit left in the browser."""
        wide, high = WIDTHS[width]
        context = self.browser.new_context(
            viewport={"width": wide, "height": high},
            storage_state=state,
            reduced_motion="reduce",
            accept_downloads=True,
        )
        context.add_cookies([{"name": "django_language", "value": language, "url": self.site.url}])
        self.open.append(context)
        page = context.new_page()
        visitor = Visitor(page, self.site)

        def heard(message: ConsoleMessage) -> None:
            if (
                message.type in ("error", "warning")
                and "GPU stall" not in message.text
                and "GL Driver" not in message.text
            ):
                visitor.faults.append(message.text)

        page.on("console", heard)
        page.on("pageerror", lambda error: visitor.faults.append(str(error)))
        return visitor

    def close(self) -> None:
        for context in self.open:
            context.close()
        self.open.clear()


@pytest.fixture(scope="package")
def all_visits(browser: Browser, site: Site) -> Visits:
    return Visits(browser, site)


@pytest.fixture
def visit(all_visits: Visits) -> Iterator[Visits]:
    """`visit("customer", width="phone", language="en")` gives a signed-in visitor."""
    yield all_visits
    all_visits.close()
