"""When a question is to be opened about a month: evidence well beyond what honest months show, gathered over up to three months."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from lianxin.core.parameters import value_of
from lianxin.core.verifying.notes import Copies
from lianxin.core.verifying.prepared import Array
from lianxin.core.verifying.risk import PRIOR_SHARE
from lianxin.core.verifying.shares import Months, Share, wilson
from lianxin.core.verifying.sides import Checked

MONTHS_TOGETHER: Final = 3
_CLUSTER: Final = 0.4
# Of a normal distribution the shortest interval with two fifths reaches so many deviations to either side.
_NORMAL_HALF_WIDTH: Final = 0.5244
_FEW: Final = 8
# The mean risk of honest months: what it is believed not to exceed, in files of few months and in others.
_FEW_CENTRE, _MOST_CENTRE = 0.03, 0.05
_LEAST_BETWEEN, _MOST_BETWEEN = 0.003, 0.010
_MOST_WITHIN: Final = 0.010
# The mean risk of hollow visits on simulations; the share of hollow visits of which nobody is free.
_HOLLOW_RISK, _LEAST_HOLLOW = 0.72, 0.006
_MOST_SHIFT: Final = 4.5
_ENOUGH_VISITS: Final = 20


def gathered(months: Months, values: Array, span: int) -> Array:
    """The sum of a value over each month and the `span` − 1 calendar months before it, of the same manager."""
    total = values.astype(float).copy()
    place = {(int(m), int(t)): k for k, (m, t) in enumerate(zip(months.manager, months.month, strict=True))}
    for back in range(1, span):
        for k in range(months.size):
            earlier = place.get((int(months.manager[k]), int(months.month[k]) - back))
            if earlier is not None:
                total[k] += values[earlier]
    return total


@dataclass(frozen=True)
class Usual:
    """What honest months look like in this file: the mean risk they lie about, and how far they differ beyond chance."""

    centre: float
    between: float
    within: float


def usual(share: Array, n: Array, within: Array) -> Usual:
    """The densest cluster of months, taken for the honest ones.

    Honest months are alike; hollow ones are not alike in how hollow they are. So the shortest interval that holds two months in
    five tells the centre even when half of the managers cheat. Where few months are known, or most are bad, an absolute bound
    holds.
    """
    if not len(share):
        return Usual(_FEW_CENTRE, _LEAST_BETWEEN, _MOST_WITHIN)
    ordered = np.sort(share)
    size = max(int(np.ceil(_CLUSTER * len(ordered))), 1)
    width = ordered[size - 1 :] - ordered[: len(ordered) - size + 1]
    at = int(np.argmin(width))
    centre = float(ordered[at : at + size].mean())
    noise = min(float(np.median(within)), _MOST_WITHIN)
    spread = float(width[at]) / 2 / _NORMAL_HALF_WIDTH
    between = float(np.sqrt(max(spread**2 - noise / float(np.median(n)), 0.0)))
    most = _MOST_CENTRE if len(share) >= _FEW else _FEW_CENTRE
    return Usual(min(centre, most), float(np.clip(between, _LEAST_BETWEEN, _MOST_BETWEEN)), noise)


def known_from_the_rest(months: Months, first: Array) -> Array:
    """Log-odds that a manager's other visits add to each of his visits, from the risk that a visit has by itself.

    Where a manager's mean risk is that of honest ones, what remains odd is more likely chance; where it is far above, less. Bounded
    to a factor of `_MOST_SHIFT` in the odds either way, so that a visit is judged by itself above all.
    """
    manager = months.manager[months.of]
    hollow = hollow_shares(months, first)
    n, total = np.bincount(manager), np.bincount(manager, weights=hollow)
    hollow = np.clip(total / (n + _ENOUGH_VISITS), 0.0, 0.9) + _LEAST_HOLLOW
    shift = np.log(hollow / (1 - hollow)) - np.log(PRIOR_SHARE / (1 - PRIOR_SHARE))
    return np.clip(shift, -np.log(_MOST_SHIFT), np.log(_MOST_SHIFT))[manager]


def hollow_shares(months: Months, first: Array) -> Array:
    """For each visit an estimate whose mean over many visits is the share that was not made.

    The risk, stretched so that the mean of honest months becomes 0 and that of hollow visits 1; single values may lie outside.
    """
    counted, sums, squares = months.sums(np.ones(len(first))), months.sums(first), months.sums(first**2)
    share = sums / np.maximum(counted, 1)
    enough = counted >= _ENOUGH_VISITS
    within = np.maximum(squares / np.maximum(counted, 1) - share**2, 0.0)
    centre = usual(share[enough], counted[enough], within[enough]).centre
    return (first - centre) / (_HOLLOW_RISK - centre)


def ghosts_suspected(
    months: Months, alone: Array, ghosts: Share, checked: Checked, parameters: Mapping[str, Any]
) -> Array:
    """Months whose mean risk, alone or with up to two months before, lies far beyond the honest ones of the file; or checks say so.

    Far: by at least `verifying.suspected_excess` and by `verifying.suspected_deviations` standard deviations of an honest month.
    """
    n = months.sums(np.ones(len(alone)))
    total, squares = months.sums(alone), months.sums(alone**2)
    excess = float(value_of(parameters, "verifying.suspected_excess"))
    deviations = float(value_of(parameters, "verifying.suspected_deviations"))
    least = int(value_of(parameters, "verifying.minimum_visits"))
    result = np.zeros(months.size, bool)
    centre = _FEW_CENTRE
    for span in range(1, MONTHS_TOGETHER + 1):
        many, sum_, square = (gathered(months, part, span) for part in (n, total, squares))
        share = sum_ / np.maximum(many, 1)
        within = np.maximum(square / np.maximum(many, 1) - share**2, 0.0)
        known = many >= least
        honest = usual(share[known], many[known], within[known])
        centre = min(centre, honest.centre) if span == 1 else centre
        scale = np.sqrt(honest.between**2 + honest.within / np.maximum(many, 1))
        result |= known & (share - honest.centre > np.maximum(deviations * scale, excess))
    asked = np.bincount(months.of[checked.row[checked.answer != -1]], minlength=months.size)
    enough = asked >= int(value_of(parameters, "verifying.minimum_checks"))
    return result | (enough & (np.nan_to_num(ghosts.low) > centre + 2 * excess))


def copies_suspected(months: Months, notes: Copies, copied: Share, parameters: Mapping[str, Any]) -> Array:
    """Months of which more notes are copies than the stated rate of false ones allows, beyond chance."""
    k = months.sums((notes.answer == 1).astype(float))
    n = months.sums((notes.answer >= 0).astype(float))
    low, _ = wilson(k, n, 3.0)
    return (low > float(value_of(parameters, "verifying.copied_allowed"))) & ~np.isnan(copied.value)
