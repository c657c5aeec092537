"""The shapes of what a phone sends, one for each verb and each action of a visit. What does not fit is refused with a sentence.

Nothing is guessed: a text is not a number, an instant has a zone, a name that is not known here is a fault, not passed over.
"""

import json
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Annotated, Any, Final, Literal, TypeVar

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError

from lianxin.foundation.api import SENTENCES
from lianxin.foundation.errors import Refused
from lianxin.visits.states import ActionKind, FixSource, RequestKind, WhyNotMade

UUID7: Final = r"^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$"
Id = Annotated[str, Field(pattern=UUID7)]
IdOrNone = Annotated[str, Field(pattern=f"^$|{UUID7}")]
RowId = Annotated[int, Field(ge=1, le=2**63 - 1)]
Count = Annotated[int, Field(ge=0, le=1_000_000)]
Short = Annotated[str, Field(max_length=300)]
Said = Annotated[str, Field(min_length=1, max_length=300, pattern=r"\S")]
PHOTOS_A_VISIT: Final = 30


class Body(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class PositionBody(Body):
    """Where the phone said it was. Without latitude there was no fix, and `source` is none."""

    latitude: Annotated[float, Field(ge=-90, le=90, allow_inf_nan=False)]
    longitude: Annotated[float, Field(ge=-180, le=180, allow_inf_nan=False)]
    accuracy_metres: Annotated[float, Field(ge=0, le=1e7, allow_inf_nan=False)] | None = None
    fix_age_seconds: Annotated[float, Field(ge=0, le=1e9, allow_inf_nan=False)] | None = None
    source: Annotated[FixSource, Field(strict=False)] = FixSource.GPS
    taken_at: AwareDatetime


class ThemeBody(Body):
    points_told: Annotated[list[Annotated[int, Field(ge=0, le=1000)]], Field(max_length=100)] = []


class StockLine(Body):
    """Units counted; of an empty shelf also since when the product was wanted and could not be had, where the shop says so.

    price_fen : what the shop asks its customers for one order unit (not for one pack of it), where that was seen
    """

    product_id: RowId
    units: Count
    short_since: date | None = None
    price_fen: Annotated[int, Field(ge=1, le=100_000_000)] | None = None


class StockBody(Body):
    lines: Annotated[list[StockLine], Field(max_length=1000)]


class PriceTagsBody(Body):
    """Products ordered lately, of them on display, of them with a price tag."""

    ordered: Count
    on_display: Count
    labelled: Count


class DisplayBody(Body):
    photo_ids: Annotated[list[Id], Field(max_length=PHOTOS_A_VISIT)] = []
    words: Short = ""


class MarketOrderBody(Body):
    found: Annotated[
        list[Literal["fake", "illegal_channel", "no_minors_sign", "none"]], Field(min_length=1, max_length=4)
    ]
    words: Short = ""
    photo_ids: Annotated[list[Id], Field(max_length=PHOTOS_A_VISIT)] = []


class AnswerBody(Body):
    question_id: RowId
    value: bool | Annotated[float, Field(allow_inf_nan=False)] | Annotated[str, Field(max_length=2000)] | None


class QuestionsBody(Body):
    answers: Annotated[list[AnswerBody], Field(max_length=100)]


class NothingBody(Body):
    """An action whose content is in records of its own."""


ACTION_BODIES: Final[Mapping[ActionKind, type[Body]]] = {
    ActionKind.THEME: ThemeBody,
    ActionKind.STOCK_COUNT: StockBody,
    ActionKind.PRICE_TAGS: PriceTagsBody,
    ActionKind.DISPLAY: DisplayBody,
    ActionKind.MARKET_ORDER: MarketOrderBody,
    ActionKind.QUESTIONS: QuestionsBody,
    ActionKind.CHECK_IN: NothingBody,
    ActionKind.POLICY: NothingBody,
    ActionKind.REQUESTS: NothingBody,
    ActionKind.PROMISES: NothingBody,
    ActionKind.NOTE: NothingBody,
    ActionKind.CHECK_OUT: NothingBody,
}


class ActionBody(Body):
    place: Annotated[int, Field(ge=0, le=1000)]
    kind: Annotated[ActionKind, Field(strict=False)]
    body: dict[str, Any] = {}
    done_at: AwareDatetime | None = None
    skipped_because: Annotated[str, Field(max_length=200)] = ""


class CompleteBody(Body):
    """`visits.complete`: a finished visit with all that was done in it."""

    visit_id: Id
    retailer_id: RowId
    planned_id: Annotated[str, Field(max_length=40)] | None = None
    visit_type_id: RowId | None = None
    theme_id: RowId | None = None
    check_in_at: AwareDatetime
    check_out_at: AwareDatetime
    closed_by_itself: bool = False
    check_in_position: PositionBody | None = None
    check_out_position: PositionBody | None = None
    actions: Annotated[list[ActionBody], Field(max_length=60)] = []
    note: Annotated[str, Field(max_length=4000)] = ""


class MakePromiseBody(Body):
    promise_id: Id
    retailer_id: RowId
    visit_id: IdOrNone = ""
    limit_code: Annotated[str, Field(max_length=40)] = ""
    text: Said
    due_on: date


class SettlePromiseBody(Body):
    promise_id: Annotated[str, Field(min_length=1, max_length=40)]
    kept: bool
    words: Short = ""


class RaiseRequestBody(Body):
    request_id: Id
    retailer_id: RowId
    visit_id: IdOrNone = ""
    kind: Annotated[RequestKind, Field(strict=False)]
    topic: Annotated[str, Field(min_length=1, max_length=60)]
    text: Annotated[str, Field(min_length=1, max_length=2000, pattern=r"\S")]


class ConfirmRequestBody(Body):
    request_id: Annotated[str, Field(min_length=1, max_length=40)]
    settled: bool
    words: Annotated[str, Field(max_length=2000)] = ""


class TellPolicyBody(Body):
    told_id: Id
    policy_id: RowId
    retailer_id: RowId
    visit_id: IdOrNone = ""
    answer_index: Annotated[int, Field(ge=0, le=100)] | None = None


class WriteCareNoteBody(Body):
    note_id: Id
    retailer_id: RowId
    purpose: Annotated[str, Field(min_length=1, max_length=120, pattern=r"\S")]
    text: Said
    keep_until: date


class NotMadeBody(Body):
    """`plans.not_made`: why a planned visit whose day is over was not made."""

    not_made_id: Id
    planned_id: Annotated[str, Field(min_length=1, max_length=40)]
    reason: Annotated[WhyNotMade, Field(strict=False)]
    words: Short = ""


class DeleteCareNoteBody(Body):
    note_id: Annotated[str, Field(min_length=1, max_length=40)]


VERBS: Final[Mapping[str, type[Body]]] = {
    "visits.complete": CompleteBody,
    "promises.make": MakePromiseBody,
    "promises.settle": SettlePromiseBody,
    "requests.raise": RaiseRequestBody,
    "requests.confirm": ConfirmRequestBody,
    "policies.tell": TellPolicyBody,
    "plans.not_made": NotMadeBody,
    "carenotes.write": WriteCareNoteBody,
    "carenotes.delete": DeleteCareNoteBody,
    "consent.give": NothingBody,
    "consent.withdraw": NothingBody,
}

_OWN: Final[Mapping[str, str | Promise]] = {
    "greater_than_equal": gettext_lazy("is too small"),
    "less_than_equal": gettext_lazy("is too large"),
    "literal_error": gettext_lazy("is not one of the answers that are known here"),
    "enum": gettext_lazy("is not one of the answers that are known here"),
    "finite_number": gettext_lazy("must be a number"),
    "timezone_aware": gettext_lazy("must be an instant such as 2021-12-31T08:00:00Z"),
    "datetime_type": gettext_lazy("must be an instant such as 2021-12-31T08:00:00Z"),
    "date_type": gettext_lazy("must be a day such as 2021-12-31"),
    "string_pattern_mismatch": gettext_lazy("is empty or not in the form that is wanted"),
    "too_long": gettext_lazy("has more entries than are taken"),
    "too_short": gettext_lazy("has too few entries"),
    "model_type": gettext_lazy("must be an object"),
}
AnyBody = TypeVar("AnyBody", bound=BaseModel)


def read(shape: type[AnyBody], raw: Any, *, where: str = "") -> AnyBody:
    """The body in its shape.

    Parameters
    ----------
    raw : JSON values as they came; where : what stands before the field's name in the sentence

    Raises
    ------
    Refused : the first thing that does not fit, with its place and what would.
    """
    try:
        return shape.model_validate_json(json.dumps(raw))
    except (TypeError, ValueError) as wrong:
        if isinstance(wrong, ValidationError):
            raise _refused(wrong, where) from wrong
        raise Refused(_("This cannot be read: it is not JSON."), field=where) from wrong


def read_action(action: ActionBody) -> dict[str, Any]:
    """What was done in an action, checked in the shape of its kind; what was skipped has no content."""
    if action.skipped_because:
        return {}
    where = f"actions.{action.place}"
    body = read(ACTION_BODIES[action.kind], action.body, where=where)
    if isinstance(body, PriceTagsBody) and not body.labelled <= body.on_display <= body.ordered:
        raise Refused(
            _("Price tags: no more can be labelled than are on display, and no more on display than were ordered."),
            field=where,
        )
    if isinstance(body, MarketOrderBody) and "none" in body.found and len(set(body.found)) > 1:
        raise Refused(_("Market order: “nothing found” cannot stand beside something found."), field=where)
    if isinstance(body, StockBody):
        if any(line.units > 0 and line.short_since is not None for line in body.lines):
            raise Refused(_("Stock count: what stands on the shelf is not short."), field=where)
        return body.model_dump(mode="json", exclude_none=True)
    return body.model_dump(mode="json")


def has_content(kind: str, body: Mapping[str, Any]) -> bool:
    """Whether an action's body says anything: an answer, a count, a photograph, own words."""
    if kind == ActionKind.STOCK_COUNT:
        return bool(body.get("lines"))
    if kind == ActionKind.QUESTIONS:
        return n_answered(body) > 0
    if kind == ActionKind.DISPLAY:
        return bool(body.get("photo_ids") or str(body.get("words", "")).strip())
    if kind == ActionKind.THEME:
        return bool(body.get("points_told"))
    return bool(body)


def n_filled(actions: Iterable[tuple[str, Mapping[str, Any]]]) -> int:
    """How many steps of a visit have content beside the questions of the day."""
    return sum(kind != ActionKind.QUESTIONS and has_content(kind, body) for kind, body in actions)


def n_answered(body: Mapping[str, Any]) -> int:
    """How many questions of the day were answered with content."""
    return sum(answer.get("value") not in (None, "") for answer in body.get("answers", ()))


def _refused(wrong: ValidationError, where: str) -> Refused:
    first = wrong.errors(include_url=False, include_context=False)[0]
    # The branches of a union name themselves in the place; the field's own name comes first.
    place = ".".join([where, *(str(part) for part in first["loc"])]).strip(".") or where
    kind = str(first["type"])
    fault = _OWN.get(kind) or SENTENCES.get(kind) or gettext_lazy("does not fit")
    return Refused(_("“%(field)s” %(fault)s.") % {"field": place, "fault": fault}, field=place)
