"""The catalogue of requirements: what the system is to do, how far it is, where it is used and what proves it."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final, Literal

from django.utils.translation import get_language

State = Literal["done", "part", "not_yet"]
FILE: Final = Path(__file__).with_name("catalogue.toml")


@dataclass(frozen=True)
class Requirement:
    """One requirement. `pages` are url names without arguments; `tests` files that carry its mark."""

    id: str
    title_zh: str
    title_en: str
    state: State
    missing_zh: str
    missing_en: str
    pages: tuple[str, ...]
    tests: tuple[str, ...]

    @property
    def title(self) -> str:
        return self.title_en if get_language() == "en" else self.title_zh

    @property
    def missing(self) -> str:
        """What is not there yet, for a requirement that is done in part."""
        return self.missing_en if get_language() == "en" else self.missing_zh

    @property
    def chapter(self) -> str:
        return self.id[0]


@cache
def _read() -> tuple[dict[str, tuple[str, str]], tuple[Requirement, ...]]:
    with FILE.open("rb") as stream:
        written = tomllib.load(stream)
    chapters = {key: (entry["zh"], entry["en"]) for key, entry in written["chapters"].items()}
    requirements = tuple(
        Requirement(
            id=key,
            title_zh=entry["zh"],
            title_en=entry["en"],
            state=entry["state"],
            missing_zh=entry.get("missing_zh", ""),
            missing_en=entry.get("missing_en", ""),
            pages=tuple(entry.get("pages", ())),
            tests=tuple(entry.get("tests", ())),
        )
        for key, entry in written["requirements"].items()
    )
    return chapters, requirements


def requirements() -> tuple[Requirement, ...]:
    """Every requirement in the order of its id."""
    return _read()[1]


def chapters() -> list[tuple[str, str, list[Requirement]]]:
    """(letter, title, requirements) of every chapter."""
    titles, every = _read()
    language = get_language()
    return [
        (key, titles[key][1] if language == "en" else titles[key][0], [each for each in every if each.chapter == key])
        for key in titles
    ]


def counts() -> Mapping[str, int]:
    """How many requirements are in each state."""
    found = {"done": 0, "part": 0, "not_yet": 0}
    for each in requirements():
        found[each.state] += 1
    return found
