"""Rows handed to `core.verifying`: visits with the positions that are still kept, shops, witnesses and the answers of checks."""

import hashlib
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache
from pathlib import Path
from zoneinfo import ZoneInfo

import pyarrow as pa
from django.db.models import Q

from lianxin import __version__
from lianxin.core import verifying
from lianxin.core.units import month_plus
from lianxin.core.verifying.contracts import VISITS
from lianxin.core.verifying.key_retailers import Key
from lianxin.engine import digest
from lianxin.foundation.facts import table_of
from lianxin.foundation.models import Company
from lianxin.oversight.models import VerificationRun, VisitVerdict, Witness
from lianxin.oversight.queries import checks, subjects
from lianxin.oversight.states import RunMode
from lianxin.retailers.models import RetailerVersion, Territory
from lianxin.retailers.queries import held_on
from lianxin.retailers.states import Status
from lianxin.visits import clocks
from lianxin.visits.models import PlannedVisit, Position, Visit
from lianxin.visits.queries.versions import versions_on
from lianxin.visits.queries.visiting import steps_beside
from lianxin.visits.states import Moment, PlannedState, PlanState, VisitState

# A note is compared with those of the months before, and a shop's own place is learnt from them.
MONTHS_BEFORE = 2
_INSTANT = pa.timestamp("us", tz="UTC")


@dataclass(frozen=True)
class Evidence:
    """What a run reads. `days`: the visits of the month itself with their days; `n_deleted`: those whose position is gone."""

    visits: pa.Table
    retailers: pa.Table
    witnesses: pa.Table
    checks: pa.Table
    days: dict[str, date]
    n_deleted: int

    @property
    def digest(self) -> str:
        """Of all four tables."""
        text = " ".join(digest(table) for table in (self.visits, self.retailers, self.witnesses, self.checks))
        return hashlib.sha256(text.encode()).hexdigest()


@lru_cache(maxsize=1)
def code_version() -> str:
    """The release and a digest of the text of the rules: runs with the same one were computed by the same formulas."""
    folder = Path(verifying.__file__).parent
    sha = hashlib.sha256()
    for path in sorted(folder.rglob("*.py")):
        sha.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
    return f"{__version__}+{sha.hexdigest()[:12]}"


def evidence(company: Company, month: date) -> Evidence:
    """Everything that the verdicts of a month rest on, as it is known now.

    Parameters
    ----------
    month : its first day; visits of the two months before are read too, as what notes and places are compared with
    """
    first, until = month_plus(month, -MONTHS_BEFORE), month_plus(month, 1)
    visits, days, n_deleted = _visits(company, first, month, until)
    return Evidence(
        visits,
        _retailers(company, until),
        _witnesses(company, first, until),
        _checks(company, first, until),
        days,
        n_deleted,
    )


@dataclass(frozen=True)
class Notes:
    """Visits of a period with their notes, and how many notes of confirmed copyists were left out."""

    visits: pa.Table
    n_left_out: int


def notes(company: Company, since: date, until: date, *, without: Collection[tuple[int, date]]) -> Notes:
    """The visits of a period that have a note, as `core.verifying.calibrated` reads them.

    Parameters
    ----------
    since, until : `until` excluded
    without : (person, first day of the month) whose notes are left out
    """
    made = Visit.objects.filter(company=company, visit_date__gte=since, visit_date__lt=until)
    rows = made.exclude(state=VisitState.OPEN).exclude(note="").order_by("pk")
    told = list(rows.values_list("pk", "person_id", "retailer_id", "note", "visit_date", *clocks.COLUMNS))
    kept = [row for row in told if (row[1], row[4].replace(day=1)) not in without]
    times = [clocks.by_server(*row[5:]) for row in kept]
    table = {
        "visit_id": pa.array([row[0] for row in kept], pa.string()),
        "manager_id": pa.array([str(row[1]) for row in kept], pa.string()),
        "retailer_id": pa.array([str(row[2]) for row in kept], pa.string()),
        "check_in_at": pa.array([time.start for time in times], _INSTANT),
        "note": pa.array([row[3] for row in kept], pa.string()),
        "is_time_known": pa.array([time.is_known for time in times], pa.bool_()),
    }
    # Neither place nor length says anything about a note.
    table |= {name: pa.nulls(len(kept), kind) for name, kind in VISITS.columns.items() if name not in table}
    return Notes(pa.table(table), len(told) - len(kept))


