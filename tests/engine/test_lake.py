"""Versions, batches, pins and what a killed process leaves."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
from datetime import date
from pathlib import Path

import pyarrow as pa
import pytest

from lianxin.core.tables import ORDER_LINES
from lianxin.engine import Lake, LakeError, from_rows
from lianxin.engine.lake import Write

JANUARY, FEBRUARY = date(2021, 1, 1), date(2021, 2, 1)


def line(line_id: str, month: date = JANUARY, batch: str = "b1", **other: object) -> dict[str, object]:
    return {
        "company_id": 1,
        "line_id": line_id,
        "order_date": month,
        "order_month": month,
        "retailer_id": 1,
        "product_id": 1,
        "ordered_units": 5,
        "batch_id": batch,
        **other,
    }


def lines(*rows: dict[str, object]) -> pa.Table:
    return from_rows("order_lines", list(rows))


def units(*names: str, company: int = 1) -> pa.Table:
    return from_rows("units", [{"company_id": company, "unit_id": n, "unit": name} for n, name in enumerate(names)])


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    return Lake(tmp_path / "lake")


def ids(lake: Lake, **where: object) -> list[str]:
    return sorted(lake.read("order_lines", **where).column("line_id").to_pylist())  # type: ignore[arg-type]


def test_table_never_written_is_empty_at_version_0(lake: Lake) -> None:
    assert lake.version("units") == 0
    assert lake.read("units").num_rows == 0
    assert lake.files("units").paths == ()


def test_publish_replaces_only_the_rows_of_its_company(lake: Lake) -> None:
    lake.publish("units", units("north", "south"), 1)
    lake.publish("units", units("east", company=2), 2)
    lake.publish("units", units("west"), 1)
    assert sorted(lake.read("units").column("unit").to_pylist()) == ["east", "west"]
    assert lake.read("units", company_id=1).column("unit").to_pylist() == ["west"]


def test_publish_of_the_same_rows_makes_no_version(lake: Lake) -> None:
    first = lake.publish("units", units("north", "south"), 1)
    turned = units("north", "south").take([1, 0])
    assert lake.publish("units", turned, 1) == first


def test_publish_refuses_what_breaks_the_contract(lake: Lake) -> None:
    with pytest.raises(LakeError, match="Column unit of table units has empty values"):
        lake.publish("units", from_rows("units", [{"company_id": 1, "unit_id": 1}]), 1)
    with pytest.raises(LakeError, match="belong to another company"):
        lake.publish("units", units("east", company=2), 1)
    assert lake.version("units") == 0


def test_old_version_reads_as_it_was(lake: Lake) -> None:
    first = lake.publish("units", units("north"), 1)
    lake.publish("units", units("south"), 1)
    assert lake.read("units", version=first).column("unit").to_pylist() == ["north"]


def test_another_process_sees_the_new_version(lake: Lake) -> None:
    other = Lake(lake.root)
    assert other.version("units") == 0
    lake.publish("units", units("north"), 1)
    assert other.read("units").num_rows == 1


def test_batches_come_and_go_whole(lake: Lake) -> None:
    lake.append_batch(lines(line("a"), line("b", FEBRUARY)), 1, "b1")
    lake.append_batch(lines(line("c", batch="b2")), 1, "b2")
    assert lake.batches() == {"b1": 2, "b2": 1}
    assert ids(lake, months=[JANUARY]) == ["a", "c"]
    lake.remove_batch("b1")
    assert lake.batches() == {"b2": 1}
    assert ids(lake) == ["c"]
    with pytest.raises(LakeError, match="No lines of batch b1"):
        lake.remove_batch("b1")


def test_batch_id_is_written_once(lake: Lake) -> None:
    lake.append_batch(lines(line("a")), 1, "b1")
    with pytest.raises(LakeError, match="already in the lake"):
        lake.append_batch(lines(line("b")), 1, "b1")
    assert ids(lake) == ["a"]


def test_replacements_are_read_from_corrections_alone(lake: Lake) -> None:
    lake.append_batch(lines(line("a"), line("b")), 1, "b1")
    assert lake.replacements().num_rows == 0
    lake.append_batch(lines(line("a", batch="b2", replaces_batch_id="b1"), line("z", batch="b2")), 1, "b2")
    assert lake.replacements().to_pylist() == [{"company_id": 1, "line_id": "a", "batch_id": "b1"}]
    lake.remove_batch("b2")
    assert lake.replacements().num_rows == 0


def test_replace_months_leaves_other_months_alone(lake: Lake) -> None:
    def values(month: date, value: float) -> dict[str, object]:
        return {
            "company_id": 1,
            "month": month,
            "level": "company",
            "entity": "c",
            "indicator": "sales_units",
            "value": value,
            "n": 1,
            "unit": "order_units",
            "answer": "value",
        }

    lake.replace_months(
        "indicator_values",
        1,
        [JANUARY, FEBRUARY],
        from_rows("indicator_values", [values(JANUARY, 1.0), values(FEBRUARY, 2.0)]),
    )
    lake.replace_months("indicator_values", 1, [FEBRUARY], from_rows("indicator_values", [values(FEBRUARY, 3.0)]))
    assert sorted(lake.read("indicator_values").column("value").to_pylist()) == [1.0, 3.0]
    assert lake.months("indicator_values", 1) == (JANUARY, FEBRUARY)
    with pytest.raises(LakeError, match="not among the months"):
        lake.replace_months("indicator_values", 1, [JANUARY], from_rows("indicator_values", [values(FEBRUARY, 4.0)]))


def test_vacuum_keeps_the_files_of_pinned_versions(lake: Lake) -> None:
    first = lake.publish("units", units("north"), 1)
    lake.pin(["units"], "closing-1")
    second = lake.publish("units", units("south"), 1)
    lake.publish("units", units("west"), 1)
    assert len(lake.vacuum("units", older_than_seconds=0)) == 1
    assert lake.read("units", version=first).column("unit").to_pylist() == ["north"]
    with pytest.raises(FileNotFoundError):
        lake.read("units", version=second)
    lake.unpin("closing-1")
    assert len(lake.vacuum("units", older_than_seconds=0)) == 1
    assert lake.read("units").column("unit").to_pylist() == ["west"]


def test_pinned_version_opens_in_a_new_process_after_many_commits(lake: Lake) -> None:
    lake.publish("units", units("first"), 1)
    pinned = lake.pin(["units"], "closing-1")
    for number in range(25):
        lake.publish("units", units(f"unit {number}"), 1)
    lake.vacuum("units", older_than_seconds=0)
    assert Lake(lake.root).read("units", version=pinned["units"]).column("unit").to_pylist() == ["first"]
    assert Lake(lake.root).pins() == {"closing-1": pinned}


def test_compact_joins_small_files_and_keeps_the_rows(lake: Lake) -> None:
    write = Write(lake.pending)
    added = []
    for name in ("a", "b"):
        added += lake._write_rows(write, ORDER_LINES, lines(line(name)))
    lake.commit(write, "order_lines", added, {})
    write.close()
    assert len(lake.files("order_lines").paths) == 2
    lake.compact("order_lines")
    assert len(lake.files("order_lines").paths) == 1
    assert ids(lake) == ["a", "b"]


CHILD = """
    import os, signal, sys
    from datetime import date
    from pathlib import Path
    from lianxin.engine import Lake, from_rows
    root, moment = Path(sys.argv[1]), sys.argv[2]
    lake = Lake(root)
    die = lambda *a, **k: os.kill(os.getpid(), signal.SIGKILL)
    if moment == "before":
        lake._commit = die
    else:
        real = lake._commit
        lake._commit = lambda *a, **k: (real(*a, **k), die())
    day = date(2021, 1, 1)
    row = {"company_id": 1, "line_id": "new", "order_date": day, "order_month": day, "retailer_id": 1, "product_id": 1,
           "ordered_units": 1, "batch_id": "b2"}
    lake.append_batch(from_rows("order_lines", [row]), 1, "b2")
