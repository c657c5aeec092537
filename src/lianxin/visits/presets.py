"""Types of visits that a company begins with, to be changed on the page 走访准备. The selection is ours [I]."""

from dataclasses import dataclass
from typing import Final

from lianxin.visits.states import ActionKind


@dataclass(frozen=True, slots=True)
class TypePreset:
    """A type of visit as shipped. `actions`: (kind, whether it must be done), in order.

    Names are the company's words, as topics are.
    """

    code: str
    name: str
    actions: tuple[tuple[ActionKind, bool], ...]


REGULAR: Final = TypePreset(
    "regular",
    "日常走访",
    (
        (ActionKind.THEME, False),
        (ActionKind.CHECK_IN, True),
        (ActionKind.STOCK_COUNT, False),
        (ActionKind.PRICE_TAGS, False),
        (ActionKind.DISPLAY, False),
        (ActionKind.MARKET_ORDER, False),
        (ActionKind.QUESTIONS, False),
        (ActionKind.POLICY, False),
        (ActionKind.REQUESTS, False),
        (ActionKind.PROMISES, False),
        (ActionKind.NOTE, False),
        (ActionKind.CHECK_OUT, True),
    ),
)
STOP: Final = TypePreset(
    "stop",
    "短暂走访",
    ((ActionKind.CHECK_IN, True), (ActionKind.NOTE, False), (ActionKind.CHECK_OUT, True)),
)
NEW_PRODUCT: Final = TypePreset(
    "new_product",
    "新品推介",
    (
        (ActionKind.THEME, True),
        (ActionKind.CHECK_IN, True),
        (ActionKind.STOCK_COUNT, False),
        (ActionKind.DISPLAY, False),
        (ActionKind.QUESTIONS, False),
        (ActionKind.REQUESTS, False),
        (ActionKind.PROMISES, False),
        (ActionKind.NOTE, True),
        (ActionKind.CHECK_OUT, True),
    ),
)
MARKET_ORDER: Final = TypePreset(
    "market_order",
    "市场秩序走访",
    (
        (ActionKind.CHECK_IN, True),
        (ActionKind.PRICE_TAGS, False),
        (ActionKind.MARKET_ORDER, True),
        (ActionKind.POLICY, False),
        (ActionKind.NOTE, False),
        (ActionKind.CHECK_OUT, True),
    ),
)

TYPES: Final = (REGULAR, STOP, NEW_PRODUCT, MARKET_ORDER)
