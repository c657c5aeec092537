"""The pages, files and API of call plans, as the people concerned use them, in both languages."""

import io
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from python_calamine import CalamineWorkbook

from lianxin.foundation import clock, jobs
from lianxin.foundation.models import Job
from lianxin.visits.models import Cover, PlanCycle, PlannedVisit, StartPoint
from tests.visits.world import World

pytestmark = [pytest.mark.django_db, pytest.mark.requirement("E3")]
VIEWS = ("plan", "plan_calendar", "plan_map", "plan_made", "plan_not_made", "plan_unplaced", "plan_changes")


def page(client: Client, name: str, *arguments: Any, query: str = "", status: int = 200) -> str:
    answer = client.get(reverse(f"visits:{name}", args=arguments) + query, follow=True)
    assert answer.status_code == status, answer.content.decode()[:500]
    return answer.content.decode()


def post(client: Client, name: str, *arguments: Any, status: int = 302, **given: Any) -> Any:
    answer = client.post(reverse(f"visits:{name}", args=arguments), given)
    assert answer.status_code == status, answer.content.decode()[:2000]
    return answer


@pytest.mark.parametrize(
    ("language", "words"), [("zh-hans", "本周期走访谁、何时、为何"), ("en", "who is visited when, and why?")]
)
def test_every_view_tells_who_when_and_why(world: World, language: str, words: str) -> None:
    cycle = world.approved("wang")
    first = cycle.visits.order_by("visit_date", "order").select_related("retailer")[0]
    for who in ("wang", "boss", "officer", "leader", "admin"):
        client = world.client(who, language)
        for view in VIEWS if who == "wang" else VIEWS[:1]:
            assert words in page(client, view, cycle.pk), (who, view)
        assert first.retailer.name in page(client, "plan", cycle.pk, query=f"?day={first.visit_date}")
        why = page(client, "planned_why", first.pk)
        assert reverse("retailers:file", args=[first.retailer_id]) in why
        assert ("目标" if language == "zh-hans" else "Wanted state") in why
    part = world.client("wang", language).get(
        reverse("visits:planned_why", args=[first.pk]), headers={"hx-request": "true"}
    )
    assert "<html" not in part.content.decode()
    map_rows = world.client("wang").get(reverse("visits:plan_map_data", args=[cycle.pk])).json()
    assert len(map_rows["routes"]) == len(map_rows["groups"]) > 0
    assert len(map_rows["points"]["id"]) == len(map_rows["labels"])
    assert [len(one["longitude"]) for one in map_rows["routes"]] == [
        map_rows["points"]["group"].count(number) + 2 for number in range(len(map_rows["groups"]))
    ]
    assert ("100.0%" in page(world.client("wang", language), "plan_adherence", cycle.pk)) is False


def test_others_do_not_see_a_plan(world: World) -> None:
    cycle = world.approved("wang")
    visit = cycle.visits.order_by("pk")[0]
    for who in ("li", "zhao", "other_boss"):
        client = world.client(who)
        for view in VIEWS:
            page(client, view, cycle.pk, status=404)
        page(client, "planned_why", visit.pk, status=404)
        assert visit.retailer.name not in page(client, "plans", query="?all=1")
        assert client.get(reverse("visits:plan_map_data", args=[cycle.pk])).status_code == 404
        assert client.post(f"/api/v1/call-plans/{cycle.pk}/propose").status_code == 404
    for who in ("li", "zhao"):
        post(world.client(who), "planned_change", visit.pk, what="take_out", reason="x", status=404)
        page(world.client(who), "plan_approvals", status=403)
    # The officer reads and changes nothing.
    post(world.client("officer"), "planned_change", visit.pk, what="take_out", reason="x", status=403)
    assert cycle.visits.filter(state="dropped").count() == 0


def test_the_whole_list_comes_out_as_files(world: World) -> None:
    cycle = world.plan("wang")
    client, url = world.client("wang"), reverse("visits:plan", args=[cycle.pk])
    book = client.get(f"{url}?week=all&export=xlsx")
    sheet = CalamineWorkbook.from_filelike(io.BytesIO(b"".join(book.streaming_content))).get_sheet_by_index(0)  # type: ignore[attr-defined]
    rows = sheet.to_python()
    assert rows[0][0] == "零售客户"
    assert len(rows) == cycle.visits.count() + 1
    text = b"".join(client.get(f"{url}?week=all&export=csv").streaming_content).decode("utf-8-sig")  # type: ignore[attr-defined]
    ordered = list(cycle.visits.order_by("visit_date", "order").values_list("retailer__name", flat=True))
    assert [line.split(",")[0] for line in text.splitlines()[1:]] == ordered
    few = b"".join(client.get(f"{url}?week=2&export=csv").streaming_content).decode()  # type: ignore[attr-defined]
    second = cycle.starts_on + timedelta(days=7)
    assert (
        len(few.splitlines()) - 1
        == cycle.visits.filter(visit_date__gte=second, visit_date__lt=second + timedelta(days=7)).count()
    )


