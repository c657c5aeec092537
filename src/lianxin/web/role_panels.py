"""What the home page says to people in their posts: what needs them and how the month went. Scores come from the appraisal."""

from collections.abc import Iterator
from datetime import date

from django.http import HttpRequest
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import get_language, gettext_lazy, ngettext

from lianxin.core.measuring.figures import Answer, figures
from lianxin.core.measuring.registry import INDICATORS
from lianxin.core.units import Direction, UnitKind
from lianxin.foundation import access, clock
from lianxin.foundation.context import company_of, user_of
from lianxin.foundation.models import Company
from lianxin.market.queries import peers
from lianxin.market.queries.asking import months_known
from lianxin.market.queries.figures import holdings, parameters_of, sums_of
from lianxin.market.queries.questions import Question, persons_seen
from lianxin.oversight import queries as oversight
from lianxin.ui.parts import Figure, Good, Kind
from lianxin.ui.slots import Panel, register_panel
from lianxin.web.menu import may
from lianxin.web.panels import HOME

SHOWN = ("sales_units", "same_period_change", "order_coverage", "key_brand_share")
GOOD: dict[Direction, Good] = {Direction.HIGHER: "up", Direction.LOWER: "down", Direction.NEUTRAL: "none"}
Waiting = tuple[str, str]


def _is_english() -> bool:
    return get_language() == "en"


def _question(request: HttpRequest, month: date) -> Question | None:
    """The month in the part of the market that the person sees; None when nothing was sold in it yet."""
    company = company_of(request)
    if month not in months_known(company):
        return None
    persons = persons_seen(user_of(request), company, on=clock.today(company))
    return Question(months=(month,), persons=persons)


def _figure(company: Company, answer: Answer, month: date) -> Figure:
    indicator = INDICATORS[answer.code]
    kind: Kind = "share"
    if answer.code == "same_period_change":
        kind = "change"
    elif indicator.unit is UnitKind.ORDER_UNITS:
        kind = "quantity"
    too_few = answer.reason == "below_minimum"
    return Figure(
        title=indicator.title_en if _is_english() else indicator.title_zh,
        value=answer.value,
        kind=kind,
        unit=(company.order_unit_en if _is_english() else company.order_unit) if kind == "quantity" else "",
        answer="value" if not answer.reason else "not_enough_data",
        reason=answer.reason,
        n=answer.n if too_few else None,
        needs=answer.least if too_few else None,
        good=GOOD[indicator.direction],
        explain_url=f"{reverse('market:explain', args=[answer.code])}?month={month:%Y-%m}",
    )


def _month(request: HttpRequest, month: date) -> str:
    company, question = company_of(request), _question(request, month)
    shown: list[Figure] = []
    if question is not None:
        parameters = parameters_of(company, question)
        answers = figures(sums_of(holdings(company, question, parameters)), parameters, SHOWN)
        shown = [_figure(company, answers[code], month) for code in SHOWN]
    return render_to_string("web/panels/month.html", {"figures": shown, "month": month}, request)


def _waiting(request: HttpRequest, month: date) -> Iterator[Waiting]:
    user, company = user_of(request), company_of(request)
    today = clock.today(company)
    if access.may(user, "flags.read", company) and (n := oversight.flags_waiting_for(user, company, on=today)):
        yield (
            ngettext("%(n)d question waits for you", "%(n)d questions wait for you", n) % {"n": n},
            reverse("oversight:flags"),
        )
    question = _question(request, month) if access.may(user, "market.read", company) else None
    if question is not None:
        n = peers.alerts(company, question, parameters_of(company, question)).num_rows
        if n:
            yield (
                ngettext(
                    "%(n)d retailer grows far less than its peers", "%(n)d retailers grow far less than their peers", n
                )
                % {"n": n},
                f"{reverse('market:alerts')}?month={month:%Y-%m}",
            )


def _attention(request: HttpRequest, month: date) -> str:
    return render_to_string("web/panels/attention.html", {"waiting": list(_waiting(request, month))}, request)


def _has_post(request: HttpRequest) -> bool:
    return any(may(verb)(request) for verb in ("market.read", "flags.read"))


def register() -> None:
    register_panel(
        HOME,
        Panel(key="attention", title=gettext_lazy("What needs you"), render=_attention, order=30, allowed=_has_post),
    )
    register_panel(
        HOME, Panel(key="month", title=gettext_lazy("The month"), render=_month, order=40, allowed=may("market.read"))
    )
