"""Which lines of a sheet are shown, in which order: read from the address."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
from django.http import QueryDict
from django.utils.translation import gettext as _

from lianxin.demand.models import Sheet
from lianxin.demand.queries.entries import STATES, States
from lianxin.demand.queries.lines import Lines
from lianxin.demand.queries.names import Names
from lianxin.demand.states import LineState
from lianxin.ui.filters import Choice, Filter, FilterSet

PAGE: Final = 200
Numbers = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Shown:
    """One page of lines, and all that the filters leave."""

    all: Numbers
    page: Numbers
    first: int
    after: int | None
    before: int | None
    is_back: bool

    @property
    def last(self) -> int:
        return self.first + len(self.page) - 1


def filters_of(query: QueryDict, sheet: Sheet, lines: Lines, names: Names) -> FilterSet:
    """The filters of a sheet. Sums have no shops to look for."""
    found = [
        Filter(
            key="state",
            title=_("State of the line"),
            kind="choice",
            choices=[Choice(*pair) for pair in LineState.choices],
        ),
        Filter(
            key="product",
            title=_("Product"),
            kind="choices",
            choices=[Choice(str(pk), name) for pk, name in names.products_in_order()],
        ),
        Filter(
            key="class",
            title=_("Price class"),
            kind="choices",
            choices=[Choice(name, name) for name in sorted(_classes(lines))],
        ),
    ]
    if not sheet.is_of_sums:
        found.insert(0, Filter(key="shop", title=_("Retailer or licence"), kind="text"))
        found.append(
            Filter(
                key="note",
                title=_("Known beside it"),
                kind="choice",
                choices=[
                    Choice("capped", _("Short before")),
                    Choice("counted", _("Stock counted")),
                    Choice("price", _("Retail price seen")),
                    Choice("hint", _("Hint")),
                ],
            )
        )
    if sheet.round.horizon > 1:
        starts = sheet.round.starts()
        steps = [Choice(str(step), str(start)) for step, start in enumerate(starts, 1)]
        found.append(Filter(key="step", title=_("Period"), kind="choice", choices=steps))
    found.append(
        Filter(
            key="order",
            title=_("Order"),
            kind="choice",
            default="weight",
            required=True,
            choices=[
                Choice("weight", _("Value × uncertainty")),
                Choice("shop", _("By retailer")) if not sheet.is_of_sums else Choice("units", _("By size")),
                Choice("product", _("By product")),
            ],
        )
    )
    return FilterSet(found, query)


def left(filters: FilterSet, lines: Lines, states: States, names: Names, noted: Mapping[str, set[int]]) -> Numbers:
    """The numbers of the lines that the filters leave, in the order asked for.

    Parameters
    ----------
    noted : `counted`, `price` and `hint`: line numbers with such a note
    """
    mask = np.ones(len(lines), bool)
    if filters["state"]:
        mask &= states == STATES.index(LineState(filters.text("state")))
    if filters.several("product"):
        mask &= np.isin(lines.ints("product_id"), [int(pk) for pk in filters.several("product")])
    if filters.several("class"):
        mask &= np.isin(np.array(lines.texts("product_group")), filters.several("class"))
    if "step" in filters.values and filters["step"]:
        mask &= lines.ints("step") == int(filters.text("step"))
    if filters.values.get("shop"):
        mask &= np.isin(lines.ints("retailer_id"), list(names.retailers_like(filters.text("shop"))))
    note = filters.values.get("note")
    if note == "capped":
        mask &= lines.ints("n_capped") > 0
    elif note:
        mask[[number for number in range(len(lines)) if number not in noted[str(note)]]] = False
    numbers = np.flatnonzero(mask)
    order = filters.text("order")
    if order == "shop":
        return numbers[np.lexsort((numbers, lines.ints("product_id")[numbers], lines.ints("retailer_id")[numbers]))]
    if order == "product":
        return numbers[np.lexsort((numbers, lines.ints("product_id")[numbers]))]
    if order == "units":
        return numbers[np.lexsort((numbers, -lines.ints("mean_milli")[numbers]))]
    return numbers


def page_of(numbers: Numbers, query: QueryDict, size: int) -> Shown:
    """The page that the address asks for by the number of the line before it or after it; one that is gone starts over."""
    after, before = _number(query.get("after")), _number(query.get("before"))
    place = (
        {int(number): position for position, number in enumerate(numbers)}
        if after is not None or before is not None
        else {}
    )
    start = 0
    if after in place:
        start = place[after] + 1
    elif before in place:
        start = max(0, place[before] - size)
    page = numbers[start : start + size]
    return Shown(
        all=numbers,
        page=page,
        first=start + 1,
        after=int(page[-1]) if len(page) and start + size < len(numbers) else None,
        before=int(page[0]) if start > 0 and len(page) else None,
        is_back=before in place,
    )


def _number(text: object) -> int | None:
    return int(text) if isinstance(text, str) and text.isdecimal() and len(text) < 10 else None


def _classes(lines: Lines) -> set[str]:
    return {name for name in lines.texts("product_group") if name}
