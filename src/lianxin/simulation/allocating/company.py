"""Rounds of the fictional company 临江市: what its order lines asked for, its caps by tier, and one planted favour."""

from dataclasses import dataclass, replace
from datetime import date

import numpy as np
import pyarrow as pa

from lianxin.simulation.allocating.hands import Favourite, HonestChanges
from lianxin.simulation.allocating.settings import Favouring, RoundsSettings
from lianxin.simulation.catalogue import PRODUCTS
from lianxin.simulation.days import month_end
from lianxin.simulation.draws import stream
from lianxin.simulation.goods import TIGHT
from lianxin.simulation.orders import Lines, lines_of
from lianxin.simulation.world import World

# What the next round has of what is wanted.
_NEXT_SUPPLY = 0.6
# A manager who favours ten of his shops must have shops enough for the others to be compared with.
_LEAST_RETAILERS = 30
FAVOUR = Favouring("within", share=0.08)


@dataclass(frozen=True, slots=True)
class CompanyRounds:
    """Tables in the words of the imports; what truly happened in `truth`, which no import reads.

    allocations : week, product_code, licence_no, share_units, wanted_units, cap_units, tier, rule_units
    requests : of the round to come: week, product_code, licence_no, wanted_units, cap_units
    supplies : week, product_code, supply_units
    truth : employee_no, kind, units, licence_nos
    """

    allocations: pa.Table
    requests: pa.Table
    supplies: pa.Table
    truth: pa.Table


def company_rounds(
    world: World, *, weeks: int = 8, products: int = 4, favour: Favouring | None = FAVOUR
) -> CompanyRounds:
    """Imported rounds of the last whole weeks before the files end, and requests and supply of the first week after them.

    The rule is a quota by tier: who wants more than the cap of its tier gets the cap. Some shares were changed by hand with a
    reason; one manager gave more to ten of his shops, at the cost of his others.
    """
    rng = stream(world.seed, "company rounds")
    mondays = _mondays(world, weeks)
    scarce = _scarce(world, products, mondays[0])
    lines = _lines(world, mondays, scarce)
    manager, names = _managers(world, mondays)
    hand = HonestChanges(RoundsSettings(world.seed), len(scarce), rng)
    favourite = None
    if favour is not None:
        n_held = np.bincount(manager[manager >= 0], minlength=len(names))
        enough = np.flatnonzero(n_held >= min(_LEAST_RETAILERS, int(n_held.max())))
        favourite = Favourite(replace(favour, manager=int(rng.choice(enough))), manager, rng)
    n, moved = world.size.n_retailers, 0
    parts = []
    for monday in mondays:
        for number, product in enumerate(scarce):
            wanted, cap = (part.copy() for part in lines[monday, product])
            present = wanted > 0
            rule = np.minimum(wanted, cap)
            got = rule.copy()
            # By hand a share may go above the cap, as long as it was wanted.
            hand.change(number, got, wanted, present)
            if favourite is not None:
                moved += favourite.change(got, wanted, np.full(n, wanted.max(initial=0)), present)
            parts.append(_allocated(world, monday, product, np.flatnonzero(present), wanted, cap, got, rule))
    requests, supplies = _next_round(world, rng, mondays[-1], scarce, lines)
    return CompanyRounds(
        pa.concat_tables(parts), requests, supplies, _truth(world, names, favourite, moved, mondays[-1])
    )


def _mondays(world: World, weeks: int) -> list[int]:
    """The last whole weeks of the files."""
    end = month_end(world.size.last_month)
    last = end - 6 - (end - 6 - 1) % 7
    return [last - 7 * k for k in range(weeks - 1, -1, -1)]


def _scarce(world: World, products: int, day: int) -> list[int]:
    """The goods in short supply that most people ask for."""
    on_sale = (world.goods.state == TIGHT) & (world.goods.listed_day <= day) & (world.goods.delisted_day > day + 60)
    at = np.flatnonzero(on_sale)
    return sorted(at[np.argsort(-world.goods.attraction[at], kind="stable")][:products].tolist())


def _lines(world: World, mondays: list[int], scarce: list[int]) -> dict[tuple[int, int], tuple[np.ndarray, np.ndarray]]:
    """By Monday and product: what every retailer wanted and the cap of its tier, 0 where it did not order."""
    months = {date.fromordinal(day).replace(day=1) for monday in mondays for day in (monday, monday + 6)}
    made: list[Lines] = [lines_of(world, month) for month in sorted(months)]
    n = world.size.n_retailers
    found = {
        (monday, product): (np.zeros(n, np.int64), np.zeros(n, np.int64)) for monday in mondays for product in scarce
    }
    for lines in made:
        week = lines.day - (lines.day - 1) % 7
        for (monday, product), (wanted, cap) in found.items():
            at = np.flatnonzero((week == monday) & (lines.product == product) & (lines.wanted > 0))
            wanted[lines.retailer[at]], cap[lines.retailer[at]] = lines.wanted[at], np.maximum(lines.cap[at], 0)
    return found


