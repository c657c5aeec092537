"""Market analysis by command: `lianxin rollups refresh`, `lianxin analysis`."""

from datetime import date
from pathlib import Path

import click
from django.utils.translation import gettext as _

from lianxin.cli.appraisal import bar
from lianxin.cli.choices import Month, company_option
from lianxin.cli.operations import require_ready
from lianxin.foundation import clock
from lianxin.foundation.files import check_writable, write_table
from lianxin.foundation.models import Company
from lianxin.market.actions import refresh_rollups
from lianxin.market.queries import overviews


@click.group(
    help="Monthly and weekly sums that pages read instead of the order lines.\n\nExample: lianxin rollups refresh"
)
def rollups() -> None:
    pass


@rollups.command(
    help="Make the sums of those months anew whose order lines or master data changed.\n\n"
    "Example: lianxin rollups refresh --month 2021-12"
)
@click.option(
    "--month", "months", type=Month(), multiple=True, help="Make this month anew in any case; may be repeated."
)
@company_option
def refresh(months: tuple[date, ...], company: Company) -> None:
    require_ready()
    with bar() as tell:
        made = refresh_rollups(company=company, by=None, at=clock.now(), months=months or None, tell=tell)
    if made:
        click.echo(
            _("Made the sums of %(n)s months: %(first)s to %(last)s.")
            % {"n": len(made), "first": f"{made[0]:%Y-%m}", "last": f"{made[-1]:%Y-%m}"}
        )
    else:
        click.echo(_("All sums are as new as the order lines and the master data."))


@click.command(
    help="Write the figures of the market analysis: one row for each figure of each unit, manager, retailer or product.\n\n"
    "Example: lianxin analysis 2021-12 --by manager --out managers.xlsx"
)
@click.argument("month", type=Month())
@click.option("--by", "level", required=True, type=click.Choice(overviews.LEVELS))
@click.option("--from", "first", type=Month(), default=None, help="First month of the period; the same by default.")
@click.option(
    "--out",
    required=True,
    type=click.Path(path_type=Path, dir_okay=False),
    help="File to write; CSV, XLSX or Parquet by its ending.",
)
@company_option
def analysis(month: date, level: str, first: date | None, out: Path, company: Company) -> None:
    require_ready()
    check_writable(out)
    rows = overviews.overview(company, first=first or month, last=month, by=level)
    n = write_table(out, overviews.COLUMNS, rows)
    click.echo(_("%(n)s figures written to %(file)s.") % {"n": f"{n:,}", "file": out})


COMMANDS = [rollups, analysis]
