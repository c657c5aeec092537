"""`lianxin verify`: files in, files out, and every fault as a sentence with its place."""

import csv
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from benchmarks.verification.notes import Hand
from click.testing import CliRunner, Result
from django.utils import translation

from lianxin.cli.verifying import calibrate_copies, verify
from lianxin.core.verifying import RULES
from lianxin.foundation.errors import Refused

pytestmark = pytest.mark.requirement("G3", "G4", "G5")
HEAD = "visit_id,manager_id,retailer_id,check_in_at,check_out_at,latitude,longitude,accuracy_metres,fix_age_seconds,n_answers,note"
GOOD = [
    "a,m1,r1,2026-03-02T09:00:00+08:00,2026-03-02T09:10:00+08:00,30.1,114.2,10,1,3,库存足",
    "b,m1,r1,2026-03-02 01:20:00Z,2026-03-02 01:20:30Z,30.2,114.2,10,1,0,",
    "c,m1,r2,2026-03-02 09:50:00,,,,,,,价签齐",
]
SHOPS = "retailer_id,latitude,longitude\nr1,30.1,114.2\nr2,,\n"


@pytest.fixture(autouse=True)
def in_english() -> Iterator[None]:
    with translation.override("en"):
        yield


def made(folder: Path, *, visits: list[str], shops: str = SHOPS, checks: str = "", code: str = "utf-8") -> list[str]:
    (folder / "visits.csv").write_bytes("\n".join([HEAD, *visits, ""]).encode(code))
    (folder / "shops.csv").write_text(shops, "utf-8")
    words = [str(folder / "visits.csv"), str(folder / "shops.csv"), "--out", str(folder / "out")]
    if checks:
        (folder / "checks.csv").write_text("visit_id,channel,drawn_probability,confirmed\n" + checks, "utf-8")
        words += ["--checks", str(folder / "checks.csv")]
    return words


def run(words: list[str]) -> Result:
    return CliRunner().invoke(verify, words)


def faults_of(folder: Path) -> list[tuple[str, str, str, str]]:
    with (folder / "out.faults.csv").open(encoding="utf-8-sig", newline="") as file:
        return [(row["file"], row["line"], row["column"], row["value"]) for row in csv.DictReader(file)]


def test_writes_both_tables_as_the_contract_says(tmp_path: Path) -> None:
    result = run(made(tmp_path, visits=GOOD, checks="b,phone,0.5,no\nz,walk,1,yes\n"))
    assert result.exit_code == 0, result.output
    assert "1 checks are of visits that are not in the file" in result.output
    visits = pq.read_table(tmp_path / "out" / "visits.parquet")
    assert visits.column_names == ["visit_id", "risk", *(f"rule_{code}" for code in RULES)]
    rows = {row["visit_id"]: row for row in visits.to_pylist()}
    assert rows["b"]["rule_far"] == rows["b"]["rule_too_short"] == rows["b"]["rule_not_confirmed"] == "yes"
    assert (rows["c"]["rule_far"], rows["c"]["rule_copied_note"]) == ("cannot_tell", "cannot_tell")
    assert rows["b"]["risk"] > rows["a"]["risk"]
    managers = pq.read_table(tmp_path / "out" / "managers.parquet")
    expected = ["manager_id", "month", "indicator", "value", "low", "high", "n", "answer", "suspected"]
    assert managers.column_names == expected
    assert {"ghost_share", "copied_share"} <= set(managers.column("indicator").to_pylist())
    assert managers.schema.field("suspected").type == pa.bool_()
    assert not list(tmp_path.glob("out.faults.csv"))
    assert not list(tmp_path.glob(".out*"))


@pytest.mark.parametrize("parquet", [False, True])
def test_what_was_filled_and_whether_the_time_is_known_are_read(tmp_path: Path, parquet: bool) -> None:
    words = made(tmp_path, visits=[])
    # a, b, c: nothing answered, and nothing, a count, or words besides; of d and e the moment is known and not
    rows = [
        {"visit_id": name, "n_answers": 0, "note": note, "n_filled": filled, "is_time_known": known}
        for name, note, filled, known in [
            ("a", None, 0, None), ("b", None, 2, None), ("c", "价签齐", None, None), ("d", None, 0, True), ("e", None, 0, False),
        ]
    ]  # fmt: skip
    table = pa.Table.from_pylist(
        [{"manager_id": "m1", "retailer_id": "r1", "check_in_at": "2026-03-02 23:30:00", **row} for row in rows]
    )
    for name in ("check_out_at", "latitude", "longitude", "accuracy_metres", "fix_age_seconds"):
        table = table.append_column(name, pa.nulls(len(rows), pa.string()))
    if parquet:
        pq.write_table(table, tmp_path / "visits.parquet")
        words[0] = str(tmp_path / "visits.parquet")
    else:
        with (tmp_path / "visits.csv").open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, table.column_names)
            writer.writeheader()
            writer.writerows(table.to_pylist())
    result = run(words)
    assert result.exit_code == 0, result.output
    told = {row["visit_id"]: row for row in pq.read_table(tmp_path / "out" / "visits.parquet").to_pylist()}
    assert [told[name]["rule_no_content"] for name in "abcde"] == ["yes", "no", "no", "yes", "yes"]
    assert [told[name]["rule_odd_hour"] for name in "abcde"] == ["yes"] * 4 + ["cannot_tell"]


