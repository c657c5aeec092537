"""Field work from its settings: in memory for tests and benchmarks, or as files with the truth beside them."""

import json
import shutil
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv

from lianxin.simulation.fieldwork import tables
from lianxin.simulation.fieldwork.calling import call_list
from lianxin.simulation.fieldwork.checking import checks
from lianxin.simulation.fieldwork.conduct import choose_offenders, mark
from lianxin.simulation.fieldwork.copying import copy_notes
from lianxin.simulation.fieldwork.fixes import build_fixes
from lianxin.simulation.fieldwork.ground import build_ground
from lianxin.simulation.fieldwork.notes import build_notes
from lianxin.simulation.fieldwork.promising import promises, requests
from lianxin.simulation.fieldwork.rounds import build_rounds
from lianxin.simulation.fieldwork.settings import FieldworkSettings
from lianxin.simulation.fieldwork.timeline import all_that_fit, build_timeline
from lianxin.simulation.fieldwork.witnessing import witnesses
from lianxin.simulation.files import WrittenFile, write_parquet
from lianxin.simulation.world import World

TRUTH = "truth"
_README = """临江市（虚构）的外勤记录

人员、店铺、坐标、拜访、日志、证言和核查均由程序按种子生成，没有一条来自现实。
Everything in this folder is invented. A program made it from a seed; no person, shop, place or visit is real.

seed 种子: {seed}    months 月数: {months}
"""
Format = Literal["csv", "parquet"]


@dataclass(frozen=True, slots=True)
class Simulated:
    """Arrow tables by name: what anybody may import, and what only tests and benchmarks read."""

    files: Mapping[str, pa.Table]
    truth: Mapping[str, pa.Table]


@dataclass(frozen=True, slots=True)
class WrittenFieldwork:
    folder: Path
    files: tuple[WrittenFile, ...]
    truth: tuple[WrittenFile, ...]


def build(settings: FieldworkSettings, world: World | None = None) -> tables.Fieldwork:
    ground = build_ground(settings, world)
    offenders = choose_offenders(settings, len(ground.staff.employee_no))
    drafted, plans = build_rounds(ground, offenders.same_few)
    rounds = all_that_fit(ground, drafted)
    conduct = mark(ground, offenders, rounds)
    timeline = build_timeline(ground, rounds, conduct)
    notes = build_notes(ground, rounds, conduct, timeline)
    return tables.Fieldwork(
        ground=ground,
        offenders=offenders,
        rounds=rounds,
        plans=plans,
        conduct=conduct,
        timeline=timeline,
        fixes=build_fixes(ground, rounds, conduct, timeline),
        written=copy_notes(ground, offenders, rounds, timeline, notes),
        visit_id=tables.identifiers(settings.seed, "visits", rounds.day, timeline.check_in),
    )


def simulated(settings: FieldworkSettings, world: World | None = None) -> Simulated:
    """Field work of a company made for it, or of `world`: its shops, managers and holdings in the settings' months."""
    work = build(settings, world)
    return Simulated(
        files={
            "position_consents": tables.position_consents(work.ground),
            "visits": tables.visits(work),
            "retailers": tables.retailers(work.ground),
            "call_list": call_list(work.ground),
            "plans": tables.plans(work),
            "witnesses": witnesses(work),
            "checks": checks(work),
            "promises": promises(work),
            "requests": requests(work),
            "weather": tables.weather(work.ground),
        },
        truth={
            "visits": tables.true_visits(work),
            "managers": tables.true_managers(work),
            "retailers": tables.true_retailers(work.ground),
        },
    )


def write(
    folder: Path, settings: FieldworkSettings, world: World | None = None, *, form: Format = "csv"
) -> WrittenFieldwork:
    """Write the files into `folder` and the truth into `truth` beside it; each appears complete or not at all.

    Raises
    ------
    FileExistsError : the folder, or the truth beside it, holds something already.
    """
    truth = folder.parent / TRUTH
    for place in (folder, truth):
        if place.exists() and any(place.iterdir()):
            raise FileExistsError(f"{place} is not empty; name another folder or remove it first")
    made = simulated(settings, world)
    files = _write_all(folder, made.files, form)
    (folder / "README.txt").write_bytes(_README.format(seed=settings.seed, months=settings.months).encode())
    known = _write_all(truth, made.truth, "csv")
    (truth / "settings.json").write_text(json.dumps(asdict(settings), default=str, indent=1) + "\n", "utf-8")
    return WrittenFieldwork(folder, files, known)


def _write_all(folder: Path, made: Mapping[str, pa.Table], form: Format) -> tuple[WrittenFile, ...]:
    draft = folder.with_name(folder.name + ".part")
    if draft.exists():
        shutil.rmtree(draft)
    draft.mkdir(parents=True)
    written = []
    for name, table in made.items():
        path = draft / f"{name}.{form}"
        if form == "parquet":
            write_parquet(path, table)
        else:
            pyarrow.csv.write_csv(_plain(table), path)
        written.append(WrittenFile(name, folder / path.name, table.num_rows))
    if folder.exists():
        folder.rmdir()
    draft.rename(folder)
    return tuple(written)


def _plain(table: pa.Table) -> pa.Table:
    """Instants as ISO 8601 with the zone, as a file without types has to say them."""
    for place, name in enumerate(table.column_names):
        if table.schema.field(name).type == tables.LOCAL_TIME:
            local = pc.strftime(pc.local_timestamp(table[name]), format="%Y-%m-%dT%H:%M:%S")
            table = table.set_column(place, name, pc.binary_join_element_wise(local, "+08:00", ""))
    return table
