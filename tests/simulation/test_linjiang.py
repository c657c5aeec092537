"""The same seed gives the same bytes; the files are whole, in the words that the mapping knows."""

import csv
import gzip
import hashlib
import os
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pyarrow.parquet
import pytest
from python_calamine import CalamineWorkbook

from lianxin.simulation import linjiang
from lianxin.simulation.company import SETTINGS
from lianxin.simulation.headers import EXTRA_HEADERS, HEADERS, VALUES
from tests.simulation.conftest import SEED, TINY

CANONICAL = {
    "people": "employee_no, name, post, unit, reports_to, from_date, until_date",
    "units": "unit, parent, kind",
    "targets": "month, level, entity, indicator, target",
    "territories": "employee_no, licence_no, from_date, until_date",
    "retailers": "licence_no, name, address, town, latitude, longitude, datum, trade_form, market_type, trade_area, tier, "
    "route, status, order_weekday, opening_hours, from_date, previous_licence_no, contact_name, contact_phone, contact_way",
    "goods": "product_code, name, producer, price_class, order_unit, wholesale_price, cost_price, guide_retail_price, "
    "listed_date, from_date",
    "orders": "line_id, order_date, licence_no, product_code, wanted_units, cap_units, ordered_units, supplied_units, "
    "amount",
    "supplies": "week, product_code, supply_units",
    "supply_requests": "week, product_code, licence_no, wanted_units, cap_units, floor_units, tier, is_selected",
    "allocations": "week, product_code, licence_no, share_units, wanted_units, cap_units, tier, rule_units, trade_form, "
    "market_type, supply_units",
    "forecasts": "period_start, step, licence_no, product_code, author_employee_no, units, reason, entered_at, counted_in",
    "agreements": "period, licence_no, product_code, agreed_units, agreed_at",
    "supplier_agreements": "supplier, product_code, brand, period, agreed_units, transferred_units",
    "stock_counts": "visit_id, product_code, units, retail_price",
    "satisfaction": "survey, month, employee_no, sheet, dimension, item, scale, answer",
}

_WRITE = """
import sys
from pathlib import Path
from typing import Any
from lianxin.simulation import linjiang
from tests.simulation.conftest import SEED, TINY
linjiang.write(Path(sys.argv[1]), seed=SEED, size=TINY)
linjiang.write_fieldwork(Path(sys.argv[1]).with_name("fieldwork") / "files", months=1, seed=SEED, size=TINY)
"""


def digests(folder: Path) -> dict[str, str]:
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def sheet(path: Path) -> list[list[Any]]:
    return CalamineWorkbook.from_path(path).get_sheet_by_index(0).to_python()


def order_rows(path: Path) -> tuple[list[str], list[list[str]]]:
    raw = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    text = raw.decode("utf-8-sig" if raw.startswith(b"\xef\xbb\xbf") else "gb18030")
    rows = list(csv.reader(text.splitlines()))
    return rows[0], rows[1:]


def test_same_seed_gives_the_same_bytes_in_another_process(folder: Path, tmp_path: Path) -> None:
    # Another process has another clock, another hash seed and another time zone.
    root = Path(__file__).parents[2]
    surroundings = {
        **os.environ,
        "PYTHONHASHSEED": "99",
        "TZ": "America/Chicago",
        "PYTHONPATH": f"{root / 'src'}:{root}",
    }
    subprocess.run([sys.executable, "-c", _WRITE, str(tmp_path / "again")], check=True, env=surroundings)
    assert digests(tmp_path / "again") == digests(folder)
    linjiang.write_fieldwork(tmp_path / "here" / "files", months=1, seed=SEED, size=TINY)
    assert digests(tmp_path / "fieldwork") == digests(tmp_path / "here")


def test_another_seed_gives_another_company(folder: Path, tmp_path: Path) -> None:
    other = linjiang.write(tmp_path / "other", seed=SEED + 1, size=TINY)
    same = {name for name, digest in digests(other.folder).items() if digests(folder).get(name) == digest}
    # The organisation's plan is that of the size, not of the seed.
    assert same == {"部门.xlsx"}


def test_files_come_in_the_order_of_their_import(written: linjiang.Written) -> None:
    kinds = list(dict.fromkeys(file.kind for file in written.files))
    assert kinds == ["units", "people", "retailers", "goods", "territories", "targets", "orders"]
    assert sum(file.kind == "orders" for file in written.files) == len(TINY.months)
    on_disk = {path for path in written.folder.rglob("*") if path.is_file()}
    assert on_disk == {file.path for file in (*written.files, *written.truth)} | {written.folder / "README.txt"}


def test_headers_name_every_canonical_column() -> None:
    assert {kind: ", ".join(columns) for kind, columns in HEADERS.items()} == CANONICAL


def test_workbooks_carry_the_headers_and_only_known_values(written: linjiang.Written) -> None:
    for file in written.files:
        if file.kind == "orders":
            continue
        header, *rows = sheet(file.path)
        assert header == [*HEADERS[file.kind].values(), *EXTRA_HEADERS.get(file.kind, {}).values()]
        assert len(rows) == file.rows > 0
        for column, words in VALUES.get(file.kind, {}).items():
            place = header.index(HEADERS[file.kind][column])
            assert {row[place] for row in rows} - {""} <= set(words), (file.kind, column)


