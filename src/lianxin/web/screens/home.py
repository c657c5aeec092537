from datetime import date

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.urls import NoReverseMatch, resolve, reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from lianxin.foundation import access, clock
from lianxin.foundation.context import company_of, user_of
from lianxin.foundation.errors import Missing
from lianxin.foundation.gate import OPEN, SIGNED_IN, for_signed_in, needs, verbs_of
from lianxin.ui import slots
from lianxin.ui.filters import Filter, FilterSet
from lianxin.ui.gallery import gallery_page
from lianxin.web import catalogue, presenters, queries
from lianxin.web.panels import HOME


def _month(request: HttpRequest) -> tuple[date, FilterSet]:
    company = company_of(request)
    shown = queries.month_shown(company, on=clock.today(company))
    filters = FilterSet([Filter(key="month", title=_("Month"), kind="month", default=f"{shown:%Y-%m}")], request.GET)
    return filters.date("month") or shown, filters


# Whoever signs in comes here, also with an account that has no role yet: the page says so and whom to ask.
@for_signed_in
@require_safe
def home(request: HttpRequest) -> HttpResponse:
    user, company = user_of(request), company_of(request)
    if company.pk is None or not access.may(user, "home.read", company):
        return render(request, "web/no_role.html")
    month, filters = _month(request)
    local = clock.now().astimezone(company.zone)
    context = {
        "greeting": presenters.greeting(local.hour),
        "month": month,
        "month_text": f"{month:%Y-%m}",
        "filters": filters,
        "panels": slots.panels_for(HOME, request),
        "roles": sorted(str(role.label) for role in access.roles_of(user, company)),
    }
    return render(request, "web/home.html", context)


@needs("home.read")
@require_safe
def panel(request: HttpRequest, key: str) -> HttpResponse:
    month, _filters = _month(request)
    found = next((each for each in slots.panels_for(HOME, request) if each.key == key), None)
    if found is None:
        raise Missing(_("There is no such part of the home page."))
    html = found.render(request, month)
    if request.headers.get("HX-Request") == "true":
        # A part that has nothing to say leaves no empty card behind.
        return (
            render(request, "web/panel_part.html", {"panel": found, "html": html}) if html.strip() else HttpResponse()
        )
    return render(request, "web/panel.html", {"panel": found, "html": html, "month": month})


@needs("catalogue.read")
@require_safe
def catalogue_page(request: HttpRequest) -> HttpResponse:
    chapters = [
        (letter, title, [(each, _links(request, each)) for each in requirements])
        for letter, title, requirements in catalogue.chapters()
    ]
    return render(request, "web/catalogue.html", {"chapters": chapters, "counts": catalogue.counts()})


def _links(request: HttpRequest, requirement: catalogue.Requirement) -> list[tuple[str, str]]:
    """Titles and addresses of the pages of a requirement that this person may open."""
    titles = {entry.url_name: str(entry.title) for entry in slots.navigation_for(request)}
    found = []
    for name in requirement.pages:
        try:
            url = reverse(name)
        except NoReverseMatch:
            # A room may be switched off in this installation.
            continue
        verbs = verbs_of(resolve(url).func)
        if verbs is None:
            continue
        # What is open to strangers, or to whoever is signed in, needs no role.
        if verbs[0] in (OPEN, SIGNED_IN) or access.may(user_of(request), verbs[0], company_of(request)):
            found.append((titles.get(name, url), url))
    return found


@needs("gallery.read")
@require_safe
def gallery(request: HttpRequest) -> HttpResponseBase:
    return gallery_page(request)
