"""What others saw or were told: delivery men at the door, clerks on the telephone, inspectors on their rounds.

Everything follows from what truly happened. A shut door is shut for all, and whoever is asked remembers as people do.
"""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from lianxin.simulation.draws import stream
from lianxin.simulation.fieldwork.chance import uniform
from lianxin.simulation.fieldwork.conduct import is_ghost
from lianxin.simulation.fieldwork.ground import Ground
from lianxin.simulation.fieldwork.tables import (
    Fieldwork,
    dates,
    identifiers,
    instants,
    licences,
    texts,
)
from lianxin.simulation.fieldwork.timeline import shut_at

DELIVERY, ORDER_DESK, INSPECTOR = range(3)
CHANNELS = ("delivery", "order_desk", "inspector")
SHOP_OPEN, SHOP_CLOSED, SAW_MANAGER, SAYS_VISITED, SAYS_NOT_VISITED = range(5)
SAYS = ("shop_open", "shop_closed", "saw_manager", "says_visited", "says_not_visited")
RECEIVERS = ("本人", "家属", "店员", "邻居代收", "无人接货")
_NOBODY = len(RECEIVERS) - 1
_RECEIVER_CUTS = (0.72, 0.87, 0.97)
# Nobody at the door although the shop is open; scanned together at the end of the tour instead of at each door.
_NOBODY_SHARE, _SCANNED_LATER_SHARE = 0.004, 0.01
_DESK_WEEKS = ((7, 0.8), (14, 0.2))
_ASKS_TOO = 0.5


@dataclass(frozen=True, slots=True)
class _Rows:
    channel: int
    retailer: np.ndarray
    day: np.ndarray
    second: np.ndarray
    says: np.ndarray
    # Days that a statement covers, both included; -1 where it is about the moment only.
    about_from: np.ndarray
    about_until: np.ndarray
    receiver: np.ndarray


def witnesses(work: Fieldwork) -> pa.Table:
    """One row per sight or statement, in order of the time."""
    ground = work.ground
    parts = [_deliveries(ground), *_inspections(work), _desk(work)]
    channel = np.concatenate([np.full(len(part.day), part.channel) for part in parts])

    def column(name: str) -> np.ndarray:
        return np.concatenate([getattr(part, name) for part in parts])

    day, second, retailer = column("day"), column("second"), column("retailer")
    about_from, about_until, receiver = column("about_from"), column("about_until"), column("receiver")
    order = np.lexsort((retailer, channel, second, day))
    table = pa.table(
        {
            "channel": texts(CHANNELS, channel),
            "retailer_id": licences(ground, retailer, day),
            "seen_at": instants(day, second),
            "says": texts(SAYS, column("says")),
            "about_from": dates(about_from, about_from < 0),
            "about_until": dates(about_until, about_until < 0),
            "receiver": pa.array(RECEIVERS).take(pa.array(receiver, mask=receiver < 0)),
        }
    )
    identity = identifiers(ground.settings.seed, "witnesses", day, second)
    return table.add_column(0, "witness_id", identity).take(pa.array(order))


def _moment(channel: int, retailer: np.ndarray, day: np.ndarray, second: np.ndarray, says: np.ndarray) -> _Rows:
    nothing = np.full(len(day), -1)
    return _Rows(channel, retailer, day, second.astype(np.int64), says, nothing, nothing, nothing)


def _active(ground: Ground, retailer: np.ndarray, day: np.ndarray) -> np.ndarray:
    known = ground.shops.retailers
    paused = (known.pause_from[retailer] <= day) & (day < known.pause_until[retailer])
    return np.asarray((known.opens_day[retailer] <= day) & (day < known.closes_day[retailer]) & ~paused)


