"""The licensed shops: what they are, how large, how they grow, when they open, pause and close."""

from dataclasses import dataclass
from datetime import date

import numpy as np

from lianxin.simulation.days import NEVER, month_end, n_weeks
from lianxin.simulation.draws import shares_to_counts, stream
from lianxin.simulation.geography import Places, split_by_place
from lianxin.simulation.names import shop_address, shop_name
from lianxin.simulation.sizes import Size
from lianxin.simulation.staff import Organisation, patch_growth

TRADE_FORMS = ("grocery", "convenience", "supermarket", "mall", "tobacco_liquor", "entertainment", "other")
_FORM_ENDINGS = ("食杂店", "便利店", "超市", "商场", "烟酒商行", "休闲会所", "经营部")
_FORM_SHARES = {True: (0.34, 0.28, 0.12, 0.02, 0.16, 0.05, 0.03), False: (0.66, 0.12, 0.10, 0.01, 0.07, 0.01, 0.03)}
_FORM_VOLUME = np.array([0.9, 1.05, 1.2, 1.1, 1.5, 0.7, 0.6])
_FORM_LEVEL = np.array([-0.25, 0.1, 0.1, 0.5, 0.6, 0.6, 0.0])

# Tier 30 → 1, per cent of retailers (trade sources 3.1, one city of 15,020 retailers).
PYRAMID = np.array([1, 1, 2, 2, 3, 3, 3, 4, 4, 4, 4, 4, 5, 5, 5, 5, 5, 5, 4, 4, 4, 4, 4, 3, 3, 3, 2, 2, 1, 1])
_NEWCOMER_TIER = 24

# Shops per order weekday, Monday first (trade sources 3.7).
_WEEKDAY_SHARES = np.array([3680.0, 3062.0, 3293.0, 3283.0, 564.0])
_FORTNIGHTLY_SHARE = 0.08

MEAN_UNITS_PER_MONTH = 212.0
_VOLUME_SPREAD = 0.70

GROWTH_CLASSES = ("steady", "growing", "declining", "dropped")
_GROWTH_SHARES = (0.62, 0.18, 0.15, 0.05)


@dataclass(frozen=True, slots=True)
class Retailers:
    """All arrays by retailer unless said otherwise."""

    licence_no: np.ndarray
    # The licence after a change of owner, "" where there was none.
    renewed_licence_no: np.ndarray
    renewed_day: np.ndarray
    name: np.ndarray
    address: np.ndarray
    trade_form: np.ndarray
    is_urban: np.ndarray
    has_coordinates: np.ndarray
    weekday: np.ndarray
    is_fortnightly: np.ndarray
    patch: np.ndarray
    # Patch after the boundaries were redrawn; the same as `patch` for most.
    later_patch: np.ndarray
    opens_day: np.ndarray
    closes_day: np.ndarray
    pause_from: np.ndarray
    pause_until: np.ndarray
    base_units: np.ndarray
    price_level: np.ndarray
    growth_class: np.ndarray
    annual_factor: np.ndarray
    break_day: np.ndarray
    # float32 (n_retailers, n_weeks): weekly units over base, without season.
    path: np.ndarray
    # float32 (n_retailers, n_weeks): chance that the shop places its order of the week at all.
    order_chance: np.ndarray
    # int8 (n_retailers, n_quarters) and the first day of each quarter.
    tiers: np.ndarray
    quarter_days: np.ndarray

    def is_active_on(self, day: int) -> np.ndarray:
        paused = (self.pause_from <= day) & (day < self.pause_until)
        return (self.opens_day <= day) & (day < self.closes_day) & ~paused

    def tier_on(self, day: int) -> np.ndarray:
        quarter = int(np.searchsorted(self.quarter_days, day, side="right")) - 1
        return np.asarray(self.tiers[:, max(quarter, 0)])


BOUNDARY_DAY = date(2021, 1, 1).toordinal()
_FOUNDED = date(2000, 1, 1).toordinal()


