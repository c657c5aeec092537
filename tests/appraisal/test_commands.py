"""The command line as a contract: exit codes, columns, sums to the fen."""

import csv
import json
import shutil
from decimal import Decimal

import pyarrow.parquet as pq
import pytest
from python_calamine import CalamineWorkbook

from tests.appraisal.conftest import Home

pytestmark = pytest.mark.xdist_group("installed")
LEVELS = ("manager", "retailer", "route", "unit", "company")
COLUMNS = ["entity", "indicator", "value", "numerator", "denominator", "n", "unit", "answer"]


def rows_of(path):
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def month(installed, tmp_path_factory):
    """What the commands said and wrote, before and after closing the month of the small world."""
    folder = tmp_path_factory.mktemp("month")
    home = Home(folder / "home")
    shutil.copytree(installed, home.path)
    before = [["indicators", "2021-12", "--by", level, "--out", f"{folder}/open-{level}.csv"] for level in LEVELS]
    after = [["indicators", "2021-12", "--by", level, "--out", f"{folder}/{level}.csv"] for level in LEVELS]
    said = home.lianxin(
        *before,
        ["scores", "2021-12", "--out", f"{folder}/none.csv"],
        ["close", "2021-12"],
        ["close", "2021-12"],
        *after,
        ["indicators", "2021-12", "--by", "company", "--out", f"{folder}/company.parquet"],
        ["scores", "2021-12", "--out", f"{folder}/scores.xlsx"],
        ["pay", "2021-12", "--pool", "120000.00", "--out", f"{folder}/pay.csv"],
    )
    return folder, said


@pytest.mark.requirement("J1", "J4")
def test_close_says_what_it_did_and_a_second_run_that_it_is_the_same(month):
    (code, said), (again, said_again) = month[1][6:8]

    assert code == 0, said
    assert "2021-12 is closed, version 1." in said
    assert "Scored: 3 people by small v1" in said
    for step in ("publishing", "computing", "scoring", "recording"):
        assert f"{step} " in said
    assert again == 0
    assert "already closed (version 1), same result" in said_again
    digest = next(line for line in said.splitlines() if line.startswith("Digest: "))
    assert digest in said_again


@pytest.mark.requirement("J1")
@pytest.mark.parametrize(
    ("level", "entity", "expected"),
    [
        ("manager", "E1", {"sales_units": "120.0", "order_coverage": "1.0", "key_brand_share": "0.5"}),
        ("retailer", "LA", {"sales_units": "100.0", "key_brand_share": "0.6"}),
        ("route", "RC", {"sales_units": "90.0"}),
        ("unit", "城南市场部", {"sales_units": "210.0"}),
        ("unit", "linjiang公司", {"sales_units": "260.0"}),
        ("company", "linjiang", {"sales_units": "260.0", "sales_amount": "15800.0"}),
    ],
)
def test_indicators_of_a_level(month, level, entity, expected):
    rows = rows_of(month[0] / f"{level}.csv")

    assert list(rows[0]) == COLUMNS
    found = {row["indicator"]: row["value"] for row in rows if row["entity"] == entity}
    assert {code: found[code] for code in expected} == expected


def test_a_missing_value_is_empty_and_says_so(month):
    rows = [row for row in rows_of(month[0] / "manager.csv") if row["indicator"] == "peer_growth"]

    assert {(row["value"], row["answer"]) for row in rows} == {("", "not_enough_data")}


def test_indicators_of_a_month_that_is_not_closed_are_the_same_and_record_nothing(month):
    folder, said = month

    assert [code for code, _words in said[:5]] == [0] * 5
    for level in LEVELS:
        assert (folder / f"open-{level}.csv").read_bytes() == (folder / f"{level}.csv").read_bytes()
    assert said[5][0] == 2
    assert "2021-12 is not closed" in said[5][1]


def test_indicators_as_parquet_keep_their_types(month):
    table = pq.read_table(month[0] / "company.parquet")

    assert table.column_names == COLUMNS
    assert [str(field.type) for field in table.schema] == [
        "string", "string", "double", "double", "double", "int64", "string", "string",
    ]  # fmt: skip


@pytest.mark.requirement("J4")
def test_scores_hold_every_person_with_every_part(month):
    head, *rows = CalamineWorkbook.from_path(str(month[0] / "scores.xlsx")).get_sheet_by_index(0).to_python()

    assert [dict(zip(head, row, strict=True)) for row in rows] == [
        {
            "entity": number, "name": name, "unit": unit, "scheme": "small v1", "total": total, "answer": "value",
            "scored_share": 0.8, "band": "", "group_n": 3.0, "sales": sales, "growth": growth, "attitude": "",
        }
        for number, name, unit, total, sales, growth in [
            ("E1", "王", "城南市场部", 120.0, 60.0, 36.0),
            ("E2", "李", "城南市场部", 78.125, 37.5, 25.0),
            ("E3", "赵", "城北市场部", 100.0, 50.0, 30.0),
        ]
    ]  # fmt: skip


