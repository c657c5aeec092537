"""A small office with two market units, and visits to be looked at."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from types import SimpleNamespace
from typing import cast

import pytest
from django.test import Client
from django.utils import translation

from lianxin.foundation.models import Company
from lianxin.foundation.states import Role
from lianxin.oversight.actions import checks, rules, verifying
from lianxin.oversight.models import Witness
from lianxin.people.models import Person
from lianxin.people.states import Post
from lianxin.retailers.models import Retailer
from lianxin.visits.models import Position, Visit
from lianxin.visits.states import Moment, VisitState
from tests import factories
from tests.kept import Keeper

FIRST = date(2021, 12, 1)
AT = datetime(2022, 1, 3, 8, 0, tzinfo=UTC)


@pytest.fixture
def english() -> Iterator[None]:
    with translation.override("en"):
        yield


@pytest.fixture(autouse=True)
def one_seed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Rounds of checks draw the same in every run: what a test says of a draw must not hold by luck."""
    monkeypatch.setattr(checks, "secrets", SimpleNamespace(token_hex=lambda n: "5eed" * (n // 2)))


def shops_of(person: Person, place: int) -> list[Retailer]:
    """Four shops of a manager, about a kilometre apart."""
    made = []
    for n in range(4):
        latitude, longitude = 30.0 + 0.01 * n, 114.0 + 0.5 * place
        shop = factories.retailer(
            person.company, f"{person.name}{n}", holder=person, latitude=latitude, longitude=longitude
        )
        shop.place = (latitude, longitude)  # type: ignore[attr-defined]
        made.append(shop)
    return made


@pytest.fixture
def office(request: pytest.FixtureRequest) -> SimpleNamespace:
    """Two market units with a manager each, a brand manager, two officers and a leader; four shops a manager."""
    if "verified" in request.fixturenames:
        return cast(SimpleNamespace, request.getfixturevalue("verified"))
    return staffed(request.getfixturevalue("company"))


def staffed(company: Company) -> SimpleNamespace:
    south, north = factories.unit(company), factories.unit(company, "城北市场部")

    def somebody(unit: object, post: Post, role: Role, name: str, boss: Person | None = None) -> Person:
        user = factories.user(company, role, username=name)
        return factories.person(unit, post, user=user, employee_no=name, name=name, reports_to=boss)  # type: ignore[arg-type]

    boss = somebody(south, Post.MARKET_MANAGER, Role.MARKET_MANAGER, "boss")
    other_boss = somebody(north, Post.MARKET_MANAGER, Role.MARKET_MANAGER, "other_boss")
    wang = somebody(south, Post.CUSTOMER_MANAGER, Role.CUSTOMER_MANAGER, "wang", boss)
    li = somebody(north, Post.CUSTOMER_MANAGER, Role.CUSTOMER_MANAGER, "li", other_boss)
    shops = {person.pk: shops_of(person, place) for place, person in enumerate((wang, li))}
    return SimpleNamespace(
        company=company,
        wang=wang,
        li=li,
        boss=boss,
        other_boss=other_boss,
        brand=somebody(south, Post.BRAND_MANAGER, Role.BRAND_MANAGER, "brand"),
        officer=somebody(south, Post.SUPERVISION_OFFICER, Role.SUPERVISION_OFFICER, "officer"),
        second=somebody(south, Post.SUPERVISION_OFFICER, Role.SUPERVISION_OFFICER, "second"),
        leader=somebody(south, Post.LEADER, Role.LEADER, "leader"),
        shops=shops,
    )


def visit(
    person: Person,
    shop: Retailer,
    day: date,
    *,
    minute: int = 0,
    minutes: float = 8,
    off_metres: float = 10,
    note: str = "",
    n_answers: int = 3,
    has_fix: bool = True,
) -> tuple[Visit, Position | None]:
    """One finished visit, not yet stored: `off_metres` north of the shop, at 08:30 local plus `minute`."""
    came = datetime(day.year, day.month, day.day, 0, 30, tzinfo=UTC) + timedelta(minutes=minute)
    made = Visit(
        id=f"{person.name}-{day:%m%d}-{minute}",
        company=person.company,
        person=person,
        retailer=shop,
        state=VisitState.DONE,
        visit_date=day,
        planned_date=day,
        check_in_at=came,
        check_out_at=came + timedelta(minutes=minutes),
        received_at=came,
        n_answers=n_answers,
        note=note,
        place_answer="confirmed" if has_fix and off_metres < 150 else "not_confirmed" if has_fix else "no_fix",
        distance_metres=abs(off_metres) if has_fix else None,
    )
    if not has_fix:
        return made, None
    latitude, longitude = shop.place  # type: ignore[attr-defined]
    return made, Position(
        visit=made,
        moment=Moment.CHECK_IN,
        latitude=latitude + off_metres / 111195.08,
        longitude=longitude,
        accuracy_metres=12,
        fix_age_seconds=3,
        taken_at=came,
    )


def store(visits: list[tuple[Visit, Position | None]]) -> None:
    """Visits with their positions, in two statements."""
    Visit.objects.bulk_create([made for made, _place in visits])
    Position.objects.bulk_create([place for _made, place in visits if place is not None])


@pytest.fixture
def month_of_visits(office: SimpleNamespace) -> SimpleNamespace:
    """December 2021: both managers make four visits a day on twenty days."""
    store(
        [
            visit(person, shop, FIRST + timedelta(days=day), minute=45 * n)
            for person in (office.wang, office.li)
            for day in range(20)
            for n, shop in enumerate(office.shops[person.pk])
        ]
    )
    return office


def client(office: SimpleNamespace, name: str) -> Client:
    made = Client(headers={"accept-language": "en"})
    made.force_login(getattr(office, name).user)
    return made


@pytest.fixture
def verified(kept: Keeper) -> SimpleNamespace:
    """Ten days of December, verified; Li's note of the tenth repeats that of the ninth, and a delivery found his door shut."""
    return kept(ten_days_verified)


def ten_days_verified() -> SimpleNamespace:
    office = staffed(factories.company())
    same = "王老板说新品规卖得慢，柜台第二层改放细支，价签补了三张，下周三送货前再确认库存。"
    made = []
    for person in (office.wang, office.li):
        for day in range(10):
            for n, shop in enumerate(office.shops[person.pk]):
                made.append(
                    visit(
                        person,
                        shop,
                        FIRST + timedelta(days=day),
                        minute=45 * n,
                        note=same
                        if person == office.li and n == 0 and day > 7
                        else f"第{day}天在{shop.name}看了{n}层货架",
                    )
                )
    store(made)
    office.set = rules.draft(company=office.company, title="首版", values={}, by=office.officer.user, at=AT)
    rules.adopt(rule_set=office.set, valid_from=date(2021, 1, 1), by=office.leader.user, at=AT)
    office.visit = Visit.objects.get(pk="li-1210-0")
    Witness.objects.create(
        company=office.company, witness_id="w", channel="delivery", retailer=office.visit.retailer,
        seen_at=office.visit.check_in_at + timedelta(minutes=4), says="shop_closed",
    )  # fmt: skip
    office.run = verifying.verify(
        company=office.company, month=FIRST, by=office.officer.user, at=AT, on=date(2022, 1, 3)
    )
    return office
