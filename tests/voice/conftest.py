"""A company of two managers with their market manager, and files of surveys about them."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from django.utils import translation

from lianxin.foundation.imports import running
from lianxin.foundation.imports.running import Result
from lianxin.foundation.models import Company, User
from lianxin.foundation.states import Role
from lianxin.people.models import Person
from lianxin.people.states import Post
from lianxin.voice import actions
from lianxin.voice.models import Survey
from tests import factories
from tests.factories import AT

HEAD = "survey,month,employee_no,sheet,dimension,item,scale,answer\n"
MONTH = date(2021, 12, 1)
Take = Callable[..., Result]


@dataclass
class Staff:
    company: Company
    wang: Person
    li: Person
    market: Person
    users: dict[Role, User]


@pytest.fixture(autouse=True)
def english() -> Iterator[None]:
    with translation.override("en"):
        yield


@pytest.fixture
def staff(company: Company) -> Staff:
    users = {role: factories.user(company, role) for role in Role if role != Role.RETAILER}
    unit = factories.unit(company)
    market = factories.person(unit, Post.MARKET_MANAGER, employee_no="M1", user=users[Role.MARKET_MANAGER])
    wang = factories.person(unit, employee_no="E1", user=users[Role.CUSTOMER_MANAGER], reports_to=market)
    li = factories.person(unit, employee_no="E2", reports_to=market)
    factories.person(unit, Post.SUPERVISION_OFFICER, employee_no="S1", user=users[Role.SUPERVISION_OFFICER])
    for number in range(6):
        factories.retailer(company, f"4201{number:08}", holder=wang, name=f"福来便民商店第{number}分店")
    return Staff(company, wang, li, market, users)


@pytest.fixture
def take(company: Company, tmp_path: Path) -> Take:
    """Take a file in; `rows` follow HEAD unless they begin with a head of their own."""
    n = 0

    def _take(rows: str, *, head: str = HEAD, by: User | None = None, **options: Any) -> Result:
        nonlocal n
        n += 1
        path = tmp_path / f"survey{n}.csv"
        path.write_text(head + rows, encoding="utf-8")
        return running.run(company=company, kind="satisfaction", path=path, by=by, at=AT, **options)

    return _take


def sheets(person: str, first: int, answers: list[list[int]], *, survey: str = "S", month: str = "2021-12") -> str:
    """Rows of questionnaires with an item of supply and one of service each."""
    told = []
    for number, (supply, service) in enumerate(answers, first):
        told.append(f"{survey},{month},{person},Q{number},supply,enough,five,{supply}\n")
        told.append(f"{survey},{month},{person},Q{number},service,visits,five,{service}\n")
    return "".join(told)


def released(month: date = MONTH) -> None:
    """The survey of a month is whole."""
    survey = Survey.objects.get(month=month)
    actions.release(survey=survey, by=None, at=AT, on=MONTH)
