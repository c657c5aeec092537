"""What templates are given: words and numbers already decided, so that templates compute nothing."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from django.utils.translation import gettext

from lianxin.ui import formats, words
from lianxin.ui.formats import Number

Answer = Literal["value", "not_enough_data", "cannot_tell"]
Kind = Literal["number", "share", "change", "points", "money", "quantity", "text"]
Good = Literal["up", "down", "none"]

DECIMALS: Mapping[str, int] = {"number": 0, "share": 1, "change": 1, "points": 1, "money": 2, "quantity": 0, "text": 0}


def written(value: Number | str | None, kind: Kind, unit: str = "", decimals: int | None = None) -> str:
    """The value in the notation of its kind. `unit` is the unit's name, for money the currency code."""
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    places = DECIMALS[kind] if decimals is None else decimals
    match kind:
        case "share":
            return formats.share(value, places)
        case "change":
            return formats.share(value, places, signed=True)
        case "points":
            return formats.points(value, places)
        case "money":
            return formats.money(value, unit or "CNY", places)
        case "quantity":
            return formats.quantity(value, unit, places)
        case "number":
            return formats.number(value, places)
        case "text":
            return str(value)


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """A number on a page: it has one of three answers, and it opens if `explain_url` is given.

    `change` is a fraction (0.032 = +3.2 %), or a difference of shares where `change_kind` is "points"; `good` says which
    direction is good news, so that colour and words agree. `uncertainty` is in the value's own measure.
    """

    title: str = ""
    value: Number | str | None = None
    kind: Kind = "number"
    unit: str = ""
    decimals: int | None = None
    answer: Answer = "value"
    reason: str = ""
    n: int | None = None
    needs: int | None = None
    change: Number | None = None
    change_kind: Literal["change", "points"] = "change"
    change_title: str = ""
    good: Good = "up"
    uncertainty: Number | None = None
    note: str = ""
    explain_url: str = ""
    href: str = ""

    @property
    def is_value(self) -> bool:
        return self.answer == "value" and self.value is not None

    @property
    def state(self) -> Answer:
        # A missing value that claims to be one is still missing: it must never be shown as blank or zero.
        return "not_enough_data" if self.answer == "value" and self.value is None else self.answer

    @property
    def text(self) -> str:
        """The number with its notation, or the words of the other two answers."""
        if self.is_value:
            shown = written(self.value, self.kind, self.unit, self.decimals)
            if self.uncertainty is None:
                return shown
            if self.kind == "quantity":
                # The unit stands once, behind both numbers.
                shown = written(self.value, "number", decimals=self.decimals)
            return f"{shown} ± {written(self.uncertainty, self.kind, self.unit, self.decimals).lstrip('+')}"
        if self.state == "cannot_tell":
            return words.cannot_tell(self.reason)
        return words.not_enough(self.n, self.needs, self.reason)

    @property
    def short(self) -> str:
        """As `text`, without the unit: for a cell whose column names it."""
        if self.is_value and self.kind in ("money", "quantity") and not isinstance(self.value, str):
            assert self.value is not None
            return formats.number(self.value, DECIMALS[self.kind] if self.decimals is None else self.decimals)
        return self.text


@dataclass(frozen=True, slots=True, kw_only=True)
class Chip:
    """A filter that is on, and the address of the page without it."""

    key: str
    title: str
    value: str
    without_url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Crumb:
    title: str
    url: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Empty:
    """Why there is nothing here, and what to do next."""

    title: str
    text: str = ""
    action_title: str = ""
    action_url: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """A strip above the page. `tone` must: today; warn: look; tell: know; done: it worked."""

    text: str
    tone: Literal["must", "warn", "tell", "done"] = "tell"
    url: str = ""
    url_title: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """Long work as shown while it runs. Polls `poll_url` until `state` is final.

    Counted work gives `done` and `total`; work that only knows how far it is gives `share` in [0, 1].
    """

    title: str
    state: Literal["queued", "running", "done", "failed", "cancelled"]
    poll_url: str
    done: int = 0
    total: int | None = None
    share: float | None = None
    unit: str = ""
    rate: Number | None = None
    left_seconds: Number | None = None
    message: str = ""
    cancel_url: str = ""
    result_url: str = ""
    result_title: str = ""

    @property
    def is_final(self) -> bool:
        return self.state in ("done", "failed", "cancelled")

    @property
    def bar(self) -> tuple[int, int] | None:
        """Value and maximum of the bar; None while nobody knows how much there is to do."""
        if self.total:
            return self.done, self.total
        return None if self.share is None else (round(self.share * 1000), 1000)

    @property
    def counted(self) -> str:
        if self.share is not None and not self.total:
            return formats.share(self.share, 0)
        done = formats.number(self.done)
        text = f"{done} / {formats.number(self.total)}" if self.total else done
        return f"{text} {self.unit}".rstrip()

    @property
    def rate_words(self) -> str:
        return "" if self.rate is None else gettext("%(rate)s/s") % {"rate": formats.quantity(self.rate, self.unit)}

    @property
    def left_words(self) -> str:
        return "" if self.left_seconds is None else formats.duration(self.left_seconds)


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """One line of an explanation: a title and what stands there."""

    title: str
    text: str
    note: str = ""
    url: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """What a figure opens to: formula in words, source and version, numerator, denominator, n, uncertainty, rows."""

    title: str
    figure: Figure
    formula: str
    source: str
    version: str = ""
    numerator: Fact | None = None
    denominator: Fact | None = None
    n: Fact | None = None
    uncertainty: str = ""
    parameters: Sequence[Fact] = ()
    facts: Sequence[Fact] = ()
    subject: str = ""
    rows_url: str = ""
    rows_title: str = ""
    notices: Sequence[Notice] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """A chart or map: the payload that the element validates and draws, and where its rows can be downloaded."""

    kind: str
    payload: Mapping[str, Any]
    xlsx_url: str = ""
    attributes: Mapping[str, str] = field(default_factory=dict)
