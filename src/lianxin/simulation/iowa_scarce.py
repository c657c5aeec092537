"""A round of allocation made of the rationed items of Iowa: real supply, requests made up by a rule that is written down here.

Real: which items were rationed (the folder's file of scarce items), which stores of the Des Moines area bought them, and how many
bottles were sold to these stores in the week: that is the supply.

Made up, because Iowa does not publish what stores asked for: the requests. Every store that bought an item in the 26 weeks up to
the week asks for twice the most that it bought of it in any one of them, at most 60 bottles.
"""

import csv
import lzma
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from datetime import date, timedelta
from pathlib import Path
from typing import IO, Final

from lianxin.simulation.iowa import DemoFile, orders_file

NOTE: Final = (
    "每户需求量 = 此前26周内单周最高购入瓶数的两倍，至多60瓶（虚构）；可供量为当周实际售出瓶数（真实）。 Each store asks for twice "
    "the most it bought in one of the 26 weeks before, at most 60 (made up); the supply is what was really sold."
)
WEEKS_BEFORE: Final = 26
MOST_ASKED: Final = 60
N_ITEMS: Final = 12
LEAST_STORES: Final = 20
LAST_WEEK: Final = date(2021, 12, 27)
SCARCE: Final = "orders_scarce_statewide_2019-2021.csv"

Bought = dict[tuple[str, str], dict[date, int]]


def write_round(folder: Path, out: Path) -> tuple[date, tuple[DemoFile, ...]]:
    """The week of the round, and its files of supply and requests, written into `out`.

    The week is the one of the last half year in which most rationed items were sold to at least 20 stores of the area.

    Raises
    ------
    FileNotFoundError : the order lines or the file of scarce items are not in the folder.
    """
    rationed = {row["item"] for row in _rows(_scarce_file(folder))}
    known = {row["store"] for row in _rows(folder / "stores.csv")}
    listed = {row["item"] for row in _rows(folder / "products.csv")}
    bought = _bought(orders_file(folder), rationed & listed, known)
    week, items = _week_and_items(bought)
    supply = {item: sum(weeks.get(week, 0) for (_s, of), weeks in bought.items() if of == item) for item in items}
    requests = [
        (week.isoformat(), item, store, min(2 * most, MOST_ASKED))
        for (store, item), weeks in sorted(bought.items())
        if item in supply and (most := _most(weeks, week))
    ]
    out.mkdir(parents=True, exist_ok=True)
    supplies_path, requests_path = out / "supplies.csv", out / "requests.csv"
    _write(
        supplies_path,
        ("week", "product_code", "supply_units"),
        [(week.isoformat(), item, n) for item, n in sorted(supply.items())],
    )
    _write(requests_path, ("week", "product_code", "licence_no", "wanted_units"), requests)
    return week, (DemoFile("supplies", supplies_path, ""), DemoFile("supply_requests", requests_path, ""))


def _most(weeks: dict[date, int], week: date) -> int:
    """The most that was bought in one of the weeks up to the week."""
    first = week - timedelta(weeks=WEEKS_BEFORE)
    return max((n for monday, n in weeks.items() if first < monday <= week), default=0)


def _bought(orders: Path, items: set[str], stores: set[str]) -> Bought:
    """(store, item) -> week -> bottles. Returns count against what was bought in their week."""
    found: Bought = defaultdict(lambda: defaultdict(int))
    for row in _rows(orders):
        if row["item"] in items and row["store"] in stores:
            day = date.fromisoformat(row["date"])
            found[row["store"], row["item"]][day - timedelta(days=day.weekday())] += int(row["bottles"])
    return found


def _week_and_items(bought: Bought) -> tuple[date, list[str]]:
    """The week in which most items reached at least so many stores, the latest of such weeks; and its items with most stores."""
    n_stores: dict[date, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for (_store, item), weeks in bought.items():
        for monday, bottles in weeks.items():
            if bottles > 0 and LAST_WEEK - timedelta(weeks=WEEKS_BEFORE) < monday < LAST_WEEK:
                n_stores[monday][item] += 1
    widely = {week: [item for item, n in of.items() if n >= LEAST_STORES] for week, of in n_stores.items()}
    week = max(widely, key=lambda each: (len(widely[each]), each))
    ordered = sorted(widely[week], key=lambda item: (-n_stores[week][item], item))
    return week, ordered[:N_ITEMS]


def _scarce_file(folder: Path) -> Path:
    for path in (folder / SCARCE, folder / f"{SCARCE}.xz"):
        if path.exists():
            return path
    raise FileNotFoundError(f"{folder} holds no {SCARCE}; see SOURCE.md of the Iowa folder")


def _rows(path: Path) -> Iterator[dict[str, str]]:
    """The rows of a file, one by one: there are a million and a half of them."""
    with ExitStack() as held:
        opened: IO[str] = (
            held.enter_context(lzma.open(path, "rt", encoding="utf-8-sig", newline=""))
            if path.suffix == ".xz"
            else held.enter_context(path.open(encoding="utf-8-sig", newline=""))
        )
        yield from csv.DictReader(opened)


def _write(path: Path, head: tuple[str, ...], rows: Sequence[tuple[object, ...]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        out = csv.writer(file)
        out.writerow(head)
        out.writerows(rows)
