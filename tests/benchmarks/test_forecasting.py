"""The measures of the forecasting contest, against numbers worked out by hand."""

from datetime import date
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from benchmarks.forecasting.judging import Tally, Told
from benchmarks.forecasting.orders import FIRST_MONDAY, city, weeks
from benchmarks.forecasting.verdicts import EMPIRICAL, OURS, PLAIN_GLOBAL, judge
from benchmarks.reports import Report

TRUTH = np.array([[2.0, 2.0, 2.0, 2.0], [4.0, 0.0, 4.0, 0.0]])


def tally(**methods: Told) -> Tally:
    made = Tally()
    for name, told in methods.items():
        made.add(name, np.array([0, 1]), told, TRUTH, np.array([1.0, 2.0]), np.array([3.0, 1.0]))
    return made


def test_each_measure_is_what_it_is_called() -> None:
    made = tally(one=Told(np.full((2, 4), 3.0), np.stack([np.full((2, 4), value) for value in (0.0, 2.0, 3.0)])))
    # Root mean squared errors 1 and sqrt((1 + 9) / 2), over scales 1 and 2.
    assert made.value("one", "RMSSE") == pytest.approx((1 + 5**0.5 / 2) / 2)
    assert made.value("one", "weighted RMSSE") == pytest.approx((3 * 1 + 5**0.5 / 2) / 4)
    assert made.value("one", "WMAPE of 4 weeks") == pytest.approx((4 + 4) / 16)
    assert made.value("one", "bias") == pytest.approx(8 / 16)
    first = (0.1 * 2 + 0 + 0.1 * 1) / 3
    second = (0.1 * 2 + 0.5 * 2 + (0.9 * 1 + 0.1 * 3) / 2) / 3
    assert made.value("one", "pinball loss") == pytest.approx((first + second) / 2)
    assert np.mean(made.above["one"]) == pytest.approx(2 / 8)
    assert np.mean(made.inside["one"]) == pytest.approx(6 / 8)


def test_a_gain_is_paired_over_series() -> None:
    """Half of each error is half of every sum of errors, whichever series are drawn."""
    truth, series = np.repeat(TRUTH, 20, axis=0), np.arange(40)
    made = Tally()
    for name, part in (("peer", 1.0), ("ours", 0.5)):
        told = Told(truth + (3.0 - truth) * part)
        made.add(name, series, told, truth, np.ones(40), np.ones(40))
    gain = made.gain("ours", "peer", "WMAPE of 4 weeks")
    assert gain == (pytest.approx(0.5), pytest.approx(0.5, abs=1e-6), pytest.approx(0.5, abs=1e-6))


def test_a_panel_of_weeks_holds_every_line(tmp_path: Path) -> None:
    n = city(tmp_path / "city.parquet", 5, 4, 12, n_weeks=60)
    table = pq.read_table(tmp_path / "city.parquet")
    assert table.num_rows == n
    known = weeks(tmp_path / "city.parquet")
    assert known.units.sum() == sum(table.column("ordered_units").to_pylist())
    assert known.before(date(2019, 9, 30)) == 39
    assert FIRST_MONDAY.weekday() == 0
    assert isinstance(table.schema.field("order_date").type, pa.DataType)


def test_the_scale_counts_from_the_first_sale_on(tmp_path: Path) -> None:
    days = [date(2019, 1, 7), date(2019, 1, 14), date(2019, 1, 28)]
    table = pa.table(
        {"order_date": days, "retailer_id": ["a"] * 3, "product_id": ["p"] * 3, "ordered_units": [2, 4, 1]}
    )
    pq.write_table(table, tmp_path / "o.parquet")
    known = weeks(tmp_path / "o.parquet")
    # Weeks from the first sale on: 2, 4, 0, 1; the difference up to the first sale does not count.
    assert known.scale(np.array([0]), 5)[0] == pytest.approx(((2**2 + 4**2 + 1) / 3) ** 0.5)


def test_listed_peers_and_our_own_stronger_one_are_judged_apart() -> None:
    truth = np.arange(10.0, 90.0).reshape(40, 2)
    made = Tally()
    for name, off in ((OURS, 0.97), ("TSB", 1.2), (PLAIN_GLOBAL, 0.96), (EMPIRICAL, 1.3)):
        mean = truth * 1.05 * off
        quantiles = None if name == PLAIN_GLOBAL else np.stack([mean * 0.5, mean, mean * 2])
        made.add(name, np.arange(40), Told(mean, quantiles), truth, np.ones(40), truth.sum(axis=1))
    report = Report("x", "x", "x")
    judge(report, made)

    told = [verdict.split(" — ")[0].removeprefix("- ") for verdict in report.verdicts]
    assert told[4:6] == [
        "reached: WMAPE of 4 weeks below the best of the listed peers, must 2.5%",
        "reached: WMAPE of 4 weeks below the best of the listed peers, reach 4.0%",
    ]
    assert all("TSB" in verdict for verdict in report.verdicts[:6])
    assert told[6:9] == [
        f"NOT reached: stricter: {measure} below a plain global LightGBM too, by {by}"
        for measure, by in (("RMSSE", "0.5%"), ("weighted RMSSE", "0.5%"), ("WMAPE of 4 weeks", "2.5%"))
    ]
    assert told[-2:] == ["NOT reached: share of truths above q90 between 0.08 and 0.12", "reached: bias under 3 %"]
