"""Running an installation: init, serve, worker, backup, restore, upgrade, check."""

import signal
import sys
import threading
from pathlib import Path
from typing import Any

import click
from django.conf import settings
from django.db import connection, transaction
from django.utils.translation import gettext as _
from rich.progress import BarColumn, Progress, TextColumn

from lianxin.cli import serving
from lianxin.foundation import actions, backups, clock, database_copies, jobs, laying_out, startup
from lianxin.foundation.errors import Refused
from lianxin.foundation.models import Company, User
from lianxin.foundation.states import Role
from lianxin.visits.actions import preparing


def require_ready() -> None:
    """Refuse to go on with a database that is not there or not of this version."""
    if not database_copies.is_in_use():
        raise Refused(_("Nothing is set up in %(home)s yet. Run: lianxin init") % {"home": settings.HOME})
    if database_copies.pending_migrations():
        raise Refused(_("The database is of an earlier version. Run: lianxin upgrade"))


def _say(lines: Any) -> None:
    for line in lines:
        click.echo(line)


@click.command(
    help="Make an installation ready: database, company, first administrator. Run again, it changes nothing that is there.\n\n"
    "Example: lianxin init --company linjiang --name 临江市烟草公司 --admin zhang"
)
@click.option("--company", "code", default="company", show_default=True, help="Code of the company.")
@click.option("--name", default="", help="Name of the company; its code by default.")
@click.option("--name-en", default="", help="Name of the company in English.")
@click.option("--time-zone", default="Asia/Shanghai", show_default=True)
@click.option("--currency", default="CNY", show_default=True)
@click.option("--admin", default="admin", show_default=True, help="Sign-in name of the first administrator.")
@click.option("--password-stdin", is_flag=True, help="Read the administrator's password from standard input.")
def init(code: str, name: str, name_en: str, time_zone: str, currency: str, admin: str, password_stdin: bool) -> None:
    password = sys.stdin.readline().rstrip("\r\n") if password_stdin else ""
    if password_stdin and not password:
        raise Refused(_("No password came on standard input."), field="password")
    Path(settings.HOME).mkdir(parents=True, exist_ok=True)
    laying_out.bring_up_to_date()
    at = clock.now()
    with transaction.atomic():
        company = Company.objects.filter(code=code).first()
        if company is None:
            company = actions.found_company(
                code=code, name=name, name_en=name_en, time_zone=time_zone, currency=currency, by=None, at=at
            )
            click.echo(_("Company %(code)s (%(name)s) was made.") % {"code": code, "name": company.name})
        else:
            click.echo(_("Company %(code)s is there already.") % {"code": code})
        preparing.install_presets(company=company, by=None, at=at, on=clock.today(company))
        if company.grants.filter(role=Role.ADMINISTRATOR, revoked_at=None).exists():
            click.echo(_("It has an administrator already."))
            return
        if User.objects.filter(username=admin).exists():
            raise Refused(_("The sign-in name %(name)s is taken. Give another with --admin.") % {"name": admin})
        user, shown = actions.open_account(
            company=company, username=admin, display_name="", by=None, at=at, password=password
        )
        actions.grant_role(
            user=user, role=Role.ADMINISTRATOR, company=company, by=None, at=at, reason="first administrator"
        )
    click.echo(_("Administrator: %(name)s") % {"name": admin})
    if shown:
        click.echo(_("One-time password, shown only now: %(password)s") % {"password": shown})
    click.echo(_("Next: lianxin serve"))


@click.command(
    help="Serve the web site and the API, with one job worker beside it. Stop it with Ctrl+C.\n\n"
    "Example: lianxin serve --port 8000"
)
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", default=8000, show_default=True, type=click.IntRange(1, 65535))
@click.option(
    "--workers", default=2, show_default=True, type=click.IntRange(1, 64), help="Processes that answer pages."
)
@click.option("--no-worker", is_flag=True, help="Do not start a job worker; run `lianxin worker` elsewhere.")
def serve(host: str, port: int, workers: int, no_worker: bool) -> None:
    require_ready()
    serving.require_front_end()
    serving.require_free(host, port)
    for company in Company.objects.order_by("code"):
        _say(startup.run(startup.ON_START, company))
    # The processes that answer open connections of their own.
    connection.close()
    serving.run(host=host, port=port, workers=workers, with_worker=not no_worker)


@click.command(
    help="Run queued jobs until stopped. Any number may run, on any machine that sees the same home.\n\nExample: lianxin worker"
)
@click.option("--once", is_flag=True, help="Run what is waiting, then end.")
@click.option("--until-parent-ends", is_flag=True, hidden=True)
def worker(once: bool, until_parent_ends: bool) -> None:
    require_ready()
    stop = threading.Event()
    for name in (signal.SIGINT, signal.SIGTERM):
        signal.signal(name, lambda number, frame: stop.set())
    if until_parent_ends:
        serving.stop_with_parent(stop)
    if not once:
        jobs.work(stop=stop)
        return
    n = 0
    while not stop.is_set() and (job := jobs.claim()) is not None:
        done = jobs.run(job)
        click.echo(f"{done.pk}  {done.title}  {done.get_state_display()}  {done.error}".rstrip())
        n += 1
    click.echo(_("%(n)d jobs were run.") % {"n": n})


