"""One number a visit: how likely it is that it was not made, given all that is known. It orders questions; it proves nothing.

The sum of log-odds: a prior, and for every piece of evidence the logarithm of how much oftener it is seen among hollow visits
than among honest ones. How often honest managers show it is read from the file itself (the lower quartile of the managers), so that
a town of poor fixes or a phone that answers no question does not accuse; how often hollow visits show it was set on simulations.
Pieces that see the same thing share a group: the strongest counts whole, the others half, and a group has a limit.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from lianxin.core.parameters import value_of
from lianxin.core.verifying.prepared import Array
from lianxin.core.verifying.sides import Checked

PRIOR_SHARE: Final = 0.03


@dataclass(frozen=True)
class Evidence:
    """A rule as evidence.

    hollow : share of hollow visits that show it, of those that can tell
    honest : the least share of honest visits that is believed to show it
    speaks : whether a no lowers the risk
    """

    group: str
    hollow: float
    honest: float
    speaks: bool = False


EVIDENCE: Final[dict[str, Evidence]] = {
    "far": Evidence("place", 0.70, 0.010, speaks=True),
    "same_place": Evidence("place", 0.35, 0.002),
    "repeated_fix": Evidence("place", 0.10, 0.001),
    "too_fast": Evidence("place", 0.10, 0.002),
    "too_short": Evidence("time", 0.40, 0.010),
    "impossible_route": Evidence("time", 0.15, 0.002),
    "burst": Evidence("time", 0.30, 0.002),
    "day_too_short": Evidence("time", 0.05, 0.010),
    "odd_hour": Evidence("time", 0.05, 0.010),
    "no_content": Evidence("content", 0.25, 0.030),
    "copied_note": Evidence("content", 0.15, 0.050),
}
LIMITS: Final = {"place": 4.5, "time": 3.5, "content": 1.5}
# Log-odds of a strong place evidence that only one of two visits can explain.
_SHARED: Final = 0.5
_WITNESS_YES, _WITNESS_NO = 2.0, -2.0
# How often a hollow visit is confirmed all the same: the retailer obliges.
_OBLIGING: Final = 0.08
_FIELD_ERROR: Final = 0.05


def log_odds(
    answers: Mapping[str, Array], manager: Array, soft: Mapping[str, Array], fast: Mapping[str, Array]
) -> Array:
    """Log-odds of each visit from rules and measures alone, without witnesses and checks.

    Parameters
    ----------
    answers : rule code -> int8 (n,), 1 yes, 0 no, -1 cannot tell
    soft : group -> float64 (n,), log-odds of measures that are no rules
    fast : rule code -> int8 (n,), 2 where the evidence is the visit's own, 1 where its neighbour may explain it
    """
    n = len(manager)
    total = np.full(n, np.log(PRIOR_SHARE / (1 - PRIOR_SHARE)))
    groups: dict[str, list[Array]] = {}
    for code, evidence in EVIDENCE.items():
        answer = answers[code]
        usual = honest_share(answer, manager)
        yes = np.log(evidence.hollow / max(evidence.honest, usual))
        no = np.log((1 - evidence.hollow) / (1 - min(usual, 0.5))) if evidence.speaks else 0.0
        weight = np.select([answer == 1, answer == 0], [max(yes, 0.0), no], 0.0)
        if code in fast:
            weight = np.where(fast[code] == 1, weight * _SHARED, weight)
        groups.setdefault(evidence.group, []).append(weight)
    for group, parts in groups.items():
        if group in soft:
            parts.append(soft[group])
        stacked = np.stack(parts)
        # The strongest whole, the others half; what speaks against counts only where nothing speaks for.
        up = np.maximum(stacked, 0.0)
        strongest = up.max(axis=0)
        raised = strongest + 0.5 * (up.sum(axis=0) - strongest)
        lowered = np.minimum(stacked, 0.0).sum(axis=0)
        total += np.where(raised > 0, np.minimum(raised, LIMITS[group]) + 0.5 * lowered, lowered)
    return total


def honest_share(answer: Array, manager: Array) -> float:
    """How often a manager of the better half shows it, of the visits that can tell: what honest work looks like in this file.

    The lower quartile of the managers: it holds as long as fewer than three in four of them cheat.
    """
    told = answer >= 0
    if not told.any():
        return 0.0
    n = np.bincount(manager[told])
    yes = np.bincount(manager[told], weights=answer[told] == 1, minlength=len(n))
    enough = n >= 20
    if not enough.any():
        return float(yes.sum() / n.sum())
    return float(np.quantile(yes[enough] / n[enough], 0.25, method="lower"))


def low_is_odd(values: Array, manager: Array, power: float, most: float) -> Array:
    """Log-odds of a measure of which hollow visits have little, from its place among all visits; 0 where it is unknown.

    Each manager is measured by his own upper quartile, so that a brisk style is not held against him.
    """
    told = ~np.isnan(values)
    result = np.zeros(len(values))
    if told.sum() < 50:
        return result
    usual = _upper_quartile(values[told], manager[told])
    scaled = values[told] / np.maximum(usual[manager[told]], 1e-9)
    order = np.sort(scaled)
    low, high = np.searchsorted(order, scaled, "left"), np.searchsorted(order, scaled, "right")
    place = (low + high) / (2 * len(order))
    # A density power · u^(power − 1) of the rank u: most hollow visits lie low, some anywhere.
    result[told] = np.clip(np.log(power) + (power - 1) * np.log(np.maximum(place, 1e-6)), np.log(power), most)
    return result


def _upper_quartile(values: Array, manager: Array) -> Array:
    order = np.lexsort((values, manager))
    ordered = manager[order]
    n = int(manager.max()) + 1
    first, last = np.searchsorted(ordered, np.arange(n), "left"), np.searchsorted(ordered, np.arange(n), "right")
    at = np.minimum(first + (3 * (last - first)) // 4, np.maximum(last - 1, 0))
    sorted_values = values[order]
    return np.where(last > first, sorted_values[np.minimum(at, len(values) - 1)], 1.0)


def with_witnesses(odds: Array, contradicted: Array) -> Array:
    """The log-odds after what witnesses said."""
    return odds + np.select([contradicted == 1, contradicted == 0], [_WITNESS_YES, _WITNESS_NO], 0.0)


def with_checks(odds: Array, checked: Checked, parameters: Mapping[str, Any]) -> Array:
    """The log-odds after what checks found; memory errs by telephone, and some retailers oblige."""
    error = np.where(checked.is_phone, float(value_of(parameters, "verifying.call_error_share")), _FIELD_ERROR)
    weight = np.select(
        [checked.answer == 0, checked.answer == 1],
        [np.log((1 - _OBLIGING) / error), np.log(_OBLIGING / (1 - error))],
        0.0,
    )
    return odds + np.bincount(checked.row, weights=weight, minlength=len(odds))


def probability(odds: Array) -> Array:
    """The risk, rounded so that the last digit of an engine cannot show."""
    return np.round(1.0 / (1.0 + np.exp(-odds)), 6)
