"""Small random companies: dated territories with gaps, postings that move, products that change class, corrections."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import pairwise
from typing import Any

from hypothesis import strategies as st

from lianxin.core.units import first_day, month_plus

Row = dict[str, Any]
MONTH = date(2021, 5, 1)
START = date(2020, 5, 1)
LISTED = (None, date(2018, 1, 1), date(2020, 1, 15), date(2021, 3, 2))


def days(start: date = date(2021, 1, 20), end: date = date(2021, 6, 10)) -> st.SearchStrategy[date]:
    return st.dates(start, end)


@st.composite
def timeline(draw: st.DrawFn, rows: st.SearchStrategy[Row], *, gaps: bool) -> list[Row]:
    """Intervals that do not overlap, the last one open; with gaps some are left out."""
    cuts = sorted(set(draw(st.lists(days(), max_size=2))))
    bounds: list[date | None] = [START - timedelta(days=400), *cuts, None]
    made = []
    for begin, until in pairwise(bounds):
        if not gaps or draw(st.integers(0, 5)):
            made.append({**draw(rows), "valid_from": begin, "valid_until": until})
    return made


@st.composite
def worlds(draw: st.DrawFn) -> dict[str, list[Row]]:
    tag = {"company_id": 1}
    n_retailers, n_persons, n_products = draw(st.integers(2, 5)), draw(st.integers(1, 3)), draw(st.integers(1, 4))
    units = [{**tag, "unit_id": n, "unit": f"U{n}", "parent_id": n // 2 or None, "kind": None} for n in range(1, 5)]
    postings, territories, retailers, products = [], [], [], []
    for person in range(1, n_persons + 1):
        who = {**tag, "person_id": person, "employee_no": f"E{person}", "name": "n", "post": "customer_manager"}
        shapes = st.fixed_dictionaries({"unit_id": st.integers(1, 4)})
        postings += [{**who, **row} for row in draw(timeline(shapes, gaps=False))]
    for retailer in range(1, n_retailers + 1):
        shapes = st.fixed_dictionaries({"person_id": st.integers(1, n_persons)})
        territories += [{**tag, "retailer_id": retailer, **row} for row in draw(timeline(shapes, gaps=True))]
        kinds = st.fixed_dictionaries(
            {
                "route": st.sampled_from([None, "R1", "R2"]),
                "trade_form": st.sampled_from([None, "shop"]),
                "market_type": st.just("town"),
                "tier": st.sampled_from([None, 5, 12, 30]),
            }
        )
        who = {**tag, "retailer_id": retailer, "licence_no": f"L{retailer}", "name": "n", "status": "active"}
        retailers += [{**who, **row} for row in draw(timeline(kinds, gaps=False))]
    for product in range(1, n_products + 1):
        listed = draw(st.sampled_from(LISTED))
        kinds = st.fixed_dictionaries(
            {
                "price_class": st.sampled_from([None, "一类", "三类"]),
                "cost_price_fen": st.sampled_from([None, 700, 1200]),
            }
        )
        what = {**tag, "product_id": product, "product_code": f"P{product}", "name": "n", "listed_date": listed}
        products += [{**what, **row} for row in draw(timeline(kinds, gaps=True))]
    lines = []
    for number in range(draw(st.integers(0, 40))):
        near = days(date(2021, 1, 25), date(2021, 6, 8))
        day = draw(st.one_of(near, near, near, days(date(2020, 4, 28), date(2020, 6, 3))))
        units_now = draw(st.integers(-3, 12))
        line = {
            **tag,
            "line_id": f"N{number}",
            "order_date": day,
            "order_month": first_day(day),
            "retailer_id": draw(st.integers(1, n_retailers)),
            "product_id": draw(st.integers(1, n_products)),
            "ordered_units": units_now,
            "supplied_units": draw(st.sampled_from([None, None, units_now, max(units_now - 2, -3)])),
            "amount_fen": draw(st.sampled_from([None, *[units_now * 1000] * 12])),
            "batch_id": "b1",
            "replaces_batch_id": None,
        }
        lines.append(line)
        if draw(st.integers(0, 7)) == 0:
            moved = draw(near)
            fresh = {"order_date": moved, "order_month": first_day(moved), "batch_id": "b2", "replaces_batch_id": "b1"}
            lines.append({**line, "ordered_units": units_now + 1, **fresh})
    return {
        "units": units,
        "postings": postings,
        "territories": territories,
        "retailer_versions": retailers,
        "product_versions": products,
        "order_lines": lines,
    }


SETTINGS: tuple[Row, ...] = (
    {"measuring.tier_groups": [[10, 30], [1, 9]]},
    {
        "measuring.key_products": ["P1"],
        "measuring.peer_minimum": 1,
        "measuring.large_retailer_units": 10,
        "measuring.cost_coverage_minimum": 0.5,
        "measuring.minimum.order_coverage": 3,
        "measuring.minimum.sales_units": 2,
        "measuring.tier_groups": [[10, 30], [1, 9]],
    },
    {
        "measuring.key_products": [],
        "measuring.peer_minimum": 2,
        "measuring.large_retailer_units": 0,
        "measuring.cost_coverage_minimum": 0.0,
        "measuring.new_product_months": 30,
    },
)


assert month_plus(MONTH, -12) == START
