"""The pages benchmark: build the company, serve it, send the crowd, tell the times."""

import json
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from benchmarks import children
from benchmarks.installation import Installation
from benchmarks.pages.wanted import LISTS, MOST_FOR_ANALYSIS, MOST_FOR_LISTS
from benchmarks.reports import Report
from benchmarks.timing import percentile

COMPANY = "benchmarks.pages.company"
PASSWORD = "bench-only-7391"
HOST = "127.0.0.1"


class ServerSilent(RuntimeError):
    """The server did not answer in time; the message holds the end of what it said."""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


@contextmanager
def serving(place: Installation, said: Path, patience: float = 60.0) -> Iterator[int]:
    """`lianxin serve` as a child on a free port of this machine, ended afterwards."""
    port = free_port()
    with said.open("wb") as told:
        server = subprocess.Popen(
            place.words("serve", "--host", HOST, "--port", str(port)),
            env=children.environment(place.surroundings), cwd=children.ROOT, stdout=told, stderr=subprocess.STDOUT,
        )  # fmt: skip
    try:
        until = time.monotonic() + patience
        while not _answers(port):
            if server.poll() is not None or time.monotonic() > until:
                raise ServerSilent(said.read_text("utf-8", "replace")[-3000:])
            time.sleep(0.3)
        yield port
    finally:
        server.terminate()
        try:
            server.wait(timeout=30)
        except subprocess.TimeoutExpired:
            server.kill()
            server.wait()


def _answers(port: int) -> bool:
    try:
        with urllib.request.urlopen(f"http://{HOST}:{port}/healthz", timeout=2) as answer:
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False


def pages(
    folder: Path,
    retailers: int = 50_000,
    lines: int = 20_000_000,
    duration: float = 120.0,
    settling: float = 20.0,
    people: int = 20,
    enough: int = 1_000_000,
) -> Report:
    """Twenty people at the pages of a large company.

    settling : what happens in the first so many seconds after all have signed in is told apart
    enough : requests after which it ends earlier
    """
    place = Installation(folder / "home")
    place.command("init", "--company", "bench", "--name", "大型公司")
    known = place.call(f"{COMPANY}:master", retailers=retailers, people=people).answer
    made = place.call(f"{COMPANY}:lines", wanted=lines)
    plan, answer = folder / "plan.json", folder / "answer.json"
    with serving(place, folder / "server.log") as port:
        asked = {
            "port": port,
            "users": known["users"],
            "password": PASSWORD,
            "seconds": settling + duration,
            "enough": enough,
        }
        plan.write_text(json.dumps(asked), "utf-8")
        children.command([sys.executable, "-m", "benchmarks.pages.crowd", str(plan), str(answer)])
    walked = json.loads(answer.read_text("utf-8"))
    if any(one["wrong"] for one in walked["seen"]):
        print((folder / "server.log").read_text("utf-8", "replace")[-3000:], file=sys.stderr)
    return _told(walked["seen"], walked["ready"] + settling, duration, retailers, known["managers"], made.answer)


def _told(
    seen: list[dict[str, Any]], begin: float, duration: float, retailers: int, managers: int, made: dict[str, Any]
) -> Report:
    counted = [one for one in seen if one["at"] >= begin and not one["kind"].startswith("sign")]
    early = [one for one in seen if one["at"] < begin and not one["kind"].startswith("sign")]
    wrong = [one for one in seen if one["wrong"]]
    report = Report(
        "pages",
        "Pages with twenty people at once",
        f"Data: simulated, {retailers:,} retailers, {managers} customer managers, 150 products, {made['rows']:,} order lines of "
        f"24 months; roll-ups made by the market room in {made['rolled_up']:.0f} s. `lianxin serve` with its two workers on the "
        "same machine as the crowd (locust). 20 people (10 customer managers, 5 market managers, 3 brand managers, 2 leaders) "
        f"sign in and walk about by the links that pages show for {duration:.0f} s, thinking 2-5 s between pages; what "
        f"came before is told in the last column only. {len(counted)} requests counted, {len(wrong)} errors.",
    )
    rows, by_kind = [], {}
    for kind in sorted({one["kind"] for one in counted}):
        took = [one["took"] * 1000 for one in counted if one["kind"] == kind]
        by_kind[kind] = percentile(took, 0.95)
        first = max((one["took"] * 1000 for one in early if one["kind"] == kind), default=0.0)
        size = max(one["bytes"] for one in counted if one["kind"] == kind)
        rows.append((kind, len(took), f"{percentile(took, 0.5):,.0f} ms", f"{by_kind[kind]:,.0f} ms", f"{max(took):,.0f} ms",
                     f"{size / 1024:,.0f} KiB", f"{first:,.0f} ms"))  # fmt: skip
    report.add(("page", "requests", "p50", "p95", "slowest", "largest", "slowest while settling"), rows)
    lists = {kind: took for kind, took in by_kind.items() if kind.startswith(LISTS)}
    slowest = max(lists.items(), key=lambda one: one[1], default=("no list", 0.0))
    analysis = max(
        (took for kind, took in by_kind.items() if kind in ("analysis", "analysis, filtered or drilled")), default=0.0
    )
    report.judge(
        f"lists p95 at most {MOST_FOR_LISTS} ms",
        f"{slowest[1]:,.0f} ms ({slowest[0]})",
        0 < slowest[1] <= MOST_FOR_LISTS,
    )
    report.judge(
        f"analysis page p95 at most {MOST_FOR_ANALYSIS} ms", f"{analysis:,.0f} ms", 0 < analysis <= MOST_FOR_ANALYSIS
    )
    first_wrong = f"; first: {wrong[0]['kind']} {wrong[0]['wrong']}" if wrong else ""
    report.judge("no errors", f"{len(wrong)} of {len(seen)} requests{first_wrong}", not wrong)
    return report
