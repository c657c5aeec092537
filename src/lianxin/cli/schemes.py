"""Schemes on the command line: list, show, presets, install, import, export, consult, adopt, trial."""

import json
from datetime import date
from pathlib import Path
from typing import Any

import click
from django.utils.translation import gettext as _

from lianxin.appraisal import actions
from lianxin.appraisal.presets import PRESETS
from lianxin.appraisal.queries import schemes as scheme_queries
from lianxin.appraisal.wording import said
from lianxin.cli.appraisal import bar
from lianxin.cli.choices import Day, Month, company_option
from lianxin.cli.operations import require_ready
from lianxin.core.scoring.explaining import explain
from lianxin.core.scoring.scheme import lines, missing_rule
from lianxin.core.scoring.words import points
from lianxin.foundation import clock
from lianxin.foundation.errors import Missing, Refused
from lianxin.foundation.models import Company, User

code_argument = click.argument("code")
version_option = click.option("--version", "number", type=int, default=None, help="The newest by default.")
by_option = click.option("--by", "username", required=True, help="Sign-in name of the person who does it.")


def user_named(company: Company, username: str) -> User:
    """The account of a company with that sign-in name."""
    found = User.objects.filter(company=company, username=username, is_active=True).first()
    if found is None:
        raise Missing(_("There is no account “%(name)s”.") % {"name": username}, field="by")
    return found


@click.group(help="Appraisal schemes.\n\nExample: lianxin scheme list")
def scheme() -> None:
    require_ready()


@scheme.command("list", help="List every version of every scheme.\n\nExample: lianxin scheme list")
@company_option
def list_(company: Company) -> None:
    rows = list(scheme_queries.versions(company))
    for version in rows:
        content = scheme_queries.core_of(version)
        held = f"{version.valid_from} – {version.valid_until or '…'}" if version.valid_from else ""
        click.echo(f"{version}  {said(content.title)}  {version.get_state_display()}  {held}".rstrip())
    if not rows:
        click.echo(_("There is no scheme yet. See: lianxin scheme presets"))


@scheme.command(help="Show the parts of a version, in words.\n\nExample: lianxin scheme show order_lines")
@code_argument
@version_option
@company_option
def show(code: str, number: int | None, company: Company) -> None:
    version = scheme_queries.version_of(company, code, number)
    content = scheme_queries.core_of(version)
    click.echo(f"{version}  {said(content.title)}  {version.get_state_display()}")
    for role, part in lines(content):
        told = explain(part, rule=missing_rule(content, part))
        click.echo(f"  {part.code}  {said(part.title)}  {points(part.points_milli)}  {role.value}")
        click.echo(f"    {said(told.formula)}")
        click.echo(f"    {said(told.missing)}")
    _forbidding, only_told = scheme_queries.faults_of(content)
    for fault in only_told:
        click.echo(said(fault.words))
    other = scheme_queries.compared_with(version)
    if other is not None:
        click.echo(_("Changes since %(other)s:") % {"other": other})
        for change in scheme_queries.changes(other, version):
            click.echo(f"  {said(change.words)}: {_short(change.before)} → {_short(change.after)}")


def _short(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)[:120]


@scheme.command(help="List the shipped examples.\n\nExample: lianxin scheme presets")
def presets() -> None:
    for name in sorted(PRESETS):
        content = PRESETS[name]()
        click.echo(f"{name}  {said(content.title)}  [{content.source.mark}] {content.source.words}")


@scheme.command(help="Make a draft from a shipped example.\n\nExample: lianxin scheme install order_lines --by liu")
@click.argument("preset")
@click.option("--code", default="", help="Code of the scheme; that of the example by default.")
@by_option
@company_option
def install(preset: str, code: str, username: str, company: Company) -> None:
    by = user_named(company, username)
    version = actions.install_preset(company=company, preset=preset, code=code, by=by, at=clock.now())
    click.echo(_("Draft %(version)s was made. Consult on it next.") % {"version": version})


