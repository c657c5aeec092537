"""Where and when a visit was made, as a phone says it: clocks, answers of the check-in, consent, working hours and days."""

from datetime import date, datetime, time, timedelta

import pytest

from lianxin.foundation.models import CalendarDay
from lianxin.visits.actions import consent
from lianxin.visits.models import (
    Position,
    Visit,
)
from tests.field.conftest import NOW, Field, position, visit_body

pytestmark = [pytest.mark.django_db, pytest.mark.requirement("F1")]


def test_a_wrong_clock_is_kept_beside_the_servers_time(world: Field) -> None:
    world.phone.clock_ahead = timedelta(hours=20)
    body = visit_body(world.shops[0])
    ahead = (NOW + timedelta(hours=19, minutes=30)).isoformat()
    body |= {"check_in_at": ahead, "check_out_at": (NOW + timedelta(hours=19, minutes=40)).isoformat()}

    told = world.phone.one("visits.complete", body)

    visit = Visit.objects.get()
    assert (told["verdict"], visit.marks, visit.clock_offset_seconds) == ("applied", ["wrong_clock"], -20 * 3600)
    assert visit.check_in_at.isoformat() == ahead
    assert (visit.received_at, visit.visit_date) == (NOW, date(2026, 11, 20))


@pytest.mark.parametrize(
    ("sent", "answer", "distance"),
    [
        (position(40), "confirmed", 40),
        (position(400), "not_confirmed", 400),
        (position(140), "cannot_tell", 140),
        (position(40, accuracy_metres=500), "cannot_tell", 40),
        (position(40, accuracy_metres=None), "cannot_tell", 40),
        (position(40, fix_age_seconds=900, source="cached"), "cannot_tell", 40),
        (None, "no_fix", None),
    ],
)
def test_a_position_has_four_answers_and_never_blocks(
    world: Field, sent: dict[str, object] | None, answer: str, distance: float | None
) -> None:
    consent.give(person=world.manager, given_at=NOW - timedelta(days=1), by=world.user, at=NOW)

    verdict = world.phone.one("visits.complete", visit_body(world.shops[0], check_in_position=sent))

    visit = Visit.objects.get()
    assert (verdict["verdict"], visit.place_answer) == ("applied", answer)
    assert visit.distance_metres == (None if distance is None else pytest.approx(distance, abs=1))
    assert Position.objects.count() == (sent is not None)


def test_a_position_is_kept_only_with_consent_and_in_working_hours(world: Field) -> None:
    def stored(**fields: object) -> tuple[list[str], int]:
        body = visit_body(world.shops[0], check_in_position=position(), check_out_position=position(), **fields)
        assert world.phone.one("visits.complete", body)["verdict"] == "applied"
        visit = Visit.objects.get(pk=body["visit_id"])
        return visit.marks, visit.positions.count()

    late = (NOW + timedelta(hours=9)).isoformat()
    assert stored(minutes_ago=90) == (["no_consent"], 0)
    assert Visit.objects.get().place_answer == "no_fix"
    assert world.phone.one("consent.give", {}, made_at=(NOW - timedelta(hours=1)).isoformat())["verdict"] == "applied"
    assert stored(minutes_ago=30) == ([], 2)
    assert stored(minutes_ago=14 * 60) == (["no_consent", "out_of_hours"][:1], 0)
    world.phone.clock_ahead = timedelta(hours=9)
    assert stored(check_in_at=late, check_out_at=late)[0] == ["wrong_clock"]
    world.phone.clock_ahead = timedelta(0)

    withdrawn = world.phone.one("consent.withdraw", {})

    assert withdrawn["verdict"] == "applied"
    assert Position.objects.count() == 0
    assert Visit.objects.filter(place_answer="confirmed").count() == 2, "answers stay"
    assert stored(minutes_ago=12)[0] == ["no_consent"]


def test_a_visit_in_the_evening_keeps_no_position(world: Field) -> None:
    consent.give(person=world.manager, given_at=NOW - timedelta(days=9), by=world.user, at=NOW)

    world.phone.one("visits.complete", visit_body(world.shops[0], minutes_ago=14 * 60, check_in_position=position()))

    visit = Visit.objects.get()
    assert (visit.marks, visit.place_answer, visit.positions.count()) == (["out_of_hours"], "no_fix", 0)


@pytest.mark.parametrize(("weekday", "entry", "kept"), [(4, None, 1), (4, False, 0), (5, None, 0), (5, True, 1)])
def test_a_visit_on_a_day_off_keeps_no_position(world: Field, weekday: int, entry: bool | None, kept: int) -> None:
    today = NOW.astimezone(world.company.zone).date()
    day = today - timedelta(days=(today.weekday() - weekday) % 7 or 7)
    if entry is not None:
        CalendarDay.objects.create(company=world.company, date=day, is_working=entry)
    consent.give(person=world.manager, given_at=NOW - timedelta(days=30), by=world.user, at=NOW)
    ten = datetime.combine(day, time(10), world.company.zone)
    ago = int((NOW - ten).total_seconds() // 60)
    world.phone.one("visits.complete", visit_body(world.shops[0], minutes_ago=ago, check_in_position=position()))
    visit = Visit.objects.get()
    assert (visit.positions.count(), visit.marks) == (kept, [] if kept else ["out_of_hours"])
