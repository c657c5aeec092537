"""Logs that were not written but copied: from one's own, from a colleague's, or with a few words changed."""

import re
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from lianxin.simulation.catalogue import PRODUCTS
from lianxin.simulation.draws import stream
from lianxin.simulation.fieldwork.conduct import COPIED_COLLEAGUE, COPIED_EDITED, COPIED_OWN, OWN, Offenders
from lianxin.simulation.fieldwork.ground import Ground
from lianxin.simulation.fieldwork.rounds import REGULAR, Rounds
from lianxin.simulation.fieldwork.timeline import Timeline

# Shorter logs are formulas that honest people share; nobody needs to copy them.
SHORTEST_COPIED = 24
_LOOKS_BACK_DAYS = 60
_NO_SOURCE = -1
_NUMBER = re.compile(r"\d+")
_SYNONYMS = (
    ("库存", "存货"), ("建议", "劝"), ("已登记", "记下了"), ("帮着", "帮忙"), ("反映", "提到"), ("担心", "怕"), ("提醒", "叮嘱"),
    ("解释", "说明"), ("周边", "附近"), ("正常", "还好"), ("马上", "当场"), ("上次", "前次"), ("店主", "老板"), ("客户", "店家"),
    ("好几次", "两三次"), ("当场", "现场"), ("这阵子", "最近"), ("大约", "约"),
)  # fmt: skip
_TAILS = ("其他正常。", "待跟进。", "情况属实。", "总体平稳。", "再观察。")
_NAMES = tuple(product.name for product in PRODUCTS)


@dataclass(frozen=True, slots=True)
class Written:
    """By visit: the log as handed in, how it came about, and the visit it was taken from, -1 for one's own words."""

    note: pa.Array
    conduct: np.ndarray
    source: np.ndarray


def copy_notes(ground: Ground, offenders: Offenders, rounds: Rounds, timeline: Timeline, notes: pa.Array) -> Written:
    rng = stream(ground.settings.seed, "fieldwork copying")
    rates, n = ground.settings.misconduct, len(rounds)
    tells = (rounds.kind == REGULAR) & ~timeline.is_shut
    copies = tells & (rng.random(n) < offenders.copied[rounds.manager])
    kind = rng.choice(
        (COPIED_OWN, COPIED_COLLEAGUE, COPIED_EDITED),
        n,
        p=(rates.copied_own, rates.copied_colleague, rates.copied_edited),
    )
    from_colleague = (kind == COPIED_COLLEAGUE) | ((kind == COPIED_EDITED) & (rng.random(n) < 0.5))
    worth = tells & ~copies & (pc.utf8_length(notes).to_numpy(zero_copy_only=False) >= SHORTEST_COPIED)
    source = np.full(n, _NO_SOURCE)
    unit = ground.staff.unit[rounds.manager]
    for manager in np.unique(rounds.manager[copies]).tolist():
        his = copies & (rounds.manager == manager)
        own = np.flatnonzero(worth & (rounds.manager == manager))
        others = np.flatnonzero(worth & (rounds.manager != manager) & (unit == ground.staff.unit[manager]))
        # In a unit of one there is nobody to copy from but the rest of the company.
        others = others if len(others) else np.flatnonzero(worth & (rounds.manager != manager))
        for pool, rows in ((own, his & ~from_colleague), (others, his & from_colleague)):
            at = np.flatnonzero(rows)
            source[at] = _earlier(rng, rounds.day, pool, at)
    conduct = np.where(source == _NO_SOURCE, OWN, kind).astype(np.int8)
    same = source != _NO_SOURCE
    is_own = rounds.manager[source] == rounds.manager
    conduct = np.where(same & (conduct == COPIED_COLLEAGUE) & is_own, COPIED_OWN, conduct)
    return Written(_taken(rng, ground, rounds, notes, conduct, source), conduct, source)


def _earlier(rng: np.random.Generator, day: np.ndarray, pool: np.ndarray, rows: np.ndarray) -> np.ndarray:
    """For each row a log of the pool that was written before that day and not too long ago, or none."""
    low = np.searchsorted(day[pool], day[rows] - _LOOKS_BACK_DAYS)
    high = np.searchsorted(day[pool], day[rows])
    place = low + (rng.random(len(rows)) * (high - low)).astype(np.int64)
    if not len(pool):
        return np.full(len(rows), _NO_SOURCE)
    return np.where(high > low, pool[np.minimum(place, len(pool) - 1)], _NO_SOURCE)


def _taken(
    rng: np.random.Generator,
    ground: Ground,
    rounds: Rounds,
    notes: pa.Array,
    conduct: np.ndarray,
    source: np.ndarray,
) -> pa.Array:
    place = np.where(source == _NO_SOURCE, np.arange(len(source)), source)
    edited = np.flatnonzero(conduct == COPIED_EDITED)
    old = notes.take(pa.array(source[edited])).to_pylist()
    goods = ground.shops.products[rounds.retailer[edited], 0]
    new = [edit(rng, text, _NAMES[product]) for text, product in zip(old, goods.tolist(), strict=True)]
    place[edited] = len(notes) + np.arange(len(edited))
    return pa.concat_arrays([notes, pa.array(new, pa.string())]).take(pa.array(place))


def edit(rng: np.random.Generator, text: str, product: str) -> str:
    """The text with one to three small changes, and at least one."""
    changed = text
    for kind in rng.permutation(5)[: int(rng.integers(1, 4))].tolist():
        if kind == 0:
            changed = _other_numbers(rng, changed)
        elif kind == 1:
            changed = next((changed.replace(old, new, 1) for old, new in _SYNONYMS if old in changed), changed)
        elif kind == 2:
            known = next((name for name in _NAMES if name in changed), None)
            changed = changed.replace(known, product) if known else changed
        elif kind == 3:
            changed = changed.replace("，", " ", 1) if "，" in changed else changed
        else:
            changed += _TAILS[int(rng.integers(len(_TAILS)))]
    return changed if changed != text else text + _TAILS[int(rng.integers(len(_TAILS)))]


def _other_numbers(rng: np.random.Generator, text: str) -> str:
    return _NUMBER.sub(lambda found: str(int(found[0]) + int(rng.integers(1, 4))), text, count=2)
