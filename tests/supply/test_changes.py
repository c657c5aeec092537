"""Changes by hand: what they need, who may agree, and that the supply is never exceeded."""

from typing import Any

import pytest
from django.urls import reverse

from lianxin.foundation.errors import Denied, Missing, Refused
from lianxin.foundation.models import AuditRow, User
from lianxin.foundation.states import Role
from lianxin.people import queries as people
from lianxin.people.models import Posting
from lianxin.supply import permissions
from lianxin.supply.actions import changes as actions
from lianxin.supply.actions import rounds as round_actions
from lianxin.supply.models import HandChange, Round
from lianxin.supply.queries import lines, rounds
from lianxin.supply.states import ChangeState, SumKind
from tests import factories
from tests.factories import AT
from tests.imports.conftest import Take
from tests.supply.test_pages import page
from tests.supply.test_rounds import ON, QUOTA, previewed
from tests.supply.world import World, published

pytestmark = [pytest.mark.django_db, pytest.mark.requirement("D3")]


@pytest.fixture
def committed(world: World, take: Take) -> Round:
    """Two units to each of L1, L3, L5, nothing to the others, two of eight units left."""
    made = previewed(world, take, published(world, "tight-by-tier", QUOTA))
    return round_actions.commit(round=made, by=world.leader, at=AT, on=ON)


def propose(world: World, round: Round, retailer: int = 1, units: int = 3, **more: Any) -> HandChange:
    given: dict[str, Any] = {
        "round": round, "product_id": world.products[0].pk, "retailer_id": world.retailers[retailer].pk,
        "after_units": units, "reason": "damaged_goods", "words": "Two cartons were wet.", "evidence": "Note 17.",
        "by": world.brand, "at": AT, "on": ON,
    }  # fmt: skip
    return actions.propose(**{**given, **more})


def test_an_agreed_change_stands_beside_what_the_rule_gave(world: World, committed: Round) -> None:
    change = propose(world, committed)
    assert lines.line_of(committed, world.retailers[1].pk, world.products[0].pk).share_units == 2
    actions.agree(change=change, words="Seen.", by=world.officer, at=AT, on=ON)
    line = lines.line_of(committed, world.retailers[1].pk, world.products[0].pk)
    assert (line.share_units, line.rule_units, line.is_changed) == (3, 2, True)
    (total,) = rounds.sums(committed, SumKind.PRODUCT)
    assert (total.share_units, total.rule_units) == (7, 6)
    # The quota stays on the page after a change.
    assert {row.tier: row.quota_units for row in rounds.sums(committed, SumKind.TIER)} == {30: 2, 10: 0}
    assert list(AuditRow.objects.filter(subject=f"hand_change:{change.pk}").values_list("verb", flat=True)) == [
        "supplychanges.propose",
        "supplychanges.agree",
    ]
    with pytest.raises(Refused, match="decided already"):
        actions.refuse(change=change, words="No.", by=world.leader, at=AT, on=ON)


def test_a_refused_change_leaves_the_line_as_it_was(world: World, committed: Round) -> None:
    change = propose(world, committed)
    with pytest.raises(Refused, match="Say why"):
        actions.refuse(change=change, words=" ", by=world.leader, at=AT, on=ON)
    done = actions.refuse(change=change, words="The note says dry.", by=world.leader, at=AT, on=ON)
    assert done.state == ChangeState.REFUSED
    assert lines.line_of(committed, world.retailers[1].pk, world.products[0].pk).share_units == 2
    assert propose(world, committed).state == ChangeState.PROPOSED


def test_a_change_needs_all_its_parts(world: World, committed: Round) -> None:
    for more, match in (
        ({"reason": "friend"}, "Choose a reason"),
        ({"words": "wet"}, "own words"),
        ({"evidence": " "}, "what it rests on"),
        ({"units": 2}, "this number already"),
        ({"units": -1}, "not negative"),
        ({"units": 6}, "at most 5"),
        ({"units": 5}, "2 are left"),
    ):
        with pytest.raises(Refused, match=match):
            propose(world, committed, **more)
    propose(world, committed)
    with pytest.raises(Refused, match="Another change of this line"):
        propose(world, committed, units=0)


