from types import SimpleNamespace

import pytest
from django.db import transaction
from django.http import HttpRequest
from django.test import RequestFactory

from lianxin.foundation import audit
from lianxin.foundation.models import Company, User
from lianxin.foundation.states import Role
from lianxin.ui.badges import badges_for
from lianxin.ui.slots import NavigationEntry
from tests import factories
from tests.factories import AT

WAITING: dict[str, int] = {}
ENTRIES = [
    NavigationEntry(key="mine", title="Mine", url_name="x", badge=lambda request: WAITING[request.user.username]),
    NavigationEntry(key="plain", title="Plain", url_name="x"),
]


def asked_by(user: User) -> HttpRequest:
    request = RequestFactory().get("/")
    request.user = user
    return request


@pytest.mark.django_db
def test_badges_are_kept_for_each_person_until_a_row_of_the_company_changes(company: Company) -> None:
    wang = factories.user(company, Role.CUSTOMER_MANAGER, username="wang")
    li = factories.user(company, Role.CUSTOMER_MANAGER, username="li")
    WAITING.update(wang=3, li=1)
    assert badges_for(asked_by(wang), ENTRIES) == {"mine": 3}
    assert badges_for(asked_by(li), ENTRIES) == {"mine": 1}
    WAITING.update(wang=4)
    assert badges_for(asked_by(wang), ENTRIES) == {"mine": 3}
    with transaction.atomic():
        audit.record(company=company, by=li, verb="x.y", subject="x", at=AT)
    assert badges_for(asked_by(wang), ENTRIES) == {"mine": 4}


def test_a_stranger_is_counted_for_each_time() -> None:
    request = RequestFactory().get("/")
    request.user = SimpleNamespace(is_authenticated=False, username="nobody")  # type: ignore[assignment]
    for waiting in (1, 2):
        WAITING["nobody"] = waiting
        assert badges_for(request, ENTRIES) == {"mine": waiting}


@pytest.mark.django_db
def test_a_change_while_a_page_is_read_is_told(company: Company, django_assert_num_queries) -> None:
    with audit.one_reading():
        before = audit.last_number(company)
        with django_assert_num_queries(0):
            assert audit.last_number(company) == before
        with transaction.atomic():
            audit.record(company=company, by=None, verb="x.y", subject="x", at=AT)
        assert audit.last_number(company) == before + 1
