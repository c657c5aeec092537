"""What values of parameters look like, in words: apart from their store, for commands that open none."""

from typing import Any

from django.utils.translation import gettext as _

from lianxin.core.parameters import Parameter, ParameterKind


def wanted(declared: Parameter) -> str:
    """What a value of this parameter looks like, in words."""
    if declared.type in (ParameterKind.INTEGER, ParameterKind.NUMBER):
        kind = _("a whole number") if declared.type is ParameterKind.INTEGER else _("a number")
        if declared.minimum is None or declared.maximum is None:
            return kind
        bounds = {"kind": kind, "low": f"{declared.minimum:g}", "high": f"{declared.maximum:g}"}
        return _("%(kind)s from %(low)s to %(high)s") % bounds
    if declared.type is ParameterKind.TEXTS:
        return _("texts, separated by commas")
    if declared.type is ParameterKind.RANGES:
        return _("ranges that do not overlap, such as 28-30, 20-27")
    if declared.type is ParameterKind.FREQUENCIES:
        return _(
            "entries separated by commas, each with conditions of its own and visits a cycle, such as "
            "market_type=rural & tier=20-30: 2; conditions are trade_area, trade_form, market_type and tier, and the entry with "
            "most of them counts"
        )
    if declared.type is ParameterKind.LEVELS:
        return _("the points of each of the five levels, 5 the best, such as 5=100, 4=80, 3=60, 2=40, 1=20")
    if declared.type is ParameterKind.WEIGHTS:
        return _(
            "each dimension of the survey with its weight, a whole number, such as supply=40, service=60; nothing: all weigh "
            "the same"
        )
    return _("a text")


def unfit(declared: Parameter, value: Any) -> str:
    """The sentence that a value does not fit its parameter, and what would."""
    words = {"value": value, "name": declared.name, "wanted": wanted(declared)}
    return _("“%(value)s” does not fit; the parameter %(name)s wants %(wanted)s.") % words
