"""Rows that addresses speak of. A room with object pages adds its own: address name -> arguments made from the world."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from lianxin.foundation.models import ApiToken, Company, ImportBatch, Job, User
from lianxin.foundation.states import BatchState, Role
from lianxin.goods.models import Product
from lianxin.oversight import actions as flags
from lianxin.oversight.models import Flag
from lianxin.people.models import Person, Unit
from lianxin.people.states import Post
from lianxin.retailers.models import Retailer
from tests import factories
from tests.factories import AT


@dataclass
class World:
    """One small company with somebody in every role, and one of each thing that a page can be about."""

    company: Company
    users: dict[Role, User]
    unit: Unit
    manager: Person
    retailer: Retailer
    product: Product
    job: Job
    token: ApiToken
    account: User
    batch: ImportBatch
    flag: Flag


def world() -> World:
    company = factories.company()
    users = {role: factories.user(company, role) for role in Role}
    unit = factories.unit(company)
    leader = factories.person(unit, Post.MARKET_MANAGER, user=users[Role.MARKET_MANAGER])
    manager = factories.person(unit, user=users[Role.CUSTOMER_MANAGER], reports_to=leader)
    account = factories.user(company, Role.LEADER)
    return World(
        company=company,
        users=users,
        unit=unit,
        manager=manager,
        retailer=factories.retailer(company, holder=manager),
        product=factories.product(company),
        job=Job.objects.create(company=company, kind="x", title="x", created_at=AT),
        token=ApiToken.objects.create(user=account, name="x", digest="x", created_at=AT),
        account=account,
        batch=ImportBatch.objects.create(
            id="0193-batch", company=company, kind="people", file_name="x.csv", content_hash="x", owner_name="x", created_at=AT,
            state=BatchState.COMMITTED,
        ),
        flag=flags.open(
            company=company, person=manager, rule="by_hand", question="?", answer_due_on=date(2022, 2, 1), at=AT,
            on=date(2022, 1, 5),
            by=users[Role.SUPERVISION_OFFICER], evidence=[{"title": "t", "text": "t", "source": "", "url": ""}],
        ),
    )  # fmt: skip


Arguments = Callable[[World], Mapping[str, Any]]

# By url name, or by "METHOD /path" for the API. What is not here gets arguments by their kind, which lead to nothing (404).
ARGUMENTS: dict[str, Arguments] = {
    "web:job": lambda w: {"pk": w.job.pk},
    "web:job_progress": lambda w: {"pk": w.job.pk},
    "web:job_cancel": lambda w: {"pk": w.job.pk},
    "web:user": lambda w: {"pk": w.account.pk},
    "web:user_grant": lambda w: {"pk": w.account.pk},
    "web:user_revoke": lambda w: {"pk": w.account.pk},
    "web:user_switch": lambda w: {"pk": w.account.pk},
    "web:user_password": lambda w: {"pk": w.account.pk},
    "web:user_second_factor": lambda w: {"pk": w.account.pk},
    "web:token_revoke": lambda w: {"pk": w.token.pk},
    "web:panel": lambda w: {"key": "catalogue"},
    "web:parameter": lambda w: {"name": "measuring.peer_alert"},
    "retailers:file": lambda w: {"retailer_id": w.retailer.pk},
    "orders:batch": lambda w: {"pk": w.batch.pk},
    "orders:batch_undo": lambda w: {"pk": w.batch.pk},
    "orders:batch_refused": lambda w: {"pk": w.batch.pk},
    "oversight:flag": lambda w: {"flag_id": w.flag.pk},
    "oversight:answer": lambda w: {"flag_id": w.flag.pk},
    "oversight:unheard": lambda w: {"flag_id": w.flag.pk},
    "oversight:take_up": lambda w: {"flag_id": w.flag.pk},
    "oversight:close": lambda w: {"flag_id": w.flag.pk},
    "goods:file": lambda w: {"product_id": w.product.pk},
}

BY_NAME: Mapping[str, Any] = {
    "month": "2021-12",
    "day": "2021-12-31",
    "on": "2021-12-31",
    "date": date(2021, 12, 31),
    "role": "hr",
}
BY_CONVERTER: Mapping[str, Any] = {
    "IntConverter": 987654321,
    "StringConverter": "nothing-of-that-name",
    "SlugConverter": "nothing",
    "PathConverter": "nothing",
    "UUIDConverter": "00000000-0000-7000-8000-000000000000",
    "UUIDStrConverter": "00000000-0000-7000-8000-000000000000",
}
