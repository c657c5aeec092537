"""Words and numbers for pages: what a template is given is ready to be drawn."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _

from lianxin.appraisal.models import Closing, Scorecard, ScorePart
from lianxin.appraisal.wording import said
from lianxin.core.errors import UnknownIndicator
from lianxin.core.measuring.registry import Indicator, indicator_of, member_of
from lianxin.core.parameters import PARAMETERS
from lianxin.core.scoring.explaining import REASONS, explain, explain_score
from lianxin.core.scoring.scheme import Part, Scheme, missing_rule
from lianxin.core.units import Direction, UnitKind
from lianxin.foundation.models import Company
from lianxin.foundation.table_words import table_title
from lianxin.ui import formats
from lianxin.ui.parts import Fact, Figure, Good, Kind
from lianxin.ui.pictures import Format, Measure

GOOD: Mapping[Direction, Good] = {Direction.HIGHER: "up", Direction.LOWER: "down", Direction.NEUTRAL: "none"}
BANDS = ("top", "middle", "bottom")


def is_chinese() -> bool:
    return (translation.get_language() or "zh-hans").startswith("zh")


def unit_name(company: Company) -> str:
    return company.order_unit if is_chinese() else company.order_unit_en


def title_of(code: str) -> str:
    """The name of an indicator on screens; an unknown one goes by its code."""
    try:
        indicator = indicator_of(code)
    except UnknownIndicator:
        return code
    member = member_of(code)
    title = indicator.title_zh if is_chinese() else indicator.title_en
    return f"{title} · {member}" if member else title


def looks_of(indicator: Indicator, company: Company) -> tuple[Kind, str, int | None]:
    """Notation, unit and decimals of an indicator's values."""
    looks: Mapping[UnitKind, tuple[Kind, str, int | None]] = {
        UnitKind.ORDER_UNITS: ("quantity", unit_name(company), None),
        UnitKind.MONEY: ("money", company.currency, None),
        UnitKind.MONEY_PER_UNIT: ("money", company.currency, None),
        UnitKind.RATIO: ("share", "", None),
        UnitKind.SHARE: ("share", "", None),
        UnitKind.COUNT: ("number", "", 2),
        UnitKind.SCORE: ("quantity", _("points"), 1),
    }
    if indicator.code == "same_period_change":
        return "change", "", None
    return looks[indicator.unit]


def reason_words(reason: str) -> str:
    known = REASONS.get(reason)
    return said(known) if known is not None else reason


def value_figure(
    company: Company, code: str, row: Mapping[str, Any] | None, *, explain_url: str = "", title: str = ""
) -> Figure:
    """An indicator's value, or the words of why there is none; `row` None where nothing was recorded."""
    indicator = indicator_of(code)
    kind, unit, decimals = looks_of(indicator, company)
    has_value = row is not None and row["answer"] == "value"
    return Figure(
        title=title or title_of(code),
        value=row["value"] if row is not None and has_value else None,
        kind=kind,
        unit=unit,
        decimals=decimals,
        answer="value" if has_value else "not_enough_data",
        reason="" if has_value else reason_words(row["reason"] or "not_recorded" if row else "not_recorded"),
        good=GOOD[indicator.direction],
        explain_url=explain_url,
    )


def points_words(milli: int | None) -> str:
    return "" if milli is None else formats.number(milli / 1000, 1)


def band_words(card: Scorecard) -> str:
    """The third of the group, or why none is told: small differences are no ranks."""
    words = {
        "top": _("upper third of the group"),
        "middle": _("middle third of the group"),
        "bottom": _("lower third of the group"),
    }
    if card.band in words:
        return words[card.band]
    return _("the group is too small for thirds (%(n)s people)") % {"n": card.group_n}


def total_figure(card: Scorecard, *, explain: bool = True, half_milli: int | None = None) -> Figure:
    """The total, with ± where `half_milli` tells it."""
    reasons = {
        "blocked": _("evidence that the scheme asks for is missing"),
        "not_enough_data": _("too few parts have an answer (%(share)s of the points)")
        % {"share": formats.share(card.scored_share, 0)},
    }
    return Figure(
        title=_("Total"),
        value=None if card.total_milli is None else card.total_milli / 1000,
        kind="quantity",
        unit=_("points"),
        decimals=1,
        uncertainty=None if half_milli is None else half_milli / 1000,
        answer="value" if card.total_milli is not None else "not_enough_data",
        reason=reasons.get(card.answer, ""),
        explain_url=reverse("appraisal:total", args=[card.pk]) if explain else "",
    )


def unit_kind_of(part: Part) -> UnitKind | None:
    if part.indicator is None:
        return None
    try:
        return indicator_of(part.indicator).unit
    except UnknownIndicator:
        return None


