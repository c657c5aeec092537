"""Text in both languages, and numbers as people write them. The core has no catalogue of translations, so it carries both."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Words:
    """The same sentence or title in Chinese and English."""

    zh: str
    en: str


@dataclass(frozen=True)
class Fault:
    """Something wrong in a scheme: where it is, and a sentence that says what to do.

    `code` is stable and for programs; `where` is the path inside the scheme, for example `parts.sales.curve`.
    """

    code: str
    where: str
    words: Words


def number(value: float) -> str:
    """The number without needless zeros, with at most six decimals: 0.5, 15, 1234.25."""
    text = f"{value:.6f}".rstrip("0").rstrip(".")
    return "0" if text in ("-0", "") else text


def spoken(value: float) -> str:
    """As `number`, with thousands separators, for sentences: 45,475. What a form takes back is written by `number`."""
    whole, dot, rest = number(abs(value)).partition(".")
    sign = "-" if number(value).startswith("-") else ""
    return f"{sign}{int(whole):,}{dot}{rest}"


def points(milli: int) -> str:
    """Milli-points as points: 7500 is 7.5."""
    return number(milli / 1000)


def joined(sentences: list[Words]) -> Words:
    """Several sentences as one text."""
    return Words("".join(sentence.zh for sentence in sentences), " ".join(sentence.en for sentence in sentences))
