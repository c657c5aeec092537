from allauth.mfa.utils import is_mfa_enabled
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from lianxin.foundation import actions, clock, queries
from lianxin.foundation.context import company_of, user_of
from lianxin.foundation.errors import Refused
from lianxin.foundation.gate import needs
from lianxin.foundation.states import Role
from lianxin.people import actions as people
from lianxin.people.queries import person_of
from lianxin.ui.filters import Choice, Filter, FilterSet
from lianxin.ui.parts import Crumb, Empty
from lianxin.ui.responses import list_page
from lianxin.ui.sources import QuerySetSource
from lianxin.ui.tables import Column, Table
from lianxin.web.screens.forms import NewAccountForm, ReasonForm, RoleForm, add_refusal


def crumbs(title: str) -> list[Crumb]:
    return [Crumb(title=_("Accounts"), url=reverse("web:users")), Crumb(title=title)]


@needs("users.write")
@require_safe
def account_list(request: HttpRequest) -> HttpResponseBase:
    filters = FilterSet(
        [
            Filter(key="q", title=_("Search"), kind="text", help=_("sign-in name or name")),
            Filter(key="role", title=_("Role"), choices=[Choice(*each) for each in Role.choices]),
            Filter(key="active", title=_("Can sign in"), choices=[Choice("1", _("yes")), Choice("0", _("no"))]),
        ],
        request.GET,
    )
    asked = filters.text("active")
    rows = queries.accounts_of(
        company_of(request),
        search=filters.text("q"),
        role=filters.text("role"),
        active=None if not asked else asked == "1",
    )
    table = Table(
        name="users",
        title=_("Accounts"),
        default_sort="username",
        columns=[
            Column(key="username", title=_("Sign-in name"), href=lambda user: reverse("web:user", args=[user.pk])),
            Column(key="display_name", title=_("Name"), on_card=True, value=lambda user: str(user)),
            Column(
                key="roles",
                title=_("Roles"),
                on_card=True,
                sortable=False,
                value=lambda user: _(", ").join(str(Role(g.role).label) for g in user.open_grants) or _("none"),
            ),
            Column(
                key="is_active",
                title=_("State"),
                kind="badge",
                value=lambda user: (
                    _("switched off")
                    if not user.is_active
                    else _("one-time password")
                    if user.must_change_password
                    else _("in use")
                ),
            ),
            Column(
                key="last_login",
                title=_("Last signed in"),
                kind="instant",
                value=lambda user: user.last_login or _("never"),
            ),
        ],
        source=QuerySetSource(rows, key="pk"),
        empty=Empty(title=_("No accounts"), action_title=_("New account"), action_url=reverse("web:user_new")),
    )
    return list_page(request, "web/users.html", table, filters=filters)


@needs("users.write")
@require_http_methods(["GET", "POST"])
def new_account(request: HttpRequest) -> HttpResponse:
    company, by, at = company_of(request), user_of(request), clock.now()
    form = NewAccountForm(request.POST or None, company=company)
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        try:
            if given["person"]:
                made, shown = people.open_account(
                    person=given["person"], by=by, at=at, on=clock.today(company), username=given["username"]
                )
            else:
                made, shown = actions.open_account(
                    company=company, username=given["username"], display_name=given["display_name"], by=by, at=at
                )
        except Refused as refused:
            add_refusal(form, refused)
        else:
            return once(request, made.username, shown, reverse("web:user", args=[made.pk]))
    context = {"form": form, "crumbs": crumbs(_("New account"))}
    return render(request, "web/user_new.html", context, status=422 if form.errors else 200)


def once(request: HttpRequest, username: str, password: str, back_url: str) -> HttpResponse:
    """The page that shows a one-time password, which is kept nowhere: no message, session or address holds it."""
    context = {"username": username, "password": password, "back_url": back_url, "crumbs": crumbs(username)}
    answer = render(request, "web/password_once.html", context)
    answer["Cache-Control"] = "no-store"
    return answer


@needs("users.write")
@require_safe
def account(request: HttpRequest, pk: int) -> HttpResponse:
    company = company_of(request)
    shown = queries.account(company, pk)
    context = {
        "shown": shown,
        "person": person_of(shown),
        "grants": [(grant, Role(grant.role).label) for grant in queries.grants_of(shown, company)],
        "tokens": queries.tokens_of(shown).filter(revoked_at=None),
        "has_second_factor": is_mfa_enabled(shown),
        "is_oneself": shown.pk == user_of(request).pk,
        "role_form": RoleForm(auto_id="role_%s"),
        "reason_form": ReasonForm(auto_id="reason_%s"),
        "crumbs": crumbs(str(shown)),
    }
    return render(request, "web/user.html", context)


def back_to(request: HttpRequest, pk: int, done: str) -> HttpResponse:
    """The account's page with a word about what was done."""
    messages.success(request, done)
    return redirect("web:user", pk)
