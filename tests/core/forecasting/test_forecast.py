"""The statistical forecast: what it gives back, what it never reads, and what changes nothing."""

from datetime import date, timedelta

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest

from lianxin import engine
from lianxin.core.errors import ParameterWrong, SchemaMismatch
from lianxin.core.forecasting import COLUMNS, forecast
from tests.core.forecasting.orders import city_orders

pytestmark = pytest.mark.requirement("C1")
UNTIL = date(2021, 6, 27)


@pytest.fixture(scope="module")
def duck() -> engine.Engine:
    return engine.open("duckdb")


@pytest.fixture(scope="module")
def orders() -> pa.Table:
    return city_orders()


@pytest.fixture(scope="module")
def made(orders: pa.Table, duck: engine.Engine) -> pa.Table:
    return forecast(orders, until=UNTIL, horizon=4, engine=duck)


def lines(*rows: tuple[str, str, date, int]) -> pa.Table:
    names = ("retailer_id", "product_id", "order_date", "ordered_units")
    return pa.Table.from_pylist([dict(zip(names, row, strict=True)) for row in rows])


def figures(table: pa.Table) -> list[list[float]]:
    return [[row[name] for name in COLUMNS[4:]] for row in table.to_pylist()]


def test_every_series_of_the_year_has_one_row_for_each_step(made: pa.Table, orders: pa.Table) -> None:
    read = orders.filter(pc.less_equal(orders.column("order_date"), pa.scalar(UNTIL)))
    recent = read.filter(pc.greater(read.column("order_date"), pa.scalar(UNTIL - timedelta(days=364))))
    series = sorted({(row["retailer_id"], row["product_id"]) for row in recent.to_pylist()})
    assert tuple(made.column_names) == COLUMNS
    assert [(row["retailer_id"], row["product_id"], row["step"]) for row in made.to_pylist()] == [
        (*one, step) for one in series for step in (1, 2, 3, 4)
    ]
    assert {row["step"]: row["period_start"] for row in made.to_pylist()} == {
        step: date(2021, 6, 28) + timedelta(days=7 * (step - 1)) for step in (1, 2, 3, 4)
    }


def test_figures_are_ordered_and_near_what_is_known_of_the_truth(made: pa.Table, orders: pa.Table) -> None:
    low, middle, high, mean = (
        made.column(name).to_numpy() for name in ("q10_units", "q50_units", "q90_units", "mean_units")
    )
    assert low.min() >= 0
    assert (low <= middle).all()
    assert (middle <= high).all()
    later = orders.filter(pc.greater(orders.column("order_date"), pa.scalar(UNTIL)))
    later = later.filter(pc.less_equal(later.column("order_date"), pa.scalar(UNTIL + timedelta(days=28))))
    total = pc.sum(later.column("ordered_units")).as_py()
    assert mean.sum() == pytest.approx(total, rel=0.1)


def test_what_lies_after_until_changes_nothing(made: pa.Table, orders: pa.Table, duck: engine.Engine) -> None:
    is_later = pc.greater(orders.column("order_date"), pa.scalar(UNTIL))
    assert pc.sum(is_later).as_py() > 100
    changed = pc.if_else(is_later, 999, orders.column("ordered_units"))
    other = orders.set_column(3, "ordered_units", changed.cast(pa.int64()))
    assert forecast(other, until=UNTIL, horizon=4, engine=duck).equals(made)


def test_the_order_of_rows_changes_nothing(made: pa.Table, orders: pa.Table, duck: engine.Engine) -> None:
    shuffled = orders.take(pa.array(np.random.default_rng(3).permutation(orders.num_rows)))
    assert forecast(shuffled, until=UNTIL, horizon=4, engine=duck).equals(made)


@pytest.mark.spark
@pytest.mark.xdist_group("spark")
def test_both_engines_forecast_alike(made: pa.Table, orders: pa.Table, spark: engine.Engine) -> None:
    assert engine.digest(forecast(orders, until=UNTIL, horizon=4, engine=spark)) == engine.digest(made)


def test_lines_of_one_period_add_up_and_whole_numbers_stay_whole_numbers(duck: engine.Engine) -> None:
    whole = lines(("7", "1", date(2021, 6, 22), 6)).to_pylist()
    parts = [{**whole[0], "ordered_units": units} for units in (1, 2, 3)]
    numbered = [{**row, "retailer_id": 7, "product_id": 1} for row in whole]
    one, three, named = (
        forecast(pa.Table.from_pylist(rows), until=UNTIL, horizon=1, engine=duck) for rows in (whole, parts, numbered)
    )
    assert one.equals(three)
    assert figures(named) == figures(one)
    assert named.schema.field("retailer_id").type == pa.int64()


def test_a_short_history_is_told_by_its_own_mean_and_quantiles(duck: engine.Engine) -> None:
    first = date(2021, 6, 7)
    rows = lines(*(("r", "p", first + timedelta(days=7 * week), 4) for week in range(3)))
    made = forecast(rows, until=UNTIL, horizon=2, engine=duck)
    assert figures(made) == [[4.0, 4.0, 4.0, 4.0]] * 2


def test_a_cut_period_is_neither_read_nor_forecast(duck: engine.Engine) -> None:
    """Until is a Wednesday: the week it lies in is left out, the next Monday is step 1."""
    rows = lines(
        *(("r", "p", date(2021, 6, 1) + timedelta(days=7 * week), 4) for week in range(3)),
        ("r", "p", date(2021, 6, 22), 900),
    )
    made = forecast(rows, until=date(2021, 6, 23), horizon=1, engine=duck)
    assert made.column("period_start").to_pylist() == [date(2021, 6, 28)]
    assert figures(made) == [[4.0, 4.0, 4.0, 4.0]]


