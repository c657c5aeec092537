"""Travel times by road that a company takes in, and visits by segment and tier: on plans that use them."""

import csv
from collections.abc import Callable
from contextlib import suppress
from datetime import date, timedelta
from itertools import permutations
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import translation

from lianxin.cli import main
from lianxin.foundation import jobs, parameters
from lianxin.foundation.errors import Refused
from lianxin.foundation.imports import running
from lianxin.foundation.models import ImportBatch, Job
from lianxin.foundation.states import Evidence
from lianxin.retailers.models import RetailerVersion
from lianxin.visits.actions import excuses, planning, replanning, urgent
from lianxin.visits.imports.roads import TravelTimes
from lianxin.visits.models import PlanCycle, RoadMinutes, StartPoint
from lianxin.visits.queries import plan_words
from lianxin.visits.queries.plan_inputs import values_in_force
from lianxin.visits.states import PlanChangeKind
from tests import factories
from tests.factories import AT
from tests.visits.api_calls import call, told
from tests.visits.world import World

pytestmark = [pytest.mark.django_db, pytest.mark.requirement("E3")]


def bring(world: World, folder: Path, rows: list[list[Any]], **how: Any) -> running.Result:
    path = folder / f"ways{len(list(folder.iterdir()))}.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([["from_id", "to_id", "minutes", "from_date"], *rows])
    return running.run(company=world.company, kind="travel_times", path=path, by=None, at=AT, **how)


def every_way(world: World, who: str = "wang", minutes: float = 7, on: date | None = None) -> list[list[Any]]:
    places = [f"start:{who}", *(shop.licence_no for shop in world.shops[who])]
    return [[one, other, minutes, on or world.monday] for one, other in permutations(places, 2)]


@pytest.fixture
def start(world: World) -> StartPoint:
    return StartPoint.objects.create(
        person=world.people["wang"], latitude=31.35, longitude=118.42, valid_from=date(2020, 1, 1)
    )


def words_of(cycle: PlanCycle) -> str:
    with translation.override("en"):
        return plan_words.travel(cycle.parameters)


def test_a_plan_drives_the_minutes_that_came_in_and_says_so(world: World, start: StartPoint, tmp_path: Path) -> None:
    before = world.plan("wang")
    assert before.parameters["travel"]["rule"] == "straight"
    assert words_of(before) == "Travel times: straight line × 1.30 at 25 km an hour."
    rows = every_way(world)
    trial = bring(world, tmp_path, rows, is_trial=True)
    assert (trial.n_read, trial.n_accepted, trial.batch_id) == (72, 72, "")
    assert not RoadMinutes.objects.exists()
    result = bring(world, tmp_path, rows)
    assert (result.n_accepted, result.n_refused, RoadMinutes.objects.count()) == (72, 0, 9)
    cycle = world.plan("wang")
    assert set(cycle.visits.values_list("travel_minutes", flat=True)) == {7.0}
    account = cycle.parameters["travel"]
    assert {name: account[name] for name in ("rule", "dates", "n_pairs", "n_missing", "n_moved", "n_straight")} == {
        "rule": "roads", "dates": [world.monday.isoformat()], "n_pairs": 72, "n_missing": 0, "n_moved": 0, "n_straight": 0,
    }  # fmt: skip
    assert account["n_legs"] == cycle.visits.count() + len(world.days(cycle))
    # Tables of a later day are for later plans, those of other managers for others.
    bring(world, tmp_path, every_way(world, minutes=9, on=world.monday + timedelta(days=1)))
    assert set(world.plan("wang").visits.values_list("travel_minutes", flat=True)) == {7.0}
    assert world.plan("li").parameters["travel"]["rule"] == "straight"
    # Undone, plans go by the straight line again.
    for batch in ImportBatch.objects.order_by("-created_at", "-pk"):
        running.undo(company=world.company, batch_id=batch.pk, by=None, at=AT)
    assert not RoadMinutes.objects.exists()
    assert world.plan("wang").parameters["travel"]["rule"] == "straight"


