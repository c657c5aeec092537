"""Reasons on the public page: only what was written knowing that everybody reads it, and what changes shows at once."""

from datetime import timedelta

import pytest
from django.core.cache import cache
from django.test import Client

from lianxin.supply.actions import choosing
from lianxin.supply.actions import rounds as actions
from lianxin.supply.models import Round, RoundEvent
from tests.factories import AT
from tests.imports.conftest import Take
from tests.supply.test_api import call
from tests.supply.test_pages import english_users, page, post
from tests.supply.test_rounds import announced, opened
from tests.supply.world import World, published

__all__ = ["english_users"]
pytestmark = [pytest.mark.django_db, pytest.mark.requirement("D2")]
LEVEL = {"rule": "uniform"}
WHY = "Old Wang of the north forgot his file."


def public(round: Round) -> str:
    """The public page of a round, as anybody gets it now."""
    return Client().get(f"/open/supply/{round.company.code}/{round.number}/?lang=en").content.decode()


def closed(world: World, take: Take) -> Round:
    return actions.close_requests(round=opened(world, take, published(world, "level", LEVEL)), by=world.brand, at=AT)


def test_words_from_before_they_were_public_stay_inside(world: World, take: Take) -> None:
    made = closed(world, take)
    closes = AT + timedelta(hours=2)
    actions.reopen(round=made, words=WHY, requests_close_at=closes, by=world.brand, at=AT, is_public=True)
    actions.withdraw(round=made, words=f"{WHY} Again.", by=world.brand, at=AT, is_public=True)
    assert (WHY in public(made), f"{WHY} Again." in public(made)) == (True, True)
    # As the upgrade leaves the steps that were there: the column's default, which a new step of no form has too.
    RoundEvent.objects.update(is_public=RoundEvent._meta.get_field("is_public").get_default())
    cache.clear()
    told = public(made)
    assert (WHY in told, "Reason:" in told) == (False, False)
    assert ("This round was withdrawn on" in told, "requests were opened again" in told) == (True, True)


def test_the_forms_that_make_words_public_say_so(english_users: World, take: Take) -> None:
    world = english_users
    made = closed(world, take)
    form = page(world.brand, "supply:round", made.number)
    assert form.count("The reason stands on the public page") == form.count('name="is_public" value="1"') == 2
    post(world.brand, "supply:reopen", made.number, words=WHY, requests_close_at="2099-01-01T12:00", is_public="1")
    assert WHY in public(made)
    # A form left open over the upgrade did not say it.
    post(world.brand, "supply:withdraw", made.number, words="Li asked for it.")
    told = public(made)
    assert ("This round was withdrawn on" in told, "Li asked for it." in told) == (True, False)
    assert "Li asked for it." in page(world.brand, "supply:round", made.number)


@pytest.mark.parametrize("is_public", [True, False])
def test_a_program_says_whether_its_words_are_public(world: World, take: Take, is_public: bool) -> None:
    made = closed(world, take)
    said = {"is_public": True} if is_public else {}
    again = {"words": WHY, "requests_close_at": "2099-01-01T12:00:00+08:00", **said}
    call(world.brand, "POST", f"/rounds/{made.number}/reopen", again)
    assert (WHY in public(made)) == is_public
    call(world.brand, "POST", f"/rounds/{made.number}/withdraw", {"words": "By mistake.", **said})
    assert ("By mistake." in public(made)) == is_public


def test_a_step_that_changes_nothing_else_shows_at_once(world: World, take: Take) -> None:
    closes = AT + timedelta(hours=3)
    made = announced(world, take, closes)
    assert "requests were opened again" not in public(made)
    early = AT + timedelta(hours=1)
    actions.close_requests(round=made, by=world.brand, at=early, words="Everybody has answered.")
    actions.reopen(round=made, words=WHY, requests_close_at=closes, by=world.brand, at=early, is_public=True)
    assert ("requests were opened again" in public(made), WHY in public(made)) == (True, True)


def test_another_policy_shows_at_once(world: World, take: Take) -> None:
    made = opened(world, take, published(world, "level", LEVEL))
    assert "The rule level." in public(made)
    other = published(world, "asked", {"rule": "proportional"})
    choosing.choose(round=made, product_id=world.products[0].pk, policy=other, by=world.brand, at=AT)
    told = public(made)
    assert ("The rule level." in told, "The rule asked." in told) == (False, True)
