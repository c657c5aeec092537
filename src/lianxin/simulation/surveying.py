"""Surveys of satisfaction in 临江市: what shops think of what truly happens to them, and the sample of it that an office hears.

How often a shop was really visited, how long, whether its visits were faked or its records copied, and its tier, move what it
thinks; its own temper does too. The truth is what every shop of a manager would have answered; the files hold a sample, with no
shop named.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

import numpy as np
import pyarrow as pa

from lianxin.core.units import last_day
from lianxin.simulation.draws import stream
from lianxin.simulation.fieldwork.conduct import OWN, is_ghost
from lianxin.simulation.fieldwork.tables import Fieldwork

# Dimensions and items as a public web form of 2026 has them (trade sources 5.1); the items of a dimension are ours.
ITEMS: Final = (
    ("货源供应", "货源品种"),
    ("货源供应", "供货数量"),
    ("客户服务", "走访服务"),
    ("客户服务", "信息传递"),
    ("客户服务", "问题解决"),
    ("盈利水平", "经营收益"),
    ("市场管理", "市场秩序"),
)
_DIMENSIONS: Final = tuple(dict.fromkeys(dimension for dimension, _item in ITEMS))
# At least one retailer in ten of each manager (柳州, trade sources 5.1), and enough to be told.
SHARE: Final = 0.1
LEAST: Final = 14
ANSWERS_SHARE: Final = 0.94
SKIPPED_SHARE: Final = 0.01
# What moves a shop's mind, in levels; choices of this simulation, not measurements of a trade.
_VISITS, _MINUTES, _GHOSTS, _COPIES, _TIER, _TEMPER = 0.5, 0.25, 4.0, 2.0, 0.03, 0.5
_BASE: Final = {"货源供应": 3.7, "客户服务": 3.7, "盈利水平": 3.8, "市场管理": 4.3}


@dataclass(frozen=True, slots=True)
class Surveyed:
    """One survey. answers : rows as the file has them; truth : by manager, the score had every shop of his answered"""

    month: date
    answers: pa.Table
    truth: pa.Table


def surveys(work: Fieldwork, months: Sequence[date]) -> tuple[Surveyed, ...]:
    """A survey in each of the months, which the field work must hold."""
    return tuple(_survey(work, month) for month in months)


def _survey(work: Fieldwork, month: date) -> Surveyed:
    rng = stream(work.ground.settings.seed, f"satisfaction {month}")
    staff = work.ground.staff.employee_no
    shops, manager = _held_on(work, last_day(month).toordinal())
    levels = _levels(rng, work, month, shops, manager)
    scores = np.stack(
        [levels[:, [at for at, (of, _item) in enumerate(ITEMS) if of == name]].mean(axis=1) for name in _DIMENSIONS]
    ).mean(axis=0)
    asked: list[int] = []
    for one in np.unique(manager).tolist():
        mine = np.flatnonzero(manager == one)
        wanted = min(len(mine), max(LEAST, round(SHARE * len(mine))))
        asked += rng.permutation(mine)[:wanted].tolist()
    answering = [row for row in asked if rng.random() < ANSWERS_SHARE]
    # Numbers in an order of chance: they tell neither the manager's list nor the way from door to door.
    numbers = rng.permutation(len(answering)) + 1
    told: dict[str, list[Any]] = {
        name: [] for name in ("survey", "month", "employee_no", "sheet", "dimension", "item", "scale", "answer")
    }
    for row, number in sorted(zip(answering, numbers.tolist(), strict=True), key=lambda pair: pair[1]):
        for at, (dimension, item) in enumerate(ITEMS):
            if rng.random() < SKIPPED_SHARE:
                continue
            values = (
                f"{month:%Y年%m月}零售客户满意度调查", f"{month:%Y-%m}", str(staff[manager[row]]), f"W{month:%y%m}{number:04}",
                dimension, item, "五级", int(levels[row, at]),
            )  # fmt: skip
            for name, value in zip(told, values, strict=True):
                told[name].append(value)
    people = np.unique(manager)
    truth = {
        "manager_id": [str(staff[one]) for one in people],
        "month": [month] * len(people),
        "score": [float(scores[manager == one].mean() * 20) for one in people],
        "n_shops": [int((manager == one).sum()) for one in people],
    }
    return Surveyed(month, pa.table(told), pa.table(truth))


def _held_on(work: Fieldwork, day: int) -> tuple[np.ndarray, np.ndarray]:
    """Shops that are open on a day, and who holds each."""
    shop, manager, start, until = work.ground.held
    retailers = work.ground.shops.retailers
    inside = (start <= day) & (until > day) & (retailers.opens_day[shop] <= day) & (retailers.closes_day[shop] > day)
    return shop[inside], manager[inside]


def _levels(
    rng: np.random.Generator, work: Fieldwork, month: date, shops: np.ndarray, manager: np.ndarray
) -> np.ndarray:
    """int64 (n_shops, n_items): the level from 1 to 5 that each shop would give."""
    rounds, n_managers = work.rounds, len(work.ground.staff.employee_no)
    inside = (rounds.day >= month.toordinal()) & (rounds.day <= last_day(month).toordinal())
    ghost, copied = is_ghost(work.conduct), work.written.conduct != OWN
    came = np.bincount(rounds.retailer[inside & ~ghost], minlength=len(work.ground.shops.town))[shops]
    n = np.maximum(np.bincount(rounds.manager[inside], minlength=n_managers), 1)
    faked = np.bincount(rounds.manager[inside & ghost], minlength=n_managers) / n
    repeated = np.bincount(rounds.manager[inside & copied], minlength=n_managers) / n
    minutes = work.ground.staff.service_minutes
    minutes = (minutes - minutes.mean()) / max(float(minutes.std()), 1e-9)
    owed = 28.0 / work.ground.shops.interval_days[shops]
    visited = np.minimum(came / owed, 1.2) - 0.8
    retailers = work.ground.shops.retailers
    tier = retailers.tier_on(month.toordinal())[shops] - 15.0
    temper = rng.normal(0, _TEMPER, len(shops))
    moved = {
        "客户服务": _VISITS * visited + (_MINUTES * minutes - _GHOSTS * faked - _COPIES * repeated)[manager],
        "货源供应": _TIER * tier,
        "盈利水平": _TIER * tier / 2,
    }
    columns = []
    for dimension, _item in ITEMS:
        mind = _BASE[dimension] + temper + moved.get(dimension, 0.0) + rng.normal(0, 0.45, len(shops))
        columns.append(np.clip(np.rint(mind), 1, 5))
    return np.stack(columns, axis=1).astype(np.int64)
