"""A small company with two managers in two units, six retailers in two tiers, and two scarce products."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from lianxin.foundation.models import Company, User
from lianxin.foundation.states import Role
from lianxin.goods.models import Product
from lianxin.people.models import Person
from lianxin.people.states import Post
from lianxin.retailers.models import Retailer
from lianxin.supply.actions import policies
from lianxin.supply.models import SupplyPolicy
from tests import factories

WEEK = date(2021, 12, 6)


@dataclass
class World:
    """`south`, `north`: the two customer managers. The leader leads both market managers; nobody leads the officer or brands."""

    company: Company
    brand: User
    leader: User
    officer: User
    admin: User
    head_south: User
    south_user: User
    south: Person
    north: Person
    retailers: list[Retailer]
    products: list[Product]


def build(company: Company) -> World:
    head_office = factories.unit(company, "公司", kind="company")
    units = [factories.unit(company, code, parent=head_office) for code in ("城南市场部", "城北市场部")]
    users = {role: factories.user(company, role) for role in Role}
    leader = factories.person(head_office, Post.LEADER, user=users[Role.LEADER], name="领导甲")
    heads = [
        factories.person(units[0], Post.MARKET_MANAGER, user=users[Role.MARKET_MANAGER], reports_to=leader),
        factories.person(units[1], Post.MARKET_MANAGER, reports_to=leader),
    ]
    factories.person(head_office, Post.BRAND_MANAGER, user=users[Role.BRAND_MANAGER], name="品牌甲")
    factories.person(head_office, Post.SUPERVISION_OFFICER, user=users[Role.SUPERVISION_OFFICER], name="督察甲")
    south = factories.person(units[0], user=users[Role.CUSTOMER_MANAGER], reports_to=heads[0], name="南甲")
    north = factories.person(units[1], reports_to=heads[1], name="北乙")
    retailers = [
        factories.retailer(company, f"L{n}", holder=south if n < 3 else north, tier=30 if n % 2 else 10)
        for n in range(6)
    ]
    return World(
        company=company,
        brand=users[Role.BRAND_MANAGER],
        leader=users[Role.LEADER],
        officer=users[Role.SUPERVISION_OFFICER],
        admin=users[Role.ADMINISTRATOR],
        head_south=users[Role.MARKET_MANAGER],
        south_user=users[Role.CUSTOMER_MANAGER],
        south=south,
        north=north,
        retailers=retailers,
        products=[factories.product(company, code) for code in ("P1", "P2")],
    )


def requests_file(wanted: dict[str, list[int]], *, cap: int | None = None, week: date = WEEK) -> str:
    """A file of requests in the trade's headers: product -> what each retailer asks for."""
    rows = ["周,商品编码,许可证号,需求量,合理定量"]
    for product, asked in wanted.items():
        rows += [f"{week},{product},L{n},{units},{'' if cap is None else cap}" for n, units in enumerate(asked)]
    return "\n".join(rows)


def supplies_file(units: dict[str, int], *, week: date = WEEK) -> str:
    return "\n".join(["周,商品编码,可供量", *(f"{week},{product},{n}" for product, n in units.items())])


def published(world: World, code: str, definition: dict[str, Any]) -> SupplyPolicy:
    """A policy in force all through 2021."""
    made = policies.draft(
        company=world.company, code=code, title=code, sentence_zh=f"{code} 规则。", sentence_en=f"The rule {code}.",
        definition=definition, by=world.brand, at=factories.AT,
    )  # fmt: skip
    return policies.publish(policy=made, valid_from=date(2021, 1, 4), by=world.leader, at=factories.AT)
