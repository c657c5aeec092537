"""What the home page says to people in their posts: what needs them, how the month went, how they were judged."""

from collections.abc import Iterator
from datetime import date
from statistics import median

from django.http import HttpRequest
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import get_language, gettext_lazy, ngettext
from django.utils.translation import gettext as _

from lianxin.appraisal.queries import closings, judgements, pay
from lianxin.core.measuring.registry import INDICATORS
from lianxin.core.units import Direction, UnitKind, last_day
from lianxin.foundation import access, clock
from lianxin.foundation.context import company_of, user_of
from lianxin.foundation.models import Company
from lianxin.market.queries import peers
from lianxin.market.queries.asking import months_known
from lianxin.market.queries.figures import Answer, figures, holdings, parameters_of, sums_of
from lianxin.market.queries.questions import Question, persons_seen
from lianxin.oversight import queries as oversight
from lianxin.people.queries import persons_in_scope
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


def _score(request: HttpRequest, month: date) -> str:
    user, company = user_of(request), company_of(request)
    cards = list(closings.scorecards(user, company, month=month))
    own = next((card for card in cards if card.person.user_id == user.pk), None)
    context: dict[str, object] = {"own": own, "n": len(cards), "month": month}
    if own is not None:
        told = [card for card in closings.trend(own) if card.total_milli is not None]
        before = told[-2].total_milli if len(told) > 1 else None
        now = own.total_milli
        change = None if now is None or before is None else (now - before) / 1000
        context["total"] = Figure(
            title=_("Score"), value=None if now is None else now / 1000, decimals=1, reason=own.answer
        )
        context["change"] = None if change is None else f"{change:+.1f}"
    else:
        totals = [card.total_milli / 1000 for card in cards if card.total_milli is not None]
        context["middle"] = Figure(title=_("Median score"), value=median(totals) if totals else None, decimals=1)
    return render_to_string("web/panels/score.html", context, request)


def _waiting(request: HttpRequest, month: date) -> Iterator[Waiting]:
    user, company = user_of(request), company_of(request)
    today = clock.today(company)
    if access.may(user, "flags.read", company) and (n := oversight.flags_waiting_for(user, company, on=today)):
        yield (
            ngettext("%(n)d question waits for you", "%(n)d questions wait for you", n) % {"n": n},
            reverse("oversight:flags"),
        )
    if n := pay.waiting_for(user, company):
        yield (
            ngettext("%(n)d proposal of pay waits for your word", "%(n)d proposals of pay wait for your word", n)
            % {"n": n},
            reverse("appraisal:pay"),
        )
    if access.may(user, "judgements.write", company):
        team = persons_in_scope(user, "judgements.write", company, on=last_day(month)) or set()
        n = (
            len(judgements.judged_parts(company, month)) * len(team)
            - judgements.judgements(company, month, team).count()
        )
        if n > 0:
            yield (
                ngettext("%(n)d judgement is not written yet", "%(n)d judgements are not written yet", n) % {"n": n},
                f"{reverse('appraisal:judgements')}?month={month:%Y-%m}",
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
    return any(may(verb)(request) for verb in ("market.read", "flags.read", "pay.confirm", "judgements.write"))


def register() -> None:
    register_panel(
        HOME, Panel(key="score", title=gettext_lazy("Scores"), render=_score, order=10, allowed=may("scorecards.read"))
    )
    register_panel(
        HOME,
        Panel(key="attention", title=gettext_lazy("What needs you"), render=_attention, order=20, allowed=_has_post),
    )
    register_panel(
        HOME, Panel(key="month", title=gettext_lazy("The month"), render=_month, order=30, allowed=may("market.read"))
    )
