"""`lianxin judge-forecasts`: files in, files out, and every fault as a sentence with its place."""

import csv
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner, Result
from django.utils import translation

from lianxin.cli.judging import judge_forecasts
from lianxin.core.units import month_plus
from lianxin.foundation.errors import Refused

pytestmark = pytest.mark.requirement("C3", "C4")
FORECASTS = "period_start,step,retailer_id,unit_id,product_id,author_role,author_id,units,evidence_id"
ACTUALS = "period_start,retailer_id,product_id,ordered_units"


@pytest.fixture(autouse=True)
def in_english() -> Iterator[None]:
    with translation.override("en"):
        yield


def year() -> tuple[list[str], list[str], list[str]]:
    """Eight months, six shops: the system says 10, ten times the month comes; m1 knows it, m2 says 10 more."""
    said, came, lay = [], [], []
    for at in range(14):
        month = month_plus(date(2020, 1, 1), at)
        units = 5 + at % 3 * 5
        for shop in range(6):
            came.append(f"{month},s{shop},p1,{units}")
            if at >= 6:
                author, number = ("m1", units) if shop < 3 else ("m2", 20)
                said.append(f"{month},1,s{shop},u,p1,system,,10,")
                said.append(f"{month},1,s{shop},u,p1,customer_manager,{author},{number},e{month}")
                lay.append(f"e{month},{month},s{shop},p1,event")
        if at >= 6:
            said.append(f"{month},1,,u,p1,market_manager,k1,{units * 6},")
            said.append(f"{month},1,,,p1,brand_manager,b1,60,")
    return said, came, lay


def made(folder: Path, said: list[str], came: list[str], lay: list[str] | None = None) -> list[str]:
    (folder / "said.csv").write_text("\n".join([FORECASTS, *said, ""]), "utf-8")
    (folder / "came.csv").write_text("\n".join([ACTUALS, *came, ""]), "utf-8")
    words = [str(folder / "said.csv"), str(folder / "came.csv"), "--out", str(folder / "out")]
    if lay is not None:
        (folder / "lay.csv").write_text(
            "\n".join(["evidence_id,period_start,retailer_id,product_id,kind", *lay, ""]), "utf-8"
        )
        words += ["--evidence", str(folder / "lay.csv")]
    return words


def run(words: list[str]) -> Result:
    return CliRunner().invoke(judge_forecasts, words)


def rows(folder: Path, name: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = pq.read_table(folder / "out" / f"{name}.parquet").to_pylist()
    return found


def test_tells_who_helped_and_who_did_not(tmp_path: Path) -> None:
    result = run(made(tmp_path, *year()))
    assert result.exit_code == 0, result.output
    assert "Judged 64 forecasts on 48 lines" in result.output
    whole = {
        (r["level"], r["entity"], r["step"], r["against"]): r
        for r in rows(tmp_path, "stair")
        if (r["product_group"], r["adjustment"]) == ("all", "all")
    }
    least = [whole["manager", name, "customer_manager", "system"] for name in ("m1", "m2")]
    # Errors of the system: 5, 0, 5 by turns from 10 to 5, 10, 15; eight months begin at 5.
    assert [(r["error_before"], r["error_after"]) for r in least] == [(75_000, 0), (75_000, 255_000)]
    assert {r["helped"] for r in least} == {"cannot_tell"}
    assert least[0]["why"] == "few_lines"
    assert whole["unit", "u", "market_manager", "system"]["error_after"] == 0
    assert ("company", None, "brand_manager", "system") in whole
    accuracy = {
        (r["level"], r["entity"], r["author"], r["accuracy"]): r
        for r in rows(tmp_path, "accuracy")
        if r["actual"] == "ordered"
    }
    assert accuracy["everybody", None, "system", "honest"]["value"] == pytest.approx(1 - 150 / 450)
    assert {row["kind"]: row["kind"] for row in rows(tmp_path, "information")} == {"event": "event", "all": "all"}
    assert {(row["author_id"], row["answer"]) for row in rows(tmp_path, "copying")} == {
        ("m1", "cannot_tell"),
        ("m2", "cannot_tell"),
    }
    copied = rows(tmp_path, "copied")
    assert {row["retailer_id"] for row in copied} == {f"s{shop}" for shop in range(6)}
    assert {row["n_evidence"] for row in copied} == {1}


def test_the_same_seed_writes_the_same_and_no_evidence_no_information(tmp_path: Path) -> None:
    said, came, _lay = year()
    words = made(tmp_path, said, came)
    assert run(words).exit_code == 0
    first = pq.read_table(tmp_path / "out" / "stair.parquet")
    assert not (tmp_path / "out" / "information.parquet").exists()
    words = made(tmp_path, said[::-1], came[::-1])
    assert run(words).exit_code == 0
    assert pq.read_table(tmp_path / "out" / "stair.parquet").equals(first)


def test_every_fault_is_told_with_its_place(tmp_path: Path) -> None:
    said = [
        "2021-01-02,1,s1,,p1,customer_manager,m1,3,",
        "2021-01-01,1,s1,,p1,customer_manager,,3,",
        "2021-01-01,1,s1,,p1,oracle,m1,3,",
        "2021-01-01,1,s1,,,system,,x,",
        ",1,s1,,p1,system,,3,",
    ]
    came = ["2021-01-01,s1,p1,3", "2021-01-01,s1,p1,4", "2021-01-01,s1,p2,1.5"]
    result = run(made(tmp_path, said, came))
    assert isinstance(result.exception, Refused)
    with (tmp_path / "out.faults.csv").open(encoding="utf-8-sig", newline="") as file:
        found = {(row["file"], row["line"], row["column"]) for row in csv.DictReader(file)}
    assert found == {
        ("said.csv", "2", "period_start"), ("said.csv", "3", "author_id"), ("said.csv", "4", "author_role"),
        ("said.csv", "5", "product_id"), ("said.csv", "5", "units"), ("said.csv", "6", "period_start"),
        ("came.csv", "3", "product_id"), ("came.csv", "4", "ordered_units"),
    }  # fmt: skip
    assert not (tmp_path / "out").exists()


def test_weeks_begin_on_mondays(tmp_path: Path) -> None:
    said, came = ["2021-01-04,1,s1,,p1,system,,3,"], ["2021-01-04,s1,p1,3"]
    assert run([*made(tmp_path, said, came), "--period", "week"]).exit_code == 0
    wrong = run([*made(tmp_path, ["2021-01-05,1,s1,,p1,system,,3,"], came), "--period", "week"])
    assert "begins on its Monday" in str(wrong.exception)


@pytest.mark.parametrize(("said", "came"), [([], ["2021-01-01,s1,p1,3"]), (["2021-01-01,1,s1,,p1,system,,3,"], [])])
def test_files_without_rows_are_refused(tmp_path: Path, said: list[str], came: list[str]) -> None:
    assert "has a head but no rows" in str(run(made(tmp_path, said, came)).exception)
    lost = run([str(tmp_path / "none.csv"), str(tmp_path / "came.csv"), "--out", str(tmp_path / "no" / "out")])
    assert "Make it first" in str(lost.exception)


def test_the_words_of_the_trade_are_names_too(tmp_path: Path) -> None:
    words = made(tmp_path, *year())
    assert run(words).exit_code == 0
    first = rows(tmp_path, "stair")
    for name in ("said.csv", "came.csv", "lay.csv"):
        told = (tmp_path / name).read_text("utf-8")
        told = told.replace("product_id", "product_code").replace("retailer_id", "licence_no")
        (tmp_path / name).write_text(told, "utf-8")
    assert run(words).exit_code == 0
    assert rows(tmp_path, "stair") == first
