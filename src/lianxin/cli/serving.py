"""The processes behind `lianxin serve`: granian for pages and API, one job worker beside it, restarted when it dies."""

import multiprocessing
import os
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import click
from django.conf import settings
from django.utils.translation import gettext as _
from granian.constants import Interfaces
from granian.log import LogLevels
from granian.server import Server
from rich.console import Console

from lianxin.foundation import startup
from lianxin.foundation.errors import Refused

WORKER = "from lianxin.cli import main; main(['worker', '--until-parent-ends'])"


def stderr() -> Console:
    """Where progress is drawn."""
    return Console(stderr=True)


def front_end_findings() -> Iterator[startup.Finding]:
    """Says when the pages have no scripts and styles because the front end was never built."""
    manifest = Path(str(settings.DJANGO_VITE["default"]["manifest_path"]))
    if not manifest.exists():
        yield startup.Finding(
            _("The front end is not built: %(file)s is missing.") % {"file": manifest}, _("Run: make setup")
        )


def require_front_end() -> None:
    for finding in front_end_findings():
        raise Refused(f"{finding.text} {finding.remedy}")


def require_free(host: str, port: int) -> None:
    """Refuse before anything is started when the address cannot be listened on."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as fault:
            raise Refused(
                _("Cannot listen on %(host)s:%(port)d (%(fault)s). Stop the other program or choose another --port.")
                % {"host": host, "port": port, "fault": fault.strerror or fault},
                field="port",
            ) from fault


def stop_with_parent(stop: threading.Event) -> None:
    """Set `stop` when the process that started this one is gone, even by kill -9, which nobody can catch."""
    parent = os.getppid()

    def watch() -> None:
        while not stop.wait(1):
            if os.getppid() != parent:
                stop.set()

    threading.Thread(target=watch, daemon=True).start()


class JobWorker:
    """The job worker as a process of its own, so that a closing never slows a page's interpreter down."""

    def __init__(self) -> None:
        self.stopping = threading.Event()
        self.thread = threading.Thread(target=self._watch, daemon=True)

    def start(self) -> None:
        self.thread.start()

    def stop(self) -> None:
        self.stopping.set()
        self.thread.join(timeout=20)

    def _watch(self) -> None:
        while not self.stopping.is_set():
            child = subprocess.Popen([sys.executable, "-c", WORKER], start_new_session=True)  # noqa: S603
            while child.poll() is None and not self.stopping.wait(0.5):
                pass
            if child.poll() is None:
                child.terminate()
                try:
                    child.wait(timeout=15)
                except subprocess.TimeoutExpired:
                    # Its job is taken up again by the next worker; jobs are restartable.
                    child.kill()
            elif not self.stopping.wait(2):
                click.echo(_("The job worker ended and is started again."), err=True)


def run(*, host: str, port: int, workers: int, with_worker: bool) -> None:
    """Serve until a signal comes."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "lianxin.config.settings")
    if host not in settings.ALLOWED_HOSTS and "*" not in settings.ALLOWED_HOSTS:
        click.echo(
            _("Pages answer only to the names in LIANXIN_HOSTS (%(hosts)s). Add the name people will type.")
            % {"hosts": ", ".join(settings.ALLOWED_HOSTS)},
            err=True,
        )
    shown = f"[{host}]" if ":" in host else host
    click.echo(_("Lianxin answers at http://%(host)s:%(port)d/ - stop it with Ctrl+C.") % {"host": shown, "port": port})
    # The lake's runtime does not survive a fork, and the start-up hooks have used it in this process already.
    multiprocessing.set_start_method("spawn", force=True)
    worker = JobWorker()
    if with_worker:
        worker.start()
    try:
        Server(
            "lianxin.config.wsgi:application",
            address=host,
            port=port,
            interface=Interfaces.WSGI,
            workers=workers,
            websockets=False,
            blocking_threads=max(2, min(8, 2 * (os.cpu_count() or 1))),
            backlog=512,
            log_level=LogLevels.warning,
            respawn_failed_workers=True,
        ).serve()
    finally:
        worker.stop()
