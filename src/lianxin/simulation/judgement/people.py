"""How each kind of person comes to a number, given what history says and what can be known."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from lianxin.simulation.judgement.settings import JudgementSettings

Array = NDArray[Any]


@dataclass(frozen=True)
class Kind:
    """One way of forecasting.

    insight : weight of what can be known (the rest is the anchor); noise : deviation of its reading, in logarithms
    anchor : what the number starts from, `system` or `last`
    """

    code: str
    insight: float
    noise: float
    anchor: str = "system"
    copies: tuple[str, ...] = ()
    rounds: bool = False
    is_optimist: bool = False
    seconds: float = 40.0


KINDS: Final[Mapping[str, Kind]] = {
    kind.code: kind
    for kind in (
        Kind("expert", 0.9, 0.08, seconds=60.0),
        Kind("diligent", 0.6, 0.3),
        # Leans on the last period without repeating it: honest, and the hardest to tell from a copier.
        Kind("anchored", 0.4, 0.3, anchor="last"),
        # The same, more so: nine tenths of the number are the last period.
        Kind("leaning", 0.1, 0.2, anchor="last"),
        Kind("rounder", 0.6, 0.3, rounds=True),
        # Knows nothing and guesses around the system's number.
        Kind("hasty", 0.0, 0.35, seconds=6.0),
        Kind("optimist", 0.6, 0.3, is_optimist=True),
        Kind("copier", 0.5, 0.3, copies=("last", "average", "year"), seconds=5.0),
        Kind("system_copier", 0.5, 0.3, copies=("system",), seconds=4.0),
    )
}
HONEST: Final = tuple(code for code, kind in KINDS.items() if not kind.copies)


@dataclass(frozen=True)
class Seen:
    """What lies before the author of each line, and what can be known; float64 units, NaN where history does not reach."""

    system: Array
    last: Array
    average: Array
    year: Array
    knowable: Array

    def __len__(self) -> int:
        return len(self.system)


def entered(kind: Kind, seen: Seen, settings: JudgementSettings, dice: np.random.Generator) -> tuple[Array, Array]:
    """The number each line is given, and whether it is a copy.

    Returns
    -------
    units : int64 (n_lines,); is_copy : bool (n_lines,)
    """
    n = len(seen)
    read = seen.knowable * np.exp(dice.normal(0.0, kind.noise, n))
    guess = seen.system * np.exp(dice.normal(0.0, kind.noise, n))
    anchor = np.where(np.isnan(seen.last), seen.system, seen.last) if kind.anchor == "last" else guess
    number = kind.insight * read + (1 - kind.insight) * anchor
    if kind.is_optimist:
        number = number * settings.optimism
    units = np.floor(np.maximum(number, 0.0) + 0.5)
    if kind.rounds:
        units = np.where(units >= 8, np.round(units / 5) * 5, units)
    is_copy = np.zeros(n, bool)
    if kind.copies:
        is_copy = dice.random(n) < settings.copied_share
        which = dice.integers(0, len(kind.copies), n)
        sources = np.stack([getattr(seen, name) for name in kind.copies])
        copied = sources[which, np.arange(n)]
        is_copy &= ~np.isnan(copied)
        units = np.where(is_copy, np.floor(np.nan_to_num(copied) + 0.5), units)
    return units.astype(np.int64), is_copy
