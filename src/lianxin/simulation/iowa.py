"""Invented people for the real order lines of Iowa, by a rule that is written down here.

Real: every order line, store, product and price (State of Iowa, Alcoholic Beverages Division; see the folder's SOURCE.md).
Invented, because nobody in Iowa has customer managers:

- twelve customer managers in three market units, three market managers, a brand manager, a supervision officer, an officer for
  human resources and a leader, all in their posts from 2019-01-01 on;
- territories by place: the stores that have order lines are cut along the longer side of the map, again and again, so that each
  part has about the same number of order lines: first into three units, then each into four territories. A store without
  coordinates counts as standing in the middle of its town. A store keeps its manager for the three years;
- targets for each manager, unit and the company from 2020 on: the bottles of the same month of the year before × 1.03, rounded to
  ten; bottle price and share of key products not below those of that month;
- key products: the ten that sold most bottles in 2019.

Trade form, market type, tier and route of the stores are not known and stay empty.
"""

import csv
import lzma
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import IO, Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pacsv

from lianxin.simulation.settings import DemoSettings

FIRST_DAY: Final = "2019-01-01"
BASE_YEAR: Final = 2019
N_UNITS, N_PER_UNIT, N_KEY = 3, 4, 10
GROWTH_GOAL: Final = 1.03
COMPANY_UNIT: Final = "Iowa ABD（得梅因地区）"
OFFICE: Final = "虚构营销中心 Fictional office"
UNITS: Final = tuple(f"虚构市场部{n} Fictional unit {n}" for n in range(1, N_UNITS + 1))


@dataclass(frozen=True)
class DemoFile:
    """A file to be imported: its kind, where it lies and under which mapping ("" for canonical columns)."""

    kind: str
    path: Path
    mapping: str


@dataclass(frozen=True)
class Iowa:
    """What a demonstration on the real lines needs: files in the order of their import, and the settings."""

    files: tuple[DemoFile, ...]
    settings: DemoSettings


@dataclass(frozen=True)
class Store:
    number: str
    latitude: float
    longitude: float
    n_lines: int


def write(folder: Path, out: Path) -> Iowa:
    """Write the invented units, people, territories and targets into `out`, which is made if need be.

    Parameters
    ----------
    folder : holds stores.csv, products.csv and orders_desmoines_*.csv, also as .xz

    Raises
    ------
    FileNotFoundError : one of them is not there.
    """
    orders = orders_file(folder)
    lines = _lines(orders, folder / "products.csv")
    territories = _territories(_stores(folder / "stores.csv", lines))
    out.mkdir(parents=True, exist_ok=True)
    keys = key_products(lines)
    _write(out / "units.csv", ("unit", "parent", "kind"), _unit_rows())
    _write(out / "people.csv", ("employee_no", "name", "post", "unit", "reports_to", "from_date"), _people_rows())
    _write(
        out / "territories.csv",
        ("employee_no", "licence_no", "from_date"),
        ((manager_no(place), store.number, FIRST_DAY) for place, stores in enumerate(territories) for store in stores),
    )
    _write(
        out / "targets.csv",
        ("month", "level", "entity", "indicator", "target"),
        _target_rows(lines, territories, keys),
    )
    files = (
        DemoFile("units", out / "units.csv", ""),
        DemoFile("people", out / "people.csv", ""),
        DemoFile("retailers", folder / "stores.csv", "iowa"),
        DemoFile("goods", folder / "products.csv", "iowa"),
        DemoFile("territories", out / "territories.csv", ""),
        DemoFile("targets", out / "targets.csv", ""),
        DemoFile("orders", orders, "iowa"),
    )
    return Iowa(files, _settings(keys))


def orders_file(folder: Path) -> Path:
    """The order lines of the Des Moines area. Other files of the folder repeat some of them and are not for this."""
    for path in sorted(folder.glob("orders_desmoines_*.csv*")):
        if not path.name.endswith(".refused.csv"):
            return path
    raise FileNotFoundError(f"{folder} holds no orders_desmoines_*.csv; see SOURCE.md of the Iowa folder")


