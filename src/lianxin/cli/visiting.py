"""Call plans by command: `lianxin plan-visits RETAILERS --start DATE --weeks 4 --out FILE`. Needs no installation."""

import multiprocessing
import os
import re
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import click
import pyarrow as pa
from django.utils.translation import gettext as _

from lianxin.cli.appraisal import bar
from lianxin.cli.choices import Day
from lianxin.core.tables.inputs import ALSO, heads_of
from lianxin.core.visiting import CallPlan, Retailer, Settings, Start, WhyNot, plan, working_days
from lianxin.foundation.errors import Refused
from lianxin.foundation.files import check_writable, write_table
from lianxin.foundation.imports import sheets
from lianxin.foundation.imports.cells import CellWrong, Formats, key, plain, real, whole
from lianxin.foundation.imports.files import open_input

OUT = ("retailer_id", "manager_id", "visit_date", "order", "arrive_at", "travel_minutes")
UNPLACED = ("retailer_id", "manager_id", "n_visits", "reason", "words")
FAULTS_SHOWN = 10
CLOCK = re.compile(r"(\d{1,2}):(\d{2})(?::(\d{2}))?")
Group = tuple[Start, list[Retailer]]


def minutes_of_day(raw: Any, formats: Formats) -> float | None:
    """A time of day in minutes: 09:30, a time of a Parquet file, hours up to 24, or minutes above that; None for an empty cell."""
    if isinstance(raw, datetime | time):
        return raw.hour * 60 + raw.minute + raw.second / 60
    if isinstance(raw, timedelta):
        return raw.total_seconds() / 60
    written = plain(raw)
    if not written:
        return None
    found = CLOCK.fullmatch(written)
    if found:
        minutes = int(found[1]) * 60 + int(found[2]) + int(found[3] or 0) / 60
        if int(found[2]) > 59 or int(found[3] or 0) > 59 or minutes > 1440:
            raise CellWrong(_("There is no such time of day. Write it like 09:30."))
        return minutes
    try:
        number = real(0, 1440)(raw, formats)
    except CellWrong as error:
        raise CellWrong(_("This is not a time of day. Write it like 09:30.")) from error
    return number * 60 if number <= 24 else number


def market(raw: Any, formats: Formats) -> bool:
    written = plain(raw).lower()
    if written not in ("", "town", "country"):
        raise CellWrong(_("Write town or country, or leave the cell empty."))
    return written == "country"


COLUMNS: dict[str, Callable[[Any, Formats], Any]] = {
    "retailer_id": key(64),
    "manager_id": key(64),
    "latitude": real(-90, 90),
    "longitude": real(-180, 180),
    "visits_per_cycle": whole(1, 366),
    "service_minutes": real(0, 1440),
    "good_from": minutes_of_day,
    "good_until": minutes_of_day,
    "start_latitude": real(-90, 90),
    "start_longitude": real(-180, 180),
}
OPTIONAL: dict[str, Callable[[Any, Formats], Any]] = {"market_type": market}
MAY_BE_EMPTY = {"good_from", "good_until", "market_type"}


def read_retailers(path: Path) -> tuple[dict[str, Group], frozenset[str]]:
    """The retailers of each manager, with where the manager starts; and which ids the file holds as whole numbers.

    Raises
    ------
    Refused : naming file, line, column, value and what to do, for the first faults found.
    """
    with tempfile.TemporaryDirectory() as scratch:
        readers = {**COLUMNS, **OPTIONAL}
        sheet = sheets.read(open_input(path, Path(scratch)), frozenset({*readers, *ALSO}))
        heads = heads_of(sheet.head, readers)
        missing = [name for name in COLUMNS if name not in heads]
        if missing:
            raise Refused(
                _("“%(file)s” lacks the column(s) %(missing)s. Its first row must name: %(all)s.")
                % {"file": path.name, "missing": ", ".join(missing), "all": ", ".join(COLUMNS)}
            )
        used = [(sheet.head.index(head), name) for name, head in heads.items()]
        faults: list[str] = []
        whole_ids = {"retailer_id", "manager_id"}
        rows = list(_rows(path.name, sheet, used, readers, faults, whole_ids))
    _check_together(path.name, heads, rows, faults)
    if faults:
        told = faults[:FAULTS_SHOWN]
        if len(faults) > len(told):
            told.append(_("… and %(n)s more like these.") % {"n": len(faults) - len(told)})
        raise Refused("\n".join(told))
    if not rows:
        raise Refused(_("“%(file)s” has a head but no retailers.") % {"file": path.name})
    groups: dict[str, Group] = {}
    for _line, row in rows:
        group = groups.setdefault(row["manager_id"], (Start(row["start_latitude"], row["start_longitude"]), []))
        group[1].append(
            Retailer(
                row["retailer_id"],
                row["latitude"],
                row["longitude"],
                row["visits_per_cycle"],
                row["service_minutes"],
                row["good_from"] or 0.0,
                1440.0 if row["good_until"] is None else row["good_until"],
                row.get("market_type", False),
            )
        )
    return groups, frozenset(whole_ids)


