"""Shops to visit, and what must hold of every plan of their visits."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from datetime import date
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st

from lianxin.core.visiting import (
    CallPlan,
    Retailer,
    Settings,
    Start,
    even_patterns,
    is_even,
    working_days,
)

MONDAY = date(2026, 11, 23)
DAYS = working_days(MONDAY, 4)
HOME = Start(30.0, 115.0)
QUICK = Settings(search_rounds=60, route_rounds=10)
few = settings(max_examples=15, deadline=None)
WINDOWS = ((0, 1440), (540, 690), (840, 1020), (600, 601))


@st.composite
def shops(draw: st.DrawFn, most: int = 9, days: int = 20) -> list[Retailer]:
    made = []
    for number in range(draw(st.integers(1, most))):
        opens, closes = draw(st.sampled_from(WINDOWS))
        place = (draw(st.floats(-0.3, 0.3)), draw(st.floats(-0.3, 0.3)))
        visits, minutes = (
            draw(st.sampled_from([0, 1, 2, 3, 4, 7, days, days + 2])),
            draw(st.sampled_from([0.0, 5.05, 30.0, 170.0])),
        )
        made.append(Retailer(f"R{number:02d}", 30 + place[0], 115 + place[1], visits, minutes, opens, closes))
    return made


def minutes_between(a: Any, b: Any, used: Settings) -> float:
    """The way between two places, written anew with the haversine formula."""
    p, q = math.radians(a.latitude), math.radians(b.latitude)
    half = (
        math.sin((p - q) / 2) ** 2
        + math.cos(p) * math.cos(q) * math.sin(math.radians(a.longitude - b.longitude) / 2) ** 2
    )
    return 2 * 6371.0088 * math.asin(math.sqrt(half)) * used.road_factor / used.speed_kmh * 60


def check_day(made: CallPlan, day: date) -> None:
    """Ways, hours and order of a day, by arithmetic of its own."""
    place: Any = made.start
    clock = made.settings.work_from
    visits = made.on(day)
    assert [visit.order for visit in visits] == list(range(1, len(visits) + 1))
    for visit in visits:
        retailer = made.retailers[visit.retailer_id]
        way = minutes_between(place, retailer, made.settings)
        assert way - 1e-6 <= visit.travel_minutes <= way + 0.1 + 1e-6
        assert visit.arrive >= clock + visit.travel_minutes - 1e-6
        assert retailer.good_from - 1e-6 <= visit.arrive
        assert visit.leave <= retailer.good_until + 1e-6
        assert visit.arrive + retailer.service_minutes <= visit.leave + 1e-6
        place, clock = retailer, visit.leave
    if visits:
        assert clock + minutes_between(place, made.start, made.settings) <= made.settings.work_until + 1e-6


def check_plan(made: CallPlan, wanted: dict[str, int], *, full: bool = False) -> None:
    """Visits complete, on distinct days, evenly spread (where days are full: at most a day beside), each day feasible."""
    lacking: Counter[str] = Counter()
    for row in made.unplaced:
        lacking[row.retailer_id] += row.n_visits
    by_retailer = defaultdict(list)
    for visit in made.visits:
        by_retailer[visit.retailer_id].append(visit.visit_date)
    for name, n in wanted.items():
        on = by_retailer[name]
        assert len(on) + lacking[name] == n
        assert len(set(on)) == len(on)
        if not lacking[name] and n:
            numbers = sorted(made.days.index(day) for day in on)
            patterns = even_patterns(len(made.days), n)
            assert min(max(abs(a - b) for a, b in zip(numbers, days, strict=True)) for days in patterns) <= 1
            if not full:
                assert is_even(numbers, len(made.days))
    for day in made.days:
        check_day(made, day)
    assert {visit.visit_date for visit in made.visits} <= set(made.days)
