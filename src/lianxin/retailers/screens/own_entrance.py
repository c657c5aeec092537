"""The retailer comes in by licence number and code, or by the link of its slip, and leaves."""

from django import forms
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import rotate_token
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from lianxin.foundation import clock
from lianxin.foundation.accounts import client_address
from lianxin.foundation.context import retailer_caller, retailer_of
from lianxin.foundation.errors import Refused
from lianxin.foundation.gate import for_anyone, needs
from lianxin.retailers import limits
from lianxin.retailers.actions import entering as actions
from lianxin.retailers.middleware import DEVICE_COOKIE
from lianxin.retailers.states import Entrance


class SignInForm(forms.Form):
    licence_no = forms.CharField(
        label=gettext_lazy("Licence number"),
        max_length=40,
        help_text=gettext_lazy("It is on your tobacco retail licence and on the slip."),
        widget=forms.TextInput(attrs={"inputmode": "text", "autocomplete": "username", "autocapitalize": "characters"}),
    )
    digits = forms.CharField(
        label=gettext_lazy("Sign-in code"),
        max_length=20,
        help_text=gettext_lazy("The eight digits of the slip or the message. A code opens once."),
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "one-time-code"}),
    )


@for_anyone
@never_cache
@require_http_methods(["GET", "POST"])
def sign_in(request: HttpRequest) -> HttpResponse:
    caller = retailer_caller(request)
    if caller is not None and not caller.reads_only:
        return redirect("own:home")
    form = SignInForm(request.POST or None)
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                entered = actions.enter_by_digits(
                    licence_no=form.cleaned_data["licence_no"],
                    digits=form.cleaned_data["digits"],
                    address=client_address(request),
                    device=request.COOKIES.get(DEVICE_COOKIE, ""),
                    at=clock.now(),
                )
            except Refused as refused:
                form.add_error(None, refused.message)
                status = 429 if isinstance(refused, actions.TooManyTries) else 422
            else:
                return _let_in(request, entered)
    return render(request, "retailers/own/sign_in.html", {"form": form}, status=status)


@for_anyone
@never_cache
@require_http_methods(["GET", "POST"])
def by_link(request: HttpRequest, text: str) -> HttpResponse:
    """Opening the address alone does nothing: programs that look at links before people do would use it up."""
    if request.method == "GET":
        return render(request, "retailers/own/link.html", {"text": text})
    try:
        entered = actions.enter_by_link(text=text, at=clock.now())
    except Refused as refused:
        return render(request, "retailers/own/link.html", {"text": text, "refused": refused.message}, status=422)
    return _let_in(request, entered)


@needs("own.home")
@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    actions.leave(caller=retailer_of(request), at=clock.now())
    answer = redirect("own:sign_in")
    answer.delete_cookie(settings.RETAILER_COOKIE)
    return answer


def _let_in(request: HttpRequest, entered: actions.Entered) -> HttpResponse:
    # A token that a page had before the sign-in is worth nothing after it.
    rotate_token(request)
    answer = redirect("own:home")
    secure = settings.SESSION_COOKIE_SECURE
    lasts = entered.session.ends_at - entered.session.opened_at
    answer.set_cookie(
        settings.RETAILER_COOKIE, entered.text, max_age=lasts, httponly=True, secure=secure, samesite="Lax"
    )
    if entered.session.entrance != Entrance.READING:
        path = reverse("own:sign_in")
        answer.set_cookie(
            DEVICE_COOKIE,
            entered.device,
            max_age=limits.DEVICE,
            path=path,
            httponly=True,
            secure=secure,
            samesite="Lax",
        )
    return answer
