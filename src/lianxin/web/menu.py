"""What the shell itself puts into the menu."""

from collections.abc import Callable

from django.http import HttpRequest
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from lianxin.foundation import access, queries
from lianxin.foundation.context import company_of, user_of
from lianxin.ui.slots import Allowed, NavigationEntry, register_navigation


def may(verb: str) -> Allowed:
    """A predicate for menus and panels: whether the person may do a verb."""
    return lambda request: access.may(request.user, verb, company_of(request))


def _jobs_waiting(request: HttpRequest) -> int:
    return queries.unfinished_jobs(user_of(request), company_of(request))


def register() -> None:
    system, account = _("System"), _("My account")

    def entry(
        key: str, title: str | Promise, icon: str, verb: str, section: str | Promise, order: int,
        badge: Callable[[HttpRequest], int] | None = None,
    ) -> NavigationEntry:  # fmt: skip
        return NavigationEntry(
            key=key,
            title=title,
            url_name=f"web:{key}",
            icon=icon,
            section=section,
            order=order,
            allowed=may(verb),
            badge=badge,
        )

    register_navigation(
        entry("home", _("Home"), "home", "home.read", "", 0),
        entry("jobs", _("Jobs"), "clock", "jobs.read", system, 800, _jobs_waiting),
        entry("users", _("Accounts"), "people", "users.write", system, 810),
        entry("company", _("Company settings"), "settings", "company.write", system, 820),
        entry("parameters", _("Parameters"), "list", "parameters.read", system, 830),
        entry("audit", _("Audit"), "search", "audit.read", system, 840),
        entry("catalogue", _("What it can do"), "done", "catalogue.read", system, 850),
        NavigationEntry(
            key="me", title=_("Account and second factor"), url_name="web:me", icon="user", section=account, order=900
        ),
        entry("tokens", _("API tokens"), "link", "tokens.own", account, 910),
    )
