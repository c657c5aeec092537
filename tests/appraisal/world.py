"""A company so small that every figure of its month can be computed by hand.

Two market units with one market manager each. In 城南: 王 holds shops A and B, 李 holds C. In 城北: 赵 holds D. One key product
(P1, 一类, cost 60.00) and one other (P2, 三类, cost 20.00). Lines of December 2021 and of December 2020.
"""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any

from lianxin.core.scoring.curves import Judgement, LinearFromTarget, RatioToTarget
from lianxin.core.scoring.notation import to_json
from lianxin.core.scoring.scheme import Group, Part, Scheme
from lianxin.core.scoring.words import Words
from lianxin.engine import from_rows
from lianxin.foundation.facts import the_lake
from lianxin.foundation.models import Company, DatedParameter, User
from lianxin.foundation.states import Role
from lianxin.goods.models import Product
from lianxin.people.models import Person, Unit
from lianxin.people.states import Post, UnitKind
from lianxin.plans.models import Target
from lianxin.retailers.models import Retailer
from tests import factories

MONTH = date(2021, 12, 1)
AT = datetime(2022, 1, 5, 8, 0, tzinfo=UTC)


@dataclass
class World:
    company: Company
    units: dict[str, Unit] = field(default_factory=dict)
    users: dict[str, User] = field(default_factory=dict)
    people: dict[str, Person] = field(default_factory=dict)
    shops: dict[str, Retailer] = field(default_factory=dict)
    products: dict[str, Product] = field(default_factory=dict)

    def line(self, line_id: str, day: date, shop: str, product: str, units: int, **fields: Any) -> dict[str, Any]:
        price = {"P1": 10_000, "P2": 4_000}[product]
        return {
            "company_id": self.company.pk,
            "line_id": line_id,
            "order_date": day,
            "order_month": day.replace(day=1),
            "retailer_id": self.shops[shop].pk,
            "product_id": self.products[product].pk,
            "ordered_units": units,
            "supplied_units": units,
            "amount_fen": units * price,
            **fields,
        }

    def add_lines(self, batch_id: str, lines: list[dict[str, Any]]) -> int:
        rows = [{**line, "batch_id": batch_id} for line in lines]
        return the_lake().append_batch(from_rows("order_lines", rows), self.company.pk, batch_id)


def lines_of(world: World) -> list[dict[str, Any]]:
    now, before = date(2021, 12, 8), date(2020, 12, 9)
    return [
        world.line("n1", now, "A", "P1", 60),
        world.line("n2", now, "A", "P2", 40),
        world.line("n3", now, "B", "P2", 20),
        world.line("n4", now, "C", "P1", 30),
        world.line("n5", now, "C", "P2", 60),
        world.line("n6", now, "D", "P2", 50),
        world.line("b1", before, "A", "P2", 80),
        world.line("b2", before, "B", "P2", 20),
        world.line("b3", before, "C", "P2", 100),
        world.line("b4", before, "D", "P2", 50),
    ]


def make(code: str = "linjiang", *, with_lines: bool = True) -> World:
    company = factories.company(code)
    world = World(company)
    top = factories.unit(company, f"{code}公司", kind=UnitKind.COMPANY)
    for name in ("城南", "城北"):
        world.units[name] = factories.unit(company, f"{name}市场部", parent=top)
    posts = {
        "局长": (top, Post.LEADER, Role.LEADER),
        "人事": (top, Post.HR, Role.HR),
        "督察": (top, Post.SUPERVISION_OFFICER, Role.SUPERVISION_OFFICER),
        "南经理": (world.units["城南"], Post.MARKET_MANAGER, Role.MARKET_MANAGER),
        "北经理": (world.units["城北"], Post.MARKET_MANAGER, Role.MARKET_MANAGER),
    }
    for name, (unit, post, role) in posts.items():
        world.users[name] = factories.user(company, role, username=f"{code}-{name}")
        world.people[name] = factories.person(
            unit, post, employee_no=f"{code}-{name}", name=name, user=world.users[name]
        )
    teams = (("王", "城南", "南经理", "E1"), ("李", "城南", "南经理", "E2"), ("赵", "城北", "北经理", "E3"))
    for name, unit, chief, number in teams:
        world.users[name] = factories.user(company, Role.CUSTOMER_MANAGER, username=f"{code}-{name}")
        world.people[name] = factories.person(
            world.units[unit], employee_no=number, name=name, user=world.users[name], reports_to=world.people[chief]
        )
    world.users["管理员"] = factories.user(company, Role.ADMINISTRATOR, username=f"{code}-管理员")
    for shop, holder in (("A", "王"), ("B", "王"), ("C", "李"), ("D", "赵")):
        world.shops[shop] = factories.retailer(
            company,
            f"L{shop}",
            holder=world.people[holder],
            route=f"R{shop}",
            trade_form="便利店",
            market_type="城镇",
            tier=20,
        )
    world.products["P1"] = factories.product(company, "P1", price_class="一类", cost_price_fen=6_000)
    world.products["P2"] = factories.product(company, "P2", price_class="三类", cost_price_fen=2_000)
    DatedParameter.objects.create(
        company=company,
        name="measuring.key_products",
        value=["P1"],
        valid_from=date(2019, 1, 1),
        source="test",
        set_at=AT,
    )
    for number, target in (("E1", 100), ("E2", 120), ("E3", 50)):
        Target.objects.create(
            company=company, month=MONTH, level="manager", entity=number, indicator="sales_units", target=target
        )
    if with_lines:
        world.add_lines("batch-1", lines_of(world))
    return world


def scheme(**changes: Any) -> dict[str, Any]:
    """Sales 50 by ratio to target (cap 1.2), change on last year 30 (0.5 off a point), attitude 20 by judgement."""
    parts = (
        Part(
            code="sales",
            title=Words("销量", "Sales"),
            points_milli=50_000,
            curve=RatioToTarget(cap=1.2),
            indicator="sales_units",
        ),
        Part(
            code="growth",
            title=Words("同比", "Change"),
            points_milli=30_000,
            curve=LinearFromTarget(target=0.0, unit=0.01, less_milli=500, more_milli=500, highest_milli=36_000),
            indicator="same_period_change",
        ),
        Part(
            code="attitude",
            title=Words("工作态度", "Attitude"),
            points_milli=20_000,
            curve=Judgement(),
            judgement="attitude",
        ),
    )
    made = Scheme(
        code="small", version=1, title=Words("小方案", "Small scheme"), group=Group.COMPANY, parts=parts, **changes
    )
    return to_json(made)
