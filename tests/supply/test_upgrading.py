"""What migrations make of rows from before: what was seen by then counts as seen, what was announced is kept."""

from datetime import timedelta
from importlib import import_module

import pytest
from django.apps import apps

from lianxin.oversight.actions import favour as questions
from lianxin.supply.actions import rounds as actions
from lianxin.supply.models import FavourFinding, FavourRun, Round, RoundEvent, RoundProduct
from lianxin.supply.queries import rounds
from tests.factories import AT
from tests.imports.conftest import Take
from tests.supply.test_favour import ON, finding, run
from tests.supply.test_rounds import announced, opened, previewed
from tests.supply.world import World, published

__all__ = ["run"]
pytestmark = [pytest.mark.django_db, pytest.mark.requirement("D1", "D3")]


def migrate(name: str, function: str) -> None:
    getattr(import_module(name), function)(apps, None)


@pytest.mark.parametrize("rule", ["lottery", "uniform"])
def test_previews_from_before_count_as_seen(world: World, take: Take, rule: str) -> None:
    made = previewed(world, take, published(world, "x", {"rule": rule}))
    Round.objects.update(seed_told_at=None)
    RoundProduct.objects.update(draw_seen_at=None)
    migrate("lianxin.supply.migrations.0003_draws_seen", "keep_what_was_seen")
    made.refresh_from_db()
    assert made.seed_told_at == AT
    assert RoundProduct.objects.get(round=made).draw_seen_at == (AT if rule == "lottery" else None)


def test_a_round_that_nobody_previewed_stays_sealed(world: World, take: Take) -> None:
    made = opened(world, take, published(world, "draw", {"rule": "lottery"}))
    migrate("lianxin.supply.migrations.0003_draws_seen", "keep_what_was_seen")
    made.refresh_from_db()
    assert (made.seed_told_at, rounds.was_draw_seen(made)) == (None, False)


def test_what_was_announced_from_before_is_kept(world: World, take: Take) -> None:
    closes = AT + timedelta(hours=3)
    made = announced(world, take, closes)
    actions.close_requests(round=made, by=world.brand, at=closes + timedelta(minutes=1))
    RoundEvent.objects.update(requests_close_at=None)
    migrate("lianxin.supply.migrations.0004_announcements_kept", "keep_what_is_known")
    assert [event.requests_close_at for event in rounds.events_of(made)] == [closes, None]


def test_where_nothing_was_announced_nothing_is_made_up(world: World, take: Take) -> None:
    made = opened(world, take, published(world, "level", {"rule": "uniform"}))
    actions.close_requests(round=made, by=world.brand, at=AT + timedelta(hours=1))
    migrate("lianxin.supply.migrations.0004_announcements_kept", "keep_what_is_known")
    assert [event.requests_close_at for event in rounds.events_of(made)] == [None, None]


def test_questions_from_before_open_their_findings(world: World, run: FavourRun) -> None:
    asked = finding(run, world.north)
    questions.ask(finding=asked, by=world.officer, at=AT, on=ON)
    FavourFinding.objects.update(question_opened_at=None)
    migrate("lianxin.oversight.migrations.0012_favour_questions_told", "tell_supply")
    told = FavourFinding.objects.exclude(question_opened_at=None)
    assert [(row.pk, row.question_opened_at) for row in told] == [(asked.pk, AT)]
