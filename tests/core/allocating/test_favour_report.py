"""The report as a whole: who is asked about, who cannot be told of, and what changes nothing."""

from __future__ import annotations

import pyarrow as pa
import pytest

from lianxin.core.allocating.favour import (
    ALLOCATIONS,
    FEW_RETAILERS,
    FEW_ROUNDS,
    FEW_ROWS,
    FEW_WEEKS,
    NO_OTHERS,
)
from lianxin.core.errors import ParameterWrong
from tests.core.allocating.favour_cases import Row, by_manager, city, found, row, table

pytestmark = pytest.mark.requirement("D3")


def from_others() -> list[Row]:
    """Every week one of the manager's first twelve retailers gets one more, taken from another manager's."""
    rows = city()
    for line in rows:
        number = int(line["retailer_id"][2:])
        week = line["week"].isocalendar().week
        if line["manager_id"] == "m0" and number % 3 == week % 3:
            line["share_units"] += 1
        if line["manager_id"] == "m1" and number % 3 == week % 3:
            line["share_units"] -= 1
    return rows


def to_friends() -> list[Row]:
    """Three retailers of a manager get three more every week, at the cost of nine of its others."""
    rows = city()
    for line in rows:
        number = int(line["retailer_id"][2:])
        if line["manager_id"] == "m2":
            line["share_units"] += 3 if number < 3 else -1 if number < 12 else 0
    return rows


def test_where_everybody_got_what_the_rule_gives_nobody_is_asked_about() -> None:
    made = found(city())
    for part in (made.managers, made.within):
        lines = part.to_pylist()
        assert [(x["answer"], x["reason"], x["suspected"], x["p_value"], x["effect_units"]) for x in lines] == [
            ("value", None, False, 1.0, 0.0)
        ] * 3
    assert made.beneficiaries.num_rows == 0
    assert set(made.rows.column("residual_units").to_pylist()) == {0.0}


def test_a_manager_whose_retailers_got_units_of_others_is_asked_about() -> None:
    made = found(from_others())
    mine = by_manager(made.managers)
    assert [name for name, line in mine.items() if line["suspected"]] == ["m0"]
    first = mine["m0"]
    # Ten of thirty retailers, two products, eight weeks.
    assert (first["residual_units"], first["n_rows"], first["n_rounds"]) == (160.0, 480, 16)
    assert (first["share_units"], first["n_retailers"], first["n_left_out"]) == (4 * 480 + 160, 30, 0)
    assert first["effect_units"] == pytest.approx(160.0, abs=1e-6)
    assert first["beyond_one_units"] == 160.0
    assert first["effect_units_per_retailer"] == pytest.approx(160 / 30, abs=1e-5)
    assert not any(made.within.column("suspected").to_pylist())


def test_friends_in_a_territory_are_found_and_leave_the_mean_untouched() -> None:
    made = found(to_friends())
    assert not any(made.managers.column("suspected").to_pylist())
    assert by_manager(made.managers)["m2"]["residual_units"] == 0.0
    mine = by_manager(made.within)
    assert [name for name, line in mine.items() if line["suspected"]] == ["m2"]
    assert (mine["m2"]["n_told"], mine["m2"]["told_units"]) == (3, 3 * 3 * 16)
    assert 0 < mine["m2"]["chance_units"] < 100
    told = made.beneficiaries.to_pylist()
    assert [(x["manager_id"], x["rank"], x["retailer_id"]) for x in told] == [
        ("m2", 1, "r2000"),
        ("m2", 2, "r2001"),
        ("m2", 3, "r2002"),
    ]
    assert {
        (x["n_weeks"], x["n_weeks_above"], x["n_rows"], x["residual_units"], x["above_mean_units"]) for x in told
    } == {(8, 8, 16, 48.0, 48.0)}


def test_without_the_rule_equals_tell_the_same() -> None:
    for rows, part, name in ((from_others(), "managers", "m0"), (to_friends(), "within", "m2")):
        made = found(table(rows).drop_columns(["rule_units"]))
        suspected = [line["manager_id"] for line in getattr(made, part).to_pylist() if line["suspected"]]
        assert suspected == [name]
        assert set(made.rows.column("compared_with").to_pylist()) == {"equals"}


def test_who_lost_less_than_the_others_did_not_get_more() -> None:
    rows = city()
    for line in rows:
        line["share_units"] -= 1 if line["manager_id"] == "m0" else 2
    mine = by_manager(found(rows).managers)["m0"]
    assert mine["effect_units"] > 0 > mine["residual_units"]
    assert mine["q_value"] <= 0.05
    assert not mine["suspected"]


def test_equals_that_differ_by_one_unit_leave_nothing_beyond_one() -> None:
    rows = [line | {"rule_units": None, "share_units": 4 + (line["manager_id"] == "m0")} for line in city()]
    mine = by_manager(found(rows).managers)
    assert (mine["m0"]["suspected"], mine["m0"]["beyond_one_units"]) == (True, 0.0)
    for line in rows[:60]:
        line["share_units"] += 3 * (line["retailer_id"] == "r0000")
    assert by_manager(found(rows).managers)["m0"]["beyond_one_units"] == pytest.approx(3.0)