def row_of(line: ScorePart, unit: UnitKind | None) -> dict[str, Any]:
    """The line as the core's sentences read it; money, prices and counts with two decimals."""
    names = (
        "value",
        "target",
        "rank",
        "group_n",
        "group_average",
        "previous_value",
        "answer",
        "points_milli",
        "handling",
    )
    row = {name: getattr(line, name) for name in names} | {"reason": line.reason or None}
    if unit in (UnitKind.MONEY, UnitKind.MONEY_PER_UNIT, UnitKind.COUNT, UnitKind.SCORE):
        for name in ("value", "target", "group_average", "previous_value"):
            row[name] = None if row[name] is None else round(row[name], 2)
    return row


def sentence_of(part: Part, line: ScorePart) -> str:
    return said(explain_score(part, row_of(line, unit_kind_of(part)), unit_kind_of(part)))


def formula_of(scheme: Scheme, part: Part) -> tuple[str, list[str]]:
    """How the part is scored, and the rules that go with it."""
    told = explain(part, unit_kind_of(part), rule=missing_rule(scheme, part))
    return said(told.formula), [*(said(rule) for rule in told.rules), said(told.missing)]


def points_figure(line: ScorePart, *, explain_url: str = "", title: str = "") -> Figure:
    return Figure(
        title=title,
        value=None if line.points_milli is None else line.points_milli / 1000,
        kind="number",
        decimals=1,
        answer="value" if line.points_milli is not None else "not_enough_data",
        reason=reason_words(line.reason) if line.reason else "",
        explain_url=explain_url,
    )


def axis_of(part: Part, company: Company) -> Measure:
    """What the horizontal axis of a part's curve shows."""
    kind = unit_kind_of(part)
    title = said(part.title) if part.indicator is None else title_of(part.indicator)
    formats_of: Mapping[UnitKind, tuple[str, Format, int]] = {
        UnitKind.ORDER_UNITS: (unit_name(company), "number", 0),
        UnitKind.MONEY: (company.currency_symbol, "money", 0),
        UnitKind.MONEY_PER_UNIT: (company.currency_symbol, "money", 2),
        UnitKind.RATIO: ("", "share", 1),
        UnitKind.SHARE: ("", "share", 1),
        UnitKind.COUNT: ("", "number", 2),
        UnitKind.SCORE: (_("points"), "number", 1),
    }
    unit, shown, decimals = formats_of[kind] if kind is not None else ("", "number", 1)
    if part.curve.kind == "rank_band":
        return Measure(title=_("Share of people with a better value"), format="share", decimals=0)
    return Measure(title=title, unit=unit, format=shown, decimals=decimals)


def evidence_words(closing: Closing) -> str:
    """Which versions of which evidence a closing rests on."""
    return ", ".join(f"{table_title(table)} {version}" for table, version in sorted(closing.pinned.items()))


def version_words(closing: Closing) -> str:
    return _("closing %(month)s version %(number)s; formulas %(code)s; engine %(engine)s; evidence: %(evidence)s") % {
        "month": f"{closing.month:%Y-%m}",
        "number": closing.number,
        "code": closing.code_version,
        "engine": closing.engine,
        "evidence": evidence_words(closing),
    }


def parameter_facts(closing: Closing, code: str) -> list[Fact]:
    """Parameters that an indicator reads, with the value that was in force."""
    about = {
        "key_brand_share": ("measuring.key_products",),
        "company_gross_margin": ("measuring.cost_coverage_minimum",),
        "new_product_distribution": (
            "measuring.new_product_months",
            "measuring.new_product_long_months",
            "measuring.new_product_long_classes",
        ),
        "peer_growth": ("measuring.peer_minimum", "measuring.peer_alert", "measuring.tier_groups"),
        "large_retailer_share": ("measuring.large_retailer_units",),
        "supplier_fulfilment": ("supply.agreement_months",),
        "satisfaction": ("satisfaction.levels", "satisfaction.weights", "satisfaction.months_held"),
    }
    family = code.split(".", 1)[0] if code not in about else code
    names = [*about.get(family, ()), indicator_of(code).minimum]
    return [replace(parameter_fact(name, closing.parameters.get(name)), note="") for name in names]


def parameter_fact(name: str, value: Any) -> Fact:
    from_list = isinstance(value, list | tuple)
    text = ", ".join(str(item) for item in value) if from_list else str(value)
    if value is None:
        text = _("not set")
    elif from_list and len(value) > 8:
        text = _("%(n)s entries: %(first)s …") % {"n": len(value), "first": ", ".join(str(item) for item in value[:5])}
    declared = _declared(name)
    return Fact(title=declared, text=text, note=name)


def _declared(name: str) -> str:
    from_core = PARAMETERS.get(name)
    if from_core is None:
        return name
    return from_core.title_zh if is_chinese() else from_core.title_en


def month_words(month: date) -> str:
    return formats.month(month)


def edges_of(values: Sequence[float], bins: int = 8) -> tuple[list[float], list[int]]:
    """Equal bins over the values and how many lie in each; the last one takes its upper edge in."""
    low, high = min(values), max(values)
    width = (high - low) / bins or 1.0
    edges = [low + width * step for step in range(bins + 1)]
    counts = [0] * bins
    for value in values:
        counts[min(bins - 1, int((value - low) / width))] += 1
    return edges, counts
