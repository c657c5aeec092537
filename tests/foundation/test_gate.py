"""A page or operation lets in only those whose roles may do its verb, and says so beforehand."""

import pytest
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory

from lianxin.foundation import gate
from lianxin.foundation.errors import Denied
from lianxin.foundation.models import Company
from lianxin.foundation.states import Role
from tests import factories

pytestmark = pytest.mark.django_db


@gate.needs("schemes.read", writing="schemes.adopt")
def schemes(request: HttpRequest) -> HttpResponse:
    return HttpResponse("schemes")


def test_a_view_declares_its_verbs() -> None:
    assert gate.verbs_of(schemes) == ("schemes.read", "schemes.adopt")
    assert gate.verbs_of(lambda request: None) is None


def test_a_verb_nobody_knows_is_a_fault_at_import() -> None:
    with pytest.raises(KeyError, match=r"schemes\.burn"):
        gate.needs("schemes.burn")
    with pytest.raises(KeyError, match=r"schemes\.burn"):
        gate.needs("schemes.read", writing="schemes.burn")


def test_reading_and_writing_ask_for_different_verbs(company: Company, rf: RequestFactory) -> None:
    read, write = rf.get("/"), rf.post("/")
    read.user = write.user = factories.user(company, Role.CUSTOMER_MANAGER)
    assert schemes(read).content == b"schemes"
    with pytest.raises(Denied):
        schemes(write)
    write.user = factories.user(company, Role.LEADER)
    assert schemes(write).content == b"schemes"


def test_a_user_without_a_company_or_switched_off_may_nothing(company: Company, rf: RequestFactory) -> None:
    leader = factories.user(company, Role.LEADER)
    request = rf.get("/")
    for change in ({"company": None}, {"company": company, "is_active": False}):
        for name, value in change.items():
            setattr(leader, name, value)
        leader.__dict__.pop("_roles", None)
        request.user = leader
        with pytest.raises(Denied):
            schemes(request)


def test_a_page_for_the_signed_in_refuses_anyone_else(company: Company, rf: RequestFactory) -> None:
    page = gate.for_signed_in(lambda request: HttpResponse("mine"))
    request = rf.get("/")
    request.user = AnonymousUser()
    with pytest.raises(Denied):
        page(request)
    request.user = factories.user(company)
    assert page(request).content == b"mine"
    request.user = AnonymousUser()
    assert gate.for_anyone(lambda request: HttpResponse("open"))(request).content == b"open"
