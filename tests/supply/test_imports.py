"""Requests, supply and allocations made elsewhere come in, are refused with a reason, and go out again whole."""

import pytest

from lianxin.foundation.errors import Refused
from lianxin.foundation.imports import running
from lianxin.foundation.models import ImportBatch
from lianxin.foundation.states import BatchState
from lianxin.supply import facts
from lianxin.supply.actions import batches
from lianxin.supply.models import Round, RoundSum, SupplyAmount
from lianxin.supply.queries import lines, rounds
from tests.factories import AT
from tests.imports.conftest import Take, counts, reasons
from tests.supply.world import WEEK, World, requests_file, supplies_file

pytestmark = [pytest.mark.django_db, pytest.mark.requirement("D1")]


def test_requests_come_in_and_go_out_again(world: World, take: Take) -> None:
    first = take("supply_requests", requests_file({"P1": [3, 0, 5, 7, 1, 2]}, cap=4), mapping_name="linjiang")
    assert counts(first) == (6, 6, 0, 0)
    known = facts.requests(world.company, WEEK)
    assert known.column("wanted_units").to_pylist() == [3, 0, 5, 7, 1, 2]
    assert known.column("cap_units").to_pylist() == [4] * 6
    again = take("supply_requests", requests_file({"P1": [3, 0, 5, 7, 1, 9]}, cap=4), mapping_name="linjiang")
    assert counts(again) == (6, 0, 1, 5)
    assert reasons(again) == [(7, "wanted_units", "9")]
    corrected = take(
        "supply_requests", requests_file({"P1": [3, 0, 5, 7, 1, 9]}, cap=4), mapping_name="linjiang", is_correction=True
    )
    assert counts(corrected) == (6, 1, 0, 5)
    assert facts.requests(world.company, WEEK).column("wanted_units").to_pylist() == [3, 0, 5, 7, 1, 9]
    running.undo(company=world.company, batch_id=corrected.batch_id, by=None, at=AT)
    assert facts.requests(world.company, WEEK).column("wanted_units").to_pylist() == [3, 0, 5, 7, 1, 2]
    running.undo(company=world.company, batch_id=first.batch_id, by=None, at=AT)
    assert facts.requests(world.company, WEEK).num_rows == 0


def test_a_dry_run_changes_nothing(world: World, take: Take) -> None:
    tried = take("supply_requests", requests_file({"P1": [3] * 6}), mapping_name="linjiang", is_trial=True)
    assert counts(tried) == (6, 6, 0, 0)
    assert tried.batch_id == ""
    assert facts.requests(world.company, WEEK).num_rows == 0


def test_rows_that_cannot_be_taken_are_told_with_their_reasons(world: World, take: Take) -> None:
    head = "week,product_code,licence_no,wanted_units,cap_units,floor_units,tier\n"
    told = take(
        "supply_requests",
        head
        + "2021-12-06,P1,L0,3,,,\n"
        + "2021-12-07,P1,L1,3,,,\n"
        + "2021-12-06,P9,L1,3,,,\n"
        + "2021-12-06,P1,L9,3,,,\n"
        + "2021-12-06,P1,L1,-3,,,\n"
        + "2021-12-06,P1,L2,3,2,3,\n"
        + "2021-12-06,P1,L3,3,,,31\n"
        + "2021-12-06,P1,L0,4,,,\n"
        + "2021-12-06,P1,L0,3,,,\n",
    )
    # A floor above the cap, in line 7, is none: it lifts no further than the cap (docs/reference/allocation.md).
    assert counts(told) == (9, 2, 6, 1)
    assert reasons(told) == [
        (3, "week", "2021-12-07"), (4, "product_code", "P9"), (5, "licence_no", "L9"), (6, "wanted_units", "-3"),
        (8, "tier", "31"), (9, "licence_no", "L0"),
    ]  # fmt: skip