def test_what_was_filled_is_a_whole_number_and_a_known_time_true_or_false(tmp_path: Path) -> None:
    words = made(tmp_path, visits=[])
    lines = [f"{row},{last}" for row, last in zip(GOOD, ["1.5,TRUE", "-1,no", "some,perhaps"], strict=True)]
    (tmp_path / "visits.csv").write_text("\n".join([f"{HEAD},n_filled,is_time_known", *lines, ""]), "utf-8")
    result = run(words)
    assert isinstance(result.exception, Refused)
    assert faults_of(tmp_path) == [
        ("visits.csv", "4", "is_time_known", "perhaps"),
        ("visits.csv", "4", "n_filled", "some"),
        ("visits.csv", "3", "n_filled", "-1"),
        ("visits.csv", "2", "n_filled", "1.5"),
    ]
    assert "“perhaps”: Write true or false, or leave the cell empty." in str(result.exception)


def test_a_local_time_is_that_of_the_zone_and_parquet_reads_alike(tmp_path: Path) -> None:
    """One minute before midnight in Shanghai is another month than in UTC; a zone in the file needs no option."""
    late = ["a,m1,r1,2026-03-31 23:59:00,,,,,,,", "b,m1,r1,2026-04-01T07:00:00+08:00,,,,,,,"]
    words = made(tmp_path, visits=late, code="gb18030")
    assert run(words).exit_code == 0
    first = pq.read_table(tmp_path / "out" / "managers.parquet")
    assert sorted({str(day) for day in first.column("month").to_pylist()}) == ["2026-03-01", "2026-04-01"]
    assert run([*words, "--time-zone", "UTC"]).exit_code == 0
    months = pq.read_table(tmp_path / "out" / "managers.parquet").column("month").to_pylist()
    assert {str(day) for day in months} == {"2026-03-01"}
    rows = [dict(zip(HEAD.split(","), [cell or None for cell in line.split(",")], strict=True)) for line in late]
    pq.write_table(pa.Table.from_pylist(rows), tmp_path / "visits.parquet")
    assert run([str(tmp_path / "visits.parquet"), *words[1:]]).exit_code == 0
    assert pq.read_table(tmp_path / "out" / "managers.parquet").equals(first)


def test_every_fault_has_its_place_and_nothing_is_written(tmp_path: Path) -> None:
    bad = [
        GOOD[0],
        'a,m1,r1,2026-03-02T09:20:00+08:00,2026-03-02T09:10:00+08:00,30.1,,10,1,3,"two\nlines"',
        "d,,r2,昨天,,95,114.2,x,1,3.5,",
        "e,m1,r2,2026-13-02 10:00:00,,,,,,,",
    ]
    result = run(made(tmp_path, visits=bad, checks="a,mail,0,maybe\n"))
    assert isinstance(result.exception, Refused)
    assert "Nothing was verified" in str(result.exception)
    assert sorted(faults_of(tmp_path)) == sorted(
        [
            ("visits.csv", "3", "visit_id", "a"),
            ("visits.csv", "3", "check_out_at", "2026-03-02T09:10:00+08:00"),
            ("visits.csv", "3", "latitude", "30.1"),
            ("visits.csv", "5", "manager_id", ""),
            ("visits.csv", "5", "check_in_at", "昨天"),
            ("visits.csv", "5", "latitude", "95"),
            ("visits.csv", "5", "accuracy_metres", "x"),
            ("visits.csv", "5", "n_answers", "3.5"),
            ("visits.csv", "6", "check_in_at", "2026-13-02 10:00:00"),
            ("checks.csv", "2", "channel", "mail"),
            ("checks.csv", "2", "drawn_probability", "0"),
            ("checks.csv", "2", "confirmed", "maybe"),
        ]
    )
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"shops": "retailer_id,latitude\nr1,30\n"}, "lacks the column"),
        ({"visits": []}, "has a head but no rows"),
        ({"visits": [*GOOD, "only,two"]}, "has 2 cells"),
        ({"shops": SHOPS + "r1,30,114\n"}, "comes twice"),
        (
            {"shops": "retailer_id,latitude,longitude,latitude\nr1,30,114,31\n"},
            "two columns named latitude",
        ),
    ],
)
def test_a_file_that_is_not_what_it_should_be(tmp_path: Path, change: dict[str, Any], words: str) -> None:
    result = run(made(tmp_path, **{"visits": GOOD, **change}))
    assert isinstance(result.exception, Refused)
    assert words in str(result.exception)
    assert len(faults_of(tmp_path)) == 1
    assert not (tmp_path / "out").exists()


