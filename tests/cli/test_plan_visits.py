"""`lianxin plan-visits`: a file in, a file out, and sentences that name file, line, column, value and what to do."""

from __future__ import annotations

import csv
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from lianxin.cli import main
from lianxin.core.visiting import is_even, working_days

pytestmark = pytest.mark.requirement("E3")
HEAD = (
    "retailer_id", "manager_id", "latitude", "longitude", "visits_per_cycle", "service_minutes", "good_from", "good_until",
    "start_latitude", "start_longitude",
)  # fmt: skip
GOOD = ["R1", "M1", "30.01", "115.01", "2", "8", "09:00", "11:30", "30", "115"]
START = "2026-11-23"


@pytest.fixture(autouse=True)
def english(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LC_ALL", "C.UTF-8")


def written(path: Path, rows: list[list[Any]], head: tuple[str, ...] = HEAD) -> Path:
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([head, *rows])
    return path


def run(*words: object) -> int:
    try:
        main([str(word) for word in ("plan-visits", *words)])
    except SystemExit as stopped:
        return int(stopped.code or 0)
    return 0


def told(path: Path) -> list[dict[str, Any]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def company(n_managers: int = 2, n: int = 12) -> list[list[Any]]:
    chance = np.random.default_rng(4)
    rows = []
    for manager in range(n_managers):
        for number in range(n):
            place = chance.normal(0, 0.03, 2)
            hours = [("", ""), ("09:00", "11:30"), ("14:00", "17:00")][number % 3]
            visits = [1, 2, 4][number % 3]
            rows.append(
                [f"R{manager}{number:02d}", f"M{manager}", 30 + place[0], 115 + place[1], visits, 8.5, *hours, 30, 115]
            )  # fmt: skip
    return rows


def test_plans_are_feasible_sorted_and_the_same_in_every_way(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = company()
    source = written(tmp_path / "retailers.csv", rows)
    options = ("--start", START, "--weeks", 4, "--rounds", 200, "--holiday", "2026-12-01")
    assert run(source, *options, "--out", tmp_path / "plan.csv", "--unplaced", tmp_path / "none.csv") == 0
    assert "56 visits of 2 managers on 19 working days" in capsys.readouterr().out
    visits = told(tmp_path / "plan.csv")
    keys = [(row["manager_id"], row["visit_date"], int(row["order"])) for row in visits]
    assert keys == sorted(keys)
    days = [day.isoformat() for day in working_days(date(2026, 11, 23), 4, holidays=[date(2026, 12, 1)])]
    by_retailer = {row[0]: row for row in rows}
    for name, row in by_retailer.items():
        mine = [visit for visit in visits if visit["retailer_id"] == name]
        assert {visit["manager_id"] for visit in mine} == {row[1]}
        assert len(mine) == row[4]
        assert is_even([days.index(visit["visit_date"]) for visit in mine], len(days))
    free, last = datetime.min, ""
    for visit in visits:
        row = by_retailer[visit["retailer_id"]]
        arrive = datetime.fromisoformat(visit["arrive_at"])
        assert arrive.date().isoformat() == visit["visit_date"]
        if (key := visit["manager_id"] + visit["visit_date"]) != last:
            free, last = datetime.combine(arrive.date(), time(8, 30)), key
        assert arrive >= free + timedelta(minutes=float(visit["travel_minutes"])) - timedelta(seconds=1)
        free = arrive + timedelta(minutes=row[5])
        if row[6]:
            assert time.fromisoformat(row[6]) <= arrive.time()
            assert free.time() <= time.fromisoformat(row[7])
        assert free.time() <= time(17, 30)
    assert told(tmp_path / "none.csv") == []
    # The same rows in another order, in one process, as Parquet.
    columns = dict(zip(HEAD, zip(*rows[::-1], strict=True), strict=True))
    for name in ("latitude", "longitude", "start_latitude", "start_longitude", "service_minutes"):
        columns[name] = tuple(float(value) for value in columns[name])
    for name in ("good_from", "good_until"):
        columns[name] = tuple(time.fromisoformat(value) if value else None for value in columns[name])
    pq.write_table(pa.table({name: list(values) for name, values in columns.items()}), tmp_path / "retailers.parquet")
    assert run(tmp_path / "retailers.parquet", *options, "--processes", 1, "--out", tmp_path / "plan.parquet") == 0
    again = pq.read_table(tmp_path / "plan.parquet")
    assert [[str(value) for value in row.values()] for row in again.to_pylist()] == [
        list(row.values()) for row in visits
    ]


def test_what_finds_no_place_is_told_with_its_reason(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rows = [
        GOOD,
        [*GOOD[:6], "20:00", "21:00", "30", "115"],
        ["R3", "M1", "33", *GOOD[3:]],
        ["R4", *GOOD[1:4], "9", *GOOD[5:]],
    ]
    rows[1][0] = "R2"
    source = written(tmp_path / "r.csv", rows)
    assert (
        run(source, "--start", START, "--weeks", 1, "--out", tmp_path / "p.csv", "--unplaced", tmp_path / "u.csv") == 0
    )
    assert "8 visits found no place" in capsys.readouterr().err
    assert [(row["retailer_id"], row["n_visits"], row["reason"]) for row in told(tmp_path / "u.csv")] == [
        ("R2", "2", "closed_in_working_hours"), ("R3", "2", "too_far"), ("R4", "4", "more_visits_than_days"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("place", "value", "words"),
    [
        ("retailer_id", "", "The cell is empty"),
        ("latitude", "95", "out of range"),
        ("longitude", "east", "This is not a number"),
        ("visits_per_cycle", "0", "out of range: 1 to 366"),
        ("visits_per_cycle", "1.5", "must be a whole number"),
        ("service_minutes", "-3", "out of range"),
        ("good_from", "25:00", "no such time of day"),
        ("good_from", "early", "Write it like 09:30"),
        ("good_until", "08:00", "later than good_from"),
        ("start_latitude", "", "The cell is empty"),
        ("market_type", "village", "town or country"),
    ],
)
def test_a_wrong_cell_is_named(
    place: str, value: str, words: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    head = (*HEAD, "market_type")
    row = dict(zip(head, [*GOOD, "town"], strict=True)) | {place: value}
    source = written(tmp_path / "r.csv", [["R0", *GOOD[1:], "country"], list(row.values())], head)
    assert run(source, "--start", START, "--out", tmp_path / "p.csv") == 2
    said = capsys.readouterr().err
    assert f"r.csv, line 3, column {place}, “{value}”" in said
    assert words in said
    assert sorted(file.name for file in tmp_path.iterdir() if file.is_file()) == ["r.csv"]


def test_wrong_files_and_options_are_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    other = [*GOOD[:8], "31", "115"]
    cases: list[tuple[list[list[Any]], tuple[str, ...], tuple[object, ...], str]] = [
        ([GOOD[:-1]], HEAD[:-1], (), "lacks the column(s) start_longitude"),
        ([], HEAD, (), "has a head but no retailers"),
        ([GOOD, GOOD], HEAD, (), "line 2 already"),
        ([GOOD, ["R2", *other[1:]]], HEAD, (), "starts elsewhere in line 2"),
        ([[f"R{n}", *GOOD[1:4], "x", *GOOD[5:]] for n in range(12)], HEAD, (), "and 2 more like these"),
        ([GOOD], HEAD, ("--work-from", "noon"), "--work-from noon"),
        ([GOOD], HEAD, ("--work-until", ""), "--work-until is empty"),
        ([GOOD], HEAD, ("--work-from", "18:00"), "Working hours must begin before they end"),
        ([GOOD], HEAD, ("--holiday", "never"), "is not a day"),
    ]
    for rows, head, options, words in cases:
        source = written(tmp_path / "r.csv", rows, head)
        assert run(source, "--start", START, "--out", tmp_path / "p.csv", *options) == 2
        assert words in capsys.readouterr().err
    for out in ("p.doc", "nowhere/p.csv"):
        assert run(written(tmp_path / "r.csv", [GOOD]), "--start", START, "--out", tmp_path / out) == 2
    assert run(tmp_path / "absent.csv", "--start", START, "--out", tmp_path / "p.csv") == 2
    assert "There is no file" in capsys.readouterr().err
    assert sorted(file.name for file in tmp_path.iterdir() if file.is_file()) == ["r.csv"]


def test_hours_and_minutes_are_understood_as_numbers(tmp_path: Path) -> None:
    source = written(tmp_path / "r.csv", [[*GOOD[:6], "9.5", "660", *GOOD[8:]]])
    assert run(source, "--start", START, "--weeks", 1, "--out", tmp_path / "p.csv") == 0
    assert {visit["arrive_at"][11:] for visit in told(tmp_path / "p.csv")} == {"09:30:00"}


def test_ids_keep_the_type_they_came_in(tmp_path: Path) -> None:
    values = [
        [number, 12 - number % 2 * 10, *map(float, GOOD[2:4]), 1, 8, None, None, 30.0, 115.0] for number in (101, 20, 3)
    ]
    pq.write_table(pa.table(dict(zip(HEAD, map(list, zip(*values, strict=True)), strict=True))), tmp_path / "r.parquet")
    assert (
        run(tmp_path / "r.parquet", "--start", START, "--weeks", 1, "--out", tmp_path / "p.parquet", "--processes", 1)
        == 0
    )
    told_rows = pq.read_table(tmp_path / "p.parquet")
    assert told_rows.schema.field("retailer_id").type == pa.int64()
    assert told_rows["manager_id"].to_pylist() == [2, 2, 12]
    assert set(told_rows["retailer_id"].to_pylist()) == {101, 20, 3}


def test_the_licence_number_is_a_name_too_and_faults_tell_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    trade = ("licence_no", *HEAD[1:])
    options = ("--start", START, "--weeks", 1, "--rounds", 50, "--processes", 1)
    plain = written(tmp_path / "plain.csv", [GOOD])
    assert run(plain, *options, "--out", tmp_path / "plain_plan.csv") == 0
    source = written(tmp_path / "r.csv", [GOOD], trade)
    assert run(source, *options, "--out", tmp_path / "p.csv") == 0
    assert told(tmp_path / "p.csv") == told(tmp_path / "plain_plan.csv")
    # Where both stand, the method's own name counts.
    both = written(tmp_path / "both.csv", [["L9", *GOOD]], ("licence_no", *HEAD))
    assert run(both, *options, "--out", tmp_path / "p.csv") == 0
    assert {visit["retailer_id"] for visit in told(tmp_path / "p.csv")} == {"R1"}
    capsys.readouterr()
    for rows, words in (
        ([GOOD, GOOD], "line 3, column licence_no, “R1”"),
        ([["", *GOOD[1:]]], "line 2, column licence_no"),
    ):
        assert run(written(source, rows, trade), *options, "--out", tmp_path / "no.csv") == 2
        assert words in capsys.readouterr().err
    assert not (tmp_path / "no.csv").exists()


def test_ids_of_visits_without_a_place_keep_their_type_too(tmp_path: Path) -> None:
    values = [[7, 12, *map(float, GOOD[2:4]), 9, 8, None, None, 30.0, 115.0]]
    pq.write_table(pa.table(dict(zip(HEAD, map(list, zip(*values, strict=True)), strict=True))), tmp_path / "r.parquet")
    options = ("--start", START, "--weeks", 1, "--processes", 1, "--out", tmp_path / "p.parquet")
    assert run(tmp_path / "r.parquet", *options, "--unplaced", tmp_path / "u.parquet") == 0
    left = pq.read_table(tmp_path / "u.parquet").to_pylist()
    assert [(row["retailer_id"], row["manager_id"], row["n_visits"]) for row in left] == [(7, 12, 4)]
