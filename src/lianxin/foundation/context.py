"""What every template may read."""

from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext as _

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


def page(request: HttpRequest) -> dict[str, Any]:
    if not getattr(request, "user", None) or not request.user.is_authenticated:
        return {"company": None}
    return {"company": company_of(request)}
