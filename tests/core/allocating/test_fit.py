"""What came of rounds, worked by hand."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pyarrow as pa
import pytest

from lianxin import engine
from lianxin.core.allocating.fit import COUNTS, LINES, SHARES, fit, report
from lianxin.core.allocating.fit.outcomes import outcomes
from lianxin.core.errors import SchemaMismatch
from lianxin.core.tables.inputs import Input
from lianxin.engine.opening import Engine
from tests.core.allocating.favour_cases import DUCK, MONDAY, Row

pytestmark = pytest.mark.requirement("D4")


def of(contract: Input, rows: list[Row]) -> pa.Table:
    return pa.Table.from_pylist(rows, schema=pa.schema(list(contract.columns.items())))


def share(retailer: str = "a", units: int = 4, week: int = 0, **told: Any) -> Row:
    day = MONDAY + timedelta(weeks=week)
    row: Row = {
        "week": day,
        "product_id": "p",
        "retailer_id": retailer,
        "tier": 9,
        "wanted_units": 6,
        "share_units": units,
    }
    return {**row, **told}


def line(retailer: str, day: int, ordered: int, supplied: int | None = None, product: str = "p") -> Row:
    return {
        "order_date": MONDAY + timedelta(days=day),
        "product_id": product,
        "retailer_id": retailer,
        "ordered_units": ordered,
        "supplied_units": supplied,
    }


def count(retailer: str, day: int, stock: int, product: str = "p") -> Row:
    return {
        "counted_date": MONDAY + timedelta(days=day),
        "product_id": product,
        "retailer_id": retailer,
        "stock_units": stock,
    }


def fitted(
    shares: list[Row], lines: list[Row] | None = None, counts: list[Row] | None = None, **least: int
) -> report.Fit:
    return fit(
        of(SHARES, shares),
        None if lines is None else of(LINES, lines),
        None if counts is None else of(COUNTS, counts),
        engine=DUCK,
        parameters={f"fit.{name}": value for name, value in least.items()},
    )


def told(made: report.Fit, *names: str) -> list[tuple[Any, ...]]:
    return [tuple(row[name] for name in names) for row in made.rows.to_pylist()]


def test_without_lines_and_counts_only_the_unmet_is_known() -> None:
    made = fitted([share(units=4), share("b", units=7)])
    assert told(made, "unmet_units", "taken_units", "declined_units", "returned_units", "left_units", "sold_out") == [
        (2, None, None, None, None, "cannot_tell"),
        (0, None, None, None, None, "cannot_tell"),
    ]


def test_lines_of_the_week_are_what_was_taken() -> None:
    lines = [
        line("a", 0, 2, 2),
        line("a", 6, 1),
        line("a", 7, 9),
        line("b", 2, 5, 0),
        line("x", 1, 9),
        line("a", 1, 9, product="q"),
    ]
    made = fitted([share(), share("b"), share("c"), share(week=3)], lines)
    assert told(made, "retailer_id", "ordered_units", "taken_units", "declined_units", "returned_units") == [
        ("a", 3, 3, 1, 0),
        ("b", 5, 0, 4, 0),
        # A week of which lines are known, but none of this retailer: it took nothing.
        ("c", 0, 0, 4, 0),
        # A week of which no line is known.
        ("a", None, None, None, None),
    ]


def test_more_taken_than_shared_declines_nothing() -> None:
    assert told(fitted([share(units=4)], [line("a", 0, 5)]), "taken_units", "declined_units") == [(5, 0)]


def test_a_return_belongs_to_the_last_round_before_it() -> None:
    shares = [share(), share(week=1), share("b")]
    lines = [
        line("a", 0, 4),
        line("a", 7, 4),
        line("a", 3, -1),
        line("a", 10, -2, -2),
        line("b", 29, -9),
        line("b", 28, -1),
    ]
    made = fitted(shares, lines)
    assert told(made, "retailer_id", "taken_units", "returned_units") == [("a", 4, 1), ("b", 0, 1), ("a", 4, 2)]


def test_the_last_count_before_the_next_round_tells() -> None:
    shares = [share("a"), share("b"), share("c"), share("d"), share("d", week=1), share("e", units=0)]
    counts = [
        # Too early, the first of two, the last of two, too late.
        *(count("a", day, stock) for day, stock in ((2, 9), (3, 5), (9, 0), (10, 7))),
        count("b", 4, 9),
        # In the second round: ten days after the Monday of the first, three after that of the second.
        count("d", 10, 1),
        count("e", 4, 0),
        count("x", 4, 0),
        count("a", 4, 6, product="q"),
    ]
    made = fitted(shares, None, counts)
    assert told(made, "retailer_id", "stock_units", "left_units", "sold_out") == [
        ("a", 0, 0, "yes"),
        # No more can be left of the round than it brought.
        ("b", 9, 4, "no"),
        ("c", None, None, "cannot_tell"),
        ("d", None, None, "cannot_tell"),
        # Nothing was there to be sold.
        ("e", 0, 0, "cannot_tell"),
        ("d", 1, 1, "no"),
    ]


def test_what_was_not_taken_cannot_be_left() -> None:
    made = fitted([share(units=4), share("b")], [line("a", 0, 1)], [count("a", 5, 3), count("b", 5, 3)])
    assert told(made, "left_units", "sold_out") == [(1, "no"), (0, "cannot_tell")]


def test_groups_are_summed_by_product_and_tier() -> None:
    shares = [share(f"r{n}", units=n % 3 + 1, tier=n % 2 or None, product_id=f"p{n // 4}") for n in range(8)]
    lines = [line(f"r{n}", 0, 1, product=f"p{n // 4}") for n in range(8)]
    counts = [count(f"r{n}", 5, n % 2, f"p{n // 4}") for n in range(8)]
    made = fitted(shares, lines, counts, minimum_rows=4, minimum_counts=4)
    groups = {(row["level"], row["product_id"], row["tier"]): row for row in made.groups.to_pylist()}
    assert list(groups) == [
        ("all", None, None),
        ("product", "p0", None),
        ("product", "p1", None),
        ("tier", None, None),
        ("tier", None, 1),
        ("product_tier", "p0", None),
        ("product_tier", "p0", 1),
        ("product_tier", "p1", None),
        ("product_tier", "p1", 1),
    ]
    whole = groups["all", None, None]
    assert (whole["n_rows"], whole["wanted_units"], whole["share_units"], whole["unmet_units"]) == (8, 48, 15, 33)
    assert (whole["n_known"], whole["ordered_units"], whole["taken_units"], whole["declined_units"]) == (8, 8, 8, 7)
    assert (whole["unmet_share"], whole["declined_share"], whole["returned_share"]) == (33 / 48, 7 / 15, 0.0)
    assert (whole["n_counted"], whole["n_sold_out"], whole["left_units"]) == (8, 4, 4)
    assert (whole["sold_out_share"], whole["left_share"]) == (0.5, 0.5)
    # Wilson 1927, 4 of 8.
    assert (round(whole["sold_out_low"], 4), round(whole["sold_out_high"], 4)) == (0.2152, 0.7848)
    small = groups["product_tier", "p0", 1]
    assert small["n_rows"] == 2
    assert [
        small[name] for name in ("unmet_share", "declined_share", "sold_out_share", "sold_out_low", "left_share")
    ] == [None] * 5


def test_groups_without_lines_or_counts_say_nothing_of_them() -> None:
    row = fitted([share(f"r{n}") for n in range(30)]).groups.to_pylist()[0]
    assert row["unmet_share"] == 2 / 6
    unknown = (
        "ordered_units",
        "taken_units",
        "declined_units",
        "returned_units",
        "left_units",
        "left_share",
        "sold_out_share",
    )
    assert {row[name] for name in unknown} == {None}


def test_an_unknown_request_leaves_only_the_unmet_unknown() -> None:
    made = fitted(
        [share("a", wanted_units=None), share("b")],
        [line("a", 1, 3), line("b", 1, 4)],
        [count("a", 5, 1)],
        minimum_rows=1,
        minimum_counts=1,
    )
    names = ("unmet_units", "taken_units", "declined_units", "left_units")
    assert told(made, *names) == [(None, 3, 1, 1), (2, 4, 0, None)]
    whole = made.groups.to_pylist()[0]
    assert (whole["n_rows"], whole["n_wanted"], whole["wanted_units"], whole["unmet_units"]) == (2, 1, 6, 2)
    assert (whole["share_units"], whole["declined_units"], whole["unmet_share"]) == (8, 1, 2 / 6)
    nobody = fitted([share("a", wanted_units=None)], minimum_rows=1).groups.to_pylist()[0]
    assert [nobody[name] for name in ("wanted_units", "unmet_units", "unmet_share", "share_units")] == [
        None, None, None, 4
    ]  # fmt: skip
    assert (
        fitted([share("a", wanted_units=None), share("b")], minimum_rows=2).groups.to_pylist()[0]["unmet_share"] is None
    )


def test_nothing_to_read_gives_empty_tables() -> None:
    made = fitted([], [], [])
    assert (made.rows.num_rows, made.groups.num_rows) == (0, 0)
    assert made.groups.schema.names[:4] == ["level", "product_id", "tier", "n_rows"]


def test_the_order_of_rows_changes_nothing() -> None:
    shares = [share(f"r{n}", units=n % 4) for n in range(12)]
    lines = [line(f"r{n % 12}", n, n % 4 - 1, n % 3 or None) for n in range(40)]
    counts = [count(f"r{n % 12}", n // 2, n % 3) for n in range(24)]
    first, second = fitted(shares, lines, counts), fitted(shares[::-1], lines[::-1], counts[::-1])
    assert (first.rows, first.groups) == (second.rows, second.groups)


@pytest.mark.parametrize(
    ("shares", "counts", "words"),
    [
        ([share(), share()], [], "shares have two rows with the same week, product_id, retailer_id"),
        ([share()], [count("a", 1, 1), count("a", 1, 2)], "counts have two rows with the same counted_date"),
        ([share(share_units=None)], [], "share_units of the shares has empty cells"),
    ],
)
def test_rows_that_break_the_contract_are_refused(shares: list[Row], counts: list[Row], words: str) -> None:
    with pytest.raises(SchemaMismatch, match=words):
        fitted(shares, [], counts)


@pytest.mark.spark
@pytest.mark.xdist_group("spark")
def test_the_other_engine_gives_the_same(spark: Engine) -> None:
    shares = [share(f"r{n % 20:02d}", units=n % 4, week=n // 20, wanted_units=6 if n % 7 else None) for n in range(60)]
    lines = [line(f"r{n % 21:02d}", n % 19, n % 5 - 1, n % 3 or None) for n in range(90)]
    counts = [count(f"r{n % 20:02d}", n // 3, n % 3) for n in range(58)]
    tables, schemas = report.sources(of(SHARES, shares), of(LINES, lines), of(COUNTS, counts))[1:]
    mine, theirs = (engine.digest(one.run(outcomes({}, schemas), tables)) for one in (DUCK, spark))
    assert mine == theirs
