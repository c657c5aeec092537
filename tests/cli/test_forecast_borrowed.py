"""`lianxin forecast --products` and `--retailers`: lines of what nobody ordered yet, borrowed from its class."""

import csv
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from django.utils import translation

from lianxin import engine
from lianxin.core.forecasting import COLUMNS
from tests.cli.forecast_runs import GOOD, run

pytestmark = pytest.mark.requirement("C1")


@pytest.fixture(autouse=True)
def in_english() -> Iterator[None]:
    with translation.override("en"):
        yield


def launches(n: int) -> list[str]:
    """Two shops that order an old product, and products of one producer that began in the spring, three parts of four at shop 1."""
    rows = [f"{date(2020, 1, 6) + timedelta(days=7 * week)},{shop},old,2" for week in range(90) for shop in (1, 2)]
    for number in range(n):
        day = date(2021, 3, 1) + timedelta(days=9 * number)
        rows += [f"{day},1,{100 + number},3", f"{day},2,{100 + number},1"]
    return rows


def with_and_without(folder: Path, orders: list[str], option: str, file: str) -> tuple[str, pa.Table, pa.Table]:
    """What the command said of borrowed lines, its forecast without them and the one with them; sums by places.csv beside it."""
    assert run(folder, orders).exit_code == 0
    plain = pq.read_table(folder / "out.parquet")
    more = ("--sums", str(folder / "places.csv"), "--sums-out", str(folder / "sums.parquet"))
    result = run(folder, orders, option, str(folder / file), *more)
    assert result.exit_code == 0, result.output
    rows = pq.read_table(folder / "out.parquet")
    assert tuple(rows.column_names) == (*COLUMNS, "borrowed_from", "n_analogues", "borrowed_kind")
    return result.output, plain, rows


def test_products_without_orders_get_lines_where_the_file_tells_their_class(tmp_path: Path) -> None:
    goods = [
        "product_id,producer,price_class",
        *(f"{100 + number},X,A" for number in range(12)),
        "old,Y,B",
        "900,X,A",
        "901,Y,B",
    ]
    (tmp_path / "goods.csv").write_text("\n".join(goods), "utf-8")
    (tmp_path / "places.csv").write_text("retailer_id,route\n1,a\n2,b\n", "utf-8")
    said, plain, rows = with_and_without(tmp_path, launches(12), "--products", "goods.csv")
    assert "Borrowed lines for 1 products without orders; 1 more have too few like them" in said
    is_own = rows.column("borrowed_from").is_null()
    assert rows.filter(is_own).select(list(COLUMNS)).equals(plain)
    lent = [row for row in rows.to_pylist() if row["borrowed_from"]]
    assert {(row["borrowed_from"], row["borrowed_kind"]) for row in lent} == {("X", "producer")}
    assert [(row["retailer_id"], row["product_id"], row["step"], row["n_analogues"]) for row in lent] == [
        (shop, "900", step, 12) for shop in ("1", "2") for step in (1, 2, 3, 4)
    ]
    assert [row["mean_units"] for row in lent if row["step"] == 1] == [pytest.approx(3.0), pytest.approx(1.0)]
    assert {row["period_start"] for row in lent if row["step"] == 1} == {date(2021, 9, 27)}
    sums = [
        row
        for row in pq.read_table(tmp_path / "sums.parquet").to_pylist()
        if row["level"] == "company" and row["step"] == 1
    ]
    (new,) = (row for row in sums if row["product_id"] == "900")
    assert (new["mean_units"], new["n_series"], new["q10_units"]) == (pytest.approx(4.0), 2, None)
    (whole,) = (row for row in sums if row["product_id"] is None)
    assert whole["mean_units"] == pytest.approx(sum(row["mean_units"] for row in sums if row["product_id"]), abs=1e-3)
    assert whole["q90_units"] is None


def openings(n: int) -> list[str]:
    """Shop 1, old, takes an old product; kiosks that opened in the spring take 3 of it, and each second one 2 of another."""
    rows = [f"{date(2020, 1, 6) + timedelta(days=7 * week)},1,old,20" for week in range(90)]
    for number in range(n):
        day = date(2021, 3, 1) + timedelta(days=9 * number)
        rows += [f"{day},{100 + number},old,3"] + [f"{day},{100 + number},other,2"] * (number % 2)
    return rows