def test_an_unknown_zone_and_a_missing_folder_are_refused(tmp_path: Path) -> None:
    words = made(tmp_path, visits=GOOD)
    assert "no time zone" in str(run([*words, "--time-zone", "Mars"]).exception)
    assert "Make it first" in str(run([*words[:3], str(tmp_path / "no" / "out")]).exception)


def as_parquet(folder: Path, numbers: dict[str, int]) -> list[str]:
    """The three good visits and their shops as Parquet, ids as numbers."""
    rows = [{name: cell or None for name, cell in zip(HEAD.split(","), line.split(","), strict=True)} for line in GOOD]
    for row in rows:
        row |= {name: numbers[row[name]] for name in ("visit_id", "manager_id", "retailer_id")}
    shops = [{"retailer_id": numbers["r1"], "latitude": 30.1, "longitude": 114.2}]
    shops.append({"retailer_id": numbers["r2"], "latitude": None, "longitude": None})
    pq.write_table(pa.Table.from_pylist(rows), folder / "visits.parquet")
    pq.write_table(pa.Table.from_pylist(shops), folder / "shops.parquet")
    return [str(folder / "visits.parquet"), str(folder / "shops.parquet"), "--out", str(folder / "out")]


def test_ids_keep_the_type_they_came_in(tmp_path: Path) -> None:
    """As texts 100 would come before 20; as numbers it comes after, and files join on them."""
    numbers = {"a": 100, "b": 20, "c": 3, "m1": 7, "r1": 1, "r2": 2}
    assert run(as_parquet(tmp_path, numbers)).exit_code == 0
    visits, managers, copies = (
        pq.read_table(tmp_path / "out" / f"{name}.parquet") for name in ("visits", "managers", "copies")
    )
    assert visits["visit_id"].to_pylist() == [3, 20, 100]
    assert [visits.schema.field("visit_id").type, managers.schema.field("manager_id").type] == [pa.int64(), pa.int64()]
    assert [copies.schema.field(name).type for name in ("visit_id", "source_visit_id")] == [pa.int64(), pa.int64()]
    assert set(managers["manager_id"].to_pylist()) == {7}
    as_numbers = {row["visit_id"]: row for row in visits.to_pylist()}
    assert run(made(tmp_path, visits=GOOD)).exit_code == 0
    as_texts = pq.read_table(tmp_path / "out" / "visits.parquet").to_pylist()
    for row in as_texts:
        assert as_numbers[numbers[row["visit_id"]]] == row | {"visit_id": numbers[row["visit_id"]]}


def test_the_licence_number_is_a_name_too_in_every_file(tmp_path: Path) -> None:
    (tmp_path / "w.csv").write_text("retailer_id,seen_at,says\nr1,2026-03-02T09:05:00+08:00,saw_manager\n", "utf-8")
    words = [*made(tmp_path, visits=GOOD), "--witnesses", str(tmp_path / "w.csv")]
    assert run(words).exit_code == 0
    first = pq.read_table(tmp_path / "out" / "visits.parquet")
    for name in ("visits.csv", "shops.csv", "w.csv"):
        path = tmp_path / name
        path.write_text(path.read_text("utf-8").replace("retailer_id", "licence_no"), "utf-8")
    assert run(words).exit_code == 0
    assert pq.read_table(tmp_path / "out" / "visits.parquet").equals(first)
    (tmp_path / "shops.csv").write_text("licence_no,latitude,longitude\nr1,95,114.2\nr1,30,114.2\n", "utf-8")
    assert isinstance(run(words).exception, Refused)
    assert faults_of(tmp_path) == [("shops.csv", "3", "licence_no", "r1"), ("shops.csv", "2", "latitude", "95")]


