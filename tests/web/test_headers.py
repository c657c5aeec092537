"""What a browser is told not to do, and what must not be in any page."""

import re

import pytest
from django.conf import LazySettings, settings
from django.test import Client, RequestFactory, override_settings

from lianxin.foundation.accounts import client_address
from lianxin.foundation.models import Company
from lianxin.foundation.states import Role
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("path", ["/account/login/", "/", "/system/users/", "/nothing/", "/api/v1/me", "/healthz"])
def test_every_answer_carries_the_protecting_headers(client: Client, company: Company, path: str) -> None:
    client.force_login(factories.user(company, Role.ADMINISTRATOR))
    answer = client.get(path)
    policy = {part.split(" ", 1)[0]: part for part in answer["Content-Security-Policy"].split("; ")}
    assert policy["default-src"] == "default-src 'none'"
    assert policy["script-src"] == "script-src 'self'"
    assert policy["style-src"] == "style-src 'self'"
    assert policy["frame-ancestors"] == "frame-ancestors 'none'"
    assert "unsafe" not in answer["Content-Security-Policy"]
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["X-Frame-Options"] == "DENY"
    assert answer["Referrer-Policy"] == "same-origin"
    assert answer["Cross-Origin-Opener-Policy"] == "same-origin"


@pytest.mark.parametrize(
    "path",
    ["/", "/me/", "/me/tokens/", "/jobs/", "/catalogue/", "/system/users/", "/system/users/new", "/system/company/",
     "/system/calendar/", "/system/parameters/", "/system/parameters/measuring.peer_alert/", "/system/audit/", "/account/login/"],
)  # fmt: skip
def test_no_page_has_inline_script_or_style_or_loads_from_outside(client: Client, company: Company, path: str) -> None:
    client.force_login(factories.user(company, Role.ADMINISTRATOR))
    answer = client.get(path)
    html = answer.content.decode()
    assert not re.search(r"<script(?![^>]*(\bsrc=|application/json))", html)
    assert not re.search(r"\sstyle=|<style|\son[a-z]+=", html)
    assert not re.search(r"""(src|href)=["'](https?:)?//""", html)


def test_cookies_of_a_session_are_hidden_and_stay_on_the_site(client: Client, company: Company) -> None:
    factories.user(company, Role.LEADER, username="zhang")
    client.post("/account/login/", {"login": "zhang", "password": "a-long-password"})
    cookie = client.cookies[settings.SESSION_COOKIE_NAME]
    assert (cookie["httponly"], cookie["samesite"]) == (True, "Lax")
    assert settings.SESSION_COOKIE_AGE == 12 * 3600


def test_the_health_answer_tells_no_secrets(client: Client, company: Company) -> None:
    answer = client.get("/healthz")
    assert answer.status_code == 200
    assert set(answer.json()) == {"sound", "version", "database", "lake"}
    settings.LAKE.write_text("a file where a folder should be")
    broken = client.get("/healthz")
    assert (broken.status_code, broken.json()["lake"]) == (503, False)


def test_a_forwarded_address_counts_only_behind_our_own_proxy(rf: RequestFactory) -> None:
    request = rf.get("/", headers={"X-Forwarded-For": "10.0.0.9, 192.0.2.7"}, REMOTE_ADDR="127.0.0.1")
    assert client_address(request) == "127.0.0.1"
    with override_settings(HTTPS=True):
        assert client_address(request) == "192.0.2.7"


@pytest.mark.parametrize("path", ["/account/login/", "/api/v1/users"])
def test_what_is_too_large_is_refused_before_it_is_read(client: Client, settings: LazySettings, path: str) -> None:
    settings.UPLOAD_LIMIT_BYTES = 1024 * 1024
    answer = client.generic("POST", path, b"x" * (2 * 1024 * 1024 + 1), content_type="application/octet-stream")
    assert answer.status_code == 413
    assert "1 MB" in answer.content.decode("unicode_escape" if path.startswith("/api/") else "utf-8")
