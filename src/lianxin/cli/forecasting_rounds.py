"""Forecast rounds by command: `lianxin forecast-round open|close|judge`."""

from datetime import date, datetime

import click
from django.utils.translation import gettext as _

from lianxin.cli.choices import Day, company_option
from lianxin.cli.operations import require_ready
from lianxin.demand.actions import closing, judging, opening
from lianxin.demand.queries import choosing
from lianxin.demand.queries.without import without_lines
from lianxin.demand.screens.words import without_words
from lianxin.demand.states import Period
from lianxin.foundation import clock
from lianxin.foundation.errors import Refused
from lianxin.foundation.models import Company

OPEN_HELP = (
    "Open a round and make its system's forecast. A round of a past period takes numbers from a file only: open it, "
    "import the file (kind forecasts), then close it.\n\nExample: lianxin forecast-round open --first 2022-01-01 "
    "--products LJ001,LJ002 --deadline 2021-12-28T18:00"
)


@click.group(
    "forecast-round", help="Open, close and judge rounds of forecasts.\n\nExample: lianxin forecast-round close"
)
def forecast_round() -> None:
    require_ready()


@forecast_round.command("open", help=OPEN_HELP)
@click.option("--first", type=Day(), required=True, help="First of a month, or a Monday with --period week.")
@click.option("--period", type=click.Choice(Period.values), default=Period.MONTH.value, show_default=True)
@click.option("--horizon", type=int, default=1, show_default=True, help="Periods forecast.")
@click.option("--products", required=True, help="Product codes, separated by commas.")
@click.option("--deadline", required=True, help="Day and time by the company's clock, such as 2021-12-28T18:00.")
@click.option("--past", is_flag=True, help="Of a past period, for forecasts of an earlier system.")
@company_option
def open_(
    first: date, period: str, horizon: int, products: str, deadline: str, past: bool, company: Company
) -> None:  # fmt: skip
    try:
        told = datetime.fromisoformat(deadline)
    except ValueError as error:
        raise Refused(_("This is not a time. Write it as 2021-12-31T08:40:00+08:00."), field="deadline") from error
    made = opening.open_round(
        company=company,
        period=Period(period),
        first_period=first,
        horizon=horizon,
        product_ids=choosing.products_with_codes(company, [one.strip() for one in products.split(",") if one.strip()]),
        deadline_at=told if told.tzinfo else told.replace(tzinfo=company.zone),
        by=None,
        at=clock.now(),
        on=clock.today(company),
        is_imported=past,
    )
    ready = opening.prepare(round=made, at=clock.now(), on=clock.today(company))
    click.echo(_("Round %(round)s is open with %(n)d sheets.") % {"round": ready, "n": ready.sheets.count()})
    for one in without_lines(ready):
        what = {"product": f"{one.product_code} {one.product}", "why": without_words(one)}
        click.echo(_("No lines for %(product)s: %(why)s") % what, err=True)


@forecast_round.command(
    "close",
    help="Close every round whose deadline has passed; for every night.\n\nExample: lianxin forecast-round close",
)
@company_option
def close(company: Company) -> None:
    closed = closing.close_due(company=company, at=clock.now())
    click.echo(_("Closed: %(rounds)s") % {"rounds": ", ".join(map(str, closed)) or _("none")})


@forecast_round.command("judge", help="Hold closed rounds against what came.\n\nExample: lianxin forecast-round judge")
@company_option
def judge(company: Company) -> None:
    made = judging.judge(company=company, by=None, at=clock.now(), on=clock.today(company))
    told = {"number": made.number, "rounds": made.n_rounds, "digest": made.digest[:12]}
    click.echo(_("Judging %(number)d: %(rounds)d rounds, digest %(digest)s") % told)


COMMANDS = [forecast_round]
