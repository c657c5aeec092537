"""The words of field work and the moves that each record may make."""

from collections.abc import Mapping

from django.db import models
from django.utils.translation import gettext_lazy as _


class PlanState(models.TextChoices):
    DRAFT = "draft", _("Draft")
    PROPOSED = "proposed", _("Waiting for approval")
    RETURNED = "returned", _("Returned")
    APPROVED = "approved", _("Approved")


class PlannedState(models.TextChoices):
    PLANNED = "planned", _("Planned")
    DONE = "done", _("Visited")
    EXCUSED = "excused", _("Excused")
    DROPPED = "dropped", _("Taken out")
    # Off the route by the manager's own word: still owed until somebody else agrees.
    PENDING = "pending", _("Excuse not agreed yet")


class WhyNotMade(models.TextChoices):
    """Why a planned visit was not made. A reason, not an excuse: absence and dangerous weather are entered in the plan."""

    CLOSED = "closed", _("The shop was closed")
    ASKED_LATER = "asked_later", _("The retailer asked for another time")
    OTHER_WORK = "other_work", _("Called away to other work")
    NO_TIME = "no_time", _("Earlier visits took longer")
    ROAD = "road", _("Road or vehicle")
    BY_PHONE = "by_phone", _("Settled by telephone")
    GONE = "gone", _("The shop has moved or closed down")
    OVERLOOKED = "overlooked", _("Overlooked")
    OTHER = "other", _("Another reason")


class PlanChangeKind(models.TextChoices):
    BY_HAND = "by_hand", _("Changed by hand")
    ABSENCE = "absence", _("Absence")
    HOLIDAY = "holiday", _("Holiday")
    WEATHER = "weather", _("Dangerous weather")
    URGENT = "urgent", _("Urgent visit")
    COVER = "cover", _("Covered by a colleague")


class ExcuseState(models.TextChoices):
    """Whether what a change takes away is owed by nobody. A manager's own word on an approved plan needs somebody else's."""

    NOT_NEEDED = "not_needed", _("Nobody needs to agree")
    WAITING = "waiting", _("Excuse not agreed yet")
    AGREED = "agreed", _("Excuse agreed")
    DECLINED = "declined", _("Excuse declined")


class VisitState(models.TextChoices):
    OPEN = "open", _("Going on")
    DONE = "done", _("Visit finished")
    CLOSED_BY_ITSELF = "closed_by_itself", _("Closed by itself")


class PlaceAnswer(models.TextChoices):
    """What a position says about being at the shop. Never called proof."""

    CONFIRMED = "confirmed", _("At the shop")
    NOT_CONFIRMED = "not_confirmed", _("Not at the shop")
    CANNOT_TELL = "cannot_tell", _("Cannot tell")
    NO_FIX = "no_fix", _("No position")


class VisitMark(models.TextChoices):
    """What is worth knowing of a visit as made. A mark blames nobody and lowers nothing."""

    NOT_HELD = "not_held", _("Shop held by a colleague that day")
    OVERLAPS = "overlaps", _("Overlaps another visit of the same person")
    WRONG_CLOCK = "wrong_clock", _("The phone's clock was wrong")
    NO_CONSENT = "no_consent", _("Position not kept: no consent")
    OUT_OF_HOURS = "out_of_hours", _("Position not kept: outside working hours or on a day off")


class FixSource(models.TextChoices):
    GPS = "gps", _("Satellites")
    NETWORK = "network", _("Network")
    CACHED = "cached", _("Kept from earlier")
    NONE = "none", _("None")


class Moment(models.TextChoices):
    CHECK_IN = "check_in", _("Check-in")
    CHECK_OUT = "check_out", _("Check-out")


class ActionKind(models.TextChoices):
    """What a visit type is made of, in the administrator's order."""

    THEME = "theme", _("Theme and talking points")
    CHECK_IN = "check_in", _("Check-in")
    STOCK_COUNT = "stock_count", _("Stock count")
    PRICE_TAGS = "price_tags", _("Price tags")
    DISPLAY = "display", _("Display")
    MARKET_ORDER = "market_order", _("Market order")
    QUESTIONS = "questions", _("Questions of the day")
    POLICY = "policy", _("Policy told")
    REQUESTS = "requests", _("Questions and wishes")
    PROMISES = "promises", _("Promises")
    NOTE = "note", _("Visit note")
    CHECK_OUT = "check_out", _("Check-out")


class QuestionKind(models.TextChoices):
    YES_NO = "yes_no", _("Yes or no")
    NUMBER = "number", _("A number")
    CHOICE = "choice", _("One of several")
    TEXT = "text", _("Own words")


class PromiseState(models.TextChoices):
    ASKED = "asked", _("Waiting for leave")
    OPEN = "open", _("Open")
    KEPT = "kept", _("Kept")
    NOT_KEPT = "not_kept", _("Not kept")
    REFUSED = "refused", _("Leave refused")


class RequestState(models.TextChoices):
    OPEN = "open", _("Waiting for an answer")
    ANSWERED = "answered", _("Answered")
    CONFIRMED = "confirmed", _("Confirmed by the retailer")
    REOPENED = "reopened", _("Not settled for the retailer")


class RequestKind(models.TextChoices):
    QUESTION = "question", _("Inquiry")
    WISH = "wish", _("Wish")
    PROBLEM = "problem", _("Problem")


class RecordKind(models.TextChoices):
    DAILY = "daily", _("Daily log")
    WEEKLY = "weekly", _("Weekly note")
    MONTHLY = "monthly", _("Monthly market analysis")


class RecordState(models.TextChoices):
    DRAFT = "draft", _("Being written")
    SUBMITTED = "submitted", _("Handed in")


PLAN_MOVES: Mapping[PlanState, frozenset[PlanState]] = {
    PlanState.DRAFT: frozenset({PlanState.PROPOSED}),
    PlanState.PROPOSED: frozenset({PlanState.APPROVED, PlanState.RETURNED}),
    PlanState.RETURNED: frozenset({PlanState.PROPOSED}),
    PlanState.APPROVED: frozenset(),
}
PROMISE_MOVES: Mapping[PromiseState, frozenset[PromiseState]] = {
    PromiseState.ASKED: frozenset({PromiseState.OPEN, PromiseState.REFUSED}),
    PromiseState.OPEN: frozenset({PromiseState.KEPT, PromiseState.NOT_KEPT}),
    PromiseState.KEPT: frozenset(),
    PromiseState.NOT_KEPT: frozenset({PromiseState.KEPT}),
    PromiseState.REFUSED: frozenset(),
}
REQUEST_MOVES: Mapping[RequestState, frozenset[RequestState]] = {
    RequestState.OPEN: frozenset({RequestState.ANSWERED}),
    RequestState.ANSWERED: frozenset({RequestState.CONFIRMED, RequestState.REOPENED}),
    RequestState.REOPENED: frozenset({RequestState.ANSWERED}),
    RequestState.CONFIRMED: frozenset(),
}
