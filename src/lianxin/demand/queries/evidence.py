"""What was collected and lies beside the lines of a sheet: counted stock, and hints about places and days."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, tzinfo
from functools import lru_cache
from typing import Final

import pyarrow as pa
import pyarrow.compute as pc
from django.db.models import Case, F, Q, QuerySet, Value, When
from django.utils.translation import gettext as _

from lianxin.core.tables.field import STOCK_COUNTS
from lianxin.demand.models import Hint, Round
from lianxin.demand.states import REVEALED, HintKind
from lianxin.foundation import access, parameters
from lianxin.foundation.errors import Missing
from lianxin.foundation.facts import the_lake
from lianxin.foundation.models import Company, User
from lianxin.people.models import Unit
from lianxin.people.queries import EVERYBODY, persons_in_scope, units_under
from lianxin.retailers.models import Territory
from lianxin.retailers.queries import held_on

# Under these names a round keeps which versions of the counts, and of the prices seen and surveyed, lay before its authors.
COUNTS_VERSION: Final = "stock_counts_version"
PRICES_VERSION: Final = "retail_prices_version"
SURVEYED_VERSION: Final = "surveyed_prices_version"
# And under this one which events its system's forecast was given.
EVENTS_HANDED: Final = "events_handed"


@dataclass(frozen=True, slots=True)
class Count:
    """The newest count of a product in a shop; counted_on: its day there."""

    evidence_id: str
    counted_at: datetime
    counted_on: date
    units: int
    person_id: int


def counts(round: Round) -> dict[tuple[int, int], Count]:
    """The newest stock count of each (retailer, product), as published when the round opened, no older than is shown."""
    return _counts(round.company.zone, *_asked(round))


def newest_counts(round: Round) -> pa.Table:
    """The same as columns: one row per retailer_id and product_id with visit_id, counted_at, units, person_id."""
    return newest_seen(*_asked(round))


def _asked(round: Round) -> tuple[str, str, str, str, int, int, datetime, datetime]:
    version = round.parameters.get(COUNTS_VERSION, the_lake().version(STOCK_COUNTS.name))
    return (STOCK_COUNTS.name, "units", "counted_at", *span_of(round, version))


def span_of(round: Round, version: int) -> tuple[str, int, int, datetime, datetime]:
    """What `newest_seen` asks of a round: the lake, a version, the company, and from when until when something is shown."""
    days = int(parameters.in_force(round.company, on=round.first_period)["demand.count_days"])
    first, end = (
        datetime.combine(day, time(), round.company.zone)
        for day in (round.first_period - timedelta(days=days), round.first_period)
    )
    return str(the_lake().root), version, round.company_id, first, end


@lru_cache(maxsize=16)
def newest_seen(
    table: str, column: str, at_column: str, root: str, version: int, company_id: int, since: datetime, before: datetime
) -> pa.Table:
    """Of a table of what visits saw, the newest row of each retailer_id and product_id, from an instant on and before another.

    Parameters
    ----------
    column : the number seen; at_column : when
    """
    rows = the_lake().read(table, version, company_id)
    first, end = (pa.scalar(moment, pa.timestamp("us", "UTC")) for moment in (since, before))
    at = rows.column(at_column)
    rows = rows.filter(pc.and_(pc.greater_equal(at, first), pc.less(at, end)))
    rows = rows.sort_by([(at_column, "ascending"), ("visit_id", "ascending")])
    told = ("visit_id", at_column, column, "person_id")
    newest = rows.group_by(["retailer_id", "product_id"], use_threads=False).aggregate(
        [(name, "last") for name in told]
    )
    return newest.rename_columns([name.removesuffix("_last") for name in newest.column_names])


@lru_cache(maxsize=8)
def _counts(
    zone: tzinfo,
    table: str,
    column: str,
    at_column: str,
    root: str,
    version: int,
    company_id: int,
    since: datetime,
    before: datetime,
) -> dict[tuple[int, int], Count]:
    rows = newest_seen(table, column, at_column, root, version, company_id, since, before)
    return {
        (row["retailer_id"], row["product_id"]): Count(
            f"stock:{row['visit_id']}",
            row["counted_at"],
            row["counted_at"].astimezone(zone).date(),
            row["units"],
            row["person_id"],
        )
        for row in rows.to_pylist()
    }


def hints_between(company: Company, first: date, until: date) -> QuerySet[Hint]:
    """Hints not withdrawn that touch the days from `first` on and before `until`."""
    rows = Hint.objects.filter(company=company, withdrawn_at=None, valid_from__lt=until, valid_until__gt=first)
    return rows.select_related("retailer", "unit", "product", "made_by").order_by("valid_from", "pk")


def hints_known(company: Company, first: date, until: date, at: datetime) -> list[Hint]:
    """Hints that touch the days from `first` on and before `until`, that were said by an instant and not withdrawn by then."""
    rows = Hint.objects.filter(company=company, valid_from__lt=until, valid_until__gt=first, made_at__lte=at)
    rows = rows.filter(Q(withdrawn_at=None) | Q(withdrawn_at__gt=at))
    return list(rows.select_related("retailer", "unit", "product", "made_by").order_by("valid_from", "pk"))


@dataclass(frozen=True)
class Hints:
    """The hints of a round, with the units below each unit that one names."""

    rows: list[Hint]
    units_below: dict[int, set[int]]


def hints_of(round: Round) -> Hints:
    """The hints that touch the periods of a round: of a closed one those of its deadline, whatever was said or taken back since."""
    if round.state in REVEALED:
        rows = hints_known(round.company, round.first_period, round.ends_before, round.deadline_at)
    else:
        rows = list(hints_between(round.company, round.first_period, round.ends_before))
    units = {hint.unit_id for hint in rows if hint.unit_id is not None}
    return Hints(rows, {unit_id: units_under({unit_id}, round.company) for unit_id in units})


@dataclass(frozen=True)
class HintsById:
    """Hints under the ids by which forecasts name them, with the units below each unit that one names."""

    rows: dict[str, Hint]
    units_below: dict[int, set[int]]


def hints_by_id(pks: Iterable[int]) -> HintsById:
    """Hints of one company by their numbers."""
    rows = list(Hint.objects.filter(pk__in=list(pks)).select_related("company"))
    units = {hint.unit_id: hint.company for hint in rows if hint.unit_id is not None}
    return HintsById(
        {f"hint:{hint.pk}": hint for hint in rows},
        {unit_id: units_under({unit_id}, company) for unit_id, company in units.items()},
    )


def kind_of(hint: Hint) -> str:
    """The kind of evidence that a hint is: a shortage, a closed shop, or an event."""
    return {HintKind.SHORTAGE: "shortage", HintKind.CLOSED: "closed"}.get(HintKind(hint.kind), "event")


def covered_share(hint: Hint, first: date, until: date) -> float:
    """The share of a period's days that a hint covers."""
    days = (min(hint.valid_until, until) - max(hint.valid_from, first)).days
    return max(0, days) / (until - first).days