def key_retailers(company: Company, month: date, tier_from: int) -> list[Key]:
    """The active retailers of a tier from `tier_from` on, as they stand and are held at a month's end.

    Parameters
    ----------
    month : its first day
    """
    until = month_plus(month, 1)
    last = until - timedelta(days=1)
    held = list(
        Territory.objects.filter(held_on(last), person__company=company).values_list(
            "retailer_id", "person_id", "valid_from"
        )
    )
    ids = [row[0] for row in held]
    at_end, at_start = versions_on(ids, on=last), versions_on(ids, on=month)
    excused = set(
        PlannedVisit.objects.filter(
            company=company, cycle__state=PlanState.APPROVED, state=PlannedState.EXCUSED,
            visit_date__gte=month, visit_date__lt=until,
        ).values_list("retailer_id", flat=True)
    )  # fmt: skip

    def is_key(version: RetailerVersion, day: date) -> bool:
        tier = version.tier if version.valid_from <= day else None
        return tier is not None and tier >= tier_from and version.status == Status.ACTIVE

    return [
        Key(person, retailer, since <= month and is_key(at_start[retailer], month), retailer in excused)
        for retailer, person, since in held
        if retailer in at_end and is_key(at_end[retailer], last)
    ]


def visit_verdicts(company: Company) -> pa.Table:
    """What the rules say of every visit in the run that counts for its month; of a yes that was asked about, what is left of it."""
    counted = {}
    for run in VerificationRun.objects.filter(company=company, mode=RunMode.FORMAL).order_by("number"):
        counted[run.month] = run
    rows = (
        VisitVerdict.objects.filter(run__in=[run.pk for run in counted.values()])
        .order_by("visit_date", "visit_id")
        .values_list(
            "visit_id", "person_id", "visit__retailer_id", "visit_date", "risk", "answer", "rules", "run__rule_set__number",
            "run__number",
        )
    )  # fmt: skip
    columns = ("visit_id", "person_id", "retailer_id", "visit_date", "risk", "answer", "copied", "rule_set", "run")
    asked = subjects.questions(company)
    told = []
    for visit, person, shop, day, risk, answer, answers, number, of_run in rows.iterator(chunk_size=10_000):
        copied = asked.copied(visit, person, day, answers.get("copied_note", "cannot_tell"))
        told.append((visit, person, shop, day, risk, asked.answer(visit, person, day, answer), copied, number, of_run))
    return table_of("visit_verdicts", company, columns, told)


def check_results(company: Company) -> pa.Table:
    """The answers of drawn checks whose rounds are over, each with its weight."""
    rows = checks.seen_results(company).order_by("visit__visit_date", "visit_id", "channel")
    columns = ("visit_id", "channel", "person_id", "retailer_id", "visit_date", "confirmed", "weight_milli")
    told = [
        (*first, round(1000 / chance))
        for *first, chance in rows.values_list(
            "visit_id", "channel", "visit__person_id", "visit__retailer_id", "visit__visit_date", "confirmed",
            "drawn_probability",
        )
    ]  # fmt: skip
    return table_of("check_results", company, columns, told)


def _n_filled(steps: int | None, note: str, others: int) -> int | None:
    """Steps with content beside the questions: those of the form, the note, records of their own; None where none is recorded."""
    more = bool(note.strip()) + others
    return more or None if steps is None else steps + more


