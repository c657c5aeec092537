"""The travel times of a plan: what a road engine told until its first day, and what it did not tell."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

import numpy as np
from django.db.models import Q

from lianxin.core.visiting import START, CallPlan, RoadTimes, legs
from lianxin.people.models import Person
from lianxin.visits.models import RoadMinutes, StartPoint
from lianxin.visits.places import Point, metres_between
from lianxin.visits.queries.versions import versions_on

# What a plan's `parameters["travel"]["rule"]` says.
ROADS: Final = "roads"
STRAIGHT: Final = "straight"
# A shop or a start that lies elsewhere than on the day of the table: its minutes are those of another way.
MOVED_METRES: Final = 100


@dataclass(frozen=True, slots=True)
class Told:
    """Travel times between some retailers and a person's start, as known on a day.

    roads : None where no road engine told any; dates : those of the tables that it was taken from, the newest first
    n_moved : pairs left out because one of the places has moved since
    """

    roads: RoadTimes | None
    dates: tuple[date, ...]
    n_moved: int


def place_key(*, retailer_id: int | None = None, person_id: int | None = None) -> str:
    """How `RoadMinutes.minutes` names a place: a retailer's shop, or where a person's days begin."""
    return f"r{retailer_id}" if person_id is None else f"p{person_id}"


def told_on(person: Person, retailer_ids: Collection[int], *, on: date) -> Told:
    """Of every pair of places the minutes of the newest table that told them, none where a place has moved since."""
    ids = sorted(retailer_ids)
    keys = [place_key(person_id=person.pk), *(place_key(retailer_id=pk) for pk in ids)]
    rows = RoadMinutes.objects.filter(
        Q(from_retailer_id__in=ids) | Q(from_person=person), company=person.company, valid_from__lte=on
    ).order_by("valid_from")
    number = {key: at for at, key in enumerate(keys)}
    minutes = np.full((len(keys),) * 2, np.nan)
    day = np.zeros(minutes.shape, dtype=np.int64)
    for row in rows:
        at = number[place_key(retailer_id=row.from_retailer_id, person_id=row.from_person_id)]
        told = row.minutes
        for to, key in enumerate(keys):
            if key in told and to != at:
                minutes[at, to], day[at, to] = told[key], row.valid_from.toordinal()
    if not day.any():
        return Told(None, (), 0)
    n_moved = _leave_out_moved(person, ids, minutes, day, on=on)
    dates = tuple(date.fromordinal(int(one)) for one in np.unique(day[~np.isnan(minutes)])[::-1])
    return Told(RoadTimes([START, *map(str, ids)], minutes), dates, n_moved)


def _leave_out_moved(person: Person, ids: list[int], minutes: Any, day: Any, *, on: date) -> int:
    now, n_moved = _places(person, ids, on=on), 0
    for ordinal in np.unique(day[day > 0]).tolist():
        then = _places(person, ids, on=date.fromordinal(ordinal))
        gone = np.array([_has_moved(old, new) for old, new in zip(then, now, strict=True)])
        wrong = (day == ordinal) & (gone[:, None] | gone)
        n_moved += int(wrong.sum())
        minutes[wrong] = np.nan
    return n_moved


def _places(person: Person, ids: list[int], *, on: date) -> list[Point | None]:
    start = StartPoint.objects.filter(person=person, valid_from__lte=on).order_by("-valid_from").first()
    versions = versions_on(ids, on=on)
    places: list[Point | None] = [None if start is None else (start.latitude, start.longitude)]
    for pk in ids:
        version = versions.get(pk)
        known = version is not None and version.latitude is not None and version.longitude is not None
        places.append((version.latitude, version.longitude) if version is not None and known else None)  # type: ignore[arg-type]
    return places


def _has_moved(old: Point | None, new: Point | None) -> bool:
    return old is None or new is None or metres_between(old, new) > MOVED_METRES


def account_of(plan: CallPlan, told: Told, values: Mapping[str, Any]) -> dict[str, Any]:
    """What a plan keeps of its travel times: the rule, the tables, and how many pairs and ways they did not tell."""
    ways = legs(plan)
    return {
        "rule": STRAIGHT if told.roads is None else ROADS,
        "road_factor": float(values["road_factor"]),
        "speed_kmh": float(values["speed_kmh"]),
        "dates": [one.isoformat() for one in told.dates],
        "n_pairs": 0 if told.roads is None else told.roads.n_pairs,
        "n_missing": 0 if told.roads is None else told.roads.n_missing,
        "n_moved": told.n_moved,
        "n_legs": ways.n_legs,
        "n_straight": ways.n_straight,
    }
