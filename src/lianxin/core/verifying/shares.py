"""What a month says of a manager: shares with their uncertainty, and whether a question is to be opened."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from lianxin.core.parameters import value_of
from lianxin.core.verifying.prepared import Array
from lianxin.core.verifying.sides import NO, Checked

_Z: Final = 1.96
# How far the mean risk of a month may lie from the truth, as a share of it and at least.
_MODEL_ERROR, _LEAST_ERROR = 0.35, 0.012


@dataclass(frozen=True)
class Share:
    """A share with its interval; `n` what it rests on. NaN where there is not enough to tell."""

    value: Array
    low: Array
    high: Array
    n: Array


@dataclass(frozen=True)
class Months:
    """Visits grouped by manager and month.

    of : int64 (n_visits,), the group of each visit
    manager, month : int64 (n_groups,), sorted by manager, then month
    """

    of: Array
    manager: Array
    month: Array

    @property
    def size(self) -> int:
        return len(self.manager)

    def sums(self, values: Array, where: Array | None = None) -> Array:
        """The sum of a value over the visits of each group."""
        if where is None:
            return np.bincount(self.of, weights=values, minlength=self.size)
        return np.bincount(self.of[where], weights=values[where], minlength=self.size)


def months_of(manager: Array, month: Array) -> Months:
    key = manager.astype(np.int64) * (1 << 20) + month
    known, of = np.unique(key, return_inverse=True)
    return Months(of.astype(np.int64), known >> 20, known & ((1 << 20) - 1))


def discrepancy(months: Months, checked: Checked, parameters: Mapping[str, Any]) -> Share:
    """The share of visits that checks do not confirm, each check weighted by one over its chance (Hájek), with an interval.

    Answers by telephone are taken as they are: honest people misremember too.
    """
    y = (checked.answer == NO).astype(float)
    return _direct(months, checked, y, np.zeros(len(checked.row)), parameters)


def ghost_share(months: Months, risk: Array, hollow: Array, checked: Checked, parameters: Mapping[str, Any]) -> Share:
    """The share of visits that were not made.

    Without enough checks: the mean of `hollow_shares`, as uncertain as the model is. With them: that mean corrected by what
    weighted checks found beyond it (a difference estimator), drawn towards it as far as the checks are few (composite of Fay and
    Herriot). Calls are corrected for honest memory errors.
    """
    n = months.sums(np.ones(len(risk)))
    model = months.sums(hollow) / n
    spread = np.sqrt(months.sums(risk * (1 - risk))) / n
    doubt = np.sqrt(spread**2 + (_MODEL_ERROR * np.maximum(model, 0.0)) ** 2 + _LEAST_ERROR**2)
    error = float(value_of(parameters, "verifying.call_error_share"))
    error_span = (
        float(value_of(parameters, "verifying.call_error_high"))
        - float(value_of(parameters, "verifying.call_error_low"))
    ) / (2 * _Z)
    y = (checked.answer == NO).astype(float)
    y = np.where(checked.is_phone, (y - error) / (1 - error), y)
    told = checked.answer != -1
    direct = _direct(months, checked, y, hollow[checked.row], parameters)
    phone = np.bincount(months.of[checked.row[told]], weights=checked.is_phone[told], minlength=months.size)
    share_phone = phone / np.maximum(direct.n, 1)
    has = ~np.isnan(direct.value)
    found = np.where(has, direct.value, 0.0) + model
    error_of = np.where(has, (direct.high - direct.low) / (2 * _Z), np.inf)
    error_of = np.sqrt(error_of**2 + (share_phone * error_span) ** 2)
    gamma = np.where(has, doubt**2 / (doubt**2 + error_of**2), 0.0)
    value = np.where(has, gamma * found + (1 - gamma) * model, model)
    error_all = np.where(has, np.sqrt(gamma) * np.where(np.isfinite(error_of), error_of, 0.0), doubt)
    least = n >= int(value_of(parameters, "verifying.minimum_visits"))
    value, error_all = np.clip(value, 0.0, 1.0), error_all
    return Share(
        np.where(least, value, np.nan),
        np.where(least, np.clip(value - _Z * error_all, 0, 1), np.nan),
        np.where(least, np.clip(value + _Z * error_all, 0, 1), np.nan),
        n,
    )


def _direct(months: Months, checked: Checked, y: Array, minus: Array, parameters: Mapping[str, Any]) -> Share:
    """Weighted mean of y − minus over the checks of each month, with its interval; NaN below the least number of checks."""
    told = checked.answer != -1
    group = months.of[checked.row[told]]
    weight, x = 1.0 / checked.chance[told], (y - minus)[told]
    n = np.bincount(group, minlength=months.size)
    total = np.maximum(np.bincount(group, weights=weight, minlength=months.size), 1e-12)
    mean = np.bincount(group, weights=weight * x, minlength=months.size) / total
    left = weight * (x - mean[group])
    variance = np.bincount(group, weights=left**2, minlength=months.size) / total**2
    variance *= n / np.maximum(n - 1, 1)
    # All alike says little when few were asked: never surer than the rule of three over the effective number.
    effective = total**2 / np.maximum(np.bincount(group, weights=weight**2, minlength=months.size), 1e-12)
    error = np.maximum(np.sqrt(variance), 1.5 / (np.maximum(effective, 1.0) + 4) / _Z)
    enough = n >= int(value_of(parameters, "verifying.minimum_checks"))
    value = np.where(enough, mean, np.nan)
    return Share(value, value - _Z * error, value + _Z * error, n)


def proportion(months: Months, yes: Array, told: Array, least: int) -> Share:
    """A plain share of the visits that can tell, with Wilson's interval."""
    n = months.sums(told.astype(float))
    k = months.sums((yes & told).astype(float))
    share = k / np.maximum(n, 1)
    low, high = wilson(k, n, _Z)
    enough = n >= least
    value, lowest, highest = (np.where(enough, part, np.nan) for part in (share, low, high))
    return Share(value, lowest, highest, n)


def wilson(k: Array, n: Array, z: float) -> tuple[Array, Array]:
    """Wilson's interval of k in n."""
    n = np.maximum(n, 1e-9)
    share = k / n
    middle = (share + z * z / (2 * n)) / (1 + z * z / n)
    half = z / (1 + z * z / n) * np.sqrt(share * (1 - share) / n + z * z / (4 * n * n))
    return np.clip(middle - half, 0, 1), np.clip(middle + half, 0, 1)