def test_of_each_pair_the_newest_table_counts_and_what_none_tells_is_counted(
    world: World, start: StartPoint, tmp_path: Path
) -> None:
    early = world.monday - timedelta(days=60)
    bring(world, tmp_path, every_way(world, on=early))
    one, other = (shop.licence_no for shop in world.shops["wang"][:2])
    bring(world, tmp_path, [[one, other, 3, world.monday], [other, one, 3, world.monday]])
    added = factories.retailer(
        world.company, "wang9", holder=world.people["wang"], latitude=31.351, longitude=118.421, tier=28
    )
    cycle = world.plan("wang")
    account = cycle.parameters["travel"]
    assert account["dates"] == [world.monday.isoformat(), early.isoformat()]
    assert (account["n_pairs"], account["n_missing"]) == (72, 18)
    assert 0 < account["n_straight"] < account["n_legs"]
    assert f"{account['n_straight']} of {account['n_legs']} ways took the straight line" in words_of(cycle)
    # A shop that has moved since is reached on another way than the one that was told.
    RetailerVersion.objects.create(
        retailer=world.shops["wang"][0], valid_from=world.monday - timedelta(days=5), licence_no=one, name="x", tier=28,
        latitude=31.36, longitude=118.43,
    )  # fmt: skip
    account = world.plan("wang").parameters["travel"]
    # The two of the newest table were told of its new place.
    assert (account["n_pairs"], account["n_missing"], account["n_moved"]) == (58, 32, 14)
    assert added.pk


def test_changes_keep_to_what_the_plan_was_made_with(world: World, start: StartPoint, tmp_path: Path) -> None:
    straight = world.plan("wang")
    bring(world, tmp_path, every_way(world))
    boss, on = world.users["boss"], world.monday
    days = sorted(world.days(straight))
    visit = world.days(straight)[days[0]][0]
    planning.move(visit=visit, to_day=days[1], to_order=1, reason="x", by=boss, at=AT, on=on)
    assert 7.0 not in set(straight.visits.filter(state="planned").values_list("travel_minutes", flat=True))
    by_road = world.plan("wang")
    days = sorted(world.days(by_road))
    visit = world.days(by_road)[days[0]][0]
    planning.move(visit=visit, to_day=days[1], to_order=1, reason="x", by=boss, at=AT, on=on)
    replanning.away(cycle=by_road, kind=PlanChangeKind.ABSENCE, days=[days[2]], reason="x", by=boss, at=AT, on=on)
    assert set(by_road.visits.filter(state="planned").values_list("travel_minutes", flat=True)) == {7.0}


@pytest.mark.parametrize(
    ("row", "column", "words"),
    [
        (["nobody", "wang1", 3], "from_id", "There is no retailer with this licence number"),
        (["wang0", "start:nobody", 3], "to_id", "There is no person with this number"),
        (["start:li", "li0", 3], "from_id", "is not set on that day"),
        (["wang0", "wang1", -1], "minutes", "out of range: 0 to 1440"),
        (["wang0", "wang1", "soon"], "minutes", "This is not a number"),
        (["wang0", "wang0", 2], "minutes", "From a place to itself it takes no time"),
        (["wang0", "wang2", 9], "minutes", "The file tells this way twice; before it took 4 minutes"),
        (["wang0", "", 9], "to_id", "It is empty"),
    ],
)
def test_refused_rows_say_why_and_the_others_come_in(
    world: World, start: StartPoint, tmp_path: Path, row: list[Any], column: str, words: str
) -> None:
    rows = [["wang0", "wang2", 4, world.monday], ["wang0", "wang0", 0, world.monday], [*row, world.monday]]
    with translation.override("en"):
        result = bring(world, tmp_path, rows)
    assert (result.n_read, result.n_accepted, result.n_duplicate, result.n_refused) == (3, 1, 1, 1)
    assert (result.refused[0]["line"], result.refused[0]["column"]) == (4, column)
    assert words in result.refused[0]["reason"]
    assert [list(one.minutes.values()) for one in RoadMinutes.objects.all()] == [[4.0]]


def test_what_is_known_is_changed_by_corrections_only_and_these_are_undone_first(
    world: World, start: StartPoint, tmp_path: Path
) -> None:
    first = bring(world, tmp_path, [["wang0", "wang1", 4, world.monday]])
    assert bring(world, tmp_path, [["wang0", "wang1", 4.001, world.monday]]).n_duplicate == 1
    other = [["wang0", "wang1", 5, world.monday], ["wang0", "wang2", 6, world.monday]]
    assert bring(world, tmp_path, other[:1]).n_refused == 1
    second = bring(world, tmp_path, other, is_correction=True)
    assert second.n_accepted == 2
    keys = [f"r{world.shops['wang'][number].pk}" for number in (1, 2)]
    assert RoadMinutes.objects.get().minutes == {keys[0]: 5.0, keys[1]: 6.0}
    with pytest.raises(Refused):
        running.undo(company=world.company, batch_id=first.batch_id, by=None, at=AT)
    running.undo(company=world.company, batch_id=second.batch_id, by=None, at=AT)
    assert RoadMinutes.objects.get().minutes == {keys[0]: 4.0}
    running.undo(company=world.company, batch_id=first.batch_id, by=None, at=AT)
    assert not RoadMinutes.objects.exists()


