"""The contest by rolling origins, the speed on many series, and a city's forecast from file to file."""

from __future__ import annotations

import time
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq

from benchmarks import children, machine
from benchmarks.forecasting.judging import Tally, Told
from benchmarks.forecasting.orders import CHOICE, ORIGINS, STEPS, Weeks, city, weeks, written
from benchmarks.forecasting.verdicts import OURS, judge
from benchmarks.reports import Report, mebibytes, seconds, times
from lianxin import engine
from lianxin.core.forecasting import forecast

MEASURES = ("RMSSE", "weighted RMSSE", "WMAPE of 4 weeks", "bias", "pinball loss", "scaled pinball loss")
SLOW = ("AutoETS", "AutoTheta")


def run(place: str, origin: str, out: str) -> dict[str, float]:
    """Our forecast at an origin, orders read from the file, into a file; for a process of its own."""
    began, used = time.perf_counter(), time.process_time()
    until = date.fromisoformat(origin) - timedelta(days=1)
    asked = engine.open("duckdb", memory_limit="4GB", scratch=Path(out).parent)
    made = forecast(pq.read_table(place), until=until, horizon=STEPS, engine=asked)
    spent = {"seconds": time.perf_counter() - began, "processor": time.process_time() - used}
    pq.write_table(made, out)
    return {**spent, "series": made.num_rows / STEPS}


def _told(known: Weeks, rows: Any, out: Path) -> Told:
    """Our forecasts of the judged series, in their order."""
    made = pq.read_table(out)
    pairs = zip(*(made.column(name).to_pylist()[::STEPS] for name in ("retailer_id", "product_id")), strict=True)
    place = {pair: number for number, pair in enumerate(pairs)}
    at = np.array([place[known.names[row]] for row in rows.tolist()])
    figures = [
        made.column(name).to_numpy().reshape(-1, STEPS)[at]
        for name in ("mean_units", "q10_units", "q50_units", "q90_units")
    ]
    return Told(figures[0], np.stack(figures[1:]))


def forecasting(folder: Path, *, quick: bool = False, choice: bool = False) -> Report:
    """Rolling origins: ours beside all peers. `choice` takes the origins on which the method was chosen instead."""
    origins = (CHOICE if choice else ORIGINS)[: 1 if quick else None]
    place, kind = written(folder)
    report = Report(
        "forecasting",
        "Forecasts four weeks ahead",
        f"On {kind}: retailer × product × week, {len(origins)} origins from {origins[0]} to {origins[-1]}, series with orders "
        "in 13 or more of the last 52 weeks. The method was chosen on origins of 2020 and the first half of 2021 only. "
        "Intervals are of 90 %, paired, drawn over series.",
    )
    known = weeks(place)
    tally = Tally()
    spent: dict[str, list[float]] = {}
    peaks: dict[str, list[float]] = {}
    n_judged = []
    for origin in origins:
        end, rows = known.before(origin), known.judged(origin)
        truth = known.units[rows, end : end + STEPS].astype(float)
        scale, weight = known.scale(rows, end), known.units[rows, max(end - 52, 0) : end].sum(axis=1).astype(float)
        n_judged.append(len(rows))
        out = folder / f"ours-{origin}.parquet"
        mine = children.run("benchmarks.forecasting.report:run", place=str(place), origin=str(origin), out=str(out))
        theirs = children.run(
            "benchmarks.forecasting.peers:run",
            place=str(place),
            origin=str(origin),
            out=str(folder / f"peers-{origin}.npz"),
            jobs=machine.cores(),
            skip=list(SLOW) if quick else [],
        )
        for name, value in {OURS: mine.answer["seconds"], **theirs.answer}.items():
            spent.setdefault(name, []).append(value)
        peaks.setdefault(OURS, []).append(mine.peak_bytes)
        peaks.setdefault("peers", []).append(theirs.peak_bytes)
        tally.add(OURS, rows, _told(known, rows, out), truth, scale, weight)
        with np.load(folder / f"peers-{origin}.npz") as arrays:
            for name in theirs.answer:
                quantiles = arrays.get(f"{name}|quantiles")
                tally.add(name, rows, Told(arrays[f"{name}|mean"], quantiles), truth, scale, weight)
    _show(report, tally, spent)
    report.made += (
        f" {int(np.mean(n_judged)):,} series are judged at an origin. Ours reads the file and forecasts all series with an order "
        f"in the year, {int(mine.answer['series']):,} at the last origin, at {mebibytes(max(peaks[OURS]))} of peak memory; the "
        f"peers forecast the judged ones, at {mebibytes(max(peaks['peers']))}."
    )
    judge(report, tally)
    return report


