"""Who wants what each week, what may be ordered and what is there: the ground from which order lines are drawn."""

from dataclasses import dataclass
from datetime import date

import numpy as np

from lianxin.simulation.catalogue import PRODUCTS
from lianxin.simulation.days import month_end, n_weeks
from lianxin.simulation.draws import stream
from lianxin.simulation.goods import BALANCED, FULL, NEW, TIGHT, Goods
from lianxin.simulation.retailers import Retailers
from lianxin.simulation.sizes import Size
from lianxin.simulation.staff import Organisation

NO_CAP = -1
_WEEKS_PER_MONTH = 365.25 / 12 / 7
# How strongly a shop's level pulls it to each price class.
_LEVEL_PULL = np.array([0.95, 0.45, -0.15, -0.8, -1.2])
# Chance that a carried product is on a given order, by supply state.
_ON_ORDER = np.array([0.86, 0.62, 0.42, 0.5])
# A new product sells less than an old one of its kind.
_NEWCOMER_WEIGHT = 0.6
_TRIAL_DAYS = 90
_RAMP_DAYS = 120
# Trends are counted from here, so that a product sells alike whatever months a company is built for.
_TREND_ORIGIN = date(2020, 1, 1).toordinal()


@dataclass(frozen=True, slots=True)
class Demand:
    """Carried products: one entry per (retailer, product), sorted by order weekday, retailer, product."""

    retailer: np.ndarray
    product: np.ndarray
    # Units a week at base volume, before path, season and trend.
    weekly_units: np.ndarray
    on_order: np.ndarray
    from_day: np.ndarray
    until_day: np.ndarray
    # Start and end of each weekday's entries.
    weekday_edges: np.ndarray
    # int16 (n_products, n_weeks, 31): cap by tier, NO_CAP where the product is supplied on demand.
    caps: np.ndarray
    # float32 (n_products, n_weeks): share of what was ordered that is there.
    fill: np.ndarray


def build_demand(seed: int, size: Size, goods: Goods, retailers: Retailers, organisation: Organisation) -> Demand:
    rng = stream(seed, "demand")
    weekly = retailers.base_units / _WEEKS_PER_MONTH
    taste = _taste(rng, goods, retailers)
    carried = _carried(rng, goods, weekly, taste)
    retailer, product = np.nonzero(carried)
    weight = taste[retailer, product] * np.exp(rng.normal(0, 0.45, len(retailer)))
    weight *= np.where(goods.state[product] == NEW, _NEWCOMER_WEIGHT, 1.0)
    established = np.where(goods.state[product] == NEW, 0.0, weight)
    total = np.bincount(retailer, weights=established, minlength=size.n_retailers)
    units = weekly[retailer] * weight / total[retailer]
    on_order = np.clip(_ON_ORDER[goods.state[product]] + rng.normal(0, 0.12, len(retailer)), 0.12, 0.97)
    from_day, until_day = _carried_days(rng, size, goods, retailers, organisation, retailer, product)
    order = np.lexsort((product, retailer, retailers.weekday[retailer]))
    weekday = retailers.weekday[retailer[order]]
    return Demand(
        retailer=retailer[order],
        product=product[order],
        weekly_units=units[order],
        on_order=on_order[order],
        from_day=from_day[order],
        until_day=until_day[order],
        weekday_edges=np.searchsorted(weekday, np.arange(6)),
        caps=_caps(rng, size, goods, retailers, weekly, retailer, product, units),
        fill=_fill(rng, size, goods),
    )


def _taste(rng: np.random.Generator, goods: Goods, retailers: Retailers) -> np.ndarray:
    """float64 (n_retailers, n_products): how much each shop's customers ask for each product."""
    pull = np.exp(retailers.price_level[:, None] * _LEVEL_PULL[goods.class_index][None, :])
    return np.asarray(goods.attraction[None, :] * pull)


def _carried(rng: np.random.Generator, goods: Goods, weekly: np.ndarray, taste: np.ndarray) -> np.ndarray:
    """bool (n_retailers, n_products): larger shops carry more; new products come on top."""
    n_carried = np.clip(14.6 + 9.0 * np.log1p(weekly / 6.0) * (1 + weekly / 320.0), 10, 90)
    noise = np.log(np.maximum(taste, 1e-12)) * 0.9 - np.log(-np.log(rng.random(taste.shape)))
    noise[:, goods.state == NEW] = -np.inf
    rank = np.empty(taste.shape, dtype=np.int64)
    np.put_along_axis(rank, np.argsort(-noise, axis=1), np.arange(taste.shape[1])[None, :], axis=1)
    carried = rank < n_carried[:, None]
    success = np.exp(rng.normal(0, 0.4, taste.shape[1]))
    chance = 0.42 * success[None, :] * np.clip(np.log1p(weekly / 8.0)[:, None] / 2.0, 0.15, 1.3)
    carried |= (goods.state == NEW)[None, :] & (rng.random(taste.shape) < chance)
    return np.asarray(carried)


