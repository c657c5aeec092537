"""Files in and out again: import, undo, batches; and accounts of imported persons."""

import getpass
import sys
import time
from collections.abc import Iterable
from pathlib import Path

import click
from django.utils.translation import gettext as _
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

from lianxin.cli.choices import company_option
from lianxin.cli.operations import require_ready
from lianxin.foundation import clock
from lianxin.foundation.errors import Refused
from lianxin.foundation.imports import kinds, running
from lianxin.foundation.models import Company, ImportBatch
from lianxin.people import actions as people_actions
from lianxin.people.models import Person

SHOWN = 20


def _owner() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return "command line"


class _Bar:
    """A progress bar with rate, on the terminal only."""

    def __init__(self, title: str) -> None:
        console = Console(stderr=True)
        self._progress = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            TaskProgressColumn(),
            TextColumn("{task.fields[counted]}"),
            TimeRemainingColumn(),
            console=console,
            disable=not console.is_terminal,
            transient=True,
        )
        self._task = self._progress.add_task(title, total=None, counted="")
        self._begun = time.monotonic()

    def __enter__(self) -> "_Bar":
        self._progress.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._progress.stop()

    def tell(self, done: int, total: int | None) -> None:
        seconds = max(time.monotonic() - self._begun, 1e-3)
        counted = _("%(n)s rows, %(rate)s/s") % {"n": f"{done:,}", "rate": f"{done / seconds:,.0f}"}
        self._progress.update(self._task, completed=done, total=total, counted=counted)


def _listed(names: Iterable[str]) -> str:
    *first, last = names
    return f"{', '.join(first)} or {last}"


@click.command(
    "import",
    help=f"Take a file in. KIND is {_listed(kind.name for kind in kinds.all_kinds())}. Rows that cannot be taken are "
    "written to FILE.refused.csv with their reasons; the others come in as one batch, which `lianxin undo` takes out again.\n\n"
    "Example: lianxin import orders 2021-12.csv --mapping linjiang --dry-run",
)
@click.argument("kind", metavar="KIND")
@click.argument("file", metavar="FILE", type=click.Path(path_type=Path))
@click.option(
    "--mapping",
    default="",
    metavar="NAME_OR_FILE",
    help="A shipped mapping (linjiang, iowa, iowa-portal), one that the company has stored, or a TOML file.",
)
@click.option("--dry-run", is_flag=True, help="Only tell what would happen; nothing is changed.")
@click.option(
    "--correction",
    is_flag=True,
    help="Rows that are known with other content are changed; the old stays in the journal.",
)
@company_option
def import_(kind: str, file: Path, mapping: str, dry_run: bool, correction: bool, company: Company) -> None:
    require_ready()
    begun = time.monotonic()
    with _Bar(file.name) as bar:
        result = running.run(
            company=company,
            kind=kind,
            path=file,
            by=None,
            at=clock.now(),
            mapping_name=mapping,
            is_trial=dry_run,
            is_correction=correction,
            owner_name=_owner(),
            tell=bar.tell,
        )
    seconds = time.monotonic() - begun
    _tell(result, seconds)
    if result.batch_id:
        _follow(result.batch_id)


def _tell(result: running.Result, seconds: float) -> None:
    for sentence in result.settled:
        click.echo(sentence)
    if result.is_trial:
        click.echo(
            _("Dry run of %(file)s (%(kind)s): nothing was changed.") % {"file": result.file_name, "kind": result.kind}
        )
    elif result.batch_id:
        click.echo(
            _("Imported %(file)s (%(kind)s) as batch %(batch)s.")
            % {"file": result.file_name, "kind": result.kind, "batch": result.batch_id}
        )
    else:
        click.echo(_("%(file)s (%(kind)s) adds nothing.") % {"file": result.file_name, "kind": result.kind})
    if result.earlier_batch_id:
        click.echo(_("The same file came before as batch %(batch)s.") % {"batch": result.earlier_batch_id})
    rate = result.n_read / seconds if seconds > 0 else 0
    for title, number in (
        (_("read"), result.n_read),
        (_("accepted"), result.n_accepted),
        (_("refused"), result.n_refused),
        (_("duplicate"), result.n_duplicate),
    ):
        click.echo(f"  {title}: {number}")
    click.echo(_("  %(seconds)s s, %(rate)s rows/s") % {"seconds": f"{seconds:.1f}", "rate": f"{rate:,.0f}"})
    if result.ignored:
        click.echo(_("Columns that nobody asked for: %(names)s.") % {"names": ", ".join(result.ignored)})
    for note in result.notes:
        click.echo(note)
    for row in result.refused[:SHOWN]:
        where = f", {row['column']}" if row["column"] else ""
        value = f" “{row['value']}”" if row["value"] else ""
        click.echo(_("  line %(line)s%(where)s%(value)s: %(reason)s") % {**row, "where": where, "value": value})
    if result.refused_file:
        click.echo(_("All refused rows with their reasons: %(file)s") % {"file": result.refused_file})


