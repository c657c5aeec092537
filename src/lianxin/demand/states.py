"""The words of a forecast round, and the two machines: of the round, and of each author's sheet in it.

round:  preparing --(the system's forecast is there)--> open --(deadline)--> closed --(sales are known)--> scored
sheet:                                                  open <--> submitted        (both end with the round)
"""

from collections.abc import Mapping
from typing import Final

from django.db import models
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from lianxin.people.states import Post


class Period(models.TextChoices):
    MONTH = "month", _("Month")
    WEEK = "week", _("Week")


class RoundState(models.TextChoices):
    PREPARING = "preparing", _("The system's forecast is being made")
    OPEN = "open", _("Open")
    CLOSED = "closed", pgettext_lazy("forecast round", "Closed")
    SCORED = "scored", _("Scored")


class SheetState(models.TextChoices):
    OPEN = "open", _("To be submitted")
    SUBMITTED = "submitted", _("Submitted")


class LineState(models.TextChoices):
    TO_DO = "to_do", _("Nothing entered")
    ENTERED = "entered", _("Own number")
    ACCEPTED = "accepted", _("System's number accepted")


class Way(models.TextChoices):
    """How a number came in."""

    PAGE = "page", _("On the page")
    FILE = "file", _("From a file")
    API = "api", _("By API")
    IMPORTED = "imported", _("From an earlier system")


class HintKind(models.TextChoices):
    SHORTAGE = "shortage", _("Shortage")
    CLOSED = "closed", _("Shop closed")
    ROAD = "road", _("Road closed")
    FESTIVAL = "festival", _("Festival or fair")
    OPENING = "opening", _("Opening or closing nearby")
    OTHER = "other", _("Other event")


class JudgedKind(models.TextChoices):
    STAIR = "stair", _("Value added")
    ACCURACY = "accuracy", pgettext_lazy("forecast", "Accuracy")
    COPYING = "copying", _("Copied history")
    INFORMATION = "information", _("Use of what was collected")
    EVENT = "event", _("What each event did to the forecast")
    WEIGHTS = "weights", _("Weights that the past would give")


ROUND_MOVES: Final[Mapping[RoundState, frozenset[RoundState]]] = {
    RoundState.PREPARING: frozenset({RoundState.OPEN}),
    RoundState.OPEN: frozenset({RoundState.CLOSED}),
    RoundState.CLOSED: frozenset({RoundState.SCORED}),
    # Late orders and corrections make it score anew.
    RoundState.SCORED: frozenset({RoundState.SCORED}),
}
SHEET_MOVES: Final[Mapping[SheetState, frozenset[SheetState]]] = {
    SheetState.OPEN: frozenset({SheetState.SUBMITTED}),
    SheetState.SUBMITTED: frozenset({SheetState.OPEN}),
}
REVEALED: Final = (RoundState.CLOSED, RoundState.SCORED)
AUTHORS: Final = (Post.CUSTOMER_MANAGER, Post.MARKET_MANAGER, Post.BRAND_MANAGER)
# Reasons as shipped; a company may write its own words into the parameter.
REASON_WORDS: Final[Mapping[str, str | Promise]] = {
    "festival": _("Festival or season"),
    "promotion": _("Promotion or display"),
    "shortage": _("It was short before"),
    "overstock": _("The shop still has stock"),
    "road": _("Roadworks or access"),
    "customers": _("More or fewer customers"),
    "new_product": _("New on the shelf"),
    "competition": _("Another shop or product"),
    "other": _("Something else (say what)"),
}
OTHER: Final = "other"
