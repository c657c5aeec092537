"""What a call plan is made from: retailers held by date, start point, working days, frequencies and hours by dated parameters."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, time, timedelta
from math import ceil
from statistics import median
from typing import Any, Final

from django.db.models import Q

from lianxin.core.parameters import value_of
from lianxin.core.visiting import CallPlan, Retailer, Settings, Start, Visit, working_days
from lianxin.foundation import parameters as dated
from lianxin.foundation.models import CalendarDay, Company
from lianxin.people.models import Person
from lianxin.retailers.models import RetailerVersion, Territory
from lianxin.retailers.queries import held_on
from lianxin.retailers.states import Status
from lianxin.visits.models import PlanCycle, PlannedVisit, ShopHours, StartPoint
from lianxin.visits.queries.plan_frequency import Wanted, visits_wanted
from lianxin.visits.queries.plan_roads import ROADS, Told, told_on
from lianxin.visits.queries.versions import versions_on
from lianxin.visits.states import PlannedState

# The kind of job that makes plans; pages ask for it by name.
JOB: Final = "visits.plan"
NAMES: Final = (
    "cycle_weeks", "least_visits", "high_tier_from", "high_tier_visits", "middle_tier_from", "middle_tier_visits", "frequencies",
    "norm_town", "norm_country", "work_from_hour", "work_until_hour", "good_from_hour", "good_until_hour", "service_minutes",
    "road_factor", "speed_kmh", "long_not_visited_days", "seed",
)  # fmt: skip
COUNTRY: Final = frozenset({"rural", "乡村", "农村", "乡镇"})
# Visits that are still to be made, or were made: they take their place in a day.
IN_PLACE: Final = (PlannedState.PLANNED, PlannedState.DONE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Inputs:
    """All that `core.visiting.plan` asks for, and what could not be handed to it."""

    person: Person
    start: Start
    start_is_set: bool
    retailers: tuple[Retailer, ...]
    without_place: tuple[int, ...]
    days: tuple[date, ...]
    settings: Settings
    norm: int
    values: Mapping[str, Any]
    wanted: Mapping[int, Wanted]
    travel: Told
    starts_on: date
    ends_on: date


def values_in_force(company: Company, *, on: date) -> dict[str, Any]:
    """The parameters of call plans on a day, by their short names."""
    known = dated.in_force(company, on=on)
    values = {name: value_of(known, f"visiting.{name}") for name in NAMES}
    # Plans keep these numbers as JSON, which has lists only.
    return {**values, "frequencies": list(values["frequencies"] or ())}


def values_of(cycle: PlanCycle) -> dict[str, Any]:
    """The parameters that a plan was made with; those in force on its first day where it is older than a parameter."""
    return {**values_in_force(cycle.company, on=cycle.starts_on), **cycle.parameters.get("values", {})}


def days_of_cycle(company: Company, starts_on: date, weeks: int) -> tuple[date, ...]:
    """The working days of a cycle by the company's calendar."""
    ends_on = starts_on + timedelta(weeks=weeks)
    entries = CalendarDay.objects.filter(company=company, date__gte=starts_on, date__lt=ends_on)
    known = dict(entries.values_list("date", "is_working"))
    return working_days(
        starts_on,
        weeks,
        holidays=[day for day, works in known.items() if not works],
        worked=[day for day, works in known.items() if works],
    )


def settings_of(values: Mapping[str, Any]) -> Settings:
    """The settings of the planning from the parameters."""
    return Settings(
        work_from=60 * float(values["work_from_hour"]),
        work_until=60 * float(values["work_until_hour"]),
        road_factor=float(values["road_factor"]),
        speed_kmh=float(values["speed_kmh"]),
        norm_town=int(values["norm_town"]),
        norm_country=int(values["norm_country"]),
        seed=int(values["seed"]),
    )


def minutes_of(moment: time) -> float:
    """Minutes after midnight."""
    return 60 * moment.hour + moment.minute + moment.second / 60