def test_a_single_large_change_is_nobody_favoured_again_and_again() -> None:
    rows = city()
    rows[0]["share_units"] += 200
    assert not any(found(rows).within.column("suspected").to_pylist())


def test_what_is_too_small_to_matter_is_not_asked_about() -> None:
    assert any(found(from_others(), least_effect_share=0.07).managers.column("suspected").to_pylist())
    assert not any(found(from_others(), least_effect_share=0.08).managers.column("suspected").to_pylist())


def test_the_order_of_rows_and_retailers_without_a_manager_change_nothing() -> None:
    rows = to_friends()
    first, second = found(rows), found(rows[::-1])
    assert first == second
    for line in rows:
        if line["manager_id"] == "m1":
            line["manager_id"] = None
    made = found(rows)
    assert made.managers.column("manager_id").to_pylist() == ["m0", "m2"]
    assert by_manager(made.within)["m2"]["suspected"]


def test_another_seed_draws_otherwise() -> None:
    rows = from_others()
    rows[5]["share_units"] += 3
    assert found(rows, seed=1).managers != found(rows, seed=2).managers


def test_a_retailer_that_changed_hands_counts_for_each_manager() -> None:
    rows = city(weeks=8)
    for line in rows:
        if line["retailer_id"] == "r0000" and line["week"].isocalendar().week > 13:
            line["manager_id"] = "m1"
    made = by_manager(found(rows).managers)
    assert (made["m0"]["n_retailers"], made["m1"]["n_retailers"]) == (30, 31)
    assert made["m0"]["n_rows"] + made["m1"]["n_rows"] == 2 * 480


@pytest.mark.parametrize(
    ("least", "reason", "part"),
    [
        ({"minimum_retailers": 31}, FEW_RETAILERS, "managers"),
        ({"minimum_rows": 481}, FEW_ROWS, "managers"),
        ({"minimum_rounds": 17}, FEW_ROUNDS, "managers"),
        ({"minimum_weeks": 9}, FEW_WEEKS, "within"),
    ],
)
def test_below_its_least_sample_a_test_cannot_tell(least: dict[str, int], reason: str, part: str) -> None:
    lines = getattr(found(from_others(), **least), part).to_pylist()
    assert [(x["answer"], x["reason"], x["p_value"], x["q_value"], x["suspected"]) for x in lines] == [
        ("cannot_tell", reason, None, None, False)
    ] * 3


def test_a_manager_alone_cannot_be_compared() -> None:
    made = found(city(n_managers=1))
    assert made.managers.column("reason").to_pylist() == made.within.column("reason").to_pylist() == [NO_OTHERS]


def test_nothing_to_read_gives_empty_tables() -> None:
    made = found(table([]))
    assert [part.num_rows for part in (made.managers, made.within, made.beneficiaries, made.rows)] == [0, 0, 0, 0]


def test_rows_with_nobody_to_compare_with_are_counted_and_left_out() -> None:
    rows = [*city(), row("r0000", 9, product_id="p9", manager_id="m0")]
    made = found(rows)
    assert by_manager(made.managers)["m0"]["n_left_out"] == 1
    last = made.rows.to_pylist()[-1]
    nobody = next(line for line in made.rows.to_pylist() if line["product_id"] == "p9")
    assert (nobody["compared_with"], nobody["expected_units"], nobody["residual_units"]) == ("nobody", None, None)
    assert list(last)[: len(ALLOCATIONS.columns)] == list(ALLOCATIONS.columns)


def test_only_rows_without_comparison_cannot_tell() -> None:
    made = found([row(f"r{n}", 1, wanted_units=n + 1) for n in range(5)])
    assert made.managers.to_pylist()[0]["reason"] == FEW_RETAILERS
    assert made.within.to_pylist()[0]["n_told"] == 0


def test_wrong_words_are_refused() -> None:
    with pytest.raises(ParameterWrong, match="alike is 'tier'"):
        found(city(weeks=1), alike="tier")
    with pytest.raises(ParameterWrong, match=r"favour\.correction is 'Holm'"):
        found(city(weeks=1), correction="Holm")
    with pytest.raises(ParameterWrong, match=r"favour\.level"):
        found(city(weeks=1), level=2.0)


def test_the_tables_have_the_types_of_their_contract() -> None:
    made = found(city(weeks=4))
    kinds = {"manager_id": pa.string(), "suspected": pa.bool_(), "answer": pa.string(), "reason": pa.string()}
    for part in (made.managers, made.within):
        for field in part.schema:
            number = pa.float64() if field.name.endswith(("_units", "_retailer", "_value")) else pa.int64()
            assert field.type == kinds.get(field.name, pa.int64() if field.name == "share_units" else number)
