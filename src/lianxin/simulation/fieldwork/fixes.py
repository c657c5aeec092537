"""What the phone says about where it is: satellites, masts, an old fix, or nothing."""

from dataclasses import dataclass

import numpy as np

from lianxin.simulation.draws import stream
from lianxin.simulation.fieldwork.chance import uniform
from lianxin.simulation.fieldwork.conduct import GHOST_HOME, is_ghost
from lianxin.simulation.fieldwork.ground import Ground
from lianxin.simulation.fieldwork.rounds import Rounds
from lianxin.simulation.fieldwork.timeline import Timeline, shifted

GPS, NETWORK, CACHED, NONE = range(4)
SOURCES = ("gps", "network", "cached", "none")
# A reported radius holds 68 of 100 fixes where errors are Rayleigh; true ones have heavier tails.
_RAYLEIGH_68 = 1.5096
_TAIL_DEGREES = 5.0
_CANYON_SHARE = 0.18
_NETWORK_SHARE = {True: 0.03, False: 0.09}
_HIDDEN_SHARE = 0.2


@dataclass(frozen=True, slots=True)
class Fixes:
    """By visit; not a number where there is no fix."""

    latitude: np.ndarray
    longitude: np.ndarray
    accuracy_metres: np.ndarray
    age_seconds: np.ndarray
    source: np.ndarray


def build_fixes(ground: Ground, rounds: Rounds, conduct: np.ndarray, timeline: Timeline) -> Fixes:
    rng = stream(ground.settings.seed, "fieldwork fixes")
    n, shops = len(rounds), ground.shops
    source = _sources(rng, ground, rounds, conduct)
    urban = shops.retailers.is_urban[rounds.retailer]
    canyon = urban & (uniform(ground.settings.seed, "canyon", rounds.retailer) < _CANYON_SHARE)
    canyon &= ~is_ghost(conduct)
    median = np.where(source == NETWORK, 320.0, np.where(canyon, 26.0, np.where(urban, 13.0, 8.0)))
    accuracy = median * np.exp(rng.normal(0, np.where(source == NETWORK, 0.7, 0.55), n))
    latitude, longitude = _where(ground, rounds, timeline, source, age := _ages(rng, source))
    # Houses throw the same shop's signal to the same side, time after time.
    side = 2 * np.pi * uniform(ground.settings.seed, "echo side", rounds.retailer)
    echo = np.where(canyon, 70 * uniform(ground.settings.seed, "echo", rounds.retailer) ** 2, 0.0)
    latitude, longitude = shifted(latitude, longitude, echo * (source == GPS), side)
    error = accuracy / _RAYLEIGH_68 * np.sqrt(-2 * np.log1p(-rng.random(n)))
    error *= np.sqrt(_TAIL_DEGREES / rng.chisquare(_TAIL_DEGREES, n))
    latitude, longitude = shifted(latitude, longitude, error, rng.uniform(0, 2 * np.pi, n))
    spoofed = (conduct == GHOST_HOME) & (rng.random(n) < ground.settings.misconduct.ghost_spoofed_share)
    spoofed &= (source != NONE) & np.isfinite(shops.latitude[rounds.retailer])
    latitude = np.where(spoofed, shops.latitude[rounds.retailer], latitude)
    longitude = np.where(spoofed, shops.longitude[rounds.retailer], longitude)
    accuracy = np.where(spoofed, 5.0, accuracy)
    nothing = source == NONE
    return Fixes(
        latitude=np.where(nothing, np.nan, latitude.round(6)),
        longitude=np.where(nothing, np.nan, longitude.round(6)),
        accuracy_metres=np.where(nothing, np.nan, accuracy.clip(3, 5000).round(1)),
        age_seconds=np.where(nothing, np.nan, np.where(spoofed, 0, age)),
        source=np.where(spoofed, GPS, source),
    )


def _sources(rng: np.random.Generator, ground: Ground, rounds: Rounds, conduct: np.ndarray) -> np.ndarray:
    n, shops = len(rounds), ground.shops
    draw, urban = rng.random(n), shops.retailers.is_urban[rounds.retailer]
    none = ground.staff.no_fix_share[rounds.manager]
    # Some of those who sit at home switch the position off.
    none = np.where(conduct == GHOST_HOME, np.maximum(none, _HIDDEN_SHARE), none)
    cached = none + ground.settings.variety.cached_share
    network = cached + np.where(urban, _NETWORK_SHARE[True], _NETWORK_SHARE[False])
    return np.select([draw < none, draw < cached, draw < network], [NONE, CACHED, NETWORK], GPS).astype(np.int8)


def _ages(rng: np.random.Generator, source: np.ndarray) -> np.ndarray:
    n = len(source)
    old = np.exp(rng.normal(np.log(420), 0.8, n)).clip(65, 7200)
    return np.asarray(
        np.rint(
            np.select([source == CACHED, source == NETWORK], [old, rng.exponential(12, n)], rng.exponential(2.5, n))
        )
    )


def _where(
    ground: Ground, rounds: Rounds, timeline: Timeline, source: np.ndarray, age: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Where the phone took its fix: an old one on the way here, at the shop before, or at home in the morning."""
    first, staff = rounds.starts(), ground.staff
    before_latitude = np.where(first, staff.home_latitude[rounds.manager], np.roll(timeline.latitude, 1))
    before_longitude = np.where(first, staff.home_longitude[rounds.manager], np.roll(timeline.longitude, 1))
    under_way = np.where(first, 1200, timeline.check_in - np.roll(timeline.check_out, 1)).clip(1)
    back = np.where(source == CACHED, np.clip(age / under_way, 0, 1), 0.0)
    return (
        timeline.latitude + back * (before_latitude - timeline.latitude),
        timeline.longitude + back * (before_longitude - timeline.longitude),
    )
