"""Closing a month, and what came of it: close, indicators, scores, pay."""

import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

import click
from django.utils.translation import gettext as _
from rich.progress import BarColumn, Progress, TextColumn

from lianxin.appraisal import actions, computing, paying
from lianxin.appraisal.models import Closing
from lianxin.appraisal.queries import closings as closing_queries
from lianxin.appraisal.queries.schemes import core_of
from lianxin.cli import serving
from lianxin.cli.choices import Month, company_option
from lianxin.cli.operations import require_ready
from lianxin.core.paying.rule import PayRule
from lianxin.core.scoring.scheme import lines
from lianxin.core.units import Level
from lianxin.foundation import clock
from lianxin.foundation.errors import Refused
from lianxin.foundation.facts import the_engine, the_lake
from lianxin.foundation.files import check_writable, write_table
from lianxin.foundation.models import Company
from lianxin.market.actions import refresh_rollups

INDICATOR_COLUMNS: Final = ("entity", "indicator", "value", "numerator", "denominator", "n", "unit", "answer")
PAY_COLUMNS: Final = (
    "entity", "name", "unit", "score", "coefficient", "days", "month_days", "weight", "amount", "remainder_fen",
    "handling", "reason",
)  # fmt: skip
MONEY: Final = re.compile(r"\d{1,13}(\.\d{1,2})?")
MILLI: Final = Decimal(1000)

month_argument = click.argument("month", type=Month())
out_option = click.option(
    "--out",
    required=True,
    type=click.Path(path_type=Path, dir_okay=False),
    help="File to write; CSV, XLSX or Parquet by its ending.",
)


@contextmanager
def bar() -> Iterator[Any]:
    """A bar on stderr while a terminal looks on."""
    columns = (TextColumn("{task.description:40.40}"), BarColumn(), TextColumn("{task.percentage:3.0f} %"))
    with Progress(*columns, transient=True, disable=not sys.stderr.isatty(), console=serving.stderr()) as drawn:
        task = drawn.add_task("", total=1.0)
        yield lambda share, text: drawn.update(task, completed=share, description=text)


@click.command(
    help="Close a month: publish, pin, compute, score, record. Run again it changes nothing unless the evidence changed; then "
    "it makes a new version. A run that was killed goes on where it stood.\n\nExample: lianxin close 2021-12"
)
@month_argument
@click.option("--scheme", default=None, help="Code of the scheme to score by; the one in force by default.")
@click.option("--reason", default="", help="Why the month is closed again.")
@company_option
def close(month: date, scheme: str | None, reason: str, company: Company) -> None:
    require_ready()
    with bar() as tell:
        outcome = actions.close(
            company=company, month=month, scheme=scheme, by=None, at=clock.now(), reason=reason, progress=tell
        )
        # Pages read roll-ups: those of months whose territories or products changed since are made anew.
        refresh_rollups(company=company, by=None, at=clock.now(), tell=tell)
    closing = outcome.closing
    words = {"month": f"{closing.month:%Y-%m}", "number": closing.number}
    if not outcome.is_new:
        click.echo(_("%(month)s is already closed (version %(number)s), same result.") % words)
    else:
        click.echo(_("%(month)s is closed, version %(number)s.") % words)
        click.echo(_("Recorded: %(n)s indicator values.") % {"n": f"{closing.n_indicator_values:,}"})
    if closing.scheme_version is not None:
        click.echo(
            _("Scored: %(n)s people by %(scheme)s, in force from %(day)s.")
            % {"n": closing.n_scorecards, "scheme": closing.scheme_version, "day": closing.scheme_version.valid_from}
        )
    for note in outcome.notes:
        click.echo(note)
    changed = closing_queries.changed_evidence(closing) if outcome.is_new else []
    if changed:
        n_people = len({shift.person_id for shift in closing_queries.shifts(closing)})
        click.echo(
            _("Changed since version %(number)s: %(what)s; results of %(n)s people differ.")
            % {"number": closing.number - 1, "what": ", ".join(changed), "n": n_people}
        )
    evidence = ", ".join(f"{table} {version}" for table, version in sorted(closing.pinned.items()))
    click.echo(_("Evidence: %(evidence)s; formulas %(code)s.") % {"evidence": evidence, "code": closing.code_version})
    click.echo(_("Digest: %(digest)s") % {"digest": closing.digest})
    click.echo(_("Time: %(timings)s.") % {"timings": told_timings(closing)})


def told_timings(closing: Closing) -> str:
    """The seconds of each step of the run that made the closing."""
    titles = {
        "publishing": _("publishing"),
        "pinning": _("pinning"),
        "computing": _("computing"),
        "scoring": _("scoring"),
        "recording": _("recording"),
    }
    known = [(titles[name], closing.timings[name]) for name in titles if name in closing.timings]
    return ", ".join(f"{title} {seconds:.2f} s" for title, seconds in known)


