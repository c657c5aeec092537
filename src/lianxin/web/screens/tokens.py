from allauth.mfa.utils import is_mfa_enabled
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from lianxin.foundation import access, actions, clock, queries
from lianxin.foundation.context import company_of, user_of
from lianxin.foundation.errors import Refused
from lianxin.foundation.gate import for_signed_in, needs
from lianxin.people.queries import person_of
from lianxin.web.screens.forms import TokenForm, add_refusal


@for_signed_in
@require_safe
def me(request: HttpRequest) -> HttpResponse:
    user, company = user_of(request), company_of(request)
    context = {
        "person": person_of(user),
        "roles": sorted(str(role.label) for role in access.roles_of(user, company)),
        "has_second_factor": is_mfa_enabled(user),
    }
    return render(request, "web/me.html", context)


@needs("tokens.own")
@require_http_methods(["GET", "POST"])
def tokens(request: HttpRequest) -> HttpResponse:
    user, at = user_of(request), clock.now()
    form = TokenForm(request.POST or None)
    shown = ""
    if request.method == "POST" and form.is_valid():
        try:
            _token, shown = actions.issue_token(
                user=user,
                name=form.cleaned_data["name"],
                expires_at=form.expires_at(company_of(request)),
                by=user,
                at=at,
            )
        except Refused as refused:
            add_refusal(form, refused)
        else:
            form = TokenForm()
    context = {"form": form, "shown": shown, "tokens": list(queries.tokens_of(user)), "now": at}
    answer = render(request, "web/tokens.html", context, status=422 if form.errors else 200)
    if shown:
        answer["Cache-Control"] = "no-store"
    return answer


@needs("tokens.own")
@require_POST
def revoke(request: HttpRequest, pk: int) -> HttpResponse:
    token = queries.token(user_of(request), company_of(request), pk)
    actions.revoke_token(token=token, by=user_of(request), at=clock.now())
    messages.success(request, _("The token no longer works."))
    if token.user_id != user_of(request).pk:
        return redirect("web:user", token.user_id)
    return redirect("web:tokens")
