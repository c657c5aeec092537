"""目标.xlsx: monthly goals of managers, units and the company, set from what their shops bought a year before."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np

from lianxin.simulation.catalogue import KEY_PRODUCTS, PRODUCTS
from lianxin.simulation.company import SETTINGS
from lianxin.simulation.days import month_end
from lianxin.simulation.draws import stream
from lianxin.simulation.files import Cell, WrittenFile, write_xlsx
from lianxin.simulation.headers import HEADERS, chinese
from lianxin.simulation.holdings import holders_on
from lianxin.simulation.orders import Lines
from lianxin.simulation.world import World

GOALS = ("sales_units", "company_gross_margin", "unit_price", "key_brand_share")
_GROWTH_GOAL = 1.03
_PRICE_GOAL = 1.015
_KEY_SHARE_GOAL = 0.004
_MARGIN_GOAL = 0.001
_UNITS, _AMOUNT, _COST, _KEY_UNITS = range(4)


@dataclass(slots=True)
class Bought:
    """float64 (n_months, 4, n_retailers): units, amount, cost and key-brand units by month and retailer."""

    sums: np.ndarray

    @classmethod
    def nothing_yet(cls, world: World) -> "Bought":
        return cls(np.zeros((len(world.size.months), 4, world.size.n_retailers)))

    def add(self, world: World, month: date, lines: Lines) -> None:
        number = world.size.months.index(month)
        is_key = np.array([product.code in KEY_PRODUCTS for product in PRODUCTS])
        _, cost_fen = world.goods.fen_on(month_end(month))
        amounts = (
            lines.supplied,
            lines.amount_fen,
            lines.supplied * cost_fen[lines.product],
            lines.supplied * is_key[lines.product],
        )
        for measure, values in enumerate(amounts):
            self.sums[number, measure] = np.bincount(lines.retailer, values, world.size.n_retailers)


def rows(world: World, bought: Bought) -> Iterator[tuple[Cell, ...]]:
    rng = stream(world.seed, "targets")
    words = [chinese("targets", "indicator", code) for code in GOALS]
    for number, month in enumerate(world.size.months):
        for level, entity, members in _groups(world, month_end(month)):
            has_year_before = number >= 12
            sums = bought.sums[number - 12 if has_year_before else number][:, members].sum(axis=1)
            # Without a year before, the plan misses what happened by a few per cent either way.
            goal = _GROWTH_GOAL if has_year_before else float(rng.uniform(0.96, 1.06))
            if sums[_UNITS] <= 0:
                continue
            goals = (
                int(round(sums[_UNITS] * goal / 10) * 10),
                round(float(1 - sums[_COST] / sums[_AMOUNT]) + _MARGIN_GOAL, 4),
                round(float(sums[_AMOUNT] / sums[_UNITS]) / 100 * _PRICE_GOAL, 2),
                round(float(sums[_KEY_UNITS] / sums[_UNITS]) + _KEY_SHARE_GOAL, 4),
            )
            for word, target in zip(words, goals, strict=True):
                yield f"{month:%Y-%m}", chinese("targets", "level", level), entity, word, target


def write(world: World, folder: Path, bought: Bought) -> WrittenFile:
    path = folder / "目标.xlsx"
    header = list(HEADERS["targets"].values())
    return WrittenFile("targets", path, write_xlsx(path, "目标", header, rows(world, bought)))


def _groups(world: World, day: int) -> Iterator[tuple[str, str, np.ndarray]]:
    """Level, entity and a mask of the retailers held on a day."""
    holder = holders_on(world.holdings, world.size.n_retailers, day)
    unit_of = {p.employee_no: p.unit for p in world.organisation.postings if p.from_day <= day < p.until_day}
    for employee in sorted(set(holder.tolist()) - {""}):
        yield "manager", employee, holder == employee
    unit = np.array([unit_of.get(employee, "") for employee in holder.tolist()])
    for department in world.size.departments:
        for name in department.market_units:
            yield "unit", name, unit == name
        yield "unit", department.name, np.isin(unit, department.market_units)
    yield "company", SETTINGS.code, holder != ""
