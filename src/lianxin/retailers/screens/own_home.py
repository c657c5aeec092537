"""The first page of a retailer: what its company has for it, room by room, and who came in as it."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils.safestring import mark_safe
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from lianxin.foundation import clock
from lianxin.foundation.access import RetailerCaller
from lianxin.foundation.context import retailer_caller, retailer_of
from lianxin.foundation.errors import Missing
from lianxin.foundation.gate import needs
from lianxin.retailers.queries import access as queries
from lianxin.retailers.queries.contacts import own_contact
from lianxin.ui.slots import Panel, panels_for, register_panel


@needs("own.home")
@require_safe
def home(request: HttpRequest) -> HttpResponse:
    caller = retailer_of(request)
    parts = [
        (panel, mark_safe(panel.render(request, caller)))  # noqa: S308  # templates of our own rooms
        for panel in panels_for("own_home", request)
    ]
    context = {
        "caller": caller,
        "parts": [(panel.title, html) for panel, html in parts if html],
        "visits": queries.own_visits(caller),
        "wrong_tries": queries.own_wrong_tries(caller, at=clock.now()),
    }
    return render(request, "retailers/own/home.html", context)


def _signed_in(request: HttpRequest) -> bool:
    caller = retailer_caller(request)
    return caller is not None and not caller.reads_only


def _contact(request: HttpRequest, caller: RetailerCaller) -> str:
    try:
        known = own_contact(caller)
    except Missing:
        known = None
    return render_to_string("retailers/own/home_contact.html", {"known": known}, request)


def register() -> None:
    """Called once, when apps are ready."""
    register_panel(
        "own_home", Panel(key="contact", title=_("How we reach you"), render=_contact, order=40, allowed=_signed_in)
    )
