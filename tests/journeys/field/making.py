"""Builds the site of the field journeys: one company in which it is noon, some managers, their shops and plans.

python -m tests.journeys.field.making MANAGERS   makes `MANAGERS` names (comma-separated); the one called `walker` gets thirty shops
"""

import json
import os
import sys
from datetime import UTC, date, datetime, time, timedelta

import django

PASSWORD = "a-long-password"
SHOPS = 4
DAY_OF_VISITS = 30
NOON = 12
CENTRE = (31.35, 118.42)


def noon_zone(at: datetime) -> str:
    """A time zone in which it is noon, so that journeys find working hours at every hour of the day."""
    ahead = NOON - at.hour
    return f"Etc/GMT{-ahead:+d}" if ahead else "UTC"


def make(names: list[str]) -> dict[str, dict[str, int]]:
    """The company. Answers the ids of each manager's shops by their names."""
    from lianxin.foundation.models import CalendarDay
    from lianxin.foundation.states import Role
    from lianxin.people.states import Post
    from lianxin.visits.models import (
        DayQuestion,
        PlanCycle,
        PlannedVisit,
        Policy,
        Promise,
        Request,
        ShopHours,
        Theme,
        VisitType,
    )
    from lianxin.visits.states import PlanState
    from tests import factories

    now = datetime.now(UTC)
    company = factories.company(time_zone=noon_zone(now))
    today = now.astimezone(company.zone).date()
    far = today + timedelta(days=30)
    # Journeys run on Sundays too: here every day is worked.
    CalendarDay.objects.bulk_create(
        CalendarDay(company=company, date=today + timedelta(days=n), is_working=True) for n in range(-1, 31)
    )
    unit = factories.unit(company)
    leader = factories.person(
        unit, Post.MARKET_MANAGER, name="李主任", user=factories.user(company, Role.MARKET_MANAGER)
    )
    for code, name, kinds in (
        ("regular", "例行走访", ["theme", "check_in", "stock_count", "price_tags", "display", "market_order", "questions", "policy",
                                 "requests", "promises", "note", "check_out"]),
        ("short", "简短走访", ["check_in", "display", "note", "check_out"]),
    ):  # fmt: skip
        actions = [{"kind": kind, "required": kind in ("stock_count", "note")} for kind in kinds]
        VisitType.objects.create(company=company, code=code, name=name, actions=actions, valid_from=date(2020, 1, 1))
    Theme.objects.create(
        company=company,
        title="元旦备货",
        talking_points=["备货量参考去年同期", "新品上柜位置"],
        valid_from=today,
        valid_until=far,
    )
    DayQuestion.objects.create(
        company=company, text="店里有没有扫码订货？", kind="yes_no", valid_from=today, valid_until=far
    )
    policy = Policy.objects.create(
        company=company, title="订货日调整", text="元旦期间订货日提前一天。", check_question="元旦前哪天订货？",
        check_answers=[{"text": "提前一天", "right": True}, {"text": "推后一天", "right": False}], valid_from=today, tell_until=far,
    )  # fmt: skip
    assert policy.pk
    for n, name in enumerate(("黄山（红方印）", "中华（软）", "利群（新版）"), 1):
        factories.product(company, f"P{n}", name=name, guide_retail_price_fen=26_000)
    found: dict[str, dict[str, int]] = {}
    for nth, name in enumerate(names):
        user = factories.user(company, Role.CUSTOMER_MANAGER, username=name)
        person = factories.person(
            unit,
            name=f"经理{name}",
            employee_no=f"E{nth:03}",
            user=user,
            reports_to=leader,
            valid_from=date(2020, 1, 1),
        )
        cycle = PlanCycle.objects.create(
            id=f"cycle-{name}", company=company, person=person, starts_on=today - timedelta(days=1), ends_on=far,
            state=PlanState.APPROVED, parameters={}, made_at=now,
        )  # fmt: skip
        shops: dict[str, int] = {}
        for n in range(DAY_OF_VISITS if name == "walker" else SHOPS):
            shop = factories.retailer(
                company, f"{nth:03}{n:04}", holder=person, name=f"{name}便民{n + 1}号店", address=f"临江路{n + 1}号", tier=20,
                latitude=CENTRE[0] + n / 100, longitude=CENTRE[1] + (n % 5) / 200,
            )  # fmt: skip
            shops[shop.name] = shop.pk
            reasons = [
                {
                    "code": "decline_against_peers", "present": 0.79, "wanted": 1.0, "unit": "growth_to_peers",
                    "way": "find_cause", "evidence": {"numerator": 79.0, "denominator": 100.0, "n": 12, "since": "2026-10-31"},
                }
            ]  # fmt: skip
            PlannedVisit.objects.create(
                id=f"plan-{name}-{n}", cycle=cycle, company=company, person=person, retailer=shop,
                visit_date=today if n < SHOPS - 1 or name == "walker" else today + timedelta(days=1),
                order=n + 1, arrive_at=time(8 + n // 4, 15 * (n % 4)), travel_minutes=5, service_minutes=12,
                reasons=reasons if n % 2 == 0 else [],
            )  # fmt: skip
            if n == 0:
                ShopHours.objects.create(
                    retailer=shop, busy_from=time(11), busy_until=time(13), valid_from=date(2020, 1, 1)
                )
                Promise.objects.create(
                    id=f"promise-{name}", company=company, retailer=shop, owner=person, text="送一块价签板", made_at=now,
                    due_on=today - timedelta(days=1),
                )  # fmt: skip
                Request.objects.create(
                    id=f"request-{name}", company=company, retailer=shop, raised_by=person, kind="wish", topic="配送",
                    text="希望上午送货", owner=leader, raised_at=now, due_on=far, state="answered", answer="下周起改为上午送货。",
                )  # fmt: skip
            if name == "unmade" and n < 2:
                PlannedVisit.objects.create(
                    id=f"yesterday-{n}", cycle=cycle, company=company, person=person, retailer=shop,
                    visit_date=today - timedelta(days=1), order=n + 1, arrive_at=time(9), travel_minutes=5, service_minutes=12,
                )  # fmt: skip
        found[name] = shops
    return found


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "lianxin.config.settings")
    django.setup()
    from lianxin.foundation import laying_out

    laying_out.bring_up_to_date()
    sys.stdout.write(json.dumps(make(sys.argv[1].split(","))))