@click.command(
    help="Write the indicators of a month: those of its closing, or computed from what is known now if it is not closed.\n\n"
    "Example: lianxin indicators 2021-12 --by manager --out managers.csv"
)
@month_argument
@click.option("--by", "level", required=True, type=click.Choice([level.value for level in Level]))
@out_option
@company_option
def indicators(month: date, level: str, out: Path, company: Company) -> None:
    require_ready()
    check_writable(out)
    lake = the_lake()
    closing = closing_queries.latest(company, month)
    if closing is not None:
        values = computing.recorded_values(closing, lake)
        source = _("of the closing, version %(number)s") % {"number": closing.number}
    else:
        computing.check_month(company, month, clock.now(), lake)
        values = computing.current_values(the_engine(), lake, company, month, (Level(level),))
        source = _("computed now; the month is not closed")
    n = write_table(out, INDICATOR_COLUMNS, computing.at_level(values, Level(level)))
    click.echo(_("%(n)s values written to %(file)s (%(source)s).") % {"n": f"{n:,}", "file": out, "source": source})


@click.command(
    help="Write the scorecards of a closed month: one row for each person, the points of every part in a column.\n\n"
    "Example: lianxin scores 2021-12 --out scores.xlsx"
)
@month_argument
@out_option
@company_option
def scores(month: date, out: Path, company: Company) -> None:
    require_ready()
    check_writable(out)
    closing = _scored(company, month)
    assert closing.scheme_version is not None
    parts = [part.code for _role, part in lines(core_of(closing.scheme_version))]
    columns = ["entity", "name", "unit", "scheme", "total", "answer", "scored_share", "band", "group_n", *parts]
    rows = []
    for card in closing.scorecards.select_related("person").prefetch_related("parts").order_by("person__employee_no"):
        points = {part.part: _points(part.points_milli) for part in card.parts.all()}
        about = [card.person.employee_no, card.person.name, card.unit, str(closing.scheme_version)]
        total = [_points(card.total_milli), card.answer, card.scored_share, card.band or None, card.group_n]
        rows.append([*about, *total, *(points[code] for code in parts)])
    n = write_table(out, columns, rows)
    click.echo(
        _("%(n)s scorecards by %(scheme)s written to %(file)s.")
        % {"n": n, "scheme": closing.scheme_version, "file": out}
    )


@click.command(
    help="Divide a pool by the scores of a closed month and write who would get what; the amounts sum to the pool. This is a "
    "calculation: pay is proposed and confirmed by two people on the pay page.\n\n"
    "Example: lianxin pay 2021-12 --pool 120000.00 --out pay.csv"
)
@month_argument
@click.option("--pool", required=True, help="The amount to divide, with at most two decimals.")
@out_option
@company_option
def pay(month: date, pool: str, out: Path, company: Company) -> None:
    require_ready()
    check_writable(out)
    pool_fen = fen_of(pool)
    closing = _scored(company, month)
    cards = {card.person.employee_no: card for card in closing.scorecards.select_related("person")}
    rows = []
    for row in paying.pay_lines(closing, pool_fen, PayRule(), the_engine(), the_lake()).to_pylist():
        card = cards[row["entity"]]
        amount = None if row["amount_fen"] is None else Decimal(row["amount_fen"]).scaleb(-2)
        rows.append(
            [
                row["entity"],
                card.person.name,
                card.unit,
                _points(row["score_milli"]),
                Decimal(row["coefficient_milli"]) / MILLI,
                row["days"],
                row["month_days"],
                row["weight"],
                amount,
                row["remainder_fen"],
                row["handling"],
                row["reason"],
            ]
        )
    n = write_table(out, PAY_COLUMNS, rows)
    total = sum((row[8] for row in rows if row[8] is not None), Decimal(0))
    click.echo(
        _("%(n)s lines written to %(file)s; they sum to %(total)s %(currency)s.")
        % {"n": n, "file": out, "total": f"{total:.2f}", "currency": company.currency}
    )
    click.echo(_("This is a calculation. Pay takes effect when one person proposes it and another confirms it."))


def fen_of(text: str) -> int:
    """The amount in hundredths.

    Raises
    ------
    Refused : not a positive amount with at most two decimals.
    """
    if not MONEY.fullmatch(text.strip()) or Decimal(text.strip()) <= 0:
        raise Refused(
            _("“%(text)s” is not an amount to divide. Give one above zero with at most two decimals, like 120000.00.")
            % {"text": text},
            field="pool",
        )
    return int(Decimal(text.strip()) * 100)


def _points(milli: int | None) -> float | None:
    return None if milli is None else milli / 1000


def _scored(company: Company, month: date) -> Closing:
    closing = closing_queries.required(company, month)
    if closing.scheme_version is None:
        raise Refused(
            _("%(month)s was closed without a scheme in force, so nothing was scored. Adopt one and close it again.")
            % {"month": f"{month:%Y-%m}"},
            field="month",
        )
    return closing


COMMANDS = (close, indicators, scores, pay)