def test_the_supply_is_never_exceeded_by_changes_that_wait_together(world: World, committed: Round) -> None:
    propose(world, committed, retailer=1, units=4)
    with pytest.raises(Refused, match="0 are left"):
        propose(world, committed, retailer=3, units=3)
    lower = propose(world, committed, retailer=5, units=0)
    # What is only proposed to be taken away is not there to be given.
    with pytest.raises(Refused, match="0 are left"):
        propose(world, committed, retailer=3, units=3)
    actions.agree(change=lower, words="", by=world.officer, at=AT, on=ON)
    assert propose(world, committed, retailer=3, units=4).after_units == 4
    (total,) = rounds.sums(committed, SumKind.PRODUCT)
    assert total.share_units == 4


def test_without_a_person_behind_an_account_nobody_proposes_or_agrees(world: World, committed: Round) -> None:
    change = propose(world, committed)
    nobody = factories.user(world.company, Role.LEADER)
    assert "belongs to no person" in permissions.why_not_decide(nobody, change, on=ON)
    with pytest.raises(Denied, match="in which line you are"):
        actions.agree(change=change, words="", by=nobody, at=AT, on=ON)
    with pytest.raises(Refused, match="belongs to no person"):
        propose(world, committed, retailer=3, units=1, by=factories.user(world.company, Role.BRAND_MANAGER))
    HandChange.objects.filter(pk=change.pk).update(proposed_by=factories.user(world.company, Role.BRAND_MANAGER))
    change.refresh_from_db()
    with pytest.raises(Denied, match="account that proposed it"):
        actions.agree(change=change, words="", by=world.officer, at=AT, on=ON)
    assert permissions.may_decide(world.officer, change, on=ON)
    User.objects.filter(pk=world.officer.pk).update(language="en")
    told = page(world.officer, "supply:change", change.pk)
    assert ("account that proposed it" in told, ">Agree<" in told, ">Refuse<" in told) == (True, False, True)
    assert reverse("supply:agree", args=[change.pk]) not in told
    # Who holds the retailer refuses nothing either.
    HandChange.objects.filter(pk=change.pk).update(holder=people.person_of(world.officer))
    change.refresh_from_db()
    with pytest.raises(Denied, match="You hold this retailer"):
        actions.refuse(change=change, words="No.", by=world.officer, at=AT, on=ON)
    HandChange.objects.filter(pk=change.pk).update(holder=None)
    refused = actions.refuse(change=change, words="Nobody knows who asked.", by=world.officer, at=AT, on=ON)
    assert refused.state == "refused"


def test_who_proposed_or_stands_in_the_same_line_does_not_agree(world: World, committed: Round) -> None:
    by_head = propose(world, committed, by=world.head_south)
    # The leader leads the head of the south: one line.
    assert "one line" in permissions.why_not_decide(world.leader, by_head, on=ON)
    with pytest.raises(Denied, match="one line"):
        actions.agree(change=by_head, words="", by=world.leader, at=AT, on=ON)
    with pytest.raises(Denied, match="Your post"):
        actions.agree(change=by_head, words="", by=world.south_user, at=AT, on=ON)
    assert permissions.may_decide(world.officer, by_head, on=ON)
    own = propose(world, committed, retailer=3, units=1)
    with pytest.raises(Denied, match="Somebody else decides"):
        actions.agree(change=own, words="", by=world.brand, at=AT, on=ON)
    holder = factories.user(world.company, Role.SUPERVISION_OFFICER)
    HandChange.objects.filter(pk=own.pk).update(
        holder=factories.person(Posting.objects.get(person=world.south).unit, user=holder)
    )
    own.refresh_from_db()
    assert "You hold this retailer" in permissions.why_not_decide(holder, own, on=ON)


def test_a_line_outside_the_scope_is_not_found(world: World, committed: Round) -> None:
    assert propose(world, committed, by=world.south_user).holder == world.south
    with pytest.raises(Missing):
        propose(world, committed, retailer=3, by=world.south_user)
    with pytest.raises(Denied):
        propose(world, committed, retailer=3, by=world.officer)


def test_a_preview_is_not_changed_by_hand(world: World, take: Take) -> None:
    made = previewed(world, take, published(world, "tight-by-tier", QUOTA))
    with pytest.raises(Refused, match="once its round is committed"):
        propose(world, made)


def test_a_line_that_has_changed_since_is_proposed_anew(world: World, committed: Round) -> None:
    change = propose(world, committed)
    HandChange.objects.filter(pk=change.pk).update(before_units=1)
    change.refresh_from_db()
    with pytest.raises(Refused, match="has changed since"):
        actions.agree(change=change, words="", by=world.leader, at=AT, on=ON)
