"""A round made of rationed items: real supply, requests by the written rule, the same each time, and taken in without a refusal."""

import csv
from datetime import date, timedelta
from pathlib import Path

import pytest

from lianxin.foundation.imports import running
from lianxin.foundation.models import Company
from lianxin.simulation import iowa_scarce
from tests import factories
from tests.factories import AT

WEEK = date(2021, 11, 15)
STORES = range(25)
SCARCE = "orders_scarce_statewide_2019-2021.csv"
ORDERS = "orders_desmoines_x.csv"


def orders() -> list[tuple[date, int, str, int]]:
    """(day, store, item, bottles). Item A is sold to all stores in WEEK and in a week before; B to 20, C to 19 of them."""
    wednesday = WEEK + timedelta(days=2)
    told = [(wednesday, store, "A", 1 + store) for store in STORES]
    told += [(WEEK - timedelta(weeks=3), store, "A", 10) for store in STORES]
    told += [(wednesday, store, "B", 2) for store in STORES[:20]] + [
        (wednesday, store, "C", 2) for store in STORES[:19]
    ]
    # 26 weeks back counts no more; nor does what is not rationed, or a store that is not listed.
    told += [(WEEK - timedelta(weeks=26), 0, "A", 500), (WEEK - timedelta(weeks=25), 1, "A", 40)]
    told += [(wednesday, store, "plenty", 9) for store in STORES] + [(wednesday, 99, "A", 1000)]
    # Two orders of one week count together; a return takes away.
    told += [(WEEK, 2, "A", 7), (WEEK + timedelta(days=6), 3, "A", -1)]
    return told


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    place = tmp_path / "real"
    place.mkdir()
    lines = "".join(f"{n},{day},{store},{item},{bottles}\n" for n, (day, store, item, bottles) in enumerate(orders()))
    (place / ORDERS).write_text("invoice_line,date,store,item,bottles\n" + lines, "utf-8")
    (place / SCARCE).write_text("item\nA\nB\nC\nunlisted\n", "utf-8")
    (place / "stores.csv").write_text("store\n" + "".join(f"{store}\n" for store in STORES), "utf-8")
    (place / "products.csv").write_text("item\nA\nB\nC\nplenty\n", "utf-8")
    return place


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_the_supply_is_what_was_sold_in_the_week_to_the_stores_of_the_area(folder: Path, tmp_path: Path) -> None:
    week, (supplies, requests) = iowa_scarce.write_round(folder, tmp_path / "out")
    assert (week, supplies.kind, requests.kind) == (WEEK, "supplies", "supply_requests")
    # 1 + … + 25, the second order of store 2, less the return of store 3. C reached too few stores.
    assert {row["product_code"]: int(row["supply_units"]) for row in rows(supplies.path)} == {"A": 325 + 7 - 1, "B": 40}
    assert {row["week"] for row in rows(supplies.path)} == {"2021-11-15"}


def test_every_store_asks_for_twice_its_best_week_and_at_most_sixty(folder: Path, tmp_path: Path) -> None:
    _week, (_supplies, requests) = iowa_scarce.write_round(folder, tmp_path / "out")
    told = {(row["product_code"], int(row["licence_no"])): int(row["wanted_units"]) for row in rows(requests.path)}
    # Ten bottles three weeks before are the best week of stores that bought fewer in the week itself.
    assert told["A", 0] == 20
    assert told["A", 1] == iowa_scarce.MOST_ASKED  # twice forty
    assert told["A", 2] == 20  # 3 + 7 in the week
    assert told["A", 24] == 50
    assert told["B", 19] == 4
    assert {store for item, store in told if item == "B"} == set(range(20))
    assert {item for item, _store in told} == {"A", "B"}


def test_the_same_folder_gives_the_same_files(folder: Path, tmp_path: Path) -> None:
    _week, first = iowa_scarce.write_round(folder, tmp_path / "first")
    _week, again = iowa_scarce.write_round(folder, tmp_path / "again")
    assert [file.path.read_bytes() for file in first] == [file.path.read_bytes() for file in again]


def test_without_the_file_of_scarce_items_there_is_no_round(folder: Path, tmp_path: Path) -> None:
    (folder / SCARCE).unlink()
    with pytest.raises(FileNotFoundError, match="holds no orders_scarce"):
        iowa_scarce.write_round(folder, tmp_path / "out")


@pytest.mark.django_db
@pytest.mark.requirement("D1")
def test_the_files_come_in_whole(company: Company, folder: Path, tmp_path: Path) -> None:
    for store in STORES:
        factories.retailer(company, str(store), tier=5)
    for item in ("A", "B"):
        factories.product(company, item)
    _week, files = iowa_scarce.write_round(folder, tmp_path / "out")
    for file in files:
        came = running.run(
            company=company, kind=file.kind, path=file.path, by=None, at=AT, mapping_name="", owner_name="t"
        )
        assert came.n_refused == 0
        assert came.n_accepted == came.n_read > 0
