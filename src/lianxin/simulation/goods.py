"""The goods on sale: prices with their dates, supply states, listings and withdrawals."""

import math
from dataclasses import dataclass
from datetime import date

import numpy as np

from lianxin.simulation.catalogue import KEY_PRODUCTS, PRODUCTS
from lianxin.simulation.days import NEVER
from lianxin.simulation.draws import stream

TIGHT, BALANCED, FULL, NEW = range(4)
STATES = ("tight", "balanced", "full", "new")

# Ex-tax transfer price in yuan per carton that bounds each class (trade sources 3.9), the wholesaler's margin, and the
# share of the market's volume.
_TRANSFER_BOUNDS = ((104.0, 430.0), (71.0, 99.0), (31.0, 69.0), (17.0, 29.0), (9.0, 16.0))
_MARGINS = (0.225, 0.20, 0.16, 0.12, 0.085)
_RETAIL_MARGINS = (0.14, 0.125, 0.11, 0.10, 0.09)
_VOLUME_SHARES = (0.265, 0.165, 0.425, 0.11, 0.035)
_VALUE_ADDED_TAX = 1.13

_KEY_BRAND_LEAD = 2.2
_N_TIGHT, _N_NEW, _N_DELISTED = 14, 16, 6
_FIRST_NEW, _LAST_NEW = date(2020, 3, 2).toordinal(), date(2021, 10, 11).toordinal()
_PRICE_DAYS = (date(2020, 7, 1).toordinal(), date(2021, 1, 1).toordinal(), date(2021, 9, 1).toordinal())


@dataclass(frozen=True, slots=True)
class PriceVersion:
    product: int
    from_day: int
    wholesale_fen: int
    cost_fen: int
    guide_retail_fen: int


@dataclass(frozen=True, slots=True)
class Goods:
    """All arrays by product, in the order of the catalogue."""

    class_index: np.ndarray
    state: np.ndarray
    attraction: np.ndarray
    annual_factor: np.ndarray
    listed_day: np.ndarray
    delisted_day: np.ndarray
    prices: tuple[PriceVersion, ...]

    def fen_on(self, day: int) -> tuple[np.ndarray, np.ndarray]:
        """Wholesale and cost price of every product on a day; before the first version, the first one."""
        wholesale = np.zeros(len(PRODUCTS), dtype=np.int64)
        cost = np.zeros(len(PRODUCTS), dtype=np.int64)
        for version in self.prices:
            if version.from_day <= day or wholesale[version.product] == 0:
                wholesale[version.product] = version.wholesale_fen
                cost[version.product] = version.cost_fen
        return wholesale, cost


def build_goods(seed: int) -> Goods:
    rng = stream(seed, "goods")
    class_index = np.array([product.class_index for product in PRODUCTS])
    is_key = np.array([product.code in KEY_PRODUCTS for product in PRODUCTS])
    state = _states(rng, class_index, is_key)
    listed = np.array([date(2010, 1, 1).toordinal() + int(n) for n in rng.integers(0, 3400, len(PRODUCTS))])
    new = np.flatnonzero(state == NEW)
    listed[new] = np.linspace(_FIRST_NEW, _LAST_NEW, len(new)).astype(np.int64)[rng.permutation(len(new))]
    attraction = _attraction(rng, class_index, state, is_key)
    delisted = np.full(len(PRODUCTS), NEVER)
    weakest = [int(p) for p in np.argsort(attraction) if state[p] == FULL and not is_key[p]][: 2 * _N_DELISTED]
    for p in rng.choice(weakest, _N_DELISTED, replace=False):
        delisted[p] = date(2020, 8, 1).toordinal() + int(rng.integers(0, 400))
    annual = np.exp(rng.normal(0.0, 0.12, len(PRODUCTS)))
    annual[is_key] *= 1.06
    return Goods(class_index, state, attraction, annual, listed, delisted, _prices(rng, class_index, listed))


def _states(rng: np.random.Generator, class_index: np.ndarray, is_key: np.ndarray) -> np.ndarray:
    state = np.where(class_index >= 3, FULL, np.where(rng.random(len(class_index)) < 0.55, BALANCED, FULL))
    upper = np.flatnonzero(class_index <= 2)
    chance = np.where(class_index[upper] == 0, 3.0, 1.0)
    tight = rng.choice(upper, _N_TIGHT, replace=False, p=chance / chance.sum())
    state[tight] = TIGHT
    rest = np.flatnonzero((state != TIGHT) & (class_index <= 2) & ~is_key)
    state[rng.choice(rest, _N_NEW, replace=False)] = NEW
    return state


def _attraction(rng: np.random.Generator, class_index: np.ndarray, state: np.ndarray, is_key: np.ndarray) -> np.ndarray:
    """How much of the market each product would have if all could be had; sums to 1."""
    attraction = np.zeros(len(class_index))
    for c, share in enumerate(_VOLUME_SHARES):
        members = np.flatnonzero(class_index == c)
        rank = rng.permutation(len(members))
        # Goods that are short are the ones people ask for; slow ones stay behind.
        lead = np.select([state[members] == TIGHT, state[members] == FULL], [0.3, 1.3], 1.0)
        weight = 1.0 / (2.0 + rank * lead) ** 0.9 * np.where(is_key[members], _KEY_BRAND_LEAD, 1.0)
        attraction[members] = share * weight / weight.sum()
    return attraction


def _prices(rng: np.random.Generator, class_index: np.ndarray, listed: np.ndarray) -> tuple[PriceVersion, ...]:
    versions = []
    for p, c in enumerate(class_index):
        low, high = _TRANSFER_BOUNDS[c]
        position = rng.beta(1.0, 2.3) if c == 0 else rng.random()
        transfer = low + (high - low) * position
        margin = _MARGINS[c] + rng.normal(0, 0.008)
        retail_margin = _RETAIL_MARGINS[c] + rng.normal(0, 0.006)
        versions.append(_version(p, int(listed[p]), transfer, margin, retail_margin))
        for day in _PRICE_DAYS:
            if listed[p] < day and rng.random() < 0.12:
                # Prices move a little and stay inside their class.
                transfer = float(np.clip(transfer * (1 + rng.choice((-0.03, 0.03, 0.05))), low, high))
                versions.append(_version(p, day, transfer, margin, retail_margin))
    return tuple(versions)


def _version(product: int, day: int, transfer: float, margin: float, retail_margin: float) -> PriceVersion:
    cost = round(transfer * _VALUE_ADDED_TAX * 100)
    wholesale = round(cost / (1 - margin) / 50) * 50
    step = 500 if wholesale > 5_000 else 100
    retail = math.ceil(wholesale / (1 - retail_margin) / step) * step
    return PriceVersion(product, day, wholesale, cost, retail)
