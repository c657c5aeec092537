"""The words of supervision: the life of a flag, of a check, of a rule set, and the answers of a verdict (trade sources 4.6).

A flag: to be checked (the person's account first) -> being checked -> to be corrected -> to be re-checked -> closed.
"""

from collections.abc import Mapping

from django.db import models
from django.utils.translation import gettext_lazy as _


class FlagState(models.TextChoices):
    OPENED = "opened", _("To be checked: waiting for the person's account")
    HEARD = "heard", _("To be checked")
    REVIEWED = "reviewed", _("Being checked")
    CORRECTING = "correcting", _("To be corrected")
    RECHECKING = "rechecking", _("To be re-checked")
    CLOSED = "closed", _("Ended")


class Conclusion(models.TextChoices):
    CONFIRMED = "confirmed", _("Problem confirmed")
    JUSTIFIED = "justified", _("Reasonable in the circumstances")
    DATA_FAULT = "data_fault", _("Fault in the data")
    NOT_ENOUGH_EVIDENCE = "not_enough_evidence", _("Not enough evidence")


MOVES: Mapping[FlagState, frozenset[FlagState]] = {
    FlagState.OPENED: frozenset({FlagState.HEARD}),
    FlagState.HEARD: frozenset({FlagState.REVIEWED}),
    # Taken up anew by another where the first reviewer may not go on.
    FlagState.REVIEWED: frozenset({FlagState.REVIEWED, FlagState.CLOSED, FlagState.CORRECTING}),
    FlagState.CORRECTING: frozenset({FlagState.RECHECKING}),
    FlagState.RECHECKING: frozenset({FlagState.CLOSED, FlagState.CORRECTING}),
    FlagState.CLOSED: frozenset(),
}
# The next step is a reviewer's.
IN_REVIEW = (FlagState.HEARD, FlagState.REVIEWED, FlagState.RECHECKING)
CONCLUDED = (FlagState.CORRECTING, FlagState.RECHECKING, FlagState.CLOSED)
BY_HAND = "by_hand"


class WitnessChannel(models.TextChoices):
    """Who else was at the shop or spoke with it (trade sources 7.1)."""

    DELIVERY = "delivery", _("Delivery")
    ORDER_DESK = "order_desk", _("Order desk")
    INSPECTOR = "inspector", _("Market inspector")


class Statement(models.TextChoices):
    SHOP_OPEN = "shop_open", _("The shop was open")
    SHOP_CLOSED = "shop_closed", _("Nobody was there")
    SAW_MANAGER = "saw_manager", _("Saw the manager at the shop")
    SAYS_VISITED = "says_visited", _("The shop says it was visited")
    SAYS_NOT_VISITED = "says_not_visited", _("The shop says it was not visited")


class CheckChannel(models.TextChoices):
    WALK = "walk", _("Walk-around")
    SPOT = "spot", _("Spot check")
    PHONE = "phone", _("Call-back")


class CheckState(models.TextChoices):
    ASSIGNED = "assigned", _("To be done")
    DONE = "done", _("Checked")
    NOT_DONE = "not_done", _("Not done")


class Confirmed(models.TextChoices):
    YES = "yes", _("Visit confirmed")
    NO = "no", _("Visit not confirmed")
    CANNOT_TELL = "cannot_tell", _("Cannot tell")


class RoundState(models.TextChoices):
    COMMITTED = "committed", _("Seed sealed, not drawn yet")
    DRAWN = "drawn", _("Being checked")
    OVER = "over", _("Over")


class RuleSetState(models.TextChoices):
    DRAFT = "draft", _("Draft")
    ADOPTED = "adopted", _("In force")
    RETIRED = "retired", _("No longer in force")


class RunMode(models.TextChoices):
    FORMAL = "formal", _("Counts")
    TRIAL = "trial", _("Dry run")


class Claimed(models.TextChoices):
    """What a record may claim with a number."""

    VISITS = "visits", _("Visits")
    STOCK_COUNTS = "stock_counts", _("Stock counts")
    PRICE_TAGS = "price_tags", _("Price tag checks")
    DISPLAYS = "displays", _("Displays looked after")
    PHOTOS = "photos", _("Photographs")


class Because(models.TextChoices):
    """Why a key retailer counts as visited, as not, or as one of which nobody can tell."""

    VISITED = "visited", _("Visited")
    NEVER = "never", _("No visit was made")
    ONLY_HOLLOW = "only_hollow", _("Only visits that look hollow")
    UNTOLD = "untold", _("Nobody can tell of its visits")
    PART_OF_MONTH = "part_of_month", _("Held, or a key retailer, for a part of the month")
    EXCUSED = "excused", _("A planned visit was excused")
    NOT_OVER = "not_over", _("The month is not over")


class Verdict(models.TextChoices):
    """What the rules make of one visit. Never a verdict on a person."""

    YES = "yes", _("Looks hollow")
    NO = "no", _("Nothing stands out")
    CANNOT_TELL = "cannot_tell", _("Cannot tell")


class Standing(models.TextChoices):
    """What is left of a yes of the rules about a visit: nothing told while nobody asked, or while there is a question about it."""

    UNASKED = "unasked", _("stands out, nobody asked")
    ASKED = "asked", _("asked about, not concluded")
    CONFIRMED = "confirmed_hollow", _("problem confirmed")
    CLEARED = "cleared", _("cleared by the conclusion")
    NOT_PROVEN = "not_proven", _("not enough evidence")


# From this risk on a visit is said to look hollow: more likely so than not.
DOUBTFUL = 0.5