def test_months_begin_on_their_first_day(duck: engine.Engine) -> None:
    rows = lines(*(("r", "p", date(2021, month, 20), 10) for month in (3, 4, 5)))
    made = forecast(rows, until=date(2021, 5, 31), horizon=3, period="month", engine=duck)
    assert made.column("period_start").to_pylist() == [date(2021, 6, 1), date(2021, 7, 1), date(2021, 8, 1)]
    assert figures(made) == [[10.0, 10.0, 10.0, 10.0]] * 3


def test_the_range_of_next_week_knows_who_ordered_last_week(duck: engine.Engine) -> None:
    # Every shop orders 12 every other week; half of them ordered in the newest week, so that next week is the others' turn.
    n_shops, weeks = 400, 100
    shop, week = np.meshgrid(np.arange(n_shops), np.arange(weeks), indexing="ij")
    skipped = np.random.default_rng(5).random((n_shops, weeks)) < 0.1
    at = np.nonzero(((shop + week) % 2 == 0) & ~skipped)
    begin = date(2019, 11, 4)
    lines = pa.table(
        {
            "order_date": pa.array([begin + timedelta(days=int(7 * n + 2)) for n in at[1]], pa.date32()),
            "retailer_id": pa.array([f"r{number:03d}" for number in at[0]]),
            "product_id": pa.array(["p"] * len(at[0])),
            "ordered_units": pa.array(np.full(len(at[0]), 12, np.int64)),
        }
    )
    made = forecast(lines, until=begin + timedelta(days=7 * weeks - 1), horizon=8, engine=duck)
    middle = np.array(made.column("q50_units").to_pylist()).reshape(n_shops, 8)
    due = np.arange(n_shops) % 2 == weeks % 2
    assert (middle[due, 0] == 12).mean() > 0.95
    assert (middle[~due, 0] == 0).mean() > 0.95
    # the later weeks of the block, and those of later blocks, are told alike
    assert (middle[:, 1:4] == middle[:, 1:2]).all()
    assert (middle[:, 4:] == middle[:, 4:5]).all()


def test_a_capped_week_is_not_low_demand_and_a_wish_counts_as_demand(duck: engine.Engine) -> None:
    weeks = [date(2021, 5, 4) + timedelta(days=7 * week) for week in range(8)]
    plain = [{"retailer_id": "r", "product_id": "p", "order_date": day, "ordered_units": 10} for day in weeks]

    def told(last: dict[str, int | None]) -> float:
        rows = [{**row, "wanted_units": None, "cap_units": None} for row in plain[:-1]] + [
            {**plain[-1], "wanted_units": None, "cap_units": None, **last}
        ]
        table = pa.Table.from_pylist(rows, schema=pa.schema([*pa.Table.from_pylist(plain).schema, *ROOM]))
        return forecast(table, until=UNTIL, horizon=1, engine=duck).column("mean_units").to_pylist()[0]

    full = told({})
    assert told({"ordered_units": 2}) < full
    assert told({"ordered_units": 2, "cap_units": 2}) == full
    assert told({"ordered_units": 2, "cap_units": 2, "wanted_units": 10}) == full
    assert told({"ordered_units": 2, "cap_units": 2, "wanted_units": 2}) < full
    assert told({"ordered_units": 30, "cap_units": 30}) > full


ROOM = [pa.field("wanted_units", pa.int64()), pa.field("cap_units", pa.int64())]


def test_no_order_in_the_year_gives_no_row(duck: engine.Engine) -> None:
    rows = lines(("r", "p", date(2020, 6, 28), 4))
    assert forecast(rows, until=UNTIL, horizon=4, engine=duck).num_rows == 0
    assert forecast(rows, until=UNTIL - timedelta(days=1), horizon=4, engine=duck).num_rows == 4
    assert forecast(rows.slice(0, 0), until=UNTIL, horizon=4, engine=duck).num_rows == 0


def test_what_breaks_the_contract_is_refused(duck: engine.Engine) -> None:
    good = lines(("r", "p", date(2021, 6, 22), 4))
    with pytest.raises(SchemaMismatch, match="lack the column product_id"):
        forecast(good.drop_columns("product_id"), until=UNTIL, horizon=1, engine=duck)
    with pytest.raises(SchemaMismatch, match="below zero"):
        forecast(lines(("r", "p", date(2021, 6, 22), -4)), until=UNTIL, horizon=1, engine=duck)
    with pytest.raises(SchemaMismatch, match="beyond"):
        forecast(lines(("r", "p", date(2021, 6, 22), 2**31)), until=UNTIL, horizon=1, engine=duck)
    holed = pa.Table.from_pylist([{**good.to_pylist()[0], "retailer_id": name} for name in ("r", None)])
    with pytest.raises(SchemaMismatch, match="empty cells"):
        forecast(holed, until=UNTIL, horizon=1, engine=duck)
    with pytest.raises(SchemaMismatch, match="cannot be read"):
        forecast(good.set_column(3, "ordered_units", pa.array(["x"])), until=UNTIL, horizon=1, engine=duck)
    for horizon in (0, 105):
        with pytest.raises(ParameterWrong, match="between 1 and 104"):
            forecast(good, until=UNTIL, horizon=horizon, engine=duck)
    with pytest.raises(ParameterWrong, match="week or month"):
        forecast(good, until=UNTIL, horizon=1, period="day", engine=duck)
