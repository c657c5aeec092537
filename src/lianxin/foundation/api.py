"""What every API call shares: who is asking, idempotency keys, pages, and sentences for what is refused."""

import hashlib
import json
from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any, Final, TypeVar

from django.conf import settings
from django.core.cache import cache
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from ninja import NinjaAPI, Schema
from ninja.errors import AuthenticationError, HttpError, ValidationError
from ninja.security import APIKeyCookie, HttpBearer, SessionAuth

from lianxin.foundation import clock, replays
from lianxin.foundation.accounts import client_address
from lianxin.foundation.context import retailer_caller
from lianxin.foundation.errors import Denied, Missing, Refused
from lianxin.foundation.models import ApiToken, User

# Guessing a token of 256 bits is hopeless; the limit keeps a broken or hostile client from filling the log.
FAILURES_A_MINUTE: Final = 30
Run = Callable[..., HttpResponse]
Row = TypeVar("Row", bound=Model)


def digest(token: str) -> str:
    """The SHA-256 under which a token is kept. Tokens are 256 random bits, so a slow hash would add nothing."""
    return hashlib.sha256(token.encode()).hexdigest()


class Bearer(HttpBearer):
    def authenticate(self, request: HttpRequest, token: str) -> Any:
        user = user_of_token(token)
        if user is not None:
            request.user = user
        return user


class Session(SessionAuth):
    def authenticate(self, request: HttpRequest, key: str | None) -> Any:
        user = super().authenticate(request, key)
        if isinstance(user, User) and user.must_change_password:
            raise HttpError(403, _("Choose a password of your own first: sign in on the web site."))
        return user


class RetailerSession(APIKeyCookie):
    """A retailer's own session; with it the gate opens the retailers' own operations and refuses all others."""

    param_name = settings.RETAILER_COOKIE

    def authenticate(self, request: HttpRequest, key: str | None) -> Any:
        return retailer_caller(request) if key else None


def user_of_token(token: str) -> User | None:
    """Whose token it is, while it is valid and its owner may sign in; notes the use once a minute."""
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
    return row.user


def identify(request: HttpRequest) -> User | None:
    """Who is asking, by token or session, before the operation itself checks it."""
    found = Bearer()(request)
    if isinstance(found, User):
        return found
    return request.user if isinstance(request.user, User) and request.user.is_active else None


AUTHENTICATION = [Bearer(), Session(), RetailerSession()]


def gate_first(run: Run) -> Run:
    """Ask the gate once it is known who calls and before the body is read: who may not do a thing learns nothing of its form."""
    operation = run.__self__  # type: ignore[attr-defined]
    before, check = operation._run_checks, getattr(operation.view_func, "check", None)

    def checks(request: HttpRequest) -> HttpResponse | None:
        error: HttpResponse | None = before(request)
        if error is None and check is not None:
            try:
                check(request)
            except Refused as refused:
                return _answer(refused.message, status=403)
        return error

    operation._run_checks = checks
    return run


