"""What the retailer's own first page shows of supply."""

from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils.translation import gettext_lazy as _

from lianxin.foundation.access import RetailerCaller
from lianxin.foundation.context import retailer_caller
from lianxin.supply.queries import own
from lianxin.ui.slots import Panel, register_panel


def _supply(request: HttpRequest, caller: RetailerCaller) -> str:
    found = own.own_rounds(caller)
    latest = found[0] if found else None
    lines = [] if latest is None else own.own_lines(caller, latest)
    return render_to_string("supply/own/home.html", {"round": latest, "lines": lines, "n_rounds": len(found)}, request)


def register() -> None:
    """Called once, when apps are ready."""
    register_panel(
        "own_home",
        Panel(
            key="supply",
            title=_("Your supply"),
            render=_supply,
            order=10,
            allowed=lambda request: retailer_caller(request) is not None,
        ),
    )
