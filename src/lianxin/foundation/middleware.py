"""Deny by default at the door, and sentences instead of stack traces for what was anticipated."""

from collections.abc import Callable

from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import Resolver404, resolve
from django.utils import translation

from lianxin.foundation.errors import Denied, Missing, Refused

OPEN_NAMES = frozenset({
    "account_login", "account_logout", "mfa_authenticate", "account_reauthenticate", "healthz", "set_language",
})  # fmt: skip


class SignedInOnly:
    """Every page asks for sign-in unless its name is in OPEN_NAMES; the API answers for itself."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if (
            request.user.is_authenticated
            and request.user.language
            and settings.LANGUAGE_COOKIE_NAME not in request.COOKIES
        ):
            translation.activate(request.user.language)
            request.LANGUAGE_CODE = translation.get_language()
        if request.path.startswith("/api/") or request.user.is_authenticated:
            return self.get_response(request)
        try:
            name = resolve(request.path).url_name
        except Resolver404:
            name = None
        if name in OPEN_NAMES:
            return self.get_response(request)
        return redirect_to_login(request.get_full_path())


class RefusedIsAnAnswer:
    """Turns `Refused` that no screen caught into a page (or JSON) with its sentence: 403 denied, 404 missing, 422 otherwise."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if not isinstance(exception, Refused):
            return None
        status = 403 if isinstance(exception, Denied) else 404 if isinstance(exception, Missing) else 422
        if request.path.startswith("/api/"):
            return JsonResponse({"detail": exception.message, "field": exception.field}, status=status)
        return render(
            request, "foundation/refused.html", {"message": exception.message, "status": status}, status=status
        )
