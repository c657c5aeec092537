"""What a phone carries: today and three days at full, everything else held in short, nothing of others."""

import json
import os
from datetime import date, timedelta
from pathlib import Path

import pytest
from django.test import Client

from lianxin.foundation.models import DatedParameter
from lianxin.foundation.states import Role
from lianxin.visits.models import (
    CareNote,
    Cover,
    DayQuestion,
    PlanCycle,
    PlannedVisit,
    Policy,
    Promise,
    Request,
    ShopHours,
    ShopPoint,
    Theme,
    Visit,
    VisitAction,
    VisitType,
)
from lianxin.visits.queries import holding
from tests import factories
from tests.field.conftest import NOW, Field

pytestmark = [pytest.mark.django_db, pytest.mark.requirement("F1", "F2")]
TODAY = date(2026, 11, 20)
PAYLOADS = Path(__file__).parent.parent / "contract" / "field"


def planned(
    world: Field, shop: int, day: date, *, state: str = "approved", visit_state: str = "planned"
) -> PlannedVisit:
    cycle, _made = PlanCycle.objects.get_or_create(
        id=state, company=world.company, person=world.manager, state=state, parameters={}, made_at=NOW,
        starts_on=TODAY - timedelta(days={"approved": 1, "returned": 2, "proposed": 3}[state]), ends_on=TODAY + timedelta(days=28),
    )  # fmt: skip
    return PlannedVisit.objects.create(
        id=f"{state}-{shop}-{day}", cycle=cycle, company=world.company, person=world.manager, retailer=world.shops[shop],
        visit_date=day, order=shop + 1, arrive_at="08:40", travel_minutes=4, service_minutes=8, state=visit_state,
        reasons=[
            {
                "code": "long_not_visited", "present": 43.0, "wanted": 30.0, "unit": "days", "way": "count_stock",
                "evidence": {"subject": "", "since": "2026-10-08"},
            }
        ],
    )  # fmt: skip


def furnished(world: Field) -> None:
    """One of everything that a phone carries."""
    company = world.company
    planned(world, 0, TODAY)
    planned(world, 2, TODAY - timedelta(days=1))
    VisitType.objects.create(
        company=company,
        code="standard",
        version=1,
        name="旧",
        actions=[],
        valid_from=date(2026, 1, 1),
        valid_until=TODAY,
    )
    VisitType.objects.create(
        company=company, code="standard", version=2, name="常规走访", valid_from=TODAY,
        actions=[{"kind": "check_in", "required": True}, {"kind": "check_out", "required": True}],
    )  # fmt: skip
    elsewhere = factories.unit(company, "城北市场部")
    for unit in (None, world.unit, elsewhere):
        dated = {"company": company, "unit": unit, "valid_from": date(2026, 11, 1), "valid_until": date(2026, 12, 1)}
        Theme.objects.create(title=f"主题{unit or ''}", talking_points=["一品一签"], **dated)
        DayQuestion.objects.create(text=f"新店?{unit or ''}", kind="choice", options=["有", "没有"], **dated)
    Theme.objects.create(
        company=company, title="过期", talking_points=[], valid_from=date(2026, 1, 1), valid_until=TODAY
    )
    Policy.objects.create(
        company=company, title="明码标价", text="一品一签", check_question="少签怎么办?",
        check_answers=[{"text": "补签", "right": True}, {"text": "不管", "right": False}], valid_from=date(2026, 11, 1),
        tell_until=date(2026, 12, 1),
    )  # fmt: skip
    product = factories.product(company, "P1", name="临江（软）", guide_retail_price_fen=26_000)
    factories.product(company, "P2", name="临江（硬）")
    DatedParameter.objects.create(
        company=company, name="field.stock_products", value=["P1"], valid_from=date(2026, 1, 1), source="x", set_at=NOW
    )
    shop = world.shops[0]
    ShopHours.objects.create(retailer=shop, busy_from="11:00", busy_until="13:00", valid_from=date(2026, 1, 1))
    for n, kept in ((1, TODAY), (2, TODAY - timedelta(days=1))):
        CareNote.objects.create(
            id=f"note{n}",
            company=company,
            retailer=shop,
            person=world.manager,
            purpose="送货",
            text="后门卸货",
            made_at=NOW,
            keep_until=kept,
        )
    for state in ("open", "kept"):
        Promise.objects.create(
            id=f"promise-{state}", company=company, retailer=shop, owner=world.manager, text="换价签", made_at=NOW,
            due_on=TODAY, state=state,
        )  # fmt: skip
    Request.objects.create(
        id="request", company=company, retailer=shop, raised_by=world.manager, owner=world.leader, kind="problem", topic="送货服务",
        text="少送一条", raised_at=NOW, due_on=TODAY, state="answered", answer="周一补",
    )  # fmt: skip
    for n, units in ((10, 5), (3, 12)):
        at = NOW - timedelta(days=n)
        visit = Visit.objects.create(
            id=f"visit{n}", company=company, person=world.manager, retailer=shop, visit_date=at.date(), check_in_at=at,
            check_out_at=at, received_at=at, state="done",
        )  # fmt: skip
        VisitAction.objects.create(
            visit=visit, place=0, kind="stock_count", body={"lines": [{"product_id": product.pk, "units": units}]}
        )