def time_of(minutes: float) -> time:
    """The local time of so many minutes after midnight, whole minutes."""
    whole = min(round(minutes), 24 * 60 - 1)
    return time(whole // 60, whole % 60)


def good_window(hours: ShopHours | None, values: Mapping[str, Any]) -> tuple[float, float]:
    """When a retailer is to be visited: its good hours, else the company's, less its busy hours.

    Busy hours in the middle leave two pieces; the longer one is taken, the earlier of two alike.
    """
    begin, end = 60 * float(values["good_from_hour"]), 60 * float(values["good_until_hour"])
    if hours is not None and hours.good_from is not None and hours.good_until is not None:
        begin, end = minutes_of(hours.good_from), minutes_of(hours.good_until)
    if hours is None or hours.busy_from is None or hours.busy_until is None:
        return begin, end
    busy_from, busy_until = minutes_of(hours.busy_from), minutes_of(hours.busy_until)
    pieces = [(begin, min(end, busy_from)), (max(begin, busy_until), end)]
    piece = max(pieces, key=lambda one: (one[1] - one[0], -one[0]))
    return piece if piece[1] > piece[0] else (begin, end)


def hours_in_force(retailer_ids: Iterable[int], *, on: date) -> dict[int, ShopHours]:
    """Retailer -> the hours it told that are in force on a day."""
    rows = ShopHours.objects.filter(retailer_id__in=list(retailer_ids), valid_from__lte=on).order_by("valid_from")
    return {row.retailer_id: row for row in rows}


def _as_retailer(
    version: RetailerVersion, hours: ShopHours | None, values: Mapping[str, Any], n_visits: int
) -> Retailer | None:
    if version.latitude is None or version.longitude is None:
        return None
    begin, end = good_window(hours, values)
    return Retailer(
        str(version.retailer_id),
        version.latitude,
        version.longitude,
        n_visits,
        float(values["service_minutes"]),
        begin,
        end,
        version.market_type in COUNTRY,
    )


def as_retailers(retailer_ids: Iterable[int], values: Mapping[str, Any], *, on: date) -> dict[int, Retailer | None]:
    """Retailers as the planning knows them; None for one without a place."""
    versions = versions_on(retailer_ids, on=on)
    return _as_retailers(versions, values, {pk: visits_wanted(one, values) for pk, one in versions.items()}, on=on)


def _as_retailers(
    versions: Mapping[int, RetailerVersion], values: Mapping[str, Any], wanted: Mapping[int, Wanted], *, on: date
) -> dict[int, Retailer | None]:
    hours = hours_in_force(versions, on=on)
    return {pk: _as_retailer(one, hours.get(pk), values, wanted[pk].visits) for pk, one in versions.items()}


def start_of(person: Person, retailers: Iterable[Retailer], *, on: date) -> tuple[Start, bool]:
    """Where a person's day begins, and whether somebody set it; else the middle of the shops held."""
    row = StartPoint.objects.filter(person=person, valid_from__lte=on).order_by("-valid_from").first()
    if row is not None:
        return Start(row.latitude, row.longitude), True
    places = [(one.latitude, one.longitude) for one in retailers]
    if not places:
        return Start(0.0, 0.0), False
    return Start(median(place[0] for place in places), median(place[1] for place in places)), False


def inputs_of(company: Company, person: Person, *, starts_on: date) -> Inputs:
    """What the plan of a person's cycle is made from: the active retailers that the person holds on its first day."""
    values = values_in_force(company, on=starts_on)
    weeks = int(values["cycle_weeks"])
    held = Territory.objects.filter(held_on(starts_on), person=person).values_list("retailer_id", flat=True)
    active = {pk: one for pk, one in versions_on(held, on=starts_on).items() if one.status == Status.ACTIVE}
    wanted = {pk: visits_wanted(version, values) for pk, version in active.items()}
    known = _as_retailers(active, values, wanted, on=starts_on)
    retailers = tuple(one for _pk, one in sorted(known.items()) if one is not None)
    start, is_set = start_of(person, retailers, on=starts_on)
    travel = told_on(person, [int(one.retailer_id) for one in retailers], on=starts_on)
    settings, days = settings_of(values), days_of_cycle(company, starts_on, weeks)
    norm = settings.norm(retailers)
    # Fewer visits than the norm allows are spread over all working days alike: nobody has four full days and an empty fifth.
    level = min(norm, max(1, ceil(sum(one.visits_per_cycle for one in retailers) / max(1, len(days)))))
    return Inputs(
        person=person,
        start=start,
        start_is_set=is_set,
        retailers=retailers,
        without_place=tuple(sorted(pk for pk, one in known.items() if one is None)),
        days=days,
        settings=replace(settings, norm_town=level, norm_country=level, roads=travel.roads),
        norm=norm,
        values=values,
        wanted={pk: wanted[pk] for pk, one in known.items() if one is not None},
        travel=travel,
        starts_on=starts_on,
        ends_on=starts_on + timedelta(weeks=weeks),
    )


def plan_of(cycle: PlanCycle, person: Person | None = None, *, also: Iterable[int] = ()) -> CallPlan:
    """The plan as it stands, for changing it: every visit that a person makes in the cycle's days, those covered for others too.

    A plan that was made with a road engine's minutes keeps to them, one made with straight lines to those.

    Parameters
    ----------
    person : who makes the visits; default the cycle's own
    also : retailers that may come to it, so that the ways to them are known too
    """
    who = person or cycle.person
    values = values_of(cycle)
    within = Q(visit_date__gte=cycle.starts_on, visit_date__lt=cycle.ends_on)
    rows = list(
        PlannedVisit.objects.filter(within, person=who, state__in=IN_PLACE).order_by("visit_date", "order", "pk")
    )
    ids = {row.retailer_id for row in rows} | set(
        Territory.objects.filter(held_on(cycle.starts_on), person=who).values_list("retailer_id", flat=True)
    )
    known = {pk: one for pk, one in as_retailers(ids, values, on=cycle.starts_on).items() if one is not None}
    start, _is_set = start_of(who, known.values(), on=cycle.starts_on)
    visits = tuple(
        Visit(
            row.visit_date,
            row.order,
            str(row.retailer_id),
            str(who.pk),
            minutes_of(row.arrive_at),
            minutes_of(row.arrive_at) + row.service_minutes,
            row.travel_minutes,
        )
        for row in rows
        if row.retailer_id in known
    )
    weeks = (cycle.ends_on - cycle.starts_on).days // 7
    by_road = cycle.parameters.get("travel", {}).get("rule") == ROADS
    travel = told_on(who, {*known, *also}, on=cycle.starts_on) if by_road else None
    return CallPlan(
        str(who.pk),
        start,
        days_of_cycle(cycle.company, cycle.starts_on, weeks),
        {str(pk): one for pk, one in known.items()},
        replace(settings_of(values), roads=travel.roads if travel is not None else None),
        tuple(sorted(visits)),
    )
