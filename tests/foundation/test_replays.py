"""A change sent twice under one key is done once."""

import json
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.test import RequestFactory

from lianxin.foundation import replays
from lianxin.foundation.models import Company, IdempotencyKey, User
from tests import factories
from tests.factories import AT

pytestmark = pytest.mark.django_db


class Counter:
    """Work that can be seen to have been done."""

    def __init__(self, status: int = 200) -> None:
        self.done = 0
        self.status = status

    def __call__(self) -> HttpResponse:
        self.done += 1
        return JsonResponse({"done": self.done, "城": "南"}, status=self.status)


def post(rf: RequestFactory, body: str = '{"a": 1}', path: str = "/api/v1/flags") -> HttpRequest:
    return rf.post(path, data=body, content_type="application/json")


@pytest.fixture
def user(company: Company) -> User:
    return factories.user(company)


def test_the_same_request_is_answered_twice_and_done_once(user: User, rf: RequestFactory) -> None:
    work = Counter(201)
    first = replays.answer_once(request=post(rf), user=user, key="k", at=AT, work=work)
    again = replays.answer_once(request=post(rf), user=user, key="k", at=AT, work=work)
    assert (work.done, first.status_code, again.status_code) == (1, 201, 201)
    assert json.loads(first.content) == json.loads(again.content) == {"done": 1, "城": "南"}
    assert again["Idempotency-Replayed"] == "true"


def test_a_refusal_is_kept_as_well(user: User, rf: RequestFactory) -> None:
    work = Counter(422)
    answers = [replays.answer_once(request=post(rf), user=user, key="k", at=AT, work=work) for _ in range(2)]
    assert [a.status_code for a in answers] == [422, 422]
    assert work.done == 1


@pytest.mark.parametrize(("body", "path"), [('{"a": 2}', "/api/v1/flags"), ('{"a": 1}', "/api/v1/closings")])
def test_another_request_under_the_same_key_is_refused(user: User, rf: RequestFactory, body: str, path: str) -> None:
    work = Counter()
    replays.answer_once(request=post(rf), user=user, key="k", at=AT, work=work)
    answer = replays.answer_once(request=post(rf, body, path), user=user, key="k", at=AT, work=work)
    assert (answer.status_code, work.done) == (422, 1)
    assert json.loads(answer.content)["field"] == "Idempotency-Key"


def test_keys_of_two_users_are_two_keys(user: User, company: Company, rf: RequestFactory) -> None:
    work = Counter()
    for who in (user, factories.user(company)):
        replays.answer_once(request=post(rf), user=who, key="k", at=AT, work=work)
    assert work.done == 2


def test_while_one_works_the_other_is_told_to_wait(user: User, rf: RequestFactory) -> None:
    seen: list[HttpResponse] = []
    inner = Counter()

    def slow() -> HttpResponse:
        seen.append(replays.answer_once(request=post(rf), user=user, key="k", at=AT, work=inner))
        return HttpResponse("{}")

    replays.answer_once(request=post(rf), user=user, key="k", at=AT, work=slow)
    assert [(a.status_code, a["Retry-After"]) for a in seen] == [(409, "2")]
    assert inner.done == 0


def test_after_a_dead_server_nobody_pretends_to_know(user: User, rf: RequestFactory) -> None:
    request = post(rf)
    IdempotencyKey.objects.create(
        user=user, key="k", request_digest=replays.request_digest(request), created_at=AT - timedelta(minutes=11)
    )
    work = Counter()
    answer = replays.answer_once(request=request, user=user, key="k", at=AT, work=work)
    assert (answer.status_code, work.done) == (409, 0)
    assert "Retry-After" not in answer


@pytest.mark.parametrize("status", [500, 401, 403, 429])
def test_what_may_be_otherwise_next_time_leaves_the_key_free(user: User, rf: RequestFactory, status: int) -> None:
    work = Counter(status)
    for _ in range(2):
        replays.answer_once(request=post(rf), user=user, key="k", at=AT, work=work)
    assert work.done == 2


def test_a_fault_leaves_the_key_free(user: User, rf: RequestFactory) -> None:
    def breaks() -> HttpResponse:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        replays.answer_once(request=post(rf), user=user, key="k", at=AT, work=breaks)
    assert not IdempotencyKey.objects.exists()


def test_a_key_is_forgotten_after_a_week(user: User, rf: RequestFactory) -> None:
    work = Counter()
    replays.answer_once(request=post(rf), user=user, key="k", at=AT, work=work)
    replays.answer_once(request=post(rf), user=user, key="k", at=AT + timedelta(days=8), work=work)
    assert work.done == 2


def test_an_endless_key_is_refused(user: User, rf: RequestFactory) -> None:
    answer = replays.answer_once(request=post(rf), user=user, key="k" * 121, at=AT, work=Counter())
    assert answer.status_code == 422


def test_uploads_are_told_apart_by_their_content(rf: RequestFactory) -> None:
    def upload(content: bytes) -> str:
        return replays.request_digest(
            rf.post("/api/v1/imports", {"kind": "orders", "file": SimpleUploadedFile("a.csv", content)})
        )

    assert upload(b"one") == upload(b"one")
    assert upload(b"one") != upload(b"two")