def test_a_plan_is_asked_for_made_handed_in_returned_and_approved(world: World) -> None:
    wang, boss = world.client("wang"), world.client("boss", "en")
    form = page(boss, "plan_make")
    assert "wang" in form and "li" in form and "zhao" not in form  # noqa: PT018
    post(wang, "plan_make", starts_on=world.monday, persons=[world.people["li"].pk], status=422)
    assert (
        "/jobs/"
        in post(wang, "plan_make", starts_on=world.monday, persons=[world.people["wang"].pk]).headers["Location"]
    )
    job = jobs.run(Job.objects.get())
    assert (job.state, job.error) == ("done", "")
    cycle = PlanCycle.objects.get()
    assert job.result_url == reverse("visits:plan", args=[cycle.pk])
    assert "提交审批" in page(wang, "plan", cycle.pk)
    post(wang, "plan_propose", cycle.pk)
    waiting = page(boss, "plan_approvals")
    assert "1 plan waits for your decision" in waiting
    assert "below norm" in waiting
    post(boss, "plan_return", cycle.pk, words="", status=422)
    post(boss, "plan_return", cycle.pk, words="周三太满")
    assert "退回意见：周三太满" in page(wang, "plan", cycle.pk)
    assert "您的拜访计划被退回" in wang.get(reverse("web:panel", args=["route"])).content.decode()
    post(wang, "plan_propose", cycle.pk)
    assert "1 call plan waits for your approval" in boss.get(reverse("web:panel", args=["route"])).content.decode()
    post(wang, "plan_approve", cycle.pk, status=403)
    post(boss, "plan_approve", cycle.pk)
    cycle.refresh_from_db()
    assert cycle.state == "approved"
    assert "1 份计划，已批准 1 份" in page(world.client("boss"), "plans")


def test_changes_by_hand_and_replanning_are_done_on_the_pages(world: World) -> None:
    cycle = world.approved("wang")
    client = world.client("wang")
    visit = cycle.visits.order_by("visit_date", "order")[0]
    post(client, "planned_change", visit.pk, what="move", to_day=visit.visit_date, to_order="", reason="", status=422)
    target = visit.visit_date + timedelta(days=1)
    busy = {(v.retailer_id, v.visit_date) for v in cycle.visits.all()}
    while (visit.retailer_id, target) in busy or target.weekday() > 4:
        target += timedelta(days=1)
    post(client, "planned_change", visit.pk, what="move", to_day=target, to_order="1", reason="客户另约")
    visit.refresh_from_db()
    assert (visit.visit_date, visit.order) == (target, 1)
    left = cycle.visits.filter(state="planned").order_by("-visit_date").first()
    assert left is not None
    day = left.visit_date
    n = cycle.visits.filter(visit_date=day, state="planned").count()
    post(world.client("boss"), "plan_replan", cycle.pk, kind="weather", first=day, last=day, covering="", reason="台风")
    assert cycle.visits.filter(visit_date=day, state="excused").count() == n
    shown = page(client, "plan_changes", cycle.pk)
    assert "客户另约" in shown
    assert f"免访 {n} 户" in shown
    post(
        client, "plan_replan", cycle.pk, kind="cover", first=target, last=target, covering="", reason="培训", status=422
    )
    post(
        client,
        "plan_replan",
        cycle.pk,
        kind="cover",
        first=target,
        last=target,
        covering=world.people["li"].pk,
        reason="培训",
    )
    assert cycle.visits.filter(visit_date=target, person=world.people["li"]).exists()
    assert "wang shop" in page(world.client("li"), "planned_why", cycle.visits.filter(person=world.people["li"])[0].pk)
    retailer = world.shops["wang"][7]
    before = cycle.visits.count()
    asked = {"retailer": retailer.pk, "not_before": world.monday, "not_after": world.monday + timedelta(days=25)}
    post(client, "plan_urgent", cycle.pk, **asked, reason="断货")
    assert cycle.visits.count() == before + 1
    post(client, "plan_start", cycle.pk, latitude="31.3", longitude="118.4", valid_from=world.monday)
    assert StartPoint.objects.get().person == world.people["wang"]
    boss = world.client("boss")
    sunny = cycle.visits.filter(state="planned", person=world.people["wang"]).order_by("visit_date")[0].visit_date
    post(boss, "plan_weather", day=sunny, plans=[cycle.pk], reason="暴雨红色预警")
    assert not cycle.visits.filter(visit_date=sunny, state="planned", person=world.people["wang"]).exists()


