"""Dated events in the forecast: hidden weeks, closed days to come, festivals whose effect is learnt and told."""

from datetime import date, timedelta
from typing import Any

import pyarrow as pa
import pytest

from lianxin import engine
from lianxin.core.errors import SchemaMismatch
from lianxin.core.forecasting import event_effects, forecast
from tests.core.forecasting.orders import city_orders

pytestmark = pytest.mark.requirement("C6")
UNTIL = date(2021, 6, 27)
MONDAY = date(2021, 6, 28)
TYPES = pa.schema(
    [
        ("kind", pa.string()),
        ("name", pa.string()),
        ("retailer_id", pa.string()),
        ("product_id", pa.string()),
        ("event_from", pa.date32()),
        ("event_until", pa.date32()),
    ]
)


@pytest.fixture(scope="module")
def duck() -> engine.Engine:
    return engine.open("duckdb")


def happened(kind: str, first: date, days: int = 7, **more: str) -> dict[str, Any]:
    return {"kind": kind, "event_from": first, "event_until": first + timedelta(days=days), **more}


def events(*rows: dict[str, Any]) -> pa.Table:
    return pa.Table.from_pylist(list(rows), schema=TYPES)


def steady(units: dict[int, int] | None = None, weeks: int = 20, shops: tuple[str, ...] = ("a", "b")) -> pa.Table:
    """Ten units a week and shop up to `UNTIL`, other numbers in the weeks named by how many weeks they lie back."""
    rows = [
        {"retailer_id": shop, "product_id": "p", "order_date": MONDAY - timedelta(days=7 * back), "ordered_units": n}
        for shop in shops
        for back in range(1, weeks + 1)
        if (n := (units or {}).get(back, 10))
    ]
    return pa.Table.from_pylist(rows)


def means(table: pa.Table, retailer: str = "a") -> list[float]:
    return [row["mean_units"] for row in table.to_pylist() if row["retailer_id"] == retailer]


def test_an_empty_shelf_is_not_low_demand_but_only_where_it_was_empty(duck: engine.Engine) -> None:
    orders = steady({1: 0, 2: 0})
    empty = events(happened("out_of_stock", MONDAY - timedelta(days=14), 14, retailer_id="a", product_id="p"))
    told, plain = (forecast(orders, until=UNTIL, horizon=1, engine=duck, events=one) for one in (empty, None))
    assert means(told) == [10.0]
    assert means(told, "b") == means(plain, "b")
    assert means(plain)[0] < 9
    other = events(happened("out_of_stock", MONDAY - timedelta(days=14), 14, retailer_id="a", product_id="q"))
    assert forecast(orders, until=UNTIL, horizon=1, engine=duck, events=other).equals(plain)


def test_three_days_of_a_week_hide_nothing_and_four_do(duck: engine.Engine) -> None:
    orders = steady({1: 2})
    short, long = (
        forecast(
            orders,
            until=UNTIL,
            horizon=1,
            engine=duck,
            events=events(happened("closed", MONDAY - timedelta(days=7), days)),
        )
        for days in (3, 4)
    )
    assert means(short) == means(forecast(orders, until=UNTIL, horizon=1, engine=duck))
    assert means(long) == [10.0]


def test_a_closed_shop_orders_for_the_days_on_which_it_is_open(duck: engine.Engine) -> None:
    made = forecast(
        steady(), until=UNTIL, horizon=3, engine=duck, events=events(happened("closed", MONDAY, 8, retailer_id="a"))
    )
    assert means(made) == [0.0, pytest.approx(10 * 6 / 7, abs=1e-4), 10.0]
    assert means(made, "b") == [10.0] * 3
    ahead = events(happened("out_of_stock", MONDAY, 7))
    assert means(forecast(steady(), until=UNTIL, horizon=1, engine=duck, events=ahead)) == [10.0]


def test_a_festival_is_learnt_taken_out_of_the_past_and_into_what_comes(duck: engine.Engine) -> None:
    """Twice as much in a past week of it at 40 shops: seen twice, believed at 40 to 20, so five thirds."""
    shops = tuple(f"r{number:02d}" for number in range(40))
    orders = steady({1: 20}, shops=shops)
    feast = events(
        happened("event", MONDAY - timedelta(days=7), name="feast"),
        happened("event", MONDAY + timedelta(days=7), name="feast"),
    )
    effects = event_effects(orders, feast, until=UNTIL, engine=duck).to_pylist()
    assert effects == [
        {"name": "feast", "n_events": 1, "n_cells": 40, "ratio_seen": 2.0, "ratio": pytest.approx(5 / 3)}
    ]
    made = means(forecast(orders, until=UNTIL, horizon=2, engine=duck, events=feast), "r00")
    assert made[1] == pytest.approx(made[0] * 5 / 3, abs=1e-3)
    assert made[0] < means(forecast(orders, until=UNTIL, horizon=1, engine=duck), "r00")[0]
    unknown = events(happened("event", MONDAY, name="never seen"))
    assert event_effects(orders, unknown, until=UNTIL, engine=duck).to_pylist() == [
        {"name": "never seen", "n_events": 0, "n_cells": 0, "ratio_seen": 1.0, "ratio": 1.0}
    ]


def test_an_event_before_all_orders_teaches_nothing(duck: engine.Engine) -> None:
    early = events(happened("event", MONDAY - timedelta(days=7 * 400), 7 * 250, name="long ago"))
    assert event_effects(steady(), early, until=UNTIL, engine=duck).column("ratio").to_pylist() == [1.0]


def test_the_order_of_events_changes_nothing_and_a_product_alone_may_be_named(duck: engine.Engine) -> None:
    orders = city_orders(6, 4, 60, begin=date(2020, 5, 4))
    rows = [
        happened("event", MONDAY - timedelta(days=70), name="feast"),
        happened("event", MONDAY, name="feast"),
        happened("out_of_stock", MONDAY - timedelta(days=21), 14, product_id="p01"),
        happened("closed", MONDAY, 3, retailer_id="r003", product_id="p02"),
    ]
    first, second = (
        forecast(orders, until=UNTIL, horizon=2, engine=duck, events=events(*some)) for some in (rows, rows[::-1])
    )
    assert first.equals(second)
    assert not first.equals(forecast(orders, until=UNTIL, horizon=2, engine=duck))


def test_events_that_cannot_be_are_refused(duck: engine.Engine) -> None:
    for row, words in (
        (happened("flood", MONDAY), "no event of kind"),
        (happened("event", MONDAY), "needs its name"),
        (happened("closed", MONDAY, 0), "ends before it begins"),
    ):
        with pytest.raises(SchemaMismatch, match=words):
            forecast(steady(), until=UNTIL, horizon=1, engine=duck, events=events(row))
