"""What it would pay to ask for more: computed by running the rule again, on a page and by API."""

from fractions import Fraction

import pytest

from lianxin.foundation.models import User
from lianxin.supply import facts
from lianxin.supply.models import Round, SupplyPolicy
from lianxin.supply.queries import rounds
from tests.imports.conftest import Take
from tests.supply.test_api import call
from tests.supply.test_pages import english_users as english_users  # the same users, who read English
from tests.supply.test_pages import page
from tests.supply.test_rounds import opened, previewed
from tests.supply.world import World, published

pytestmark = [pytest.mark.django_db, pytest.mark.requirement("D1", "D4")]


def gains(made: Round, policy: SupplyPolicy, *, factor: int = 2, more: int = 0, most_shops: int = 9) -> dict[str, int]:
    """Licence number -> what it would gain of what it wants."""
    (row,) = rounds.products_of(made)
    told = facts.what_if(made, row, policy, factor=factor, more=more, most_shops=most_shops)
    return {row["retailer_id"]: row["useful_units"] for row in told.rows.to_pylist()}


def test_a_common_level_pays_nobody_and_proportion_pays_many(world: World, take: Take) -> None:
    made = previewed(world, take, published(world, "level", {"rule": "uniform"}))
    asked = published(world, "asked", {"rule": "proportional"})
    level = gains(made, made.products.get().policy)
    assert set(level) == {"L0", "L1", "L3", "L4", "L5"}  # L2 asks for nothing
    assert max(level.values()) <= 0
    # Who doubles its w of the 25 asked for stands for 2w of 25 + w; each of both shares is within one unit of its part of the 8.
    inflated = gains(made, asked)
    for licence, wanted in {"L0": 5, "L1": 5, "L3": 4, "L4": 2, "L5": 9}.items():
        exact = Fraction(8 * 2 * wanted, 25 + wanted) - Fraction(8 * wanted, 25)
        assert abs(inflated[licence] - exact) < 2
    assert sum(inflated.values()) > 0
    assert sum(gains(made, asked, factor=5).values()) > sum(inflated.values())
    assert gains(made, asked, factor=1, more=0) == dict.fromkeys(level, 0)


def test_a_sample_is_the_same_each_time_and_part_of_all(world: World, take: Take) -> None:
    made = previewed(world, take, published(world, "asked", {"rule": "proportional"}))
    policy = made.products.get().policy
    few = gains(made, policy, most_shops=2)
    assert len(few) == 2
    assert few == gains(made, policy, most_shops=2)
    assert few.items() <= gains(made, policy).items()


def test_a_draw_is_computed_with_a_seed_of_its_own(world: World, take: Take) -> None:
    made = previewed(world, take, published(world, "draw", {"rule": "lottery", "lot_units": 2}))
    (row,) = rounds.products_of(made)
    before = facts.what_if(made, row, row.policy, factor=2, more=0, most_shops=9).rows
    made.seed = "another"
    assert facts.what_if(made, row, row.policy, factor=2, more=0, most_shops=9).rows.equals(before)


def test_the_page_says_whether_it_pays(english_users: World, take: Take) -> None:
    world = english_users
    made = previewed(world, take, published(world, "level", {"rule": "uniform"}))
    asked = published(world, "asked", {"rule": "proportional"})
    assert "What would it pay to ask for more?" in page(world.brand, "supply:round", made.number)
    told = page(world.leader, "supply:gaming", made.number)
    assert "Asking for more does not pay: none of 5 shops" in told
    assert "of 5 that ask" in told
    inflated = gains(made, asked)
    n = sum(gain > 0 for gain in inflated.values())
    assert n > 0
    told = page(world.leader, "supply:gaming", made.number, policy=str(asked.pk))
    assert f"Asking for more pays: {n} of 5 shops" in told
    assert "The rule asked." in told
    assert "Write a whole number from 0 to 10,000." in page(world.leader, "supply:gaming", made.number, more="-1")
    assert "Write a whole number from 0 to 10,000." in page(world.leader, "supply:gaming", made.number, more="1.5")
    page(world.south_user, "supply:gaming", made.number, status=403)


def test_before_requests_are_closed_the_page_says_what_to_do(english_users: World, take: Take) -> None:
    world = english_users
    made = opened(world, take, published(world, "level", {"rule": "uniform"}))
    assert "close the requests of the round first" in page(world.brand, "supply:gaming", made.number)
    assert "What would it pay" not in page(world.brand, "supply:round", made.number)
    call(world.brand, "GET", f"/rounds/{made.number}/gaming?product_code=P1", status=422)


def test_a_round_at_fault_says_so(english_users: World, take: Take) -> None:
    world = english_users
    made = previewed(world, take, published(world, "level", {"rule": "uniform"}))
    full = published(world, "full", {"rule": "on_demand"})
    said = "so it cannot be released on demand"
    assert said in page(world.leader, "supply:gaming", made.number, policy=str(full.pk))
    told = call(world.leader, "GET", f"/rounds/{made.number}/gaming?product_code=P1&policy={full.pk}", status=422)
    assert said in str(told)


def test_the_api_tells_the_same(world: World, take: Take) -> None:
    made = previewed(world, take, published(world, "asked", {"rule": "proportional"}))
    rows = call(world.leader, "GET", f"/rounds/{made.number}/gaming?product_code=P1&factor=3&more=1&shops=3")
    policy = made.products.get().policy
    assert {row["licence_no"]: row["useful_units"] for row in rows} == gains(
        made, policy, factor=3, more=1, most_shops=3
    )
    assert {row["told_units"] - 3 * row["wanted_units"] for row in rows} == {1}
    call(world.leader, "GET", f"/rounds/{made.number}/gaming?product_code=P1&factor=0", status=422)
    call(User.objects.get(pk=world.south_user.pk), "GET", f"/rounds/{made.number}/gaming?product_code=P1", status=403)
