"""A shop's own point is learnt from many check-ins; a home or a car park teaches nothing."""

from datetime import UTC, date, datetime, timedelta

import pytest
from click.testing import CliRunner

from lianxin.cli import collect
from lianxin.foundation.models import Company
from lianxin.people.models import Person
from lianxin.retailers.models import Retailer
from lianxin.visits.actions import learning
from lianxin.visits.models import Position, ShopPoint, Visit
from lianxin.visits.queries import holding
from tests import factories

pytestmark = [pytest.mark.django_db, pytest.mark.requirement("F1", "G1")]
NOW = datetime(2026, 11, 20, 2, 0, tzinfo=UTC)
REGISTERED = (31.35, 118.42)


def check_in(person: Person, shop: Retailer, days_ago: int, metres_north: float, **fields: object) -> None:
    at = NOW - timedelta(days=days_ago)
    visit = Visit.objects.create(
        id=f"{shop.pk}-{days_ago}-{metres_north}", company=shop.company, person=person, retailer=shop, visit_date=at.date(),
        check_in_at=at, check_out_at=at, received_at=at, state="done",
    )  # fmt: skip
    fix = {"accuracy_metres": 20, "fix_age_seconds": 3, "source": "gps", **fields}
    Position.objects.create(
        visit=visit,
        moment="check_in",
        latitude=REGISTERED[0] + metres_north / 111_195,
        longitude=REGISTERED[1],
        taken_at=at,
        **fix,
    )


def shop_of(company: Company, person: Person) -> Retailer:
    return factories.retailer(company, holder=person, latitude=REGISTERED[0], longitude=REGISTERED[1])


def test_a_shop_that_moved_is_learnt_and_what_teaches_nothing_is_left_out(company: Company) -> None:
    person = factories.person(factories.unit(company))
    moved, one_day, few, cached, right = (shop_of(company, person) for _n in range(5))
    for day in range(1, 7):
        check_in(person, moved, day, 400 + 5 * day)
        check_in(person, cached, day, 450, source="cached")
        check_in(person, right, day, 3 * day)
    check_in(person, moved, 9, -2000)
    for n in range(6):
        check_in(person, one_day, 1, 300 + n)
    for day in range(1, 5):
        check_in(person, few, day, 350)
    parked = [shop_of(company, person) for _n in range(3)]
    for shop in parked:
        for day in range(1, 7):
            check_in(person, shop, day, 5000)

    assert learning.learn(company=company, by=None, at=NOW) == 1

    point = ShopPoint.objects.get()
    assert (point.retailer, point.n_visits, point.n_persons, point.valid_from) == (moved, 6, 1, date(2026, 11, 20))
    assert point.latitude == pytest.approx(REGISTERED[0] + 415 / 111_195, abs=1e-4)
    assert len(holding.points_of(moved, on=date(2026, 11, 20))) == 2
    assert len(holding.points_of(moved, on=date(2026, 11, 19))) == 1, "what was answered before stays"
    assert learning.learn(company=company, by=None, at=NOW) == 0, "it is known now"


def test_forgetting_at_night_learns_first(company: Company, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lianxin.foundation.clock.now", lambda: NOW)
    monkeypatch.setattr("lianxin.cli.forgetting.require_ready", lambda: None)
    person = factories.person(factories.unit(company))
    shop = shop_of(company, person)
    for day in range(95, 101):
        check_in(person, shop, day, 400)

    result = CliRunner().invoke(collect(), ["forget"])

    assert (result.exit_code, Position.objects.count(), ShopPoint.objects.count()) == (0, 0, 1)
    assert "6" in result.output