@pytest.mark.parametrize(("language", "by_road", "straight"), [
    ("zh-hans", "行驶时间：按道路", "行驶时间：直线距离 × 1.30"), ("en", "Travel times: by road", "straight line × 1.30"),
])  # fmt: skip
def test_pages_and_api_tell_which_travel_times_were_used(
    world: World, start: StartPoint, tmp_path: Path, language: str, by_road: str, straight: str
) -> None:
    bring(world, tmp_path, every_way(world))
    cycle, other = world.plan("wang"), world.plan("li")
    client = world.client("boss", language)
    for name in ("plan", "plan_calendar", "plan_map"):
        assert by_road in client.get(reverse(f"visits:{name}", args=[cycle.pk])).content.decode()
    assert straight in client.get(reverse("visits:plan", args=[other.pk])).content.decode()
    said = told(call(world, "wang", "GET", f"/call-plans/{cycle.pk}"))["travel"]
    assert (said["rule"], said["n_pairs"], said["n_straight"], said["dates"]) == ("roads", 72, 0, [f"{world.monday}"])
    PlanCycle.objects.filter(pk=cycle.pk).update(parameters={})
    assert told(call(world, "wang", "GET", f"/call-plans/{cycle.pk}"))["travel"] is None
    assert (
        "Travel times" not in world.client("boss", "en").get(reverse("visits:plan", args=[cycle.pk])).content.decode()
    )


def set_frequencies(world: World, entries: list[str], *, valid_from: date = date(2021, 1, 1)) -> None:
    parameters.set_value(
        company=world.company, name="visiting.frequencies", value=entries, valid_from=valid_from, source="会议纪要",
        evidence=Evidence.COMPANY, by=None, at=AT,
    )  # fmt: skip


def test_the_most_particular_entry_says_how_often_and_the_visit_says_which(world: World) -> None:
    shops = world.shops["wang"]
    versions = RetailerVersion.objects.filter(retailer__in=shops)
    versions.update(market_type="urban")
    versions.filter(retailer__in=shops[:5]).update(market_type="rural")
    versions.filter(retailer=shops[6]).update(trade_form="mall")
    # Words of the page mean the same as what is stored; tiers of the shops: 28, 25, 15, 13, 9, 6, 3, none.
    set_frequencies(
        world, ["market_type=农网 & tier=20-30: 2", "market_type=rural: 1", "trade_form=mall: 5", "tier=28: 6"]
    )
    cycle = world.plan("wang")
    found = {}
    for shop in shops:
        rows = cycle.visits.filter(retailer=shop)
        found[shop.licence_no[-1]] = (rows.count(), *rows.values_list("wanted_visits", "wanted_by")[0])
    rural = "market_type=rural: 1"
    assert found == {
        "0": (2, 2, "market_type=农网 & tier=20-30: 2"),
        "1": (2, 2, "market_type=农网 & tier=20-30: 2"),
        "2": (1, 1, rural), "3": (1, 1, rural), "4": (1, 1, rural),
        "5": (1, 1, "least_visits"), "6": (5, 5, "trade_form=mall: 5"), "7": (1, 1, "least_visits"),
    }  # fmt: skip
    assert cycle.parameters["values"]["frequencies"][1] == rural
    visit = cycle.visits.get(retailer=shops[2])
    with translation.override("en"):
        assert plan_words.frequency(visit) == "1 visit a cycle, by: market_type=rural: 1"
    for language, words in (("zh-hans", "每周期 1 次，依据：market_type=rural: 1"), ("en", "1 visit a cycle, by:")):
        page = world.client("wang", language).get(reverse("visits:planned_why", args=[visit.pk])).content.decode()
        assert words in page
    rows = told(call(world, "wang", "GET", f"/call-plans/{cycle.pk}/visits"))
    row = next(one for one in rows if one["licence_no"] == shops[6].licence_no)
    assert (row["wanted_visits"], row["wanted_by"]) == (5, "trade_form=mall: 5")


