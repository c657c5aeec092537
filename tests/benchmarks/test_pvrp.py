"""The periodic routing benchmark: small instances solved, and a checker that finds every kind of wrong solution."""

import json
from pathlib import Path

import pytest
from benchmarks.pvrp import __main__ as command
from benchmarks.pvrp.checking import faults
from benchmarks.pvrp.instance import Unreadable, read

pytestmark = pytest.mark.requirement("E3")
# Two days, two vehicles; customer 3 comes twice; a square round the depot.
SMALL = """1 2 4 2
100 10
100 10
0 0 0 0 0 0 0
1 10 0 1 4 1 2 1 2
2 10 10 1 4 1 2 1 2
3 0 10 1 4 2 1 3
4 -10 0 1 4 1 1 1
"""


@pytest.fixture
def small(tmp_path: Path) -> Path:
    path = tmp_path / "small"
    path.write_text(SMALL, "utf-8")
    return path


def test_solved_within_its_time_and_limits(small: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "solution.json"
    assert command.main([str(small), "--seconds", "1.5", "--out", str(out), "--processes", "1"]) == 0
    solution = json.loads(out.read_text("utf-8"))
    assert faults(small, solution) == []
    # By hand: 1, 2 and 3 would exceed the load, so 3 goes alone on one day and with 4 on the other.
    assert solution["cost"] == pytest.approx(34.142136 + 20 + 34.142136)
    assert "checked" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("days", "words"),
    [
        ([[[1, 2], [3]]], "1 days instead of 2"),
        ([[[1], [2], [3]], [[3, 4]]], "3 routes for 2 vehicles"),
        ([[[1, 2], [3, 9]], [[3, 4]]], "there is no customer 9"),
        ([[[1, 2, 3]], [[3, 4]]], "load 12 above 10"),
        ([[[1, 2], [3]], [[4]]], "customer 3: visited on days [1]"),
        ([[[1, 2], [3]], [[3]]], "customer 4: visited on days []"),
        ([[[1, 2], [3, 4]], [[3]]], "customer 4: visited on days [1]"),
        ([[[1, 2], [3]], [[1, 3], [4]]], "customer 1: visited on days [1, 2]"),
        ([[[1, 2], [3, 3]], [[3, 4]]], "customer 3: twice on day 1"),
        ([[[1, 2], [3]], [[3, 4]]], "driven"),
    ],
)
def test_the_checker_finds_what_is_wrong(days: list[list[list[int]]], words: str, small: Path) -> None:
    told = faults(small, {"cost": 1.0, "days": days})
    assert any(words in line for line in told), told


def test_the_checker_passes_what_is_right_and_measures_duration(small: Path) -> None:
    right = {"cost": 34.14213562 + 20 + 34.14213562, "days": [[[1, 2], [3]], [[3, 4]]]}
    assert faults(small, right) == []
    small.write_text(SMALL.replace("100 10", "35 10", 1), "utf-8")
    assert faults(small, right) == ["day 1, route 1: duration 36.142 above 35"]


def test_wrong_files_are_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for text, words in (
        ("2 1 1 1\n0 0\n0 0 0 0 0 0 0\n", "type 2"),
        ("1 1 3 1\n0 0\n0 0 0 0 0 0 0\n", "lines are missing"),
        ("some words", "cannot be read"),
    ):
        path = tmp_path / "wrong"
        path.write_text(text, "utf-8")
        with pytest.raises(Unreadable, match=words):
            read(path)
        assert command.main([str(path), "--out", str(tmp_path / "o.json")]) == 2
        assert words in capsys.readouterr().err
    assert not (tmp_path / "o.json").exists()
