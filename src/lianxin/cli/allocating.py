"""Allocation by command: `lianxin allocate REQUESTS SUPPLY --policy POLICY.toml --out FILE`. Needs no installation."""

import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NoReturn

import click
import ibis
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from django.utils.translation import gettext as _

from lianxin import engine
from lianxin.cli.allocating_words import fault_words
from lianxin.cli.methods import SHOWN, first_told, require_engine, require_folder
from lianxin.cli.parameter_files import read_table
from lianxin.core.allocating import REQUESTS, SUPPLY, Policy
from lianxin.core.allocating.contracts import AS_WRITTEN, REQUESTS_NAME, RESULT, SUPPLY_NAME, Round
from lianxin.core.allocating.desk import Divided
from lianxin.core.allocating.division import divide
from lianxin.core.allocating.faults import COLUMNS as FAULT_COLUMNS
from lianxin.core.allocating.faults import faults
from lianxin.core.errors import CoreError
from lianxin.core.tables.inputs import ALSO
from lianxin.foundation.core_words import said
from lianxin.foundation.errors import Refused

FILE = click.Path(path_type=Path, dir_okay=False)
ENDINGS = (".parquet", ".csv")


@click.command(
    help="Divide scarce supply among retailers by a published rule: file in, file out, whole units, the same result every time.\n\n"
    "REQUESTS (CSV or Parquet) has one row per week, product_id and retailer_id with wanted_units, and where known cap_units, "
    "floor_units, tier, weight, is_selected. SUPPLY has week, product_id, supply_units. licence_no and product_code are read as "
    "names too. POLICY.toml names the rule: uniform, weighted_uniform, proportional, tier_quota, lottery or on_demand; its seed; "
    "lot_units; weights by tier. FILE (.csv or .parquet) gets all columns of REQUESTS, share_units, fill_level and reason.\n\n"
    "If anything is at fault, FILE is not written, and FILE's name with .faults.parquet tells every fault, or why a file as a "
    "whole cannot be taken.\n\n"
    "Example: lianxin allocate requests.parquet supply.csv --policy policy.toml --out shares.parquet"
)
@click.argument("requests", type=FILE)
@click.argument("supply", type=FILE)
@click.option("--policy", "policy_file", required=True, type=FILE, help="The rule and its numbers, as TOML.")
@click.option("--out", required=True, type=FILE, help="File to write: .csv or .parquet.")
@click.option("--engine", "engine_name", default="duckdb", type=click.Choice(["duckdb", "spark"]), show_default=True)
@click.option("--memory", default="4GB", show_default=True, help="Memory that DuckDB may use before it spills to disk.")
def allocate(requests: Path, supply: Path, policy_file: Path, out: Path, engine_name: str, memory: str) -> None:
    _check_out(out)
    policy = Policy.from_mapping(read_table(policy_file))
    require_engine(engine_name)
    begun = time.monotonic()
    target = out.resolve()
    # Beside the output, on its disk: what is complete there takes the name of the output in one step.
    aside = Path(tempfile.mkdtemp(prefix=f".{target.name}.", dir=target.parent))
    try:
        made = _divide(requests, supply, policy, target, engine_name, memory, aside)
    finally:
        shutil.rmtree(aside, ignore_errors=True)
    _tell(made, out, time.monotonic() - begun)


def _check_out(out: Path) -> None:
    if out.suffix.lower() not in ENDINGS:
        raise Refused(_("“%(path)s” ends in neither .csv nor .parquet. Give the file one of these.") % {"path": out})
    require_folder(out)


