"""The peers: statsforecast's methods, mlforecast with LightGBM, a plain global LightGBM, and the year's own quantiles."""

from __future__ import annotations

import time
import warnings
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import lightgbm
import numpy as np
import pandas as pd
from mlforecast import MLForecast
from mlforecast.lag_transforms import RollingMean
from mlforecast.utils import PredictionIntervals
from statsforecast import StatsForecast
from statsforecast.models import (
    ADIDA,
    IMAPA,
    TSB,
    AutoETS,
    AutoTheta,
    CrostonSBA,
    Naive,
    SeasonalNaive,
    WindowAverage,
)

from benchmarks.forecasting.judging import QUANTILES
from benchmarks.forecasting.orders import STEPS, Weeks, weeks
from benchmarks.forecasting.verdicts import EMPIRICAL, PLAIN_GLOBAL

CLASSICAL: dict[str, Any] = {
    "Naive": Naive,
    "SeasonalNaive": lambda: SeasonalNaive(52),
    "WindowAverage 13": lambda: WindowAverage(13),
    "WindowAverage 26": lambda: WindowAverage(26),
    "CrostonSBA": CrostonSBA,
    "TSB": lambda: TSB(0.1, 0.1),
    "ADIDA": ADIDA,
    "IMAPA": IMAPA,
    "AutoETS": lambda: AutoETS(season_length=1),
    "AutoTheta": lambda: AutoTheta(season_length=1),
}
# Those that tell a range of their own.
RANGED = ("Naive", "SeasonalNaive", "AutoETS", "AutoTheta")


def frame(known: Weeks, rows: Any, end: int) -> pd.DataFrame:
    """Histories from the first sale on, one row per series and week."""
    history = known.units[rows, :end]
    first = (history > 0).argmax(axis=1)
    lived = np.arange(end)[None, :] >= first[:, None]
    row, week = np.nonzero(lived)
    return pd.DataFrame({"unique_id": row, "ds": week, "y": history[row, week].astype(np.float32)})


def classical(name: str, told: pd.DataFrame, n: int, jobs: int) -> tuple[Any, Any | None]:
    """Mean and quantiles of one of statsforecast's methods."""
    level = [80] if name in RANGED else None
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        # AutoETS refuses series of a few weeks, of which the race over all series has some: those go on as they ended.
        made = StatsForecast([CLASSICAL[name]()], freq=1, n_jobs=jobs, fallback_model=Naive())
        came = made.forecast(df=told, h=STEPS, level=level)
    return _arrays(came, n, level is not None)


def _arrays(came: pd.DataFrame, n: int, is_ranged: bool) -> tuple[Any, Any | None]:
    came = came.sort_values(["unique_id", "ds"])
    # What a method does not know, such as the season of a series younger than a year, counts as nothing ordered.
    columns = [np.nan_to_num(came[name].to_numpy(dtype=float)).reshape(n, STEPS) for name in came.columns[2:]]
    if not is_ranged:
        return columns[0], None
    return columns[0], np.stack([columns[1], columns[0], columns[2]])


def by_mlforecast(told: pd.DataFrame, n: int, jobs: int) -> tuple[Any, Any | None]:
    """One LightGBM for all series that forecasts step after step, with conformal ranges."""
    model = lightgbm.LGBMRegressor(n_estimators=200, verbosity=-1, random_state=1, num_threads=jobs)
    lags = {1: [RollingMean(4, min_samples=1), RollingMean(13, min_samples=1), RollingMean(52, min_samples=1)]}
    made = MLForecast({"lightgbm": model}, freq=1, lags=[1, 2, 3, 4, 8, 13, 26, 52], lag_transforms=lags)
    # A series needs as many weeks as the conformal windows take away.
    made.fit(told, dropna=False, prediction_intervals=PredictionIntervals(n_windows=2, h=STEPS))
    return _arrays(made.predict(STEPS, level=[80]), n, True)


