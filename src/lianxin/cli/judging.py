"""Judging forecasts by command: `lianxin judge-forecasts FORECASTS ACTUALS --out DIR`. Needs no installation."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click
import numpy as np
import pyarrow as pa
from django.utils.translation import gettext as _

from lianxin import engine
from lianxin.cli.judging_input import COMPANY, Names, read
from lianxin.cli.methods import faults_beside, inputs, require_engine, require_folder, write_folder
from lianxin.core.forecasting.judging import Judged, judge

FILE = click.Path(path_type=Path, dir_okay=False)


@click.command(
    "judge-forecasts",
    help="Tell whose forecasts helped, how right every author was, and whose numbers repeat history beyond chance.\n\n"
    "FORECASTS: period_start, retailer_id (empty for a sum), product_id, author_role, author_id, units; step, unit_id, "
    "product_group, base_units, accepted, reason, words, seconds_spent, entered_at and evidence_id may lack. The system's "
    "forecasts have the author_role system. ACTUALS: period_start, retailer_id, product_id, ordered_units; wanted_units, "
    "supplied_units and cap_units may lack. Its earlier periods are the history; a period of which it has a row is known whole.\n\n"
    "Into the folder of --out it writes stair.parquet, accuracy.parquet, copying.parquet (one row per manager: a question, never a "
    "verdict), copied.parquet (the entered numbers with what they repeat) and, with --evidence, information.parquet.\n\n"
    "Example: lianxin judge-forecasts forecasts.csv sold.csv --out judged",
)
@click.argument("forecasts", type=FILE)
@click.argument("actuals", type=FILE)
@click.option("--evidence", type=FILE, help="What lay there: evidence_id, period_start, retailer_id, product_id, kind.")
@click.option("--period", default="month", type=click.Choice(["week", "month"]), show_default=True)
@click.option("--time-zone", default="Asia/Shanghai", show_default=True, help="Zone of times without a zone.")
@click.option("--seed", default=1, show_default=True, help="Of the bootstrap; the same seed gives the same intervals.")
@click.option("--out", required=True, type=click.Path(path_type=Path, file_okay=False), help="Folder to write into.")
@click.option("--engine", "engine_name", default="duckdb", type=click.Choice(["duckdb", "spark"]), show_default=True)
def judge_forecasts(
    forecasts: Path,
    actuals: Path,
    evidence: Path | None,
    period: str,
    time_zone: str,
    seed: int,
    out: Path,
    engine_name: str,
) -> None:
    require_folder(out)
    require_engine(engine_name)
    begun = time.monotonic()
    beside = faults_beside(out)
    with inputs(beside, _("Nothing was judged. All faults are in %(file)s.")) as faults:
        sources, names = read(forecasts, actuals, evidence, period, time_zone, faults)
    made = judge(sources, engine=engine.open(engine_name), dice=np.random.default_rng(seed), company_id=COMPANY)
    write_folder(out, _named(made, names, with_evidence=evidence is not None))
    beside.unlink(missing_ok=True)
    _tell(made, sources, out, time.monotonic() - begun)


def _named(made: Judged, names: Names, *, with_evidence: bool) -> dict[str, pa.Table]:
    """What is written: numbers of entities as the texts that the files had."""

    def texts(table: pa.Table, column: str, new: str, text_of: Callable[[int, dict[str, Any]], str | None]) -> pa.Table:
        rows = table.to_pylist()
        words = [None if row[column] is None else text_of(row[column], row) for row in rows]
        return table.set_column(table.schema.get_field_index(column), new, pa.array(words, pa.string()))

    def entity(number: int, row: dict[str, Any]) -> str | None:
        return {"manager": names.text["person"], "unit": names.text["unit"]}.get(row["level"], {}).get(number)

    def known(kind: str) -> Callable[[int, dict[str, Any]], str | None]:
        return lambda number, _row: names.text[kind][number]

    copied = made.copied.drop_columns(["period_no", "size_class"])
    copied = texts(copied, "entity_id", "retailer_id", known("retailer"))
    copied = texts(copied, "product_id", "product_id", known("product"))
    written = {
        "stair": texts(made.stair, "entity_id", "entity", entity),
        "accuracy": texts(made.accuracies, "entity_id", "entity", entity),
        "copying": texts(made.copying, "person_id", "author_id", known("person")),
        "copied": texts(copied, "person_id", "author_id", known("person")),
    }
    return written | ({"information": made.information} if with_evidence else {})


def _tell(made: Judged, sources: dict[str, pa.Table], out: Path, seconds: float) -> None:
    click.echo(
        _("Judged %(versions)s forecasts on %(lines)s lines in %(seconds)s s; written to %(folder)s.")
        % {
            "versions": f"{sources['forecast_versions'].num_rows:,}",
            "lines": f"{sources['forecast_lines'].num_rows:,}",
            "seconds": f"{seconds:.1f}",
            "folder": out,
        }
    )
    rows = made.copying.to_pylist()
    asked = {row["person_id"] for row in rows if row["answer"] == "yes"}
    unsure = {row["person_id"] for row in rows if row["answer"] == "cannot_tell"} - asked
    click.echo(
        _("%(asked)s managers are to be asked about repeated history; of %(unsure)s it cannot be told.")
        % {"asked": f"{len(asked):,}", "unsure": f"{len(unsure):,}"}
    )


COMMANDS = [judge_forecasts]
