"""Invented people for real order lines: by the written rule, the same each time, and taken in without a refusal."""

import csv
from pathlib import Path

import pytest

from lianxin.foundation.imports import running
from lianxin.foundation.models import Company
from lianxin.simulation import iowa
from tests.factories import AT

STORES = "store,store_name,store_status,address,city,zip,lat,lon,report_date\n"
PRODUCTS = "item,description,vendor,list_date,state_bottle_cost,state_bottle_retail,report_date\n"
ORDERS = "invoice_line,date,store,item,bottles,sale_dollars\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Thirty stores of one line a month for two years, on a grid; store 29 without a place; item 9 is not on the list."""
    place = tmp_path / "real"
    place.mkdir()
    stores, orders = STORES, ORDERS
    for n in range(30):
        where = f"{41.5 + n // 6 / 10},{-93.9 + n % 6 / 10}" if n != 29 else ","
        stores += f"{n},Store {n},A,1 Main,TOWN,50000,{where},2022-11-01\n"
    stores += "99,Far away,A,1 Main,FAR,50000,42.5,-92.0,2022-11-01\n"
    number = 0
    for year in (2019, 2020):
        for month in range(1, 13):
            for n in range(30):
                number += 1
                orders += f"I{number},{year}-{month:02}-05,{n},{n % 12 if n % 12 != 9 else 0},{10 + n},100.00\n"
    orders += f"I{number + 1},2019-01-05,1,9,1000,1.00\n"
    products = PRODUCTS + "".join(f"{n},Item {n},V,2010-01-01,5.00,10.00,2022-11-01\n" for n in range(12) if n != 9)
    for name, text in (("stores.csv", stores), ("products.csv", products), ("orders_desmoines_x.csv", orders)):
        (place / name).write_text(text, "utf-8")
    return place


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_every_store_with_lines_has_one_manager_and_the_loads_are_near(folder: Path, tmp_path: Path) -> None:
    iowa.write(folder, tmp_path / "out")
    held = rows(tmp_path / "out" / "territories.csv")
    assert sorted(int(row["licence_no"]) for row in held) == list(range(30))
    loads = [sum(row["employee_no"] == iowa.manager_no(n) for row in held) for n in range(12)]
    assert (sum(loads), min(loads) >= 2, max(loads) <= 4) == (30, True, True)
    people = rows(tmp_path / "out" / "people.csv")
    assert all("虚构" in row["name"] and "Fictional" in row["name"] for row in people)
    assert sorted({row["post"] for row in people}) == [
        "brand_manager", "customer_manager", "hr", "leader", "market_manager", "supervision_officer",
    ]  # fmt: skip


def test_targets_follow_the_same_month_of_the_year_before(folder: Path, tmp_path: Path) -> None:
    iowa.write(folder, tmp_path / "out")
    company = [row for row in rows(tmp_path / "out" / "targets.csv") if row["level"] == "company"]
    bottles = sum(10 + n for n in range(30))
    assert {row["month"] for row in company} == {f"2020-{month:02}" for month in range(1, 13)}
    first = {row["indicator"]: float(row["target"]) for row in company if row["month"] == "2020-01"}
    assert (first["sales_units"], first["unit_price"]) == (round(bottles * 1.03 / 10) * 10, round(3000 / bottles, 2))


def test_key_products_are_the_ten_best_sellers_on_the_list(folder: Path, tmp_path: Path) -> None:
    made = iowa.write(folder, tmp_path / "out")
    keys = made.settings.parameters["measuring.key_products"]
    assert (len(keys), "9" in keys, keys[0]) == (10, False, "0")


def test_the_same_bytes_each_time(folder: Path, tmp_path: Path) -> None:
    for name in ("one", "two"):
        iowa.write(folder, tmp_path / name)
    for path in (tmp_path / "one").iterdir():
        assert path.read_bytes() == (tmp_path / "two" / path.name).read_bytes()


def test_a_folder_without_the_lines_is_told(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="orders_desmoines"):
        iowa.write(tmp_path, tmp_path / "out")


@pytest.mark.django_db
def test_what_is_written_comes_in(folder: Path, tmp_path: Path) -> None:
    company = Company.objects.create(code="iowa", name="Iowa")
    for file in iowa.write(folder, tmp_path / "out").files:
        result = running.run(company=company, kind=file.kind, path=file.path, by=None, at=AT, mapping_name=file.mapping)
        wanted = 1 if file.kind == "orders" else 0
        assert (file.kind, result.n_refused, result.n_duplicate) == (file.kind, wanted, 0)
        assert not result.notes
