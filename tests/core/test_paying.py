"""Pools divided by the expressions, by the plain reference, and on both engines."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import ibis
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

import lianxin.engine as engine
from lianxin.core.paying.division import LARGEST_AMOUNT, LARGEST_TOTAL, divided
from lianxin.core.paying.inputs import CALENDAR, DAYS_IN_POST, PAID_PEOPLE, PAY, PAY_FAULTS, POOLS
from lianxin.core.paying.pay import days_in_post, fault_sentence, pay, pay_faults
from lianxin.core.paying.rule import Coefficient, Days, PayRule, WithoutScore, check
from lianxin.core.tables import POSTINGS, Table
from lianxin.engine.sources import nullable_arrow_schema
from tests.core import paying_reference

Row = dict[str, Any]
MONTH = date(2021, 12, 1)
SLOW = settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
BANDS = (Coefficient("top", 1200), Coefficient("middle", 1000), Coefficient("bottom", 800), Coefficient("none", 0))
AVERAGE, EXCLUDE = WithoutScore.GROUP_AVERAGE, WithoutScore.EXCLUDE
RULES = (
    PayRule(),
    PayRule(coefficients=BANDS, blocked=AVERAGE, floor_fen=1_000),
    PayRule(not_enough=AVERAGE, blocked=AVERAGE, floor_fen=99_999_999_999),
)
ANSWERS = [(pay(rule), pay_faults(rule)) for rule in RULES]


@pytest.fixture(scope="module")
def duck() -> Iterator[engine.Engine]:
    opened = engine.open("duckdb", memory_limit="500MB", threads=1)
    yield opened
    opened.close()


def person(entity: str, total_milli: int | None, **fields: Any) -> Row:
    given = {
        "company_id": 1,
        "month": MONTH,
        "entity": entity,
        "pool": "all",
        "total_milli": total_milli,
        "answer": "not_enough_data" if total_milli is None else "value",
        "coefficient_key": None,
        "days": 31,
        "month_days": 31,
    }
    return given | fields


def pool(pool_fen: int | None, **fields: Any) -> Row:
    return {"company_id": 1, "month": MONTH, "pool": "all", "pool_fen": pool_fen} | fields


def arrow(table: Table, rows: list[Row]) -> pa.Table:
    return pa.Table.from_pylist(rows, schema=nullable_arrow_schema(table))


def sources(people: list[Row], pools: list[Row]) -> dict[str, pa.Table]:
    return {"paid_people": arrow(PAID_PEOPLE, people), "pools": arrow(POOLS, pools)}


def paid(
    duck: engine.Engine, people: list[Row], pools: list[Row], rule: PayRule | None = None
) -> dict[str, int | None]:
    rows = duck.run(pay(rule or PayRule()), sources(people, pools)).to_pylist()
    return {row["entity"]: row["amount_fen"] for row in rows}


def _random_case(seed: int, people: int, pool_fen: int) -> tuple[list[Row], list[Row]]:
    chance = random.Random(seed)
    who = []
    for name in ("all", "other"):
        for place in range(chance.randint(1, people)):
            total = chance.choice([None, 0, chance.randint(0, 1_000_000), chance.randint(60_000, 100_000), 80_000])
            days = chance.choice([0, 31, 31, chance.randint(1, 31)])
            key = chance.choice([None, "top", "middle", "bottom", "none", "unlisted"])
            told = {"answer": chance.choice(["blocked", "not_enough_data"])} if total is None else {}
            who.append(person(f"{name}{place}", total, pool=name, days=days, coefficient_key=key, **told))
    return who, [pool(pool_fen), pool(chance.randint(1, 5), pool="other")]


@SLOW
@given(
    seed=st.integers(0, 2**32),
    people=st.integers(1, 15),
    pool_fen=st.integers(1, LARGEST_AMOUNT),
    rule=st.integers(0, 2),
)
@example(seed=1, people=15, pool_fen=1, rule=0)
@example(seed=2, people=15, pool_fen=10**12, rule=1)
@example(seed=3, people=15, pool_fen=10**12, rule=2)
def test_pay_agrees_with_the_plain_reference_and_sums_to_the_pool(
    duck: engine.Engine, seed: int, people: int, pool_fen: int, rule: int
) -> None:
    who, pools = _random_case(seed, people, pool_fen)
    expected, faults = paying_reference.pay(RULES[rule], who, pools)
    divided_rows = duck.run(ANSWERS[rule][0], sources(who, pools)).to_pylist()
    wanted = [{name: row[name] for name in PAY.columns} for row in expected]
    assert sorted(divided_rows, key=lambda row: row["entity"]) == sorted(wanted, key=lambda row: row["entity"])
    told = duck.run(ANSWERS[rule][1], sources(who, pools)).to_pylist()
    assert {(row["company_id"], row["month"], row["pool"]): row["fault"] for row in told} == faults
    for one in pools:
        amounts = [row["amount_fen"] for row in divided_rows if row["pool"] == one["pool"]]
        assert not amounts or sum(amount or 0 for amount in amounts) == one["pool_fen"]
    assert all(row["amount_fen"] is None or row["amount_fen"] >= row["floor_fen"] for row in divided_rows)


@pytest.mark.requirement("J5")
def test_remainders_go_to_the_largest_and_ties_to_the_lower_employee_number(duck: engine.Engine) -> None:
    people = [person("3", 90_000), person("1", 90_000), person("2", 90_000)]
    assert paid(duck, people, [pool(100)]) == {"1": 34, "2": 33, "3": 33}
    assert paid(duck, [person("1", 10_000), person("2", 20_000)], [pool(100)]) == {"1": 33, "2": 67}


@pytest.mark.requirement("J5")
def test_joiners_and_leavers_share_by_their_days(duck: engine.Engine) -> None:
    people = [person("1", 80_000, days=10, month_days=30), person("2", 80_000, days=30, month_days=30)]
    assert paid(duck, people, [pool(4_000)]) == {"1": 1_000, "2": 3_000}


@pytest.mark.requirement("J5")
def test_people_without_a_total_are_left_out_with_the_reason_or_take_the_mean(duck: engine.Engine) -> None:
    people = [person("1", 60_000), person("2", 90_000), person("3", None), person("4", None, answer="blocked")]
    out = duck.run(pay(PayRule()), sources(people, [pool(300)])).to_pylist()
    assert {row["entity"]: (row["amount_fen"], row["handling"], row["reason"]) for row in out} == {
        "1": (120, "scored", None),
        "2": (180, "scored", None),
        "3": (None, "excluded", "not_enough_data"),
        "4": (None, "excluded", "blocked"),
    }
    assert paid(duck, people, [pool(300)], PayRule(not_enough=AVERAGE)) == {"1": 80, "2": 120, "3": 100, "4": None}


@pytest.mark.requirement("J5")
def test_the_floor_lifts_the_lowest_and_the_others_divide_the_rest(duck: engine.Engine) -> None:
    people = [person("1", 1_000), person("2", 50_000), person("3", 50_000)]
    assert paid(duck, people, [pool(1_000)], PayRule(floor_fen=200)) == {"1": 200, "2": 400, "3": 400}


@pytest.mark.requirement("J5")
@pytest.mark.parametrize(
    ("people", "pools", "rule", "fault", "sentence"),
    [
        ([person("1", 1)], [], PayRule(), "no_pool", "Pool all of 2021-12 has no amount; set one."),
        (
            [person("1", 1)],
            [pool(0)],
            PayRule(),
            "pool_not_positive",
            "Pool all of 2021-12 holds 0.00; it must be above 0.",
        ),
        (
            [person("1", 1)],
            [pool(None)],
            PayRule(),
            "pool_not_positive",
            "Pool all of 2021-12 holds 0.00; it must be above 0.",
        ),
        (
            [person("1", 1)],
            [pool(-5)],
            PayRule(),
            "pool_not_positive",
            "Pool all of 2021-12 holds -0.05; it must be above 0.",
        ),
        (
            [person("1", 1)],
            [pool(10**15)],
            PayRule(),
            "pool_too_large",
            "Pool all of 2021-12 holds 10,000,000,000,000.00, which is too large; correct it.",
        ),
        (
            [],
            [pool(5)],
            PayRule(),
            "no_people",
            "Pool all of 2021-12 has nobody to share in it; check who belongs to it.",
        ),
        (
            [person("1", 1, days=32)],
            [pool(5)],
            PayRule(),
            "out_of_range",
            "Pool all of 2021-12 has a total or a number of days that is impossible; correct it.",
        ),
        (
            [person("1", 0), person("2", None), person("3", 5, days=0)],
            [pool(5)],
            PayRule(),
            "no_weight",
            "Pool all of 2021-12 has nobody with a score and a day in post; nothing can be divided.",
        ),
        (
            [person(str(place), 10**6, coefficient_key="big") for place in range(42)],
            [pool(5)],
            PayRule(coefficients=(Coefficient("big", 100_000),)),
            "weights_too_large",
            "Pool all of 2021-12 has too many people; divide it into several pools.",
        ),
        (
            [person("1", 9), person("2", 9)],
            [pool(150)],
            PayRule(floor_fen=100),
            "floors_above_pool",
            "Pool all of 2021-12 holds 1.50, but the floors alone need 2.00; raise the pool or lower the floor.",
        ),
    ],
)
def test_a_pool_that_cannot_be_divided_says_why_and_pays_nobody(
    duck: engine.Engine, people: list[Row], pools: list[Row], rule: PayRule, fault: str, sentence: str
) -> None:
    told = duck.run(pay_faults(rule), sources(people, pools)).to_pylist()
    assert [row["fault"] for row in told] == [fault]
    assert fault_sentence(told[0]).en == sentence
    assert "2021-12 奖金池 all：" in fault_sentence(told[0]).zh
    assert paid(duck, people, pools, rule) == {}


def test_days_in_post_count_calendar_or_working_days_of_every_posting() -> None:
    duck = engine.open("duckdb", memory_limit="500MB", threads=1)
    days = [MONTH + timedelta(days=day) for day in range(31)]
    calendar = [{"company_id": 1, "month": MONTH, "day": day, "is_working": day.weekday() < 5} for day in days]

    def posting(no: str, start: date, end: date | None, post: str = "customer_manager") -> Row:
        return {
            "company_id": 1,
            "person_id": int(no),
            "employee_no": no,
            "name": no,
            "post": post,
            "unit_id": 1,
            "valid_from": start,
            "valid_until": end,
        }

    postings = [
        posting("1", date(2020, 1, 1), None),
        posting("2", date(2021, 12, 20), None),
        posting("3", date(2020, 1, 1), date(2021, 12, 2)),
        posting("4", date(2021, 12, 3), date(2021, 12, 5)),
        posting("4", date(2021, 12, 30), date(2022, 2, 1)),
        posting("5", date(2020, 1, 1), None, "trainer"),
        posting("6", date(2022, 1, 1), None),
    ]
    tables = {"postings": arrow(POSTINGS, postings), "calendar": arrow(CALENDAR, calendar)}
    for kind, length, expected in (
        (Days.CALENDAR, 31, {"1": 31, "2": 12, "3": 1, "4": 4}),
        (Days.WORKING, 23, {"1": 23, "2": 10, "3": 1, "4": 3}),
    ):
        question = days_in_post(PayRule(days=kind), "customer_manager")
        assert tuple(question.columns) == DAYS_IN_POST.columns
        rows = duck.run(question, tables).to_pylist()
        assert {row["entity"]: row["days"] for row in rows} == expected
        assert {row["month_days"] for row in rows} == {length}
    duck.close()


@pytest.mark.spark
@pytest.mark.xdist_group("spark")
def test_spark_and_duckdb_agree_in_the_digest(duck: engine.Engine, spark: engine.Engine) -> None:
    who, pools = _random_case(7, 15, 10**12 + 1)
    for rule in (0, 1, 2):
        for question in ANSWERS[rule]:
            mine, theirs = (one.run(question, sources(who, pools)) for one in (duck, spark))
            assert engine.digest(mine) == engine.digest(theirs)


@SLOW
@given(amount=st.integers(0, LARGEST_AMOUNT), weight=st.integers(0, LARGEST_TOTAL), total=st.integers(0, LARGEST_TOTAL))
@example(amount=LARGEST_AMOUNT, weight=LARGEST_TOTAL, total=LARGEST_TOTAL)
@example(amount=LARGEST_AMOUNT, weight=LARGEST_TOTAL - 1, total=LARGEST_TOTAL)
@example(amount=5, weight=5, total=0)
def test_division_is_exact_beyond_64_bits(duck: engine.Engine, amount: int, weight: int, total: int) -> None:
    weight = min(weight, total)
    frame = ibis.table({"amount": "int64", "weight": "int64", "total": "int64"}, name="numbers")
    question = divided(frame, "its", frame.amount, frame.weight, frame.total)
    rows = duck.run(question, {"numbers": pa.table({"amount": [amount], "weight": [weight], "total": [total]})})
    (row,) = rows.to_pylist()
    assert (row["its_quotient"], row["its_remainder"]) == (divmod(amount * weight, total) if total else (None, None))


@pytest.mark.parametrize("rule", RULES)
def test_results_have_the_declared_columns(rule: PayRule) -> None:
    assert tuple(pay(rule).columns) == PAY.columns
    assert tuple(pay_faults(rule).columns) == PAY_FAULTS.columns


def test_a_rule_lists_every_fault() -> None:
    wrong = PayRule(floor_fen=-1, coefficients=(Coefficient("a", -1), Coefficient("a", 200_000)))
    assert [(fault.code, fault.where) for fault in check(wrong)] == [
        ("floor_out_of_range", "floor_fen"),
        ("duplicated_key", "coefficients.a"),
        ("coefficient_out_of_range", "coefficients.a"),
        ("coefficient_out_of_range", "coefficients.a"),
    ]
    assert check(PayRule(coefficients=BANDS, floor_fen=100)) == []