def test_supply_comes_in_is_corrected_and_undone(world: World, take: Take) -> None:
    first = take("supplies", supplies_file({"P1": 10, "P2": 0}), mapping_name="linjiang")
    assert counts(first) == (2, 2, 0, 0)
    assert counts(take("supplies", supplies_file({"P1": 12}), mapping_name="linjiang")) == (1, 0, 1, 0)
    assert counts(take("supplies", supplies_file({"P9": 12}), mapping_name="linjiang")) == (1, 0, 1, 0)
    corrected = take("supplies", supplies_file({"P1": 12}), mapping_name="linjiang", is_correction=True)
    assert rounds.supply_amounts(world.company, WEEK) == {world.products[0].pk: 12, world.products[1].pk: 0}
    for result in (corrected, first):
        running.undo(company=world.company, batch_id=result.batch_id, by=None, at=AT)
    assert not SupplyAmount.objects.exists()


ALLOCATIONS = (
    "周,商品编码,许可证号,投放量,需求量,合理定量,档位,规则应得量,可供量\n"
    + "2021-12-06,P1,L0,2,3,,10,2,9\n"
    + "2021-12-06,P1,L1,4,4,,30,3,9\n"
    + "2021-12-13,P1,L3,1,1,,,,\n"
)


@pytest.mark.requirement("D3")
def test_an_allocation_made_elsewhere_becomes_a_round_a_week(world: World, take: Take) -> None:
    result = take("allocations", ALLOCATIONS, mapping_name="linjiang")
    assert counts(result) == (3, 3, 0, 0)
    first, second = rounds.standing(world.company).order_by("number")
    assert (first.week, first.n_lines, first.n_retailers, second.n_lines) == (WEEK, 2, 2, 1)
    told = lines.lines(first, lines.Asked())
    assert [(line.licence_no, line.share_units, line.rule_units, line.person) for line in told] == [
        ("L0", 2, 2, "南甲"),
        ("L1", 4, 3, "南甲"),
    ]
    assert [product.supply_units for product in rounds.products_of(first)] == [9]
    (by_product,) = RoundSum.objects.filter(round=first, kind="product")
    assert (by_product.share_units, by_product.rule_units, by_product.n_full) == (6, 5, 1)
    # The second week knows neither tier nor rule from the file: the tier is the retailer's own then.
    (other,) = lines.lines(second, lines.Asked())
    assert (other.tier, other.rule_units, other.person) == (30, None, "北乙")
    assert counts(take("allocations", ALLOCATIONS + "2021-12-06,P1,L2,1,1,,,,9\n", mapping_name="linjiang")) == (
        4, 0, 4, 0,
    )  # fmt: skip
    running.undo(company=world.company, batch_id=result.batch_id, by=None, at=AT)
    assert not rounds.rounds(world.company).exists()
    assert lines.count(first, lines.Asked()) == 0


def test_a_batch_that_a_killed_process_left_is_settled(world: World, take: Take) -> None:
    result = take("supply_requests", requests_file({"P1": [1] * 6}), mapping_name="linjiang")
    ImportBatch.objects.filter(pk=result.batch_id).update(state=BatchState.PREPARED)
    assert len(batches.reconcile(company=world.company, at=AT)) == 1
    assert ImportBatch.objects.get(pk=result.batch_id).state == BatchState.COMMITTED
    batches.undo(batch=ImportBatch.objects.get(pk=result.batch_id))
    assert len(batches.reconcile(company=world.company, at=AT)) == 1
    assert ImportBatch.objects.get(pk=result.batch_id).state == BatchState.UNDONE
    ImportBatch.objects.filter(pk=result.batch_id).update(state=BatchState.PREPARED)
    assert len(batches.reconcile(company=world.company, at=AT)) == 1
    assert ImportBatch.objects.get(pk=result.batch_id).state == BatchState.ABANDONED


def test_requests_of_a_round_under_way_are_closed(world: World, take: Take) -> None:
    result = take("supply_requests", requests_file({"P1": [1] * 6}), mapping_name="linjiang")
    made = Round.objects.create(
        id="r", company=world.company, number=1, week=WEEK, state="requests_in", opened_at=AT, opened_by=world.brand
    )
    made.products.create(product=world.products[0], supply_units=3)
    late = take("supply_requests", requests_file({"P1": [2] * 6}), mapping_name="linjiang", is_correction=True)
    assert counts(late) == (6, 0, 6, 0)
    assert counts(take("supplies", supplies_file({"P1": 10}), mapping_name="linjiang")) == (1, 0, 1, 0)
    with pytest.raises(Refused, match="Withdraw it first"):
        running.undo(company=world.company, batch_id=result.batch_id, by=None, at=AT)