def _carried_days(
    rng: np.random.Generator,
    size: Size,
    goods: Goods,
    retailers: Retailers,
    organisation: Organisation,
    retailer: np.ndarray,
    product: np.ndarray,
) -> tuple[np.ndarray, np.ndarray]:
    """A new product reaches a shop some weeks after its listing, sooner where the manager is good at it."""
    listed = goods.listed_day[product]
    effect = np.array([organisation.growth_effect[seats[0][1]] for seats in organisation.seats])[retailers.patch]
    delay = rng.exponential(45, len(retailer)) * np.exp(-4 * effect[retailer])
    from_day = np.where(goods.state[product] == NEW, listed + delay.astype(np.int64), listed)
    until_day = goods.delisted_day[product].copy()
    # One entry in six is taken up or dropped in the middle of the period.
    begin, end = size.first_month.toordinal(), size.last_month.toordinal()
    changes, turn = rng.random(len(retailer)), begin + rng.integers(0, end - begin + 30, len(retailer))
    from_day = np.where(changes < 0.09, np.maximum(from_day, turn), from_day)
    until_day = np.where(changes > 0.92, np.minimum(until_day, turn), until_day)
    return from_day, until_day


def _caps(
    rng: np.random.Generator,
    size: Size,
    goods: Goods,
    retailers: Retailers,
    weekly: np.ndarray,
    retailer: np.ndarray,
    product: np.ndarray,
    units: np.ndarray,
) -> np.ndarray:
    """One whole cap per tier, product and week; a higher tier never gets less (trade sources 3.3)."""
    first, weeks = size.first_month.toordinal(), retailers.path.shape[1]
    tier = retailers.tiers[:, 0]
    mean_weekly = np.array([weekly[tier == t].mean() if (tier == t).any() else 0.0 for t in range(1, 31)])
    mean_weekly = np.concatenate(([0.0], np.maximum.accumulate(mean_weekly)))
    carriers = np.bincount(product, weights=weekly[retailer], minlength=len(PRODUCTS))
    share = np.bincount(product, weights=units, minlength=len(PRODUCTS)) / np.maximum(carriers, 1e-9)
    typical = share[:, None, None] * mean_weekly[None, None, :]
    day = first + 7 * np.arange(weeks)
    slack = np.where(goods.state == TIGHT, 1.0, 4.5)[:, None] * np.exp(rng.normal(0, 0.18, (len(PRODUCTS), weeks)))
    tight = np.floor(typical * slack[:, :, None] + 0.35)
    free = np.ceil(typical * slack[:, :, None]) + 2
    caps = np.where((goods.state == TIGHT)[:, None, None], tight, free)
    # A new product is rationed while it is on trial and supplied on demand after it.
    is_trial = (day[None, :] >= goods.listed_day[:, None]) & (day[None, :] < goods.listed_day[:, None] + _TRIAL_DAYS)
    on_demand = (goods.state == FULL)[:, None] | ((goods.state == NEW)[:, None] & ~is_trial)
    caps[on_demand] = NO_CAP
    return np.asarray(caps, dtype=np.int16)


def _fill(rng: np.random.Generator, size: Size, goods: Goods) -> np.ndarray:
    weeks = n_weeks(size.first_month.toordinal(), month_end(size.last_month))
    fill = np.ones((len(PRODUCTS), weeks), dtype=np.float32)
    tight = goods.state == TIGHT
    fill[tight] = np.minimum(1.0, rng.normal(0.97, 0.05, (int(tight.sum()), weeks)).clip(0.75))
    fill[goods.state == BALANCED] = 0.997
    # Now and then a truck is late: two weeks in which only a part is there.
    for p, week in zip(*np.nonzero(rng.random(fill.shape) < 0.008), strict=True):
        fill[p, week : week + 2] = np.minimum(fill[p, week : week + 2], rng.uniform(0.5, 0.9))
    return fill


def ramp(goods: Goods, day: int) -> np.ndarray:
    """By product: how far a new product has come by this day, and the yearly trend of all others."""
    age = np.clip((day - goods.listed_day) / _RAMP_DAYS, 0, 1)
    grown = np.where(goods.state == NEW, 0.35 + 0.65 * age, 1.0)
    since = (day - goods.listed_day.clip(_TREND_ORIGIN)) / 365.25
    return np.asarray(grown * goods.annual_factor**since)