def test_calibration_tells_a_line_or_that_the_notes_are_too_few(tmp_path: Path) -> None:
    draws = np.random.default_rng(3)
    hands = [Hand(draws, 3.0) for _ in range(5)]
    rows = [
        f"v{k},m{k % 5},r{k % 83},2026-03-{1 + k // 40:02d}T09:{k % 60:02d}:00+08:00,,,,,,,{hands[k % 5].note()}"
        for k in range(600)
    ]
    (tmp_path / "clean.csv").write_text("\n".join([HEAD, *rows, ""]), "utf-8")
    words = [str(tmp_path / "clean.csv"), "--out", str(tmp_path / "lines.csv"), "--false-share"]
    result = CliRunner().invoke(calibrate_copies, [*words, "0.02"])
    assert result.exit_code == 0, result.output
    assert "At most 0.02 of honest notes are marked from a similarity of 0." in result.output
    with (tmp_path / "lines.csv").open(encoding="utf-8-sig", newline="") as file:
        assert [row["similarity"] for row in csv.DictReader(file)][:2] == ["0.5", "0.51"]
    few = CliRunner().invoke(calibrate_copies, [*words, "0.001"])
    assert isinstance(few.exception, Refused)
    assert "2,704 clean notes" in str(few.exception)
    (tmp_path / "clean.csv").write_text(f"{HEAD}\na,,r1,soon,,,,,,,x\n", "utf-8")
    assert isinstance(CliRunner().invoke(calibrate_copies, words[:1]).exception, Refused)
    assert (tmp_path / "clean.csv.faults.csv").exists()


def answers_of(folder: Path, rule: str) -> list[str]:
    return list(pq.read_table(folder / "out" / "visits.parquet").column(f"rule_{rule}").to_pylist())


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("p.toml", "too_short_seconds = 700\n"),
        ("p.toml", "[verifying]\ntoo_short_seconds = 700\n"),
        ("p.toml", "verifying.too_short_seconds = 700\n"),
        ("p.json", '{"verifying.too_short_seconds": 700}'),
        ("p.toml", "[[in_force]]\nfrom = 2026-01-01\ntoo_short_seconds = 700\n[[in_force]]\nfrom = 2026-03-02\n"),
        ("p.json", '{"in_force": [{"from": "2026-03-01", "too_short_seconds": 700}, {"from": "2025-01-01"}]}'),
    ],
)
def test_numbers_come_from_a_file_plain_or_dated(tmp_path: Path, name: str, text: str) -> None:
    words = made(tmp_path, visits=GOOD)
    assert run(words).exit_code == 0
    assert answers_of(tmp_path, "too_short") == ["no", "yes", "cannot_tell"]
    (tmp_path / name).write_text(text, "utf-8")
    result = run([*words, "--parameters", str(tmp_path / name)])
    assert result.exit_code == 0, result.output
    assert answers_of(tmp_path, "too_short") == ["yes", "yes", "cannot_tell"]


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        ("p.toml", "too_short_seconds = -1\n", "“-1” does not fit; the parameter verifying.too_short_seconds wants"),
        ("p.toml", "too_short = 60\n", "no number “too_short”"),
        ("p.toml", "too_short_seconds = \n", "cannot be read as TOML"),
        ("p.json", "[1]", "no table"),
        ("p.json", '{"too_short_seconds": null}', "has no value"),
        ("p.json", "{", "cannot be read as JSON"),
        ("p.json", '{"in_force": [{"too_short_seconds": 60}]}', "a day “from”"),
        ("p.json", '{"in_force": [{"from": "March"}]}', "is no day"),
        ("p.json", '{"in_force": [{"from": "2026-04-01"}]}', "nothing holds on 2026-03-01"),
        ("p.json", '{"in_force": [{"from": "2026-01-01"}, {"from": "2026-01-01"}]}', "same day"),
        ("p.json", '{"in_force": [{"from": "2026-01-01"}, {"from": "2027-01-01", "x": 1}]}', "no number “x”"),
    ],
)
def test_a_file_of_numbers_that_is_wrong_is_refused(tmp_path: Path, name: str, text: str, words: str) -> None:
    (tmp_path / name).write_text(text, "utf-8")
    result = run([*made(tmp_path, visits=GOOD), "--parameters", str(tmp_path / name)])
    assert isinstance(result.exception, Refused)
    assert words in str(result.exception)
    assert not (tmp_path / "out").exists()


def test_what_a_number_should_be_is_said_in_the_language_of_who_runs_it(tmp_path: Path) -> None:
    (tmp_path / "p.toml").write_text("too_short_seconds = -1\n", "utf-8")
    with translation.override("zh-hans"):
        result = run([*made(tmp_path, visits=GOOD), "--parameters", str(tmp_path / "p.toml")])
    assert "”不合要求；参数 verifying.too_short_seconds 应为" in str(result.exception)


def test_a_missing_file_of_numbers_is_refused(tmp_path: Path) -> None:
    result = run([*made(tmp_path, visits=GOOD), "--parameters", str(tmp_path / "none.toml")])
    assert "There is no file" in str(result.exception)
