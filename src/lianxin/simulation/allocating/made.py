"""Rounds of an invented city, with what truly happened kept apart."""

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import pyarrow as pa

from lianxin.simulation.allocating.hands import Favourite, HonestChanges
from lianxin.simulation.allocating.settings import RoundsSettings
from lianxin.simulation.allocating.sharing import Turn, shared, weights
from lianxin.simulation.draws import stream
from lianxin.simulation.retailers import PYRAMID

_FIRST_WEEK = date(2021, 10, 4)
_NO_CAP = 10**6
_MOST_WANTED = 19


@dataclass(frozen=True, slots=True)
class Shops:
    """All arrays by retailer, in the order of licence numbers; a manager's retailers have numbers near each other."""

    manager: np.ndarray
    tier: np.ndarray
    is_urban: np.ndarray
    appetite: np.ndarray


@dataclass(frozen=True, slots=True)
class SimulatedRounds:
    """allocations : see `lianxin.core.allocating.favour.ALLOCATIONS`; truth : one row per favour, for tests and benchmarks only."""

    allocations: pa.Table
    truth: pa.Table

    def without_rule(self) -> pa.Table:
        """The allocations as they come from somewhere else: what the rule gave is unknown."""
        return self.allocations.drop_columns(["rule_units"])


def build_shops(settings: RoundsSettings, rng: np.random.Generator) -> Shops:
    """Managers of town and country: other tiers, other appetites."""
    n = settings.n_managers * settings.retailers_per_manager
    manager = np.repeat(np.arange(settings.n_managers), settings.retailers_per_manager)
    is_urban = (np.arange(settings.n_managers) < 0.45 * settings.n_managers)[manager]
    place = rng.normal(0, settings.territory_tiers, settings.n_managers)[manager] + np.where(is_urban, 0.4, -0.3)
    # Tiers are ranks of the whole city, so that the pyramid holds however territories differ.
    rank = np.argsort(np.argsort(place * settings.territory_tiers + rng.normal(0, 1, n)))
    bounds = np.cumsum(PYRAMID[::-1]) / PYRAMID.sum() * n
    tier = np.minimum(np.searchsorted(bounds, rank, side="right") + 1, 30)
    of_manager = rng.normal(0, settings.appetite_spread, settings.n_managers)[manager]
    appetite = np.exp(of_manager + rng.normal(0, 0.3, n)) * (1.2 + 7 * tier / 30)
    return Shops(manager, tier, is_urban, appetite)


def simulated(settings: RoundsSettings) -> SimulatedRounds:
    """The rounds of all weeks, the same for the same settings."""
    rng = stream(settings.seed, "allocating")
    shops = build_shops(settings, rng)
    n = len(shops.manager)
    weight = weights(shops.tier, shops.is_urban, settings)
    popularity = np.exp(rng.normal(0, 0.3, settings.n_products))
    usual_cap = np.where(rng.random(n) < 0.6, np.maximum(np.round(shops.appetite * 1.3), 1), _NO_CAP).astype(np.int64)
    turns = [Turn(settings.odd_units, n, rng) for _ in range(settings.n_products)]
    honest = HonestChanges(settings, settings.n_products, rng)
    favours = [Favourite(favour, shops.manager, rng) for favour in settings.favour]
    moved = [0] * len(favours)
    parts: list[pa.Table] = []
    for week in range(settings.n_weeks):
        for product in range(settings.n_products):
            mean = shops.appetite * popularity[product] * np.exp(rng.normal(0, 0.1))
            wanted = np.minimum(rng.negative_binomial(6, 6 / (6 + mean)), _MOST_WANTED).astype(np.int64)
            cap = usual_cap.copy() if settings.has_caps else np.full(n, _NO_CAP)
            present = wanted > 0
            most = np.minimum(wanted, cap)
            supply = int(settings.supply_share * most.sum())
            rule = shared(settings.rule, wanted, most, weight, shops.tier, supply, turns[product])
            got = rule.copy()
            honest.change(product, got, most, present)
            for number, favour in enumerate(favours):
                moved[number] += favour.change(got, wanted, cap, present)
            parts.append(_rows(settings, shops, week, product, present, wanted, cap, got, rule))
    truth = {
        "manager_id": [f"m{favour.manager:03d}" for favour in settings.favour],
        "kind": [favour.kind for favour in settings.favour],
        "units": moved,
        "retailer_ids": [[f"r{i:06d}" for i in favour.beneficiaries.tolist()] for favour in favours],
    }
    schema = pa.schema(
        {"manager_id": pa.string(), "kind": pa.string(), "units": pa.int64(), "retailer_ids": pa.list_(pa.string())}
    )
    return SimulatedRounds(pa.concat_tables(parts), pa.table(truth, schema=schema))


def _rows(
    settings: RoundsSettings,
    shops: Shops,
    week: int,
    product: int,
    present: np.ndarray,
    wanted: np.ndarray,
    cap: np.ndarray,
    got: np.ndarray,
    rule: np.ndarray,
) -> pa.Table:
    at = np.flatnonzero(present)
    day = _FIRST_WEEK + timedelta(weeks=week)
    columns = {
        "week": pa.array([day] * len(at), pa.date32()),
        "product_id": pa.array([f"p{product:02d}"] * len(at)),
        "retailer_id": pa.array([f"r{i:06d}" for i in at.tolist()]),
        "manager_id": pa.array([f"m{i:03d}" for i in shops.manager[at].tolist()]),
        "tier": pa.array(shops.tier[at], pa.int16()),
        "wanted_units": pa.array(wanted[at]),
        "cap_units": pa.array(cap[at], mask=cap[at] == _NO_CAP),
        "share_units": pa.array(got[at]),
        "rule_units": pa.array(rule[at]),
    }
    if settings.is_by_market:
        columns["market_type"] = pa.array(np.where(shops.is_urban[at], "urban", "rural").tolist())
    return pa.table(columns)
