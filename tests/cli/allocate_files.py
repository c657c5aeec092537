"""Files for `lianxin allocate`, and what it said of them."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner, Result
from django.utils import translation

from lianxin.cli.allocating import allocate
from lianxin.core.allocating import FAULTS

WEEK = date(2026, 3, 2)
REQUESTS = "week,product_id,retailer_id,wanted_units,tier\n"
SUPPLY = "week,product_id,supply_units\n"
GOOD = "2026-03-02,P,a,9,30\n2026-03-02,P,b,1,30\n2026-03-02,P,c,9,1\n"


@pytest.fixture(autouse=True)
def in_english() -> Iterator[None]:
    with translation.override("en"):
        yield


def words(
    folder: Path,
    requests: str = REQUESTS + GOOD,
    supply: str = SUPPLY + "2026-03-02,P,9\n",
    policy: str = 'rule = "uniform"\n',
    out: str = "out.parquet",
    code: str = "utf-8",
) -> list[str]:
    (folder / "requests.csv").write_bytes(requests.encode(code))
    (folder / "supply.csv").write_text(supply, "utf-8")
    (folder / "policy.toml").write_text(policy, "utf-8")
    names = [str(folder / name) for name in ("requests.csv", "supply.csv")]
    return [*names, "--policy", str(folder / "policy.toml"), "--out", str(folder / out)]


def run(told: list[str]) -> Result:
    return CliRunner().invoke(allocate, told)


def fault_rows(folder: Path) -> list[tuple[Any, ...]]:
    table = pq.read_table(folder / "out.faults.parquet")
    assert all(row["words"] == FAULTS[row["reason"]] for row in table.to_pylist())
    told = [
        (row["file"], row["product_id"] or "", row["retailer_id"] or "", row["column"], row["value"], row["reason"])
        for row in table.to_pylist()
    ]
    return sorted(told, key=lambda row: tuple(str(cell) for cell in row))
