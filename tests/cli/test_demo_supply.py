"""Allocation in a demonstration: shared out once by those who would do it, published, a change waiting, a test for favour."""

from datetime import timedelta

import pytest

from lianxin.cli import demo_supply
from lianxin.cli.demo_day import Cast
from lianxin.foundation.models import Company
from lianxin.people.models import Person
from lianxin.people.states import Post
from lianxin.supply.models import FavourRun, HandChange, Round, SupplyPolicy
from lianxin.supply.queries import changes, lines, rounds
from lianxin.supply.states import RoundState
from tests.imports.conftest import Take
from tests.imports.conftest import take as take  # the same way of taking a file in
from tests.supply.conftest import english as english  # sentences are compared in English
from tests.supply.world import WEEK, World, build, requests_file, supplies_file

pytestmark = [pytest.mark.django_db, pytest.mark.requirement("D1", "D3")]
SHOWN = (Post.BRAND_MANAGER, Post.LEADER, Post.SUPERVISION_OFFICER)


@pytest.fixture
def world(company: Company) -> World:
    return build(company)


@pytest.fixture
def cast(world: World) -> Cast:
    persons = {post: Person.objects.get(postings__post=post, user__isnull=False) for post in SHOWN}
    return Cast(persons, world.admin)


def silent(share: float, text: str) -> None:
    """Tell nobody."""


def shared(world: World, cast: Cast) -> str:
    return demo_supply.share_out(
        world.company, cast, chosen="tight-by-tier", compared="level-by-tier", invented_note="made up", tell=silent
    )


def test_the_newest_week_is_shared_out_and_published_once(world: World, cast: Cast, take: Take) -> None:
    for week in (WEEK - timedelta(weeks=1), WEEK):
        take("supply_requests", requests_file({"P1": [5, 5, 0, 4, 2, 9]}, week=week), mapping_name="linjiang")
        take("supplies", supplies_file({"P1": 8}, week=week), mapping_name="linjiang")
    assert shared(world, cast) == "6 lines"
    made = Round.objects.get()
    assert (made.week, made.state, made.invented_note) == (WEEK, RoundState.PUBLISHED, "made up")
    assert (made.opened_by, made.committed_by) == (world.brand, world.leader)
    # Policies are drafted by one and published by the other, each once however often the demonstration starts.
    assert [row.code for row in SupplyPolicy.objects.order_by("pk")] == [told["code"] for told in demo_supply.POLICIES]
    assert {(row.drafted_by, row.published_by) for row in SupplyPolicy.objects.all()} == {(world.brand, world.leader)}
    demo_supply.published(world.company, cast)
    assert SupplyPolicy.objects.count() == len(demo_supply.POLICIES)


def test_without_a_supply_there_is_nothing_to_share(world: World, cast: Cast) -> None:
    assert shared(world, cast) == "there already"
    assert demo_supply.change_by_hand(world.company, cast) == "there already"
    assert demo_supply.test_imported(world.company, cast) == "there already"
    assert (Round.objects.count(), HandChange.objects.count(), FavourRun.objects.count()) == (0, 0, 0)


def test_a_change_waits_for_a_second_person_and_is_proposed_once(world: World, cast: Cast, take: Take) -> None:
    take("supply_requests", requests_file({"P1": [5, 5, 0, 4, 2, 9]}), mapping_name="linjiang")
    take("supplies", supplies_file({"P1": 20}), mapping_name="linjiang")
    shared(world, cast)
    assert demo_supply.change_by_hand(world.company, cast) == "one waits for a second person"
    assert demo_supply.change_by_hand(world.company, cast) == "there already"
    (change,) = changes.open_changes(world.company)
    most = max(line.share_units for line in lines.lines(Round.objects.get(), lines.Asked()))
    assert (change.before_units, change.after_units) == (most, most - 1)


def test_imported_rounds_are_tested_for_favour_once(world: World, cast: Cast, take: Take) -> None:
    head = "week,product_code,licence_no,share_units,wanted_units,tier\n"
    take("allocations", head + "".join(f"{WEEK},P1,L{n},3,5,{30 if n % 2 else 10}\n" for n in range(6)))
    assert rounds.standing(world.company).count() == 1
    assert demo_supply.test_imported(world.company, cast) == "6 lines"
    assert demo_supply.test_imported(world.company, cast) == "there already"
    assert FavourRun.objects.get().made_by == world.officer
