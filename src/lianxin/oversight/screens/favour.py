from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from lianxin.foundation import clock
from lianxin.foundation.context import company_of, user_of
from lianxin.foundation.errors import Refused
from lianxin.foundation.gate import needs
from lianxin.oversight.actions import favour as actions
from lianxin.supply.queries import favour as queries


@needs("flags.open")
@require_POST
def ask(request: HttpRequest, number: int, pk: int) -> HttpResponse:
    """Open the question of a finding of a test for favour."""
    company = company_of(request)
    finding = queries.finding_of(queries.run_of(company, number), pk)
    try:
        made = actions.ask(finding=finding, by=user_of(request), at=clock.now(), on=clock.today(company))
    except Refused as refused:
        messages.error(request, refused.message)
        return redirect("supply:favour_finding", number, pk)
    messages.success(request, _("The question is open; the person answers first."))
    return redirect("oversight:flag", made.pk)