def _managers(world: World, mondays: list[int]) -> tuple[np.ndarray, list[str]]:
    """Who held each retailer in all of the weeks; -1 where it changed hands."""
    begin, end = mondays[0], mondays[-1] + 6
    whole = [h for h in world.holdings if h.from_day <= begin and h.until_day > end]
    names = sorted({holding.employee_no for holding in whole})
    place = {name: number for number, name in enumerate(names)}
    manager = np.full(world.size.n_retailers, -1)
    for holding in whole:
        manager[holding.retailer] = place[holding.employee_no]
    return manager, names


def _licences(world: World, retailer: np.ndarray, day: int) -> list[str]:
    known = world.retailers
    renewed = day >= known.renewed_day[retailer]
    return np.where(renewed, known.renewed_licence_no[retailer], known.licence_no[retailer]).tolist()


def _named(world: World, day: int, product: int, retailer: np.ndarray) -> dict[str, pa.Array]:
    week = date.fromordinal(day)
    return {
        "week": pa.array([week] * len(retailer), pa.date32()),
        "product_code": pa.array([PRODUCTS[product].code] * len(retailer)),
        "licence_no": pa.array(_licences(world, retailer, day), pa.string()),
    }


def _allocated(
    world: World,
    monday: int,
    product: int,
    at: np.ndarray,
    wanted: np.ndarray,
    cap: np.ndarray,
    got: np.ndarray,
    rule: np.ndarray,
) -> pa.Table:
    return pa.table(
        {
            **_named(world, monday, product, at),
            "share_units": pa.array(got[at]),
            "wanted_units": pa.array(wanted[at]),
            "cap_units": pa.array(cap[at]),
            "tier": pa.array(world.retailers.tier_on(monday)[at].astype(np.int16)),
            "rule_units": pa.array(rule[at]),
        }
    )


def _next_round(
    world: World,
    rng: np.random.Generator,
    last: int,
    scarce: list[int],
    lines: dict[tuple[int, int], tuple[np.ndarray, np.ndarray]],
) -> tuple[pa.Table, pa.Table]:
    """Requests like those of the weeks before, made up, with a reasonable quantity each; less is there than is wanted."""
    end = month_end(world.size.last_month)
    monday = end + 1 + -(end + 1 - 1) % 7
    active = world.retailers.is_active_on(monday)
    requests, supply = [], []
    for product in scarce:
        past = np.array([wanted for (_, of), (wanted, _) in lines.items() if of == product])
        ordered = (past > 0).sum(axis=0)
        usual = past.sum(axis=0) / np.maximum(ordered, 1)
        wants = rng.poisson(usual * np.exp(rng.normal(0, 0.15, len(usual))))
        at = np.flatnonzero(active & (ordered > 0) & (rng.random(len(usual)) < ordered / len(past)) & (wants > 0))
        cap = np.ceil(usual[at] * 1.5).astype(np.int64)
        requests.append(
            pa.table(
                {**_named(world, monday, product, at), "wanted_units": pa.array(wants[at]), "cap_units": pa.array(cap)}
            )
        )
        supply.append(int(_NEXT_SUPPLY * np.minimum(wants[at], cap).sum()))
    supplies = pa.table(
        {
            "week": pa.array([date.fromordinal(monday)] * len(scarce), pa.date32()),
            "product_code": pa.array([PRODUCTS[product].code for product in scarce]),
            "supply_units": pa.array(supply, pa.int64()),
        }
    )
    return pa.concat_tables(requests), supplies


def _truth(world: World, names: list[str], favourite: Favourite | None, moved: int, day: int) -> pa.Table:
    schema = pa.schema(
        {"employee_no": pa.string(), "kind": pa.string(), "units": pa.int64(), "licence_nos": pa.list_(pa.string())}
    )
    if favourite is None:
        return schema.empty_table()
    row = {
        "employee_no": names[favourite.manager],
        "kind": favourite.kind,
        "units": moved,
        "licence_nos": _licences(world, favourite.beneficiaries, day),
    }
    return pa.Table.from_pylist([row], schema=schema)
