"""What every API call shares: who asks, keys, limits, pages, and sentences for bad input."""

import json
from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.core.cache import cache
from django.test import Client
from django.utils import translation

from lianxin.foundation import actions, clock
from lianxin.foundation.models import AuditRow, Company, DatedParameter, IdempotencyKey, Job, User
from lianxin.foundation.states import Role
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def alone() -> Iterator[None]:
    """English sentences, and limits that no other test has counted towards."""
    cache.clear()
    with translation.override("en"):
        yield
    cache.clear()


@pytest.fixture
def admin(company: Company) -> User:
    return factories.user(company, Role.ADMINISTRATOR, username="admin")


@pytest.fixture
def token(admin: User) -> str:
    return actions.issue_token(user=admin, name="t", expires_at=None, by=admin, at=clock.now())[1]


class Caller(Client):
    """A program with a token."""

    def __init__(self, token: str) -> None:
        super().__init__(headers={"Authorization": f"Bearer {token}", "Accept-Language": "en"})

    def send(self, method: str, path: str, body: object = None, key: str = "") -> tuple[int, object]:
        headers = {"Idempotency-Key": key} if key else {}
        answer = self.generic(
            method, f"/api/v1/{path}", json.dumps(body or {}), content_type="application/json", headers=headers
        )
        return answer.status_code, answer.json()


@pytest.fixture
def caller(token: str) -> Caller:
    return Caller(token)


def test_a_token_ends(admin: User, company: Company) -> None:
    later = clock.now() + timedelta(days=1)
    row, text = actions.issue_token(user=admin, name="t", expires_at=later, by=admin, at=clock.now())
    assert Caller(text).send("GET", "me")[0] == 200
    row.expires_at = clock.now() - timedelta(seconds=1)
    row.save()
    assert Caller(text).send("GET", "me")[0] == 401


def test_a_token_of_a_switched_off_account_does_not_work(caller: Caller, admin: User) -> None:
    User.objects.filter(pk=admin.pk).update(is_active=False)
    assert caller.send("GET", "me")[0] == 401


def test_a_session_needs_the_csrf_token_to_change_something(admin: User) -> None:
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(admin)
    path, body = "/api/v1/tokens", json.dumps({"name": "x"})
    assert browser.post(path, body, content_type="application/json").status_code == 403
    browser.get("/me/tokens/")
    value = browser.cookies["csrftoken"].value
    sent = browser.post(path, body, content_type="application/json", headers={"X-CSRFToken": value})
    assert sent.status_code == 201


def test_a_one_time_password_opens_no_api(admin: User) -> None:
    User.objects.filter(pk=admin.pk).update(must_change_password=True)
    browser = Client()
    browser.force_login(User.objects.get(pk=admin.pk))
    assert browser.get("/api/v1/me").status_code == 403


def test_a_change_sent_twice_under_one_key_is_done_once(caller: Caller) -> None:
    first = caller.send("POST", "audit/verify", key="one")
    assert first[0] == 202
    assert caller.send("POST", "audit/verify", key="one") == first
    assert Job.objects.count() == 1
    status, answer = caller.send("POST", "audit/verify", {"other": 1}, key="one")
    assert status == 422
    assert isinstance(answer, dict)
    assert answer["field"] == "Idempotency-Key"


@pytest.mark.parametrize(("path", "body"), [("users", {"username": "zhang"}), ("tokens", {"name": "x"})])
def test_a_secret_is_answered_once_and_kept_nowhere(caller: Caller, path: str, body: dict[str, str]) -> None:
    status, answer = caller.send("POST", path, body, key="one")
    assert isinstance(answer, dict)
    secret = answer.get("one_time_password") or answer["token"]
    rows = AuditRow.objects.count()
    again, told = caller.send("POST", path, body, key="one")
    assert (status, again) == (201, 409)
    assert secret not in str(told)
    assert AuditRow.objects.count() == rows
    assert not IdempotencyKey.objects.filter(body__contains=secret).exists()


