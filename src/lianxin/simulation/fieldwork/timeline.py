"""Where a manager truly was at each visit and when: travel, service, lunch, rain, shut doors and the end of the day."""

from dataclasses import dataclass

import numpy as np

from lianxin.simulation.draws import stream
from lianxin.simulation.fieldwork.chance import uniform
from lianxin.simulation.fieldwork.conduct import BURST, EMPTY_FORM, GHOST_HOME, GHOST_ROADSIDE, is_ghost
from lianxin.simulation.fieldwork.ground import METRES_PER_DEGREE, Ground
from lianxin.simulation.fieldwork.rounds import FRIENDLY, Rounds

SECONDS_PER_DAY = 86_400
_ROAD_FACTOR = 1.35
_METRES_PER_MINUTE = {True: 270.0, False: 500.0}
_DAY_ENDS = 17.6 * 60
_RAIN_SHORTENS = np.array([1.0, 0.9, 0.75])


@dataclass(frozen=True, slots=True)
class Timeline:
    """By visit. Seconds of the local day; places are where the manager truly was, wherever he says he was."""

    check_in: np.ndarray
    check_out: np.ndarray
    latitude: np.ndarray
    longitude: np.ndarray
    is_shut: np.ndarray


def shut_at(ground: Ground, retailer: np.ndarray, day: np.ndarray, second: np.ndarray) -> np.ndarray:
    """bool: the door is shut; the same for everybody who comes at that time."""
    seed, variety = ground.settings.seed, ground.settings.variety
    whole = uniform(seed, "shut day", retailer, day) < variety.closed_day_share
    week = uniform(seed, "shut week", retailer, day // 7) < variety.closed_week_share
    half = uniform(seed, "shut half", retailer, day, second >= 13 * 3600) < variety.closed_day_share
    opens = 6.5 + 1.6 * uniform(seed, "opens", retailer)
    closes = 19.5 + 2.5 * uniform(seed, "closes", retailer)
    return np.asarray(whole | week | half | (second < opens * 3600) | (second >= closes * 3600))


def all_that_fit(ground: Ground, rounds: Rounds) -> Rounds:
    """The rounds without the visits for which an honest day has no time left."""
    honest = np.zeros(len(rounds), dtype=np.int8)
    timeline = _run(ground, rounds, honest, np.zeros(len(rounds), dtype=bool))
    return rounds.taken(np.flatnonzero(timeline.check_out < _DAY_ENDS * 60))


def build_timeline(ground: Ground, rounds: Rounds, conduct: np.ndarray) -> Timeline:
    """Twice through the day: whether a door is shut hangs on the time, and the time on the doors before."""
    shut = np.zeros(len(rounds), dtype=bool)
    guess = _run(ground, rounds, conduct, shut)
    shut = shut_at(ground, rounds.retailer, rounds.day, guess.check_in)
    return _run(ground, rounds, conduct, shut)


def _run(ground: Ground, rounds: Rounds, conduct: np.ndarray, shut: np.ndarray) -> Timeline:
    rng = stream(ground.settings.seed, "fieldwork timeline")
    first = rounds.starts()
    latitude, longitude = _places(rng, ground, rounds, conduct, first)
    staff = ground.staff
    before_latitude = np.where(first, staff.home_latitude[rounds.manager], np.roll(latitude, 1))
    before_longitude = np.where(first, staff.home_longitude[rounds.manager], np.roll(longitude, 1))
    metres = distance(before_latitude, before_longitude, latitude, longitude)
    urban = staff.is_urban[rounds.manager]
    speed = np.where(urban, _METRES_PER_MINUTE[True], _METRES_PER_MINUTE[False])
    n = len(rounds)
    travel = metres * _ROAD_FACTOR / speed * np.exp(rng.normal(0, 0.2, n)) + rng.gamma(3.0, 0.8, n)
    ghost = is_ghost(conduct)
    # Whoever does not move sends one visit after the other, some at once, some after a decent pause.
    idle = np.where(rng.random(n) < 0.5, rng.uniform(0.2, 2.0, n), rng.uniform(3.0, 9.0, n))
    travel = np.where((conduct == GHOST_HOME) & (metres < 300), idle, travel)
    travel = np.where((conduct == BURST) & (metres < 1), rng.uniform(0.1, 0.7, n), travel)
    travel = np.where(first, 0.0, travel)
    service = _service(rng, ground, rounds, conduct, shut)
    begin = (staff.start_hour[rounds.manager] * 60)[first] + rng.normal(0, 9, int(first.sum()))
    day_of = np.cumsum(first) - 1
    total = np.cumsum(travel + service)
    base = (total - travel - service)[first]
    leave = total - base[day_of] + begin[day_of]
    lunch_at = (11.75 * 60 + rng.uniform(0, 35, int(first.sum())))[day_of]
    lunch = rng.uniform(40, 75, int(first.sum()))[day_of]
    leave = np.where(leave - service > lunch_at, leave + lunch, leave)
    check_out = np.rint(leave * 60).astype(np.int64)
    check_in = np.rint((leave - service) * 60).astype(np.int64)
    return Timeline(check_in, np.maximum(check_out, check_in + 5), latitude, longitude, shut & ~ghost)


def _service(
    rng: np.random.Generator, ground: Ground, rounds: Rounds, conduct: np.ndarray, shut: np.ndarray
) -> np.ndarray:
    """Minutes between check-in and check-out."""
    n, seed = len(rounds), ground.settings.seed
    own = ground.staff.service_minutes[rounds.manager] * np.exp(
        0.3 * (uniform(seed, "talkative", rounds.retailer) - 0.5)
    )
    rain = ground.rain_at(ground.shops.town[rounds.retailer], rounds.day)
    minutes = (own * np.exp(rng.normal(0, 0.32, n)) * _RAIN_SHORTENS[rain]).clip(1.8, 90)
    minutes = np.where(rounds.kind == FRIENDLY, rng.uniform(0.7, 3.5, n), minutes)
    minutes = np.where(conduct == EMPTY_FORM, minutes * 0.65, minutes)
    minutes = np.where(shut & ~is_ghost(conduct), rng.uniform(0.6, 2.4, n), minutes)
    feigned, quick = rng.uniform(3.5, 12, n), rng.uniform(0.25, 1.4, n)
    coin, rates = rng.random(n), ground.settings.misconduct
    minutes = np.where(conduct == GHOST_HOME, np.where(coin < rates.feigned_home_share, feigned, quick), minutes)
    minutes = np.where(
        conduct == GHOST_ROADSIDE, np.where(coin < rates.feigned_roadside_share, feigned * 0.6, quick), minutes
    )
    return np.asarray(np.where(conduct == BURST, rng.uniform(0.15, 0.9, n), minutes))


def _places(
    rng: np.random.Generator, ground: Ground, rounds: Rounds, conduct: np.ndarray, first: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    latitude, longitude = ground.shops.place_on(rounds.retailer, rounds.day)
    n = len(rounds)
    away, turn = np.exp(rng.normal(np.log(260), 0.6, n)).clip(60, 1500), rng.uniform(0, 2 * np.pi, n)
    road = shifted(latitude, longitude, away, turn)
    staff = ground.staff
    room = shifted(
        staff.home_latitude[rounds.manager], staff.home_longitude[rounds.manager], rng.uniform(0, 25, n), turn
    )
    at_home, by_road = conduct == GHOST_HOME, conduct == GHOST_ROADSIDE
    latitude = np.where(at_home, room[0], np.where(by_road, road[0], latitude))
    longitude = np.where(at_home, room[1], np.where(by_road, road[1], longitude))
    # A burst is sent from where the last visit before it was; at the beginning of a day, from its first shop.
    anchor = np.maximum.accumulate(np.where(first | (conduct != BURST), np.arange(n), 0))
    return latitude[anchor], longitude[anchor]


def shifted(
    latitude: np.ndarray, longitude: np.ndarray, metres: np.ndarray, turn: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Points so many metres away in the direction of `turn`, in radians from the east."""
    north = metres * np.sin(turn) / METRES_PER_DEGREE
    east = metres * np.cos(turn) / (METRES_PER_DEGREE * np.cos(np.radians(latitude)))
    return latitude + north, longitude + east


def distance(
    latitude: np.ndarray, longitude: np.ndarray, other_latitude: np.ndarray, other_longitude: np.ndarray
) -> np.ndarray:
    """Metres, on a plane that touches the earth at the points."""
    north = (other_latitude - latitude) * METRES_PER_DEGREE
    east = (other_longitude - longitude) * METRES_PER_DEGREE * np.cos(np.radians(latitude))
    return np.asarray(np.hypot(north, east))
