"""Surveys of 临江市: a sample of what shops truly think, in files that name no shop, and an interval that holds the truth."""

import itertools
from collections import defaultdict
from datetime import date
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet
import pytest

from lianxin.core.scoring.uncertainty import interval_of_mean
from lianxin.simulation import linjiang
from lianxin.simulation.fieldwork import FieldworkSettings
from lianxin.simulation.fieldwork.made import build
from lianxin.simulation.surveying import ITEMS, LEAST, surveys
from lianxin.voice.checks import tells_retailer
from tests.simulation.conftest import SEED, TINY

pytestmark = pytest.mark.requirement("C5")
MONTHS = (date(2021, 11, 1), date(2021, 12, 1))
SETTINGS = FieldworkSettings(seed=11, n_managers=40, retailers_per_manager=150, months=2)


@pytest.fixture(scope="module")
def made() -> tuple[pa.Table, pa.Table]:
    found = surveys(build(SETTINGS), MONTHS)
    return pa.concat_tables([one.answers for one in found]), pa.concat_tables([one.truth for one in found])


def scores(answers: pa.Table) -> dict[tuple[str, str], list[float]]:
    """Score of each sheet that answers every dimension, by manager and month."""
    said: dict[tuple[str, str, str], dict[str, list[int]]] = defaultdict(lambda: defaultdict(list))
    for row in answers.to_pylist():
        said[row["employee_no"], row["month"], row["sheet"]][row["dimension"]].append(row["answer"] * 20)
    found: dict[tuple[str, str], list[float]] = defaultdict(list)
    for (person, month, _sheet), by_dimension in said.items():
        if len(by_dimension) == len({dimension for dimension, _item in ITEMS}):
            found[person, month].append(sum(sum(one) / len(one) for one in by_dimension.values()) / len(by_dimension))
    return found


def test_the_files_tell_of_managers_and_of_no_shop(made: tuple[pa.Table, pa.Table]) -> None:
    answers, truth = made
    assert not [name for name in answers.column_names if tells_retailer(name)]
    assert set(answers["employee_no"].to_pylist()) <= set(truth["manager_id"].to_pylist())
    assert answers["answer"].type == pa.int64()
    assert set(answers["answer"].to_pylist()) <= {1, 2, 3, 4, 5}
    counts = [len(one) for one in scores(answers).values()]
    assert min(counts) >= LEAST * 0.6
    # Numbers stand in an order of chance: neighbours are about different managers.
    first = answers.filter(pc.equal(answers["month"], "2021-12"))
    order = dict(zip(first["sheet"].to_pylist(), first["employee_no"].to_pylist(), strict=True))
    people = [order[number] for number in sorted(order)]
    assert sum(a == b for a, b in itertools.pairwise(people)) < len(people) / 10


def test_managers_differ_and_the_interval_holds_what_all_would_say(made: tuple[pa.Table, pa.Table]) -> None:
    answers, truth = made
    known = {(row["manager_id"], f"{row['month']:%Y-%m}"): row["score"] for row in truth.to_pylist()}
    assert max(known.values()) - min(known.values()) > 5
    held = 0
    told = scores(answers)
    for key, mine in told.items():
        milli = [round(one * 1000) for one in mine]
        found = interval_of_mean(len(milli), sum(milli), sum(one * one for one in milli))
        assert found is not None
        held += found.low <= known[key] <= found.high
    assert held / len(told) >= 0.87


def test_whoever_fakes_visits_satisfies_less() -> None:
    settings = FieldworkSettings(seed=5, n_managers=40, retailers_per_manager=150, months=1)
    work = build(settings)
    (made,) = surveys(work, MONTHS[1:])
    fakes = {str(work.ground.staff.employee_no[at]) for at in (work.offenders.ghost > 0).nonzero()[0]}
    rows = made.truth.to_pylist()

    def mean(of: list[float]) -> float:
        return sum(of) / len(of)

    bad = mean([row["score"] for row in rows if row["manager_id"] in fakes])
    assert bad < mean([row["score"] for row in rows if row["manager_id"] not in fakes])


def test_written_once_and_left_as_they_are(tmp_path: Path) -> None:
    folder = tmp_path / "surveys" / "files"
    told = {"months": MONTHS[1:], "months_of_fieldwork": 1, "seed": SEED, "size": TINY}
    (file,) = linjiang.write_surveys(folder, **told)
    before = file.path.read_bytes()
    assert before.startswith("\ufeff调查名称,调查月份,客户经理工号,问卷编号,维度,题目,计分方式,答案\n".encode())
    assert pyarrow.parquet.read_table(tmp_path / "surveys" / "truth" / "satisfaction.parquet").num_rows > 0
    assert linjiang.write_surveys(folder, **told)[0].path.read_bytes() == before
    file.path.unlink()
    with pytest.raises(FileExistsError, match="not empty"):
        linjiang.write_surveys(folder, **told)