def test_today_is_carried_at_full_and_the_rest_in_short(world: Field) -> None:
    furnished(world)
    answer = world.phone.replica()
    found = answer.json()

    assert found["person"] == {
        "id": world.manager.pk,
        "name": world.manager.name,
        "employee_no": world.manager.employee_no,
    }
    assert (found["company"]["work_from"], found["company"]["work_until"], found["company"]["radius_metres"]) == (
        "08:00", "18:00", 150,
    )  # fmt: skip
    assert found["company"]["usual_minutes"] == {"least": 3, "most": 30}
    # Days off by the company's calendar of the coming weeks, the age of a fix that answers, and the points that judge.
    assert [day for day in found["company"]["days_off"] if day < "2026-12-01"] == [
        "2026-11-21", "2026-11-22", "2026-11-28", "2026-11-29",
    ]  # fmt: skip
    assert (found["company"]["days_off"][-1] <= "2026-12-20", found["company"]["fix_age_limit_seconds"]) == (True, 120)
    assert found["consent"]["given_at"] is None
    assert [(each["name"], each["version"]) for each in found["visit_types"]] == [("常规走访", 2)]
    assert [each["title"] for each in found["themes"]] == ["主题", "主题城南市场部"]
    assert [each["text"] for each in found["questions"]] == ["新店?", "新店?城南市场部"]
    assert found["policies"][0]["check_answers"] == [{"text": "补签"}, {"text": "不管"}]
    assert [(each["name"], each["guide_fen"]) for each in found["products"]] == [
        ("临江（软）", 26_000),
        ("临江（硬）", None),
    ]
    assert found["company"]["currency_symbol"] == "¥"
    assert [each["leave_of"] for each in found["promise_limits"]] == ["", "market_manager", "leader"]
    shops = {shop["id"]: shop for shop in found["retailers"]}
    assert set(shops) == {shop.pk for shop in world.shops}
    full, short = shops[world.shops[0].pk], shops[world.shops[1].pk]
    assert set(full) == set(short)
    assert (full["busy_from"], full["busy_until"], full["last_visit_date"]) == ("11:00", "13:00", "2026-11-17")
    assert ([each["id"] for each in full["care_notes"]], [each["id"] for each in full["promises"]]) == (
        ["note1"],
        ["promise-open"],
    )
    assert full["requests"] == [
        {
            "id": "request",
            "kind": "problem",
            "text": "少送一条",
            "state": "answered",
            "answer": "周一补",
            "due_on": "2026-11-20",
        }
    ]
    assert full["stock"] == [{"product_id": found["products"][0]["id"], "last_units": 12}]
    assert {"label": "档位", "value": "20"} in full["facts"]
    assert (short["facts"], short["stock"], short["care_notes"], short["latitude"]) == (
        [],
        [],
        [],
        pytest.approx(31.36),
    )
    # A phone shows sentences: it knows neither codes nor what a number counts.
    assert found["plan"][0]["reasons"] == [
        {
            "code": "long_not_visited",
            "present": "上次走访 2026-10-08，距今 43 天。",
            "wanted": "每月至少走访一次。",
            "way": "盘库存、看陈列、查标价，询问客户需求。",
        }
    ]
    assert found["plan"][0]["arrive_at"] == "08:40"
    # What was not made yesterday can be explained until the plan ends; a reason said takes it off the phone.
    assert found["not_made"] == [
        {
            "id": "approved-2-2026-11-19",
            "retailer_id": world.shops[2].pk,
            "name": world.shops[2].name,
            "visit_date": "2026-11-19",
            "until": "2026-12-17",
        }
    ]
    body = json.dumps(found, ensure_ascii=False, indent=1, sort_keys=True)
    if os.environ.get("LIANXIN_WRITE_CONTRACT") == "1":
        (PAYLOADS / "replica.json").write_text(body + "\n", "utf-8")
    assert shape(json.loads((PAYLOADS / "replica.json").read_text("utf-8"))) == shape(found)


