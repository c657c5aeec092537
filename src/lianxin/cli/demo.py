"""`lianxin demo`: a company from nothing to a served month. Every step may be repeated, so a killed demo goes on where it was."""

import json
import os
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any, Final

import click
from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

from lianxin.appraisal import actions as appraisal_actions
from lianxin.appraisal.queries import schemes as scheme_queries
from lianxin.cli import demo_agreements, demo_counts, demo_day, demo_rounds, demo_supply, operations, serving
from lianxin.foundation import actions, clock, laying_out, parameters
from lianxin.foundation.errors import Refused
from lianxin.foundation.imports import running
from lianxin.foundation.models import Company, User
from lianxin.foundation.states import Evidence, Role
from lianxin.market import actions as market_actions
from lianxin.people import actions as people_actions
from lianxin.people import queries as people_queries
from lianxin.people.models import Person
from lianxin.people.states import Post
from lianxin.simulation import iowa, iowa_scarce, linjiang
from lianxin.simulation.settings import LINJIANG, DemoSettings
from lianxin.visits.actions import preparing
from lianxin.voice import actions as voice_actions
from lianxin.voice import queries as voice_queries
from lianxin.voice.states import Standing

SHOWN: Final = (Post.CUSTOMER_MANAGER, Post.MARKET_MANAGER, Post.BRAND_MANAGER, Post.SUPERVISION_OFFICER, Post.LEADER)
ADMINISTRATOR: Final = "admin"


@dataclass(frozen=True)
class File:
    """One file to import: its kind, where it is, and the mapping that reads it."""

    kind: str
    path: Path
    mapping: str


class Steps:
    """Bars in the terminal, one a step; plain lines where there is no terminal."""

    def __init__(self) -> None:
        console = Console(stderr=True)
        columns = (
            TextColumn("{task.description:34.34}"),
            BarColumn(),
            TaskProgressColumn(),
            TextColumn("{task.fields[rate]}"),
        )
        self.bars = Progress(*columns, TimeRemainingColumn(), console=console, disable=not console.is_terminal)
        self.plain = not console.is_terminal

    def __enter__(self) -> "Steps":
        self.bars.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self.bars.stop()

    def step(self, title: str, work: Callable[[Callable[[float, str], None]], str]) -> None:
        """Do one step with a bar of its own; `work` returns the sentence that stays."""
        bar = self.bars.add_task(title, total=1.0, rate="")
        begun = time.monotonic()
        said = work(lambda share, rate: self.bars.update(bar, completed=share, rate=rate))
        self.bars.update(bar, completed=1.0, rate=said)
        if self.plain:
            click.echo(f"{title}: {said} ({time.monotonic() - begun:.1f} s)", err=True)


@click.command(
    help="Set up a demonstration company, import its files, close its last month and serve it.\n\n"
    "Example: lianxin demo\n\nExample: lianxin demo --data ../iowa   (real order lines, see docs/how-to/real-data.md)"
)
@click.option(
    "--data",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    help="Folder with the Iowa files; without it the company is fictional.",
)
@click.option(
    "--size",
    type=click.Choice(["small", "default", "large"]),
    default="default",
    show_default=True,
    help="Size of the fictional company.",
)
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", default=8000, show_default=True, type=click.IntRange(1, 65535))
@click.option("--workers", default=2, show_default=True, type=click.IntRange(1, 64))
@click.option("--no-serve", is_flag=True, help="Set everything up and stop.")
def demo(data: Path | None, size: str, host: str, port: int, workers: int, no_serve: bool) -> None:
    home = Path(settings.HOME)
    home.mkdir(parents=True, exist_ok=True)
    wanted = {"company": "iowa" if data else "linjiang", "size": "real" if data else size}
    marker = home / "demo.json"
    there: dict[str, Any] = json.loads(marker.read_text("utf-8")) if marker.exists() else {}
    if there and {key: there.get(key) for key in wanted} != wanted:
        raise Refused(
            _(
                "%(home)s holds another demonstration (%(there)s). Set LIANXIN_HOME to another folder, or delete this one."
            )
            % {"home": home, "there": f"{there.get('company')}, {there.get('size')}"}
        )
    serving.require_front_end()
    if not no_serve:
        serving.require_free(host, port)
    if not there.get("complete"):
        marker.write_text(json.dumps(wanted), "utf-8")
        laying_out.bring_up_to_date()
        with Steps() as steps:
            _build(steps, home, data, size)
        marker.write_text(json.dumps({**wanted, "complete": True}), "utf-8")
    elif not data:
        # Plans run out: whoever comes back after weeks finds today's work again.
        company = Company.objects.get(code=LINJIANG.code)
        with Steps() as steps:
            steps.step(_("Forecast rounds"), partial(_forecasts, company, LINJIANG))
            steps.step(_("Today's work"), partial(_today, company, LINJIANG))
    click.echo((home / "demo-accounts.txt").read_text("utf-8"))
    if not no_serve:
        context = click.get_current_context()
        context.invoke(operations.serve, host=host, port=port, workers=workers, no_worker=False)