def _visits(company: Company, first: date, month: date, until: date) -> tuple[pa.Table, dict[str, date], int]:
    made = Visit.objects.filter(company=company, visit_date__gte=first, visit_date__lt=until).exclude(
        state=VisitState.OPEN
    )
    rows = list(
        made.order_by("pk").values_list(
            "pk", "person_id", "retailer_id", "n_answers", "note", "planned_date", "visit_date", "distance_metres", "n_filled",
            *clocks.COLUMNS,
        )
    )  # fmt: skip
    times = [clocks.by_server(*row[9:]) for row in rows]
    others = steps_beside(company, first, until)
    positions = {
        row[0]: row[1:]
        for row in Position.objects.filter(
            visit__company=company, visit__visit_date__gte=first, visit__visit_date__lt=until, moment=Moment.CHECK_IN
        ).values_list("visit_id", "latitude", "longitude", "accuracy_metres", "fix_age_seconds")
    }
    nothing = (None, None, None, None)
    places = [positions.get(row[0], nothing) for row in rows]
    deleted = sum(1 for row in rows if row[6] >= month and row[7] is not None and row[0] not in positions)
    table = pa.table(
        {
            "visit_id": pa.array([row[0] for row in rows], pa.string()),
            "manager_id": pa.array([str(row[1]) for row in rows], pa.string()),
            "retailer_id": pa.array([str(row[2]) for row in rows], pa.string()),
            "check_in_at": pa.array([time.start for time in times], _INSTANT),
            "check_out_at": pa.array([time.end for time in times], _INSTANT),
            "latitude": pa.array([place[0] for place in places], pa.float64()),
            "longitude": pa.array([place[1] for place in places], pa.float64()),
            "accuracy_metres": pa.array([place[2] for place in places], pa.float64()),
            "fix_age_seconds": pa.array([place[3] for place in places], pa.float64()),
            "n_answers": pa.array([row[3] for row in rows], pa.int64()),
            "note": pa.array([row[4] for row in rows], pa.string()),
            "planned_date": pa.array([row[5] for row in rows], pa.date32()),
            "is_time_known": pa.array([time.is_known for time in times], pa.bool_()),
            "n_filled": pa.array([_n_filled(row[8], row[4], others[row[0]]) for row in rows], pa.int64()),
        }
    )
    return table, {row[0]: row[6] for row in rows if row[6] >= month}, deleted


def _retailers(company: Company, until: date) -> pa.Table:
    rows = RetailerVersion.objects.filter(retailer__company=company, valid_from__lt=until).order_by("valid_from")
    newest = {row[0]: row[1:] for row in rows.values_list("retailer_id", "latitude", "longitude")}
    ids = sorted(newest)
    return pa.table(
        {
            "retailer_id": pa.array([str(pk) for pk in ids], pa.string()),
            "latitude": pa.array([newest[pk][0] for pk in ids], pa.float64()),
            "longitude": pa.array([newest[pk][1] for pk in ids], pa.float64()),
        }
    )


def _witnesses(company: Company, first: date, until: date) -> pa.Table:
    zone = ZoneInfo(company.time_zone)
    start, end = (datetime(day.year, day.month, day.day, tzinfo=zone) for day in (first, until))
    told = Q(seen_at__gte=start - timedelta(days=1), seen_at__lt=end + timedelta(days=1))
    told |= Q(about_from__lt=until, about_until__gte=first)
    rows = list(
        Witness.objects.filter(told, company=company)
        .order_by("witness_id")
        .values_list("witness_id", "channel", "retailer_id", "seen_at", "says", "about_from", "about_until")
    )
    kinds = {"seen_at": _INSTANT, "about_from": pa.date32(), "about_until": pa.date32()}
    names = ("witness_id", "channel", "retailer_id", "seen_at", "says", "about_from", "about_until")
    columns = {
        name: pa.array(
            [str(row[place]) if name == "retailer_id" else row[place] for row in rows], kinds.get(name, pa.string())
        )
        for place, name in enumerate(names)
    }
    return pa.table(columns)


def _checks(company: Company, first: date, until: date) -> pa.Table:
    found = checks.seen_results(company).filter(visit__visit_date__gte=first, visit__visit_date__lt=until)
    rows = list(
        found.order_by("visit_id", "channel").values_list("visit_id", "channel", "drawn_probability", "confirmed")
    )
    names = ("visit_id", "channel", "drawn_probability", "confirmed")
    return pa.table(
        {
            name: pa.array([row[place] for row in rows], pa.float64() if name == "drawn_probability" else pa.string())
            for place, name in enumerate(names)
        }
    )