def keyed(run: Run) -> Run:
    """Every changing operation honours `Idempotency-Key`."""

    @wraps(run)
    def answered(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        key = request.headers.get("Idempotency-Key", "")
        user = identify(request) if key and request.method not in ("GET", "HEAD", "OPTIONS") else None
        if user is None:
            return run(request, *args, **kwargs)
        return replays.answer_once(
            request=request, user=user, key=key, at=clock.now(), work=lambda: run(request, *args, **kwargs)
        )

    return answered


def limited(run: Run) -> Run:
    """An address that fails to say who it is too often has to wait for a minute."""

    @wraps(run)
    def answered(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        bucket = f"api-failures:{client_address(request)}:{int(clock.now().timestamp()) // 60}"
        if cache.get(bucket, 0) >= FAILURES_A_MINUTE:
            sentence = _("Too many calls without a valid token from this address. Wait a minute and check the token.")
            return _answer(sentence, status=429)
        response = run(request, *args, **kwargs)
        if response.status_code == 401:
            cache.add(bucket, 0, timeout=120)
            cache.incr(bucket)
        return response

    return answered


class Refusal(Schema):
    """What every refused call answers: one sentence, and which field it is about."""

    detail: str
    field: str = ""


REFUSED: Final = {401: Refusal, 403: Refusal, 404: Refusal, 409: Refusal, 422: Refusal}


class Asked(Schema):
    """What a list is asked for: after which row, and how many at most."""

    after: str = ""
    limit: int = 100

    @property
    def rows(self) -> int:
        """The limit, refused outside 1 to 1000."""
        if not 1 <= self.limit <= 1000:
            raise Refused(_("“limit” is from 1 to 1000."), field="limit")
        return self.limit


class Page(Schema):
    """The frame of a list: rows in the order of their key, and where to go on."""

    next: str | None
    total: int


def page_of(
    rows: "QuerySet[Row]", *, after: str, limit: int, key: str = "pk", newest_first: bool = False
) -> tuple[list[Row], str | None]:
    """Some rows after a key, and the key to ask with for the following ones (None at the end).

    Raises
    ------
    Refused : `after` is not a key that an earlier answer gave.
    """
    order = f"-{key}" if newest_first else key
    if after:
        try:
            rows = rows.filter(**{f"{key}__{'lt' if newest_first else 'gt'}": after})
        except (ValueError, TypeError) as wrong:
            raise Refused(_("“after” must be the “next” of an earlier answer."), field="after") from wrong
    found = list(rows.order_by(order)[: limit + 1])
    more = len(found) > limit
    found = found[:limit]
    return found, str(getattr(found[-1], key)) if more else None


SENTENCES: Final[Mapping[str, str | Promise]] = {
    "missing": gettext_lazy("is missing"),
    "extra_forbidden": gettext_lazy("is not known here"),
    "int_parsing": gettext_lazy("must be a whole number"),
    "int_type": gettext_lazy("must be a whole number"),
    "int_from_float": gettext_lazy("must be a whole number"),
    "float_parsing": gettext_lazy("must be a number"),
    "float_type": gettext_lazy("must be a number"),
    "decimal_parsing": gettext_lazy("must be a number"),
    "bool_parsing": gettext_lazy("must be true or false"),
    "bool_type": gettext_lazy("must be true or false"),
    "string_type": gettext_lazy("must be a text"),
    "list_type": gettext_lazy("must be a list"),
    "dict_type": gettext_lazy("must be an object"),
    "model_attributes_type": gettext_lazy("must be an object"),
    "json_invalid": gettext_lazy("is not valid JSON"),
    "date_parsing": gettext_lazy("must be a day such as 2021-12-31"),
    "date_from_datetime_parsing": gettext_lazy("must be a day such as 2021-12-31"),
    "datetime_parsing": gettext_lazy("must be an instant such as 2021-12-31T08:00:00Z"),
    "datetime_from_date_parsing": gettext_lazy("must be an instant such as 2021-12-31T08:00:00Z"),
    "string_too_long": gettext_lazy("is too long"),
    "string_too_short": gettext_lazy("is too short"),
}


def sentence_for(error: Mapping[str, Any]) -> dict[str, str]:
    """The field and sentence for one fault that pydantic found."""
    parts = [str(part) for part in error.get("loc", ())]
    field = ".".join(part for part in parts[1:] if part not in ("payload", "given", "body")) or (
        parts[-1] if parts else ""
    )
    kind = str(error.get("type", ""))
    said = SENTENCES.get(kind)
    words = str(said) if said is not None else str(error.get("msg", ""))
    return {"field": field, "message": _("“%(field)s” %(fault)s.") % {"field": field, "fault": words}}


def _answer(sentence: str, *, status: int, field: str = "", errors: Any = None) -> HttpResponse:
    body: dict[str, Any] = {"detail": sentence, "field": field}
    if errors is not None:
        body["errors"] = errors
    return HttpResponse(
        json.dumps(body, ensure_ascii=False), status=status, content_type="application/json; charset=utf-8"
    )


def install(api: NinjaAPI) -> None:
    """Give an API the house's manners. Call it before its routers are added."""
    # The innermost first: the gate needs the operation itself.
    api.add_decorator(gate_first, mode="view")
    api.add_decorator(keyed, mode="view")
    api.add_decorator(limited, mode="view")

    def refused(request: HttpRequest, error: Refused | type[Refused]) -> HttpResponse:
        assert isinstance(error, Refused)
        status = 403 if isinstance(error, Denied) else 404 if isinstance(error, Missing) else 422
        return _answer(error.message, status=status, field=error.field)

    def unreadable(request: HttpRequest, error: ValidationError | type[ValidationError]) -> HttpResponse:
        assert isinstance(error, ValidationError)
        faults = [sentence_for(fault) for fault in error.errors]
        sentence = " ".join(fault["message"] for fault in faults)
        return _answer(sentence, status=422, field=faults[0]["field"] if faults else "", errors=faults)

    def unknown(request: HttpRequest, error: AuthenticationError | type[AuthenticationError]) -> HttpResponse:
        sentence = _("Sign in, or send “Authorization: Bearer TOKEN” with a token that is valid.")
        return _answer(sentence, status=401)

    api.add_exception_handler(Refused, refused)
    api.add_exception_handler(ValidationError, unreadable)
    api.add_exception_handler(AuthenticationError, unknown)


def for_token_or_session(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """The description of the API is for whoever may call it."""

    def described(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if identify(request) is None:
            sentence = _("Sign in, or send “Authorization: Bearer TOKEN” with a token that is valid.")
            return _answer(sentence, status=401)
        return view(request, *args, **kwargs)

    described.verb = described.writing_verb = "signed_in"  # type: ignore[attr-defined]
    return described