@scheme.command("import", help="Make a draft from a file.\n\nExample: lianxin scheme import scheme.json --by liu")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@by_option
@company_option
def import_(file: Path, username: str, company: Company) -> None:
    try:
        content = json.loads(file.read_text("utf-8-sig"))
    except OSError as error:
        raise Refused(_("%(file)s cannot be read: %(error)s.") % {"file": file, "error": error.strerror}) from error
    except ValueError as error:
        raise Refused(_("%(file)s is not JSON: %(error)s.") % {"file": file, "error": error}) from error
    by = user_named(company, username)
    version = actions.draft(company=company, content=content, by=by, at=clock.now())
    click.echo(_("Draft %(version)s was made. Consult on it next.") % {"version": version})


@scheme.command(help="Write a version to a file.\n\nExample: lianxin scheme export order_lines --out scheme.json")
@code_argument
@version_option
@click.option("--out", required=True, type=click.Path(path_type=Path, dir_okay=False))
@company_option
def export(code: str, number: int | None, out: Path, company: Company) -> None:
    version = scheme_queries.version_of(company, code, number)
    if not out.parent.is_dir():
        raise Refused(_("There is no folder “%(folder)s”. Make it first.") % {"folder": str(out.parent)}, field="out")
    out.write_text(json.dumps(version.content, ensure_ascii=False, indent=2) + "\n", "utf-8")
    click.echo(_("%(version)s written to %(file)s.") % {"version": version, "file": out})


@scheme.command(
    help="Record the consultation on a draft.\n\nExample: lianxin scheme consult order_lines --on 2021-06-10 "
    "--who 职工代表大会 --text 同意 --by liu"
)
@code_argument
@version_option
@click.option("--on", required=True, type=Day(), help="Day of the consultation.")
@click.option("--who", required=True, help="Who was consulted.")
@click.option("--text", required=True, help="What was said and what became of it.")
@by_option
@company_option
def consult(code: str, number: int | None, on: date, who: str, text: str, username: str, company: Company) -> None:
    version = scheme_queries.version_of(company, code, number)
    by = user_named(company, username)
    version = actions.consult(version=version, on=on, who=who, text=text, by=by, at=clock.now())
    click.echo(_("The consultation on %(version)s is recorded. A leader may adopt it now.") % {"version": version})


@scheme.command(
    help="Put a version in force; by a leader who did not write at it.\n\n"
    "Example: lianxin scheme adopt order_lines --from 2021-07 --noticed-on 2021-06-20 --by zhao"
)
@code_argument
@version_option
@click.option("--from", "valid_from", required=True, type=Month(), help="First month it judges.")
@click.option("--noticed-on", required=True, type=Day(), help="Day on which the staff were told.")
@by_option
@company_option
def adopt(code: str, number: int | None, valid_from: date, noticed_on: date, username: str, company: Company) -> None:
    version = scheme_queries.version_of(company, code, number)
    by = user_named(company, username)
    version = actions.adopt(version=version, valid_from=valid_from, noticed_on=noticed_on, by=by, at=clock.now())
    click.echo(_("%(version)s is in force from %(day)s.") % {"version": version, "day": version.valid_from})


@scheme.command(
    help="Try a version on the last twelve months and say who would have gained or lost. Changes no result.\n\n"
    "Example: lianxin scheme trial order_lines"
)
@code_argument
@version_option
@company_option
def trial(code: str, number: int | None, company: Company) -> None:
    version = scheme_queries.version_of(company, code, number)
    with bar() as tell:
        made = actions.run_trial(version=version, by=None, at=clock.now(), progress=tell)
    click.echo(
        _("%(version)s on %(first)s … %(last)s:")
        % {"version": version, "first": f"{made.first_month:%Y-%m}", "last": f"{made.last_month:%Y-%m}"}
    )
    for row in made.by_person:
        change = "" if row["change_milli"] is None else f"{row['change_milli'] / 1000:+.3f}"
        counts = _("%(gains)s months more, %(loses)s less, %(compared)s compared") % {
            "gains": row["n_gains"],
            "loses": row["n_loses"],
            "compared": row["n_compared"],
        }
        click.echo(f"  {row['entity']}  {change}  {counts}")


COMMANDS = (scheme,)
