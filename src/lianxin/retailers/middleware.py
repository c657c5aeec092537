"""Who comes in as a retailer: a cookie of its own, apart from the staff's, read before the gate."""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from lianxin.foundation import clock
from lianxin.retailers.queries import access

DEVICE_COOKIE = "lianxin_device"


class RetailerAtTheDoor:
    """Puts the retailer of the session into `request.retailer_caller`; nothing of what it sees may be stored on the way."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        text = request.COOKIES.get(settings.RETAILER_COOKIE, "")
        session = access.session_of(text, at=clock.now()) if text else None
        if session is None:
            return self.get_response(request)
        request.retailer_caller = access.caller_of(session)  # type: ignore[attr-defined]
        answer = self.get_response(request)
        if not answer.has_header("Cache-Control"):
            answer["Cache-Control"] = "no-store"
        return answer