def manager_no(place: int) -> str:
    """The number of the fictional manager of a territory, counted from 0."""
    return f"IA-CM{place + 1:02}"


def key_products(lines: pa.Table) -> list[str]:
    """Codes of the products that sold most bottles in 2019, by number of bottles, then by code."""
    year = lines.filter(pc.equal(pc.year(lines["date"]), BASE_YEAR))
    sold = year.group_by("item").aggregate([("bottles", "sum")])
    ordered = sold.sort_by([("bottles_sum", "descending"), ("item", "ascending")])
    return [str(code) for code in ordered["item"].slice(0, N_KEY).to_pylist()]


def _open(path: Path) -> IO[bytes]:
    return lzma.open(path) if path.suffix == ".xz" else path.open("rb")


def _lines(orders: Path, products: Path) -> pa.Table:
    """Order lines whose product is on the price list, as an import takes them."""
    kinds = {
        "store": pa.string(),
        "item": pa.string(),
        "bottles": pa.int64(),
        "sale_dollars": pa.float64(),
        "date": pa.date32(),
    }
    options = pacsv.ConvertOptions(column_types=kinds, include_columns=list(kinds))
    with _open(orders) as file:
        lines = pacsv.read_csv(file, convert_options=options)
    with products.open(encoding="utf-8-sig", newline="") as file:
        known = pa.array([row["item"] for row in csv.DictReader(file)], pa.string())
    return lines.filter(pc.is_in(lines["item"], value_set=known))


def _stores(path: Path, lines: pa.Table) -> list[Store]:
    counted = lines.group_by("store").aggregate([("item", "count")])
    n_lines = dict(zip(counted["store"].to_pylist(), counted["item_count"].to_pylist(), strict=True))
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["store"] in n_lines]
    towns: dict[str, list[tuple[float, float]]] = defaultdict(list)
    for row in rows:
        if row["lat"] and row["lon"]:
            towns[row["city"]].append((float(row["lat"]), float(row["lon"])))
    everywhere = [place for places in towns.values() for place in places]
    stores = []
    for row in rows:
        known = towns[row["city"]] or everywhere
        latitude, longitude = (
            (float(row["lat"]), float(row["lon"])) if row["lat"] and row["lon"] else np.mean(known, axis=0).tolist()
        )
        stores.append(Store(row["store"], latitude, longitude, n_lines[row["store"]]))
    return stores


def _territories(stores: list[Store]) -> list[list[Store]]:
    units = _cut(stores, N_UNITS)
    return [territory for unit in units for territory in _cut(unit, N_PER_UNIT)]


def _cut(stores: Sequence[Store], n_parts: int) -> list[list[Store]]:
    """The stores in parts of about the same number of order lines, each on one side of a straight cut."""
    if n_parts == 1:
        return [sorted(stores, key=lambda store: store.number)]
    places = np.array([(store.latitude, store.longitude) for store in stores])
    # A degree of longitude is shorter than one of latitude by the cosine.
    spread = np.ptp(places, axis=0) * np.array([1.0, np.cos(np.radians(places[:, 0].mean()))])
    axis = int(np.argmax(spread))
    ordered = sorted(stores, key=lambda store: ((store.latitude, store.longitude)[axis], store.number))
    n_left = n_parts // 2
    wanted = sum(store.n_lines for store in ordered) * n_left / n_parts
    so_far = np.cumsum([store.n_lines for store in ordered])
    edge = int(np.argmin(np.abs(so_far - wanted))) + 1
    # Every part needs a store of its own.
    edge = min(max(edge, n_left), len(ordered) - (n_parts - n_left))
    return _cut(ordered[:edge], n_left) + _cut(ordered[edge:], n_parts - n_left)


def _unit_rows() -> Iterable[tuple[str, str, str]]:
    yield COMPANY_UNIT, "", "company"
    yield OFFICE, COMPANY_UNIT, "office"
    for name in UNITS:
        yield name, COMPANY_UNIT, "market_unit"


