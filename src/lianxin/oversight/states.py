"""The life of a flag: opened -> heard -> under review -> closed, with one of four conclusions (trade sources 4.6)."""

from collections.abc import Mapping

from django.db import models
from django.utils.translation import gettext_lazy as _


class FlagState(models.TextChoices):
    OPENED = "opened", _("Waiting for the person's account")
    HEARD = "heard", _("Waiting for review")
    REVIEWED = "reviewed", _("Under review")
    CLOSED = "closed", _("Closed")


class Conclusion(models.TextChoices):
    CONFIRMED = "confirmed", _("Problem confirmed")
    JUSTIFIED = "justified", _("Reasonable in the circumstances")
    DATA_FAULT = "data_fault", _("Fault in the data")
    NOT_ENOUGH_EVIDENCE = "not_enough_evidence", _("Not enough evidence")


MOVES: Mapping[FlagState, frozenset[FlagState]] = {
    FlagState.OPENED: frozenset({FlagState.HEARD}),
    FlagState.HEARD: frozenset({FlagState.REVIEWED}),
    FlagState.REVIEWED: frozenset({FlagState.CLOSED}),
    FlagState.CLOSED: frozenset(),
}
