"""Filters that live in the address: what was asked, what it means, and how to ask for less."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Literal, NamedTuple

from django.http import QueryDict
from django.utils.functional import Promise
from django.utils.translation import gettext

from lianxin.ui import formats
from lianxin.ui.addresses import with_query
from lianxin.ui.parts import Chip

FilterKind = Literal["choice", "choices", "text", "month", "day", "number"]
FilterValue = str | list[str] | date | Decimal | None


class Choice(NamedTuple):
    value: str
    title: str | Promise
    group: str | Promise = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """One question of the filter bar. A `default` that stands is no chip and is not written into the address."""

    key: str
    title: str | Promise
    kind: FilterKind = "choice"
    choices: Sequence[Choice] | Callable[[], Sequence[Choice]] = ()
    default: str = ""
    all_title: str | Promise = ""
    help: str | Promise = ""
    required: bool = False

    @property
    def offered(self) -> Sequence[Choice]:
        return self.choices() if callable(self.choices) else self.choices


@dataclass(slots=True, kw_only=True)
class FilterField:
    """A filter as the bar draws it."""

    filter: Filter
    raw: list[str]
    options: list[tuple[Choice, bool]] = field(default_factory=list)
    fault: str = ""

    @property
    def text(self) -> str:
        return self.raw[0] if self.raw else ""

    @property
    def is_long(self) -> bool:
        return len(self.options) > 12

    @property
    def chosen(self) -> list[str]:
        return [str(choice.title) for choice, is_chosen in self.options if is_chosen]


class FilterSet:
    """The filters of a page, read from its query string.

    `values[key]` is a str (choice, text), list of str (choices), first day of the month (month), date (day), Decimal (number) or
    None where nothing was asked. What cannot be read is left out and told in `faults`.
    """

    def __init__(self, filters: Iterable[Filter], query: QueryDict) -> None:
        self.query = query
        self.fields: list[FilterField] = []
        self.values: dict[str, FilterValue] = {}
        for item in filters:
            drawn, value = _read(item, query)
            self.fields.append(drawn)
            self.values[item.key] = value

    def __getitem__(self, key: str) -> FilterValue:
        return self.values[key]

    def text(self, key: str) -> str:
        """The value of a choice or text filter; "" where nothing was asked."""
        value = self.values[key]
        return value if isinstance(value, str) else ""

    def several(self, key: str) -> list[str]:
        """The values of a choices filter."""
        value = self.values[key]
        return value if isinstance(value, list) else []

    def date(self, key: str) -> date | None:
        """The value of a month or day filter."""
        value = self.values[key]
        return value if isinstance(value, date) else None

    @property
    def faults(self) -> list[str]:
        return [item.fault for item in self.fields if item.fault]

    @property
    def keys(self) -> list[str]:
        return [item.filter.key for item in self.fields]

    @property
    def hidden(self) -> list[tuple[str, str]]:
        """What else stands in the address and must survive a new question: sort order and columns, but not the page."""
        own = {*self.keys}
        return [
            (key, str(value))
            for key, values in self.query.lists()
            if key not in own and not key.endswith(("after", "before", "export"))
            for value in values
        ]

    @property
    def chips(self) -> list[Chip]:
        chips = []
        for item in self.fields:
            if item.fault or not item.raw or item.raw == [item.filter.default]:
                continue
            for raw in item.raw:
                rest = [other for other in item.raw if other != raw]
                without = with_query(self.query, {item.filter.key: rest or None, "after": None, "before": None})
                chips.append(
                    Chip(
                        key=item.filter.key, title=str(item.filter.title), value=_words(item, raw), without_url=without
                    )
                )
        return chips

    @property
    def clear_url(self) -> str:
        changes: dict[str, None] = dict.fromkeys([*self.keys, "after", "before"])
        return with_query(self.query, changes)

    @property
    def sentence(self) -> str:
        """What was asked, for the head of an export."""
        # Translators: joins "title: value" pairs of active filters.
        return gettext("; ").join(f"{chip.title}: {chip.value}" for chip in self.chips)


def _words(drawn: FilterField, raw: str) -> str:
    if drawn.filter.kind in ("choice", "choices"):
        return next((str(choice.title) for choice, _ in drawn.options if choice.value == raw), raw)
    if drawn.filter.kind == "month":
        return formats.month(date.fromisoformat(f"{raw}-01"))
    return raw


def _read(item: Filter, query: QueryDict) -> tuple[FilterField, FilterValue]:
    asked = [str(value).strip() for value in query.getlist(item.key) if str(value).strip()]
    raw = asked or ([item.default] if item.default else [])
    if item.kind not in ("choices",):
        raw = raw[:1]
    offered = item.offered if item.kind in ("choice", "choices") else ()
    drawn = FilterField(filter=item, raw=raw, options=[(choice, choice.value in raw) for choice in offered])
    title = str(item.title)
    if item.kind in ("choice", "choices"):
        known = {choice.value for choice in offered}
        unknown = [value for value in raw if value not in known]
        if unknown:
            drawn.fault = gettext("%(title)s: there is no “%(value)s” to choose; choose from the list.") % {
                "title": title,
                "value": unknown[0],
            }
            drawn.raw = [value for value in raw if value in known]
        if item.kind == "choices":
            return drawn, list(drawn.raw)
        return drawn, drawn.raw[0] if drawn.raw else None
    if not raw:
        return drawn, None
    if item.kind == "text":
        return drawn, raw[0]
    try:
        return drawn, _typed(item.kind, raw[0])
    except (ValueError, InvalidOperation):
        sentences = {
            "month": gettext("%(title)s: “%(value)s” is not a month; write it as 2021-12."),
            "day": gettext("%(title)s: “%(value)s” is not a date; write it as 2021-12-31."),
            "number": gettext("%(title)s: “%(value)s” is not a number."),
        }
        drawn.fault = sentences[item.kind] % {"title": title, "value": raw[0]}
        return drawn, None


def _typed(kind: FilterKind, raw: str) -> FilterValue:
    if kind == "month":
        if len(raw) != 7:
            raise ValueError(raw)
        return date.fromisoformat(f"{raw}-01")
    if kind == "day":
        return date.fromisoformat(raw)
    number = Decimal(raw.replace(",", ""))
    if not number.is_finite():
        raise ValueError(raw)
    return number