def suggested_milli(mean_milli: int, hints: Collection[Hint], first: date, until: date) -> int | None:
    """The system's number changed by what hints expect, each for the share of the period it covers; None if none says how much."""
    told = [hint for hint in hints if hint.change_share is not None]
    if not told:
        return None
    factor = 1.0
    for hint in told:
        factor *= 1 + (hint.change_share or 0.0) * covered_share(hint, first, until)
    return round(mean_milli * factor)


def left_after(expected_milli: int, counted_units: int) -> int | None:
    """What a shop would ask for if what it holds beyond one period's need were sold first; None where it holds no more than that.

    What was counted came before the period; what sells until it begins is not known, so the number is a suggestion and no forecast.
    """
    over = counted_units * 1000 - expected_milli
    return max(0, expected_milli - over) if over > 0 else None


def hints_visible(user: User, company: Company, *, on: date) -> QuerySet[Hint]:
    """Hints that the user may read: those about everybody, about the own units, the own retailers, and those one made.

    Raises
    ------
    Denied : a post that reads none.
    """
    persons = persons_in_scope(user, "hints.read", company, on=on)
    rows = Hint.objects.filter(company=company).select_related("retailer", "unit", "product", "made_by")
    if persons is EVERYBODY:
        return rows
    held = Territory.objects.filter(held_on(on), person_id__in=persons).values("retailer_id")
    units = _units_of(persons, on)
    wanted = Q(made_by_id__in=persons) | Q(retailer_id__in=held) | Q(retailer=None, unit=None) | Q(unit_id__in=units)
    return rows.filter(wanted)


def hint_of(user: User, company: Company, pk: int, *, on: date) -> Hint:
    """A hint that the user may read.

    Raises
    ------
    Missing : there is none that the user may read.
    """
    found = hints_visible(user, company, on=on).filter(pk=pk).first()
    if found is None:
        raise Missing(_("There is no such hint."))
    return found


def may_see_visit(user: User, hint: Hint, *, on: date) -> bool:
    """Whether a hint was seen in a visit that the user may read."""
    persons = whose_visits(user, hint.company, on=on)
    return bool(hint.visit_id_said) and (persons is EVERYBODY or hint.made_by_id in persons)


def with_visits_told(rows: QuerySet[Hint], user: User, company: Company, *, on: date) -> QuerySet[Hint]:
    """The hints with `visit_told`: the visit that saw each, "" where there is none or the user may not read it."""
    persons = whose_visits(user, company, on=on)
    if persons is EVERYBODY:
        return rows.annotate(visit_told=F("visit_id_said"))
    return rows.annotate(
        visit_told=Case(When(made_by_id__in=persons, then=F("visit_id_said")), default=Value("")),
    )


def whose_visits(user: User, company: Company, *, on: date) -> Collection[int] | None:
    """Whose visits a user may read; nobody's where his post reads none."""
    if not access.may(user, "visits.read", company):
        return ()
    return persons_in_scope(user, "visits.read", company, on=on)


def _units_of(persons: Collection[int], on: date) -> set[int]:
    """The units in which these persons work, and those above them."""
    held = Unit.objects.filter(postings__person_id__in=persons, postings__valid_from__lte=on).filter(
        Q(postings__valid_until=None) | Q(postings__valid_until__gt=on)
    )
    parents = dict(Unit.objects.filter(company_id__in=held.values("company_id")).values_list("pk", "parent_id"))
    found: set[int] = set()
    for unit_id in held.values_list("pk", flat=True):
        place: int | None = unit_id
        while place is not None and place not in found:
            found.add(place)
            place = parents.get(place)
    return found
