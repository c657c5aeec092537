"""Idempotency keys: a change sent twice under one key is done once and answered twice.

The key is claimed by a row of its own before the work starts, because work may write to the lake, which shares no transaction
with the database. So a server that dies in the middle leaves a claimed key without an answer; nobody can tell whether the work was
done, and the caller is told exactly that instead of the work being done again.
"""

import hashlib
from collections.abc import Callable
from datetime import datetime, timedelta

from django.db import IntegrityError, transaction
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.translation import gettext as _

from lianxin.foundation.models import IdempotencyKey, User

WORKING_FOR = timedelta(minutes=10)
KEPT_FOR = timedelta(days=7)
# An answer about who is asking, or about our own fault, must be asked again next time.
NOT_KEPT = frozenset({401, 403, 429})
LONGEST_KEY = 120
# Stands in place of an answer that may not be kept; no answer of the API reads so.
WITHHELD = "(secret)"


def request_digest(request: HttpRequest) -> str:
    """SHA-256 (hex) of what is asked: method, address, body. Of an upload, the fields and the content of the files."""
    digest = hashlib.sha256(f"{request.method} {request.get_full_path()}\n".encode())
    if (request.content_type or "").startswith("multipart/"):
        for name, values in sorted(request.POST.lists()):
            digest.update(repr((name, values)).encode())
        for name, files in sorted(request.FILES.lists()):
            for file in files:
                digest.update(repr((name, file.name, file.size)).encode())
                for chunk in file.chunks():
                    digest.update(chunk)
                file.seek(0)
    else:
        digest.update(request.body)
    return digest.hexdigest()


def answer_once(
    *, request: HttpRequest, user: User, key: str, at: datetime, work: Callable[[], HttpResponse]
) -> HttpResponse:
    """The answer of `work`, or the one given before to the same request under the same key.

    Returns
    -------
    409 while the same request is being worked on, when its worker died, and when its answer was marked `no-store`; 422 for
    a key used for another request or one that is too long. A fault (5xx) and 401, 403, 429 leave the key free.
    """
    if len(key) > LONGEST_KEY:
        return _refusal(
            422, _("The Idempotency-Key is longer than %(n)d characters. Send a shorter one.") % {"n": LONGEST_KEY}
        )
    digest = request_digest(request)
    IdempotencyKey.objects.filter(user=user, key=key, created_at__lt=at - KEPT_FOR).delete()
    try:
        with transaction.atomic():
            row = IdempotencyKey.objects.create(user=user, key=key, request_digest=digest, created_at=at)
    except IntegrityError:
        return _earlier(IdempotencyKey.objects.get(user=user, key=key), digest, at)
    try:
        response = work()
    except BaseException:
        row.delete()
        raise
    if response.status_code >= 500 or response.status_code in NOT_KEPT or response.streaming:
        row.delete()
        return response
    # A secret (one-time password, token) is shown once and kept nowhere, not even here.
    is_secret = "no-store" in response.get("Cache-Control", "")
    row.status, row.body = response.status_code, WITHHELD if is_secret else response.content.decode()
    row.save(update_fields=["status", "body"])
    return response


def forget_old(*, at: datetime) -> int:
    """How many answers past their time went now."""
    n, _each = IdempotencyKey.objects.filter(created_at__lt=at - KEPT_FOR).delete()
    return n


def _earlier(row: IdempotencyKey, digest: str, at: datetime) -> HttpResponse:
    if row.request_digest != digest:
        return _refusal(422, _("This Idempotency-Key was used for another request. Send a new key with a new request."))
    if row.body == WITHHELD:
        return _refusal(
            409,
            _("This was done already. Its answer held a secret, which is shown once and not kept; ask for a new one."),
        )
    if row.status is not None:
        answer = HttpResponse(row.body, status=row.status, content_type="application/json; charset=utf-8")
        answer["Idempotency-Replayed"] = "true"
        return answer
    if at - row.created_at < WORKING_FOR:
        answer = _refusal(409, _("The same request is being worked on. Ask again in a few seconds with the same key."))
        answer["Retry-After"] = "2"
        return answer
    return _refusal(
        409,
        _(
            "The server stopped while it worked on this request and cannot tell whether it was done. "
            "Look first; then send it again under a new key."
        ),
    )


def _refusal(status: int, sentence: str) -> HttpResponse:
    return JsonResponse(
        {"detail": sentence, "field": "Idempotency-Key"}, status=status, json_dumps_params={"ensure_ascii": False}
    )
