"""Measures of forecasts, and how surely one method is better than another: paired intervals over series."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any

import numpy as np

QUANTILES = (0.1, 0.5, 0.9)
DRAWS = 500


@dataclass(frozen=True)
class Told:
    """Forecasts of one method at one origin: mean (n_series, steps); quantiles (3, n_series, steps) where it gives them."""

    mean: Any
    quantiles: Any | None = None


@dataclass
class Tally:
    """What came of each method at each origin, by series: sums from which every measure is a ratio."""

    parts: dict[str, dict[str, list[tuple[Any, Any, Any]]]] = field(
        default_factory=lambda: defaultdict(lambda: defaultdict(list))
    )
    above: dict[str, list[Any]] = field(default_factory=lambda: defaultdict(list))
    inside: dict[str, list[Any]] = field(default_factory=lambda: defaultdict(list))

    def add(self, method: str, series: Any, told: Told, truth: Any, scale: Any, weight: Any) -> None:
        """Take in one origin: truth (n_series, steps), scale and weight (n_series,), series: their places in all."""
        one = np.ones(len(series))
        error = np.sqrt(((truth - told.mean) ** 2).mean(axis=1)) / scale
        kept = self.parts[method]
        kept["RMSSE"].append((series, error, one))
        kept["weighted RMSSE"].append((series, error * weight, weight))
        kept["WMAPE of 4 weeks"].append((series, abs((truth - told.mean).sum(axis=1)), truth.sum(axis=1)))
        kept["bias"].append((series, (told.mean - truth).sum(axis=1), truth.sum(axis=1)))
        if told.quantiles is None:
            return
        loss = np.zeros(len(series))
        for share, quantile in zip(QUANTILES, told.quantiles, strict=True):
            gap = truth - quantile
            loss += np.maximum(share * gap, (share - 1) * gap).mean(axis=1) / len(QUANTILES)
        kept["pinball loss"].append((series, loss, one))
        kept["scaled pinball loss"].append((series, loss / scale, one))
        # A truth that equals its quantile lies above it by the toss of a coin.
        coin = np.random.default_rng(len(self.above[method])).random(truth.shape) < 0.5
        low, high = told.quantiles[0], told.quantiles[2]
        is_above = (truth > high + 1e-9) | ((abs(truth - high) <= 1e-9) & coin)
        self.above[method].append(is_above.mean())
        self.inside[method].append(((truth >= low - 1e-9) & (truth <= high + 1e-9)).mean())

    def has(self, method: str, measure: str) -> bool:
        return measure in self.parts[method]

    def value(self, method: str, measure: str) -> float:
        """The measure at each origin, averaged over origins."""
        return float(np.mean([top.sum() / bottom.sum() for _, top, bottom in self.parts[method][measure]]))

    def gain(self, method: str, peer: str, measure: str) -> tuple[float, float, float]:
        """How much lower the measure of the method is than the peer's, as a share, with a 90 % interval over series."""
        mine, theirs = self.parts[method][measure], self.parts[peer][measure]
        n = 1 + max(int(series.max()) for series, _, _ in mine)
        weights = np.random.default_rng(5).poisson(1.0, (DRAWS, n)).astype(np.float32)

        def drawn(parts: list[tuple[Any, Any, Any]]) -> Any:
            told = [weights[:, series] for series, _, _ in parts]
            values = [(w @ top) / (w @ bottom) for w, (_, top, bottom) in zip(told, parts, strict=True)]
            return np.mean(values, axis=0)

        shares = 1 - drawn(mine) / drawn(theirs)
        low, high = np.quantile(shares, [0.05, 0.95])
        return 1 - self.value(method, measure) / self.value(peer, measure), float(low), float(high)