def _build(steps: Steps, home: Path, data: Path | None, size: str) -> None:
    files: list[File] = []
    found: list[tuple[DemoSettings, Company]] = []

    def make(tell: Callable[[float, str], None]) -> str:
        told, made = _iowa(data, home) if data else _linjiang(home, size, tell)
        files.extend(made)
        found.append((told, _company(told)))
        return _("%(n)d files") % {"n": len(files)}

    steps.step(_("Files of the company"), make)
    told, company = found[0]
    for file in files:
        steps.step(_("Import of %(file)s") % {"file": file.path.name}, partial(_import, company, file))
    if not data:
        steps.step(_("Release of the satisfaction surveys"), lambda tell: _surveys(company))
    steps.step(_("Roll-ups for the pages"), lambda tell: _rollups(company, tell))
    steps.step(_("Accounts"), lambda tell: _accounts(company, home))
    steps.step(_("Scheme for the appraisal"), lambda tell: _scheme(company, told.scheme, told.scheme_from))
    months = _months(told.last_month, told.months_closed)
    if told.today is not None:
        title = _("Verification of %(month)s") % {"month": f"{told.last_month:%Y-%m}"}
        steps.step(title, partial(_verify, company, told, months[0]))
        unit_of = _first(company, Post.CUSTOMER_MANAGER)
        steps.step(_("Demand agreements"), lambda tell: demo_agreements.set_up(company, unit_of, months))
        steps.step(_("Counts and hints"), lambda tell: _counts(company, told))
        steps.step(_("Forecast rounds"), partial(_forecasts, company, told))
    for month in months:
        steps.step(
            _("Closing of %(month)s") % {"month": f"{month:%Y-%m}"},
            partial(_close, company, month),
        )
    _allocation(steps, company, home, data, size)
    if told.today is not None:
        steps.step(_("Today's work"), partial(_today, company, told))


def _allocation(steps: Steps, company: Company, home: Path, data: Path | None, size: str) -> None:
    """A round of scarce goods shared out: of rationed items of Iowa with made-up requests, or of the fictional company."""
    cast = _cast(company)
    if data:
        _week, made = iowa_scarce.write_round(data, home / "demo-round")
        files = [File(file.kind, file.path, file.mapping) for file in made]
        note, chosen, compared = iowa_scarce.NOTE, "level", "level-by-tier"
    else:
        written = linjiang.write_rounds(home / "demo-rounds" / "files", size=size)  # type: ignore[arg-type]
        files = [File(file.kind, file.path, "linjiang") for file in written]
        note, chosen, compared = "", "tight-by-tier", "level-by-tier"
    for file in files:
        steps.step(_("Import of %(file)s") % {"file": file.path.name}, partial(_import, company, file))
    share_out = partial(demo_supply.share_out, company, cast, chosen=chosen, compared=compared, invented_note=note)
    steps.step(_("Allocation of scarce goods"), lambda tell: share_out(tell=tell))
    steps.step(_("Change by hand"), lambda tell: demo_supply.change_by_hand(company, cast))
    if not data:
        steps.step(_("Test for favour"), lambda tell: demo_supply.test_imported(company, cast))


