from collections.abc import Callable

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from lianxin.foundation import actions, clock, queries
from lianxin.foundation.context import company_of, user_of
from lianxin.foundation.errors import Refused
from lianxin.foundation.gate import needs
from lianxin.foundation.states import Role
from lianxin.web.screens.accounts import back_to, once
from lianxin.web.screens.forms import ReasonForm, RoleForm


def _role_step(request: HttpRequest, pk: int, act: Callable[..., object], done: str) -> HttpResponse:
    form = RoleForm(request.POST)
    if not form.is_valid():
        return _refused(request, pk, _("Choose a role of the list."))
    try:
        act(
            user=queries.account(company_of(request), pk),
            role=Role(form.cleaned_data["role"]),
            company=company_of(request),
            by=user_of(request),
            at=clock.now(),
            reason=form.cleaned_data["reason"],
        )
    except Refused as refused:
        return _refused(request, pk, refused.message)
    return back_to(request, pk, done)


@needs("users.write")
@require_POST
def grant(request: HttpRequest, pk: int) -> HttpResponse:
    return _role_step(request, pk, actions.grant_role, _("The role was given."))


@needs("users.write")
@require_POST
def revoke(request: HttpRequest, pk: int) -> HttpResponse:
    return _role_step(request, pk, actions.revoke_role, _("The role was taken away."))


@needs("users.write")
@require_POST
def switch(request: HttpRequest, pk: int) -> HttpResponse:
    shown = queries.account(company_of(request), pk)
    active = request.POST.get("active") == "1"
    try:
        actions.switch_account(
            user=shown,
            company=company_of(request),
            active=active,
            by=user_of(request),
            at=clock.now(),
            reason=request.POST.get("reason", "")[:300],
        )
    except Refused as refused:
        return _refused(request, pk, refused.message)
    return back_to(request, pk, _("The account can sign in again.") if active else _("The account is switched off."))


@needs("users.write")
@require_POST
def reset_password(request: HttpRequest, pk: int) -> HttpResponse:
    shown = queries.account(company_of(request), pk)
    try:
        password = actions.reset_password(user=shown, company=company_of(request), by=user_of(request), at=clock.now())
    except Refused as refused:
        return _refused(request, pk, refused.message)
    return once(request, shown.username, password, reverse("web:user", args=[pk]))


@needs("users.write")
@require_POST
def remove_second_factor(request: HttpRequest, pk: int) -> HttpResponse:
    form = ReasonForm(request.POST)
    reason = form.cleaned_data["reason"] if form.is_valid() else ""
    try:
        actions.remove_second_factor(
            user=queries.account(company_of(request), pk),
            company=company_of(request),
            by=user_of(request),
            at=clock.now(),
            reason=reason,
        )
    except Refused as refused:
        return _refused(request, pk, refused.message)
    return back_to(request, pk, _("The second factor was taken off. Remind the person to set up a new one."))


def _refused(request: HttpRequest, pk: int, sentence: str) -> HttpResponse:
    messages.error(request, sentence)
    return redirect("web:user", pk)
