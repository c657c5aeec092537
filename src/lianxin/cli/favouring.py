"""Tests for favour by command: `lianxin favour ALLOCATION --out DIR`. Needs no installation."""

import time
from pathlib import Path
from typing import Any

import click
import pyarrow as pa
import pyarrow.compute as pc
from django.utils.translation import gettext as _

from lianxin import engine
from lianxin.cli.methods import faults_beside, inputs, require_engine, require_folder, write_folder
from lianxin.cli.sheets import Faults, Sheet, open_sheet
from lianxin.core.allocating.favour import ALLOCATIONS, NEED, REQUEST, VALUE, Favour
from lianxin.core.allocating.favour import favour as tested
from lianxin.foundation.errors import Refused

TABLES = ("managers", "within", "beneficiaries", "rows")
_MOST = 10**9


@click.command(
    help="Tell whether an allocation favoured any manager's retailers, or the same few retailers of a manager again and again. "
    "What it finds is a question to be looked into, never a verdict.\n\n"
    "ALLOCATION is a CSV or Parquet file with one row per week, product_id and retailer_id: manager_id, wanted_units, "
    "share_units, and where known tier, cap_units, rule_units, trade_form, market_type. Hand in the weeks to be judged, and types "
    "only where the policy tells them apart. Into the folder of --out it writes managers.parquet, within.parquet, "
    "beneficiaries.parquet and rows.parquet.\n\n"
    "Example: lianxin favour allocation.csv --out favour"
)
@click.argument("allocation", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--out", required=True, type=click.Path(path_type=Path, file_okay=False), help="Folder to write into.")
@click.option(
    "--level",
    type=click.FloatRange(0.0001, 0.5),
    help="Most reports in which anyone may be asked about without favour; default 0.05.",
)
@click.option(
    "--alike",
    default=NEED,
    type=click.Choice([NEED, REQUEST]),
    show_default=True,
    help="Without a rule: equals have the same smaller of request and cap, or the same request and the same cap.",
)
@click.option("--seed", default=1, type=click.IntRange(0), show_default=True, help="Seed of the random exchanges.")
@click.option("--engine", "engine_name", default="duckdb", type=click.Choice(["duckdb", "spark"]), show_default=True)
def favour(allocation: Path, out: Path, level: float | None, alike: str, seed: int, engine_name: str) -> None:
    require_folder(out)
    require_engine(engine_name)
    begun = time.monotonic()
    beside = faults_beside(out)
    with inputs(beside, _("Nothing was tested. All faults are in %(file)s.")) as faults:
        table = read_allocation(allocation, faults)
    parameters = {} if level is None else {"favour.level": level}
    made = tested(table, engine=engine.open(engine_name), seed=seed, parameters=parameters, alike=alike)
    write_folder(out, {name: getattr(made, name) for name in TABLES})
    beside.unlink(missing_ok=True)
    _tell(made, out, time.monotonic() - begun)


def read_allocation(path: Path, faults: Faults) -> pa.Table:
    """The rows of the file; every fault is told with its place."""
    sheet = open_sheet(path, ALLOCATIONS, faults)
    if not sheet.table.num_rows:
        raise Refused(_("“%(file)s” has a head but no rows.") % {"file": path.name})
    week = sheet.days("week")
    missing = pc.is_null(week).to_numpy(zero_copy_only=False) & ~_told(sheet, "week")
    sheet.fault("week", missing, _("The cell is empty. Fill it, or leave the row out."))
    known: dict[str, Any] = {
        "week": week,
        "product_id": sheet.texts("product_id", needed=True),
        "retailer_id": sheet.texts("retailer_id", needed=True),
        "manager_id": _optional(sheet, "manager_id"),
        "tier": sheet.numbers("tier", 1, 30, whole=True),
        "wanted_units": sheet.numbers("wanted_units", 0, _MOST, whole=True),
        "cap_units": sheet.numbers("cap_units", 0, _MOST, whole=True),
        "share_units": sheet.numbers("share_units", 0, _MOST, whole=True, needed=True),
        "rule_units": sheet.numbers("rule_units", 0, _MOST, whole=True),
        "trade_form": _optional(sheet, "trade_form"),
        "market_type": _optional(sheet, "market_type"),
    }
    _once(sheet, known)
    return pa.table(known)


def _told(sheet: Sheet, column: str) -> Any:
    """Whether the cell holds anything."""
    return pc.not_equal(pc.fill_null(sheet.texts(column, needed=False), ""), "").to_numpy(zero_copy_only=False)


def _optional(sheet: Sheet, column: str) -> pa.ChunkedArray:
    """Texts; an empty cell is unknown."""
    texts = sheet.texts(column, needed=False)
    return pc.if_else(pc.equal(pc.fill_null(texts, ""), ""), pa.scalar(None, pa.string()), texts)


def _once(sheet: Sheet, known: dict[str, Any]) -> None:
    """A retailer has one row of a product in a week."""
    keys = pa.table({name: known[name] for name in ("week", "product_id", "retailer_id")})
    keys = keys.append_column("row", pa.array(range(keys.num_rows)))
    first = keys.group_by(["week", "product_id", "retailer_id"]).aggregate([("row", "min")])
    at = pc.is_in(keys.column("row"), value_set=first.column("row_min")).to_numpy(zero_copy_only=False)
    sheet.fault("retailer_id", ~at, _("The retailer has another row of this product and week. Leave one of them out."))


def _tell(made: Favour, out: Path, seconds: float) -> None:
    click.echo(
        _("Tested %(rows)s rows of %(managers)s customer managers in %(seconds)s s; written to %(folder)s.")
        % {
            "rows": f"{made.rows.num_rows:,}",
            "managers": f"{made.managers.num_rows:,}",
            "seconds": f"{seconds:.1f}",
            "folder": out,
        }
    )
    for line in made.managers.filter(made.managers.column("suspected")).to_pylist():
        click.echo(
            _("To be looked into: retailers of %(manager)s got %(units)s units more than their equals (q %(q)s).")
            % {"manager": line["manager_id"], "units": f"{line['effect_units']:,.0f}", "q": f"{line['q_value']:.4f}"}
        )
    for line in made.within.filter(made.within.column("suspected")).to_pylist():
        click.echo(
            _(
                "To be looked into: the same %(n)s retailers of %(manager)s got %(units)s units more, week after week (q %(q)s)."
            )
            % {
                "n": line["n_told"],
                "manager": line["manager_id"],
                "units": f"{line['effect_units']:,.0f}",
                "q": f"{line['q_value']:.4f}",
            }
        )
    answered = pc.or_(pc.equal(made.managers.column("answer"), VALUE), pc.equal(made.within.column("answer"), VALUE))
    silent = made.managers.num_rows - (pc.sum(answered).as_py() or 0)
    if silent:
        click.echo(_("%(n)s customer managers have too few rows, weeks or equals to tell.") % {"n": silent})
    left_out = pc.sum(pc.equal(made.rows.column("compared_with"), "nobody")).as_py()
    if left_out:
        click.echo(_("%(n)s rows have neither a rule nor an equal; they count nowhere.") % {"n": f"{left_out:,}"})


COMMANDS = [favour]
