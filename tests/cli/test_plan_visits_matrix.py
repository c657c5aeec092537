"""`lianxin plan-visits --matrix`: a road engine's minutes from a file, its faults by line, and what it does not tell."""

from __future__ import annotations

import csv
from itertools import permutations
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from lianxin.cli import main

pytestmark = pytest.mark.requirement("E3")
HEAD = (
    "retailer_id", "manager_id", "latitude", "longitude", "visits_per_cycle", "service_minutes", "good_from", "good_until",
    "start_latitude", "start_longitude",
)  # fmt: skip
PAIRS = ("from_id", "to_id", "minutes")


@pytest.fixture(autouse=True)
def english(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LC_ALL", "C.UTF-8")


def written(path: Path, rows: list[list[Any]], head: tuple[str, ...]) -> Path:
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([head, *rows])
    return path


@pytest.fixture
def shops(tmp_path: Path) -> Path:
    """Two managers with the numbers of two of their retailers: 1 holds 1 and 2, 2 holds 3."""
    rows = [[n, m, 30, 115 + n / 100, 1, 8, "", "", 30, 115] for n, m in ((1, 1), (2, 1), (3, 2))]
    return written(tmp_path / "r.csv", rows, HEAD)


def every_pair(minutes: float = 7) -> list[list[Any]]:
    return [
        [one, other, minutes]
        for places in (("start:1", "1", "2"), ("start:2", "3"))
        for one, other in permutations(places, 2)
    ]


def run(shops: Path, matrix: Path | None, *more: str, processes: int = 1) -> int:
    words = [shops, "--start", "2026-11-23", "--weeks", 1, "--rounds", 50, "--out", shops.parent / "p.csv"]
    words += ["--processes", processes, *(["--matrix", matrix] if matrix else []), *more]
    try:
        main([str(word) for word in ("plan-visits", *words)])
    except SystemExit as stopped:
        return int(stopped.code or 0)
    return 0


def planned(shops: Path) -> list[dict[str, str]]:
    with (shops.parent / "p.csv").open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def test_the_minutes_of_the_file_are_driven(shops: Path, capsys: pytest.CaptureFixture[str]) -> None:
    matrix = written(shops.parent / "m.csv", every_pair(), PAIRS)
    assert run(shops, matrix) == 0
    assert {visit["travel_minutes"] for visit in planned(shops)} == {"7.0"}
    said = capsys.readouterr().out
    assert "8 pairs of places" in said
    assert "0 of the plan's" in said
    # The same from Parquet with whole numbers as ids where there are no starts, and with processes of their own.
    first = planned(shops)
    columns = list(zip(*every_pair(), strict=True))
    table = pa.table({name: [str(cell) if name != "minutes" else float(cell) for cell in column]
                      for name, column in zip(PAIRS, columns, strict=True)})  # fmt: skip
    pq.write_table(table, shops.parent / "m.parquet")
    assert run(shops, shops.parent / "m.parquet", processes=2) == 0
    assert planned(shops) == first


@pytest.mark.parametrize(
    ("row", "place", "words"),
    [
        (["1", "2", "-1"], "minutes, “-1”", "between 0 and 1440"),
        (["1", "2", "soon"], "minutes, “soon”", "not a number"),
        (["1", "2", ""], "minutes, “”", "The cell is empty"),
        (["", "2", "3"], "from_id, “”", "The cell is empty"),
        (["9", "2", "3"], "from_id, “9”", "RETAILERS has no such place"),
        (["1", "start:9", "3"], "to_id, “start:9”", "RETAILERS has no such place"),
        (["1", "2", "8"], "minutes, “8”", "tells this way already"),
    ],
)
def test_faults_name_line_column_and_value(
    shops: Path, capsys: pytest.CaptureFixture[str], row: list[str], place: str, words: str
) -> None:
    matrix = written(shops.parent / "m.csv", [*every_pair(), row], PAIRS)
    assert run(shops, matrix) == 2
    said = capsys.readouterr().err
    assert f"m.csv, line 10, column {place}" in said
    assert words in said
    assert not (shops.parent / "p.csv").exists()


def test_gaps_are_refused_unless_the_straight_line_is_asked_for(
    shops: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = [row for row in every_pair() if row[:2] not in (["1", "2"], ["2", "1"], ["start:2", "3"])]
    matrix = written(shops.parent / "m.csv", [*rows, ["9", "1", 2]], PAIRS)
    assert run(shops, written(shops.parent / "gaps.csv", rows, PAIRS)) == 2
    said = capsys.readouterr().err
    assert "lacks 3 of 8 ways" in said
    assert "1 → 2, 2 → 1, start:2 → 3" in said
    assert "--partial-matrix" in said
    assert run(shops, matrix, "--partial-matrix") == 0
    said = capsys.readouterr().out
    assert "5 pairs of places" in said
    assert "3 pairs are not in the file. 1 rows of other places were left out." in said
    third = next(visit for visit in planned(shops) if visit["retailer_id"] == "3")
    # 0.03 degrees at 30 degrees north, 1.3 times the straight line at 25 km an hour: 9.02 minutes, rounded up to six seconds.
    assert third["travel_minutes"] == "9.1"


def test_other_wrong_files_and_options_are_refused(shops: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(shops, written(shops.parent / "m.csv", [["1", "2"]], PAIRS[:2])) == 2
    assert "lacks the column(s) minutes" in capsys.readouterr().err
    assert run(shops, shops.parent / "absent.csv") == 2
    assert "There is no file" in capsys.readouterr().err
    assert run(shops, None, "--partial-matrix") == 2
    assert "--matrix" in capsys.readouterr().err
    many = [*every_pair(), *([["x", "1", 1]] * 12)]
    assert run(shops, written(shops.parent / "m.csv", many, PAIRS)) == 2
    assert "and 2 more like these" in capsys.readouterr().err