def build_retailers(seed: int, size: Size, places: Places, organisation: Organisation) -> Retailers:
    rng = stream(seed, "retailers")
    n = size.n_retailers
    unit = np.array([town.unit for town in places.towns])[places.town]
    urban = np.array([town.is_urban for town in places.towns])[places.town]
    form = np.where(
        urban,
        rng.choice(len(TRADE_FORMS), n, p=_FORM_SHARES[True]),
        rng.choice(len(TRADE_FORMS), n, p=_FORM_SHARES[False]),
    )
    volume = np.exp(rng.normal(0, _VOLUME_SPREAD, n)) * _FORM_VOLUME[form] * np.where(urban, 1.15, 0.9)
    base_units = volume / volume.mean() * MEAN_UNITS_PER_MONTH
    level = _FORM_LEVEL[form] + np.where(urban, 0.22, -0.22) + 0.18 * np.log(volume) + rng.normal(0, 0.35, n)
    patch, weekday = _patches_and_weekdays(size, places, unit)
    later_patch = _redrawn(size, places, patch)
    lives = _lives(rng, size)
    growth = rng.choice(len(GROWTH_CLASSES), n, p=_GROWTH_SHARES)
    spread = np.array([0.03, 0.07, 0.06, 0.03])[growth]
    annual = np.exp(np.array([-0.01, 0.20, -0.28, 0.0])[growth] + rng.normal(0, 1, n) * spread)
    break_day = np.where(growth == 3, date(2021, 5, 1).toordinal() + rng.integers(0, 190, n), NEVER)
    path = _paths(rng, size, organisation, lives[0], annual, break_day, patch, later_patch)
    order_chance = _order_chance(rng, organisation, base_units, patch, path.shape[1])
    quarter_days, tiers = _tiers(rng, size, base_units, path, lives[0])
    return Retailers(
        **_names(rng, places, form, unit),
        **_renewals(rng, size, lives),
        trade_form=form,
        is_urban=urban,
        has_coordinates=rng.random(n) >= 0.005,
        weekday=weekday,
        is_fortnightly=(rng.random(n) < _FORTNIGHTLY_SHARE * 2) & (base_units < np.median(base_units)),
        patch=patch,
        later_patch=later_patch,
        opens_day=lives[0],
        closes_day=lives[1],
        pause_from=lives[2],
        pause_until=lives[3],
        base_units=base_units,
        price_level=level,
        growth_class=growth,
        annual_factor=annual,
        break_day=break_day,
        path=path,
        order_chance=order_chance,
        tiers=tiers,
        quarter_days=quarter_days,
    )