def _divide(
    requests: Path, supply: Path, policy: Policy, target: Path, engine_name: str, memory: str, aside: Path
) -> Divided:
    texts = dict.fromkeys(policy.attributes, "string")
    beside = target.with_name(f"{target.stem}.faults.parquet")
    fresh_faults = aside / beside.name
    with _told_beside("requests", requests, beside, fresh_faults):
        asked = engine.flat_file(
            requests, REQUESTS.types | texts, needed=list(REQUESTS.columns), also=ALSO, folder=aside
        )
        _check_names(requests, asked)
    with _told_beside("supply", supply, beside, fresh_faults):
        given = engine.flat_file(
            supply, SUPPLY.types, needed=list(SUPPLY.columns), also=ALSO, folder=aside, others=False
        )
    with _told_beside("requests", requests, beside, fresh_faults):
        round_ = Round.of(asked.schema, given.schema, policy)
    sources: dict[str, Any] = {REQUESTS_NAME: asked, SUPPLY_NAME: given}
    if engine_name == "spark":
        sources = {name: engine.as_parquet(name, file, aside) for name, file in sources.items()}
    opened = engine.open(engine_name, memory_limit=memory, scratch=aside)
    try:
        with opened.sitting(sources) as desk:
            made = divide(desk, round_)
            if made is None:
                _refuse(desk, round_, beside, fresh_faults)
            heads = {head: made.shares[name] for name, head in asked.heads.items()}
            fresh = aside / f"shares{target.suffix.lower()}"
            desk.write(made.shares.select(**heads, **{name: made.shares[name] for name in RESULT}), fresh)
    except engine.FileUnreadable as fault:
        # Broken inside, which shows only where its cells are read.
        which, path = ("supply", supply) if fault.told["file"] == given.path.name else ("requests", requests)
        _tell_beside(which, path, fault, beside, fresh_faults)
        raise
    finally:
        opened.close()
    os.replace(fresh, target)
    beside.unlink(missing_ok=True)
    return made


def _check_names(path: Path, asked: engine.FlatFile) -> None:
    taken = [name for name in asked.heads if name.lower() in RESULT or name.lower().endswith(AS_WRITTEN)]
    if taken:
        raise Refused(
            _("“%(file)s” already has the column(s) %(names)s, which the result needs. Rename them.")
            % {"file": path.name, "names": ", ".join(taken)}
        )


@contextmanager
def _told_beside(which: str, path: Path, beside: Path, fresh: Path) -> Iterator[None]:
    """What keeps a file as a whole from being taken stands beside the output too, as the one row of its faults."""
    try:
        yield
    except (CoreError, Refused) as fault:
        _tell_beside(which, path, fault, beside, fresh)
        raise


def _tell_beside(which: str, path: Path, fault: CoreError | Refused, beside: Path, fresh: Path) -> None:
    words = said(fault) if isinstance(fault, CoreError) and fault.code else str(fault)
    row = {"file": which, "column": "", "value": path.name, "reason": "file_not_taken", "words": words}
    schema = ibis.schema({**FAULT_COLUMNS, "words": "string"}).to_pyarrow()
    pq.write_table(pa.Table.from_pylist([row], schema), fresh)
    os.replace(fresh, beside)


def _refuse(desk: engine.Sitting, round_: Round, beside: Path, fresh: Path) -> NoReturn:
    """Write every fault beside the output and tell the first; nothing else is written."""
    rows = faults(round_)
    told = rows.mutate(words=rows.reason.cases(*fault_words().items(), else_=rows.reason))
    desk.keep("allocation_faults", told)
    kept = ibis.table(told.schema(), name="allocation_faults")
    desk.write(kept, fresh)
    n = desk.ask(kept.agg(n=kept.count())).column("n")[0].as_py()
    first = desk.ask(kept.order_by("file", "week", "product_id", "retailer_id", "column", "value").limit(SHOWN))
    os.replace(fresh, beside)
    lines = first_told([_fault_line(row) for row in first.to_pylist()], n)
    lines.append(_("Nothing was divided. All faults are in %(file)s.") % {"file": beside})
    raise Refused("\n".join(lines))


def _fault_line(row: dict[str, Any]) -> str:
    place = [str(row[name]) for name in ("week", "product_id", "retailer_id") if row[name] is not None]
    cell = f"{row['column']} “{row['value'] or ''}”" if row["column"] else ""
    return f"{row['file']} {' '.join(place)} {cell}".strip() + f": {row['words']}"


def _tell(made: Divided, out: Path, seconds: float) -> None:
    totals = {name: pc.sum(made.levels.column(name)).as_py() or 0 for name in _TOTALS}
    click.echo(
        _("Divided %(supply)s units of %(products)s products among %(requests)s requests in %(seconds)s s.")
        % {
            "supply": f"{totals['supply_units']:,}",
            "products": f"{made.levels.num_rows:,}",
            "requests": f"{totals['n_requests']:,}",
            "seconds": f"{seconds:.1f}",
        }
    )
    click.echo(
        _("Given: %(shared)s units; left over: %(left)s. Written to %(file)s.")
        % {"shared": f"{totals['shared_units']:,}", "left": f"{totals['remainder_units']:,}", "file": out}
    )


_TOTALS = ("supply_units", "shared_units", "remainder_units", "n_requests")


COMMANDS = [allocate]
