"""What rules, estimates and numbers of verification are called on screens."""

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from lianxin.core.parameters.shape import Parameter
from lianxin.core.verifying.rules import RULES
from lianxin.oversight.wording import is_chinese

_OTHERS: dict[str, str | Promise] = {
    "by_hand": gettext_lazy("Opened by hand"),
    "combined": gettext_lazy("All rules together: looks hollow"),
    "ghost_share": gettext_lazy("Hollow visits of a month"),
    "copied_share": gettext_lazy("Copied notes of a month"),
    "key_unvisited": gettext_lazy("Key retailers without a valid visit"),
    "copied_records": gettext_lazy("Records that repeat earlier ones"),
    "claims_without_evidence": gettext_lazy("Records that claim more than was recorded"),
    "copied_forecasts": gettext_lazy("Forecasts that repeat what was there before"),
    "favour_others": gettext_lazy("Unusual allocation, to be looked into"),
    "favour_within": gettext_lazy("Unusual allocation, to be looked into"),
}
ESTIMATES: dict[str, str | Promise] = {
    "ghost_share": gettext_lazy("Hollow visits, estimated"),
    "discrepancy_rate": gettext_lazy("Discrepancy of checks"),
    "copied_share": gettext_lazy("Copied notes"),
}
ATTENDANCE: dict[str, tuple[str | Promise, str, int]] = {
    "days": (gettext_lazy("Days on the market"), "number", 0),
    "visits": (gettext_lazy("Visits"), "number", 0),
    "visits_a_day": (gettext_lazy("Visits a day"), "number", 1),
    "hours_a_day": (gettext_lazy("Hours a day on the market"), "number", 1),
    "shops": (gettext_lazy("Different shops"), "number", 0),
    "places": (gettext_lazy("Different streets (squares of 300 m)"), "number", 0),
    "busiest_share": (gettext_lazy("Visits to the tenth of shops visited most"), "share", 0),
    "on_planned_day": (gettext_lazy("Of planned visits made, on their day"), "share", 0),
}


def rule_title(code: str) -> str:
    """The name of a rule on screens; a rule nobody named is shown by its code."""
    if code in _OTHERS:
        return str(_OTHERS[code])
    rule = RULES.get(code.removeprefix("rule_"))
    if rule is not None:
        return rule.title_zh if is_chinese() else rule.title_en
    return _("Rule %(code)s") % {"code": code}


def parameter_title(declared: Parameter) -> str:
    """The name of a number in the language of the page."""
    return declared.title_zh if is_chinese() else declared.title_en
