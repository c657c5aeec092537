"""Call plans by command: `lianxin plan-visits RETAILERS --start DATE --weeks 4 --out FILE`. Needs no installation."""

import multiprocessing
import os
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import click
import pyarrow as pa
from django.utils.translation import gettext as _

from lianxin.cli.appraisal import bar
from lianxin.cli.choices import Day
from lianxin.cli.methods import SHOWN
from lianxin.cli.travel_input import read_roads
from lianxin.cli.visiting_input import Group, minutes_of_day, read_retailers
from lianxin.core.visiting import (
    CallPlan,
    Roads,
    RoadTimes,
    Settings,
    WhyNot,
    legs,
    plan,
    working_days,
)
from lianxin.foundation.errors import Refused
from lianxin.foundation.files import check_writable, write_table
from lianxin.foundation.imports.cells import CellWrong, Formats

OUT = ("retailer_id", "manager_id", "visit_date", "order", "arrive_at", "travel_minutes")
UNPLACED = ("retailer_id", "manager_id", "n_visits", "reason", "words")


def plan_all(
    groups: Mapping[str, Group],
    days: Sequence[date],
    settings: Settings,
    *,
    roads: Mapping[str, RoadTimes],
    processes: int,
    tell: Callable[[float, str], Any],
) -> list[CallPlan]:
    """The plan of every manager, in the order of their ids; the same however many processes share the work."""
    plans: dict[str, CallPlan] = {}
    ids = sorted(groups)
    # Each process gets the ways of the manager whom it plans, not those of the city.
    how = {name: replace(settings, roads=roads.get(name)) for name in ids}
    if processes == 1 or len(ids) == 1:
        for name in ids:
            tell(len(plans) / len(ids), name)
            plans[name] = plan(name, *groups[name], days, how[name])
        return [plans[name] for name in ids]
    with ProcessPoolExecutor(min(processes, len(ids)), mp_context=multiprocessing.get_context("spawn")) as pool:
        # The largest first, so that none is left alone at the end.
        asked = {
            pool.submit(plan, name, *groups[name], days, how[name]): name
            for name in sorted(ids, key=lambda name: -len(groups[name][1]))
        }
        for done in as_completed(asked):
            plans[asked[done]] = done.result()
            tell(len(plans) / len(ids), asked[done])
    return [plans[name] for name in ids]