def test_put_patch_and_delete_honour_keys_too(caller: Caller, company: Company) -> None:
    body = {"value": 0.7, "valid_from": "2021-07-01", "source": "Decision 7"}
    for _ in range(2):
        assert caller.send("PUT", "parameters/measuring.peer_alert", body, key="put")[0] == 200
    assert AuditRow.objects.filter(verb="parameters.set").count() == 1
    for _ in range(2):
        assert caller.send("PATCH", "company", {"name": "新名"}, key="patch")[0] == 200
    assert AuditRow.objects.filter(verb="company.change").count() == 1


def test_a_key_does_not_keep_a_refusal_about_who_is_asking(company: Company) -> None:
    zhang = factories.user(company, Role.HR)
    text = actions.issue_token(user=zhang, name="t", expires_at=None, by=zhang, at=clock.now())[1]
    body = {"username": "li"}
    assert Caller(text).send("POST", "users", body, key="k")[0] == 403
    actions.grant_role(user=zhang, role=Role.ADMINISTRATOR, company=company, by=None, at=clock.now())
    assert Caller(text).send("POST", "users", body, key="k")[0] == 201


@pytest.mark.parametrize(
    ("method", "path", "body", "field", "words"),
    [
        ("PUT", "parameters/measuring.peer_alert", {"value": 1, "source": "x"}, "valid_from", "is missing"),
        ("PUT", "parameters/measuring.peer_alert", {"value": 1, "source": "x", "valid_from": "2021-02-30"}, "valid_from",
         "must be a day such as 2021-12-31"),
        ("PUT", "parameters/measuring.peer_alert", {"value": "much", "source": "x", "valid_from": "2021-02-28"}, "value",
         "wants a number"),
        ("PUT", "parameters/measuring.peer_alert", {"value": 1, "source": " ", "valid_from": "2021-02-28"}, "source", "where"),
        ("PATCH", "company", {"colour": "red"}, "colour", "is not known here"),
        ("PATCH", "company", {"time_zone": "Mars/Base"}, "time_zone", "Mars/Base"),
        ("POST", "users", {}, "username", "sign-in name"),
        ("GET", "audit?limit=0", None, "limit", "1 to 1000"),
        ("GET", "audit?after=soon", None, "after", "earlier answer"),
    ],
)  # fmt: skip
def test_bad_input_is_answered_with_a_sentence_and_a_field(
    caller: Caller, method: str, path: str, body: object, field: str, words: str
) -> None:
    status, answer = caller.send(method, path, body)
    assert isinstance(answer, dict)
    assert (status, answer["field"]) == (422, field)
    assert words in answer["detail"]
    assert not DatedParameter.objects.exists()


def test_what_is_no_json_is_refused_with_a_sentence(caller: Caller) -> None:
    answer = caller.post("/api/v1/users", "{not json", content_type="application/json")
    assert answer.status_code in (400, 422)
    assert "detail" in answer.json()


def test_lists_are_paged_by_key(caller: Caller, company: Company) -> None:
    for n in range(5):
        factories.user(company, username=f"u{n}")
    seen: list[str] = []
    after = ""
    while True:
        status, page = caller.send("GET", f"users?limit=2&after={after}")
        assert isinstance(page, dict)
        assert (status, page["total"]) == (200, 6)
        seen += [row["username"] for row in page["rows"]]
        if page["next"] is None:
            break
        after = page["next"]
    assert seen == ["admin", "u0", "u1", "u2", "u3", "u4"]


def test_an_address_that_fails_too_often_has_to_wait(company: Company, caller: Caller) -> None:
    stranger = Caller("lx_guess")
    statuses = [stranger.send("GET", "me")[0] for _ in range(31)]
    assert statuses == [401] * 30 + [429]
    cache.clear()
    assert caller.send("GET", "me")[0] == 200


def test_nobody_acts_on_his_own_account_by_api(caller: Caller, admin: User) -> None:
    for method, path, body in (
        ("POST", f"users/{admin.pk}/roles", {"role": "leader"}),
        ("PATCH", f"users/{admin.pk}", {"is_active": False}),
        ("POST", f"users/{admin.pk}/password", {}),
        ("DELETE", f"users/{admin.pk}/roles/administrator", {}),
    ):
        assert caller.send(method, path, body)[0] == 422
    admin.refresh_from_db()
    assert admin.is_active