def _patches_and_weekdays(size: Size, places: Places, unit: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    patch = np.zeros(size.n_retailers, dtype=np.int64)
    weekday = np.zeros(size.n_retailers, dtype=np.int64)
    for u in range(size.n_units):
        members = np.flatnonzero(unit == u)
        part = split_by_place(places.latitude[members], places.longitude[members], np.ones(size.managers_per_unit))
        patch[members] = u * size.managers_per_unit + part
    for p in range(size.n_patches):
        members = np.flatnonzero(patch == p)
        weekday[members] = split_by_place(places.latitude[members], places.longitude[members], _WEEKDAY_SHARES)
    return patch, weekday


def _redrawn(size: Size, places: Places, patch: np.ndarray) -> np.ndarray:
    """In each unit the shops of the first patch that lie nearest to the second go over to it."""
    later = patch.copy()
    if size.managers_per_unit < 2 or not size.files_begin.toordinal() < BOUNDARY_DAY:
        return later
    for u in range(size.n_units):
        first, second = u * size.managers_per_unit, u * size.managers_per_unit + 1
        mine, theirs = np.flatnonzero(patch == first), np.flatnonzero(patch == second)
        away = np.hypot(
            places.latitude[mine] - places.latitude[theirs].mean(),
            places.longitude[mine] - places.longitude[theirs].mean(),
        )
        later[mine[np.argsort(away, kind="stable")[: len(mine) // 10]]] = second
    return later


def _lives(rng: np.random.Generator, size: Size) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Days of opening and closing, and from when to when a shop paused."""
    n = size.n_retailers
    begin, end = size.first_month.toordinal(), size.last_month.toordinal()
    kind = rng.random(n)
    years = (end - begin) / 730
    event = begin + 20 + rng.integers(0, max(end - begin - 10, 1), n)
    opens = np.where(kind < 0.035 * years, event, _FOUNDED)
    closes = np.where((kind > 1 - 0.03 * years) & (event > begin), event, NEVER)
    pauses = (kind > 0.5) & (kind < 0.5 + 0.012 * years)
    pause_from = np.where(pauses, event, NEVER)
    pause_until = np.where(pauses, event + rng.integers(35, 130, n), NEVER)
    return opens, closes, pause_from, pause_until


def _paths(
    rng: np.random.Generator,
    size: Size,
    organisation: Organisation,
    opens: np.ndarray,
    annual: np.ndarray,
    break_day: np.ndarray,
    patch: np.ndarray,
    later_patch: np.ndarray,
) -> np.ndarray:
    first = size.first_month.toordinal()
    weeks = n_weeks(first, month_end(size.last_month))
    day = first + 7 * np.arange(weeks)
    by_patch = patch_growth(organisation, first, weeks)
    path = annual[:, None].astype(np.float32) ** (np.arange(weeks, dtype=np.float32) / 52)
    path *= np.where(day >= BOUNDARY_DAY, by_patch[later_patch], by_patch[patch])
    path *= np.where(day >= break_day[:, None], 0.42, 1.0)
    # A new shop needs half a year to find its customers.
    age = np.clip((day - opens[:, None]) / 180, 0, 1)
    path *= 0.35 + 0.65 * age
    wander = np.cumsum(rng.normal(0, 0.02, path.shape).astype(np.float32), axis=1)
    path *= np.exp(wander - wander.mean(axis=1, keepdims=True))
    return np.asarray(path, dtype=np.float32)


def _order_chance(
    rng: np.random.Generator, organisation: Organisation, base_units: np.ndarray, patch: np.ndarray, n_weeks: int
) -> np.ndarray:
    """Most shops seldom miss a week; a few order rarely, and small ones sleep for weeks, less under a good manager."""
    n = len(base_units)
    effect = np.array([organisation.growth_effect[seats[0][1]] for seats in organisation.seats])[patch]
    chance = np.where(rng.random(n) < 0.02, 0.15, 1 - rng.exponential(0.02, n).clip(max=0.3)).astype(np.float32)
    falls_asleep = 0.006 * np.exp(-8 * effect) * np.clip(np.median(base_units) / base_units, 0.1, 3.0)
    wakes_up = 1 / 7
    asleep = rng.random(n) < falls_asleep / (falls_asleep + wakes_up)
    weeks = np.zeros((n, n_weeks), dtype=np.float32)
    for week in range(n_weeks):
        weeks[:, week] = np.where(asleep, 0.0, chance)
        asleep = np.where(asleep, rng.random(n) >= wakes_up, rng.random(n) < falls_asleep)
    return weeks


def _tiers(
    rng: np.random.Generator, size: Size, base_units: np.ndarray, path: np.ndarray, opens: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Tiers by quarter: ranked by recent volume into the pyramid, moved only when two steps off."""
    begin, first = size.files_begin, size.first_month.toordinal()
    n_quarters = (size.last_month.year - begin.year) * 4 + (size.last_month.month - begin.month) // 3 + 1
    months = [begin.year * 12 + begin.month - 1 + 3 * q for q in range(n_quarters)]
    days = np.array([date(m // 12, m % 12 + 1, 1).toordinal() for m in months])
    counts = shares_to_counts(PYRAMID.astype(float), size.n_retailers)
    by_rank = np.repeat(np.arange(30, 0, -1), counts)
    tiers = np.zeros((size.n_retailers, n_quarters), dtype=np.int8)
    for q, day in enumerate(days):
        week = min(max((int(day) - first) // 7, 0), path.shape[1] - 1)
        recent = base_units * path[:, max(week - 8, 0) : week + 1].mean(axis=1)
        rank = np.argsort(-recent * np.exp(rng.normal(0, 0.05, size.n_retailers)), kind="stable")
        fit = np.zeros(size.n_retailers, dtype=np.int64)
        fit[rank] = by_rank
        if q:
            before = tiers[:, q - 1].astype(np.int64)
            fit = np.where(np.abs(fit - before) >= 2, fit, before)
        # A new shop starts no higher than tier 24 (trade sources 3.1).
        is_newcomer = (opens > begin.toordinal()) & (opens > day - 92)
        tiers[:, q] = np.where(is_newcomer, np.minimum(fit, _NEWCOMER_TIER), fit)
    return days, tiers


def _names(rng: np.random.Generator, places: Places, form: np.ndarray, unit: np.ndarray) -> dict[str, np.ndarray]:
    names = [shop_name(rng, _FORM_ENDINGS[f]) for f in form]
    addresses = [shop_address(rng, places.towns[t].place) for t in places.town]
    licences = [f"99{u + 1:02d}01{number:06d}" for number, u in enumerate(unit, start=1)]
    return {"name": np.array(names), "address": np.array(addresses), "licence_no": np.array(licences)}


def _renewals(
    rng: np.random.Generator, size: Size, lives: tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]
) -> dict[str, np.ndarray]:
    """A few shops whose licence number changed with the owner; the shop stays the same."""
    undisturbed = np.flatnonzero((lives[0] == _FOUNDED) & (lives[1] == NEVER) & (lives[2] == NEVER))
    chosen = rng.choice(undisturbed, max(2, size.n_retailers // 400), replace=False)
    day = np.full(size.n_retailers, NEVER)
    begin, end = size.first_month.toordinal(), size.last_month.toordinal()
    day[chosen] = begin + 15 + rng.integers(0, max(end - begin - 15, 1), len(chosen))
    renewed = np.full(size.n_retailers, "", dtype="<U12")
    for number, r in enumerate(sorted(int(c) for c in chosen), start=1):
        renewed[r] = f"990002{number:06d}"
    return {"renewed_licence_no": renewed, "renewed_day": day}
