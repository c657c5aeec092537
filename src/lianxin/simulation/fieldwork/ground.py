"""Where field work happens: the shops as they truly stand, the managers as they are, who held what, and the weather."""

from dataclasses import dataclass
from datetime import date

import numpy as np

from lianxin.simulation.catalogue import PRODUCTS
from lianxin.simulation.company import is_working_day
from lianxin.simulation.days import NEVER, month_end
from lianxin.simulation.draws import stream
from lianxin.simulation.fieldwork.chance import pick, uniform
from lianxin.simulation.fieldwork.settings import FieldworkSettings
from lianxin.simulation.geography import Places, build_places, split_by_place
from lianxin.simulation.holdings import Holding, build_holdings
from lianxin.simulation.retailers import Retailers, build_retailers
from lianxin.simulation.staff import Organisation, build_organisation
from lianxin.simulation.world import World

METRES_PER_DEGREE = 111_320.0
N_ZONES = 5
N_PRODUCTS_KNOWN = 8
_HALL_METRES = 150.0


@dataclass(frozen=True, slots=True)
class Shops:
    """By retailer. The registered point is what the company believes, the true one where the door is."""

    retailers: Retailers
    town: np.ndarray
    latitude: np.ndarray
    longitude: np.ndarray
    true_latitude: np.ndarray
    true_longitude: np.ndarray
    # Until this day the shop stood at the earlier point; 0 where it never moved.
    moved_day: np.ndarray
    earlier_latitude: np.ndarray
    earlier_longitude: np.ndarray
    has_wrong_point: np.ndarray
    # Of five parts of its holder's patch, the one visited on Monday, Tuesday …
    zone: np.ndarray
    interval_days: np.ndarray
    # int64 (n_retailers, N_PRODUCTS_KNOWN): goods that the shop sells.
    products: np.ndarray

    def place_on(self, retailer: np.ndarray, day: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        early = day < self.moved_day[retailer]
        return (
            np.where(early, self.earlier_latitude[retailer], self.true_latitude[retailer]),
            np.where(early, self.earlier_longitude[retailer], self.true_longitude[retailer]),
        )

    def licence_on(self, retailer: np.ndarray, day: np.ndarray) -> np.ndarray:
        renewed = day >= self.retailers.renewed_day[retailer]
        return np.where(renewed, self.retailers.renewed_licence_no[retailer], self.retailers.licence_no[retailer])


@dataclass(frozen=True, slots=True)
class Staff:
    """By manager, in order of the employee number."""

    employee_no: np.ndarray
    unit: np.ndarray
    is_urban: np.ndarray
    home_latitude: np.ndarray
    home_longitude: np.ndarray
    # Median minutes in a shop, share of the usual number of visits in a day, hour at which the first round begins.
    service_minutes: np.ndarray
    pace: np.ndarray
    start_hour: np.ndarray
    no_fix_share: np.ndarray
    # 0 terse, 1 ordinary, 2 verbose.
    verbosity: np.ndarray
    habit: np.ndarray


@dataclass(frozen=True, slots=True)
class Ground:
    settings: FieldworkSettings
    organisation: Organisation
    places: Places
    shops: Shops
    staff: Staff
    # Holdings as arrays: retailer, manager, from day, until day (excluded).
    held: tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]
    # Working days of the months, and int8 (n_days, n_towns): 0 dry, 1 rain, 2 heavy rain.
    days: np.ndarray
    rain: np.ndarray

    def rain_at(self, town: np.ndarray, day: np.ndarray) -> np.ndarray:
        return np.asarray(self.rain[np.searchsorted(self.days, day), town])


def build_ground(settings: FieldworkSettings, world: World | None = None) -> Ground:
    if world is None:
        size = settings.size
        places = build_places(settings.seed, size)
        organisation = build_organisation(settings.seed, size)
        retailers = build_retailers(settings.seed, size, places, organisation)
        holdings = build_holdings(size, organisation, retailers)
    else:
        places, organisation, retailers, holdings = world.places, world.organisation, world.retailers, world.holdings
    first, last = settings.first_month.toordinal(), month_end(settings.last_month)
    days = np.array([d for d in range(first, last + 1) if is_working_day(date.fromordinal(d))])
    shops = _shops(settings, places, retailers, first, last, world)
    held = _held(holdings, first, last)
    staff = _staff(settings, organisation, places, shops, held)
    numbers = {employee: n for n, employee in enumerate(staff.employee_no)}
    manager = np.array([numbers[str(e)] for e in held[1]], dtype=np.int64)
    return Ground(
        settings=settings,
        organisation=organisation,
        places=places,
        shops=shops,
        staff=staff,
        held=(held[0], manager, held[2], held[3]),
        days=days,
        rain=_rain(settings.seed, days, len(places.towns)),
    )


