"""Pictures of records: charts kept as they were when the record was filled, photographs of one's own visits chosen by oneself."""

from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.urls import reverse

from lianxin.core.parameters import PARAMETERS
from lianxin.foundation import clock
from lianxin.foundation.errors import Missing, Refused
from lianxin.foundation.uuids import uuid7
from lianxin.visits.actions import forgetting
from lianxin.visits.actions import records as actions
from lianxin.visits.models import Photo, PlanCycle, PlannedVisit, Record, Visit
from lianxin.visits.queries import record_pictures as queries
from lianxin.visits.queries.calendar import Period, period_of
from lianxin.visits.queries.figures import figures_of
from lianxin.visits.screens import record_parts
from lianxin.visits.states import RecordKind
from tests.visits.api_calls import call, told
from tests.visits.world import World

pytestmark = [pytest.mark.django_db, pytest.mark.requirement("F6")]

MONDAY = date(2021, 12, 6)
WEDNESDAY = MONDAY + timedelta(days=2)
NOW = datetime(2021, 12, 8, 2, tzinfo=UTC)
DEFAULTS = {name: one.default for name, one in PARAMETERS.items()}


@pytest.fixture(autouse=True)
def stopped_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)


def week(world: World) -> Period:
    return period_of(RecordKind.WEEKLY, WEDNESDAY, world.company, DEFAULTS)


def made(world: World, who: str, shop: int, day: date) -> Visit:
    at = datetime.combine(day, time(9, shop), world.company.zone)
    return Visit.objects.create(
        id=f"v-{who}-{shop}-{day}", company=world.company, person=world.people[who], retailer=world.shops[who][shop],
        visit_date=day, check_in_at=at, check_out_at=at, received_at=at, state="done",
    )  # fmt: skip


def photo(world: World, visit: Visit, key: str, **fields: Any) -> Photo:
    path = Path(settings.MEDIA_ROOT) / f"photos/{key}.jpg"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"\xff\xd8 " + key.encode())
    row = {
        "id": key, "company": world.company, "person": visit.person, "visit_id_said": visit.pk, "action_kind": "display",
        "taken_at": visit.check_in_at, "received_at": visit.check_in_at, "sha256": key, "near_hash": "", "n_bytes": 9, "width": 4,
        "height": 3, "path": f"photos/{key}.jpg",
    }  # fmt: skip
    return Photo.objects.create(**{**row, **fields})


def begun(world: World, who: str = "wang") -> Record:
    return actions.begin(person=world.people[who], period=week(world), by=world.users[who], at=NOW)


def planned(world: World, cycle: PlanCycle, shop: int, day: date, state: str = "planned") -> None:
    PlannedVisit.objects.create(
        id=uuid7(), cycle=cycle, company=world.company, person=cycle.person, retailer=world.shops["wang"][shop],
        visit_date=day, order=1, arrive_at=time(9), travel_minutes=1, service_minutes=9, state=state,
    )  # fmt: skip


def test_the_chart_counts_what_was_planned_and_made_by_day(world: World) -> None:
    # Given a plan with visits made, missed, excused, waiting for an excuse, taken out and still to come, and one visit besides
    cycle = world.approved("wang", starts_on=MONDAY)
    cycle.visits.all().delete()
    for shop, day, state in (
        (0, MONDAY, "done"), (1, MONDAY, "planned"), (2, MONDAY, "planned"), (3, MONDAY, "excused"), (4, MONDAY, "dropped"),
        (0, WEDNESDAY, "pending"), (1, WEDNESDAY, "planned"), (2, WEDNESDAY + timedelta(days=1), "planned"),
    ):  # fmt: skip
        planned(world, cycle, shop, day, state)
    for shop, day in ((0, MONDAY), (1, MONDAY), (1, WEDNESDAY), (6, WEDNESDAY)):
        made(world, "wang", shop, day)
    made(world, "li", 0, MONDAY)

    chart = queries.made_by_day(world.company, world.people["wang"], week(world), on=WEDNESDAY)

    # then each day has its own, in the order made, besides, excused, not made; tomorrow is not there
    assert chart is not None
    assert chart.categories == ["12-06", "12-08"]
    assert [list(line.values) for line in chart.lines] == [[2, 1], [0, 1], [1, 0], [1, 1]]
    # and the figures beside it say the same
    found = {one.code: one.value for one in figures_of(world.company, world.people["wang"], week(world))}
    assert (found["planned_done"], found["planned"]) == (3, 7)

    # A log of one day shows the days before it; a draft binds nobody; where nothing is there is no picture.
    log = period_of(RecordKind.DAILY, WEDNESDAY, world.company, DEFAULTS)
    daily = queries.made_by_day(world.company, world.people["wang"], log, on=WEDNESDAY)
    assert daily is not None
    assert daily.categories == chart.categories
    PlanCycle.objects.update(state="draft")
    drafts = queries.made_by_day(world.company, world.people["wang"], week(world), on=WEDNESDAY)
    assert drafts is not None
    assert [list(line.values) for line in drafts.lines] == [[0, 0], [2, 2], [0, 0], [0, 0]]
    assert queries.made_by_day(world.company, world.people["zhao"], week(world), on=WEDNESDAY) is None


