"""Verification by command: `lianxin verify VISITS RETAILERS --out DIR`. Needs no installation."""

import time
from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from pathlib import Path
from zoneinfo import ZoneInfo

import click
import pyarrow as pa
import pyarrow.compute as pc
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from lianxin import engine
from lianxin.cli.methods import faults_beside, inputs, refuse, require_engine, require_folder, write_folder
from lianxin.cli.parameter_files import read_parameters
from lianxin.cli.sheets import Faults
from lianxin.cli.verifying_input import id_types, read_checks, read_retailers, read_visits, read_witnesses
from lianxin.core.verifying import Verified, calibrated
from lianxin.core.verifying import verify as verified
from lianxin.foundation.errors import Refused
from lianxin.foundation.files import write_table

FILE = click.Path(path_type=Path, dir_okay=False)
NOTHING = gettext_noop("Nothing was verified. All faults are in %(file)s.")
PREFIX = "verifying."


@click.command(
    help="Tell which visits look hollow, which notes look copied, and what each manager's months say. Nothing it writes is "
    "proof: it opens questions.\n\n"
    "VISITS and RETAILERS are CSV or Parquet files. Into the folder of --out it writes visits.parquet (a risk and the answer of "
    "every rule for each visit), managers.parquet (indicators of each manager and month) and copies.parquet (which note repeats "
    "which).\n\n"
    "Example: lianxin verify visits.csv retailers.csv --checks checks.csv --out verified"
)
@click.argument("visits", type=FILE)
@click.argument("retailers", type=FILE)
@click.option("--witnesses", type=FILE, help="What deliveries, the order desk and inspectors saw or were told.")
@click.option(
    "--checks", type=FILE, help="Walk-arounds, spot checks and calls, with the chance by which each was drawn."
)
@click.option(
    "--time-zone", default="Asia/Shanghai", show_default=True, help="Zone of days and of times without a zone."
)
@click.option(
    "--parameters",
    "parameter_file",
    type=FILE,
    help="Numbers that are not the defaults, as TOML or JSON: copy_similarity = 0.82. A list in_force of tables, each with its day "
    "from, dates them; the one counts that holds when the newest month of the visits begins.",
)
@click.option("--out", required=True, type=click.Path(path_type=Path, file_okay=False), help="Folder to write into.")
@click.option("--engine", "engine_name", default="duckdb", type=click.Choice(["duckdb", "spark"]), show_default=True)
def verify(
    visits: Path,
    retailers: Path,
    witnesses: Path | None,
    checks: Path | None,
    time_zone: str,
    parameter_file: Path | None,
    out: Path,
    engine_name: str,
) -> None:
    _check_zone(time_zone)
    require_folder(out)
    require_engine(engine_name)
    begun = time.monotonic()
    beside = faults_beside(out)
    with inputs(beside, _(NOTHING)) as faults:
        tables = _read(visits, retailers, witnesses, checks, time_zone, faults)
    numbers = {} if parameter_file is None else read_parameters(parameter_file, PREFIX, on=_newest(tables, time_zone))
    made = verified(
        tables["visits"],
        tables["retailers"],
        tables["witnesses"],
        tables["checks"],
        engine=engine.open(engine_name),
        parameters=numbers,
        time_zone=time_zone,
    )
    told = _as_they_came(made, id_types(visits))
    write_folder(out, {"visits": told.visits, "managers": told.managers, "copies": told.copies})
    beside.unlink(missing_ok=True)
    _tell(made, tables, out, time.monotonic() - begun)


def _read(
    visits: Path, retailers: Path, witnesses: Path | None, checks: Path | None, time_zone: str, faults: Faults
) -> dict[str, pa.Table | None]:
    return {
        "visits": read_visits(visits, time_zone, faults),
        "retailers": read_retailers(retailers, faults),
        "witnesses": None if witnesses is None else read_witnesses(witnesses, time_zone, faults),
        "checks": None if checks is None else read_checks(checks, faults),
    }


def _newest(tables: Mapping[str, pa.Table | None], time_zone: str) -> date:
    """The first day of the newest month of the visits, by the clocks of the zone."""
    visits = tables["visits"]
    assert visits is not None
    newest = pc.max(visits.column("check_in_at").cast(pa.timestamp("us", tz=time_zone))).as_py()
    return date(newest.year, newest.month, 1)