def cores() -> int:
    """Processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def visit_table(plans: Sequence[CallPlan], whole_ids: frozenset[str] = frozenset()) -> pa.Table:
    """The visits of all plans by manager, day and order; `arrive_at` as ISO local time in text. Ids keep the type they came in."""
    kinds = {name: pa.int64() if name in whole_ids else pa.string() for name in ("retailer_id", "manager_id")}
    manager = int if "manager_id" in whole_ids else str
    retailer = int if "retailer_id" in whole_ids else str
    rows = sorted(
        (manager(visit.manager_id), visit.visit_date, visit.order, visit) for made in plans for visit in made.visits
    )
    midnight = time()
    return pa.table(
        {
            "retailer_id": pa.array([retailer(visit.retailer_id) for *_key, visit in rows], kinds["retailer_id"]),
            "manager_id": pa.array([manager(visit.manager_id) for *_key, visit in rows], kinds["manager_id"]),
            "visit_date": pa.array([visit.visit_date for *_key, visit in rows], pa.date32()),
            "order": pa.array([visit.order for *_key, visit in rows], pa.int32()),
            "arrive_at": pa.array(
                [
                    (
                        datetime.combine(visit.visit_date, midnight) + timedelta(seconds=round(visit.arrive * 60))
                    ).isoformat(timespec="seconds")
                    for *_key, visit in rows
                ],
                pa.string(),
            ),
            "travel_minutes": pa.array([visit.travel_minutes for *_key, visit in rows], pa.float64()),
        }
    )


def reason_words(why: WhyNot) -> str:
    return {
        WhyNot.MORE_VISITS_THAN_DAYS: _("It asks for more visits than the cycle has working days."),
        WhyNot.CLOSED_IN_WORKING_HOURS: _("Its good hours and the working hours leave no time for a visit."),
        WhyNot.TOO_FAR: _("The way there and back does not fit into its good hours and the working hours."),
        WhyNot.DAYS_FULL: _("The days that would spread its visits evenly are full."),
        WhyNot.NO_DAY_LEFT: _("No day is left that is far enough from its other visits."),
    }[why]


@click.command(
    "plan-visits",
    help="Plan the visits of a cycle: which retailer on which day, in which order, at what time. RETAILERS is a CSV, "
    "XLSX or Parquet file with the columns retailer_id (or licence_no), manager_id, latitude, longitude, visits_per_cycle, "
    "service_minutes, good_from, good_until (such as 09:30; empty: always), start_latitude, start_longitude and, if "
    "known, market_type (town or country). Visits of a retailer are spread evenly, begin and end in its good hours, and "
    "each day ends where it began, within working hours.\n\n"
    "Example: lianxin plan-visits retailers.csv --start 2026-11-23 --weeks 4 --out plan.csv --unplaced unplaced.csv "
    "--matrix minutes.parquet",
)
@click.argument("retailers", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--start", required=True, type=Day(), help="First day of the cycle.")
@click.option("--weeks", default=4, show_default=True, type=click.IntRange(1, 53), help="Length of the cycle.")
@click.option("--out", required=True, type=click.Path(path_type=Path, dir_okay=False), help="CSV, XLSX or Parquet.")
@click.option(
    "--unplaced",
    type=click.Path(path_type=Path, dir_okay=False),
    help="File for visits that found no place, with reasons.",
)
@click.option("--holiday", "holidays", type=Day(), multiple=True, help="A day off; may be repeated.")
@click.option("--worked", type=Day(), multiple=True, help="A Saturday or Sunday that is worked; may be repeated.")
@click.option("--work-from", default="08:30", show_default=True, help="Nobody leaves the start earlier.")
@click.option("--work-until", default="17:30", show_default=True, help="Everybody is back by then.")
@click.option(
    "--norm-town",
    default=30,
    show_default=True,
    type=click.IntRange(1),
    help="Visits to which a day in town is filled.",
)
@click.option("--norm-country", default=25, show_default=True, type=click.IntRange(1), help="The same in the country.")
@click.option(
    "--road-factor", default=1.3, show_default=True, type=click.FloatRange(1), help="Road length to straight line."
)
@click.option(
    "--matrix",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Travel times of a road engine: CSV or Parquet with from_id, to_id, minutes; ids as in RETAILERS, start:MANAGER "
    "where a manager's days begin.",
)
@click.option(
    "--partial-matrix",
    is_flag=True,
    help="Ways that the matrix lacks take the straight line × road factor, and rows of other places are left out.",
)
@click.option("--speed", default=25.0, show_default=True, type=click.FloatRange(0, min_open=True), help="km an hour.")
@click.option(
    "--seed", default=0, show_default=True, type=click.IntRange(0, 2**32 - 1), help="The same seed, the same plan."
)
@click.option(
    "--rounds",
    default=Settings().search_rounds,
    show_default=True,
    type=click.IntRange(0),
    help="More: better and slower.",
)
@click.option(
    "--processes", default=0, type=click.IntRange(0), help="How many work at once; as many as cores by default."
)
def plan_visits(
    retailers: Path,
    start: date,
    weeks: int,
    out: Path,
    unplaced: Path | None,
    holidays: tuple[date, ...],
    worked: tuple[date, ...],
    work_from: str,
    work_until: str,
    norm_town: int,
    norm_country: int,
    road_factor: float,
    matrix: Path | None,
    partial_matrix: bool,
    speed: float,
    seed: int,
    rounds: int,
    processes: int,
) -> None:
    for file in (out, unplaced):
        if file is not None:
            check_writable(file)
    settings = Settings(
        _hour(work_from, "--work-from"),
        _hour(work_until, "--work-until"),
        road_factor,
        speed,
        norm_town,
        norm_country,
        seed,
        rounds,
    )
    if partial_matrix and matrix is None:
        raise Refused(_("--partial-matrix says what becomes of gaps in a matrix; name the file with --matrix."))
    groups, whole_ids = read_retailers(retailers)
    roads, others = (None, 0)
    if matrix is not None:
        held = {name: [one.retailer_id for one in group[1]] for name, group in groups.items()}
        roads, others = read_roads(matrix, held, is_partial=partial_matrix)
    days = working_days(start, weeks, holidays=holidays, worked=worked)
    with bar() as tell:
        by_manager = roads.by_manager if roads is not None else {}
        plans = plan_all(groups, days, settings, roads=by_manager, processes=processes or cores(), tell=tell)
    n = write_table(out, OUT, visit_table(plans, whole_ids))
    lacking = [(row.retailer_id, made.manager_id, row.n_visits, row.why) for made in plans for row in made.unplaced]
    lost = sum(row[2] for row in lacking)
    click.echo(
        _("%(n)s visits of %(managers)s managers on %(days)s working days written to %(file)s.")
        % {"n": f"{n:,}", "managers": len(plans), "days": len(days), "file": out}
    )
    if matrix is not None and roads is not None:
        click.echo(_ways_told(matrix, roads, others, plans))
    if unplaced is not None:
        retailer_of = int if "retailer_id" in whole_ids else str
        manager_of = int if "manager_id" in whole_ids else str
        told = [
            (retailer_of(retailer), manager_of(manager), count, why.value, reason_words(why))
            for retailer, manager, count, why in lacking
        ]
        write_table(unplaced, UNPLACED, told)
    if lost:
        click.echo(_("%(n)s visits found no place:") % {"n": f"{lost:,}"}, err=True)
        for retailer, manager, count, why in lacking[:SHOWN]:
            click.echo(f"  {retailer} ({manager}, {count}): {reason_words(why)}", err=True)
        if len(lacking) > SHOWN:
            click.echo(
                _("  … and %(n)s more retailers; --unplaced FILE writes them all.") % {"n": len(lacking) - SHOWN},
                err=True,
            )


def _ways_told(matrix: Path, roads: Roads, others: int, plans: Sequence[CallPlan]) -> str:
    """Which travel times were used, and how many ways no row told."""
    ways = [legs(made) for made in plans]
    told = _(
        "Travel times: %(n)s pairs of places from %(file)s; %(straight)s of the plan's %(legs)s ways took the straight line."
    )
    words = told % {
        "n": f"{sum(times.n_pairs for times in roads.by_manager.values()):,}",
        "file": matrix,
        "straight": f"{sum(one.n_straight for one in ways):,}",
        "legs": f"{sum(one.n_legs for one in ways):,}",
    }
    missing = sum(times.n_missing for times in roads.by_manager.values())
    if missing:
        words += " " + _("%(n)s pairs are not in the file.") % {"n": f"{missing:,}"}
    if others:
        words += " " + _("%(n)s rows of other places were left out.") % {"n": f"{others:,}"}
    return words


def _hour(written: str, option: str) -> float:
    try:
        found = minutes_of_day(written, Formats())
    except CellWrong as error:
        raise Refused(f"{option} {written}: {error}") from error
    if found is None:
        raise Refused(_("%(option)s is empty. Write a time like 09:30.") % {"option": option})
    return found


COMMANDS = [plan_visits]