def test_charts_are_kept_as_they_were_and_drawn_from_what_is_kept(world: World) -> None:
    made(world, "wang", 0, MONDAY)
    record = begun(world)
    actions.submit(record=record, words="本周走访一户", by=world.users["wang"], at=NOW)
    made(world, "wang", 1, MONDAY)
    record.refresh_from_db()
    (picture,) = record_parts.charts(record)
    assert (picture.kind, picture.payload["series"][1]["values"]) == ("structure", [1])
    kept = {
        "code": "x", "title": "t", "measure": "m", "unit": "条", "note": "", "categories": ["2021-11-01", "2021-12-01"],
        "lines": [{"name": "n", "values": [3, None], "role": "now"}],
    }  # fmt: skip
    record.figures = {"charts": [{**kept, "kind": "months"}, {**kept, "kind": "bars"}]}
    assert [one.kind for one in record_parts.charts(record)] == ["trend", "bars"]
    assert record_parts.charts(Record()) == []


def test_only_photographs_of_ones_own_visits_of_the_period_can_be_chosen(world: World) -> None:
    visit, other = made(world, "wang", 0, MONDAY), made(world, "li", 0, MONDAY)
    before = made(world, "wang", 1, MONDAY - timedelta(days=1))
    for n in range(8):
        photo(world, visit, f"p{n}")
    photo(world, other, "of_li")
    photo(world, before, "of_last_week")
    photo(world, visit, "gone", path="")
    # Sent by another person under the same visit's id.
    photo(world, visit, "smuggled", person=world.people["li"])
    record, wang = begun(world), world.users["wang"]
    offered = [one["photo"].pk for one in record_parts.offered(record, ())]
    assert sorted(offered) == [f"p{n}" for n in range(8)]
    for wrong in ("of_li", "of_last_week", "gone", "smuggled", "unheard_of"):
        with pytest.raises(Refused) as why:
            actions.keep(record=record, words="", photo_ids=["p0", wrong], by=wang, at=NOW)
        assert why.value.field == "photos"
    with pytest.raises(Refused):
        actions.keep(record=record, words="", photo_ids=offered[:7], by=wang, at=NOW)
    kept = actions.keep(record=record, words="", photo_ids=["p2", "p0", "p2"], by=wang, at=NOW)
    assert kept.photo_ids == ["p2", "p0"]
    assert actions.keep(record=record, words="x", by=wang, at=NOW).photo_ids == ["p2", "p0"]


def test_what_was_handed_in_keeps_its_photographs_by_version(world: World) -> None:
    visit, wang = made(world, "wang", 0, MONDAY), world.users["wang"]
    photo(world, visit, "p0")
    record = begun(world)
    actions.submit(record=record, words="一", photo_ids=["p0"], by=wang, at=NOW)
    with pytest.raises(Refused):
        actions.submit(record=record, words="一", photo_ids=["p0"], by=wang, at=NOW)
    actions.submit(record=record, words="一", photo_ids=[], by=wang, at=NOW)
    assert [(one.words, one.photo_ids) for one in record.versions.order_by("pk")] == [("一", ["p0"]), ("一", [])]
    # One chosen before may stay when its file has gone, and leaves a sentence behind.
    actions.submit(record=record, words="二", photo_ids=["p0"], by=wang, at=NOW)
    forgetting.forget(company=world.company, by=None, at=NOW + timedelta(days=800))
    assert actions.submit(record=record, words="三", photo_ids=["p0"], by=wang, at=NOW).photo_ids == ["p0"]
    page = world.client("boss", "en").get(reverse("visits:record", args=[record.pk])).content.decode()
    assert "Deleted after its time" in page
    assert world.client("boss").get(reverse("visits:record_photo", args=[record.pk, "p0"])).status_code == 404