def shape(value: object) -> object:
    """The names and kinds of a payload, without what it says."""
    if isinstance(value, dict):
        return {name: shape(each) for name, each in value.items()}
    if isinstance(value, list):
        return [shape(each) for each in value[:1]]
    return "number" if isinstance(value, int | float) and not isinstance(value, bool) else type(value).__name__


def test_the_phone_judges_by_the_points_by_which_the_server_judges(world: Field) -> None:
    shop = world.shops[0]
    ShopPoint.objects.create(
        retailer=shop,
        latitude=31.5,
        longitude=118.5,
        valid_from=date(2026, 11, 1),
        spread_metres=9,
        n_visits=6,
        n_persons=2,
    )
    ShopPoint.objects.create(
        retailer=shop,
        latitude=32.5,
        longitude=118.5,
        valid_from=date(2026, 11, 21),
        spread_metres=9,
        n_visits=6,
        n_persons=2,
    )
    (carried,) = (one for one in world.phone.replica().json()["retailers"] if one["id"] == shop.pk)
    today = date(2026, 11, 20)
    assert [(one["latitude"], one["longitude"]) for one in carried["points"]] == holding.points_of(shop, on=today)
    assert carried["points"][-1] == {"latitude": 31.5, "longitude": 118.5}
    assert len(carried["points"]) == 2


def test_what_is_known_is_not_sent_again(world: Field) -> None:
    first = world.phone.replica()
    known = world.phone.replica(**{"If-None-Match": first["ETag"]})
    assert (known.status_code, known.content) == (304, b"")
    Promise.objects.create(
        id="p", company=world.company, retailer=world.shops[0], owner=world.manager, text="x", made_at=NOW, due_on=TODAY
    )
    changed = world.phone.replica(**{"If-None-Match": first["ETag"]})
    assert changed.status_code == 200
    assert changed.json()["version"] != first.json()["version"]


def test_the_plan_reaches_three_days_and_returned_plans_are_not_worked_by(world: Field) -> None:
    for days in (-1, 0, 3, 4):
        planned(world, 0, TODAY + timedelta(days=days))
    planned(world, 1, TODAY, visit_state="dropped")
    planned(world, 2, TODAY, state="returned")
    planned(world, 1, TODAY, state="proposed")
    assert [(each["visit_date"], each["retailer_id"]) for each in world.phone.replica().json()["plan"]] == [
        ("2026-11-20", world.shops[0].pk), ("2026-11-20", world.shops[1].pk), ("2026-11-23", world.shops[0].pk),
    ]  # fmt: skip


def test_who_covers_carries_the_absent_ones_shops_too(world: Field) -> None:
    Cover.objects.create(company=world.company, absent=world.colleague, covering=world.manager, reason="病假",
                         valid_from=TODAY, valid_until=TODAY + timedelta(days=2))  # fmt: skip
    assert world.theirs.pk in {shop["id"] for shop in world.phone.replica().json()["retailers"]}


def test_an_account_without_a_person_is_told_and_a_stranger_gets_json(world: Field) -> None:
    nobody = Client()
    nobody.force_login(factories.user(world.company, Role.CUSTOMER_MANAGER))
    assert nobody.get("/api/v1/field/replica").status_code == 422
    stranger = Client().get("/api/v1/field/replica")
    assert (stranger.status_code, stranger["Content-Type"].split(";")[0]) == (401, "application/json")
