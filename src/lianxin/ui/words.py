"""The words for the three answers and for what is missing."""

from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from lianxin.ui.formats import number

# Reason codes of `indicator_values.reason`, as sentences that say what is missing.
REASONS: Mapping[str, Promise] = {
    "no_lines": _("no order lines in this period"),
    "no_base": _("no sales in the period compared with"),
    "below_minimum": _("too few cases"),
    "no_cost": _("cost prices are missing for part of the sales"),
    "not_recorded": _("this was not recorded"),
    "no_parameter": _("a parameter that the formula needs is not set"),
    "no_peers": _("too few comparable retailers"),
    "holds_none": _("no retailer is held at the month's end"),
}


def reason_words(reason: str) -> str:
    """The sentence for a reason code; a reason already written as a sentence is shown as it is."""
    known = REASONS.get(reason)
    return str(known) if known is not None else reason


def not_enough(n: int | None = None, needs: int | None = None, reason: str = "") -> str:
    """`not enough data (n = 3, needs 10)`, or what is missing when it is not a matter of counting."""
    if n is not None and needs is not None:
        return gettext("not enough data (n = %(n)s, needs %(needs)s)") % {"n": number(n), "needs": number(needs)}
    if reason:
        return gettext("not enough data: %(reason)s") % {"reason": reason_words(reason)}
    if n is not None:
        return gettext("not enough data (n = %(n)s)") % {"n": number(n)}
    return gettext("not enough data")


def cannot_tell(reason: str = "") -> str:
    if reason:
        return gettext("cannot tell: %(reason)s") % {"reason": reason_words(reason)}
    return gettext("cannot tell")
