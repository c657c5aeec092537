"""People at the pages: locust in this process, 20 at once, each thinking 2 to 5 seconds between pages. Only for 127.0.0.1.

`python -m benchmarks.pages.crowd PLAN ANSWER`: PLAN is JSON: port, users, password, seconds after all have
signed in, enough: requests after which it ends earlier. ANSWER gets every request.
"""

import gevent.monkey

gevent.monkey.patch_all()

# The patch must come before anything that opens a socket.
import html  # noqa: E402
import json  # noqa: E402
import random  # noqa: E402
import re  # noqa: E402
import sys  # noqa: E402
import time  # noqa: E402
from pathlib import Path  # noqa: E402
from typing import Any, ClassVar  # noqa: E402

import gevent  # noqa: E402
from locust import HttpUser, between, task  # noqa: E402
from locust.env import Environment  # noqa: E402

HOST = "127.0.0.1"
SIGNING_IN = "signing in"
# Passwords are slow to check on purpose; the walk is counted from when all are in.
PATIENCE = 120.0
TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="([^"]+)"')
LINK = re.compile(r'<a [^>]*href="(/[^"#]*)"')
LOADED = re.compile(r'hx-get="(/[^"]*)"[^>]*hx-trigger="load')
MAP = re.compile(r'<lx-map[^>]*(?:src|data-src)="(/[^"]*)"')


class Person(HttpUser):
    """One person who signs in once and then walks about by the links that the pages show."""

    abstract = True
    wait_time = between(2, 5)
    names: ClassVar[list[str]] = []
    password: ClassVar[str] = ""
    seen: ClassVar[list[dict[str, Any]]] = []
    begun: ClassVar[float] = 0.0

    def on_start(self) -> None:
        self.chance = random.Random(len(self.names))
        self.offered: set[str] = set()
        name = self.names.pop()
        self.retailers: list[str] = []
        self.products: list[str] = []
        token = TOKEN.search(self.ask("/account/login/", "sign-in page"))
        form = {"login": name, "password": self.password, "csrfmiddlewaretoken": token[1] if token else ""}
        came = self.ask("/account/login/", SIGNING_IN, form)
        # A page that the navigation does not offer to this person would be refused.
        self.offered = set(self.links(came, "/"))

    def ask(self, address: str, kind: str, form: dict[str, str] | None = None, part: bool = False) -> str:
        """The text of a page, its time written down under its kind."""
        headers = {"HX-Request": "true"} if part else {}
        started = time.perf_counter()
        sent = {"data": form, "headers": {"Referer": f"http://{HOST}"}} if form is not None else {"headers": headers}
        with self.client.request(
            "GET" if form is None else "POST", address, name=kind, catch_response=True, **sent
        ) as answer:
            took = time.perf_counter() - started
            text = answer.text or ""
            signed_out = "/account/login/" in (answer.url or "") and kind != "sign-in page"
            wrong = (
                "" if answer.status_code == 200 and not signed_out else f"{answer.status_code} {answer.url or address}"
            )
            if wrong:
                answer.failure(wrong)
            else:
                answer.success()
        self.seen.append(
            {
                "kind": kind,
                "at": started - self.begun,
                "took": took,
                "wrong": wrong,
                "bytes": len(text),
                "address": address,
            }
        )
        return text

    def with_parts(self, text: str, kind: str) -> str:
        """What a browser loads by itself once the page stands: the parts the page asks for, and the map's points."""
        for address in LOADED.findall(text):
            part = self.ask(html.unescape(address), f"{kind}: parts", part=True)
            for points in MAP.findall(part):
                self.ask(html.unescape(points), f"{kind}: map")
        return text

    def links(self, text: str, start: str) -> list[str]:
        """Links of a page that begin so, as addresses; exports are left out."""
        found = {html.unescape(link) for link in LINK.findall(text)}
        return sorted(link for link in found if link.startswith(start) and "export" not in link)

    def one_of(self, links: list[str], otherwise: str) -> str:
        return self.chance.choice(links) if links else otherwise

    @task(6)
    def analyse(self) -> None:
        text = self.with_parts(self.ask("/market/", "analysis"), "analysis")
        gevent.sleep(self.wait_time())
        narrower = self.one_of(self.links(text, "/market/?"), "/market/")
        self.with_parts(self.ask(narrower, "analysis, filtered or drilled"), "analysis")

    @task(4)
    def look_through_retailers(self) -> None:
        text = self.ask("/retailers/", "list of retailers")
        self.retailers = [link for link in self.links(text, "/retailers/") if re.fullmatch(r"/retailers/\d+/", link)]
        gevent.sleep(self.wait_time())
        more = [link for link in self.links(text, "/retailers/?") if "after=" in link or "sort=" in link]
        self.ask(self.one_of(more, "/retailers/"), "list of retailers, next page or sorted")

    @task(3)
    def search_retailers(self) -> None:
        self.ask(f"/retailers/?q={self.chance.randrange(10, 999)}", "list of retailers, searched")

    @task(3)
    def open_retailer(self) -> None:
        if not self.retailers:
            self.look_through_retailers()
            gevent.sleep(self.wait_time())
        address = self.one_of(self.retailers, "/retailers/")
        self.with_parts(self.ask(address, "retailer file"), "retailer file")

    @task(2)
    def look_through_products(self) -> None:
        text = self.ask("/goods/", "list of products")
        self.products = [link for link in self.links(text, "/goods/") if re.fullmatch(r"/goods/\d+/", link)]
        gevent.sleep(self.wait_time())
        address = self.one_of(self.products, "/goods/")
        self.with_parts(self.ask(address, "product file"), "product file")

    @task(1)
    def look_at_home(self) -> None:
        self.with_parts(self.ask("/", "home"), "home")

    @task(1)
    def look_at_people(self) -> None:
        if "/people/" in self.offered:
            self.ask("/people/", "list of people")

    @task(2)
    def look_at_alerts(self) -> None:
        if "/market/alerts/" in self.offered:
            self.with_parts(self.ask("/market/alerts/", "list of alerts"), "list of alerts")


def main(plan: str, answer: str) -> None:
    told = json.loads(Path(plan).read_text("utf-8"))
    Person.names, Person.password, Person.begun = list(told["users"]), told["password"], time.perf_counter()
    visitor = type("Visitor", (Person,), {"abstract": False, "host": f"http://{HOST}:{int(told['port'])}"})
    surroundings = Environment(user_classes=[visitor])
    runner = surroundings.create_local_runner()
    runner.start(len(told["users"]), spawn_rate=4)
    patience = time.perf_counter() + PATIENCE
    while time.perf_counter() < patience and sum(one["kind"] == SIGNING_IN for one in Person.seen) < len(told["users"]):
        gevent.sleep(0.2)
    ready, enough = time.perf_counter(), len(Person.seen) + told["enough"]
    while time.perf_counter() < ready + told["seconds"] and len(Person.seen) < enough:
        gevent.sleep(0.2)
    runner.quit()
    Path(answer).write_text(json.dumps({"ready": ready - Person.begun, "seen": Person.seen}), "utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
