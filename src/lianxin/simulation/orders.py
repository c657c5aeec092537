"""Order lines of one month, drawn batch by batch from the demand of the world."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

import numpy as np

from lianxin.simulation.days import OrderDay, month_end, next_working_day, order_days, season
from lianxin.simulation.demand import NO_CAP, ramp
from lianxin.simulation.draws import stream
from lianxin.simulation.goods import TIGHT
from lianxin.simulation.world import World

NOT_RECORDED = -1
# Shops of the upper price classes feel a festival more.
_FESTIVAL_PULL = np.array([1.35, 1.15, 0.95, 0.75, 0.6])
# What shops ask for of goods in short supply, against what they would sell.
_ASKED_OF_TIGHT = 1.35
_WEEK_NOISE = 0.12
_RETURNS_SHARE = 0.0008


@dataclass(frozen=True, slots=True)
class Lines:
    """Order lines sorted by day; `wanted` and `cap` hold NOT_RECORDED where the file has an empty cell."""

    day: np.ndarray
    # Number of the line within its day, from 1.
    sequence: np.ndarray
    retailer: np.ndarray
    product: np.ndarray
    wanted: np.ndarray
    cap: np.ndarray
    ordered: np.ndarray
    supplied: np.ndarray
    amount_fen: np.ndarray

    def __len__(self) -> int:
        return len(self.day)


def months_of_lines(world: World) -> Iterator[tuple[date, Lines]]:
    for month in world.size.months:
        yield month, lines_of(world, month)


def lines_of(world: World, month: date) -> Lines:
    """The lines of one month, the same whichever other months are drawn."""
    first, last = world.size.first_month.toordinal(), month_end(world.size.last_month)
    inside = [batch for batch in order_days(first, last) if month.toordinal() <= batch.day <= month_end(month)]
    return _month_lines(world, month, inside)


def _month_lines(world: World, month: date, batches: list[OrderDay]) -> Lines:
    rng = stream(world.seed, f"orders {month:%Y-%m}")
    parts = [_batch_lines(rng, world, batch) for batch in batches]
    day, retailer, product, wanted, cap, ordered, supplied = (
        np.concatenate(columns) for columns in zip(*parts, strict=True)
    )
    returned = _returns(rng, world, month, day, retailer, product, supplied)
    nothing = np.full(len(returned[0]), NOT_RECORDED)
    day = np.concatenate((day, returned[0]))
    by_day = np.argsort(day, kind="stable")
    day = day[by_day]
    product = np.concatenate((product, returned[2]))[by_day]
    supplied = np.concatenate((supplied, returned[3]))[by_day]
    starts = np.searchsorted(day, day, side="left")
    return Lines(
        day=day,
        sequence=np.arange(len(day)) - starts + 1,
        retailer=np.concatenate((retailer, returned[1]))[by_day],
        product=product,
        wanted=np.concatenate((wanted, nothing))[by_day],
        cap=np.concatenate((cap, nothing))[by_day],
        ordered=np.concatenate((ordered, returned[3]))[by_day],
        supplied=supplied,
        amount_fen=supplied * _price_fen(world, day, product),
    )


def _batch_lines(rng: np.random.Generator, world: World, batch: OrderDay) -> tuple[np.ndarray, ...]:
    demand, retailers, goods = world.demand, world.retailers, world.goods
    entries = slice(*demand.weekday_edges[batch.weekday : batch.weekday + 2])
    turn = ~retailers.is_fortnightly | ((batch.week + np.arange(world.size.n_retailers)) % 2 == 0)
    ordering = retailers.is_active_on(batch.day) & turn
    ordering &= rng.random(world.size.n_retailers, dtype=np.float32) < retailers.order_chance[:, batch.week]
    live = ordering[demand.retailer[entries]]
    live &= (demand.from_day[entries] <= batch.day) & (batch.day < demand.until_day[entries])
    live &= rng.random(len(live), dtype=np.float32) < demand.on_order[entries]
    entry = np.flatnonzero(live) + entries.start
    retailer, product = demand.retailer[entry], demand.product[entry]
    shop = retailers.path[:, batch.week] * np.exp(rng.normal(0, _WEEK_NOISE, world.size.n_retailers))
    shop *= np.where(retailers.is_fortnightly, 2.0, 1.0)
    asked = np.where(goods.state == TIGHT, _ASKED_OF_TIGHT, 1.0)
    item = asked * ramp(goods, batch.day) * np.exp(season(batch.day) * _FESTIVAL_PULL[goods.class_index])
    expected = demand.weekly_units[entry] * shop[retailer] * item[product] / demand.on_order[entry]
    wanted = rng.poisson(expected)
    some = wanted > 0
    retailer, product, wanted = retailer[some], product[some], wanted[some]
    cap = demand.caps[product, batch.week, retailers.tier_on(batch.day)[retailer]].astype(np.int64)
    ordered = np.where(cap == NO_CAP, wanted, np.minimum(wanted, cap))
    fill = demand.fill[product, batch.week]
    supplied = np.minimum(ordered, np.floor(ordered * fill + rng.random(len(ordered), dtype=np.float32)))
    day = np.full(len(retailer), batch.day)
    return day, retailer, product, wanted, cap, ordered, supplied.astype(np.int64)


def _returns(
    rng: np.random.Generator,
    world: World,
    month: date,
    day: np.ndarray,
    retailer: np.ndarray,
    product: np.ndarray,
    supplied: np.ndarray,
) -> tuple[np.ndarray, ...]:
    """A few cartons that came back damaged or wrong two working days later, as negative lines."""
    chosen = np.flatnonzero((rng.random(len(day)) < _RETURNS_SHARE) & (supplied > 0))
    units = 1 + np.floor(rng.random(len(chosen)) * supplied[chosen] * 0.5).astype(np.int64)
    back = {int(d): next_working_day(next_working_day(int(d))) for d in np.unique(day[chosen])}
    back_day = np.array([back[int(d)] for d in day[chosen]], dtype=np.int64)
    closes = world.retailers.closes_day[retailer[chosen]]
    kept = (back_day <= month_end(month)) & (back_day < closes)
    return back_day[kept], retailer[chosen][kept], product[chosen][kept], -units[kept]


def _price_fen(world: World, day: np.ndarray, product: np.ndarray) -> np.ndarray:
    prices = np.zeros(len(day), dtype=np.int64)
    for each in np.unique(day):
        wholesale, _ = world.goods.fen_on(int(each))
        now = slice(*np.searchsorted(day, [each, each + 1]))
        prices[now] = wholesale[product[now]]
    return prices