def test_no_entry_goes_below_the_least_and_entries_hold_from_their_day(world: World) -> None:
    parameters.set_value(
        company=world.company, name="visiting.least_visits", value=2, valid_from=date(2021, 1, 1), source="x",
        evidence=Evidence.COMPANY, by=None, at=AT,
    )  # fmt: skip
    set_frequencies(world, ["tier=1-9: 1"], valid_from=world.monday + timedelta(days=1))
    set_frequencies(world, ["tier=1-30: 1"])
    assert values_in_force(world.company, on=world.monday)["frequencies"] == ["tier=1-30: 1"]
    rows = world.plan("wang").visits.values_list("wanted_visits", "wanted_by").distinct()
    assert set(rows) == {(2, "least_visits")}


@pytest.mark.parametrize(("stored", "written"), [
    ("便利店（连锁）", "便利店（连锁）"), ("便利店（连锁）", "便利店(连锁)"), ("便利店(连锁)", "便利店（连锁）"),
    ("ＫＴＶ　包厢", "ktv 包厢"),
])  # fmt: skip
def test_full_width_signs_of_a_segment_are_those_of_its_entry(world: World, stored: str, written: str) -> None:
    shop = world.shops["wang"][5]
    RetailerVersion.objects.filter(retailer=shop).update(trade_form=stored)
    set_frequencies(world, [f"业态={written}：3"])
    assert world.plan("wang").visits.filter(retailer=shop).count() == 3


def test_an_urgent_visit_says_no_frequency(world: World) -> None:
    cycle = world.plan("wang")
    urgent.add(
        cycle=cycle, retailer=world.shops["wang"][7], not_before=world.monday, not_after=world.monday + timedelta(days=27),
        reason="x", by=world.users["boss"], at=AT, on=world.monday,
    )  # fmt: skip
    added = next(visit for visit in cycle.visits.all() if visit.reasons[0]["code"] == "urgent")
    assert (added.wanted_visits, added.wanted_by, plan_words.frequency(added)) == (None, "", "")


def test_an_administrator_sets_the_entries_where_all_planning_numbers_are_set(world: World) -> None:
    url = reverse("web:parameter", args=["visiting.frequencies"])
    admin = world.client("admin", "en")
    assert "visits go by the parameters of tiers alone" in admin.get(url).content.decode()
    given = {"valid_from": "2021-01-01", "source": "notice 7", "evidence": "company"}
    refused = admin.post(url, {**given, "value": "market_type=rural"})
    assert refused.status_code == 422
    assert "does not fit" in refused.content.decode()
    twice = admin.post(url, {**given, "value": "tier=5: 1, tier=5: 2"})
    assert twice.status_code == 422
    assert admin.post(url, {**given, "value": "市场类型=农网 & 档位=20-30：2，tier=5: 1"}).status_code == 302
    assert "market_type=农网 &amp; tier=20-30: 2, tier=5: 1" in admin.get(url).content.decode()
    assert values_in_force(world.company, on=world.monday)["frequencies"] == [
        "market_type=农网 & tier=20-30: 2",
        "tier=5: 1",
    ]
    body = {**given, "value": ["trade_form=mall: 3"]}
    assert told(call(world, "admin", "PUT", "/parameters/visiting.frequencies", body))["value"] == [
        "trade_form=mall: 3"
    ]
    assert (
        call(world, "admin", "PUT", "/parameters/visiting.frequencies", {**body, "value": ["mall: 3"]}).status_code
        == 422
    )
    for who in ("wang", "boss"):
        assert call(world, who, "PUT", "/parameters/visiting.frequencies", body).status_code == 403
        assert world.client(who).post(url, {**given, "value": "tier=5: 9"}).status_code == 403