def test_retailers_without_orders_get_lines_where_the_file_tells_their_class(tmp_path: Path) -> None:
    shops = ["licence_no,trade_form", "1,bar", *(f"{100 + number},kiosk" for number in range(12)), "900,kiosk", "901,"]
    (tmp_path / "shops.csv").write_text("\n".join(shops), "utf-8")
    (tmp_path / "places.csv").write_text("retailer_id,route\n1,a\n900,b\n901,b\n", "utf-8")
    said, plain, rows = with_and_without(tmp_path, openings(12), "--retailers", "shops.csv")
    assert "Borrowed lines for 2 retailers without orders; 0 more have too few like them" in said
    is_own = rows.column("borrowed_kind").is_null()
    own = rows.filter(is_own).select(list(COLUMNS))
    assert own.num_rows == plain.num_rows
    assert own.column("mean_units").to_pylist() == plain.column("mean_units").to_pylist()
    lent = [row for row in rows.to_pylist() if row["borrowed_kind"]]
    told = [
        tuple(row[name] for name in ("retailer_id", "product_id", "borrowed_kind", "borrowed_from"))
        for row in lent[::4]
    ]
    assert told == [
        ("900", "old", "trade_form", "kiosk"),
        ("900", "other", "trade_form", "kiosk"),
        ("901", "old", "everybody", None),
        ("901", "other", "everybody", None),
    ]
    assert {row["n_analogues"] for row in lent} == {12}
    assert [row["mean_units"] for row in lent if row["step"] == 1] == [3.0, 1.0, 3.0, 1.0]
    assert {row["period_start"] for row in lent if row["step"] == 2} == {date(2021, 10, 4)}
    sums = pq.read_table(tmp_path / "sums.parquet").to_pylist()
    (route,) = (row for row in sums if (row["group_id"], row["product_id"], row["step"]) == ("b", "old", 1))
    assert (route["mean_units"], route["n_series"], route["q90_units"]) == (6.0, 2, None)


def test_new_products_and_new_retailers_may_both_be_asked_for(tmp_path: Path) -> None:
    goods = ["product_id,producer", *(f"{100 + number},X" for number in range(12)), "old,Y", "900,X"]
    (tmp_path / "goods.csv").write_text("\n".join(goods), "utf-8")
    (tmp_path / "shops.csv").write_text(
        "\n".join(["retailer_id,trade_form", *(f"{100 + n},kiosk" for n in range(12)), "900,kiosk"]), "utf-8"
    )
    both = ("--products", str(tmp_path / "goods.csv"), "--retailers", str(tmp_path / "shops.csv"))
    result = run(tmp_path, [*launches(12), *openings(12)], *both)
    assert result.exit_code == 0, result.output
    assert "Borrowed lines for 1 products" in result.output
    assert "Borrowed lines for 1 retailers" in result.output
    rows = pq.read_table(tmp_path / "out.parquet").to_pylist()
    kinds = {(row["retailer_id"], row["product_id"]): row["borrowed_kind"] for row in rows}
    # Of the new product nobody began to take any, so the new retailer has no line of it.
    assert {pair: kind for pair, kind in kinds.items() if kind} == {
        ("1", "900"): "producer", ("2", "900"): "producer", ("900", "old"): "trade_form", ("900", "other"): "trade_form",
    }  # fmt: skip


@pytest.mark.spark
@pytest.mark.xdist_group("spark")
def test_both_engines_borrow_the_same_for_retailers(tmp_path: Path) -> None:
    if (reason := engine.spark_available()) is not None:
        pytest.skip(reason)
    shops = ["retailer_id,trade_form", *(f"{100 + number},kiosk" for number in range(12)), "900,kiosk"]
    (tmp_path / "shops.csv").write_text("\n".join(shops), "utf-8")
    told = {}
    for name in ("duckdb", "spark"):
        result = run(tmp_path, openings(12), "--retailers", str(tmp_path / "shops.csv"), "--engine", name)
        assert result.exit_code == 0, result.output
        told[name] = engine.digest(pq.read_table(tmp_path / "out.parquet"))
    assert told["spark"] == told["duckdb"]


def test_a_file_of_products_that_cannot_be_read_tells_why(tmp_path: Path) -> None:
    def told(text: str) -> str:
        (tmp_path / "goods.csv").write_text(text, "utf-8")
        result = run(tmp_path, GOOD, "--products", str(tmp_path / "goods.csv"))
        assert result.exit_code != 0
        return str(result.exception) + result.output

    assert "producer or price_class" in told("product_id,colour\np1,red\n")
    told("product_id,producer\n,X\np1,X\np1,Y\n")
    faults = list(csv.DictReader((tmp_path / "out.parquet.faults.csv").open(encoding="utf-8-sig")))
    assert len(faults) == 2


def test_a_file_of_retailers_that_cannot_be_read_tells_why(tmp_path: Path) -> None:
    def told(text: str) -> str:
        (tmp_path / "shops.csv").write_text(text, "utf-8")
        result = run(tmp_path, GOOD, "--retailers", str(tmp_path / "shops.csv"))
        assert result.exit_code != 0
        assert not (tmp_path / "out.parquet").exists()
        return str(result.exception) + result.output

    assert "trade_form or market_type" in told("retailer_id,colour\nr1,red\n")
    told("licence_no,trade_form\n,kiosk\nr1,kiosk\nr1,bar\n")
    faults = list(csv.DictReader((tmp_path / "out.parquet.faults.csv").open(encoding="utf-8-sig")))
    assert [row["column"] for row in faults] == ["licence_no", "licence_no"]
    assert "This retailer stands in an earlier row already" in faults[1]["sentence"]