def _held(
    holdings: tuple[Holding, ...], first: int, last: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    inside = [h for h in holdings if h.from_day <= last and h.until_day > first]
    return (
        np.array([h.retailer for h in inside], dtype=np.int64),
        np.array([h.employee_no for h in inside]),
        np.array([h.from_day for h in inside], dtype=np.int64),
        np.array([h.until_day for h in inside], dtype=np.int64),
    )


def _shops(
    settings: FieldworkSettings, places: Places, retailers: Retailers, first: int, last: int, world: World | None
) -> Shops:
    rng = stream(settings.seed, "fieldwork shops")
    variety, n = settings.variety, len(places.town)
    # The registered point was taken at the door with somebody's phone.
    near = np.abs(rng.standard_t(3, n)) * 7.0
    true = _moved(places.latitude, places.longitude, near, rng.uniform(0, 2 * np.pi, n))
    kind = rng.random(n)
    wrong = kind < variety.wrong_point_share
    off = np.exp(rng.normal(np.log(700), 0.7, n)).clip(200, 4000)
    turn = rng.uniform(0, 2 * np.pi, n)
    elsewhere = _moved(places.latitude, places.longitude, off, turn)
    true = (np.where(wrong, elsewhere[0], true[0]), np.where(wrong, elsewhere[1], true[1]))
    # A shop that moved: half of them are still registered at the old door, the others were put right afterwards.
    moves = (kind > 1 - variety.moved_share) & (retailers.opens_day < first) & (retailers.closes_day == NEVER)
    is_stale = moves & (rng.random(n) < 0.5)
    moved_day = np.where(moves, rng.integers(first, last + 1, n), 0)
    before = (np.where(is_stale, true[0], elsewhere[0]), np.where(is_stale, true[1], elsewhere[1]))
    after = (np.where(is_stale, elsewhere[0], true[0]), np.where(is_stale, elsewhere[1], true[1]))
    hall = _market_halls(rng, places, variety.market_hall_share, ~wrong & ~moves)
    for one, other in hall:
        shifted = _moved(after[0][one : one + 1], after[1][one : one + 1], rng.uniform(4, 16, 1), rng.uniform(0, 6, 1))
        after[0][other], after[1][other] = shifted[0][0], shifted[1][0]
    rank = np.argsort(np.argsort(retailers.base_units, kind="stable"), kind="stable") / max(n, 1)
    return Shops(
        retailers=retailers,
        town=places.town,
        latitude=np.where(retailers.has_coordinates, places.latitude, np.nan),
        longitude=np.where(retailers.has_coordinates, places.longitude, np.nan),
        true_latitude=after[0],
        true_longitude=after[1],
        moved_day=moved_day,
        earlier_latitude=np.where(moves, before[0], after[0]),
        earlier_longitude=np.where(moves, before[1], after[1]),
        has_wrong_point=wrong,
        zone=_zones(places, retailers.patch),
        # From once to four times in four weeks, the larger the oftener.
        interval_days=28.0 / np.select([rank < 0.15, rank < 0.55, rank < 0.8], [1.0, 2.0, 3.0], 4.0),
        products=_products(settings.seed, n, world),
    )


def _moved(latitude: np.ndarray, longitude: np.ndarray, metres: np.ndarray, turn: np.ndarray) -> tuple[np.ndarray, ...]:
    north = metres * np.sin(turn) / METRES_PER_DEGREE
    east = metres * np.cos(turn) / (METRES_PER_DEGREE * np.cos(np.radians(latitude)))
    return latitude + north, longitude + east


def _market_halls(rng: np.random.Generator, places: Places, share: float, free: np.ndarray) -> list[tuple[int, int]]:
    """Pairs of shops close to each other in one town, which share a market hall."""
    pairs: list[tuple[int, int]] = []
    wanted = round(share * len(places.town) / 2)
    taken = ~free
    # Neighbours along a fine grid in the order of the cells, so that large companies stay quick.
    cell = np.floor(places.latitude * METRES_PER_DEGREE / _HALL_METRES) * 1e6
    cell += np.floor(places.longitude * METRES_PER_DEGREE / _HALL_METRES)
    order = np.lexsort((np.arange(len(cell)), cell))
    together = np.flatnonzero(cell[order[1:]] == cell[order[:-1]])
    for position in rng.permutation(together):
        one, other = int(order[position]), int(order[position + 1])
        if len(pairs) < wanted and not (taken[one] or taken[other]):
            taken[one] = taken[other] = True
            pairs.append((one, other))
    return pairs


def _zones(places: Places, patch: np.ndarray) -> np.ndarray:
    zone = np.zeros(len(patch), dtype=np.int64)
    for p in np.unique(patch):
        members = np.flatnonzero(patch == p)
        zone[members] = split_by_place(places.latitude[members], places.longitude[members], np.ones(N_ZONES))
    return zone


def _products(seed: int, n: int, world: World | None) -> np.ndarray:
    columns = np.arange(N_PRODUCTS_KNOWN)
    guess = pick(seed, "known products", len(PRODUCTS), np.arange(n)[:, None], columns[None, :])
    if world is None:
        return guess
    order = np.argsort(world.demand.retailer, kind="stable")
    start = np.searchsorted(world.demand.retailer[order], np.arange(n))
    count = np.bincount(world.demand.retailer, minlength=n)
    place = start[:, None] + (uniform(seed, "known products", np.arange(n)[:, None], columns[None, :]) * count[:, None])
    carried = world.demand.product[order][np.minimum(place.astype(np.int64), len(order) - 1)]
    return np.where(count[:, None] > 0, carried, guess)


def _staff(
    settings: FieldworkSettings,
    organisation: Organisation,
    places: Places,
    shops: Shops,
    held: tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray],
) -> Staff:
    rng = stream(settings.seed, "fieldwork staff")
    variety = settings.variety
    employees, member = np.unique(held[1], return_inverse=True)
    n = len(employees)
    # Everybody lives amid the shops that he held first.
    begun = np.full(n, NEVER)
    np.minimum.at(begun, member, held[2])
    early = held[2] == begun[member]
    count = np.bincount(member[early], minlength=n)

    def mean(values: np.ndarray) -> np.ndarray:
        return np.asarray(np.bincount(member[early], weights=values[held[0][early]], minlength=n) / count)

    urban = np.array([town.is_urban for town in places.towns])[places.town]
    unit = np.array([town.unit for town in places.towns])[places.town]
    home = _moved(mean(places.latitude), mean(places.longitude), rng.uniform(900, 3500, n), rng.uniform(0, 6.28, n))
    style = rng.random(n)
    return Staff(
        employee_no=employees,
        unit=np.rint(mean(unit.astype(float))).astype(np.int64),
        is_urban=mean(urban.astype(float)) > 0.5,
        home_latitude=home[0],
        home_longitude=home[1],
        service_minutes=np.exp(rng.normal(np.log(9.5), 0.2, n)).clip(5.5, 15),
        pace=rng.normal(1.0, 0.07, n).clip(0.8, 1.2),
        start_hour=rng.normal(8.85, 0.15, n).clip(8.5, 9.4),
        no_fix_share=np.where(
            rng.random(n) < variety.poor_phone_managers_share, variety.poor_phone_no_fix_share, variety.no_fix_share
        ),
        verbosity=np.select(
            [style < variety.terse_managers_share, style > 1 - variety.verbose_managers_share], [0, 2], 1
        ),
        habit=rng.random(n) < variety.habit_phrase_managers_share,
    )


def _rain(seed: int, days: np.ndarray, n_towns: int) -> np.ndarray:
    """A front crosses the whole prefecture for days; towns differ a little. Most rain falls from May to August."""
    front = uniform(seed, "front", days // 3)
    month = np.array([date.fromordinal(int(d)).month for d in days])
    wet = np.where((month >= 5) & (month <= 8), 0.36, 0.18)
    local = uniform(seed, "shower", days[:, None], np.arange(n_towns)[None, :])
    falling = (front < wet)[:, None] & (local < 0.75) | (local < 0.04)
    return np.where(falling & (local < 0.18), 2, np.where(falling, 1, 0)).astype(np.int8)
