"""A shop is visited for price tags that the last real count found missing; a step that was skipped counted nothing."""

from datetime import date, timedelta

import pytest

from lianxin.foundation.models import DatedParameter
from lianxin.visits.models import VisitAction
from lianxin.visits.queries.plan_reasons import reasons_of
from tests.factories import AT
from tests.visits.test_plans import visit_made
from tests.visits.world import World

pytestmark = [pytest.mark.django_db, pytest.mark.requirement("E3")]


def codes(world: World) -> list[str]:
    shop = world.shops["wang"][0]
    told = reasons_of(world.company, [shop.pk], on=world.monday, until=world.monday + timedelta(days=28))
    return [one["code"] for one in told[shop.pk]]


def counted(world: World, days_ago: int, body: dict[str, int], skipped: str = "") -> None:
    visit = visit_made(world, "wang", 0, world.monday - timedelta(days=days_ago))
    VisitAction.objects.create(visit=visit, place=1, kind="price_tags", body=body, skipped_because=skipped)


def test_a_skipped_count_hides_no_missing_price_tags(world: World) -> None:
    counted(world, 5, {"ordered": 30, "on_display": 20, "labelled": 15})
    counted(world, 3, {}, "店主不在")
    counted(world, 2, {})
    assert "price_tags_missing" in codes(world)
    counted(world, 1, {"ordered": 30, "on_display": 20, "labelled": 20})
    assert "price_tags_missing" not in codes(world)


def test_how_long_a_count_speaks_is_a_parameter(world: World) -> None:
    counted(world, 40, {"ordered": 30, "on_display": 20, "labelled": 15})
    assert "price_tags_missing" in codes(world)
    DatedParameter.objects.create(
        company=world.company, name="visiting.price_tags_look_days", value=30, valid_from=date(2021, 1, 1), set_at=AT
    )
    assert "price_tags_missing" not in codes(world)