def test_order_files_carry_the_headers_in_each_encoding(written: linjiang.Written) -> None:
    endings: Counter[str] = Counter()
    ids: set[str] = set()
    count = 0
    for file in written.files:
        if file.kind != "orders":
            continue
        header, rows = order_rows(file.path)
        known = list(HEADERS["orders"].values())
        is_old = header != known
        assert header == ([*known, *EXTRA_HEADERS["orders"].values()] if is_old else known)
        endings["gz" if file.path.suffix == ".gz" else "gb18030" if is_old else "utf-8-sig"] += 1
        assert len(rows) == file.rows
        ids |= {row[0] for row in rows}
        count += len(rows)
        month = file.path.name.removeprefix("订单_")[:7]
        assert {row[1][:7] for row in rows} == {month}
        assert all(row[0] == f"LJ{row[1].replace('-', '')}{row[0][-6:]}" for row in rows)
        # Money has two decimals, also below zero.
        assert all(row[8][-3] == "." and (row[8][0] == "-") == (row[7][0] == "-") for row in rows)
    assert len(ids) == count == written.rows("orders")
    assert set(endings) == {"gz", "gb18030", "utf-8-sig"}


def test_every_line_finds_its_shop_and_its_holder_in_the_other_files(written: linjiang.Written) -> None:
    paths = {file.kind: file.path for file in written.files if file.kind != "orders"}
    held: dict[str, list[tuple[str, str]]] = {}
    for _, licence, start, finish in sheet(paths["territories"])[1:]:
        held.setdefault(str(licence), []).append((str(start), str(finish) or "9999"))
    licences = {row[0] for row in sheet(paths["retailers"])[1:]}
    assert set(held) == licences
    products = {row[0] for row in sheet(paths["goods"])[1:]}
    keys = {
        (row[1], row[2])
        for file in written.files
        if file.kind == "orders"
        for row in order_rows(file.path)[1]
        if row[3] in products
    }
    without = [(day, lic) for day, lic in keys if sum(start <= day < finish for start, finish in held[lic]) != 1]
    assert without == []


def test_a_changed_licence_names_the_one_before(written: linjiang.Written) -> None:
    header, *rows = sheet(next(file.path for file in written.files if file.kind == "retailers"))
    new, old = header.index("许可证号"), header.index("原许可证号")
    changed = {row[new]: row[old] for row in rows if row[old]}
    assert len(changed) == 2
    assert set(changed.values()) <= {row[new] for row in rows if not row[old]}


def test_targets_stand_for_managers_units_and_the_company_each_month(written: linjiang.Written) -> None:
    rows = sheet(next(file.path for file in written.files if file.kind == "targets"))[1:]
    december = [row for row in rows if row[0] == "2021-12"]
    assert Counter(row[1] for row in december) == {"客户经理": 20 * 4, "部门": 8 * 4, "公司": 4}
    assert {row[2] for row in december if row[1] == "公司"} == {SETTINGS.code}
    shares = [float(str(row[4])) for row in rows if row[3] in ("毛利率", "重点品牌占比")]
    assert 0 < min(shares) <= max(shares) < 1


def test_truth_lies_apart_and_names_the_growth_of_every_shop(written: linjiang.Written) -> None:
    table = pyarrow.parquet.read_table(written.folder / "truth" / "retailers.parquet")
    assert table.num_rows == TINY.n_retailers
    assert set(table["growth_class"].to_pylist()) == {"steady", "growing", "declining", "dropped"}
    assert all(file.path.parent.name == "truth" for file in written.truth)
    assert not any("truth" in file.path.parts for file in written.files)


def test_readme_says_that_everything_is_invented(folder: Path) -> None:
    text = (folder / "README.txt").read_text(encoding="utf-8")
    assert "没有一条来自现实" in text
    assert "Everything in this folder is invented" in text


def test_a_folder_with_files_is_left_alone(tmp_path: Path) -> None:
    taken = tmp_path / "taken"
    taken.mkdir()
    (taken / "mine.txt").write_text("mine")
    with pytest.raises(FileExistsError, match="is not empty"):
        linjiang.write(taken, seed=SEED, size=TINY)
    assert [path.name for path in taken.iterdir()] == ["mine.txt"]


def test_what_a_killed_run_left_is_replaced(folder: Path, tmp_path: Path) -> None:
    remains = tmp_path / "export.part"
    remains.mkdir()
    (remains / "订单_1999-01.csv").write_text("half a file")
    written = linjiang.write(tmp_path / "export", seed=SEED, size=TINY)
    assert not remains.exists()
    assert digests(written.folder) == digests(folder)


def test_progress_names_each_month_and_ends_at_one(tmp_path: Path) -> None:
    told: list[tuple[str, float]] = []
    linjiang.write(tmp_path / "out", seed=SEED, size=TINY, progress=lambda name, share: told.append((name, share)))
    shares = [share for _, share in told]
    assert shares == sorted(shares)
    assert (shares[0], shares[-1]) == (0.0, 1.0)
    assert sum(name.startswith("订单_") for name, _ in told) == len(TINY.months)


def test_written_files_are_found_again_in_the_order_of_import(tmp_path: Path) -> None:
    made = linjiang.write(tmp_path / "out", seed=SEED, size=TINY)
    found = linjiang.written(made.folder)
    assert [(file.kind, file.path) for file in found] == [(file.kind, file.path) for file in made.files]
