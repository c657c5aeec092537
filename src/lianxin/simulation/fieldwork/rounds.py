"""Which shops are on whose list on which day, and in what order he goes round them."""

from dataclasses import dataclass, fields

import numpy as np

from lianxin.simulation.draws import stream
from lianxin.simulation.fieldwork.ground import METRES_PER_DEGREE, N_ZONES, Ground

REGULAR, FRIENDLY = 0, 1
NO_PLAN = -1
# A shop is due when this share of its interval has passed.
_DUE = 0.62
_MADE_AS_PLANNED = 0.95
_MADE_LATER = 0.6
_ABSENT_SHARE = 0.03
_HALF_DAY_SHARE = 0.04
_FEWER_IN_RAIN = np.array([1.0, 0.9, 0.62])


@dataclass(frozen=True, slots=True)
class Rounds:
    """One entry per visit, sorted by day, manager and the order of the round."""

    day: np.ndarray
    manager: np.ndarray
    retailer: np.ndarray
    # NO_PLAN where nobody had planned it.
    planned_day: np.ndarray
    kind: np.ndarray
    is_same_few: np.ndarray

    def __len__(self) -> int:
        return len(self.day)

    def taken(self, rows: np.ndarray) -> "Rounds":
        return Rounds(*(getattr(self, each.name)[rows] for each in fields(self)))

    def starts(self) -> np.ndarray:
        """bool: the first visit of a manager's day."""
        first = np.ones(len(self.day), dtype=bool)
        first[1:] = (self.day[1:] != self.day[:-1]) | (self.manager[1:] != self.manager[:-1])
        return first


@dataclass(frozen=True, slots=True)
class Plans:
    """Every planned visit, also those that fell away."""

    day: np.ndarray
    manager: np.ndarray
    retailer: np.ndarray


def build_rounds(ground: Ground, same_few: np.ndarray) -> tuple[Rounds, Plans]:
    """The rounds of all managers. `same_few` : float64 by manager, the share of his visits that go to a few shops only."""
    rng = stream(ground.settings.seed, "fieldwork rounds")
    shops, staff, settings = ground.shops, ground.staff, ground.settings
    n_shops = len(shops.town)
    usual = np.where(staff.is_urban, settings.visits_per_day_urban, settings.visits_per_day_rural) * staff.pace
    first = int(ground.days[0])
    last_visit = first - rng.random(n_shops) * shops.interval_days
    pushed = np.full(n_shops, NO_PLAN)
    holder = np.full(n_shops, -1)
    changes = _Changes(ground)
    pets = _Pets(ground, same_few)
    made: list[tuple[np.ndarray, ...]] = []
    planned: list[tuple[np.ndarray, ...]] = []
    for day in ground.days.tolist():
        changes.apply(holder, day)
        held = np.flatnonzero(shops.retailers.is_active_on(day) & (holder >= 0))
        capacity = _capacity(rng, usual)
        due = (day - last_visit[held]) / shops.interval_days[held]
        today = (shops.zone[held] == (day - 1) % 7 % N_ZONES) & (due > _DUE)
        score = due + rng.normal(0, 0.1, len(held))
        waiting = pushed[held] != NO_PLAN
        score[waiting] += 10
        candidate = np.flatnonzero(today | waiting)
        chosen = candidate[_best(holder[held[candidate]], score[candidate], capacity)]
        shop = held[chosen]
        plan_day = np.where(pushed[shop] != NO_PLAN, pushed[shop], day)
        fresh = pushed[shop] == NO_PLAN
        planned.append((np.full(int(fresh.sum()), day), holder[shop[fresh]], shop[fresh]))
        wet = _FEWER_IN_RAIN[ground.rain_at(shops.town[shop], np.full(len(shop), day))]
        goes = rng.random(len(shop)) < _MADE_AS_PLANNED * wet
        later = ~goes & (rng.random(len(shop)) < _MADE_LATER) & (plan_day > day - 10)
        pushed[shop] = np.where(later, plan_day, NO_PLAN)
        shop, plan_day = shop[goes], plan_day[goes]
        last_visit[shop] = day
        extra = _stops_on_the_way(rng, ground, holder, held, last_visit, day, shop)
        visited = np.concatenate((shop, extra))
        plan = np.concatenate((plan_day, np.full(len(extra), NO_PLAN)))
        kind = np.concatenate((np.full(len(shop), REGULAR), np.full(len(extra), FRIENDLY)))
        who, is_pet = holder[visited], np.zeros(len(visited), dtype=bool)
        visited, plan, is_pet = pets.replace(rng, day, holder, who, visited, plan, is_pet)
        made.append((np.full(len(visited), day), who, visited, plan, kind, is_pet))
    columns = [np.concatenate(parts) for parts in zip(*made, strict=True)]
    rows = Rounds(*columns)
    plans = Plans(*(np.concatenate(parts) for parts in zip(*planned, strict=True)))
    return rows.taken(_by_nearness(ground, rows)), plans


class _Changes:
    """Who holds which shop, brought forward day by day."""

    def __init__(self, ground: Ground) -> None:
        retailer, manager, start, finish = ground.held
        begins, ends = np.argsort(start, kind="stable"), np.argsort(finish, kind="stable")
        self.begin = (start[begins], retailer[begins], manager[begins])
        self.end = (finish[ends], retailer[ends], manager[ends])
        self.at = [0, 0]

    def apply(self, holder: np.ndarray, day: int) -> None:
        until = int(np.searchsorted(self.end[0], day, side="right"))
        gone, who = self.end[1][self.at[1] : until], self.end[2][self.at[1] : until]
        holder[gone[holder[gone] == who]] = -1
        begun = int(np.searchsorted(self.begin[0], day, side="right"))
        span = slice(self.at[0], begun)
        holder[self.begin[1][span]] = self.begin[2][span]
        self.at = [begun, until]