def test_home_and_the_retailers_file_tell_of_visits(world: World) -> None:
    cycle = world.plan("wang", starts_on=world.monday - timedelta(days=7))
    visit = cycle.visits.order_by("visit_date", "order")[0]
    today = clock.today(world.company)
    client = world.client("wang")
    assert "今天没有走访安排" in client.get(reverse("web:panel", args=["route"])).content.decode()
    PlannedVisit.objects.filter(pk=visit.pk).update(visit_date=today)
    PlannedVisit.objects.filter(visit_date=today).exclude(pk=visit.pk).delete()
    told = client.get(reverse("web:panel", args=["route"])).content.decode()
    assert "今天 1 户" in told
    assert f"下一户 {visit.arrive_at:%H:%M} {visit.retailer.name}" in told
    file = client.get(reverse("retailers:file", args=[visit.retailer_id])).content.decode()
    assert f"{visit.arrive_at:%H:%M}" in file
    assert "最近走访" in file


def test_the_same_by_api(world: World) -> None:
    wang, boss = world.client("wang"), world.client("boss", "en")
    made = wang.post(
        "/api/v1/call-plans",
        {"starts_on": f"{world.monday}", "employee_nos": ["wang"]},
        content_type="application/json",
    )
    assert made.status_code == 202
    assert (
        wang.post(
            "/api/v1/call-plans",
            {"starts_on": f"{world.monday}", "employee_nos": ["li"]},
            content_type="application/json",
        ).status_code
        == 422
    )
    cycle = world.plan("wang")
    base = f"/api/v1/call-plans/{cycle.pk}"

    def send(client: Client, path: str, body: dict[str, Any] | None = None) -> Any:
        return client.post(path, body or {}, content_type="application/json")

    assert [one["id"] for one in wang.get("/api/v1/call-plans").json()] == [cycle.pk]
    assert world.client("zhao").get("/api/v1/call-plans").json() == []
    visits = wang.get(f"{base}/visits").json()
    assert [one["visit_date"] for one in visits] == sorted(one["visit_date"] for one in visits)
    assert visits[0]["why"][0]["title"] == "常规走访"
    assert send(wang, f"{base}/propose").json()["state"] == "proposed"
    assert send(wang, f"{base}/approve").status_code == 403
    assert send(boss, f"{base}/return", {"words": "no"}).json()["words"] == "no"
    send(wang, f"{base}/propose")
    assert send(boss, f"{base}/approve").json()["state"] == "approved"
    taken = send(wang, f"/api/v1/planned-visits/{visits[0]['id']}/take-out", {"reason": "closed"})
    assert taken.json()["kind"] == "by_hand"
    refused = send(wang, f"/api/v1/planned-visits/{visits[1]['id']}/move", {"to_day": "2020-01-01", "reason": "x"})
    assert refused.status_code == 422
    day = visits[-1]["visit_date"]
    away = send(boss, f"{base}/replan", {"kind": "weather", "days": [day], "reason": "typhoon"}).json()
    assert len(away["body"]["excused"]) == sum(one["visit_date"] == day for one in visits)
    assert (
        send(wang, f"{base}/replan", {"kind": "cover", "days": [day], "reason": "x", "covering": "zhao"}).status_code
        == 422
    )
    assert (
        send(
            wang, f"{base}/urgent", {"licence_no": "li0", "not_before": day, "not_after": day, "reason": "x"}
        ).status_code
        == 422
    )
    assert (
        send(wang, f"{base}/start", {"latitude": 31.3, "longitude": 118.4, "valid_from": f"{world.monday}"}).status_code
        == 204
    )
    assert [one["kind"] for one in wang.get(f"{base}/changes").json()] == ["weather", "by_hand"]


@pytest.mark.parametrize(("language", "back"), [("zh-hans", "转回wang本人"), ("en", "back to wang")])
def test_a_cover_is_seen_by_both_and_ended_by_whose_plan_it_is(world: World, language: str, back: str) -> None:
    cycle = world.approved("wang")
    world.approved("li")
    day = min(world.days(cycle))
    asked = {"kind": "cover", "covering": world.people["li"].pk, "first": day, "last": day, "reason": "培训"}
    post(world.client("wang", language), "plan_replan", cycle.pk, **asked)
    row = Cover.objects.get()
    for who in ("wang", "li", "boss"):
        assert "培训" in page(world.client(who, language), "covers")
    for who in ("zhao", "other_boss"):
        assert "培训" not in page(world.client(who, language), "covers")
        page(world.client(who, language), "cover_end", row.pk, status=404)
        assert world.client(who).post(f"/api/v1/covers/{row.pk}/end").status_code == 404
    assert [each["reason"] for each in world.client("li").get("/api/v1/covers").json()] == ["培训"]
    answer = world.client("wang", language).post(reverse("visits:cover_end", args=[row.pk]), follow=True)
    assert back in answer.content.decode()
    assert (Cover.objects.count(), cycle.visits.exclude(person=world.people["wang"]).count()) == (0, 0)
    post(world.client("wang", language), "cover_end", row.pk, status=404)
