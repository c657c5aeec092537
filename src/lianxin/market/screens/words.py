"""Figures and findings in words."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from lianxin.core.measuring.figures import CODES, IN_POINTS, Answer
from lianxin.core.measuring.registry import INDICATORS, Indicator
from lianxin.core.units import Direction, UnitKind
from lianxin.foundation.models import Company
from lianxin.market.queries.figures import Group
from lianxin.ui.formats import points, quantity, share
from lianxin.ui.parts import Figure, Good, Kind

# Below this part of a year before's sales nobody is named as the cause of a change.
WORTH_NAMING = 0.0005
KINDS: Mapping[UnitKind, Kind] = {
    UnitKind.ORDER_UNITS: "quantity",
    UnitKind.MONEY: "money",
    UnitKind.MONEY_PER_UNIT: "money",
    UnitKind.RATIO: "number",
    UnitKind.SHARE: "share",
    UnitKind.COUNT: "number",
    UnitKind.SCORE: "number",
}
GOOD: Mapping[Direction, Good] = {Direction.HIGHER: "up", Direction.LOWER: "down", Direction.NEUTRAL: "none"}


def is_chinese() -> bool:
    return (get_language() or "zh").startswith("zh")


def title_of(code: str) -> str:
    indicator = INDICATORS[code]
    return indicator.title_zh if is_chinese() else indicator.title_en


def unit_name(company: Company) -> str:
    return company.order_unit if is_chinese() else company.order_unit_en


def company_name(company: Company) -> str:
    return company.name if is_chinese() or not company.name_en else company.name_en


def kind_of(indicator: Indicator) -> Kind:
    return "change" if indicator.code == "same_period_change" else KINDS[indicator.unit]


def figure_of(company: Company, answer: Answer, explain_url: str = "") -> Figure:
    """An answer as a figure of the page, with its change on the year before."""
    indicator = INDICATORS[answer.code]
    kind = kind_of(indicator)
    unit = {"quantity": unit_name(company), "money": company.currency}.get(kind, "")
    change = None
    if answer.is_value and answer.year_ago is not None and answer.value is not None:
        if answer.code in IN_POINTS:
            change = answer.value - answer.year_ago
        elif answer.year_ago > 0:
            change = answer.value / answer.year_ago - 1
    too_few = answer.reason == "below_minimum"
    reason = _("no retailer is held at the end of the period") if answer.reason == "holds_none" else answer.reason
    return Figure(
        title=title_of(answer.code),
        value=answer.value,
        kind=kind,
        unit=unit,
        decimals=1 if answer.code == "products_per_retailer" else 0 if answer.code == "sales_amount" else None,
        answer="value" if answer.is_value else "not_enough_data",
        reason=reason,
        n=answer.n if too_few else None,
        needs=answer.least if too_few else None,
        change=change,
        change_kind="points" if answer.code in IN_POINTS else "change",
        change_title=_("on the year before") if change is not None else "",
        good=GOOD[indicator.direction],
        explain_url=explain_url,
    )


def with_same_retailers(answers: Mapping[str, Answer], sums: Mapping[str, int]) -> dict[str, Answer]:
    """Sales beside what the same retailers bought one year before, so that a change of territory is no growth."""
    found = dict(answers)
    change = answers["same_period_change"].value
    units = answers["sales_units"]
    if change is not None and units.value is not None:
        found["sales_units"] = _grown(units, change)
    amount = answers["sales_amount"]
    told = sums["base_n_without_amount"] == sums["now_n_without_amount"] == 0
    if amount.value is not None and told and sums["base_amount_fen"] > 0:
        found["sales_amount"] = _grown(amount, sums["now_amount_fen"] / sums["base_amount_fen"] - 1)
    elif not told:
        found["sales_amount"] = _grown(amount, None)
    return found


def _grown(answer: Answer, change: float | None) -> Answer:
    before = None if change is None or answer.value is None or change <= -1 else answer.value / (1 + change)
    return Answer(
        answer.code, answer.value, answer.reason, answer.numerator, answer.denominator, answer.n, answer.least, before
    )


def figures_of(
    company: Company, answers: Mapping[str, Answer], explain: Callable[[str], str], codes: Sequence[str] = CODES
) -> list[Figure]:
    return [figure_of(company, answers[code], explain(code)) for code in codes]


def finding(
    company: Company,
    period: str,
    subject: str,
    answers: Mapping[str, Answer],
    groups: Sequence[Group],
    name: Callable[[Any], str],
) -> str:
    """The answer to the page's question in one sentence: how much, how it changed, and who moved it most."""
    units = answers["sales_units"]
    if units.value is None:
        return _("%(period)s: no sales in this part of the market") % {"period": period}
    words = {"period": period, "subject": subject, "quantity": quantity(units.value, unit_name(company))}
    change = answers["same_period_change"].value
    if change is None:
        return _("%(period)s: %(quantity)s sold; there is no year before to compare with") % words
    words["change"] = share(abs(change))
    if round(change, 3) == 0:
        sentence = _("%(period)s: %(quantity)s sold, as much as a year before")
    elif change > 0:
        sentence = _("%(period)s: %(quantity)s sold, up %(change)s on a year before")
    else:
        sentence = _("%(period)s: %(quantity)s sold, down %(change)s on a year before")
    cause = _cause(change, groups, name)
    # Translators: joins two halves of a sentence.
    return (sentence % words) + (_("; %(cause)s") % {"cause": cause} if cause else "")


def _cause(change: float, groups: Sequence[Group], name: Callable[[Any], str]) -> str:
    base = sum(group.sums["base_units"] for group in groups)
    moved = [
        (group, (group.sums["now_units"] - group.sums["base_units"]) / base)
        for group in groups
        if group.key is not None and group.sums["base_units"] > 0 and base > 0
    ]
    if len(moved) < 2:
        return ""
    against = [one for one in moved if one[1] * change < 0 and abs(one[1]) >= 0.001]
    group, effect = max(against or moved, key=lambda one: abs(one[1]))
    if abs(effect) < WORTH_NAMING:
        return ""
    own = group.sums["now_units"] / group.sums["base_units"] - 1
    words = {"who": name(group.key), "change": share(abs(own)), "points": points(abs(effect)).lstrip("+")}
    if effect < 0:
        return _("%(who)s is down %(change)s and takes %(points)s off the whole") % words
    return _("%(who)s is up %(change)s and adds %(points)s to the whole") % words
