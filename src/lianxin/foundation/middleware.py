"""Deny by default at the door, and sentences instead of stack traces for what was anticipated."""

from collections.abc import Callable
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.auth.middleware import get_user
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import Resolver404, resolve, reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from lianxin.foundation import access, audit, gate
from lianxin.foundation.context import retailer_caller
from lianxin.foundation.errors import Denied, Missing, Refused
from lianxin.foundation.models import User


class NothingTooLarge:
    """Refuses a body above the limit before anything reads it; stands before the CSRF check, which would."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        length = request.META.get("CONTENT_LENGTH") or "0"
        # The frame of a form around the file counts too.
        if not length.isdecimal() or int(length) <= settings.UPLOAD_LIMIT_BYTES + 1024 * 1024:
            return self.get_response(request)
        megabytes = settings.UPLOAD_LIMIT_BYTES // (1024 * 1024)
        sentence = _(
            "This is larger than %(n)d MB, the largest that is taken here. Use lianxin import on the server."
        ) % {"n": megabytes}
        if request.path.startswith("/api/"):
            return JsonResponse({"detail": sentence, "field": ""}, status=413)
        return render(request, "foundation/refused.html", {"message": sentence, "status": 413}, status=413)


class SignedInOnly:
    """Every page asks for sign-in unless its view is open to anyone; the API answers for itself."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        # The user himself, not the stand-in that finds him when asked: a page asks hundreds of times.
        user = request.user = get_user(request)
        if isinstance(user, User):
            if user.language and settings.LANGUAGE_COOKIE_NAME not in request.COOKIES:
                translation.activate(user.language)
                request.LANGUAGE_CODE = translation.get_language()
            if (
                user.must_change_password
                and not request.path.startswith("/api/")
                and not self._is_about_oneself(request)
            ):
                return redirect("account_change_password")
            # Instants are shown, and days asked for, as they are where the company is.
            with timezone.override(user.company.zone if user.company is not None else None):
                return self.get_response(request)
        caller = retailer_caller(request)
        if caller is not None:
            # The gate lets a retailer through to its own pages and to nothing else.
            with timezone.override(caller.company.zone):
                return self.get_response(request)
        verb = self._verb(request)
        if request.path.startswith("/api/") or verb == gate.OPEN:
            return self.get_response(request)
        if access.is_for_retailers(verb):
            return redirect(settings.RETAILER_LOGIN_URL)
        if request.headers.get("HX-Request"):
            # A fragment cannot hold the sign-in page: the whole page goes there, and comes back to where the person was.
            answer = HttpResponse(status=401)
            came_from = request.headers.get("HX-Current-URL", "/")
            answer["HX-Redirect"] = redirect_to_login(urlsplit(came_from).path)["Location"]
            return answer
        return redirect_to_login(request.get_full_path())

    @staticmethod
    def _verb(request: HttpRequest) -> str:
        try:
            declared = gate.verbs_of(resolve(request.path).func)
        except Resolver404:
            return ""
        return declared[0] if declared else ""

    def _is_about_oneself(self, request: HttpRequest) -> bool:
        return self._verb(request) == gate.OPEN or request.path in (
            reverse("account_change_password"),
            reverse("account_logout"),
        )


class RefusedIsAnAnswer:
    """Turns `Refused` that no screen caught into a page (or JSON) with its sentence: 403 denied, 404 missing, 422 otherwise."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.method not in gate.READING:
            return self.get_response(request)
        with audit.one_reading():
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
