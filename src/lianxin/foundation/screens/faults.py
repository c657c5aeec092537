from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _


def refused(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return render(
        request, "foundation/refused.html", {"message": _("You may not open this page."), "status": 403}, status=403
    )


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return render(
        request, "foundation/refused.html", {"message": _("There is no such page."), "status": 404}, status=404
    )


def fault(request: HttpRequest) -> HttpResponse:
    message = _("Something went wrong on our side; it has been logged. Nothing you saved before is lost.")
    return render(request, "foundation/refused.html", {"message": message, "status": 500}, status=500)
