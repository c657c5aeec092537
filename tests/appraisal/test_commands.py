"""The command line as a contract: exit codes, columns, sums to the fen."""

import csv
import json
import shutil
from decimal import Decimal

import pyarrow.parquet as pq
import pytest
from python_calamine import CalamineWorkbook

from tests.appraisal.conftest import Home


def rows_of(path):
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def closed(installed, tmp_path_factory):
    """The small world after `lianxin close 2021-12`, and what the command said."""
    home = Home(tmp_path_factory.mktemp("closed") / "home")
    shutil.copytree(installed, home.path)
    return home, *home.lianxin("close", "2021-12")


@pytest.mark.requirement("J1", "J4")
def test_close_says_what_it_did_and_a_second_run_that_it_is_the_same(closed):
    home, code, said = closed

    assert code == 0, said
    assert "2021-12 is closed, version 1." in said
    assert "Scored: 3 people by small v1" in said
    for step in ("publishing", "computing", "scoring", "recording"):
        assert f"{step} " in said
    again, said_again = home.lianxin("close", "2021-12")
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
def test_indicators_of_a_level(closed, tmp_path, level, entity, expected):
    home = closed[0]

    code, said = home.lianxin("indicators", "2021-12", "--by", level, "--out", str(tmp_path / "out.csv"))

    assert code == 0, said
    rows = rows_of(tmp_path / "out.csv")
    assert list(rows[0]) == ["entity", "indicator", "value", "numerator", "denominator", "n", "unit", "answer"]
    found = {row["indicator"]: row["value"] for row in rows if row["entity"] == entity}
    assert {code: found[code] for code in expected} == expected


def test_a_missing_value_is_empty_and_says_so(closed, tmp_path):
    closed[0].lianxin("indicators", "2021-12", "--by", "manager", "--out", str(tmp_path / "out.csv"))

    rows = [row for row in rows_of(tmp_path / "out.csv") if row["indicator"] == "peer_growth"]
    assert {(row["value"], row["answer"]) for row in rows} == {("", "not_enough_data")}


def test_indicators_of_a_month_that_is_not_closed_are_the_same_and_record_nothing(home, closed, tmp_path):
    first = home.lianxin("indicators", "2021-12", "--by", "manager", "--out", str(tmp_path / "open.csv"))
    second = closed[0].lianxin("indicators", "2021-12", "--by", "manager", "--out", str(tmp_path / "closed.csv"))

    assert (first[0], second[0]) == (0, 0)
    assert (tmp_path / "open.csv").read_text("utf-8-sig") == (tmp_path / "closed.csv").read_text("utf-8-sig")
    assert home.lianxin("scores", "2021-12", "--out", str(tmp_path / "scores.csv"))[0] == 2


def test_indicators_as_parquet_keep_their_types(closed, tmp_path):
    closed[0].lianxin("indicators", "2021-12", "--by", "company", "--out", str(tmp_path / "out.parquet"))

    table = pq.read_table(tmp_path / "out.parquet")
    assert [str(field.type) for field in table.schema] == [
        "string", "string", "double", "double", "double", "int64", "string", "string",
    ]  # fmt: skip


@pytest.mark.requirement("J4")
def test_scores_hold_every_person_with_every_part(closed, tmp_path):
    code, said = closed[0].lianxin("scores", "2021-12", "--out", str(tmp_path / "scores.xlsx"))

    assert code == 0, said
    head, *rows = CalamineWorkbook.from_path(str(tmp_path / "scores.xlsx")).get_sheet_by_index(0).to_python()
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
def test_pay_sums_to_the_pool_to_the_fen(closed, tmp_path):
    code, said = closed[0].lianxin("pay", "2021-12", "--pool", "120000.00", "--out", str(tmp_path / "pay.csv"))

    assert code == 0, said
    rows = rows_of(tmp_path / "pay.csv")
    # 120 : 78.125 : 100 of 298.125; the fen that the division leaves over goes to the largest remainder.
    assert [(row["entity"], row["amount"]) for row in rows] == [
        ("E1", "48301.89"),
        ("E2", "31446.54"),
        ("E3", "40251.57"),
    ]
    assert sum(Decimal(row["amount"]) for row in rows) == Decimal("120000.00")
    assert "120000.00" in said


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
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
        (["scheme", "show", "nobody"], "nobody"),
        (["scheme", "install", "nobody", "--by", "linjiang-人事"], "nobody"),
        (["scheme", "import", "nowhere.json", "--by", "linjiang-人事"], "nowhere.json"),
    ],
)
def test_bad_input_is_one_sentence_and_exit_code_2(untouched, tmp_path, arguments, told):
    given = [argument.replace("OUT", str(tmp_path / "OUT")) for argument in arguments]

    code, said = untouched.lianxin(*given)

    assert code == 2, said
    assert told in said
    assert "Traceback" not in said
    assert not list(tmp_path.glob("OUT*"))


@pytest.fixture(scope="module")
def untouched(installed):
    """The small world before any closing; only commands that change nothing may use it."""
    return Home(installed)


@pytest.mark.requirement("J3")
def test_a_scheme_from_example_to_force_by_commands(home, tmp_path):
    by_hr, by_leader = ("--by", "linjiang-人事"), ("--by", "linjiang-局长")
    version = ("--version", "2")

    def do(*arguments):
        code, said = home.lianxin("scheme", *arguments)
        assert code == 0, said
        return said

    do("export", "small", "--out", str(tmp_path / "small.json"))
    content = json.loads((tmp_path / "small.json").read_text("utf-8"))
    content["parts"][0]["points"], content["parts"][1]["points"] = 45, 35
    content["parts"][1]["curve"]["highest"] = 40
    (tmp_path / "small.json").write_text(json.dumps(content), "utf-8")
    do("import", str(tmp_path / "small.json"), *by_hr)
    assert "50 → 45" in do("show", "small", *version)
    assert "2020-12 … 2021-12" in do("trial", "small", *version)
    do("consult", "small", *version, "--on", "2021-11-02", "--who", "职代会", "--text", "同意", *by_hr)
    refused, said = home.lianxin(
        "scheme", "adopt", "small", *version, "--from", "2021-12", "--noticed-on", "2021-11-10", *by_hr
    )
    assert refused == 2, said
    do("adopt", "small", *version, "--from", "2021-12", "--noticed-on", "2021-11-10", *by_leader)

    code, said = home.lianxin("close", "2021-12")

    assert (code, "small v2" in said) == (0, True)
    assert "beihai" in do("presets")