def test_the_page_offers_keeps_and_shows_to_those_who_may_read_it(world: World) -> None:
    visit = made(world, "wang", 0, MONDAY)
    for key in ("p0", "p1"):
        photo(world, visit, key)
    record = begun(world)
    wang, url = world.client("wang"), reverse("visits:record", args=[record.pk])
    page = wang.get(url).content.decode()
    for words in ("lx-chart", "本期照片（2 张）：已选 0 张，最多 6 张", 'value="p0"', "wang shop 0"):
        assert words in page
    assert "checked" not in page
    keep, submit = (reverse(f"visits:record_{name}", args=[record.pk]) for name in ("keep", "submit"))
    offered = {"photos_offered": "1", "words": "门店陈列有改进"}
    assert wang.post(keep, {**offered, "photos": ["p1"]}).status_code == 302
    assert 'value="p1" checked' in wang.get(url).content.decode()
    # Refused, nothing typed or ticked is lost.
    refused = wang.post(submit, {**offered, "words": "改过的话", "photos": ["p0", "nothing"]})
    text = refused.content.decode()
    assert refused.status_code == 422
    for words in ("请选择本期您本人走访的照片", "改过的话", 'value="p0" checked'):
        assert words in text
    # While it is a draft nobody else sees it.
    boss = world.client("boss")
    left_out, shown = (reverse("visits:record_photo", args=[record.pk, key]) for key in ("p0", "p1"))
    assert boss.get(shown).status_code == 404
    assert wang.post(submit, {**offered, "photos": ["p1"]}).status_code == 302
    page = boss.get(url).content.decode()
    assert shown in page
    assert "photos_offered" not in page
    assert left_out not in page
    answer = boss.get(shown)
    assert b"".join(answer.streaming_content) == b"\xff\xd8 p1"  # type: ignore[attr-defined]
    # Not of another unit, not one that the record does not show, and a form without photographs changes none.
    assert world.client("other_boss").get(shown).status_code == 404
    assert boss.get(left_out).status_code == 404
    assert wang.post(submit, {"words": "再补一句"}).status_code == 302
    record.refresh_from_db()
    assert record.photo_ids == ["p1"]
    with pytest.raises(Missing):
        queries.photo_of(record, "p0")


def test_the_api_tells_charts_and_photographs_and_takes_a_choice(world: World) -> None:
    visit = made(world, "wang", 0, MONDAY)
    for key in ("p0", "p1"):
        photo(world, visit, key)
    row = told(call(world, "wang", "POST", "/records/drafts", {"kind": "weekly", "day": f"{MONDAY}"}))
    assert [one["code"] for one in row["figures"]["charts"]] == ["made_by_day"]
    path = f"/records/{row['id']}"
    choices = told(call(world, "wang", "GET", f"{path}/photos/choices"))
    assert {one["id"] for one in choices} == {"p0", "p1"}
    told(call(world, "boss", "GET", f"{path}/photos/choices"), 403)
    told(call(world, "wang", "PUT", path, {"words": "", "photo_ids": ["nothing"]}), 422)
    assert told(call(world, "wang", "PUT", path, {"words": "a", "photo_ids": ["p1"]}))["photo_ids"] == ["p1"]
    assert told(call(world, "wang", "POST", f"{path}/submit", {"words": "b"}))["photo_ids"] == ["p1"]
    (shown,) = told(call(world, "boss", "GET", f"{path}/photos"))
    assert (shown["id"], shown["retailer"], shown["is_deleted"], shown["url"]) == (
        "p1", "wang shop 0", False, reverse("visits:record_photo", args=[row["id"], "p1"])
    )  # fmt: skip
    assert told(call(world, "boss", "GET", f"{path}/versions"))[0]["photo_ids"] == ["p1"]
    told(call(world, "other_boss", "GET", f"{path}/photos"), 404)
    day = told(
        call(
            world, "wang", "POST", "/records", {"kind": "daily", "day": f"{MONDAY}", "words": "c", "photo_ids": ["p0"]}
        )
    )
    assert day["photo_ids"] == ["p0"]
