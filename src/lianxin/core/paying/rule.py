"""The rule by which a pool is divided: data, dated and kept by the caller."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

ONE_MILLI: Final = 1000
LARGEST_COEFFICIENT_MILLI: Final = 100_000
LARGEST_FLOOR_FEN: Final = 10**11


class Days(StrEnum):
    """Which days of the month count for joiners and leavers."""

    CALENDAR = "calendar"
    WORKING = "working"


class WithoutScore(StrEnum):
    """What somebody without a total gets: nothing, with the reason told, or a share by the mean total of the pool."""

    EXCLUDE = "exclude"
    GROUP_AVERAGE = "group_average"


@dataclass(frozen=True)
class Sentence:
    """The same sentence in Chinese and English."""

    zh: str
    en: str


@dataclass(frozen=True)
class Fault:
    """Something that keeps a rule or a pool from being used."""

    code: str
    where: str
    words: Sentence


@dataclass(frozen=True)
class Coefficient:
    """People with this key (a band, a grade, whatever the caller puts into `coefficient_key`) count `milli` thousandths."""

    key: str
    milli: int


@dataclass(frozen=True, kw_only=True)
class PayRule:
    """How a pool is divided. No coefficient and no floor is shipped: no sourced number was found (trade sources 2.11).

    `coefficients` empty means that everybody counts once; a key that is not listed counts once too. `floor_fen` is the least that
    somebody with a score gets for a whole month, less in proportion to the days; zero means no floor.
    """

    days: Days = Days.CALENDAR
    coefficients: tuple[Coefficient, ...] = ()
    blocked: WithoutScore = WithoutScore.EXCLUDE
    not_enough: WithoutScore = WithoutScore.EXCLUDE
    floor_fen: int = 0


def check(rule: PayRule) -> list[Fault]:
    """Every fault of a rule; an empty list means that it can be used."""
    faults = []
    if not 0 <= rule.floor_fen <= LARGEST_FLOOR_FEN:
        faults.append(
            Fault(
                "floor_out_of_range",
                "floor_fen",
                Sentence(
                    "保底金额不能为负，也不能超过十亿元。",
                    "The floor cannot be negative or above a thousand million; correct it.",
                ),
            )
        )
    for key, times in Counter(item.key for item in rule.coefficients).items():
        if times > 1:
            faults.append(
                Fault(
                    "duplicated_key",
                    f"coefficients.{key}",
                    Sentence(
                        f"系数表中 {key} 出现 {times} 次，只能一次。", f"{key} has {times} coefficients; give it one."
                    ),
                )
            )
    for item in rule.coefficients:
        if not 0 <= item.milli <= LARGEST_COEFFICIENT_MILLI:
            faults.append(
                Fault(
                    "coefficient_out_of_range",
                    f"coefficients.{item.key}",
                    Sentence(
                        f"{item.key} 的系数应在 0 与 100 之间。",
                        f"The coefficient of {item.key} must be between 0 and 100.",
                    ),
                )
            )
    return faults