@pytest.mark.requirement("J5")
def test_pay_sums_to_the_pool_to_the_fen(month):
    rows = rows_of(month[0] / "pay.csv")

    # 120 : 78.125 : 100 of 298.125; the fen that the division leaves over goes to the largest remainder.
    assert [(row["entity"], row["amount"]) for row in rows] == [
        ("E1", "48301.89"),
        ("E2", "31446.54"),
        ("E3", "40251.57"),
    ]
    assert sum(Decimal(row["amount"]) for row in rows) == Decimal("120000.00")
    assert "120000.00" in month[1][-1][1]


REFUSED = [
    (["close", "2021-13"], "2021-13"),
    (["close", "December"], "December"),
    (["close", "2999-01"], "2999-01"),
    (["close", "2021-11"], "There are no order lines in 2021-11"),
    (["close", "2021-12", "--scheme", "nobody"], "nobody"),
    (["close", "2021-12", "--company", "elsewhere"], "elsewhere"),
    (["indicators", "2021-11", "--by", "manager", "--out", "OUT.csv"], "2021-11"),
    (["indicators", "2021-12", "--by", "planet", "--out", "OUT.csv"], "planet"),
    (["indicators", "2021-12", "--by", "manager", "--out", "OUT.txt"], ".csv"),
    (["indicators", "2021-12", "--by", "manager", "--out", "nowhere/OUT.csv"], "nowhere"),
    (["scores", "2021-12", "--out", "OUT.csv"], "2021-12"),
    (["pay", "2021-12", "--pool", "0", "--out", "OUT.csv"], "above zero"),
    (["pay", "2021-12", "--pool", "-5.00", "--out", "OUT.csv"], "-5.00"),
    (["pay", "2021-12", "--pool", "1.005", "--out", "OUT.csv"], "1.005"),
    (["pay", "2021-12", "--pool", "much", "--out", "OUT.csv"], "much"),
    (["pay", "2021-12", "--pool", "", "--out", "OUT.csv"], "above zero"),
    (["pay", "2021-12", "--pool", "100.00", "--out", "OUT.csv"], "2021-12 is not closed"),
    (["scheme", "show", "nobody"], "nobody"),
    (["scheme", "install", "nobody", "--by", "linjiang-人事"], "nobody"),
    (["scheme", "install", "beihai", "--by", "nobody"], "nobody"),
    (["scheme", "import", "nowhere.json", "--by", "linjiang-人事"], "nowhere.json"),
]


def test_bad_input_is_a_sentence_and_exit_code_2(installed, tmp_path):
    given = [[argument.replace("OUT", f"{tmp_path}/OUT") for argument in arguments] for arguments, _told in REFUSED]

    answers = Home(installed).lianxin(*given)

    for (arguments, told), (code, said) in zip(REFUSED, answers, strict=True):
        assert (code, told in said, "Traceback" in said) == (2, True, False), (arguments, said)
    assert not list(tmp_path.glob("OUT*"))


@pytest.mark.requirement("J3")
def test_a_scheme_from_export_to_force_by_commands(home, tmp_path):
    by_hr, by_leader = ["--by", "linjiang-人事"], ["--by", "linjiang-局长"]
    version = ["small", "--version", "2"]
    adopt = ["scheme", "adopt", *version, "--from", "2021-12", "--noticed-on", "2021-11-10"]
    file = tmp_path / "small.json"
    assert home.lianxin(["scheme", "export", "small", "--out", str(file)])[0][0] == 0
    content = json.loads(file.read_text("utf-8"))
    content["parts"][0]["points"], content["parts"][1]["points"] = 45, 35
    content["parts"][1]["curve"]["highest"] = 40
    file.write_text(json.dumps(content), "utf-8")

    said = home.lianxin(
        ["scheme", "import", str(file), *by_hr],
        ["scheme", "show", *version],
        ["scheme", "trial", *version],
        ["scheme", "consult", *version, "--on", "2021-11-02", "--who", "职代会", "--text", "同意", *by_hr],
        [*adopt, *by_hr],
        [*adopt, *by_leader],
        ["close", "2021-12"],
        ["scheme", "list"],
        ["scheme", "presets"],
    )

    assert [code for code, _words in said] == [0, 0, 0, 0, 2, 0, 0, 0, 0], said
    assert "50 → 45" in said[1][1]
    assert "2020-12 … 2021-12" in said[2][1] or "2021-12 … 2021-12" in said[2][1]
    assert "small v2" in said[6][1]
    assert "beihai" in said[8][1]