class _Bar:
    """A bar in the terminal, drawn to stderr so that output can be piped."""

    def __enter__(self) -> Any:
        columns = (TextColumn("{task.description:40.40}"), BarColumn(), TextColumn("{task.percentage:3.0f} %"))
        self.bar = Progress(*columns, transient=True, disable=not sys.stderr.isatty(), console=serving.stderr())
        self.bar.start()
        self.task = self.bar.add_task("", total=1.0)
        return lambda share, text: self.bar.update(self.task, completed=share, description=text)

    def __exit__(self, *_error: object) -> None:
        self.bar.stop()


@click.command(
    help="Write a consistent copy of database, lake and files into one file, while people work on.\n\n"
    "Example: lianxin backup /backups/2026-01-31.tar"
)
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
def backup(file: Path) -> None:
    require_ready()
    with _Bar() as tell:
        manifest = backups.write(file.absolute(), at=clock.now(), tell=tell)
    size = file.stat().st_size / 1e6
    words = {"file": file, "n": len(manifest["files"]), "size": f"{size:,.1f}"}
    click.echo(_("%(file)s: %(n)d files, %(size)s MB, each with its SHA-256.") % words)


@click.command(
    help="Bring a backup into an empty LIANXIN_HOME. Everything is verified first; a damaged file changes nothing.\n\n"
    "Example: LIANXIN_HOME=/srv/lianxin lianxin restore /backups/2026-01-31.tar"
)
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
def restore(file: Path) -> None:
    with _Bar() as tell:
        manifest = backups.restore(file, tell=tell)
    words = {"n": len(manifest["files"]), "at": manifest["made_at"], "home": settings.HOME}
    click.echo(_("%(n)d files of the backup made at %(at)s are now in %(home)s.") % words)
    if database_copies.pending_migrations():
        click.echo(_("The backup is of an earlier version. Run: lianxin upgrade"))
        return
    for company in Company.objects.order_by("code"):
        _say(startup.run(startup.ON_START, company))
    click.echo(_("Next: lianxin check"))


@click.command(
    help="After installing a new version: back up, migrate the database, settle what was interrupted, rebuild what must be.\n\n"
    "Example: lianxin upgrade --backup /backups/before-upgrade.tar"
)
@click.option(
    "--backup", "file", type=click.Path(path_type=Path, dir_okay=False), help="Where the backup before it goes."
)
def upgrade(file: Path | None) -> None:
    if not database_copies.is_in_use():
        raise Refused(_("Nothing is set up in %(home)s yet. Run: lianxin init") % {"home": settings.HOME})
    if file is None:
        folder = Path(settings.HOME) / "backups"
        folder.mkdir(exist_ok=True)
        file = folder / f"before-upgrade-{clock.now():%Y%m%dT%H%M%S}.tar"
    backups.write(file.absolute(), at=clock.now())
    click.echo(_("Backed up to %(file)s.") % {"file": file})
    pending = database_copies.pending_migrations()
    laying_out.bring_up_to_date()
    for name in pending:
        click.echo(_("Migrated: %(name)s") % {"name": name})
    if not pending:
        click.echo(_("The database needed no migration."))
    for company in Company.objects.order_by("code"):
        _say(startup.run(startup.ON_START, company))
        _say(startup.run(startup.AFTER_UPGRADE, company))
    click.echo(_("Next: lianxin check"))


@click.command(
    help="Look whether everything is sound: migrations, front end, audit chain, and what each room checks. Changes nothing; "
    "exits 2 when something is found.\n\nExample: lianxin check"
)
@click.pass_context
def check(context: click.Context) -> None:
    found = 0
    if not database_copies.is_in_use():
        raise Refused(_("Nothing is set up in %(home)s yet. Run: lianxin init") % {"home": settings.HOME})

    def report(title: object, findings: list[startup.Finding]) -> None:
        nonlocal found
        found += len(findings)
        click.echo(f"{'✗' if findings else '✓'} {title}")
        for finding in findings:
            click.echo(f"    {finding.text}\n    → {finding.remedy}")

    pending = database_copies.pending_migrations()
    remedy = _("Run: lianxin upgrade")
    report(_("The database is of this version"), [startup.Finding(name, remedy) for name in pending])
    report(_("The front end is built"), list(serving.front_end_findings()))
    if not pending:
        for company in Company.objects.order_by("code"):
            for title, ask in startup.CHECKS.values():
                report(f"{company.code}: {title}", list(ask(company)))
    if found:
        click.echo(_("%(n)d things need attention.") % {"n": found}, err=True)
        context.exit(2)
    click.echo(_("Everything is sound."))


COMMANDS = [init, serve, worker, backup, restore, upgrade, check]
