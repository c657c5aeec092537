"""A phone set to another year does not stay the newest: visits stand in the order of their days, at the server's time."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import RequestFactory
from django.utils import timezone

from lianxin.foundation import clock
from lianxin.retailers.queries.happenings import Span
from lianxin.ui.slots import panels_for
from lianxin.visits.models import Visit, VisitAction
from lianxin.visits.queries import happenings, planning
from lianxin.visits.states import ActionKind
from tests.visits.test_plans import visit_made
from tests.visits.world import World

pytestmark = [pytest.mark.django_db, pytest.mark.requirement("B1"), pytest.mark.requirement("F1")]
IN_2030 = datetime(2030, 1, 1, 1, tzinfo=UTC)


def seen(visit: Visit, units: int) -> None:
    counted: dict[str, Any] = {"lines": [{"product_id": 7, "units": units}]}
    VisitAction.objects.create(visit=visit, place=1, kind="stock_count", body=counted)
    tags = {"ordered": 9, "on_display": 9, "labelled": units}
    VisitAction.objects.create(visit=visit, place=2, kind="price_tags", body=tags)


@pytest.mark.parametrize("is_known", [True, False])
def test_the_visit_of_the_last_day_is_the_last(world: World, is_known: bool) -> None:
    # Given a visit of a phone whose clock stood on 2030, and one of the day after it by a sound clock
    today = clock.today(world.company)
    first, second = today - timedelta(days=4), today - timedelta(days=3)
    wrong, sound = visit_made(world, "wang", 0, first), visit_made(world, "wang", 0, second)
    truth = wrong.check_in_at
    wrong.check_in_at, wrong.check_out_at, wrong.marks = IN_2030, IN_2030 + timedelta(minutes=8), ["wrong_clock"]
    if is_known:
        wrong.clock_offset_seconds = int((truth - IN_2030).total_seconds())
    wrong.save()
    seen(wrong, 3)
    seen(sound, 5)
    shop, boss = wrong.retailer, world.users["boss"]

    # then the file, its history and its counter go by the day of the visit
    assert planning.of_retailer(shop, on=today).last == [sound, wrong]
    request = RequestFactory().get("/")
    request.user = boss
    with timezone.override(world.company.zone):
        panel = next(one for one in panels_for("retailer_file", request) if one.key == "visits").render(request, shop)
    assert "2030-" not in panel
    assert panel.index(f"{second}") < panel.index(f"{first}")
    assert (f"{first} 09:00" in panel) == is_known
    span = Span(today - timedelta(days=30), today, world.company)
    assert [one.at for one in happenings.visits(boss, shop, span)] == [truth, sound.check_in_at]
    assert happenings.counter_state(boss, shop, on=today)[ActionKind.PRICE_TAGS].visit_id == sound.pk
    assert happenings.counts_at(shop, since=first) == [(7, first, 3), (7, second, 5)]
