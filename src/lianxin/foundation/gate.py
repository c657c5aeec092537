"""The gate before every page and API operation: the verb it needs, declared where it is written and enforced there.

`tests/access` walks every address and fails for one that declares nothing.
"""

import inspect
from collections.abc import Callable
from contextlib import suppress
from functools import wraps
from typing import Any, Final, TypeVar

from django.http import HttpRequest
from django.utils.translation import gettext as _

from lianxin.foundation import access
from lianxin.foundation.context import company_of, retailer_caller
from lianxin.foundation.errors import Denied

OPEN: Final = "open"
SIGNED_IN: Final = "signed_in"
READING: Final = frozenset({"GET", "HEAD", "OPTIONS"})

View = TypeVar("View", bound=Callable[..., Any])


def needs(verb: str, *, writing: str = "") -> Callable[[View], View]:
    """A decorator that lets in only those who may do a verb; it sets `view.verb`.

    Parameters
    ----------
    verb : a verb of `access.RULES`; under `@router.get(...)` for an API operation, directly on the function for a page
    writing : another verb for POST, PUT, PATCH and DELETE, when reading and writing share an address

    Raises
    ------
    KeyError : while the module is read, for a verb that `access.RULES` does not know.
    Denied : at a call, for a user without the verb. How far the user may see is still asked inside (`persons_in_scope`).
    """
    for name in (verb, writing or verb):
        if name not in access.RULES:
            raise KeyError(f"there is no verb {name!r} in foundation/access.py RULES")

    def decorate(view: View) -> View:
        def check(request: HttpRequest) -> None:
            wanted = verb if not writing or request.method in READING else writing
            if access.is_for_retailers(wanted):
                access.require_retailer(retailer_caller(request), wanted)
            else:
                access.require(request.user, wanted, company_of(request))

        return _gated(view, verb, writing or verb, check)

    return decorate


def for_signed_in(view: View) -> View:
    """Let in whoever is signed in, even without a role: one's own password, second factor, sign-out."""

    def check(request: HttpRequest) -> None:
        if not request.user.is_authenticated:
            raise Denied(_("Sign in first."))

    return _gated(view, SIGNED_IN, SIGNED_IN, check)


def for_anyone(view: View) -> View:
    """Let in anyone, signed in or not. Only sign-in, the language switch and the health answer are so."""
    return _gated(view, OPEN, OPEN, lambda request: None)


def verbs_of(view: Any) -> tuple[str, str] | None:
    """(verb for reading, verb for writing) that a view declares, or None when it declares nothing."""
    verb = getattr(view, "verb", None)
    return None if verb is None else (verb, view.writing_verb)


def _gated(view: View, verb: str, writing_verb: str, check: Callable[[HttpRequest], None]) -> View:
    @wraps(view)
    def gated(request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        check(request)
        return view(request, *args, **kwargs)

    # django-ninja reads annotations in the globals of the function it is given, which are now ours: resolve them here. A page may
    # annotate with names imported for type checking only; nobody reads its signature.
    with suppress(NameError, ValueError, TypeError):
        gated.__signature__ = inspect.signature(view, eval_str=True)  # type: ignore[attr-defined]
    gated.verb = verb  # type: ignore[attr-defined]
    gated.writing_verb = writing_verb  # type: ignore[attr-defined]
    gated.check = check  # type: ignore[attr-defined]
    return gated  # type: ignore[return-value]
