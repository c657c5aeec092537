"""The line between a phone and the server, in the hands of a test: good, dead, or failing in one of several ways."""

import http.client
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Literal
from urllib.parse import urlsplit

Fate = Literal["through", "dropped", "lost", "broken"]
HOP_BY_HOP = {"connection", "keep-alive", "transfer-encoding", "date", "server"}


@dataclass
class Line:
    """`fate` says what becomes of each request; `asked` lists what the field API was asked, in order."""

    upstream: str
    fate: Callable[[int, str], Fate] = lambda n, path: "through"
    asked: list[str] = field(default_factory=list)
    fates: list[Fate] = field(default_factory=list)
    lock: Any = field(default_factory=threading.Lock)

    def __post_init__(self) -> None:
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()

    def good(self) -> None:
        self.fate = lambda n, path: "through"

    def dead(self) -> None:
        self.fate = lambda n, path: "dropped"

    def broken(self) -> None:
        self.fate = lambda n, path: "broken" if path.startswith("/api/") else "through"

    def every_third_fails(self) -> None:
        """Of three calls of the API one fails: by turns it never arrives, or its answer never comes back."""
        turns: list[Fate] = ["through", "through", "dropped", "through", "through", "lost"]
        self.fate = lambda n, path: turns[n % 6] if path.startswith("/api/") else "through"

    def decide(self, method: str, path: str) -> Fate:
        with self.lock:
            n = len(self.asked)
            fate = self.fate(n, path)
            if path.startswith("/api/v1/field/"):
                self.asked.append(f"{method} {path.removeprefix('/api/v1/field/')}")
                self.fates.append(fate)
            return fate

    def _handler(line) -> type[BaseHTTPRequestHandler]:  # noqa: N805
        upstream = urlsplit(line.upstream)

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def answer(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                fate = line.decide(self.command, self.path)
                if fate == "broken":
                    self.send_response(500)
                    self.send_header("Content-Length", "0")
                    self.end_headers()
                    return
                if fate != "dropped":
                    made = http.client.HTTPConnection(upstream.hostname or "", upstream.port, timeout=30)
                    made.request(self.command, self.path, body, dict(self.headers))
                    got = made.getresponse()
                    content = got.read()
                    made.close()
                if fate in ("dropped", "lost"):
                    self.close_connection = True
                    self.connection.close()
                    return
                self.send_response(got.status)
                for name, value in got.getheaders():
                    if name.lower() not in HOP_BY_HOP and name.lower() != "content-length":
                        self.send_header(name, value)
                if got.status != 304:
                    self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                if self.command != "HEAD":
                    self.wfile.write(content)

            do_GET = do_POST = do_PUT = do_HEAD = answer  # noqa: N815

            def log_message(self, *_given: Any) -> None:
                """Requests are no news."""

            def handle(self) -> None:
                try:
                    super().handle()
                except (ConnectionError, ValueError, OSError):
                    self.close_connection = True

        return Handler
