"""What a call plan is made from and what it is: retailers, a manager's start, working days, settings; visits, unplaced visits."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from enum import StrEnum
from typing import Final

import numpy as np

from lianxin.core.visiting.travel import Minutes, RoadTimes, straight_line
from lianxin.core.visiting.travel import PlanWrong as PlanWrong

TICKS: Final = 10
"""Parts of a minute in which a day is timed: six seconds. Travel and service are rounded up to them."""
DAY_MINUTES: Final = 24 * 60


class WhyNot(StrEnum):
    """Why a visit has no place."""

    MORE_VISITS_THAN_DAYS = "more_visits_than_days"
    CLOSED_IN_WORKING_HOURS = "closed_in_working_hours"
    TOO_FAR = "too_far"
    DAYS_FULL = "days_full"
    NO_DAY_LEFT = "no_day_left"


class Kind(StrEnum):
    """What a planned visit is."""

    PLANNED = "planned"
    URGENT = "urgent"
    COVER = "cover"


@dataclass(frozen=True)
class Retailer:
    """One retailer with what its visits need. Times of day are minutes after midnight."""

    retailer_id: str
    latitude: float
    longitude: float
    visits_per_cycle: int
    service_minutes: float
    good_from: float = 0
    good_until: float = DAY_MINUTES
    is_country: bool = False

    def __post_init__(self) -> None:
        if self.visits_per_cycle < 0 or self.service_minutes < 0 or self.good_from >= self.good_until:
            raise PlanWrong(
                f"Retailer {self.retailer_id}: visits and service must not be negative and good hours must not be empty."
            )


@dataclass(frozen=True)
class Start:
    """Where a manager's working day begins and ends."""

    latitude: float
    longitude: float


@dataclass(frozen=True)
class Settings:
    """How days are planned. docs/reference/call-plans.md tells the evidence of every default."""

    work_from: float = 8.5 * 60
    work_until: float = 17.5 * 60
    road_factor: float = 1.3
    speed_kmh: float = 25.0
    norm_town: int = 30
    norm_country: int = 25
    seed: int = 0
    search_rounds: int = 4000
    route_rounds: int = 150
    roads: RoadTimes | None = field(default=None, compare=False)
    """What a road engine told; pairs that it did not tell, and all pairs without it, take the straight line."""

    def __post_init__(self) -> None:
        if not 0 <= self.work_from < self.work_until <= DAY_MINUTES:
            raise PlanWrong("Working hours must begin before they end, on one day.")
        if self.road_factor < 1 or self.speed_kmh <= 0:
            raise PlanWrong("The road factor must be at least 1 and the speed above 0.")
        if min(self.norm_town, self.norm_country) < 1 or min(self.search_rounds, self.route_rounds) < 0:
            raise PlanWrong("The norms must be at least 1 and the rounds not negative.")

    def minutes(self, ids: Sequence[str], latitudes: Minutes, longitudes: Minutes) -> Minutes:
        """Minutes (n, n) from row to column: the road engine's where it told them, else the straight line × road factor."""
        straight = straight_line(self.road_factor, self.speed_kmh)(ids, latitudes, longitudes)
        if self.roads is None:
            return straight
        told = self.roads.between(ids)
        return np.where(np.isnan(told), straight, told)

    def norm(self, retailers: Sequence[Retailer]) -> int:
        """Visits a day by the trade's norm: that of the country where most of the retailers are there."""
        in_country = sum(retailer.is_country for retailer in retailers)
        return self.norm_country if 2 * in_country > len(retailers) else self.norm_town


@dataclass(frozen=True, order=True)
class Visit:
    """One planned visit. Sorts by day and order."""

    visit_date: date
    order: int
    retailer_id: str
    manager_id: str
    arrive: float
    """Minutes after midnight; the visit begins then, within the good hours."""
    leave: float
    travel_minutes: float
    """From the place before: the last retailer, or the start of the day."""
    kind: Kind = Kind.PLANNED
    holder_id: str = ""
    """Who holds the retailer when somebody else covers; else empty."""


@dataclass(frozen=True)
class Begun:
    """A day that is not over and the minute after midnight that it has come to: what is put into it begins then or later."""

    day: date
    minute: float

    def has_passed(self, visit: Visit) -> bool:
        """Whether a visit was to begin before now; it keeps its time, made or not."""
        return visit.visit_date == self.day and visit.arrive < self.minute


@dataclass(frozen=True, order=True)
class Unplaced:
    """A visit that has no place, with the reason. Never dropped silently."""

    retailer_id: str
    n_visits: int
    why: WhyNot


@dataclass(frozen=True)
class Day:
    """What one day of a plan holds."""

    visit_date: date
    n_visits: int
    travel_minutes: float
    """All ways of the day, that back to the start included."""
    service_minutes: float
    back_at: float
    norm: int

    @property
    def reaches_norm(self) -> bool:
        return self.n_visits >= self.norm


@dataclass(frozen=True)
class Legs:
    """The ways of a plan, those back to the start included, and how many of them no road engine told."""

    n_legs: int
    n_straight: int


@dataclass(frozen=True)
class CallPlan:
    """The plan of one manager's cycle, with all that replanning needs."""

    manager_id: str
    start: Start
    days: tuple[date, ...]
    retailers: Mapping[str, Retailer]
    settings: Settings
    visits: tuple[Visit, ...]
    unplaced: tuple[Unplaced, ...] = ()

    def on(self, day: date) -> tuple[Visit, ...]:
        """The visits of a day, in their order."""
        return tuple(visit for visit in self.visits if visit.visit_date == day)

    def with_visits(self, visits: Sequence[Visit], unplaced: Sequence[Unplaced] = ()) -> CallPlan:
        return replace(self, visits=tuple(sorted(visits)), unplaced=tuple(sorted((*self.unplaced, *unplaced))))


def working_days(
    first: date, weeks: int, *, holidays: Sequence[date] = (), worked: Sequence[date] = ()
) -> tuple[date, ...]:
    """The working days of a cycle: Monday to Friday without holidays, and rest days that are worked instead.

    Parameters
    ----------
    first : the cycle begins here, on whatever weekday
    weeks : the cycle ends before `first` + this many weeks
    holidays : days off although they fall on Monday to Friday
    worked : days at work although they fall on a weekend (调休)
    """
    days = (first + timedelta(days=offset) for offset in range(7 * weeks))
    return tuple(day for day in days if day in worked or (day.weekday() < 5 and day not in holidays))
