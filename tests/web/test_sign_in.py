"""Signing in and out: nothing tells a stranger which accounts exist, and guessing is slowed down."""

import re
from collections.abc import Iterator

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value, yield_hotp_counters_from_time
from django.core.cache import cache
from django.test import Client

from lianxin.foundation import actions
from lianxin.foundation.errors import Refused
from lianxin.foundation.models import Company
from lianxin.foundation.states import Role
from tests import factories
from tests.factories import AT

pytestmark = pytest.mark.django_db
PASSWORD = "a-long-password"


@pytest.fixture(autouse=True)
def no_memory() -> Iterator[None]:
    """The limits count in the cache, which tests must not share."""
    cache.clear()
    yield
    cache.clear()


def sign_in(client: Client, name: str, password: str = PASSWORD) -> tuple[int, str]:
    answer = client.post("/account/login/", {"login": name, "password": password})
    body = re.sub(r'(value|content)="[^"]*"', "", answer.content.decode())
    return answer.status_code, body


def test_signing_in_leads_to_where_one_wanted_to_go(client: Client, company: Company) -> None:
    factories.user(company, Role.LEADER, username="zhang")
    assert client.get("/catalogue/")["Location"] == "/account/login/?next=/catalogue/"
    answer = client.post("/account/login/", {"login": "zhang", "password": PASSWORD, "next": "/catalogue/"})
    assert answer["Location"] == "/catalogue/"
    elsewhere = Client().post(
        "/account/login/", {"login": "zhang", "password": PASSWORD, "next": "https://elsewhere.example/"}
    )
    assert elsewhere["Location"] == "/"


def test_unknown_wrong_and_switched_off_are_answered_alike(company: Company) -> None:
    factories.user(company, username="zhang")
    factories.user(company, username="li", is_active=False)
    wrong, unknown, off = (
        sign_in(Client(), "zhang", "wrong password"),
        sign_in(Client(), "nobody", "wrong password"),
        sign_in(Client(), "li"),
    )
    assert wrong == unknown == off
    assert wrong[0] == 200


def test_the_sixth_guess_on_one_account_has_to_wait(company: Company) -> None:
    factories.user(company, username="zhang")
    for _ in range(5):
        sign_in(Client(), "zhang", "wrong password")
    client = Client()
    sign_in(client, "zhang", PASSWORD)
    assert client.get("/")["Location"].startswith("/account/login/")


def test_signing_out_takes_a_post(client: Client, company: Company) -> None:
    client.force_login(factories.user(company, Role.LEADER))
    assert client.get("/account/logout/").status_code == 200
    assert client.get("/").status_code == 200
    client.post("/account/logout/")
    assert client.get("/").status_code == 302


def test_nobody_signs_up_or_resets_a_password_from_outside(client: Client) -> None:
    for path in ("/account/signup/", "/account/password/reset/", "/account/email/"):
        assert client.get(path)["Location"].startswith("/account/login/")


def test_a_fragment_of_a_dead_session_sends_the_whole_page_to_the_sign_in(client: Client) -> None:
    answer = client.get(
        "/home/panels/jobs", headers={"HX-Request": "true", "HX-Current-URL": "http://testserver/jobs/?state=done"}
    )
    assert (answer.status_code, answer["HX-Redirect"]) == (401, "/account/login/?next=/jobs/")


def code_of(secret: str) -> str:
    return format_hotp_value(hotp_value(secret, next(iter(yield_hotp_counters_from_time()))))


def test_a_second_factor_is_set_up_asked_for_and_taken_off_by_an_administrator(company: Company) -> None:
    zhang = factories.user(company, Role.LEADER, username="zhang")
    client = Client()
    sign_in(client, "zhang")
    asks_again = client.get("/account/2fa/totp/activate/")["Location"]
    assert client.get(asks_again).status_code == 200
    client.post("/account/reauthenticate/", {"password": PASSWORD})
    page = client.get("/account/2fa/totp/activate/")
    secret = page.context["form"].secret
    assert client.post("/account/2fa/totp/activate/", {"code": code_of(secret)}).status_code == 302
    assert client.get("/account/2fa/").status_code == 200
    assert Authenticator.objects.filter(user=zhang, type="totp").exists()
    assert client.get("/account/2fa/codes/").status_code == 200
    assert client.get("/account/2fa/codes/generate/").status_code == 200
    assert client.get("/account/2fa/totp/deactivate/").status_code == 200

    fresh = Client()
    fresh.post("/account/login/", {"login": "zhang", "password": PASSWORD})
    assert fresh.get("/")["Location"].startswith("/account/login/")
    assert fresh.get("/account/2fa/authenticate/").status_code == 200
    recovery = Authenticator.objects.get(user=zhang, type="recovery_codes").wrap().get_unused_codes()[0]
    assert fresh.post("/account/2fa/authenticate/", {"code": "000000"}).status_code == 200
    assert fresh.post("/account/2fa/authenticate/", {"code": recovery})["Location"] == "/"
    assert fresh.get("/").status_code == 200

    admin = factories.user(company, Role.ADMINISTRATOR)
    with pytest.raises(Refused):
        actions.remove_second_factor(user=zhang, company=company, by=admin, at=AT, reason=" ")
    actions.remove_second_factor(user=zhang, company=company, by=admin, at=AT, reason="called back")
    assert not Authenticator.objects.filter(user=zhang).exists()
