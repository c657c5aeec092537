"""What every template may read."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _

from lianxin.foundation.access import RetailerCaller
from lianxin.foundation.errors import Denied
from lianxin.foundation.models import Company, User


def company_of(request: HttpRequest) -> Company:
    """The company that the signed-in user belongs to. A user without one sees nothing: Denied comes from access.require."""
    user = request.user
    if isinstance(user, User) and user.company is not None:
        return user.company
    return Company(code="", name="")


def user_of(request: HttpRequest) -> User:
    """The signed-in user.

    Raises
    ------
    Denied : nobody is signed in; the gate and the middleware stand before this.
    """
    if not isinstance(request.user, User):
        raise Denied(_("Sign in first."))
    return request.user


def retailer_caller(request: HttpRequest) -> RetailerCaller | None:
    """The retailer whose session the request carries, if any; put there by `retailers.middleware`, read by the gate."""
    found = getattr(request, "retailer_caller", None)
    return found if isinstance(found, RetailerCaller) else None


def retailer_of(request: HttpRequest) -> RetailerCaller:
    """The retailer who signed in.

    Raises
    ------
    Denied : there is none; the gate stands before this.
    """
    found = retailer_caller(request)
    if found is None:
        raise Denied(_("Sign in first."))
    return found


def page(request: HttpRequest) -> dict[str, Any]:
    if not getattr(request, "user", None) or not request.user.is_authenticated:
        if retailer_caller(request) is not None:
            return {"company": None, "home_url": reverse(settings.RETAILER_HOME_URL)}
        return {"company": None}
    return {"company": company_of(request)}