def _check_zone(name: str) -> None:
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError) as error:
        raise Refused(_("“%(name)s” is no time zone. Write it like Asia/Shanghai.") % {"name": name}) from error


def _as_they_came(made: Verified, types: Mapping[str, pa.DataType]) -> Verified:
    """The result with ids as numbers where the visits hold numbers, so that files join on them; sorted by them again."""
    for name, ids in (
        ("visits", {"visit_id": "visit_id"}),
        ("managers", {"manager_id": "manager_id"}),
        ("copies", {"visit_id": "visit_id", "source_visit_id": "visit_id"}),
    ):
        table: pa.Table = getattr(made, name)
        for column, kind in ids.items():
            if kind in types:
                at = table.column_names.index(column)
                table = table.set_column(at, column, table.column(column).cast(types[kind]))
        first = next(iter(ids))
        if ids[first] in types:
            table = table.take(pc.sort_indices(table, [(first, "ascending")]))
        made = replace(made, **{name: table})
    return made


def _tell(made: Verified, tables: dict[str, pa.Table | None], out: Path, seconds: float) -> None:
    suspected = made.managers.filter(made.managers.column("suspected"))
    months = {(row["manager_id"], row["month"]) for row in suspected.select(["manager_id", "month"]).to_pylist()}
    click.echo(
        _("Verified %(visits)s visits in %(seconds)s s; written to %(folder)s.")
        % {"visits": f"{made.visits.num_rows:,}", "seconds": f"{seconds:.1f}", "folder": out}
    )
    click.echo(
        _("%(months)s manager-months are to be asked about; %(copies)s notes repeat an earlier one.")
        % {"months": f"{len(months):,}", "copies": f"{made.copies.num_rows:,}"}
    )
    checks = tables["checks"]
    if checks is not None:
        known = set(made.visits.column("visit_id").to_pylist())
        strange = sum(name not in known for name in checks.column("visit_id").to_pylist())
        if strange:
            click.echo(
                _("%(n)s checks are of visits that are not in the file; they were left out.") % {"n": f"{strange:,}"}
            )


@click.command(
    "calibrate-copies",
    help="Tell from notes known to be clean above which similarity notes may count as copied, so that no more than a stated share "
    "of honest notes is marked (with 95 % confidence).\n\n"
    "VISITS is a file as for `lianxin verify`. The line belongs into the rule set, as verifying.copy_similarity.\n\n"
    "Example: lianxin calibrate-copies clean.csv --false-share 0.001 --out lines.csv",
)
@click.argument("visits", type=FILE)
@click.option(
    "--false-share", default=0.001, show_default=True, type=click.FloatRange(0, 1, min_open=True, max_open=True)
)
@click.option(
    "--time-zone", default="Asia/Shanghai", show_default=True, help="Zone of days and of times without a zone."
)
@click.option("--out", type=FILE, help="Every line with the share marked: CSV, XLSX or Parquet by its ending.")
def calibrate_copies(visits: Path, false_share: float, time_zone: str, out: Path | None) -> None:
    _check_zone(time_zone)
    faults = Faults()
    table = read_visits(visits, time_zone, faults)
    if faults:
        refuse(faults, faults_beside(visits), _(NOTHING))
    made = calibrated(table, false_share=false_share)
    if out is not None:
        write_table(out, made.lines.column_names, made.lines)
    click.echo(
        _("%(n)s notes, %(told)s with enough own content to tell.")
        % {"n": f"{made.n_notes:,}", "told": f"{made.n_told:,}"}
    )
    if made.n_untimed:
        click.echo(
            _("%(n)s notes were left out: nobody can tell when they were written.") % {"n": f"{made.n_untimed:,}"}
        )
    if made.similarity is None:
        raise Refused(
            _(
                "No line can be vouched for: a share of %(share)s needs at least %(needed)s clean notes with own content, "
                "and hardly any of them alike."
            )
            % {"share": false_share, "needed": f"{made.n_needed:,}"}
        )
    click.echo(
        _("At most %(share)s of honest notes are marked from a similarity of %(line)s on.")
        % {"share": false_share, "line": f"{made.similarity:.2f}"}
    )


COMMANDS = [verify, calibrate_copies]
