"""A small company whose managers make visits: two units, shops with places, one without, and somebody in every role concerned."""

from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta

from django.test import Client

from lianxin.core.visiting import plan
from lianxin.foundation import clock
from lianxin.foundation.models import Company, User
from lianxin.foundation.states import Role
from lianxin.people.models import Person, Unit
from lianxin.people.states import Post
from lianxin.retailers.models import Retailer
from lianxin.visits.actions import planning
from lianxin.visits.models import PlanCycle, PlannedVisit
from lianxin.visits.queries.plan_inputs import inputs_of
from lianxin.visits.queries.plan_reasons import reasons_of
from tests import factories
from tests.factories import AT

HERE = (31.35, 118.42)
TIERS = (28, 25, 15, 13, 9, 6, 3, None)


@dataclass
class World:
    """`monday` is the first day of the coming cycle; `shops` of a manager are in the order of their licences."""

    company: Company
    south: Unit
    north: Unit
    people: dict[str, Person]
    users: dict[str, User]
    shops: dict[str, list[Retailer]] = field(default_factory=dict)
    monday: date = date(2021, 12, 6)

    def client(self, who: str, language: str = "zh-hans") -> Client:
        """A browser in which somebody is signed in."""
        client = Client(headers={"accept-language": language})
        client.cookies["django_language"] = language
        client.force_login(self.users[who])
        return client

    def plan(self, who: str, *, starts_on: date | None = None, at: datetime = AT) -> PlanCycle:
        """A recorded plan, searched for a short time."""
        first = starts_on or self.monday
        inputs = inputs_of(self.company, self.people[who], starts_on=first)
        quick = replace(inputs.settings, search_rounds=60, route_rounds=3)
        made = plan(str(inputs.person.pk), inputs.start, inputs.retailers, inputs.days, quick)
        ids = {int(one.retailer_id) for one in made.visits}
        why = reasons_of(self.company, ids, on=first, until=inputs.ends_on)
        return planning.record(inputs=inputs, plan=made, reasons=why, by=self.users[who], at=at, on=first)

    def approved(self, who: str, *, starts_on: date | None = None) -> PlanCycle:
        """A plan that the market manager approved."""
        cycle = self.plan(who, starts_on=starts_on)
        planning.propose(cycle=cycle, by=self.users[who], at=AT, on=cycle.starts_on)
        return planning.approve(cycle=cycle, by=self.users["boss"], at=AT, on=cycle.starts_on)

    def days(self, cycle: PlanCycle) -> dict[date, list[PlannedVisit]]:
        """The visits still planned, by day, in their order."""
        found: dict[date, list[PlannedVisit]] = {}
        for row in cycle.visits.filter(state="planned").order_by("visit_date", "order"):
            found.setdefault(row.visit_date, []).append(row)
        return found


def build(company: Company) -> World:
    """The company with wang and li in the south under boss, zhao in the north, an officer, a leader and an administrator."""
    south, north = factories.unit(company), factories.unit(company, "城北市场部")
    people, users = {}, {}
    for name, unit, role, post in (
        ("wang", south, Role.CUSTOMER_MANAGER, Post.CUSTOMER_MANAGER),
        ("li", south, Role.CUSTOMER_MANAGER, Post.CUSTOMER_MANAGER),
        ("zhao", north, Role.CUSTOMER_MANAGER, Post.CUSTOMER_MANAGER),
        ("boss", south, Role.MARKET_MANAGER, Post.MARKET_MANAGER),
        ("other_boss", north, Role.MARKET_MANAGER, Post.MARKET_MANAGER),
        ("officer", south, Role.SUPERVISION_OFFICER, Post.SUPERVISION_OFFICER),
        ("leader", south, Role.LEADER, Post.LEADER),
    ):
        users[name] = factories.user(company, role, username=name)
        people[name] = factories.person(unit, post, user=users[name], employee_no=name, name=name)
    users["admin"] = factories.user(company, Role.ADMINISTRATOR, username="admin")
    today = clock.today(company)
    world = World(company, south, north, people, users, monday=today + timedelta(days=7 - today.weekday()))
    for number, name in enumerate(("wang", "li", "zhao")):
        world.shops[name] = [
            factories.retailer(
                company,
                f"{name}{place}",
                name=f"{name} shop {place}",
                holder=people[name],
                latitude=HERE[0] + 0.01 * number + 0.002 * place,
                longitude=HERE[1] + 0.003 * (place % 3),
                tier=tier,
            )
            for place, tier in enumerate(TIERS)
        ]
    return world
