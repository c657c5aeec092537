"""What every API call shares: tokens, idempotency keys, and sentences for what is refused."""

import hashlib
from typing import Any

from django.http import HttpRequest, HttpResponse
from ninja import NinjaAPI
from ninja.security import HttpBearer, SessionAuth

from lianxin.foundation import clock
from lianxin.foundation.errors import Denied, Missing, Refused
from lianxin.foundation.models import ApiToken


def digest(token: str) -> str:
    """The SHA-256 under which a token is kept. Tokens are 256 random bits, so a slow hash would add nothing."""
    return hashlib.sha256(token.encode()).hexdigest()


class Bearer(HttpBearer):
    def authenticate(self, request: HttpRequest, token: str) -> Any:
        moment = clock.now()
        row = (
            ApiToken.objects.select_related("user__company")
            .filter(digest=digest(token), revoked_at=None, user__is_active=True)
            .first()
        )
        if row is None or (row.expires_at is not None and row.expires_at <= moment):
            return None
        if row.last_used_at is None or (moment - row.last_used_at).total_seconds() > 60:
            ApiToken.objects.filter(pk=row.pk).update(last_used_at=moment)
        request.user = row.user
        return row.user


AUTHENTICATION = [Bearer(), SessionAuth()]


def install(api: NinjaAPI) -> None:
    """Refused becomes a sentence with the status that fits it."""

    def refused(request: HttpRequest, error: Refused | type[Refused]) -> HttpResponse:
        assert isinstance(error, Refused)
        status = 403 if isinstance(error, Denied) else 404 if isinstance(error, Missing) else 422
        return api.create_response(request, {"detail": error.message, "field": error.field}, status=status)

    api.add_exception_handler(Refused, refused)
