"""A small company with fourteen months of orders: two units, two managers with three shops each, three products."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from types import SimpleNamespace
from typing import cast

import numpy as np
import pytest
from django.utils import translation

from lianxin.core.units import month_plus
from lianxin.demand.actions import opening
from lianxin.demand.models import Round, Sheet
from lianxin.demand.states import Period
from lianxin.engine.sources import from_rows
from lianxin.foundation import facts as published
from lianxin.foundation.facts import the_lake
from lianxin.foundation.models import Company
from lianxin.foundation.states import Role
from lianxin.people.models import Person
from lianxin.people.states import Post
from tests import factories
from tests.kept import Keeper

FIRST = date(2022, 1, 1)
AT = datetime(2022, 1, 2, 8, 0, tzinfo=UTC)
ON = date(2022, 1, 2)
DEADLINE = AT + timedelta(days=5)
MASTER = ("territories", "postings", "product_versions", "stock_counts")


@pytest.fixture
def english() -> Iterator[None]:
    with translation.override("en"):
        yield


def orders(
    company: Company, shops: list[int], products: list[int], months: list[date], batch: str, seed: int = 7
) -> None:
    """One line a shop, product and month; a cap cuts the first shop's first product."""
    dice = np.random.default_rng(seed)
    rows = []
    for month in months:
        for place, shop in enumerate(shops):
            for goods, product in enumerate(products):
                units = int(10 * (place + 1) * (goods + 1) + dice.integers(0, 5))
                is_short = place == 0 and goods == 0
                rows.append(
                    {
                        "company_id": company.pk,
                        "line_id": f"{batch}-{month}-{shop}-{product}",
                        "order_date": month + timedelta(days=9),
                        "order_month": month,
                        "retailer_id": shop,
                        "product_id": product,
                        "wanted_units": units + 3 * is_short,
                        "cap_units": units if is_short else None,
                        "ordered_units": units,
                        "supplied_units": units,
                        "amount_fen": units * 100,
                        "batch_id": batch,
                    }
                )
    the_lake().append_batch(from_rows("order_lines", rows), company.pk, batch)


@pytest.fixture
def office(kept: Keeper, request: pytest.FixtureRequest) -> SimpleNamespace:
    """Two market units with a manager each, a brand manager, an officer, a leader, an administrator; orders until December 2021."""
    if "office_and_round" in request.fixturenames:
        return cast(SimpleNamespace, request.getfixturevalue("office_and_round")[0])
    return kept(with_orders)


def with_orders() -> SimpleNamespace:
    company = factories.company()
    south, north = factories.unit(company), factories.unit(company, "城北市场部")

    def somebody(unit: object, post: Post, role: Role, name: str, boss: Person | None = None) -> Person:
        user = factories.user(company, role, username=name)
        return factories.person(unit, post, user=user, employee_no=name, name=name, reports_to=boss)  # type: ignore[arg-type]

    boss = somebody(south, Post.MARKET_MANAGER, Role.MARKET_MANAGER, "boss")
    other_boss = somebody(north, Post.MARKET_MANAGER, Role.MARKET_MANAGER, "other_boss")
    wang = somebody(south, Post.CUSTOMER_MANAGER, Role.CUSTOMER_MANAGER, "wang", boss)
    li = somebody(north, Post.CUSTOMER_MANAGER, Role.CUSTOMER_MANAGER, "li", other_boss)
    shops = [factories.retailer(company, f"{who.name}{n}", holder=who) for who in (wang, li) for n in range(3)]
    goods = [
        factories.product(
            company, f"P{n}", price_class=f"{n + 1}", wholesale_price_fen=10_000 * (3 - n), valid_from=date(2020, 1, 1)
        )
        for n in range(3)
    ]
    months = [month_plus(FIRST, -back) for back in range(14, 0, -1)]
    orders(company, [shop.pk for shop in shops], [one.pk for one in goods], months, "b1")
    for name in MASTER:
        published.publish(company, the_lake(), only=name)
    return SimpleNamespace(
        company=company, south=south, north=north, wang=wang, li=li, boss=boss, other_boss=other_boss, shops=shops, goods=goods,
        brand=somebody(south, Post.BRAND_MANAGER, Role.BRAND_MANAGER, "brand"),
        officer=somebody(south, Post.SUPERVISION_OFFICER, Role.SUPERVISION_OFFICER, "officer"),
        leader=somebody(south, Post.LEADER, Role.LEADER, "leader"),
        administrator=factories.user(company, Role.ADMINISTRATOR, username="administrator"),
    )  # fmt: skip


def opened(
    office: SimpleNamespace, *, first: date = FIRST, deadline: datetime = DEADLINE, at: datetime = AT, on: date = ON
) -> Round:
    """A round of January for all three products, with the system's forecast."""
    made = opening.open_round(
        company=office.company, period=Period.MONTH, first_period=first, horizon=1, product_ids=[one.pk for one in office.goods],
        deadline_at=deadline, by=office.leader.user, at=at, on=on,
    )  # fmt: skip
    return opening.prepare(round=made, at=at, on=on)


def with_round() -> tuple[SimpleNamespace, Round]:
    office = with_orders()
    return office, opened(office)


@pytest.fixture
def office_and_round(kept: Keeper) -> tuple[SimpleNamespace, Round]:
    return kept(with_round)


@pytest.fixture
def round(office_and_round: tuple[SimpleNamespace, Round]) -> Round:
    return office_and_round[1]


def sheet(round: Round, person: Person) -> Sheet:
    """Somebody's sheet in a round."""
    return Sheet.objects.select_related("round__company", "person__user", "unit").get(round=round, person=person)