def _months(last: date, n: int) -> list[date]:
    numbers = [last.year * 12 + last.month - 1 - back for back in reversed(range(n))]
    return [date(number // 12, number % 12 + 1, 1) for number in numbers]


def _linjiang(home: Path, size: str, tell: Callable[[float, str], None]) -> tuple[DemoSettings, list[File]]:
    folder = home / "demo-files"
    if not (folder / "README.txt").exists():
        linjiang.write(folder, size=size, progress=lambda name, share: tell(share, name))  # type: ignore[arg-type]
    files = [File(file.kind, file.path, "linjiang") for file in linjiang.written(folder)]
    tell(0.97, _("field work"))
    fieldwork = linjiang.write_fieldwork(
        home / "demo-fieldwork" / "files",
        months=LINJIANG.months_of_fieldwork,
        size=size,  # type: ignore[arg-type]
    )
    surveys = linjiang.write_surveys(
        home / "demo-surveys" / "files",
        months=LINJIANG.months_of_surveys,
        months_of_fieldwork=LINJIANG.months_of_fieldwork,
        size=size,  # type: ignore[arg-type]
    )
    agreed = linjiang.write_supplier_agreements(
        home / "demo-suppliers",
        halves=LINJIANG.halves_agreed,
        months=_months(LINJIANG.last_month, LINJIANG.months_closed),
        size=size,  # type: ignore[arg-type]
    )
    return LINJIANG, [
        *files,
        File(agreed.kind, agreed.path, "linjiang"),
        *(File(file.kind, file.path, "") for file in fieldwork),
        *(File(file.kind, file.path, "linjiang") for file in surveys),
    ]


def _iowa(data: Path, home: Path) -> tuple[DemoSettings, list[File]]:
    made = iowa.write(data, home / "demo-files")
    return made.settings, [File(file.kind, file.path, file.mapping) for file in made.files]


def _company(told: DemoSettings) -> Company:
    at = clock.now()
    company = Company.objects.filter(code=told.code).first()
    if company is None:
        company = actions.found_company(code=told.code, name=told.name, by=None, at=at, **told.company)
    for name, value in told.parameters.items():
        if not company.parameters.filter(name=name).exists():
            parameters.set_value(
                company=company,
                name=name,
                value=value,
                valid_from=told.parameters_from,
                source=told.parameters_source,
                evidence=Evidence.INFERRED,
                by=None,
                at=at,
            )
    preparing.install_presets(company=company, by=None, at=at, on=told.parameters_from)
    for day, is_working, note in told.calendar:
        actions.set_calendar_day(company=company, day=day, is_working=is_working, note=note, by=None, at=at)
    return company


def _import(company: Company, file: File, tell: Callable[[float, str], None]) -> str:
    begun = time.monotonic()

    def told(done: int, total: int | None) -> None:
        rate = _("%(rate)s rows/s") % {"rate": f"{done / max(time.monotonic() - begun, 0.001):,.0f}"}
        tell(done / total if total else 0.0, rate)

    result = running.run(
        company=company, kind=file.kind, path=file.path, by=None, at=clock.now(), mapping_name=file.mapping, owner_name="demo",
        refused_to=Path(settings.HOME) / "demo-files" / f"{file.path.name}.refused.csv", tell=told,
    )  # fmt: skip
    said = _("%(accepted)s of %(read)s rows") % {"accepted": f"{result.n_accepted:,}", "read": f"{result.n_read:,}"}
    return said + (_(", %(refused)s refused") % {"refused": f"{result.n_refused:,}"} if result.n_refused else "")


def _surveys(company: Company) -> str:
    """Release those that no killed start released before."""
    at, on = clock.now(), clock.today(company)
    drafts = [one for one in voice_queries.surveys(company) if voice_queries.standing_of(one) == Standing.DRAFT]
    for survey in drafts:
        voice_actions.release(survey=survey, by=None, at=at, on=on)
    return ngettext("%(n)d survey", "%(n)d surveys", len(drafts)) % {"n": len(drafts)}


def _rollups(company: Company, tell: Callable[[float, str], None]) -> str:
    months = market_actions.refresh_rollups(company=company, by=None, at=clock.now(), tell=tell)
    return _("%(n)d months") % {"n": len(months)}


def _accounts(company: Company, home: Path) -> str:
    """Five people and an administrator sign in with one password, made here and readable only by whoever runs the demo."""
    path = home / "demo-accounts.txt"
    if path.exists():
        return _("kept")
    password = secrets.token_urlsafe(12)
    at = clock.now()
    lines = [_("Sign in with one of these names; the password of all is %(password)s") % {"password": password}]
    for post in SHOWN:
        person = _first(company, post)
        user, _shown = people_actions.open_account(
            person=person, by=None, at=at, on=clock.today(company), password=password
        )
        # The password was made a moment ago for this person alone: nothing is gained by changing it at once.
        user.must_change_password = False
        user.save(update_fields=["must_change_password"])
        lines.append(f"  {user.username:<12} {Post(post).label}: {person.name}")
    administrator = User.objects.filter(username=ADMINISTRATOR).first()
    if administrator is None:
        administrator, _shown = actions.open_account(
            company=company, username=ADMINISTRATOR, display_name=_("Administrator"), by=None, at=at, password=password
        )
        actions.grant_role(user=administrator, role=Role.ADMINISTRATOR, company=company, by=None, at=at, reason="demo")
    else:
        administrator.set_password(password)
        administrator.save(update_fields=["password"])
    lines.append(f"  {ADMINISTRATOR:<12} {Role.ADMINISTRATOR.label}")
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write("\n".join(lines) + "\n")
    return _("%(n)d accounts") % {"n": len(SHOWN) + 1}


def _first(company: Company, post: Post) -> Person:
    """Who holds a post today: for the customer manager, somebody of the market unit whose market manager is shown too."""
    postings = people_queries.postings_on(company, on=clock.today(company)).select_related("person", "unit")
    rows = postings.filter(post=post).order_by("unit__code", "person__employee_no")
    posting = rows.first()
    if posting is None:
        raise Refused(_("The files name nobody in the post “%(post)s”.") % {"post": post.label})
    return posting.person


def _cast(company: Company) -> demo_day.Cast:
    administrator = User.objects.get(username=ADMINISTRATOR)
    return demo_day.Cast({post: _first(company, post) for post in SHOWN}, administrator)


def _verify(company: Company, told: DemoSettings, rules_from: date, tell: Callable[[float, str], None]) -> str:
    assert told.today is not None
    return demo_day.verified(company, told.today, _cast(company), told.last_month, rules_from, tell)


def _forecasts(company: Company, told: DemoSettings, tell: Callable[[float, str], None]) -> str:
    return demo_rounds.set_up(company, _first(company, Post.CUSTOMER_MANAGER), told.last_month, tell)


def _counts(company: Company, told: DemoSettings) -> str:
    goods = demo_rounds.goods_of(company, told.last_month)
    says = _cast(company).user(Post.MARKET_MANAGER)
    return demo_counts.set_up(company, _first(company, Post.CUSTOMER_MANAGER), goods, told.last_month, says)


def _today(company: Company, told: DemoSettings, tell: Callable[[float, str], None]) -> str:
    assert told.today is not None
    return demo_day.set_up(company, told.today, _cast(company), tell)


def _scheme(company: Company, preset: str, valid_from: date) -> str:
    if scheme_queries.in_force(company, valid_from, None) is not None:
        return _("in force already")
    at = clock.now()
    leader = _first(company, Post.LEADER).user
    assert leader is not None
    version = appraisal_actions.install_preset(company=company, preset=preset, by=None, at=at)
    appraisal_actions.consult(
        version=version,
        on=valid_from,
        who=_("Demonstration: nobody was asked, everybody here is invented."),
        text=_("Demonstration: in a real company the staff meeting's words stand here."),
        by=None,
        at=at,
    )
    appraisal_actions.adopt(version=version, valid_from=valid_from, noticed_on=valid_from, by=leader, at=at)
    return str(version)


def _close(company: Company, month: date, tell: Callable[[float, str], None]) -> str:
    outcome = appraisal_actions.close(company=company, month=month, by=None, at=clock.now(), progress=tell)
    return outcome.closing.digest[:12]


COMMANDS = [demo]