def _people_rows() -> Iterable[tuple[str, ...]]:
    yield "IA-L01", "虚构领导 Fictional leader", "leader", COMPANY_UNIT, "", FIRST_DAY
    yield "IA-BM01", "虚构品牌经理 Fictional brand manager", "brand_manager", OFFICE, "IA-L01", FIRST_DAY
    yield "IA-SO01", "虚构督察员 Fictional supervision officer", "supervision_officer", OFFICE, "IA-L01", FIRST_DAY
    yield "IA-HR01", "虚构人力资源专员 Fictional HR officer", "hr", OFFICE, "IA-L01", FIRST_DAY
    for n, unit in enumerate(UNITS, 1):
        name = f"虚构市场经理{n:02} Fictional market manager {n:02}"
        yield f"IA-MM{n:02}", name, "market_manager", unit, "IA-L01", FIRST_DAY
    for place in range(N_UNITS * N_PER_UNIT):
        where = place // N_PER_UNIT
        name = f"虚构客户经理{place + 1:02} Fictional manager {place + 1:02}"
        yield manager_no(place), name, "customer_manager", UNITS[where], f"IA-MM{where + 1:02}", FIRST_DAY


def _target_rows(lines: pa.Table, territories: list[list[Store]], keys: list[str]) -> Iterable[tuple[Any, ...]]:
    place_of = {store.number: place for place, stores in enumerate(territories) for store in stores}
    place = np.array([place_of[number] for number in lines["store"].to_pylist()])
    months = lines["date"].to_numpy().astype("datetime64[M]").astype(np.int64)
    first = int(months.min())
    n_months = int(months.max()) - first + 1
    slot = place * n_months + (months - first)
    is_key = pc.is_in(lines["item"], value_set=pa.array(keys, pa.string())).to_numpy(zero_copy_only=False)
    bottles = lines["bottles"].to_numpy()
    shape = (len(territories), n_months)

    def summed(weights: np.ndarray) -> np.ndarray:
        return np.bincount(slot, weights, shape[0] * shape[1]).reshape(shape)

    sums = np.stack([summed(bottles), summed(lines["sale_dollars"].to_numpy()), summed(bottles * is_key)])
    members: list[tuple[str, str, list[int]]] = [("manager", manager_no(n), [n]) for n in range(len(territories))]
    members += [("unit", name, list(range(n * N_PER_UNIT, (n + 1) * N_PER_UNIT))) for n, name in enumerate(UNITS)]
    members.append(("company", "iowa", list(range(len(territories)))))
    for month in range(12, n_months):
        written = str(np.datetime64(first + month, "M"))
        for level, entity, places in members:
            units, dollars, key_units = sums[:, places, month - 12].sum(axis=1)
            if units <= 0:
                continue
            yield written, level, entity, "sales_units", int(round(units * GROWTH_GOAL / 10) * 10)
            yield written, level, entity, "unit_price", round(dollars / units, 2)
            yield written, level, entity, "key_brand_share", round(key_units / units, 4)


def _write(path: Path, head: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        out = csv.writer(file, lineterminator="\n")
        out.writerow(head)
        out.writerows(rows)


def _settings(keys: list[str]) -> DemoSettings:
    return DemoSettings(
        code="iowa",
        name="Iowa ABD 得梅因地区（真实订单，虚构人员）",
        company={
            "name_en": "Iowa ABD, Des Moines area (real orders, invented people)",
            "time_zone": "America/Chicago",
            "currency": "USD",
            "currency_symbol": "$",
            "order_unit": "瓶",
            "order_unit_en": "bottles",
            "unit_conversions": [],
            "invented_notice": (
                "订单、门店、商品和价格来自美国艾奥瓦州公开数据；人员、部门、片区、目标和价类均为虚构，当地没有客户经理。"
            ),
            "invented_notice_en": (
                "Orders, stores, products and prices are public data of the State of Iowa. People, units, territories, targets and "
                "price classes are invented: nobody there has customer managers."
            ),
        },
        parameters={"measuring.key_products": keys},
        parameters_from=date(BASE_YEAR, 1, 1),
        parameters_source="演示规则：2019年销量最高的十个商品 / rule of the demonstration: the ten that sold most bottles in 2019",
        scheme="order_lines",
        scheme_from=date(2021, 1, 1),
        last_month=date(2021, 12, 1),
        months_closed=3,
    )