def plain_global(known: Weeks, rows: Any, end: int, jobs: int) -> Any:
    """LightGBM trained directly for each step, on values scaled by the year's mean, with sums of retailer and product."""
    by_retailer, by_product = (_sums(known.units, group) for group in (known.retailer, known.product))

    def seen(origin: int) -> tuple[Any, Any, Any]:
        at = rows if origin == end else np.flatnonzero((known.units[:, origin - 52 : origin] > 0).sum(axis=1) >= 13)
        units = known.units[at, :origin].astype(np.float32)
        scale = units[:, -52:].mean(axis=1)
        columns = [units[:, -span:].mean(axis=1) / scale for span in (4, 8, 13, 26, 52)]
        columns += [units[:, -lag] / scale for lag in range(1, 9)]
        columns += [units[:, -52:-48].mean(axis=1) / scale, np.log(scale), (units[:, -52:] > 0).mean(axis=1)]
        for sums, group in ((by_retailer, known.retailer[at]), (by_product, known.product[at])):
            year = sums[:, origin - 52 : origin].mean(axis=1)
            columns += [
                (sums[:, origin - span : origin].mean(axis=1) / np.maximum(year, 1e-9))[group] for span in (4, 13)
            ]
        return at, scale, np.column_stack(columns)

    past = [(origin, *seen(origin)) for origin in range(end - STEPS, max(end - STEPS - 52, 51), -2)]
    values = np.concatenate([columns for *_, columns in past])
    _, scale, now = seen(end)
    told = np.empty((len(rows), STEPS))
    settings = {"objective": "l2", "learning_rate": 0.05, "verbose": -1, "seed": 1, "num_threads": jobs}
    for step in range(STEPS):
        truth = np.concatenate([known.units[at, origin + step] / its for origin, at, its, _ in past])
        model = lightgbm.train(settings, lightgbm.Dataset(values, truth), 200)
        told[:, step] = np.maximum(model.predict(now), 0) * scale
    return told


def _sums(units: Any, group: Any) -> Any:
    sums = np.zeros((int(group.max()) + 1, units.shape[1]))
    np.add.at(sums, group, units)
    return sums


def forecasts(
    known: Weeks, origin: date, jobs: int, skip: tuple[str, ...] = ()
) -> Iterator[tuple[str, float, Any, Any]]:
    """Name, seconds, mean and quantiles of every peer at an origin."""
    end, rows = known.before(origin), known.judged(origin)
    told = frame(known, rows, end)
    n = len(rows)
    for name in CLASSICAL:
        if name not in skip:
            began = time.perf_counter()
            mean, quantiles = classical(name, told, n, jobs)
            yield name, time.perf_counter() - began, mean, quantiles
    began = time.perf_counter()
    mean, quantiles = by_mlforecast(told, n, jobs)
    yield "mlforecast + LightGBM", time.perf_counter() - began, mean, quantiles
    began = time.perf_counter()
    mean = plain_global(known, rows, end, jobs)
    yield PLAIN_GLOBAL, time.perf_counter() - began, mean, None
    began = time.perf_counter()
    year = known.units[rows, max(end - 52, 0) : end]
    quantiles = np.quantile(year, QUANTILES, axis=1)[:, :, None].repeat(STEPS, axis=2)
    mean = year.mean(axis=1)[:, None].repeat(STEPS, axis=1)
    yield EMPIRICAL, time.perf_counter() - began, mean, quantiles


def run(place: str, origin: str, out: str, jobs: int, skip: list[str]) -> dict[str, float]:
    """All peers at an origin into a file of arrays; the seconds of each. For a process of its own."""
    known = weeks(Path(place))
    arrays, seconds = {}, {}
    for name, spent, mean, quantiles in forecasts(known, date.fromisoformat(origin), jobs, tuple(skip)):
        arrays[f"{name}|mean"] = mean
        if quantiles is not None:
            arrays[f"{name}|quantiles"] = quantiles
        seconds[name] = spent
    np.savez(out, **arrays)
    return seconds


def autoets(place: str, origin: str, n: int, jobs: int) -> dict[str, float]:
    """Seconds of AutoETS on n series of an origin, those with an order in the year, some of them twice."""
    known = weeks(Path(place))
    end = known.before(date.fromisoformat(origin))
    rows = np.flatnonzero((known.units[:, max(end - 52, 0) : end] > 0).any(axis=1))
    told = frame(known, np.resize(rows, n), end)
    began = time.perf_counter()
    classical("AutoETS", told, n, jobs)
    return {"seconds": time.perf_counter() - began, "series": float(n)}