def _show(report: Report, tally: Tally, spent: dict[str, list[float]]) -> None:
    rows = []
    for method in tally.parts:
        cells = [f"{tally.value(method, name):.4f}" if tally.has(method, name) else "–" for name in MEASURES]
        above = f"{np.mean(tally.above[method]):.3f}" if tally.above[method] else "–"
        inside = f"{np.mean(tally.inside[method]):.3f}" if tally.inside[method] else "–"
        rows.append([method, *cells, above, inside, seconds(float(np.mean(spent[method])))])
    report.add(
        ("method", *MEASURES, "truths above q90", "truths in q10–q90", "time of an origin"),
        rows,
        "Averages over origins",
    )


def speed(folder: Path, *, quick: bool = False) -> Report:
    """Time beside AutoETS on 100,000 series, and of a city from file to file."""
    place, kind = written(folder)
    report = Report(
        "forecasting-speed",
        "Speed of the forecast",
        f"On {kind} until 2021-10-03 for the race with AutoETS (statsforecast, all processors); the city is made up: 20,000 "
        "retailers, 75 products each of 150, 104 weeks.",
    )
    origin = "2021-10-04"
    mine = children.run(
        "benchmarks.forecasting.report:run", place=str(place), origin=origin, out=str(folder / "o.parquet")
    )
    n = 2_000 if quick else 100_000
    ets = children.run(
        "benchmarks.forecasting.peers:autoets", place=str(place), origin=origin, n=n, jobs=machine.cores()
    )
    big = folder / "city.parquet"
    if quick:
        n_lines = city(big, 500, 40, 10_000, n_weeks=80)
        origin = "2021-04-12"
    else:
        n_lines = city(big, 20_000, 150, 1_500_000)
        origin = "2021-09-27"
    whole = children.run(
        "benchmarks.forecasting.report:run", place=str(big), origin=origin, out=str(folder / "c.parquet")
    )
    beside = children.run(
        "benchmarks.forecasting.peers:autoets", place=str(big), origin=origin, n=n, jobs=machine.cores()
    )
    rows = [
        (f"Lianxin, {int(mine.answer['series']):,} real series from the file", mine),
        (f"AutoETS, {n:,} real series in memory", ets),
        (f"Lianxin, a city of {int(whole.answer['series']):,} series and {n_lines:,} lines", whole),
        (f"AutoETS, {n:,} of the city's series in memory", beside),
    ]
    report.add(
        ("what", "time", "a thousand series", "peak memory"),
        [
            [
                name,
                seconds(one.answer["seconds"]),
                seconds(1000 * one.answer["seconds"] / one.answer["series"]),
                mebibytes(one.peak_bytes),
            ]
            for name, one in rows
        ],
    )
    for series, ours, its in (("real series", mine, ets), ("the city's series", whole, beside)):
        ratio = _each(its) / _each(ours)
        report.judge(f"at least 20 times the speed of AutoETS, each of {series}", times(ratio), ratio >= 20)
    spent = whole.answer["seconds"]
    report.judge("a city in under 10 minutes", seconds(spent), spent < 600)
    report.judge("a city in under 12 GiB", mebibytes(whole.peak_bytes), whole.peak_bytes < 12 * 2**30)
    return report


def _each(ended: children.Ended) -> float:
    """Seconds of a series."""
    return ended.answer["seconds"] / ended.answer["series"]
