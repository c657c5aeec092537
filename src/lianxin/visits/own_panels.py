"""What the retailer's own first page shows of requests, promises and notes."""

from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils.translation import gettext_lazy as _

from lianxin.foundation import clock
from lianxin.foundation.access import RetailerCaller
from lianxin.foundation.context import retailer_caller
from lianxin.ui.slots import Panel, register_panel
from lianxin.visits.queries import own
from lianxin.visits.states import PromiseState, RequestState


def _signed_in(request: HttpRequest) -> bool:
    caller = retailer_caller(request)
    return caller is not None and not caller.reads_only


def _requests(request: HttpRequest, caller: RetailerCaller) -> str:
    at = clock.now()
    states = [row.state for row in own.requests_of(caller, at=at)]
    promises = [row.state for row in own.promises_of(caller, at=at)]
    context = {
        "n_answered": states.count(RequestState.ANSWERED),
        "n_waiting": states.count(RequestState.OPEN) + states.count(RequestState.REOPENED),
        "n_promises": promises.count(PromiseState.OPEN),
    }
    return render_to_string("visits/own/home_requests.html", context, request)


def _notes(request: HttpRequest, caller: RetailerCaller) -> str:
    context = {"n_notes": len(own.notes_of(caller, on=clock.today(caller.company)))}
    return render_to_string("visits/own/home_notes.html", context, request)


def register() -> None:
    """Called once, when apps are ready."""
    register_panel(
        "own_home",
        Panel(
            key="requests", title=_("Your requests and our promises"), render=_requests, order=20, allowed=_signed_in
        ),
    )
    register_panel(
        "own_home", Panel(key="notes", title=_("Notes about you"), render=_notes, order=30, allowed=_signed_in)
    )
