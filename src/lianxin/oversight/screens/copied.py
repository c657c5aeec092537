"""Questions about forecasts that repeat what was there before, opened from the page that shows them."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from lianxin.foundation import clock
from lianxin.foundation.context import company_of, user_of
from lianxin.foundation.errors import Refused
from lianxin.foundation.gate import needs
from lianxin.oversight.actions import copied_forecasts


@needs("verification.run")
@require_POST
def ask(request: HttpRequest) -> HttpResponse:
    company = company_of(request)
    try:
        made = copied_forecasts.ask(company=company, by=user_of(request), at=clock.now(), on=clock.today(company))
    except Refused as refused:
        messages.error(request, refused.message)
        return redirect("demand:copied")
    n = len(made)
    messages.success(request, ngettext("%(n)d question opened.", "%(n)d questions opened.", n) % {"n": n})
    return redirect("oversight:flags")