def test_only_an_administrator_takes_travel_times_in_by_page_api_and_command(
    world: World, start: StartPoint, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "ways.csv"
    rows = "\n".join(",".join(map(str, row)) for row in every_way(world))
    path.write_text(f"from_id,to_id,minutes,from_date\n{rows}\n", encoding="utf-8")
    page = reverse("orders:import_new")
    for who in ("wang", "boss", "officer", "leader"):
        for url in ("/api/v1/imports", page):
            with path.open("rb") as file:
                answer = world.client(who).post(url, {"kind": "travel_times", "file": file, "mapping": ""})
            # The officer's form takes surveys in and offers no travel times.
            assert answer.status_code == (422 if (who, url) == ("officer", page) else 403), (who, url)
    admin = world.client("admin")
    assert "道路行驶时间" in admin.get(page).content.decode()
    with path.open("rb") as file:
        assert admin.post(page, {"kind": "travel_times", "file": file, "mapping": ""}).status_code == 302
    tried = (jobs.run(Job.objects.get()).result or {})["outcome"]
    assert (tried["is_trial"], tried["n_accepted"], RoadMinutes.objects.count()) == (True, 72, 0)
    with path.open("rb") as file:
        assert admin.post("/api/v1/imports", {"kind": "travel_times", "file": file, "mapping": ""}).status_code == 202
    jobs.run(Job.objects.order_by("-pk")[0])
    (batch,) = told(call(world, "admin", "GET", "/imports?kind=travel_times"))["rows"]
    assert (batch["n_accepted"], RoadMinutes.objects.count()) == (72, 9)
    assert call(world, "admin", "GET", "/imports?kind=weather").status_code == 422
    assert call(world, "admin", "POST", f"/imports/{batch['batch_id']}/undo").status_code == 202
    jobs.run(Job.objects.order_by("-pk")[0])
    assert RoadMinutes.objects.count() == 0
    monkeypatch.setattr("lianxin.cli.imports.require_ready", lambda: None)
    with suppress(SystemExit):
        main(["import", "travel_times", str(path)])
    assert RoadMinutes.objects.count() == 9, capsys.readouterr()


def test_two_imports_at_once_do_not_mix(
    world: World, start: StartPoint, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    decided = TravelTimes.decide

    def late(kind: TravelTimes, book: Any, intake: Any) -> None:
        keys = {f"r{world.shops['wang'][1].pk}": 8.0}
        RoadMinutes.objects.create(
            company=world.company, from_retailer=world.shops["wang"][0], valid_from=world.monday, minutes=keys
        )
        decided(kind, book, intake)

    monkeypatch.setattr(TravelTimes, "decide", late)
    with translation.override("en"), pytest.raises(Refused, match="came in meanwhile"):
        bring(world, tmp_path, [["wang0", "wang1", 4, world.monday]])
    assert not ImportBatch.objects.exists()


def test_the_road_tables_are_read_once_however_many_visits_change(
    world: World, start: StartPoint, tmp_path: Path
) -> None:
    # Given a plan by road
    bring(world, tmp_path, every_way(world))
    cycle = world.approved("wang")
    by = {"by": world.users["boss"], "at": AT, "on": world.monday}

    def reads(act: Callable[[], object]) -> int:
        with CaptureQueriesContext(connection) as asked:
            act()
        return sum(query["sql"].startswith("SELECT") and "visits_roadminutes" in query["sql"] for query in asked)

    # when a visit moves to another day, which times two days anew
    (_first, visits), (second, _others), *_rest = sorted(world.days(cycle).items())
    move = {"visit": visits[0], "to_day": second, "to_order": None, "reason": "x", **by}
    assert reads(lambda: planning.move(**move)) == 1

    # and when a day of several visits goes back on the route by its road minutes
    day, gone = max(world.days(cycle).items(), key=lambda one: len(one[1]))
    assert len(gone) > 1
    asked = {"cycle": cycle, "kind": PlanChangeKind.WEATHER, "days": [day], "reason": "台风"}
    change = replanning.away(**asked, **by | {"by": world.users["wang"]})
    assert reads(lambda: excuses.decline(change=change, words="x", **by)) == 1
    route = world.days(cycle)[day]
    assert {one.pk for one in route} == {one.pk for one in gone}
    assert [(one.order, one.travel_minutes) for one in route] == [(n + 1, 7.0) for n in range(len(gone))]


def test_a_colleague_who_covers_drives_the_road_to_shops_that_are_not_his(
    world: World, start: StartPoint, tmp_path: Path
) -> None:
    StartPoint.objects.create(person=world.people["li"], latitude=31.36, longitude=118.42, valid_from=date(2020, 1, 1))
    places = [f"start:{who}" for who in ("wang", "li")]
    places += [shop.licence_no for who in ("wang", "li") for shop in world.shops[who]]
    bring(world, tmp_path, [[one, other, 7, world.monday] for one, other in permutations(places, 2)])
    cycle, _theirs = world.plan("wang"), world.plan("li")
    day = min(world.days(cycle))
    replanning.cover(
        cycle=cycle, covering=world.people["li"], days=[day], reason="x", by=world.users["boss"], at=AT, on=world.monday
    )
    covered = cycle.visits.filter(person=world.people["li"], state="planned")
    assert covered.exists()
    assert set(covered.values_list("travel_minutes", flat=True)) == {7.0}
