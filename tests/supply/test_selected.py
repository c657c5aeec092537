"""Selected shops: a file tells which they are, only they take part, and equals are compared with equals."""

import pytest

from lianxin.foundation.errors import Refused
from lianxin.supply.actions import policies
from lianxin.supply.actions import rounds as actions
from lianxin.supply.bodies import Choice
from lianxin.supply.models import Round, SupplyPolicy
from lianxin.supply.queries import lines, rounds
from lianxin.supply.states import Method, RoundState, SumKind
from tests.factories import AT
from tests.imports.conftest import Take
from tests.supply.test_pages import page, post
from tests.supply.world import WEEK, World, published, supplies_file

pytestmark = [pytest.mark.django_db, pytest.mark.requirement("D1")]
SELECTED = {"rule": "uniform", "only_selected": True}


def requests(said: dict[str, str]) -> str:
    """A file of requests in the trade's headers, five of each shop; licence -> what stands in its cell of selected shops."""
    rows = [f"{WEEK},P1,{licence},5,{word}" for licence, word in said.items()]
    return "\n".join(["周,商品编码,许可证号,需求量,选点", *rows])


def previewed(world: World, policy: SupplyPolicy) -> Round:
    choice = Choice(product=world.products[0], policy=policy)
    made = actions.open_round(company=world.company, week=WEEK, choices=[choice], by=world.brand, at=AT)
    made = actions.close_requests(round=made, by=world.brand, at=AT)
    return actions.preview(round=made, by=world.brand, at=AT)


def test_only_selected_shops_take_part(world: World, take: Take) -> None:
    take(
        "supply_requests", requests({"L0": "是", "L1": "是", "L2": "否", "L3": "", "L4": "1"}), mapping_name="linjiang"
    )
    take("supplies", supplies_file({"P1": 12}), mapping_name="linjiang")
    policy = published(world, "chosen", SELECTED)
    assert policy.method == Method.SELECTED
    made = previewed(world, policy)
    told = {line.licence_no: (line.share_units, line.reason) for line in lines.lines(made, lines.Asked())}
    assert {licence: units for licence, (units, _reason) in told.items()} == {
        "L0": 4,
        "L1": 4,
        "L2": 0,
        "L3": 0,
        "L4": 4,
    }
    assert (told["L2"][1], told["L3"][1]) == ("not_selected", "not_selected")
    # L1 and L3 have the same tier and ask for the same, but only one of them was selected: no equals; L0 and L4 are.
    assert made.summary == {"n_equals": 1, "n_unequal": 0}
    (sums,) = rounds.sums(made, SumKind.PRODUCT)
    assert (sums.wanted_units, sums.takeable_units, sums.n_full, sums.n_nothing) == (25, 15, 0, 2)


def test_a_product_without_selected_shops_is_a_fault(world: World, take: Take) -> None:
    take("supply_requests", requests({"L0": "否", "L1": ""}), mapping_name="linjiang")
    take("supplies", supplies_file({"P1": 12}), mapping_name="linjiang")
    made = previewed(world, published(world, "chosen", SELECTED))
    assert made.state == RoundState.REQUESTS_IN
    assert [(fault["reason"], fault["product_id"]) for fault in made.faults] == [("nobody_selected", "P1")]
    world.brand.language = "en"
    world.brand.save()
    assert "No shop is selected, but only selected shops take part" in page(world.brand, "supply:round", made.number)


def test_what_a_cell_may_say(world: World, take: Take) -> None:
    came = take("supply_requests", requests({"L0": "yes", "L1": "0", "L2": "perhaps"}), mapping_name="linjiang")
    assert (came.n_accepted, came.n_refused) == (2, 1)
    # With another word it is another request, which only a correction brings.
    again = take("supply_requests", requests({"L0": "no"}), mapping_name="linjiang")
    assert (again.n_accepted, again.n_refused) == (0, 1)


def test_quotas_by_tier_and_town_compare_shops_of_one_town(world: World, take: Take) -> None:
    for n, retailer in enumerate(world.retailers):
        retailer.versions.update(trade_form="超市" if n < 2 else "便利店")
    take("supply_requests", requests({f"L{n}": "" for n in range(6)}), mapping_name="linjiang")
    take("supplies", supplies_file({"P1": 12}), mapping_name="linjiang")
    definition = {"rule": "tier_quota", "attributes": ["trade_form"], "split": {"超市": 9, "便利店": 1}}
    made = previewed(world, published(world, "extended", definition))
    given = {line.licence_no: line.share_units for line in lines.lines(made, lines.Asked())}
    assert given["L0"] - given["L2"] > 1  # of one tier, but the other form has little of the supply
    assert made.summary["n_unequal"] == 0


def test_the_form_of_a_policy_knows_selected_shops(world: World) -> None:
    fields = {"code": "chosen", "title": "x", "rule": "uniform", "sentence_zh": "x", "sentence_en": "x"}
    post(world.brand, "supply:draft_policy", **fields, only_selected="on")
    made = SupplyPolicy.objects.get()
    assert made.definition == SELECTED
    world.brand.language = "en"
    world.brand.save()
    assert "Only selected shops" in page(world.brand, "supply:policy", made.pk)
    with pytest.raises(Refused):
        policies.draft(
            company=world.company, code="wrong", title="x", sentence_zh="x", sentence_en="x",
            definition={"rule": "uniform", "only_selected": "often"}, by=world.brand, at=AT,
        )  # fmt: skip