"""


@pytest.mark.parametrize(("moment", "batches"), [("before", {"b1": 1}), ("after", {"b1": 1, "b2": 1})])
def test_killed_write_leaves_the_old_or_the_new_state(lake: Lake, moment: str, batches: dict[str, int]) -> None:
    lake.append_batch(lines(line("a")), 1, "b1")
    source = textwrap.dedent(CHILD)
    child = subprocess.run(
        [sys.executable, "-c", source, str(lake.root), moment], check=False, env={**os.environ, "PYTHONPATH": "src"}
    )
    assert child.returncode == -signal.SIGKILL
    fresh = Lake(lake.root)
    assert fresh.batches() == batches
    orphans = fresh.sweep()
    assert len(orphans) == (1 if moment == "before" else 0)
    assert fresh.batches() == batches
    assert fresh.read("order_lines").num_rows == len(batches)
    assert list(fresh.pending.iterdir()) == []
    on_disk = set((lake.root / "tables" / "order_lines").rglob("*.parquet"))
    assert {str(path) for path in on_disk} == set(fresh.files("order_lines").paths)


def test_sweep_leaves_the_files_of_a_living_write(lake: Lake) -> None:
    write = Write(lake.pending)
    added = lake._write_rows(write, ORDER_LINES, lines(line("a")))
    assert Lake(lake.root).sweep() == []
    lake.commit(write, "order_lines", added, {})
    write.close()
    assert ids(lake) == ["a"]


def test_refused_write_leaves_no_file(lake: Lake) -> None:
    write = Write(lake.pending)
    lake._write_rows(write, ORDER_LINES, lines(line("a")))
    write.close()
    assert list((lake.root / "tables").rglob("*.parquet")) == []