class _Pets:
    """Managers who go to the same few shops, those nearest to their homes, instead of where they should."""

    def __init__(self, ground: Ground, same_few: np.ndarray) -> None:
        self.ground, self.share = ground, same_few
        self.favourites: dict[int, np.ndarray] = {}

    def replace(
        self,
        rng: np.random.Generator,
        day: int,
        holder: np.ndarray,
        who: np.ndarray,
        shop: np.ndarray,
        plan: np.ndarray,
        is_pet: np.ndarray,
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        swapped = np.flatnonzero(rng.random(len(who)) < self.share[who])
        if not len(swapped):
            return shop, plan, is_pet
        shop, plan = shop.copy(), plan.copy()
        for manager in np.unique(who[swapped]).tolist():
            mine = swapped[who[swapped] == manager]
            near = self._near(manager, holder, day)
            if not len(near):
                continue
            shop[mine] = near[rng.permutation(max(len(near), len(mine)))[: len(mine)] % len(near)]
            plan[mine] = NO_PLAN
            is_pet[mine] = True
        return shop, plan, is_pet

    def _near(self, manager: int, holder: np.ndarray, day: int) -> np.ndarray:
        shops, staff = self.ground.shops, self.ground.staff
        known = self.favourites.get(manager)
        active = shops.retailers.is_active_on(day)
        if known is None or not (active[known] & (holder[known] == manager)).all():
            mine = np.flatnonzero((holder == manager) & active)
            away = np.hypot(
                shops.true_latitude[mine] - staff.home_latitude[manager],
                shops.true_longitude[mine] - staff.home_longitude[manager],
            )
            known = self.favourites[manager] = mine[np.argsort(away, kind="stable")[:7]]
        return known


def _capacity(rng: np.random.Generator, usual: np.ndarray) -> np.ndarray:
    """Whole visits that each manager has time for today: leave, meetings and training take days and half days."""
    kind = rng.random(len(usual))
    part = np.select([kind < _ABSENT_SHARE, kind < _ABSENT_SHARE + _HALF_DAY_SHARE], [0.0, 0.5], 1.0)
    return np.rint(usual * part * rng.normal(1.0, 0.06, len(usual))).astype(np.int64)


def _best(holder: np.ndarray, score: np.ndarray, capacity: np.ndarray) -> np.ndarray:
    """Positions of the most urgent candidates of each holder, as many as he has time for."""
    order = np.lexsort((-score, holder))
    sorted_holder = holder[order]
    rank = np.arange(len(order)) - np.searchsorted(sorted_holder, sorted_holder)
    return np.asarray(order[rank < capacity[sorted_holder]])


def _stops_on_the_way(
    rng: np.random.Generator,
    ground: Ground,
    holder: np.ndarray,
    held: np.ndarray,
    last_visit: np.ndarray,
    day: int,
    visited: np.ndarray,
) -> np.ndarray:
    """Short friendly stops at shops of the same part of the patch that are not on today's list."""
    working = np.zeros(len(ground.staff.employee_no), dtype=bool)
    working[holder[visited]] = True
    idle = held[(last_visit[held] < day) & (ground.shops.zone[held] == (day - 1) % 7 % N_ZONES) & working[holder[held]]]
    if not len(idle):
        return idle
    share = ground.settings.variety.unplanned_stop_share * len(visited) / len(idle)
    return np.asarray(idle[rng.random(len(idle)) < share])


def _by_nearness(ground: Ground, rows: Rounds) -> np.ndarray:
    """Positions of the rows in the order in which they are visited: from home always on to the nearest shop left."""
    by_day = np.lexsort((rows.manager, rows.day))
    sorted_rows = rows.taken(by_day)
    starts = np.flatnonzero(sorted_rows.starts())
    counts = np.diff(np.append(starts, len(rows)))
    width = int(counts.max(initial=1))
    column = np.arange(width)[None, :]
    place = np.minimum(starts[:, None] + column, len(rows) - 1)
    latitude, longitude = ground.shops.place_on(sorted_rows.retailer, sorted_rows.day)
    y = latitude[place] * METRES_PER_DEGREE
    x = longitude[place] * METRES_PER_DEGREE * np.cos(np.radians(latitude[place[:, :1]]))
    left = np.where(column < counts[:, None], 0.0, np.inf)
    who = sorted_rows.manager[starts]
    here_y = ground.staff.home_latitude[who] * METRES_PER_DEGREE
    here_x = ground.staff.home_longitude[who] * METRES_PER_DEGREE * np.cos(np.radians(latitude[starts]))
    lines = np.arange(len(starts))
    order = np.zeros((len(starts), width), dtype=np.int64)
    for step in range(width):
        nearest = np.argmin(np.hypot(y - here_y[:, None], x - here_x[:, None]) + left, axis=1)
        order[:, step] = nearest
        left[lines, nearest] = np.inf
        here_y, here_x = y[lines, nearest], x[lines, nearest]
    done = column < counts[:, None]
    return np.asarray(by_day[(starts[:, None] + order)[done]])
