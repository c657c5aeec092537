"""The statistical forecast by command: `lianxin forecast ORDERS --until DAY --horizon 4 --out FILE`. Needs no installation."""

import tempfile
import time
from datetime import datetime
from pathlib import Path

import click
import pyarrow as pa
from django.utils.translation import gettext as _

from lianxin import engine
from lianxin.cli import forecasting_borrowed, forecasting_sums
from lianxin.cli.forecasting_input import read_orders
from lianxin.cli.methods import faults_beside, inputs, require_engine
from lianxin.core.forecasting import COLUMNS, strays
from lianxin.core.forecasting import forecast as forecast_of
from lianxin.foundation.errors import Refused
from lianxin.foundation.files import check_writable, write_table

FILE = click.Path(path_type=Path, dir_okay=False)


@click.command(
    help="Forecast what each retailer will order of each product, with its range.\n\n"
    "ORDERS is a CSV or Parquet file with order_date, retailer_id (or licence_no), product_id (or product_code) and "
    "ordered_units; wanted_units and cap_units are read where they are. The file of --out gets one row for each step of every "
    "series with an order in the 52 weeks up to --until: retailer_id, product_id, period_start, step, mean_units, q10_units, "
    "q50_units, q90_units. Nothing after --until is read.\n\n"
    "--sums-out writes the sums of mean_units: level, group_id, product_id (empty: all products together), period_start, step, "
    "n_series, mean_units, q10_units, q90_units (the range empty where too few such sums are known). Its levels are the company "
    "and the columns that the file of --sums has beside retailer_id, such as route, manager_id, unit_id. The sums of every level "
    "add up to those of the company.\n\n"
    "--products adds lines for products that nobody ordered up to --until: the file has product_id (or product_code), producer and "
    "price_class of every product; those of one producer, else price class, that began before lend their first periods. "
    "--retailers adds lines for retailers that ordered nothing up to --until: the file has retailer_id (or licence_no), trade_form "
    "and market_type of every retailer; those of one trade form, else market type, else all, that began before lend theirs. "
    "Either gives --out the columns borrowed_from, n_analogues and borrowed_kind, with ids as texts.\n\n"
    "Example: lianxin forecast orders.csv --until 2021-09-26 --horizon 4 --out forecast.parquet"
)
@click.argument("orders", type=FILE)
@click.option("--until", required=True, help="Last day of orders that is read, like 2021-09-26.")
@click.option("--horizon", default=4, show_default=True, type=click.IntRange(1, 104), help="Periods to forecast.")
@click.option("--period", default="week", show_default=True, type=click.Choice(["week", "month"]))
@click.option("--out", required=True, type=FILE, help="File to write: .parquet, .csv or .xlsx.")
@click.option("--sums", type=FILE, help="Which retailer belongs where: retailer_id and a column for each level.")
@click.option("--sums-out", type=FILE, help="File to write the sums into: .parquet, .csv or .xlsx.")
@click.option(
    "--products", type=FILE, help="Of which producer and price class products are; new ones get borrowed lines."
)
@click.option(
    "--retailers", type=FILE, help="Of which trade form and market type retailers are; new ones get borrowed lines."
)
@click.option("--engine", "engine_name", default="duckdb", type=click.Choice(["duckdb", "spark"]), show_default=True)
def forecast(
    orders: Path, until: str, horizon: int, period: str, out: Path, sums: Path | None, sums_out: Path | None,
    products: Path | None, retailers: Path | None, engine_name: str,
) -> None:  # fmt: skip
    try:
        last = datetime.strptime(until, "%Y-%m-%d").date()  # noqa: DTZ007 - a day has no zone
    except ValueError as error:
        raise Refused(_("“%(text)s” is not a day. Write it like 2021-09-26.") % {"text": until}) from error
    check_writable(out)
    if sums is not None and sums_out is None:
        raise Refused(_("Say with --sums-out where the sums are to be written."))
    if sums_out is not None:
        check_writable(sums_out)
        if sums_out.resolve() == out.resolve():
            raise Refused(_("--out and --sums-out name the same file. Give the sums a file of their own."))
    require_engine(engine_name)
    begun = time.monotonic()
    beside = faults_beside(out)
    with inputs(beside, _("Nothing was forecast. All faults are in %(file)s.")) as faults:
        rows = read_orders(orders, faults)
        places = forecasting_sums.read_levels(sums, faults) if sums is not None else None
        goods = forecasting_borrowed.read_products(products, faults) if products is not None else None
        shops = forecasting_borrowed.read_retailers(retailers, faults) if retailers is not None else None
    # The lines of a city outgrow what DuckDB may hold; it spills to a folder that goes with the run.
    with tempfile.TemporaryDirectory(prefix="lianxin-forecast-") as scratch:
        asked = engine.open(engine_name, memory_limit="4GB", scratch=Path(scratch))
        made = forecast_of(rows, until=last, horizon=horizon, period=period, engine=asked)
        series = made.num_rows // horizon
        lent = forecasting_borrowed.all_lent(
            rows, goods, shops, until=last, horizon=horizon, period=period, engine=asked
        )  # fmt: skip
        if lent:
            made = forecasting_borrowed.with_borrowed(made, lent)
        strayed = None
        if sums_out is not None:
            strayed = strays(
                forecasting_sums.with_names(rows), places, levels=forecasting_sums.levels_of(places), until=last,
                horizon=horizon, period=period, engine=asked,
            )  # fmt: skip
        asked.close()
    if not made.num_rows:
        raise Refused(
            _("No order lies in the 52 weeks up to %(day)s, so nothing can be forecast. Look at --until.")
            % {"day": last}
        )
    totals = None if strayed is None else forecasting_sums.sums_of(made, places, strayed)
    if totals is not None and lent:
        totals = forecasting_borrowed.without_ranges(totals, places, lent)
    write_table(out, forecasting_borrowed.BORROWED_COLUMNS if lent else COLUMNS, made)
    if sums_out is not None and totals is not None:
        write_table(sums_out, forecasting_sums.COLUMNS, totals)
    beside.unlink(missing_ok=True)
    click.echo(
        _("Forecast %(series)s series for %(steps)s periods in %(seconds)s s; written to %(file)s.")
        % {
            "series": f"{series:,}",
            "steps": horizon,
            "seconds": f"{time.monotonic() - begun:.1f}",
            "file": out,
        }
    )
    for one in lent:
        click.echo(one.words)
    if sums_out is not None:
        _tell_sums(made, places, sums_out)


def _tell_sums(made: pa.Table, places: pa.Table | None, sums_out: Path) -> None:
    click.echo(_("Sums written to %(file)s.") % {"file": sums_out})
    n = 0 if places is None else forecasting_sums.n_unplaced(made, places)
    if n:
        click.echo(
            _("The file of levels does not name %(n)s of the retailers; they count to the group without a name.")
            % {"n": f"{n:,}"}
        )


COMMANDS = [forecast]
