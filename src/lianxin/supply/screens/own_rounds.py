"""The retailer's own page of a round: its own lines, the rule, and its neighbours as numbers."""

from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from lianxin.foundation.context import retailer_of
from lianxin.foundation.gate import needs
from lianxin.supply.models import Round
from lianxin.supply.own_words import why
from lianxin.supply.queries import open as openly
from lianxin.supply.queries import own as queries
from lianxin.supply.queries.lines import Line
from lianxin.supply.states import RoundState

TOPIC = "货源供应"


@needs("own.supply")
@require_safe
def rounds(request: HttpRequest) -> HttpResponse:
    return render(request, "supply/own/rounds.html", {"rounds": queries.own_rounds(retailer_of(request))})


@needs("own.supply")
@require_safe
def one_round(request: HttpRequest, number: int) -> HttpResponse:
    caller = retailer_of(request)
    found = queries.own_round(caller, number)
    context = {
        "round": found,
        "is_imported": found.state == RoundState.IMPORTED,
        "is_published": openly.is_published(found),
        "code": caller.company.code,
        "unit": caller.company.order_unit_en if get_language() == "en" else caller.company.order_unit,
        "lines": [(own, _why(own.line), objection(found, own)) for own in queries.own_lines(caller, found)],
    }
    return render(request, "supply/own/round.html", context)


def _why(line: Line) -> str:
    return why(line.reason, is_full=line.rule_units == line.wanted_units, has_group=bool(line.quota_group))


def objection(found: Round, own: queries.OwnLine) -> str:
    """Where a retailer objects to a line: the page for writing to the office, which knows what it is about."""
    words = {"number": found.number, "week": found.week.isoformat(), "product": own.line.product}
    about = _("Round %(number)s (week of %(week)s), %(product)s") % words
    return f"{reverse('own_visits:request_new')}?{urlencode({'about': about[:120], 'topic': TOPIC})}"
