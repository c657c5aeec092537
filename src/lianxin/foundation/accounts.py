"""Accounts are made by the administrator or by an import of people; nobody signs up from outside."""

from allauth.account.adapter import DefaultAccountAdapter
from django.conf import settings
from django.http import HttpRequest


def client_address(request: HttpRequest) -> str:
    """Where a request comes from: the last hop that our own proxy saw, or the peer itself when there is no proxy."""
    forwarded = request.META.get("HTTP_X_FORWARDED_FOR", "")
    # Without LIANXIN_HTTPS=1 no proxy stands before us, and the header is whatever the client likes to claim.
    if settings.HTTPS and forwarded:
        return str(forwarded.rsplit(",", 1)[-1].strip())
    return str(request.META.get("REMOTE_ADDR", ""))


class NoPublicSignUp(DefaultAccountAdapter):
    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def get_client_ip(self, request: HttpRequest) -> str:
        return client_address(request)