def _orders(ground: Ground) -> tuple[np.ndarray, np.ndarray]:
    """Retailer and day of every weekly order, on the order day or the next working day."""
    days, known = ground.days, ground.shops.retailers
    mondays = np.unique(days - (days - 1) % 7)
    n = len(known.weekday)
    retailer = np.tile(np.arange(n), len(mondays))
    day = np.repeat(mondays, n) + known.weekday[retailer]
    place = np.searchsorted(days, day)
    inside = place < len(days)
    retailer, day = retailer[inside], days[place[inside]]
    odd = (day // 7 + retailer) % 2 == 1
    orders = _active(ground, retailer, day) & ~(known.is_fortnightly[retailer] & odd)
    orders &= uniform(ground.settings.seed, "orders", retailer, day // 7) < 0.95
    return retailer[orders], day[orders]


def _deliveries(ground: Ground) -> _Rows:
    """The goods come on the working day after the order, with the tour's usual time at that door."""
    rng = stream(ground.settings.seed, "fieldwork deliveries")
    retailer, ordered = _orders(ground)
    place = np.searchsorted(ground.days, ordered, side="right")
    inside = place < len(ground.days)
    inside &= uniform(ground.settings.seed, "scanned", retailer, ordered) < ground.settings.witnessing.deliveries_share
    retailer, day = retailer[inside], ground.days[place[inside]]
    n = len(day)
    usual = 8.2 + 8.2 * uniform(ground.settings.seed, "tour", retailer)
    second = np.rint((usual * 3600 + rng.normal(0, 1500, n)).clip(7.6 * 3600, 18 * 3600)).astype(np.int64)
    nobody = shut_at(ground, retailer, day, second) | (rng.random(n) < _NOBODY_SHARE)
    late = rng.random(n) < _SCANNED_LATER_SHARE
    second = np.where(late, rng.integers(17 * 3600, 19 * 3600, n), second)
    receiver = np.where(nobody, _NOBODY, np.searchsorted(_RECEIVER_CUTS, rng.random(n)))
    nothing = np.full(n, -1)
    says = np.where(nobody, SHOP_CLOSED, SHOP_OPEN)
    return _Rows(DELIVERY, retailer, day, second, says, nothing, nothing, receiver)


class _Meetings:
    """On which days the keeper of a shop truly met his manager."""

    def __init__(self, work: Fieldwork) -> None:
        met = ~is_ghost(work.conduct) & ~work.timeline.is_shut
        self.days = int(work.ground.days[-1]) + 40
        self.keys = np.sort(work.rounds.retailer[met] * self.days + work.rounds.day[met])

    def between(self, retailer: np.ndarray, first: np.ndarray, last: np.ndarray) -> np.ndarray:
        """bool: there was a meeting from `first` to `last`, both included."""
        low = np.searchsorted(self.keys, retailer * self.days + first)
        high = np.searchsorted(self.keys, retailer * self.days + last, side="right")
        return np.asarray(high > low)


def mismatch_by_phone(ground: Ground, retailer: np.ndarray) -> np.ndarray:
    """The chance that this retailer's honest answer differs from what happened."""
    low, high = ground.settings.witnessing.phone_mismatch_from, ground.settings.witnessing.phone_mismatch_until
    return low + (high - low) * uniform(ground.settings.seed, "memory", retailer)


def _desk(work: Fieldwork) -> _Rows:
    """Clerks who ask, while they take the order, whether the manager came since the last one."""
    ground = work.ground
    rng = stream(ground.settings.seed, "fieldwork order desk")
    retailer, day = _orders(ground)
    asked = rng.random(len(day)) < ground.settings.witnessing.order_desk_share
    asked &= day >= int(ground.days[0]) + _DESK_WEEKS[-1][0]
    retailer, day = retailer[asked], day[asked]
    n = len(day)
    back = rng.choice([length for length, _ in _DESK_WEEKS], n, p=[share for _, share in _DESK_WEEKS])
    first, last = day - back, day - 1
    truth = _Meetings(work).between(retailer, first, last)
    says = truth ^ (rng.random(n) < mismatch_by_phone(ground, retailer))
    second = rng.integers(9 * 3600, 11 * 3600 + 1800, n)
    said = np.where(says, SAYS_VISITED, SAYS_NOT_VISITED)
    return _Rows(ORDER_DESK, retailer, day, second, said, first, last, np.full(n, -1))


def _inspections(work: Fieldwork) -> list[_Rows]:
    """Inspectors in the street: half of them come about when a visit was announced, half at any time."""
    ground, rounds, timeline = work.ground, work.rounds, work.timeline
    rng = stream(ground.settings.seed, "fieldwork inspectors")
    count = len(ground.staff.employee_no) * ground.settings.months
    n = min(int(rng.poisson(count * ground.settings.witnessing.inspections_per_manager_month)), len(rounds))
    at = rng.choice(len(rounds), n, replace=False)
    retailer, day = rounds.retailer[at], rounds.day[at]
    near = timeline.check_in[at] + rng.integers(-1200, 1800, n)
    anytime = rng.integers(9 * 3600, 17 * 3600, n)
    second = np.where(rng.random(n) < 0.5, near, anytime)
    there = (timeline.check_in[at] <= second) & (second <= timeline.check_out[at]) & ~is_ghost(work.conduct[at])
    shut = shut_at(ground, retailer, day, second)
    says = np.where(there, SAW_MANAGER, np.where(shut, SHOP_CLOSED, SHOP_OPEN))
    seen = _moment(INSPECTOR, retailer, day, second, says)
    asks = np.flatnonzero(~shut & ~there & (rng.random(n) < _ASKS_TOO) & (day > int(ground.days[0]) + 7))
    # Asked in the afternoon for the days before, not for a day that is not over.
    first, last = day[asks] - 7, day[asks] - 1
    truth = _Meetings(work).between(retailer[asks], first, last)
    answer = truth ^ (rng.random(len(asks)) < ground.settings.witnessing.walk_mismatch)
    told = _Rows(
        INSPECTOR,
        retailer[asks],
        day[asks],
        second[asks] + 60,
        np.where(answer, SAYS_VISITED, SAYS_NOT_VISITED),
        first,
        last,
        np.full(len(asks), -1),
    )
    return [seen, told]
