"""Shares of a month with their intervals, witnesses and checks, and verification as a whole."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from lianxin import engine
from lianxin.core.errors import ParameterWrong, SchemaMismatch
from lianxin.core.verifying import RULES, verify
from lianxin.core.verifying.prepared import prepared
from lianxin.core.verifying.shares import discrepancy, ghost_share, months_of, wilson
from lianxin.core.verifying.sides import Checked, contradicted
from lianxin.simulation.fieldwork import FieldworkSettings, Misconduct, simulated
from tests.core.verifying_cases import DUCK, NINE, shop, shops, table, visit

pytestmark = pytest.mark.requirement("G2", "G5")


def checks(rows: list[dict[str, Any]]) -> pa.Table:
    return pa.Table.from_pylist(rows, schema=pa.schema(
        [("visit_id", pa.string()), ("channel", pa.string()), ("drawn_probability", pa.float64()), ("confirmed", pa.string())]
    ))  # fmt: skip


def test_discrepancy_is_corrected_for_an_unequal_draw() -> None:
    """Of 900 plain visits 5 % are not confirmed, of 100 odd ones 50 %; odd ones were drawn nine times as readily."""
    draws = np.random.default_rng(2)
    visits = [visit(number, at=number) for number in range(1000)]
    rows = []
    for number in range(1000):
        is_odd = number < 100
        chance = 0.9 if is_odd else 0.1
        if draws.random() < chance:
            says = draws.random() < (0.5 if is_odd else 0.05)
            rows.append({"visit_id": f"v{number:04d}", "channel": "spot", "drawn_probability": chance,
                         "confirmed": "no" if says else "yes"})  # fmt: skip
    known = prepared(table(visits), shops([shop("A")]), None, checks(rows), "Asia/Shanghai")
    months = months_of(np.zeros(1000, np.int64), np.zeros(1000, np.int64))
    found = discrepancy(months, Checked(known), {})
    assert found.value[0] == pytest.approx(0.095, abs=0.05)
    assert found.low[0] < 0.095 < found.high[0]
    plain = np.mean([row["confirmed"] == "no" for row in rows])
    assert abs(found.value[0] - 0.095) < abs(plain - 0.095)


def test_calls_that_misremember_do_not_make_ghosts() -> None:
    draws = np.random.default_rng(4)
    visits = [visit(number, at=number) for number in range(400)]
    rows = [{"visit_id": f"v{number:04d}", "channel": "phone", "drawn_probability": 0.25,
             "confirmed": "no" if draws.random() < 0.12 else "yes"} for number in range(0, 400, 4)]  # fmt: skip
    known = prepared(table(visits), shops([shop("A")]), None, checks(rows), "Asia/Shanghai")
    months = months_of(np.zeros(400, np.int64), np.zeros(400, np.int64))
    found = ghost_share(months, np.full(400, 0.01), np.zeros(400), Checked(known), {})
    assert found.value[0] < 0.04
    assert found.low[0] == 0.0


def test_too_few_checks_or_visits_are_not_enough() -> None:
    visits = [visit(number, at=number) for number in range(10)]
    rows = [{"visit_id": "v0000", "channel": "walk", "drawn_probability": 0.5, "confirmed": "no"}]
    known = prepared(table(visits), shops([shop("A")]), None, checks(rows), "Asia/Shanghai")
    months = months_of(np.zeros(10, np.int64), np.zeros(10, np.int64))
    assert np.isnan(discrepancy(months, Checked(known), {}).value[0])
    assert np.isnan(ghost_share(months, np.zeros(10), np.zeros(10), Checked(known), {}).value[0])


def test_wilson_agrees_with_the_published_example() -> None:
    low, high = wilson(np.array([81.0]), np.array([263.0]), 1.96)  # Newcombe 1998, table I, method 3
    assert (round(low[0], 4), round(high[0], 4)) == (0.2553, 0.3662)


def said(rows: list[dict[str, Any]], **told: Any) -> list[int]:
    words = pa.Table.from_pylist(rows, schema=pa.schema(
        [("retailer_id", pa.string()), ("seen_at", pa.timestamp("us", tz="UTC")), ("says", pa.string()),
         ("about_from", pa.date32()), ("about_until", pa.date32())]
    ))  # fmt: skip
    visits = [visit(1, "A", at=0, **told), visit(2, "A", at=0, day=1, **told), visit(3, "B", at=0, **told)]
    known = prepared(table(visits), shops([shop("A"), shop("B")]), words, None, "Asia/Shanghai")
    return contradicted(known, {}).tolist()


def test_witnesses_contradict_agree_or_cannot_tell() -> None:
    at, first = NINE + timedelta(minutes=30), date(2026, 3, 2)
    assert said([]) == [-1, -1, -1]
    assert said([{"retailer_id": "A", "seen_at": at, "says": "shop_closed"}]) == [1, -1, -1]
    assert said([{"retailer_id": "A", "seen_at": at + timedelta(hours=2), "says": "shop_closed"}]) == [-1, -1, -1]
    assert said([{"retailer_id": "A", "seen_at": at, "says": "saw_manager"}]) == [0, -1, -1]
    spoken = {"retailer_id": "A", "seen_at": datetime(2026, 3, 9, tzinfo=UTC), "says": "says_not_visited"}
    assert said([{**spoken, "about_from": first, "about_until": first + timedelta(days=1)}]) == [1, 1, -1]
    both = [
        {**spoken, "about_from": first, "about_until": first},
        {"retailer_id": "A", "seen_at": at, "says": "saw_manager"},
    ]
    assert said(both) == [-1, -1, -1]
    with pytest.raises(SchemaMismatch, match="must be one of"):
        said([{"retailer_id": "A", "seen_at": at, "says": "nothing"}])


def test_a_witness_says_nothing_of_a_visit_whose_moment_nobody_can_tell() -> None:
    at = NINE + timedelta(minutes=5)
    assert said([{"retailer_id": "A", "seen_at": at, "says": "shop_closed"}])[0] == 1
    assert said([{"retailer_id": "A", "seen_at": at, "says": "shop_closed"}], is_time_known=False)[0] == -1
    assert said([{"retailer_id": "A", "seen_at": at, "says": "saw_manager"}], is_time_known=False)[0] == -1


def test_a_closed_door_contradicts_only_a_visit_that_says_much_was_done() -> None:
    shut = [{"retailer_id": "A", "seen_at": NINE + timedelta(minutes=5), "says": "shop_closed"}]
    told = [(0, None), (1, 5), (2, None), (None, None), (None, 1), (None, 2)]
    found = [said(shut, n_answers=n, n_filled=filled)[0] for n, filled in told]
    assert found == [-1, -1, 1, 1, -1, 1]


@pytest.mark.requirement("G1", "G3", "G4")
def test_hours_and_copies_leave_out_visits_whose_moment_nobody_can_tell() -> None:
    # 09:00 to 12:10 with a visit in between; one of two like notes stands without a moment
    words = "王老板说新品规卖得慢，柜台第二层改放细支，价签补了三张，下周三送货前再确认库存。隔壁修路，午后人少，冰柜要挪半米。"
    known = [
        visit(1, "A", at=0, note=words),
        visit(2, "B", at=180, note="孩子在店里写作业，老板娘想换夜间送货，说了明码标价的新规定"),
        visit(3, "A", at=720, note=words),
    ]
    for is_known, hours, copied in ((True, 12 + 1 / 6, "yes"), (False, 3 + 1 / 6, "cannot_tell")):
        visits = table([*known[:2], {**known[2], "is_time_known": is_known}])
        told = verify(visits, shops([shop("A"), shop("B")]), engine=DUCK, parameters={"verifying.copy_bits": 1.0})
        rows = {row["indicator"]: row["value"] for row in told.managers.to_pylist()}
        assert rows["hours_a_day"] == pytest.approx(hours), is_known
        assert (rows["visits"], rows["days"]) == (3, 1)
        assert told.visits.column("rule_copied_note").to_pylist()[2] == copied, is_known


@pytest.fixture(scope="module")
def fieldwork() -> Any:
    settings = FieldworkSettings(
        seed=5, n_managers=10, retailers_per_manager=120, months=2, misconduct=Misconduct(ghost_managers_share=0.3)
    )
    return simulated(settings)


def test_the_whole_finds_ghosts_and_spares_the_honest(fieldwork: Any) -> None:
    files, truth = fieldwork.files, fieldwork.truth
    found = verify(files["visits"], files["retailers"], files["witnesses"], files["checks"], engine=DUCK)
    risk = found.visits.column("risk").to_numpy()
    ghost = dict(zip(*(truth["visits"].column(name).to_pylist() for name in ("visit_id", "is_ghost")), strict=True))
    is_ghost = np.array([ghost[name] for name in found.visits.column("visit_id").to_pylist()])
    ranked = is_ghost[np.argsort(-risk, kind="stable")]
    hits = np.cumsum(ranked)
    at = int(np.searchsorted(hits, 0.6 * hits[-1]))
    assert hits[at] / (at + 1) >= 0.9
    assert ((risk >= 0) & (risk <= 1)).all()
    words = {value for rule in RULES.values() for value in found.visits.column(rule.column).unique().to_pylist()}
    assert words == {"yes", "no", "cannot_tell"}
    true = {(row["manager_id"], row["month"]): row["ghost_share"] for row in truth["managers"].to_pylist()}
    rows = [row for row in found.managers.to_pylist() if row["indicator"] == "ghost_share"]
    assert {(row["manager_id"], row["month"]) for row in rows} == set(true)
    guilty = {manager for (manager, _month), share in true.items() if share > 0.01}
    assert {row["manager_id"] for row in rows if row["suspected"]} == guilty
    assert found.managers.column("suspected").null_count == found.visits.column("risk").null_count == 0
    # In another order of rows everything is the same.
    order = np.random.default_rng(1).permutation(files["visits"].num_rows)
    again = verify(files["visits"].take(order), files["retailers"], files["witnesses"], files["checks"], engine=DUCK)
    assert engine.digest(again.visits) == engine.digest(found.visits)
    assert engine.digest(again.managers) == engine.digest(found.managers)


@pytest.mark.requirement("G8")
def test_a_suspended_rule_says_cannot_tell_and_weighs_nothing(fieldwork: Any) -> None:
    files = fieldwork.files
    told = (files["visits"], files["retailers"], files["witnesses"], files["checks"])
    found = verify(*told, engine=DUCK)
    same = verify(*told, engine=DUCK, off=())
    assert engine.digest(same.visits) == engine.digest(found.visits)
    assert engine.digest(same.managers) == engine.digest(found.managers)
    without = verify(*told, engine=DUCK, off=("far", "copied_note", "not_confirmed", "contradicted"))
    assert without.visits.column_names == found.visits.column_names
    for code, rule in RULES.items():
        before, after = (part.visits.column(rule.column).to_pylist() for part in (found, without))
        assert (
            set(after) == {"cannot_tell"}
            if code in ("far", "copied_note", "not_confirmed", "contradicted")
            else (after == before)
        )
    # given visits of which the place says nothing but that they are far, when that is off, then little is held against them
    others = [
        rule.column for code, rule in RULES.items() if rule.kind == "place" and code not in ("far", "far_and_short")
    ]
    only_far = [
        row["rule_far"] == "yes" and all(row[column] != "yes" for column in others) for row in found.visits.to_pylist()
    ]
    risks = [part.visits.column("risk").to_numpy()[np.array(only_far)] for part in (found, without)]
    assert len(risks[0]) > 20
    assert risks[1].mean() < 0.5 * risks[0].mean()
    assert without.copies.num_rows == 0
    told_of = [part.managers.to_pylist() for part in (found, without)]
    copied = [row for row in told_of[1] if row["indicator"] == "copied_share"]
    assert {(row["answer"], row["suspected"]) for row in copied} == {("not_enough_data", False)}
    # what drawn checks answered is told all the same: it is a measure of its own
    rates = [[row for row in rows if row["indicator"] == "discrepancy_rate"] for rows in told_of]
    assert rates[0] == rates[1]
    with pytest.raises(ParameterWrong, match="no rule 'burzt'"):
        verify(*told, engine=DUCK, off=("burzt",))


@pytest.mark.requirement("G8")
@pytest.mark.parametrize(
    ("off", "odd"),
    [("too_short", {"seconds": 5}), ("no_content", {"n_answers": 0})],
)
def test_with_a_suspended_rule_goes_the_measure_beside_it(off: str, odd: dict[str, Any]) -> None:
    visits = [
        visit(number, day=number // 8, at=50 * (number % 8), **(odd if number == 7 else {})) for number in range(60)
    ]
    risks = [
        dict(zip(*(told.visits.column(name).to_pylist() for name in ("visit_id", "risk")), strict=True))
        for told in (verify(table(visits), shops([shop("A")]), engine=DUCK, off=left) for left in ((), (off,)))
    ]
    assert risks[0]["v0007"] > risks[0]["v0008"]
    assert risks[1]["v0007"] == risks[1]["v0008"]


def test_a_tiny_file_answers_not_enough_data_and_still_has_every_row() -> None:
    found = verify(table([visit(1)]), shops([]), engine=DUCK)
    rows = {row["indicator"]: row for row in found.managers.to_pylist()}
    assert rows["ghost_share"]["answer"] == rows["copied_share"]["answer"] == "not_enough_data"
    assert rows["ghost_share"]["value"] is None
    assert rows["ghost_share"]["suspected"] is False
    assert rows["visits"]["value"] == 1.0
    assert found.visits.column("risk")[0].as_py() is not None


def test_a_visit_twice_is_refused() -> None:
    with pytest.raises(SchemaMismatch, match="v0001 comes twice"):
        verify(table([visit(1), visit(1)]), shops([]), engine=DUCK)
