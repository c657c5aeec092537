"""Why a retailer got what it got, said to the retailer itself."""

from collections.abc import Mapping
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

WHY: Final[Mapping[str, str | Promise]] = {
    "full": gettext_lazy("You got all that you asked for."),
    "level": gettext_lazy("You got the common level, like everybody who asked for more than it."),
    "odd_unit": gettext_lazy(
        "You got the common level and one more: what cannot be divided goes round in turn, and it was your turn."
    ),
    "cap": gettext_lazy("You got the most that your reasonable quantity allows."),
    "floor": gettext_lazy("You got the quantity that is guaranteed to you."),
    "quota": gettext_lazy("You got the quota of your tier, which everybody of your tier has."),
    "drawn": gettext_lazy("You were drawn: your turn came before the goods ended."),
    "not_drawn": gettext_lazy("You were not drawn this time; the goods ended before your turn."),
    "not_selected": gettext_lazy("These goods go to selected shops this time, and yours is not among them."),
}


def why(reason: str, *, is_full: bool = False, has_group: bool = False) -> str:
    """The reason in plain words; of a code that we have none for, that it is not told.

    Parameters
    ----------
    is_full : it got all it asked for
    has_group : quotas were divided further by attributes of retailers
    """
    if reason == "quota" and has_group:
        return _("You got the quota of your tier and group, which everybody of both has.")
    if reason == "drawn" and is_full:
        return _("You were drawn and got all that you asked for.")
    return str(WHY[reason]) if reason in WHY else _("The file that this came with does not tell the reason.")