def _follow(batch_id: str) -> None:
    batch = ImportBatch.objects.select_related("company").get(pk=batch_id)
    kind = kinds.kind_of(batch.kind)
    if not isinstance(kind, kinds.LakeKind):
        return
    begun = time.monotonic()
    with _Bar(_("Roll-ups")) as bar:
        said = kind.follow_up(batch, bar.tell)
    for sentence in said:
        click.echo(f"{sentence} ({time.monotonic() - begun:.1f} s)")


@click.command(
    help="Take everything out that a batch brought in. Batches that build on it must be undone first.\n\n"
    "Example: lianxin undo 0193f2c4-7a10-7cc1-8a51-2f9d3b0c1e77"
)
@click.argument("batch", metavar="BATCH")
@company_option
def undo(batch: str, company: Company) -> None:
    require_ready()
    undone = running.undo(company=company, batch_id=batch, by=None, at=clock.now())
    click.echo(
        _("Undone: batch %(batch)s (%(kind)s, %(file)s, %(n)s rows).")
        % {"batch": undone.pk, "kind": undone.kind, "file": undone.file_name, "n": undone.n_accepted}
    )
    _follow(undone.pk)


@click.command(help="List the batches that came in, the newest first.\n\nExample: lianxin batches --limit 20")
@click.option("--limit", default=50, show_default=True, type=click.IntRange(min=1))
@company_option
def batches(limit: int, company: Company) -> None:
    require_ready()
    rows = ImportBatch.objects.filter(company=company).order_by("-created_at", "-pk")[:limit]
    if not rows:
        click.echo(_("No file has come in yet. Example: lianxin import people people.csv"))
    for batch in rows:
        click.echo(
            f"{batch.pk}  {batch.created_at:%Y-%m-%d %H:%M}  {batch.kind:<11} {batch.get_state_display():<9} "
            f"{batch.n_accepted:>10,} / {batch.n_read:,}  {batch.owner_name}  {batch.file_name}"
        )


@click.command(
    help="Open an account for an imported person, with the role of the post held today, or give it a new password. The person "
    "changes the password at the first sign-in.\n\nExample: lianxin account LJ0001 --generate"
)
@click.argument("employee_no", metavar="EMPLOYEE_NO")
@click.option("--generate", is_flag=True, help="Make a password and print it once.")
@click.option("--password-stdin", is_flag=True, help="Read the password from standard input.")
@click.option(
    "--on",
    "day",
    type=click.DateTime(["%Y-%m-%d"]),
    default=None,
    help="The day whose post gives the role; today by default.",
)
@company_option
def account(employee_no: str, generate: bool, password_stdin: bool, day: object, company: Company) -> None:
    require_ready()
    if generate == password_stdin:
        raise Refused(_("Give either --generate or --password-stdin."), field="password")
    password = sys.stdin.readline().rstrip("\r\n") if password_stdin else ""
    if password_stdin and not password:
        raise Refused(_("No password came on standard input."), field="password")
    person = Person.objects.select_related("company", "user").filter(company=company, employee_no=employee_no).first()
    if person is None:
        raise Refused(_("There is no employee with the number “%(no)s”.") % {"no": employee_no}, field="employee_no")
    on = day.date() if hasattr(day, "date") else clock.today(company)
    user, given = people_actions.open_account(person=person, by=None, at=clock.now(), on=on, password=password)
    click.echo(_("%(person)s signs in as %(name)s.") % {"person": person.name, "name": user.username})
    if generate:
        click.echo(_("One-time password: %(password)s") % {"password": given})


COMMANDS = [import_, undo, batches, account]