def _fault(file: str, line: int, column: str, value: Any, words: str) -> str:
    return _("%(file)s, line %(line)s, column %(column)s, “%(value)s”: %(words)s") % {
        "file": file,
        "line": line,
        "column": column,
        "value": plain(value)[:60],
        "words": words,
    }


def _rows(
    file: str,
    sheet: sheets.Sheet,
    used: Sequence[tuple[int, str]],
    readers: Mapping[str, Callable[[Any, Formats], Any]],
    faults: list[str],
    whole_ids: set[str],
) -> Iterator[tuple[int, dict[str, Any]]]:
    formats = Formats()
    for line, cells in sheet.rows:
        row: dict[str, Any] = {}
        for position, name in used:
            raw = cells[position] if position < len(cells) else None
            if not isinstance(raw, int):
                whole_ids.discard(name)
            try:
                if plain(raw) == "" and name not in MAY_BE_EMPTY:
                    raise CellWrong(_("The cell is empty. Fill it, or leave the retailer out of the file."))
                row[name] = readers[name](raw, formats)
            except CellWrong as error:
                faults.append(_fault(file, line, sheet.head[position], raw, str(error)))
        if len(row) == len(used):
            if (row["good_from"] or 0.0) >= (1440.0 if row["good_until"] is None else row["good_until"]):
                words = _("It must be later than good_from. Correct one of the two.")
                faults.append(_fault(file, line, "good_until", cells[sheet.head.index("good_until")], words))
            yield line, row


def _check_together(
    file: str, heads: Mapping[str, str], rows: Sequence[tuple[int, dict[str, Any]]], faults: list[str]
) -> None:
    """Faults that only several rows show: a retailer twice, a manager who starts in two places."""
    seen: dict[str, int] = {}
    starts: dict[str, tuple[int, float, float]] = {}
    for line, row in rows:
        first = seen.setdefault(row["retailer_id"], line)
        if first != line:
            words = _("This retailer stands in line %(first)s already. Delete one of the two.") % {"first": first}
            faults.append(_fault(file, line, heads["retailer_id"], row["retailer_id"], words))
        here = (row["start_latitude"], row["start_longitude"])
        at, *there = starts.setdefault(row["manager_id"], (line, *here))
        if any(abs(one - other) > 1e-6 for one, other in zip(here, there, strict=True)):
            words = _(
                "Manager %(manager)s starts elsewhere in line %(first)s. Give each manager one place to start."
            ) % {
                "manager": row["manager_id"],
                "first": at,
            }
            faults.append(_fault(file, line, "start_latitude", row["start_latitude"], words))


def plan_all(
    groups: Mapping[str, Group],
    days: Sequence[date],
    settings: Settings,
    *,
    processes: int,
    tell: Callable[[float, str], Any],
) -> list[CallPlan]:
    """The plan of every manager, in the order of their ids; the same however many processes share the work."""
    plans: dict[str, CallPlan] = {}
    ids = sorted(groups)
    if processes == 1 or len(ids) == 1:
        for name in ids:
            tell(len(plans) / len(ids), name)
            plans[name] = plan(name, *groups[name], days, settings)
        return [plans[name] for name in ids]
    with ProcessPoolExecutor(min(processes, len(ids)), mp_context=multiprocessing.get_context("spawn")) as pool:
        # The largest first, so that none is left alone at the end.
        asked = {
            pool.submit(plan, name, *groups[name], days, settings): name
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
    "Example: lianxin plan-visits retailers.csv --start 2026-11-23 --weeks 4 --out plan.csv --unplaced unplaced.csv",
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
    groups, whole_ids = read_retailers(retailers)
    days = working_days(start, weeks, holidays=holidays, worked=worked)
    with bar() as tell:
        plans = plan_all(groups, days, settings, processes=processes or cores(), tell=tell)
    n = write_table(out, OUT, visit_table(plans, whole_ids))
    lacking = [(row.retailer_id, made.manager_id, row.n_visits, row.why) for made in plans for row in made.unplaced]
    lost = sum(row[2] for row in lacking)
    click.echo(
        _("%(n)s visits of %(managers)s managers on %(days)s working days written to %(file)s.")
        % {"n": f"{n:,}", "managers": len(plans), "days": len(days), "file": out}
    )
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
        for retailer, manager, count, why in lacking[:FAULTS_SHOWN]:
            click.echo(f"  {retailer} ({manager}, {count}): {reason_words(why)}", err=True)
        if len(lacking) > FAULTS_SHOWN:
            click.echo(
                _("  … and %(n)s more retailers; --unplaced FILE writes them all.")
                % {"n": len(lacking) - FAULTS_SHOWN},
                err=True,
            )


def _hour(written: str, option: str) -> float:
    try:
        found = minutes_of_day(written, Formats())
    except CellWrong as error:
        raise Refused(f"{option} {written}: {error}") from error
    if found is None:
        raise Refused(_("%(option)s is empty. Write a time like 09:30.") % {"option": option})
    return found


COMMANDS = [plan_visits]
